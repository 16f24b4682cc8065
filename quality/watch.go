package quality

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
)

// Bounds of the watch. What is beyond is counted with the channel only.
const (
	seriesMost   = 20_000
	metricsMost  = 64
	alertsMost   = 5_000 // open at once
	messagesMost = 20    // linked from one alert
	placesMost   = 20_000
)

// A Watch follows every series. It is an engine in memory: Observe is quick
// and never waits for the store; what it learned is kept every half minute and
// read again at the next start. Its loss costs that half minute.
type Watch struct {
	Store  Store
	Clock  bedrail.Clock
	Log    *slog.Logger
	Tenant string
	// Rang is told of each alert that begins. It must not wait; it may be nil.
	Rang func(Alert)

	mu      sync.Mutex // guards what follows
	series  map[string]*series
	alerts  map[string]*Alert // open and acknowledged ones, by key
	ended   []Alert           // not yet kept
	beside  map[string]*bed   // by place or series: what its sensors said last
	started time.Time
	dropped int64 // samples of series beyond the bound
}

func (w *Watch) init() {
	if w.series == nil {
		w.series, w.alerts, w.beside, w.started = map[string]*series{}, map[string]*Alert{}, map[string]*bed{}, w.Clock.Now()
	}
}

// Load reads what was learned before.
func (w *Watch) Load(ctx context.Context) error {
	in := bedrail.Scope{Tenant: w.Tenant}
	states, err := w.Store.WatchStates(ctx, in)
	if err != nil {
		return fmt.Errorf("reading what was learned of feeds: %w", err)
	}
	now := w.Clock.Now()
	hour := now.Truncate(time.Hour)
	buckets, err := w.Store.QualityBuckets(ctx, in, nil, hour)
	if err != nil {
		return fmt.Errorf("reading the hour of feeds: %w", err)
	}
	alerts, err := w.Store.QualityAlerts(ctx, in, alertsMost)
	if err != nil {
		return fmt.Errorf("reading the alerts of feeds: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.init()
	for _, st := range states {
		w.series[st.Series.ID] = restored(st, hour)
	}
	for _, b := range buckets {
		if s := w.series[b.Series]; s != nil && b.Hour.Equal(hour) {
			s.hour = b
		}
	}
	for _, a := range alerts {
		if a.State != "ended" {
			a.seen = now
			w.alerts[a.Key] = &a
		}
	}
	return nil
}

// Observe takes one message into account.
func (w *Watch) Observe(s Sample) {
	now := w.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.init()
	one := w.of(&s)
	if one == nil {
		w.dropped++
		return
	}
	one.turn(s.Received)
	one.dirty, one.Shadow = true, s.Shadow
	one.hour.Received++
	if s.Rejected {
		one.hour.Rejected++
		return
	}
	one.arrive(&s)
	if one.Silent {
		one.Silent = false
		w.end(one.ID + string(Silence))
	}
	if s.Duplicate {
		one.hour.Duplicates++
		one.again = append(one.again, s.Received)
		if one.again = recent(one.again, s.Received.Add(-10*time.Minute)); len(one.again) >= duplicatesTold {
			w.tell(one, &s, Duplicates, now, fmt.Sprintf("%d messages came again within ten minutes", len(one.again)), "look why its sender does not hear the answer in time, or sends twice over two ways")
		}
		return
	}
	w.judge(one, &s, now)
}

const duplicatesTold = 5

func recent(times []time.Time, since time.Time) []time.Time {
	for len(times) > 0 && times[0].Before(since) || len(times) > 64 {
		times = times[1:]
	}
	return times
}

// of returns the series of a sample, made when it is new.
func (w *Watch) of(s *Sample) *series {
	id := seriesID(s.Channel, s.subject())
	if one := w.series[id]; one != nil {
		return one
	}
	if len(w.series) >= seriesMost && !w.evict(s.Received) {
		return nil
	}
	one := &series{State: State{Series: Series{ID: id, Channel: s.Channel, Device: s.Device, Name: s.Name, Site: s.Site, Unit: s.Unit, First: s.Received, Live: s.Live}}, metrics: map[string]*metric{}}
	w.series[id] = one
	return one
}

// evict makes room by what has been silent for longest, if that is a day.
func (w *Watch) evict(now time.Time) bool {
	var oldest *series
	for _, s := range w.series {
		if oldest == nil || s.Last.Before(oldest.Last) {
			oldest = s
		}
	}
	if oldest == nil || now.Sub(oldest.Last) < 24*time.Hour {
		return false
	}
	delete(w.series, oldest.ID)
	return true
}

// judge looks at what a message says.
func (w *Watch) judge(one *series, s *Sample, now time.Time) {
	if s.Wrong.Units {
		one.hour.Units++
		w.tell(one, s, Units, now, "a unit is missing, or cannot measure what it stands beside", "compare the units in its driver or interface with what the device shows; the message names the line")
	}
	if s.Wrong.Charset {
		w.tell(one, s, Charset, now, "its letters are not in the character set that it declares (MSH-18)", "set MSH-18 to what the sender writes, or let it write what MSH-18 says")
	}
	if s.Wrong.Invalid {
		mend := "open the message: every finding names its place"
		if s.Message == "" { // overheard: nothing of it was kept
			mend = "look at its listener among those that are overheard: what is wrong is counted there, each with its place"
		}
		w.tell(one, s, Invalid, now, "it breaks its profile", mend)
	}
	if s.Wrong.Implausible {
		one.hour.Implausible++
		w.tell(one, s, Implausible, now, "a value cannot be: it lies outside of what can be measured", "look at the sensor and its cable; some devices write -100 or 999 for no signal, which a mapping can turn into an absent value")
	}
	w.clock(one, s, now)
	if late, codes := one.complete(s); late {
		one.hour.Incomplete++
		if one.lately >= incompleteTold {
			w.tell(one, s, Incomplete, now, fmt.Sprintf("%d of what it usually sends is missing", codes), "look whether a sensor is off, or a module was taken out; if it is meant, it is learned within a hundred messages")
		}
	} else if one.lately == 0 {
		w.end(one.ID + string(Incomplete))
	}
	for _, code := range one.move(s) {
		one.hour.Stuck++
		w.tell(one, s, Stuck, now, "a value that should move has not for longer than ever before ("+code+")", "look whether the sensor is at the patient, or the device repeats its last value")
	}
	w.compare(one, s, now)
}

// skewLimit is how far a clock may be wrong.
const skewLimit = time.Minute

func (w *Watch) clock(one *series, s *Sample, now time.Time) {
	if s.Observed.IsZero() || s.Retried {
		return
	}
	one.hour.Clocked++
	off := s.Received.Sub(s.Observed)
	one.skew(s.Received, off)
	least := time.Duration(one.Skew * float64(time.Second))
	if one.SkewSeen >= 5 && least.Abs() > skewLimit {
		one.hour.Skewed++
		side := "behind"
		if least < 0 {
			side = "ahead"
		}
		w.tell(one, s, Clock, now, fmt.Sprintf("its clock is %s %s, by the least delay of %d messages", least.Abs().Round(time.Second), side, one.SkewSeen), "set its time source (NTP); until then its times of observation are wrong by that much")
		return
	}
	if off < -skewLimit { // a single message from the future needs no second
		one.hour.Skewed++
	}
	if one.SkewSeen >= 5 {
		w.end(one.ID + string(Clock))
	}
}

// tell opens an alert, or adds to the one that is open.
func (w *Watch) tell(one *series, s *Sample, k Kind, now time.Time, text, mend string) {
	a := Alert{Kind: k, Key: one.ID + string(k), Series: one.ID, Channel: one.Channel, Device: one.Device, Name: one.Name, Site: one.Site, Unit: one.Unit, Text: text, Mend: mend, Shadow: one.Shadow, Messages: []string{}}
	if s != nil && s.Message != "" {
		a.Messages = []string{s.Message}
	}
	w.raise(a, now)
}

// Raise opens an alert that somebody else saw, or adds to the one that is
// open under its key.
func (w *Watch) Raise(a Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.init()
	if a.Key == "" {
		a.Key = string(a.Kind) + " " + a.Channel + " " + a.Device + " " + a.Name
	}
	w.raise(a, w.Clock.Now())
}

// raise is Raise with w.mu held.
func (w *Watch) raise(a Alert, now time.Time) {
	old := w.alerts[a.Key]
	if old == nil {
		if len(w.alerts) >= alertsMost {
			return
		}
		a.ID, a.State, a.First = bedrail.NewID("alert", now), "open", now
		a.Last, a.Count, a.dirty, a.seen = now, 1, true, now
		w.alerts[a.Key] = &a
		if w.Rang != nil {
			w.Rang(a)
		}
		return
	}
	old.Count++
	old.Last, old.Text, old.dirty, old.seen = now, a.Text, true, now
	if len(a.Evidence) > 0 {
		old.Evidence = a.Evidence
	}
	for _, m := range a.Messages {
		if !slices.Contains(old.Messages, m) {
			old.Messages = append(old.Messages, m)
		}
	}
	if extra := len(old.Messages) - messagesMost; extra > 0 {
		old.Messages = slices.Clone(old.Messages[extra:]) // others may be reading those that were given away
	}
}

// end closes the alert of a key.
func (w *Watch) end(key string) {
	a := w.alerts[key]
	if a == nil {
		return
	}
	a.State, a.Ended = "ended", w.Clock.Now()
	w.ended = append(w.ended, *a)
	delete(w.alerts, key)
}

// quietAfter is after how long without another sign an alert ends that ends by
// nothing else. Doubts about an identity end by a person.
const quietAfter = 30 * time.Minute

// Tick looks at what has not happened. It is called every few seconds.
func (w *Watch) Tick() {
	now := w.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.init()
	for _, s := range w.series {
		w.listen(s, now)
	}
	for key, a := range w.alerts {
		if a.Kind != Silence && !a.Identity() && now.Sub(a.seen) > quietAfter {
			w.end(key)
		}
	}
	for key, b := range w.beside {
		if now.Sub(b.last) > 10*time.Minute {
			delete(w.beside, key)
		}
	}
}

// listen says whether a series is silent. A start of Bedrail begins its
// patience anew: what was not heard while it was off is no silence.
func (w *Watch) listen(s *series, now time.Time) {
	if s.Patience == 0 {
		return
	}
	patience := time.Duration(s.Patience * float64(time.Second))
	since := s.Last
	if w.started.After(since) {
		since = w.started
	}
	if minute := now.Truncate(time.Minute); minute.After(s.minute) {
		if !s.minute.IsZero() {
			s.turn(now)
			s.hour.Minutes++
			if s.Silent {
				s.hour.Silent++
			}
			s.dirty = true
		}
		s.minute = minute
	}
	if now.Sub(since) <= patience {
		return
	}
	if !s.Silent {
		s.Silent, s.dirty = true, true
		w.tell(s, nil, Silence, now, fmt.Sprintf("it has said nothing for %s and usually speaks every %s", now.Sub(s.Last).Round(time.Second), seconds(s.Every)), "look at its power, its network and its interface; the channel's board shows whether it is connected")
	}
	if a := w.alerts[s.ID+string(Silence)]; a != nil {
		a.seen = now
	}
}

func seconds(s float64) time.Duration {
	d := time.Duration(s * float64(time.Second))
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}

// Keep hands what changed to the store.
func (w *Watch) Keep(ctx context.Context) error {
	w.mu.Lock()
	var states []State
	var buckets []Bucket
	var alerts []Alert
	for _, s := range w.series {
		if s.dirty {
			states, buckets = append(states, s.state()), append(buckets, s.past...)
			if s.hour.Series = s.ID; s.hour.Counts != (Counts{}) {
				buckets = append(buckets, s.hour)
			}
			s.past, s.dirty = nil, false
		}
	}
	for _, a := range w.alerts {
		if a.dirty {
			alerts, a.dirty = append(alerts, *a), false
		}
	}
	open := len(alerts)
	alerts = append(alerts, w.ended...)
	w.ended = nil
	w.mu.Unlock()
	if len(states)+len(alerts) == 0 {
		return nil
	}
	slices.SortFunc(states, func(a, b State) int { return cmp.Compare(a.Series.ID, b.Series.ID) })
	entry := audit.Entry{By: bedrail.SystemActor("quality", w.Tenant), Did: "quality:watch", To: "series", Note: fmt.Sprintf("%d series, %d alerts", len(states), len(alerts))}
	err := w.Store.SaveWatch(ctx, bedrail.Scope{Tenant: w.Tenant}, states, buckets, alerts, entry)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, st := range states { // it is tried again with what comes until then
			if s := w.series[st.Series.ID]; s != nil {
				s.dirty = true
			}
		}
		for _, b := range buckets {
			if s := w.series[b.Series]; s != nil && b.Hour.Before(s.hour.Hour) {
				s.past = append(s.past, b)
			}
		}
		for _, a := range alerts[:open] {
			if o := w.alerts[a.Key]; o != nil {
				o.dirty = true
			}
		}
		w.ended = append(w.ended, alerts[open:]...)
	}
	return err
}

// Run ticks and keeps until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	kept := w.Clock.Now()
	for {
		select {
		case <-ctx.Done():
			if err := w.Keep(context.WithoutCancel(ctx)); err != nil {
				w.Log.Warn("what was learned of feeds could not be kept at the end", "error", err)
			}
			return nil
		case <-tick.C:
			w.Tick()
			if now := w.Clock.Now(); now.Sub(kept) >= keepEvery {
				kept = now
				if err := w.Keep(ctx); err != nil && ctx.Err() == nil {
					w.Log.WarnContext(ctx, "what was learned of feeds could not be kept; it is tried again", "error", err)
				}
			}
		}
	}
}

const (
	tickEvery = 2 * time.Second
	keepEvery = 30 * time.Second
)
