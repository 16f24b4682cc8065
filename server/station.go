package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"bedrail"
	"bedrail/bus"
	"bedrail/capture"
	"bedrail/outpost"
	"bedrail/seal"
	"bedrail/sensor"
	"bedrail/server/oneshot"
	"bedrail/traffic"
)

const (
	beat      = 10 * time.Second // a station says how it does so often
	keepTime  = 30 * time.Second // and tries so long to keep a batch
	drainTime = 5 * time.Second  // and waits so long for the hub when it stops
	renewLook = 10 * time.Minute
	rateOver  = 6 // beats that a rate is taken over
)

// firstRun is what runs are counted from: the number of a run is the second in
// which it began, so that it grows even where the file of the last is lost.
var firstRun = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// A Station is a remote sensor: it watches interfaces, keeps what they tell on
// its own disk, and hands it over to its hub when there is one.
type Station struct {
	StationOptions
	Config    Config
	identity  *sensor.Identity
	outbox    *bus.Outbox
	run       uint32
	started   time.Time
	cards     []*card
	listening *oneshot.Listening // nil when nothing is overheard

	mu        sync.Mutex // guards what follows; held while a batch is kept, so that numbers are in order
	number    uint32
	refused   uint64
	refusedAt time.Time
	fullSince time.Time
	gaps      []traffic.Gap
	history   []beatCount
}

// StationOptions say what a station needs beside its configuration. Open and
// Up are for tests and for frames that come in by other ways.
type StationOptions struct {
	Log   *slog.Logger
	Clock bedrail.Clock
	Open  func(name string, readers int) ([]capture.Source, error) // nil captures from the interface, and gives up rights after
	Up    func(name string) bool
}

// A beatCount is how far counters had come at a beat.
type beatCount struct {
	at               time.Time
	packets, dropped uint64
}

// OpenStation opens the interfaces, gives up every right that watching does
// not need, and opens the outbox. The caller runs it or closes it.
func OpenStation(ctx context.Context, c Config, o StationOptions) (*Station, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	st := &Station{StationOptions: o, Config: c}
	var err error
	if st.identity, err = sensor.LoadIdentity(c.Keys); err != nil {
		return nil, err
	}
	if len(c.Interfaces) == 0 {
		return nil, bedrail.Errorf(bedrail.Invalid, "no interface to watch is named: --interface, or capture.interfaces")
	}
	if c.Shadow != "off" {
		if st.listening, err = oneshot.NewListening(nil); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making the folder of the data: %w", err)
	}
	if err := st.openCards(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	if err := st.openOutbox(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// openCards opens what can be opened now; an interface that is away is waited
// for. Rights are given up in between, before anything of the network is read.
func (st *Station) openCards(ctx context.Context) error {
	confine := st.Open == nil
	if confine {
		st.Open, st.Up = capture.LiveGroup, capture.Up
	}
	for _, name := range st.Config.Interfaces {
		k := &card{name: name}
		var err error
		if k.open, err = st.Open(name, st.Config.SensorReaders); bedrail.KindOf(err) == bedrail.Denied {
			return err
		} else if err != nil {
			st.Log.WarnContext(ctx, "an interface cannot be watched yet; it is tried again", "interface", name, "error", err)
		}
		st.cards = append(st.cards, k)
	}
	if !confine {
		return nil
	}
	if os.Geteuid() == 0 {
		uid, gid, err := capture.Account(st.Config.SensorUser)
		if err != nil {
			return err
		}
		if err := errors.Join(give(st.Config.Data, uid, gid), give(st.Config.Keys, uid, gid)); err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "giving the folders of data and keys to %s: %w", st.Config.SensorUser, err)
		}
	}
	return capture.Confine(st.Config.SensorUser)
}

// give makes a folder and everything in it an account's own. Links are not
// followed: what they name is not ours.
func give(folder string, uid, gid int) error {
	return filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

func (st *Station) openOutbox(ctx context.Context) (err error) {
	if st.run, err = st.nextRun(); err != nil {
		return err
	}
	st.started = st.Clock.Now()
	st.outbox, err = bus.OpenOutbox(ctx, bus.OutboxConfig{Sensor: st.identity.Name, Dir: filepath.Join(st.Config.Data, "outbox"),
		MaxBytes: int64(st.Config.SensorOutbox) << 20, Hub: st.identity.Hub, TLS: st.identity.TLS(), Log: st.Log})
	return err
}

// nextRun counts this run, flushed before anything is said in it. A run is
// never counted twice, whatever the clock does.
func (st *Station) nextRun() (uint32, error) {
	path := filepath.Join(st.Config.Data, "run")
	run := uint64(max(st.Clock.Now().Sub(firstRun)/time.Second, 1))
	raw, err := os.ReadFile(path)
	if err == nil {
		if last, err := strconv.ParseUint(strings.TrimSpace(string(raw)), 10, 31); err == nil {
			run = max(run, last+1)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, bedrail.Errorf(bedrail.Unavailable, "reading the number of the last run: %w", err)
	}
	return uint32(run), seal.WriteWhole(path, strconv.AppendUint(nil, run, 10), 0o600)
}

// Close closes what OpenStation opened. What was kept stays.
func (st *Station) Close() error {
	for _, k := range st.cards {
		k.close()
	}
	if st.outbox != nil {
		st.outbox.Close()
	}
	return nil
}

// Run watches until ctx ends; then it keeps what is in memory, says that it
// stops, and gives the hub a moment to take it.
func (st *Station) Run(ctx context.Context) error {
	if err := st.beat(context.WithoutCancel(ctx), false); err != nil { // first of all: the hub learns that a run began, and when
		return errors.Join(err, st.Close())
	}
	st.Log.InfoContext(ctx, "the sensor watches", "sensor", st.identity.Name, "hub", st.identity.Hub, "interfaces", st.Config.Interfaces, "run", st.run)
	var running errgroup.Group
	for _, k := range st.cards {
		running.Go(func() error { return st.watch(ctx, k) })
		running.Go(func() error { return every(ctx, time.Second, func() { st.look(k) }) })
	}
	running.Go(func() error {
		return every(ctx, beat, func() {
			if err := st.beat(ctx, false); err != nil && ctx.Err() == nil {
				st.Log.WarnContext(ctx, "how the sensor does could not be kept", "error", err)
			}
		})
	})
	running.Go(func() error { return every(ctx, renewLook, func() { st.renew(ctx) }) })
	err := running.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err = errors.Join(err, st.beat(last, true))
	if st.outbox.Drained(last) != nil {
		st.Log.Info("the hub has not taken everything yet; it is kept for the next start")
	}
	return errors.Join(err, st.Close())
}

// Keep puts a batch into the outbox. What the outbox refuses is lost, and the
// hub learns how much by the numbers that are missing, and since when.
func (st *Station) Keep(ctx context.Context, b *traffic.Batch) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.number++
	now := st.Clock.Now()
	if free, total, err := diskSpace(st.Config.Data); err == nil && free*100 < total*int64(st.Config.SensorFree) {
		st.refuse(now, "the disk is nearly full")
		return nil
	}
	if !st.fullSince.IsZero() {
		b.Gaps = append(b.Gaps, traffic.Gap{From: st.fullSince, Until: now, Reason: traffic.GapFull})
	}
	data, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("writing a batch of observations: %w", err)
	}
	for end := time.Now().Add(keepTime); ; {
		err := st.outbox.Publish(ctx, st.run, st.number, data)
		switch {
		case err == nil:
			st.fullSince = time.Time{}
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, bus.ErrFull) || time.Now().After(end):
			st.refuse(now, err.Error())
			return nil
		}
		st.Log.WarnContext(ctx, "a batch could not be kept; it is tried again", "error", err)
		time.Sleep(100 * time.Millisecond)
	}
}

// refuse counts a batch that is lost. st.mu is held.
func (st *Station) refuse(now time.Time, why string) {
	if st.fullSince.IsZero() {
		st.fullSince = now
		st.Log.Error("what is seen from now on is lost and counted", "why", why)
	}
	st.refused++
	st.refusedAt = now
}

// beat says how the station does.
func (st *Station) beat(ctx context.Context, stopping bool) error {
	h := st.health(ctx)
	h.Stopping = stopping
	st.mu.Lock()
	gaps := st.gaps
	st.gaps = nil
	st.mu.Unlock()
	return st.Keep(ctx, &traffic.Batch{Site: st.identity.Site, Sensor: st.identity.Name, Health: &h, Gaps: gaps})
}

func (st *Station) health(ctx context.Context) traffic.Health {
	now := st.Clock.Now()
	h := traffic.Health{At: now, Version: Version().Version, Started: st.started, CertEnds: st.identity.CertEnds(), DiskFree: 100}
	count := beatCount{at: now}
	for _, k := range st.cards {
		i := k.health(st.Up(k.name))
		count.packets, count.dropped = count.packets+i.Packets, count.dropped+i.Dropped
		h.Interfaces = append(h.Interfaces, i)
	}
	if s, err := st.outbox.State(ctx); err == nil {
		h.Outbox = traffic.OutboxHealth{Messages: s.Messages, Bytes: s.Bytes, Oldest: s.Oldest}
	}
	h.Outbox.Limit = uint64(st.Config.SensorOutbox) << 20
	if free, total, err := diskSpace(st.Config.Data); err == nil && total > 0 {
		h.DiskFree = int(free * 100 / total)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	h.Refused, h.RefusedAt = st.refused, st.refusedAt
	if st.history = append(st.history, count); len(st.history) > rateOver+1 {
		st.history = st.history[1:]
	}
	if first := st.history[0]; now.After(first.at) {
		seconds := now.Sub(first.at).Seconds()
		h.Rate, h.Lost = float64(count.packets-first.packets)/seconds, float64(count.dropped-first.dropped)/seconds
	}
	return h
}

// renew has the certificate renewed well before it ends.
func (st *Station) renew(ctx context.Context) {
	if st.identity.CertEnds().Sub(st.Clock.Now()) > sensor.RenewBefore {
		return
	}
	if err := outpost.Renew(ctx, st.identity); err != nil {
		st.Log.WarnContext(ctx, "the certificate was not renewed; it is tried again", "ends", st.identity.CertEnds(), "error", err)
		return
	}
	st.Log.InfoContext(ctx, "the certificate was renewed", "ends", st.identity.CertEnds())
}
