package astm

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Delimiters are declared by the header record: H|\^&.
type Delimiters struct{ Field, Repeat, Component, Escape byte }

// Standard are the delimiters of LIS2.
var Standard = Delimiters{'|', '\\', '^', '&'}

// A Record is one line of a message: H, P, O, R, C, Q, M, S or L.
type Record struct {
	Type   byte
	fields []span
	text   []byte
	delims Delimiters
	trail  []piece // where its text lies in the transmission
}

type span struct{ start, end int }

// A piece maps a run of a record's text to the bytes it came in.
type piece struct{ text, raw, n int }

// Field returns field n, from 1; field 1 is the type. For H, field 2 names the
// delimiters.
func (r Record) Field(n int) []byte {
	if n < 1 || n > len(r.fields) {
		return nil
	}
	return r.text[r.fields[n-1].start:r.fields[n-1].end]
}

// Fields returns how many fields the record has.
func (r Record) Fields() int { return len(r.fields) }

// Component returns component n, from 1, of the first repeat of a field, with
// escapes resolved.
func (r Record) Component(field, n int) string {
	b := r.Field(field)
	if field != 2 || r.Type != 'H' {
		b, _, _ = bytes.Cut(b, []byte{r.delims.Repeat})
	}
	for ; n > 1; n-- {
		var found bool
		if _, b, found = bytes.Cut(b, []byte{r.delims.Component}); !found {
			return ""
		}
	}
	b, _, _ = bytes.Cut(b, []byte{r.delims.Component})
	return r.delims.unescape(b)
}

// Span returns the bytes of field n in the transmission; n = 0 is the record.
func (r Record) Span(n int) (start, end int) {
	s := span{0, len(r.text)}
	if n > 0 && n <= len(r.fields) {
		s = r.fields[n-1]
	} else if n > 0 {
		s = span{len(r.text), len(r.text)}
	}
	return r.raw(s.start), max(r.raw(s.start), r.raw(s.end))
}

func (r Record) raw(at int) int {
	for i := len(r.trail) - 1; i >= 0; i-- {
		if p := r.trail[i]; at >= p.text {
			return p.raw + min(at-p.text, p.n)
		}
	}
	return 0
}

// unescape resolves &F& field, &S& component, &R& repeat, &E& escape and
// &Xhh..&.
func (d Delimiters) unescape(b []byte) string {
	if d.Escape == 0 || bytes.IndexByte(b, d.Escape) < 0 {
		return string(b)
	}
	var out []byte
	for len(b) > 0 {
		if b[0] != d.Escape {
			out = append(out, b[0])
			b = b[1:]
			continue
		}
		end := bytes.IndexByte(b[1:], d.Escape)
		if end < 1 {
			out = append(out, b[0])
			b = b[1:]
			continue
		}
		out = append(out, d.meaning(b[1:1+end])...)
		b = b[2+end:]
	}
	return string(out)
}

func (d Delimiters) meaning(code []byte) []byte {
	switch {
	case len(code) == 1:
		switch code[0] {
		case 'F':
			return []byte{d.Field}
		case 'S':
			return []byte{d.Component}
		case 'R':
			return []byte{d.Repeat}
		case 'E':
			return []byte{d.Escape}
		}
	case code[0] == 'X' && len(code)%2 == 1:
		var out []byte
		for i := 1; i < len(code); i += 2 {
			v, err := strconv.ParseUint(string(code[i:i+2]), 16, 8)
			if err != nil {
				return code
			}
			out = append(out, byte(v))
		}
		return out
	}
	return nil // highlighting and what is unknown says nothing
}

// An Issue is one thing that is wrong, in the manner of FHIR's
// OperationOutcome.
type Issue struct {
	Severity   string // fatal, error, warning, information
	Code       string
	Rule       string
	Location   string // R[2].4, or frame[4]
	Start, End int
	Text       string
}

// A Transmission is what a recorded line or file holds.
type Transmission struct {
	Records []Record
	Frames  int
	Refused int // frames whose text was not used
	Issues  []Issue
}

// MostRecords bounds a transmission.
const MostRecords = 100_000

// Read reads a recording of the sending side of a link, or a file of bare
// records. A frame that does not check is left out with all that hangs on it:
// its record is not made up from the rest.
func Read(raw []byte) (*Transmission, error) {
	t := &Transmission{}
	if !IsFramed(raw) {
		if len(raw) < 4 || raw[0] != 'H' {
			return nil, errors.New("byte 0: neither a frame (STX) nor a header record (H) begins here")
		}
		return t, t.lines(raw)
	}
	return t, t.frames(raw)
}

func (t *Transmission) lines(raw []byte) error {
	a := assembly{t: t, delims: Standard}
	for at := 0; at < len(raw); {
		n := bytes.IndexAny(raw[at:], "\r\n")
		if n < 0 {
			n = len(raw) - at
		}
		if n > 0 {
			a.take(raw[at:at+n], at)
			if err := a.finish(); err != nil {
				return err
			}
		}
		at += n + 1
	}
	t.check()
	return nil
}

func (t *Transmission) frames(raw []byte) error {
	a := assembly{t: t, delims: Standard}
	expect := byte(1)
	for at := 0; at < len(raw); {
		switch raw[at] {
		case ENQ:
			expect = 1
			at++
			continue
		case STX:
		default:
			at++
			continue
		}
		t.Frames++
		f, n, err := ParseFrame(raw[at:])
		if errors.Is(err, ErrShort) {
			n = len(raw) - at
		}
		switch {
		case err == nil && f.Number == (expect+7)&7 && t.Frames > 1 && !a.lost:
			// sent again although it had been kept
		case err != nil:
			t.refuse(err, at, n)
			a.drop()
			expect = (expect + 1) & 7
		default:
			if f.Number != expect {
				t.refuse(ErrNumber, at, n)
			}
			a.lost = false
			a.take(bytes.TrimRight(f.Text, "\r\n"), at+2)
			if f.Last {
				if err := a.finish(); err != nil {
					return err
				}
			}
			expect = (f.Number + 1) & 7
		}
		at += max(n, 1)
	}
	t.check()
	return nil
}

func (t *Transmission) refuse(err error, at, n int) {
	rule := "frame"
	switch {
	case errors.Is(err, ErrChecksum):
		rule = "checksum"
	case errors.Is(err, ErrNumber):
		rule = "frame-number"
	}
	if err != nil && !errors.Is(err, ErrNumber) {
		t.Refused++
	}
	if len(t.Issues) < 200 {
		t.Issues = append(t.Issues, Issue{Severity: "error", Code: "structure", Rule: rule, Location: fmt.Sprintf("frame[%d]", t.Frames), Start: at, End: at + n,
			Text: err.Error() + "; it is answered NAK, and what it holds is not used until it was sent again"})
	}
}

// An assembly puts the frames of one record together.
type assembly struct {
	t       *Transmission
	delims  Delimiters
	text    []byte
	trail   []piece
	lost    bool // a frame was refused just now
	dropped bool // of this record, so that it is given up
}

func (a *assembly) take(text []byte, raw int) {
	if a.dropped && len(text) > 1 && text[1] == a.delims.Field {
		a.dropped = false // a new record begins
	}
	a.trail = append(a.trail, piece{len(a.text), raw, len(text)})
	a.text = append(a.text, text...)
}

func (a *assembly) drop() {
	a.text, a.trail, a.dropped, a.lost = nil, nil, true, true
}

func (a *assembly) finish() error {
	text, trail := a.text, a.trail
	a.text, a.trail = nil, nil
	if a.dropped || len(text) == 0 {
		a.dropped = false
		return nil
	}
	if len(a.t.Records) == MostRecords {
		return fmt.Errorf("byte %d: more than %d records", trail[0].raw, MostRecords)
	}
	r := Record{Type: text[0], text: text, trail: trail}
	if r.Type == 'H' {
		a.delims = Standard
		if len(text) >= 5 {
			a.delims = Delimiters{text[1], text[2], text[3], text[4]}
		}
	}
	r.delims = a.delims
	r.fields = cutFields(text, a.delims.Field, r.Type == 'H')
	a.t.Records = append(a.t.Records, r)
	return nil
}

func cutFields(text []byte, sep byte, header bool) []span {
	out := make([]span, 0, 16)
	start := 0
	for i, c := range text {
		if c == sep && !(header && i > 1 && i < 5 && i != len(text)) || header && i == 1 {
			out = append(out, span{start, i})
			start = i + 1
		}
	}
	return append(out, span{start, len(text)})
}
