package vuln_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
	"bedrail/vuln"
)

// TestEveryChangeIsWeighedAgain changes one thing after another and looks at
// the answer without asking anybody to work it out.
func TestEveryChangeIsWeighedAgain(t *testing.T) {
	ctx := context.Background()
	statement := `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://acme.example/1","author":"Acme Infusion","timestamp":"2026-11-20T00:00:00Z","version":1,
"statements":[{"vulnerability":{"name":"CVE-2026-0001"},"products":[{"@id":"pkg:npm/left@1.0.0"}],"status":"not_affected","justification":"vulnerable_code_not_in_execute_path"}]}`
	mended := strings.Replace(pumpBill, `"version":"1.0.0"`, `"version":"2.5.0"`, 1)
	mended = strings.Replace(mended, "left@1.0.0", "left@2.5.0", 1)
	for changed, c := range map[string]struct {
		change func(*testing.T, *ward)
		want   string
	}{
		"nothing": {func(*testing.T, *ward) {}, "affected 1 in ICU, open"},
		"a feed: the record names an older range": {func(t *testing.T, w *ward) { w.importFeed(t, "left.json", leftAdvisory("0.9.0")) }, "none"},
		"a feed: the weakness is used": {func(t *testing.T, w *ward) {
			w.importFeed(t, "kev.json", `{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2026-0001"}]}`)
		}, "affected 1 in ICU, open, exploited"},
		"a bill: the component was mended": {func(t *testing.T, w *ward) {
			if _, err := w.shelf.Import(ctx, analyst, "b.json", asset.ModelKey{}, strings.NewReader(mended)); err != nil {
				t.Fatal(err)
			}
		}, "none"},
		"a statement of VEX": {func(t *testing.T, w *ward) {
			if _, err := w.board.ImportVEX(ctx, analyst, "v.json", strings.NewReader(statement), vuln.About{Authority: vuln.Manufacturer, Model: asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300"}}, false); err != nil {
				t.Fatal(err)
			}
		}, "not-affected 1 in ICU, not-affected"},
		"a device: its version is another": {func(_ *testing.T, w *ward) {
			w.board.DevicesChanged(ctx, at(device("dev_pump", "Acme Infusion", "DripMaster 300", "5.0", "ICU", "3"), "infusion-pump", "10.0.1.5"))
		}, "affected 0 in , open"},
		"a device: its version is not known any more": {func(_ *testing.T, w *ward) {
			w.board.DevicesChanged(ctx, at(device("dev_pump", "Acme Infusion", "DripMaster 300", "", "ICU", "3"), "infusion-pump", "10.0.1.5"))
		}, "undecidable 1 in ICU, open; affected 0 in , open"},
		"a place: it was wheeled away": {func(_ *testing.T, w *ward) {
			w.board.DevicesChanged(ctx, at(device("dev_pump", "Acme Infusion", "DripMaster 300", "4.1", "ED", "9"), "infusion-pump", "10.0.1.5"))
		}, "affected 1 in ED, open"},
		"traffic: the world reaches it": {func(_ *testing.T, w *ward) {
			w.board.Heard(ctx, []traffic.Conversation{talk("8.8.8.8", "10.0.1.5", "tcp", 80, monday)})
		}, "affected 1 in ICU, open, reached open"},
	} {
		t.Run(changed, func(t *testing.T) {
			w, _ := exposedWard(t, storetest.New(t))
			c.change(t, w)
			if got := w.inWords(t); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// inWords says the findings of the one weakness in a line.
func (w *ward) inWords(t *testing.T) string {
	t.Helper()
	d := w.dossier(t, analyst)
	if len(d.Findings) == 0 {
		return "none"
	}
	var lines []string
	for _, f := range d.Findings {
		units := ""
		for _, u := range f.Units {
			units += u.Unit
		}
		line := fmt.Sprintf("%s %d in %s, %s", f.Status, f.Devices, units, f.State)
		if f.KEV {
			line += ", exploited"
		}
		for _, e := range d.Exposed {
			if !e.Reached.Assumed {
				line += ", reached " + e.Reached.Level
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// TestAControlIsWeighedAgain holds a weakness by a control, and loses it by one
// conversation.
func TestAControlIsWeighedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := exposedWard(t, db)
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.1.5", "10.0.5.1", "udp", 123, monday.Add(-time.Hour)), talk("8.8.8.8", "10.0.1.5", "tcp", 80, monday.Add(-5*24*time.Hour))})
		open := w.dossier(t, analyst).Ranking.Rank
		c := vuln.Control{Vulnerability: "CVE-2026-0001", Model: asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300"}, Days: 1, Since: monday.Add(-2 * 24 * time.Hour), Expires: monday.Add(30 * 24 * time.Hour), Owner: "network team"}
		if _, err := w.board.Bind(ctx, analyst, c); err != nil {
			t.Fatal(err)
		}
		held := w.dossier(t, analyst)
		if held.Controls[0].State != vuln.Verified || held.Ranking.Rank >= open {
			t.Errorf("held by %+v: rank %d, before %d", held.Controls[0], held.Ranking.Rank, open)
		}
		w.board.Heard(ctx, []traffic.Conversation{talk("8.8.8.8", "10.0.1.5", "tcp", 80, monday)})
		lost := w.dossier(t, analyst)
		if lost.Controls[0].State != vuln.Contradicted || lost.Ranking.Rank != open {
			t.Errorf("a conversation got through: %+v, rank %d, want %d", lost.Controls[0], lost.Ranking.Rank, open)
		}
	})
}

// TestTwoSpellingsAreOneModel: a maintenance list shouts, a bill does not, and
// a device whose model was read from the list has the bill all the same.
func TestTwoSpellingsAreOneModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWard(t, db)
		w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
		w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DRIPMASTER  300", "4.1", "ICU", "3"))
		if _, err := w.shelf.Import(ctx, analyst, "b.json", asset.ModelKey{}, strings.NewReader(pumpBill)); err != nil {
			t.Fatal(err)
		}
		w.board.DevicesChanged(ctx, device("d2", "ACME INFUSION", "DripMaster 300", "4.1", "ICU", "4"))
		want(t, "two spellings", w.findings(t, ""), "CVE-2026-0001 DripMaster 300 affected 2")
		if _, err := w.shelf.Import(ctx, analyst, "b2.json", asset.ModelKey{Model: "Dripmaster 300"}, strings.NewReader(strings.Replace(pumpBill, "left@1.0.0", "left@3.0.0", 1))); err != nil {
			t.Fatal(err)
		}
		page, err := w.shelf.Bills(ctx, analyst, query.Request{Limit: 10})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("a bill of another spelling takes the place of the first: %d bills, %v", len(page.Items), err)
		}
	})
}

// TestWhatEveryDeviceLeftIsNoFinding: after an update the old version's
// weakness is nobody's.
func TestWhatEveryDeviceLeftIsNoFinding(t *testing.T) {
	ctx := context.Background()
	w := newWard(t, storetest.New(t))
	w.importFeed(t, "csaf.json", `{"document":{"category":"csaf_security_advisory","csaf_version":"2.0","title":"T","publisher":{"name":"P"},"tracking":{"id":"T-1","current_release_date":"2026-11-01T00:00:00Z"}},
"product_tree":{"branches":[{"category":"vendor","name":"Acme Infusion","branches":[{"category":"product_name","name":"DripMaster 300","branches":[{"category":"product_version_range","name":"<5","product":{"product_id":"P1","name":"D"}}]}]}]},
"vulnerabilities":[{"cve":"CVE-2026-0001","product_status":{"known_affected":["P1"]}}]}`)
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
	want(t, "before the update", w.findings(t, ""), "CVE-2026-0001 DripMaster 300 affected 1")
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "5.0", "ICU", "3"))
	want(t, "after it", w.findings(t, ""))
}
