package vuln_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

func TestWhoseWordCounts(t *testing.T) {
	at := func(hours int) time.Time { return monday.Add(time.Duration(hours) * time.Hour) }
	say := func(who vuln.Authority, source string, state vuln.State, hours int) vuln.Decision {
		return vuln.Decision{ID: fmt.Sprint(who, source, hours), Authority: who, Source: source, State: state, At: at(hours)}
	}
	maker, ours, other := say(vuln.Manufacturer, "Acme", vuln.StateNotAffected, -9), say(vuln.Hospital, "us", vuln.StateAccepted, -1), say(vuln.ThirdParty, "blog", vuln.StateAffected, 0)
	past := say(vuln.Manufacturer, "Acme", vuln.StateFixed, -2)
	past.Expires = at(-1)
	for rule, c := range map[string]struct {
		said      []vuln.Decision
		want      vuln.State
		conflicts int
	}{
		"nobody spoke": {nil, "", 0},
		"the maker is believed before the hospital, the hospital before others": {[]vuln.Decision{other, ours, maker}, vuln.StateNotAffected, 2},
		"the hospital is believed before others, who agree":                     {[]vuln.Decision{other, ours}, vuln.StateAccepted, 0},
		"the newer word of one speaker replaces the older, without a conflict":  {[]vuln.Decision{maker, say(vuln.Manufacturer, "Acme", vuln.StateAffected, -1)}, vuln.StateAffected, 0},
		"what has expired does not count":                                       {[]vuln.Decision{past, ours}, vuln.StateAccepted, 0},
	} {
		d, others, ok := vuln.Settle(c.said, monday)
		if ok != (c.want != "") || d.State != c.want || len(others) != c.conflicts {
			t.Errorf("%s: got %s with %d conflicts, want %s with %d", rule, d.State, len(others), c.want, c.conflicts)
		}
	}
}

func TestADecisionEndsOnItsDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWard(t, db)
		now := monday
		w.board.Clock = func() time.Time { return now }
		w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill))
		w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
		w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
		f, _ := query.Parse("status:affected")
		choice := vuln.Choice{Filter: query.Request{Filter: f}, State: vuln.StateNotAffected, Note: "the code is not there", Expires: monday.Add(time.Hour)}
		if effects, err := w.board.Decide(ctx, analyst, choice); err != nil || len(effects) != 1 || effects[0].Devices != 1 {
			t.Fatalf("%+v, %v", effects, err)
		}
		want(t, "decided", w.findings(t, "state:not-affected"), "CVE-2026-0001 DripMaster 300 not-affected 1")
		if w.count["d1"] != (asset.Exposed{}) {
			t.Errorf("the device is still counted: %+v", w.count["d1"])
		}
		w.importFeed(t, "left.json", leftAdvisory("3.0.0"))
		want(t, "a change of the feed keeps it", w.findings(t, "status:not-affected"), "CVE-2026-0001 DripMaster 300 not-affected 1")
		fresh := newWard(t, db)
		fresh.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
		want(t, "a restart keeps it", fresh.findings(t, "status:not-affected"), "CVE-2026-0001 DripMaster 300 not-affected 1")
		now = now.Add(2 * time.Hour)
		w.board.Reconsider(ctx)
		want(t, "its day came", w.findings(t, "status:affected state:open"), "CVE-2026-0001 DripMaster 300 affected 1")
		if w.count["d1"].Affected != 1 {
			t.Errorf("the device is counted again: %+v", w.count["d1"])
		}
		for rule, c := range map[string]vuln.Choice{
			"a word that is no state":      {State: "fine"},
			"accepted without a day":       {State: vuln.StateAccepted, Note: "x"},
			"a day that is past":           {State: vuln.StateMitigated, Expires: monday},
			"not affected without a cause": {State: vuln.StateNotAffected},
		} {
			if _, err := w.board.Decide(ctx, analyst, c); bedrail.KindOf(err) != bedrail.Invalid {
				t.Errorf("%s: %v", rule, err)
			}
		}
	})
}

func TestStatementsInThreeFormatsSayTheSame(t *testing.T) {
	acme := asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300", Version: "4.1"}
	for name, c := range map[string]struct {
		text  string
		about vuln.About
	}{
		"openvex": {`{"@context":"https://openvex.dev/ns/v0.2.0","@id":"v1","author":"Acme Infusion Inc.","statements":[{"vulnerability":{"name":"CVE-2026-0001"},
			"products":[{"@id":"urn:x","subcomponents":[{"@id":"pkg:npm/left@1.0.0"}]}],"status":"not_affected","justification":"component_not_present"}]}`, vuln.About{Model: acme}},
		"cyclonedx": {`{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"authors":[{"name":"Acme Infusion"}],"component":{"name":"DripMaster 300","version":"4.1","supplier":{"name":"Acme Infusion"}}},
			"components":[{"bom-ref":"l","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"}],
			"vulnerabilities":[{"id":"CVE-2026-0001","analysis":{"state":"not_affected","justification":"code_not_present"},"affects":[{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#l"}]}]}`, vuln.About{}},
		"csaf": {`{"document":{"csaf_version":"2.0","category":"csaf_vex","title":"T","publisher":{"name":"Acme Infusion"},"tracking":{"id":"A-1"}},
			"product_tree":{"branches":[{"category":"vendor","name":"Acme Infusion","branches":[{"category":"product_name","name":"DripMaster 300","branches":[{"category":"product_version","name":"4.1",
			"product":{"product_id":"P","name":"DripMaster 300 4.1"}}]}]}]},
			"vulnerabilities":[{"cve":"CVE-2026-0001","product_status":{"known_not_affected":["P"]},"flags":[{"label":"component_not_present","product_ids":["P"]}]}]}`, vuln.About{}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			w := newWard(t, storetest.New(t))
			w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill))
			w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
			w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
			dry, err := w.board.ImportVEX(ctx, analyst, "x.json", strings.NewReader(c.text), c.about, true)
			if err != nil || dry.Findings != 1 || dry.Statements != 1 || dry.Format != name {
				t.Fatalf("got %+v, %v", dry, err)
			}
			want(t, "a dry run changes nothing", w.findings(t, "status:affected"), "CVE-2026-0001 DripMaster 300 affected 1")
			if _, err := w.board.ImportVEX(ctx, analyst, "x.json", strings.NewReader(c.text), c.about, false); err != nil {
				t.Fatal(err)
			}
			page, _ := w.board.Findings(ctx, analyst, query.Request{})
			if f := page.Items[0]; f.Status != vuln.NotAffected || f.Decision == nil || f.Decision.Authority != vuln.Manufacturer || !strings.Contains(f.Reason, "not present") {
				t.Errorf("got %+v", f)
			}
		})
	}
	for rule, text := range map[string]string{"no format": `{}`, "no end": `{"statements":[`, "nothing said": `{"statements":[]}`} {
		if _, err := vuln.ReadVEX("x", strings.NewReader(text), vuln.About{}, monday); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("%s: %v", rule, err)
		}
	}
	v, err := vuln.ReadVEX("x", strings.NewReader(`{"statements":[{"vulnerability":"CVE-1","products":["urn:x"],"status":"fixed"}]}`), vuln.About{}, monday)
	if err != nil || len(v.Problems) != 1 || len(v.Decisions) != 0 {
		t.Errorf("a product that cannot be told is a problem: %+v, %v", v, err)
	}
}

func TestWhatIsExportedIsReadBack(t *testing.T) {
	ctx := context.Background()
	w := newWard(t, storetest.New(t))
	w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill))
	w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
	f, _ := query.Parse("status:affected")
	choice := vuln.Choice{Filter: query.Request{Filter: f}, State: vuln.StateNotAffected, Justification: "component_not_present", Note: "removed by us"}
	if _, err := w.board.Decide(ctx, analyst, choice); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"openvex", "csaf", "cyclonedx"} {
		doc, err := w.board.Export(ctx, analyst, format, "Main Hospital", query.Request{})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		v, err := vuln.ReadVEX("export.json", bytes.NewReader(raw), vuln.About{Authority: vuln.Hospital}, monday)
		if err != nil || len(v.Problems) > 0 || len(v.Decisions) != 1 || v.Author != "Main Hospital" {
			t.Fatalf("%s: got %+v, %v from %s", format, v, err, raw)
		}
		if d := v.Decisions[0]; d.Vulnerability != "CVE-2026-0001" || d.State != vuln.StateNotAffected || !strings.Contains(d.Justification, "not_present") {
			t.Errorf("%s: got %+v", format, d)
		}
	}
	if _, err := w.board.Export(ctx, analyst, "xls", "", query.Request{}); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestAReadOnlyStoreStillAnswers(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "bedrail.db")
	db, err := store.Open(ctx, store.Config{Path: path, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	w := newWard(t, db)
	w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill))
	w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = store.Open(ctx, store.Config{Path: path, Clock: clock, ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w = newWard(t, db)
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
	want(t, "what was kept", w.findings(t, ""), "CVE-2026-0001 DripMaster 300 affected 1")
	if _, err := w.desk.Import(ctx, analyst, "left.json", strings.NewReader(leftAdvisory("1.0.0"))); err == nil {
		t.Error("a feed was taken into a store that cannot keep it")
	}
	want(t, "what could not be kept changes nothing", w.findings(t, ""), "CVE-2026-0001 DripMaster 300 affected 1")
}
