package mapping_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/mapping"
)

func annotated(t *testing.T, message string, n mapping.Note) (string, []map[string]any) {
	t.Helper()
	m, err := hl7.Parse([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	res, err := library(t).HL7(m, "", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n.Message, n.Recorded = "msg_1", time.Date(2026, 3, 1, 10, 15, 0, 0, time.UTC)
	out, err := mapping.Annotate(res.Bundle, n)
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Entry []struct {
			Resource map[string]any `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(out, &b); err != nil {
		t.Fatal(err)
	}
	for _, i := range fhir.NewValidator().Validate(out) {
		if i.Severity == "error" || i.Severity == "fatal" {
			t.Errorf("what was annotated is no FHIR: %v", i)
		}
	}
	var all []map[string]any
	for _, e := range b.Entry {
		all = append(all, e.Resource)
	}
	return string(out), all
}

func TestAPatientWhoWasAssociatedIsMarkedAsSuch(t *testing.T) {
	text, err := os.ReadFile("testdata/pcd01-15.hl7")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.ReplaceAll(string(text), "\n", "\r")
	var lines []string
	for _, l := range strings.Split(whole, "\r") {
		if !strings.HasPrefix(l, "PID") {
			lines = append(lines, l)
		}
	}
	nobody := strings.Join(lines, "\r")
	count := func(all []map[string]any, typ string, holds func(map[string]any) bool) (n int) {
		for _, r := range all {
			if r["resourceType"] == typ && holds(r) {
				n++
			}
		}
		return n
	}
	named := func(who string) func(map[string]any) bool {
		return func(r map[string]any) bool {
			b, _ := json.Marshal(r["subject"])
			return strings.Contains(string(b), who)
		}
	}
	every := func(map[string]any) bool { return true }

	out, all := annotated(t, nobody, mapping.Note{Patient: "MRN-B", Certain: true, Confidence: 0.93, Reason: "by the bed"})
	if n, of := count(all, "Observation", named("MRN-B")), count(all, "Observation", every); n != of || n == 0 {
		t.Errorf("%d of %d observations name the patient of the bed", n, of)
	}
	if !strings.Contains(out, "0.93") || !strings.Contains(out, "patient associated by the bed") {
		t.Error("neither the confidence nor the origin stands in it")
	}

	_, all = annotated(t, nobody, mapping.Note{Patient: "MRN-B", Confidence: 0.4, Labels: []mapping.Label{{System: "urn:x-bedrail:patient", Code: "ambiguous"}}})
	if n := count(all, "Observation", named("MRN-B")); n != 0 {
		t.Errorf("%d observations name a patient who is in doubt", n)
	}
	if n := count(all, "Observation", func(r map[string]any) bool {
		b, _ := json.Marshal(r["meta"])
		return strings.Contains(string(b), "ambiguous")
	}); n == 0 {
		t.Error("no observation is labelled as ambiguous")
	}

	_, all = annotated(t, whole, mapping.Note{Patient: "MRN-B", Certain: true, Confidence: 0.93})
	if n := count(all, "Observation", named("MRN-B")); n != 0 {
		t.Errorf("%d observations lost the patient that the message names", n)
	}

	out, all = annotated(t, whole, mapping.Note{Patient: "MRN-B", Certain: true, Confidence: 1, Instead: true, Revisions: []mapping.NoteRevision{{N: 1, Kind: "patient", By: "usr_ana", Reason: "the beds were swapped"}}})
	if n, of := count(all, "Observation", named("MRN-B")), count(all, "Observation", every); n != of || n == 0 {
		t.Errorf("%d of %d observations were given to the right patient", n, of)
	}
	if strings.Contains(out, "MRN10001") || count(all, "Patient", every) != 0 {
		t.Error("the wrong patient is still in it")
	}
	if n := count(all, "Provenance", func(r map[string]any) bool {
		b, _ := json.Marshal(r)
		return strings.Contains(string(b), "the beds were swapped")
	}); n != 1 {
		t.Errorf("%d provenances say why", n)
	}
}

// TestACorrectionTakesAllThatIsOfTheOtherPatient: relatives, insurance, account
// and visit of the patient whom the message named go with that patient; what
// was found out is the other's.
func TestACorrectionTakesAllThatIsOfTheOtherPatient(t *testing.T) {
	message := strings.Join([]string{`MSH|^~\&|EHR|HOSP|X|Y|20260301101500||ADT^A01^ADT_A01|1|P|2.8`,
		"PID|||WRONG1^^^HOSP^MR||Wrong^Wanda||19700102|F||||||||||ACCT9|||MOTHER7^^^HOSP^MR", "NK1|1|Wrong^Rita|SPO", "PV1|1|I|ICU^7^1^HOSP||||||||||||||||V1",
		"AL1|1|DA|7980^Penicillin^RXNORM|SV|rash", "IN1|1|BAV^Blue|IC-1|Blue Cross||||||||||||Wrong^Walter|SPO", ""}, "\r")
	out, all := annotated(t, message, mapping.Note{Patient: "RIGHT2", Certain: true, Confidence: 1, Instead: true,
		Revisions: []mapping.NoteRevision{{N: 1, Kind: "patient", By: "usr_ana", Reason: "the beds were swapped"}}})
	for _, word := range []string{"WRONG1", "Wrong", "MOTHER7", "ACCT9"} {
		if strings.Contains(out, word) {
			t.Errorf("%s is still told", word)
		}
	}
	for _, r := range all {
		if r["resourceType"] == "AllergyIntolerance" && r["patient"].(map[string]any)["identifier"] == nil {
			t.Error("the allergy is nobody's")
		}
	}
}
