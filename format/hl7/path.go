package hl7

import (
	"fmt"
	"strconv"
	"strings"
)

// A Path names a place in a message, such as OBX[3].6.1: the third OBX, its
// sixth field, of it the first component. All numbers count from 1, as in the
// standard; a number left out is 1. A field may name a repetition too:
// PID.3[2].4.
type Path struct {
	Segment    string
	Occurrence int
	Field      int // 0: the whole segment
	Repetition int
	Component  int // 0: the whole repetition, or the whole field when no repetition was named
	Sub        int // 0: the whole component
}

// ParsePath reads a path. It also accepts the way people write it: PID-3.4.
func ParsePath(text string) (Path, error) {
	rest := text
	if len(rest) < 3 || !beginsSegment([]byte(rest[:3]), '|') {
		return Path{}, fmt.Errorf("path %q: begin with the three letters of a segment, as in OBX[3].6.1", text)
	}
	p := Path{Segment: rest[:3], Occurrence: 1}
	rest = rest[3:]
	var err error
	if rest, err = cutIndex(rest, &p.Occurrence); err != nil {
		return Path{}, fmt.Errorf("path %q: %w", text, err)
	}
	for i, at := range []*int{&p.Field, &p.Component, &p.Sub} {
		if rest == "" {
			return p, nil
		}
		if rest[0] != '.' && (i > 0 || rest[0] != '-') {
			break
		}
		if rest, err = cutNumber(rest[1:], at); err != nil {
			return Path{}, fmt.Errorf("path %q: %w", text, err)
		}
		if i == 0 {
			if rest, err = cutIndex(rest, &p.Repetition); err != nil {
				return Path{}, fmt.Errorf("path %q: %w", text, err)
			}
		}
	}
	if rest != "" {
		return Path{}, fmt.Errorf("path %q: %q is left over; a path has at most segment, field, component and subcomponent", text, rest)
	}
	return p, nil
}

func cutIndex(s string, into *int) (string, error) {
	if !strings.HasPrefix(s, "[") {
		return s, nil
	}
	rest, err := cutNumber(s[1:], into)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(rest, "]") {
		return "", fmt.Errorf("a bracket is not closed")
	}
	return rest[1:], nil
}

func cutNumber(s string, into *int) (string, error) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	v, err := strconv.Atoi(s[:n])
	if err != nil || v < 1 {
		return "", fmt.Errorf("a number from 1 is missing before %q", s[n:])
	}
	*into = v
	return s[n:], nil
}

// String writes the path as ParsePath reads it.
func (p Path) String() string {
	var b strings.Builder
	b.WriteString(p.Segment)
	if p.Occurrence > 1 {
		fmt.Fprintf(&b, "[%d]", p.Occurrence)
	}
	if p.Field == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, ".%d", p.Field)
	if p.Repetition > 0 {
		fmt.Fprintf(&b, "[%d]", p.Repetition)
	}
	if p.Component > 0 {
		fmt.Fprintf(&b, ".%d", p.Component)
		if p.Sub > 0 {
			fmt.Fprintf(&b, ".%d", p.Sub)
		}
	}
	return b.String()
}

// At returns the value at p; one that is not there is empty. A path to a whole
// segment gives its bytes as one value.
func (m *Message) At(p Path) Value {
	s := m.Find(p.Segment, p.Occurrence)
	if p.Field == 0 {
		start, end := s.Span()
		return Value{m: m, start: int32(start), end: int32(end), level: atSub}
	}
	v := s.Field(p.Field)
	if p.Repetition > 0 || p.Component > 0 {
		v = v.Rep(max(p.Repetition, 1))
	}
	if p.Component > 0 {
		v = v.Component(p.Component)
	}
	if p.Sub > 0 {
		v = v.Sub(p.Sub)
	}
	return v
}

// Get returns the text at path; a path that does not parse is an error, a
// place that is not in the message is "".
func (m *Message) Get(path string) (string, error) {
	p, err := ParsePath(path)
	if err != nil {
		return "", err
	}
	return m.At(p).Text()
}
