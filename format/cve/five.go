package cve

import (
	"strings"

	"bedrail/format/jsonread"
)

// ReadFive reads a CVE JSON 5 record: what the numbering authority wrote, and
// what others added to it.
func ReadFive(r *jsonread.Reader) (Record, error) {
	var rec Record
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "cveMetadata":
			err = readMetadata(r, &rec)
		case "containers":
			err = r.Object(func(key []byte) error {
				switch string(key) {
				case "cna":
					return readContainer(r, &rec)
				case "adp":
					return r.Array(func() error { return readContainer(r, &rec) })
				}
				return r.Skip()
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil && rec.ID == "" {
		err = r.Errorf("the record has no cveMetadata.cveId")
	}
	return rec, err
}

func readMetadata(r *jsonread.Reader, rec *Record) error {
	return r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "cveId":
			rec.ID, err = r.String()
		case "state":
			rec.Status, err = r.String()
		case "datePublished":
			rec.Published, err = readTime(r)
		case "dateUpdated":
			rec.Modified, err = readTime(r)
		default:
			err = r.Skip()
		}
		return err
	})
}

func readContainer(r *jsonread.Reader, rec *Record) error {
	return r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "title":
			var title string
			if title, err = r.String(); rec.Title == "" || title != "" && !strings.HasPrefix(title, "CISA ADP") {
				rec.Title = title
			}
		case "descriptions":
			err = readDescription(r, rec)
		case "tags":
			var tags []string
			tags, err = r.Strings()
			for _, t := range tags {
				rec.Disputed = rec.Disputed || t == "disputed"
			}
		case "cpeApplicability": // record format 5.1: as the national database writes it
			err = r.Array(func() error {
				c, err := readConfiguration(r)
				rec.Configurations = append(rec.Configurations, c)
				return err
			})
		case "affected":
			err = r.Array(func() error {
				a, err := readAffected(r)
				rec.Affected = append(rec.Affected, a)
				return err
			})
		case "metrics":
			err = r.Array(func() error {
				return r.Object(func(key []byte) error {
					if string(key) == "other" {
						return readOther(r, rec)
					}
					if !strings.HasPrefix(string(key), "cvssV") {
						return r.Skip()
					}
					var s Score
					err := readScore(r, &s)
					if s.Vector != "" {
						rec.Scores = append(rec.Scores, s)
					}
					return err
				})
			})
		case "references":
			err = readReferences(r, rec)
		default:
			err = r.Skip()
		}
		return err
	})
}

func readAffected(r *jsonread.Reader) (Affected, error) {
	var a Affected
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "vendor":
			a.Vendor, err = r.String()
		case "product":
			a.Product, err = r.String()
		case "packageName":
			a.Package, err = r.String()
		case "collectionURL":
			a.Collection, err = r.String()
		case "packageURL":
			a.PURL, err = r.String()
		case "cpes":
			a.CPEs, err = r.Strings()
		case "defaultStatus":
			a.DefaultStatus, err = r.String()
		case "versions":
			err = r.Array(func() error {
				v, err := readVersion(r)
				a.Versions = append(a.Versions, v)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return a, err
}

func readVersion(r *jsonread.Reader) (Version, error) {
	var v Version
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "version":
			v.Version, err = r.Text()
		case "status":
			v.Status, err = r.String()
		case "versionType":
			v.Type, err = r.String()
		case "lessThan":
			v.LessThan, err = r.Text()
		case "lessThanOrEqual":
			v.LessThanOrEqual, err = r.Text()
		case "changes":
			err = r.Array(func() error {
				c, err := readChange(r)
				v.Changes = append(v.Changes, c)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return v, err
}

func readChange(r *jsonread.Reader) (Change, error) {
	var c Change
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "at":
			c.At, err = r.Text()
		case "status":
			c.Status, err = r.String()
		default:
			err = r.Skip()
		}
		return err
	})
	return c, err
}

// readOther reads a metric that is no CVSS score: CISA's container holds its
// SSVC answers and the entry of the catalogue of exploited weaknesses there.
func readOther(r *jsonread.Reader, rec *Record) error {
	kind, listed := "", false
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			kind, err = r.String()
		case "content":
			if r.Kind() != jsonread.Object {
				return r.Skip()
			}
			err = r.Object(func(key []byte) error {
				listed = listed || string(key) == "dateAdded"
				if string(key) != "options" || r.Kind() != jsonread.Array {
					return r.Skip()
				}
				return r.Array(func() error { return readOption(r, rec) })
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if kind == "kev" && listed {
		rec.Exploitation = "active"
	}
	return err
}

// readOption reads one answer of SSVC: {"Exploitation": "poc"}.
func readOption(r *jsonread.Reader, rec *Record) error {
	if r.Kind() != jsonread.Object {
		return r.Skip()
	}
	return r.Object(func(key []byte) error {
		if r.Kind() != jsonread.String {
			return r.Skip()
		}
		value, err := r.String()
		switch value = strings.ToLower(value); string(key) {
		case "Exploitation":
			if rec.Exploitation != "active" && (value == "active" || value == "poc") {
				rec.Exploitation = value
			}
		case "Automatable":
			if value == "yes" || value == "no" {
				rec.Automatable = value
			}
		}
		return err
	})
}
