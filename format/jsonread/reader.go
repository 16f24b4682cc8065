// Package jsonread reads JSON as a stream and says exactly where it stopped:
// the path in the document and the byte offset.
//
// It exists because bills and advisories come from strangers, in files of any
// size: what a caller does not ask for is skipped without being kept, nesting
// and size are bounded, and an error can be shown to the person who sent the
// file.
package jsonread

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits bound what a Reader accepts. A zero field stands for its default.
type Limits struct {
	Bytes  int64 // whole input; 512 MiB by default
	Depth  int   // nested objects and arrays; 128 by default
	String int   // one string that is kept; 1 MiB by default
}

// An Error names the place at which reading stopped.
type Error struct {
	Path   string // for example $.components[3].name
	Offset int64  // bytes from the start
	Text   string // what is wrong
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s at %s (byte %d)", e.Text, e.Path, e.Offset)
}

// A Kind is what the next value is.
type Kind byte

// The kinds of value. None is the end of the input or a byte that begins no
// value.
const (
	None   Kind = 0
	Object Kind = '{'
	Array  Kind = '['
	String Kind = '"'
	Number Kind = '0'
	Bool   Kind = 't'
	Null   Kind = 'n'
)

// step is one step of the path: a member when key is used, else an index.
type step struct {
	key    []byte
	index  int
	member bool
}

// A Reader reads one JSON document from front to back.
type Reader struct {
	src    io.Reader
	limits Limits
	buf    []byte
	pos    int
	end    int
	base   int64 // offset of buf[0]
	srcErr error
	path   []step
	depth  int
	text   []byte // a string under construction
}

const window = 64 << 10

// New returns a Reader of src within limits. A byte order mark is skipped.
func New(src io.Reader, limits Limits) *Reader {
	if limits.Bytes == 0 {
		limits.Bytes = 512 << 20
	}
	if limits.Depth == 0 {
		limits.Depth = 128
	}
	if limits.String == 0 {
		limits.String = 1 << 20
	}
	r := &Reader{src: src, limits: limits, buf: make([]byte, window)}
	if r.more(3) && string(r.buf[:3]) == "\xef\xbb\xbf" {
		r.pos = 3
	}
	return r
}

// Reset starts r on another document, keeping its buffers.
func (r *Reader) Reset(src io.Reader) {
	r.src, r.pos, r.end, r.base, r.srcErr, r.depth = src, 0, 0, 0, nil, 0
	r.path = r.path[:0]
	if r.more(3) && string(r.buf[:3]) == "\xef\xbb\xbf" {
		r.pos = 3
	}
}

// Offset returns how many bytes have been read.
func (r *Reader) Offset() int64 { return r.base + int64(r.pos) }

// Errorf returns an Error at the present place.
func (r *Reader) Errorf(format string, args ...any) error {
	return &Error{Path: r.Path(), Offset: r.Offset(), Text: fmt.Sprintf(format, args...)}
}

// Path returns the present place in the document.
func (r *Reader) Path() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range r.path {
		switch {
		case !s.member:
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(s.index))
			b.WriteByte(']')
		case plain(s.key):
			b.WriteByte('.')
			b.Write(s.key)
		default:
			b.WriteByte('[')
			b.WriteString(strconv.Quote(string(s.key)))
			b.WriteByte(']')
		}
		if b.Len() > 300 {
			b.WriteString("...")
			break
		}
	}
	return b.String()
}

func plain(key []byte) bool {
	for _, c := range key {
		if c != '-' && c != '_' && c != '$' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(key) > 0
}

// more makes n bytes available at pos, as far as the input has them.
func (r *Reader) more(n int) bool {
	for r.end-r.pos < n {
		if r.srcErr != nil {
			return false
		}
		if r.pos > 0 {
			copy(r.buf, r.buf[r.pos:r.end])
			r.base += int64(r.pos)
			r.end -= r.pos
			r.pos = 0
		}
		got, err := r.src.Read(r.buf[r.end:])
		r.end += got
		if r.base+int64(r.end) > r.limits.Bytes {
			r.srcErr = fmt.Errorf("the document is larger than %d bytes", r.limits.Bytes)
			r.end = max(r.pos, int(r.limits.Bytes-r.base))
			return r.end-r.pos >= n
		}
		if err != nil {
			r.srcErr = err
		}
	}
	return true
}

// short is the error for input that ended or failed too early.
func (r *Reader) short() error {
	r.pos = r.end
	if r.srcErr != nil && !errors.Is(r.srcErr, io.EOF) {
		return r.Errorf("%v", r.srcErr)
	}
	return r.Errorf("the document ends in the middle")
}

// peek skips blanks and returns the next byte, 0 at the end.
func (r *Reader) peek() byte {
	for {
		for ; r.pos < r.end; r.pos++ {
			switch c := r.buf[r.pos]; c {
			case ' ', '\t', '\n', '\r':
			default:
				return c
			}
		}
		if !r.more(1) {
			return 0
		}
	}
}

// Kind returns what the next value is without reading it.
func (r *Reader) Kind() Kind {
	switch c := r.peek(); c {
	case '{', '[', '"', 'n':
		return Kind(c)
	case 't', 'f':
		return Bool
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return Number
	}
	return None
}

func (r *Reader) enter() error {
	r.pos++
	r.depth++
	if r.depth > r.limits.Depth {
		return r.Errorf("nested deeper than %d levels", r.limits.Depth)
	}
	if len(r.path) < cap(r.path) {
		r.path = r.path[:len(r.path)+1] // keeps the key buffer of an earlier visit
	} else {
		r.path = append(r.path, step{})
	}
	return nil
}

func (r *Reader) leave() {
	r.pos++
	r.depth--
	r.path = r.path[:len(r.path)-1]
}

// Object reads an object and calls member for each key; member must read the
// value, or Skip it. The key is valid until member returns. null is an object
// without members.
func (r *Reader) Object(member func(key []byte) error) error {
	if r.Kind() == Null {
		return r.literal("null")
	}
	if r.peek() != '{' {
		return r.unexpected("an object")
	}
	if err := r.enter(); err != nil {
		return err
	}
	at := len(r.path) - 1
	r.path[at].member = true
	r.path[at].key = r.path[at].key[:0]
	if r.peek() == '}' {
		r.leave()
		return nil
	}
	for {
		if r.peek() != '"' {
			return r.unexpected("a member name")
		}
		name, err := r.stringBytes(1 << 16)
		if err != nil {
			return err
		}
		r.path[at].key = append(r.path[at].key[:0], name...)
		if r.peek() != ':' {
			return r.unexpected("a colon")
		}
		r.pos++
		if err := member(r.path[at].key); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.pos++
		case '}':
			r.leave()
			return nil
		default:
			return r.unexpected("a comma or the end of the object")
		}
	}
}

// Array reads an array and calls element for each; element must read the
// value, or Skip it. null is an array without elements.
func (r *Reader) Array(element func() error) error {
	if r.Kind() == Null {
		return r.literal("null")
	}
	if r.peek() != '[' {
		return r.unexpected("an array")
	}
	if err := r.enter(); err != nil {
		return err
	}
	at := len(r.path) - 1
	r.path[at].member, r.path[at].index = false, 0
	if r.peek() == ']' {
		r.leave()
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.pos++
			r.path[at].index++
		case ']':
			r.leave()
			return nil
		default:
			return r.unexpected("a comma or the end of the array")
		}
	}
}

// Skip reads past the next value.
func (r *Reader) Skip() error {
	switch r.Kind() {
	case Object:
		return r.Object(func([]byte) error { return r.Skip() })
	case Array:
		return r.Array(r.Skip)
	case String:
		return r.skipString()
	case Number:
		_, err := r.number()
		return err
	case Bool, Null:
		_, err := r.word()
		return err
	}
	return r.unexpected("a value")
}

// String reads a string; null is the empty string.
func (r *Reader) String() (string, error) {
	switch r.Kind() {
	case Null:
		return "", r.literal("null")
	case String:
		b, err := r.stringBytes(r.limits.String)
		return string(b), err
	}
	return "", r.unexpected("a string")
}

// Text reads a string, a number or a word and returns its text; null is empty.
// Files in the wild write versions as numbers.
func (r *Reader) Text() (string, error) {
	switch r.Kind() {
	case Number:
		b, err := r.number()
		return string(b), err
	case Bool:
		return r.word()
	}
	return r.String()
}

// Strings reads an array of strings; a single string is an array of one.
func (r *Reader) Strings() ([]string, error) {
	if r.Kind() == String {
		s, err := r.String()
		return []string{s}, err
	}
	var out []string
	err := r.Array(func() error {
		s, err := r.Text()
		if err == nil && s != "" {
			out = append(out, s)
		}
		return err
	})
	return out, err
}

// Bool reads true or false; null is false.
func (r *Reader) Bool() (bool, error) {
	if k := r.Kind(); k != Bool && k != Null {
		return false, r.unexpected("true or false")
	}
	w, err := r.word()
	return w == "true", err
}

// Float reads a number; null is zero, and a number within quotes is read too.
func (r *Reader) Float() (float64, error) {
	text, err := r.Text()
	if err != nil || text == "" {
		return 0, err
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, r.Errorf("%q is not a number", clip(text))
	}
	return f, nil
}

// End reports an error unless only blanks are left.
func (r *Reader) End() error {
	if c := r.peek(); c != 0 || r.pos < r.end {
		return r.unexpected("the end of the document")
	}
	if r.srcErr != nil && !errors.Is(r.srcErr, io.EOF) {
		return r.short()
	}
	return nil
}

func (r *Reader) unexpected(want string) error {
	c := r.peek()
	if c == 0 && r.pos >= r.end {
		return r.short()
	}
	return r.Errorf("expected %s, found %s", want, found(c))
}

func found(c byte) string {
	switch {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c < 0x20 || c > 0x7e:
		return fmt.Sprintf("byte 0x%02x", c)
	}
	return fmt.Sprintf("%q", c)
}

func (r *Reader) literal(word string) error {
	got, err := r.word()
	if err == nil && got != word {
		err = r.Errorf("expected %s, found %q", word, got)
	}
	return err
}

// word reads true, false or null.
func (r *Reader) word() (string, error) {
	for _, w := range [...]string{"true", "false", "null"} {
		if r.peek() != w[0] {
			continue
		}
		if !r.more(len(w)) {
			return "", r.short()
		}
		if string(r.buf[r.pos:r.pos+len(w)]) == w {
			r.pos += len(w)
			return w, nil
		}
	}
	return "", r.unexpected("true, false or null")
}

func (r *Reader) number() ([]byte, error) {
	r.peek()
	r.text = r.text[:0]
	for {
		for ; r.pos < r.end; r.pos++ {
			switch c := r.buf[r.pos]; c {
			case '+', '-', '.', 'e', 'E', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
				if len(r.text) == 512 {
					return nil, r.Errorf("a number longer than 512 characters")
				}
				r.text = append(r.text, c)
			default:
				return r.text, nil
			}
		}
		if !r.more(1) {
			return r.text, nil
		}
	}
}

func clip(s string) string {
	if len(s) <= 40 {
		return s
	}
	return s[:40] + "..."
}
