package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"bedrail/capture"
	"bedrail/traffic"
)

// gapEvery is how often a gap that lasts is told of.
const gapEvery = time.Minute

// A card is one interface that a station watches, whatever becomes of it.
type card struct {
	name string

	mu      sync.Mutex // guards what follows
	open    []capture.Source
	before  capture.Stats // of readers that were closed
	trouble string
	down    time.Time // since when it has had no link; zero is not
	told    time.Time
}

// watch reads an interface for as long as the station runs, and waits for it
// when it goes away.
func (st *Station) watch(ctx context.Context, k *card) error {
	for ctx.Err() == nil {
		readers, err := k.readers(), error(nil)
		if readers == nil {
			if readers, err = st.Open(k.name, st.Config.SensorReaders); err == nil {
				k.set(readers)
			}
		}
		if err == nil {
			err = st.read(ctx, k.name, readers)
			k.close()
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil && k.say(err.Error()) {
			st.Log.WarnContext(ctx, "watching an interface stopped; it is tried again each second", "interface", k.name, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// read reads all readers of an interface until one of them ends.
func (st *Station) read(ctx context.Context, name string, readers []capture.Source) error {
	all, ctx := errgroup.WithContext(ctx)
	for n, src := range readers {
		title := name
		if len(readers) > 1 {
			title = fmt.Sprintf("%s/%d", name, n+1)
		}
		all.Go(func() error {
			w := newWatcher(st.outlet(), st.Clock, src, st.listening)
			if err := w.run(ctx, title, true); err != nil {
				return err
			}
			return ctx.Err() // others end with it
		})
	}
	return all.Wait()
}

// outlet hands on into the outbox.
func (st *Station) outlet() outlet {
	return outlet{size: batchSize, batch: traffic.Batch{Site: st.identity.Site, Sensor: st.identity.Name}, send: func(ctx context.Context, b *traffic.Batch, _ string) (uint64, error) {
		return 0, st.Keep(ctx, b)
	}}
}

// look notes when an interface loses its link and when it has it again.
func (st *Station) look(k *card) {
	gap, ok := k.look(st.Up(k.name), st.Clock.Now())
	if !ok {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.gaps = append(st.gaps, gap)
}

func (k *card) look(up bool, now time.Time) (traffic.Gap, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	gap := traffic.Gap{Interface: k.name, From: k.down, Until: now, Reason: traffic.GapLink}
	switch {
	case up && k.down.IsZero():
		return gap, false
	case up:
		k.down = time.Time{}
		return gap, true
	case k.down.IsZero():
		k.down, k.told = now, now
		return gap, false
	case now.Sub(k.told) >= gapEvery:
		k.told = now
		return gap, true
	}
	return gap, false
}

func (k *card) readers() []capture.Source {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.open
}

func (k *card) set(readers []capture.Source) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open, k.trouble = readers, ""
}

// say keeps what is wrong and reports whether it is new.
func (k *card) say(trouble string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh := k.trouble != trouble
	k.trouble = trouble
	return fresh
}

// close closes the readers and keeps what they counted.
func (k *card) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.open {
		k.before = plus(k.before, s.Stats())
		s.Close()
	}
	k.open = nil
}

func (k *card) health(up bool) traffic.InterfaceHealth {
	k.mu.Lock()
	defer k.mu.Unlock()
	sum := k.before
	for _, s := range k.open {
		sum = plus(sum, s.Stats())
	}
	return traffic.InterfaceHealth{Name: k.name, Up: up && k.open != nil, Packets: sum.Packets, Bytes: sum.Bytes, Dropped: sum.Dropped, Freezes: sum.Freezes, Trouble: k.trouble}
}

func plus(a, b capture.Stats) capture.Stats {
	return capture.Stats{Packets: a.Packets + b.Packets, Bytes: a.Bytes + b.Bytes, Dropped: a.Dropped + b.Dropped, Freezes: a.Freezes + b.Freezes}
}
