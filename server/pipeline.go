package server

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/asset"
	"bedrail/bus"
	"bedrail/traffic"
)

// The streams of Bedrail, all of them:
//
//	interface ─┐
//	remote tap ├─ frames ─> traffic.Engine ─ observations, minute deltas ─> batch ─┐
//	upload ────┘            (sensor.go)                                            │
//	                                                                   bus: OBS, flushed
//	remote sensor: the same, into its own OUTBOX, flushed ─ leaf link, TLS ────────┤
//	(station.go)   with its run and number; freed once OBS has flushed             │
//	                                                                               │
//	events to screens <─ changes <─ asset.Registry.Apply, one SQL commit <─ record ┘
//	                        └─> vuln.Board.DeviceChanged ─> findings ─> events
//
// A batch is acknowledged on the bus only after its commit, and the commit
// holds the position, so that a batch has its effect once whatever is killed.

// A pipeline carries batches from the sensors to the record.
type pipeline struct {
	bus    *bus.Bus
	assets *asset.Registry
	tenant string
	server *Server

	remotes remotes

	mu      sync.Mutex    // guards all below
	applied uint64        // position in the bus that the record has
	moved   chan struct{} // closed and replaced when applied moves
	lost    uint64        // batches that vanished on the way
	broken  uint64        // batches that could not be read
}

// stream is under which name the record keeps its position.
const stream = "OBS"

// openPipeline starts the bus and adds the record as a part.
func (s *Server) openPipeline(ctx context.Context) error {
	sensors, err := s.sensorDoor(ctx)
	if err != nil {
		return err
	}
	b, err := bus.Open(ctx, bus.Config{Dir: filepath.Join(s.Config.Data, "bus"), Log: s.Log, Sensors: sensors})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() error { b.Close(); return nil })
	p := &pipeline{bus: b, assets: s.Assets, tenant: s.Config.Tenant, server: s, moved: make(chan struct{})}
	s.pipe = p
	s.add("record", p.record)
	s.Health.Add("bus", p.check)
	s.Metrics.Registry.MustRegister(
		gauge("bedrail_bus_pending", "Batches published and not yet in the record.", func() float64 { return float64(p.pending(context.Background())) }),
		gauge("bedrail_bus_lost", "Batches that vanished between bus and record since the start.", func() float64 { return float64(p.count(&p.lost)) }),
		gauge("bedrail_bus_unreadable", "Batches that could not be read since the start.", func() float64 { return float64(p.count(&p.broken)) }))
	return nil
}

func (p *pipeline) count(n *uint64) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return *n
}

// record applies what comes over the bus until ctx ends.
func (p *pipeline) record(ctx context.Context) error {
	from, err := p.assets.Position(ctx, p.tenant, stream)
	if err != nil {
		return fmt.Errorf("asking the record for its position: %w", err)
	}
	if from.Epoch != p.bus.Epoch() {
		if from.Seq > 0 {
			p.server.Log.WarnContext(ctx, "the stream of observations was made anew; what it held and the record had not is a gap in coverage", "after", from.Seq)
		}
		from.Seq = 0
	}
	p.reached(from.Seq)
	return p.bus.Consume(ctx, from.Seq, p.apply)
}

// apply takes one message into the record. What cannot be read is counted and
// leaves a gap in coverage; it is never tried for ever.
func (p *pipeline) apply(ctx context.Context, m bus.Message) error {
	var b traffic.Batch
	broken := uint64(0)
	if err := json.Unmarshal(m.Data, &b); err != nil {
		p.server.Log.ErrorContext(ctx, "a batch of observations cannot be read; it is a gap in coverage", "seq", m.Seq)
		b = traffic.Batch{Site: m.Site, Sensor: "unreadable", Coverage: p.gap(1)}
		broken = 1
	}
	if m.Missing > 0 {
		p.server.Log.ErrorContext(ctx, "batches of observations are missing on the bus; they are a gap in coverage", "before", m.Seq, "missing", m.Missing)
		if b.Coverage == nil {
			b.Coverage = p.gap(m.Missing)
		} else {
			b.Coverage.Missing += m.Missing
		}
	}
	at, fresh := asset.Position{Stream: stream, Epoch: p.bus.Epoch(), Seq: m.Seq}, true
	if m.Sensor != "" {
		var err error
		if at, fresh, err = p.takeRemote(ctx, m, &b); bedrail.KindOf(err) == bedrail.Invalid {
			p.server.Log.ErrorContext(ctx, "a batch of a remote sensor cannot be used; it is a gap in coverage", "sensor", m.Sensor, "seq", m.Seq, "error", err)
			at, fresh, broken = asset.Position{Stream: stream, Epoch: p.bus.Epoch(), Seq: m.Seq}, true, 1
			b = traffic.Batch{Sensor: m.Sensor, Coverage: p.gap(1)}
		} else if err != nil {
			return err
		}
	}
	if !fresh {
		p.reached(m.Seq)
		return nil
	}
	by := bedrail.SystemActor("record", p.tenant)
	if err := p.assets.Apply(ctx, by, b, at); err != nil {
		return err
	}
	if at.Sensor != "" {
		p.noteRemote(&b)
	}
	p.mu.Lock()
	p.broken, p.lost = p.broken+broken, p.lost+m.Missing // once, however often the batch was given
	p.mu.Unlock()
	p.reached(m.Seq)
	if b.Health != nil {
		p.server.Events.Publish(api.Event{Topic: "sensors", Name: "sensor", Site: b.Site, Data: map[string]any{"name": b.Sensor}})
	}
	if b.Coverage != nil {
		p.server.Events.Publish(api.Event{Topic: "coverage", Name: "coverage", Site: b.Site, Data: map[string]any{"sensor": b.Sensor, "packets": b.Coverage.Packets, "dropped": b.Coverage.Dropped}})
	}
	return nil
}

func (p *pipeline) gap(n uint64) *traffic.Coverage {
	now := p.server.Clock.Now()
	return &traffic.Coverage{From: now, Until: now, Missing: n}
}

func (p *pipeline) reached(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.applied = max(p.applied, seq)
	close(p.moved)
	p.moved = make(chan struct{})
}

// wait returns once the record has what was published at seq.
func (p *pipeline) wait(ctx context.Context, seq uint64) error {
	for {
		p.mu.Lock()
		applied, moved := p.applied, p.moved
		p.mu.Unlock()
		if applied >= seq {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// publish hands one batch to the bus, again and again until it is taken or
// ctx ends: the sensor keeps it meanwhile.
func (p *pipeline) publish(ctx context.Context, b *traffic.Batch, id string) (uint64, error) {
	data, err := json.Marshal(b)
	if err != nil {
		return 0, fmt.Errorf("writing a batch of observations: %w", err)
	}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		seq, err := p.bus.Publish(ctx, b.Site, id, data)
		if err == nil || ctx.Err() != nil {
			return seq, err
		}
		p.server.Log.WarnContext(ctx, "a batch of observations could not be handed on; it is tried again", "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// pending counts batches that are on the bus and not in the record.
func (p *pipeline) pending(ctx context.Context) uint64 {
	state, err := p.bus.State(ctx)
	if err != nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return state.Last - min(state.Last, p.applied)
}

func (p *pipeline) check(ctx context.Context) error {
	if _, err := p.bus.State(ctx); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "the bus of observations does not answer; new traffic is not recorded")
	}
	return nil
}

// Publish hands one batch to the bus and returns its position there, as a
// sensor does.
func (s *Server) Publish(ctx context.Context, b *traffic.Batch, id string) (uint64, error) {
	return s.pipe.publish(ctx, b, id)
}

// Caught returns once the record holds everything up to a position of the
// bus.
func (s *Server) Caught(ctx context.Context, position uint64) error {
	return s.pipe.wait(ctx, position)
}
