package hl7

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Text returns what the value says: decoded from the message's character set,
// with escapes resolved. Where bytes cannot be decoded it returns an *Error
// that names the place; it never puts a replacement character. The null value
// "" reads as empty text.
func (v Value) Text() (string, error) {
	if v.m != nil && v.m.text != "" && !v.Null() {
		return v.m.text[v.start:v.end], nil
	}
	b := v.Bytes()
	if v.Null() {
		return "", nil
	}
	if isASCII(b) && v.m != nil && !v.m.charset.wide && (v.m.delims.Escape == 0 || bytes.IndexByte(b, v.m.delims.Escape) < 0) {
		return string(b), nil
	}
	return v.m.decode(b, int(v.start))
}

// ShareText lets the texts of m's values be parts of one copy of it, which saves
// memory for each, where nothing of it needs decoding. It is for who reads nearly
// all of them and keeps none: one that is kept keeps the whole message. It must
// come before m is read by several goroutines.
func (m *Message) ShareText() {
	const ofMSH2 = 1
	if m.charset.wide || !isASCII(m.raw) || m.delims.Escape != 0 && bytes.Count(m.raw, []byte{m.delims.Escape}) > ofMSH2 {
		return
	}
	m.text = string(m.raw)
}

// String returns the text of the value for a person to read; bytes that cannot
// be decoded are written as \xHH. Use Text where the difference matters.
func (v Value) String() string {
	s, err := v.Text()
	if err == nil {
		return s
	}
	var out strings.Builder
	for _, c := range v.Bytes() {
		if c < 0x80 {
			out.WriteByte(c)
			continue
		}
		out.WriteString(`\x` + strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return out.String()
}

// isASCII reports whether b is seven-bit text without the escapes that change
// the character set. It looks at eight bytes at once.
func isASCII(b []byte) bool {
	rest := b
	for len(rest) >= 8 {
		if binary.LittleEndian.Uint64(rest)&0x8080808080808080 != 0 {
			return false
		}
		rest = rest[8:]
	}
	for _, c := range rest {
		if c >= 0x80 {
			return false
		}
	}
	return bytes.IndexByte(b, 0x1B) < 0
}

// decode resolves escapes after splitting, as chapter 2.7 demands, and decodes
// the plain runs between them. A run behind \C..\ or \M..\ is decoded as if the
// ISO 2022 escape stood before it that these stand for.
func (m *Message) decode(b []byte, offset int) (string, error) {
	var out strings.Builder
	out.Grow(len(b))
	cs := m.charset
	var prefix []byte
	for len(b) > 0 {
		plain, inside, after, found := m.nextEscape(b)
		run := plain
		if prefix != nil {
			run = append(prefix[:len(prefix):len(prefix)], plain...)
		}
		text, bad, err := cs.decode(run)
		if err != nil {
			return "", &Error{Offset: offset + max(bad-len(prefix), 0), Text: err.Error()}
		}
		out.WriteString(text)
		if !found {
			break
		}
		if inside[0] == 'C' || inside[0] == 'M' {
			prefix, err = cs.announced(inside)
		} else {
			err = m.writeEscape(&out, inside, cs)
		}
		if err != nil {
			return "", &Error{Offset: offset + len(plain), Text: err.Error()}
		}
		offset += len(b) - len(after)
		b = after
	}
	return out.String(), nil
}

// announced reads \Cxxyy\ or \Mxxyyzz\.
func (cs charset) announced(inside []byte) ([]byte, error) {
	b := make([]byte, hex.DecodedLen(len(inside)-1))
	if _, err := hex.Decode(b, inside[1:]); err != nil {
		return nil, err
	}
	return cs.switched(b)
}

// nextEscape cuts b around its first complete escape sequence. A lone escape
// character is plain text: senders forget to escape it.
func (m *Message) nextEscape(b []byte) (plain, inside, after []byte, found bool) {
	esc := m.delims.Escape
	if esc == 0 {
		return b, nil, nil, false
	}
	from := 0
	for {
		i := bytes.IndexByte(b[from:], esc)
		if i < 0 {
			return b, nil, nil, false
		}
		i += from
		n := bytes.IndexByte(b[i+1:], esc)
		if n < 0 {
			return b, nil, nil, false
		}
		if n > 0 && knownEscape(b[i+1:i+1+n]) {
			return b[:i], b[i+1 : i+1+n], b[i+2+n:], true
		}
		from = i + 1
	}
}

func knownEscape(inside []byte) bool {
	switch inside[0] {
	case 'F', 'S', 'T', 'R', 'E', 'P', 'L', 'H', 'N':
		return len(inside) == 1
	case '.':
		return len(inside) >= 3 && len(inside) <= 12
	case 'X':
		return len(inside) > 1 && len(inside)%2 == 1 && isHex(inside[1:])
	case 'C':
		return len(inside) == 5 && isHex(inside[1:])
	case 'M':
		return (len(inside) == 5 || len(inside) == 7) && isHex(inside[1:])
	case 'Z':
		return len(inside) <= 80
	}
	return false
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'A' || c > 'F') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func (m *Message) writeEscape(out *strings.Builder, inside []byte, cs charset) error {
	d := m.delims
	single := func(c byte) {
		if c != 0 {
			out.WriteByte(c)
		}
	}
	switch inside[0] {
	case 'F':
		single(d.Field)
	case 'S':
		single(d.Component)
	case 'T':
		single(d.Sub)
	case 'R':
		single(d.Repetition)
	case 'E':
		single(d.Escape)
	case 'P', 'L': // 2.7 names it P, 2.9 names it L
		single(d.Truncation)
	case 'X':
		return writeHex(out, inside, cs)
	case '.':
		writeFormat(out, inside[1:])
	}
	return nil // H, N (highlighting) and Z (local) say nothing about the text
}

// writeHex writes \Xhh..\ in the message's own set.
func writeHex(out *strings.Builder, inside []byte, cs charset) error {
	b := make([]byte, hex.DecodedLen(len(inside)-1))
	if _, err := hex.Decode(b, inside[1:]); err != nil {
		return err
	}
	text, _, err := cs.decode(b)
	if err != nil {
		return err
	}
	out.WriteString(text)
	return nil
}

// writeFormat writes what a formatting command means for plain text.
func writeFormat(out *strings.Builder, command []byte) {
	switch {
	case bytes.HasPrefix(command, []byte("br")), bytes.HasPrefix(command, []byte("sp")), bytes.HasPrefix(command, []byte("ce")):
		out.WriteByte('\n')
	}
}

// delimits reports whether text holds what must be escaped.
func (d Delimiters) delimits(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r < 0x80 && d.letter(byte(r)) != 0 })
}

// Quote returns text as it may stand between the delimiters d: the delimiters
// in it escaped, and line breaks as \.br\ so that no segment ends early.
func (d Delimiters) Quote(text string) string {
	if d.Escape == 0 || !d.delimits(text) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			continue
		}
		switch l := d.letter(c); {
		case l != 0:
			out.Write([]byte{d.Escape, l, d.Escape})
		case c == '\r' || c == '\n':
			out.Write([]byte{d.Escape, '.', 'b', 'r', d.Escape})
		case c < ' ' && c != '\t':
			out.WriteByte(d.Escape)
			out.WriteString("X" + strings.ToUpper(hex.EncodeToString([]byte{c})))
			out.WriteByte(d.Escape)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// letter returns the letter that stands for delimiter c in an escape, or 0.
func (d Delimiters) letter(c byte) byte {
	switch c {
	case 0:
		return 0
	case d.Field:
		return 'F'
	case d.Component:
		return 'S'
	case d.Sub:
		return 'T'
	case d.Repetition:
		return 'R'
	case d.Escape:
		return 'E'
	case d.Truncation:
		return 'P'
	}
	return 0
}
