package recall

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

// All lists recalls, newest first, with their accounts as they were last
// brought up to date.
func (s *Service) All(ctx context.Context, by bedrail.Actor) ([]Recall, error) {
	if err := s.everywhere(ctx, by, Read); err != nil {
		return nil, err
	}
	all, err := s.Store.Recalls(ctx, s.scope())
	for i := range all {
		if all[i].State != Opened {
			continue
		}
		if err := s.judge(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, err
}

// ByID returns one with its account as it stands now.
func (s *Service) ByID(ctx context.Context, by bedrail.Actor, id string) (Recall, error) {
	if err := s.everywhere(ctx, by, Read); err != nil {
		return Recall{}, err
	}
	return s.read(ctx, id)
}

func (s *Service) read(ctx context.Context, id string) (Recall, error) {
	r, err := s.Store.RecallByID(ctx, s.scope(), id)
	if err != nil || r.State != Opened {
		return r, err
	}
	return r, s.judge(ctx, &r)
}

func (s *Service) judge(ctx context.Context, r *Recall) error {
	progress := map[[2]string]Progress{}
	if r.Spec.Treatment != exchange.TellOnly {
		var err error
		if progress, err = s.Store.Progress(ctx, s.scope(), r.Spec.span(), r.OpenedAt); err != nil {
			return err
		}
	}
	notices := map[string]exchange.Delivery{}
	for _, one := range r.Receivers {
		if one.Notice == "" {
			continue
		}
		found, err := s.Store.Deliveries(ctx, s.scope(), one.Notice)
		if err != nil {
			return err
		}
		for _, d := range found {
			if d.Destination == one.Destination {
				notices[d.Message] = d
			}
		}
	}
	Judge(r, progress, notices, s.Clock.Now())
	return nil
}

// An AnswerSpec is what a receiver said, or who looks after it from now on.
type AnswerSpec struct {
	State string `json:"state,omitempty" enum:"told,acknowledged,refused,excepted" doc:"told: a person told it; excepted: nobody waits for it, for the reason in note"`
	Owner string `json:"owner,omitempty" maxLength:"200" doc:"Who waits for its answer from now on"`
	Note  string `json:"note" maxLength:"400" doc:"Who said what"`
}

// Answer keeps what a receiver answered to somebody. Who wrote it down is on
// record.
func (s *Service) Answer(ctx context.Context, by bedrail.Actor, id, channel, destination string, a AnswerSpec) (Recall, error) {
	if err := s.everywhere(ctx, by, Answer); err != nil {
		return Recall{}, err
	}
	switch a.State {
	case Told, Acknowledged, Refused, Excepted, "":
	default:
		return Recall{}, bedrail.Errorf(bedrail.Invalid, "state is told, acknowledged, refused or excepted").At("state")
	}
	if len(strings.TrimSpace(a.Note)) < 3 {
		return Recall{}, bedrail.Errorf(bedrail.Invalid, "say in note who said what").At("note")
	}
	if a.State == "" && a.Owner == "" {
		return Recall{}, bedrail.Errorf(bedrail.Invalid, "say what it answered, or who looks after it").At("state")
	}
	did := a.State
	if a.Owner != "" {
		did = strings.TrimSpace(did + " owner changed")
	}
	entry := audit.Entry{By: by, Did: Answer, To: id, Note: destination + " of " + channel + ": " + did, Personal: map[string]string{"reason": a.Note}}
	err := s.change(ctx, id, entry, func(r *Recall) error {
		if r.State != Opened {
			return bedrail.Errorf(bedrail.Conflict, "the recall %s is %s; nobody answers it", id, r.State)
		}
		for i := range r.Receivers {
			one := &r.Receivers[i]
			if one.Channel != channel || one.Destination != destination {
				continue
			}
			one.take(a, by, s.Clock.Now())
			return nil
		}
		return bedrail.Errorf(bedrail.NotFound, "%s of %s received nothing of this recall", destination, channel)
	})
	if err != nil {
		return Recall{}, err
	}
	return s.read(ctx, id)
}

func (r *Receiver) take(a AnswerSpec, by bedrail.Actor, now time.Time) {
	if a.Owner != "" {
		r.Owner = a.Owner
	}
	if a.State == "" {
		return
	}
	r.State, r.Note, r.AnsweredBy = a.State, a.Note, by.ID
	if a.State == Told {
		r.ToldAt = now
		if r.Way == "person" {
			return // it has yet to answer
		}
	}
	r.AnsweredAt = now
}

// Close ends a recall of which every receiver has answered or is excepted.
func (s *Service) Close(ctx context.Context, by bedrail.Actor, id, reason string) (Recall, error) {
	if err := s.everywhere(ctx, by, Answer); err != nil {
		return Recall{}, err
	}
	if len(strings.TrimSpace(reason)) < 3 {
		return Recall{}, bedrail.Errorf(bedrail.Invalid, "say with what result the recall is closed").At("reason")
	}
	entry := audit.Entry{By: by, Did: Answer, To: id, Note: "closed", Personal: map[string]string{"reason": reason}}
	err := s.change(ctx, id, entry, func(r *Recall) error {
		if r.State == Opened {
			if err := s.judge(ctx, r); err != nil {
				return err
			}
		}
		var open []string
		for _, one := range r.Receivers {
			if !one.settled() {
				open = append(open, fmt.Sprintf("%s of %s (%s)", one.Destination, one.Channel, one.State))
			}
		}
		switch {
		case r.State != Opened && r.State != Waiting:
			return bedrail.Errorf(bedrail.Conflict, "the recall %s is %s", id, r.State)
		case r.State == Opened && !r.Complete:
			return bedrail.Errorf(bedrail.Conflict, "not every message is marked yet; continue the recall first")
		case r.State == Opened && len(open) > 0:
			return bedrail.Errorf(bedrail.Conflict, "these have not answered: %s. Keep their answers, or except them by name", strings.Join(open, ", "))
		}
		r.State, r.ClosedAt, r.ClosedBy = Closed, s.Clock.Now(), by.ID
		return nil
	})
	if err != nil {
		return Recall{}, err
	}
	return s.read(ctx, id)
}

// Patients reveals who the messages are about, for a stated purpose.
func (s *Service) Patients(ctx context.Context, by bedrail.Actor, id, purpose string) ([]string, error) {
	if err := s.everywhere(ctx, by, exchange.RevealMessages); err != nil {
		return nil, err
	}
	if len(strings.TrimSpace(purpose)) < 3 {
		return nil, bedrail.Errorf(bedrail.Invalid, "say for what purpose you look at who they are").At("purpose")
	}
	r, err := s.Store.RecallByID(ctx, s.scope(), id)
	if err != nil {
		return nil, err
	}
	entry := audit.Entry{By: by, Did: exchange.RevealMessages, To: id, Note: "patients of a recall shown", Personal: map[string]string{"purpose": purpose}}
	return s.Store.PatientsOf(ctx, s.scope(), r.Spec.span(), patientsMost, entry)
}

const patientsMost = 10_000

// Resources lists what was made of the messages and delivered.
func (s *Service) Resources(ctx context.Context, by bedrail.Actor, id, after string, limit int) ([]Resource, error) {
	if err := s.everywhere(ctx, by, Read); err != nil {
		return nil, err
	}
	r, err := s.Store.RecallByID(ctx, s.scope(), id)
	if err != nil {
		return nil, err
	}
	return s.Store.Resources(ctx, s.scope(), r.Spec.span(), after, min(max(limit, 1), 500))
}

// Overdue returns open recalls with receivers that are late, for whoever pages
// their owners.
func (s *Service) Overdue(ctx context.Context) ([]Recall, error) {
	all, err := s.Store.Recalls(ctx, s.scope())
	if err != nil {
		return nil, err
	}
	var late []Recall
	for _, r := range all {
		if r.State != Opened || s.Clock.Now().Before(r.DueAt) {
			continue
		}
		if err := s.judge(ctx, &r); err != nil {
			return nil, err
		}
		if r.Overdue > 0 {
			late = append(late, r)
		}
	}
	return late, nil
}
