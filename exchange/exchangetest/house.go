// Package exchangetest runs an exchange on a real store for the tests of its
// doors.
package exchangetest

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/query"
	"bedrail/store"
)

// Anybody lets everybody do everything.
type Anybody struct{}

// Authorize implements bedrail.Authorizer.
func (Anybody) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

// Engineer is somebody who may do everything.
var Engineer = bedrail.Actor{ID: "person:1", Name: "engineer", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "main"}}

// A House is an exchange with real doors, and a destination "memory" that
// remembers what it was given.
type House struct {
	*exchange.Exchange
	DB *store.DB

	t    testing.TB
	mu   sync.Mutex
	got  []exchange.Outgoing
	srcs map[string]exchange.Source
}

// Open runs channels with kinds until the test ends.
func Open(t testing.TB, kinds exchange.Kinds, channels string) *House {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "bedrail.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return OpenOn(t, db, kinds, channels)
}

// OpenOn runs channels on a store that is there already.
func OpenOn(t testing.TB, db *store.DB, kinds exchange.Kinds, channels string) *House {
	t.Helper()
	checker, err := exchange.NewChecker()
	if err != nil {
		t.Fatal(err)
	}
	h := &House{DB: db, t: t, srcs: map[string]exchange.Source{}}
	kinds.Destinations = append(kinds.Destinations, exchange.DestinationKind{Name: "memory", Check: func(json.RawMessage) error { return nil },
		Open: func(exchange.DestinationConfig) (exchange.Sender, error) { return memory{h}, nil }})
	for i, k := range kinds.Sources {
		kinds.Sources[i].Open = func(c exchange.SourceConfig) (exchange.Source, error) {
			s, err := k.Open(c)
			h.mu.Lock()
			defer h.mu.Unlock()
			h.srcs[c.Channel] = s
			return s, err
		}
	}
	h.Exchange = &exchange.Exchange{Store: db, Auth: Anybody{}, Tenant: "main", Checker: checker, Kinds: kinds,
		Blind: func(field, value string) string { return db.Blind("main", field, value) },
		Env:   exchange.Env{Shelf: &exchange.Rack{Store: db, Tenant: "main"}}}
	if h.Configured, err = exchange.ParseDefinitions([]byte(channels)); err != nil {
		t.Fatal(err)
	}
	if err := h.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return h
}

// A memory is the destination that remembers.
type memory struct{ h *House }

func (m memory) Send(_ context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	if out.Body == nil && out.Open != nil {
		r, err := out.Open()
		if err != nil {
			return exchange.Acknowledgment{}, err
		}
		defer r.Close()
		if out.Body, err = io.ReadAll(r); err != nil {
			return exchange.Acknowledgment{}, err
		}
	}
	m.h.mu.Lock()
	defer m.h.mu.Unlock()
	m.h.got = append(m.h.got, out)
	return exchange.Acknowledgment{Outcome: exchange.Accepted, Code: "kept"}, nil
}

func (m memory) Close() error { return nil }

// Source returns the open door of a channel.
func (h *House) Source(channel string) exchange.Source {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.srcs[channel]
}

// Listening waits until a channel's door is open and returns its address.
func (h *House) Listening(channel string) string {
	h.t.Helper()
	for range 400 {
		if s := h.Source(channel); s != nil && s.Status().Listening != "" {
			return s.Status().Listening
		}
		time.Sleep(5 * time.Millisecond)
	}
	h.t.Fatalf("the door of %s did not open", channel)
	return ""
}

// Delivered waits until n messages came to the destinations "memory".
func (h *House) Delivered(n int) []exchange.Outgoing {
	h.t.Helper()
	for range 1000 {
		h.mu.Lock()
		got := append([]exchange.Outgoing(nil), h.got...)
		h.mu.Unlock()
		if len(got) >= n {
			return got
		}
		time.Sleep(5 * time.Millisecond)
	}
	h.t.Fatalf("%d messages did not arrive", n)
	return nil
}

// Kept lists the messages that are kept, newest first.
func (h *House) Kept() []exchange.Message {
	h.t.Helper()
	page, err := h.Messages(context.Background(), Engineer, query.Request{Limit: 500})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Items
}

// Balanced fails the test when the ledger is not.
func (h *House) Balanced() {
	h.t.Helper()
	l, err := h.Ledger(context.Background(), Engineer)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range l.Sources {
		if !s.Balanced {
			h.t.Errorf("the ledger of %s is not balanced: %+v", s.Channel, s)
		}
	}
}
