package mapping

import (
	"unicode/utf8"
)

// A word stands for the name of an element, so that names are compared as
// numbers and written with their quotes.
type word int32

// Words that code speaks of. Others come with the targets of a program.
const (
	noWord word = iota
	wordCode
	wordCoding
	wordDisplay
	wordID
	wordIdentifier
	wordMeta
	wordPartOf
	wordReference
	wordSecurity
	wordStart
	wordSystem
	wordText
	wordURL
	wordValue
)

// words are the names of the elements of one program.
type words struct {
	known  map[string]word
	names  []string
	quoted []string // with quotes and a colon, as they stand in JSON
}

func newWords() *words {
	w := &words{known: map[string]word{}}
	for _, name := range [...]string{noWord: "", wordCode: "code", wordCoding: "coding", wordDisplay: "display", wordID: "id", wordIdentifier: "identifier",
		wordMeta: "meta", wordPartOf: "partOf", wordReference: "reference", wordSecurity: "security", wordStart: "start", wordSystem: "system", wordText: "text",
		wordURL: "url", wordValue: "value"} {
		w.of(name)
	}
	return w
}

// of returns the word for a name, a new one where there is none.
func (w *words) of(name string) word {
	if id, ok := w.known[name]; ok {
		return id
	}
	id := word(len(w.names))
	w.known[name] = id
	w.names = append(w.names, name)
	w.quoted = append(w.quoted, `"`+name+`":`)
	return id
}

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
	text  string
	typ   *elementType
	name  word
	refer int32 // of a Reference: index of the resource + 1
	key   itemKey
	first int32
	last  int32
	next  int32
	kind  nodeKind
	dead  bool
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
func (t *tree) child(parent int32, name word, kind nodeKind, typ *elementType) int32 {
	for i := t.nodes[parent].first; i != 0; i = t.nodes[i].next {
		if t.nodes[i].name == name {
			return i
		}
	}
	return t.add(parent, node{name: name, kind: kind, typ: typ})
}

// find returns the member called name, or 0.
func (t *tree) find(parent int32, name word) int32 {
	for i := t.nodes[parent].first; i != 0; i = t.nodes[i].next {
		if t.nodes[i].name == name {
			return i
		}
	}
	return 0
}

// item returns the item of a list under key, made when it is not there. What
// an application puts there comes after what those before it did.
func (t *tree) item(list int32, key itemKey, typ *elementType) int32 {
	if last := t.nodes[list].last; last != 0 && t.nodes[last].key.application < key.application {
		return t.add(list, node{key: key, typ: typ})
	}
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
		if n.name != noWord {
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

// plainUntil returns where the first eight bytes begin that hold one which JSON
// may want written otherwise, or the length of s.
func plainUntil(s string) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 | uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, slash := x^(ones*'"'), x^(ones*'\\') // a byte of them is 0 where x has that one
		if (x|(x-ones*0x20)|(quote-ones)|(slash-ones))&highs != 0 {
			return i
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

// appendQuoted writes s as a JSON string.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	i := plainUntil(s)
	if i == len(s) {
		return append(append(b, s...), '"')
	}
	start := 0
	for i < len(s) {
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
