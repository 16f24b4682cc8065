package fhir

import (
	"fmt"
	"strings"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
)

// extension checks an extension by its definition: what it holds, where it
// may stand, and whether it changes the meaning of what holds it.
func (c *check) extension(n jsondoc.Node, modifier bool) {
	u := n.Get("url")
	if u.Kind() != jsondoc.String {
		return
	}
	url := u.Text()
	if !strings.Contains(url, ":") { // part of an extension of several parts, whose definition governs it
		return
	}
	if plain := withoutVersion(url); plain != url {
		c.report(Error, "invalid", "extension-version", u, "the URL of an extension must not name a version; leave out what follows the |")
	}
	s := c.d.structure(url)
	if s == nil {
		c.strange(n, u, url, modifier)
		return
	}
	if s.typ != "Extension" {
		c.report(Error, "structure", "extension-type", u, fmt.Sprintf("%s defines no extension", quoted(url)))
		return
	}
	switch {
	case s.root.modifier && !modifier:
		c.report(Error, "structure", "extension-modifier", n, fmt.Sprintf("the extension %s changes the meaning of what holds it and must stand in modifierExtension", quoted(url)))
	case !s.root.modifier && modifier:
		c.report(Error, "structure", "extension-modifier", n, fmt.Sprintf("the extension %s does not change meaning and must stand in extension", quoted(url)))
	}
	c.conform(n, jsondoc.Node{}, "Extension", s)
	if len(s.contexts) > 0 && !c.inContext(n, s) {
		var where []string
		for _, x := range s.contexts {
			where = append(where, x.expression)
		}
		at := len(c.path) - 1
		last := c.path[at]
		c.path = c.path[:at]
		c.report(Error, "structure", "extension-context", n, fmt.Sprintf("the extension %s must not stand here, only at %s", quoted(url), strings.Join(where, ", ")))
		c.path = append(c.path, last)
	}
}

// strange tells of an extension that nobody here defined. FHIR's own
// extensions are all known; those of others are information.
func (c *check) strange(n, u jsondoc.Node, url string, modifier bool) {
	rest, own := strings.CutPrefix(url, "http://hl7.org/fhir/")
	switch {
	case own && strings.HasPrefix(rest, "StructureDefinition/") && c.d.Version == "4.0.1":
		c.report(Warning, "structure", "extension-unknown", n, fmt.Sprintf("FHIR %s has no extension %s", c.d.Version, quoted(url)))
	case modifier:
		c.report(Warning, "not-supported", "extension-unknown", n, fmt.Sprintf("the modifier extension %s is not known here: what holds it may not mean what it seems to", quoted(url)))
	default:
		c.report(Information, "not-supported", "extension-unknown", n, fmt.Sprintf("the extension %s is not known here and was not checked", quoted(url)))
	}
	if c.v.Strict && strings.HasPrefix(url, "http://example.org/") {
		c.enter("url", "", -1)
		c.report(Error, "invalid", "example-url", u, "a URL of example.org must not stand in real data")
		c.leave()
		c.report(Error, "structure", "extension-unknown", n, fmt.Sprintf("the extension %s is not known and so is not allowed here", quoted(url)))
	}
}

// inContext decides whether an extension may stand where the walk is.
func (c *check) inContext(n jsondoc.Node, s *structure) bool {
	at := len(c.path) - 2
	if at < 0 {
		return true
	}
	holder := c.path[at]
	for _, x := range s.contexts {
		switch x.kind {
		case "fhirpath":
			if c.pathHolds(x.expression) {
				return true
			}
		case "extension":
			if holder.typ == "Extension" {
				return true
			}
		default:
			if c.standsAt(at, holder, strings.ReplaceAll(x.expression, "[x]", "")) {
				return true
			}
		}
	}
	return false
}

// standsAt reports whether the element holding an extension is what a context
// names: a type, a path in a type, or anything at all.
func (c *check) standsAt(at int, holder step, want string) bool {
	want, _, _ = strings.Cut(want, "#") // an element of a profile: its type is enough here
	if i := strings.LastIndexByte(want, '/'); i >= 0 {
		want = want[i+1:]
	}
	if holder.el != nil && strings.TrimSuffix(holder.el.path, "[x]") == want {
		return true
	}
	if want == "Element" { // says "anywhere", also in resources
		return true
	}
	if want == "CanonicalResource" || want == "MetadataResource" {
		return c.d.IsResource(holder.typ)
	}
	if c.d.is(holder.typ, want) {
		return true
	}
	// A path through types: Patient.name.family, and inherited elements.
	path := ""
	for i := at; i >= 0; i-- {
		if strings.HasSuffix(want, path) {
			for t := c.path[i].typ; t != "" && path != ""; t = c.d.Base(t) {
				if t+path == want {
					return true
				}
			}
		}
		path = "." + c.path[i].name + path
	}
	return false
}

func (c *check) pathHolds(source string) bool {
	e, err := fhirpath.Compile(source)
	if err != nil {
		return true
	}
	top := fhirpath.Root(c.top().node, "")
	found, err := e.EvalIn(top, top, top, &c.options)
	return err != nil || len(found) > 0
}
