package exchange

import (
	"context"
	"strings"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
)

// Messages returns a page of messages: what is known of them without what they
// say.
func (x *Exchange) Messages(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[Message], error) {
	if err := x.Auth.Authorize(ctx, by, ReadMessages, bedrail.Resource{Type: "message"}); err != nil {
		return query.Page[Message]{}, err
	}
	return x.Store.Messages(ctx, by.Scope, req)
}

// message returns a message that by may do what with.
func (x *Exchange) message(ctx context.Context, by bedrail.Actor, what bedrail.Action, id string) (Message, error) {
	m, err := x.Store.Message(ctx, x.scope(), id)
	if err != nil {
		return Message{}, err
	}
	d := Definition{Name: m.Channel}
	if l := x.line(m.Channel); l != nil {
		d = l.plan.Load().Definition
	}
	if !by.Scope.Admits(d.Site, d.Unit) {
		return Message{}, bedrail.Errorf(bedrail.NotFound, "there is no message %s", id)
	}
	return m, x.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "message", ID: id, Site: d.Site, Unit: d.Unit})
}

// A View is a message as it is shown without revealing what it says: issues
// keep their places and rules, and facts that speak of a patient are left out.
type View struct {
	Message
	Devices    []DeviceClaim
	Issues     []Issue
	Stamp      Stamp
	Deliveries []Delivery
	// Patient is the association without its patient.
	Patient   *Association
	Revisions []RevisionNote
}

// MessageByID returns a message with its deliveries, masked.
func (x *Exchange) MessageByID(ctx context.Context, by bedrail.Actor, id string) (View, error) {
	m, err := x.message(ctx, by, ReadMessages, id)
	if err != nil {
		return View{}, err
	}
	v := View{Message: m, Devices: m.Sealed.Facts.Devices, Issues: m.Sealed.Issues, Stamp: m.Sealed.Stamp}
	if v.Patient, err = x.association(ctx, &m); err != nil {
		return View{}, err
	}
	if v.Patient != nil {
		masked := *v.Patient
		masked.Patient, masked.Visit, masked.Was, masked.Place = "", "", "", Place{}
		v.Patient = &masked
	}
	if m.Revision > 0 {
		revisions, err := x.Store.Revisions(ctx, x.scope(), id)
		if err != nil {
			return View{}, err
		}
		for _, r := range revisions {
			v.Revisions = append(v.Revisions, noteOf(r))
		}
	}
	v.Sealed = Sealed{Hash: "", Peer: m.Sealed.Peer}
	v.Deliveries, err = x.Store.Deliveries(ctx, x.scope(), id)
	return v, err
}

// A Content is what a message says.
type Content struct {
	Message   Message
	Body      []byte
	Truncated bool
	Bodies    map[string]DeliveryBody // by destination
	Patient   *Association            // whom it belongs to, as far as others say
	Revisions []Revision
}

// revealMost is how much of a message is shown; the rest is downloaded.
const revealMost = 1 << 20

// Reveal returns what a message says. Who looks and why is on record.
func (x *Exchange) Reveal(ctx context.Context, by bedrail.Actor, id, purpose string) (Content, error) {
	purpose = strings.TrimSpace(purpose)
	if len(purpose) < 3 {
		return Content{}, bedrail.Errorf(bedrail.Invalid, "say for what purpose you look at a patient's data").At("purpose")
	}
	m, err := x.message(ctx, by, RevealMessages, id)
	if err != nil {
		return Content{}, err
	}
	if !m.Forgotten.IsZero() {
		return Content{}, bedrail.Errorf(bedrail.NotFound, "the content of message %s was forgotten", id)
	}
	entry := audit.Entry{By: by, Did: RevealMessages, To: id, Note: "content shown", Personal: map[string]string{"purpose": purpose}}
	if err := x.Store.Record(ctx, x.scope(), entry); err != nil {
		return Content{}, err
	}
	c := Content{Message: m, Bodies: map[string]DeliveryBody{}}
	if c.Body, err = x.Store.MessageBody(ctx, x.scope(), id, revealMost); err != nil {
		return Content{}, err
	}
	if m.Revision > 0 {
		if c.Revisions, err = x.Store.Revisions(ctx, x.scope(), id); err != nil {
			return Content{}, err
		}
	}
	if c.Patient, err = x.association(ctx, &m); err != nil {
		return Content{}, err
	}
	c.Truncated = int64(len(c.Body)) < m.Size
	deliveries, err := x.Store.Deliveries(ctx, x.scope(), id)
	if err != nil {
		return Content{}, err
	}
	for _, d := range deliveries {
		b, err := x.Store.DeliveryBody(ctx, x.scope(), id, d.Destination)
		if bedrail.KindOf(err) == bedrail.NotFound {
			continue
		}
		if err != nil {
			return Content{}, err
		}
		c.Bodies[d.Destination] = b
	}
	return c, nil
}

// Ledger returns the ledger of the channels that by may see.
func (x *Exchange) Ledger(ctx context.Context, by bedrail.Actor) (Ledger, error) {
	if err := x.Auth.Authorize(ctx, by, ReadMessages, bedrail.Resource{Type: "message"}); err != nil {
		return Ledger{}, err
	}
	l, err := x.Store.Ledger(ctx, x.scope())
	if err != nil {
		return l, err
	}
	out := Ledger{Sources: []SourceLedger{}}
	seen := map[string]bool{}
	for _, s := range l.Sources {
		seen[s.Channel] = true
		line := x.line(s.Channel)
		d := Definition{Name: s.Channel}
		if line != nil {
			d = line.plan.Load().Definition
		}
		if !by.Scope.Admits(d.Site, d.Unit) {
			continue
		}
		s.Destinations = withAll(s.Destinations, d)
		out.Sources = append(out.Sources, s)
	}
	for _, line := range x.all() { // a channel that has had no message yet
		d := line.plan.Load().Definition
		if !seen[line.name] && by.Scope.Admits(d.Site, d.Unit) {
			out.Sources = append(out.Sources, SourceLedger{Channel: line.name, Balanced: true, Destinations: withAll([]DestinationLedger{}, d)})
		}
	}
	return out.sorted(), nil
}
