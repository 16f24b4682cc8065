// Package patch plans when devices can be mended without anybody going without
// one: from the hours in which they stand idle, how many of them a unit can
// spare, who is allowed to mend them, and what is due anyway.
//
// It proposes; three parties agree: information technology, clinical
// engineering, and the unit.
package patch

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Hours is how often each hour of the week finds a device in use, from 0 to 1.
// Hour 0 begins on Monday at 00:00 in the hospital's time.
type Hours [168]float64

// A Machine is one device that is to be mended.
type Machine struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Hours   *Hours    `json:"-"`                // nil: nothing was measured
	Source  string    `json:"-"`                // how it was measured
	Due     time.Time `json:"due,omitzero"`     // of its next preventive maintenance
	Version string    `json:"version"`          // of its software now
	Tag     string    `json:"tag,omitempty"`    //
	Loaner  bool      `json:"loaner,omitempty"` // stands in stock to stand in for others
}

// A Group is what is interchangeable in care: the devices of one class in one
// unit, of which some are to be mended.
type Group struct {
	Site, Unit, Class string
	InService         int       // interchangeable devices that the unit has in all
	Machines          []Machine // of them, those to be mended
	Loaners           int       // that can be lent to the unit meanwhile
	Keep              float64   // share that always stays; 0 is the default of its class
}

// Rules are what a plan may not break.
type Rules struct {
	Zone   *time.Location // of the hospital; nil is UTC
	From   time.Time      // first moment that is proposed
	Until  time.Time      // last
	Length time.Duration  // that one device is out for
	Before time.Duration  // a maintenance due within this of a window is joined with it
	// Hours of the day in which whoever mends is at work: from, until.
	WorkFrom, WorkUntil int
	Weekends            bool
	// Taken are windows in which other devices of the group are out already.
	Taken []Window
	// Hands is on how many devices the hospital's technicians can work at once,
	// all units together; 0 is no limit. Busy are the windows that take them.
	Hands int
	Busy  []Window
	// Lent are windows of the class in other units, with the loaners that they
	// need: a loaner stands in for one device at a time.
	Lent []Window
}

// A Window is one span in which some devices of a group are out.
type Window struct {
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	Devices   []string  `json:"devices"`
	Idle      float64   `json:"idle"`                                         // measured share of weeks in which these hours were idle, the least of its devices; -1 when nothing was measured
	Remains   int       `json:"remains"`                                      // devices that stay with the unit, loaners included
	Joined    []string  `json:"joined"`                                       // devices whose maintenance is due then anyway
	Measured  bool      `json:"measured"`                                     // hours were measured for each of its devices
	Source    string    `json:"source,omitempty" enum:"messages,volume,both"` // how: by what the devices say of themselves, or by how much they say
	Loaned    int       `json:"loaned,omitempty"`                             // loaners that the unit needs meanwhile
	Explained string    `json:"explained"`
}

// A Proposal is the windows of one group.
type Proposal struct {
	Windows []Window `json:"windows"`
	Spare   int      `json:"spare"` // how many may be out at once
	Left    []string `json:"left"`  // devices for which no window was found
	Why     string   `json:"why,omitempty"`
}

// keepOf is the share of a class that stays in a unit: of what keeps people
// alive, nine in ten.
func keepOf(class string) float64 {
	switch class {
	case "ventilator", "anaesthesia-machine", "dialysis-machine", "defibrillator", "incubator":
		return 0.9
	case "infusion-pump", "patient-monitor", "telemetry", "pulse-oximeter":
		return 0.8
	case "ct-scanner", "mr-scanner", "x-ray", "lab-analyser", "blood-gas-analyser", "ultrasound":
		return 0.5
	}
	return 0.7
}

// Spare says how many devices of a group may be out at once: what the share
// that stays leaves over, and as many as loaners stand in for. It never says
// all of several: of interchangeable devices one is always left.
func Spare(g Group) int {
	total := max(g.InService, len(g.Machines))
	out := g.own() + g.Loaners
	if total <= 1 {
		return len(g.Machines) // the only one: its unit does without for one idle window, or has a loaner, and agrees to it
	}
	return min(max(out, 1), len(g.Machines), total-1) // one at a time at least, or nothing would ever be mended
}

// own is how many devices a group can spare of its own.
func (g Group) own() int {
	keep := g.Keep
	if keep <= 0 || keep > 1 {
		keep = keepOf(g.Class)
	}
	total := max(g.InService, len(g.Machines))
	return total - int(math.Ceil(keep*float64(total)))
}

// loaned is how many loaners stand in when n devices are out.
func (g Group) loaned(n int) int { return max(0, min(g.Loaners, n-g.own())) }

// Propose finds windows for a group. Devices go out in the hours in which they
// were found idle most, never more at once than the group can spare, and where
// maintenance is due anyway, together with it.
func Propose(g Group, r Rules) Proposal {
	p := Proposal{Windows: []Window{}, Left: []string{}, Spare: Spare(g)}
	if len(g.Machines) == 0 {
		return p
	}
	starts := r.starts()
	if len(starts) == 0 {
		p.Why = "no working hours lie between the first and the last day"
		for _, m := range g.Machines {
			p.Left = append(p.Left, m.ID)
		}
		return p
	}
	waiting := slices.Clone(g.Machines)
	slices.SortFunc(waiting, func(a, b Machine) int { return cmp.Or(dueFirst(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) })
	slots := r.slots(g, starts)
	for len(waiting) > 0 && len(slots) > 0 {
		var w Window
		w, waiting, slots = r.next(g, waiting, slots)
		p.Windows = append(p.Windows, w)
	}
	for _, m := range waiting {
		p.Left = append(p.Left, m.ID)
	}
	if len(p.Left) > 0 {
		p.Why = fmt.Sprintf("the days given hold windows for %d of %d devices, %d at once", len(g.Machines)-len(p.Left), len(g.Machines), p.Spare)
		if r.Hands > 0 {
			p.Why += fmt.Sprintf(", with technicians for %d in the whole house", r.Hands)
		}
	}
	slices.SortFunc(p.Windows, func(a, b Window) int { return a.From.Compare(b.From) })
	return p
}

func dueFirst(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}

// starts are the moments at which a window may begin, hour by hour, in working
// hours.
func (r Rules) starts() (out []time.Time) {
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	from, until := r.WorkFrom, r.WorkUntil
	if until <= from {
		from, until = 0, 24
	}
	for t := r.From.In(zone).Truncate(time.Hour).Add(time.Hour); !t.Add(r.Length).After(r.Until); t = t.Add(time.Hour) {
		end := t.Add(r.Length)
		if !r.Weekends && (t.Weekday() == time.Saturday || t.Weekday() == time.Sunday) || t.Hour() < from || end.Hour()*60+end.Minute() > until*60 && until < 24 || end.YearDay() != t.YearDay() && until < 24 {
			continue
		}
		if slices.ContainsFunc(r.Taken, func(w Window) bool { return t.Before(w.Until) && end.After(w.From) }) {
			continue
		}
		out = append(out, t)
		if len(out) == 24*120 {
			break
		}
	}
	return out
}

// A slot is a start with how many devices may be out from then on.
type slot struct {
	at   time.Time
	room int
}

// slots finds room at each start: for as many as the group can spare with the
// loaners that are not lent elsewhere, and as technicians have hands for.
// Where there is none, nothing starts.
func (r Rules) slots(g Group, starts []time.Time) (out []slot) {
	for _, t := range starts {
		end := t.Add(r.Length)
		lent, busy := 0, 0
		for _, w := range r.Lent {
			if t.Before(w.Until) && end.After(w.From) {
				lent += w.Loaned
			}
		}
		for _, w := range r.Busy {
			if t.Before(w.Until) && end.After(w.From) {
				busy += len(w.Devices)
			}
		}
		with := g
		with.Loaners = max(0, g.Loaners-lent)
		room := Spare(with)
		if r.Hands > 0 {
			room = min(room, r.Hands-busy)
		}
		if room > 0 {
			out = append(out, slot{t, room})
		}
	}
	return out
}

// next takes the best window that is left, and the devices that fit it.
func (r Rules) next(g Group, waiting []Machine, slots []slot) (Window, []Machine, []slot) {
	best, bestScore := 0, math.Inf(-1)
	for i, s := range slots {
		score := 0.0
		for _, m := range r.pick(waiting, s.at, s.room) {
			score += r.worth(m, s.at)
		}
		score -= float64(i) * 1e-6 // of equals, the earlier
		if score > bestScore {
			best, bestScore = i, score
		}
	}
	at := slots[best].at
	taken := r.pick(waiting, at, slots[best].room)
	w := r.window(g, at, taken)
	waiting = slices.DeleteFunc(slices.Clone(waiting), func(m Machine) bool { return slices.Contains(w.Devices, m.ID) })
	return w, waiting, slices.DeleteFunc(slices.Clone(slots), func(s slot) bool { // whoever is out is out for the length
		return s.at.Before(w.Until) && s.at.Add(r.Length).After(w.From)
	})
}

// window describes devices that go out at a start.
func (r Rules) window(g Group, at time.Time, taken []Machine) Window {
	total := max(g.InService, len(g.Machines))
	w := Window{From: at, Until: at.Add(r.Length), Devices: []string{}, Joined: []string{}, Idle: 1, Measured: true, Loaned: g.loaned(len(taken))}
	w.Remains = total + w.Loaned - len(taken)
	for _, m := range taken {
		w.Devices = append(w.Devices, m.ID)
		if r.joins(m, at) {
			w.Joined = append(w.Joined, m.ID)
		}
		if m.Hours == nil {
			w.Measured = false
			continue
		}
		w.Idle = min(w.Idle, 1-m.Hours.busy(at, r.Length))
		if w.Source == "" {
			w.Source = m.Source
		} else if m.Source != w.Source {
			w.Source = ByBoth
		}
	}
	if !w.Measured {
		w.Idle, w.Source = -1, ""
	}
	w.Explained = explain(g, w)
	return w
}

// pick takes the devices that suit a start best, as many as can be spared.
func (r Rules) pick(waiting []Machine, at time.Time, spare int) []Machine {
	list := slices.Clone(waiting)
	slices.SortStableFunc(list, func(a, b Machine) int { return cmp.Compare(r.worth(b, at), r.worth(a, at)) })
	return list[:min(spare, len(list))]
}

// worth is how well a start suits a device: idle hours, and a maintenance that
// is due anyway. What was not measured is worth half: it may be idle or not.
func (r Rules) worth(m Machine, at time.Time) float64 {
	worth := 0.5
	if m.Hours != nil {
		worth = 1 - m.Hours.busy(at, r.Length)
	}
	if r.joins(m, at) {
		worth += 0.25
	}
	return worth
}

func (r Rules) joins(m Machine, at time.Time) bool {
	return !m.Due.IsZero() && r.Before > 0 && at.Sub(m.Due).Abs() <= r.Before
}

// busy is the greatest use within a span.
func (h *Hours) busy(at time.Time, length time.Duration) float64 {
	most := 0.0
	for t := at; t.Before(at.Add(length)); t = t.Add(time.Hour) {
		most = max(most, h[HourOf(t)])
	}
	return most
}

// HourOf is the hour of the week of t, in its zone.
func HourOf(t time.Time) int { return (int(t.Weekday())+6)%7*24 + t.Hour() }

func explain(g Group, w Window) string {
	text := fmt.Sprintf("%d of %d out, %d remain", len(w.Devices), max(g.InService, len(g.Machines)), w.Remains)
	if w.Loaned > 0 {
		text += fmt.Sprintf(" (%d on loan)", w.Loaned)
	}
	if w.Measured {
		how := map[string]string{ByMessages: "by what the devices say of themselves", ByVolume: "by how much the devices say", ByBoth: "by what the devices say, or how much"}[w.Source]
		text += fmt.Sprintf("; idle in %.0f %% of the weeks measured, %s", 100*w.Idle, how)
	} else {
		text += "; idle hours were not measured: the unit has to say"
	}
	if len(w.Joined) > 0 {
		text += fmt.Sprintf("; maintenance of %d is due then", len(w.Joined))
	}
	return text
}
