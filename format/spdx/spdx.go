// Package spdx reads bills of software in the SPDX format: the list of what is
// inside a device, as its maker wrote it. Versions 2.2 and 2.3 come as JSON,
// YAML, RDF/XML or lines of tags and values, version 3.0 as a graph in JSON-LD.
package spdx

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// A Document is one bill.
type Document struct {
	Version       string // 2.3, 3.0.1
	Name          string
	Namespace     string
	Created       time.Time
	Authors       []string // persons and organisations that made the bill
	Tools         []string
	Packages      []Package
	Relationships []Relationship
	Describes     []string // identifiers of what the bill is about
	Warnings      []string
}

// A Package is one piece of software inside the device.
type Package struct {
	ID           string
	Name         string
	Version      string // may be empty: unknown
	Supplier     string
	PURL         string
	CPE          string
	Purpose      string // application, library, operating-system ...
	Hashes       int
	Licences     int
	EndOfSupport string // the day until which it is valid or supported, as written
}

// A Relationship says how one element relates to another.
type Relationship struct {
	From, Type, To string
}

// Limits on what is read.
const (
	MaxBytes         = 256 << 20
	MaxDepth         = 128
	MaxPackages      = 500_000
	MaxRelationships = 2_000_000
)

// Looks reports whether the beginning of a document looks like SPDX in any of
// the forms that Read understands.
func Looks(head []byte) bool {
	switch first := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"); {
	case len(first) > 0 && first[0] == '<':
		return looksRDF(head)
	case len(first) > 0 && first[0] != '{':
		return looksTagged(head) || looksYAML(head)
	}
	for _, sign := range []string{`"spdxVersion"`, `"SPDXID"`, `spdx.org/rdf/3`, `"spdxId"`, `"SPDX-`} {
		if bytes.Contains(head, []byte(sign)) {
			return !bytes.Contains(head, []byte(`"bomFormat"`))
		}
	}
	return false
}

func looksTagged(head []byte) bool {
	return bytes.Contains(head, []byte("SPDXVersion:")) || bytes.Contains(head, []byte("SPDXID:"))
}

// Read reads a bill in whichever form it is. An error that lies in the
// document is a *jsonread.Error.
func Read(src io.Reader) (Document, error) {
	in := bufio.NewReaderSize(src, 32<<10)
	head, _ := in.Peek(32 << 10)
	switch first := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"); {
	case len(first) > 0 && first[0] == '<':
		return readRDF(in)
	case len(first) > 0 && first[0] != '{' && !bytes.Contains(head, []byte("SPDXVersion:")) && looksYAML(head):
		return readYAML(in)
	case len(first) > 0 && first[0] != '{':
		return readTags(in)
	}
	r := jsonread.New(in, jsonread.Limits{Bytes: MaxBytes, Depth: MaxDepth})
	d, err := readJSON(r)
	if err == nil {
		err = r.End()
	}
	return d, err
}

// readJSON reads both lines of the format: which it is shows as keys come.
func readJSON(r *jsonread.Reader) (Document, error) {
	d := Document{}
	var g graph
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "spdxVersion":
			var text string
			text, err = r.Text()
			d.Version = strings.TrimPrefix(text, "SPDX-")
		case "name":
			d.Name, err = r.Text()
		case "documentNamespace":
			d.Namespace, err = r.Text()
		case "creationInfo":
			err = readCreation(r, &d)
		case "packages":
			err = r.Array(func() error { return readPackage(r, &d) })
		case "relationships":
			err = r.Array(func() error { return readRelationship(r, &d) })
		case "documentDescribes":
			d.Describes, err = r.Strings()
		case "@graph":
			err = r.Array(func() error { return g.element(r) })
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return d, err
	}
	if len(g.elements) > 0 {
		return g.resolve(), nil
	}
	return d, d.check(r.Errorf)
}

// check finishes a bill of the 2.x line.
func (d *Document) check(fault func(format string, args ...any) error) error {
	if d.Version == "" {
		return fault("neither spdxVersion nor @graph says that this is SPDX")
	}
	if !strings.HasPrefix(d.Version, "2.") {
		return fault("SPDX %q cannot be read in this form; 2.x and 3.0 JSON-LD can", d.Version)
	}
	if d.Version != "2.2" && d.Version != "2.3" && d.Version != "2.1" && d.Version != "2.0" {
		d.Warnings = append(d.Warnings, "SPDX "+d.Version+" is newer than what is known (2.3); read as far as understood")
	}
	for _, rel := range d.Relationships {
		if rel.Type == "DESCRIBES" && rel.From == "SPDXRef-DOCUMENT" && !slices.Contains(d.Describes, rel.To) {
			d.Describes = append(d.Describes, rel.To)
		}
	}
	return nil
}

func readCreation(r *jsonread.Reader, d *Document) error {
	if r.Kind() != jsonread.Object {
		return r.Skip()
	}
	return r.Object(func(key []byte) error {
		switch string(key) {
		case "created":
			text, err := r.Text()
			d.Created = timeOf(text)
			return err
		case "creators":
			return r.Array(func() error {
				text, err := r.Text()
				d.creator(text)
				return err
			})
		}
		return r.Skip()
	})
}

// creator takes "Tool: x", "Organization: y (mail)" or "Person: z".
func (d *Document) creator(text string) {
	kind, name, _ := strings.Cut(text, ":")
	if name = strings.TrimSpace(name); name == "" {
		return
	}
	if strings.EqualFold(strings.TrimSpace(kind), "tool") {
		d.Tools = append(d.Tools, name)
	} else {
		d.Authors = append(d.Authors, withoutAddress(name))
	}
}

func timeOf(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// said drops the two words by which SPDX says nothing.
func said(text string) string {
	text = strings.TrimSpace(text)
	if text == "NOASSERTION" || text == "NONE" {
		return ""
	}
	return text
}

// supplier drops the sort of supplier before the colon and an address after
// the name.
func supplier(text string) string {
	text = said(text)
	for _, kind := range []string{"Organization:", "Person:", "Tool:"} {
		text = strings.TrimSpace(strings.TrimPrefix(text, kind))
	}
	return withoutAddress(text)
}

// withoutAddress drops the address of mail after a name.
func withoutAddress(name string) string {
	if i := strings.LastIndex(name, " ("); i > 0 && strings.HasSuffix(name, ")") {
		return strings.TrimSpace(name[:i])
	}
	return name
}

func readPackage(r *jsonread.Reader, d *Document) error {
	if len(d.Packages) == MaxPackages {
		return r.Errorf("more than %d packages", MaxPackages)
	}
	var p Package
	var originator string
	err := r.Object(func(key []byte) (err error) {
		var text string
		switch string(key) {
		case "SPDXID":
			p.ID, err = r.Text()
		case "name":
			p.Name, err = r.Text()
		case "versionInfo":
			text, err = r.Text()
			p.Version = said(text)
		case "supplier":
			text, err = r.Text()
			p.Supplier = supplier(text)
		case "originator":
			text, err = r.Text()
			originator = supplier(text)
		case "primaryPackagePurpose":
			text, err = r.Text()
			p.Purpose = purpose(text)
		case "validUntilDate":
			p.EndOfSupport, err = r.Text()
		case "checksums":
			err = r.Array(func() error { p.Hashes++; return r.Skip() })
		case "licenseConcluded", "licenseDeclared":
			text, err = r.Text()
			if said(text) != "" {
				p.Licences++
			}
		case "externalRefs":
			err = r.Array(func() error { return readReference(r, &p) })
		default:
			err = r.Skip()
		}
		return err
	})
	if p.Supplier == "" {
		p.Supplier = originator
	}
	d.Packages = append(d.Packages, p)
	return err
}

func purpose(text string) string {
	return strings.ToLower(strings.ReplaceAll(said(text), "_", "-"))
}

func readReference(r *jsonread.Reader, p *Package) error {
	var kind, locator string
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "referenceType":
			kind, err = r.Text()
		case "referenceLocator":
			locator, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	p.identify(kind, locator)
	return err
}

// identify takes the first identifier of each sort that can be matched.
func (p *Package) identify(kind, locator string) {
	kind = kind[strings.LastIndexByte(kind, '/')+1:] // it may be written as an address
	switch strings.ToLower(kind) {
	case "purl", "packageurl":
		if p.PURL == "" {
			p.PURL = locator
		}
	case "cpe23type", "cpe23":
		if p.CPE == "" || !strings.HasPrefix(p.CPE, "cpe:2.3:") {
			p.CPE = locator
		}
	case "cpe22type", "cpe22":
		if p.CPE == "" {
			p.CPE = locator
		}
	}
}

func readRelationship(r *jsonread.Reader, d *Document) error {
	if len(d.Relationships) == MaxRelationships {
		return r.Errorf("more than %d relationships", MaxRelationships)
	}
	var rel Relationship
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "spdxElementId":
			rel.From, err = r.Text()
		case "relatedSpdxElement":
			rel.To, err = r.Text()
		case "relationshipType":
			rel.Type, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	d.Relationships = append(d.Relationships, rel)
	return err
}
