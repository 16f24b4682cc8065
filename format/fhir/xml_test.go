package fhir_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"bedrail/format/fhir"
)

const examples = "../../../shared/testdata/exchange/fhir-test-cases/r4/examples/"

func TestXMLBecomesJSON(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"lists are lists even of one": {`<name><given value="Ada"/></name>`, `"name":[{"given":["Ada"]}]`},
		"booleans and numbers":        {`<active value="true"/><multipleBirthInteger value="2"/>`, `"active":true,"multipleBirthInteger":2`},
		"an extension on a primitive": {`<birthDate value="1974-12-25"><extension url="http://x/t"><valueDateTime value="1974-12-25T14:35:45Z"/></extension></birthDate>`,
			`"birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://x/t","valueDateTime":"1974-12-25T14:35:45Z"}]}`},
		"a hole in a list of primitives": {`<name><given><extension url="http://x/a"/></given><given value="B"/></name>`,
			`"name":[{"given":[null,"B"],"_given":[{"extension":[{"url":"http://x/a"}]},null]}]`},
		"a contained resource":            {`<contained><Organization><id value="o"/></Organization></contained>`, `"contained":[{"resourceType":"Organization","id":"o"}]`},
		"an element that nobody defined":  {`<colour value="red"/>`, `"colour":"red"`},
		"a decimal keeps its digits":      {`<extension url="u"><valueDecimal value="1.50"/></extension>`, `"extension":[{"url":"u","valueDecimal":1.50}]`},
		"a value that is no number stays": {`<multipleBirthInteger value="two"/>`, `"multipleBirthInteger":"two"`},
	}
	for name, c := range cases {
		got, err := fhir.R4().FromXML([]byte(`<Patient xmlns="http://hl7.org/fhir">` + c.in + `</Patient>`))
		if want := `{"resourceType":"Patient",` + c.want + `}`; err != nil || string(got) != want {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", name, got, err, want)
		}
	}
}

func TestXMLThatIsRefused(t *testing.T) {
	for name, in := range map[string]string{
		"an external entity":   `<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>`,
		"no namespace":         `<Patient/>`,
		"nothing":              ``,
		"an end too early":     `<Patient xmlns="http://hl7.org/fhir"><id`,
		"text between":         `<Patient xmlns="http://hl7.org/fhir">Ada</Patient>`,
		"a second resource":    `<Patient xmlns="http://hl7.org/fhir"/><Patient xmlns="http://hl7.org/fhir"/>`,
		"nested without bound": `<Patient xmlns="http://hl7.org/fhir">` + strings.Repeat("<a>", 10000),
	} {
		var e *fhir.XMLError
		if got, err := fhir.R4().FromXML([]byte(in)); !errors.As(err, &e) {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
}

// TestXMLAndJSONAgree compares an example that is published in both forms.
func TestXMLAndJSONAgree(t *testing.T) {
	x, err := os.ReadFile(examples + "condition-example.xml")
	if err != nil {
		t.Skipf("this test needs ../shared/testdata/exchange/fhir-test-cases, not there: %v", err)
	}
	j, err := os.ReadFile(examples + "condition-example.json")
	if err != nil {
		t.Fatal(err)
	}
	converted, err := fhir.R4().FromXML(x)
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	if err := json.Unmarshal(converted, &got); err != nil {
		t.Fatalf("%v in %s", err, converted)
	}
	if err := json.Unmarshal(j, &want); err != nil {
		t.Fatal(err)
	}
	delete(got, "text") // narratives differ in their markup
	delete(want, "text")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func FuzzFromXML(f *testing.F) {
	f.Add([]byte(`<Patient xmlns="http://hl7.org/fhir"><name><given value="Ada"/></name><text><div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div></text></Patient>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := fhir.R4().FromXML(b); err == nil && !json.Valid(got) {
			t.Errorf("not JSON: %s", got)
		}
	})
}
