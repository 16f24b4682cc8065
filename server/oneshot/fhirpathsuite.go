package oneshot

import (
	"embed"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/fhir"
	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
	"bedrail/format/ucum"
)

// A fhirpathSuite is the file of the FHIRPath tests (tests-fhir-r4.xml).
type fhirpathSuite struct {
	Groups []struct {
		Name  string         `xml:"name,attr"`
		Cases []fhirpathCase `xml:"test"`
	} `xml:"group"`
}

type fhirpathCase struct {
	Name       string `xml:"name,attr"`
	Input      string `xml:"inputfile,attr"`
	Predicate  string `xml:"predicate,attr"`
	Mode       string `xml:"mode,attr"`
	Ordered    string `xml:"ordered,attr"`
	Expression struct {
		Text    string `xml:",chardata"`
		Invalid string `xml:"invalid,attr"`
		Mode    string `xml:"mode,attr"`
	} `xml:"expression"`
	Outputs []struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	} `xml:"output"`
}

// ownInputs are the resources that the suite asks about and that are not part
// of every copy of it. What stands beside the suite comes before them.
//
//go:embed inputs/*.json
var ownInputs embed.FS

// FHIRPathSuite runs the FHIRPath tests at path. Their inputs are looked for
// in the given folders, in a folder "examples" beside the suite or above it,
// beside the suite, above it, and last among the program's own copies; where
// one is named as XML and only its JSON twin is there, that is taken.
func FHIRPathSuite(path string, model fhirpath.Model, folders ...string) (Conformance, error) {
	score := Conformance{Suite: "fhirpath", Failed: []FailedCase{}, Skipped: []SkipCase{}}
	b, err := readSuite(path)
	if err != nil {
		return score, err
	}
	var suite fhirpathSuite
	if err := xml.Unmarshal(b, &suite); err != nil {
		return score, bedrail.Errorf(bedrail.Invalid, "%s cannot be read as XML: %v", path, err)
	}
	if len(suite.Groups) == 0 {
		return score, bedrail.Errorf(bedrail.Invalid, "%s holds no tests of FHIRPath; give tests-fhir-r4.xml", path)
	}
	inputs := newSuiteInputs(path, folders)
	for _, g := range suite.Groups {
		for _, c := range g.Cases {
			root, err := inputs.root(c.Input)
			if err != nil {
				score.Total++
				score.Skipped = append(score.Skipped, SkipCase{g.Name + "/" + c.Name, err.Error()})
				continue
			}
			expected := c.expected()
			score.check(g.Name+"/"+c.Name, expected, c.run(root, model, expected))
		}
	}
	return score, nil
}

// suiteInputs reads each input once.
type suiteInputs struct {
	folders []fs.FS
	read    map[string]suiteInput
}

type suiteInput struct {
	root fhirpath.Value
	err  error
}

func newSuiteInputs(path string, folders []string) suiteInputs {
	in := suiteInputs{read: map[string]suiteInput{}}
	beside := filepath.Dir(path)
	above := filepath.Join(beside, "..")
	for _, f := range append(folders, filepath.Join(beside, "examples"), filepath.Join(above, "examples"), beside, above) {
		in.folders = append(in.folders, os.DirFS(f))
	}
	own, err := fs.Sub(ownInputs, "inputs")
	if err == nil {
		in.folders = append(in.folders, own)
	}
	return in
}

func (s suiteInputs) root(name string) (fhirpath.Value, error) {
	in, ok := s.read[name]
	if !ok {
		in.root, in.err = s.load(name)
		s.read[name] = in
	}
	return in.root, in.err
}

func (s suiteInputs) load(name string) (fhirpath.Value, error) {
	if name == "" { // the expression asks nothing of a resource
		return parseRoot([]byte(`{}`))
	}
	name = filepath.Base(name)
	twin := strings.TrimSuffix(name, filepath.Ext(name)) + ".json"
	for _, folder := range s.folders {
		for _, candidate := range []string{name, twin} {
			b, err := fs.ReadFile(folder, candidate)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil && filepath.Ext(candidate) == ".xml" {
				b, err = fhir.R4().FromXML(b)
			}
			if err != nil {
				return fhirpath.Value{}, fmt.Errorf("its input %s cannot be read: %w", candidate, err)
			}
			return parseRoot(b)
		}
	}
	return fhirpath.Value{}, fmt.Errorf("its input %s is not there", name)
}

func parseRoot(b []byte) (fhirpath.Value, error) {
	d, err := jsondoc.Parse(b, jsondoc.Limits{})
	if err != nil {
		return fhirpath.Value{}, err
	}
	return fhirpath.Root(d.Root(), ""), nil
}

// expected is the outcome in one line.
func (c fhirpathCase) expected() string {
	if c.Expression.Invalid != "" {
		return "an error"
	}
	var parts []string
	for _, o := range c.Outputs {
		parts = append(parts, typed(o.Type, plainMoment(strings.TrimSpace(o.Text), o.Type)))
	}
	return c.line(parts)
}

func (c fhirpathCase) line(parts []string) string {
	if len(parts) == 0 {
		return "nothing"
	}
	if c.Ordered == "false" {
		slices.Sort(parts)
	}
	return strings.Join(parts, " | ")
}

func typed(typ, text string) string {
	if typ == "" {
		return text
	}
	return typ + " " + text
}

// plainMoment leaves out the marks of a literal: "@2015", "@T14:30".
func plainMoment(text, typ string) string {
	switch typ {
	case "date", "dateTime", "time", "instant", "":
		return strings.TrimPrefix(strings.TrimPrefix(text, "@"), "T")
	}
	return text
}

// run evaluates the case and writes the outcome as the suite writes it.
func (c fhirpathCase) run(root fhirpath.Value, model fhirpath.Model, expected string) string {
	e, err := fhirpath.Compile(c.Expression.Text)
	if err != nil {
		return failure(err, expected)
	}
	options := &fhirpath.Options{Units: ucum.Standard{}, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Strict: c.Expression.Invalid == "semantic" || c.Expression.Mode == "strict" || c.Mode == "strict"}
	if model != nil {
		options.Model = model
	}
	values, err := e.Eval(root, options)
	if err != nil {
		return failure(err, expected)
	}
	if c.Predicate == "true" {
		return "boolean " + fmt.Sprint(len(values) > 0)
	}
	var parts []string
	for i, v := range values {
		typ := ""
		if i < len(c.Outputs) && c.Outputs[i].Type != "" {
			typ = suiteType(v, c.Outputs[i].Type)
		}
		parts = append(parts, typed(typ, plainMoment(v.String(), typ)))
	}
	return c.line(parts)
}

func failure(err error, expected string) string {
	if expected == "an error" {
		return expected
	}
	return "error: " + err.Error()
}

// suiteType is the type of v in the suite's words, which do not tell FHIR's
// primitives from FHIRPath's.
func suiteType(v fhirpath.Value, want string) string {
	_, name, _ := strings.Cut(v.Type(), ".")
	if strings.EqualFold(name, want) {
		return want
	}
	return name
}
