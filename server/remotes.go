package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/bus"
	"bedrail/sensor"
	"bedrail/traffic"
)

// remotes is what the record remembers of remote sensors, so that it sees what
// is missing of them. It is read from the store and its loss costs a read.
type remotes struct {
	mu     sync.Mutex // guards sites
	sites  map[string]string
	stands map[string]sensor.Stand // only the record touches them; nil is not read yet
	twice  uint64                  // batches that came again; guarded by mu
}

// forget has the site of a sensor read again.
func (r *remotes) forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sites, name)
}

// maxRun bounds the numbers of runs, which the store keeps in half a signed
// word.
const maxRun = 1 << 31

// takeRemote prepares what a remote sensor said for the record: whose it is,
// which its certificate said; where it stands among all that the sensor said;
// and the gaps before it. It reports false for what the record has already.
func (p *pipeline) takeRemote(ctx context.Context, m bus.Message, b *traffic.Batch) (asset.Position, bool, error) {
	at := asset.Position{Stream: stream, Epoch: p.bus.Epoch(), Seq: m.Seq, Sensor: m.Sensor, Run: m.Run, Number: m.Number}
	if m.Run == 0 || m.Number == 0 || m.Run >= maxRun {
		return at, false, bedrail.Errorf(bedrail.Invalid, "a batch of sensor %s has no place among the others", m.Sensor)
	}
	site, stand, err := p.knownRemote(ctx, m.Sensor)
	if err != nil {
		return at, false, err
	}
	own(b, site, m.Sensor)
	last, err := p.assets.Position(ctx, p.tenant, asset.SensorStream(m.Sensor))
	if err != nil {
		return at, false, fmt.Errorf("asking the record for the position of sensor %s: %w", m.Sensor, err)
	}
	if last.Seq >= at.OfSensor().Seq {
		p.remotes.mu.Lock()
		p.remotes.twice++
		p.remotes.mu.Unlock()
		return at, false, nil
	}
	gapsBefore(b, last.Seq, m, stand)
	return at, true, nil
}

// own makes everything in b the sensor's and the site's: what it writes there
// itself is not believed.
func own(b *traffic.Batch, site, name string) {
	b.Site, b.Sensor = site, name
	for i := range b.Observations {
		b.Observations[i].Site, b.Observations[i].Sensor, b.Observations[i].Import = site, name, ""
	}
	for i := range b.Conversations {
		b.Conversations[i].Site, b.Conversations[i].Sensor = site, name
	}
}

// gapsBefore adds to b what is not known of the time before it: the end of the
// run before, and batches that should have come between.
func gapsBefore(b *traffic.Batch, last uint64, m bus.Message, stand sensor.Stand) {
	run, number := uint32(last>>32), uint32(last)
	from, until := later(stand.CoveredUntil, stand.Health.Started), timeOfBatch(b)
	if until.IsZero() {
		until = from
	}
	missing := uint64(m.Number - number - 1)
	if run != m.Run {
		missing = uint64(m.Number - 1) // of the new run; how many the old one had left nobody knows
		until = startOf(m.Run)
		if b.Health != nil {
			until = b.Health.Started
		}
		if last > 0 && !from.IsZero() && from.Before(until) {
			reason := traffic.GapKilled
			if stand.Health.Stopping {
				reason = traffic.GapStopped
			}
			b.Gaps = append(b.Gaps, traffic.Gap{From: from, Until: until, Reason: reason})
		}
	}
	if missing == 0 {
		return
	}
	if b.Coverage == nil {
		b.Coverage = &traffic.Coverage{From: until, Until: until}
	}
	b.Coverage.Missing += missing
	for i := range b.Gaps {
		if g := &b.Gaps[i]; g.Reason == traffic.GapFull { // the sensor says itself why and since when
			g.Missing = missing
			return
		}
	}
	if from.IsZero() || from.After(until) {
		from = until
	}
	b.Gaps = append(b.Gaps, traffic.Gap{From: from, Until: until, Reason: traffic.GapMissing, Missing: missing})
}

// startOf is when a run began, by its number.
func startOf(run uint32) time.Time { return firstRun.Add(time.Duration(run) * time.Second) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// timeOfBatch is when, by the sensor's clock, a batch was made.
func timeOfBatch(b *traffic.Batch) time.Time {
	switch {
	case b.Health != nil:
		return b.Health.At
	case b.Coverage != nil:
		return b.Coverage.Until
	case len(b.Observations) > 0:
		return b.Observations[len(b.Observations)-1].Time
	case len(b.Conversations) > 0:
		return b.Conversations[len(b.Conversations)-1].Minute.Add(time.Minute)
	}
	return time.Time{}
}

func (p *pipeline) knownRemote(ctx context.Context, name string) (string, sensor.Stand, error) {
	scope := bedrail.Scope{Tenant: p.tenant}
	if p.remotes.stands == nil {
		all, err := p.server.DB.Stands(ctx, scope)
		if err != nil {
			return "", sensor.Stand{}, err
		}
		p.remotes.stands = all
	}
	p.remotes.mu.Lock()
	site, known := p.remotes.sites[name]
	p.remotes.mu.Unlock()
	if !known {
		x, err := p.server.DB.Sensor(ctx, scope, name)
		if err != nil && bedrail.KindOf(err) != bedrail.NotFound {
			return "", sensor.Stand{}, err
		}
		site = x.Site
		p.remotes.mu.Lock()
		if p.remotes.sites == nil {
			p.remotes.sites = map[string]string{}
		}
		p.remotes.sites[name] = site
		p.remotes.mu.Unlock()
	}
	return site, p.remotes.stands[name], nil
}

// noteRemote remembers what a batch said of its sensor, after its commit.
func (p *pipeline) noteRemote(b *traffic.Batch) {
	s := p.remotes.stands[b.Sensor]
	if b.Coverage != nil && b.Coverage.Until.After(s.CoveredUntil) {
		s.CoveredUntil = b.Coverage.Until
	}
	if b.Health != nil {
		s.Health = *b.Health
	}
	p.remotes.stands[b.Sensor] = s
}
