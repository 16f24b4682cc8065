package netmap

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"bedrail"
)

// A Service draws pictures of what is kept.
type Service struct {
	Store Store
	Auth  bedrail.Authorizer
	Clock bedrail.Clock

	mu   sync.Mutex // guards held
	held map[string]picture
}

// picture is one that was drawn a moment ago; its loss costs drawing it again.
type picture struct {
	Picture
	until time.Time
}

// Pictures are kept shortly: whoever goes back and forth between zones should
// not wait, and whoever looks again should see what is new.
const (
	kept     = 20 * time.Second
	mostHeld = 32
)

// Picture draws what by may see of what q asks for.
func (s *Service) Picture(ctx context.Context, by bedrail.Actor, q Question) (Picture, error) {
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "map"}); err != nil {
		return Picture{}, err
	}
	if err := q.check(); err != nil {
		return Picture{}, err
	}
	now := s.Clock.Now()
	key := fmt.Sprintf("%q %+v", by.Scope, q)
	s.mu.Lock()
	old, ok := s.held[key]
	s.mu.Unlock()
	if ok && now.Before(old.until) {
		return old.Picture, nil
	}
	places, err := s.Store.MapPlaces(ctx, by.Scope)
	if err != nil {
		return Picture{}, err
	}
	flows, more, err := s.Store.MapFlows(ctx, by.Scope, now.Add(-q.Since), mostFlows)
	if err != nil {
		return Picture{}, err
	}
	p := Draw(q, places, flows, now)
	p.Truncated = more
	if q.Level == Neighbours && len(p.Nodes) == 0 {
		if err := present(places, q.Device); err != nil {
			return Picture{}, err
		}
	}
	if q.Level == Zone && len(p.Nodes) == 0 {
		if err := zoned(places, q.Zone); err != nil {
			return Picture{}, err
		}
	}
	s.keep(key, picture{p, now.Add(kept)}, now)
	return p, nil
}

func present(places []Place, id string) error {
	for _, p := range places {
		if p.ID == id {
			return nil
		}
	}
	return bedrail.Errorf(bedrail.NotFound, "there is no device %s", id)
}

// zoned refuses a zone that is none: neither does a device stand in it, nor is
// it one of those that are made of addresses, which may have been silent.
func zoned(places []Place, zone string) error {
	if zone == "outside" {
		return nil
	}
	if net, ok := strings.CutPrefix(zone, "net:"); ok {
		if _, err := netip.ParsePrefix(net); err == nil {
			return nil
		}
	}
	for _, p := range places {
		if id, _ := zoneOf(p); id == zone {
			return nil
		}
	}
	return bedrail.Errorf(bedrail.NotFound, "there is no zone %s", zone)
}

func (s *Service) keep(key string, p picture, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil || len(s.held) >= mostHeld {
		s.held = make(map[string]picture)
	}
	for k, old := range s.held {
		if now.After(old.until) {
			delete(s.held, k)
		}
	}
	s.held[key] = p
}

func (q *Question) check() error {
	switch {
	case q.Level == Zone && q.Zone == "":
		return bedrail.Errorf(bedrail.Invalid, "name the zone to look into").At("query.zone")
	case q.Level == Neighbours && q.Device == "":
		return bedrail.Errorf(bedrail.Invalid, "name the device whose neighbours to show").At("query.device")
	case q.Since <= 0 || q.Since > 400*24*time.Hour:
		return bedrail.Errorf(bedrail.Invalid, "look back between a moment and 400 days").At("query.since")
	}
	return nil
}
