// Package query reads the one filter grammar that screens, API and command
// line share: `class:infusion-pump severity>=high last_seen<7d "free text"`.
//
// Terms stand side by side and all must hold. A term is field, operator and
// one or more values with commas between them, any of which may hold. A
// leading minus turns a term round. A word without an operator is free text.
// Values with blanks, commas or quotes are written in double quotes, with \"
// and \\ inside.
package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits on what Parse accepts.
const (
	MaxBytes = 4096
	MaxTerms = 64
)

// An Op compares a field with a value.
type Op string

// The operators. Has is the colon: equality for words, membership for lists,
// prefix when the value ends in a star.
const (
	Has          Op = ":"
	NotEqual     Op = "!="
	Less         Op = "<"
	LessEqual    Op = "<="
	Greater      Op = ">"
	GreaterEqual Op = ">="
)

// A Term is one condition. An empty Field is free text.
type Term struct {
	Field  string
	Op     Op
	Values []string // any may hold
	Not    bool
}

// A Filter is a list of terms that must all hold. The zero Filter holds for
// everything.
type Filter []Term

// A SortKey orders a list by one field.
type SortKey struct {
	Field string
	Desc  bool
}

// A Request asks for one page of a list. Cursor continues after an earlier
// page; Offset, when Cursor is empty, jumps to a row.
type Request struct {
	Filter Filter
	Sort   []SortKey
	Limit  int
	Offset int
	Cursor string
}

// A Page is one page of a list.
type Page[T any] struct {
	Items []T
	Next  string // cursor of the next page, empty on the last one
	Total int    // rows that match in all
}

// ParseSort reads "-risk,name".
func ParseSort(text string) []SortKey {
	var keys []SortKey
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" || part == "-" {
			continue
		}
		name, desc := strings.CutPrefix(part, "-")
		keys = append(keys, SortKey{Field: name, Desc: desc})
	}
	return keys
}

// Parse reads a filter. An error names the byte at which reading stopped.
func Parse(text string) (Filter, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("the filter has %d bytes; at most %d are read", len(text), MaxBytes)
	}
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("the filter is not valid UTF-8")
	}
	p := parser{text: text}
	var f Filter
	for p.skipBlanks(); !p.done(); p.skipBlanks() {
		if len(f) == MaxTerms {
			return nil, fmt.Errorf("the filter has more than %d terms", MaxTerms)
		}
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		f = append(f, t)
	}
	return f, nil
}

// String writes f so that Parse reads it back.
func (f Filter) String() string {
	terms := make([]string, len(f))
	for i, t := range f {
		terms[i] = t.String()
	}
	return strings.Join(terms, " ")
}

// String writes t so that Parse reads it back.
func (t Term) String() string {
	var b strings.Builder
	if t.Not {
		b.WriteByte('-')
	}
	b.WriteString(t.Field)
	b.WriteString(string(t.Op))
	for i, v := range t.Values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(v, t.Field == ""))
	}
	return b.String()
}

func quote(v string, free bool) string {
	if v != "" && !strings.ContainsAny(v, " \t\r\n,\"\\") && !(free && (strings.ContainsAny(v, ":=<>!") || v[0] == '-')) {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

type parser struct {
	text string
	pos  int
}

func (p *parser) done() bool { return p.pos >= len(p.text) }

func (p *parser) skipBlanks() {
	for !p.done() && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser) term() (Term, error) {
	var t Term
	if p.text[p.pos] == '-' && p.pos+1 < len(p.text) {
		t.Not = true
		p.pos++
	}
	if n := fieldLength(p.text[p.pos:]); n > 0 {
		if op := operatorAt(p.text[p.pos+n:]); op != "" {
			t.Field, t.Op = p.text[p.pos:p.pos+n], op
			p.pos += n + len(op)
			if op == "=" {
				t.Op = Has
			}
		}
	}
	for {
		v, err := p.value(t.Field != "")
		if err != nil {
			return t, err
		}
		t.Values = append(t.Values, v)
		if t.Field == "" || p.done() || p.text[p.pos] != ',' {
			return t, nil
		}
		p.pos++
	}
}

// fieldLength counts the bytes of a field name at the start of s: a letter,
// then letters, digits, dot, underscore.
func fieldLength(s string) int {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.' || c == '_')) {
			return i
		}
	}
	return len(s)
}

func operatorAt(s string) Op {
	for _, op := range []Op{LessEqual, GreaterEqual, NotEqual, Less, Greater, Has, "="} {
		if strings.HasPrefix(s, string(op)) {
			return op
		}
	}
	return ""
}

func (p *parser) value(list bool) (string, error) {
	if p.done() || p.text[p.pos] != '"' {
		stops := " \t\r\n\""
		if list {
			stops += ","
		}
		end := strings.IndexAny(p.text[p.pos:], stops)
		if end < 0 {
			end = len(p.text) - p.pos
		}
		v := p.text[p.pos : p.pos+end]
		p.pos += end
		if v == "" {
			return "", fmt.Errorf("a value is missing at byte %d of the filter; write \"\" for an empty one", p.pos)
		}
		return v, nil
	}
	start := p.pos
	var b strings.Builder
	for p.pos++; !p.done(); p.pos++ {
		switch c := p.text[p.pos]; c {
		case '"':
			p.pos++
			return b.String(), nil
		case '\\':
			if p.pos++; p.done() {
				break
			}
			b.WriteByte(p.text[p.pos])
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("the quote at byte %d of the filter is never closed", start)
}
