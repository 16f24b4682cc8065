package store_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/lifecycle"
	"bedrail/patch"
	"bedrail/procure"
	"bedrail/sbom"
	"bedrail/seal"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

var (
	someone = bedrail.Actor{ID: "usr_1", Name: "ana", Kind: bedrail.Person}
	house   = bedrail.Scope{}
)

func did(what bedrail.Action) audit.Entry {
	return audit.Entry{By: someone, Did: what, To: "x", Note: "test"}
}

// hand is a clock that a test sets.
type hand struct{ at time.Time }

func (h *hand) now() time.Time { return h.at }

func eachWithClock(t *testing.T, f func(t *testing.T, db *store.DB, clock *hand)) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		clock := &hand{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
		c.Clock = clock.now
		f(t, storetest.Open(t, c), clock)
	})
}

// TestThePast changes bills, records, decisions and feeds on several days, and
// asks what was known on each.
func TestThePast(t *testing.T) {
	eachWithClock(t, func(t *testing.T, db *store.DB, clock *hand) {
		ctx := context.Background()
		key := asset.ModelKey{Manufacturer: "Acme", Model: "Pump", Version: "1"}
		bill := func(digest, component string) {
			t.Helper()
			b := sbom.Bill{ID: "bill_" + digest, Digest: digest, Name: "b", Model: key, Format: "cyclonedx", ImportedAt: clock.at, Components: []sbom.Component{{Name: component}}}
			if _, err := db.SaveBill(ctx, house, b, did("bill:import")); err != nil {
				t.Fatal(err)
			}
		}
		record := func(doc string) {
			t.Helper()
			_, err := db.SaveRecords(ctx, house, []vuln.StoredRecord{{Kind: vuln.AdvisoryRecord, ID: "CVE-1", Feed: "osv", Digest: doc, At: clock.at, Doc: []byte(`{"said":"` + doc + `"}`)}}, did("feed:import"))
			if err != nil {
				t.Fatal(err)
			}
			if err := db.SaveFeed(ctx, house, vuln.Feed{Name: "osv", Kind: "osv", Records: 1, ImportedAt: clock.at}, did("feed:import")); err != nil {
				t.Fatal(err)
			}
		}
		decide := func(state vuln.State) {
			t.Helper()
			d := vuln.Decision{ID: "dec_1", Vulnerability: "CVE-1", State: state, At: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)} // dated long before it came in
			if err := db.SaveDecisions(ctx, house, []vuln.Decision{d}, did("finding:triage")); err != nil {
				t.Fatal(err)
			}
		}
		day := func(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }
		clock.at = day(1)
		bill("a", "first")
		record("one")
		decide(vuln.StateInvestigating)
		clock.at = day(3)
		bill("b", "second")
		record("two")
		decide(vuln.StateAccepted)
		clock.at = day(5)
		bill("c", "third")
		decide(vuln.StateFixed)

		known := func(at time.Time) string {
			t.Helper()
			var out []string
			err := db.BillsAsOf(ctx, house, at, func(b sbom.Bill) error {
				out = append(out, b.Components[0].Name)
				if last := b.Components[0].Name == "third"; b.ReplacedAt.IsZero() != last {
					t.Errorf("%s is replaced since %v", b.Components[0].Name, b.ReplacedAt)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			err = db.RecordsAsOf(ctx, house, at, func(_ vuln.RecordKind, _ string, doc []byte) error {
				_, said, _ := strings.Cut(strings.ReplaceAll(string(doc), " ", ""), `"said":"`)
				out = append(out, strings.Trim(said, `"}`))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			err = db.DecisionsAsOf(ctx, house, at, func(d vuln.Decision) error { out = append(out, string(d.State)); return nil })
			if err != nil {
				t.Fatal(err)
			}
			feeds, err := db.FeedsAsOf(ctx, house, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range feeds {
				out = append(out, f.ImportedAt.Format("02"))
			}
			return strings.Join(out, " ")
		}
		for at, want := range map[int]string{0: "", 1: "first one investigating 01", 2: "first one investigating 01", 3: "second two accepted 03", 4: "second two accepted 03", 5: "third two fixed 03", 9: "third two fixed 03"} {
			if got := known(day(at + 0)); got != want {
				t.Errorf("on day %d got %q, want %q", at, got, want)
			}
		}
		entries, _, err := db.AuditAsOf(ctx, house, day(4))
		if err != nil || entries != 8 {
			t.Errorf("the record had %d entries on day 4 (%v), want 8", entries, err)
		}
	})
}

func TestVersionsAreSeen(t *testing.T) {
	eachWithClock(t, func(t *testing.T, db *store.DB, clock *hand) {
		ctx := context.Background()
		r := lifecycle.Record{Manufacturer: "Acme", Model: "Pump", EndOfSupport: "2030-01-01"}
		if err := db.SaveModelRecord(ctx, house, r, did("model:write")); err != nil {
			t.Fatal(err)
		}
		if err := db.SaveModelRecord(ctx, house, r, did("model:write")); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("a second record of a model gave %v, want a Conflict", err)
		}
		r.Version, r.Note = 1, "again"
		if err := db.SaveModelRecord(ctx, house, r, did("model:write")); err != nil {
			t.Fatal(err)
		}
		if all, err := db.ModelRecords(ctx, house); err != nil || len(all) != 1 || all[0].Version != 2 || all[0].Note != "again" {
			t.Errorf("got %+v, %v", all, err)
		}
		p := procure.Purchase{ID: "pur_1", Stage: procure.Asked}
		if err := db.SavePurchase(ctx, house, p, did("procure:write")); err != nil {
			t.Fatal(err)
		}
		p.Version = 7
		if err := db.SavePurchase(ctx, house, p, did("procure:write")); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("a purchase that somebody changed gave %v, want a Conflict", err)
		}
		orders := []patch.Order{{ID: "pat_1", Unit: "ICU"}, {ID: "pat_2", Unit: "ED"}}
		if err := db.SaveOrders(ctx, house, orders, did("patch:plan")); err != nil {
			t.Fatal(err)
		}
		orders[0].Version = 1 // the other is stale: neither is kept
		orders[0].Unit = "OR"
		if err := db.SaveOrders(ctx, house, orders, did("patch:plan")); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("got %v, want a Conflict", err)
		}
		got, err := db.Orders(ctx, bedrail.Scope{Units: []string{"ICU"}})
		if err != nil || len(got) != 1 || got[0].ID != "pat_1" || got[0].Version != 1 {
			t.Errorf("a unit sees %+v, %v", got, err)
		}
	})
}

func TestCalendarsAndMaintenance(t *testing.T) {
	eachWithClock(t, func(t *testing.T, db *store.DB, clock *hand) {
		ctx := context.Background()
		if err := db.SaveCalendar(ctx, house, patch.Calendar{ID: "cal_1", Name: "ICU", Hash: "h"}, did("patch:plan")); err != nil {
			t.Fatal(err)
		}
		if c, err := db.CalendarByHash(ctx, house, "h"); err != nil || c.Name != "ICU" {
			t.Errorf("got %+v, %v", c, err)
		}
		if err := db.RemoveCalendar(ctx, house, "cal_1", did("patch:plan")); err != nil {
			t.Fatal(err)
		}
		if _, err := db.CalendarByHash(ctx, house, "h"); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("an ended address gave %v", err)
		}
		rows := []patch.Maintenance{{AssetTag: "A1", EveryDays: 30}, {AssetTag: "a1", EveryDays: 60}, {SerialNumber: "S", Loaner: true}}
		if err := db.SaveMaintenance(ctx, house, rows, did("maintenance:import")); err != nil {
			t.Fatal(err)
		}
		if all, err := db.Maintenance(ctx, house); err != nil || len(all) != 2 {
			t.Errorf("got %+v, %v, want two devices", all, err)
		}
	})
}

func TestDocumentsAreSealed(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		folder := t.TempDir()
		if _, err := seal.MakeFile(filepath.Join(folder, "key")); err != nil {
			t.Fatal(err)
		}
		keys, err := seal.Open(filepath.Join(folder, "ring"), seal.File(filepath.Join(folder, "key")), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Keys = keys
		db := storetest.Open(t, c)
		ctx := context.Background()
		body := []byte("a letter that says something")
		for _, sealed := range []bool{true, false} {
			d := lifecycle.Document{ID: map[bool]string{true: "doc_s", false: "doc_p"}[sealed], Subject: "mdl_1", Name: "letter.txt", Sealed: sealed}
			if err := db.SaveDocument(ctx, house, d, body, did("document:write")); err != nil {
				t.Fatal(err)
			}
			if _, got, err := db.Document(ctx, house, d.ID); err != nil || !bytes.Equal(got, body) {
				t.Errorf("sealed %t: got %q, %v", sealed, got, err)
			}
		}
		if all, err := db.Documents(ctx, house, "mdl_1"); err != nil || len(all) != 2 {
			t.Errorf("got %+v, %v", all, err)
		}
		if err := db.RemoveDocument(ctx, house, "doc_s", did("document:write")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.Document(ctx, house, "doc_s"); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("a removed document gave %v", err)
		}
	})
}
