// Package cmms carries what Bedrail knows better to the maintenance system: a
// source of channels for corrections and work orders, and a destination that
// writes them with whatever REST calls that system takes.
package cmms

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/exchange"
)

// SourceSettings are those of {corrections: {...}}.
type SourceSettings struct {
	// Send says what goes out by itself: asked, the default, is nothing;
	// persons is each correction that a person makes.
	Send string `json:"send,omitempty"`
}

func (s *SourceSettings) check() error {
	if s.Send == "" {
		s.Send = "asked"
	}
	if !slices.Contains([]string{"asked", "persons"}, s.Send) {
		return bedrail.Errorf(bedrail.Invalid, "send is %q; it is asked (what somebody sends) or persons (each correction that a person makes)", s.Send).At("send")
	}
	return nil
}

// A Desk hands corrections to the one channel that carries them. The zero Desk
// is ready and carries nothing until a channel opens its source.
type Desk struct {
	mu   sync.Mutex // guards open
	open *Source
}

// SourceKind is the kind "corrections" of sources.
func (d *Desk) SourceKind() exchange.SourceKind {
	read := func(raw json.RawMessage) (SourceSettings, error) {
		var s SourceSettings
		if err := exchange.Decode(raw, &s); err != nil {
			return s, err
		}
		return s, s.check()
	}
	return exchange.SourceKind{
		Name: "corrections", Format: exchange.JSON,
		About:   "Corrections of the maintenance system's list, and work orders: what Bedrail itself has to tell.",
		Example: `{"send": "asked"}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Address: func(json.RawMessage) string { return "corrections" }, // one channel has it
		Open: func(c exchange.SourceConfig) (exchange.Source, error) {
			s, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return &Source{desk: d, settings: s, config: c}, nil
		},
	}
}

// A Source is open while its channel runs.
type Source struct {
	desk     *Desk
	settings SourceSettings
	config   exchange.SourceConfig

	mu    sync.Mutex // guards what follows
	last  time.Time
	count int64
	wrong string
	at    time.Time
}

// Run implements exchange.Source.
func (s *Source) Run(ctx context.Context) error {
	s.desk.mu.Lock()
	s.desk.open = s
	s.desk.mu.Unlock()
	<-ctx.Done()
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	if s.desk.open == s {
		s.desk.open = nil
	}
	return nil
}

// Status implements exchange.Source.
func (s *Source) Status() exchange.SourceStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return exchange.SourceStatus{Listening: "corrections of this Bedrail", LastError: s.wrong, LastErrorAt: s.at}
}

func (s *Source) note(err error, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.wrong, s.at = err.Error(), now
		return
	}
	s.count++
	s.last = now
}

func (d *Desk) source() *Source {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

// Channel implements asset.Outbox.
func (d *Desk) Channel() (name string, persons bool) {
	s := d.source()
	if s == nil {
		return "", false
	}
	return s.config.Channel, s.settings.Send == "persons"
}

// Ready implements asset.Outbox.
func (d *Desk) Ready() error {
	if d.source() == nil {
		return bedrail.Errorf(bedrail.Unavailable, "no channel that runs has the source corrections; make one with a destination of kind cmms, or start it, then send again")
	}
	return nil
}

// Keep implements asset.Outbox: it returns once the message is kept and will be
// delivered. The key is the message's control id, so that the same bytes under
// the same key are delivered once.
func (d *Desk) Keep(ctx context.Context, key, kind string, body []byte) (string, error) {
	s := d.source()
	if s == nil {
		return "", d.Ready()
	}
	in := exchange.Inbound{Format: exchange.JSON, ContentType: "application/json", Body: body,
		Facts: exchange.Facts{Type: kind, Sender: "bedrail", ControlID: key}, Peer: exchange.Peer{User: "bedrail"}}
	r, err := s.config.Intake.Receive(ctx, in)
	if err == nil && r.Outcome != exchange.Accepted {
		err = bedrail.Errorf(bedrail.Conflict, "the channel %s did not take the message: it was %s", s.config.Channel, r.State)
	}
	now := time.Time{}
	if s.config.Env.Clock != nil {
		now = s.config.Env.Clock.Now()
	}
	s.note(err, now)
	return r.ID, err
}

// kinds are what a message can be.
var kinds = [...]string{asset.CorrectionKind, asset.WorkOrderKind}
