// Package openvex reads statements in the OpenVEX format: what a maker or
// somebody else says about whether a product is affected by a weakness.
package openvex

import (
	"time"

	"bedrail/format/jsonread"
)

// A Document is some statements by one author.
type Document struct {
	ID         string
	Author     string
	Timestamp  time.Time
	Statements []Statement
}

// A Statement says how some products stand to one weakness.
type Statement struct {
	Vulnerability string
	Aliases       []string
	Products      []Product
	Status        string // not_affected, affected, fixed, under_investigation
	Justification string
	Impact        string
	Action        string
	Timestamp     time.Time
}

// A Product names a product for machines, or a part of one.
type Product struct {
	ID            string
	PURL          string
	CPE           string
	Subcomponents []Product
}

const maxStatements = 200_000

// Read reads one document.
func Read(r *jsonread.Reader) (Document, error) {
	var d Document
	var statements bool
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "@id":
			d.ID, err = r.Text()
		case "author":
			d.Author, err = r.Text()
		case "timestamp":
			d.Timestamp, err = readTime(r)
		case "statements":
			statements = true
			err = r.Array(func() error {
				if len(d.Statements) == maxStatements {
					return r.Errorf("more than %d statements", maxStatements)
				}
				s, err := readStatement(r)
				d.Statements = append(d.Statements, s)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil && !statements {
		err = r.Errorf("the document has no statements: not OpenVEX")
	}
	return d, err
}

func readTime(r *jsonread.Reader) (time.Time, error) {
	text, err := r.Text()
	t, bad := time.Parse(time.RFC3339Nano, text)
	if bad != nil {
		return time.Time{}, err
	}
	return t.UTC(), err
}

func readStatement(r *jsonread.Reader) (Statement, error) {
	var s Statement
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "vulnerability":
			err = readVulnerability(r, &s)
		case "products":
			err = readProducts(r, &s.Products, true)
		case "status":
			s.Status, err = r.Text()
		case "justification":
			s.Justification, err = r.Text()
		case "impact_statement":
			s.Impact, err = r.Text()
		case "action_statement":
			s.Action, err = r.Text()
		case "timestamp":
			s.Timestamp, err = readTime(r)
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil && s.Vulnerability == "" {
		err = r.Errorf("a statement names no vulnerability")
	}
	return s, err
}

// readVulnerability reads the object, or the text of version 0.0.
func readVulnerability(r *jsonread.Reader, s *Statement) (err error) {
	if r.Kind() == jsonread.String {
		s.Vulnerability, err = r.String()
		return err
	}
	return r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			s.Vulnerability, err = r.Text()
		case "@id":
			var id string
			if id, err = r.Text(); s.Vulnerability == "" {
				s.Vulnerability = id
			}
		case "aliases":
			s.Aliases, err = r.Strings()
		default:
			err = r.Skip()
		}
		return err
	})
}

func readProducts(r *jsonread.Reader, into *[]Product, parts bool) error {
	return r.Array(func() error {
		var p Product
		if r.Kind() == jsonread.String {
			id, err := r.String()
			*into = append(*into, Product{ID: id})
			return err
		}
		err := r.Object(func(key []byte) (err error) {
			switch k := string(key); {
			case k == "@id":
				p.ID, err = r.Text()
			case k == "identifiers":
				err = r.Object(func(key []byte) (err error) {
					switch string(key) {
					case "purl":
						p.PURL, err = r.Text()
					case "cpe23", "cpe22":
						p.CPE, err = r.Text()
					default:
						err = r.Skip()
					}
					return err
				})
			case k == "subcomponents" && parts:
				err = readProducts(r, &p.Subcomponents, false)
			default:
				err = r.Skip()
			}
			return err
		})
		*into = append(*into, p)
		return err
	})
}
