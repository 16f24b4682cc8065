package fhir

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Namespaces of the XML form.
const (
	namespace      = "http://hl7.org/fhir"
	xhtmlNamespace = "http://www.w3.org/1999/xhtml"
)

// maxXMLDepth bounds the nesting of elements; questionnaires nest deepest.
const maxXMLDepth = 200

// An XMLError says where a resource in XML cannot be read.
type XMLError struct {
	Offset int64
	Text   string
}

// Error is the place and the reason.
func (e *XMLError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Text) }

// FromXML turns a resource in XML into JSON. Elements that the definitions do
// not know are kept as they are, so that a validator can name them. A document
// type declaration is refused: no entity is ever fetched or expanded.
func (d *Definitions) FromXML(data []byte) ([]byte, error) { return d.fromXML(data, nil) }

// fromXML is FromXML that tells p where each value came from.
func (d *Definitions) fromXML(data []byte, p *places) ([]byte, error) {
	if head := data[:min(len(data), 64)]; bytes.Contains(head, []byte(`version="1.1"`)) { // differs in nothing that a resource uses
		data = bytes.Replace(data, []byte(`version="1.1"`), []byte(`version="1.0"`), 1)
	}
	r := xmlReader{data: data, decoder: xml.NewDecoder(bytes.NewReader(data))}
	root, err := r.document()
	if err != nil {
		return nil, err
	}
	w := xmlWriter{Definitions: d, places: p}
	w.writeResource(root)
	return w.Bytes(), nil
}

// An xmlWriter writes the JSON.
type xmlWriter struct {
	*Definitions
	bytes.Buffer
	places *places
}

// from notes that what is written next came from n.
func (b *xmlWriter) from(n *xmlNode) {
	if b.places == nil {
		return
	}
	b.places.add(b.Len(), n.offset)
	if n.after != "" {
		b.places.late = append(b.places.late, latecomer{b.Len(), n.name, n.after})
	}
}

// An xmlNode is an element of the resource.
type xmlNode struct {
	offset   int
	name     string
	after    string // the sibling before it that the definitions have behind it
	value    *string
	id, url  string
	raw      string // of a narrative: the markup
	children []*xmlNode
}

type xmlReader struct {
	data    []byte
	decoder *xml.Decoder
	start   int64 // of the token that was read last
}

func (r *xmlReader) next() (xml.Token, error) {
	r.start = r.decoder.InputOffset()
	t, err := r.decoder.Token()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, r.fail("it is not well-formed: %v", err)
	}
	return t, err
}

func (r *xmlReader) fail(format string, args ...any) error {
	return &XMLError{r.start, fmt.Sprintf(format, args...)}
}

func (r *xmlReader) document() (*xmlNode, error) {
	var root *xmlNode
	for {
		t, err := r.next()
		if errors.Is(err, io.EOF) {
			if root == nil {
				return nil, r.fail("there is no element in it")
			}
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, r.fail("a document type declaration is not allowed in a resource")
		case xml.StartElement:
			if root != nil {
				return nil, r.fail("a second resource begins here")
			}
			if t.Name.Space != namespace {
				return nil, r.fail("the root <%s> is not of the namespace %s", t.Name.Local, namespace)
			}
			if root, err = r.element(t, 0); err != nil {
				return nil, err
			}
		}
	}
}

func (r *xmlReader) element(start xml.StartElement, depth int) (*xmlNode, error) {
	if depth > maxXMLDepth {
		return nil, r.fail("elements are nested more than %d deep", maxXMLDepth)
	}
	n := &xmlNode{name: start.Name.Local, offset: int(r.start)}
	if start.Name.Space == xhtmlNamespace {
		from := r.start
		if err := r.decoder.Skip(); err != nil {
			return nil, r.fail("the narrative is not well-formed: %v", err)
		}
		n.raw = string(r.data[from:r.decoder.InputOffset()])
		return n, nil
	}
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "value":
			v := a.Value
			n.value = &v
		case "id":
			n.id = a.Value
		case "url":
			n.url = a.Value
		}
	}
	for {
		t, err := r.next()
		if err != nil {
			return nil, err // the decoder itself reports an end that comes too early
		}
		switch t := t.(type) {
		case xml.StartElement:
			child, err := r.element(t, depth+1)
			if err != nil {
				return nil, err
			}
			n.children = append(n.children, child)
		case xml.EndElement:
			return n, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, r.fail("text stands in <%s>; values belong into its attribute value", n.name)
			}
		}
	}
}

func (b *xmlWriter) writeResource(n *xmlNode) {
	b.from(n)
	b.WriteString(`{"resourceType":`)
	b.writeText(n.name)
	b.writeMembers(n, n.name, true)
	b.WriteByte('}')
}

// writeMembers writes what n holds, grouped by name in the order of first
// occurrence.
func (b *xmlWriter) writeMembers(n *xmlNode, typ string, more bool) {
	comma := func() {
		if more {
			b.WriteByte(',')
		}
		more = true
	}
	for _, a := range [...]struct{ name, value string }{{"id", n.id}, {"url", n.url}} {
		if a.value != "" {
			comma()
			b.writeText(a.name)
			b.WriteByte(':')
			b.writeText(a.value)
		}
	}
	b.ordered(n, typ)
	done := map[string]bool{}
	for _, c := range n.children {
		if done[c.name] {
			continue
		}
		done[c.name] = true
		var group []*xmlNode
		for _, x := range n.children {
			if x.name == c.name {
				group = append(group, x)
			}
		}
		comma()
		b.writeGroup(typ, c.name, group)
	}
}

// ordered marks the children that stand behind one that the definitions have
// later: in XML the order of elements is fixed (R4, xml.html).
func (b *xmlWriter) ordered(n *xmlNode, typ string) {
	shape := b.shape(typ)
	if shape == nil || b.places == nil {
		return
	}
	furthest, name := -1, ""
	for _, c := range n.children {
		m := shape.members[c.name]
		switch {
		case m == nil: // reported as unknown
		case m.el.order < furthest:
			c.after = name
		default:
			furthest, name = m.el.order, c.name
		}
	}
}

// memberType is the type of the element called name in typ, and whether JSON
// writes it as a list.
func (d *Definitions) memberType(typ, name string) (member string, list bool) {
	if e, ok := d.Element(typ, name); ok && !e.Choice {
		if len(e.Types) == 0 {
			return "", e.List
		}
		return e.Types[0], e.List
	}
	for i := len(name) - 1; i > 0; i-- { // valueQuantity: value and Quantity
		e, ok := d.Element(typ, name[:i])
		if !ok || !e.Choice {
			continue
		}
		for _, t := range e.Types {
			if strings.EqualFold(t[:1], name[i:i+1]) && t[1:] == name[i+1:] {
				return t, false
			}
		}
	}
	return "", false
}

func (b *xmlWriter) writeGroup(typ, name string, group []*xmlNode) {
	member, list := b.memberType(typ, name)
	list = list || len(group) > 1
	t := b.typ(member)
	primitive := t != nil && t.kind == "primitive-type" || t == nil && group[0].value != nil
	if !primitive || member == "xhtml" {
		b.writeValues(name, group, list, func(n *xmlNode) { b.writeComplex(n, member) })
		return
	}
	hasValue, hasMore := false, false
	for _, n := range group {
		hasValue = hasValue || n.value != nil
		hasMore = hasMore || n.id != "" || len(n.children) > 0
	}
	if hasValue || !hasMore {
		b.writeValues(name, group, list, func(n *xmlNode) { b.writePrimitive(member, n.value) })
	}
	if !hasMore {
		return
	}
	if hasValue {
		b.WriteByte(',')
	}
	b.writeValues("_"+name, group, list, func(n *xmlNode) {
		if n.id == "" && len(n.children) == 0 {
			b.WriteString("null")
			return
		}
		b.WriteByte('{')
		b.writeMembers(n, "Element", false)
		b.WriteByte('}')
	})
}

func (b *xmlWriter) writeValues(name string, group []*xmlNode, list bool, one func(*xmlNode)) {
	b.writeText(name)
	b.WriteByte(':')
	if list {
		b.WriteByte('[')
	}
	for i, n := range group {
		if i > 0 {
			b.WriteByte(',')
		}
		b.from(n)
		one(n)
	}
	if list {
		b.WriteByte(']')
	}
}

func (b *xmlWriter) writeComplex(n *xmlNode, typ string) {
	switch {
	case n.raw != "":
		b.writeText(n.raw)
	case typ == "Resource" && len(n.children) == 1: // contained, and the resource of an entry
		b.writeResource(n.children[0])
	default:
		b.WriteByte('{')
		b.writeMembers(n, typ, false)
		b.WriteByte('}')
	}
}

// writePrimitive writes numbers and booleans as such when they are.
func (b *xmlWriter) writePrimitive(typ string, value *string) {
	if value == nil {
		b.WriteString("null")
		return
	}
	switch typ {
	case "boolean":
		if *value == "true" || *value == "false" {
			b.WriteString(*value)
			return
		}
	case "integer", "positiveInt", "unsignedInt", "decimal":
		if v := *value; v != "" && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') && json.Valid([]byte(v)) {
			b.WriteString(v) // as it stands: 1.50 has a precision
			return
		}
	}
	b.writeText(*value)
}

func (b *xmlWriter) writeText(s string) {
	e := json.NewEncoder(&b.Buffer)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	b.Truncate(b.Len() - 1)
}
