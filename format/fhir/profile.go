package fhir

import (
	"fmt"
	"slices"
	"strings"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
)

// Bounds of profiles that lead to profiles.
const (
	maxProfileWork  = 100_000
	maxProfileDepth = 60
)

// An item is one occurrence of an element. A primitive has a shadow, the
// object with its extensions.
type item struct {
	node, shadow jsondoc.Node
	typ, choice  string
	name         string // without the type of a choice
	index        int
}

// place is where issues about the item stand.
func (i item) place() jsondoc.Node {
	if i.node.Exists() {
		return i.node
	}
	return i.shadow
}

// conform checks an element against a profile. A profile without snapshot
// says only how it differs: what it is based on is checked before.
func (c *check) conform(n, shadow jsondoc.Node, typ string, s *structure) {
	c.work++
	if c.work > maxProfileWork || len(c.path) > maxProfileDepth {
		return
	}
	if s.sparse && s.base != "" && !strings.HasPrefix(s.base, core) || s.sparse && c.isProfile(s.base) {
		if base := c.d.structure(s.base); base != nil && base != s {
			c.conform(n, shadow, typ, base)
		} else if base == nil {
			c.report(Warning, "not-found", "profile-unknown", n, fmt.Sprintf("the profile %s builds on %s, which is not known here and was not checked", quoted(s.url), quoted(s.base)))
		}
	}
	before := c.profile
	c.profile = s.url
	c.profiled(item{node: n, shadow: shadow, typ: typ}, s.root, s)
	c.profile = before
}

func (c *check) isProfile(url string) bool {
	s := c.d.structure(url)
	return s != nil && s.profile
}

// profiled checks one item against an element of a profile.
func (c *check) profiled(it item, e *element, s *structure) {
	c.work++
	if c.work > maxProfileWork {
		return
	}
	at := it.place()
	if e != s.root && len(e.types) > 0 && !c.allowed(it, e) {
		c.report(Error, "structure", "type", at, fmt.Sprintf("a %s must not stand here; the profile allows %s", it.typ, typeNames(e)))
		return
	}
	c.values(it, e)
	for _, k := range e.constraints {
		c.invariant(at, it.typ, k)
	}
	if it.typ == "Reference" {
		if ref := referenceType(e); len(ref.targets) > 0 {
			c.reference(it.node, ref)
		}
	}
	for _, t := range e.types {
		if t.name == it.typ || it.typ == "" {
			c.typeProfiles(it, t, e == s.root)
		}
	}
	resource := it.node.Get("resourceType").Exists() && e != s.root
	if resource {
		c.scopes = append(c.scopes, scope{node: it.node, typ: it.typ, full: c.entryURL(it.node), at: len(c.path)})
	}
	for _, child := range e.children {
		c.childOf(it, child, s)
	}
	if resource {
		c.scopes = c.scopes[:len(c.scopes)-1]
	}
}

// referenceType is what references may point to; some profiles list a type for
// each target.
func referenceType(e *element) *typeRef {
	all := &typeRef{name: "Reference"}
	for _, t := range e.types {
		if t.name != "Reference" {
			continue
		}
		if len(t.targets) == 0 {
			return &typeRef{name: "Reference"}
		}
		all.targets = append(all.targets, t.targets...)
	}
	return all
}

func typeNames(e *element) string {
	var names []string
	for _, t := range e.types {
		if !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
	}
	return strings.Join(names, " or ")
}

func (c *check) allowed(it item, e *element) bool {
	for _, t := range e.types {
		if t.name == it.typ || t.name == "*" || c.d.is(it.typ, t.name) || strings.IndexByte(it.typ, '.') > 0 && !c.d.IsResource(t.name) {
			return true
		}
		if t.name == "Element" || t.name == "BackboneElement" || e.name == "id" {
			return true
		}
	}
	return false
}

// values checks what a profile says of the value itself.
func (c *check) values(it item, e *element) {
	at := it.place()
	if e.fixed.Exists() && !same(e.fixed, it.node) {
		c.report(Error, "value", "fixed", at, fmt.Sprintf("%s must be exactly %s", e.label(), shown(e.fixed)))
	}
	if e.pattern.Exists() && !covers(e.pattern, it.node) {
		c.report(Error, "value", "pattern", at, fmt.Sprintf("%s must contain %s", e.label(), shown(e.pattern)))
	}
	if e.maxLength > 0 && it.node.Kind() == jsondoc.String {
		c.length(it.node, e)
	}
	// The binding of a choice is for those of its types that are codes.
	if e.binding != nil && it.node.Exists() && !(e.choice && len(e.types) != 1 && it.typ == "Quantity") {
		c.bound(it.node, it.typ, e.binding)
	}
	if e.least.Exists() && less(it.node, e.least) {
		c.report(Error, "value", "min-value", at, fmt.Sprintf("%s must be at least %s", e.label(), e.least.Text()))
	}
	if e.greatest.Exists() && less(e.greatest, it.node) {
		c.report(Error, "value", "max-value", at, fmt.Sprintf("%s must be at most %s", e.label(), e.greatest.Text()))
	}
}

// shown is a fixed value or pattern in a message.
func shown(n jsondoc.Node) string {
	raw := string(n.Raw())
	if len(raw) > 200 {
		raw = strings.ToValidUTF8(raw[:200], "") + "..."
	}
	return strings.Join(strings.Fields(raw), " ")
}

// typeProfiles checks the profiles that an element asks of its type: one of
// them must hold.
func (c *check) typeProfiles(it item, t *typeRef, root bool) {
	if root || len(t.profiles) == 0 {
		return
	}
	var known []*structure
	for _, p := range t.profiles {
		s := c.d.structure(p)
		if s == nil {
			return // one that is not known may be the one that holds
		}
		known = append(known, s)
	}
	if len(known) == 1 {
		if known[0].profile {
			c.conform(it.node, it.shadow, it.typ, known[0])
		}
		return
	}
	for _, s := range known {
		if c.conformsTo(it, s) {
			return
		}
	}
	c.report(Error, "structure", "type-profile", it.place(), fmt.Sprintf("it conforms to none of the profiles %s", strings.Join(t.profiles, ", ")))
}

// conformsTo reports quietly whether an item conforms.
func (c *check) conformsTo(it item, s *structure) bool {
	if it.node.Get("resourceType").Exists() && s.typ != it.typ {
		return false
	}
	return c.try(func() { c.conform(it.node, it.shadow, it.typ, s) })
}

// try runs a check quietly and tells whether nothing failed.
func (c *check) try(f func()) bool {
	before := c.failed
	c.quiet, c.failed = c.quiet+1, false
	f()
	ok := !c.failed
	c.quiet, c.failed = c.quiet-1, before
	return ok
}

// conforms decides FHIRPath's conformsTo.
func (c *check) conforms(v fhirpath.Value, url string) (is, known bool) {
	s := c.d.structure(url)
	if s == nil || !v.Node().Exists() {
		return false, false
	}
	typ := strings.TrimPrefix(v.Type(), "FHIR.")
	if !c.d.is(typ, s.typ) {
		return false, true
	}
	return !s.profile || c.try(func() { c.conform(v.Node(), jsondoc.Node{}, typ, s) }), true
}

// gather finds the occurrences of an element in an item.
func (c *check) gather(it item, e *element, out []item) []item {
	object := it.node
	if object.Kind() != jsondoc.Object {
		object = it.shadow
	}
	if object.Kind() != jsondoc.Object {
		return out
	}
	typ := it.typ
	if it.node.Kind() != jsondoc.Object {
		typ = "Element"
	}
	shape := c.d.shape(typ)
	if shape == nil {
		return out
	}
	for x := object.First(); x.Exists(); x = x.Next() {
		m := shape.members[string(x.RawKey())]
		if m == nil || m.el.name != e.name && !x.KeyIs(e.name) {
			continue
		}
		if m.shadow {
			if !object.Get(string(x.RawKey()[1:])).Exists() {
				out = occurrences(jsondoc.Node{}, x, m, out)
			}
			continue
		}
		shadow := jsondoc.Node{}
		if m.simple != nil {
			shadow = object.Get("_" + x.Key())
		}
		out = occurrences(x, shadow, m, out)
	}
	return out
}

func occurrences(n, shadow jsondoc.Node, m *member, out []item) []item {
	add := func(n, shadow jsondoc.Node, index int) {
		if n.Kind() == jsondoc.Null {
			n = jsondoc.Node{}
		}
		if shadow.Kind() == jsondoc.Null {
			shadow = jsondoc.Node{}
		}
		it := item{node: n, shadow: shadow, typ: m.typ, name: m.el.name, index: index}
		if m.el.choice {
			it.choice = m.typ
		}
		if t := n.Get("resourceType"); t.Exists() {
			it.typ = t.Text()
		}
		out = append(out, it)
	}
	if n.Kind() != jsondoc.Array && shadow.Kind() != jsondoc.Array {
		add(n, shadow, -1)
		return out
	}
	a, b := n.First(), shadow.First()
	for i := 0; a.Exists() || b.Exists(); i++ {
		add(a, b, i)
		a, b = a.Next(), b.Next()
	}
	return out
}

// enterItem goes to an item, by the name that the types of FHIR give it.
func (c *check) enterItem(x item, e *element) {
	c.path = append(c.path, step{x.name, x.choice, x.index, x.typ, e})
}

// childOf checks the occurrences of one child: how many, each of them, and
// their slices.
func (c *check) childOf(it item, e *element, s *structure) {
	var room [8]item
	items := c.gather(it, e, room[:0])
	if e.min > 0 && len(items) < e.min {
		c.report(Error, "required", "cardinality-min", it.place(), fmt.Sprintf("%s stands here %d times, the profile asks for %s", e.label(), len(items), atLeast(e.min)))
	}
	if e.max != unset && len(items) > e.max {
		c.report(Error, "structure", "cardinality-max", it.place(), fmt.Sprintf("%s stands here %d times, the profile allows at most %d", e.label(), len(items), e.max))
	}
	if len(items) == 0 && len(e.slices) == 0 {
		return
	}
	for _, x := range items {
		c.enterItem(x, e)
		c.profiled(x, e, s)
		c.leave()
	}
	if len(e.slices) > 0 {
		c.sliced(it, items, e, s)
	}
}
