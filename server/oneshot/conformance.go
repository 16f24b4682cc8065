package oneshot

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"

	"bedrail"
	"bedrail/format/fhir"
	"bedrail/format/ucum"
)

// maxSuite bounds the file of a suite; the largest has some 200 KB.
const maxSuite = 16 << 20

// A Conformance is the score of an official suite, as printed.
type Conformance struct {
	Suite   string       `json:"suite"`
	Total   int          `json:"total"`
	Passed  int          `json:"passed"`
	Failed  []FailedCase `json:"failed"`
	Skipped []SkipCase   `json:"skipped"`
	*ValidatorCounts
}

// A FailedCase is one that came out otherwise than the suite says.
type FailedCase struct {
	Name     string `json:"name"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

// A SkipCase is one that was not run, and why.
type SkipCase struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// check counts one case.
func (c *Conformance) check(name, expected, got string) {
	c.Total++
	if expected == got {
		c.Passed++
		return
	}
	c.Failed = append(c.Failed, FailedCase{name, expected, got})
}

// SuiteFolders name what a suite may need beside its own files.
type SuiteFolders struct {
	Definitions string   // further definitions for the validator's cases
	Inputs      []string // resources that the cases of FHIRPath ask about
}

// RunSuite runs the official suite of that name.
func RunSuite(suite, path string, at SuiteFolders) (Conformance, error) {
	switch suite {
	case "ucum":
		return UCUMSuite(path)
	case "fhirpath":
		return FHIRPathSuite(path, fhir.R4(), at.Inputs...)
	case "fhir-validator":
		return FHIRValidatorSuite(path, at.Definitions)
	}
	return Conformance{}, bedrail.Errorf(bedrail.Invalid, "there is no suite %q; the suites are fhirpath, ucum and fhir-validator", suite)
}

// UCUMSuite runs the functional tests of UCUM (UcumFunctionalTests.xml) at
// path, in the form in which they are published.
func UCUMSuite(path string) (Conformance, error) {
	score := Conformance{Suite: "ucum", Failed: []FailedCase{}, Skipped: []SkipCase{}}
	b, err := readSuite(path)
	if err != nil {
		return score, err
	}
	var suite ucumSuite
	if err := xml.Unmarshal(b, &suite); err != nil {
		return score, bedrail.Errorf(bedrail.Invalid, "%s cannot be read as XML: %v", path, err)
	}
	if len(suite.Validation) == 0 {
		return score, bedrail.Errorf(bedrail.Invalid, "%s holds no tests of UCUM; give UcumFunctionalTests.xml", path)
	}
	for _, t := range suite.Validation {
		score.check(t.ID+" "+t.Unit, t.Valid, fmt.Sprint(ucum.Validate(t.Unit) == nil))
	}
	for _, t := range suite.Display {
		got, err := ucum.Display(t.Unit)
		score.check(t.ID, t.Display, orError(got, err))
	}
	for _, t := range suite.Conversion {
		score.check(t.ID, t.Outcome, t.run())
	}
	for _, t := range suite.Multiplication {
		score.check("multiplication "+t.ID, t.Result, t.run(ucum.Multiply))
	}
	for _, t := range suite.Division {
		score.check("division "+t.ID, t.Result, t.run(ucum.Divide))
	}
	return score, nil
}

func readSuite(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.NotFound, "the suite cannot be opened: %v", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSuite+1))
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s cannot be read: %v", path, err)
	}
	if len(b) > maxSuite {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s is larger than %d bytes: no suite is", path, maxSuite)
	}
	return b, nil
}

// A ucumSuite is the file of the functional tests.
type ucumSuite struct {
	Validation []struct {
		ID    string `xml:"id,attr"`
		Unit  string `xml:"unit,attr"`
		Valid string `xml:"valid,attr"`
	} `xml:"validation>case"`
	Display []struct {
		ID      string `xml:"id,attr"`
		Unit    string `xml:"unit,attr"`
		Display string `xml:"display,attr"`
	} `xml:"displayNameGeneration>case"`
	Conversion     []ucumConversion `xml:"conversion>case"`
	Multiplication []ucumProduct    `xml:"multiplication>case"`
	Division       []ucumProduct    `xml:"division>case"`
}

type ucumConversion struct {
	ID      string `xml:"id,attr"`
	Value   string `xml:"value,attr"`
	From    string `xml:"srcUnit,attr"`
	To      string `xml:"dstUnit,attr"`
	Outcome string `xml:"outcome,attr"`
}

// run converts and answers with the outcome as the suite writes it when both
// are the same number at the outcome's precision.
func (t ucumConversion) run() string {
	from, err := ucum.Parse(t.From)
	if err != nil {
		return err.Error()
	}
	to, err := ucum.Parse(t.To)
	if err != nil {
		return err.Error()
	}
	v, ok := new(big.Rat).SetString(t.Value)
	if !ok {
		return "no number: " + t.Value
	}
	got, err := ucum.Convert(v, from, to)
	return asWritten(got, err, t.Outcome)
}

type ucumProduct struct {
	ID         string `xml:"id,attr"`
	V1         string `xml:"v1,attr"`
	U1         string `xml:"u1,attr"`
	V2         string `xml:"v2,attr"`
	U2         string `xml:"u2,attr"`
	Result     string `xml:"vRes,attr"`
	ResultUnit string `xml:"uRes,attr"`
}

func (t ucumProduct) run(operate func(*big.Rat, ucum.Unit, *big.Rat, ucum.Unit) (*big.Rat, ucum.Dimension, error)) string {
	v1, ok1 := new(big.Rat).SetString(t.V1)
	v2, ok2 := new(big.Rat).SetString(t.V2)
	u1, err1 := ucum.Parse(t.U1)
	u2, err2 := ucum.Parse(t.U2)
	result, err3 := ucum.Parse(t.ResultUnit)
	if !ok1 || !ok2 || err1 != nil || err2 != nil || err3 != nil {
		return "the case cannot be read"
	}
	got, dim, err := operate(v1, u1, v2, u2)
	if err != nil {
		return err.Error()
	}
	if !dim.Equal(result.Dimension()) {
		return "measures " + dim.String()
	}
	base, err := ucum.Parse(dim.String())
	if err != nil {
		return err.Error()
	}
	got, err = ucum.Convert(got, base, result)
	return asWritten(got, err, t.Result)
}

// asWritten is want when got, rounded to the digits that want shows, is it.
func asWritten(got *big.Rat, err error, want string) string {
	if err != nil {
		return err.Error()
	}
	expected, ok := new(big.Rat).SetString(want)
	if !ok {
		return "no number: " + want
	}
	digits := significant(want)
	rounded := ucum.Decimal(got, digits)
	if rounded == ucum.Decimal(expected, digits) {
		return want
	}
	return rounded
}

// significant counts the digits that a number is written with.
func significant(s string) int {
	s, _, _ = strings.Cut(strings.ToLower(s), "e")
	return max(1, len(strings.TrimLeft(strings.Replace(strings.TrimLeft(s, "+-"), ".", "", 1), "0")))
}

func orError(s string, err error) string {
	if err != nil {
		return err.Error()
	}
	return s
}
