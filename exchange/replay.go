package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/job"
)

// replayAlone is how many messages one person may send again; more need a
// second person.
const replayAlone = 100

// replayMost bounds what one replay may touch.
const replayMost = 100_000

// A ReplaySpec says what is to be sent again.
type ReplaySpec struct {
	IDs          []string        `json:"ids,omitempty"`
	Filter       string          `json:"filter,omitempty"`       // of messages, instead of ids
	Destinations []string        `json:"destinations,omitempty"` // empty is all that the messages went to
	From         []DeliveryState `json:"from,omitempty"`         // which deliveries; empty is dead and held
	Reason       string          `json:"reason"`
	DryRun       bool            `json:"dryRun,omitempty"`
}

// A Replay is a request to send messages again, with what it touches.
type Replay struct {
	ID          string         `json:"id,omitempty"`
	State       string         `json:"state"` // planned, waiting, running, done, refused
	Spec        ReplaySpec     `json:"spec"`
	Messages    int            `json:"messages"`
	Deliveries  map[string]int `json:"deliveries"` // by destination
	States      map[string]int `json:"states"`     // of those deliveries now
	Needs       string         `json:"needs,omitempty"`
	RequestedBy string         `json:"requestedBy,omitempty"`
	RequestedAt time.Time      `json:"requestedAt,omitzero"`
	ApprovedBy  string         `json:"approvedBy,omitempty"`
	Job         string         `json:"job,omitempty"`
	Requeued    int            `json:"requeued"`
	ids         []string
}

// Replay sends messages again, after a look at what that touches. A dry run
// only looks. Above a hundred messages a second person must agree.
func (x *Exchange) Replay(ctx context.Context, by bedrail.Actor, spec ReplaySpec) (Replay, error) {
	if err := x.Auth.Authorize(ctx, by, ReplayMessages, bedrail.Resource{Type: "message"}); err != nil {
		return Replay{}, err
	}
	for _, s := range spec.From {
		if !slices.Contains([]DeliveryState{GivenUp, WaitsHeld, Arrived}, s) {
			return Replay{}, bedrail.Errorf(bedrail.Invalid, "from is %q; deliveries that are dead, held or delivered can be sent again", s).At("from")
		}
	}
	if len(strings.TrimSpace(spec.Reason)) < 3 && !spec.DryRun {
		return Replay{}, bedrail.Errorf(bedrail.Invalid, "say why these messages are sent again").At("reason")
	}
	r, err := x.planReplay(ctx, by, spec)
	if err != nil || spec.DryRun {
		return r, err
	}
	if r.Messages == 0 {
		return r, bedrail.Errorf(bedrail.NotFound, "no delivery answers to this; nothing was sent again")
	}
	r.ID, r.RequestedBy, r.RequestedAt = bedrail.NewID("replay", x.Clock.Now()), by.Person(), x.Clock.Now()
	if r.Messages > replayAlone {
		r.State = "waiting"
		r.Spec.IDs = r.ids // what the second person agrees to is what was asked
		entry := audit.Entry{By: by, Did: ReplayMessages, To: r.ID, Note: fmt.Sprintf("asked to send %d messages again", r.Messages), Personal: map[string]string{"reason": spec.Reason}}
		return r, x.Store.SaveReplay(ctx, x.scope(), r, entry)
	}
	return x.runReplay(ctx, by, r)
}

// Approve lets a replay run that another person asked for.
func (x *Exchange) Approve(ctx context.Context, by bedrail.Actor, id string) (Replay, error) {
	if err := x.Auth.Authorize(ctx, by, ApproveReplay, bedrail.Resource{Type: "message"}); err != nil {
		return Replay{}, err
	}
	r, err := x.Store.ReplayByID(ctx, x.scope(), id)
	switch {
	case err != nil:
		return r, err
	case r.State != "waiting":
		return r, bedrail.Errorf(bedrail.Conflict, "the replay %s is %s; it waits for nobody", id, r.State)
	case r.RequestedBy == by.Person():
		return r, bedrail.Errorf(bedrail.Denied, "you asked for this replay; a second person must agree to it")
	}
	r.ApprovedBy, r.ids = by.Person(), r.Spec.IDs
	return x.runReplay(ctx, by, r)
}

// Replays lists what was asked for, newest first.
func (x *Exchange) Replays(ctx context.Context, by bedrail.Actor) ([]Replay, error) {
	if err := x.Auth.Authorize(ctx, by, ReadMessages, bedrail.Resource{Type: "message"}); err != nil {
		return nil, err
	}
	return x.Store.Replays(ctx, x.scope())
}

// planReplay finds what spec touches.
func (x *Exchange) planReplay(ctx context.Context, by bedrail.Actor, spec ReplaySpec) (Replay, error) {
	r := Replay{State: "planned", Spec: spec, Deliveries: map[string]int{}, States: map[string]int{}}
	from := spec.From
	if len(from) == 0 {
		from = []DeliveryState{GivenUp, WaitsHeld}
	}
	err := x.eachMessage(ctx, by, spec, func(id string) error {
		deliveries, err := x.Store.Deliveries(ctx, x.scope(), id)
		if err != nil {
			return err
		}
		touched := false
		for _, d := range deliveries {
			if !slices.Contains(from, d.State) || len(spec.Destinations) > 0 && !slices.Contains(spec.Destinations, d.Destination) || !x.delivers(d) {
				continue
			}
			touched = true
			r.Deliveries[d.Destination]++
			r.States[string(d.State)]++
		}
		if touched {
			r.ids = append(r.ids, id)
		}
		return nil
	})
	r.Messages = len(r.ids)
	if r.Messages > replayAlone {
		r.Needs = fmt.Sprintf("a second person must agree: %d messages are more than %d", r.Messages, replayAlone)
	}
	return r, err
}

// delivers reports whether there still is a way to where d goes.
func (x *Exchange) delivers(d Delivery) bool {
	l := x.line(d.Channel)
	if l == nil {
		return false
	}
	_, ok := l.plan.Load().destination(d.Destination)
	return ok
}

// eachMessage calls each for the messages of spec that by may see.
func (x *Exchange) eachMessage(ctx context.Context, by bedrail.Actor, spec ReplaySpec, each func(id string) error) error {
	for _, id := range spec.IDs {
		if _, err := x.message(ctx, by, ReplayMessages, id); err != nil {
			return err
		}
		if err := each(id); err != nil {
			return err
		}
	}
	if spec.Filter == "" {
		if len(spec.IDs) == 0 {
			return bedrail.Errorf(bedrail.Invalid, "say which messages: ids, or a filter such as channel:adt state:dead")
		}
		return nil
	}
	f, err := query.Parse(spec.Filter)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%w", err).At("filter")
	}
	req := query.Request{Filter: f, Sort: query.ParseSort("id"), Limit: 500}
	for n := 0; ; {
		page, err := x.Store.Messages(ctx, by.Scope, req)
		if err != nil {
			return err
		}
		for _, m := range page.Items {
			if n++; n > replayMost {
				return bedrail.Errorf(bedrail.Invalid, "the filter names more than %d messages; narrow it", replayMost)
			}
			if err := each(m.ID); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		req.Cursor = page.Next
	}
}

// runReplay queues the deliveries of r again, as a job where there are jobs:
// it goes on when whoever asked for it goes away.
func (x *Exchange) runReplay(ctx context.Context, by bedrail.Actor, r Replay) (Replay, error) {
	if x.Jobs == nil {
		return x.requeue(ctx, by, r, nil)
	}
	r.State = "running"
	type outcome struct {
		r   Replay
		err error
	}
	ended := make(chan outcome, 1)
	work := func(ctx context.Context, p *job.Progress) (any, error) {
		got, err := x.requeue(ctx, by, r, p)
		ended <- outcome{got, err}
		return got, err
	}
	j, err := x.Jobs.Start(ctx, by, job.Spec{Kind: "message:replay", Title: fmt.Sprintf("Send %d messages again", len(r.ids)), Unit: "messages", Total: int64(len(r.ids))}, work)
	if err != nil {
		return r, err
	}
	told := r // the job has r
	told.Job = j.ID
	select {
	case o := <-ended:
		return o.r, o.err
	case <-ctx.Done():
	case <-time.After(replayPatience):
	}
	return told, nil
}

// replayPatience is how long whoever asks for a replay waits for its end: few
// messages are sent again at once.
const replayPatience = 2 * time.Second

// requeue does the work of a replay, and keeps what came of it.
func (x *Exchange) requeue(ctx context.Context, by bedrail.Actor, r Replay, p *job.Progress) (Replay, error) {
	p.Total(int64(len(r.ids)), "messages")
	defer func() { // what was queued goes, also when the rest does not
		for _, l := range x.all() {
			l.rescan()
		}
	}()
	for chunk := range slices.Chunk(r.ids, 100) {
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		entry := audit.Entry{By: by, Did: ReplayMessages, To: r.ID, Note: fmt.Sprintf("%d messages queued again", len(chunk)), Personal: map[string]string{"reason": r.Spec.Reason}}
		n, err := x.Store.Requeue(ctx, x.scope(), Requeue{Messages: chunk, Destinations: r.Spec.Destinations, From: r.Spec.From, At: x.Clock.Now()}, entry)
		if err != nil {
			return r, err
		}
		r.Requeued += n
		p.Add(int64(len(chunk)))
	}
	r.State, r.Job = "done", p.JobID()
	return r, x.Store.SaveReplay(ctx, x.scope(), r, audit.Entry{By: by, Did: ReplayMessages, To: r.ID, Note: fmt.Sprintf("%d deliveries queued again", r.Requeued)})
}

// Release lets held messages go now.
func (x *Exchange) Release(ctx context.Context, by bedrail.Actor, ids []string, reason string) (Replay, error) {
	return x.Replay(ctx, by, ReplaySpec{IDs: ids, From: []DeliveryState{WaitsHeld}, Reason: reason})
}
