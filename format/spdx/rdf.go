package spdx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"bedrail/format/jsonread"
)

// looksRDF reports whether a document in XML is SPDX as RDF.
func looksRDF(head []byte) bool {
	return bytes.Contains(head, []byte("http://spdx.org/rdf/terms")) && bytes.Contains(head, []byte("RDF"))
}

const (
	rdfSpace  = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	spdxSpace = "http://spdx.org/rdf/terms#"
)

// A thing is a node of the graph that an element of RDF/XML describes, while it
// is read: its kind, its name, and the plain values of its properties.
type thing struct {
	kind   string // Package, SpdxDocument, Relationship, ExternalRef ...
	id     string
	plain  map[string]string
	refs   []Relationship      // found inside it
	pairs  []externalPair      // identifiers
	counts map[string]int      // how often a property stands
	more   map[string][]string // values that may repeat
}

type externalPair struct{ kind, locator string }

// An rdfReader reads the 2.x line as RDF/XML (SPDX 2.3, clause 4.4), an element
// at a time: packages may stand inside relationships inside packages.
type rdfReader struct {
	in    *xml.Decoder
	doc   Document
	depth int
	seen  map[string]int // packages by name; one may be described in two places
}

func readRDF(src io.Reader) (Document, error) {
	r := rdfReader{in: xml.NewDecoder(io.LimitReader(src, MaxBytes+1)), seen: map[string]int{}}
	for {
		token, err := r.in.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.doc, r.fault("%v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Space == rdfSpace && start.Name.Local == "RDF" {
			continue
		}
		if _, err := r.node(start); err != nil {
			return r.doc, err
		}
	}
	if r.in.InputOffset() > MaxBytes {
		return r.doc, r.fault("the document has more than %d bytes", MaxBytes)
	}
	return r.doc, r.doc.check(r.fault)
}

func (r *rdfReader) fault(format string, args ...any) error {
	line, _ := r.in.InputPos()
	return &jsonread.Error{Path: fmt.Sprintf("line %d", line), Offset: r.in.InputOffset(), Text: fmt.Sprintf(format, args...)}
}

// node reads an element that describes a thing, up to its end.
func (r *rdfReader) node(start xml.StartElement) (thing, error) {
	t := thing{kind: start.Name.Local, id: nameIn(start), plain: map[string]string{}, counts: map[string]int{}, more: map[string][]string{}}
	if r.depth++; r.depth > MaxDepth {
		return t, r.fault("elements lie %d deep; at most %d are read", r.depth, MaxDepth)
	}
	defer func() { r.depth-- }()
	for {
		token, err := r.in.Token()
		if err != nil {
			return t, r.fault("%v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := r.property(&t, token); err != nil {
				return t, err
			}
		case xml.EndElement:
			return t, r.take(t)
		}
	}
}

// property reads one property of a thing: a text, a reference, or things inside.
func (r *rdfReader) property(t *thing, start xml.StartElement) error {
	name := start.Name.Local
	t.counts[name]++
	value := resource(start)
	var text strings.Builder
	for {
		token, err := r.in.Token()
		if err != nil {
			return r.fault("%v", err)
		}
		switch token := token.(type) {
		case xml.CharData:
			if text.Len() < 64<<10 { // what is longer is prose that nobody matches
				text.Write(token)
			}
		case xml.StartElement:
			inner, err := r.node(token)
			if err != nil {
				return err
			}
			value = inner.id
			t.inside(name, inner)
		case xml.EndElement:
			if value == "" {
				value = strings.TrimSpace(text.String())
			}
			if name == "type" && start.Name.Space == rdfSpace {
				t.kind = local(value)
			}
			t.plain[name] = value
			if name == "creator" || name == "describesPackage" {
				t.more[name] = append(t.more[name], value)
			}
			return nil
		}
	}
}

// inside takes what a thing within another says about it.
func (t *thing) inside(property string, inner thing) {
	switch inner.kind {
	case "ExternalRef":
		t.pairs = append(t.pairs, externalPair{local(inner.plain["referenceType"]), inner.plain["referenceLocator"]})
	case "Relationship":
		t.refs = append(t.refs, Relationship{To: local(inner.plain["relatedSpdxElement"]), Type: relation(inner.plain["relationshipType"])})
	case "CreationInfo":
		t.plain["created"] = inner.plain["created"]
		t.more["creator"] = append(t.more["creator"], inner.more["creator"]...)
	}
}

// relation gives "relationshipType_dependsOn" the word of the other forms.
func relation(text string) string {
	word := strings.TrimPrefix(local(text), "relationshipType_")
	var b strings.Builder
	for _, c := range word {
		if c >= 'A' && c <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(c)
	}
	return strings.ToUpper(b.String())
}

// local is what follows the last # or / of an address.
func local(address string) string {
	return address[strings.LastIndexAny(address, "#/")+1:]
}

func nameIn(start xml.StartElement) string {
	for _, a := range start.Attr {
		if a.Name.Space == rdfSpace && (a.Name.Local == "about" || a.Name.Local == "ID" || a.Name.Local == "nodeID") {
			return a.Value
		}
	}
	return ""
}

func resource(start xml.StartElement) string {
	for _, a := range start.Attr {
		if a.Name.Space == rdfSpace && (a.Name.Local == "resource" || a.Name.Local == "nodeID") {
			return a.Value
		}
	}
	return ""
}

// take puts a whole thing into the document.
func (r *rdfReader) take(t thing) error {
	d := &r.doc
	switch t.kind {
	case "SpdxDocument":
		d.Version, d.Name = strings.TrimPrefix(t.plain["specVersion"], "SPDX-"), t.plain["name"]
		d.Namespace, _, _ = strings.Cut(t.id, "#")
		d.Created = timeOf(t.plain["created"])
		for _, c := range t.more["creator"] {
			d.creator(c)
		}
		for _, p := range t.more["describesPackage"] {
			d.Describes = append(d.Describes, local(p))
		}
	case "Package":
		if err := r.takePackage(t); err != nil {
			return err
		}
	}
	for _, ref := range t.refs {
		if len(d.Relationships) == MaxRelationships {
			return r.fault("more than %d relationships", MaxRelationships)
		}
		ref.From = local(t.id)
		d.Relationships = append(d.Relationships, ref)
	}
	return nil
}

func (r *rdfReader) takePackage(t thing) error {
	d := &r.doc
	p := Package{ID: local(t.id), Name: t.plain["name"], Version: said(t.plain["versionInfo"]), Supplier: supplier(t.plain["supplier"]),
		Hashes: t.counts["checksum"], EndOfSupport: t.plain["validUntilDate"]}
	if p.Supplier == "" {
		p.Supplier = supplier(t.plain["originator"])
	}
	p.Purpose = purpose(strings.TrimPrefix(local(t.plain["primaryPackagePurpose"]), "purpose_"))
	for _, name := range []string{"licenseConcluded", "licenseDeclared"} {
		if licence := local(t.plain[name]); t.counts[name] > 0 && licence != "noassertion" && licence != "none" {
			p.Licences++
		}
	}
	for _, pair := range t.pairs {
		p.identify(pair.kind, pair.locator)
	}
	if at, known := r.seen[p.ID]; known && p.ID != "" {
		if p.Name != "" { // the first place only named it
			d.Packages[at] = p
		}
		return nil
	}
	if len(d.Packages) == MaxPackages {
		return r.fault("more than %d packages", MaxPackages)
	}
	r.seen[p.ID] = len(d.Packages)
	d.Packages = append(d.Packages, p)
	return nil
}
