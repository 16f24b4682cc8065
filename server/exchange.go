package server

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/audit"
	"bedrail/door"
	"bedrail/exchange"
	"bedrail/quality"
)

// wireExchange puts the exchange together; it carries nothing yet.
func (s *Server) wireExchange() error {
	checker, err := exchange.NewChecker()
	if err != nil {
		return err
	}
	c := s.Config
	s.Exchange = &exchange.Exchange{
		Store: s.DB, Auth: s.Policy, Clock: s.Clock, Log: s.Log, Tenant: c.Tenant, Kinds: s.kinds(), Checker: checker, Configured: c.Channels,
		Env: exchange.Env{Clock: s.Clock, Log: s.Log, Folder: c.Folder, Spool: filepath.Join(c.Data, "spool"), Listener: s.berths.listen, Shelf: &exchange.Rack{Store: s.DB, Tenant: c.Tenant}, TLS: exchange.Encryption{OwnCA: func() (*tls.Config, error) {
			return door.Encryption{OwnCA: true, Folder: c.Keys, Names: c.TLSNames, Clock: s.Clock}.Config()
		}}},
		Jobs: s.Jobs, Inventory: s.binder,
		Blind:    func(field, value string) string { return s.DB.Blind(c.Tenant, field, value) },
		Received: s.messageReceived, Sent: s.messageSent, Noticed: s.exchanged,
	}
	s.API.Exchange = s.Exchange
	return nil
}

// openExchange reads the channels and has them run beside the doors.
func (s *Server) openExchange(ctx context.Context) error {
	if err := os.MkdirAll(s.Exchange.Env.Spool, 0o700); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "making the folder of what doors have begun to receive: %w", err)
	}
	if err := s.openBinder(ctx); err != nil {
		return err
	}
	if err := s.Exchange.Load(ctx); err != nil {
		return err
	}
	if err := s.openQuality(ctx); err != nil {
		return err
	}
	s.openShadow()
	s.Metrics.Registry.MustRegister(&backlogs{s.Exchange, s.Clock})
	s.add("exchange", s.Exchange.Run)
	s.add("message retention", s.forgetMessages)
	return nil
}

// forgetEvery is how often messages are looked for whose time is over.
const forgetEvery = 10 * time.Minute

// orphanAge is how old a file must be that no message owns before it is
// removed: younger ones may belong to a message that is being received.
const orphanAge = time.Hour

// forgetMessages makes messages unreadable when the time of their channel is
// over, and removes files that a crash left behind.
func (s *Server) forgetMessages(ctx context.Context) error {
	by := bedrail.SystemActor("retention", s.Config.Tenant)
	return every(ctx, forgetEvery, func() {
		if _, refused := s.DB.ReadOnly(); refused {
			return
		}
		if n, err := s.Exchange.ForgetOld(ctx, by); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "messages whose time is over were not all forgotten", "error", err)
		} else if n > 0 {
			s.Log.InfoContext(ctx, "messages whose time is over were forgotten", "messages", n)
		}
		n, err := s.DB.SweepBodies(ctx, by.Scope, s.Clock.Now().Add(-orphanAge))
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "files of large messages were not swept", "error", err)
		}
		if n > 0 {
			err := s.DB.Record(ctx, by.Scope, audit.Entry{By: by, Did: "system:configure", To: "bodies", Note: "removed files of messages that were never kept"})
			s.Log.InfoContext(ctx, "files of messages that were never kept were removed", "files", n, "error", err)
		}
	})
}

// tellEvery is how often screens hear of one channel at most: a busy one does
// not drown what else they show.
const tellEvery = time.Second

// A teller tells screens what the exchange did.
type teller struct {
	mu   sync.Mutex           // guards last
	last map[string]time.Time // by kind and channel
}

func (t *teller) due(n exchange.Notice, now time.Time) bool {
	if n.Kind != "received" && n.Kind != "delivered" {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := n.Kind + " " + n.Channel
	if now.Sub(t.last[key]) < tellEvery {
		return false
	}
	if t.last == nil {
		t.last = map[string]time.Time{}
	}
	t.last[key] = now
	return true
}

// exchanged tells screens what the exchange did. Nothing in it speaks of a
// patient.
func (s *Server) exchanged(n exchange.Notice) {
	if n.Kept != nil {
		s.sighted(n.Kept)
		s.Quality.Watch.Observe(quality.SampleOf(n.Kept, n.HL7, n.Site, n.Unit))
	}
	switch n.Kind {
	case "finding":
		s.doubted(n)
	case "page":
		s.page(n)
	}
	if !s.teller.due(n, s.Clock.Now()) {
		return
	}
	e := api.Event{Topic: "exchange", Name: "message", Site: n.Site, Unit: n.Unit, Data: map[string]any{"id": n.Message, "kind": n.Kind, "channel": n.Channel, "text": n.Text}}
	if n.Message == "" {
		e.Name, e.Data = "channel", map[string]any{"id": n.Channel, "kind": n.Kind, "text": n.Text}
	}
	s.Events.Publish(e)
}
