package sensor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bedrail"
	"bedrail/traffic"
)

// A State says in a word how a sensor does.
type State string

// The states, from the one that needs nothing to the one that needs most.
const (
	Online   State = "online"
	Invited  State = "invited" // has not come yet
	Stopped  State = "stopped" // said that it stops
	Revoked  State = "revoked"
	Impaired State = "impaired" // it is there, and something is wrong with it: the alarms say what
	Behind   State = "behind"   // it is there; what it tells now is of long ago
	Silent   State = "silent"
)

// Alarms of a sensor, each a word that screens translate.
const (
	AlarmSilent   = "silent"
	AlarmBehind   = "behind"
	AlarmDropping = "dropping" // the kernel throws packets away before they are seen
	AlarmLink     = "link"     // an interface is down or away
	AlarmOutbox   = "outbox"   // the outbox is fuller than it should be
	AlarmRefused  = "refused"  // the outbox took nothing more: observations are lost
	AlarmDisk     = "disk"     // little is free on the sensor's disk
	AlarmCert     = "cert"     // the certificate ends soon and was not renewed
	AlarmClock    = "clock"    // the sensor's clock is ahead of the hub's
)

// When a sensor gives alarm. It speaks every ten seconds.
const (
	silentAfter = 45 * time.Second
	behindAfter = 2 * time.Minute
	clockAhead  = time.Minute
	dropShare   = 0.001 // of the packets of the last minute
	outboxShare = 0.7
	diskPercent = 15 // the sensor itself stops keeping below 10
	certWarn    = RenewBefore / 2
	refusedFor  = time.Hour
)

// A Status is a sensor with how it does now.
type Status struct {
	Sensor
	Stand
	Link   Link
	State  State
	Alarms []string
}

// Judge says how a sensor does at a moment. It is a function of what is known,
// so that list, health and notices agree.
func Judge(s Sensor, stand Stand, link Link, now time.Time) Status {
	out := Status{Sensor: s, Stand: stand, Link: link}
	h := stand.Health
	switch {
	case !s.RevokedAt.IsZero():
		out.State = Revoked
		return out
	case s.Enrolment == "":
		out.State = Invited
		return out
	case h.Stopping && !link.Connected:
		out.State = Stopped
		out.settle()
		return out
	case stand.HeardAt.IsZero() && now.Sub(s.EnrolledAt) < 5*time.Minute:
		out.State = Invited // enrolled; it is only starting
		return out
	}
	alarm := func(word string, when bool) {
		if when {
			out.Alarms = append(out.Alarms, word)
		}
	}
	alarm(AlarmSilent, now.Sub(stand.HeardAt) > silentAfter)
	alarm(AlarmBehind, !h.At.IsZero() && stand.HeardAt.Sub(h.At) > behindAfter)
	alarm(AlarmRefused, !h.RefusedAt.IsZero() && h.At.Sub(h.RefusedAt) < refusedFor)
	alarm(AlarmDropping, h.Lost > 0 && h.Lost > dropShare*(h.Rate+h.Lost))
	for _, i := range h.Interfaces {
		if !i.Up {
			alarm(AlarmLink, true)
			break
		}
	}
	alarm(AlarmOutbox, h.Outbox.Limit > 0 && float64(h.Outbox.Bytes) > outboxShare*float64(h.Outbox.Limit))
	alarm(AlarmDisk, !h.At.IsZero() && h.DiskFree < diskPercent)
	alarm(AlarmCert, !s.CertEnds.IsZero() && s.CertEnds.Sub(now) < certWarn)
	alarm(AlarmClock, h.At.Sub(stand.HeardAt) > clockAhead)
	switch {
	case slices.Contains(out.Alarms, AlarmSilent):
		out.State = Silent
	case slices.Contains(out.Alarms, AlarmBehind):
		out.State = Behind
	case len(out.Alarms) > 0:
		out.State = Impaired
	default:
		out.State = Online
	}
	return out
}

// settle forgets what waited in the outbox when the last word was written: the
// hub draws an outbox in order, so whoever has heard the last word of a run has
// all that came before it.
func (s *Status) settle() {
	s.Health.Outbox = traffic.OutboxHealth{Limit: s.Health.Outbox.Limit}
	s.Link.Lag = 0
}

// Oldest is the age of what the sensor holds and the hub has not confirmed, as
// the sensor last said; zero is nothing.
func (s Status) Oldest() time.Duration {
	if at := s.Health.Outbox.Oldest; !at.IsZero() {
		return max(s.Health.At.Sub(at), 0)
	}
	return 0
}

// Sensors returns how every sensor does that by may see.
func (s *Service) Sensors(ctx context.Context, by bedrail.Actor) ([]Status, error) {
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "sensor"}); err != nil {
		return nil, err
	}
	all, err := s.Store.Sensors(ctx, by.Scope)
	if err != nil {
		return nil, fmt.Errorf("reading the sensors: %w", err)
	}
	stands, links, err := s.standing(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	out := make([]Status, len(all))
	for i, x := range all {
		out[i] = Judge(x, stands[x.Name], links[x.Name], now)
	}
	return out, nil
}

func (s *Service) standing(ctx context.Context) (map[string]Stand, map[string]Link, error) {
	stands, err := s.Store.Stands(ctx, s.scope())
	if err != nil {
		return nil, nil, fmt.Errorf("reading what was heard of the sensors: %w", err)
	}
	if s.Links == nil {
		return stands, nil, nil
	}
	links, err := s.Links(ctx)
	return stands, links, err
}

// One returns how one sensor does.
func (s *Service) One(ctx context.Context, by bedrail.Actor, name string) (Status, error) {
	known, err := s.Store.Sensor(ctx, by.Scope, name)
	if err != nil {
		return Status{}, err
	}
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "sensor", ID: name, Site: known.Site}); err != nil {
		return Status{}, err
	}
	stands, links, err := s.standing(ctx)
	if err != nil {
		return Status{}, err
	}
	return Judge(known, stands[name], links[name], s.Clock.Now()), nil
}
