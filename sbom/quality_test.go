package sbom_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"bedrail/sbom"
)

func TestEachMissingElementIsNamed(t *testing.T) {
	whole := `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"timestamp":"2026-01-01T00:00:00Z","authors":[{"name":"Acme"}],"tools":[{"name":"t"}],"lifecycles":[{"phase":"build"}]},
"components":[{"bom-ref":"a","name":"left","version":"1","purl":"pkg:npm/left@1","supplier":{"name":"L"},"hashes":[{"alg":"SHA-256","content":"00"}],"licenses":[{"license":{"id":"MIT"}}],
"properties":[{"name":"Level of Support","value":"Actively maintained"},{"name":"End-of-Support","value":"2030-01-01"}]}],
"dependencies":[{"ref":"a","dependsOn":["a"]}],"compositions":[{"aggregate":"complete","assemblies":["a"]}],
"vulnerabilities":[{"id":"CVE-1","analysis":{"state":"not_affected"},"affects":[{"ref":"a"}]}]}`
	q := read(t, "x", whole).Quality
	if q.Score != 10 || len(q.Missing) > 0 || len(q.Standards) != 3 {
		t.Fatalf("nothing is missing: got %+v", q)
	}
	for gone, c := range map[string]struct{ with, words, by string }{
		`"supplier":{"name":"L"},`:                                                   {"", "supplier of a component", "NTIA"},
		`"name":"left"`:                                                              {`"name":""`, "name of a component", "NTIA"},
		`"version":"1"`:                                                              {`"version":""`, "version of a component", "NTIA"},
		`"purl":"pkg:npm/left@1",`:                                                   {"", "identifier", "NTIA"},
		`"dependencies":[{"ref":"a","dependsOn":["a"]}],`:                            {"", "dependency relationships", "NTIA"},
		`"authors":[{"name":"Acme"}],`:                                               {"", "author of the bill", "NTIA"},
		`"timestamp":"2026-01-01T00:00:00Z",`:                                        {"", "timestamp", "NTIA"},
		`"hashes":[{"alg":"SHA-256","content":"00"}],`:                               {"", "hash of a component", "CISA"},
		`"licenses":[{"license":{"id":"MIT"}}],`:                                     {"", "licence of a component", "CISA"},
		`"tools":[{"name":"t"}],`:                                                    {"", "name of the tool", "CISA"},
		`,"lifecycles":[{"phase":"build"}]`:                                          {"", "phase of the life cycle", "CISA"},
		`"compositions":[{"aggregate":"complete","assemblies":["a"]}],`:              {"", "completeness", "CISA"},
		`{"name":"Level of Support","value":"Actively maintained"},`:                 {"", "level of support", "FDA"},
		`,{"name":"End-of-Support","value":"2030-01-01"}`:                            {"", "end of support", "FDA"},
		`{"id":"CVE-1","analysis":{"state":"not_affected"},"affects":[{"ref":"a"}]}`: {"", "known vulnerabilities", "FDA"},
	} {
		if !strings.Contains(whole, gone) {
			t.Fatalf("the whole bill does not hold %s", gone)
		}
		q := read(t, "x", strings.Replace(whole, gone, c.with, 1)).Quality
		if len(q.Missing) != 1 || !strings.HasPrefix(q.Missing[0], c.words) && !strings.Contains(q.Missing[0], c.words) || !strings.Contains(q.Missing[0], c.by) || q.Score >= 10 {
			t.Errorf("without %s: got %.1f and %q, want %q of %s", gone, q.Score, q.Missing, c.words, c.by)
		}
		for _, s := range q.Standards {
			asks := s.Name == c.by || s.Name == "CISA" && c.by == "NTIA"
			if asks != (len(s.Missing) == 1) || asks != (s.Whole < s.Asked) {
				t.Errorf("without %s: %s says %+v", gone, s.Name, s)
			}
		}
	}
	if q := read(t, "x", `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}`).Quality; q.Score != 0 || !slices.Contains(q.Missing, "components: the bill lists none") {
		t.Errorf("an empty bill: got %+v", q)
	}
}

func TestSupportOfARealDeviceBillIsRead(t *testing.T) {
	raw, err := os.ReadFile("../../shared/testdata/sbom/sboms/med-extended.cdx.json")
	if err != nil {
		t.Skip("SKIPPED: needs ../shared/testdata/sbom/sboms/med-extended.cdx.json, not there")
	}
	b := read(t, "med-extended", string(raw))
	levels := map[string]int{}
	for _, c := range b.Components {
		levels[c.Support]++
	}
	t.Logf("levels of support %v; %+v", levels, b.Quality)
	if len(levels) < 2 || !slices.ContainsFunc(b.Quality.Standards, func(s sbom.Standard) bool { return s.Name == "FDA" && s.Score > 0 }) {
		t.Errorf("levels %v, quality %+v", levels, b.Quality)
	}
}
