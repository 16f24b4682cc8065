package fhir

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
	"bedrail/format/ucum"
)

// A Validator checks resources against the definitions of FHIR and against
// profiles. It is safe for concurrent use.
type Validator struct {
	Definitions *Definitions // nil is R4
	// Limits bound the documents that are read.
	Limits jsondoc.Limits
	// Steps bounds the work of one invariant; 0 is FHIRPath's own default.
	Steps int
	// Strict refuses example URLs and text that looks like markup, as a
	// registry would that takes no examples.
	Strict bool
	// SkipContained leaves contained resources unchecked.
	SkipContained bool
	// Comments allows // and /* */ in JSON, which the standard does not.
	Comments bool
}

// NewValidator returns a validator of FHIR R4.
func NewValidator() *Validator { return &Validator{Definitions: R4()} }

// A check is the work on one resource.
type check struct {
	v       *Validator
	d       *Definitions
	doc     jsondoc.Doc
	path    []step
	issues  []Issue
	options fhirpath.Options
	places  *places
	source  []byte // what lines and columns are counted in
	wide    int    // 0, or 1 + the length of the mark of a source that is UTF-16

	scopes  []scope // the resources that are being walked, the outermost first
	profile string  // that is being checked, "" for FHIR itself
	quiet   int     // above 0 nothing is reported: only whether something failed
	failed  bool
	work    int // walks of profiles, bounded
}

// A scope is a resource that is being walked.
type scope struct {
	node jsondoc.Node
	typ  string
	full string // the fullUrl of its entry in a bundle
	at   int    // length of the path
	ids  map[string]bool

	entries *bundleIndex // of a bundle, once asked for
}

var checks = sync.Pool{New: func() any { return &check{} }}

// Validate checks a resource in JSON or XML, against FHIR, against the
// profiles it claims in meta.profile and against those given. The issues come
// in the order of their places.
func (v *Validator) Validate(raw []byte, profiles ...string) []Issue {
	c := checks.Get().(*check)
	c.start(v, raw)
	c.read(raw, profiles)
	issues := c.finish()
	c.v, c.d, c.source, c.places = nil, nil, nil, nil
	_ = c.doc.Reset([]byte("0"), jsondoc.Limits{}) // let go of the resource
	checks.Put(c)
	return issues
}

func (c *check) start(v *Validator, raw []byte) {
	c.v, c.d, c.source, c.places = v, v.Definitions, raw, nil
	if c.d == nil {
		c.d = R4()
	}
	c.path, c.issues, c.scopes = c.path[:0], nil, c.scopes[:0]
	c.profile, c.quiet, c.failed, c.work, c.wide = "", 0, false, 0, 0
	c.options = fhirpath.Options{Model: c.d, Units: ucum.Standard{}, Terminology: c.d, Steps: v.Steps, Resolve: c.resolveOrStub, Conforms: c.conforms}
}

func (c *check) read(raw []byte, profiles []string) {
	data, ok := c.decode(raw)
	if !ok {
		return
	}
	if err := c.doc.Reset(data, c.v.Limits); err != nil {
		var bad *jsondoc.SyntaxError
		at := 0
		if errors.As(err, &bad) {
			at = bad.Offset
		}
		c.issues = append(c.issues, Issue{Severity: Fatal, Code: "structure", Rule: "json", Location: placeOf(data, at), Start: at, End: min(at+1, len(data)), Text: "the resource is no JSON: " + err.Error()})
		return
	}
	for _, twice := range c.doc.Duplicates {
		c.issues = append(c.issues, c.at(Issue{Severity: Error, Code: "structure", Rule: "duplicate", Text: fmt.Sprintf("the property %s stands twice in this object; keep one", quoted(twice.Key()))}, twice))
	}
	c.resource(c.doc.Root(), "Resource", "", profiles)
}

func (c *check) at(i Issue, n jsondoc.Node) Issue {
	i.Start, i.End = n.Range()
	return i
}

// finish gives each issue its line and column and puts them in order.
func (c *check) finish() []Issue {
	out := c.issues
	c.issues = nil
	if len(out) == 0 {
		return nil
	}
	if c.places != nil {
		for i := range out {
			out[i].Start, out[i].End = c.places.of(out[i].Start), c.places.of(out[i].End)
		}
	}
	slices.SortStableFunc(out, func(a, b Issue) int { return a.Start - b.Start })
	if len(out) >= maxIssues {
		last := out[len(out)-1]
		out = append(out, Issue{Severity: Information, Code: "too-long", Rule: "more", Start: last.Start, End: last.End, Text: fmt.Sprintf("only the first %d issues are listed; mend these and check again", maxIssues)})
	}
	line, column, at := 1, 1, 0
	for i := range out {
		for at < out[i].Start && at < len(c.source) {
			switch b := c.source[at]; {
			case b == '\n':
				line, column = line+1, 1
			case b&0xC0 != 0x80:
				column++
			}
			at++
		}
		out[i].Line, out[i].Column = line, column
	}
	if c.wide > 0 {
		c.widen(out)
	}
	return out
}

// resource checks a resource, the outermost or one inside.
func (c *check) resource(n jsondoc.Node, want, full string, profiles []string) {
	typ := n.Get("resourceType").Text()
	if len(c.path) == 0 {
		name := typ
		if name == "" {
			name = "$" // the document: nothing says of which type
		}
		c.enter(name, "", -1)
		defer c.leave()
	}
	c.path[len(c.path)-1].typ = typ
	switch {
	case n.Kind() != jsondoc.Object:
		c.report(Fatal, "structure", "resource", n, "a resource must be an object: {\"resourceType\": ...}")
		return
	case typ == "":
		c.report(Fatal, "structure", "resource-type", n, "the resource has no resourceType; its type cannot be known")
		return
	case !c.d.IsResource(typ):
		c.report(Fatal, "structure", "resource-type", n.Get("resourceType"), fmt.Sprintf("there is no resource type %s in FHIR %s", quoted(typ), c.d.Version))
		return
	}
	s := c.d.typ(typ)
	if s.abstract {
		c.report(Error, "structure", "resource-type", n.Get("resourceType"), typ+" is abstract; name the type of resource that it is")
		return
	}
	if want != "Resource" && !c.d.is(typ, want) {
		c.report(Error, "structure", "resource-type", n.Get("resourceType"), fmt.Sprintf("a %s must stand here, not a %s", want, typ))
	}
	c.scopes = append(c.scopes, scope{node: n, typ: typ, full: full, at: len(c.path)})
	c.object(n, s.root, true)
	c.constraints(n, typ, s.root)
	c.business(n, typ)
	for p := range each(n.Get("meta").Get("profile")) {
		if p.Kind() == jsondoc.String {
			c.against(n, typ, p.Text(), p)
		}
	}
	for _, p := range profiles {
		c.against(n, typ, p, jsondoc.Node{})
	}
	c.scopes = c.scopes[:len(c.scopes)-1]
}

// against checks a resource against a profile by its URL, which the resource
// may claim itself.
func (c *check) against(n jsondoc.Node, typ, url string, claim jsondoc.Node) {
	s := c.d.structure(url)
	if s == nil {
		at, severity := claim, Warning
		if !at.Exists() {
			at, severity = n, Error
		}
		c.report(severity, "not-found", "profile-unknown", at, fmt.Sprintf("the profile %s is not known here, so it was not checked; give its guide as a definition", quoted(url)))
		return
	}
	if s.typ != typ && !c.d.is(typ, s.typ) {
		c.report(Error, "structure", "profile-type", n, fmt.Sprintf("the profile %s is for %s, not for %s", quoted(url), s.typ, typ))
		return
	}
	if s.profile {
		c.conform(n, jsondoc.Node{}, typ, s)
	}
}

// each walks the items of a list, or the one value that stands instead.
func each(n jsondoc.Node) func(func(jsondoc.Node) bool) {
	return func(yield func(jsondoc.Node) bool) {
		if n.Kind() != jsondoc.Array {
			if n.Exists() {
				yield(n)
			}
			return
		}
		for x := n.First(); x.Exists(); x = x.Next() {
			if !yield(x) {
				return
			}
		}
	}
}
