package asset

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"bedrail"
	"bedrail/format/table"
)

// A columnReader reads a table whose columns are told by their headings, which
// are guessed or given.
type columnReader struct {
	name    string
	mapping map[string]string                 // heading to field; overrides the guess
	fieldOf func(heading string) string       // guesses; "" is not known
	enough  func(fields map[string]bool) bool // whether a line is one of headings
	use     func(table.Row)

	columns  []string // field of each column, "" when not used
	headings []string
	tries    int
	last     int

	fields   map[string]string // heading to field, as used
	unmapped []string
	problems []Problem
	uncited  int
}

// headingTries is how many lines may stand above the headings: report titles,
// dates, empty decoration.
const headingTries = 20

func (c *columnReader) read(r io.Reader) error {
	return table.Read(r, table.Limits{}, c.row, func(line int, text string) { c.problem(line, "", text) })
}

func (c *columnReader) problem(line int, column, text string) {
	if len(c.problems) == maxProblems {
		c.uncited++
		return
	}
	c.problems = append(c.problems, Problem{c.name, line, column, text})
}

func (c *columnReader) row(r table.Row) error {
	c.last = r.Line
	if c.columns != nil {
		c.use(r)
		return nil
	}
	c.head(r.Cells)
	if c.tries++; c.columns == nil && c.tries == headingTries {
		return fmt.Errorf("none of the first %d lines reads like headings; name the columns on the screen, or give a mapping such as {\"Type of thing\": \"class\"}", headingTries)
	}
	return nil
}

// head takes cells as the headings when enough of them are known. Of two
// columns with one meaning the first is used.
func (c *columnReader) head(cells []string) {
	columns := make([]string, len(cells))
	fields := map[string]string{}
	taken := map[string]bool{}
	var unmapped []string
	for i, h := range cells {
		field, given := c.mapping[h]
		if !given {
			field = c.fieldOf(h)
		}
		if field == "-" || h == "" {
			continue
		}
		if field == "" || taken[field] {
			unmapped = append(unmapped, h)
			continue
		}
		taken[field] = true
		columns[i], fields[h] = field, field
	}
	if c.enough(taken) {
		c.columns, c.headings, c.fields, c.unmapped = columns, cells, fields, unmapped
	}
}

// cells hands each cell that says something to set, and notes those that set
// refuses. It reports whether there were any of these.
func (c *columnReader) cells(r table.Row, set func(field, text string) error) (bad bool) {
	for i, text := range r.Cells {
		if i >= len(c.columns) || c.columns[i] == "" || blank(text) {
			continue
		}
		if err := set(c.columns[i], text); err != nil {
			c.problem(r.Line, c.headings[i], err.Error())
			bad = true
		}
	}
	return bad
}

// A ListKind says of what a list with columns is.
type ListKind string

// The kinds of lists.
const (
	DeviceList ListKind = "cmms"      // of a maintenance system
	PlaceList  ListKind = "locations" // sites, buildings, floors, units, rooms, beds
)

// Fields are what a column of such a list can hold.
func (k ListKind) Fields() []string {
	if k == PlaceList {
		return PlaceFields()
	}
	return CMMSFields()
}

func (k ListKind) fieldOf(heading string) string {
	if k == PlaceList {
		return placeFieldOf(heading)
	}
	return fieldOf(heading)
}

func (k ListKind) enough(fields map[string]bool) bool {
	if k == PlaceList {
		return namesPlaces(fields)
	}
	return namesDevices(fields)
}

// A HeadedColumn is one column of a list, with what it seems to hold.
type HeadedColumn struct {
	Heading string   `json:"heading"`
	Field   string   `json:"field" doc:"What the column holds; empty is not known, - leaves it out"`
	Samples []string `json:"samples" doc:"Its first cells"`
}

// Columns are the columns of a list, before anything is taken in.
type Columns struct {
	Kind    ListKind       `json:"kind"`
	Line    int            `json:"line" doc:"Where the headings stand"`
	Columns []HeadedColumn `json:"columns"`
	Fields  []string       `json:"fields" doc:"What a column can hold"`
	// Saved is the mapping that was saved for a file with these headings; its
	// fields are those of the columns then.
	Saved *ColumnMapping `json:"saved,omitempty"`
}

// sampleRows is how many rows a look at the columns shows.
const sampleRows = 5

// errLooked ends the reading of a file that was only to be looked at.
var errLooked = errors.New("seen enough")

// ReadColumns looks at the headings and first rows of a list. Where no line
// reads like headings, the first with two cells is taken for them, so that a
// person can say what they mean.
func ReadColumns(name string, r io.Reader, kind ListKind) (Columns, error) {
	out := Columns{Kind: kind, Fields: kind.Fields(), Columns: []HeadedColumn{}}
	var rows []table.Row
	err := table.Read(r, table.Limits{}, func(row table.Row) error {
		if rows = append(rows, row); len(rows) == headingTries+sampleRows {
			return errLooked
		}
		return nil
	}, func(int, string) {})
	if err != nil && !errors.Is(err, errLooked) {
		return out, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	at := slices.IndexFunc(rows[:min(len(rows), headingTries)], func(r table.Row) bool { return kind.heads(r.Cells) })
	if at < 0 {
		at = slices.IndexFunc(rows, func(r table.Row) bool { return filled(r.Cells) >= 2 })
	}
	if at < 0 {
		return out, bedrail.Errorf(bedrail.Invalid, "%s: no line has two cells; give a list with a line of headings, CSV or XLSX", name)
	}
	out.Line = rows[at].Line
	taken := map[string]bool{}
	for i, h := range rows[at].Cells {
		if h == "" {
			continue
		}
		col := HeadedColumn{Heading: h, Field: kind.fieldOf(h), Samples: []string{}}
		if taken[col.Field] {
			col.Field = ""
		}
		taken[col.Field] = true
		for _, row := range rows[at+1 : min(len(rows), at+1+sampleRows)] {
			if i < len(row.Cells) && row.Cells[i] != "" {
				col.Samples = append(col.Samples, clip(row.Cells[i]))
			}
		}
		out.Columns = append(out.Columns, col)
	}
	return out, nil
}

func (k ListKind) heads(cells []string) bool {
	fields := map[string]bool{}
	for _, h := range cells {
		if f := k.fieldOf(h); f != "" {
			fields[f] = true
		}
	}
	return k.enough(fields)
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if c != "" {
			n++
		}
	}
	return n
}

// sameHeadings reports whether two files have the same columns, in whatever
// order and spelling.
func sameHeadings(a, b []string) bool { return slices.Equal(headingKeys(a), headingKeys(b)) }

func headingKeys(headings []string) []string {
	var keys []string
	for _, h := range headings {
		if k := folded(h); k != "" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// headingsOf are the headings of looked-at columns.
func (c Columns) headings() []string {
	var out []string
	for _, col := range c.Columns {
		out = append(out, col.Heading)
	}
	return out
}

// apply puts a saved mapping in place of what was guessed. Headings are
// compared folded, as they were when it was found.
func (c *Columns) apply(m ColumnMapping) {
	by := map[string]string{}
	for h, f := range m.Fields {
		by[folded(h)] = f
	}
	for i := range c.Columns {
		c.Columns[i].Field = by[folded(c.Columns[i].Heading)]
	}
	c.Saved = &m
}

func oneLine(text string, most int) bool {
	return len(text) <= most && !strings.ContainsAny(text, "\r\n\t")
}
