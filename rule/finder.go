package rule

import (
	"regexp/syntax"
)

// A finder finds many words in one pass over a text (Aho and Corasick, 1975).
// Words and texts hold the bytes that letters leaves.
type finder struct {
	next []map[byte]int32
	fail []int32
	ends [][]int32 // words that end in each state
}

func newFinder(words []string) *finder {
	f := &finder{next: []map[byte]int32{{}}, fail: []int32{0}, ends: [][]int32{nil}}
	for w, word := range words {
		state := int32(0)
		for i := range len(word) {
			to, ok := f.next[state][word[i]]
			if !ok {
				to = int32(len(f.next))
				f.next[state][word[i]] = to
				f.next, f.fail, f.ends = append(f.next, map[byte]int32{}), append(f.fail, 0), append(f.ends, nil)
			}
			state = to
		}
		f.ends[state] = append(f.ends[state], int32(w))
	}
	f.link()
	return f
}

// link sets for each state the longest other that its text ends in, in the
// order of their depth.
func (f *finder) link() {
	var queue []int32
	for _, to := range f.next[0] {
		queue = append(queue, to)
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		for b, to := range f.next[state] {
			queue = append(queue, to)
			f.fail[to] = f.step(f.fail[state], b)
			f.ends[to] = append(f.ends[to], f.ends[f.fail[to]]...)
		}
	}
}

func (f *finder) step(state int32, b byte) int32 {
	for {
		if to, ok := f.next[state][b]; ok {
			return to
		}
		if state == 0 {
			return 0
		}
		state = f.fail[state]
	}
}

// find calls found for each word of text, once for each place where it ends.
func (f *finder) find(text string, found func(word int)) {
	state := int32(0)
	for i := range len(text) {
		state = f.step(state, text[i])
		for _, w := range f.ends[state] {
			found(int(w))
		}
	}
}

// literals returns words one of which must stand in a text that the rule
// reads, in the form of letters; none when no such word is known.
func (r *Rule) literals() []string {
	var out []string
	list := append(append([]string(nil), r.Exact...), r.Contains...)
	if r.Match != "" {
		tree, err := syntax.Parse(r.Match, syntax.Perl)
		if err != nil {
			return nil
		}
		list = []string{longest(tree.Simplify())}
	}
	for _, word := range list {
		w := letters(word)
		if w == "" {
			return nil // it could match without any
		}
		out = append(out, w)
	}
	return out
}

// longest is the longest literal that every match of tree holds.
func longest(tree *syntax.Regexp) string {
	switch tree.Op {
	case syntax.OpLiteral:
		return string(tree.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return longest(tree.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range tree.Sub {
			if l := longest(sub); len(letters(l)) > len(letters(best)) {
				best = l
			}
		}
		return best
	}
	return ""
}
