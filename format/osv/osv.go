// Package osv reads advisories in the Open Source Vulnerability format: which
// versions of which published package are affected by what.
package osv

import (
	"slices"
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// A Record is one advisory. Texts that nothing decides on are not kept.
type Record struct {
	ID         string
	Summary    string
	Modified   time.Time
	Published  time.Time
	Withdrawn  time.Time
	Aliases    []string
	Upstream   []string
	Affected   []Affected
	Severity   []Severity
	References []string
}

// Affected is one package with the versions that are affected.
type Affected struct {
	Ecosystem string // with its release when it has one, for example "Debian:11"
	Name      string
	PURL      string
	Ranges    []Range
	Custom    []Range // ranges by the project's own tags, where these are not the registry's versions
	Versions  []string
	Severity  []Severity
}

// A Range is a line of versions with the events along it.
type Range struct {
	Type   string // SEMVER, ECOSYSTEM or GIT
	Events []Event
}

// An Event is a version at which something changes. Exactly one is set.
type Event struct {
	Introduced, Fixed, LastAffected, Limit string
}

// A Severity is a score as written.
type Severity struct {
	Type  string // CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu
	Score string // a vector or a word
}

// Read reads one record from r, which may stand at the start of a document or
// at an element of a list.
func Read(r *jsonread.Reader) (Record, error) {
	var rec Record
	details := ""
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			rec.ID, err = r.String()
		case "summary":
			rec.Summary, err = r.String()
		case "details":
			var text string
			text, err = r.String()
			details = firstSentence(text)
		case "modified":
			rec.Modified, err = readTime(r)
		case "published":
			rec.Published, err = readTime(r)
		case "withdrawn":
			rec.Withdrawn, err = readTime(r)
		case "aliases":
			rec.Aliases, err = r.Strings()
		case "upstream":
			rec.Upstream, err = r.Strings()
		case "affected":
			err = r.Array(func() error {
				a, err := readAffected(r)
				rec.Affected = append(rec.Affected, a)
				return err
			})
		case "severity":
			rec.Severity, err = readSeverity(r)
		case "references":
			rec.References, err = readReferences(r)
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil && rec.ID == "" {
		err = r.Errorf("the record has no id")
	}
	if rec.Summary == "" {
		rec.Summary = details // some sources give no summary
	}
	return rec, err
}

// firstSentence is the beginning of a text, for a line in a list.
func firstSentence(text string) string {
	const most = 140
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if end := strings.Index(line, ". "); end > 0 {
		line = line[:end+1]
	}
	if len(line) <= most {
		return line
	}
	cut := most
	for cut > 0 && line[cut]&0xC0 == 0x80 { // not inside a letter
		cut--
	}
	return line[:cut] + "…"
}

func readAffected(r *jsonread.Reader) (Affected, error) {
	var a Affected
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "package":
			err = r.Object(func(key []byte) (err error) {
				switch string(key) {
				case "ecosystem":
					a.Ecosystem, err = r.String()
				case "name":
					a.Name, err = r.String()
				case "purl":
					a.PURL, err = r.String()
				default:
					err = r.Skip()
				}
				return err
			})
		case "ranges":
			err = r.Array(func() error {
				rng, err := readRange(r)
				if rng.Type != "GIT" { // commits are not versions; nothing here can compare them
					a.Ranges = append(a.Ranges, rng)
				}
				return err
			})
		case "versions":
			a.Versions, err = r.Strings()
		case "ecosystem_specific":
			err = r.Object(func(key []byte) error {
				if string(key) != "custom_ranges" {
					return r.Skip()
				}
				return r.Array(func() error {
					rng, err := readRange(r)
					a.Custom = append(a.Custom, rng)
					return err
				})
			})
		case "severity":
			a.Severity, err = readSeverity(r)
		default:
			err = r.Skip()
		}
		return err
	})
	return a, err
}

func readRange(r *jsonread.Reader) (Range, error) {
	var rng Range
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			rng.Type, err = r.String()
		case "events":
			err = r.Array(func() error {
				e, err := readEvent(r)
				rng.Events = append(rng.Events, e)
				return err
			})
		default:
			err = r.Skip()
		}
		return err
	})
	return rng, err
}

func readEvent(r *jsonread.Reader) (Event, error) {
	var e Event
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "introduced":
			e.Introduced, err = r.Text()
		case "fixed":
			e.Fixed, err = r.Text()
		case "last_affected":
			e.LastAffected, err = r.Text()
		case "limit":
			e.Limit, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	return e, err
}

func readSeverity(r *jsonread.Reader) ([]Severity, error) {
	var out []Severity
	err := r.Array(func() error {
		var s Severity
		err := r.Object(func(key []byte) (err error) {
			switch string(key) {
			case "type":
				s.Type, err = r.String()
			case "score":
				s.Score, err = r.Text()
			default:
				err = r.Skip()
			}
			return err
		})
		out = append(out, s)
		return err
	})
	return out, err
}

// maxReferences bounds what is kept of a list that only people read.
const maxReferences = 8

func readReferences(r *jsonread.Reader) ([]string, error) {
	var out []string
	err := r.Array(func() error {
		return r.Object(func(key []byte) error {
			if string(key) != "url" || len(out) >= maxReferences {
				return r.Skip()
			}
			u, err := r.String()
			if u != "" && !slices.Contains(out, u) {
				out = append(out, u)
			}
			return err
		})
	})
	return out, err
}

// readTime reads a time; what cannot be read is zero, for raw data holds
// placeholders such as the year 1.
func readTime(r *jsonread.Reader) (time.Time, error) {
	text, err := r.Text()
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 1990 {
		return time.Time{}, nil
	}
	return t.UTC(), nil
}
