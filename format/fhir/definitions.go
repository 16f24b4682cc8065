// Package fhir knows the resources of FHIR: what a patient, an observation or
// a device may hold, how often and of which types, and it tells in one
// sentence what is wrong with one, and where.
package fhir

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
)

// The definitions of each version are made by internal/tools/fhirgen.
//
//go:embed data/r4.gz
var r4 []byte

//go:embed data/r4b.gz
var r4b []byte

//go:embed data/r5.gz
var r5 []byte

// R4 returns the definitions of FHIR R4 (4.0.1), read on first use.
var R4 = sync.OnceValue(func() *Definitions { return embedded(r4, nil) })

// R4B returns the definitions of FHIR R4B (4.3.0). What its package leaves
// to others, the code systems of HL7's own terminology, comes from R4's.
var R4B = sync.OnceValue(func() *Definitions { return embedded(r4b, R4) })

// R5 returns the definitions of FHIR R5 (5.0.0); its terminology as in R4B.
var R5 = sync.OnceValue(func() *Definitions { return embedded(r5, R4) })

// ForVersion returns the definitions of a version: "4.0.1", "4.0", "R4".
func ForVersion(version string) (*Definitions, bool) {
	switch v := strings.ToUpper(version); {
	case v == "R4B", strings.HasPrefix(v, "4.3"), strings.HasPrefix(v, "4.1"):
		return R4B(), true
	case v == "R5", strings.HasPrefix(v, "5.0"):
		return R5(), true
	case v == "R4", strings.HasPrefix(v, "4.0"):
		return R4(), true
	}
	return nil, false
}

func embedded(packed []byte, terms func() *Definitions) *Definitions {
	d, err := unpack(packed)
	if err != nil {
		panic(err) // the embedded file is part of the program
	}
	d.terms = terms
	return d
}

// core is where the definitions of FHIR itself live.
const core = "http://hl7.org/fhir/StructureDefinition/"

// Definitions are the structures, value sets and code systems of one version
// of FHIR, or of a guide beside them. What is asked for is compiled when it
// is asked for first. They are safe for concurrent use.
type Definitions struct {
	Version string

	parent  *Definitions        // the version that a guide builds on
	terms   func() *Definitions // where terminology is looked for next
	records map[string]record   // by kind and URL

	structures, shapes, sets, systems sync.Map
}

// A record is a definition that nobody asked for yet.
type record struct {
	note string
	raw  []byte
	node jsondoc.Node // of a guide's definition, instead of raw
}

func unpack(packed []byte) (*Definitions, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("reading the definitions: %w", err)
	}
	var text bytes.Buffer
	text.Grow(len(packed) * 14)
	if _, err := io.Copy(&text, z); err != nil {
		return nil, fmt.Errorf("reading the definitions: %w", err)
	}
	d := &Definitions{records: make(map[string]record, 4096)}
	head, rest, _ := bytes.Cut(text.Bytes(), []byte{'\n'})
	version, ok := bytes.CutPrefix(head, []byte("fhir\t"))
	if !ok {
		return nil, errors.New("reading the definitions: the first line gives no version")
	}
	d.Version = string(version)
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		note := bytes.IndexByte(line[min(2, len(line)):], '\t') + 2
		raw := bytes.IndexByte(line[min(note+1, len(line)):], '\t') + note + 1
		if note < 2 || raw <= note {
			return nil, errors.New("reading the definitions: a line is cut off")
		}
		d.records[string(line[:note])] = record{note: string(line[note+1 : raw]), raw: line[raw+1:]}
	}
	return d, nil
}

// With returns definitions that know those of d and of a guide's resources:
// StructureDefinition, ValueSet, CodeSystem, Questionnaire and others, found
// by their url. Bundles are opened.
func (d *Definitions) With(resources ...jsondoc.Node) *Definitions {
	guide := &Definitions{Version: d.Version, parent: d, records: map[string]record{}}
	for _, n := range resources {
		guide.learn(n)
	}
	return guide
}

func (d *Definitions) learn(n jsondoc.Node) {
	kind := n.Get("resourceType").Text()
	if kind == "Bundle" {
		for e := n.Get("entry").First(); e.Exists(); e = e.Next() {
			d.learn(e.Get("resource"))
		}
		return
	}
	url := n.Get("url").Text()
	switch kind {
	case "StructureDefinition":
		d.records["S\t"+url] = record{note: n.Get("type").Text() + " " + n.Get("derivation").Text() + " " + n.Get("kind").Text(), node: n}
	case "ValueSet":
		d.records["V\t"+url] = record{node: n}
	case "CodeSystem":
		if !n.Get("content").TextIs("supplement") && !n.Get("supplements").Exists() {
			d.records["C\t"+url] = record{node: n}
		}
	}
	if url != "" {
		d.records["R\t"+kind+"\t"+url] = record{node: n}
	}
	if id := n.Get("id").Text(); id != "" {
		d.records["I\t"+kind+"/"+id] = record{node: n}
	}
}

// Resource finds a resource of the guide by its type and canonical URL (whose
// version is not looked at).
func (d *Definitions) Resource(kind, url string) (jsondoc.Node, bool) {
	r, _, ok := d.record("R\t" + kind + "\t" + withoutVersion(url))
	return r.node, ok
}

// Knows reports whether there is a structure or profile of that URL.
func (d *Definitions) Knows(url string) bool { return d.structure(url) != nil }

func (d *Definitions) record(key string) (record, *Definitions, bool) {
	for ; d != nil; d = d.parent {
		if r, ok := d.records[key]; ok {
			return r, d, true
		}
		if d.parent == nil && d.terms != nil && (key[0] == 'C' || key[0] == 'V') {
			return d.terms().record(key)
		}
	}
	return record{}, nil, false
}

func (r record) open() (jsondoc.Node, error) {
	if r.node.Exists() {
		return r.node, nil
	}
	doc, err := jsondoc.Parse(r.raw, jsondoc.Limits{})
	if err != nil {
		return jsondoc.Node{}, err
	}
	return doc.Root(), nil
}

func withoutVersion(url string) string {
	url, _, _ = strings.Cut(url, "|")
	return url
}

// structure finds the structure or profile of that URL; nil when it is not
// known or cannot be read.
func (d *Definitions) structure(url string) *structure {
	url = withoutVersion(url)
	if s, ok := d.structures.Load(url); ok {
		return s.(*structure)
	}
	r, owner, ok := d.record("S\t" + url)
	if !ok {
		return nil
	}
	if owner != d && owner.parent == nil {
		return owner.structure(url)
	}
	var s *structure
	if n, err := r.open(); err == nil {
		s = d.compile(n)
	}
	kept, _ := d.structures.LoadOrStore(url, s)
	return kept.(*structure)
}

// typ finds a type of FHIR by its name.
func (d *Definitions) typ(name string) *structure {
	for d.parent != nil {
		d = d.parent
	}
	if !d.IsType(name) {
		return nil
	}
	return d.structure(core + name)
}

// shape finds what has elements under a name: a type, or by its path an
// element with elements of its own.
func (d *Definitions) shape(name string) *element {
	for d.parent != nil {
		d = d.parent
	}
	if e, ok := d.shapes.Load(name); ok {
		return e.(*element)
	}
	head, rest, nested := strings.Cut(name, ".")
	var e *element
	if s := d.typ(head); s != nil {
		e = s.root
		for nested && e != nil {
			head, rest, nested = strings.Cut(rest, ".")
			e = e.child(strings.TrimSuffix(head, "[x]"))
		}
	}
	if e != nil { // what is unknown is not kept: its names come from outside
		d.shapes.Store(name, e)
	}
	return e
}

// Element implements fhirpath.Model.
func (d *Definitions) Element(typ, name string) (fhirpath.Element, bool) {
	e := d.shape(typ)
	if e == nil {
		return fhirpath.Element{}, false
	}
	if c := e.child(name); c != nil {
		return c.model, true
	}
	if strings.IndexByte(typ, '.') > 0 {
		return d.Element("BackboneElement", name)
	}
	return fhirpath.Element{}, false
}

// Base implements fhirpath.Model.
func (d *Definitions) Base(typ string) string {
	if strings.IndexByte(typ, '.') > 0 {
		if e := d.shape(typ); e != nil && len(e.types) > 0 {
			return e.types[0].name
		}
		return ""
	}
	if s := d.typ(typ); s != nil {
		return s.base[strings.LastIndexByte(s.base, '/')+1:]
	}
	return ""
}

// IsType implements fhirpath.Model.
func (d *Definitions) IsType(name string) bool {
	for d.parent != nil {
		d = d.parent
	}
	r, ok := d.records["S\t"+core+name]
	return ok && !strings.Contains(r.note, " constraint ")
}

// IsResource reports whether name is a type of resource that can be sent.
func (d *Definitions) IsResource(name string) bool {
	for d.parent != nil {
		d = d.parent
	}
	r, ok := d.records["S\t"+core+name]
	return ok && strings.HasSuffix(r.note, " resource") && !strings.Contains(r.note, " constraint ")
}

// is reports whether typ is want or specialises it.
func (d *Definitions) is(typ, want string) bool {
	for typ != "" && typ != want {
		typ = d.Base(typ)
	}
	return typ == want
}
