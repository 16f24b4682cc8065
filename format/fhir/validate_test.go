package fhir_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"bedrail/format/fhir"
	"bedrail/format/jsondoc"
)

const observation = `{"resourceType":"Observation","id":"hr-1","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>SpO2 97 %</p></div>"},"identifier":[{"system":"urn:oid:1.2.3","value":"4711"}],"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}]}],"code":{"coding":[{"system":"urn:iso:std:iso:11073:10101","code":"150456","display":"MDC_PULS_OXIM_SAT_O2"}],"text":"SpO2"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-05T10:11:12+01:00","issued":"2026-01-05T10:11:13.123+01:00","performer":[{"reference":"Practitioner/n1"}],"valueQuantity":{"value":97,"unit":"%","system":"http://unitsofmeasure.org","code":"%"},"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N"}]}],"device":{"reference":"DeviceMetric/m1"},"referenceRange":[{"low":{"value":92,"unit":"%","system":"http://unitsofmeasure.org","code":"%"},"high":{"value":100,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}]}`

const patient = `{"resourceType":"Patient","id":"p1","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Ada Example</div>"},"identifier":[{"use":"usual","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:oid:1.2.36.146.595.217.0.1","value":"12345","period":{"start":"2001-05-06"}}],"active":true,"name":[{"use":"official","family":"Example","given":["Ada","Mary"]}],"telecom":[{"system":"phone","value":"+49 30 1234","use":"work"}],"gender":"female","birthDate":"1974-12-25","deceasedBoolean":false,"address":[{"use":"home","line":["1 Street"],"city":"Town","postalCode":"3999"}],"managingOrganization":{"reference":"Organization/1"}}`

func TestGoodResourcesAreValid(t *testing.T) {
	v := fhir.NewValidator()
	for name, raw := range map[string]string{"observation": observation, "patient": patient} {
		for _, i := range v.Validate([]byte(raw)) {
			t.Errorf("%s: %s %s %s", name, i.Severity, i.Location, i.Text)
		}
	}
}

// TestWhatIsWrong keeps each rule by an example: the place and the rule of
// the one error that it makes.
func TestWhatIsWrong(t *testing.T) {
	cases := map[string]struct{ in, location, rule string }{
		"a property that FHIR does not have":             {`{"resourceType":"Patient","colour":"red"}`, "Patient", "unknown-element"},
		"a required element is missing":                  {`{"resourceType":"Observation","status":"final"}`, "Observation", "cardinality-min"},
		"a date that does not exist":                     {`{"resourceType":"Patient","birthDate":"2023-02-29"}`, "Patient.birthDate", "primitive"},
		"a time without time zone":                       {`{"resourceType":"Patient","deceasedDateTime":"2023-02-28T10:00:00"}`, "Patient.deceased.ofType(dateTime)", "primitive"},
		"a boolean in quotes":                            {`{"resourceType":"Patient","active":"true"}`, "Patient.active", "primitive"},
		"a number that is too large":                     {`{"resourceType":"Patient","multipleBirthInteger":2147483648}`, "Patient.multipleBirth.ofType(integer)", "primitive"},
		"two types of one choice":                        {`{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}`, "Patient", "cardinality-max"},
		"a list where one value belongs":                 {`{"resourceType":"Patient","gender":["male"]}`, "Patient.gender", "list"},
		"one value where a list belongs":                 {`{"resourceType":"Patient","name":{"family":"A"}}`, "Patient.name[0]", "list"},
		"an empty list":                                  {`{"resourceType":"Patient","name":[]}`, "Patient.name", "empty-list"},
		"an empty object":                                {`{"resourceType":"Patient","name":[{}]}`, "Patient.name[0]", "ele-1"},
		"an empty text":                                  {`{"resourceType":"Patient","name":[{"family":""}]}`, "Patient.name[0].family", "primitive"},
		"null as a value":                                {`{"resourceType":"Patient","gender":null}`, "Patient.gender", "null"},
		"a code that the binding does not have":          {`{"resourceType":"Patient","gender":"m"}`, "Patient.gender", "binding"},
		"a unit that is not UCUM":                        {`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"bpm"}}`, "Observation.value.ofType(Quantity).code", "unit"},
		"an invariant of the resource":                   {`{"resourceType":"Patient","contact":[{"gender":"male"}]}`, "Patient.contact[0]", "pat-1"},
		"an invariant of a type":                         {`{"resourceType":"Patient","identifier":[{"period":{"start":"2021","end":"2020"}}]}`, "Patient.identifier[0].period", "per-1"},
		"a reference to a type that may not stand there": {`{"resourceType":"Patient","managingOrganization":{"reference":"Patient/2"}}`, "Patient.managingOrganization", "reference-target"},
		"a reference to nothing contained":               {`{"resourceType":"Patient","managingOrganization":{"reference":"#o"}}`, "Patient.managingOrganization", "ref-1"},
		"something contained that nothing refers to":     {`{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"x"}]}`, "Patient.contained[0]", "dom-3"},
		"an extension with value and extensions":         {`{"resourceType":"Patient","extension":[{"url":"http://x.test/e","valueString":"a","extension":[{"url":"b","valueString":"c"}]}]}`, "Patient.extension[0]", "ext-1"},
		"an extension where it may not stand":            {`{"resourceType":"Observation","status":"final","code":{"text":"x"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueAddress":{"city":"x"}}]}`, "Observation", "extension-context"},
		"an extension with a value of the wrong type":    {`{"resourceType":"Patient","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueString":"x"}]}`, "Patient.extension[0].value.ofType(string)", "type"},
		"a script in the narrative":                      {`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>"}}`, "Patient.text.div", "narrative"},
		"an empty narrative":                             {`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"> </div>"}}`, "Patient.text.div", "narrative"},
		"a property twice":                               {`{"resourceType":"Patient","active":true,"active":false}`, "", "duplicate"},
		"a type that does not exist":                     {`{"resourceType":"Chicken"}`, "Chicken", "resource-type"},
		"no type at all":                                 {`{"a":1}`, "$", "resource-type"},
		"what is no JSON":                                {`{"resourceType":"Patient","name":[{"family":"x",}]}`, "Patient.name[0]", "json"},
		"a fullUrl that is relative":                     {`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"Patient/1","resource":{"resourceType":"Patient","id":"1"}}]}`, "Bundle.entry[0]", "full-url"},
		"a document that does not begin as one":          {`{"resourceType":"Bundle","type":"document","identifier":{"system":"urn:x:y","value":"1"},"timestamp":"2024-01-01T00:00:00Z","entry":[{"fullUrl":"http://x.test/Patient/1","resource":{"resourceType":"Patient","id":"1"}}]}`, "Bundle", "bundle-first"},
		"a vital sign without its LOINC code":            {`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"364075005"}]}}`, "Observation.code", "vital-signs"},
		"a LOINC code with a slip":                       {`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-5"}]}}`, "Observation.code.coding[0].code", "code-unknown"},
	}
	v := fhir.NewValidator()
	for name, c := range cases {
		var wrong []string
		found := false
		for _, i := range v.Validate([]byte(c.in)) {
			if i.Severity == fhir.Error || i.Severity == fhir.Fatal {
				wrong = append(wrong, i.Location+" "+i.Rule)
				found = found || i.Location == c.location && i.Rule == c.rule
			}
		}
		if !found || len(wrong) > 2 {
			t.Errorf("%s: want %s %s, got %s", name, c.location, c.rule, strings.Join(wrong, "; "))
		}
	}
}

func TestPlacesOfIssues(t *testing.T) {
	in := "{\n  \"resourceType\": \"Patient\",\n  \"gender\": \"m\"\n}"
	for name, raw := range map[string]string{"json": in, "xml": "<Patient xmlns=\"http://hl7.org/fhir\">\n  <active value=\"true\"/>\n  <gender value=\"m\"/></Patient>"} {
		got := fhir.NewValidator().Validate([]byte(raw))
		if len(got) != 1 || got[0].Line != 3 || got[0].Location != "Patient.gender" {
			t.Errorf("%s: got %+v", name, got)
		}
		if name == "json" && (len(got) != 1 || raw[got[0].Start:got[0].End] != `"m"` || got[0].Column != 13) {
			t.Errorf("got %+v", got)
		}
	}
}

func TestPlacesInUTF16(t *testing.T) {
	text := "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"\u00e4\U0001F600\"}],\"gender\":\"m\"}"
	raw := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		raw = append(raw, byte(u), byte(u>>8))
	}
	got := fhir.NewValidator().Validate(raw)
	if len(got) != 1 || string(raw[got[0].Start:got[0].End]) != "\"\x00m\x00\"\x00" {
		t.Errorf("got %+v", got)
	}
}

func TestOutcomeIsAValidResource(t *testing.T) {
	v := fhir.NewValidator()
	for _, in := range []string{patient, `{"resourceType":"Patient","gender":"m\"","x":1}`} {
		if issues := v.Validate(fhir.Outcome(v.Validate([]byte(in)))); !fhir.Valid(issues) {
			t.Errorf("%+v in %s", issues, fhir.Outcome(v.Validate([]byte(in))))
		}
	}
}

func TestEachVersionKnowsItsOwn(t *testing.T) {
	actor := `{"resourceType":"ActorDefinition","status":"draft","type":"person"}`
	for version, want := range map[string]bool{"R4": false, "R4B": false, "R5": true} {
		d, ok := fhir.ForVersion(version)
		if !ok {
			t.Fatalf("no %s", version)
		}
		v := fhir.Validator{Definitions: d}
		if got := fhir.Valid(v.Validate([]byte(actor))); got != want {
			t.Errorf("%s: valid %v", version, got)
		}
		if issues := v.Validate([]byte(patient)); !fhir.Valid(issues) {
			t.Errorf("%s: %+v", version, issues)
		}
	}
}

// TestGuideOfDevices: the examples of the Point-of-Care Device guide are valid
// against its profiles.
func TestGuideOfDevices(t *testing.T) {
	const guide = "../../../shared/testdata/exchange/pocd-ig/input/"
	if _, err := os.Stat(guide); err != nil {
		t.Skip("this test needs ../shared/testdata/exchange/pocd-ig, not there")
	}
	var roots []jsondoc.Node
	var examples []string
	for _, folder := range []string{"resources", "vocabulary", "examples"} {
		files, err := filepath.Glob(guide + folder + "/*.xml")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			converted, err := fhir.R4().FromXML(raw)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			doc, err := jsondoc.Parse(converted, jsondoc.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			roots = append(roots, doc.Root())
			if folder == "examples" {
				examples = append(examples, f)
			}
		}
	}
	v := fhir.Validator{Definitions: fhir.R4().With(roots...)}
	for _, f := range examples {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range v.Validate(raw) {
			if i.Severity == fhir.Error || i.Severity == fhir.Fatal || i.Rule == "profile-unknown" {
				t.Errorf("%s: %s %s", filepath.Base(f), i.Location, i.Text)
			}
		}
	}
}

func FuzzValidate(f *testing.F) {
	for _, s := range []string{observation, patient, `{"resourceType":"Bundle","type":"batch","entry":[{"resource":` + patient + `}]}`,
		`<Patient xmlns="http://hl7.org/fhir"><name><given value="Ada"/></name></Patient>`,
		`{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"string"}]}`} {
		f.Add([]byte(s))
	}
	v := fhir.NewValidator()
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, i := range v.Validate(b, "http://hl7.org/fhir/StructureDefinition/bp") {
			if i.Start < 0 || i.End < i.Start {
				t.Errorf("place %d to %d in %s", i.Start, i.End, fmt.Sprintf("%.200q", b))
			}
		}
	})
}

func benchmark(b *testing.B, raw string) {
	v := fhir.NewValidator()
	in := []byte(raw)
	v.Validate(in)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		if issues := v.Validate(in); len(issues) > 0 {
			b.Fatal(issues)
		}
	}
	b.ReportMetric(float64(b.N)/(processorTime(b)-before).Seconds(), "per-CPU-s")
}

// processorTime is what counts on a machine that others use as well.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkObservation(b *testing.B) { benchmark(b, observation) }

// A vital sign is checked against its profile as well.
func BenchmarkVitalSign(b *testing.B) {
	benchmark(b, strings.Replace(observation, `"coding":[{"system":"urn:iso:std:iso:11073:10101"`, `"coding":[{"system":"http://loinc.org","code":"2708-6"},{"system":"urn:iso:std:iso:11073:10101"`, 1))
}
func BenchmarkPatient(b *testing.B) { benchmark(b, patient) }
