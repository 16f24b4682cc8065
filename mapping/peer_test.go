package mapping_test

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
// testdata/peer-differences.tsv lists every other difference by the element:
//
//	peer   only the peer states values here (or other values than we do)
//	ours   only we do
//
// What is compared and must be equal is all the rest.
const (
	peerBundles     = shared + "hl7v2/ms-fhir-converter/expected-fhir/*/*.json"
	peerMessages    = shared + "hl7v2/ms-fhir-converter/messages/"
	peerDifferences = "testdata/peer-differences.tsv"
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

func readDifferences(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(peerDifferences)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	listed := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(lines.Text(), "#") || len(cells) != 3 {
			continue
		}
		if _, both := listed[other(cells[0])+" "+cells[1]]; both && slices.Contains(never, cells[1]) {
			t.Errorf("the list may not say that %s differs", cells[1])
		}
		listed[cells[0]+" "+cells[1]] = cells[2]
	}
	return listed
}

func TestMicrosoftSamplesDifferOnlyWhereItIsKnown(t *testing.T) {
	bundles, err := filepath.Glob(peerBundles)
	if err != nil || len(bundles) == 0 {
		t.Skipf("no bundles at %s: 69 samples would be compared", peerBundles)
	}
	lib, listed := library(t), readDifferences(t)
	used := map[string]bool{}
	passed, same, different := 0, 0, 0
	for _, b := range bundles {
		name, equal, diff := peerDiff(t, lib, b)
		unknown := map[string]string{}
		for _, d := range diff {
			key := side(d) + " " + d.Type + "." + d.Path
			if listed[key] == "" {
				unknown[key] = d.Value
			}
			used[key] = true
		}
		same, different = same+equal, different+len(diff)
		if len(unknown) == 0 {
			passed++
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(unknown)) {
			t.Logf("%s: %s: %q", name, key, unknown[key])
		}
	}
	t.Logf("%d of %d samples differ only where the list says; %d values are equal, %d stand on one side only", passed, len(bundles), same, different)
	if passed < 60 {
		t.Errorf("%d of %d samples; 60 must", passed, len(bundles))
	}
	for key := range listed {
		if !used[key] {
			t.Errorf("the list names %s, where no sample differs any more", key)
		}
	}
}
