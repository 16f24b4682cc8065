package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/hl7"
)

var _ Intake = (*line)(nil)

// Receive reads, checks, binds and routes a message, and returns once it is
// kept and flushed.
func (l *line) Receive(ctx context.Context, in Inbound) (Receipt, error) {
	began := time.Now()
	p := l.plan.Load()
	if p.State != Running && !in.own {
		return Receipt{}, bedrail.Errorf(bedrail.Unavailable, "the channel %s is %s; nothing is taken in", l.name, p.State)
	}
	a, err := l.accept(ctx, p, &in)
	if err != nil {
		return Receipt{}, err
	}
	var answers <-chan []byte
	if p.Definition.AnswerFrom != "" {
		answers = l.relay.expect(a.id)
		defer l.relay.forget(a.id)
	}
	kept, err := l.x.Store.KeepMessage(ctx, l.x.scope(), a.keeping(false, Twin{}), a.decide)
	if err != nil {
		return Receipt{}, errors.Join(fmt.Errorf("keeping a message of %s: %w", l.name, err), a.discard())
	}
	if kept.Message.State == Duplicate {
		if err := a.discard(); err != nil {
			l.x.Log.WarnContext(ctx, "the file of a duplicate was not removed; the sweep does it", "error", err)
		}
	}
	l.offer(kept)
	l.follow(ctx, p, kept, a)
	if l.x.Received != nil {
		l.x.Received(kept.Message.ID, l.name, kept.Message.State, time.Since(began))
	}
	l.x.notice(Notice{Kind: "received", Channel: l.name, Message: kept.Message.ID, Device: kept.Message.Device, Trust: kept.Message.Trust,
		Site: p.Definition.Site, Unit: p.Definition.Unit, Kept: &kept.Message, HL7: a.reading.hl7})
	receipt := receiptOf(kept)
	if answers != nil {
		receipt.Relayed = l.relayed(ctx, p, kept, answers)
	}
	return receipt, nil
}

// An acceptance is a message on its way into the store.
type acceptance struct {
	l    *line
	p    *plan
	in   *Inbound
	id   string
	at   time.Time
	file BodyFile
	hash string
	size int64
	salt []byte
	lane string

	reading reading
	stamp   Stamp
	patient *Association
	moves   []Move
}

// follow does what follows from a message that is kept: patients move, and
// receivers are told where a contained device falls silent.
func (l *line) follow(ctx context.Context, p *plan, k *Keeping, a *acceptance) {
	if k.Message.State == Duplicate || a.in.own {
		return
	}
	for _, m := range k.Moves {
		l.x.Beds.Take(m)
	}
	switch {
	case k.Message.State == Held && k.Message.Reason == string(Quarantined):
		l.withheld(ctx, p, &k.Message)
	case k.Message.Trust != Quarantined && l.hasGap(k.Message.Device):
		l.given(ctx, &k.Message)
	}
}

// bind finds the device of a message and what speaks for and against it.
func (a *acceptance) bind(ctx context.Context, p *plan) Located {
	l, in := a.l, a.in
	if in.own {
		a.stamp = Stamp{Trust: Trusted, Reasons: []string{"Bedrail says so itself"}}
		return Located{}
	}
	if l.x.Inventory == nil {
		a.stamp = Stamp{Trust: Unknown}
		return Located{}
	}
	b := l.x.Inventory.Bind(ctx, l.x.Tenant, a.reading.facts.Devices, in.Peer)
	a.stamp, in.Peer = b.Stamp, b.Peer
	if a.stamp.Trust == Mismatched {
		text := strings.Join(a.stamp.Reasons, "; ")
		a.reading.issues = append(a.reading.issues, Issue{Severity: hl7.Warning, Code: "security", Rule: RuleSpoofed, Text: text})
		for i := range b.Rivals {
			if b.Rivals[i].Message == "" && i == 0 {
				b.Rivals[i].Message = a.id
			}
		}
		a.find(p, RuleSpoofed, text, b.Rivals)
	}
	for _, i := range in.Issues {
		if i.Code == "security" { // the door saw two where one should be
			a.find(p, i.Rule, i.Text, []Sighting{{Number: in.Peer.ClientID, Address: in.Peer.Address.Addr().String(), Message: a.id, At: a.at, Said: i.Text}})
		}
	}
	return b.Where
}

// find tells of somebody who is not who they say they are.
func (a *acceptance) find(p *plan, rule, text string, rivals []Sighting) {
	a.l.x.notice(Notice{Kind: "finding", Channel: a.l.name, Message: a.id, Device: a.stamp.Device, Trust: a.stamp.Trust, Text: text, Rule: rule, Rivals: rivals,
		Site: p.Definition.Site, Unit: p.Definition.Unit})
}

// associate says whom a message belongs to, and what is uncertain of it.
func (a *acceptance) associate(where Located, zone *time.Location) {
	f := &a.reading.facts
	if a.reading.unreadable || a.in.own {
		return
	}
	a.moves = readMoves(a.reading.hl7, f, a.id, a.at, zone)
	if len(a.moves) > 0 || !belongs(a.in.Format, f) {
		return
	}
	at := f.ObservedAt
	if at.IsZero() || at.After(a.at.Add(time.Minute)) { // a wrong clock must not look into other days
		at = a.at
	}
	as := Associate(f, where, &a.l.x.Beds, at)
	if as.Patient == "" && len(f.Patients) > 0 {
		return // nothing speaks for or against what the message says
	}
	a.patient = &as
	if i, wrong := as.issue(len(f.Patients) > 0); wrong {
		a.reading.issues = append(a.reading.issues, i)
	}
}

// accept does everything that comes before the commit. All of it is local and
// bounded.
func (l *line) accept(ctx context.Context, p *plan, in *Inbound) (*acceptance, error) {
	now := l.x.Clock.Now()
	if in.At.IsZero() {
		in.At = now
	}
	if in.Format == "" {
		kind, err := l.x.Kinds.source(p.Definition.Source.Kind)
		if err != nil {
			return nil, err
		}
		in.Format = kind.Format
	}
	a := &acceptance{l: l, p: p, in: in, id: l.x.ids.next(now), at: now, salt: newSalt()}
	if err := a.take(ctx); err != nil {
		return nil, err
	}
	checks := p.Definition.Validate
	if in.own {
		checks = nil
	}
	a.reading = l.x.Checker.read(in, checks, in.At)
	where := a.bind(ctx, p)
	a.associate(where, l.x.Checker.zone())
	if field, value := p.lane(&a.reading.facts); value != "" {
		a.lane = l.x.Blind(field, l.name+" "+value)
	} else {
		a.lane = a.id
	}
	return a, nil
}

// take reads the body to its end; a large one goes to a file.
func (a *acceptance) take(ctx context.Context) error {
	if a.in.Stream == nil && len(a.in.Body) <= InlineBytes {
		sum := sha256.Sum256(a.in.Body)
		a.hash, a.size = hex.EncodeToString(sum[:]), int64(len(a.in.Body))
		return nil
	}
	r := a.in.Stream
	if r == nil {
		r = newBytesReader(a.in.Body)
	}
	file, err := a.l.x.Store.TakeBody(ctx, a.l.x.scope(), a.id, r)
	if err != nil {
		return fmt.Errorf("keeping a large body: %w", err)
	}
	a.file, a.hash, a.size = file, file.Hash(), file.Size()
	return nil
}

func (a *acceptance) discard() error {
	if a.file == nil {
		return nil
	}
	return a.file.Discard()
}

// decide is asked when the sender used the control id before. The same bytes
// are answered as before and delivered no more, unless they were rejected
// then: a sender that was refused may try again.
func (a *acceptance) decide(t Twin, k Keeping) Keeping {
	switch {
	case !t.Same:
		return *a.keeping(true, t)
	case t.State == Rejected:
		return k
	}
	k.Message.State, k.Message.Outcome, k.Message.Reason = Duplicate, Accepted, ""
	k.Message.DuplicateOf, k.Message.HeldUntil = t.ID, time.Time{}
	k.Message.Sealed.Answer = t.Answer
	k.Message.Large = false
	k.Body, k.File, k.Lookups, k.Deliveries, k.Moves = nil, nil, nil, nil, nil
	k.Entry.Note = receiveNote(&k.Message) + " duplicate of " + t.ID
	return k
}

// keeping is the message as it will be kept. reused says that its sender used
// the control id for t.
func (a *acceptance) keeping(reused bool, t Twin) *Keeping {
	r := a.reading
	if reused {
		r.issues = append(slices.Clone(r.issues), reuseIssue(t))
	}
	f := &a.reading.facts
	m := Message{
		ID: a.id, Channel: a.l.name, Version: a.p.Version, ReceivedAt: a.at, Format: a.in.Format, ContentType: a.in.ContentType, Size: a.size,
		Large: a.file != nil, Type: f.Type, Event: f.Event, Profile: f.Profile, Sender: f.Sender, Live: f.Live,
		Device: a.stamp.Device, Trust: a.stamp.Trust, Severity: worst(r.issues), Issues: len(r.issues), Unassured: a.in.Unassured,
		Sealed: Sealed{Facts: *f, Peer: a.in.Peer, Issues: r.issues, Stamp: a.stamp, Hash: a.hash, Salt: a.salt, Patient: a.patient, Own: a.in.own},
	}
	if a.in.Peer.Address.IsValid() {
		m.Peer = a.in.Peer.Address.Addr().String()
	}
	v := a.p.decide(r, a.stamp, a.patient, reused)
	if a.in.own {
		v = verdict{state: Pending, outcome: Accepted}
	}
	s := &subject{format: a.in.Format, body: a.in.Body, facts: f, stamp: a.stamp, peer: m.Peer, worst: m.Severity, hl7: r.hl7}
	k := &Keeping{Body: a.in.Body, File: a.file, Lookups: append(lookups(f), a.in.Lookups...), Moves: a.moves}
	if a.patient != nil && a.patient.Patient != "" && len(f.Patients) == 0 {
		k.Lookups = append(k.Lookups, Lookup{"patient", Normal(a.patient.Patient)})
	}
	if a.file != nil {
		k.Body = nil
	}
	k.Deliveries = a.p.route(s, v, a.id, a.lane, a.at)
	if a.in.to != "" {
		forOne(k.Deliveries, a.in.to, a.at)
	}
	m.State, m.Outcome, m.Reason = v.state, v.outcome, v.reason
	if v.state != Rejected {
		m.State = StateOf(k.Deliveries)
	}
	if m.State == Held {
		m.HeldUntil = a.at.Add(a.p.hold().Longest.Or(holdLongest))
	} else if v.state == Held { // nobody wants it, so nothing is held
		m.Outcome, m.Reason = Accepted, ""
	}
	k.Message = m
	if a.in.Answer != nil {
		k.Message.Sealed.Answer = a.in.Answer(receiptOf(k))
	}
	k.Entry = audit.Entry{By: systemActor(a.l.x.Tenant), Did: "message:receive", To: a.id, Note: receiveNote(&k.Message), At: a.at}
	return k
}

// forOne routes what is for one destination past the others.
func forOne(all []Delivery, to string, now time.Time) {
	for i := range all {
		d := &all[i]
		if d.State, d.DoneAt = NotForIt, now; d.Destination == to {
			d.State, d.DoneAt = Queued, time.Time{}
		}
	}
}

func receiptOf(k *Keeping) Receipt {
	m := &k.Message
	return Receipt{ID: m.ID, State: m.State, Outcome: m.Outcome, Duplicate: m.State == Duplicate, Issues: m.Sealed.Issues, Facts: m.Sealed.Facts, Trust: m.Sealed.Stamp, Answer: m.Sealed.Answer}
}

// Errors returns those of issues that an answer tells of.
func Errors(issues []Issue) []Issue {
	return slices.DeleteFunc(slices.Clone(issues), func(i Issue) bool { return i.Severity != hl7.Fatal && i.Severity != hl7.ErrorLevel })
}
