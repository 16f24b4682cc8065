package vuln_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

// speakingBill is a bill that says itself that the weakness of one of its
// components does not matter.
func speakingBill(analyses string) string {
	return `{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79","metadata":{"authors":[{"name":"Acme Infusion"}],
"component":{"bom-ref":"pump","name":"DripMaster 300","version":"4.1","supplier":{"name":"Acme Infusion"}}},
"components":[{"bom-ref":"l","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},{"bom-ref":"l2","name":"left","version":"1.1.0","purl":"pkg:npm/left@1.1.0"},
{"bom-ref":"k","name":"kernel","version":"3.0","cpe":"cpe:2.3:o:acme:kernel:3.0:*:*:*:*:*:*:*"}],
"vulnerabilities":[` + analyses + `]}`
}

func TestWhatABillSaysOfItsOwnComponentsCounts(t *testing.T) {
	kernel := `{"cve":{"id":"CVE-2026-0009","vulnStatus":"Analyzed","configurations":[{"nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:o:acme:kernel:*:*:*:*:*:*:*:*","versionEndExcluding":"4.0"}]}]}]}}`
	says := func(id, ref string) string {
		return `{"id":"` + id + `","analysis":{"state":"not_affected","justification":"code_not_reachable","detail":"d"},"affects":[{"ref":"` + ref + `"}]}`
	}
	for rule, c := range map[string]struct {
		analyses string
		want     []string
	}{
		"nothing is said": {"", []string{"CVE-2026-0001 DripMaster 300 affected 1", "CVE-2026-0009 DripMaster 300 affected 1"}},
		"one of two components that share a weakness leaves the other": {says("CVE-2026-0001", "l"), []string{"CVE-2026-0001 DripMaster 300 affected 1", "CVE-2026-0009 DripMaster 300 affected 1"}},
		"both of them":                    {says("CVE-2026-0001", "l") + "," + says("CVE-2026-0001", "l2"), []string{"CVE-2026-0001 DripMaster 300 not-affected 1", "CVE-2026-0009 DripMaster 300 affected 1"}},
		"under another name":              {says("GHSA-left", "l") + "," + says("GHSA-left", "l2"), []string{"CVE-2026-0001 DripMaster 300 not-affected 1", "CVE-2026-0009 DripMaster 300 affected 1"}},
		"a component without package URL": {says("CVE-2026-0009", "k"), []string{"CVE-2026-0001 DripMaster 300 affected 1", "CVE-2026-0009 DripMaster 300 not-affected 1"}},
		"the device itself":               {says("CVE-2026-0001", "pump"), []string{"CVE-2026-0001 DripMaster 300 not-affected 1", "CVE-2026-0009 DripMaster 300 affected 1"}},
		"a component that is not there":   {says("CVE-2026-0001", "nothing"), []string{"CVE-2026-0001 DripMaster 300 affected 1", "CVE-2026-0009 DripMaster 300 affected 1"}},
	} {
		t.Run(rule, func(t *testing.T) {
			ctx := context.Background()
			w := newWard(t, storetest.New(t))
			w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
			w.importFeed(t, "kernel.json", kernel)
			w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
			b, err := w.shelf.Import(ctx, analyst, "pump.json", asset.ModelKey{}, strings.NewReader(speakingBill(c.analyses)))
			if err != nil {
				t.Fatal(err)
			}
			problems, err := w.board.TakeStatements(ctx, analyst, b)
			if err != nil || (len(problems) > 0) != strings.Contains(c.analyses, "nothing") {
				t.Errorf("problems: %q, %v", problems, err)
			}
			got := w.findings(t, "")
			slices.Sort(got)
			want(t, "findings", got, c.want...)
			fresh := newWard(t, storetest.New(t)) // a bill that says nothing changes nothing elsewhere
			want(t, "elsewhere", fresh.findings(t, ""))
		})
	}
}

func TestADecisionOfTheHospitalIsAboutTheWholeFinding(t *testing.T) {
	ctx := context.Background()
	w := newWard(t, storetest.New(t))
	w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
	w.shelf.Import(ctx, analyst, "pump.json", asset.ModelKey{}, strings.NewReader(speakingBill("")))
	w.board.DevicesChanged(ctx, device("d1", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"))
	effects, err := w.board.Decide(ctx, analyst, vuln.Choice{State: vuln.StateNotAffected, Note: "tested"})
	if err != nil || len(effects) != 1 {
		t.Fatalf("%+v, %v", effects, err)
	}
	want(t, "decided for both components", w.findings(t, ""), "CVE-2026-0001 DripMaster 300 not-affected 1")
	f, _, _, err := w.board.Finding(ctx, analyst, effects[0].ID)
	if err != nil || len(f.Also) != 1 {
		t.Errorf("the other component is shown: %+v, %v", f.Also, err)
	}
}
