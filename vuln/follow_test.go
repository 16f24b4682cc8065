package vuln_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

// TestAChangedRecordIsWorkedOnlyWhereItCanTouch counts what is matched anew in
// a hospital of 200 models with 20 components each, of which most are other
// models' too.
func TestAChangedRecordIsWorkedOnlyWhereItCanTouch(t *testing.T) {
	ctx := context.Background()
	w := newWard(t, storetest.New(t))
	for m := range 200 {
		var components []string
		for c := range 20 {
			components = append(components, fmt.Sprintf(`{"name":"c%d","version":"1.0.0","purl":"pkg:npm/c%d@1.0.0"}`, (m+c)%100, (m+c)%100))
		}
		bill := fmt.Sprintf(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[%s]}`, strings.Join(components, ","))
		key := asset.ModelKey{Manufacturer: "Acme", Model: fmt.Sprint("Model ", m), Version: "1"}
		if _, err := w.shelf.Import(ctx, analyst, "b.json", key, strings.NewReader(bill)); err != nil {
			t.Fatal(err)
		}
		w.board.DevicesChanged(ctx, device(fmt.Sprint("d", m), "Acme", fmt.Sprint("Model ", m), "1", "ICU", ""))
	}
	osv := func(id, name string) string {
		return fmt.Sprintf(`{"id":%q,"modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":%q},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}`, id, name)
	}
	for rule, c := range map[string]struct {
		name, body         string
		components, models int
	}{
		"a package that nobody has":             {"a.json", osv("GHSA-none", "nobody"), 0, 0},
		"a package of some":                     {"b.json", osv("GHSA-some", "c7"), 1, 40},
		"an exploited weakness that nobody has": {"kev.json", `{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-1999-0001"}]}`, 0, 0},
		"a maker's other product is asked by name": {"csaf.json", `{"document":{"category":"csaf_security_advisory","csaf_version":"2.0","title":"T","publisher":{"name":"P"},"tracking":{"id":"T-1","current_release_date":"2026-11-01T00:00:00Z"}},
"product_tree":{"branches":[{"category":"vendor","name":"Nobody","branches":[{"category":"product_name","name":"Drip","branches":[{"category":"product_version_range","name":"<5","product":{"product_id":"P1","name":"D"}}]}]}]},
"vulnerabilities":[{"cve":"CVE-2026-0007","product_status":{"known_affected":["P1"]}}]}`, 0, 0},
	} {
		before := w.board.Worked()
		w.importFeed(t, c.name, c.body)
		after := w.board.Worked()
		if got := after.Components - before.Components; got != c.components {
			t.Errorf("%s: %d components were asked, want %d", rule, got, c.components)
		}
		if got := after.Models - before.Models; got != c.models {
			t.Errorf("%s: %d models were worked out, want %d", rule, got, c.models)
		}
	}
	before := w.board.Worked()
	w.importFeed(t, "b.json", osv("GHSA-some", "c7"))
	if w.board.Worked() != before {
		t.Errorf("the same record again: %+v, then %+v", before, w.board.Worked())
	}
	w.board.DevicesChanged(ctx, device("d7", "Acme", "Model 7", "1", "ED", ""))
	if w.board.Worked() != before {
		t.Errorf("a device that moves matches nothing: %+v, then %+v", before, w.board.Worked())
	}
}

func TestWhatAppearsIsToldOnce(t *testing.T) {
	ctx := context.Background()
	db := storetest.New(t)
	w := newWard(t, db)
	var told []string
	hear := func(b *vuln.Board) {
		b.Appeared = func(_ context.Context, findings []vuln.Finding) {
			for _, f := range findings {
				told = append(told, fmt.Sprintf("%s %s %d %v", f.Vulnerability, f.Status, f.Devices, !f.FirstSeen.IsZero()))
			}
		}
	}
	hear(w.board)
	w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill))
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
	want(t, "nothing is known yet", told)
	w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
	want(t, "a finding appears", told, "CVE-2026-0001 affected 1 true")
	w.importFeed(t, "left.json", leftAdvisory("3.0.0"))
	w.importFeed(t, "kev.json", `{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2026-0001"}]}`)
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ED", ""))
	want(t, "a change of it is no appearance", told, "CVE-2026-0001 affected 1 true")
	w.importFeed(t, "left.json", leftAdvisory("1.0.0"))
	w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
	want(t, "what went and came is known since the first time", told, "CVE-2026-0001 affected 1 true")
	again := newWard(t, db)
	hear(again.board)
	again.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ED", ""))
	want(t, "nor is a restart", told, "CVE-2026-0001 affected 1 true")
}
