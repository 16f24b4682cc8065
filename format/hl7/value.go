package hl7

import "bytes"

// A Segment is one line of a message. It is a view: it costs nothing to copy.
type Segment struct {
	m     *Message
	index int32 // -1: there is none
}

// Exists reports whether the message has the segment.
func (s Segment) Exists() bool { return s.index >= 0 }

// Index returns the segment's place in its message, from 0, or -1.
func (s Segment) Index() int { return int(s.index) }

// Name returns the segment's three letters, or "".
func (s Segment) Name() string {
	if !s.Exists() {
		return ""
	}
	return string(s.name())
}

func (s Segment) name() []byte {
	if !s.Exists() {
		return nil
	}
	at := s.m.segments[s.index]
	return s.m.raw[at.start:min(at.start+3, at.end)]
}

// Is reports whether the segment has that name.
func (s Segment) Is(name string) bool { return s.Exists() && string(s.name()) == name }

// Occurrence returns which of the segments of this name it is, from 1.
func (s Segment) Occurrence() int {
	n := 0
	for i := int32(0); i <= s.index; i++ {
		if bytes.Equal(s.m.Segment(int(i)).name(), s.name()) {
			n++
		}
	}
	return n
}

// Bytes returns the segment as it came, without its terminator.
func (s Segment) Bytes() []byte {
	start, end := s.Span()
	return s.m.raw[start:end]
}

// Span returns the byte range of the segment, its terminator outside.
func (s Segment) Span() (start, end int) {
	if !s.Exists() {
		return len(s.m.raw), len(s.m.raw)
	}
	at := s.m.segments[s.index]
	return int(at.start), int(at.end)
}

// header reports whether the segment's first field is the field separator.
func (s Segment) header() bool { return s.index >= 0 && s.m.segments[s.index].header }

// Fields returns the number of the segment's last field. A field may be empty.
func (s Segment) Fields() int {
	if !s.Exists() {
		return 0
	}
	n := int(s.m.segments[s.index].fields) - 1
	if s.header() {
		n++
	}
	return n
}

// Field returns field n as HL7 counts: from 1, and MSH-1 is the separator
// itself. A field beyond the last is empty.
func (s Segment) Field(n int) Value {
	if !s.Exists() || n < 1 {
		end := int32(len(s.m.raw))
		return Value{m: s.m, start: end, end: end, level: atField}
	}
	at := &s.m.segments[s.index]
	if at.header {
		if n == 1 {
			return Value{m: s.m, start: at.start + 3, end: min(at.start+4, at.end), level: atSub}
		}
		n--
	}
	if int32(n) >= at.fields {
		return Value{m: s.m, start: at.end, end: at.end, level: atField}
	}
	v := s.m.field(at, int32(n))
	if n == 1 && at.header {
		v.level = atSub // MSH-2 names the delimiters, it is not cut by them
	}
	return v
}

// field returns the piece at index n of a segment; 0 is its name.
func (m *Message) field(at *segment, n int32) Value {
	v := Value{m: m, start: m.cuts[at.cut+n], end: at.end, level: atField}
	if n+1 < at.fields {
		v.end = m.cuts[at.cut+n+1] - 1
	}
	return v
}

// A level is how deep a value lies.
type level uint8

const (
	atField level = iota
	atRep
	atComponent
	atSub
)

// A Value is a field, repetition, component or subcomponent: a run of bytes
// of a message. It is a view: it costs nothing to copy, and one that is not
// there is empty, never nil.
type Value struct {
	m          *Message
	start, end int32
	level      level
}

// Bytes returns the value as it came, escapes and all.
func (v Value) Bytes() []byte {
	if v.m == nil {
		return nil
	}
	return v.m.raw[v.start:v.end]
}

// Span returns the byte range of the value in its message.
func (v Value) Span() (start, end int) { return int(v.start), int(v.end) }

// Empty reports whether nothing was sent: the receiver keeps what it has.
func (v Value) Empty() bool { return v.start == v.end }

// Null reports whether the value is "": the receiver deletes what it has.
func (v Value) Null() bool { return v.end-v.start == 2 && string(v.Bytes()) == `""` }

// Is reports whether the value's bytes are exactly s.
func (v Value) Is(s string) bool { return string(v.Bytes()) == s }

// Reps returns how many repetitions a field has; an empty field has none.
func (v Value) Reps() int {
	if v.Empty() {
		return 0
	}
	if v.level > atField {
		return 1
	}
	return 1 + v.count(v.m.delims.Repetition)
}

// Components returns how many components the value (for a field: its first
// repetition) has.
func (v Value) Components() int {
	v = v.Rep(1)
	if v.Empty() {
		return 0
	}
	if v.level >= atComponent {
		return 1
	}
	return 1 + v.count(v.m.delims.Component)
}

// Subs returns how many subcomponents the value's first component has.
func (v Value) Subs() int {
	v = v.Component(1)
	if v.Empty() {
		return 0
	}
	if v.level >= atSub {
		return 1
	}
	return 1 + v.count(v.m.delims.Sub)
}

func (v Value) count(sep byte) int {
	if sep == 0 {
		return 0
	}
	n, raw, double := 0, v.m.raw, v.m.charset.double
	if double == single {
		return bytes.Count(raw[v.start:v.end], []byte{sep})
	}
	for i := v.start; i < v.end; i++ {
		if raw[i] == sep {
			n++
		} else {
			i = double.skip(raw, i, v.end) - 1
		}
	}
	return n
}

// Pieces appends the components of the value (of a field: of its first
// repetition), found in one pass, as Component would return each. An empty value
// has one, which is empty.
func (v Value) Pieces(into []Value) []Value {
	if v = v.Rep(1); v.m == nil || v.level >= atComponent {
		return append(into, v)
	}
	raw, sep, start, double := v.m.raw, v.m.delims.Component, v.start, v.m.charset.double
	for i := v.start; i < v.end; i++ {
		if c := raw[i]; c == sep && c != 0 {
			into = append(into, Value{m: v.m, start: start, end: i, level: atComponent})
			start = i + 1
		} else if double != single {
			i = double.skip(raw, i, v.end) - 1
		}
	}
	return append(into, Value{m: v.m, start: start, end: v.end, level: atComponent})
}

// Rep returns repetition n of a field, from 1. For anything deeper,
// repetition 1 is the value itself.
func (v Value) Rep(n int) Value { return v.part(n, atRep) }

// Component returns component n, from 1, of the value or, for a field, of its
// first repetition.
func (v Value) Component(n int) Value { return v.part(n, atComponent) }

// Sub returns subcomponent n, from 1, of the value or of its first component.
func (v Value) Sub(n int) Value { return v.part(n, atSub) }

func (v Value) part(n int, want level) Value {
	if v.m == nil {
		return v
	}
	if v.level >= want {
		if n == 1 {
			return v
		}
		return Value{m: v.m, start: v.end, end: v.end, level: want}
	}
	return v.cut(n, want)
}

// Coded returns the first three components of a coded value (of a field: of
// its first repetition) in one pass: code, text and system.
func (v Value) Coded() (id, text, system Value) {
	if v.m == nil || v.level >= atComponent {
		none := v.part(2, atComponent)
		return v, none, none
	}
	out := [3]Value{}
	raw, sep, stop, double := v.m.raw, v.m.delims.Component, v.m.delims.Repetition, v.m.charset.double
	n, start := 0, v.start
	for i := v.start; i < v.end && n < 3; i++ {
		if c := raw[i]; c == sep && c != 0 {
			out[n] = Value{m: v.m, start: start, end: i, level: atComponent}
			n, start = n+1, i+1
		} else if c == stop && c != 0 && v.level == atField {
			v.end = i
		} else if double != single {
			i = double.skip(raw, i, v.end) - 1
		}
	}
	for ; n < 3; n++ {
		out[n] = Value{m: v.m, start: start, end: v.end, level: atComponent}
		start = v.end
	}
	return out[0], out[1], out[2]
}

// cut returns the nth piece of v between the delimiters of level want, within
// the first piece of each level between. One pass over the bytes does it.
func (v Value) cut(n int, want level) Value {
	piece := Value{m: v.m, start: v.end, end: v.end, level: want}
	if n < 1 {
		return piece
	}
	d := &v.m.delims
	seps := [...]byte{atRep: d.Repetition, atComponent: d.Component, atSub: d.Sub}
	sep, stop, stop2 := seps[want], seps[want], seps[want]
	if v.level+1 < want {
		stop = seps[want-1]
		stop2 = stop
	}
	if v.level+2 < want {
		stop2 = seps[want-2]
	}
	raw, start, double := v.m.raw, v.start, v.m.charset.double
	if n == 1 && double == single { // the commonest question has the shortest answer
		b := raw[v.start:v.end]
		for _, c := range [...]byte{sep, stop, stop2} {
			if at := bytes.IndexByte(b, c); at >= 0 && c != 0 {
				b = b[:at]
			}
			if stop == sep {
				break
			}
		}
		piece.start, piece.end = v.start, v.start+int32(len(b))
		return piece
	}
	for i := v.start; i < v.end; i++ {
		switch c := raw[i]; {
		case c == sep && c != 0:
			if n == 1 {
				piece.start, piece.end = start, i
				return piece
			}
			n--
			start = i + 1
		case (c == stop || c == stop2) && c != 0:
			v.end = i
			piece.start, piece.end = i, i
		case double != single:
			i = double.skip(raw, i, v.end) - 1
		}
	}
	if n == 1 {
		piece.start, piece.end = start, v.end
	}
	return piece
}
