package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/door"
)

// heartbeat keeps proxies from closing a quiet stream, and is how often a
// stream looks whether its session still lasts.
const heartbeat = 15 * time.Second

// eventsKept is how many events a client that was away can still catch up on.
const eventsKept = 4096

// topicReads says which right each topic needs.
var topicReads = map[string]bedrail.Action{
	"devices": "device:read", "findings": "finding:read", "jobs": "job:read", "feeds": "feed:read", "audit": "audit:read", "coverage": "device:read", "notices": "notice:read",
	"exchange": "channel:read",
}

// An Event tells screens that something changed. It names the thing; what is
// new about it the screen asks for.
type Event struct {
	Topic string // "devices", "findings", "jobs", "feeds", "audit", "coverage"
	Name  string // "device", "finding", "job", "feed", "audit", "coverage"
	Site  string // where the thing lies; whose scope does not admit it hears nothing
	Unit  string
	Data  any // written as JSON
}

// Events hands events to every screen that listens. It keeps the last few
// thousand, so that a screen whose connection broke misses none; one that was
// away longer, or since before a restart, is told to read everything anew.
type Events struct {
	epoch string // names this run of the program in the ids of events

	mu     sync.Mutex // guards what follows
	next   int64      // number of the next event
	ring   []numbered // the last eventsKept
	wake   chan struct{}
	closed bool
}

type numbered struct {
	Event
	n    int64
	data []byte
}

// NewEvents returns a hub of events. Its epoch differs with each start.
func NewEvents(clock bedrail.Clock) *Events {
	return &Events{epoch: strconv.FormatInt(clock.Now().UnixMicro(), 36), next: 1, wake: make(chan struct{})}
}

// Publish tells e to everybody who listens and may know. It never waits, and
// on a nil hub does nothing.
func (h *Events) Publish(e Event) {
	if h == nil {
		return
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return // an event that cannot be written cannot be told
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.ring = append(h.ring, numbered{e, h.next, data})
	if len(h.ring) > 2*eventsKept { // let go of the old half at once, not one by one
		h.ring = append([]numbered(nil), h.ring[len(h.ring)-eventsKept:]...)
	}
	h.next++
	close(h.wake)
	h.wake = make(chan struct{})
}

// Close ends every stream.
func (h *Events) Close() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.wake)
	}
}

// after returns the events behind number n, whether some in between are gone,
// and what to wait on for more.
func (h *Events) after(n int64) (events []numbered, gap bool, wake <-chan struct{}, closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := h.next - int64(len(h.ring))
	gap = n+1 < first
	if skip := max(n+1-first, 0); skip < int64(len(h.ring)) {
		events = append(events, h.ring[skip:]...)
	}
	return events, gap, h.wake, h.closed
}

// last is the number of the newest event.
func (h *Events) last() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.next - 1
}

// position reads a Last-Event-ID. One of another epoch is not known.
func (h *Events) position(id string) (n int64, known bool) {
	epoch, number, ok := strings.Cut(id, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || epoch != h.epoch || n < 0 || n > h.last() {
		return 0, false
	}
	return n, true
}

func (h *Events) id(n int64) string { return h.epoch + "-" + strconv.FormatInt(n, 10) }

// EventsInput says what a stream shall carry and where it broke off.
type EventsInput struct {
	Topics      []string `query:"topics" doc:"devices, findings, jobs, feeds, audit, coverage, notices, exchange; absent is all that you may see"`
	LastEventID string   `header:"Last-Event-ID" maxLength:"64" doc:"Where the stream broke off; browsers send it by themselves"`
}

func (a *API) registerEvents() {
	stream(a, route{Method: http.MethodGet, Path: "/events", ID: "stream-events", Tag: "Events", Summary: "What changes, as it changes",
		About: "Server-sent events: device {id, version}, finding {id}, job (a Job), feed {name}, audit {seq}, coverage. " +
			"An event reset says that events were missed: read anew what is shown."},
		"text/event-stream", a.streamEvents)
}

func (a *API) streamEvents(ctx context.Context, by bedrail.Actor, in *EventsInput) (func(http.ResponseWriter) error, error) {
	wanted := make(map[string]bool)
	for _, topic := range in.Topics {
		what, ok := topicReads[topic]
		if !ok {
			return nil, bedrail.Errorf(bedrail.Invalid, "there is no topic %q", topic).At("query.topics")
		}
		if err := a.Access.Policy.Authorize(ctx, by, what, bedrail.Resource{Type: topic}); err != nil {
			return nil, err
		}
		wanted[topic] = true
	}
	if len(in.Topics) == 0 {
		for topic, what := range topicReads {
			wanted[topic] = a.Access.Policy.Authorize(ctx, by, what, bedrail.Resource{Type: topic}) == nil
		}
	}
	s := &eventStream{hub: a.Events, by: by, wanted: wanted, alive: func() bool { return a.alive(ctx) }}
	return func(w http.ResponseWriter) error { return s.run(ctx, w, in.LastEventID) }, nil
}

// alive reports whether whoever listens is still signed in.
func (a *API) alive(ctx context.Context) bool {
	c := door.CallerOf(ctx)
	return c.Actor.Kind == bedrail.System || a.Access.Alive(ctx, c.Account)
}

// An eventStream is one listening screen.
type eventStream struct {
	hub    *Events
	by     bedrail.Actor
	wanted map[string]bool
	alive  func() bool
}

// run writes events until the screen goes away, its session ends, or the
// server stops.
func (s *eventStream) run(ctx context.Context, w http.ResponseWriter, lastID string) error {
	out := http.NewResponseController(w)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	at, known := s.hub.position(lastID)
	if !known {
		at = s.hub.last()
	}
	if lastID != "" && !known {
		if err := s.reset(w, at); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "retry: 2000\nid: %s\n\n", s.hub.id(at))
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		events, gap, wake, closed := s.hub.after(at)
		if gap {
			at = s.hub.last()
			if err := s.reset(w, at); err != nil {
				return err
			}
			continue
		}
		for _, e := range events {
			at = e.n
			if err := s.tell(w, e); err != nil {
				return nil // the screen went away
			}
		}
		out.SetWriteDeadline(time.Now().Add(2 * heartbeat))
		if err := out.Flush(); err != nil || closed {
			return nil
		}
		select {
		case <-wake:
		case <-tick.C:
			if !s.alive() {
				return nil
			}
			fmt.Fprintf(w, ": still here\nid: %s\n\n", s.hub.id(at))
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *eventStream) reset(w http.ResponseWriter, at int64) error {
	_, err := fmt.Fprintf(w, "event: reset\nid: %s\ndata: {}\n\n", s.hub.id(at))
	return err
}

func (s *eventStream) tell(w http.ResponseWriter, e numbered) error {
	placed := e.Site != "" || e.Topic == "devices" // a device whose place is not known lies within no limit
	if !s.wanted[e.Topic] || placed && !s.by.Scope.Admits(e.Site, e.Unit) {
		return nil
	}
	_, err := fmt.Fprintf(w, "event: %s\nid: %s\ndata: %s\n\n", e.Name, s.hub.id(e.n), e.data)
	return err
}
