package asset

import (
	"slices"
	"time"
)

// A Link is a person's decision that two things are one device, or that they
// are not. It outranks every rule and stays until a person takes it back.
type Link struct {
	ID     string    `json:"id"`
	Kind   LinkKind  `json:"kind"`
	A      []string  `json:"a"` // names of fragments on one side
	B      []string  `json:"b"` // and on the other
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Undone bool      `json:"undone,omitempty"`
	// Despite says that the person knew that the serial numbers differ.
	Despite bool `json:"despite,omitempty" doc:"They are one although their serial numbers differ"`
}

// joins reports whether a fragment is on one side of the link.
func (l Link) joins(name string) bool {
	return slices.Contains(l.A, name) || slices.Contains(l.B, name)
}

// A LinkKind says what a Link decides.
type LinkKind string

// The kinds of link.
const (
	Merged LinkKind = "merge"
	Parted LinkKind = "split"
)

// joined returns the fragments that a person said are one with fr.
func (f *Fuser) joined(fr *fragment) []*fragment {
	var out []*fragment
	for _, l := range f.links {
		if l.Undone || l.Kind != Merged || !l.joins(fr.name) {
			continue
		}
		for _, name := range slices.Concat(l.A, l.B) {
			if o := f.byName[name]; o != nil && o != fr {
				out = append(out, o)
			}
		}
	}
	return out
}

// parted reports whether a person said that next is none of the component.
func (f *Fuser) parted(component []*fragment, next *fragment) bool {
	for _, l := range f.links {
		if l.Undone || l.Kind != Parted {
			continue
		}
		inA, inB := slices.Contains(l.A, next.name), slices.Contains(l.B, next.name)
		for _, fr := range component {
			if inA && slices.Contains(l.B, fr.name) || inB && slices.Contains(l.A, fr.name) {
				return true
			}
		}
	}
	return false
}

// Relink replaces or adds a person's decision and looks again at what it
// speaks of.
func (f *Fuser) Relink(l Link) {
	f.ready()
	f.relinked = append(f.relinked, l)
	if i := slices.IndexFunc(f.links, func(o Link) bool { return o.ID == l.ID }); i >= 0 {
		f.links[i] = l
	} else {
		f.links = append(f.links, l)
	}
	for _, name := range slices.Concat(l.A, l.B) {
		if fr := f.byName[name]; fr != nil {
			for _, s := range fr.sightings {
				f.dirty[holderName(s.Key)] = true
			}
		}
	}
}
