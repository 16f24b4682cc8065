package mirth

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Value is what a small expression of a step or rule means: text, a place
// in the message, or a variable that a mapper has filled.
type Value struct {
	Text     *string
	Place    string // of HL7 v2, such as PID-3.1
	Variable string
}

// Value forms of JavaScript that the editors of an integration engine write.
var (
	place    = regexp.MustCompile(`^(msg|tmp)((?:\[[^\]]+\])+)(?:\.toString\(\))?;?$`)
	index    = regexp.MustCompile(`\[([^\]]+)\]`)
	variable = regexp.MustCompile(`^(?:\$\(\s*['"](\w+)['"]\s*\)|(?:channelMap|connectorMap)\.get\(\s*['"](\w+)['"]\s*\)|\$\{(\w+)\})(?:\.toString\(\))?;?$`)
	assign   = regexp.MustCompile(`^(?:var\s+)?((?:msg|tmp)(?:\[[^\]]+\])+)\s*=\s*([^=].*?);?$`)
)

// ParseValue reads an expression. What is more than a place, a text or a
// variable is an error: nothing is guessed.
func ParseValue(text string) (Value, error) {
	text = strings.TrimSpace(text)
	if v, err := ParsePlace(text); err == nil {
		return Value{Place: v}, nil
	}
	if m := variable.FindStringSubmatch(text); m != nil {
		return Value{Variable: m[1] + m[2] + m[3]}, nil
	}
	if s, ok := unquote(text); ok {
		return Value{Text: &s}, nil
	}
	return Value{}, fmt.Errorf("%q is code, not a place, a text or a variable", short(text))
}

// ParsePlace reads msg['PID']['PID.3'][1]['PID.3.4'].toString() as the place
// PID-3[2].4 of HL7 v2: JavaScript counts from 0, HL7 from 1.
func ParsePlace(text string) (string, error) {
	m := place.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return "", fmt.Errorf("%q is not a place of a message", short(text))
	}
	var out strings.Builder
	last, depth := "", 0
	for _, part := range index.FindAllStringSubmatch(m[2], -1) {
		if n, err := strconv.Atoi(part[1]); err == nil {
			if depth == 0 || depth > 2 || n > 1000 {
				return "", fmt.Errorf("%q counts where HL7 v2 has nothing to count", short(text))
			}
			fmt.Fprintf(&out, "[%d]", n+1)
			continue
		}
		name, ok := unquote(part[1])
		if !ok {
			return "", fmt.Errorf("%q computes its place", short(text))
		}
		switch rest := strings.TrimPrefix(name, last+"."); {
		case depth == 0 && len(name) == 3:
			out.WriteString(name)
		case depth > 0 && depth < 4 && rest != name && number(rest):
			out.WriteString(map[bool]string{true: "-", false: "."}[depth == 1] + rest)
		default:
			return "", fmt.Errorf("%q is not a place of HL7 v2", short(text))
		}
		last = name
		depth++
	}
	return out.String(), nil
}

// An Assignment is one line of a script that writes a value to a place.
type Assignment struct {
	Target string // a place
	From   Value
}

// ParseAssignments reads a script that does nothing but write values to
// places, one on each line. Any other line is an error.
func ParseAssignments(script string) ([]Assignment, error) {
	var all []Assignment
	n := 0
	for line := range strings.Lines(script) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		m := assign.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("line %d is code: %q", n, short(line))
		}
		to, err := ParsePlace(m[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		from, err := ParseValue(m[2])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, Assignment{Target: to, From: from})
	}
	return all, nil
}

func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '\'' && s[0] != '"' {
		return "", false
	}
	inner := s[1 : len(s)-1]
	if strings.ContainsAny(inner, `\`+s[:1]) {
		return "", false // escapes, or two texts joined
	}
	return inner, true
}

func number(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && s[0] != '0'
}

func short(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:77], "") + "..."
	}
	return s
}
