// Package csaf reads advisories in the Common Security Advisory Framework 2.0:
// what a maker or an authority says about named products.
package csaf

import (
	"slices"
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// A Document is one advisory.
type Document struct {
	ID              string
	Title           string
	Category        string
	Publisher       string
	Status          string // draft, interim, final
	Released        time.Time
	Products        []Product
	Vulnerabilities []Vulnerability
	References      []string
}

// A Product is a leaf of the product tree, with the branches that lead to it.
type Product struct {
	ID      string
	Name    string
	Vendor  string
	Product string // product family and name
	Version string // text of the version or version range, as written
	Range   bool   // Version came from a version range
	Helper  Helper
	Parts   []string // for a relationship: the products that it joins
}

// A Helper names a product for machines.
type Helper struct {
	CPE           string
	PURL          string
	ModelNumbers  []string
	SerialNumbers []string
	SKUs          []string
}

// A Vulnerability is one weakness with what it means for each product.
type Vulnerability struct {
	CVE          string
	IDs          []string
	Title        string
	Status       map[string][]string // product_status: category to product identifiers
	Flags        map[string]string   // product identifier to justification
	Remediations []Remediation
	Scores       []Score
}

// A Remediation is what can be done about it.
type Remediation struct {
	Category string
	Details  string
}

// A Score is a CVSS score with its vector.
type Score struct {
	Version string
	Vector  string
	Base    float64
}

// maxProducts bounds a product tree.
const maxProducts = 200_000

// Read reads one document.
func Read(r *jsonread.Reader) (Document, error) {
	var d Document
	var isCSAF bool
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "document":
			isCSAF = true
			err = readDocument(r, &d)
		case "product_tree":
			err = readTree(r, &d)
		case "vulnerabilities":
			err = r.Array(func() error {
				v, err := readVulnerability(r)
				d.Vulnerabilities = append(d.Vulnerabilities, v)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil && (!isCSAF || d.ID == "") {
		err = r.Errorf("the document has no document.tracking.id: not a CSAF advisory")
	}
	return d, err
}

func readDocument(r *jsonread.Reader, d *Document) error {
	return r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "title":
			d.Title, err = r.String()
		case "category":
			d.Category, err = r.String()
		case "publisher":
			err = r.Object(func(key []byte) (err error) {
				if string(key) != "name" {
					return r.Skip()
				}
				d.Publisher, err = r.String()
				return err
			})
		case "references":
			err = r.Array(func() error {
				return r.Object(func(key []byte) error {
					if string(key) != "url" || len(d.References) >= 8 {
						return r.Skip()
					}
					u, err := r.String()
					d.References = append(d.References, u)
					return err
				})
			})
		case "tracking":
			err = r.Object(func(key []byte) (err error) {
				switch string(key) {
				case "id":
					d.ID, err = r.Text()
				case "status":
					d.Status, err = r.String()
				case "current_release_date":
					d.Released, err = readTime(r)
				default:
					err = r.Skip()
				}
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
}

func readTree(r *jsonread.Reader, d *Document) error {
	return r.Object(func(key []byte) error {
		switch string(key) {
		case "branches":
			return r.Array(func() error { return readBranch(r, d) })
		case "full_product_names":
			return r.Array(func() error {
				p, err := readProduct(r, Product{})
				d.Products = append(d.Products, p)
				return err
			})
		case "relationships":
			return r.Array(func() error { return readRelationship(r, d) })
		}
		return r.Skip()
	})
}

// readBranch reads a branch below the products that lead to it. Members may
// stand in any order, so the branch is read whole before its children's
// products are completed.
func readBranch(r *jsonread.Reader, d *Document) error {
	var category, name string
	var leaf *Product
	first := len(d.Products)
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "category":
			category, err = r.String()
		case "name":
			name, err = r.Text()
		case "branches":
			err = r.Array(func() error { return readBranch(r, d) })
		case "product":
			var p Product
			p, err = readProduct(r, Product{})
			leaf = &p
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if leaf != nil {
		d.Products = append(d.Products, *leaf)
	}
	if len(d.Products) > maxProducts {
		return r.Errorf("a product tree of more than %d products", maxProducts)
	}
	for i := first; i < len(d.Products); i++ {
		d.Products[i].under(category, name)
	}
	return nil
}

// under completes p with a branch above it.
func (p *Product) under(category, name string) {
	switch category {
	case "vendor":
		p.Vendor = name
	case "product_family", "product_name":
		p.Product = strings.TrimSpace(name + " " + p.Product)
	case "product_version", "product_version_range":
		p.Version, p.Range = name, category == "product_version_range"
	case "patch_level", "service_pack":
		p.Version = strings.TrimSpace(p.Version + " " + name)
	}
}

func readProduct(r *jsonread.Reader, p Product) (Product, error) {
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			p.Name, err = r.String()
		case "product_id":
			p.ID, err = r.Text()
		case "product_identification_helper":
			err = r.Object(func(key []byte) (err error) {
				switch string(key) {
				case "cpe":
					p.Helper.CPE, err = r.String()
				case "purl":
					p.Helper.PURL, err = r.String()
				case "model_numbers":
					p.Helper.ModelNumbers, err = r.Strings()
				case "serial_numbers":
					p.Helper.SerialNumbers, err = r.Strings()
				case "skus":
					p.Helper.SKUs, err = r.Strings()
				default:
					err = r.Skip()
				}
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return p, err
}

func readRelationship(r *jsonread.Reader, d *Document) error {
	var p Product
	var a, b string
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "full_product_name":
			p, err = readProduct(r, p)
		case "product_reference":
			a, err = r.Text()
		case "relates_to_product_reference":
			b, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	p.Parts = []string{a, b}
	d.Products = append(d.Products, p)
	return err
}

func readVulnerability(r *jsonread.Reader) (Vulnerability, error) {
	var v Vulnerability
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "cve":
			v.CVE, err = r.String()
		case "title":
			v.Title, err = r.String()
		case "ids":
			err = r.Array(func() error {
				return r.Object(func(key []byte) error {
					if string(key) != "text" {
						return r.Skip()
					}
					id, err := r.Text()
					v.IDs = append(v.IDs, id)
					return err
				})
			})
		case "product_status":
			v.Status = map[string][]string{}
			err = r.Object(func(key []byte) error {
				k := string(key)
				ids, err := r.Strings()
				slices.Sort(ids)
				v.Status[k] = slices.Compact(ids)
				return err
			})
		case "flags":
			err = r.Array(func() error { return readFlag(r, &v) })
		case "remediations":
			err = r.Array(func() error {
				var m Remediation
				err := r.Object(func(key []byte) (err error) {
					switch string(key) {
					case "category":
						m.Category, err = r.String()
					case "details":
						m.Details, err = r.String()
					default:
						err = r.Skip()
					}
					return err
				})
				v.Remediations = append(v.Remediations, m)
				return err
			})
		case "scores":
			err = r.Array(func() error { return readScores(r, &v) })
		default:
			err = r.Skip()
		}
		return err
	})
	return v, err
}

func readFlag(r *jsonread.Reader, v *Vulnerability) error {
	var label string
	var products []string
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "label":
			label, err = r.String()
		case "product_ids":
			products, err = r.Strings()
		default:
			err = r.Skip()
		}
		return err
	})
	if v.Flags == nil {
		v.Flags = map[string]string{}
	}
	for _, p := range products {
		v.Flags[p] = label
	}
	return err
}

func readScores(r *jsonread.Reader, v *Vulnerability) error {
	return r.Object(func(key []byte) error {
		if !strings.HasPrefix(string(key), "cvss_v") {
			return r.Skip()
		}
		var s Score
		err := r.Object(func(key []byte) (err error) {
			switch string(key) {
			case "version":
				s.Version, err = r.Text()
			case "vectorString":
				s.Vector, err = r.String()
			case "baseScore":
				s.Base, err = r.Float()
			default:
				err = r.Skip()
			}
			return err
		})
		if s.Vector != "" && !slices.Contains(v.Scores, s) {
			v.Scores = append(v.Scores, s)
		}
		return err
	})
}

func readTime(r *jsonread.Reader) (time.Time, error) {
	text, err := r.Text()
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, nil
	}
	return t.UTC(), nil
}
