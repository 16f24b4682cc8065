package fhir

import (
	"fmt"
	"strings"

	"bedrail/format/jsondoc"
)

// structureRules check a StructureDefinition: that its paths exist in what it
// constrains, that it is sliced by what exists, and that it does not
// contradict its base.
func (c *check) structureRules(n jsondoc.Node) {
	typ := n.Get("type").Text()
	if !n.Get("derivation").TextIs("constraint") || !c.d.IsType(typ) {
		return
	}
	base := c.d.structure(n.Get("baseDefinition").Text())
	c.enter("differential", "", -1)
	defer c.leave()
	i := 0
	for e := n.Get("differential").Get("element").First(); e.Exists(); e = e.Next() {
		c.enter("element", "", i)
		c.elementRules(e, typ, base)
		c.leave()
		i++
	}
}

func (c *check) elementRules(e jsondoc.Node, typ string, base *structure) {
	path := e.Get("path").Text()
	if path != typ && !strings.HasPrefix(path, typ+".") {
		c.report(Error, "value", "element-path", e, fmt.Sprintf("the path must begin with %s", typ))
		return
	}
	if e.Get("slicing").Exists() && path == typ {
		c.report(Error, "invalid", "element-slicing", e, "the root of a profile cannot be sliced")
		return
	}
	types, ok := c.typesAt(typ, strings.Split(path, ".")[1:])
	if !ok {
		c.report(Error, "value", "element-path", e, fmt.Sprintf("there is no element %s in FHIR %s", quoted(path), c.d.Version))
		return
	}
	if b := e.Get("binding"); b.Exists() && len(types) > 0 && !anyCoded(types) {
		c.report(Error, "business-rule", "element-binding", e, fmt.Sprintf("a binding has no meaning for the type %s", strings.Join(types, ", ")))
	}
	c.discriminators(e, types)
	if base != nil {
		c.contradictsBase(e, path, base)
	}
}

func anyCoded(types []string) bool {
	for _, t := range types {
		switch t {
		case "code", "Coding", "CodeableConcept", "Quantity", "string", "uri", "CodeableReference", "Extension", "canonical", "url", "oid", "uuid", "id", "markdown":
			return true
		}
	}
	return false
}

// typesAt follows a path of element names through the types.
func (c *check) typesAt(typ string, parts []string) ([]string, bool) {
	types := []string{typ}
	for _, part := range parts {
		part, _, _ = strings.Cut(part, ":")
		name := strings.TrimSuffix(part, "[x]")
		var next []string
		found := false
		for _, t := range types {
			if e, ok := c.d.Element(t, name); ok && (e.Choice || name == part) {
				next, found = append(next, e.Types...), true
			} else if m := c.memberOf(t, part); m != nil {
				next, found = append(next, m.typ), true
			} else if t == "Resource" || t == "DomainResource" {
				return nil, true
			}
		}
		if !found {
			return nil, false
		}
		types = next
	}
	return types, true
}

func (c *check) memberOf(typ, key string) *member {
	if s := c.d.shape(typ); s != nil {
		return s.members[key]
	}
	return nil
}

func (c *check) discriminators(e jsondoc.Node, types []string) {
	i := 0
	for x := e.Get("slicing").Get("discriminator").First(); x.Exists(); x = x.Next() {
		if path := x.Get("path").Text(); !c.leads(types, path) {
			c.enter("slicing", "", -1)
			c.enter("discriminator", "", i)
			c.report(Error, "invalid", "discriminator", x, fmt.Sprintf("the path %s leads nowhere from %s", quoted(path), strings.Join(types, ", ")))
			c.leave()
			c.leave()
		}
		i++
	}
}

// leads reports whether a discriminator can be followed. What goes through a
// reference or an extension is taken on trust.
func (c *check) leads(types []string, path string) bool {
	for _, part := range steps(path) {
		switch {
		case part == "$this":
			continue
		case strings.ContainsRune(part, '('):
			return true
		}
		var next []string
		for _, t := range types {
			if got, ok := c.typesAt(t, []string{part}); ok {
				next = append(next, got...)
			}
		}
		if len(next) == 0 && len(types) > 0 {
			return false
		}
		types = next
	}
	return true
}

// contradictsBase: a value that the base fixes stays as it is.
func (c *check) contradictsBase(e jsondoc.Node, path string, base *structure) {
	b := base.at(path)
	if b == nil || e.Get("sliceName").Exists() || strings.ContainsRune(e.Get("id").Text(), ':') {
		return
	}
	for x := e.First(); x.Exists(); x = x.Next() {
		if strings.HasPrefix(x.Key(), "fixed") && b.fixed.Exists() && !same(b.fixed, x) {
			c.report(Error, "value", "fixed", x, fmt.Sprintf("the base %s fixes the value to %s", quoted(base.url), shown(b.fixed)))
		}
	}
}
