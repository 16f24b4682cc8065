package dicom

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// A Charset turns the text of a data set into Unicode. It holds the sets that
// Specific Character Set (0008,0005) declares; the zero Charset is the default
// repertoire, ISO 646.
type Charset struct {
	initial set
	escapes bool // ISO 2022 code extensions are declared
	utf8    bool
	multi   encoding.Encoding // a multi-byte set without escapes: GB18030, GBK
}

// A set is the pair of code elements that are active: G0 for bytes below 0x80
// and G1 for those above (PS3.5 6.1.2).
type set struct{ g0, g1 element }

// An element is a coded character set that can be designated.
type element byte

const (
	none element = iota
	ascii
	romaji   // JIS X 0201 lower half: yen and overline
	katakana // JIS X 0201 upper half
	latin1
	latin2
	latin3
	latin4
	latin5
	latin9
	cyrillic
	arabic
	greek
	hebrew
	thai
	kanji       // JIS X 0208, two bytes in G0
	supplements // JIS X 0212, two bytes in G0
	hangul      // KS X 1001, two bytes in G1
	hanzi       // GB 2312, two bytes in G1
)

// singleByte are the tables of the one-byte sets of G1.
var singleByte = map[element]*charmap.Charmap{
	latin1: charmap.ISO8859_1, latin2: charmap.ISO8859_2, latin3: charmap.ISO8859_3, latin4: charmap.ISO8859_4,
	latin5: charmap.ISO8859_9, latin9: charmap.ISO8859_15, cyrillic: charmap.ISO8859_5, arabic: charmap.ISO8859_6,
	greek: charmap.ISO8859_7, hebrew: charmap.ISO8859_8, thai: charmap.Windows874,
}

// terms are the defined terms of PS3.3 C.12.1.1.2 by their number.
var terms = map[string]set{
	"6": {ascii, none}, "100": {ascii, latin1}, "101": {ascii, latin2}, "109": {ascii, latin3}, "110": {ascii, latin4},
	"144": {ascii, cyrillic}, "127": {ascii, arabic}, "126": {ascii, greek}, "138": {ascii, hebrew}, "148": {ascii, latin5},
	"203": {ascii, latin9}, "13": {romaji, katakana}, "166": {ascii, thai},
	"87": {ascii, none}, "159": {ascii, none}, "149": {ascii, hangul}, "58": {ascii, hanzi},
}

// escapeSequences are the designations of PS3.3 tables C.12-3 and C.12-4,
// without the escape itself.
var escapeSequences = []struct {
	seq string
	to  element
	g1  bool
}{
	{"$)C", hangul, true}, {"$)A", hanzi, true}, {"$(D", supplements, false}, {"$B", kanji, false}, {"$@", kanji, false},
	{"(B", ascii, false}, {"(J", romaji, false}, {")I", katakana, true}, {"-A", latin1, true}, {"-B", latin2, true},
	{"-C", latin3, true}, {"-D", latin4, true}, {"-L", cyrillic, true}, {"-G", arabic, true}, {"-F", greek, true},
	{"-H", hebrew, true}, {"-M", latin5, true}, {"-b", latin9, true}, {"-T", thai, true},
}

// ErrCharset is returned with text when bytes did not belong to the declared
// character set; they stand as U+FFFD in it.
var ErrCharset = errors.New("bytes outside of the declared character set")

// CharsetOf reads a value of Specific Character Set (0008,0005). ok is false
// when a term is not known; the text is then read as far as it is ASCII.
func CharsetOf(value string) (c Charset, ok bool) {
	c.initial, ok = set{ascii, none}, true
	for i, term := range strings.Split(value, "\\") {
		number, extended := termNumber(term)
		switch {
		case number == "192":
			return Charset{utf8: true}, ok
		case number == "GB18030":
			return Charset{initial: c.initial, multi: simplifiedchinese.GB18030}, ok
		case number == "GBK":
			return Charset{initial: c.initial, multi: simplifiedchinese.GBK}, ok
		case number == "":
			c.escapes = c.escapes || i > 0
			continue
		}
		s, known := terms[number]
		ok = ok && known
		if i == 0 && known {
			c.initial = s
		}
		c.escapes = c.escapes || extended || i > 0
	}
	return c, ok
}

// termNumber finds the number in ISO_IR 100, ISO 2022 IR 100 and the near
// misses of real files (ISO-IR 100, ISO_IR_100, ISO2022 IR 100).
func termNumber(term string) (number string, extended bool) {
	t := strings.ToUpper(strings.TrimSpace(strings.Trim(term, "\x00")))
	extended = strings.Contains(t, "2022")
	at := strings.LastIndex(t, "IR")
	if at < 0 {
		return t, extended
	}
	return strings.Trim(t[at+2:], " _-"), extended
}

// Text reads one value as Unicode, trailing padding removed. The error is
// ErrCharset or nil.
func (c Charset) Text(b []byte) (string, error) {
	vals, err := c.decode(b, false)
	if len(vals) == 0 {
		return "", err
	}
	return strings.TrimRight(vals[0], " \x00"), err
}

// Values reads the values that backslashes part. A backslash byte inside of a
// two-byte character parts nothing.
func (c Charset) Values(b []byte) ([]string, error) {
	vals, err := c.decode(b, true)
	for i := range vals {
		vals[i] = strings.Trim(vals[i], " \x00")
	}
	return vals, err
}

func (c Charset) decode(b []byte, split bool) ([]string, error) {
	if plain(b) && c.initial.g0 != romaji {
		return cut(string(b), split), nil
	}
	switch {
	case c.utf8:
		if !utf8.Valid(b) {
			return cut(strings.ToValidUTF8(string(b), "\uFFFD"), split), ErrCharset
		}
		return cut(string(b), split), nil
	case c.multi != nil:
		return c.decodeMulti(b, split)
	}
	d := decoder{charset: c, now: c.initial, split: split}
	d.run(b)
	return append(d.done, d.text.String()), d.err
}

// plain is true for bytes that need no decoding in any set but romaji.
func plain(b []byte) bool {
	for _, x := range b {
		if x >= 0x80 || x == 0x1B {
			return false
		}
	}
	return true
}

func cut(s string, split bool) []string {
	if !split {
		return []string{s}
	}
	return strings.Split(s, "\\")
}

// decodeMulti reads GBK and GB18030, whose second bytes may be a backslash:
// first decode, then part.
func (c Charset) decodeMulti(b []byte, split bool) ([]string, error) {
	s, err := c.multi.NewDecoder().Bytes(b)
	if err != nil || strings.ContainsRune(string(s), utf8.RuneError) {
		err = ErrCharset
	}
	return cut(string(s), split), err
}

// A decoder runs through text with code extensions.
type decoder struct {
	charset Charset
	now     set
	split   bool
	done    []string
	text    strings.Builder
	err     error
}

func (d *decoder) run(b []byte) {
	for len(b) > 0 {
		switch x := b[0]; {
		case x == 0x1B:
			b = d.escape(b)
		case x < 0x20: // controls, tab, line and page ends
			d.text.WriteByte(x)
			if x == '\n' || x == '\r' || x == '\f' {
				d.now = d.charset.initial // PS3.5 6.1.2.5.3
			}
			b = b[1:]
		case x < 0x80:
			b = d.lower(b)
		default:
			b = d.upper(b)
		}
	}
}

// escape designates a set. An unknown sequence is dropped and remembered.
func (d *decoder) escape(b []byte) []byte {
	for _, e := range escapeSequences {
		if strings.HasPrefix(string(b[1:min(len(b), 4)]), e.seq) {
			if e.g1 {
				d.now.g1 = e.to
			} else {
				d.now.g0 = e.to
			}
			return b[1+len(e.seq):]
		}
	}
	d.bad()
	return b[1:]
}

func (d *decoder) lower(b []byte) []byte {
	x := b[0]
	switch d.now.g0 {
	case kanji, supplements:
		return d.pair(b, d.now.g0)
	case romaji:
		if x == '~' {
			d.text.WriteRune('‾')
			return b[1:]
		}
	}
	switch {
	case x == '\\' && d.split:
		d.done = append(d.done, d.text.String())
		d.text.Reset()
		d.now = d.charset.initial
	case x == '\\' && d.now.g0 == romaji:
		d.text.WriteRune('¥')
	case x == '^' || x == '=': // delimiters of a person name reset, too
		d.text.WriteByte(x)
		d.now = d.charset.initial
	default:
		d.text.WriteByte(x)
	}
	return b[1:]
}

func (d *decoder) upper(b []byte) []byte {
	switch d.now.g1 {
	case hangul, hanzi:
		return d.pair(b, d.now.g1)
	case katakana:
		if b[0] >= 0xA1 && b[0] <= 0xDF {
			d.text.WriteRune(rune(b[0]) - 0xA1 + 0xFF61)
			return b[1:]
		}
	default:
		if m := singleByte[d.now.g1]; m != nil {
			r := m.DecodeByte(b[0])
			d.text.WriteRune(r)
			if r == utf8.RuneError {
				d.err = ErrCharset
			}
			return b[1:]
		}
	}
	d.bad()
	return b[1:]
}

// pair reads a two-byte character. The bytes of G0 sets have their top bit
// clear; the tables want it set.
func (d *decoder) pair(b []byte, e element) []byte {
	if len(b) < 2 || b[1] < 0x20 {
		d.bad()
		return b[1:]
	}
	two := []byte{b[0] | 0x80, b[1] | 0x80}
	var table encoding.Encoding
	switch e {
	case kanji:
		table = japanese.EUCJP
	case supplements:
		table, two = japanese.EUCJP, append([]byte{0x8F}, two...)
	case hangul:
		table = korean.EUCKR
	default:
		table = simplifiedchinese.GBK
	}
	s, err := table.NewDecoder().Bytes(two)
	if err != nil || strings.ContainsRune(string(s), utf8.RuneError) {
		d.bad()
		return b[2:]
	}
	d.text.Write(s)
	return b[2:]
}

func (d *decoder) bad() {
	d.text.WriteRune(utf8.RuneError)
	d.err = ErrCharset
}
