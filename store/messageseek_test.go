package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/format/query"
	"bedrail/recall"
)

var seekScope = bedrail.Scope{Tenant: "main"}

// someMessages keeps n messages that differ in all that can be asked for.
func someMessages(t *testing.T, db *DB, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	from := func(words ...string) string { return words[min(int(r.ExpFloat64()*1.2), len(words)-1)] }
	for i := range n {
		k := testMessage(bedrail.NewID("msg", time.Date(2026, 3, 1+i*20/n, 7, 0, i, 0, time.UTC)), fmt.Sprint("C", i))
		m := &k.Message
		m.ReceivedAt = time.Date(2026, 3, 1+i*20/n, 7, 0, i, 0, time.UTC)
		m.Channel, m.Type, m.Sender = from("adt", "lab", "icu"), from("ADT^A01", "ORU^R01", "adt^a01", "ORM^O01", "Ü^1"), from("HIS^North", "PUMP", "monitor", "ÄRZTE")
		m.State = exchange.State(from("delivered", "pending", "dead", "held", "filtered", "rejected"))
		m.Trust, m.Severity, m.Device = exchange.Trust(from("trusted", "unknown", "quarantined", "vulnerable")), from("", "warning", "error", "fatal", "information"), from("", "dev_1", "dev_2")
		m.Format = exchange.Format(from("hl7v2", "fhir"))
		state := map[exchange.State]exchange.DeliveryState{"delivered": exchange.Arrived, "pending": exchange.Queued, "dead": exchange.GivenUp, "held": exchange.WaitsHeld, "filtered": exchange.NotForIt}[m.State]
		k.Deliveries = nil
		if state != "" {
			for _, to := range []string{"ehr", from("lab", "archive", "lake")} {
				k.Deliveries = append(k.Deliveries, exchange.Delivery{Message: m.ID, Channel: m.Channel, Destination: to, State: state, Lane: "l", QueuedAt: m.ReceivedAt})
			}
		}
		k.Lookups = append(k.Lookups, exchange.Lookup{Field: "patient", Value: exchange.Normal(fmt.Sprint("MRN", i%9))})
		if _, err := db.KeepMessage(context.Background(), seekScope, k, asIs); err != nil {
			t.Fatal(err)
		}
	}
}

// walk reads every page of a search.
func walk(t *testing.T, db *DB, text, sort string) (ids []string, total int) {
	t.Helper()
	f, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	req := query.Request{Filter: f, Limit: 23}
	if sort != "" {
		req.Sort = query.ParseSort(sort)
	}
	for {
		page, err := db.Messages(context.Background(), seekScope, req)
		if err != nil {
			t.Fatalf("%s by %s: %v", text, sort, err)
		}
		if req.Cursor == "" {
			total = page.Total
		}
		for _, m := range page.Items {
			ids = append(ids, m.ID)
		}
		if req.Cursor = page.Next; req.Cursor == "" {
			return ids, total
		}
	}
}

// far is a page of ten that begins at a row.
func far(t *testing.T, db *DB, text, sort string, skip int) (ids []string) {
	t.Helper()
	f, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	page, err := db.Messages(context.Background(), seekScope, query.Request{Filter: f, Sort: query.ParseSort(sort), Limit: 10, Offset: skip})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Items {
		ids = append(ids, m.ID)
	}
	return ids
}

// What an index is asked for and what is walked are the same, whatever is
// asked, in either order, page by page.
func TestWhatIsSoughtIsWhatIsWalked(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		const n = 400
		someMessages(t, db, n)
		db.window = n + 1
		everything, _ := walk(t, db, "", "received")
		terms := []string{"", "channel:icu", "channel:nowhere", "state:delivered", "state:dead", "state:held,dead", "state:pending", "state:pending,rejected", "-state:delivered", "-state:delivered,pending", "state!=dead", "state:delivered,dead",
			"trust:quarantined", "trust:trusted", "-trust:trusted", "-trust:trusted,unknown", "severity>=error", "severity>warning", "severity:fatal", "severity<=warning", "-severity:error", "severity>=warning",
			"type:ADT^A01", "type:adt*", "type:none", "-type:ORU^R01", "type:ORM^O01,ORU^R01", "sender:pump", "sender:mon*", "sender:none", "sender:Ärzte", "destination:lake", "destination:ehr", "destination:none", "-destination:lake", "destination:la*",
			"pump", "north", "a0", "nothing", "-pump", "Ü", `"o01"`, "device:dev_1", "device:dev_2,dev_1", "device:dev*", "device:none", "format:fhir", "format:hl7v2", "size>0 format:fhir", "size>1000000", "reason:none", "peer:10.0.0.1", "-peer:10.0.0.1 legalHold:no", "patient:MRN3", "control:C17", everything[5], strings.ToLower(everything[n-1]), everything[9][:16], "msg_",
			"received:2026-03-04", "received>=2026-03-15", "received<2026-03-03T07:00:30Z", "received>2026-03-20T00:00:00Z", "-received:2026-03-04", "received<=2026-03-02", "received<1d", "received>1d"}
		r := rand.New(rand.NewPCG(5, 6))
		asked := slices.Clone(terms)
		for range 60 {
			asked = append(asked, strings.Join([]string{terms[r.IntN(len(terms))], terms[r.IntN(len(terms))], terms[r.IntN(len(terms))]}[r.IntN(2):], " "))
		}
		found := 0
		for i, text := range asked {
			sort := []string{"-received", "received", "-id", ""}[i%4]
			db.window = n + 1
			want, total := walk(t, db, text, sort)
			db.window = 11
			got, counted := walk(t, db, text, sort)
			if !slices.Equal(got, want) || total != len(want) || counted != total {
				t.Errorf("%q by %q: sought %d of %d, walked %d of %d", text, sort, len(got), counted, len(want), total)
			}
			found += len(want)
			db.most = 25
			if got, counted := walk(t, db, text, sort); !slices.Equal(got, want) || counted != min(len(want), db.most) {
				t.Errorf("%q by %q, counted to %d: %d of %d, want %d", text, sort, db.most, len(got), counted, len(want))
			}
			if page := far(t, db, text, sort, 15); !slices.Equal(page, want[min(15, len(want)):min(25, len(want))]) {
				t.Errorf("%q by %q, counted to %d: from row 15 on %v, want %v", text, sort, db.most, page, want[min(15, len(want)):min(25, len(want))])
			}
			db.most = 0
			if page := far(t, db, text, sort, 37); !slices.Equal(page, want[min(37, len(want)):min(47, len(want))]) {
				t.Errorf("%q by %q: from row 37 on %v, want %v", text, sort, page, want[min(37, len(want)):min(47, len(want))])
			}
		}
		if found < 3*n {
			t.Errorf("only %d were found in all: the test says little", found)
		}
		if db.dialect == sqlite {
			seekPlans(t, db)
		}
	})
}

// seekPlans holds that SQLite asks the indexes that the searches are made for.
func seekPlans(t *testing.T, db *DB) {
	for text, index := range map[string]string{"state:dead": "message_odd_state", "trust:quarantined": "message_odd_trust", "severity:fatal": "message_odd_severity", "sender:pump": "message_kind", "nothing pump": "", "channel:nowhere": "message_ledger",
		"channel:icu received:2026-03-04": "", "destination:ehr state:dead": "message_odd_state"} {
		f, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := db.read.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		k, err := db.seekTerms(context.Background(), tx, "main", f, db.clock.Now())
		tx.Rollback()
		if err != nil || k.index != index {
			t.Errorf("%s asks %q, want %q, %v", text, k.index, index, err)
		}
	}
}

// A page of resources ends with a message, however many receivers it has and
// whatever of it was forgotten: none is lost, none comes twice.
func TestAPageOfResourcesEndsWithAMessage(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, want := context.Background(), map[string]bool{}
		at := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
		for i := range 12 {
			k := testMessage(bedrail.NewID("msg", at.Add(time.Duration(i)*time.Minute)), fmt.Sprint("C", i))
			k.Message.ReceivedAt, k.Message.Device, k.Message.State = at.Add(time.Duration(i)*time.Minute), "dev_1", exchange.Delivered
			k.Deliveries = nil
			receivers := 1 + i%5
			for n := range receivers {
				k.Deliveries = append(k.Deliveries, exchange.Delivery{Message: k.Message.ID, Channel: "adt", Destination: fmt.Sprint("to", n), State: exchange.Queued, Lane: "l", QueuedAt: at})
			}
			if _, err := db.KeepMessage(ctx, seekScope, k, asIs); err != nil {
				t.Fatal(err)
			}
			for n, d := range k.Deliveries {
				d.State = exchange.Arrived
				sent := fmt.Appendf(nil, `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Observation","id":"o%d","status":"final"}},{"resource":{"resourceType":"Device","id":"d1"}}]}`, i)
				if err := db.Settle(ctx, seekScope, []exchange.Settlement{{Delivery: d, Sent: sent, SentType: "application/fhir+json"}}); err != nil {
					t.Fatal(err)
				}
				if i < 4 || i > 7 {
					want[fmt.Sprintf("Observation/o%d to%d", i, n)], want[fmt.Sprintf("Device/d1 %s to%d", k.Message.ID, n)] = true, true
				}
			}
			if i >= 4 && i <= 7 { // some in the middle are forgotten
				if _, err := db.ForgetMessages(ctx, seekScope, []string{k.Message.ID}, audit.Entry{By: auditor, Did: "message:forget", To: k.Message.ID}); err != nil {
					t.Fatal(err)
				}
			}
		}
		span := recall.Span{Device: "dev_1", From: at.Add(-time.Minute), Until: at.Add(time.Hour)}
		for _, limit := range []int{1, 2, 3, 5, 8, 500} {
			got, messages := map[string]bool{}, map[string]bool{}
			for after := ""; ; {
				page, err := db.Resources(ctx, seekScope, span, after, limit)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				here := map[string]bool{}
				for _, r := range page {
					name := r.Reference + " " + r.Destination
					if r.Type() == "Device" {
						name = r.Reference + " " + r.Message + " " + r.Destination
					}
					if got[name] || messages[r.Message] {
						t.Errorf("limit %d: %s comes twice, or its message stands on two pages", limit, name)
					}
					got[name], here[r.Message] = true, true
				}
				for m := range here {
					messages[m] = true
				}
				after = page[len(page)-1].Message
			}
			if len(got) != len(want) {
				t.Errorf("limit %d: %d of %d resources", limit, len(got), len(want))
			}
		}
		counts, opened, err := db.MadeOf(ctx, seekScope, span, 1000, time.Minute)
		if err != nil || counts["Observation"] != 8 || counts["Device"] != 1 || opened < 8 {
			t.Errorf("made of them: %v of %d, %v", counts, opened, err)
		}
		reach, receivers, err := db.Reach(ctx, seekScope, span)
		if err != nil || reach.Messages != 12 || reach.Forgotten != 4 || len(receivers) != 5 || receivers[0].Messages != 12 || receivers[4].Messages != 2 {
			t.Errorf("reach: %+v %+v, %v", reach, receivers, err)
		}
	})
}
