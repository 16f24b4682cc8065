package fhirpath

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokQuotedName // `name`
	tokString
	tokNumber
	tokDate
	tokDateTime
	tokTime
	tokSymbol // operators and punctuation
	tokDollar // $this, $index, $total
	tokEnv    // %name
)

type token struct {
	kind tokenKind
	text string // names and strings without their quotes, unescaped
	pos  int    // byte in the expression
}

// A SyntaxError says where an expression stops being FHIRPath.
type SyntaxError struct {
	Offset int // byte in the expression
	Text   string
}

// Error is the place and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("at byte %d of the expression: %s", e.Offset, e.Text)
}

func syntaxf(pos int, format string, args ...any) error {
	return &SyntaxError{Offset: pos, Text: fmt.Sprintf(format, args...)}
}

type lexer struct {
	src string
	pos int
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

func (l *lexer) skip() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				l.pos += end
			} else {
				l.pos = len(l.src)
			}
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return syntaxf(l.pos, "the comment that begins here never ends")
			}
			l.pos += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) next() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start >= len(l.src) {
		return token{tokEnd, "", start}, nil
	}
	switch c := l.src[start]; {
	case letter(c):
		return token{tokName, l.name(), start}, nil
	case digit(c):
		return l.number()
	case c == '\'':
		text, err := l.quoted('\'')
		return token{tokString, text, start}, err
	case c == '`':
		return l.quotedName('`')
	case c == '"': // double quotes for names, from before the first release
		return l.quotedName('"')
	case c == '@':
		return l.moment()
	case c == '$':
		l.pos++
		return token{tokDollar, "$" + l.name(), start}, nil
	case c == '%':
		return l.env()
	}
	for _, symbol := range []string{"<=", ">=", "!=", "!~"} {
		if strings.HasPrefix(l.src[start:], symbol) {
			l.pos += 2
			return token{tokSymbol, symbol, start}, nil
		}
	}
	if strings.IndexByte(".,()[]{}+-*/&|=~<>", l.src[start]) >= 0 {
		l.pos++
		return token{tokSymbol, l.src[start : start+1], start}, nil
	}
	r, _ := utf8.DecodeRuneInString(l.src[start:])
	return token{}, syntaxf(start, "%q has no meaning here", r)
}

func (l *lexer) name() string {
	start := l.pos
	for l.pos < len(l.src) && (letter(l.src[l.pos]) || digit(l.src[l.pos])) {
		l.pos++
	}
	return l.src[start:l.pos]
}

func (l *lexer) digits() {
	for l.pos < len(l.src) && digit(l.src[l.pos]) {
		l.pos++
	}
}

func (l *lexer) number() (token, error) {
	start := l.pos
	l.digits()
	if l.pos+1 < len(l.src) && l.src[l.pos] == '.' && digit(l.src[l.pos+1]) {
		l.pos++
		l.digits()
	}
	return token{tokNumber, l.src[start:l.pos], start}, nil
}

func (l *lexer) env() (token, error) {
	start := l.pos
	l.pos++
	if l.pos < len(l.src) && strings.IndexByte("'`\"", l.src[l.pos]) >= 0 {
		text, err := l.quoted(l.src[l.pos])
		return token{tokEnv, text, start}, err
	}
	name := l.name()
	if name == "" {
		return token{}, syntaxf(start, "a name should follow the per cent sign")
	}
	return token{tokEnv, name, start}, nil
}

// quotedName reads a name in quotes, which holds something.
func (l *lexer) quotedName(mark byte) (token, error) {
	start := l.pos
	text, err := l.quoted(mark)
	if err == nil && text == "" {
		err = syntaxf(start, "a name in quotes must hold something")
	}
	return token{tokQuotedName, text, start}, err
}

// quoted reads a string or name in quotes with its escapes (N1 4.1.2).
func (l *lexer) quoted(quote byte) (string, error) {
	start := l.pos
	var b strings.Builder
	for l.pos++; l.pos < len(l.src); l.pos++ {
		c := l.src[l.pos]
		if c == quote {
			l.pos++
			return b.String(), nil
		}
		if c != '\\' {
			b.WriteByte(c)
			continue
		}
		if l.pos++; l.pos >= len(l.src) {
			break
		}
		switch c := l.src[l.pos]; c {
		case 'n', 'r', 't', 'f':
			b.WriteByte(map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'f': '\f'}[c])
		case '\'', '"', '`', '\\', '/':
			b.WriteByte(c)
		case 'u':
			var r rune
			if l.pos+4 >= len(l.src) {
				return "", syntaxf(l.pos, "four hexadecimal digits should follow \\u")
			}
			if _, err := fmt.Sscanf(l.src[l.pos+1:l.pos+5], "%04x", &r); err != nil {
				return "", syntaxf(l.pos, "four hexadecimal digits should follow \\u")
			}
			b.WriteRune(r)
			l.pos += 4
		default:
			return "", syntaxf(l.pos-1, "\\%c is no escape", c)
		}
	}
	return "", syntaxf(start, "the quote that begins here is never closed")
}

// moment reads @2015-02, @2015-02-04T14:34:28+09:00, @T14:30.
func (l *lexer) moment() (token, error) {
	start := l.pos
	l.pos++
	from := l.pos
	if l.pos < len(l.src) && l.src[l.pos] == 'T' {
		l.pos++
		l.clock()
		return token{tokTime, l.src[from:l.pos], start}, nil
	}
	l.digits()
	for l.pos+1 < len(l.src) && l.src[l.pos] == '-' && digit(l.src[l.pos+1]) {
		l.pos++
		l.digits()
	}
	if l.pos >= len(l.src) || l.src[l.pos] != 'T' {
		if l.pos == from {
			return token{}, syntaxf(start, "a date should follow @")
		}
		return token{tokDate, l.src[from:l.pos], start}, nil
	}
	l.pos++
	l.clock()
	if l.pos < len(l.src) && l.src[l.pos] == 'Z' {
		l.pos++
	} else if l.pos+1 < len(l.src) && (l.src[l.pos] == '+' || l.src[l.pos] == '-') && digit(l.src[l.pos+1]) {
		l.pos++
		l.clock()
	}
	return token{tokDateTime, l.src[from:l.pos], start}, nil
}

func (l *lexer) clock() {
	l.digits()
	for l.pos+1 < len(l.src) && (l.src[l.pos] == ':' || l.src[l.pos] == '.') && digit(l.src[l.pos+1]) {
		l.pos++
		l.digits()
	}
}
