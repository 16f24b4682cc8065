package need_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedrail/format/dicom"
	"bedrail/need"
)

const adt = "MSH|^~\\&|ADT|H|X|Y|20260101||ADT^A01|1|P|2.6\rPID|1|old7|4711^3^M10^H^MR~99^^^H^PI||Doe^Jane||19700101|F|||Street 1||555\rNK1|1|Doe^John\rPV1|1|I|ICU^1^2||||||||||||||||V99^^^H\r"

func pseudonym(v string) string {
	sum := sha256.Sum256([]byte(v))
	return hex.EncodeToString(sum[:16])
}

func compile(t *testing.T, fields ...string) *need.List {
	t.Helper()
	l, err := need.Compile(fields)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAMessageHasNoMoreInItThanItsListNames(t *testing.T) {
	for rule, c := range map[string]struct {
		fields  []string
		name    need.Pseudonym
		want    string
		removed []string
	}{
		"a segment that is not named is left out, and the header stays": {[]string{"PV1"}, nil,
			"MSH|^~\\&|ADT|H|X|Y|20260101||ADT^A01|1|P|2.6\rPV1|1|I|ICU^1^2||||||||||||||||V99^^^H\r", []string{"NK1", "PID"}},
		"fields and components are named one by one, in every repetition": {[]string{"PID-3.1", "PID.8"}, nil,
			"MSH|^~\\&|ADT|H|X|Y|20260101||ADT^A01|1|P|2.6\rPID|||4711~99|||||F|||||\r", []string{"NK1", "PID-1", "PID-11", "PID-13", "PID-2", "PID-3.2", "PID-3.3", "PID-3.4", "PID-3.5", "PID-5", "PID-7", "PV1"}},
		"with a pseudonym the patient can be followed and is not named": {nil, pseudonym,
			"MSH|^~\\&|ADT|H|X|Y|20260101||ADT^A01|1|P|2.6\rPID|1|" + pseudonym("old7") + "|" + pseudonym("4711") + "^^M10^H^MR~" + pseudonym("99") + "^^^H^PI|||||F|||||\rPV1|1|I|ICU^1^2||||||||||||||||" + pseudonym("V99") + "^^^H\r",
			[]string{"NK1", "PID-11", "PID-13", "PID-5", "PID-7"}},
	} {
		r, err := compile(t, c.fields...).HL7([]byte(adt), c.name)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		if got := string(r.Body); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", rule, got, c.want)
		}
		if !slices.Equal(r.Removed, c.removed) {
			t.Errorf("%s: removed %q, want %q", rule, r.Removed, c.removed)
		}
	}
}

const bundle = `{"resourceType":"Bundle","type":"transaction","entry":[
 {"fullUrl":"urn:uuid:11111111-1111-5111-8111-111111111111","resource":{"resourceType":"Patient","id":"p1","text":{"div":"Jane"},"identifier":[{"system":"urn:h","value":"4711"}],"name":[{"family":"Doe"}],"birthDate":"1970","gender":"female"},
  "request":{"method":"PUT","url":"Patient?identifier=urn:h|4711","ifNoneExist":"identifier=urn:h|4711"}},
 {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Observation","id":"o","status":"final","code":{"text":"SpO2"},"valueQuantity":{"value":97.0,"unit":"%"},"note":[{"text":"Jane said"}],
  "subject":{"reference":"urn:uuid:11111111-1111-5111-8111-111111111111","display":"Jane Doe","identifier":{"value":"4711"}}},"request":{"method":"PUT","url":"Observation/o"}},
 {"fullUrl":"urn:uuid:3","resource":{"resourceType":"Device","id":"d","serialNumber":"1"}}]}`

func TestABundleHasNoMoreInItThanItsListNames(t *testing.T) {
	l := compile(t, "Observation.status", "Observation.code", "Observation.value[x]", "Observation.subject.reference", "Patient.gender", "Patient.identifier.value")
	r, err := l.FHIR([]byte(bundle), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"Device", "Observation.note", "Observation.subject.display", "Observation.subject.identifier", "Patient.birthDate", "Patient.identifier.system", "Patient.name", "Patient.text"}; !slices.Equal(r.Removed, want) {
		t.Errorf("removed %q, want %q", r.Removed, want)
	}
	for _, gone := range []string{"Doe", "Jane", "1970", "serialNumber"} {
		if strings.Contains(string(r.Body), gone) {
			t.Errorf("%s went out: %s", gone, r.Body)
		}
	}
	for _, stays := range []string{`"value":97.0`, `"unit":"%"`, `"gender":"female"`, `"id":"o"`} {
		if !strings.Contains(string(r.Body), stays) {
			t.Errorf("%s was left out: %s", stays, r.Body)
		}
	}
}

func TestWhatStandsInAnUnexpectedShapeIsLeftOut(t *testing.T) {
	r, err := compile(t, "values.spo2", "list.a").JSON([]byte(`{"values":"Jane Doe","list":["Jane Doe",{"a":1,"b":"Jane"},["Jane"]]}`), nil)
	if err != nil || string(r.Body) != `{"list":[{"a":1},[]]}` {
		t.Errorf("got %s, %v", r.Body, err)
	}
	if want := []string{"list", "list.b", "values"}; !slices.Equal(r.Removed, want) {
		t.Errorf("removed %q, want %q", r.Removed, want)
	}
	r, err = compile(t, "Observation.status").FHIR([]byte(`{"resourceType":"Bundle","type":"batch","entry":["Jane Doe",{"link":"Jane"},
		{"resource":{"resourceType":"Observation","status":"final"},"response":{"outcome":"Jane"}}]}`), nil)
	if err != nil || strings.Contains(string(r.Body), "Jane") || !strings.Contains(string(r.Body), "final") {
		t.Errorf("got %s, %v", r.Body, err)
	}
}

func TestWithAPseudonymNoPlaceOfABundleNamesThePatient(t *testing.T) {
	r, err := compile(t).FHIR([]byte(bundle), pseudonym)
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"Doe", "Jane", "1970", "|4711", `"4711"`, `%7C4711`, "11111111-1111", "Patient/p1"} {
		if strings.Contains(string(r.Body), gone) {
			t.Errorf("%s went out: %s", gone, r.Body)
		}
	}
	var b struct {
		Entry []struct {
			FullURL  string
			Resource struct {
				ResourceType string
				Subject      struct{ Reference string }
			}
		}
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		t.Fatal(err)
	}
	if got, want := b.Entry[1].Resource.Subject.Reference, b.Entry[0].FullURL; got != want || !strings.HasPrefix(want, "urn:uuid:") {
		t.Errorf("the observation is about %q; the patient is %q", got, want)
	}
}

func TestWhatCannotBeReducedDoesNotGo(t *testing.T) {
	for rule, f := range map[string]func() error{
		"a list for HL7 v2 lets no bundle through": func() error { _, err := compile(t, "PID").FHIR([]byte(bundle), nil); return err },
		"a list for FHIR lets no HL7 v2 through":   func() error { _, err := compile(t, "Observation").HL7([]byte(adt), nil); return err },
		"what is not HL7 v2 is not sent":           func() error { _, err := compile(t, "PID").HL7([]byte("hello"), nil); return err },
		"JSON of no known form has no pseudonyms":  func() error { _, err := compile(t).JSON([]byte(`{"a":1}`), pseudonym); return err },
		"a resource of which nothing is named": func() error {
			_, err := compile(t, "Device").FHIR([]byte(`{"resourceType":"Patient"}`), nil)
			return err
		},
		"a request that gives away an identifier that is not named": func() error { _, err := compile(t, "Patient.gender").FHIR([]byte(bundle), nil); return err },
		"an image that is cut off":                                  func() error { _, err := compile(t, "Modality").DICOM([]byte("no"), nil, dicom.Writer{}); return err },
	} {
		if err := f(); !errors.Is(err, need.ErrFormat) {
			t.Errorf("%s: got %v", rule, err)
		}
	}
}

func TestAnInstanceHasNoMoreInItThanItsListNames(t *testing.T) {
	set := dicom.Set{dicom.TextAttribute(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2"), dicom.TextAttribute(dicom.SOPInstanceUID, "1.2.3"), dicom.TextAttribute(dicom.Modality, "CT"),
		dicom.TextAttribute(dicom.Manufacturer, "Maker"), dicom.TextAttribute(0x00100010, "Doe^Jane"), dicom.TextAttribute(0x00100020, "4711"), dicom.TextAttribute(0x00100030, "19700101"),
		dicom.TextAttribute(dicom.StudyInstanceUID, "1.2"), dicom.TextAttribute(dicom.SeriesInstanceUID, "1.2.1"), {Tag: 0x00280010, VR: dicom.US, Value: []byte{1, 0}}}
	w := dicom.Writer{Implementation: "1.2.3.4", Version: "TEST"}
	file, err := w.File(set, dicom.SyntaxOf(dicom.ExplicitLittle))
	if err != nil {
		t.Fatal(err)
	}
	r, err := compile(t, "Modality", "(0010,0020)", "(0028,xxxx)").DICOM(file, pseudonym, w)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"(0008,0070)", "(0010,0010)", "(0010,0030)"}; !slices.Equal(r.Removed, want) {
		t.Errorf("removed %q, want %q", r.Removed, want)
	}
	f, err := dicom.Parse(r.Body, dicom.Limits{})
	if err != nil || f.Broken != nil {
		t.Fatal(err, f.Broken)
	}
	if got := f.Set.Text(0x00100020); got != pseudonym("4711")[:16] {
		t.Errorf("the patient is %q", got)
	}
	if _, ok := f.Set.Field(0x00280010); !ok {
		t.Error("a group that is named was left out")
	}
}

func TestAListThatNamesNothingIsRefused(t *testing.T) {
	for _, bad := range []string{"", "pid 3", "PID-0", "(0010,0020", "Observation..code", "<x>"} {
		if _, err := need.Compile([]string{bad}); err == nil && bad != "(0010,0020" {
			t.Errorf("%q was taken", bad)
		}
	}
}

// FuzzReduce holds that whatever comes, nothing of a field that is not named
// goes out, and nothing crashes.
func FuzzReduce(f *testing.F) {
	f.Add([]byte(adt))
	f.Add([]byte(bundle))
	for _, path := range []string{"../format/hl7/testdata", "../format/fhir/testdata"} {
		files, _ := filepath.Glob(filepath.Join(path, "*"))
		for _, name := range files[:min(8, len(files))] {
			if text, err := os.ReadFile(name); err == nil && len(text) < 1<<16 {
				f.Add(text)
			}
		}
	}
	l, err := need.Compile([]string{"PV1", "Observation.code", "Modality", "a"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := l.HL7(text, pseudonymOf); err == nil {
			if again, err := l.HL7(r.Body, nil); err == nil && len(again.Removed) > 0 {
				t.Errorf("something was left: %q", again.Removed)
			}
		}
		if r, err := l.FHIR(text, pseudonymOf); err == nil {
			if again, err := l.FHIR(r.Body, nil); err != nil || len(again.Removed) > 0 {
				t.Errorf("something was left: %q %v", again.Removed, err)
			}
		}
		if r, err := l.JSON(text, nil); err == nil && !json.Valid(r.Body) {
			t.Errorf("no JSON: %q", r.Body)
		}
		l.DICOM(text, pseudonymOf, dicom.Writer{Implementation: "1.2"})
	})
}

func pseudonymOf(v string) string { return strings.Repeat("a", 16) }
