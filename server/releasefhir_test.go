package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bedrail"
	"bedrail/mapping"
)

// asFHIR makes of messages what a FHIR client would send: transactions by the
// mappings, and in every resource of them the patient's name wherever FHIR
// leaves room for a word of somebody.
func asFHIR(t *testing.T, messages [][]byte) (out [][]byte) {
	t.Helper()
	lib, err := mapping.Own()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		r, err := lib.Run(m, "", mapping.Options{})
		if err != nil {
			continue
		}
		var bundle map[string]any
		if err := json.Unmarshal(r.Bundle, &bundle); err != nil {
			t.Fatal(err)
		}
		name := patientName(m)
		entries, _ := bundle["entry"].([]any)
		for _, e := range entries {
			talk(e.(map[string]any)["resource"].(map[string]any), name)
		}
		text, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

func patientName(m []byte) string {
	for line := range bytes.FieldsFuncSeq(m, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if f := strings.Split(string(line), "|"); f[0] == "PID" && len(f) > 5 {
			parts := append(strings.Split(f[5], "^"), "", "")
			return parts[1] + " " + parts[0]
		}
	}
	return "Nobody Known"
}

func talk(r map[string]any, name string) {
	r["text"] = map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">` + name + `</div>`}
	extensions, _ := r["extension"].([]any)
	r["extension"] = append(extensions, map[string]any{"url": "http://example.org/said-by", "valueString": name})
	contained, _ := r["contained"].([]any)
	r["contained"] = append(contained, map[string]any{"resourceType": "RelatedPerson", "id": "kin", "patient": map[string]any{"display": name}, "name": []any{map[string]any{"text": name}}})
	if r["resourceType"] == "Observation" || r["resourceType"] == "DiagnosticReport" {
		if c, ok := r["code"].(map[string]any); ok {
			c["text"] = "of " + name
		}
	}
	if r["resourceType"] == "Observation" {
		r["note"] = []any{map[string]any{"text": name + " asked for it", "authorString": name}}
	}
	if s, ok := r["subject"].(map[string]any); ok {
		s["display"] = name
	}
}

func postFHIR(t *testing.T, address string, body []byte) int {
	t.Helper()
	res, err := http.Post("http://"+address+"/fhir", "application/fhir+json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode >= 500 {
		t.Fatalf("%d %s, %v", res.StatusCode, text, err)
	}
	return res.StatusCode
}

// TestNobodyIsInAReleaseOfFHIR sends what a simulated hospital said as FHIR
// transactions, and looks for each of its patients in what left.
func TestNobodyIsInAReleaseOfFHIR(t *testing.T) {
	if testing.Short() {
		t.Skip("four hundred messages to FHIR and released")
	}
	t.Parallel()
	messages := simulated(t)
	messages = messages[:min(len(messages), 400)]
	h := startHouse(t, t.TempDir(), nil)
	engineer := h.person("ines", bedrail.Grant{Role: "integration-engineer"})
	officer := h.person("omar", bedrail.Grant{Role: "compliance-officer"})
	address := freeAddress(t)
	engineer.want(201, "", "POST", "/channels", map[string]any{"name": "sim", "source": map[string]any{"fhir": map[string]any{"listen": address}}, "destinations": []any{}})
	reach(t, address)
	taken := 0
	for _, body := range asFHIR(t, messages) {
		if postFHIR(t, address, body) == http.StatusOK {
			taken++
		}
	}
	if taken < 200 {
		t.Fatalf("the FHIR door took %d of %d transactions", taken, len(messages))
	}

	column := func(name, from, as string) map[string]string {
		return map[string]string{"name": name, "from": from, "as": as}
	}
	def := releaseNamed(0, "ndjson", 3)
	def["quasiIdentifiers"] = []string{"sex", "age"}
	for from, why := range map[string]string{"Patient.name.family": "it may say who somebody is", "Observation.note.text": "it may say who somebody is", "Observation.text.div": "it may say who somebody is",
		"Observation.extension": "it may say who somebody is", "RelatedPerson.name": "nothing of a RelatedPerson may leave", "Observation.subject": "it may as pseudonym"} {
		def["columns"] = []map[string]string{column("sex", "Patient.gender", "code"), column("age", "Patient.birthDate", "age"), column("x", from, "code")}
		engineer.want(400, why, "PUT", "/releases/results", def)
	}
	engineer.want(200, `"from":"Observation.valueQuantity.value"`, "GET", "/release-places?limit=500", nil)
	def["columns"] = []map[string]string{column("patient", "Observation.subject", "pseudonym"), column("visit", "Encounter.id", "pseudonym"), column("sex", "Patient.gender", "code"),
		column("age", "Patient.birthDate", "age"), column("born", "Patient.birthDate", "year"), column("zip", "Patient.address.postalCode", "postcode"), column("class", "Encounter.class", "code"),
		column("test", "Observation.code", "code"), column("value", "Observation.valueQuantity.value", "number"), column("status", "Observation.status", "code"),
		column("flag", "Observation.interpretation", "code"), column("result", "Observation.id|Observation.identifier", "pseudonym"), column("observed", "Observation.effectiveDateTime|Observation.effectivePeriod.start", "shift")}
	engineer.want(200, `"state":"draft"`, "PUT", "/releases/results", def)
	officer.want(200, `"state":"agreed"`, "POST", "/releases/results/agree", map[string]any{"version": 1})
	done, file := released(t, engineer, "results", map[string]any{"from": "2020-01-01T00:00:00Z"})

	words, numbers := whoTheyAre(messages)
	if len(words) < 100 || len(numbers) < 50 {
		t.Fatalf("only %d words and %d numbers say who the patients are; the messages are not what they were", len(words), len(numbers))
	}
	findNobody(t, file, words, numbers)
	rows := rowsOf(t, file)
	filled := map[string]int{}
	k := map[string]map[any]bool{}
	for _, r := range rows {
		for n, v := range r {
			if v != nil && v != "" {
				filled[n]++
			}
		}
		key := fmt.Sprint(r["sex"], r["age"])
		if k[key] == nil {
			k[key] = map[any]bool{}
		}
		k[key][r["patient"]] = true
	}
	smallest := len(rows)
	for _, who := range k {
		smallest = min(smallest, len(who))
	}
	if done.Rows != len(rows) || len(rows) < 100 || smallest != done.Risk.Smallest || smallest < 3 || done.Suppressed == 0 {
		t.Errorf("%d rows, the record says %d; smallest group %d, the record says %d; %d suppressed", len(rows), done.Rows, smallest, done.Risk.Smallest, done.Suppressed)
	}
	for _, must := range []string{"patient", "sex", "age", "test", "value", "status", "observed"} {
		if filled[must] < len(rows)/2 {
			t.Errorf("%s is filled in %d of %d rows", must, filled[must], len(rows))
		}
	}
	if !regexp.MustCompile(`no narrative, extension, contained resource`).MatchString(strings.Join(done.Method, " ")) {
		t.Errorf("the method does not speak of FHIR: %q", done.Method)
	}
	t.Logf("%d transactions, %d messages, %d rows left, %d suppressed, %d unread, %d patients, smallest group %d, highest risk %.3f, %d values stopped; filled %v", taken, done.Messages, done.Rows, done.Suppressed, done.Unread, done.Risk.Patients, done.Risk.Smallest, done.Risk.Highest, done.Stopped, filled)
	if strings.Contains(h.log.String(), "Esterkin") {
		t.Error("the log names a patient")
	}
}
