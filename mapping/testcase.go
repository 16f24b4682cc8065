package mapping

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"bedrail/format/fhirpath"
	"bedrail/format/hl7"
	"bedrail/format/jsondoc"
	"bedrail/format/ucum"
)

// A Verdict is how a test of a mapping ended.
type Verdict struct {
	Mapping string    `json:"mapping"`
	Test    string    `json:"test"`
	Passed  bool      `json:"passed"`
	Misses  []Mistake `json:"misses"`
}

// A Mistake is an expectation that was not met.
type Mistake struct {
	Expression string `json:"expression"`
	Expected   string `json:"expected"`
	Got        string `json:"got"`
}

// Test runs the tests of the mapping called name. files are beside it; nil
// is none.
func (l *Library) Test(name string, files fs.FS) ([]Verdict, error) {
	m, _, ok := l.Mapping(name)
	if !ok {
		return nil, fmt.Errorf("there is no mapping %s", name)
	}
	var out []Verdict
	for _, t := range m.Tests {
		out = append(out, l.verdict(m, t, files))
	}
	return out, nil
}

func (l *Library) verdict(m *Mapping, t Test, files fs.FS) Verdict {
	v := Verdict{Mapping: m.Name, Test: t.Name, Misses: []Mistake{}}
	text := []byte(t.Message)
	if m.From == "hl7v2" || m.From == "astm" { // in YAML a segment or record is a line
		text = Lines(text)
	}
	if t.File != "" {
		if files == nil {
			v.Misses = append(v.Misses, Mistake{"file", t.File, "no folder of files was given"})
			return v
		}
		var err error
		if text, err = fs.ReadFile(files, t.File); err != nil {
			v.Misses = append(v.Misses, Mistake{"file", t.File, err.Error()})
			return v
		}
	}
	res, err := l.Run(text, m.Name, Options{})
	if err != nil {
		v.Misses = append(v.Misses, Mistake{"message", "a message that can be mapped", err.Error()})
		return v
	}
	v.Misses = append(v.Misses, misses(res.Bundle, m.To, t.Expect)...)
	v.Passed = len(v.Misses) == 0
	return v
}

func misses(got []byte, form string, expect map[string]string) []Mistake {
	out := []Mistake{}
	for _, expression := range sortedKeys(expect) {
		want := expect[expression]
		text, err := ask(got, form, expression)
		if err != nil {
			text = err.Error()
		}
		if text != want {
			out = append(out, Mistake{expression, want, text})
		}
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ask evaluates FHIRPath on a bundle, or an HL7 path on a message.
func ask(doc []byte, form, expression string) (string, error) {
	if form == "hl7v2" {
		m, err := hl7.Parse(doc)
		if err != nil {
			return "", err
		}
		return m.Get(expression)
	}
	e, err := fhirpath.Compile(expression)
	if err != nil {
		return "", err
	}
	d, err := jsondoc.Parse(doc, jsondoc.Limits{})
	if err != nil {
		return "", err
	}
	opt := pathOptions()
	opt.Resolve = within(d.Root())
	values, err := e.Eval(fhirpath.Root(d.Root(), ""), opt)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, v.String())
	}
	return strings.Join(texts, ", "), nil
}

// within resolves references among the entries of a bundle.
func within(bundle jsondoc.Node) func(string) (jsondoc.Node, bool) {
	return func(reference string) (jsondoc.Node, bool) {
		for e := bundle.Get("entry").First(); e.Exists(); e = e.Next() {
			if e.Get("fullUrl").Text() == reference {
				return e.Get("resource"), true
			}
		}
		return jsondoc.Node{}, false
	}
}

func pathOptions() *fhirpath.Options {
	return &fhirpath.Options{Model: model(), Units: ucum.Standard{}}
}

// Lines turns the line ends of a text that a person wrote into those that
// HL7 v2 and ASTM have: a segment or record on a line.
func Lines(text []byte) []byte {
	if form := FormOf(text); form != "hl7v2" && form != "astm" || bytes.ContainsRune(text, '\r') {
		return text
	}
	return bytes.ReplaceAll(bytes.TrimLeft(text, "\n"), []byte("\n"), []byte("\r"))
}
