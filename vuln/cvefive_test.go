package vuln_test

import (
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/format/cve"
	"bedrail/format/jsonread"
	"bedrail/sbom"
	"bedrail/vuln"
)

// record reads a record of the CVE list into an advisory.
func record(t testing.TB, cna, adp string) vuln.Advisory {
	t.Helper()
	text := `{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-2026-0042","state":"PUBLISHED"},"containers":{"cna":{` + cna + `},"adp":[` + adp + `]}}`
	rec, err := cve.ReadFive(jsonread.New(strings.NewReader(text), jsonread.Limits{}))
	if err != nil {
		t.Fatal(err)
	}
	return vuln.FromCVE(rec, "cve")
}

func TestWhatTheAuthorOfACVERecordSaysOfVersions(t *testing.T) {
	for rule, c := range map[string]struct {
		affected string
		versions map[string]string // version to answer
	}{
		"a range": {`"defaultStatus":"unaffected","versions":[{"version":"2.0","lessThan":"4.2","status":"affected","versionType":"custom"}]`,
			map[string]string{"1.9": "none", "2.0": "affected", "4.1": "affected", "4.2": "none", "": "undecidable"}},
		"up to and including": {`"versions":[{"version":"0","lessThanOrEqual":"4.2","status":"affected"}]`, map[string]string{"4.2": "affected", "4.3": "none"}},
		"everything but what is mended": {`"defaultStatus":"affected","versions":[{"version":"4.2","lessThan":"*","status":"unaffected"}]`,
			map[string]string{"4.1": "affected", "4.2": "none", "5": "none"}},
		"everything before a clean version": {`"defaultStatus":"affected","versions":[{"version":"4.2","status":"unaffected"}]`, map[string]string{"4.1": "affected", "4.2": "none"}},
		"everything after a clean stretch":  {`"defaultStatus":"affected","versions":[{"version":"0","lessThan":"2.0","status":"unaffected"}]`, map[string]string{"1.0": "none", "2.0": "affected"}},
		"several clean stretches":           {`"defaultStatus":"affected","versions":[{"version":"2.5","lessThan":"3.0","status":"unaffected"},{"version":"4.5","status":"unaffected"}]`, map[string]string{"2.0": "undecidable", "2.6": "undecidable"}},
		"everything":                        {`"defaultStatus":"affected"`, map[string]string{"1": "affected", "": "affected"}},
		"a change inside the range":         {`"versions":[{"version":"4.0","lessThan":"4.9","status":"affected","changes":[{"at":"4.3","status":"unaffected"}]}]`, map[string]string{"4.2": "affected", "4.4": "none"}},
		"commits":                           {`"versions":[{"version":"1da177e4c3f4","lessThan":"9b1f61d5d73d","status":"affected","versionType":"git"}]`, map[string]string{"4.2": "undecidable"}},
		"nothing is known":                  {`"defaultStatus":"unknown"`, map[string]string{"4.2": "none"}},
	} {
		x := indexOf(record(t, `"affected":[{"vendor":"Acme Infusion","product":"DripMaster 300",`+c.affected+`}]`, ""))
		for version, want := range c.versions {
			if got, _, reason := answer(t, x.Model(asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300", Version: version})); got != want {
				t.Errorf("%s at %q: got %s (%s), want %s", rule, version, got, reason, want)
			}
		}
	}
}

// TestWhatOthersAddToACVERecord takes the containers of authorised publishers:
// CISA's answers and products where the author left them out.
func TestWhatOthersAddToACVERecord(t *testing.T) {
	const ssvc = `{"title":"CISA ADP Vulnrichment","providerMetadata":{"shortName":"CISA-ADP"},
"metrics":[{"other":{"type":"ssvc","content":{"id":"CVE-2026-0042","options":[{"Exploitation":"poc"},{"Automatable":"yes"},{"Technical Impact":"total"}],"version":"2.0.3"}}},
{"cvssV3_1":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8}}],
"affected":[{"vendor":"acme_infusion","product":"dripmaster_300","cpes":["cpe:2.3:o:acme_infusion:dripmaster_300_firmware:*:*:*:*:*:*:*:*"],"defaultStatus":"unknown","versions":[{"version":"0","lessThan":"4.2","status":"affected"}]}]}`
	const listed = `{"title":"CISA ADP Vulnrichment","metrics":[{"other":{"type":"kev","content":{"dateAdded":"2026-11-01","reference":"https://example.org"}}}]}`
	a := record(t, `"title":"A pump that listens"`, ssvc)
	if a.Exploited != "poc" || a.Automatable != "yes" || len(a.Scores) != 1 || a.Scores[0].Score != 9.8 || a.Title != "A pump that listens" {
		t.Errorf("got %+v", a)
	}
	if a := record(t, "", ssvc+","+listed); a.Exploited != "active" {
		t.Errorf("listed as exploited: got %q", a.Exploited)
	}
	x := indexOf(a)
	for name, c := range map[string]struct {
		found []vuln.Match
		want  string
	}{
		"the model":              {x.Model(asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300", Version: "4.1"}), "affected"},
		"a mended model":         {x.Model(asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300", Version: "4.2"}), "none"},
		"a component by its CPE": {x.Component(sbom.Component{Name: "firmware", CPE: "cpe:2.3:o:acme_infusion:dripmaster_300_firmware:4.1:*:*:*:*:*:*:*"}, nil), "affected"},
		"a mended component":     {x.Component(sbom.Component{Name: "firmware", CPE: "cpe:2.3:o:acme_infusion:dripmaster_300_firmware:4.2:*:*:*:*:*:*:*"}, nil), "none"},
	} {
		if got, _, reason := answer(t, c.found); got != c.want {
			t.Errorf("%s: got %s (%s), want %s", name, got, reason, c.want)
		}
	}
	b := record(t, "", `{"cpeApplicability":[{"operator":"AND","nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:o:acme_infusion:dripmaster_300_firmware:*:*:*:*:*:*:*:*","versionEndExcluding":"4.2"}]},
{"operator":"OR","cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:h:acme_infusion:dripmaster_300:-:*:*:*:*:*:*:*"}]}]}]}`)
	if got, by, _ := answer(t, indexOf(b).Model(asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300", Version: "4.1"})); got != "affected" || by != vuln.ByCPE {
		t.Errorf("names that the record itself applies: got %s by %s", got, by)
	}
	if a := record(t, "", ""); a.Exploited != "" || len(a.Products) > 0 {
		t.Errorf("nothing is added: got %+v", a)
	}
}
