package mapping

import (
	"fmt"
	"strings"
)

// A group is a part of a message's structure: segments and groups in order.
type group struct {
	path    string
	id      uint32
	repeats bool
	strict  bool // nothing but its first segment opens it
	parts   []part
}

// A part is a segment or a group within a group.
type part struct {
	segment string // "" for a group
	path    string
	id      uint32
	repeats bool
	group   *group
}

// maxParts bounds the parts of a structure: their numbers share a word with
// the number of the repetition.
const maxParts = 1 << 12

func parseStructure(name, text string) (*group, error) {
	words := strings.Fields(text)
	if len(words) > maxParts {
		return nil, fmt.Errorf("structure %s has too many parts", name)
	}
	root := &group{path: name}
	stack := []*group{root}
	for i, w := range words {
		top := stack[len(stack)-1]
		if w == ")" {
			if len(stack) == 1 {
				return nil, fmt.Errorf("structure %s closes a group too many", name)
			}
			stack = stack[:len(stack)-1]
			continue
		}
		p := part{id: uint32(i + 1)}
		word, isGroup := strings.CutSuffix(w, "(")
		word, strict := strings.CutSuffix(word, "!")
		word, p.repeats = strings.CutSuffix(word, "*")
		p.path = top.path + "." + word
		if isGroup {
			p.group = &group{path: p.path, id: p.id, repeats: p.repeats, strict: strict}
			stack = append(stack, p.group)
		} else {
			p.segment, _, _ = strings.Cut(word, "#")
		}
		top.parts = append(top.parts, p)
	}
	if len(stack) > 1 {
		return nil, fmt.Errorf("structure %s leaves a group open", name)
	}
	return root, nil
}

// opens reports whether a segment of that name leads into g, however deep.
func (g *group) opens(segment string) bool {
	parts := g.parts
	if g.strict {
		parts = parts[:min(1, len(parts))]
	}
	for i := range parts {
		if p := &parts[i]; p.segment == segment || p.group != nil && p.group.opens(segment) {
			return true
		}
	}
	return false
}

// A level is where a walk stands in one group.
type level struct {
	group *group
	at    int // index of the part last met
	rep   uint32
	seen  uint32 // repetitions of that part
}

// A walk follows the segments of a message through its structure.
type walk struct {
	levels []level
}

func (w *walk) reset(root *group) {
	w.levels = append(w.levels[:0], level{group: root, at: -1})
}

// place finds where a segment belongs: forward in the groups that are open,
// then in a repetition of one of them. found is false for a segment that the
// structure has nowhere; one that comes out of order is taken where the
// structure has it first.
func (w *walk) place(name string) (path string, found bool) {
	for depth := len(w.levels) - 1; depth >= 0; depth-- {
		l := &w.levels[depth]
		if i := l.forward(name); i >= 0 {
			w.levels = w.levels[:depth+1]
			return w.enter(i, name), true
		}
		if l.group.repeats && l.group.opens(name) {
			l.at, l.seen = -1, 0
			l.rep++
			w.levels = w.levels[:depth+1]
			return w.enter(l.forward(name), name), true
		}
	}
	return strayPath(w.levels[0].group, name)
}

func (l *level) forward(name string) int {
	for i := max(0, l.at); i < len(l.group.parts); i++ {
		p := &l.group.parts[i]
		if i == l.at && !p.repeats {
			continue
		}
		if p.segment == name || p.group != nil && p.group.opens(name) {
			return i
		}
	}
	return -1
}

// enter goes to part i of the innermost open group and down to the segment.
func (w *walk) enter(i int, name string) string {
	for {
		l := &w.levels[len(w.levels)-1]
		if i != l.at {
			l.at, l.seen = i, 0
		}
		l.seen++
		p := &l.group.parts[i]
		if p.group == nil {
			return p.path
		}
		w.levels = append(w.levels, level{group: p.group, at: -1, rep: l.seen})
		i = w.levels[len(w.levels)-1].forward(name)
	}
}

// scope writes the repetitions that the walk stands in: of the groups that
// repeat, and of the segment itself when it does.
func (w *walk) scope(into []uint32) []uint32 {
	into = into[:0]
	for i := range w.levels {
		l := &w.levels[i]
		if l.group.repeats {
			into = append(into, l.group.id<<16|l.rep&0xffff)
		}
	}
	l := &w.levels[len(w.levels)-1]
	if l.at >= 0 {
		if p := &l.group.parts[l.at]; p.group == nil && p.repeats {
			into = append(into, p.id<<16|l.seen&0xffff)
		}
	}
	return into
}

func strayPath(g *group, name string) (string, bool) {
	for i := range g.parts {
		p := &g.parts[i]
		if p.segment == name {
			return p.path, true
		}
		if p.group != nil {
			if path, ok := strayPath(p.group, name); ok {
				return path, true
			}
		}
	}
	return "", false
}

// A structured view gives the segments of a message by their groups.
func (r *run) structured(root *group) {
	r.walk.reset(root)
	for i := range r.msg.Len() {
		r.segment = r.msg.Segment(i)
		path, found := r.walk.place(r.segment.Name())
		if !found {
			continue
		}
		r.scope = r.walk.scope(r.scope)
		r.at(path, r.segment)
	}
	r.segment = noSegment
}
