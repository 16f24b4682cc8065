package fhir

import (
	"fmt"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
)

func newConstraint(key, severity, human, source string) *constraint {
	return &constraint{key: key, severity: severity, human: human, source: source, native: natives[key]}
}

// natives are invariants that nearly every resource meets, decided without
// their expressions. The second result is false when the expression must be
// asked after all. Those that always hold here are told by the walk itself,
// which knows the place better.
var natives = map[string]func(jsondoc.Node) (holds, decided bool){
	"ele-1": always,
	"ext-1": hasValueOrExtensions,
	"dom-2": containsNoContained,
	"dom-3": always,
	"dom-4": func(n jsondoc.Node) (bool, bool) { return containedMetaWithout(n, "versionId", "lastUpdated"), true },
	"dom-5": func(n jsondoc.Node) (bool, bool) { return containedMetaWithout(n, "security"), true },
	"dom-6": always, // a narrative is good practice: nobody mends a message for it
	"txt-1": always,
	"txt-2": always,
	"ref-1": always,
	"bdl-7": always,
	"bdl-8": always,
	"qty-3": func(n jsondoc.Node) (bool, bool) { return !has(n, "code") || has(n, "system"), true },
	"cpt-2": func(n jsondoc.Node) (bool, bool) { return !has(n, "value") || has(n, "system"), true },
	"per-1": startsBeforeItEnds,
	"obs-3": func(n jsondoc.Node) (bool, bool) { return has(n, "low") || has(n, "high") || has(n, "text"), true },
	"obs-6": func(n jsondoc.Node) (bool, bool) { return true, !has(n, "dataAbsentReason") },
	"obs-7": func(n jsondoc.Node) (bool, bool) { return true, !has(n, "component") },
}

func always(jsondoc.Node) (holds, decided bool) { return true, true }

// has reports whether a member or its shadow is there.
func has(n jsondoc.Node, name string) bool {
	for x := n.First(); x.Exists(); x = x.Next() {
		key := x.RawKey()
		if string(key) == name || len(key) > 0 && key[0] == '_' && string(key[1:]) == name {
			return true
		}
	}
	return false
}

// per-1: dates alone compare as text; times have zones and are left to the
// expression.
func startsBeforeItEnds(n jsondoc.Node) (holds, decided bool) {
	start, end := n.Get("start"), n.Get("end")
	if !start.Exists() || !end.Exists() {
		return !has(n, "start") || !has(n, "end"), !has(n, "start") || !has(n, "end")
	}
	a, b := start.Raw(), end.Raw()
	if len(a) != 12 || len(b) != 12 { // "2024-02-29" with its quotes
		return false, false
	}
	return string(a) <= string(b), true
}

// ext-1: an extension has a value or extensions, not both.
func hasValueOrExtensions(n jsondoc.Node) (holds, decided bool) {
	value := false
	for x := n.First(); x.Exists(); x = x.Next() {
		key := x.RawKey()
		if len(key) > 0 && key[0] == '_' {
			key = key[1:]
		}
		value = value || len(key) > 5 && string(key[:5]) == "value"
	}
	return value != n.Get("extension").Exists(), true
}

func containsNoContained(n jsondoc.Node) (holds, decided bool) {
	for x := n.Get("contained").First(); x.Exists(); x = x.Next() {
		if x.Get("contained").Exists() {
			return false, true
		}
	}
	return true, true
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
		if holds, decided := k.native(n); decided {
			if !holds {
				c.broken(n, k)
			}
			return
		}
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
