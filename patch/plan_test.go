package patch_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/patch"
)

var monday = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC) // a Monday

func pumps(n int, hours *patch.Hours) []patch.Machine {
	out := make([]patch.Machine, n)
	for i := range out {
		out[i] = patch.Machine{ID: fmt.Sprintf("dev_%02d", i), Hours: hours, Version: "1"}
	}
	return out
}

func week() patch.Rules {
	return patch.Rules{From: monday, Until: monday.AddDate(0, 0, 14), Length: 2 * time.Hour, WorkFrom: 7, WorkUntil: 17, Before: 48 * time.Hour}
}

func TestSpare(t *testing.T) {
	for rule, c := range map[string]struct {
		g    patch.Group
		want int
	}{
		"of ten pumps two may be out":                   {patch.Group{Class: "infusion-pump", InService: 10, Machines: pumps(10, nil)}, 2},
		"of three ventilators one at a time":            {patch.Group{Class: "ventilator", InService: 3, Machines: pumps(3, nil)}, 1},
		"of two, never both":                            {patch.Group{Class: "printer", InService: 2, Machines: pumps(2, nil), Keep: 0.01}, 1},
		"of two, never both, even with loaners":         {patch.Group{Class: "ventilator", InService: 2, Machines: pumps(2, nil), Loaners: 5}, 1},
		"loaners let more go at once":                   {patch.Group{Class: "infusion-pump", InService: 10, Machines: pumps(10, nil), Loaners: 3}, 5},
		"not more than are to be mended":                {patch.Group{Class: "printer", InService: 20, Machines: pumps(2, nil)}, 2},
		"the only one goes when its unit agrees":        {patch.Group{Class: "ct-scanner", InService: 1, Machines: pumps(1, nil)}, 1},
		"a hospital may keep more than the usual":       {patch.Group{Class: "infusion-pump", InService: 10, Machines: pumps(10, nil), Keep: 1}, 1},
		"others of the class in the unit count as well": {patch.Group{Class: "infusion-pump", InService: 20, Machines: pumps(5, nil)}, 4},
	} {
		if got := patch.Spare(c.g); got != c.want {
			t.Errorf("%s: got %d, want %d", rule, got, c.want)
		}
	}
}

// TestNeverAllAtOnce plans random groups and checks what no plan may break: of
// several interchangeable devices one is always there, no device goes twice or
// is forgotten, nothing is out beyond the days given or beside what others
// have booked.
func TestNeverAllAtOnce(t *testing.T) {
	rnd := rand.New(rand.NewSource(7))
	classes := []string{"infusion-pump", "ventilator", "ct-scanner", "printer", ""}
	for round := range 400 {
		n := 1 + rnd.Intn(12)
		g := patch.Group{Class: classes[rnd.Intn(len(classes))], InService: n + rnd.Intn(4), Loaners: rnd.Intn(4), Keep: rnd.Float64() * 1.2, Machines: pumps(n, nil)}
		for i := range g.Machines {
			if rnd.Intn(2) == 0 {
				h := patch.Hours{}
				for j := range h {
					h[j] = rnd.Float64()
				}
				g.Machines[i].Hours = &h
			}
			if rnd.Intn(3) == 0 {
				g.Machines[i].Due = monday.Add(time.Duration(rnd.Intn(14*24)) * time.Hour)
			}
		}
		r := week()
		r.Until = monday.AddDate(0, 0, 1+rnd.Intn(20))
		r.Length = time.Duration(1+rnd.Intn(6)) * time.Hour
		r.Weekends = rnd.Intn(2) == 0
		r.Taken = []patch.Window{{From: monday.Add(3 * time.Hour), Until: monday.Add(9 * time.Hour)}}
		p := patch.Propose(g, r)
		out := map[string]int{}
		for i, w := range p.Windows {
			if g.InService > 1 && len(w.Devices) >= g.InService {
				t.Fatalf("round %d: all %d devices of a unit are out at once", round, g.InService)
			}
			if len(w.Devices) > p.Spare || len(w.Devices) == 0 || w.Remains != g.InService+g.Loaners-len(w.Devices) {
				t.Fatalf("round %d: window %+v with spare %d of %d", round, w, p.Spare, g.InService)
			}
			if w.From.Before(r.From) || w.Until.After(r.Until) || w.From.Hour() < 7 || w.Until.Hour() > 17 {
				t.Fatalf("round %d: window from %s until %s", round, w.From, w.Until)
			}
			for _, other := range append(slices.Clone(p.Windows[:i]), r.Taken...) {
				if w.From.Before(other.Until) && w.Until.After(other.From) {
					t.Fatalf("round %d: windows %v and %v overlap", round, w, other)
				}
			}
			for _, d := range w.Devices {
				out[d]++
			}
		}
		for _, d := range p.Left {
			out[d]++
		}
		for _, m := range g.Machines {
			if out[m.ID] != 1 {
				t.Fatalf("round %d: %s is planned %d times", round, m.ID, out[m.ID])
			}
		}
		if len(p.Left) > 0 && p.Why == "" {
			t.Fatalf("round %d: devices are left without a word", round)
		}
	}
}

func TestIdleHoursAreTaken(t *testing.T) {
	h := patch.Hours{}
	for i := range h {
		h[i] = 1
	}
	h[24+10], h[24+11] = 0, 0 // Tuesday from ten to noon
	p := patch.Propose(patch.Group{Class: "ct-scanner", InService: 1, Machines: pumps(1, &h)}, week())
	if len(p.Windows) != 1 || p.Windows[0].From != time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC) || p.Windows[0].Idle != 1 {
		t.Errorf("got %+v, want Tuesday at ten", p.Windows)
	}
	m := pumps(1, nil)
	m[0].Due = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	r := week()
	r.Before = 3 * time.Hour
	p = patch.Propose(patch.Group{Class: "ct-scanner", InService: 1, Machines: m}, r)
	if w := p.Windows[0]; len(w.Joined) != 1 || w.From.Day() != 5 || w.Measured || w.Idle != -1 {
		t.Errorf("got %+v, want a window joined with the maintenance of Thursday, and no claim about idle hours", w)
	}
}

func TestInUse(t *testing.T) {
	var hours []patch.Hour
	from := monday.Truncate(24 * time.Hour)
	for h := range 3 * 168 {
		at := from.Add(time.Duration(h) * time.Hour)
		n := uint64(10) // keep-alive
		if at.Hour() >= 8 && at.Hour() < 16 {
			n = 5000
		}
		hours = append(hours, patch.Hour{At: at, Packets: n})
	}
	use := patch.InUse(hours, from, from.Add(3*168*time.Hour), nil)
	if use == nil || use[9] != 1 || use[3] != 0 || use[16] != 0 {
		t.Fatalf("got %v", use)
	}
	if patch.InUse(hours[:100], from, from.Add(100*time.Hour), nil) != nil {
		t.Error("less than a week was taken for a measurement")
	}
}

func TestMeans(t *testing.T) {
	read := func(text string) *mds2.Sheet {
		s, err := mds2.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return &s
	}
	for rule, c := range map[string]struct {
		sheet *mds2.Sheet
		part  string
		want  patch.Means
	}{
		"without a statement nothing is known":       {nil, "library", patch.NotStated},
		"only the maker goes before remote":          {read("CSUP-2.2,q,Yes,\nCSUP-2.3,q,Yes,\n"), "operating-system", patch.ByVendor},
		"a system's answer is not the software's":    {read("CSUP-2.2,q,Yes,\nCSUP-5.1,q,Yes,\n"), "library", patch.ByHospital},
		"remote installation":                        {read("CSUP-3.2,q,No,\nCSUP-3.3,q,Yes,\n"), "firmware", patch.ByRemote},
		"it patches itself":                          {read("CSUP-8,q,Yes,\n"), "library", patch.ByItself},
		"a No to everything is not stated, no right": {read("CSUP-5.1,q,No,\nCSUP-5.2,q,No,\n"), "library", patch.NotStated},
	} {
		if got, why := patch.MeansOf(c.sheet, c.part); got != c.want || why == "" {
			t.Errorf("%s: got %s (%s), want %s", rule, got, why, c.want)
		}
	}
}

func TestLook(t *testing.T) {
	o := patch.Order{Stage: patch.Booked, Model: asset.ModelKey{Version: "1"}, Target: "2", Devices: []patch.Piece{{ID: "a", Was: "1"}, {ID: "b", Was: "1"}},
		Windows: []patch.Window{{From: monday, Until: monday.Add(time.Hour)}}}
	o, changed := o.Look(map[string]patch.Sight{"a": {Version: "1.5"}, "b": {Version: "2", Source: "hl7.obx"}}, monday)
	if !changed || o.VerifiedCount != 1 || o.Stage != patch.Booked {
		t.Errorf("another version than the target counted: %+v", o)
	}
	if late, _ := o.Look(nil, monday.Add(2*time.Hour)); late.OverdueSince.IsZero() {
		t.Error("a window that passed without proof is not overdue")
	}
	o, _ = o.Look(map[string]patch.Sight{"a": {Version: "2"}}, monday)
	if o.Stage != patch.Verified {
		t.Errorf("the stage is %s, want verified", o.Stage)
	}
	if o, _ = o.Look(map[string]patch.Sight{"a": {Version: "1"}}, monday); o.Stage != patch.Booked {
		t.Errorf("a device went back to the old version, and the stage is %s", o.Stage)
	}
}
