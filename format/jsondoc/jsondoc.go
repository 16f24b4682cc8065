// Package jsondoc reads a JSON document once into a flat index, so that
// whoever asks for a few of its values pays for those only, and whoever finds
// something wrong can say at which line, column and byte it stands.
//
// Strings stay where they lie in the source; numbers keep their digits, as
// FHIR demands (a decimal is more than its value). RFC 8259 is read strictly:
// no comments, no trailing commas, no lone surrogates.
package jsondoc

import (
	"fmt"
	"unicode/utf8"
)

// A Kind is the kind of a JSON value.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota + 1
	False
	True
	Number
	String
	Array
	Object
)

// Limits bound what Parse takes. Zero fields mean the defaults.
type Limits struct {
	Bytes int // of the document; default 64 MiB
	Depth int // of nesting; default 200
	Nodes int // values in all; default 8 million
}

// The default limits.
const (
	DefaultBytes = 64 << 20
	DefaultDepth = 200
	DefaultNodes = 8 << 20
)

// A SyntaxError says where a document stops being JSON.
type SyntaxError struct {
	Offset int // byte
	Line   int // from 1
	Column int // from 1, in characters
	Text   string
}

// Error is the place and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d (byte %d): %s", e.Line, e.Column, e.Offset, e.Text)
}

type node struct {
	start, end       uint32 // of the value in the source; strings with their quotes
	keyStart, keyEnd uint32 // of the member's name without quotes; equal in arrays
	next             int32  // next sibling, or 0
	child            int32  // first child, or 0
	kind             Kind
	plain            bool // the string holds no escapes
	keyPlain         bool
}

// A Doc is an indexed document. It is safe for concurrent use.
type Doc struct {
	src   []byte
	nodes []node
	// Duplicates are members whose name stands earlier in the same object.
	Duplicates []Node
}

// A Node is one value of a document. The zero Node is "nothing there".
type Node struct {
	doc *Doc
	i   int32
}

// Parse indexes src, which must not be changed while the Doc is used.
func Parse(src []byte, lim Limits) (*Doc, error) {
	d := &Doc{nodes: make([]node, 0, 64+len(src)/24)}
	if err := d.Reset(src, lim); err != nil {
		return nil, err
	}
	return d, nil
}

// Reset indexes src into d and keeps d's memory. Nodes of the document before
// are void.
func (d *Doc) Reset(src []byte, lim Limits) error {
	if lim.Bytes == 0 {
		lim.Bytes = DefaultBytes
	}
	if lim.Depth == 0 {
		lim.Depth = DefaultDepth
	}
	if lim.Nodes == 0 {
		lim.Nodes = DefaultNodes
	}
	d.src, d.nodes, d.Duplicates = src, append(d.nodes[:0], node{}), d.Duplicates[:0]
	p := parser{doc: d, src: src, lim: lim}
	if len(src) > lim.Bytes {
		return p.fail(lim.Bytes, "the document has %d bytes; at most %d are read", len(src), lim.Bytes)
	}
	p.blanks()
	if _, err := p.value(); err != nil {
		return err
	}
	if p.blanks(); p.pos < len(src) {
		return p.fail(p.pos, "there is more after the end of the document")
	}
	return nil
}

// Root returns the document's value.
func (d *Doc) Root() Node { return Node{d, 1} }

// Source returns the bytes of the document.
func (d *Doc) Source() []byte { return d.src }

// Position returns line and column, both from 1, of a byte; the column counts
// characters.
func (d *Doc) Position(offset int) (line, column int) { return position(d.src, offset) }

func position(src []byte, offset int) (line, column int) {
	line, column = 1, 1
	for i := 0; i < offset && i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if i += n; r == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return line, column
}

// Exists reports whether n is a value at all.
func (n Node) Exists() bool { return n.doc != nil }

// Kind returns the kind of n, and 0 for the zero Node.
func (n Node) Kind() Kind {
	if n.doc == nil {
		return 0
	}
	return n.doc.nodes[n.i].kind
}

// Range returns the bytes [start, end) of the value in the source.
func (n Node) Range() (start, end int) {
	if n.doc == nil {
		return 0, 0
	}
	e := &n.doc.nodes[n.i]
	return int(e.start), int(e.end)
}

// KeyRange returns the bytes of the member's name without its quotes.
func (n Node) KeyRange() (start, end int) {
	if n.doc == nil {
		return 0, 0
	}
	e := &n.doc.nodes[n.i]
	return int(e.keyStart), int(e.keyEnd)
}

// Doc returns the document of n.
func (n Node) Doc() *Doc { return n.doc }

// Key returns the member's name, or "" for an element of an array.
func (n Node) Key() string {
	if n.doc == nil {
		return ""
	}
	e := &n.doc.nodes[n.i]
	return text(n.doc.src[e.keyStart:e.keyEnd], e.keyPlain)
}

// KeyIs reports whether the member's name is name, without allocating.
func (n Node) KeyIs(name string) bool {
	e := &n.doc.nodes[n.i]
	raw := n.doc.src[e.keyStart:e.keyEnd]
	if e.keyPlain {
		return string(raw) == name
	}
	return text(raw, false) == name
}

// RawKey returns the member's name as it stands in the source.
func (n Node) RawKey() []byte {
	e := &n.doc.nodes[n.i]
	return n.doc.src[e.keyStart:e.keyEnd]
}

// Raw returns the value as it stands in the source.
func (n Node) Raw() []byte {
	if n.doc == nil {
		return nil
	}
	e := &n.doc.nodes[n.i]
	return n.doc.src[e.start:e.end]
}

// Text returns a string's characters, or the digits of a number and the words
// true, false and null as they stand.
func (n Node) Text() string {
	if n.doc == nil {
		return ""
	}
	e := &n.doc.nodes[n.i]
	if e.kind != String {
		return string(n.doc.src[e.start:e.end])
	}
	return text(n.doc.src[e.start+1:e.end-1], e.plain)
}

// TextIs reports whether n is the string s, without allocating when n holds
// no escapes.
func (n Node) TextIs(s string) bool {
	if n.doc == nil {
		return false
	}
	e := &n.doc.nodes[n.i]
	if e.kind != String {
		return false
	}
	if e.plain {
		return string(n.doc.src[e.start+1:e.end-1]) == s
	}
	return n.Text() == s
}

// First returns the first member or element, or the zero Node.
func (n Node) First() Node {
	if n.doc == nil {
		return Node{}
	}
	return n.doc.node(n.doc.nodes[n.i].child)
}

// Next returns the sibling after n, or the zero Node.
func (n Node) Next() Node {
	if n.doc == nil {
		return Node{}
	}
	return n.doc.node(n.doc.nodes[n.i].next)
}

func (d *Doc) node(i int32) Node {
	if i == 0 {
		return Node{}
	}
	return Node{d, i}
}

// Get returns the member of an object called name, or the zero Node. Of
// several with one name it is the first.
func (n Node) Get(name string) Node {
	if n.Kind() != Object {
		return Node{}
	}
	for c := n.First(); c.doc != nil; c = c.Next() {
		if c.KeyIs(name) {
			return c
		}
	}
	return Node{}
}

// Len counts members or elements.
func (n Node) Len() int {
	count := 0
	for c := n.First(); c.doc != nil; c = c.Next() {
		count++
	}
	return count
}
