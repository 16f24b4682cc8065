package release

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
)

// A place is where a column is read: in HL7 v2, or in a resource of FHIR.
type place struct {
	hl7 hl7.Path
	of  string   // type of resource; "" is HL7 v2
	in  []string // its element, from the outside in
}

func (p *place) format() exchange.Format {
	if p.of == "" {
		return exchange.HL7v2
	}
	return exchange.FHIR
}

const mostPlaces = 8 // of one column

var aResource = regexp.MustCompile(`^[A-Z][A-Za-z]+\.[A-Za-z.]+$`)

// check says what is wrong with c, and makes its places ready.
func (c *Column) check() error {
	if !goodColumn.MatchString(c.Name) {
		return bedrail.Errorf(bedrail.Invalid, "name is %q; a column has a name of lower-case letters, digits and underscores", c.Name)
	}
	if !slices.Contains(Forms(), c.As) {
		return bedrail.Errorf(bedrail.Invalid, "as is %q; it is one of %s", c.As, strings.Join(Forms(), ", "))
	}
	c.places = nil
	for from := range strings.SplitSeq(c.From, "|") {
		p, err := c.place(strings.TrimSpace(from))
		if err != nil {
			return err
		}
		if c.places = append(c.places, p); len(c.places) > mostPlaces {
			return bedrail.Errorf(bedrail.Invalid, "from names more than %d places", mostPlaces)
		}
	}
	return nil
}

func (c *Column) place(from string) (place, error) {
	if aResource.MatchString(from) {
		of, path, _ := strings.Cut(from, ".")
		forms, known := formsOf(of, path)
		switch {
		case !known:
			return place{}, bedrail.Errorf(bedrail.Invalid, "nothing of a %s may leave; what may is listed by `bedrail release places`", of)
		case forms == nil:
			return place{}, bedrail.Errorf(bedrail.Invalid, "%s may not leave: it is not in the list of `bedrail release places`, so it may say who somebody is", from)
		case !slices.Contains(forms, c.As):
			return place{}, bedrail.Errorf(bedrail.Invalid, "%s may not leave as %s; it may as %s", from, c.As, strings.Join(forms, " or "))
		}
		return place{of: of, in: strings.Split(path, ".")}, nil
	}
	path, err := hl7.ParsePath(from)
	if err != nil || path.Field == 0 {
		return place{}, bedrail.Errorf(bedrail.Invalid, "from is %q; it is a place such as PID-8, OBX-5 or Observation.code", from)
	}
	if why := c.refuse(path); why != "" {
		return place{}, bedrail.Errorf(bedrail.Invalid, "%s may not leave as %s: %s", from, c.As, why)
	}
	return place{hl7: path}, nil
}

// refuse says why a place of HL7 v2 may not leave in the form of c.
func (c *Column) refuse(p hl7.Path) string {
	switch c.As {
	case Age:
		if p.Segment != "PID" || p.Field != 7 {
			return "an age is made of the date of birth, PID-7"
		}
	case Zip3:
		if p.Segment != "PID" || p.Field != 11 {
			return "a postcode stands in PID-11"
		}
	case Number:
		if p.Segment != "OBX" || p.Field != 5 {
			return "a measured value stands in OBX-5"
		}
	case Code:
		if !slices.Contains(codedFields(p.Segment), p.Field) || p.Component > 1 || p.Segment == "PV1" && p.Field == 3 && p.Component != 1 {
			return "it may say who somebody is; codes leave from fields that hold a code only, and of PV1-3 its first component"
		}
	}
	return ""
}

func hl7Place(segment string, field int) Place {
	p := Place{From: fmt.Sprintf("%s-%d", segment, field), Kind: "hl7v2", Of: segment, Forms: []string{Code, Pseudonym}}
	switch p.From {
	case "PV1-3":
		p.From = "PV1-3.1"
	case "OBX-5":
		p.Forms = []string{Number, Code, Pseudonym}
	}
	return p
}

// reads reports whether a column is read in messages of a format.
func (d *Definition) reads(f exchange.Format) bool {
	return slices.ContainsFunc(d.Columns, func(c Column) bool {
		return slices.ContainsFunc(c.places, func(p place) bool { return p.format() == f })
	})
}

// focus is the type of resource of which there is a row each. Two of them in
// one table would say of every pair that they belong together.
func (d *Definition) focus() (string, error) {
	var of []string
	for _, c := range d.Columns {
		for _, p := range c.places {
			if p.of != "" && !slices.Contains(of, p.of) {
				of = append(of, p.of)
			}
		}
	}
	rows := slices.DeleteFunc(slices.Clone(of), around)
	switch {
	case len(rows) > 1:
		return "", bedrail.Errorf(bedrail.Invalid, "columns are of %s: rows are of one type of resource, beside Patient, Encounter, Device and Specimen that belong to it; make a release of each", strings.Join(rows, " and ")).At("columns")
	case len(rows) == 1:
		return rows[0], nil
	}
	for _, t := range []string{"Encounter", "Specimen", "Device", "Patient"} {
		if slices.Contains(of, t) {
			return t, nil
		}
	}
	return "", nil
}

// parts reports whether there is a row for each component of an Observation.
func (d *Definition) parts() bool {
	return slices.ContainsFunc(d.Columns, func(c Column) bool {
		return slices.ContainsFunc(c.places, func(p place) bool { return p.of == "Observation" && p.in[0] == "component" })
	})
}
