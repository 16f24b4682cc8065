package server

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/asset"
	"bedrail/capture"
	"bedrail/door"
	"bedrail/job"
	"bedrail/server/oneshot"
	"bedrail/shadow"
	"bedrail/traffic"
)

const (
	batchAge   = time.Second // a batch of a live source waits no longer
	coverEvery = time.Minute // how often a live source tells what it saw and missed
	queued     = 64          // batches between a sensor and the bus; beyond that the source waits, and the kernel counts drops
	tapsAtOnce = 64
	handTime   = 15 * time.Second // what is told last of a live source that ends is handed on for so long
)

// A watcher turns the frames of one source into batches on the bus.
type watcher struct {
	outlet
	clock   bedrail.Clock
	engine  *traffic.Engine
	ears    *shadow.Ears // nil listens to nothing
	source  capture.Source
	dropped uint64 // told so far
	covered time.Time
	live    bool
	since   time.Time // end of the coverage that was told last, of a live source
}

func (srv *Server) newWatcher(src capture.Source, name, site string) *watcher {
	return newWatcher(srv.newOutlet(name, site), srv.Clock, src, srv.listening)
}

// newWatcher makes a watcher; listening is nil where nothing is overheard.
func newWatcher(o outlet, clock bedrail.Clock, src capture.Source, listening *oneshot.Listening) *watcher {
	s := &watcher{outlet: o, clock: clock, source: src}
	options := traffic.Options{Site: o.batch.Site, Sensor: o.batch.Sensor, Observe: s.observe, Converse: s.converse}
	if listening != nil {
		s.ears = listening.Ears(o.batch.Site, o.batch.Sensor, s.overheard)
		options.Overhear = s.ears.Listen
	}
	s.engine = traffic.NewEngine(options)
	return s
}

// hush ends the minute of what is overheard; at the end, all of it.
func (s *watcher) hush(now time.Time, end bool) {
	switch {
	case s.ears == nil:
	case end:
		s.ears.End()
	default:
		s.ears.Flush(now)
	}
}

// run reads the source to its end and publishes everything. A capture that
// stops making sense is used up to the break, which is returned.
func (s *watcher) run(ctx context.Context, name string, live bool) error {
	stop := context.AfterFunc(ctx, func() { s.source.Close() })
	defer stop()
	last, done := outliving(ctx, handTime)
	defer done()
	handing := ctx // an import that is called off stops at once
	if live {
		handing = last
	}
	s.engine.Begin(name)
	s.opened, s.covered, s.since, s.live = time.Now(), time.Now(), s.clock.Now(), live
	var f traffic.Frame
	for {
		err := s.source.Next(&f)
		switch {
		case err == nil:
			s.engine.Frame(&f)
		case errors.Is(err, capture.ErrIdle):
			s.engine.Flush(s.clock.Now())
			s.hush(s.clock.Now(), false)
		default:
			s.engine.End()
			s.hush(time.Time{}, true)
			s.cover()
			return errors.Join(ended(ctx, err), s.flush(last))
		}
		if err := s.hand(handing, live); err != nil {
			s.source.Close()
			s.source.Next(&f) // a live source gives its ring back once its reader has seen the end
			return err
		}
	}
}

// outliving returns a context that ends a while after ctx does: a batch that
// is being handed on when its source is to stop is handed on to the end.
// Whether a publication that was broken off was kept nobody knows, and to hand
// it on again might count it twice.
func outliving(ctx context.Context, by time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-longer.Done():
		case <-time.After(by):
			cancel()
		}
	})
	return longer, func() { stop(); cancel() }
}

// ended turns the end of a source into nil.
func ended(ctx context.Context, err error) error {
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil
	}
	return err
}

// hand publishes the batch when it is full or, of a live source, old.
func (s *watcher) hand(ctx context.Context, live bool) error {
	due := s.full()
	if live && time.Since(s.covered) >= coverEvery {
		s.hush(s.clock.Now(), false)
		s.cover()
		due = true
	}
	if !due && !(live && time.Since(s.opened) >= batchAge) {
		return nil
	}
	return s.flush(ctx)
}

func (s *watcher) cover() {
	dropped := s.source.Stats().Dropped
	c := s.engine.Coverage(dropped - s.dropped)
	if s.live { // it covers what was silent, too
		c.From, c.Until = s.since, s.clock.Now()
		s.since = c.Until
	}
	s.dropped, s.covered = dropped, time.Now()
	s.batch.Coverage = &c
}

// sources are the live sources for the system page.
type sources struct {
	mu  sync.Mutex // guards all
	all map[string]*sourceState
}

type sourceState struct {
	source capture.Source
	since  time.Time
	err    string
}

func (l *sources) set(name string, st *sourceState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*sourceState{}
	}
	l.all[name] = st
}

func (l *sources) status() []api.CaptureStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []api.CaptureStatus
	for _, name := range slices.Sorted(maps.Keys(l.all)) {
		st := l.all[name]
		c := api.CaptureStatus{Source: name, Since: st.since, Error: st.err}
		if st.source != nil {
			stats := st.source.Stats()
			c.Packets, c.Dropped = stats.Packets, stats.Dropped
		}
		out = append(out, c)
	}
	return out
}

// openSensors adds a part for every interface and for the door of taps.
func (s *Server) openSensors(ctx context.Context) error {
	for _, name := range s.Config.Interfaces {
		s.add("capture on "+name, func(ctx context.Context) error { return s.listenOn(ctx, name) })
	}
	if err := s.openNotes(); err != nil || s.Config.TapListen == "" {
		return err
	}
	o := capture.TapOptions{Address: s.Config.TapListen, Token: s.Config.TapToken}
	if s.Config.TLS != "" {
		var err error
		if o.TLS, err = (door.Encryption{OwnCA: s.Config.TLS == "own-ca", Folder: s.Config.Keys, Names: s.Config.TLSNames,
			Cert: s.Config.TLSCert, Key: s.Config.TLSKey, Clock: s.Clock}).Config(); err != nil {
			return err
		}
	}
	taps, err := capture.Listen(ctx, o)
	if err != nil {
		return err
	}
	s.taps = taps
	s.closers = append(s.closers, func() error { taps.Close(); return nil }) // closed twice is harmless
	s.add("taps", func(ctx context.Context) error { return s.acceptTaps(ctx, taps) })
	return nil
}

// listenOn captures on an interface for as long as the server runs; when the
// link goes away it waits for it, and says so.
func (s *Server) listenOn(ctx context.Context, name string) error {
	for ctx.Err() == nil {
		src, err := capture.Live(name)
		if err == nil {
			s.sources.set(name, &sourceState{source: src, since: s.Clock.Now()})
			err = s.newWatcher(src, name, s.Config.Site).run(ctx, name, true)
		}
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "capture stopped; it is tried again in ten seconds", "interface", name, "error", err)
			s.sources.set(name, &sourceState{since: s.Clock.Now(), err: err.Error()})
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
		}
	}
	return nil
}

func (s *Server) acceptTaps(ctx context.Context, taps *capture.TapListener) error {
	stop := context.AfterFunc(ctx, func() { taps.Close() })
	defer stop()
	var running sync.WaitGroup
	defer running.Wait()
	room := make(chan struct{}, tapsAtOnce)
	for {
		tap, err := taps.Accept()
		if err != nil {
			return ended(ctx, err)
		}
		room <- struct{}{}
		running.Go(func() {
			defer func() { <-room }()
			s.serveTap(ctx, tap)
		})
	}
}

func (s *Server) serveTap(ctx context.Context, tap *capture.Tap) {
	defer tap.Close()
	name, err := tap.Greet()
	if err != nil {
		s.Log.WarnContext(ctx, "a tap was turned away", "error", err)
		return
	}
	site := cmp.Or(s.Config.TapSites[name], s.Config.Site)
	name = "tap:" + name
	s.sources.set(name, &sourceState{source: tap, since: s.Clock.Now()})
	if err := s.newWatcher(tap, name, site).run(ctx, name, true); err != nil {
		s.Log.WarnContext(ctx, "a tap ended", "tap", name, "error", err)
	}
}

// A captureResult is what the import of a capture says in the end.
type captureResult struct {
	Packets       uint64 `json:"packets"`
	Bytes         uint64 `json:"bytes"`
	Observations  uint64 `json:"observations"`
	Conversations uint64 `json:"conversations"`
	Malformed     uint64 `json:"malformed"`
	Evicted       uint64 `json:"evicted"`
}

// importCapture reads an uploaded capture as a stream; nothing of it lies on a
// disk. It returns when the record holds everything.
func (s *Server) importCapture(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	site := in.Params.Get("site")
	if site == "" {
		site = s.Config.Site
	}
	if err := s.Policy.Authorize(ctx, by, asset.ImportCapture, bedrail.Resource{Type: "capture", Site: site}); err != nil {
		return nil, err
	}
	src, err := capture.Read(in.Body)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	if in.DryRun {
		return s.dryCapture(ctx, src, in.Name)
	}
	watched := s.newWatcher(src, "import", site)
	watched.size = importSize
	err = watched.run(ctx, in.Name, false)
	var end *capture.Break
	if errors.As(err, &end) {
		p.Fault(in.Name, end.Error())
		err = nil
	}
	if err == nil {
		err = s.recorded(ctx, watched.last)
	}
	return result(watched.engine.Stats()), err
}

func result(st traffic.Stats) captureResult {
	return captureResult{Packets: st.Packets, Bytes: st.Bytes, Observations: st.Observations, Conversations: st.Conversations, Malformed: st.Malformed, Evicted: st.Evicted}
}

// dryCapture reads a capture and keeps nothing.
func (s *Server) dryCapture(ctx context.Context, src capture.Source, name string) (any, error) {
	engine := traffic.NewEngine(traffic.Options{})
	engine.Begin(name)
	var f traffic.Frame
	for ctx.Err() == nil {
		if err := src.Next(&f); err != nil {
			engine.End()
			return result(engine.Stats()), ended(ctx, err)
		}
		engine.Frame(&f)
	}
	return nil, ctx.Err()
}
