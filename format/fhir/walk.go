package fhir

import (
	"fmt"
	"strings"

	"bedrail/format/jsondoc"
)

// object checks the members of an object: names, types, cardinalities.
func (c *check) object(n jsondoc.Node, shape *element, resource bool) {
	if shape == nil {
		return
	}
	if n.Kind() != jsondoc.Object {
		c.report(Error, "structure", "object", n, "an object must stand here: {...}")
		return
	}
	if !n.First().Exists() {
		c.report(Error, "invariant", "ele-1", n, "an element must have a value or children; leave it out when there is nothing to say")
	}
	var room [96]uint16
	counts := room[:]
	if len(shape.children) > len(counts) {
		counts = make([]uint16, len(shape.children))
	}
	for x := n.First(); x.Exists(); x = x.Next() {
		m := shape.members[string(x.RawKey())]
		if m == nil {
			m = shape.members[x.Key()]
		}
		if m == nil {
			if !(resource && x.KeyIs("resourceType")) {
				c.stranger(x, shape)
			}
			continue
		}
		c.member(n, x, m, &counts[m.el.order])
	}
	for i, e := range shape.children {
		if got := int(counts[i]); got < e.min && got == 0 {
			c.report(Error, "required", "cardinality-min", n, fmt.Sprintf("%s is missing: %s must be there", e.label(), atLeast(e.min)))
		} else if got < e.min {
			c.report(Error, "required", "cardinality-min", n, fmt.Sprintf("%s stands here %d times, %s must be there", e.label(), got, atLeast(e.min)))
		} else if got > e.max {
			c.report(Error, "structure", "cardinality-max", n, fmt.Sprintf("%s stands here %d times, at most %d may", e.label(), got, e.max))
		}
	}
}

func atLeast(n int) string {
	if n == 1 {
		return "one"
	}
	return fmt.Sprintf("at least %d", n)
}

func (e *element) label() string {
	if e.choice {
		return e.name + "[x]"
	}
	return e.name
}

// stranger reports a name that the definitions do not have.
func (c *check) stranger(x jsondoc.Node, shape *element) {
	name := x.Key()
	text := fmt.Sprintf("there is no property %s in %s", quoted(name), shape.path)
	for _, e := range shape.children {
		switch {
		case e.choice && strings.HasPrefix(name, e.name):
			text += fmt.Sprintf("; %s may be %s", e.label(), strings.Join(e.model.Types, ", "))
		case strings.EqualFold(e.name, name):
			text += fmt.Sprintf("; %s is meant", quoted(e.name))
		}
	}
	if name == "resourceType" {
		text = "resourceType stands only at the beginning of a resource"
	}
	c.report(Error, "structure", "unknown-element", x, text)
}

// member checks the value or the list under a name and counts it.
func (c *check) member(object, x jsondoc.Node, m *member, count *uint16) {
	choice := ""
	if m.el.choice {
		choice = m.typ
	}
	if x.Kind() != jsondoc.Array {
		if m.el.model.List {
			c.enter(m.el.name, choice, 0)
			c.report(Error, "structure", "list", x, fmt.Sprintf("%s can be repeated, so it must be a list: [...]", quoted(x.Key())))
			c.leave()
		}
		*count += c.one(object, x, m, choice, -1, *count)
		return
	}
	if !m.el.model.List {
		c.enter(m.el.name, choice, -1)
		c.report(Error, "structure", "list", x, fmt.Sprintf("%s cannot be repeated, so it must not be a list", quoted(x.Key())))
		c.leave()
	} else if !x.First().Exists() {
		c.enter(m.el.name, choice, -1)
		c.report(Error, "structure", "empty-list", x, "a list must not be empty; leave it out instead")
		c.leave()
	}
	i := 0
	var mate jsondoc.Node // what stands at the same place in the list beside
	mated := false
	for item := x.First(); item.Exists(); item = item.Next() {
		if mated {
			mate = mate.Next()
		}
		if item.Kind() == jsondoc.Null && (m.shadow || m.simple != nil) {
			if !mated {
				mate, mated = beside(object, x, m, i), true
			}
			c.hole(mate, item, m, i)
		} else {
			c.one(object, item, m, choice, i, 0)
		}
		i++
	}
	*count = max(*count, uint16(min(i, 1<<15)))
}

// beside finds item i of the list that holds the other part of primitives.
func beside(object, list jsondoc.Node, m *member, i int) jsondoc.Node {
	key := list.Key()
	if m.shadow {
		key = key[1:]
	} else {
		key = "_" + key
	}
	n := object.Get(key).First()
	for ; i > 0 && n.Exists(); i-- {
		n = n.Next()
	}
	return n
}

// hole checks a null in a list of primitives: something must stand at its
// place in the list beside it (R4 2.6.2.3).
func (c *check) hole(mate, item jsondoc.Node, m *member, i int) {
	if m.shadow || mate.Exists() && mate.Kind() != jsondoc.Null {
		return
	}
	c.enter(m.el.name, "", i)
	c.report(Error, "structure", "null", item, "null may stand in a list only where the list with the underscore has an extension at the same place")
	c.leave()
}

// one checks one value and returns what it adds to the count.
func (c *check) one(object, n jsondoc.Node, m *member, choice string, index int, before uint16) uint16 {
	c.enterAs(m.el, m.typ, choice, index)
	defer c.leave()
	if m.shadow {
		c.shadowed(n)
		if before > 0 || object.Get(n.Key()[min(1, len(n.Key())):]).Exists() {
			return 0
		}
		return 1
	}
	if m.simple != nil {
		c.primitive(n, m)
		if before > 0 && !m.el.choice {
			return 0
		}
		return 1
	}
	c.complex(n, m)
	return 1
}

// shadowed checks the id and the extensions of a primitive.
func (c *check) shadowed(n jsondoc.Node) {
	if n.Kind() == jsondoc.Null {
		return
	}
	if n.Kind() != jsondoc.Object {
		c.report(Error, "structure", "object", n, "what begins with an underscore holds the id and the extensions of a value, in an object")
		return
	}
	c.object(n, c.d.shape("Element"), false)
}

func (c *check) primitive(n jsondoc.Node, m *member) {
	e := m.el
	if n.Kind() == jsondoc.Null {
		c.report(Error, "structure", "null", n, "null is no value in FHIR; leave the property out instead")
		return
	}
	if n.Kind() == jsondoc.Object || n.Kind() == jsondoc.Array {
		c.report(Error, "structure", "primitive", n, fmt.Sprintf("a %s is a single value, not an object or a list", m.typ))
		return
	}
	if text := m.simple(n); text != "" {
		c.report(Error, "value", "primitive", n, "a "+m.typ+" "+text)
		return
	}
	if m.typ == "string" || m.typ == "markdown" {
		if e.name == "id" && len(c.path) > c.top().at+1 && c.top().typ != "StructureDefinition" { // snapshots repeat the ids of differentials
			c.elementID(n)
		}
		if text := odd(characters(n)); text != "" {
			c.report(Warning, "value", "odd-text", n, text)
		}
	}
	if e.maxLength > 0 {
		c.length(n, e)
	}
	if e.binding != nil {
		c.bound(n, m.typ, e.binding)
	}
	for _, k := range e.constraints {
		c.invariant(n, m.typ, k)
	}
	if m.typ == "xhtml" {
		c.narrative(n)
	}
	if c.v.Strict {
		c.strictText(n, m.typ)
	}
}

func (c *check) length(n jsondoc.Node, e *element) {
	if got := len([]rune(n.Text())); got > e.maxLength {
		c.report(Error, "value", "max-length", n, fmt.Sprintf("the text has %d characters, at most %d are allowed", got, e.maxLength))
	}
}

func (c *check) top() scope { return c.scopes[len(c.scopes)-1] }

// complex checks an object that is no resource by itself.
func (c *check) complex(n jsondoc.Node, m *member) {
	if n.Kind() == jsondoc.Null {
		c.report(Error, "structure", "null", n, "null is no value in FHIR; leave the property out instead")
		return
	}
	if m.resource {
		if c.v.SkipContained && m.el.name == "contained" {
			return
		}
		full := ""
		if m.el.path == "Bundle.entry.resource" {
			full = c.entryURL(n)
		}
		c.resource(n, m.typ, full, nil)
		return
	}
	shape := m.resolve(c.d)
	c.object(n, shape, false)
	if n.Kind() != jsondoc.Object {
		return
	}
	if shape != nil {
		c.constraints(n, m.typ, shape)
	}
	if m.el != shape {
		c.constraints(n, m.typ, m.el)
	}
	if m.el.binding != nil {
		c.bound(n, m.typ, m.el.binding)
	}
	c.datatype(n, m)
	if m.ref != nil {
		c.profileOfType(n, m)
	}
}

// datatype checks what the definitions of a type cannot say.
func (c *check) datatype(n jsondoc.Node, m *member) {
	switch m.typ {
	case "Extension":
		c.extension(n, m.el.modifier || m.el.name == "modifierExtension")
	case "Coding":
		c.coding(n)
	case "Quantity", "Age", "Duration", "Distance", "Count":
		c.quantity(n)
	case "Reference":
		c.reference(n, m.ref)
	case "Attachment":
		c.attachment(n)
	case "Identifier":
		c.identifier(n)
	}
}

// profileOfType checks the profile that an element demands of its type; of several
// any may be meant.
func (c *check) profileOfType(n jsondoc.Node, m *member) {
	if len(m.ref.profiles) != 1 || m.ref.profiles[0] == core+"SimpleQuantity" && !has(n, "comparator") {
		return // no comparator is all that a simple quantity asks for
	}
	if s := c.d.structure(m.ref.profiles[0]); s != nil && s.profile {
		c.conform(n, jsondoc.Node{}, m.typ, s)
	}
}
