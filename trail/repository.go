package trail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/desk"
	"bedrail/exchange"
)

// A Store knows how far each repository has been told.
type Store interface {
	Targets(ctx context.Context, in bedrail.Scope) ([]desk.Target, error)
	TargetSecrets(ctx context.Context, in bedrail.Scope, id string) (desk.Secrets, error)
	AuditSize(ctx context.Context, tenant string) (int64, error)
	AuditEntries(ctx context.Context, tenant string, from, until int64, each func(audit.Record, audit.Opening) error) error
	// Told returns the entry up to which a repository has been told; false when
	// it is new.
	Told(ctx context.Context, tenant, target string) (int64, bool, error)
	// SaveTold keeps that. It is a position and no act: it has no entry of its
	// own, or there would be no end of entries.
	SaveTold(ctx context.Context, tenant, target string, seq int64) error
}

// A Teller sends what the audit record holds to the repositories of the house.
// The record is the queue: what was not taken stays in it and is sent again,
// in order, each entry at least once. What the loss of a Teller costs: nothing.
type Teller struct {
	Store    Store
	Exchange *exchange.Exchange
	Tenant   string
	Clock    bedrail.Clock
	Site     Site
	// Send brings lines of syslog to a target; no error: they were taken.
	Send func(ctx context.Context, t desk.Target, s desk.Secrets, lines []string) error
	// Blind names a patient so that equal ones are seen to be equal.
	Blind func(field, value string) string

	mu    sync.Mutex // guards state
	state map[string]Standing
}

// A Standing says how a repository goes.
type Standing struct {
	Target    string    `json:"target"`
	Name      string    `json:"name"`
	Told      int64     `json:"told" doc:"The record up to this entry was taken"`
	Behind    int64     `json:"behind" doc:"Entries that it has yet to get"`
	LastError string    `json:"lastError,omitempty"`
	NextTry   time.Time `json:"nextTry,omitzero"`
	tries     int
}

const (
	tellMost    = 500 // entries in one connection
	tellSoonest = 2 * time.Second
	tellLatest  = 5 * time.Minute
	tellWait    = 30 * time.Second
)

// Format is that of targets that are audit repositories.
const Format = "atna"

// Tell sends to every repository what it has yet to get.
func (t *Teller) Tell(ctx context.Context) error {
	in := bedrail.Scope{Tenant: t.Tenant}
	targets, err := t.Store.Targets(ctx, in)
	if err != nil {
		return err
	}
	size, err := t.Store.AuditSize(ctx, t.Tenant)
	if err != nil {
		return err
	}
	seen := map[string]Standing{}
	for _, target := range targets {
		if target.Format != Format || !target.On {
			continue
		}
		s := t.standing(target)
		if !t.Clock.Now().Before(s.NextTry) {
			var failed error
			if s, failed = t.tell(ctx, in, target, s, size); failed != nil {
				s.LastError = failed.Error()
				err = errors.Join(err, fmt.Errorf("telling %s: %w", target.Name, failed)) // the others are told
			}
		}
		s.Behind = size - s.Told
		seen[target.ID] = s
	}
	t.mu.Lock()
	t.state = seen
	t.mu.Unlock()
	return err
}

func (t *Teller) standing(target desk.Target) Standing {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.state[target.ID]
	s.Target, s.Name = target.ID, target.Name
	return s
}

// Standings returns how each repository goes, by name.
func (t *Teller) Standings() []Standing {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := []Standing{}
	for _, s := range t.state {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Target, b.Target))
	})
	return out
}

// tell sends a repository all that is there, some at a time. A new one hears
// of what happens from now on.
func (t *Teller) tell(ctx context.Context, in bedrail.Scope, target desk.Target, s Standing, size int64) (Standing, error) {
	told, known, err := t.Store.Told(ctx, t.Tenant, target.ID)
	if err != nil {
		return s, err
	}
	if !known {
		told = size
		if err := t.Store.SaveTold(ctx, t.Tenant, target.ID, told); err != nil {
			return s, err
		}
	}
	s.Told = told
	secrets, err := t.Store.TargetSecrets(ctx, in, target.ID)
	if err != nil {
		return s, err
	}
	for s.Told < size && ctx.Err() == nil {
		until := min(s.Told+tellMost, size)
		lines, err := t.lines(ctx, target, s.Told, until)
		if err != nil {
			return s, err
		}
		if err := t.send(ctx, target, secrets, lines); err != nil {
			s.tries++
			s.LastError, s.NextTry = err.Error(), t.Clock.Now().Add(min(tellSoonest<<min(s.tries, 10), tellLatest))
			return s, nil
		}
		s.Told, s.tries, s.LastError, s.NextTry = until, 0, "", time.Time{}
		if err := t.Store.SaveTold(ctx, t.Tenant, target.ID, until); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (t *Teller) send(ctx context.Context, target desk.Target, s desk.Secrets, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, tellWait)
	defer cancel()
	return t.Send(ctx, target, s, lines)
}

// lines are the audit messages of entries, those that a repository knows.
func (t *Teller) lines(ctx context.Context, target desk.Target, from, until int64) (lines []string, err error) {
	var events []Event
	err = t.Store.AuditEntries(ctx, t.Tenant, from, until, func(r audit.Record, _ audit.Opening) error {
		e, err := t.event(ctx, target, r)
		if e.Listed {
			events = append(events, e)
		}
		return err
	})
	for _, e := range events {
		line, err := t.Site.Syslog(e)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, err
}

// event says what r is. The patient of its message is a pseudonym that is the
// same in all messages, unless the house has the repository name patients.
func (t *Teller) event(ctx context.Context, target desk.Target, r audit.Record) (Event, error) {
	if t.Exchange == nil || !strings.HasPrefix(r.To, "msg") {
		return Of(r, nil), nil
	}
	m, err := t.Exchange.Store.Message(ctx, bedrail.Scope{Tenant: t.Tenant}, r.To)
	if bedrail.KindOf(err) == bedrail.NotFound {
		return Of(r, nil), nil
	}
	if err != nil {
		return Event{}, err
	}
	e := Of(r, &m)
	if who := m.Sealed.Facts.Patients; len(who) > 0 {
		if e.Patient = who[0]; !target.Patients {
			e.Patient = t.Blind("repository", exchange.Normal(who[0]))
		}
	}
	return e, nil
}

// Test is a line that says nothing but that Bedrail records (PS3.15 A.5.3.1).
func (s Site) Test(at time.Time) (string, error) {
	return s.Syslog(Event{At: at, ID: activity, Type: Code{"110134", "Audit Recording Started"}, Did: "target:test", Action: "E", By: s.Process})
}
