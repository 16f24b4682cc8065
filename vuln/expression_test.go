package vuln_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedrail/format/csaf"
	"bedrail/format/jsonread"
	"bedrail/vuln"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestVersionTextsOfMedicalAdvisories reads every distinct text about versions
// in the published medical advisories; the golden file shows how each is read,
// line by line, so that a person can check them.
func TestVersionTextsOfMedicalAdvisories(t *testing.T) {
	paths, _ := filepath.Glob("../../shared/testdata/sbom/feeds/csaf/*/*.json")
	if len(paths) == 0 {
		t.Skip("SKIPPED: needs ../shared/testdata/sbom/feeds/csaf, not there")
	}
	if len(paths) != 144 {
		t.Errorf("got %d advisories, want the 144 that were published", len(paths))
	}
	texts := map[string][]string{} // to the products that it is said of
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := csaf.Read(jsonread.New(bytes.NewReader(body), jsonread.Limits{}))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, p := range d.Products {
			texts[p.Version] = append(texts[p.Version], d.ID+" "+p.Vendor+": "+p.Product)
		}
	}
	var lines []string
	decided := 0
	for text, products := range texts {
		e := vuln.ParseExpression(text)
		if e.Decided() {
			decided++
		}
		slices.Sort(products)
		lines = append(lines, fmt.Sprintf("%-60q %s\n%s", text, e, saidOf(slices.Compact(products))))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "")
	t.Logf("%d of %d texts are decided (%.0f %%)", decided, len(texts), 100*float64(decided)/float64(len(texts)))
	if 100*decided < 85*len(texts) {
		t.Errorf("%d of %d texts are decided; want 85 %%", decided, len(texts))
	}
	golden(t, "testdata/version-texts.golden", got)
}

// saidOf names the products that a text is said of, for whoever checks how it
// is read; a text that is said of very many needs no check by product.
func saidOf(products []string) string {
	var b strings.Builder
	for _, p := range products[:min(len(products), 4)] {
		fmt.Fprintf(&b, "\t%s\n", p)
	}
	if more := len(products) - 4; more > 0 {
		fmt.Fprintf(&b, "\tand %d more\n", more)
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g):
			t.Fatalf("%s: missing line %d: %s", path, i+1, w[i])
		case i >= len(w) || g[i] != w[i]:
			t.Fatalf("%s: line %d differs; got %s", path, i+1, g[i])
		}
	}
}

func TestJudge(t *testing.T) {
	for rule, c := range map[string]struct {
		text, model, version string
		want                 vuln.Status
	}{
		"all versions":                                  {"vers:all/*", "", "", vuln.Affected},
		"an unknown version is never clean":             {"<= 9.33.1", "", "", vuln.Undecidable},
		"the word unknown is no version":                {"<= 9.33.1", "", "Unknown", vuln.Undecidable},
		"a bound includes itself":                       {"<= 9.33.1", "", "9.33.1", vuln.Affected},
		"the next is outside":                           {"<= 9.33.1", "", "9.33.2", vuln.NotAffected},
		"numbers are not text":                          {"< 1.10", "", "1.9", vuln.Affected},
		"a bar between bounds is and":                   {">= 1.3.4 | < 1.5.3", "", "1.5.3", vuln.NotAffected},
		"a bar between versions is or":                  {"5.0|5.1", "", "5.1", vuln.Affected},
		"a wildcard":                                    {"12.2.x.x", "", "12.2.8.400", vuln.Affected},
		"at most a wildcard":                            {"<= 11.x", "", "11.9", vuln.Affected},
		"below a wildcard":                              {"< 3.x", "", "3.1", vuln.NotAffected},
		"a letter after the number is later":            {"<= 2.4A", "", "2.4B", vuln.NotAffected},
		"a letter before":                               {"<= C.00.04", "", "B.02", vuln.Affected},
		"lines of different letters cannot be compared": {"<= L81", "", "U61", vuln.Undecidable},
		"a number against a letter cannot either":       {"<= L81", "", "12", vuln.Undecidable},
		"mixed bounds have two readings":                {"U61 |<= L81", "", "L80", vuln.Undecidable},
		"and below in words":                            {"2.3.6 and  below", "", "2.3.5", vuln.Affected},
		"a date of shipping is no version":              {"distributed  < april 1, 2018", "", "1.0", vuln.Undecidable},
		"a model that is named":                         {"MMT-1715 | MMT-1754", "MiniMed MMT-1715", "", vuln.Affected},
		"a model that may be another":                   {"MMT-1715 | MMT-1754", "MiniMed 630G", "", vuln.Undecidable},
		"an order number is no version":                 {"24950 | 24952", "MyCareLink", "1.2", vuln.Undecidable},
		"an order number in the model":                  {"24950 | 24952", "24950 MyCareLink", "", vuln.Affected},
		"trailing zeros change nothing":                 {"<= 2.0", "", "2.0.0", vuln.Affected},
		"a v before changes nothing":                    {"< 2.2", "", "v2.1", vuln.Affected},
		"a finer version may be meant":                  {"8", "", "8.5", vuln.Undecidable},
		"a coarser version may be the one":              {"1.1.3 Build 10", "", "1.1.3", vuln.Undecidable},
		"a build that is another":                       {"1.1.3 Build 10", "", "1.1.3 Build 11", vuln.NotAffected},
		"finer than the last letter":                    {"<= K", "", "K.21.42", vuln.Undecidable},
		"the letter after it":                           {"<= K", "", "L.00", vuln.NotAffected},
		"finer than the last number":                    {"<= 9.33", "", "9.33.1", vuln.Undecidable},
		"coarser than the first":                        {">= 1.3.4 | < 1.5.3", "", "1", vuln.Undecidable},
		"numbers of models are no versions":             {"620 | 650 | 650c", "Carestation", "10.1", vuln.Undecidable},
		"a number of three digits in the model":         {"620 | 650 | 650c", "Carestation 650", "10.1", vuln.Affected},
		"numbers of beds with their series":             {"3002 S3 | 3005 S3", "S3 MedSurg", "1.2", vuln.Undecidable},
		"an edition that is named":                      {"2nd Edition", "BodyGuard 323 2nd Edition", "", vuln.Affected},
		"an edition that is not known":                  {"2nd Edition", "BodyGuard 323", "1.0", vuln.Undecidable},
		"two versions run together":                     {"F.0.G.0 | J.3", "", "G.0", vuln.Undecidable},
		"a letter inside is another line":               {"<= 012U000061", "", "012L000060", vuln.Undecidable},
		"the same letter inside is the same line":       {"<= 012U000061", "", "012U000060", vuln.Affected},
		"a service pack by either name":                 {"< 1.8.4 Service Pack 01", "", "1.8.4 SP1", vuln.NotAffected},
		"the release before its service pack":           {"< 1.8.4 Service Pack 01", "", "1.8.4", vuln.Affected},
		"a version of one model":                        {"v8.x model 35700BAX2", "Spectrum 35700BAX2", "8.00.01", vuln.Affected},
		"the version of another model":                  {"v8.x model 35700BAX2", "Spectrum 35700BAX2", "6.05", vuln.NotAffected},
		"a model that is not given":                     {"v8.x model 35700BAX2", "Spectrum", "8.00.01", vuln.Undecidable},
		"a placeholder":                                 {"<=N", "", "N.02", vuln.Undecidable},
	} {
		if got, reason := vuln.ParseExpression(c.text).Judge(c.model, c.version); got != c.want {
			t.Errorf("%s: %q at %q: got %s (%s), want %s", rule, c.text, c.version, got, reason, c.want)
		}
	}
}

func TestCompareTextIsAnOrder(t *testing.T) {
	rising := []string{"1.0-beta2", "1.0-rc1", "1.0", "1.0.1", "1.1.3 Build 9", "1.1.3 Build 10", "1.2", "1.10", "2.4", "2.4A", "2.4B", "10.0"}
	for i, a := range rising {
		for j, b := range rising {
			order, known := vuln.CompareText(a, b)
			if !known || (order < 0) != (i < j) || (order == 0) != (i == j) {
				t.Errorf("%s and %s: got %d, %v", a, b, order, known)
			}
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"vers:all/*", ">= 1.3.4 | < 1.5.3", "U61 |<= L81", "MMT-522(K) / MMT-722(K) Paradigm", "2.3.6 and  below", "< 3.x", "HD 16 | HD23"} {
		f.Add(s, "1.2.3")
	}
	f.Fuzz(func(t *testing.T, text, version string) {
		e := vuln.ParseExpression(text)
		status, reason := e.Judge("model", version)
		if reason == "" {
			t.Errorf("%q at %q: %s without a reason", text, version, status)
		}
		if _ = e.String(); !e.Decided() && status != vuln.Undecidable {
			t.Errorf("%q at %q: undecided, yet %s", text, version, status)
		}
		a, known := vuln.CompareText(text, version)
		b, knownToo := vuln.CompareText(version, text)
		if known != knownToo || known && a != -b {
			t.Errorf("%q and %q: %d %v, turned round %d %v", text, version, a, known, b, knownToo)
		}
	})
}
