package recall

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/job"
)

// A Span is what a device said within a time.
type Span struct {
	Device      string
	From, Until time.Time
}

// A Store remembers recalls and looks into the journal of messages. Each
// method is one transaction.
type Store interface {
	// Reach finds what a span touches: counts, and who received how many.
	Reach(ctx context.Context, in bedrail.Scope, s Span) (Reach, []Receiver, error)
	// MadeOf counts the FHIR resources that were delivered of the messages of
	// a span, by type, opening at most limit of them and no more once patience
	// is over. It returns how many messages it opened.
	MadeOf(ctx context.Context, in bedrail.Scope, s Span, limit int, patience time.Duration) (map[string]int, int, error)
	// Resources returns references to them with message and destination, from
	// behind the message after. A page ends with a message; only the last is
	// empty.
	Resources(ctx context.Context, in bedrail.Scope, s Span, after string, limit int) ([]Resource, error)
	// Suspects returns ids of the messages of a span from behind after.
	Suspects(ctx context.Context, in bedrail.Scope, s Span, after string, limit int) ([]string, error)
	// Progress says how the copies queued since then fare.
	Progress(ctx context.Context, in bedrail.Scope, s Span, since time.Time) (map[[2]string]Progress, error)
	// Deliveries returns where a message stands.
	Deliveries(ctx context.Context, in bedrail.Scope, id string) ([]exchange.Delivery, error)
	// PatientsOf returns the identifiers of patients in the messages of a span.
	PatientsOf(ctx context.Context, in bedrail.Scope, s Span, limit int, entry audit.Entry) ([]string, error)

	// SaveRecall keeps r if what is kept is still of state was ("" is new),
	// else it is a Conflict.
	SaveRecall(ctx context.Context, in bedrail.Scope, r Recall, was string, entry audit.Entry) error
	// RecallByID returns one, or a NotFound error.
	RecallByID(ctx context.Context, in bedrail.Scope, id string) (Recall, error)
	// Recalls returns all, newest first.
	Recalls(ctx context.Context, in bedrail.Scope) ([]Recall, error)
}

// A Resource is one that was made of a message and delivered.
type Resource struct {
	Message     string `json:"message"`
	Channel     string `json:"channel"`
	Destination string `json:"destination"`
	Reference   string `json:"reference" doc:"Type and id, as its receiver has it"`
	Status      string `json:"status,omitempty"`
}

// A Carrier is the exchange.
type Carrier interface {
	Reaches(channel, destination string) string
	KindOf(channel, destination string) string
	Answers(channel string) string
	Tell(ctx context.Context, by bedrail.Actor, channel, destination string, s exchange.Suspicion) (string, error)
	Mark(ctx context.Context, by bedrail.Actor, id string, s exchange.Suspicion) (int, error)
	Marked(channel string)
}

// A Service runs recalls.
type Service struct {
	Store    Store
	Exchange Carrier
	Auth     bedrail.Authorizer
	Clock    bedrail.Clock
	Jobs     *job.Runner // nil works while the caller waits
	Log      *slog.Logger
	Tenant   string

	mu sync.Mutex // serialises changes of the account of this process
}

func (s *Service) scope() bedrail.Scope { return bedrail.Scope{Tenant: s.Tenant} }

// everywhere refuses whoever sees only a part of the house: a recall reaches
// receivers wherever they are.
func (s *Service) everywhere(ctx context.Context, by bedrail.Actor, what bedrail.Action) error {
	if len(by.Scope.Sites) > 0 || len(by.Scope.Units) > 0 {
		return bedrail.Errorf(bedrail.Denied, "a recall of data reaches receivers of the whole house; your role is for a part of it")
	}
	return s.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "data-recall"})
}

// While somebody waits, so many messages are opened to count what was made of
// them, and for no longer.
const (
	resourcesAtOnce = 100_000
	resourcesAtMost = 3 * time.Second
)

// Open calls back what a device said, after a look at what that touches. A dry
// run only looks. Above a hundred messages a second person must agree.
func (s *Service) Open(ctx context.Context, by bedrail.Actor, spec Spec) (Recall, error) {
	if err := s.everywhere(ctx, by, Open); err != nil {
		return Recall{}, err
	}
	now := s.Clock.Now()
	if err := spec.check(now); err != nil {
		return Recall{}, err
	}
	r, err := s.plan(ctx, spec)
	if err != nil || spec.DryRun {
		return r, err
	}
	if r.Reach.Messages == 0 {
		return r, bedrail.Errorf(bedrail.NotFound, "no message of %s was received in that time; nothing is called back", spec.Device)
	}
	r.ID, r.RequestedBy, r.RequestedAt = bedrail.NewID("recall", now), by.Person(), now
	entry := audit.Entry{By: by, Did: Open, To: r.ID, Personal: map[string]string{"reason": spec.Reason}}
	if r.Needs != "" {
		r.State = Waiting
		entry.Note = fmt.Sprintf("asked to call back %d messages of %s: %s", r.Reach.Messages, spec.Device, spec.Treatment)
		return r, s.Store.SaveRecall(ctx, s.scope(), r, "", entry)
	}
	entry.Note = fmt.Sprintf("%d messages of %s called back: %s", r.Reach.Messages, spec.Device, spec.Treatment)
	return s.begin(ctx, by, r, "", entry)
}

func (p *Spec) check(now time.Time) error {
	if p.Until.IsZero() || p.Until.After(now) {
		p.Until = now // nothing is called back that was not yet said
	}
	switch {
	case p.Device == "":
		return bedrail.Errorf(bedrail.Invalid, "say which device").At("device")
	case p.From.IsZero() || !p.From.Before(p.Until):
		return bedrail.Errorf(bedrail.Invalid, "from is a time before until").At("from")
	case !slices.Contains(exchange.Causes(), p.Cause):
		return bedrail.Errorf(bedrail.Invalid, "cause is one of %s", strings.Join(exchange.Causes(), ", ")).At("cause")
	case !slices.Contains([]exchange.Treatment{exchange.TellOnly, exchange.Withdraw, exchange.Amend}, p.Treatment):
		return bedrail.Errorf(bedrail.Invalid, "treatment is notice, withdraw or correct").At("treatment")
	case p.Treatment == exchange.Amend && p.ShiftSeconds == 0:
		return bedrail.Errorf(bedrail.Invalid, "what is corrected are times: say by how many seconds. Values that were wrong are withdrawn").At("shiftSeconds")
	case p.Treatment != exchange.Amend && p.ShiftSeconds != 0:
		return bedrail.Errorf(bedrail.Invalid, "shiftSeconds belongs to correct").At("shiftSeconds")
	case len(strings.TrimSpace(p.Reason)) < 3 && !p.DryRun:
		return bedrail.Errorf(bedrail.Invalid, "say why these data are called back").At("reason")
	}
	return nil
}

func (p *Spec) span() Span { return Span{p.Device, p.From, p.Until} }

// plan finds what spec touches.
func (s *Service) plan(ctx context.Context, spec Spec) (Recall, error) {
	began := time.Now()
	r := Recall{State: Planned, Spec: spec}
	var err error
	if r.Reach, r.Receivers, err = s.Store.Reach(ctx, s.scope(), spec.span()); err != nil {
		return r, err
	}
	if r.Reach.Resources, r.Reach.ResourcesRead, err = s.Store.MadeOf(ctx, s.scope(), spec.span(), resourcesAtOnce, resourcesAtMost); err != nil {
		return r, err
	}
	for i := range r.Receivers {
		one := &r.Receivers[i]
		one.Kind, one.Way, one.State = s.Exchange.KindOf(one.Channel, one.Destination), s.Exchange.Reaches(one.Channel, one.Destination), ToTell
		if one.Owner = spec.Owner; one.Owner == "" {
			one.Owner = s.Exchange.Answers(one.Channel)
		}
		if spec.Treatment == exchange.TellOnly {
			one.ByHand = 0
		} else if one.Way == "person" {
			one.ByHand = one.Messages
		}
	}
	r.Receivers = sorted(r.Receivers)
	if r.Reach.Messages > alone {
		r.Needs = fmt.Sprintf("a second person must agree: %d messages are more than %d", r.Reach.Messages, alone)
	}
	r.Reach.Seconds = time.Since(began).Seconds()
	return r, nil
}

// Approve opens a recall that another person asked for.
func (s *Service) Approve(ctx context.Context, by bedrail.Actor, id string) (Recall, error) {
	if err := s.everywhere(ctx, by, Approve); err != nil {
		return Recall{}, err
	}
	r, err := s.Store.RecallByID(ctx, s.scope(), id)
	switch {
	case err != nil:
		return r, err
	case r.State != Waiting:
		return r, bedrail.Errorf(bedrail.Conflict, "the recall %s is %s; it waits for nobody", id, r.State)
	case r.RequestedBy == by.Person():
		return r, bedrail.Errorf(bedrail.Denied, "you asked for this recall; a second person must agree to it")
	}
	r.ApprovedBy = by.Person()
	return s.begin(ctx, by, r, Waiting, audit.Entry{By: by, Did: Approve, To: id, Note: fmt.Sprintf("agreed to call back %d messages", r.Reach.Messages)})
}

// begin opens r and has the work done.
func (s *Service) begin(ctx context.Context, by bedrail.Actor, r Recall, was string, entry audit.Entry) (Recall, error) {
	due := time.Duration(r.Spec.DueHours) * time.Hour
	if due == 0 {
		due = dueUsual
	}
	r.State, r.Needs, r.OpenedAt = Opened, "", s.Clock.Now()
	r.DueAt = r.OpenedAt.Add(due)
	if err := s.Store.SaveRecall(ctx, s.scope(), r, was, entry); err != nil {
		return r, err
	}
	return s.work(ctx, by, r)
}

// Continue does what a stopped job left undone. What was done is left alone.
func (s *Service) Continue(ctx context.Context, by bedrail.Actor, id string) (Recall, error) {
	if err := s.everywhere(ctx, by, Open); err != nil {
		return Recall{}, err
	}
	r, err := s.Store.RecallByID(ctx, s.scope(), id)
	if err == nil && (r.State != Opened || r.Complete) {
		err = bedrail.Errorf(bedrail.Conflict, "the recall %s is %s, and nothing of it is undone", id, r.State)
	}
	if err != nil {
		return r, err
	}
	return s.work(ctx, by, r)
}

// work tells receivers and marks messages, as a job where there are jobs: it
// goes on when whoever asked for it goes away.
func (s *Service) work(ctx context.Context, by bedrail.Actor, r Recall) (Recall, error) {
	run := func(ctx context.Context, p *job.Progress) (any, error) { return s.carryOut(ctx, by, r.ID, p) }
	if s.Jobs == nil {
		got, err := s.carryOut(ctx, by, r.ID, nil)
		return got, err
	}
	j, err := s.Jobs.Start(ctx, by, job.Spec{Kind: "data:recall", Title: fmt.Sprintf("Call back %d messages of %s", r.Reach.Messages, r.Spec.Device), Unit: "messages", Total: int64(r.Reach.Messages)}, run)
	if err != nil {
		return r, err
	}
	r.Job = j.ID
	return r, s.change(ctx, r.ID, audit.Entry{By: by, Did: Open, To: r.ID, Note: "job " + j.ID}, func(r *Recall) error { r.Job = j.ID; return nil })
}

// change reads a recall, changes it and keeps it, one at a time.
func (s *Service) change(ctx context.Context, id string, entry audit.Entry, f func(*Recall) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.Store.RecallByID(ctx, s.scope(), id)
	if err != nil {
		return err
	}
	was := r.State
	if err := f(&r); err != nil {
		return err
	}
	return s.Store.SaveRecall(ctx, s.scope(), r, was, entry)
}

const (
	markSome = 256
	// markers are how many messages are marked at once, so that their changes
	// share a flush.
	markers = 8
)

// carryOut sends notices first, since they are what a nurse must know, and
// then each message as withdrawn or corrected.
func (s *Service) carryOut(ctx context.Context, by bedrail.Actor, id string, p *job.Progress) (Recall, error) {
	r, err := s.Store.RecallByID(ctx, s.scope(), id)
	if err != nil {
		return r, err
	}
	why := exchange.Suspicion{Recall: r.ID, Device: r.Spec.Device, Cause: r.Spec.Cause, Treatment: r.Spec.Treatment, Shift: time.Duration(r.Spec.ShiftSeconds * float64(time.Second)),
		From: r.Spec.From, Until: r.Spec.Until, Reason: r.Spec.Reason, By: by.Name, At: r.OpenedAt, Owner: r.Spec.Owner}
	for _, one := range r.Receivers {
		if one.Way == "person" || one.Notice != "" {
			continue
		}
		notice, err := s.Exchange.Tell(ctx, by, one.Channel, one.Destination, why)
		if err != nil {
			p.Fault(one.Channel+"/"+one.Destination, "the notice could not be kept; continue the recall, or tell it by a person")
			s.log().WarnContext(ctx, "a notice of a recall could not be kept", "channel", one.Channel, "destination", one.Destination, "error", err)
			continue
		}
		entry := audit.Entry{By: by, Did: Open, To: r.ID, Note: "notice " + notice + " for " + one.Destination + " of " + one.Channel}
		if err := s.change(ctx, id, entry, noticed(one, notice)); err != nil {
			return r, err
		}
	}
	marked, err := s.markAll(ctx, by, &r, why, p)
	for c := range r.Reach.Channels {
		s.Exchange.Marked(c)
	}
	entry := audit.Entry{By: by, Did: Open, To: r.ID, Note: fmt.Sprintf("%d messages marked", marked)}
	done := s.change(context.WithoutCancel(ctx), id, entry, func(now *Recall) error {
		now.Marked = marked
		now.Complete = err == nil && !slices.ContainsFunc(now.Receivers, func(one Receiver) bool { return one.Way != "person" && one.Notice == "" })
		r = *now
		return nil
	})
	if err == nil {
		err = done
	}
	return r, err
}

func noticed(one Receiver, notice string) func(*Recall) error {
	return func(r *Recall) error {
		for i := range r.Receivers {
			if r.Receivers[i].Channel == one.Channel && r.Receivers[i].Destination == one.Destination {
				r.Receivers[i].Notice = notice
			}
		}
		return nil
	}
}

// markAll marks every message of the span. What is marked already costs a look
// only.
func (s *Service) markAll(ctx context.Context, by bedrail.Actor, r *Recall, why exchange.Suspicion, p *job.Progress) (int, error) {
	p.Total(int64(r.Reach.Messages), "messages")
	marked, after := 0, ""
	for {
		ids, err := s.Store.Suspects(ctx, s.scope(), r.Spec.span(), after, markSome)
		if err != nil || len(ids) == 0 {
			return marked, err
		}
		after = ids[len(ids)-1]
		if err := s.markSome(ctx, by, ids, why); err != nil {
			return marked, err
		}
		marked += len(ids)
		p.Add(int64(len(ids)))
	}
}

func (s *Service) markSome(ctx context.Context, by bedrail.Actor, ids []string, why exchange.Suspicion) error {
	var wg sync.WaitGroup
	var mu sync.Mutex // guards first
	var first error
	next := make(chan string)
	for range markers {
		wg.Go(func() {
			for id := range next {
				_, err := s.Exchange.Mark(ctx, by, id, why)
				if err == nil || bedrail.KindOf(err) == bedrail.NotFound {
					continue // forgotten meanwhile
				}
				mu.Lock()
				if first == nil {
					first = fmt.Errorf("marking %s: %w", id, err)
				}
				mu.Unlock()
			}
		})
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		next <- id
	}
	close(next)
	wg.Wait()
	if first == nil {
		first = context.Cause(ctx)
	}
	return first
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
