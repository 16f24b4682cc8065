package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bedrail/mapping"
)

// structures reads the tables of messages.
func (g *generator) structures() ([]mapping.Structure, error) {
	var all []mapping.Structure
	err := g.sheets("messages", func(name string, rows [][]string) error {
		b := &builder{g: g, name: name, last: map[string]string{}}
		for _, r := range rows {
			b.row(r)
		}
		if len(b.path) > 0 {
			b.leave(b.path[0])
		}
		if in, ok := g.errata.Insert[name]; ok {
			b.parts = slices.Insert(b.parts, slices.Index(b.parts, in.After)+1, in.Parts)
		}
		all = append(all, mapping.Structure{Name: name, Parts: strings.Join(b.parts, " "), Rows: b.rows})
		return nil
	})
	return all, err
}

// A builder follows the rows of one message through its groups.
type builder struct {
	g     *generator
	name  string
	path  []string
	parts []string
	rows  []mapping.Row
	seen  []map[string]int
	at    string
	line  string
	last  map[string]string
}

var upperCase = regexp.MustCompile(`[A-Z][A-Z0-9]{2}`)

var lastWord = regexp.MustCompile(`[A-Z0-9_]+$`)

func (b *builder) row(r []string) {
	identifier, syntax := r[1], strings.ReplaceAll(r[2], " ", "")
	part := lastWord.FindString(identifier)
	if part == "" || syntax == "|" || identifier == b.name {
		return
	}
	if strings.HasPrefix(identifier, "/") || strings.Trim(syntax, "}])>") == "" && syntax != "" {
		b.leave(part)
		return
	}
	if segment := upperCase.FindString(syntax); segment != "" {
		part = segment // an identifier may be copied from the row above
	}
	if line := identifier + syntax; line != b.line {
		b.line = line
		b.enter(part, syntax, r[5] == "-1" || r[5] == "*")
	}
	b.add(r)
}

// leave closes the group called part, and what is left open inside it. A
// table may close what it never opened.
func (b *builder) leave(part string) {
	b.line = ""
	for i := len(b.path) - 1; i >= 0; i-- {
		if b.path[i] != part {
			continue
		}
		for len(b.path) > i {
			b.path = b.path[:len(b.path)-1]
			b.seen = b.seen[:len(b.seen)-1]
			b.parts = append(b.parts, ")")
		}
		return
	}
}

// enter opens a group or notes a segment.
func (b *builder) enter(part, syntax string, repeats bool) {
	if len(b.seen) == 0 {
		b.seen = []map[string]int{{}}
	}
	level := b.seen[len(b.seen)-1]
	level[part]++
	if n := level[part]; n > 1 {
		part = fmt.Sprintf("%s#%d", part, n)
	}
	star := ""
	if repeats || strings.Contains(syntax, "{") {
		star = "*"
	}
	if !strings.ContainsAny(syntax, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		b.path = append(b.path, part)
		b.seen = append(b.seen, map[string]int{})
		if slices.Contains(b.g.errata.Strict, b.name+"."+part) {
			star += "!"
		}
		b.parts = append(b.parts, part+star+"(")
		b.at = ""
		return
	}
	b.parts = append(b.parts, part+star)
	b.at = strings.Join(append(append([]string{b.name}, b.path...), part), ".")
}

// add notes what a row makes of the segment.
func (b *builder) add(r []string) {
	if r[9] == "" || b.at == "" || r[10] == "" {
		return
	}
	fix, fixed := b.g.errata.find(b.name, r[1], r[9], r[6], r[8])
	if fixed && fix.Drop {
		b.g.leave(b.name, r[1], r[9]+" "+r[10], r[6], fix.Why)
		return
	}
	condition := r[6]
	if fixed && fix.If != "" {
		condition = fix.If
	}
	if r[8] != "" && condition == "" && !fixed && isCondition(r[8]) && strings.Contains(r[9], "entity") {
		b.g.leave(b.name, r[1], r[9]+" "+r[10], r[8], "the condition is prose")
		return
	}
	row := mapping.Row{At: b.at, Make: b.g.errata.spelled(strings.ReplaceAll(r[9], " ", "")), By: r[10]}
	var ok bool
	if row.If, ok = translate(condition, ""); !ok {
		b.g.leave(b.name, r[1], r[9]+" "+r[10], condition, "the condition cannot be computed")
		return
	}
	for _, ref := range strings.FieldsFunc(r[11], func(c rune) bool { return c == ';' || c == '\n' }) {
		if text, ok := reference(b.g.errata.spelled(ref)); ok {
			row.Refs = append(row.Refs, text)
		} else if strings.TrimSpace(ref) != "" {
			b.g.leave(b.name, r[1], ref, r[6], "the reference is no path")
		}
	}
	b.rows = append(b.rows, row)
}

var refForm = regexp.MustCompile(`^([A-Z][A-Za-z]+(?:\[[^\]]+\])?)\.([A-Za-z.\[\]0-9]+?)(?:\.reference|\.id)? *= *([A-Z][A-Za-z]+(?:\[[^\]]+\])?)(?:\.id?)?$`)

// reference reads "Encounter[1].subject.reference=Patient[1].id".
func reference(text string) (string, bool) {
	m := refForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return "", false
	}
	return m[1] + "." + m[2] + " = " + m[3], true
}
