// Package mds2 reads the statement in which the maker of a medical device
// answers how it is secured: the Manufacturer Disclosure Statement for Medical
// Device Security, ANSI/NEMA HN 1, editions 2019 and 2013.
//
// Forms come as spreadsheets that people filled in by hand. What is blank,
// misspelt or wordy is put right where that is certain, and said; the wording
// of the questions is the standard's and is not in here, only their numbers
// and labels of our own.
package mds2

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"bedrail/format/table"
)

// A Value is what a maker answers. The empty Value is no answer.
type Value string

// The answers that the form allows (HN 1-2019, 5).
const (
	Blank   Value = ""
	Yes     Value = "Yes"
	No      Value = "No"
	NA      Value = "N/A"
	SeeNote Value = "See Note"
)

// An Answer is one coded question as it was answered.
type Answer struct {
	ID    string `json:"id"` // of the 2019 edition, for example CSUP-2.2
	Value Value  `json:"value"`
	Note  string `json:"note,omitempty"`
	Was   string `json:"was,omitempty"`  // the number in the form, where it is another: misspelt, or of 2013
	Line  int    `json:"line,omitempty"` // of the file
}

// A Problem is a place in a form that could not be taken as it stands.
type Problem struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text) }

// A Sheet is a form that was read.
type Sheet struct {
	Edition      string    `json:"edition"` // 2019 or 2013
	Manufacturer string    `json:"manufacturer"`
	Model        string    `json:"model"`
	Version      string    `json:"version,omitempty"` // of the device's software, where the form says it
	Document     string    `json:"document,omitempty"`
	Released     string    `json:"released,omitempty"`
	Answers      []Answer  `json:"answers"`         // every question of the edition, in its order
	Other        []Answer  `json:"other,omitempty"` // questions of 2013 that 2019 no longer asks
	Problems     []Problem `json:"problems"`
	Dropped      int       `json:"dropped,omitempty"` // problems beyond those listed
}

// Answer returns what was answered to a question, Blank when nothing was.
func (s *Sheet) Answer(id string) Answer {
	if i := slices.IndexFunc(s.Answers, func(a Answer) bool { return a.ID == id }); i >= 0 {
		return s.Answers[i]
	}
	return Answer{ID: id}
}

// Count returns how many questions have an answer, of how many.
func (s *Sheet) Count() (answered, asked int) {
	for _, a := range s.Answers {
		if a.Value != Blank {
			answered++
		}
	}
	return answered, len(s.Answers)
}

const maxProblems = 200

// limits bound what one form may cost: real ones have some 300 lines.
var limits = table.Limits{Bytes: 16 << 20, Inflated: 64 << 20, Strings: 8 << 20, Rows: 20_000, Columns: 64, Cell: 8 << 10}

// Read reads a form: XLSX, CSV, or our JSON. An error means that nothing in it
// is a form; everything less is a Problem of the Sheet.
func Read(r io.Reader) (Sheet, error) {
	head := make([]byte, 1)
	var before []byte
	for { // blanks before a document
		n, err := r.Read(head)
		if n == 1 {
			before = append(before, head[0])
			if !strings.ContainsRune(" \t\r\n", rune(head[0])) || len(before) > 1024 {
				break
			}
		}
		if err == io.EOF && n == 0 {
			return Sheet{}, errors.New("the file is empty")
		}
		if err != nil && err != io.EOF {
			return Sheet{}, err
		}
	}
	in := io.MultiReader(strings.NewReader(string(before)), r)
	if head[0] == '{' {
		return readJSON(in)
	}
	return readTable(in)
}

// A form gathers rows until all is read.
type form struct {
	sheet   Sheet
	answers map[string]Answer
	other   []Answer
	old     int // numbers of the 2013 edition met
	new     int
	columns columns
}

// columns says where a table keeps what; -1 is nowhere.
type columns struct{ id, answer, note int }

func readTable(r io.Reader) (Sheet, error) {
	f := form{answers: map[string]Answer{}, columns: columns{-1, -1, -1}}
	err := table.Read(r, limits, func(row table.Row) error { f.row(row); return nil }, func(line int, text string) { f.problem(line, "%s", text) })
	if err != nil && len(f.answers) == 0 {
		return Sheet{}, err
	}
	if err != nil {
		f.problem(0, "%v; what came before was used", err)
	}
	return f.done()
}

func (f *form) problem(line int, format string, args ...any) {
	if len(f.sheet.Problems) == maxProblems {
		f.sheet.Dropped++
		return
	}
	f.sheet.Problems = append(f.sheet.Problems, Problem{line, fmt.Sprintf(format, args...)})
}

// row takes one line of a table. Lines without a number are headings and
// decoration.
func (f *form) row(row table.Row) {
	if f.headings(row.Cells) {
		return
	}
	at, n := f.numbered(row.Cells)
	if at < 0 {
		return
	}
	cell := func(i int) string {
		if i < 0 || i >= len(row.Cells) {
			return ""
		}
		return row.Cells[i]
	}
	answer, note := f.columns.answer, f.columns.note
	if answer < 0 { // the template: number, question, answer, note; a short list has no questions
		answer, note = at+2, at+3
		if len(row.Cells) <= at+2 {
			if len(row.Cells) == at+2 && valueLike(cell(at+1)) {
				answer, note = at+1, -1
			}
		} else if valueLike(cell(at+1)) && !valueLike(cell(at+2)) {
			answer, note = at+1, at+2
		}
	}
	f.take(n, cell(answer), cell(note), row.Line)
}

// headings learns the columns from a line that names them.
func (f *form) headings(cells []string) bool {
	c := columns{-1, -1, -1}
	for i, text := range cells {
		switch plain(text) {
		case "questionid", "id", "number", "no", "questionnumber", "mds2id", "code":
			c.id = i
		case "answer", "response", "value", "yesnonaorseenote", "yesnonaseenote", "yesnonaornote":
			c.answer = i
		case "note", "notes", "comment", "comments", "note#", "remark", "remarks":
			c.note = i
		}
	}
	if c.id < 0 || c.answer < 0 {
		return false
	}
	f.columns = c
	return true
}

// numbered finds the cell that holds a question's number.
func (f *form) numbered(cells []string) (at int, n number) {
	if i := f.columns.id; i >= 0 {
		if i < len(cells) {
			if n, ok := parseNumber(cells[i]); ok {
				return i, n
			}
		}
		return -1, number{}
	}
	for i := range min(len(cells), 3) {
		if n, ok := parseNumber(cells[i]); ok {
			return i, n
		}
	}
	return -1, number{}
}

// take files one answer under its number.
func (f *form) take(n number, answer, note string, line int) {
	if n.text > 0 {
		f.head(n.text, strings.TrimSpace(answer+" "+note))
		return
	}
	if n.old {
		f.old++
	} else {
		f.new++
	}
	if n.id == "" {
		if n.old && n.known {
			a := Answer{ID: n.was, Was: n.was, Line: line}
			a.Value, a.Note, _ = parseValue(answer, note)
			f.other = append(f.other, a)
			return
		}
		f.problem(line, "%q is no question of HN 1-2019 or HN 1-2013; it was left out", clip(n.was))
		return
	}
	a := Answer{ID: n.id, Line: line}
	if n.corrected {
		a.Was = n.was
		f.problem(line, "%q was read as %s", clip(n.was), n.id)
	} else if n.old {
		a.Was = n.was
	}
	var odd string
	a.Value, a.Note, odd = parseValue(answer, note)
	if odd != "" {
		f.problem(line, "%s: %s", n.id, odd)
	}
	first, twice := f.answers[n.id]
	switch {
	case !twice || first.Value == Blank:
		f.answers[n.id] = a
	case a.Value != Blank && a.Value != first.Value:
		f.problem(line, "%s is answered %s here and %s in line %d; the first stands", n.id, a.Value, first.Value, first.Line)
	}
}

// head keeps a free-text question of the front page (DOC-1 to DOC-7).
func (f *form) head(n int, text string) {
	text = clipTo(text, 300)
	switch n {
	case 1:
		f.sheet.Manufacturer = text
	case 3:
		f.sheet.Model = text
	case 4:
		f.sheet.Document = text
	case 7:
		f.sheet.Released = text
	}
}

func (f *form) done() (Sheet, error) {
	if f.new+f.old == 0 {
		return Sheet{}, errors.New("no question of the form was found: each line needs a number such as CSUP-2.2 (2019) or 5-1 (2013) and its answer")
	}
	f.sheet.Edition = "2019"
	if f.old > f.new {
		f.sheet.Edition = "2013"
	}
	blank := 0
	for _, q := range questions {
		a, ok := f.answers[q.id]
		if !ok {
			a = Answer{ID: q.id}
		}
		if a.Value == Blank {
			blank++
		}
		f.sheet.Answers = append(f.sheet.Answers, a)
	}
	if f.sheet.Problems == nil {
		f.sheet.Problems = []Problem{}
	}
	if blank > 0 {
		f.problem(0, "%d of %d questions have no answer", blank, len(questions))
	}
	f.sheet.Other = f.other
	return f.sheet, nil
}

// parseValue reads an answer as people write it. odd says what was unusual.
func parseValue(text, note string) (v Value, rest, odd string) {
	text, note = strings.TrimSpace(text), strings.TrimSpace(note)
	v, trailing, ok := leadingValue(text)
	switch {
	case text == "":
		return Blank, clipTo(note, 2000), ""
	case !ok:
		return Blank, clipTo(strings.TrimSpace(text+" "+note), 2000), fmt.Sprintf("%q is none of Yes, No, N/A and See Note; it was kept as a note", clip(text))
	case trailing != "":
		odd = fmt.Sprintf("%q was read as %s, the rest as a note", clip(text), v)
		note = strings.TrimSpace(trailing + " " + note)
	}
	return v, clipTo(note, 2000), odd
}

// valueLike reports whether a cell is an answer and not a question.
func valueLike(text string) bool {
	v, trailing, ok := leadingValue(strings.TrimSpace(text))
	return ok && (trailing == "" || v == SeeNote)
}

func leadingValue(text string) (v Value, trailing string, ok bool) {
	lower := strings.ToLower(text)
	for _, w := range [...]struct {
		word string
		is   Value
	}{
		{"yes", Yes}, {"not applicable", NA}, {"n/a", NA}, {"n.a.", NA}, {"na", NA}, {"see notes", SeeNote}, {"see note", SeeNote}, {"note", SeeNote},
		{"no", No}, {"y", Yes}, {"n", No}, {"true", Yes}, {"false", No},
	} {
		rest, found := strings.CutPrefix(lower, w.word)
		if !found || rest != "" && isWord(rest[0]) {
			continue
		}
		trailing = strings.Trim(text[len(text)-len(rest):], " \t\r\n.,;:-()*")
		if w.is == SeeNote && strings.Trim(trailing, "#0123456789 ") == "" {
			trailing = "" // the number of a note
		}
		return w.is, trailing, true
	}
	return Blank, "", false
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '/' || c >= 0x80
}

// plain keeps letters, digits and # of text, in lower case.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '#':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, text)
}

func clip(text string) string { return clipTo(text, 60) }

func clipTo(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "..."
}
