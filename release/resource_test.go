package release

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bedrail/exchange"
)

// ofFHIR makes a table of rows of Observations, or of what columns says.
func ofFHIR(t testing.TB, columns ...Column) *table {
	t.Helper()
	if columns == nil {
		columns = []Column{{Name: "who", From: "Observation.subject", As: Pseudonym}, {Name: "sex", From: "Patient.gender", As: Code}, {Name: "age", From: "Patient.birthDate", As: Age},
			{Name: "zip", From: "Patient.address.postalCode", As: Zip3}, {Name: "test", From: "Observation.code", As: Code}, {Name: "value", From: "Observation.valueQuantity.value", As: Number},
			{Name: "at", From: "Observation.effectiveDateTime|Observation.effectivePeriod.start", As: Shifted}}
	}
	d := &Definition{Name: "study", Recipient: "a group", Purpose: "a purpose", Channels: []string{"fhir"}, Columns: columns}
	if err := d.check(); err != nil {
		t.Fatal(err)
	}
	return newTable(d, []byte("a key of thirty-two bytes, or so"))
}

func message(body, answer string) *Material {
	return &Material{Body: []byte(body), Message: exchange.Message{ID: "msg_1", Channel: "fhir", Format: exchange.FHIR, Type: "Bundle", ReceivedAt: march, Sealed: exchange.Sealed{Answer: []byte(answer)}}}
}

func (t *table) all(of ...*Material) error {
	for _, pass := range []func(*Material) error{t.learn, t.take} {
		for _, m := range of {
			if err := pass(m); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	wanda    = `{"resourceType":"Patient","id":"p1","text":{"status":"generated","div":"<div>Wanda Zeldatest</div>"},"identifier":[{"type":{"coding":[{"code":"SS"}]},"value":"999-11-2222"},{"type":{"coding":[{"code":"MR"}]},"value":"MRN1001"}],"name":[{"family":"Zeldatest","given":["Wanda"]}],"gender":"female","birthDate":"1980-03-02","address":[{"line":["1 Elm St"],"postalCode":"90210","country":"US"}],"extension":[{"url":"x","valueString":"Wanda"}]}`
	glucose5 = `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2345-7","display":"Glucose of Wanda"}],"text":"for Wanda Zeldatest"},"subject":{"reference":"%s","display":"Wanda Zeldatest"},"effectiveDateTime":"2026-02-27T08:00:00Z","valueQuantity":{"value":5.50,"unit":"mmol/L"},"note":[{"text":"Wanda says hello"}]}`
)

func TestRowsKnowTheirPatientHoweverTheyCame(t *testing.T) {
	inside := `{"resourceType":"Observation","contained":[` + strings.Replace(wanda, `"id":"p1"`, `"id":"in"`, 1) + `],` + strings.TrimPrefix(fmt.Sprintf(glucose5, "#in"), `{"resourceType":"Observation",`)
	transaction := `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:a","resource":` + wanda + `,"request":{"method":"POST","url":"Patient"}},{"fullUrl":"urn:uuid:b","resource":` + fmt.Sprintf(glucose5, "urn:uuid:a") + `,"request":{"method":"POST","url":"Observation"}}]}`
	kept := `{"bundle":"transaction-response","entries":[{"status":201,"location":"Patient/door-1/_history/1"},{"status":201,"location":"Observation/door-2/_history/1"}]}`
	want := ""
	for way, of := range map[string][]*Material{
		"in one transaction":               {message(transaction, kept)},
		"as a contained resource":          {message(inside, "")},
		"each in a message of its own":     {message(wanda, ""), message(fmt.Sprintf(glucose5, "Patient/p1"), "")},
		"the result before its patient":    {message(fmt.Sprintf(glucose5, "Patient/p1"), ""), message(wanda, "")},
		"under the name the door gave it":  {message(strings.Replace(wanda, `"id":"p1",`, "", 1), `{"entries":[{"status":201,"location":"Patient/door-1/_history/1"}]}`), message(fmt.Sprintf(glucose5, "Patient/door-1"), "")},
		"by a condition":                   {message(wanda, ""), message(fmt.Sprintf(glucose5, "Patient?identifier=urn:x|MRN1001"), "")},
		"by number alone":                  {message(wanda, ""), message(strings.Replace(fmt.Sprintf(glucose5, "x"), `"reference":"x"`, `"identifier":{"value":"MRN1001"}`, 1), "")},
		"as an older version of the chart": {message(wanda, ""), message(fmt.Sprintf(glucose5, "Patient/p1/_history/3"), "")},
	} {
		tab := ofFHIR(t)
		if err := tab.all(of...); err != nil || len(tab.rows) != 1 {
			t.Errorf("%s: %d rows, %v; want 1", way, len(tab.rows), err)
			continue
		}
		got := strings.Join(tab.rows[0], " ")
		if want == "" {
			want = got
		}
		if row := tab.rows[0]; got != want || row[0] != tab.mask.pseudonym("patient", "MRN1001") || !slices.Equal(row[1:6], []string{"female", "45", "902", "2345-7", "5.5"}) || len(row[6]) != 19 || row[6][:10] == "2026-02-27" {
			t.Errorf("%s: got %q; want the same whichever way, female 45 902 2345-7 5.5 and a moved time", way, row)
		}
		for _, secret := range []string{"Wanda", "Zelda", "MRN", "999-", "Elm", "p1", "door", "1980"} {
			if strings.Contains(got, secret) {
				t.Errorf("%s: %q holds %q", way, got, secret)
			}
		}
	}
}

func TestOnlyWhatTheDoorTookIsReleased(t *testing.T) {
	batch := `{"resourceType":"Bundle","type":"batch","entry":[{"resource":` + fmt.Sprintf(glucose5, "Patient/a") + `},{"resource":` + fmt.Sprintf(glucose5, "Patient/b") + `},{"resource":` + fmt.Sprintf(glucose5, "Patient/c") + `}]}`
	tab := ofFHIR(t)
	err := tab.all(message(batch, `{"bundle":"batch-response","entries":[{"status":201,"location":"Observation/1/_history/1"},{"status":412},{"status":200,"location":"Observation/3/_history/1","read":true}]}`))
	if err != nil || len(tab.rows) != 1 || tab.messages != 1 {
		t.Errorf("%d rows of %d messages, %v; want the one that was taken of the three", len(tab.rows), tab.messages, err)
	}
	back := message(fmt.Sprintf(glucose5, "Patient/a"), "")
	back.Recalled = true
	if err := tab.all(back, message(`{"resourceType":"Bundle","entry":[`, ""), message(`[]`, "")); err != nil || len(tab.rows) != 1 || tab.recalled != 1 || tab.unread != 2 {
		t.Errorf("%d rows, %d recalled, %d unread, %v; want 1, 1, 2", len(tab.rows), tab.recalled, tab.unread, err)
	}
}

func TestComponentsAreRows(t *testing.T) {
	tab := ofFHIR(t, Column{Name: "what", From: "Observation.component.code|Observation.code", As: Code}, Column{Name: "value", From: "Observation.component.valueQuantity.value|Observation.valueQuantity.value", As: Number})
	pressure := `{"resourceType":"Observation","code":{"coding":[{"code":"85354-9"}]},"component":[{"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":120}},{"code":{"coding":[{"code":"8462-4"}]},"valueQuantity":{"value":80}}]}`
	if err := tab.all(message(pressure, ""), message(fmt.Sprintf(glucose5, "Patient/a"), "")); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(tab.rows); got != "[[8480-6 120] [8462-4 80] [2345-7 5.5]]" {
		t.Errorf("got %s", got)
	}
}

func TestNumbersInThePlaceOfCodesStay(t *testing.T) {
	tab := ofFHIR(t, Column{Name: "test", From: "Observation.code", As: Code}, Column{Name: "status", From: "Observation.status", As: Code})
	odd := strings.Replace(fmt.Sprintf(glucose5, "Patient/p1"), `"code":"2345-7"`, `"code":"X-MRN1001"`, 1)
	if err := tab.all(message(wanda, ""), message(odd, "")); err != nil || len(tab.rows) != 1 || tab.rows[0][0] != "" || tab.rows[0][1] != "final" || tab.stopped != 1 {
		t.Errorf("got %q, %d stopped, %v; want the number of a patient who came in another message left out", tab.rows, tab.stopped, err)
	}
}

func TestOnePatientIsOneInBothStandards(t *testing.T) {
	columns := []Column{{Name: "who", From: "PID-3|Observation.subject", As: Pseudonym}, {Name: "value", From: "OBX-5|Observation.valueQuantity.value", As: Number}}
	tab := ofFHIR(t, columns...)
	v2 := &Material{Body: []byte("MSH|^~\\&|L|H|B|H|20260302||ORU^R01|C1|P|2.5\rPID|1||MRN1001^^^H^MR||Zeldatest^Wanda||19800302|F\rOBX|1|NM|2345-7^glucose^LN||7|mmol/L|||||F\r"),
		Message: exchange.Message{ID: "msg_2", Channel: "lab", Format: exchange.HL7v2, ReceivedAt: march, Sealed: exchange.Sealed{Facts: exchange.Facts{Patients: []string{"MRN1001"}}}}}
	if err := tab.all(v2, message(wanda, ""), message(fmt.Sprintf(glucose5, "Patient/p1"), "")); err != nil || len(tab.rows) != 2 || tab.rows[0][0] != tab.rows[1][0] || tab.who[0] != tab.who[1] {
		t.Errorf("got %q of %q, %v; want two rows of one patient", tab.rows, tab.who, err)
	}
}

func TestWhoIsNotKnownMakesNoGroupLarger(t *testing.T) {
	tab := ofFHIR(t, Column{Name: "test", From: "Observation.code", As: Code})
	tab.d.Quasi, tab.quasi = []string{"test"}, []int{0}
	var of []*Material
	for range 6 {
		of = append(of, message(`{"resourceType":"Observation","code":{"coding":[{"code":"2345-7"}]}}`, ""))
	}
	var d Done
	if err := tab.all(of...); err != nil || len(tab.leave(2, &d)) != 0 || d.Suppressed != 6 {
		t.Errorf("%+v, %v; want six rows of nobody known to be a group of one", d, err)
	}
}

// FuzzResources holds that whatever a message may be, it is counted, and what
// leaves of it has the form of a code, a number, a time or a pseudonym.
func FuzzResources(f *testing.F) {
	for _, body := range []string{wanda, fmt.Sprintf(glucose5, "Patient/p1"), `{"resourceType":"Bundle","entry":[{"resource":` + wanda + `}]}`, `{"resourceType":"Bundle","entry":[null,{"resource":7}]}`} {
		f.Add([]byte(body), []byte(`{"entries":[{"status":201,"location":"Patient/1/_history/1"}]}`))
	}
	f.Fuzz(func(t *testing.T, body, answer []byte) {
		tab := ofFHIR(t)
		if err := tab.all(message(string(body), string(answer)), message(wanda, "")); err != nil {
			t.Fatal(err)
		}
		if tab.messages+tab.unread < 1 {
			t.Errorf("of two messages %d were read and %d not", tab.messages, tab.unread)
		}
		for _, row := range tab.rows {
			for _, v := range row {
				if len(v) > 64 || strings.ContainsAny(v, " \t\r\n") {
					t.Errorf("%q leaves", v)
				}
			}
		}
	})
}
