// Package eol reads records that say until when a product is supported.
package eol

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// A Product is something with releases that end.
type Product struct {
	Slug        string // short name, for example windows-embedded
	Title       string
	Category    string // os, framework, device ...
	Vendor      string // when the record says one
	Identifiers []Identifier
	Releases    []Release
}

// An Identifier names the product for machines.
type Identifier struct {
	Kind string // purl, cpe, repology
	ID   string
}

// A Release is one line of the product with the dates on which its support
// ends. A zero End with Ended false is "still supported, no date".
type Release struct {
	Cycle    string
	Label    string
	Released time.Time
	Active   Date // end of active support
	End      Date // end of life: no more fixes
	Extended Date // end of paid support
	Latest   string
	Link     string
}

// A Date is a day, or only the fact that it has or has not come.
type Date struct {
	Day  time.Time
	Past bool // the record says only that it is over
	Set  bool
}

// Over reports whether d has come at now.
func (d Date) Over(now time.Time) bool {
	if d.Day.IsZero() {
		return d.Past
	}
	return !now.Before(d.Day)
}

// String writes d as a day, as "yes" or "no", or as nothing.
func (d Date) String() string {
	switch {
	case !d.Day.IsZero():
		return d.Day.Format(time.DateOnly)
	case d.Past:
		return "yes"
	case d.Set:
		return "no"
	}
	return ""
}

func parseDate(text string) Date {
	switch text = strings.Trim(strings.TrimSpace(text), `"'`); strings.ToLower(text) {
	case "true", "yes":
		return Date{Past: true, Set: true}
	case "false", "no":
		return Date{Set: true}
	}
	if len(text) > 10 {
		text = text[:10]
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}
	}
	return Date{Day: t, Set: true}
}

// maxMarkdown bounds a record with front matter.
const maxMarkdown = 4 << 20

// ReadMarkdown reads the front matter of a record written as Markdown: the
// small part of YAML that such records use (scalars, a list of flat maps).
// The prose below is left alone.
func ReadMarkdown(src io.Reader) (Product, error) {
	var p Product
	lines := bufio.NewScanner(io.LimitReader(src, maxMarkdown))
	lines.Buffer(make([]byte, 4096), 256<<10)
	section := ""
	var entry map[string]string
	flush := func() {
		p.add(section, entry)
		entry = nil
	}
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(strings.TrimPrefix(lines.Text(), "\ufeff"), " \r\t")
		if n == 1 {
			if line != "---" {
				return p, fmt.Errorf("line 1: no front matter; the first line should be ---")
			}
			continue
		}
		if line == "---" {
			flush()
			return p, p.check()
		}
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if line[0] != ' ' && line[0] != '-' {
			flush()
			section = p.scalar(trimmed)
			continue
		}
		if section != "releases" && section != "identifiers" {
			continue
		}
		if rest, ok := strings.CutPrefix(trimmed, "- "); ok {
			flush()
			entry = map[string]string{}
			trimmed = strings.TrimSpace(rest)
		}
		if key, value, ok := strings.Cut(trimmed, ":"); ok && entry != nil {
			entry[strings.TrimSpace(key)] = unquote(value)
		}
	}
	if err := lines.Err(); err != nil {
		return p, err
	}
	return p, fmt.Errorf("the front matter does not end with ---")
}

// scalar takes a line at the left edge and returns the section it opens.
func (p *Product) scalar(line string) string {
	key, value, _ := strings.Cut(line, ":")
	value = unquote(value)
	switch key {
	case "title":
		p.Title = value
	case "category":
		p.Category = value
	case "permalink":
		p.Slug = strings.Trim(value, "/")
	case "vendor":
		p.Vendor = value
	}
	return key
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return s[1 : 1+end]
		}
	}
	if i := strings.Index(s, " #"); i >= 0 {
		s = strings.TrimSpace(s[:i])
	}
	return s
}

func (p *Product) add(section string, entry map[string]string) {
	if len(entry) == 0 {
		return
	}
	if section == "identifiers" {
		for kind, id := range entry {
			p.Identifiers = append(p.Identifiers, Identifier{Kind: kind, ID: id})
		}
		return
	}
	r := Release{
		Cycle: entry["releaseCycle"], Label: entry["releaseLabel"], Latest: entry["latest"], Link: entry["link"],
		Released: parseDate(entry["releaseDate"]).Day, Active: parseDate(entry["eoas"]),
		End: parseDate(entry["eol"]), Extended: parseDate(entry["eoes"]),
	}
	if r.Cycle != "" {
		if strings.Contains(r.Label, "__RELEASE_CYCLE__") {
			r.Label = strings.ReplaceAll(r.Label, "__RELEASE_CYCLE__", r.Cycle)
		}
		p.Releases = append(p.Releases, r)
	}
}

func (p *Product) check() error {
	if p.Title == "" || len(p.Releases) == 0 {
		return fmt.Errorf("the record names no title or no releases")
	}
	return nil
}

// ReadJSON reads one product or a list of them: the shape of the public
// service ({"result": {...}} or {"result": [...]}), or the same fields as the
// front matter.
func ReadJSON(r *jsonread.Reader) ([]Product, error) {
	var out []Product
	one := func() error {
		p, err := readProduct(r, &out)
		if err == nil && p.Title != "" && len(p.Releases) > 0 {
			out = append(out, p)
		}
		return err
	}
	var err error
	if r.Kind() == jsonread.Array {
		err = r.Array(one)
	} else {
		err = one()
	}
	if err == nil && len(out) == 0 {
		err = r.Errorf("no product with a title and releases")
	}
	return out, err
}

func readProduct(r *jsonread.Reader, out *[]Product) (Product, error) {
	var p Product
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "result":
			var inner []Product
			inner, err = ReadJSON(r)
			*out = append(*out, inner...)
		case "name", "slug", "permalink":
			p.Slug, err = r.String()
		case "label", "title":
			p.Title, err = r.String()
		case "category":
			p.Category, err = r.String()
		case "vendor":
			p.Vendor, err = r.String()
		case "identifiers":
			err = r.Array(func() error { return readIdentifier(r, &p) })
		case "releases":
			err = r.Array(func() error { return readRelease(r, &p) })
		default:
			err = r.Skip()
		}
		return err
	})
	return p, err
}

// readIdentifier reads {"type": "cpe", "id": "..."} or {"cpe": "..."}.
func readIdentifier(r *jsonread.Reader, p *Product) error {
	var id Identifier
	err := r.Object(func(key []byte) (err error) {
		switch k := string(key); k {
		case "type":
			id.Kind, err = r.String()
		case "id":
			id.ID, err = r.String()
		default:
			id.Kind = k
			id.ID, err = r.Text()
		}
		return err
	})
	p.Identifiers = append(p.Identifiers, id)
	return err
}

func readRelease(r *jsonread.Reader, p *Product) error {
	entry := map[string]string{}
	err := r.Object(func(key []byte) (err error) {
		name := string(key)
		if k := r.Kind(); k == jsonread.Object || k == jsonread.Array {
			return r.Skip()
		}
		text, err := r.Text()
		switch name {
		case "name":
			name = "releaseCycle"
		case "label":
			name = "releaseLabel"
		case "eolFrom":
			name = "eol"
		case "eoasFrom":
			name = "eoas"
		case "eoesFrom":
			name = "eoes"
		case "isEol":
			name = "eol"
			if entry["eol"] != "" {
				return err
			}
		}
		if text != "" {
			entry[name] = text
		}
		return err
	})
	p.add("releases", entry)
	return err
}
