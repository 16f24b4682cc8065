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
			if len(w.Devices) > p.Spare || len(w.Devices) == 0 || w.Remains != g.InService+w.Loaned-len(w.Devices) || w.Loaned > g.Loaners || w.Loaned > len(w.Devices) {
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
	o, changed := o.Look(map[string]patch.Sight{"a": {Version: "1.5"}, "b": {Version: "2", Source: "hl7.obx"}}, nil, monday)
	if !changed || o.VerifiedCount != 1 || o.Stage != patch.Booked {
		t.Errorf("another version than the target counted: %+v", o)
	}
	if late, _ := o.Look(nil, nil, monday.Add(2*time.Hour)); late.OverdueSince.IsZero() {
		t.Error("a window that passed without proof is not overdue")
	}
	o, _ = o.Look(map[string]patch.Sight{"a": {Version: "2"}}, nil, monday)
	if o.Stage != patch.Verified {
		t.Errorf("the stage is %s, want verified", o.Stage)
	}
	if o, _ = o.Look(map[string]patch.Sight{"a": {Version: "1"}}, nil, monday); o.Stage != patch.Booked {
		t.Errorf("a device went back to the old version, and the stage is %s", o.Stage)
	}
}

// TestABillVerifiesWhatSomebodyDid: a bill says what a version holds, and not
// what runs.
func TestABillVerifiesWhatSomebodyDid(t *testing.T) {
	order := func(stage patch.Stage, target string) patch.Order {
		return patch.Order{Stage: stage, Target: target, OpenedAt: monday, Devices: []patch.Piece{{ID: "a", Was: "1"}}}
	}
	later := monday.Add(time.Hour)
	newer := []patch.BillSight{{ID: "bill_2", Version: "2", At: later}}
	for rule, c := range map[string]struct {
		o     patch.Order
		sight patch.Sight
		bills []patch.BillSight
		want  patch.Stage
		by    string
	}{
		"a bill alone verifies nothing":                             {order(patch.Booked, ""), patch.Sight{}, newer, patch.Booked, ""},
		"done, and a bill of a newer version":                       {order(patch.Done, ""), patch.Sight{}, newer, patch.Verified, "bill bill_2"},
		"the device itself still says the old version":              {order(patch.Done, ""), patch.Sight{Version: "1"}, newer, patch.Done, ""},
		"the same version, with a part that was exchanged":          {order(patch.Done, ""), patch.Sight{Version: "1"}, []patch.BillSight{{ID: "bill_1", Version: "1", At: later}}, patch.Verified, "bill bill_1"},
		"a bill from before the order":                              {order(patch.Done, ""), patch.Sight{}, []patch.BillSight{{ID: "bill_0", Version: "2", At: monday.Add(-time.Hour)}}, patch.Done, ""},
		"the wire shows a version that is weak still":               {order(patch.Booked, ""), patch.Sight{Version: "2", Weak: true}, nil, patch.Booked, ""},
		"the wire shows a version beyond the target, known to mend": {order(patch.Booked, "2"), patch.Sight{Version: "3", Clean: true, Source: "hl7.obx"}, nil, patch.Verified, "hl7.obx"},
		"the wire shows one of which nobody knows":                  {order(patch.Booked, "2"), patch.Sight{Version: "3"}, nil, patch.Booked, ""},
	} {
		got, _ := c.o.Look(map[string]patch.Sight{"a": c.sight}, c.bills, monday.Add(2*time.Hour))
		if got.Stage != c.want || got.Devices[0].Evidence != c.by {
			t.Errorf("%s: got %s by %q, want %s by %q", rule, got.Stage, got.Devices[0].Evidence, c.want, c.by)
		}
		if again, changed := got.Look(map[string]patch.Sight{"a": c.sight}, c.bills, monday.Add(3*time.Hour)); changed || again.Stage != got.Stage {
			t.Errorf("%s: a second look changes it to %s", rule, again.Stage)
		}
	}
}

func TestHandsAndLoaners(t *testing.T) {
	r := week()
	r.Hands = 2
	r.Busy = []patch.Window{{From: monday, Until: monday.AddDate(0, 0, 7), Devices: []string{"x"}}}
	g := patch.Group{Class: "printer", InService: 20, Machines: pumps(6, nil)}
	for i, w := range patch.Propose(g, r).Windows {
		most := 2
		if w.From.Before(monday.AddDate(0, 0, 7)) {
			most = 1
		}
		if len(w.Devices) > most {
			t.Errorf("window %d on %s takes %d, technicians have hands for %d", i, w.From, len(w.Devices), most)
		}
	}
	r = week()
	r.Hands, r.Busy = 1, []patch.Window{{From: monday, Until: monday.AddDate(1, 0, 0), Devices: []string{"x"}}}
	if p := patch.Propose(g, r); len(p.Windows) != 0 || len(p.Left) != 6 || !strings.Contains(p.Why, "technicians for 1") {
		t.Errorf("every hand is busy, and the plan is %+v", p)
	}
	// Two loaners stand in for two pumps, and not in two units at once.
	g = patch.Group{Class: "infusion-pump", InService: 10, Machines: pumps(10, nil), Loaners: 2}
	r = week()
	r.Lent = []patch.Window{{From: monday, Until: monday.AddDate(0, 0, 3), Loaned: 2}}
	for _, w := range patch.Propose(g, r).Windows {
		if lent := w.From.Before(monday.AddDate(0, 0, 3)); lent && len(w.Devices) > 2 || len(w.Devices) > 4 {
			t.Errorf("on %s %d are out, loaners elsewhere: %v", w.From, len(w.Devices), lent)
		}
	}
}

func TestAtWork(t *testing.T) {
	from := monday.Truncate(24 * time.Hour)
	until := from.AddDate(0, 0, 14)
	work := []time.Time{from.Add(10 * time.Hour), from.AddDate(0, 0, 7).Add(10 * time.Hour), from.Add(34 * time.Hour)}
	h := patch.AtWork(work, from, until, nil)
	if h == nil || h[10] != 1 || h[34] != 0.5 || h[11] != 0 {
		t.Errorf("got %v", h)
	}
	if patch.AtWork(work, until.AddDate(0, 0, -6), until, nil) != nil {
		t.Error("less than a week was taken for a measurement")
	}
}
