package mapping

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAWalkTakesAnyOrder gives each structure its segments in thousands of
// orders, and some that it does not have: a walk finds a place or says that
// there is none, and never leaves its structure.
func TestAWalkTakesAnyOrder(t *testing.T) {
	lib, err := Own()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range lib.Names() {
		p, err := lib.Program(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.root == nil {
			continue
		}
		places := map[string]string{}
		segmentsOf(p.root, places)
		names := []string{"ZZZ"}
		for path := range places {
			names = append(names, places[path])
		}
		slices.Sort(names)
		r := rand.New(rand.NewPCG(1, uint64(len(name))))
		for range 300 {
			var w walk
			w.reset(p.root)
			for range 60 {
				segment := names[r.IntN(len(names))]
				path, found := w.place(segment)
				if found != (segment != "ZZZ") || found && places[path] != segment {
					t.Fatalf("%s: %s was placed at %q, found %v", name, segment, path, found)
				}
				if len(w.scope(nil)) > len(resource{}.scope) {
					t.Fatalf("%s: %s lies in more groups that repeat than a resource can tell apart", name, path)
				}
			}
		}
	}
}

func segmentsOf(g *group, into map[string]string) {
	for i := range g.parts {
		if p := &g.parts[i]; p.group != nil {
			segmentsOf(p.group, into)
		} else {
			into[p.path] = p.segment
		}
	}
}

// TestOnlyItsFirstSegmentOpensAStrictGroup: "!" keeps what stands elsewhere too
// out of a group that has not begun.
func TestOnlyItsFirstSegmentOpensAStrictGroup(t *testing.T) {
	root, err := parseStructure("X", "MSH ORDER*( ORC OBR PRIOR*!( PID ORC OBR ) )")
	if err != nil {
		t.Fatal(err)
	}
	var w walk
	w.reset(root)
	for _, step := range [][2]string{{"MSH", "X.MSH"}, {"ORC", "X.ORDER.ORC"}, {"OBR", "X.ORDER.OBR"}, {"ORC", "X.ORDER.ORC"},
		{"PID", "X.ORDER.PRIOR.PID"}, {"ORC", "X.ORDER.PRIOR.ORC"}, {"OBR", "X.ORDER.PRIOR.OBR"}, {"ORC", "X.ORDER.ORC"}} {
		if path, _ := w.place(step[0]); path != step[1] {
			t.Errorf("%s was placed at %s, want %s", step[0], path, step[1])
		}
	}
}
