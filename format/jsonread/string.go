package jsonread

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// stringBytes reads a string of at most limit bytes. The result is valid until
// the next read.
func (r *Reader) stringBytes(limit int) ([]byte, error) {
	r.pos++ // the opening quote
	if b := r.buf[r.pos:r.end]; len(b) > 0 {
		// Most strings lie whole in the window and hold no escape.
		if n := bytes.IndexByte(b, '"'); n >= 0 && n <= limit && simple(b[:n]) {
			r.pos += n + 1
			return b[:n], nil
		}
	}
	r.text = r.text[:0]
	for {
		if r.pos == r.end && !r.more(1) {
			return nil, r.short()
		}
		if len(r.text) > limit {
			return nil, r.Errorf("a string longer than %d bytes", limit)
		}
		switch c := r.buf[r.pos]; {
		case c == '"':
			r.pos++
			return bytes.ToValidUTF8(r.text, []byte("\uFFFD")), nil
		case c == '\\':
			if err := r.escape(); err != nil {
				return nil, err
			}
		case c < 0x20:
			return nil, r.Errorf("a control character 0x%02x inside a string", c)
		default:
			r.text = append(r.text, c)
			r.pos++
		}
	}
}

func simple(b []byte) bool {
	ascii := true
	for _, c := range b {
		if c < 0x20 || c == '\\' {
			return false
		}
		ascii = ascii && c < 0x80
	}
	return ascii || utf8.Valid(b)
}

// skipString reads past a string without keeping it.
func (r *Reader) skipString() error {
	r.pos++
	for {
		b := r.buf[r.pos:r.end]
		quote := bytes.IndexByte(b, '"')
		slash := bytes.IndexByte(b[:max(quote, 0)], '\\')
		if quote < 0 {
			slash = bytes.IndexByte(b, '\\')
		}
		switch {
		case slash >= 0:
			r.pos += slash
			if !r.more(2) {
				return r.short()
			}
			r.pos += 2 // an escape is never shorter, and its rest holds no quote
		case quote >= 0:
			r.pos += quote + 1
			return nil
		default:
			r.pos = r.end
			if !r.more(1) {
				return r.short()
			}
		}
	}
}

// escape appends what the escape at pos stands for.
func (r *Reader) escape() error {
	if !r.more(2) {
		return r.short()
	}
	c := r.buf[r.pos+1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return r.unicode()
	default:
		return r.Errorf("an escape \\%c that JSON does not know", c)
	}
	r.text = append(r.text, c)
	r.pos += 2
	return nil
}

func (r *Reader) unicode() error {
	first, err := r.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(first) && r.more(6) && r.buf[r.pos] == '\\' && r.buf[r.pos+1] == 'u' {
		second, err := r.hex()
		if err != nil {
			return err
		}
		r.text = utf8.AppendRune(r.text, utf16.DecodeRune(first, second))
		return nil
	}
	if first == 0 {
		first = utf8.RuneError // no name or version holds a NUL, and not every store takes one
	}
	r.text = utf8.AppendRune(r.text, first) // a lone surrogate becomes U+FFFD
	return nil
}

// hex reads \uXXXX at pos.
func (r *Reader) hex() (rune, error) {
	if !r.more(6) {
		return 0, r.short()
	}
	var v rune
	for _, c := range r.buf[r.pos+2 : r.pos+6] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, r.Errorf("an escape \\u without four hexadecimal digits")
		}
	}
	r.pos += 6
	return v, nil
}
