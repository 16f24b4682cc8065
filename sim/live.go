package sim

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/capture"
	"bedrail/traffic"
)

const (
	breath = 100 * time.Millisecond // between two utterances while it runs
	stroll = 3 * time.Second        // between two devices that come by with a new lease
)

// A Show is a hospital that is alive at the doors of a Bedrail, for visitors
// to look at and to meddle with.
type Show struct {
	hospital *Hospital
	target   Target
	asked    chan question

	mu       sync.Mutex // guards what a visitor is told
	progress api.Demo
}

// needsWeek are the events that show something only beside a week of history.
var needsWeek = map[string]bool{"move": true, "silence": true, "vendor": true}

// A question is an event that a visitor asks for.
type question struct {
	name   string
	answer chan<- answer
}

type answer struct {
	event api.DemoEvent
	err   error
}

// NewShow makes a show of h.
func NewShow(h *Hospital) *Show {
	s := &Show{hospital: h, asked: make(chan question)}
	s.progress = api.Demo{State: "starting", Steps: steps, Events: append([]api.DemoEvent(nil), h.story.events...), Disagreements: h.Disagreements()}
	return s
}

// Progress tells how far the hospital has come, and what may happen.
func (s *Show) Progress() api.Demo {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.progress
	p.Events = append([]api.DemoEvent(nil), p.Events...)
	for i := range p.Events {
		e := &p.Events[i]
		e.Ready = e.At.IsZero() && (p.State == "complete" || p.State == "filling" && !needsWeek[e.Name])
	}
	return p
}

func (s *Show) tell(change func(p *api.Demo)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.progress)
}

// Let lets an event happen, and returns when the product has taken it in.
func (s *Show) Let(ctx context.Context, name string) (api.DemoEvent, error) {
	p := s.Progress()
	if i := slices.IndexFunc(p.Events, func(e api.DemoEvent) bool { return e.Name == name }); i >= 0 && !p.Events[i].Ready {
		return api.DemoEvent{}, bedrail.Errorf(bedrail.Conflict, "the hospital is still moving in (step %d of %d); ask again in a moment", p.Done, p.Steps)
	}
	got := make(chan answer, 1)
	select {
	case s.asked <- question{name, got}:
	case <-ctx.Done():
		return api.DemoEvent{}, ctx.Err()
	}
	select {
	case a := <-got:
		return a.event, a.err
	case <-ctx.Done():
		return api.DemoEvent{}, ctx.Err()
	}
}

// Run brings the hospital to t and keeps it alive until ctx ends: this
// morning's frames and the records first, then the week that was, then devices
// speak, wander and do what visitors ask for.
func (s *Show) Run(ctx context.Context, t Target) error {
	s.target = t.ready()
	on, err := connect(ctx, s.target, s.hospital.Sites())
	if err != nil {
		return err
	}
	defer on.close()
	st := &stage{h: s.hospital, t: s.target, taps: on}
	if err := s.moveIn(ctx, st); err != nil {
		return err
	}
	t.Say("the demonstration hospital is complete")
	defer s.carry(ctx)()
	return s.day(ctx, st)
}

// day lets devices speak until ctx ends.
func (s *Show) day(ctx context.Context, st *stage) error {
	tick, walk := time.NewTicker(breath), time.NewTicker(stroll)
	defer tick.Stop()
	defer walk.Stop()
	for turn := 0; ; turn++ {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case q := <-s.asked:
			s.play(ctx, st, q)
		case at := <-walk.C:
			err = st.stroll(at)
		case at := <-tick.C:
			err = st.utter(turn, at)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func (s *Show) play(ctx context.Context, st *stage, q question) {
	e, failed := st.play(ctx, q.name)
	s.tell(func(p *api.Demo) { p.Events = append([]api.DemoEvent(nil), s.hospital.story.events...) })
	q.answer <- answer{e, failed}
}

// waiting lets happen what was asked for while something else was brought in.
func (s *Show) waiting(ctx context.Context, st *stage) {
	for {
		select {
		case q := <-s.asked:
			s.play(ctx, st, q)
		default:
			return
		}
	}
}

// utter lets one device speak: in turn somebody at all, and one that is at
// work on a patient, so that what is in use is seen to be.
func (s *stage) utter(turn int, at time.Time) error {
	d := s.h.Anyone()
	for range 40 {
		if turn%2 == 0 || d.busy(at) {
			break
		}
		d = s.h.Anyone()
	}
	return s.taps.send(d.Site, s.h.Speak(d, at))
}

// stroll gives something on wheels another address for a while.
func (s *stage) stroll(at time.Time) error {
	d := s.h.Anyone()
	for range 40 {
		if d.Model.Wanders && d != s.h.story.pump {
			d.IP = s.h.roam(d)
			return s.taps.send(d.Site, s.h.Wake(d, at))
		}
		d = s.h.Anyone()
	}
	return nil
}

// taps are the wires of the sites, as the capture door has them.
type taps map[string]*capture.Sender

// connect opens a tap for each site.
func connect(ctx context.Context, t Target, sites []string) (taps, error) {
	on := taps{}
	for _, site := range sites {
		tap, err := capture.Dial(ctx, t.Capture, t.CaptureToken, TapName(site), nil, traffic.LinkEthernet)
		if err != nil {
			return nil, errors.Join(err, on.close())
		}
		on[site] = tap
	}
	return on, nil
}

func (on taps) close() (err error) {
	for _, tap := range on {
		err = errors.Join(err, tap.Close())
	}
	return err
}

func (on taps) send(site string, frames []Frame) error {
	tap := on[site]
	for _, f := range frames {
		frame := traffic.Frame{Data: f.Data, Length: len(f.Data), Nanos: f.Time.UnixNano(), Link: traffic.LinkEthernet}
		if err := tap.Frame(&frame); err != nil {
			return err
		}
	}
	return tap.Flush()
}
