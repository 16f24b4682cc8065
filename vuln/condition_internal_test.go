package vuln

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/format/csaf"
	"bedrail/format/jsonread"
)

// TestWhatFullNamesAddToVersions lists every product of the published medical
// advisories whose full name stands against what its fields say, for a person
// to check.
func TestWhatFullNamesAddToVersions(t *testing.T) {
	paths, _ := filepath.Glob("../../shared/testdata/sbom/feeds/csaf/*/*.json")
	if len(paths) == 0 {
		t.Skip("SKIPPED: needs ../shared/testdata/sbom/feeds/csaf, not there")
	}
	var lines []string
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := csaf.Read(jsonread.New(bytes.NewReader(body), jsonread.Limits{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range FromCSAF(d) {
			for i := range a.Products {
				p := &a.Products[i]
				e := ParseExpression(p.Version)
				if why := p.doubt(&a, p.Name, e, Affected); why != "" && p.Status == Affected && e.Decided() {
					reason, said, _ := strings.Cut(why, "; the advisory says ")
					lines = append(lines, fmt.Sprintf("%s %s %s %q: %s\n\t%s\n", d.ID, a.ID, p.Name, p.Version, reason, said))
				}
			}
		}
	}
	slices.Sort(lines)
	got := strings.Join(slices.Compact(lines), "")
	const golden = "testdata/full-names.golden"
	if os.Getenv("UPDATE_FULL_NAMES") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; UPDATE_FULL_NAMES=1 writes it anew. Got:\n%s", golden, got)
	}
}

// TestTheFullNameOfAProductIsReadToo: what advisories have no field for stands
// in the name that they show to people.
func TestTheFullNameOfAProductIsReadToo(t *testing.T) {
	product := func(name, version, full string) Advisory {
		return Advisory{ID: "CVE-2020-6961", Source: "csaf:T", Products: []Product{{Vendor: "Acme", Name: name, Version: version, FullName: full, Status: Affected}}}
	}
	for rule, c := range map[string]struct {
		advisory Advisory
		model    string
		version  string
		want     Status
	}{
		"a list that leaves this weakness out":   {product("B650", "1.X", "B650: Version 1.X (Impacted by CVE-2020- 6962 and CVE-2020-6965)"), "B650", "1.4", Undecidable},
		"a list that names it":                   {product("B650", "1.X", "B650: Version 1.X (Impacted by CVE-2020- 6961 and CVE-2020-6965)"), "B650", "1.4", Affected},
		"back to, and fields that say up to":     {product("TickWorks", "<= 6.5", "Older versions of TickWorks back to 6.5 are also affected"), "TickWorks", "6.9", Undecidable},
		"and prior, as the fields say":           {product("TickWorks", "<= 6.5", "TickWorks: 6.5 and prior"), "TickWorks", "6.4", Affected},
		"of one operating system only":           {product("Scan 5", "vers:all/*", "Scan 5: All Windows XP-based versions"), "Scan 5", "2", Undecidable},
		"only when it is installed in something": {product("Battery Pack", "<= L81", "Battery Pack: L81 and earlier that have been installed in a Pump"), "Battery Pack", "L80", Undecidable},
		"what is left out":                       {product("LOGIQ", "vers:all/*", "GE LOGIQ, not including LOGIQ 100 Pro: vers:all/*"), "LOGIQ 100 Pro", "1", Undecidable},
		"a number with a nought at its end":      {product("Phoenix", "3.36 | 3.40", "Phoenix: 3.36 | 3.40"), "Phoenix", "3.4", Undecidable},
	} {
		x := NewIndex()
		x.Add(c.advisory)
		x.Seal(time.Unix(0, 0))
		got := NotAffected
		if found := x.Model(asset.ModelKey{Manufacturer: "Acme", Model: c.model, Version: c.version}); len(found) > 0 {
			got = found[0].Status
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", rule, got, c.want)
		}
	}
	if sharesAWord("LOGIQ 100 Pro", "LOGIQ E9", "LOGIQ") {
		t.Error("another of a product line is held for the one that is left out")
	}
	if got := ofTitle("Philips Alice 6 Vulnerabilities (Update B)", "Philips"); got != "Alice 6" {
		t.Errorf("the product of a title: got %q", got)
	}
}
