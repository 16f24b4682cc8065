package quality

import (
	"math"
	"time"
)

// A sibling group is what several sensors measure of one thing (IEEE
// 11073-10101). Tolerance is how far they may differ at rest.
type group struct {
	name      string
	tolerance float64
}

// groupOf names the group of a code; "" is none.
func groupOf(code string) group {
	switch code {
	case "147842", "149514", "149522", "149530", "149546": // heart rate of the ECG, pulse of pressure, of oximetry, non-invasive
		return group{"pulse", 12}
	case "151562", "151570", "151578", "151586", "151594": // respiration by impedance, airway, thorax, ventilator, CO2
		return group{"respiration", 6}
	case "150456", "150448": // oxygen saturation by pulse, arterial
		return group{"saturation", 5}
	}
	return group{}
}

// A bed is where several sensors measure one patient, or one device that does.
// What they said last stays in memory for minutes.
type bed struct {
	last    time.Time
	sensors map[string]*sensor // by series and code
}

type sensor struct {
	series, code string
	value        float64
	at           time.Time
	apart        float64 // smoothed difference from the nearest other
	n            int
}

const (
	besideWithin = 30 * time.Second
	driftFrom    = 10 // comparisons
)

// compare holds values against what a sensor beside them said of the same
// thing, and tells of those that stay apart.
func (w *Watch) compare(one *series, s *Sample, now time.Time) {
	var b *bed
	for _, v := range s.Values {
		g := groupOf(v.Code)
		if g.name == "" {
			continue
		}
		if b == nil {
			if b = w.bedOf(one, s); b == nil {
				return
			}
		}
		w.compareOne(one, s, b, v, g, now)
	}
}

func (w *Watch) bedOf(one *series, s *Sample) *bed {
	key := s.Place
	if key == "" {
		key = one.ID
	}
	b := w.beside[key]
	if b == nil {
		if len(w.beside) >= placesMost {
			return nil
		}
		b = &bed{sensors: map[string]*sensor{}}
		w.beside[key] = b
	}
	b.last = s.Received
	return b
}

func (w *Watch) compareOne(one *series, s *Sample, b *bed, v Value, g group, now time.Time) {
	key := one.ID + v.Code
	me := b.sensors[key]
	if me == nil {
		if len(b.sensors) >= metricsMost {
			return
		}
		me = &sensor{series: one.ID, code: v.Code}
		b.sensors[key] = me
	}
	me.value, me.at = v.Number, s.Received
	nearest := math.NaN()
	for k, o := range b.sensors {
		if k == key || groupOf(o.code).name != g.name || s.Received.Sub(o.at).Abs() > besideWithin {
			continue
		}
		if d := v.Number - o.value; math.IsNaN(nearest) || math.Abs(d) < math.Abs(nearest) {
			nearest = d
		}
	}
	if math.IsNaN(nearest) {
		return
	}
	one.hour.Compared++
	me.n++
	me.apart += (nearest - me.apart) * math.Max(1/float64(me.n), 0.1)
	if me.n < driftFrom {
		return
	}
	if math.Abs(me.apart) <= g.tolerance {
		if math.Abs(me.apart) < g.tolerance/2 {
			w.end(one.ID + string(Drift) + v.Code)
		}
		return
	}
	one.hour.Drifted++
	a := Alert{Kind: Drift, Key: one.ID + string(Drift) + v.Code, Series: one.ID, Channel: one.Channel, Device: one.Device, Name: one.Name, Site: one.Site, Unit: one.Unit,
		Text:     "it has measured " + g.name + " (" + v.Code + ") otherwise than the sensor beside it, over many values",
		Mend:     "look at both sensors; artefacts, a loose probe or a wrong patient look like this",
		Messages: []string{s.Message}}
	w.raise(a, now)
}
