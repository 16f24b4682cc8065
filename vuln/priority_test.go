package vuln

import (
	"math/rand/v2"
	"testing"
)

// each calls fn for every combination of the inputs of the tree.
func eachLevels(fn func(Levels)) {
	for e := range exploitations {
		for x := range exposures {
			for a := range automatables {
				for s := range safeties {
					for m := range missions {
						fn(Levels{Exploitation: e, Exposure: x, Automatable: a, Safety: s, Mission: m})
					}
				}
			}
		}
	}
}

// worse returns l with one input one step worse, for each input that can be.
func worse(l Levels) []Levels {
	var out []Levels
	step := func(change func(*Levels)) {
		w := l
		change(&w)
		out = append(out, w)
	}
	if l.Exploitation < len(exploitations)-1 {
		step(func(w *Levels) { w.Exploitation++ })
	}
	if l.Exposure < len(exposures)-1 {
		step(func(w *Levels) { w.Exposure++ })
	}
	if l.Automatable < len(automatables)-1 {
		step(func(w *Levels) { w.Automatable++ })
	}
	if l.Safety < len(safeties)-1 {
		step(func(w *Levels) { w.Safety++ })
	}
	if l.Mission < len(missions)-1 {
		step(func(w *Levels) { w.Mission++ })
	}
	step(func(w *Levels) { w.Score = min(10, w.Score+0.1) })
	step(func(w *Levels) { w.Likelihood = min(1, w.Likelihood+0.01) })
	step(func(w *Levels) { w.Devices++ })
	step(func(w *Levels) { w.Decided = true })
	return out
}

func TestNoInputThatGrowsWorseLowersTheRank(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 5))
	eachLevels(func(l Levels) {
		for range 20 {
			l.Score, l.Likelihood, l.Devices, l.Decided = 10*random.Float64(), random.Float64(), random.IntN(3000), random.IntN(2) == 1
			for _, w := range worse(l) {
				if w.Rank() < l.Rank() || w.Urgency().rank() < l.Urgency().rank() {
					t.Fatalf("%+v has rank %d %s, and %+v, which is worse, %d %s", l, l.Rank(), l.Urgency(), w, w.Rank(), w.Urgency())
				}
			}
		}
	})
}

func TestTheRankNeverLeavesTheQuarterOfItsUrgency(t *testing.T) {
	eachLevels(func(l Levels) {
		l.Score, l.Likelihood, l.Devices, l.Decided = 10, 1, 1_000_000, true
		if got, want := l.Rank()/250, l.Urgency().rank()-1; got != want {
			t.Errorf("%+v: rank %d lies in quarter %d, urgency %s", l, l.Rank(), got, l.Urgency())
		}
	})
}

func TestATellingChangeIsTrue(t *testing.T) {
	at := func(names []string, name string) int {
		for i, n := range names {
			if n == name {
				return i
			}
		}
		t.Fatalf("there is no level %q", name)
		return 0
	}
	eachLevels(func(l Levels) {
		for _, c := range l.changes() {
			w := l
			switch c.Input {
			case "exploitation":
				w.Exploitation = at(exploitations, c.To)
			case "exposure":
				w.Exposure = at(exposures, c.To)
			case "automatable":
				w.Automatable = at(automatables, c.To)
			case "safety":
				w.Safety = at(safeties, c.To)
			case "mission":
				w.Mission = at(missions, c.To)
			}
			if w.Urgency() != c.Urgency || c.Urgency == l.Urgency() {
				t.Errorf("%+v: %+v, and then it is %s", l, c, w.Urgency())
			}
		}
	})
}

// TestTheTableIsThatOfTheStandard reads rows of SSVC's table that differ in
// every column.
func TestTheTableIsThatOfTheStandard(t *testing.T) {
	for _, c := range []struct {
		exploitation, exposure, automatable, safety, mission int
		want                                                 Urgency
	}{
		{0, 0, 0, 0, 0, Defer}, {0, 0, 0, 2, 1, Scheduled}, {0, 2, 1, 3, 0, OutOfCycle}, {1, 1, 1, 3, 3, OutOfCycle}, {1, 2, 1, 2, 2, OutOfCycle},
		{2, 0, 1, 2, 0, OutOfCycle}, {2, 1, 0, 2, 0, Scheduled}, {2, 2, 0, 3, 0, Immediate}, {2, 2, 1, 2, 1, Immediate}, {2, 2, 1, 0, 0, OutOfCycle},
	} {
		l := Levels{Exploitation: c.exploitation, Exposure: c.exposure, Automatable: c.automatable, Safety: c.safety, Mission: c.mission}
		if got := l.Urgency(); got != c.want {
			t.Errorf("%+v: got %s, want %s", l, got, c.want)
		}
	}
}
