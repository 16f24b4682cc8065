package fhirpath_test

import (
	"strings"
	"testing"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
)

const patient = `{"resourceType":"Patient","active":true,"birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://x/time","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
"name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},{"use":"usual","given":["Jim"]}],
"deceasedBoolean":false,"identifier":[{"system":"urn:oid:1.2","value":"12345"}]}`

func eval(t *testing.T, expression, resource string) (string, error) {
	t.Helper()
	e, err := fhirpath.Compile(expression)
	if err != nil {
		return "", err
	}
	d, err := jsondoc.Parse([]byte(resource), jsondoc.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	vs, err := e.Eval(fhirpath.Root(d.Root(), ""), nil)
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = v.String()
	}
	return strings.Join(parts, "|"), err
}

func TestEvaluatesWithoutDefinitions(t *testing.T) {
	for expression, want := range map[string]string{
		"Patient.name.given":                           "Peter|James|Jim",
		"name.where(use = 'usual').given":              "Jim",
		"name[0].given[1]":                             "James",
		"name.given.count() + 1":                       "4",
		"identifier.where(system='urn:oid:1.2').value": "12345",
		"deceased": "false",
		"birthDate.extension('http://x/time').exists()": "true",
		"1.5 + 1":                              "2.5",
		"7 div 2":                              "3",
		"10 / 4":                               "2.5",
		"'a' & {} & 'b'":                       "ab",
		"{} and false":                         "false",
		"{} or true":                           "true",
		"({} and true).empty()":                "true",
		"(1|2|2|3).count()":                    "3",
		"@2015-02-04 < @2016":                  "true",
		"(@2015 < @2015-02).empty()":           "true",
		"@2012-01-31 + 1 month":                "2012-02-29",
		"1.587.lowBoundary(2)":                 "1.58",
		"'abc'.matches('b')":                   "true",
		"(1|2|3).aggregate($this + $total, 0)": "6",
		"iif(active, 'yes', 'no')":             "yes",
		"3 weeks = 21 days":                    "true",
		"-(3) + 4":                             "1",
	} {
		t.Run(expression, func(t *testing.T) {
			got, err := eval(t, expression, patient)
			if err != nil || got != want {
				t.Errorf("got %q (%v), want %q", got, err, want)
			}
		})
	}
}

func TestHostileExpressionsEnd(t *testing.T) {
	for name, expression := range map[string]string{
		"deep nesting":        strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
		"many signs":          strings.Repeat("-", 5000) + "1",
		"endless repetition":  "repeatAll(Patient | $this)",
		"an unknown function": "foo()",
		"a half expression":   "name.",
		"a name of nothing":   "name.``",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := eval(t, expression, patient); err == nil {
				t.Errorf("got %q, want an error", got)
			}
		})
	}
}

func FuzzEval(f *testing.F) {
	for _, s := range []string{"name.where(use='usual').given.first()", "1 + 2.0 'mg'", "@2015-02-04T14:34:28Z + 1 day", "repeat(children()).count()", "'a'.replaceMatches('(a)','$1')"} {
		f.Add(s)
	}
	d, err := jsondoc.Parse([]byte(patient), jsondoc.Limits{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, source string) {
		e, err := fhirpath.Compile(source)
		if err != nil {
			return
		}
		vs, err := e.Eval(fhirpath.Root(d.Root(), ""), &fhirpath.Options{Steps: 20000})
		if err != nil {
			return
		}
		for _, v := range vs {
			_ = v.String()
		}
	})
}

func BenchmarkWhereOverAnIndexedResource(b *testing.B) {
	d, err := jsondoc.Parse([]byte(`{"resourceType":"Observation","code":{"coding":[{"system":"urn:iso:std:iso:11073:10101","code":"150456"},{"system":"http://loinc.org","code":"59408-5"}]}}`), jsondoc.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	e, err := fhirpath.Compile("code.coding.where(system='http://loinc.org').code")
	if err != nil {
		b.Fatal(err)
	}
	root := fhirpath.Root(d.Root(), "")
	b.ReportAllocs()
	for b.Loop() {
		if vs, err := e.Eval(root, nil); err != nil || len(vs) != 1 {
			b.Fatal(vs, err)
		}
	}
}
