package fhir

import (
	"fmt"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
)

func newConstraint(key, severity, human, source string) *constraint {
	return &constraint{key: key, severity: severity, human: human, source: source, native: natives[key]}
}

// natives are invariants that hold for nearly every resource, decided without
// their expressions. A nil function means that a rule of the walk covers it.
var natives = map[string]func(*check, jsondoc.Node) bool{
	"ele-1":  always,
	"ext-1":  hasValueOrExtensions,
	"dom-2":  containsNoContained,
	"dom-3":  always, // contained decides, with the place of each
	"dom-4":  func(_ *check, n jsondoc.Node) bool { return containedMetaWithout(n, "versionId", "lastUpdated") },
	"dom-5":  func(_ *check, n jsondoc.Node) bool { return containedMetaWithout(n, "security") },
	"dom-6":  always, // a narrative is good practice: nobody mends a message for it
	"txt-1":  always,
	"txt-2":  always,
	"ref-1":  always, // reference decides, and says which is missing
	"bdl-7":  always, // bundle decides
	"bdl-8":  always,
	"ele-1b": always,
}

func always(*check, jsondoc.Node) bool { return true }

// ext-1: an extension has a value or extensions, not both.
func hasValueOrExtensions(_ *check, n jsondoc.Node) bool {
	value := false
	for x := n.First(); x.Exists(); x = x.Next() {
		key := x.RawKey()
		if len(key) > 0 && key[0] == '_' {
			key = key[1:]
		}
		value = value || len(key) > 5 && string(key[:5]) == "value"
	}
	return value != n.Get("extension").Exists()
}

func containsNoContained(_ *check, n jsondoc.Node) bool {
	for x := n.Get("contained").First(); x.Exists(); x = x.Next() {
		if x.Get("contained").Exists() {
			return false
		}
	}
	return true
}

func containedMetaWithout(n jsondoc.Node, names ...string) bool {
	for x := n.Get("contained").First(); x.Exists(); x = x.Next() {
		for _, name := range names {
			if x.Get("meta").Get(name).Exists() {
				return false
			}
		}
	}
	return true
}

func (c *check) constraints(n jsondoc.Node, typ string, e *element) {
	for _, k := range e.constraints {
		c.invariant(n, typ, k)
	}
}

// invariant asks one constraint of n.
func (c *check) invariant(n jsondoc.Node, typ string, k *constraint) {
	if k.native != nil {
		if !k.native(c, n) {
			c.broken(n, k)
		}
		return
	}
	expr, err := k.compile()
	if err != nil {
		c.report(Information, "not-supported", k.key, n, fmt.Sprintf("the rule %s cannot be read and was not checked: %v", k.key, err))
		return
	}
	top := c.top().node
	root := c.rootOf()
	holds, ok, err := expr.Test(fhirpath.Root(n, typ), fhirpath.Root(top, ""), fhirpath.Root(root, ""), &c.options)
	switch {
	case err != nil:
		c.report(Information, "processing", k.key, n, fmt.Sprintf("the rule %s could not be decided: %v", k.key, err))
	case ok && !holds:
		c.broken(n, k)
	}
}

// rootOf is the resource that a contained one stands in, else the resource
// itself.
func (c *check) rootOf() jsondoc.Node {
	i := len(c.scopes) - 1
	if i > 0 && len(c.path) > 0 && c.contained(i) {
		i--
	}
	return c.scopes[i].node
}

// contained reports whether scope i stands in the one before as contained.
func (c *check) contained(i int) bool {
	at := c.scopes[i].at
	return i > 0 && at > 0 && at <= len(c.path) && c.path[at-1].name == "contained"
}

func (c *check) broken(n jsondoc.Node, k *constraint) {
	severity := Error
	if k.severity == "warning" {
		severity = Warning
	}
	text := k.human
	if text == "" {
		text = "it must be true that " + k.source
	}
	c.report(severity, "invariant", k.key, n, fmt.Sprintf("%s (rule %s)", text, k.key))
}
