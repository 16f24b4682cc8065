package mapping_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedrail/format/hl7"
	"bedrail/mapping"
)

// The converter that Microsoft publishes is a peer: it maps the same messages
// by tables of its own, which are older than those of HL7's guide. Its bundles
// are an opinion, not the standard, so a difference is no mistake by itself;
// but each must be one that is known and has a reason.
//
// Ignored, because neither bundle is about them: ids and full URLs, the order
// of entries and items, which notation a time zone has, blanks around a text,
// narrative, and Provenance, in which each side speaks of itself. A URI that
// a side made up for a local code system or authority is "local".
// testdata/peer-differences.tsv lists every other difference by the element, and
// the rule of testdata/peer-rules.tsv that it follows from:
//
//	peer   only the peer states values here (or other values than we do)
//	ours   only we do
//
// What is compared and must be equal is all the rest.
const (
	peerBundles     = shared + "hl7v2/ms-fhir-converter/expected-fhir/*/*.json"
	peerMessages    = shared + "hl7v2/ms-fhir-converter/messages/"
	peerDifferences = "testdata/peer-differences.tsv"
	peerRules       = "testdata/peer-rules.tsv"
)

// never are elements of which the list may not say that the sides state
// different values: who the patient is, what was measured and found.
var never = []string{
	"Patient.birthDate", "Patient.gender", "Observation.valueQuantity.value",
	"Procedure.code.coding.code", "Immunization.vaccineCode.coding.code",
}

func normal(facts []mapping.Fact) []mapping.Fact {
	var out []mapping.Fact
	for _, f := range facts {
		if f.Type == "Provenance" || strings.HasPrefix(f.Path, "text.") || strings.HasSuffix(f.Path, ".display") {
			continue // a display repeats its code in words
		}
		f.Value = strings.Join(strings.Fields(f.Value), " ")
		if t, err := time.Parse(time.RFC3339, f.Value); err == nil {
			f.Value = t.UTC().Format(time.RFC3339Nano)
		}
		if strings.HasSuffix(f.Path, "system") && (strings.Contains(f.Value, "example.com") || strings.HasPrefix(f.Value, "urn:x-hl7v2")) {
			f.Value = "local"
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b mapping.Fact) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(out)
}

// peerDiff compares one sample.
func peerDiff(t *testing.T, lib *mapping.Library, bundle string) (name string, equal int, diff []mapping.Difference) {
	t.Helper()
	want, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	name = strings.TrimSuffix(filepath.Base(bundle), "-expected.json")
	messages(t, peerMessages+name+".hl7", func(_ string, m *hl7.Message) {
		res, err := lib.HL7(m, "", mapping.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		a, err := mapping.Facts(want)
		if err != nil {
			t.Fatal(err)
		}
		b, err := mapping.Facts(res.Bundle)
		if err != nil {
			t.Fatal(err)
		}
		a, b = normal(a), normal(b)
		diff = mapping.Differences(a, b)
		equal = len(a) + len(b) - len(diff)
	})
	return name, equal / 2, diff
}

func side(d mapping.Difference) string {
	if d.Only == "before" {
		return "peer"
	}
	return "ours"
}

func other(side string) string {
	if side == "ours" {
		return "peer"
	}
	return "ours"
}

// A peerRule is why values differ, and what the test holds that against.
type peerRule struct {
	claim  string
	values int
	cites  []string
	why    string
}

var claims = []string{"no-map", "no-row", "row", "cited", "choice", "unmade", "read", "open"}

// cellsOf reads lines of tab-separated cells.
func cellsOf(t *testing.T, file string, cells int) (out [][]string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(c) != cells {
			t.Fatalf("%s: %q has %d cells, want %d", file, line, len(c), cells)
		}
		out = append(out, c)
	}
	return out
}

func readRules(t *testing.T) map[string]peerRule {
	t.Helper()
	out := map[string]peerRule{}
	for _, c := range cellsOf(t, peerRules, 5) {
		n, err := strconv.Atoi(c[2])
		cites := strings.Fields(strings.Trim(c[3], "-"))
		if err != nil || !slices.Contains(claims, c[1]) || len(c[4]) < 20 || (len(cites) > 0) != (c[1] == "cited" || c[1] == "choice") {
			t.Errorf("%s: %q is no rule", peerRules, c)
		}
		out[c[0]] = peerRule{c[1], n, cites, c[4]}
	}
	return out
}

func readDifferences(t *testing.T, rules map[string]peerRule) map[string]string {
	t.Helper()
	listed := map[string]string{}
	for _, c := range cellsOf(t, peerDifferences, 3) {
		if _, both := listed[other(c[0])+" "+c[1]]; both && slices.Contains(never, c[1]) {
			t.Errorf("the list may not say that %s differs", c[1])
		}
		if _, ok := rules[c[2]]; !ok {
			t.Errorf("%s of %s is no rule of %s", c[2], c[1], peerRules)
		}
		listed[c[0]+" "+c[1]] = c[2]
	}
	return listed
}

// holds reports whether what a rule claims of an element is true by the tables
// of the guide.
func (r peerRule) holds(g tables, element string) bool {
	switch r.claim {
	case "no-map":
		return !g.has(element)
	case "no-row":
		return g.has(element) && !g.element(element)
	case "row":
		return g.element(element)
	}
	return true
}

// TestMicrosoftSamplesDifferOnlyByRules counts the differences by their rules,
// and fails on one that no rule names, on a rule whose claim is not true, and on
// a count that is another. A sample passes when no difference of it is open.
func TestMicrosoftSamplesDifferOnlyByRules(t *testing.T) {
	bundles, err := filepath.Glob(peerBundles)
	if err != nil || len(bundles) == 0 {
		t.Skipf("no bundles at %s: 69 samples would be compared", peerBundles)
	}
	lib, rules, g := library(t), readRules(t), guideTables(t)
	listed := readDifferences(t, rules)
	for name, r := range rules {
		for _, cite := range r.cites {
			if r.claim == "cited" && !g.says(cite) {
				t.Errorf("the rule %s cites %s, which the tables of the guide do not say", name, cite)
			}
		}
	}
	for key, rule := range listed {
		if _, element, _ := strings.Cut(key, " "); !rules[rule].holds(g, element) {
			t.Errorf("%s: the rule %s claims %q, which the tables of the guide do not say", key, rule, rules[rule].claim)
		}
	}
	used, counts, byClaim := map[string]bool{}, map[string]int{}, map[string]int{}
	named, passed, same := 0, 0, 0
	for _, b := range bundles {
		name, equal, diff := peerDiff(t, lib, b)
		open, unnamed := false, false
		for _, d := range diff {
			key := side(d) + " " + d.Type + "." + d.Path
			rule := listed[key]
			if rule == "" {
				t.Errorf("%s: no rule names %s: %q", name, key, d.Value)
				unnamed = true
				continue
			}
			if why := rules[rule].refuted(t, lib, name, d); why != "" {
				t.Errorf("%s: %s: the rule %s does not hold: %s", name, key, rule, why)
			}
			open = open || rules[rule].claim == "open"
			used[key] = true
			counts[rule]++
			byClaim[rules[rule].claim]++
		}
		same += equal
		if !unnamed {
			named++
		}
		if !unnamed && !open {
			passed++
		}
	}
	for rule, r := range rules {
		if counts[rule] != r.values {
			t.Errorf("%d values differ by the rule %s, %s says %d: %s", counts[rule], rule, peerRules, r.values, r.why)
		}
	}
	for key := range listed {
		if !used[key] {
			t.Errorf("the list names %s, where no sample differs any more", key)
		}
	}
	t.Logf("%d of %d samples differ only by named rules, %d of them by none that is open; %d values are equal; by claim: %v", named, len(bundles), passed, same, byClaim)
}

// refuted says why a rule cannot be the reason of a difference in a sample; ""
// when it may.
func (r peerRule) refuted(t *testing.T, lib *mapping.Library, name string, d mapping.Difference) (why string) {
	t.Helper()
	messages(t, peerMessages+name+".hl7", func(_ string, m *hl7.Message) {
		switch r.claim {
		case "cited":
			if !mentions(m, r.cites) {
				why = "the message has none of the segments that the rule cites"
			}
		case "unmade", "choice":
			res, err := lib.HL7(m, "", mapping.Options{})
			if err != nil {
				t.Fatal(err)
			}
			facts, err := mapping.Facts(res.Bundle)
			if err != nil {
				t.Fatal(err)
			}
			if r.claim == "unmade" && slices.ContainsFunc(facts, func(f mapping.Fact) bool { return f.Type == d.Type }) {
				why = "we make one there"
			}
			// Of a choice the other type must stand in ours.
			if r.claim == "choice" && !slices.ContainsFunc(facts, func(f mapping.Fact) bool {
				other, ok := strings.CutPrefix(f.Path, r.cites[0])
				mine := strings.TrimPrefix(d.Path, r.cites[0])
				return f.Type == d.Type && ok && word(other) != word(mine)
			}) {
				why = "ours has no other type of the choice"
			}
		}
	})
	return why
}

func word(path string) string {
	first, _, _ := strings.Cut(path, ".")
	return first
}

// mentions reports whether a message has a segment that one of cites is about.
// The maps of types and the tables of messages are about all of them.
func mentions(m *hl7.Message, cites []string) bool {
	return slices.ContainsFunc(cites, func(c string) bool {
		segment := segmentOf(c)
		return segment == "" || m.Find(segment, 1).Exists()
	})
}
