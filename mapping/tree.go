package mapping

import (
	"unicode/utf8"
)

// nodeKind is what a node of the tree is.
type nodeKind uint8

const (
	objectNode nodeKind = iota
	arrayNode
	stringNode
	literalNode // a number or boolean, as it is written
)

// A node is a value of a resource that is being built. Nodes lie in one slice
// and name one another by index; 0 is none.
type node struct {
	name  string
	text  string
	kind  nodeKind
	dead  bool
	refer int32 // of a Reference: index of the resource + 1
	key   itemKey
	typ   *elementType
	first int32
	last  int32
	next  int32
}

// An itemKey tells apart the items of a list: which application of a map put
// it there, under which number of its own, from which repetition.
type itemKey struct {
	application, label, rep int32
}

// A tree holds the nodes of one result.
type tree struct {
	nodes []node
}

func (t *tree) reset() {
	clear(t.nodes)
	t.nodes = append(t.nodes[:0], node{})
}

func (t *tree) add(parent int32, n node) int32 {
	i := int32(len(t.nodes))
	t.nodes = append(t.nodes, n)
	if parent != 0 {
		p := &t.nodes[parent]
		if p.last == 0 {
			p.first = i
		} else {
			t.nodes[p.last].next = i
		}
		p.last = i
	}
	return i
}

// child returns the member called name, made when it is not there.
func (t *tree) child(parent int32, name string, kind nodeKind, typ *elementType) int32 {
	for i := t.nodes[parent].first; i != 0; i = t.nodes[i].next {
		if t.nodes[i].name == name {
			return i
		}
	}
	return t.add(parent, node{name: name, kind: kind, typ: typ})
}

// find returns the member called name, or 0.
func (t *tree) find(parent int32, name string) int32 {
	for i := t.nodes[parent].first; i != 0; i = t.nodes[i].next {
		if t.nodes[i].name == name {
			return i
		}
	}
	return 0
}

// item returns the item of a list under key, made when it is not there.
func (t *tree) item(list int32, key itemKey, typ *elementType) int32 {
	for i := t.nodes[list].first; i != 0; i = t.nodes[i].next {
		if t.nodes[i].key == key {
			return i
		}
	}
	return t.add(list, node{key: key, typ: typ})
}

// set makes n a value.
func (t *tree) set(n int32, text string, literal bool) {
	at := &t.nodes[n]
	at.text, at.kind = text, stringNode
	if literal {
		at.kind = literalNode
	}
}

// copyInto adds to into what from has and into has not. Lists are not mixed.
func (t *tree) copyInto(into, from int32) {
	for i := t.nodes[from].first; i != 0; i = t.nodes[i].next {
		n := t.nodes[i]
		if n.dead {
			continue
		}
		if n.name != "" {
			if there := t.find(into, n.name); there != 0 && !t.nodes[there].dead {
				if n.kind == objectNode && t.nodes[there].kind == objectNode {
					t.copyInto(there, i)
				}
				continue
			}
		}
		n.first, n.last, n.next = 0, 0, 0
		t.copyInto(t.add(into, n), i)
	}
}

// appendQuoted writes s as a JSON string.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			b = append(b, s[start:i]...)
			b = append(b, `\ufffd`...)
			i += n
			start = i
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
