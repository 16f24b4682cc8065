package exchange

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"bedrail"
)

// A line is a channel at work: its door, and the ways to its destinations.
type line struct {
	x     *Exchange
	name  string
	plan  atomic.Pointer[plan]
	relay relay

	mu     sync.Mutex // guards what follows
	source Source
	close  func() // ends the source and waits for it; nil while it is not open
	outs   map[string]*outlet
	broken string         // why the definition cannot be used
	gaps   map[string]Gap // of devices whose data are held back, by device
	last   struct {
		text string
		at   time.Time
	}
}

func (l *line) fault(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = text
	l.last.text, l.last.at = text, l.x.Clock.Now()
}

// start opens what the channel's state says. The exchange must be running.
func (l *line) start() {
	p := l.plan.Load()
	if p.kinds == nil {
		return // its definition cannot be used
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.State != Paused {
		l.openOutlets(p)
	}
	if p.State == Running && l.close == nil {
		l.openSource(p)
	}
}

// stop closes the door first, then the ways out.
func (l *line) stop() {
	l.mu.Lock()
	closeSource := l.close
	l.close, l.source = nil, nil
	outs := l.outs
	l.outs = nil
	l.mu.Unlock()
	if closeSource != nil {
		closeSource()
	}
	var wg sync.WaitGroup
	for _, o := range outs {
		wg.Go(o.stop)
	}
	wg.Wait()
}

// stopSource closes the door alone.
func (l *line) stopSource() {
	l.mu.Lock()
	closeSource := l.close
	l.close, l.source = nil, nil
	l.mu.Unlock()
	if closeSource != nil {
		closeSource()
	}
}

// openOutlets makes the ways to the destinations of p. l.mu is held.
func (l *line) openOutlets(p *plan) {
	if l.outs == nil {
		l.outs = map[string]*outlet{}
	}
	for _, d := range p.Definition.Destinations {
		if l.outs[d.Name] != nil || d.Enabled != nil && !*d.Enabled {
			continue
		}
		o := newOutlet(l, p, d)
		l.outs[d.Name] = o
		o.start(l.x.run)
	}
}

// The waits before a door that did not open is tried again.
const (
	reopenFirst   = 250 * time.Millisecond
	reopenLongest = 30 * time.Second
)

// openSource opens the door and keeps it open. l.mu is held.
func (l *line) openSource(p *plan) {
	ctx, cancel := context.WithCancel(l.x.run)
	done := make(chan struct{})
	l.close = func() { cancel(); <-done }
	l.x.wg.Go(func() {
		defer close(done)
		for wait := reopenFirst; ctx.Err() == nil; wait = min(2*wait, reopenLongest) {
			began := time.Now()
			err := l.serve(ctx, p)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				err = bedrail.Errorf(bedrail.Unavailable, "the source ended by itself")
			}
			l.sourceFailed(err)
			if time.Since(began) > time.Minute || errors.Is(err, syscall.EADDRINUSE) {
				wait = reopenFirst // who holds the address may let go of it any moment: it is taken over then
			}
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
		}
	})
}

func (l *line) serve(ctx context.Context, p *plan) (err error) {
	defer func() {
		if v := recover(); v != nil { // a door must not take the others with it
			err = fmt.Errorf("panic in the source: %v", v)
		}
	}()
	kind, err := l.x.Kinds.source(p.Definition.Source.Kind)
	if err != nil {
		return err
	}
	s, err := kind.Open(SourceConfig{Channel: l.name, Settings: p.Definition.Source.Settings, Intake: l, Env: l.x.Env})
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.source = s
	l.mu.Unlock()
	return s.Run(ctx)
}

func (l *line) sourceFailed(err error) {
	text := "internal error"
	if k := bedrail.KindOf(err); k != bedrail.Internal {
		text = err.Error()
	}
	l.mu.Lock()
	same := l.last.text == text && l.x.Clock.Now().Sub(l.last.at) < time.Minute
	l.last.text = text
	if !same {
		l.last.at = l.x.Clock.Now()
	}
	l.mu.Unlock()
	if same {
		return // it waits for its address, and was told of
	}
	l.x.Log.Warn("the source of a channel is not open; it is tried again", "channel", l.name, "error", err)
	l.x.notice(Notice{Kind: "changed", Channel: l.name})
}

func (l *line) rescan() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.outs {
		o.rescan()
	}
}

// offer hands what was just kept to the ways out.
func (l *line) offer(k *Keeping) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range k.Deliveries {
		if d := &k.Deliveries[i]; d.State == Queued {
			if o := l.outs[d.Destination]; o != nil {
				o.offer(QueuedDelivery{Delivery: *d, Kept: k.Message, Body: k.Body})
			}
		}
	}
}
