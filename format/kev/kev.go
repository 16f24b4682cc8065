// Package kev reads the catalogue of vulnerabilities that are known to be used
// in attacks.
package kev

import (
	"time"

	"bedrail/format/jsonread"
)

// A Catalogue is the list at one date.
type Catalogue struct {
	Version  string
	Released time.Time
	Entries  []Entry
}

// An Entry is one vulnerability of the list.
type Entry struct {
	CVE        string
	Vendor     string
	Product    string
	Name       string
	Added      string // a date
	Due        string
	Ransomware bool // known use by ransomware
}

// Read reads a catalogue.
func Read(r *jsonread.Reader) (Catalogue, error) {
	var c Catalogue
	var listed bool
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "catalogVersion":
			c.Version, err = r.Text()
		case "dateReleased":
			var text string
			text, err = r.Text()
			if t, bad := time.Parse(time.RFC3339Nano, text); bad == nil {
				c.Released = t.UTC()
			}
		case "vulnerabilities":
			listed = true
			err = r.Array(func() error {
				e, err := readEntry(r)
				if e.CVE != "" {
					c.Entries = append(c.Entries, e)
				}
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil && !listed {
		err = r.Errorf("the catalogue has no vulnerabilities")
	}
	return c, err
}

func readEntry(r *jsonread.Reader) (Entry, error) {
	var e Entry
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "cveID":
			e.CVE, err = r.String()
		case "vendorProject":
			e.Vendor, err = r.String()
		case "product":
			e.Product, err = r.String()
		case "vulnerabilityName":
			e.Name, err = r.String()
		case "dateAdded":
			e.Added, err = r.String()
		case "dueDate":
			e.Due, err = r.String()
		case "knownRansomwareCampaignUse":
			var use string
			use, err = r.String()
			e.Ransomware = use == "Known"
		default:
			err = r.Skip()
		}
		return err
	})
	return e, err
}
