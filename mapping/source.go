package mapping

import (
	"fmt"
	"strconv"
	"strings"

	"bedrail/format/hl7"
)

// A source is a compiled place in a message.
type source struct {
	kind    sourceKind
	segment string // "": the current one
	field   int
	comp    int // of the field, or of the current value
	sub     int
	name    string // of a variable
	slot    int32  // its number in the program; 0 is none
	or      *source
}

type sourceKind uint8

const (
	noSource       sourceKind = iota
	segmentSource             // the segment as a whole: a rule that depends on no field
	fieldSource               // PID-3, OBX.5.1
	partSource                // CX.4: of the value that a type's map is applied to
	variableSource            // $name
)

// A datum is a value of a message: bytes of HL7, or a text.
type datum struct {
	v     hl7.Value
	text  string
	first int32 // the first of its components in the run's pieces
	parts int32 // how many components a repetition has, where they were cut; 0 is not
	depth uint8 // 0 a repetition, 1 a component, 2 a subcomponent
	plain bool  // text holds it
}

func (d datum) empty() bool {
	if d.plain {
		return d.text == ""
	}
	return d.v.Empty() || d.v.Null()
}

// part returns component n of a repetition or subcomponent n of a component.
func (d datum) part(n int) datum {
	if d.plain {
		if n == 1 {
			return d
		}
		return datum{plain: true}
	}
	switch d.depth {
	case 0:
		return datum{v: d.v.Component(n), depth: 1}
	case 1:
		return datum{v: d.v.Sub(n), depth: 2}
	}
	if n == 1 {
		return d
	}
	return datum{plain: true}
}

// compileSource reads a place. types are the names of data types that have
// maps: XX.n of one of them is a part of the current value.
func compileSource(text string, isType func(string) bool, segment string) (source, error) {
	var head *source
	for one := range strings.SplitSeq(text, "|") {
		s, err := compilePlace(strings.TrimSpace(one), isType, segment)
		if err != nil {
			return source{}, err
		}
		if head == nil {
			head = &s
			continue
		}
		last := head
		for last.or != nil {
			last = last.or
		}
		last.or = &s
	}
	return *head, nil
}

func compilePlace(text string, isType func(string) bool, segment string) (source, error) {
	if text == "" {
		return source{kind: segmentSource, segment: segment}, nil
	}
	if text[0] == '$' {
		return source{kind: variableSource, name: text[1:]}, nil
	}
	name, numbers, err := cutPlace(text)
	if err != nil {
		return source{}, err
	}
	s := source{kind: fieldSource, segment: name}
	switch {
	case isType(name):
		s = source{kind: partSource}
		if len(numbers) > 2 {
			return source{}, fmt.Errorf("place %q: a value has components and subcomponents, no more", text)
		}
		numbers = append([]int{0}, numbers...)
	case len(numbers) == 0:
		s.kind = segmentSource
	}
	for i, into := range []*int{&s.field, &s.comp, &s.sub} {
		if i < len(numbers) {
			*into = numbers[i]
		}
	}
	if name == segment {
		s.segment = ""
	}
	return s, nil
}

// cutPlace cuts PID-3.4 into the name and its numbers.
func cutPlace(text string) (name string, numbers []int, err error) {
	i := strings.IndexAny(text, "-.")
	if i < 0 {
		i = len(text)
	}
	name = text[:i]
	if len(name) < 2 || len(name) > 3 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return "", nil, fmt.Errorf("place %q: write a segment and field, as in PID-3.4, or a $variable", text)
	}
	for i < len(text) {
		rest := text[i+1:]
		end := strings.IndexByte(rest, '.')
		if end < 0 {
			end = len(rest)
		}
		n, err := strconv.Atoi(rest[:end])
		if err != nil || n < 1 || n > 999 {
			return "", nil, fmt.Errorf("place %q: %q is no number", text, rest[:end])
		}
		numbers = append(numbers, n)
		i += 1 + end
	}
	if len(numbers) > 3 {
		return "", nil, fmt.Errorf("place %q: a segment has fields, components and subcomponents, no more", text)
	}
	return name, numbers, nil
}

// noSegment is the segment that is not there.
var noSegment = new(hl7.Message).Segment(0)

// segmentFor returns the segment that a source speaks of: the current one, or
// the nearest before it, or the first of that name.
func (r *run) segmentFor(name string) hl7.Segment {
	if name == "" || r.segment.Is(name) {
		return r.segment
	}
	if r.msg == nil {
		return noSegment
	}
	if name == "MSH" {
		return r.msg.Segment(0)
	}
	for i := r.segment.Index() - 1; i >= 0; i-- {
		if s := r.msg.Segment(i); s.Is(name) {
			return s
		}
	}
	// The group's later segments: an OBR after its ORC.
	for i := r.segment.Index() + 1; i < r.msg.Len(); i++ {
		s := r.msg.Segment(i)
		if s.Is(name) {
			return s
		}
		if s.Is(r.segment.Name()) {
			break
		}
	}
	return r.msg.Find(name, 1)
}

// reps returns how many values there are at s.
func (r *run) reps(s *source) int {
	switch s.kind {
	case fieldSource:
		return r.segmentFor(s.segment).Field(s.field).Reps()
	case segmentSource:
		return 1
	}
	if r.value(s, 1).empty() {
		return 0
	}
	return 1
}

// value returns repetition rep of what is at s. Of several places it is the
// first that holds something.
func (r *run) value(s *source, rep int) datum {
	if s.or == nil {
		return r.valueAt(s, rep)
	}
	for {
		d := r.valueAt(s, rep)
		if s.or == nil || !d.empty() {
			return d
		}
		s = s.or
	}
}

func (r *run) valueAt(s *source, rep int) datum {
	var d datum
	switch s.kind {
	case fieldSource:
		d = datum{v: r.segmentFor(s.segment).Field(s.field).Rep(rep)}
	case partSource:
		d = r.current
		if d.parts > 0 && s.comp > 0 {
			if s.comp > int(d.parts) {
				return datum{plain: true}
			}
			d = datum{v: r.pieces[d.first+int32(s.comp)-1], depth: 1}
			if s.sub > 0 {
				d = d.part(s.sub)
			}
			return d
		}
	case variableSource:
		return datum{text: r.saying(s), plain: true}
	default:
		return datum{plain: true}
	}
	if s.comp > 0 {
		d = d.part(s.comp)
	}
	if s.sub > 0 {
		d = d.part(s.sub)
	}
	return d
}

// saying returns what a variable says of the part at which the run stands.
func (r *run) saying(s *source) string {
	if s.slot == 0 {
		return r.variable(s.name)
	}
	at := &r.said[s.slot]
	if at.part != r.part {
		at.part, at.text = r.part, r.variable(s.name)
	}
	return at.text
}

// textOf decodes what a datum says. Bytes that cannot be decoded are an issue
// and no text: nothing is charted that nobody wrote.
func (r *run) textOf(d datum) string {
	if d.plain {
		return d.text
	}
	if d.v.Null() {
		return ""
	}
	text, err := d.v.Text()
	if err != nil {
		start, end := d.v.Span()
		r.issue(hl7.Warning, "value", start, end, "a value is left out: its bytes are not in the character set that the message declares")
		return ""
	}
	return text
}
