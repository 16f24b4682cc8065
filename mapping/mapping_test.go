package mapping_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/mapping"
)

const shared = "../../shared/testdata/exchange/"

func library(t testing.TB) *mapping.Library {
	t.Helper()
	lib, err := mapping.Own()
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestEveryMappingCompiles(t *testing.T) {
	lib := library(t)
	for _, name := range lib.Names() {
		p, err := lib.Program(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: %d rows of the tables cannot be used", name, len(p.Unused))
	}
}

// messages calls take with each message of the files.
func messages(t testing.TB, glob string, take func(name string, m *hl7.Message)) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Skipf("no files at %s: its messages would be mapped", glob)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range hl7.Split(raw).Parts {
			if part.Kind != "MSH" {
				continue
			}
			m, err := hl7.Parse(raw[part.Start:part.End])
			if err != nil {
				continue // what cannot be parsed is not mapped; package hl7 tests that
			}
			take(filepath.Base(file), m)
		}
	}
}

func TestTheSameMessageGivesTheSameBytes(t *testing.T) {
	lib := library(t)
	messages(t, shared+"hl7v2/ms-fhir-converter/messages/*.hl7", func(name string, m *hl7.Message) {
		first, err := lib.HL7(m, "", mapping.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		second, err := lib.HL7(m, "", mapping.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bundle, second.Bundle) {
			t.Errorf("%s: a second run gives other bytes", name)
		}
	})
}

// validityExceptions are findings of our own validator in what is mapped,
// each a fault of the message that a mapping must not hide.
var validityExceptions = []string{
	"ucum-vitals-common",                  // samples that call a code #160 a unit
	"must stand here; the profile allows", // values of vital signs as text
	"belongs to none of the slices",
	"must be exactly",                  // units of vital signs that are no UCUM
	"must not stand here; the profile", // the same
	"the profile asks for one",         // a vital sign without a patient
	"rule vs-3", "rule obs-7",
	"there is no code", // codes that are in no such system
}

func TestWhatIsMappedIsValid(t *testing.T) {
	lib, v := library(t), fhir.NewValidator()
	bundles := 0
	for _, glob := range []string{"hl7v2/ms-fhir-converter/messages/*.hl7", "hl7v2/simhospital/messages.out", "v2-to-fhir/samples/messages/*.txt", "synthetic/*.hl7"} {
		messages(t, shared+glob, func(name string, m *hl7.Message) {
			if bundles++; bundles > 400 {
				return
			}
			res, err := lib.HL7(m, "", mapping.Options{})
			if err != nil {
				t.Logf("%s: %v", name, err)
				return
			}
			for _, issue := range v.Validate(res.Bundle) {
				if issue.Severity != "error" && issue.Severity != "fatal" || excepted(issue.Text) {
					continue
				}
				t.Errorf("%s: %s: %s", name, issue.Location, issue.Text)
			}
		})
	}
	t.Logf("%d bundles", bundles)
}

func excepted(text string) bool {
	for _, e := range validityExceptions {
		if strings.Contains(text, e) {
			return true
		}
	}
	return false
}

func TestMappingsPassTheirOwnTests(t *testing.T) {
	lib := library(t)
	ran := 0
	for _, name := range lib.Names() {
		verdicts, err := lib.Test(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range verdicts {
			ran++
			for _, m := range v.Misses {
				t.Errorf("%s: %s: %s: got %q, want %q", v.Mapping, v.Test, m.Expression, m.Got, m.Expected)
			}
		}
	}
	if ran == 0 {
		t.Error("no mapping has a test")
	}
}
