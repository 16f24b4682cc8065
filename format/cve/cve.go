// Package cve reads records of the CVE list: the national database's form (NVD
// 2.0) and the form in which the numbering authorities publish (CVE JSON 5).
package cve

import (
	"slices"
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// A Record is one vulnerability by its CVE number.
type Record struct {
	ID             string
	Status         string // NVD vulnStatus or CVE state; Rejected records are to be ignored
	Published      time.Time
	Modified       time.Time
	Title          string
	Disputed       bool
	Scores         []Score
	Configurations []Configuration // NVD: product names and versions
	Affected       []Affected      // CVE 5: vendor, product, versions
	References     []string
	Exploitation   string // SSVC, as CISA's container says it: none, poc, active; or poc where a reference is tagged as an exploit
	Automatable    string // SSVC: yes or no
}

// Rejected reports whether the record was taken back.
func (r Record) Rejected() bool { return strings.EqualFold(r.Status, "rejected") }

// A Score is a CVSS score with its vector.
type Score struct {
	Version string // "2.0", "3.0", "3.1", "4.0"
	Vector  string
	Base    float64
	Source  string
}

// A Configuration holds when all (AND) or any (OR) of its nodes hold.
type Configuration struct {
	And    bool
	Negate bool
	Nodes  []Node
}

// A Node holds when all (AND) or any (OR) of its matches hold.
type Node struct {
	And     bool
	Negate  bool
	Matches []Match
}

// A Match is a product name with bounds on its version.
type Match struct {
	Vulnerable                                                 bool
	Criteria                                                   string
	StartIncluding, StartExcluding, EndIncluding, EndExcluding string
}

// Affected is a product as the record's own author names it.
type Affected struct {
	Vendor        string
	Product       string
	Package       string // package name within Collection
	Collection    string // the address of where packages are published
	PURL          string
	CPEs          []string
	DefaultStatus string // affected, unaffected, unknown
	Versions      []Version
}

// A Version is one statement about a version or a range of them.
type Version struct {
	Version, Status, Type, LessThan, LessThanOrEqual string

	Changes []Change
}

// A Change is a version within a range from which on the status is another.
type Change struct{ At, Status string }

// ReadNVD reads {"cve": {...}} or the object inside.
func ReadNVD(r *jsonread.Reader) (Record, error) {
	var rec Record
	err := r.Object(func(key []byte) error { return NVDMember(r, &rec, key) })
	if err == nil && rec.ID == "" {
		err = r.Errorf("the record has no id")
	}
	return rec, err
}

// NVDMember reads the member named key of a record into rec.
func NVDMember(r *jsonread.Reader, rec *Record, key []byte) (err error) {
	switch string(key) {
	case "cve":
		err = r.Object(func(key []byte) error { return NVDMember(r, rec, key) })
	case "id":
		rec.ID, err = r.String()
	case "vulnStatus":
		rec.Status, err = r.String()
	case "published":
		rec.Published, err = readTime(r)
	case "lastModified":
		rec.Modified, err = readTime(r)
	case "descriptions":
		err = readDescription(r, rec)
	case "metrics":
		err = r.Object(func(key []byte) error {
			if !strings.HasPrefix(string(key), "cvssMetric") {
				return r.Skip()
			}
			return r.Array(func() error { return readMetric(r, rec) })
		})
	case "configurations":
		err = r.Array(func() error {
			c, err := readConfiguration(r)
			rec.Configurations = append(rec.Configurations, c)
			return err
		})
	case "cveTags":
		err = r.Array(func() error { return readTags(r, rec) })
	case "references":
		err = readReferences(r, rec)
	default:
		err = r.Skip()
	}
	return err
}

func readTags(r *jsonread.Reader, rec *Record) error {
	return r.Object(func(key []byte) error {
		if string(key) != "tags" {
			return r.Skip()
		}
		tags, err := r.Strings()
		for _, t := range tags {
			rec.Disputed = rec.Disputed || t == "disputed"
		}
		return err
	})
}

func readDescription(r *jsonread.Reader, rec *Record) error {
	return r.Array(func() error {
		var lang, value string
		err := r.Object(func(key []byte) (err error) {
			switch string(key) {
			case "lang":
				lang, err = r.String()
			case "value":
				value, err = r.String()
			default:
				err = r.Skip()
			}
			return err
		})
		if rec.Title == "" && strings.HasPrefix(lang, "en") {
			rec.Title = Sentence(value)
		}
		return err
	})
}

// Sentence returns the first sentence of a description, at most 240 bytes of
// it.
func Sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if i := strings.Index(text, ". "); i > 0 {
		text = text[:i+1]
	}
	if len(text) > 240 {
		text = strings.ToValidUTF8(text[:237], "") + "..."
	}
	return text
}

// readMetric reads {"source", "cvssData": {...}}, or a bare CVSS object.
func readMetric(r *jsonread.Reader, rec *Record) error {
	var s Score
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "source":
			s.Source, err = r.String()
		case "cvssData":
			err = readScore(r, &s)
		default:
			err = r.Skip()
		}
		return err
	})
	if s.Vector != "" {
		rec.Scores = append(rec.Scores, s)
	}
	return err
}

func readScore(r *jsonread.Reader, s *Score) error {
	return r.Object(func(key []byte) (err error) {
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
}

func readConfiguration(r *jsonread.Reader) (Configuration, error) {
	var c Configuration
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "operator":
			c.And, err = readAnd(r)
		case "negate":
			c.Negate, err = r.Bool()
		case "nodes":
			err = r.Array(func() error {
				n, err := readNode(r)
				c.Nodes = append(c.Nodes, n)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return c, err
}

func readAnd(r *jsonread.Reader) (bool, error) {
	op, err := r.String()
	return strings.EqualFold(op, "and"), err
}

func readNode(r *jsonread.Reader) (Node, error) {
	var n Node
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "operator":
			n.And, err = readAnd(r)
		case "negate":
			n.Negate, err = r.Bool()
		case "cpeMatch":
			err = r.Array(func() error {
				m, err := readMatch(r)
				n.Matches = append(n.Matches, m)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return n, err
}

func readMatch(r *jsonread.Reader) (Match, error) {
	var m Match
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "vulnerable":
			m.Vulnerable, err = r.Bool()
		case "criteria":
			m.Criteria, err = r.String()
		case "versionStartIncluding":
			m.StartIncluding, err = r.Text()
		case "versionStartExcluding":
			m.StartExcluding, err = r.Text()
		case "versionEndIncluding":
			m.EndIncluding, err = r.Text()
		case "versionEndExcluding":
			m.EndExcluding, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	return m, err
}

// maxReferences bounds what is kept of a list that only people read.
const maxReferences = 8

func readReferences(r *jsonread.Reader, rec *Record) error {
	return r.Array(func() error {
		return r.Object(func(key []byte) error {
			if string(key) == "tags" {
				tags, err := r.Strings()
				if rec.Exploitation == "" && slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, "exploit") }) {
					rec.Exploitation = "poc"
				}
				return err
			}
			if string(key) != "url" || len(rec.References) >= maxReferences {
				return r.Skip()
			}
			u, err := r.String()
			rec.References = append(rec.References, u)
			return err
		})
	})
}

// readTime reads the forms of time that records hold; what cannot be read is
// zero.
func readTime(r *jsonread.Reader) (time.Time, error) {
	text, err := r.Text()
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1980 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, nil
}
