package hl7

import (
	"fmt"
	"strings"
)

// A structure is the grammar of a message: which segments follow which, in
// groups that may be left out or repeat.
type structure struct {
	root  node
	names map[key]bool // every segment that the message may hold
}

// A node is a segment or a group of them.
type node struct {
	name     key // zero for a group
	kids     []node
	choice   bool // one of kids
	required bool
	many     bool
	first    map[key]bool // segments a group can begin with
}

// parseStructure reads the words of a grammar line: PID? NTE* ( ... )+ [ A B ].
func parseStructure(body string) *structure {
	words := strings.Fields(body)
	s := &structure{names: map[key]bool{}}
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
			nodes = append(nodes, n)
		case w[0] == ')' || w[0] == ']':
			return nodes, append([]string{w}, words...)
		case w[:3] == "PRT": // may stand after any segment and is passed over
		case len(w) >= 3:
			n := node{name: keyOf([]byte(w[:3]))}
			n.mark(w[3:])
			s.names[n.name] = true
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

func (n *node) mark(m string) {
	n.required = m == "" || m == "+"
	n.many = m == "*" || m == "+"
}

// settle works out what each group can begin with.
func (n *node) settle() {
	n.first = map[key]bool{}
	if n.name != (key{}) {
		n.first[n.name] = true
		return
	}
	open := true
	for i := range n.kids {
		kid := &n.kids[i]
		kid.settle()
		if open || n.choice {
			for k := range kid.first {
				n.first[k] = true
			}
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

// A walker compares the segments of a message with a grammar.
type walker struct {
	m      *Message
	s      *structure
	at     int // index of the next segment
	issues []Issue
	told   bool // a misplaced segment was reported
}

// structureIssues reports segments that are missing, misplaced or unknown to
// the structure.
func (m *Message) structureIssues(s *structure, issues []Issue) []Issue {
	w := walker{m: m, s: s, issues: issues}
	w.skip()
	w.group(&s.root)
	for w.at < m.Len() {
		w.resume()
	}
	return w.issues
}

// resume reports a segment out of order and finds the group to go on with. What
// stands after the first such segment is not its fault and not reported again.
func (w *walker) resume() {
	next := w.s.root.find(keyOf(w.m.Segment(w.at).name()))
	if next == nil || !w.told {
		w.misplaced()
		w.told = true
	}
	before := w.at
	if next != nil {
		w.repeat(next)
	}
	if w.at == before {
		w.at++
	}
	w.skip()
}

// skip passes over segments that may stand anywhere: local ones (Z), PRT,
// which IHE takes from 2.7 into earlier versions, continuation (ADD), and
// those the structure does not know, which are reported.
func (w *walker) skip() {
	for w.at < w.m.Len() {
		seg := w.m.Segment(w.at)
		name := keyOf(seg.name())
		if w.s.names[name] {
			return
		}
		if name[0] != 'Z' && name != (key{'P', 'R', 'T'}) && name != (key{'A', 'D', 'D'}) {
			w.report(seg, Warning, fmt.Sprintf("segment %s does not belong into this type of message; receivers will ignore it", seg.Name()))
		}
		w.at++
	}
}

func (w *walker) next() (key, bool) {
	if w.at >= w.m.Len() {
		return key{}, false
	}
	return keyOf(w.m.Segment(w.at).name()), true
}

func (w *walker) group(n *node) {
	for i := range n.kids {
		kid := &n.kids[i]
		if n.choice {
			if name, ok := w.next(); ok && kid.first[name] {
				w.once(kid)
				return
			}
			continue
		}
		w.repeat(kid)
	}
}

// repeat takes n as often as it may and reports it when it must be there and
// is not.
func (w *walker) repeat(n *node) {
	count := 0
	for {
		name, ok := w.next()
		if !ok || !n.first[name] {
			break
		}
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
	for i := w.at; i < w.m.Len(); i++ {
		if keyOf(w.m.Segment(i).name()) == n.name {
			return // it is there, but out of order, which is said elsewhere
		}
	}
	if len(w.issues) >= mostIssues {
		return
	}
	start, end := w.m.Segment(max(w.at-1, 0)).Span()
	w.issues = append(w.issues, Issue{
		Severity: ErrorLevel, Code: "structure", Rule: RuleStructure, Location: string(n.name[:]), Start: start, End: end, Error: errSequence,
		Text: fmt.Sprintf("segment %s must be here and is missing", n.name[:]),
	})
}

func (w *walker) misplaced() {
	seg := w.m.Segment(w.at)
	w.report(seg, Warning, fmt.Sprintf("segment %s is out of order; a strict receiver will refuse or misread the message", seg.name()))
}

func (w *walker) report(seg Segment, severity Severity, text string) {
	if len(w.issues) >= mostIssues {
		return
	}
	start, end := seg.Span()
	w.issues = append(w.issues, Issue{Severity: severity, Code: "structure", Rule: RuleStructure, Location: Locate(seg, 0, 0, 0), Start: start, End: end, Text: text, Error: errSequence})
}

// find returns the deepest group, or segment, that can begin with name.
func (n *node) find(name key) *node {
	for i := range n.kids {
		kid := &n.kids[i]
		if kid.name != (key{}) {
			continue
		}
		if deeper := kid.find(name); deeper != nil {
			return deeper
		}
		if kid.first[name] {
			return kid
		}
	}
	return nil
}
