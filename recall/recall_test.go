package recall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/format/query"
	"bedrail/job"
	"bedrail/recall"
	"bedrail/store"
	"bedrail/store/storetest"
)

const pump = "dev_PUMP"

var (
	scope = bedrail.Scope{Tenant: "main"}
	ada   = exchangetest.Engineer
	ben   = bedrail.Actor{ID: "person:2", Name: "ben", Kind: bedrail.Person, Scope: scope}
)

// A refuser is a receiver that will not have what it is sent.
type refuser struct{}

func (refuser) Send(context.Context, exchange.Outgoing) (exchange.Acknowledgment, error) {
	return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "AR", Text: "not for us"}, nil
}
func (refuser) Close() error { return nil }

// A ward is an exchange with messages of a pump, and recalls of them.
type ward struct {
	*recall.Service
	t     *testing.T
	house *exchangetest.House
	db    *store.DB
	now   time.Time
	ids   []string
}

// open has n messages of the pump, each with two receivers; one of them
// refuses everything where refuses says so.
func open(t *testing.T, db *store.DB, n int, refuses bool) *ward {
	t.Helper()
	second := "memory"
	if refuses {
		second = "refuser"
	}
	kinds := exchange.Kinds{Sources: []exchange.SourceKind{{Name: "nobody", Check: func(json.RawMessage) error { return nil }, Open: func(exchange.SourceConfig) (exchange.Source, error) { return silent{}, nil }}},
		Destinations: []exchange.DestinationKind{{Name: "refuser", Accepts: []exchange.Format{exchange.HL7v2}, Check: func(json.RawMessage) error { return nil }, Open: func(exchange.DestinationConfig) (exchange.Sender, error) { return refuser{}, nil }}}}
	w := &ward{t: t, db: db, now: time.Now().UTC().Truncate(time.Microsecond)}
	w.house = exchangetest.OpenOn(t, db, kinds, fmt.Sprintf(`[{"name": "pumps", "steward": "infusion team", "source": {"nobody": {}}, "destinations": [{"name": "ehr", "memory": {}}, {"name": "lab", %q: {}}]}]`, second))
	w.Service = &recall.Service{Store: db, Exchange: w.house.Exchange, Auth: exchangetest.Anybody{}, Clock: func() time.Time { return w.now }, Tenant: "main"}
	for i := range n {
		w.keep(i, w.now.Add(-time.Duration(n-i)*time.Second))
	}
	return w
}

// silent is a source from which nothing comes.
type silent struct{}

func (silent) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (silent) Status() exchange.SourceStatus { return exchange.SourceStatus{Listening: "nowhere"} }

// keep keeps a message of the pump that both receivers have.
func (w *ward) keep(i int, at time.Time) string {
	w.t.Helper()
	control := fmt.Sprintf("C%05d", i)
	m := exchange.Message{ID: bedrail.NewID("msg", at), Channel: "pumps", Version: 1, ReceivedAt: at, Format: exchange.HL7v2, Type: "ORU^R01", Sender: "PUMP", State: exchange.Delivered, Outcome: exchange.Accepted, Device: pump, Trust: exchange.Trusted,
		Sealed: exchange.Sealed{Hash: strings.Repeat("ab", 32), Facts: exchange.Facts{Type: "ORU^R01", ControlID: control, Patients: []string{fmt.Sprint("MRN", i%7)}}}}
	body := fmt.Appendf(nil, "MSH|^~\\&|PUMP|ICU|B|H|20260301||ORU^R01|%s|P|2.6\rOBX|1|NM|VOL||25|mL|||||F\r", control)
	k := &exchange.Keeping{Message: m, Body: body, Lookups: []exchange.Lookup{{Field: "patient", Value: exchange.Normal(fmt.Sprint("MRN", i%7))}}, Entry: audit.Entry{By: bedrail.SystemActor("exchange", "main"), Did: "message:receive", To: m.ID}}
	for _, to := range []string{"ehr", "lab"} {
		k.Deliveries = append(k.Deliveries, exchange.Delivery{Message: m.ID, Channel: "pumps", Destination: to, State: exchange.Arrived, Lane: "l", Attempts: 1, QueuedAt: at, DoneAt: at, Code: "AA"})
	}
	if _, err := w.db.KeepMessage(w.t.Context(), scope, k, func(_ exchange.Twin, k exchange.Keeping) exchange.Keeping { return k }); err != nil {
		w.t.Fatal(err)
	}
	w.ids = append(w.ids, m.ID)
	return m.ID
}

func (w *ward) spec(t exchange.Treatment) recall.Spec {
	return recall.Spec{Device: pump, From: w.now.Add(-time.Hour), Cause: "mis-set", Treatment: t, Reason: "the rate was wrong"}
}

func (w *ward) until(what, id string, holds func(recall.Recall) bool) recall.Recall {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		r, err := w.ByID(w.t.Context(), ada, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if holds(r) {
			return r
		}
		if time.Now().After(end) {
			w.t.Fatalf("it never came to this: %s: %+v", what, r)
		}
	}
}

// marked counts the marks of each message.
func (w *ward) marked() (all map[int]int) {
	w.t.Helper()
	all = map[int]int{}
	for _, id := range w.ids {
		revisions, err := w.db.Revisions(w.t.Context(), scope, id)
		if err != nil {
			w.t.Fatal(err)
		}
		all[len(revisions)]++
	}
	return all
}

func receiver(r recall.Recall, name string) recall.Receiver {
	for _, one := range r.Receivers {
		if one.Destination == name {
			return one
		}
	}
	return recall.Receiver{}
}

func TestAboveAHundredMessagesASecondPersonAgrees(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, 101, false)
		look := w.spec(exchange.Withdraw)
		look.DryRun = true
		if r, err := w.Open(t.Context(), ada, look); err != nil || r.Reach.Messages != 101 || r.Reach.Patients != 7 || len(r.Receivers) != 2 || r.Needs == "" || r.ID != "" {
			t.Fatalf("got %+v, %v", r, err)
		}
		r, err := w.Open(t.Context(), ada, w.spec(exchange.Withdraw))
		if err != nil || r.State != recall.Waiting || r.Needs == "" {
			t.Fatalf("got %+v, %v", r, err)
		}
		if got := w.marked(); got[0] != 101 {
			t.Errorf("before anybody agreed: %v", got)
		}
		if _, err := w.Approve(t.Context(), ada, r.ID); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("who asked agreed: %v", err)
		}
		if _, err := w.Approve(t.Context(), tokenOf(ada), r.ID); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a token of who asked agreed: %v", err)
		}
		if _, err := w.Continue(t.Context(), ada, r.ID); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("what nobody agreed to was continued: %v", err)
		}
		abroad := ben
		abroad.Scope.Sites = []string{"North"}
		if _, err := w.Approve(t.Context(), abroad, r.ID); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("somebody of one site agreed: %v", err)
		}
		if r, err = w.Approve(t.Context(), ben, r.ID); err != nil || r.State != recall.Opened || r.ApprovedBy != ben.ID || r.Marked != 101 {
			t.Fatalf("got %+v, %v", r, err)
		}
		if _, err := w.Approve(t.Context(), ben, r.ID); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("agreed twice: %v", err)
		}
		if got := w.marked(); got[1] != 101 {
			t.Errorf("marks: %v", got)
		}
		w.until("both have all", r.ID, func(r recall.Recall) bool {
			return receiver(r, "ehr").Reissued == 101 && receiver(r, "lab").Reissued == 101
		})
		w.house.Balanced()
	})
}

func TestAHundredMessagesNeedOnePerson(t *testing.T) {
	w := open(t, storetest.New(t), 100, false)
	if r, err := w.Open(t.Context(), ada, w.spec(exchange.TellOnly)); err != nil || r.State != recall.Opened || r.Needs != "" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestARecallThatWouldNotWorkIsRefused(t *testing.T) {
	w := open(t, storetest.New(t), 1, false)
	for what, change := range map[string]func(*recall.Spec){
		"no device":                 func(s *recall.Spec) { s.Device = "" },
		"no beginning":              func(s *recall.Spec) { s.From = time.Time{} },
		"an end before it":          func(s *recall.Spec) { s.Until = s.From.Add(-time.Hour) },
		"a cause of its own":        func(s *recall.Spec) { s.Cause = "gremlins" },
		"a treatment of its own":    func(s *recall.Spec) { s.Treatment = "burn" },
		"a correction of nothing":   func(s *recall.Spec) { s.Treatment = exchange.Amend },
		"a withdrawal with a shift": func(s *recall.Spec) { s.ShiftSeconds = 5 },
		"no reason":                 func(s *recall.Spec) { s.Reason = " " },
		"nothing that was said":     func(s *recall.Spec) { s.Device = "dev_OTHER" },
	} {
		s := w.spec(exchange.Withdraw)
		change(&s)
		if r, err := w.Open(t.Context(), ada, s); err == nil {
			t.Errorf("%s: got %+v", what, r)
		}
	}
	if all, err := w.All(t.Context(), ada); err != nil || len(all) != 0 {
		t.Errorf("kept %d, %v", len(all), err)
	}
}

// A breaking carrier stops the job after some marks.
type breaking struct {
	recall.Carrier
	mu    sync.Mutex
	left  int
	tells int
	stop  func()
}

func (b *breaking) Tell(ctx context.Context, by bedrail.Actor, channel, destination string, s exchange.Suspicion) (string, error) {
	b.mu.Lock()
	b.tells++
	b.mu.Unlock()
	return b.Carrier.Tell(ctx, by, channel, destination, s)
}

func (b *breaking) Mark(ctx context.Context, by bedrail.Actor, id string, s exchange.Suspicion) (int, error) {
	b.mu.Lock()
	b.left--
	stop := b.left == 0
	b.mu.Unlock()
	if stop {
		b.stop()
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return b.Carrier.Mark(ctx, by, id, s)
}

func TestWhatWasStoppedIsContinuedWhereItLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const n = 90
		w := open(t, db, n, false)
		w.Jobs = &job.Runner{Store: db, Auth: exchangetest.Anybody{}, Every: time.Hour}
		b := &breaking{Carrier: w.house.Exchange, left: 30}
		b.stop = func() {
			page, err := w.Jobs.Jobs(context.Background(), ada, query.Request{})
			if err == nil && len(page.Items) == 1 {
				_, err = w.Jobs.Cancel(context.Background(), ada, page.Items[0].ID)
			}
			if err != nil || len(page.Items) != 1 {
				t.Errorf("%d jobs, %v", len(page.Items), err)
			}
		}
		w.Exchange = b
		r, err := w.Open(t.Context(), ada, w.spec(exchange.Withdraw))
		if err != nil || r.Job == "" {
			t.Fatalf("got %+v, %v", r, err)
		}
		w.Jobs.Wait()
		if r, err = w.ByID(t.Context(), ada, r.ID); err != nil || r.Complete || r.State != recall.Opened || receiver(r, "ehr").State != recall.ToTell {
			t.Fatalf("after it was stopped: %+v, %v", r, err)
		}
		if got := w.marked(); got[1] == 0 || got[0] == 0 {
			t.Errorf("it was not stopped on its way: %v", got)
		}
		if _, err := w.Close(t.Context(), ada, r.ID, "all done"); bedrail.KindOf(err) != bedrail.Conflict || !strings.Contains(err.Error(), "continue") {
			t.Errorf("it was closed: %v", err)
		}
		// A message that comes late, of the same time, is called back too.
		w.keep(n, w.now.Add(-30*time.Second))
		w.Jobs = nil
		if r, err = w.Continue(t.Context(), ada, r.ID); err != nil || !r.Complete || r.Marked != n+1 {
			t.Fatalf("after it went on: %+v, %v", r, err)
		}
		if got := w.marked(); got[1] != n+1 || len(got) != 1 {
			t.Errorf("each message is marked once: %v", got)
		}
		if b.tells != 2 {
			t.Errorf("two receivers were told %d times", b.tells)
		}
		r = w.until("both were told", r.ID, func(r recall.Recall) bool {
			return receiver(r, "ehr").State == recall.Told && receiver(r, "lab").State == recall.Told
		})
		if one := receiver(r, "ehr"); one.Reissued != n+1 || one.Failed+one.Waiting > 0 {
			t.Errorf("got %+v", one)
		}
		if _, err := w.Continue(t.Context(), ada, r.ID); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("what is done was continued: %v", err)
		}
		notices, copies := 0, map[string]int{}
		for _, out := range w.house.Delivered(2*(n+1) + 2) {
			if strings.Contains(string(out.Body), `"data-recalled"`) {
				notices++
			} else {
				copies[out.Message+out.Destination]++
			}
		}
		if notices != 2 || len(copies) != 2*(n+1) {
			t.Errorf("%d notices and %d copies went out", notices, len(copies))
		}
	})
}

func TestAReceiverThatDoesNotAnswerIsOverdue(t *testing.T) {
	w := open(t, storetest.New(t), 3, false)
	s := w.spec(exchange.Withdraw)
	s.DueHours = 2
	r, err := w.Open(t.Context(), ada, s)
	if err != nil {
		t.Fatal(err)
	}
	w.until("both were told", r.ID, func(r recall.Recall) bool {
		return receiver(r, "ehr").State == recall.Told && receiver(r, "lab").State == recall.Told
	})
	if late, err := w.Overdue(t.Context()); err != nil || len(late) > 0 {
		t.Errorf("before it is due: %+v, %v", late, err)
	}
	w.now = w.now.Add(2*time.Hour + time.Second)
	late, err := w.Overdue(t.Context())
	if err != nil || len(late) != 1 || late[0].Overdue != 2 || !receiver(late[0], "ehr").Overdue || receiver(late[0], "ehr").Owner != "infusion team" {
		t.Fatalf("when it is late: %+v, %v", late, err)
	}
	if r, err = w.Answer(t.Context(), ada, r.ID, "pumps", "ehr", recall.AnswerSpec{State: recall.Acknowledged, Note: "Ms Roe: marked"}); err != nil || r.Overdue != 1 || r.Answered != 1 || receiver(r, "ehr").Overdue {
		t.Errorf("after one answered: %+v, %v", r, err)
	}
	if r, err = w.Answer(t.Context(), ada, r.ID, "pumps", "lab", recall.AnswerSpec{Owner: "laboratory", Note: "they know it best"}); err != nil || receiver(r, "lab").Owner != "laboratory" || !receiver(r, "lab").Overdue {
		t.Errorf("with another owner: %+v, %v", r, err)
	}
	if _, err := w.Close(t.Context(), ada, r.ID, "all done"); bedrail.KindOf(err) != bedrail.Conflict || !strings.Contains(err.Error(), "lab of pumps") {
		t.Errorf("closed while one is late: %v", err)
	}
	if _, err = w.Answer(t.Context(), ada, r.ID, "pumps", "lab", recall.AnswerSpec{State: recall.Excepted, Note: "a test system"}); err != nil {
		t.Fatal(err)
	}
	if late, err := w.Overdue(t.Context()); err != nil || len(late) > 0 {
		t.Errorf("after all are settled: %+v, %v", late, err)
	}
	if r, err = w.Close(t.Context(), ada, r.ID, "all corrected"); err != nil || r.State != recall.Closed {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := w.Answer(t.Context(), ada, r.ID, "pumps", "lab", recall.AnswerSpec{State: recall.Refused, Note: "too late"}); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("a closed recall was answered: %v", err)
	}
}

func TestAReceiverThatRefusesIsNotTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, 3, true)
		s := w.spec(exchange.Withdraw)
		s.ReceiptIsAnswer = true
		r, err := w.Open(t.Context(), ada, s)
		if err != nil {
			t.Fatal(err)
		}
		r = w.until("one took all, the other nothing", r.ID, func(r recall.Recall) bool {
			return receiver(r, "ehr").State == recall.Acknowledged && receiver(r, "lab").State == recall.Refused && receiver(r, "lab").Failed == 3
		})
		if one := receiver(r, "lab"); one.NoticeSent || one.Note == "" || r.Answered != 1 {
			t.Errorf("got %+v of %+v", one, r)
		}
		if _, err := w.Close(t.Context(), ada, r.ID, "all done"); bedrail.KindOf(err) != bedrail.Conflict || !strings.Contains(err.Error(), "refused") {
			t.Errorf("closed though one refused: %v", err)
		}
		// What a person says of it stands, whatever comes in later.
		if r, err = w.Answer(t.Context(), ben, r.ID, "pumps", "lab", recall.AnswerSpec{State: recall.Acknowledged, Note: "told by telephone"}); err != nil || receiver(r, "lab").State != recall.Acknowledged || receiver(r, "lab").AnsweredBy != ben.ID {
			t.Errorf("got %+v, %v", r, err)
		}
		for _, bad := range []recall.AnswerSpec{{State: "maybe", Note: "who knows"}, {State: recall.Told, Note: ""}, {Note: "nothing said"}} {
			if _, err := w.Answer(t.Context(), ada, r.ID, "pumps", "lab", bad); bedrail.KindOf(err) != bedrail.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if _, err := w.Answer(t.Context(), ada, r.ID, "pumps", "nobody", recall.AnswerSpec{State: recall.Told, Note: "told"}); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("somebody who received nothing answered: %v", err)
		}
		if r, err = w.Close(t.Context(), ada, r.ID, "all told"); err != nil || r.State != recall.Closed {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

// tokenOf is a token that by made.
func tokenOf(by bedrail.Actor) bedrail.Actor {
	by.Owner, by.ID, by.Name, by.Kind = by.ID, "tok_"+by.ID, by.Name+"/script", bedrail.Token
	return by
}
