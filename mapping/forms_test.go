package mapping_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/mapping"
)

func TestOtherFormsAreValidToo(t *testing.T) {
	lib, v := library(t), fhir.NewValidator()
	mapped := map[string]int{}
	for _, glob := range []string{"dicom-pydicom/*.dcm", "dicom-pydicom/dicomdirtests/*/*/*", "synthetic/*.bin"} {
		files, _ := filepath.Glob(shared + glob)
		if len(files) == 0 {
			t.Skipf("no files at %s: images and results would be mapped", shared+glob)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				continue // a folder
			}
			res, err := lib.Run(raw, "", mapping.Options{})
			if err != nil {
				continue // not of a form that is mapped; its own package tests what is broken
			}
			mapped[mapping.FormOf(raw)]++
			for _, issue := range v.Validate(res.Bundle) {
				if issue.Severity == "error" || issue.Severity == "fatal" {
					t.Errorf("%s: %s: %s", file, issue.Location, issue.Text)
				}
			}
		}
	}
	t.Logf("mapped: %v", mapped)
	if mapped["dicom"] < 50 || mapped["astm"] < 2 {
		t.Errorf("mapped %v, want at least 50 images and 2 transmissions", mapped)
	}
}

func TestAValueInARefusedFrameIsNoValue(t *testing.T) {
	raw, err := os.ReadFile(shared + "synthetic/astm-bad-checksum.bin")
	if err != nil {
		t.Skip("no astm-bad-checksum.bin: its refused frame would be looked for")
	}
	res, err := library(t).Run(raw, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(shared + "synthetic/astm-ok.bin")
	full, err := library(t).Run(whole, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bytes.Count(res.Bundle, []byte(`"Observation"`)), bytes.Count(full.Bundle, []byte(`"Observation"`)); got >= want {
		t.Errorf("%d observations with a refused frame, %d without", got, want)
	}
}

func TestWhatGoesOutComesBack(t *testing.T) {
	lib := library(t)
	raw, err := os.ReadFile("testdata/pcd01-15.hl7")
	if err != nil {
		t.Fatal(err)
	}
	there, err := lib.Run(raw, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	back, err := lib.Run(there.Bundle, "fhir-oru", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := hl7.Parse(back.Bundle)
	if err != nil {
		t.Fatalf("%v: %q", err, back.Bundle)
	}
	if strings.Count(string(back.Bundle), "\rOBX|") != 11 {
		t.Errorf("11 measurements went out, got %q", back.Bundle)
	}
	for path, want := range map[string]string{"PID.3.1": "MRN10001", "OBX[1].5": "97", "OBX[1].6.1": "%", "OBX[3].5": "73", "OBX[8].5": "37.1", "OBX[1].18.3": "0025DF0000A10001"} {
		if got, _ := m.Get(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestAnotherMessageOfADeviceNamesTheSameDevice(t *testing.T) {
	lib := library(t)
	raw, err := os.ReadFile("testdata/pcd01-15.hl7")
	if err != nil {
		t.Fatal(err)
	}
	first, err := lib.Run(raw, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Another control id, and the numbers of OBX-4 changed: PCD-Vol2-003.
	again := bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("|G0001|"), []byte("|G0002|")), []byte("|1.6."), []byte("|1.9."))
	second, err := lib.Run(again, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []string{"Device", "DeviceMetric"} {
		if got, want := ids(second, typ), ids(first, typ); got != want {
			t.Errorf("%s: ids %s in the second message, %s in the first", typ, got, want)
		}
	}
	if ids(first, "Observation") == ids(second, "Observation") {
		t.Error("the observations of two messages have the same ids")
	}
}

func ids(r *mapping.Result, typ string) string {
	var out []string
	for _, o := range r.Origins {
		if o.Type == typ {
			out = append(out, o.ID)
		}
	}
	return strings.Join(out, " ")
}

func TestAMappingOfTheHouse(t *testing.T) {
	lib := library(t)
	house, err := mapping.Parse([]byte(`
mapping: pcd-01
version: 2
title: Ours, with the ward as a tag
from: hl7v2
to: fhir
extends: pcd-01
rows:
  - at: metric
    make: Observation[metric]
    set:
      - {from: PV1-3.1, to: "meta.tag[1].code"}
      - {from: PV1-3.1, to: "meta.tag[1].system", value: "http://hospital.example/wards"}
`))
	if err != nil {
		t.Fatal(err)
	}
	with, err := lib.With(house)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/pcd01-15.hl7")
	if err != nil {
		t.Fatal(err)
	}
	before, err := lib.Run(raw, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	after, err := with.Run(raw, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	diff, err := mapping.Compare(before.Bundle, after.Bundle)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diff {
		if d.Only != "after" || !strings.HasPrefix(d.Path, "meta.tag") && !strings.HasPrefix(d.Path, "activity") {
			if d.Path != "activity.text" {
				t.Errorf("only %s: %v", d.Only, d.Fact)
			}
		}
	}
	if len(diff) == 0 {
		t.Error("the house's mapping changed nothing")
	}
}

func TestAMappingThatIsWrongSaysWhere(t *testing.T) {
	lib := library(t)
	for name, c := range map[string]struct{ text, want string }{
		"a word that is not known":     {"mapping: a\nversion: 1\nfrom: hl7v2\nto: fhir\nrow: []\n", "line 5"},
		"no version":                   {"mapping: a\nfrom: hl7v2\nto: fhir\n", "version"},
		"a way that is not known":      {"mapping: a\nversion: 1\nfrom: hl7v2\nto: csv\n", "not known"},
		"an element that FHIR has not": {"mapping: a\nversion: 1\nfrom: hl7v2\nto: fhir\nview: pcd\nrows: [{at: metric, make: Observation, set: [{from: OBX-5, to: colour}]}]\n", "colour"},
		"a condition that is none":     {"mapping: a\nversion: 1\nfrom: hl7v2\nto: fhir\nview: pcd\nrows: [{at: metric, make: Observation, if: OBX-5 is big}]\n", "is"},
		"FHIRPath that is none":        {"mapping: a\nversion: 1\nfrom: fhir\nto: hl7v2\nwrite: [{segment: MSH, set: [{to: MSH-3, from: '((' }]}]\n", "MSH-3"},
		"a map that is not there":      {"mapping: a\nversion: 1\nfrom: hl7v2\nto: fhir\nview: pcd\nrows: [{at: metric, make: Observation, by: 'ZZZ[Observation]'}]\n", "ZZZ"},
	} {
		m, err := mapping.Parse([]byte(c.text))
		if err == nil {
			var with *mapping.Library
			if with, err = lib.With(m); err == nil {
				_, err = with.Program("a")
			}
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("mapping: a\nversion: 1\nfrom: hl7v2\nto: fhir\nview: pcd\nrows: [{at: metric, make: Observation, set: [{from: OBX-5, to: valueString}], if: 'OBX-2 = \"ST\" and (OBX-5 valued or count(OBX-8) > 1)'}]\n"))
	f.Add([]byte("mapping: a\nversion: 1\nfrom: fhir\nto: hl7v2\nwrite: [{segment: MSH, set: [{to: MSH-3, from: 'id'}]}]\n"))
	lib := library(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := mapping.Parse(text)
		if err != nil {
			return
		}
		if with, err := lib.With(m); err == nil {
			_, _ = with.Program(m.Name)
		}
	})
}

func FuzzRun(f *testing.F) {
	for _, file := range []string{"testdata/pcd01-15.hl7", "testdata/adt-a01.hl7"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("H|\\^&|||A\rP|1||2\rO|1|3\rR|1|^^^K|4|mmol/L\rL|1"))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","valueString":"a"}}]}`))
	f.Add([]byte(`<OBS.R01><HDR><HDR.control_id V="1"/></HDR><SVC><PT><PT.patient_id V="1"/><OBS><OBS.value V="5" U="g"/></OBS></PT></SVC></OBS.R01>`))
	lib := library(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = lib.Run(raw, "", mapping.Options{})
	})
}

// TestAMessageKnowsNothingOfTheOneBefore maps a transmission without a header,
// which has no id, after nothing and after one that has an id: what is made of it
// is named the same.
func TestAMessageKnowsNothingOfTheOneBefore(t *testing.T) {
	lib := library(t)
	var bare []byte
	for i, record := range []string{"P|1||MRN1", "O|1|S1||^^^GLU", "R|1|^^^GLU|5.4|mmol/L||||F", "L|1|N"} {
		frame, sum := fmt.Sprintf("%d%s\r\x03", i+1, record), byte(0)
		for _, c := range []byte(frame) {
			sum += c
		}
		bare = fmt.Appendf(bare, "\x02%s%02X\r\n", frame, sum)
	}
	alone, err := lib.Run(bare, "astm", mapping.Options{Sender: "A"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"ONE", "OTHER"} {
		if _, err := lib.Run([]byte("MSH|^~\\&|A|B|||20260301||ORU^R01|"+id+"|P|2.5\rOBX|1|NM|1^a||2\r"), "", mapping.Options{}); err != nil {
			t.Fatal(err)
		}
		after, err := lib.Run(bare, "astm", mapping.Options{Sender: "A"})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(alone.Bundle, after.Bundle) {
			t.Fatalf("after message %s it is\n%s\nand alone\n%s", id, after.Bundle, alone.Bundle)
		}
	}
}
