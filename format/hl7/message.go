// Package hl7 reads and writes HL7 version 2 messages, the sentences in which
// monitors, pumps, laboratories and hospital systems tell each other what
// happened to whom.
//
// A message is read where it lies: Parse notes where segments and fields
// begin and copies nothing, so the bytes that came are the bytes that are
// kept, shown and passed on, and every value can say from which bytes it was
// taken. Text is decoded from the character set that the message declares
// (MSH-18); for the tables of the older sets the package uses
// golang.org/x/text, its only dependency outside the standard library.
package hl7

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Delimiters are the characters that a message declares in MSH-1 and MSH-2.
// A zero character is "not declared". They are read, never assumed.
type Delimiters struct {
	Field, Component, Repetition, Escape, Sub, Truncation byte
}

// Standard are the delimiters that nearly every sender uses and that the IHE
// device profiles demand.
var Standard = Delimiters{Field: '|', Component: '^', Repetition: '~', Escape: '\\', Sub: '&'}

// Limits bound what a message may cost. The zero Limits are the defaults.
type Limits struct {
	Bytes    int // length of a message; default 10 MB, as for an MLLP frame
	Segments int // default 100,000
}

// DefaultLimits are used where none are given.
var DefaultLimits = Limits{Bytes: 10 << 20, Segments: 100_000}

// An Error says why bytes cannot be read as an HL7 v2 message, and where.
type Error struct {
	Offset int    // of the first byte that cannot be understood
	Path   string // of the part it belongs to, such as MSH.2; may be empty
	Text   string // for a person; never holds content of the message
}

// Error is the place and the reason.
func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("byte %d: %s", e.Offset, e.Text)
	}
	return fmt.Sprintf("byte %d (%s): %s", e.Offset, e.Path, e.Text)
}

// A Flaw is a deviation in the writing of a message that does not keep it
// from being read.
type Flaw uint16

// The flaws that Parse finds.
const (
	LineFeeds       Flaw = 1 << iota // segments end with LF instead of CR
	CarriageLine                     // segments end with CR LF
	Continued                        // a line that begins no segment was taken as the rest of the one before
	BlankLines                       // empty lines between or after segments
	DoubledDelims                    // MSH-2 names a character twice
	MissingDelims                    // MSH-2 names fewer than four characters
	Unterminated                     // the last segment has no terminator
	MisplacedHeader                  // a further MSH stands inside the message
)

// A Message is one HL7 v2 message over the bytes it came in. It holds on to
// them: they must not change while it is in use. A parsed Message may be read
// by several goroutines.
type Message struct {
	raw      []byte
	delims   Delimiters
	segments []segment
	cuts     []int32 // where each field of each segment begins, its name included
	flaws    Flaw
	charset  charset
	text     string // raw, where the texts of values are parts of it
}

// A segment is a run of bytes, its terminator outside.
type segment struct {
	start, end int32
	next       int32 // where the following segment begins
	cut        int32 // index of its first field in cuts
	fields     int32 // how many, its name included
	header     bool  // MSH, FHS or BHS: its first field is the separator itself
}

// Parse reads raw as one message within DefaultLimits.
func Parse(raw []byte) (*Message, error) {
	m := new(Message)
	if err := m.Reset(raw, Limits{}); err != nil {
		return nil, err
	}
	return m, nil
}

// Reset makes m the message in raw and keeps m's memory for it, so that a
// line of messages is read without new memory for each. Values taken from m
// before are no longer valid.
func (m *Message) Reset(raw []byte, limits Limits) error {
	limits = limits.orDefault()
	*m = Message{raw: raw, segments: m.segments[:0], cuts: m.cuts[:0]}
	if len(raw) > limits.Bytes {
		return &Error{Offset: limits.Bytes, Text: fmt.Sprintf("the message is longer than the limit of %d bytes", limits.Bytes)}
	}
	if err := m.readDelimiters(); err != nil {
		return err
	}
	m.reserve()
	if err := m.index(limits); err != nil {
		return err
	}
	return nil
}

func (l Limits) orDefault() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	if l.Segments <= 0 {
		l.Segments = DefaultLimits.Segments
	}
	return l
}

func (m *Message) readDelimiters() error {
	raw := m.raw
	if IsWide(raw) {
		return &Error{Path: "MSH.18", Text: "the message is in UTF-16, in which no delimiter can be found byte by byte; widen it first (hl7.Widen), or have the sender send UNICODE UTF-8"}
	}
	if len(raw) < 4 || !isHeader(raw) {
		return &Error{Text: "an HL7 v2 message begins with MSH; this does not"}
	}
	m.delims.Field = raw[3]
	if !isDelimiter(raw[3]) {
		return &Error{Offset: 3, Path: "MSH.1", Text: "the character after MSH must be a field separator such as |"}
	}
	var seen []byte
	for _, c := range raw[4:] {
		if c == m.delims.Field || c == '\r' || c == '\n' {
			break
		}
		if bytes.IndexByte(seen, c) >= 0 {
			m.flaws |= DoubledDelims // a doubled escape character is a common bug of senders
			continue
		}
		if !isDelimiter(c) || len(seen) == 5 {
			return &Error{Offset: 4 + len(seen), Path: "MSH.2", Text: "the encoding characters must be four or five different marks such as ^~\\&"}
		}
		seen = append(seen, c)
	}
	if len(seen) < 4 {
		m.flaws |= MissingDelims
	}
	for i, at := range []*byte{&m.delims.Component, &m.delims.Repetition, &m.delims.Escape, &m.delims.Sub, &m.delims.Truncation} {
		if i < len(seen) {
			*at = seen[i]
		}
	}
	return nil
}

func isHeader(raw []byte) bool {
	switch string(raw[:3]) {
	case "MSH", "FHS", "BHS":
		return true
	}
	return false
}

// isDelimiter reports whether c may delimit: a printable mark that is neither
// letter nor digit. Control characters have been seen in the field and split
// no worse, except for those that end segments and frames.
func isDelimiter(c byte) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '\r', c == '\n', c == 0x0B, c == 0x1C, c == 0, c >= 0x80, c == ' ':
		return false
	}
	return true
}

// reserve makes room for the index, so that indexing appends without growing.
func (m *Message) reserve() {
	lines := bytes.Count(m.raw, []byte{'\r'})
	if lines == 0 {
		lines = bytes.Count(m.raw, []byte{'\n'})
	}
	fields := bytes.Count(m.raw, []byte{m.delims.Field})
	if n := lines + 1; cap(m.segments) < n && n <= 4096 {
		m.segments = make([]segment, 0, n)
	}
	if n := lines + fields + 2; cap(m.cuts) < n && n <= 1<<16 {
		m.cuts = make([]int32, 0, n)
	}
}

func (m *Message) index(limits Limits) error {
	raw, at := m.raw, 0
	cr := nextCR(raw, 0)
	for at < len(raw) {
		if cr < at {
			cr = nextCR(raw, at)
		}
		end, next := m.lineEnd(at, cr)
		if end == at {
			if at > 0 && next < len(raw) || raw[at] == '\n' {
				m.flaws |= BlankLines
			}
			if n := len(m.segments); n > 0 {
				m.segments[n-1].next = int32(next)
			}
			at = next
			continue
		}
		if len(m.segments) > 0 && !beginsSegment(raw[at:end], m.delims.Field) {
			m.flaws |= Continued
			m.extend(at, end, next)
		} else {
			if len(m.segments) == limits.Segments {
				return &Error{Offset: at, Text: fmt.Sprintf("the message has more than %d segments", limits.Segments)}
			}
			m.add(at, end, next)
		}
		at = next
	}
	return nil
}

// nextCR returns where the next CR is, or the length of raw. It is asked once
// for each CR, so that a message without any is not searched for every line.
func nextCR(raw []byte, from int) int {
	if n := bytes.IndexByte(raw[from:], '\r'); n >= 0 {
		return from + n
	}
	return len(raw)
}

// lineEnd returns where the line at from ends and where the next one begins;
// cr is where the next CR is.
func (m *Message) lineEnd(from, cr int) (end, next int) {
	raw := m.raw
	if lf := bytes.IndexByte(raw[from:cr], '\n'); lf >= 0 {
		if lf > 0 {
			m.flaws |= LineFeeds
		}
		return from + lf, from + lf + 1
	}
	if cr == len(raw) {
		m.flaws |= Unterminated
		return cr, cr
	}
	if cr+1 < len(raw) && raw[cr+1] == '\n' {
		if cr > from {
			m.flaws |= CarriageLine
		}
		return cr, cr + 2
	}
	return cr, cr + 1
}

// beginsSegment reports whether line looks like a segment: three letters or
// digits, the first a letter, and then a separator or nothing.
func beginsSegment(line []byte, sep byte) bool {
	if len(line) < 3 || line[0] < 'A' || line[0] > 'Z' {
		return false
	}
	for _, c := range line[1:3] {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(line) == 3 || line[3] == sep
}

func (m *Message) add(at, end, next int) {
	if len(m.segments) > 0 && string(m.raw[at:at+3]) == "MSH" {
		m.flaws |= MisplacedHeader
	}
	s := segment{start: int32(at), end: int32(end), next: int32(next), cut: int32(len(m.cuts)), header: end-at > 3 && m.raw[at+3] == m.delims.Field && isHeader(m.raw[at:end])}
	m.cuts = append(m.cuts, int32(at))
	m.cutFields(at, end)
	s.fields = int32(len(m.cuts)) - s.cut
	m.segments = append(m.segments, s)
	if len(m.segments) == 1 { // what follows is cut as the set in MSH-18 demands
		m.charset = m.declaredCharset()
	}
}

// declaredCharset returns the set of MSH-18. Where it repeats, the first is
// the one of plain text and the others are reached by ISO 2022 escapes, which
// the decoder of any of the Japanese sets follows.
func (m *Message) declaredCharset() charset {
	f := m.Segment(0).Field(18)
	if m.Segment(0).Is("MSH") {
		for n := 2; n <= f.Reps(); n++ {
			if cs := charsetOf(f.Rep(n).Bytes()); cs.double == shifted {
				return cs
			}
		}
		return charsetOf(f.Rep(1).Bytes())
	}
	return charsetOf(nil)
}

func (m *Message) cutFields(at, end int) {
	sep := m.delims.Field
	if double := m.charset.double; double != single {
		for i := int32(at); i < int32(end); i = double.skip(m.raw, i, int32(end)) {
			if m.raw[i] == sep {
				m.cuts = append(m.cuts, i+1)
			}
		}
		return
	}
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	b, want := m.raw[at:end], ones*uint64(sep)
	i := 0
	for ; i+8 <= len(b); i += 8 { // eight bytes at once: a byte of x is 0 where a separator stands
		x := binary.LittleEndian.Uint64(b[i:]) ^ want
		for hit := ^((x&^highs + ^uint64(highs)) | x) & highs; hit != 0; hit &= hit - 1 {
			m.cuts = append(m.cuts, int32(at+i+bits.TrailingZeros64(hit)/8+1))
		}
	}
	for ; i < len(b); i++ {
		if b[i] == sep {
			m.cuts = append(m.cuts, int32(at+i+1))
		}
	}
}

// extend lets the last segment go on over a line break inside a field.
func (m *Message) extend(at, end, next int) {
	last := &m.segments[len(m.segments)-1]
	m.cutFields(at, end)
	last.end, last.next = int32(end), int32(next)
	last.fields = int32(len(m.cuts)) - last.cut
}

// Bytes returns the message as it came.
func (m *Message) Bytes() []byte { return m.raw }

// Delimiters returns the characters that the message declares.
func (m *Message) Delimiters() Delimiters { return m.delims }

// Has reports whether the message has all of flaws.
func (m *Message) Has(flaws Flaw) bool { return m.flaws&flaws == flaws }

// Len returns how many segments the message has.
func (m *Message) Len() int { return len(m.segments) }

// Segment returns the segment at index i, from 0; one beyond the last has no
// name and no fields.
func (m *Message) Segment(i int) Segment {
	if i < 0 || i >= len(m.segments) {
		return Segment{m: m, index: -1}
	}
	return Segment{m: m, index: int32(i)}
}

// Find returns the nth segment of that name, from 1, or one without fields.
func (m *Message) Find(name string, nth int) Segment {
	for i := range m.segments {
		if m.Segment(i).Is(name) {
			if nth--; nth <= 0 {
				return m.Segment(i)
			}
		}
	}
	return Segment{m: m, index: -1}
}
