package spdx

import (
	"slices"
	"strings"

	"bedrail/format/jsonread"
)

// A graph holds the elements of version 3 as they come. Their order means
// nothing and each may point at any other, so they are joined at the end.
type graph struct {
	elements []element
}

// An element is what can be needed of any element.
type element struct {
	kind        string // without the profile before the underscore
	id          string
	name        string
	version     string
	purl        string
	cpe         string
	purpose     string
	validUntil  string
	hashes      int
	suppliers   []string // identifiers, those of suppliedBy first
	specVersion string
	created     string
	createdBy   []string
	createdWith []string
	from        string
	relation    string
	to          []string
	roots       []string
}

func (g *graph) element(r *jsonread.Reader) error {
	if len(g.elements) >= MaxPackages+MaxRelationships {
		return r.Errorf("more than %d elements", MaxPackages+MaxRelationships)
	}
	var e element
	var originators []string
	err := r.Object(func(key []byte) (err error) {
		switch bare(string(key)) {
		case "type", "@type":
			e.kind, err = r.Text()
			e.kind = bare(e.kind)
		case "spdxId", "@id":
			e.id, err = r.Text()
		case "name":
			e.name, err = r.Text()
		case "packageVersion":
			e.version, err = r.Text()
		case "packageUrl":
			e.purl, err = r.Text()
		case "primaryPurpose":
			e.purpose, err = r.Text()
		case "validUntilTime":
			e.validUntil, err = r.Text()
		case "externalIdentifier":
			err = each(r, func() error { return e.identifier(r) })
		case "verifiedUsing":
			err = each(r, func() error { e.hashes++; return r.Skip() })
		case "suppliedBy":
			err = ids(r, &e.suppliers)
		case "originatedBy":
			err = ids(r, &originators)
		case "specVersion":
			e.specVersion, err = r.Text()
		case "created":
			e.created, err = r.Text()
		case "createdBy":
			err = ids(r, &e.createdBy)
		case "createdUsing":
			err = ids(r, &e.createdWith)
		case "from":
			var one []string
			err = ids(r, &one)
			e.from = strings.Join(one, "")
		case "relationshipType":
			e.relation, err = r.Text()
		case "to":
			err = ids(r, &e.to)
		case "rootElement":
			err = ids(r, &e.roots)
		default:
			err = r.Skip()
		}
		return err
	})
	e.suppliers = append(e.suppliers, originators...)
	g.elements = append(g.elements, e)
	return err
}

// bare takes the profile off a name: software_Package is Package.
func bare(name string) string {
	return name[max(strings.LastIndexByte(name, '_'), strings.LastIndexByte(name, '/'))+1:]
}

// each reads a list, or the one value that stands for a list of one.
func each(r *jsonread.Reader, fn func() error) error {
	if r.Kind() == jsonread.Array {
		return r.Array(fn)
	}
	return fn()
}

// ids reads identifiers: texts, or elements written in place.
func ids(r *jsonread.Reader, into *[]string) error {
	return each(r, func() error {
		if r.Kind() == jsonread.String {
			id, err := r.String()
			*into = append(*into, id)
			return err
		}
		if r.Kind() != jsonread.Object {
			return r.Skip()
		}
		return r.Object(func(key []byte) error {
			if k := string(key); k != "spdxId" && k != "@id" {
				return r.Skip()
			}
			id, err := r.Text()
			*into = append(*into, id)
			return err
		})
	})
}

func (e *element) identifier(r *jsonread.Reader) error {
	var kind, value string
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "externalIdentifierType":
			kind, err = r.Text()
		case "identifier":
			value, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	p := Package{PURL: e.purl, CPE: e.cpe}
	p.identify(kind, value)
	e.purl, e.cpe = p.PURL, p.CPE
	return err
}

// resolve joins the elements into a bill.
func (g *graph) resolve() Document {
	d := Document{}
	names := map[string]string{}
	for _, e := range g.elements {
		switch e.kind {
		case "Person", "Organization", "Agent", "SoftwareAgent", "Tool":
			names[e.id] = e.name
		}
	}
	licensed := map[string]int{}
	for _, e := range g.elements {
		if e.from == "" {
			continue
		}
		for _, to := range e.to {
			if len(d.Relationships) < MaxRelationships {
				d.Relationships = append(d.Relationships, Relationship{e.from, e.relation, to})
			}
		}
		if e.relation == "hasConcludedLicense" || e.relation == "hasDeclaredLicense" {
			licensed[e.from]++
		}
	}
	for _, e := range g.elements {
		switch e.kind {
		case "CreationInfo":
			d.creation(e, names)
		case "SpdxDocument", "Sbom", "Bom":
			if d.Name == "" || e.kind == "SpdxDocument" {
				d.Name = e.name
			}
			for _, root := range e.roots {
				if !slices.Contains(d.Describes, root) {
					d.Describes = append(d.Describes, root)
				}
			}
		case "Package", "AIPackage", "DatasetPackage":
			if len(d.Packages) < MaxPackages {
				d.Packages = append(d.Packages, e.asPackage(names, licensed[e.id]))
			}
		}
	}
	if d.Version == "" {
		d.Version = "3.0"
	}
	if !strings.HasPrefix(d.Version, "3.0") {
		d.Warnings = append(d.Warnings, "SPDX "+d.Version+" is newer than what is known (3.0.1); read as far as understood")
	}
	return d
}

func (d *Document) creation(e element, names map[string]string) {
	if e.specVersion != "" {
		d.Version = e.specVersion
	}
	if t := timeOf(e.created); t.After(d.Created) {
		d.Created = t
	}
	for _, id := range e.createdBy {
		if n := names[id]; n != "" && !slices.Contains(d.Authors, n) {
			d.Authors = append(d.Authors, n)
		}
	}
	for _, id := range e.createdWith {
		if n := names[id]; n != "" && !slices.Contains(d.Tools, n) {
			d.Tools = append(d.Tools, n)
		}
	}
}

func (e element) asPackage(names map[string]string, licences int) Package {
	p := Package{ID: e.id, Name: e.name, Version: said(e.version), PURL: e.purl, CPE: e.cpe, Purpose: purpose(e.purpose), Hashes: e.hashes,
		Licences: licences, EndOfSupport: e.validUntil}
	for _, id := range e.suppliers {
		if p.Supplier == "" {
			p.Supplier = names[id]
		}
	}
	return p
}
