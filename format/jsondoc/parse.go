package jsondoc

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

type parser struct {
	doc   *Doc
	src   []byte
	pos   int
	depth int
	lim   Limits
}

func (p *parser) fail(at int, format string, args ...any) error {
	at = min(at, len(p.src))
	line, column := position(p.src, at)
	return &SyntaxError{Offset: at, Line: line, Column: column, Text: fmt.Sprintf(format, args...)}
}

func (p *parser) blanks() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// value reads one value at p.pos and returns the index of its node.
func (p *parser) value() (int32, error) {
	if p.pos >= len(p.src) {
		return 0, p.fail(p.pos, "the document ends where a value should stand")
	}
	if len(p.doc.nodes) > p.lim.Nodes {
		return 0, p.fail(p.pos, "the document holds more than %d values", p.lim.Nodes)
	}
	i := int32(len(p.doc.nodes))
	p.doc.nodes = append(p.doc.nodes, node{start: uint32(p.pos)})
	var kind Kind
	var err error
	plain := false
	switch c := p.src[p.pos]; {
	case c == '{':
		kind, err = Object, p.object(i)
	case c == '[':
		kind, err = Array, p.array(i)
	case c == '"':
		kind = String
		plain, err = p.str()
	case c == '-' || c >= '0' && c <= '9':
		kind, err = Number, p.number()
	case c == 't':
		kind, err = True, p.word("true")
	case c == 'f':
		kind, err = False, p.word("false")
	case c == 'n':
		kind, err = Null, p.word("null")
	default:
		return 0, p.fail(p.pos, "%q cannot begin a value", c)
	}
	n := &p.doc.nodes[i]
	n.kind, n.plain, n.end = kind, plain, uint32(p.pos)
	return i, err
}

func (p *parser) word(w string) error {
	if p.pos+len(w) > len(p.src) || string(p.src[p.pos:p.pos+len(w)]) != w {
		return p.fail(p.pos, "a word other than true, false and null")
	}
	p.pos += len(w)
	return nil
}

func (p *parser) enter() error {
	if p.depth++; p.depth > p.lim.Depth {
		return p.fail(p.pos, "the document is nested deeper than %d levels", p.lim.Depth)
	}
	p.pos++
	p.blanks()
	return nil
}

func (p *parser) object(self int32) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.pos < len(p.src) && p.src[p.pos] == '}' {
		p.pos++
		return nil
	}
	last, members := int32(0), 0
	for {
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return p.fail(p.pos, "the name of a member should stand here, in double quotes")
		}
		keyStart := p.pos + 1
		plain, err := p.str()
		if err != nil {
			return err
		}
		keyEnd := p.pos - 1
		if p.blanks(); p.pos >= len(p.src) || p.src[p.pos] != ':' {
			return p.fail(p.pos, "a colon should follow the member's name")
		}
		p.pos++
		p.blanks()
		i, err := p.value()
		if err != nil {
			return err
		}
		n := &p.doc.nodes[i]
		n.keyStart, n.keyEnd, n.keyPlain = uint32(keyStart), uint32(keyEnd), plain
		if members++; p.repeated(self, i, members) {
			p.doc.Duplicates = append(p.doc.Duplicates, Node{p.doc, i})
		}
		p.link(self, last, i)
		last = i
		if more, err := p.more('}'); !more || err != nil {
			return err
		}
	}
}

// wide is how many members an object may have before names are no longer
// compared one by one.
const wide = 64

// repeated reports whether a member before i has the same name. Objects wider
// than any resource are not checked, so that time stays linear.
func (p *parser) repeated(self, i int32, members int) bool {
	if members > wide {
		return false
	}
	key := p.doc.nodes[i]
	name := p.src[key.keyStart:key.keyEnd]
	for c := p.doc.nodes[self].child; c != 0; c = p.doc.nodes[c].next {
		o := &p.doc.nodes[c]
		if string(p.src[o.keyStart:o.keyEnd]) == string(name) {
			return true
		}
	}
	return false
}

func (p *parser) array(self int32) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.pos < len(p.src) && p.src[p.pos] == ']' {
		p.pos++
		return nil
	}
	last := int32(0)
	for {
		i, err := p.value()
		if err != nil {
			return err
		}
		p.link(self, last, i)
		last = i
		if more, err := p.more(']'); !more || err != nil {
			return err
		}
	}
}

func (p *parser) link(parent, last, i int32) {
	if last == 0 {
		p.doc.nodes[parent].child = i
	} else {
		p.doc.nodes[last].next = i
	}
}

// more reads what stands after a member or element: a comma, or the end.
func (p *parser) more(end byte) (bool, error) {
	p.blanks()
	if p.pos >= len(p.src) {
		return false, p.fail(p.pos, "the document ends before %q", end)
	}
	switch p.src[p.pos] {
	case end:
		p.pos++
		return false, nil
	case ',':
		at := p.pos
		p.pos++
		if p.blanks(); p.pos < len(p.src) && p.src[p.pos] == end {
			return false, p.fail(at, "a comma with nothing after it; take it out")
		}
		return true, nil
	}
	return false, p.fail(p.pos, "a comma or %q should stand here", end)
}

// str passes over a string and reports whether it holds no escapes.
func (p *parser) str() (plain bool, err error) {
	from := p.pos
	p.pos++
	plain = true
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == '"':
			p.pos++
			return plain, nil
		case c == '\\':
			plain = false
			if err := p.escape(); err != nil {
				return false, err
			}
		case c < 0x20:
			return false, p.fail(p.pos, "a control character (%#02x) in a string; write it as an escape", c)
		case c < utf8.RuneSelf:
			p.pos++
		default:
			r, n := utf8.DecodeRune(p.src[p.pos:])
			if r == utf8.RuneError && n == 1 {
				return false, p.fail(p.pos, "the string is not valid UTF-8")
			}
			p.pos += n
		}
	}
	return false, p.fail(from, "the string that begins here never ends")
}

func (p *parser) escape() error {
	if p.pos+1 >= len(p.src) {
		return p.fail(p.pos, "the document ends within an escape")
	}
	switch p.src[p.pos+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.pos += 2
		return nil
	case 'u':
		r, ok := hex4(p.src[p.pos+2:])
		if !ok {
			return p.fail(p.pos, "four hexadecimal digits should follow \\u")
		}
		at := p.pos
		p.pos += 6
		if !utf16.IsSurrogate(r) {
			return nil
		}
		if p.pos+6 <= len(p.src) && p.src[p.pos] == '\\' && p.src[p.pos+1] == 'u' {
			if low, ok := hex4(p.src[p.pos+2:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
				p.pos += 6
				return nil
			}
		}
		return p.fail(at, "half of a surrogate pair stands alone")
	}
	return p.fail(p.pos, "\\%c is no escape", p.src[p.pos+1])
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (p *parser) number() error {
	from := p.pos
	if p.src[p.pos] == '-' {
		p.pos++
	}
	switch {
	case p.pos < len(p.src) && p.src[p.pos] == '0':
		p.pos++
	case p.digits() == 0:
		return p.fail(from, "a number needs digits")
	}
	if p.pos < len(p.src) && p.src[p.pos] == '.' {
		p.pos++
		if p.digits() == 0 {
			return p.fail(from, "digits should follow the point of a number")
		}
	}
	if p.pos < len(p.src) && p.src[p.pos]|0x20 == 'e' {
		p.pos++
		if p.pos < len(p.src) && (p.src[p.pos] == '+' || p.src[p.pos] == '-') {
			p.pos++
		}
		if p.digits() == 0 {
			return p.fail(from, "digits should follow the exponent sign of a number")
		}
	}
	if p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		return p.fail(from, "a number may not begin with 0 and another digit")
	}
	return nil
}

func (p *parser) digits() int {
	from := p.pos
	for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		p.pos++
	}
	return p.pos - from
}

// text returns the characters of a string's body. A body without escapes is
// not copied: it stays part of the source, which may not change.
func text(raw []byte, plain bool) string {
	if len(raw) == 0 {
		return ""
	}
	if plain {
		return unsafe.String(&raw[0], len(raw))
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'b', 'f', 'n', 'r', 't':
			out = append(out, map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}[c])
			i += 2
		case 'u':
			r, _ := hex4(raw[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw[i+2:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
			i += 2
		}
	}
	return string(out)
}
