// Package fhir knows the resources of FHIR: which elements a patient, an
// observation or a device may have, how often, and of which types.
package fhir

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"bedrail/format/fhirpath"
)

// r4 is the table of R4 (4.0.1), made by internal/tools/fhirgen.
//
//go:embed data/r4.gz
var r4 []byte

// R4 returns the definitions of FHIR R4, read on first use: some milliseconds.
var R4 = sync.OnceValue(func() *Definitions {
	d, err := readDefinitions(r4)
	if err != nil {
		panic(err) // the embedded table is part of the program
	}
	return d
})

// Definitions are the types of one version of FHIR. They are safe for
// concurrent use.
type Definitions struct {
	Version string
	types   map[string]*Type
}

// Unbounded is the Max of elements that may be repeated at will.
const Unbounded = -1

// A Type is a resource, a data type, or an element with elements of its own,
// which is named by its path: "Patient.contact".
type Type struct {
	Name     string
	Kind     string // "resource", "complex-type", "primitive-type", or "element"
	Base     string // the type that it specialises, or ""
	Abstract bool
	Elements []*Element // its own, without those of Base

	model map[string]fhirpath.Element
}

// An Element is an element as its type defines it.
type Element struct {
	Path    string // "Patient.contact.name"
	Name    string // "name"; of a choice without [x]
	Min     int
	Max     int // or Unbounded
	Types   []TypeRef
	Choice  bool   // value[x]
	Content string // the path whose elements it repeats, or ""
}

// A TypeRef is a type that an element may have.
type TypeRef struct {
	Name    string
	Targets []string // of a reference: the types it may point to, none is any
}

func readDefinitions(packed []byte) (*Definitions, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("reading the definitions: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("reading the definitions: %w", err)
	}
	d := &Definitions{types: map[string]*Type{}}
	var current *Type
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case f[0] == "fhir" && len(f) == 2:
			d.Version = f[1]
		case f[0] == "T" && len(f) == 5:
			current = d.add(&Type{Name: f[1], Kind: f[2], Base: f[3], Abstract: f[4] == "true"})
		case f[0] == "E" && len(f) == 5 && current != nil:
			if err := d.element(current, f[1:]); err != nil {
				return nil, fmt.Errorf("definitions, line %d: %w", n, err)
			}
		default:
			return nil, fmt.Errorf("definitions, line %d: neither type nor element", n)
		}
	}
	d.link()
	return d, nil
}

func (d *Definitions) add(t *Type) *Type {
	t.model = map[string]fhirpath.Element{}
	d.types[t.Name] = t
	return t
}

// element reads "path min max types" below a type. A path of several steps
// makes the element above it a type of its own.
func (d *Definitions) element(t *Type, f []string) error {
	path := t.Name + "." + f[0]
	e := &Element{Path: path, Max: Unbounded}
	var err error
	if e.Min, err = strconv.Atoi(f[1]); err != nil {
		return err
	}
	if f[2] != "*" {
		if e.Max, err = strconv.Atoi(f[2]); err != nil {
			return err
		}
	}
	if content, ok := strings.CutPrefix(f[3], "#"); ok {
		e.Content = content
	} else if f[3] != "" {
		for word := range strings.SplitSeq(f[3], "|") {
			e.Types = append(e.Types, typeRef(word))
		}
	}
	above := path[:strings.LastIndexByte(path, '.')]
	e.Name, e.Choice = strings.CutSuffix(path[len(above)+1:], "[x]")
	owner := d.types[above]
	if owner == nil {
		base := "BackboneElement"
		for _, x := range t.Elements {
			if x.Path == above && len(x.Types) > 0 {
				base = x.Types[0].Name
			}
		}
		owner = d.add(&Type{Name: above, Kind: "element", Base: base})
	}
	owner.Elements = append(owner.Elements, e)
	return nil
}

func typeRef(word string) TypeRef {
	name, targets, ok := strings.Cut(strings.TrimSuffix(word, ")"), "(")
	r := TypeRef{Name: name}
	if ok {
		r.Targets = strings.Split(targets, ",")
	}
	return r
}

// link prepares what FHIRPath asks for.
func (d *Definitions) link() {
	for _, t := range d.types {
		for _, e := range t.Elements {
			m := fhirpath.Element{Choice: e.Choice, List: e.Max != 1}
			switch {
			case e.Content != "":
				m.Types = []string{e.Content}
			case d.types[e.Path] != nil:
				m.Types = []string{e.Path}
			default:
				for _, r := range e.Types {
					m.Types = append(m.Types, r.Name)
				}
			}
			t.model[e.Name] = m
		}
	}
}

// Type finds a type by its name, or an element with elements by its path.
func (d *Definitions) Type(name string) (*Type, bool) {
	t, ok := d.types[name]
	return t, ok
}

// Find finds the element of a type, its own or inherited; name is without [x]
// and without the type of a choice.
func (d *Definitions) Find(typ, name string) (*Element, bool) {
	for t := d.types[typ]; t != nil; t = d.types[t.Base] {
		for _, e := range t.Elements {
			if e.Name == name {
				return e, true
			}
		}
	}
	return nil, false
}

// Element implements fhirpath.Model.
func (d *Definitions) Element(typ, name string) (fhirpath.Element, bool) {
	for t := d.types[typ]; t != nil; t = d.types[t.Base] {
		if e, ok := t.model[name]; ok {
			return e, true
		}
	}
	return fhirpath.Element{}, false
}

// Base implements fhirpath.Model.
func (d *Definitions) Base(typ string) string {
	if t := d.types[typ]; t != nil {
		return t.Base
	}
	return ""
}

// IsType implements fhirpath.Model.
func (d *Definitions) IsType(name string) bool {
	t := d.types[name]
	return t != nil && t.Kind != "element"
}
