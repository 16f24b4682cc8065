package fhir

import (
	"fmt"
	"strconv"
	"strings"

	"bedrail/format/jsondoc"
)

// Severities of an issue, as OperationOutcome has them.
const (
	Fatal       = "fatal"
	Error       = "error"
	Warning     = "warning"
	Information = "information"
)

// An Issue is one thing that is wrong or worth knowing, with its place.
type Issue struct {
	Severity string
	Code     string // FHIR's issue type: structure, required, value, invariant...
	Rule     string // a stable name of the rule: "cardinality-min", "obs-7"
	Location string // FHIRPath: Observation.component[1].value.ofType(Quantity)
	Profile  string // the profile that asks for it, "" for FHIR itself
	Start    int    // bytes [Start, End) of the source
	End      int
	Line     int // from 1
	Column   int // from 1, in characters
	Text     string
}

// Valid reports whether no issue is fatal or an error.
func Valid(issues []Issue) bool {
	for _, i := range issues {
		if i.Severity == Fatal || i.Severity == Error {
			return false
		}
	}
	return true
}

// Outcome writes issues as an OperationOutcome in JSON.
func Outcome(issues []Issue) []byte {
	v := NewResource("OperationOutcome")
	for _, i := range issues {
		v.Add("issue", i.outcome())
	}
	if len(issues) == 0 {
		v.Add("issue", NewObject().Set("severity", Text(Information)).Set("code", Text("informational")).Set("details", NewObject().Set("text", Text("All is well."))))
	}
	return v.JSON()
}

// outcome is the issue as an element of an OperationOutcome.
func (i Issue) outcome() *Value {
	const extension = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-"
	v := NewObject()
	if i.Line > 0 {
		v.Add("extension",
			NewObject().Set("url", Text(extension+"line")).Set("valueInteger", Int(int64(i.Line))),
			NewObject().Set("url", Text(extension+"col")).Set("valueInteger", Int(int64(i.Column))))
	}
	v.Set("severity", Text(i.Severity)).Set("code", Text(i.Code)).Set("details", NewObject().Set("text", Text(i.Text)))
	v.Set("diagnostics", Text(fmt.Sprintf("bytes %d to %d", i.Start, i.End)))
	if i.Location != "" {
		v.Set("expression", List(Text(i.Location)))
	}
	return v
}

// A step is one move from a resource to a place in it.
type step struct {
	name   string
	choice string // the type of a choice
	index  int    // in a list, or -1
	typ    string // the type of what stands there
	el     *element
}

// enter goes one step down; leave returns.
func (c *check) enter(name, choice string, index int) {
	c.path = append(c.path, step{name: name, choice: choice, index: index})
}

// enterAs enters what a definition describes.
func (c *check) enterAs(e *element, typ, choice string, index int) {
	c.path = append(c.path, step{e.name, choice, index, typ, e})
}

func (c *check) leave() { c.path = c.path[:len(c.path)-1] }

func (c *check) location() string {
	var b strings.Builder
	for i, s := range c.path {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
		if s.index >= 0 {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
		if s.choice != "" {
			b.WriteString(".ofType(" + s.choice + ")")
		}
	}
	return b.String()
}

// report adds an issue at n. What was said of the same place by the same rule
// is not said again by a profile.
func (c *check) report(severity, code, rule string, n jsondoc.Node, text string) {
	c.reportAt(severity, code, rule, c.location(), n, text)
}

func (c *check) reportAt(severity, code, rule, location string, n jsondoc.Node, text string) {
	if c.quiet > 0 {
		if severity == Error || severity == Fatal {
			c.failed = true
		}
		return
	}
	if len(c.issues) >= maxIssues {
		return
	}
	for i := range c.issues {
		if x := &c.issues[i]; x.Rule == rule && x.Location == location && x.Severity == severity && (x.Text == text || c.profile != "" && x.Profile != c.profile && code != "structure") {
			return
		}
	}
	start, end := n.Range()
	c.issues = append(c.issues, Issue{Severity: severity, Code: code, Rule: rule, Location: location, Profile: c.profile, Start: start, End: end, Text: text})
}

// maxIssues bounds what is told of one resource: who has as many needs no
// more.
const maxIssues = 1000

const hexDigits = "0123456789abcdef"

// quoted shows a value in a message, shortened. What may name a patient is
// not shown: only codes, URLs and names of elements pass here.
func quoted(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return strconv.Quote(s)
}
