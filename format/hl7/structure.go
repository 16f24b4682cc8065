package hl7

import (
	"fmt"
	"strings"
)

// A structure is the grammar of a message: which segments follow which, in
// groups that may be left out or repeat.
type structure struct {
	root  node
	names map[key]uint8 // every segment that the message may hold, numbered from 1

	current bool // of 2.8 and newer, where the other structures are those of 2.7.1
}

// A node is a segment or a group of them.
type node struct {
	name     key   // zero for a group
	id       uint8 // of the name
	kids     []node
	choice   bool // one of kids
	required bool
	many     bool
	first    nameSet // segments that it can begin with
	holds    nameSet // segments anywhere in it
}

// A nameSet is a set of a structure's segments. Structures have some dozens.
type nameSet [2]uint64

func (n *nameSet) add(id uint8)     { n[id>>6&1] |= 1 << (id & 63) }
func (n nameSet) has(id uint8) bool { return n[id>>6&1]>>(id&63)&1 == 1 }

func (n *nameSet) join(o nameSet) {
	n[0] |= o[0]
	n[1] |= o[1]
}

// parseStructure reads the words of a grammar line: PID? NTE* ( ... )+ [ A B ].
func parseStructure(body string) *structure {
	words := strings.Fields(body)
	s := &structure{names: map[key]uint8{}}
	s.root.kids, _ = s.parse(words)
	s.root.required = true
	s.root.settle()
	return s
}

func (s *structure) parse(words []string) (nodes []node, rest []string) {
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch {
		case w == "(" || w == "[":
			n := node{choice: w == "["}
			n.kids, words = s.parse(words)
			if len(words) > 0 {
				n.mark(words[0][1:])
				words = words[1:]
			}
			if len(n.kids) > 0 {
				nodes = append(nodes, n)
			}
		case w[0] == ')' || w[0] == ']':
			return nodes, append([]string{w}, words...)
		case w[:3] == "PRT": // may stand after any segment and is passed over
		case len(w) >= 3:
			n := node{name: keyOf([]byte(w[:3]))}
			n.mark(w[3:])
			if w[:3] == "NTE" {
				n.required = false // the tables demand notes before routes (RDS, RGV, RAS); nobody needs them
			}
			n.id = s.number(n.name)
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

// number returns the number of a segment in this structure, from 1.
func (s *structure) number(name key) uint8 {
	id, ok := s.names[name]
	if !ok {
		id = uint8(len(s.names) + 1)
		s.names[name] = id
	}
	return id
}

func (n *node) mark(m string) {
	n.required = m == "" || m == "+"
	n.many = m == "*" || m == "+"
}

// settle works out what each group can begin with and what it holds.
func (n *node) settle() {
	if n.name != (key{}) {
		n.first.add(n.id)
		n.holds.add(n.id)
		return
	}
	open := true
	for i := range n.kids {
		kid := &n.kids[i]
		kid.settle()
		n.holds.join(kid.holds)
		if open || n.choice {
			n.first.join(kid.first)
		}
		if !kid.hollow() {
			open = false
		}
	}
}

// hollow reports whether nothing of n has to be there.
func (n *node) hollow() bool {
	if !n.required || n.name != (key{}) {
		return !n.required
	}
	for i := range n.kids {
		if n.kids[i].hollow() == n.choice {
			return n.choice
		}
	}
	return !n.choice
}

// A walker compares the segments of a message with a grammar. It looks one
// segment ahead and never goes back: its time grows with the segments, and with
// how deep the groups of the grammar lie, and with nothing else.
type walker struct {
	m      *Message
	s      *structure
	at     int   // index of the next segment
	next   uint8 // its number in the structure; 0 is the end
	name   key   // of the segment looked up last
	id     uint8 // and its number
	forced int   // the segment for whose sake a group is entered without its beginning, or -1
	issues []Issue
	last   []int   // where each segment stands last, worked out when first asked
	open   []frame // the groups that were begun, the outermost first
	store  [12]frame
}

// A frame is a group that was begun, and which of its nodes is being taken.
type frame struct {
	group *node
	kid   int
}

// structureIssues reports segments that are missing, misplaced or unknown to
// the structure.
func (m *Message) structureIssues(s *structure, issues []Issue) []Issue {
	w := walker{m: m, s: s, issues: issues, forced: -1}
	w.open = w.store[:0]
	w.skip()
	w.group(&s.root)
	for w.at < m.Len() { // whatever no group took
		w.misplaced()
		w.at++
		w.skip()
	}
	return w.issues
}

// skip passes over segments that may stand anywhere: local ones (Z), PRT,
// which IHE takes from 2.7 into earlier versions, continuation (ADD). Those
// that the structure does not know, and those that no group may hold any more
// at this place, are passed over and reported, each by itself: what stands
// behind them is not their fault.
func (w *walker) skip() {
	for ; w.at < len(w.m.segments); w.at++ {
		name := keyOf(w.m.raw[w.m.segments[w.at].start:w.m.segments[w.at].end])
		if name != w.name { // rows of observations follow one another
			w.name, w.id = name, w.s.names[name]
		}
		switch w.next = w.id; {
		case w.next != 0 && (len(w.open) == 0 || w.awaited(w.next)):
			return
		case w.next != 0 && w.headless(w.next):
			w.forced = w.at
			return
		case w.next != 0:
			w.misplaced()
		case name[0] != 'Z' && name != (key{'P', 'R', 'T'}) && name != (key{'A', 'D', 'D'}):
			seg := w.m.Segment(w.at)
			w.report(seg, Warning, fmt.Sprintf("segment %s does not belong into this type of message; receivers will ignore it", seg.Name()))
		}
	}
	w.next = 0
}

// awaited reports whether a segment may still come: as a further one of what is
// being taken, or later in a group that was begun.
func (w *walker) awaited(id uint8) bool {
	for i := len(w.open) - 1; i >= 0; i-- {
		f := w.open[i]
		if f.group.kids[f.kid].many && f.group.kids[f.kid].first.has(id) {
			return true
		}
		for k := f.kid + 1; k < len(f.group.kids) && !f.group.choice; k++ {
			if f.group.kids[k].first.has(id) {
				return true
			}
		}
	}
	return false
}

// headless reports whether a group that is still to come holds the segment
// further inside: an order without its ORC, whose other segments are in order.
func (w *walker) headless(id uint8) bool {
	for i := len(w.open) - 1; i >= 0; i-- {
		f := w.open[i]
		for k := f.kid + 1; k < len(f.group.kids) && !f.group.choice; k++ {
			if f.group.kids[k].required && f.group.kids[k].holds.has(id) {
				return true
			}
		}
	}
	return false
}

func (w *walker) group(n *node) {
	w.open = append(w.open, frame{group: n})
	depth := len(w.open)
	for i := range n.kids {
		w.open[depth-1].kid = i
		kid := &n.kids[i]
		if n.choice {
			if kid.first.has(w.next) {
				w.once(kid)
				break
			}
			continue
		}
		w.repeat(kid)
	}
	w.open = w.open[:depth-1]
}

// repeat takes n as often as it may and reports it when it must be there and
// is not.
func (w *walker) repeat(n *node) {
	count := 0
	for w.next != 0 && (n.first.has(w.next) && !w.outer(n) || w.forced == w.at && n.holds.has(w.next)) {
		before := w.at
		w.once(n)
		if w.at == before {
			break
		}
		if count++; !n.many {
			break
		}
	}
	if count == 0 && !n.hollow() {
		w.missing(n)
	}
}

// outer reports whether the next segment rather begins a further round of a
// group around n: an ORC after an order begins the next order, and not the
// results of an earlier one (n) of which it would be the first thing that has
// to be there.
func (w *walker) outer(n *node) bool {
	if len(n.kids) == 0 || n.required || n.kids[0].id == w.next {
		return false
	}
	for i := range w.open {
		if g := w.open[i].group; g.many && g.kids[0].id == w.next {
			return true
		}
	}
	return false
}

func (w *walker) once(n *node) {
	if n.name != (key{}) {
		w.at++
		w.skip()
		return
	}
	w.group(n)
}

// missing reports the first segment that a required node must have.
func (w *walker) missing(n *node) {
	for n.name == (key{}) {
		next := (*node)(nil)
		for i := range n.kids {
			if n.kids[i].required {
				next = &n.kids[i]
				break
			}
		}
		if next == nil {
			return
		}
		n = next
	}
	if w.forced != w.at && w.comesLater(n.id) || len(w.issues) >= mostIssues {
		return // it is there, but out of order, which is said elsewhere
	}
	start, end := w.m.Segment(max(w.at-1, 0)).Span()
	w.issues = append(w.issues, Issue{
		Severity: ErrorLevel, Code: "structure", Rule: RuleStructure, Location: string(n.name[:]), Start: start, End: end, Error: errSequence,
		Text: fmt.Sprintf("segment %s must be here and is missing", n.name[:]),
	})
}

// comesLater reports whether a segment stands anywhere from here on.
func (w *walker) comesLater(id uint8) bool {
	if w.last == nil {
		w.last = make([]int, len(w.s.names)+1)
		for i := range w.m.segments {
			w.last[w.s.names[keyOf(w.m.Segment(i).name())]] = i
		}
	}
	return w.last[id] >= w.at && w.last[id] > 0
}

func (w *walker) misplaced() {
	seg := w.m.Segment(w.at)
	behind := ""
	if w.at > 0 {
		behind = " behind " + w.m.Segment(w.at-1).Name()
	}
	w.report(seg, Warning, fmt.Sprintf("segment %s is out of order%s; a strict receiver will refuse or misread the message", seg.name(), behind))
}

func (w *walker) report(seg Segment, severity Severity, text string) {
	if len(w.issues) >= mostIssues {
		return
	}
	start, end := seg.Span()
	w.issues = append(w.issues, Issue{Severity: severity, Code: "structure", Rule: RuleStructure, Location: Locate(seg, 0, 0, 0), Start: start, End: end, Text: text, Error: errSequence})
}
