package fhir

import (
	"fmt"
	"strings"

	"bedrail/format/jsondoc"
	"bedrail/format/ucum"
)

// bound checks a binding. What cannot be told without a terminology server is
// information, never an error.
func (c *check) bound(n jsondoc.Node, typ string, b *binding) {
	if b.strength != "required" && b.strength != "extensible" {
		return
	}
	if typ == "Reference" || typ == "CodeableReference" {
		return
	}
	switch c.boundTo(n, typ, b.set) {
	case yes:
	case unknown:
		if c.d.set(b.set) == nil {
			c.report(Information, "not-supported", "binding-unknown", n, fmt.Sprintf("whether the code is in the value set %s cannot be told here; it needs a terminology server", quoted(b.set)))
		}
	default:
		severity, must := Error, "must"
		if b.strength == "extensible" {
			severity, must = Warning, "should"
			if c.textOnly(n, typ) {
				return
			}
		}
		c.report(severity, "code-invalid", "binding", n, fmt.Sprintf("%s %s be from the value set %s", codesOf(n, typ), must, withoutVersion(b.set)))
	}
}

func (c *check) textOnly(n jsondoc.Node, typ string) bool {
	return typ == "CodeableConcept" && !n.Get("coding").Exists()
}

// codesOf names the codes of a value for a message.
func codesOf(n jsondoc.Node, typ string) string {
	var codes []string
	switch {
	case typ == "CodeableConcept":
		for x := n.Get("coding").First(); x.Exists(); x = x.Next() {
			codes = append(codes, x.Get("system").Text()+"#"+x.Get("code").Text())
		}
	case n.Kind() == jsondoc.Object:
		codes = append(codes, n.Get("system").Text()+"#"+n.Get("code").Text())
	default:
		codes = append(codes, n.Text())
	}
	if len(codes) == 0 {
		return "a code"
	}
	return "the code " + quoted(strings.Join(codes, ", "))
}

// boundTo decides whether any code of a value is in a value set.
func (c *check) boundTo(n jsondoc.Node, typ, set string) verdict {
	switch {
	case n.Kind() == jsondoc.String:
		return c.d.member(set, "", n.Text(), true, 0)
	case n.Kind() != jsondoc.Object:
		return unknown
	case typ == "CodeableConcept":
		out := no
		for x := n.Get("coding").First(); x.Exists(); x = x.Next() {
			switch c.codingIn(x, set) {
			case yes:
				return yes
			case unknown:
				out = unknown
			}
		}
		if out == no && hidden(n) {
			return unknown
		}
		return out
	}
	if !n.Get("code").Exists() && (typ != "Coding" || hidden(n)) {
		return unknown // a quantity without a coded unit
	}
	return c.codingIn(n, set)
}

// hidden reports whether extensions may stand for what is missing.
func hidden(n jsondoc.Node) bool { return n.Get("extension").Exists() || n.Get("_code").Exists() }

func (c *check) codingIn(n jsondoc.Node, set string) verdict {
	system, code := n.Get("system"), n.Get("code")
	if !code.Exists() {
		return no
	}
	return c.d.member(set, system.Text(), code.Text(), false, 0)
}

// coding checks a code against its own code system.
func (c *check) coding(n jsondoc.Node) {
	system, code := n.Get("system"), n.Get("code")
	if system.Kind() != jsondoc.String {
		return
	}
	url := system.Text()
	if !strings.Contains(url, ":") {
		c.enter("system", "", -1)
		c.report(Error, "invalid", "coding-system", system, "the system of a coding must be an absolute URI")
		c.leave()
		return
	}
	if s := c.supplement(url); s != "" {
		c.enter("system", "", -1)
		c.report(Error, "not-found", "coding-supplement", system, fmt.Sprintf("%s is a supplement and has no codes of its own; name the code system it adds to, %s", quoted(url), quoted(s)))
		c.leave()
		return
	}
	if c.d.set(url) != nil && c.d.codes(url) == nil {
		c.enter("system", "", -1)
		c.report(Error, "invalid", "coding-system", system, fmt.Sprintf("%s is a value set; the system of a coding must be a code system", quoted(url)))
		c.leave()
		return
	}
	if code.Kind() != jsondoc.String || c.d.knows(url, code.Text()) != no {
		return
	}
	c.enter("code", "", -1)
	defer c.leave()
	severity := Error
	if strings.HasPrefix(url, "http://terminology.hl7.org/") && !c.d.guides("C\t"+url) {
		severity = Warning // these systems grow without a new version of FHIR
	}
	c.report(severity, "code-invalid", "code-unknown", code, fmt.Sprintf("there is no code %s in the code system %s", quoted(code.Text()), url))
}

// guides reports whether a guide brought that definition.
func (d *Definitions) guides(key string) bool {
	_, owner, ok := d.record(key)
	return ok && owner.parent != nil
}

// supplement is the system that url supplements, or "".
func (c *check) supplement(url string) string {
	n, ok := c.d.Resource("CodeSystem", url)
	if !ok || c.d.codes(url) != nil {
		return ""
	}
	return n.Get("supplements").Text()
}

// quantity checks a unit that claims to be UCUM.
func (c *check) quantity(n jsondoc.Node) {
	code := n.Get("code")
	if code.Kind() != jsondoc.String || !n.Get("system").TextIs("http://unitsofmeasure.org") {
		return
	}
	if err := ucum.Validate(code.Text()); err != nil {
		c.enter("code", "", -1)
		c.report(Error, "code-invalid", "unit", code, fmt.Sprintf("the unit %s is not UCUM: %v", quoted(code.Text()), err))
		c.leave()
	}
}
