package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Mapping is one file: for which messages it is, and what becomes of them.
type Mapping struct {
	Name    string `yaml:"mapping" json:"name"`
	Version int    `yaml:"version" json:"version"`
	Title   string `yaml:"title" json:"title"`
	// Source cites what the mapping follows: the standard and clause.
	Source string `yaml:"source,omitempty" json:"source,omitempty"`
	// From is what is read (hl7v2, astm, poct1a, dicom, fhir) and To what is
	// written (fhir, hl7v2).
	From string `yaml:"from" json:"from"`
	To   string `yaml:"to" json:"to"`
	// When tells which messages it is for: a condition on HL7 v2, and FHIRPath
	// on FHIR. Empty: those of its kind that no other takes.
	When string `yaml:"when,omitempty" json:"when,omitempty"`
	// Extends names a mapping whose rows, elements and tests this one begins
	// with.
	Extends string `yaml:"extends,omitempty" json:"extends,omitempty"`
	// Structure names a message structure of the tables; Parts spells one out;
	// View names another way in which a message falls into parts.
	Structure string `yaml:"structure,omitempty" json:"structure,omitempty"`
	Parts     string `yaml:"parts,omitempty" json:"parts,omitempty"`
	View      string `yaml:"view,omitempty" json:"view,omitempty"`
	// Leave names maps of segments in the structure that are not applied.
	Leave []string `yaml:"leave,omitempty" json:"leave,omitempty"`
	Rows  []Row    `yaml:"rows,omitempty" json:"rows,omitempty"`
	// Natural are the types of resource whose id comes from their identifier
	// instead of the message: the same device or patient in every message.
	Natural []string `yaml:"natural,omitempty" json:"natural,omitempty"`
	// Create are the types that are only made where a receiver has none with
	// that identifier, so that what it knows is not overwritten.
	Create []string `yaml:"create,omitempty,flow" json:"create,omitempty"`
	// Subjects are elements that refer to the patient where nothing else says
	// to whom and the message is about one patient: Encounter.subject.
	Subjects []string `yaml:"subjects,omitempty,flow" json:"subjects,omitempty"`
	// Elements say what is filled in or left out for FHIR to accept it.
	Elements map[string]Element `yaml:"elements,omitempty" json:"elements,omitempty"`
	// Write are the segments of a mapping to HL7 v2.
	Write []Segment `yaml:"write,omitempty" json:"write,omitempty"`
	Tests []Test    `yaml:"tests,omitempty" json:"tests,omitempty"`
}

// An Element says what a type or element must have.
type Element struct {
	// Need are members without which the element is left out; "a|b" means one
	// of them.
	Need []string `yaml:"need,omitempty,flow" json:"need,omitempty"`
	// Fill puts a value where none is; From names a member that must be there.
	Fill []Rule `yaml:"fill,omitempty" json:"fill,omitempty"`
}

// A Segment is one that a mapping to HL7 v2 writes.
type Segment struct {
	Name string `yaml:"segment" json:"segment"`
	// Each is FHIRPath on the bundle; the segment is written for each item.
	Each string `yaml:"each,omitempty" json:"each,omitempty"`
	// Set are fields by path (PID-3.1), with FHIRPath on the item.
	Set []Field `yaml:"set" json:"set"`
	// Then are segments below it, written after each of its own.
	Then []Segment `yaml:"then,omitempty" json:"then,omitempty"`
}

// A Field is one that is written.
type Field struct {
	To string `yaml:"to" json:"to"`
	// From is FHIRPath on the item; Value is written as it is.
	From  string `yaml:"from,omitempty" json:"from,omitempty"`
	Value string `yaml:"value,omitempty" json:"value,omitempty"`
	// As is time or date, for what FHIR writes otherwise.
	As string `yaml:"as,omitempty" json:"as,omitempty"`
	// Codes translates: what is not in it stays as it is.
	Codes map[string]string `yaml:"codes,omitempty,flow" json:"codes,omitempty"`
}

// A Test is a message and what must come of it.
type Test struct {
	Name string `yaml:"name" json:"name"`
	// Message is the message itself, a segment on a line; File names one beside
	// the mapping.
	Message string `yaml:"message,omitempty" json:"message,omitempty"`
	File    string `yaml:"file,omitempty" json:"file,omitempty"`
	// Expect are FHIRPath expressions on the bundle, or HL7 paths, and what
	// they must give; several values are joined with ", ".
	Expect map[string]string `yaml:"expect" json:"expect"`
}

// MaxBytes bounds a mapping file.
const MaxBytes = 1 << 20

// Parse reads a mapping. Unknown words are an error, with their line.
func Parse(text []byte) (*Mapping, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("the mapping is longer than %d bytes", MaxBytes)
	}
	if bytes.Count(text, []byte("&")) > 200 || bytes.Count(text, []byte("*")) > 20_000 {
		return nil, errors.New("the mapping uses too many anchors")
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	m := &Mapping{}
	if err := d.Decode(m); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the mapping is empty")
		}
		return nil, fmt.Errorf("the mapping cannot be read: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds a second document; a mapping is one file")
	}
	return m, m.check()
}

func (m *Mapping) check() error {
	if m.Name == "" || strings.Trim(m.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return errors.New("mapping: give it a name of small letters, digits and hyphens")
	}
	if m.Version < 1 {
		return fmt.Errorf("mapping %s: give it a version from 1", m.Name)
	}
	switch m.From + " " + m.To {
	case "hl7v2 fhir", "astm fhir", "poct1a fhir", "dicom fhir", "fhir hl7v2":
	default:
		return fmt.Errorf("mapping %s: from %q to %q is not known; from hl7v2, astm, poct1a or dicom to fhir, or from fhir to hl7v2", m.Name, m.From, m.To)
	}
	return nil
}

// extend returns m with what base brings: base's rows first, and base's own
// words where m has none.
func (m *Mapping) extend(base *Mapping) *Mapping {
	out := *m
	for _, f := range []struct{ into, from *string }{
		{&out.Source, &base.Source}, {&out.When, &base.When}, {&out.Structure, &base.Structure}, {&out.Parts, &base.Parts}, {&out.View, &base.View},
	} {
		if *f.into == "" {
			*f.into = *f.from
		}
	}
	if m.Parts != "" {
		out.Structure = "" // its own parts, not those of a table
	}
	out.Rows = append(append([]Row{}, base.Rows...), m.Rows...)
	out.Leave = append(append([]string{}, base.Leave...), m.Leave...)
	out.Natural = append(append([]string{}, base.Natural...), m.Natural...)
	out.Subjects = append(append([]string{}, base.Subjects...), m.Subjects...)
	out.Create = append(append([]string{}, base.Create...), m.Create...)
	out.Write = append(append([]Segment{}, base.Write...), m.Write...)
	out.Elements = map[string]Element{}
	for name, e := range base.Elements {
		out.Elements[name] = e
	}
	for name, e := range m.Elements {
		out.Elements[name] = e
	}
	return &out
}
