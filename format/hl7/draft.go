package hl7

import (
	"bytes"
	"fmt"
)

// A Draft is a message that is being written or changed. What is not touched
// keeps its bytes, so that a message read, drafted and written again is the
// same to the byte.
type Draft struct {
	delims   Delimiters
	segments []draftSegment
}

type draftSegment struct {
	fields [][]byte // the name first; for a header without MSH-1
	end    []byte   // its terminator and what stood between it and the next
}

// NewDraft returns a message of one MSH with the delimiters of d.
func NewDraft(d Delimiters) *Draft {
	return &Draft{delims: d, segments: []draftSegment{{fields: [][]byte{[]byte("MSH"), []byte(d.String())}, end: []byte{'\r'}}}}
}

// Draft returns a draft that begins as m. It shares m's bytes until they are
// set.
func (m *Message) Draft() *Draft {
	d := &Draft{delims: m.delims}
	for i := range m.segments {
		at := m.segments[i]
		s := draftSegment{end: m.raw[at.end:at.next]}
		for n := at.cut; n < at.cut+at.fields; n++ {
			end := at.end
			if n+1 < at.cut+at.fields {
				end = m.cuts[n+1] - 1
			}
			s.fields = append(s.fields, m.raw[m.cuts[n]:end])
		}
		d.segments = append(d.segments, s)
	}
	return d
}

// Bytes writes the message.
func (d *Draft) Bytes() []byte {
	var out bytes.Buffer
	for i := range d.segments {
		for n, f := range d.segments[i].fields {
			if n > 0 {
				out.WriteByte(d.delims.Field)
			}
			out.Write(f)
		}
		out.Write(d.segments[i].end)
	}
	return out.Bytes()
}

// Add appends an empty segment.
func (d *Draft) Add(name string) {
	if n := len(d.segments); n > 0 && len(d.segments[n-1].end) == 0 {
		d.segments[n-1].end = []byte{'\r'}
	}
	d.segments = append(d.segments, draftSegment{fields: [][]byte{[]byte(name)}, end: []byte{'\r'}})
}

// Set puts text at path, escaped as the delimiters demand. Fields, components
// and subcomponents up to it are made; a segment that is not there is an
// error, because only Add knows where it belongs.
func (d *Draft) Set(path, text string) error {
	if d.delims.Escape == 0 && d.delims.delimits(text) {
		return fmt.Errorf("path %q: the text holds a delimiter of the message, whose MSH-2 declares no escape character", path)
	}
	return d.set(path, []byte(d.delims.Quote(text)))
}

// SetNull puts the null value "" at path: the receiver deletes what it has.
func (d *Draft) SetNull(path string) error { return d.set(path, []byte(`""`)) }

func (d *Draft) set(path string, value []byte) error {
	p, err := ParsePath(path)
	if err != nil {
		return err
	}
	s := d.find(p.Segment, p.Occurrence)
	if s == nil {
		return fmt.Errorf("path %q: the message has no such segment; add it first", path)
	}
	n := p.Field
	if p.Segment == "MSH" || p.Segment == "FHS" || p.Segment == "BHS" {
		n--
	}
	if n < 1 || n == 1 && p.Field == 2 {
		return fmt.Errorf("path %q: only a field can be set, and MSH-1 and MSH-2 are the message's own", path)
	}
	for len(s.fields) <= n {
		s.fields = append(s.fields, nil)
	}
	s.fields[n] = d.within(s.fields[n], value, p)
	return nil
}

// Sift takes out the segments that keep refuses, and puts what each returns in
// place of every field that has content. The name of a segment, the delimiters
// and what begins a message are not asked about.
func (d *Draft) Sift(keep func(segment string) bool, each func(segment string, field int, raw []byte) []byte) {
	kept := d.segments[:0:0]
	for _, s := range d.segments {
		name := string(s.fields[0])
		if !keep(name) {
			continue
		}
		first := 1
		if name == "MSH" || name == "FHS" || name == "BHS" {
			first = 2
		}
		for n := first; n < len(s.fields); n++ {
			if len(s.fields[n]) > 0 {
				s.fields[n] = each(name, n+first-1, s.fields[n])
			}
		}
		kept = append(kept, s)
	}
	d.segments = kept
}

func (d *Draft) find(name string, nth int) *draftSegment {
	for i := range d.segments {
		if string(d.segments[i].fields[0]) == name {
			if nth--; nth <= 0 {
				return &d.segments[i]
			}
		}
	}
	return nil
}

// within replaces the part of a field that p names.
func (d *Draft) within(field, value []byte, p Path) []byte {
	if p.Component == 0 && p.Repetition == 0 {
		return value
	}
	return replace(field, d.delims.Repetition, max(p.Repetition, 1), func(rep []byte) []byte {
		if p.Component == 0 {
			return value
		}
		return replace(rep, d.delims.Component, p.Component, func(component []byte) []byte {
			if p.Sub == 0 {
				return value
			}
			return replace(component, d.delims.Sub, p.Sub, func([]byte) []byte { return value })
		})
	})
}

// replace changes the nth piece between separators, making those before it.
func replace(b []byte, sep byte, n int, change func([]byte) []byte) []byte {
	if sep == 0 {
		return change(b)
	}
	pieces := bytes.Split(b, []byte{sep})
	for len(pieces) < n {
		pieces = append(pieces, nil)
	}
	pieces[n-1] = change(pieces[n-1])
	return bytes.Join(pieces, []byte{sep})
}
