package sensor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"bedrail"
	"bedrail/traffic"
)

// VLANBucket is how finely what was seen of each VLAN is kept.
const VLANBucket = 10 * time.Minute

// Seen is what a sensor told of a time, as the store holds it.
type Seen struct {
	Coverage []traffic.Coverage
	VLANs    []VLANRow
	Gaps     []traffic.Gap
}

// A VLANRow counts the packets of a VLAN within VLANBucket of At.
type VLANRow struct {
	At      time.Time
	VLAN    uint16
	Packets uint64
}

// A Picture is what a sensor knew over a time, cut in equal steps.
type Picture struct {
	From  time.Time     `json:"from"`
	Until time.Time     `json:"until"`
	Step  time.Duration `json:"-"`
	Steps []Step        `json:"steps"`
	VLANs []VLANSteps   `json:"vlans"`
	Gaps  []traffic.Gap `json:"gaps"`
}

// A Step is one column of a picture.
type Step struct {
	At      time.Time `json:"at"`
	Packets uint64    `json:"packets"`
	Dropped uint64    `json:"dropped"`
	Missing uint64    `json:"missing" doc:"Batches that vanished on their way"`
	Covered float64   `json:"covered" doc:"Share of the step that the sensor told of, 0 to 1"`
}

// VLANSteps are the packets of one VLAN, step by step.
type VLANSteps struct {
	VLAN    uint16   `json:"vlan" doc:"0 is without a tag"`
	Packets []uint64 `json:"packets"`
}

// mostSteps bounds a picture.
const mostSteps = 1008

// Draw cuts what was seen between two moments in steps. Rows that lie over
// several steps are shared out by time.
func Draw(seen Seen, from, until time.Time, step time.Duration) Picture {
	n := int((until.Sub(from) + step - 1) / step)
	p := Picture{From: from, Until: until, Step: step, Steps: make([]Step, n), Gaps: seen.Gaps}
	covered := make([][]span, n)
	for i := range p.Steps {
		p.Steps[i].At = from.Add(time.Duration(i) * step)
	}
	for _, c := range seen.Coverage {
		p.share(c, covered)
	}
	for i := range p.Steps {
		p.Steps[i].Covered = min(1, float64(union(covered[i]))/float64(step))
	}
	rows := map[uint16][]uint64{}
	for _, v := range seen.VLANs {
		i := int(v.At.Sub(from) / step)
		if v.At.Before(from) || i >= n {
			continue
		}
		if rows[v.VLAN] == nil {
			rows[v.VLAN] = make([]uint64, n)
		}
		rows[v.VLAN][i] += v.Packets
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		p.VLANs = append(p.VLANs, VLANSteps{id, rows[id]})
	}
	return p
}

type span struct{ from, until time.Time }

// share adds a row to the steps that it touches.
func (p *Picture) share(c traffic.Coverage, covered [][]span) {
	first := max(0, int(c.From.Sub(p.From)/p.Step))
	whole := c.Until.Sub(c.From)
	for i := first; i < len(p.Steps); i++ {
		s := &p.Steps[i]
		from, until := later(c.From, s.At), earlier(c.Until, s.At.Add(p.Step))
		if until.Before(from) || !c.Until.After(s.At) && whole > 0 {
			break
		}
		part := 1.0
		if whole > 0 {
			part = float64(until.Sub(from)) / float64(whole)
			covered[i] = append(covered[i], span{from, until})
		}
		s.Packets += uint64(part*float64(c.Packets) + 0.5)
		s.Dropped += uint64(part*float64(c.Dropped) + 0.5)
		s.Missing += uint64(part*float64(c.Missing) + 0.5)
		if whole <= 0 {
			break
		}
	}
}

// union is how long spans last together: interfaces are watched at once.
func union(all []span) (sum time.Duration) {
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	var end time.Time
	for _, s := range all {
		if from := later(s.from, end); s.until.After(from) {
			sum += s.until.Sub(from)
			end = s.until
		}
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Coverage returns what a sensor knew between two moments.
func (s *Service) Coverage(ctx context.Context, by bedrail.Actor, name string, from, until time.Time, step time.Duration) (Picture, error) {
	known, err := s.Store.Sensor(ctx, by.Scope, name)
	if err != nil {
		return Picture{}, err
	}
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "sensor", ID: name, Site: known.Site}); err != nil {
		return Picture{}, err
	}
	if step < VLANBucket {
		step = VLANBucket
	}
	from = from.Truncate(step)
	if !until.After(from) || until.Sub(from)/step > mostSteps {
		return Picture{}, bedrail.Errorf(bedrail.Invalid, "a picture has between one and %d steps; take a shorter time or a longer step", mostSteps).At("query.step")
	}
	seen, err := s.Store.Seen(ctx, s.scope(), name, from, until)
	if err != nil {
		return Picture{}, fmt.Errorf("reading what sensor %s saw: %w", name, err)
	}
	return Draw(seen, from, until, step), nil
}
