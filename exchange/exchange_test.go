package exchange_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/query"
	"bedrail/seal"
	"bedrail/store"
	"bedrail/store/storetest"
)

// anybody lets everybody do everything.
type anybody struct{}

func (anybody) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

var engineer = bedrail.Actor{ID: "person:1", Name: "engineer", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "main"}}

// A house is an exchange whose doors are in memory: a source that tests speak
// through, and receivers that do as they are told.
type house struct {
	*exchange.Exchange
	t  *testing.T
	db *store.DB

	mu        sync.Mutex
	intakes   map[string]exchange.Intake
	receivers map[string]*receiver
	stop      func()
}

// A receiver is a destination.
type receiver struct {
	mu     sync.Mutex
	answer func(exchange.Outgoing) (exchange.Acknowledgment, error)
	got    []exchange.Outgoing
}

func (r *receiver) Send(_ context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ack := exchange.Acknowledgment{Outcome: exchange.Accepted, Code: "AA", Body: []byte("MSA|AA")}
	var err error
	if r.answer != nil {
		ack, err = r.answer(out)
	}
	if err == nil && ack.Outcome == exchange.Accepted {
		r.got = append(r.got, out)
	}
	return ack, err
}

func (r *receiver) Close() error { return nil }

func (r *receiver) behave(f func(exchange.Outgoing) (exchange.Acknowledgment, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

func (r *receiver) control() (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.got {
		ids = append(ids, o.Facts.ControlID)
	}
	return ids
}

type source struct{ started func() }

func (s source) Run(ctx context.Context) error {
	s.started()
	<-ctx.Done()
	return nil
}
func (source) Status() exchange.SourceStatus { return exchange.SourceStatus{Listening: "memory"} }

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, intakes: map[string]exchange.Intake{}, receivers: map[string]*receiver{}}
	checker, err := exchange.NewChecker()
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(json.RawMessage) error { return nil }
	h.Exchange = &exchange.Exchange{Store: db, Auth: anybody{}, Tenant: "main", Checker: checker,
		Blind: func(field, value string) string { return db.Blind("main", field, value) },
		Kinds: exchange.Kinds{
			Sources: []exchange.SourceKind{{Name: "memory", Format: exchange.HL7v2, Check: nothing, Open: func(c exchange.SourceConfig) (exchange.Source, error) {
				return source{func() { h.mu.Lock(); h.intakes[c.Channel] = c.Intake; h.mu.Unlock() }}, nil
			}}},
			Destinations: []exchange.DestinationKind{{Name: "memory", Check: nothing, Open: func(c exchange.DestinationConfig) (exchange.Sender, error) {
				return h.receiver(c.Name), nil
			}}},
		}}
	return h
}

func (h *house) receiver(name string) *receiver {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.receivers[name] == nil {
		h.receivers[name] = &receiver{}
	}
	return h.receivers[name]
}

// open starts the exchange with channels as configuration has them.
func (h *house) open(channels ...string) {
	h.t.Helper()
	defs, err := exchange.ParseDefinitions([]byte("[" + strings.Join(channels, ",") + "]"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.Configured = defs
	if err := h.Load(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	var once sync.Once
	h.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				h.t.Error(err)
			}
		})
	}
	h.t.Cleanup(h.stop)
	h.until("doors are open", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.intakes) >= len(defs)
	})
}

func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	h.t.Fatalf("it never came to this: %s", what)
}

func (h *house) receive(channel, message string) exchange.Receipt {
	h.t.Helper()
	r, err := h.tryReceive(channel, message)
	if err != nil {
		h.t.Fatalf("receiving: %v", err)
	}
	return r
}

func (h *house) tryReceive(channel, message string) (exchange.Receipt, error) {
	h.mu.Lock()
	in := h.intakes[channel]
	h.mu.Unlock()
	return in.Receive(context.Background(), exchange.Inbound{Body: []byte(message), Answer: func(r exchange.Receipt) []byte {
		return []byte("answer " + string(r.Outcome))
	}})
}

// ledger returns the ledger of a channel, which must balance.
func (h *house) ledger(channel string) exchange.SourceLedger {
	h.t.Helper()
	l, err := h.Ledger(h.t.Context(), engineer)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range l.Sources {
		if s.Channel == channel {
			if !s.Balanced {
				h.t.Errorf("the ledger of %s is not balanced: %v", channel, s.Problems)
			}
			return s
		}
	}
	h.t.Fatalf("the ledger does not have %s", channel)
	return exchange.SourceLedger{}
}

func adt(id, patient string) string {
	return "MSH|^~\\&|HIS|HOSP|BEDRAIL|HOSP|20260301101500+0000||ADT^A01^ADT_A01|" + id + "|P|2.5\rEVN|A01|20260301101500+0000\rPID|1||" + patient + "^^^HOSP^MR||Test^Alpha\rPV1|1|I|ICU^7^1\r"
}

func vital(id, value string) string {
	return "MSH|^~\\&|MON^0025DF0000A10001^EUI-64|W|GW|H|20260301101500+0000||ORU^R01^ORU_R01|" + id + "|P|2.6|||AL|NE|||||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO\r" +
		"PID|||MRN1^^^H^MR||T^A\rPV1||I|ICU^7^1\rOBR|1|1^MON|1^MON|182777000^monitoring of patient^SCT|||20260301101500+0000\r" +
		"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||0025DF0000A10001^^0025DF0000A10001^EUI-64\r" +
		"OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.1|" + value + "|266016^MDC_DIM_MMHG^MDC|||||R|||20260301101500+0000\r"
}

const twoWays = `{"name": "adt", "source": {"memory": {}}, "destinations": [{"name": "ehr", "memory": {}, "retry": {"first": "10ms", "longest": "50ms", "refusals": 3}}, {"name": "lab", "memory": {}, "when": {"at": "MSH-9.2", "is": "A08"}}]}`

func each(t *testing.T, f func(t *testing.T, h *house)) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Keys, c.Bodies = keyring(t), t.TempDir()
		f(t, newHouse(t, storetest.Open(t, c)))
	})
}

func keyring(t *testing.T) *seal.Keyring {
	t.Helper()
	file, err := seal.MakeFile(t.TempDir() + "/key")
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.Open(t.TempDir()+"/ring", file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAMessageIsKeptRoutedAndDelivered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(twoWays)
		r := h.receive("adt", adt("1", "MRN7"))
		if r.State != exchange.Pending || r.Outcome != exchange.Accepted || string(r.Answer) != "answer accepted" {
			t.Errorf("got %+v", r)
		}
		h.until("it is delivered", func() bool { return h.ledger("adt").Delivered == 1 })
		if got := h.receiver("ehr").control(); len(got) != 1 || got[0] != "1" {
			t.Errorf("ehr got %v", got)
		}
		if got := h.receiver("lab").control(); len(got) != 0 {
			t.Errorf("lab got %v", got)
		}
		l := h.ledger("adt")
		if l.Received != 1 || l.Destinations[0].Delivered != 1 || l.Destinations[1].Filtered != 1 {
			t.Errorf("got %+v", l)
		}
		page, err := h.Messages(t.Context(), engineer, query.Request{Filter: query.Filter{{Field: "patient", Op: query.Has, Values: []string{"mrn7 "}}}})
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != r.ID {
			t.Errorf("looked up by patient: %+v, %v", page, err)
		}
		if page, err = h.Messages(t.Context(), engineer, query.Request{Filter: query.Filter{{Field: "patient", Op: query.Has, Values: []string{"MRN8"}}}}); err != nil || len(page.Items) != 0 {
			t.Errorf("another patient: %+v, %v", page, err)
		}
		c, err := h.Reveal(t.Context(), engineer, r.ID, "checking the interface")
		if err != nil || string(c.Body) != adt("1", "MRN7") || string(c.Bodies["ehr"].Ack) != "MSA|AA" {
			t.Errorf("revealed %q, %v", c.Body, err)
		}
	})
}

func TestADuplicateIsAnsweredAsBeforeAndNotDelivered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(twoWays)
		first := h.receive("adt", adt("1", "MRN7"))
		again := h.receive("adt", adt("1", "MRN7"))
		if !again.Duplicate || string(again.Answer) != string(first.Answer) {
			t.Errorf("got %+v", again)
		}
		other := h.receive("adt", adt("1", "MRN9"))
		if other.Duplicate || len(other.Issues) == 0 {
			t.Errorf("another message under the same control id: %+v", other)
		}
		h.until("both are delivered", func() bool { return h.ledger("adt").Delivered == 2 })
		if l := h.ledger("adt"); l.Received != 3 || l.Duplicates != 1 {
			t.Errorf("got %+v", l)
		}
	})
}

func TestWhatCannotBeReadIsKeptAndRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(twoWays)
		for message, want := range map[string]exchange.Outcome{"not a message": exchange.Refused, "": exchange.Refused, strings.Replace(adt("2", "M"), "|2.5", "|9.9", 1): exchange.Refused} {
			if r := h.receive("adt", message); r.State != exchange.Rejected || r.Outcome != want {
				t.Errorf("%.20q: got %s, %s", message, r.State, r.Outcome)
			}
		}
		if l := h.ledger("adt"); l.Rejected != 3 || l.Received != 3 {
			t.Errorf("got %+v", l)
		}
	})
}

func TestADeadDestinationDoesNotHoldUpAnother(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receiver("ehr").behave(func(exchange.Outgoing) (exchange.Acknowledgment, error) {
			return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "nobody there")
		})
		h.open(strings.Replace(twoWays, `"is": "A08"`, `"is": "A01"`, 1))
		const n = 40
		for i := range n {
			h.receive("adt", adt(fmt.Sprint(i), fmt.Sprint("MRN", i%5)))
		}
		h.until("lab has all", func() bool { return len(h.receiver("lab").control()) == n })
		if l := h.ledger("adt"); l.Pending != n {
			t.Errorf("got %+v", l)
		}
		h.receiver("ehr").behave(nil)
		h.until("ehr has all", func() bool { return h.ledger("adt").Delivered == n })
		for i, id := range h.receiver("ehr").control() {
			if id != fmt.Sprint(i) {
				t.Fatalf("ehr got %v", h.receiver("ehr").control())
			}
		}
	})
}

func TestWhatIsRefusedBlocksOnlyItsPatient(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		h.receiver("ehr").behave(func(o exchange.Outgoing) (exchange.Acknowledgment, error) {
			switch {
			case o.Facts.ControlID == "1" || o.Facts.ControlID == "bad":
				return exchange.Acknowledgment{Outcome: exchange.Failed, Code: "AE"}, nil
			case o.Facts.ControlID == "never":
				return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "AR"}, nil
			}
			return exchange.Acknowledgment{Outcome: exchange.Accepted, Code: "AA"}, nil
		})
		h.open(strings.NewReplacer(`"10ms"`, `"1s"`, `"50ms"`, `"1s"`).Replace(twoWays)) // long enough for the others
		for _, m := range [][2]string{{"1", "A"}, {"2", "A"}, {"3", "B"}, {"never", "C"}, {"4", "C"}} {
			h.receive("adt", adt(m[0], m[1]))
		}
		h.until("two are dead", func() bool { return h.ledger("adt").Dead == 2 })
		h.until("the others arrived", func() bool { return h.ledger("adt").Delivered == 3 })
		if got := h.receiver("ehr").control(); got[len(got)-1] != "2" {
			t.Errorf("in the order %v: a refused head must keep its own patient waiting and no other", got)
		}
	})
}

func TestWhatIsLiveIsNeverHeldOrRejected(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		h.open(`{"name": "strict", "source": {"memory": {}}, "validate": {"onError": "reject"}, "destinations": [{"name": "ehr", "memory": {}}]}`,
			`{"name": "careful", "source": {"memory": {}}, "validate": {"onError": "hold"}, "hold": {"longest": "300ms"}, "destinations": [{"name": "ehr", "memory": {}}]}`)
		bad := strings.Replace(adt("3", "M"), "EVN|A01|20260301101500+0000\r", "", 1) // EVN is required
		for _, channel := range []string{"strict", "careful"} {
			if r := h.receive(channel, vital("1", "97")); r.Outcome != exchange.Accepted || r.State != exchange.Pending || len(exchange.Errors(r.Issues)) == 0 {
				t.Errorf("%s: a saturation in mmHg of a monitor: %s, %s, %d errors", channel, r.State, r.Outcome, len(exchange.Errors(r.Issues)))
			}
		}
		if r := h.receive("strict", bad); r.State != exchange.Rejected || r.Outcome != exchange.Failed {
			t.Errorf("strict: %s, %s", r.State, r.Outcome)
		}
		if r := h.receive("careful", bad); r.State != exchange.Held || r.Outcome != exchange.Failed {
			t.Errorf("careful: %s, %s", r.State, r.Outcome)
		}
		h.until("what was held went out", func() bool { l := h.ledger("careful"); return l.Delivered == 2 && l.Held == 0 })
	})
}

func TestARestartLosesNothing(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Keys = keyring(t)
		db := storetest.Open(t, c)
		h := newHouse(t, db)
		h.receiver("ehr").behave(func(exchange.Outgoing) (exchange.Acknowledgment, error) {
			return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "nobody there")
		})
		h.open(twoWays)
		const n = 30
		for i := range n {
			h.receive("adt", adt(fmt.Sprint(i), "MRN1"))
		}
		h.stop()
		next := newHouse(t, db)
		next.open(twoWays)
		next.until("all are delivered", func() bool { return next.ledger("adt").Delivered == n })
		for i, id := range next.receiver("ehr").control() {
			if id != fmt.Sprint(i) {
				t.Fatalf("in the order %v", next.receiver("ehr").control())
			}
		}
	})
}

func TestAChannelChangesWithoutARestart(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open()
		d, err := exchange.ParseDefinition([]byte(twoWays))
		if err != nil {
			t.Fatal(err)
		}
		s, err := h.Create(t.Context(), engineer, d)
		if err != nil || s.Version != 1 {
			t.Fatalf("got %+v, %v", s, err)
		}
		h.until("the door is open", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.intakes["adt"] != nil })
		h.receive("adt", adt("1", "M"))
		value := "EPIC"
		d.Transform = []exchange.Step{{Set: "MSH-5", Value: &value}}
		began := time.Now()
		if s, err = h.Change(t.Context(), engineer, 1, d); err != nil || s.Version != 2 {
			t.Fatalf("got %+v, %v", s, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the change took %v", took)
		}
		if _, err := h.Change(t.Context(), engineer, 1, d); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("a change of an older version: %v", err)
		}
		h.receive("adt", adt("2", "M"))
		h.until("both arrived", func() bool { return h.ledger("adt").Delivered == 2 })
		h.receiver("ehr").mu.Lock()
		if body := string(h.receiver("ehr").got[1].Body); !strings.Contains(body, "|EPIC|") {
			t.Errorf("sent %q", body)
		}
		h.receiver("ehr").mu.Unlock()
		if _, err := h.SetState(t.Context(), engineer, "adt", exchange.Paused); err != nil {
			t.Fatal(err)
		}
		if _, err := h.tryReceive("adt", adt("3", "M")); bedrail.KindOf(err) != bedrail.Unavailable {
			t.Errorf("a paused channel took a message: %v", err)
		}
		if err := h.Delete(t.Context(), engineer, "adt"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.ChannelByName(t.Context(), engineer, "adt"); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestALargeBodyLiesInASealedFile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.open(twoWays)
		for _, size := range []int{exchange.InlineBytes + 1, 4 * 64 << 10, 64<<10*5 + 1, 3 << 20} {
			message := adt(fmt.Sprint("L", size), "M") + "OBX|1|ED|||" + strings.Repeat("A", size) + "\r"
			r := h.receive("adt", message)
			c, err := h.db.MessageBody(t.Context(), engineer.Scope, r.ID, 1<<30)
			if err != nil || string(c) != message {
				t.Errorf("%d bytes: got %d, %v", size, len(c), err)
			}
		}
		h.until("all arrived", func() bool { return h.ledger("adt").Delivered == 4 })
	})
}
