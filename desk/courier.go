package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/format/webhook"
)

// A Sender brings letters to one target; of a digest it gets them all at once.
// It returns once the other side has taken them. An error of kind Invalid is
// final; ErrGone ends the target as well; anything else is tried again.
type Sender interface {
	Send(ctx context.Context, t Target, s Secrets, letters []Letter) error
}

// ErrGone is the error of a target that wants no letters any more.
var ErrGone = errors.New("the receiver answered that it is gone for good")

// A Courier keeps targets and carries letters to them. A letter is kept in the
// same transaction as its notice, and is carried at least once.
type Courier struct {
	Store   TargetStore
	Auth    bedrail.Authorizer
	Clock   bedrail.Clock
	Senders map[Way]Sender
	// Carried is told of each try, for figures; it may be nil.
	Carried func(way Way, state LetterState)
	// Failed is told of what could not be done behind nobody's back; it may be nil.
	Failed func(ctx context.Context, err error)

	once sync.Once
	wake chan struct{}
}

// patience is when a letter is tried again, from its first failure on: a
// little over a day in all.
var patience = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour}

const (
	sendWait     = 30 * time.Second
	keepSent     = 7 * 24 * time.Hour
	rotationTime = 24 * time.Hour
	maxRound     = 500   // letters that are looked at at once
	mostWaiting  = 10000 // letters of one target
)

// letters are those that n makes.
func (c *Courier) letters(ctx context.Context, tenant string, n Notice) ([]Letter, error) {
	targets, err := c.Store.Targets(ctx, bedrail.Scope{Tenant: tenant})
	if err != nil {
		return nil, err
	}
	var out []Letter
	for _, t := range targets {
		if !t.Wants(n) {
			continue
		}
		l := Letter{ID: bedrail.NewID("ltr", n.At), Target: t.ID, State: Waiting, Notice: n, At: n.At, Due: t.dueAt(n.At)}
		if t.Waiting >= mostWaiting { // said, not dropped: a person finds it among the dead
			l.State, l.LastError = Dead, "too many letters were waiting for the target already"
		}
		out = append(out, l)
	}
	return out, nil
}

// Wake has the courier look at once.
func (c *Courier) Wake() {
	c.once.Do(func() { c.wake = make(chan struct{}, 1) })
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run carries letters of tenant until ctx ends.
func (c *Courier) Run(ctx context.Context, tenant string) error {
	c.Wake()
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-c.wake:
		}
		if err := c.Carry(ctx, tenant); err != nil && ctx.Err() == nil && c.Failed != nil {
			c.Failed(ctx, err)
		}
	}
}

// Carry tries every letter that is due, each target beside the others: one
// that does not answer holds up nobody else.
func (c *Courier) Carry(ctx context.Context, tenant string) error {
	in := bedrail.Scope{Tenant: tenant}
	due, err := c.Store.DueLetters(ctx, in, c.Clock.Now(), maxRound)
	if err != nil || len(due) == 0 {
		return err
	}
	targets, err := c.Store.Targets(ctx, in)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	failed := make([]error, len(targets))
	for i, t := range targets {
		own := slices.DeleteFunc(slices.Clone(due), func(l Letter) bool { return l.Target != t.ID })
		if len(own) > 0 {
			wait.Go(func() { failed[i] = c.carryTo(ctx, in, t, own) })
		}
	}
	wait.Wait()
	return errors.Join(failed...)
}

// carryTo carries letters to t, in their order, until one fails.
func (c *Courier) carryTo(ctx context.Context, in bedrail.Scope, t Target, letters []Letter) error {
	secrets, err := c.Store.TargetSecrets(ctx, in, t.ID)
	if err != nil {
		return err
	}
	size := 1
	if t.gathers() {
		size = len(letters)
	}
	for some := range slices.Chunk(letters, size) {
		sent := c.send(ctx, t, secrets, some)
		if ctx.Err() != nil {
			return nil // what was not answered for is carried again
		}
		c.settle(some, sent)
		if err := c.Store.SettleLetters(ctx, in, some, c.Clock.Now().Add(-keepSent)); err != nil {
			return err
		}
		if errors.Is(sent, ErrGone) {
			t.On = false
			return c.Store.SaveTarget(ctx, in, t, nil, audit.Entry{By: bedrail.SystemActor("courier", in.Tenant), Did: WriteTarget, To: t.ID, Note: "off: " + ErrGone.Error()})
		}
		if sent != nil && bedrail.KindOf(sent) != bedrail.Invalid {
			return c.postpone(ctx, in, letters, some)
		}
	}
	return nil
}

// postpone lets what was not yet tried wait for what failed, so that a target
// that is down is asked once a turn and not once a letter.
func (c *Courier) postpone(ctx context.Context, in bedrail.Scope, letters, failed []Letter) error {
	rest := letters[slices.IndexFunc(letters, func(l Letter) bool { return l.ID == failed[0].ID })+len(failed):]
	if len(rest) == 0 || failed[0].State == Dead {
		return nil
	}
	for i := range rest {
		rest[i].Due = failed[0].Due
	}
	return c.Store.SettleLetters(ctx, in, rest, c.Clock.Now().Add(-keepSent))
}

func (c *Courier) send(ctx context.Context, t Target, s Secrets, letters []Letter) error {
	sender := c.Senders[t.Way]
	if sender == nil {
		return bedrail.Errorf(bedrail.Invalid, "nothing here sends by %s", t.Way)
	}
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	return sender.Send(ctx, t, s, letters)
}

// settle notes in letters what became of them.
func (c *Courier) settle(letters []Letter, err error) {
	now := c.Clock.Now()
	for i := range letters {
		l := &letters[i]
		l.Tries++
		switch {
		case err == nil:
			l.State, l.SentAt, l.LastError = Sent, now, ""
		case l.Tries > len(patience), errors.Is(err, ErrGone), bedrail.KindOf(err) == bedrail.Invalid:
			l.State, l.LastError = Dead, shortly(err)
		default:
			l.Due, l.LastError = now.Add(patience[l.Tries-1]), shortly(err)
		}
		if c.Carried != nil {
			c.Carried(l.Way, l.State)
		}
	}
}

func shortly(err error) string {
	text := err.Error()
	return text[:min(len(text), 500)]
}

// Targets returns the targets that by may see.
func (c *Courier) Targets(ctx context.Context, by bedrail.Actor) ([]Target, error) {
	if err := c.Auth.Authorize(ctx, by, ReadTarget, bedrail.Resource{Type: "target"}); err != nil {
		return nil, err
	}
	return c.Store.Targets(ctx, by.Scope)
}

// Target returns the target named id.
func (c *Courier) Target(ctx context.Context, by bedrail.Actor, id string) (Target, error) {
	all, err := c.Targets(ctx, by)
	if err != nil {
		return Target{}, err
	}
	return find(all, id)
}

func find(all []Target, id string) (Target, error) {
	i := slices.IndexFunc(all, func(t Target) bool { return t.ID == id })
	if i < 0 {
		return Target{}, bedrail.Errorf(bedrail.NotFound, "there is no target %s", id)
	}
	return all[i], nil
}

// SaveTarget keeps t: a new one without an ID, or the one that has it. Empty
// secrets leave those that are kept; a webhook's are made here and returned,
// once.
func (c *Courier) SaveTarget(ctx context.Context, by bedrail.Actor, t Target, given Secrets) (Target, Secrets, error) {
	all, err := c.own(ctx, by)
	if err != nil {
		return t, given, err
	}
	if err := t.check(); err != nil {
		return t, given, err
	}
	now, kept, shown := c.Clock.Now(), Secrets{}, Secrets{}
	if t.ID == "" {
		if len(all) >= maxTargets {
			return t, given, bedrail.Errorf(bedrail.Conflict, "there are %d targets already; remove one first", maxTargets)
		}
		t.ID, t.Version = bedrail.NewID("tgt", now), 0
		if t.Way == Webhook {
			given.Signing = webhook.NewSecret()
			shown.Signing = given.Signing
		}
	} else {
		held, err := find(all, t.ID)
		if err != nil {
			return t, given, err
		}
		if held.Way != t.Way {
			return t, given, invalidAt("/way", "a target keeps its way; make another one")
		}
		if kept, err = c.Store.TargetSecrets(ctx, by.Scope, t.ID); err != nil {
			return t, given, err
		}
	}
	if slices.ContainsFunc(all, func(o Target) bool { return o.ID != t.ID && o.Name == t.Name }) {
		return t, given, bedrail.Errorf(bedrail.Conflict, "there is a target called %s already", t.Name)
	}
	t.ChangedAt, t.ChangedBy = now, by.Name
	secrets := kept.with(given)
	err = c.Store.SaveTarget(ctx, by.Scope, t, &secrets, audit.Entry{By: by, Did: WriteTarget, To: t.ID, Note: string(t.Way) + " " + t.Name})
	t.Version++
	c.Wake()
	return t, shown, err
}

// with returns s with what is given in place of what it had.
func (s Secrets) with(given Secrets) Secrets {
	s.Signing, s.Password = cmp.Or(given.Signing, s.Signing), cmp.Or(given.Password, s.Password)
	if given.ClientCert != "" {
		s.ClientCert, s.ClientKey = given.ClientCert, given.ClientKey
	}
	return s
}

// own returns all targets to somebody who may change them.
func (c *Courier) own(ctx context.Context, by bedrail.Actor) ([]Target, error) {
	if err := c.Auth.Authorize(ctx, by, WriteTarget, bedrail.Resource{Type: "target"}); err != nil {
		return nil, err
	}
	return c.Store.Targets(ctx, by.Scope)
}

// Rotate gives a webhook a new secret and returns it, once. For a day posts
// are signed with the old one too.
func (c *Courier) Rotate(ctx context.Context, by bedrail.Actor, id string) (string, error) {
	all, err := c.own(ctx, by)
	if err != nil {
		return "", err
	}
	t, err := find(all, id)
	if err != nil {
		return "", err
	}
	if t.Way != Webhook {
		return "", bedrail.Errorf(bedrail.Invalid, "only webhooks are signed")
	}
	s, err := c.Store.TargetSecrets(ctx, by.Scope, id)
	if err != nil {
		return "", err
	}
	s.Before, s.BeforeEnds, s.Signing = s.Signing, c.Clock.Now().Add(rotationTime), webhook.NewSecret()
	t.ChangedAt, t.ChangedBy = c.Clock.Now(), by.Name
	return s.Signing, c.Store.SaveTarget(ctx, by.Scope, t, &s, audit.Entry{By: by, Did: WriteTarget, To: id, Note: "new secret"})
}

// RemoveTarget forgets a target and what waits for it.
func (c *Courier) RemoveTarget(ctx context.Context, by bedrail.Actor, id string) error {
	if _, err := c.own(ctx, by); err != nil {
		return err
	}
	return c.Store.RemoveTarget(ctx, by.Scope, id, audit.Entry{By: by, Did: "target:remove", To: id})
}

// Try sends a notice of no meaning to a target at once, past the queue and
// also when it is off, and returns what went wrong.
func (c *Courier) Try(ctx context.Context, by bedrail.Actor, id string) error {
	all, err := c.own(ctx, by)
	if err != nil {
		return err
	}
	t, err := find(all, id)
	if err != nil {
		return err
	}
	s, err := c.Store.TargetSecrets(ctx, by.Scope, id)
	if err != nil {
		return err
	}
	if err := c.Store.Record(ctx, by.Scope, audit.Entry{By: by, Did: "target:test", To: id}); err != nil {
		return err
	}
	now := c.Clock.Now()
	n := Notice{ID: bedrail.NewID("ntc", now), At: now, Kind: "test", Level: Info, Title: "This is a test of Bedrail; nothing happened", Href: "/notifications"}
	err = c.send(ctx, t, s, []Letter{{ID: bedrail.NewID("ltr", now), Target: id, Name: t.Name, Way: t.Way, Notice: n, At: now, Due: now}})
	if err != nil && bedrail.KindOf(err) == bedrail.Internal {
		return bedrail.Errorf(bedrail.Unavailable, "%s did not take it: %w", t.Name, err)
	}
	return err
}

// Letters returns letters that match, newest first.
func (c *Courier) Letters(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[Letter], error) {
	if err := c.Auth.Authorize(ctx, by, ReadTarget, bedrail.Resource{Type: "target"}); err != nil {
		return query.Page[Letter]{}, err
	}
	return c.Store.Letters(ctx, by.Scope, req)
}

// Retry has dead letters tried again, or forgets them. No ids are all of
// target, and without one all at all.
func (c *Courier) Retry(ctx context.Context, by bedrail.Actor, ids []string, target string, discard bool) (int, error) {
	if err := c.Auth.Authorize(ctx, by, RetryLetter, bedrail.Resource{Type: "target"}); err != nil {
		return 0, err
	}
	did := RetryLetter
	if discard {
		did = "letter:discard"
	}
	n, err := c.Store.RetryLetters(ctx, by.Scope, ids, target, c.Clock.Now(), discard, audit.Entry{By: by, Did: did, To: target})
	c.Wake()
	return n, err
}
