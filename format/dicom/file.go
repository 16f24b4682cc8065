package dicom

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
)

// Limits of Parse. The zero Limits stand for the defaults.
type Limits struct {
	Inflated int // bytes that a deflated data set may become; default 64 MiB
}

const (
	defaultInflated = 64 << 20
	maxFile         = 1<<31 - 1 // places are kept in 31 bits
)

// A File is a DICOM file (PS3.10), or a bare data set as it was sent.
type File struct {
	Preamble bool     // it begins with 128 free bytes and DICM
	Meta     *Dataset // group 0002; never nil, empty when the file has none
	Syntax   Syntax   // as declared, or else as guessed from the bytes
	Declared bool     // the transfer syntax was declared
	Set      *Dataset
	// Offset is where Set begins; in a deflated file, positions count from the
	// start of the inflated data set instead.
	Offset int
	// Stray is how many bytes stood before the first element that belong to
	// nothing.
	Stray int
	// Broken is the first thing that ended the reading before the end of the
	// bytes, or nil: what came before it can be used.
	Broken error
	// Mismatch is true when the bytes are laid out otherwise than declared;
	// they were read as they lie.
	Mismatch bool
}

// ErrNotDICOM is wrapped by the error for bytes that are something else.
var ErrNotDICOM = errors.New("not a DICOM file")

// Parse reads data, which must not change while the file is in use. It is
// lenient: a file without preamble or meta information, and one that is cut
// off, is read as far as it goes, which File says. Pixel data is found, not
// looked at. The error wraps ErrNotDICOM, or says why the data set cannot be
// reached.
func Parse(data []byte, limits Limits) (*File, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%d bytes are beyond the limit of %d for one file", len(data), maxFile)
	}
	f := &File{Meta: &Dataset{bytes: data, layout: layout{explicit: true}}}
	at := 0
	if len(data) >= 132 && string(data[128:132]) == "DICM" {
		f.Preamble, at = true, 132
	}
	at, err := f.readMeta(data, at)
	if err != nil {
		return f, err
	}
	if len(f.Meta.Fields) == 0 && !begins(data[at:]) && at < len(data) && begins(data[at+1:]) {
		at++ // the padding of a header that was cut off; seen in the wild
		f.Stray = 1
	}
	body := data[at:]
	if err := f.settle(body); err != nil {
		return f, err
	}
	f.Offset = at
	if f.Syntax.Deflated {
		if body, err = inflate(body, limits); err != nil {
			f.Broken = err
		}
		data, f.Offset = body, 0
	}
	f.Set = &Dataset{bytes: data, layout: f.Syntax.layout(), Fields: make([]Field, 0, min(len(data)/64+8, 320))}
	if _, err := f.Set.parseFields(f.Offset, len(data)); err != nil && f.Broken == nil {
		f.Broken = err
	}
	f.Set.settle()
	return f, nil
}

// readMeta reads the elements of group 0002, whatever their group length says.
func (f *File) readMeta(data []byte, at int) (next int, err error) {
	m := f.Meta
	m.sorted = true
	for at < len(data) {
		h, need := m.layout.header(data[at:])
		if need > 0 || h.tag.Group() != 2 {
			break
		}
		fl := Field{Tag: h.tag, VR: h.vr, odd: h.odd, head: uint8(h.size), start: int32(at + h.size)}
		if at, err = m.extent(&fl, h, len(data)); err != nil {
			return at, err
		}
		m.sorted = m.sorted && (len(m.Fields) == 0 || m.Fields[len(m.Fields)-1].Tag <= fl.Tag)
		m.Fields = append(m.Fields, fl)
	}
	m.order()
	return at, nil
}

// settle finds the layout of the data set: as declared, unless its first bytes
// cannot be that.
func (f *File) settle(body []byte) error {
	declared := f.Meta.Text(TransferSyntaxUID)
	f.Declared = declared != ""
	guess, ok := GuessSyntax(body)
	if f.Declared {
		f.Syntax = SyntaxOf(declared)
		if ok && !f.Syntax.Deflated && guess.layout() != f.Syntax.layout() {
			f.Mismatch = true
			f.Syntax.Explicit, f.Syntax.BigEndian = guess.Explicit, guess.BigEndian
		}
		return nil
	}
	if len(f.Meta.Fields) > 0 {
		if !ok {
			guess = SyntaxOf(ImplicitLittle) // the default of PS3.5 10.1
		}
		f.Syntax = guess
		return nil
	}
	if !begins(body) {
		return fmt.Errorf("%w: %s", ErrNotDICOM, describe(body))
	}
	f.Syntax = guess
	return nil
}

// begins is true when a bare data set begins here: with an element of the
// dictionary that fits the bytes.
func begins(body []byte) bool {
	s, ok := GuessSyntax(body)
	if !ok {
		return false
	}
	h, need := s.layout().header(body)
	if need > 0 {
		return false
	}
	_, known := Lookup(h.tag)
	return known && (h.length == Undefined || uint64(h.length) <= uint64(len(body)-h.size))
}

// describe says what bytes look like that are not DICOM.
func describe(b []byte) string {
	switch {
	case len(b) == 0:
		return "it is empty"
	case bytes.HasPrefix(b, []byte{0x1F, 0x8B}):
		return "it is compressed with gzip; unpack it first"
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return "it is a zip archive; unpack it first"
	case bytes.HasPrefix(b, []byte("%PDF")):
		return "it is a PDF document"
	case bytes.HasPrefix(b, []byte("\x89PNG")), bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		return "it is a plain image"
	}
	return "there is no DICM at byte 128, and it does not begin with a data element"
}

func inflate(b []byte, limits Limits) ([]byte, error) {
	limit := limits.Inflated
	if limit <= 0 {
		limit = defaultInflated
	}
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), int64(limit)+1))
	if len(out) > limit {
		return out[:limit], fmt.Errorf("the deflated data set is larger than %d bytes", limit)
	}
	if err != nil {
		return out, fmt.Errorf("the deflated data set cannot be inflated beyond byte %d: %w", len(out), err)
	}
	return out, nil
}

// fault is an error at a place.
func (d *Dataset) fault(at int, t Tag, format string, args ...any) error {
	return &SyntaxError{Offset: int64(at), Tag: t, Text: fmt.Sprintf(format, args...)}
}
