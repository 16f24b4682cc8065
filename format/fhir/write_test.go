package fhir_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bedrail/format/fhir"
	"bedrail/format/jsondoc"
)

func read(t *testing.T, d *fhir.Definitions, raw string) *fhir.Value {
	t.Helper()
	v, err := d.Read([]byte(raw))
	if err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
	return v
}

func TestWritingInTheOrderOfTheDefinitions(t *testing.T) {
	d := fhir.R4()
	const want = `{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Organization","id":"o","active":true}],` +
		`"extension":[{"url":"u","valueDecimal":1.50}],"name":[{"family":"F","_family":{"id":"i","extension":[{"url":"x"}]},"given":["A",null],"_given":[null,{"id":"g"}]}],` +
		`"birthDate":"1974","deceasedBoolean":false,"zebra":"unknown"}`
	for name, in := range map[string]string{
		"as it is": want,
		"shuffled": `{"zebra":"unknown","deceasedBoolean":false,"name":[{"_given":[null,{"id":"g"}],"given":["A",null],"_family":{"extension":[{"url":"x"}],"id":"i"},"family":"F"}],` +
			`"extension":[{"valueDecimal":1.50,"url":"u"}],"birthDate":"1974","contained":[{"id":"o","active":true,"resourceType":"Organization"}],"id":"p","resourceType":"Patient"}`,
	} {
		if got := d.JSON(read(t, d, in)); string(got) != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

func TestBuildingAResource(t *testing.T) {
	v := fhir.NewResource("Observation").
		Set("valueQuantity", fhir.NewObject().Set("code", fhir.Text("%")).Set("value", fhir.Decimal("97.0"))).
		Set("status", fhir.Text("final")).
		Set("code", fhir.NewObject().Add("coding", fhir.NewObject().Set("code", fhir.Text(`a"b\c`+"\n\x01")))).
		Set("note", nil).
		Set("effectiveInstant", fhir.Decimal("no number"))
	v.Add("category", fhir.NewObject().Set("text", fhir.Text("one"))).Add("category", fhir.NewObject().Set("text", fhir.Text("bad \xff byte")))
	const want = `{"resourceType":"Observation","status":"final","category":[{"text":"one"},{"text":"bad ` + "\uFFFD" + ` byte"}],` +
		`"code":{"coding":[{"code":"a\"b\\c\n\u0001"}]},"valueQuantity":{"value":97.0,"code":"%"}}`
	if got := fhir.R4().JSON(v); string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := v.Get("code").Get("coding").Items()[0].Get("code").String(); got != "a\"b\\c\n\x01" {
		t.Errorf("got %q", got)
	}
	if v.Set("status", nil); v.Get("status").Kind() != jsondoc.Null {
		t.Error("a member that was taken away is still there")
	}
}

func TestCanonicalFormsOfTheStandard(t *testing.T) {
	v := read(t, fhir.R4(), `{"resourceType":"Bundle","type":"document","meta":{"versionId":"1"},"id":"b","text":{"div":"<div>a\n   b</div>","status":"generated"},
		"_type":{"id":"x"},"entry":[{"resource":{"resourceType":"Patient","meta":{"source":"s"},"id":"p"}}]}`)
	entry := `"entry":[{"resource":{"id":"p","meta":{"source":"s"},"resourceType":"Patient"}}]`
	text := `"text":{"div":"<div>a b</div>","status":"generated"}`
	for how, want := range map[fhir.Canonical]string{
		fhir.CanonicalAll:       `{"_type":{"id":"x"},` + entry + `,"id":"b","meta":{"versionId":"1"},"resourceType":"Bundle",` + text + `,"type":"document"}`,
		fhir.CanonicalData:      `{"_type":{"id":"x"},` + entry + `,"id":"b","meta":{"versionId":"1"},"resourceType":"Bundle","type":"document"}`,
		fhir.CanonicalStatic:    `{"_type":{"id":"x"},` + entry + `,"id":"b","resourceType":"Bundle","type":"document"}`,
		fhir.CanonicalNarrative: `{"id":"b","resourceType":"Bundle",` + text + `}`,
		fhir.CanonicalDocument:  `{"_type":{"id":"x"},` + entry + `,"resourceType":"Bundle",` + text + `,"type":"document"}`,
	} {
		if got := v.Canonical(how); string(got) != want {
			t.Errorf("%s:\ngot  %s\nwant %s", how, got, want)
		}
	}
}

// TestPublishedExamplesComeBackWhole reads every example, writes it in each
// way and compares what another reader makes of it.
func TestPublishedExamplesComeBackWhole(t *testing.T) {
	files, _ := filepath.Glob(examples + "*.json")
	forms, _ := filepath.Glob(examples + "*.xml")
	if len(files) == 0 {
		t.Skip("this test needs ../shared/testdata/exchange/fhir-test-cases/r4/examples, not there: no example is read and written again")
	}
	d, v := fhir.R4(), fhir.NewValidator()
	for _, f := range append(files, forms...) {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		in := read(t, d, string(raw))
		plain, ordered := in.JSON(), d.JSON(in)
		if filepath.Ext(f) == ".json" && !sameJSON(t, raw, plain) {
			t.Errorf("%s is another after reading and writing", filepath.Base(f))
		}
		if !sameJSON(t, plain, ordered) {
			t.Errorf("%s is another in the order of the definitions", filepath.Base(f))
		}
		if again := d.JSON(read(t, d, string(ordered))); !bytes.Equal(again, ordered) {
			t.Errorf("%s: writing what was written gives other bytes", filepath.Base(f))
		}
		if was, is := len(v.Validate(raw)), len(v.Validate(ordered)); was != is && filepath.Ext(f) == ".json" {
			t.Errorf("%s has %d issues before and %d after", filepath.Base(f), was, is)
		}
	}
	t.Logf("%d in JSON, %d in XML", len(files), len(forms))
}

// sameJSON compares by the standard library, numbers by their digits.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	for raw, to := range map[*[]byte]*any{&a: &x, &b: &y} {
		r := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(*raw, []byte("\xef\xbb\xbf"))))
		r.UseNumber()
		if err := r.Decode(to); err != nil {
			t.Fatalf("%v in %.200s", err, *raw)
		}
	}
	return reflect.DeepEqual(x, y)
}

func TestOrderOfElementsInXML(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"in order":                        {`<id value="p"/><active value="true"/><name><family value="A"/><given value="B"/></name><gender value="male"/>`, nil},
		"an element too late":             {`<active value="true"/><id value="p"/>`, []string{"Patient.id"}},
		"inside another":                  {`<name><given value="B"/><family value="A"/></name>`, []string{"Patient.name[0].family"}},
		"a list that is interrupted":      {`<name><family value="A"/></name><gender value="male"/><name><family value="B"/></name>`, []string{"Patient.name[1]"}},
		"a choice":                        {`<multipleBirthInteger value="1"/><deceasedBoolean value="false"/>`, []string{"Patient.deceasedBoolean"}},
		"an extension of a primitive":     {`<birthDate value="1974"><extension url="http://x.test/e"><valueString value="s"/></extension></birthDate>`, nil},
		"what nobody knows has no place":  {`<gender value="male"/><colour value="red"/>`, nil},
		"in a contained resource as well": {`<contained><Patient><gender value="male"/><id value="c"/></Patient></contained>`, []string{"Patient.contained[0].id"}},
	} {
		var got []string
		for _, i := range fhir.NewValidator().Validate([]byte(`<Patient xmlns="http://hl7.org/fhir">` + c.in + `</Patient>`)) {
			if i.Rule == "xml-order" {
				got = append(got, i.Location)
				if !strings.HasPrefix(c.in[i.Start-len(`<Patient xmlns="http://hl7.org/fhir">`):], "<") {
					t.Errorf("%s: the place is byte %d", name, i.Start)
				}
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// FuzzWrite holds the writer against the reader: what was written is read as
// the same, in each order, and ordering twice changes nothing.
func FuzzWrite(f *testing.F) {
	for _, s := range []string{observation, patient, `{"resourceType":"Patient","name":[{"given":[null,"x"],"_given":[{"id":"a"}]}],"x":[[1,-0.50e3],"\u00e9\ud83d\ude00"]}`, `[1,{"a":null}]`} {
		f.Add([]byte(s))
	}
	d := fhir.R4()
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := d.Read(b)
		if err != nil {
			return
		}
		plain := v.JSON()
		again, err := d.Read(plain)
		if err != nil {
			t.Fatalf("%v in what was written: %q", err, plain)
		}
		if !bytes.Equal(again.JSON(), plain) {
			t.Errorf("%q is written as %q", plain, again.JSON())
		}
		ordered := d.JSON(v)
		back, err := d.Read(ordered)
		if err != nil {
			t.Fatalf("%v in what was written: %q", err, ordered)
		}
		if !bytes.Equal(d.JSON(back), ordered) {
			t.Errorf("%q is ordered as %q", ordered, d.JSON(back))
		}
		if got, want := back.Canonical(fhir.CanonicalAll), v.Canonical(fhir.CanonicalAll); !bytes.Equal(got, want) {
			t.Errorf("ordering changed %q to %q", want, got)
		}
	})
}

// FuzzGuide reads definitions that a stranger gives and checks a resource
// against them.
func FuzzGuide(f *testing.F) {
	const profile = `{"resourceType":"StructureDefinition","url":"http://x.test/p","type":"Observation","kind":"resource","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Observation",
		"differential":{"element":[{"id":"Observation","path":"Observation","constraint":[{"key":"k","severity":"error","human":"h","expression":"code.exists() and value.exists()"}]},
		{"id":"Observation.category","path":"Observation.category","slicing":{"discriminator":[{"type":"pattern","path":"coding.code"}],"rules":"closed","ordered":true}},
		{"id":"Observation.category:vs","path":"Observation.category","sliceName":"vs","min":1,"max":"1","patternCodeableConcept":{"coding":[{"code":"vital-signs"}]}},
		{"id":"Observation.value[x]","path":"Observation.value[x]","type":[{"code":"Quantity","profile":["http://hl7.org/fhir/StructureDefinition/SimpleQuantity"]}],"binding":{"strength":"required","valueSet":"http://x.test/v"},"maxLength":3,"minValueInteger":1}]}}`
	const set = `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ValueSet","url":"http://x.test/v","compose":{"include":[{"system":"http://x.test/c","filter":[{"property":"concept","op":"is-a","value":"a"}]},{"valueSet":["http://x.test/v"]}]}}},
		{"resource":{"resourceType":"CodeSystem","url":"http://x.test/c","content":"complete","concept":[{"code":"a","concept":[{"code":"b"}]}]}}]}`
	f.Add([]byte(profile), []byte(set), []byte(observation))
	f.Fuzz(func(t *testing.T, a, b, resource []byte) {
		var roots []jsondoc.Node
		for _, raw := range [][]byte{a, b} {
			if doc, err := jsondoc.Parse(raw, jsondoc.Limits{}); err == nil {
				roots = append(roots, doc.Root())
			}
		}
		v := fhir.Validator{Definitions: fhir.R4().With(roots...), Steps: 1 << 14}
		for _, i := range v.Validate(resource, "http://x.test/p") {
			if i.Start < 0 || i.End < i.Start {
				t.Errorf("place %d to %d", i.Start, i.End)
			}
		}
	})
}
