package fhir

import (
	"fmt"
	"slices"
	"strings"

	"bedrail/format/jsondoc"
)

// reference checks that a reference can be followed as far as the document
// reaches, and points to a type that may stand there.
func (c *check) reference(n jsondoc.Node, ref *typeRef) {
	r := n.Get("reference")
	if r.Kind() != jsondoc.String {
		return
	}
	text := r.Text()
	typ := ""
	if id, local := strings.CutPrefix(text, "#"); local {
		target, ok := c.containedBy(id)
		if !ok {
			c.report(Error, "structure", "ref-1", n, fmt.Sprintf("the reference %s points to nothing: there is no contained resource of that id", quoted(text)))
			return
		}
		typ = target.Get("resourceType").Text()
	} else if target, ok := c.target(n); ok {
		typ = target.Get("resourceType").Text()
		if said := c.typeInURL(text); said != "" && said != typ {
			c.report(Error, "structure", "reference-type", n, fmt.Sprintf("the reference says %s, but a %s stands there", said, typ))
		}
		c.contradicts(n, typ, ref)
	} else {
		typ = c.typeInURL(text)
		if typ == "" {
			typ = n.Get("type").Text()
		}
		if a, _, ok := cutReference(text); ok && typ == "" && !strings.Contains(a, "/") && !c.d.IsResource(a) && !strings.Contains(text, ":") {
			c.enter("reference", "", -1)
			c.report(Error, "invalid", "reference-type", r, fmt.Sprintf("there is no resource type %s", quoted(a)))
			c.leave()
			return
		}
	}
	if want := n.Get("type").Text(); want != "" && typ != "" && c.d.IsResource(typ) && want != typ {
		c.report(Error, "structure", "reference-type", n, fmt.Sprintf("the reference points to a %s but says its type is %s", typ, quoted(want)))
	}
	if typ == "" || ref == nil || !c.d.IsResource(typ) {
		return
	}
	if targets := targetTypes(c.d, ref); len(targets) > 0 && !slices.ContainsFunc(targets, func(t string) bool { return c.d.is(typ, t) }) {
		c.report(Error, "structure", "reference-target", n, fmt.Sprintf("a reference to %s must not stand here; allowed are %s", typ, strings.Join(targets, ", ")))
	}
}

// contradicts checks how a profile wants the target held, and the target
// against the profiles asked for.
func (c *check) contradicts(n jsondoc.Node, typ string, ref *typeRef) {
	if ref == nil || c.profile == "" {
		return
	}
	target, ok := c.target(n)
	if !ok || len(c.scopes) > maxSets {
		return
	}
	var asked []*structure
	for _, t := range ref.targets {
		s := c.d.structure(t)
		if s == nil || !s.profile {
			return
		}
		asked = append(asked, s)
	}
	it := item{node: target, typ: typ}
	for _, s := range asked {
		if s.typ == typ && c.work < maxProfileWork && c.conformsTo(it, s) {
			return
		}
	}
	if len(asked) > 0 {
		c.report(Error, "structure", "reference-profile", n, fmt.Sprintf("the %s it points to conforms to none of the profiles that are asked for: %s", typ, strings.Join(ref.targets, ", ")))
	}
}

func targetTypes(d *Definitions, ref *typeRef) []string {
	var out []string
	for _, t := range ref.targets {
		name := strings.TrimPrefix(t, core)
		if !d.IsType(name) {
			s := d.structure(t)
			if s == nil {
				return nil
			}
			name = s.typ
		}
		if name == "Resource" {
			return nil
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// cutReference parts "Patient/1" and the end of "http://x/fhir/Patient/1".
func cutReference(text string) (typ, id string, ok bool) {
	text, _, _ = strings.Cut(text, "/_history/")
	i := strings.LastIndexByte(text, '/')
	if i <= 0 {
		return "", "", false
	}
	typ, id = text[:i], text[i+1:]
	if j := strings.LastIndexByte(typ, '/'); j >= 0 && strings.Contains(typ, ":") {
		typ = typ[j+1:]
	}
	return typ, id, id != ""
}

func (c *check) typeInURL(text string) string {
	if typ, _, ok := cutReference(text); ok && c.d.IsResource(typ) {
		return typ
	}
	return ""
}

// containedBy finds a contained resource of what is being walked. "#" alone
// is the container.
func (c *check) containedBy(id string) (jsondoc.Node, bool) {
	root := c.rootOf()
	if id == "" {
		return root, true
	}
	for x := root.Get("contained").First(); x.Exists(); x = x.Next() {
		if x.Get("id").TextIs(id) {
			return x, true
		}
	}
	return jsondoc.Node{}, false
}

// target finds what a Reference (or a canonical) points to within the
// document.
func (c *check) target(n jsondoc.Node) (jsondoc.Node, bool) {
	if n.Kind() == jsondoc.Object {
		n = n.Get("reference")
	}
	if n.Kind() != jsondoc.String {
		return jsondoc.Node{}, false
	}
	text := n.Text()
	if id, local := strings.CutPrefix(text, "#"); local {
		return c.containedBy(id)
	}
	return c.resolve(text)
}

// resolve finds a resource in the bundles around the walk, and among the
// definitions.
func (c *check) resolve(text string) (jsondoc.Node, bool) {
	for i := len(c.scopes) - 1; i >= 0; i-- {
		if c.scopes[i].typ != "Bundle" {
			continue
		}
		from := ""
		if i+1 < len(c.scopes) {
			from = c.scopes[i+1].full
		}
		if n, ok := c.scopes[i].index().find(text, from); ok {
			return n, true
		}
	}
	if r, _, ok := c.d.record("I\t" + text); ok {
		return r.node, true
	}
	return jsondoc.Node{}, false
}

// resolveOrStub is resolve for expressions: of a resource that is elsewhere
// its type at least is known from the reference.
func (c *check) resolveOrStub(text string) (jsondoc.Node, bool) {
	if n, ok := c.resolve(text); ok {
		return n, true
	}
	typ := c.typeInURL(text)
	if typ == "" {
		return jsondoc.Node{}, false
	}
	doc, err := jsondoc.Parse([]byte(`{"resourceType":"`+typ+`"}`), jsondoc.Limits{})
	if err != nil {
		return jsondoc.Node{}, false
	}
	return doc.Root(), true
}

// A bundleIndex finds the entries of a bundle.
type bundleIndex struct {
	full, local map[string]jsondoc.Node // by fullUrl and by type/id
	urls        map[jsondoc.Node]string // the fullUrl of each resource
}

func indexBundle(bundle jsondoc.Node) *bundleIndex {
	b := &bundleIndex{map[string]jsondoc.Node{}, map[string]jsondoc.Node{}, map[jsondoc.Node]string{}}
	for e := bundle.Get("entry").First(); e.Exists(); e = e.Next() {
		r, full := e.Get("resource"), e.Get("fullUrl").Text()
		if !r.Exists() {
			continue
		}
		b.urls[r] = full
		if _, twice := b.full[full]; !twice && full != "" {
			b.full[full] = r
		}
		local := r.Get("resourceType").Text() + "/" + r.Get("id").Text()
		if _, twice := b.local[local]; !twice {
			b.local[local] = r
		}
	}
	return b
}

// index is made when the first reference asks for it.
func (s *scope) index() *bundleIndex {
	if s.entries == nil {
		s.entries = indexBundle(s.node)
	}
	return s.entries
}

// find resolves by R4 3.2.3: an absolute reference is the fullUrl; a relative
// one is taken from the base of the fullUrl of what holds it.
func (b *bundleIndex) find(text, from string) (jsondoc.Node, bool) {
	text, _, _ = strings.Cut(text, "/_history/")
	if typ, id, ok := cutReference(text); ok && !strings.Contains(text, ":") {
		if base := baseOf(from); base != "" {
			n, ok := b.full[base+text]
			return n, ok
		}
		n, ok := b.local[typ+"/"+id]
		return n, ok
	}
	n, ok := b.full[text]
	return n, ok
}

// baseOf is the base of a RESTful fullUrl: "http://x/fhir/" of
// "http://x/fhir/Patient/1".
func baseOf(full string) string {
	if !strings.HasPrefix(full, "http") {
		return ""
	}
	i := strings.LastIndexByte(full, '/')
	if i < 0 {
		return ""
	}
	if i = strings.LastIndexByte(full[:i], '/'); i < 0 {
		return ""
	}
	return full[:i+1]
}

// entryURL is the fullUrl of the entry whose resource is n.
func (c *check) entryURL(n jsondoc.Node) string {
	if len(c.scopes) == 0 || c.top().typ != "Bundle" {
		return ""
	}
	return c.scopes[len(c.scopes)-1].index().urls[n]
}

func exampleURL(u string) bool {
	for _, host := range [...]string{"example.org", "example.com", "example.net", "acme.com"} {
		if strings.Contains(u, "://"+host) || strings.Contains(u, "."+host) {
			return true
		}
	}
	return false
}
