package dicom

import (
	"slices"
	"sort"
)

// An Entry is what the data dictionary (PS3.6) says of an element.
type Entry struct {
	VRs     [3]VR  // the representations allowed, most usual first; zero where there are fewer
	VM      string // value multiplicity: "1", "1-n", "2-2n"
	Keyword string
	Retired bool
}

// Allows is true when the element may be written as v.
func (e Entry) Allows(v VR) bool {
	return v != 0 && (v == e.VRs[0] || v == e.VRs[1] || v == e.VRs[2])
}

// A tagged is an entry with its tag.
type tagged struct {
	tag Tag
	Entry
}

// A span is an entry of a repeating group: overlays, curves.
type span struct {
	group, groupEnd, element, elementEnd uint16
	Entry
}

// Lookup finds t in the data dictionary. Private elements are not in it, but
// their creators (gggg,0010-00FF) are answered for.
func Lookup(t Tag) (Entry, bool) {
	i, ok := sort.Find(len(dictionary), func(i int) int { return int(int64(t) - int64(dictionary[i].tag)) })
	if ok {
		return dictionary[i].Entry, true
	}
	if t.Private() {
		if t.Element() >= 0x10 && t.Element() <= 0xFF {
			return Entry{VRs: [3]VR{LO}, VM: "1", Keyword: "PrivateCreator"}, true
		}
		return Entry{}, false
	}
	if t.Element() == 0 {
		return Entry{VRs: [3]VR{UL}, VM: "1", Keyword: "GroupLength", Retired: t.Group() > 2}, true
	}
	for _, s := range repeating {
		if t.Group() >= s.group && t.Group() <= s.groupEnd && t.Element() >= s.element && t.Element() <= s.elementEnd {
			return s.Entry, true
		}
	}
	return Entry{}, false
}

// TagOf finds a tag by its keyword, such as PatientName. It is meant for
// people's input, not for inner loops.
func TagOf(keyword string) (Tag, bool) {
	i := slices.IndexFunc(dictionary[:], func(e tagged) bool { return e.Keyword == keyword })
	if i < 0 {
		return 0, false
	}
	return dictionary[i].tag, true
}

// Name is the keyword of t, or its number where it has none.
func Name(t Tag) string {
	if e, ok := Lookup(t); ok && !t.Private() && t.Element() != 0 {
		return e.Keyword
	}
	return t.String()
}
