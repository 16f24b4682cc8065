package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/hl7"
)

// Kinds of revisions.
const (
	Repaired   = "repair"  // a person mended a copy of the content
	Reassigned = "patient" // the message was given to another patient
)

// A Revision is what a message became after it came. What came is kept as it
// came, and each revision beside it.
type Revision struct {
	Message string    `json:"message"`
	N       int       `json:"revision"`
	Kind    string    `json:"kind"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Body    []byte    `json:"body,omitempty"` // of a repair, whole
	Hash    string    `json:"hash,omitempty"`
	Issues  []Issue   `json:"issues,omitempty"`
	// Patient is the association from now on; Body is nil then.
	Patient *Association `json:"patient,omitempty"`
	// Suspicion is why it must not be relied on; Body is nil then.
	Suspicion *Suspicion `json:"suspicion,omitempty"`
}

// A RevisionNote is a revision without what it says of a patient.
type RevisionNote struct {
	N      int       `json:"revision"`
	Kind   string    `json:"kind" enum:"repair,patient,recall"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Issues int       `json:"issues" doc:"What is still wrong with the repaired copy"`
	Recall string    `json:"recall,omitempty" doc:"The recall that it belongs to"`
}

func noteOf(r Revision) RevisionNote {
	n := RevisionNote{N: r.N, Kind: r.Kind, At: r.At, By: r.By, Reason: r.Reason, Issues: len(r.Issues)}
	if r.Suspicion != nil {
		n.Recall = r.Suspicion.Recall
	}
	return n
}

// What an actor may do beside reading and sending again.
const (
	RepairMessages    bedrail.Action = "message:repair"    // mend a copy of the content
	AssociateMessages bedrail.Action = "message:associate" // say whom messages belong to
)

// A RepairSpec says how the copy of a message is mended.
type RepairSpec struct {
	Steps   []Step `json:"steps,omitempty"` // set, remove: as in a channel
	Text    string `json:"text,omitempty"`  // or the whole content; line ends become segment ends
	Reason  string `json:"reason"`
	Release bool   `json:"release,omitempty"` // send it where it waits or was given up
	DryRun  bool   `json:"dryRun,omitempty"`
}

// A RepairReport says what a repair did.
type RepairReport struct {
	Message  string  `json:"message"`
	Revision int     `json:"revision"`
	Valid    bool    `json:"valid"` // the mended copy has no error any more
	Before   int     `json:"before"`
	Left     []Issue `json:"left"` // what is still wrong
	Requeued int     `json:"requeued"`
}

// Repair mends a copy of a message and sends that, where asked, instead of
// what came. What came is kept; who mended it and why is on record, and goes
// with what is sent as Provenance.
func (x *Exchange) Repair(ctx context.Context, by bedrail.Actor, id string, spec RepairSpec) (RepairReport, error) {
	if len(strings.TrimSpace(spec.Reason)) < 3 {
		return RepairReport{}, bedrail.Errorf(bedrail.Invalid, "say why the message is mended").At("reason")
	}
	m, err := x.message(ctx, by, RepairMessages, id)
	switch {
	case err != nil:
		return RepairReport{}, err
	case !m.Forgotten.IsZero():
		return RepairReport{}, bedrail.Errorf(bedrail.NotFound, "the content of message %s was forgotten", id)
	case m.DuplicateOf != "" || m.Large || m.State == Rejected:
		return RepairReport{}, bedrail.Errorf(bedrail.Conflict, "message %s is %s; what was held, given up or delivered can be mended, up to %d bytes", id, m.State, InlineBytes)
	}
	body, err := x.current(ctx, &m)
	if err != nil {
		return RepairReport{}, err
	}
	mended, err := mend(m, body, spec)
	if err != nil {
		return RepairReport{}, err
	}
	var v *Validation
	if l := x.line(m.Channel); l != nil {
		v = l.plan.Load().Definition.Validate
	}
	r := x.Checker.read(&Inbound{Format: m.Format, Body: mended}, v, m.ReceivedAt)
	if r.unreadable {
		return RepairReport{}, bedrail.Errorf(bedrail.Invalid, "what it would become cannot be read as a message")
	}
	report := RepairReport{Message: id, Revision: m.Revision + 1, Valid: !hl7.InvalidMessage(r.issues), Before: m.Issues, Left: Errors(r.issues)}
	if spec.DryRun {
		return report, nil
	}
	rev := Revision{Message: id, N: m.Revision + 1, Kind: Repaired, At: x.Clock.Now(), By: by.ID, Reason: spec.Reason, Body: mended, Hash: hashOf(mended), Issues: r.issues}
	var again *Requeue
	if spec.Release {
		again = &Requeue{Messages: []string{id}, At: rev.At}
	}
	entry := audit.Entry{By: by, Did: RepairMessages, To: id, At: rev.At, Personal: map[string]string{"reason": spec.Reason},
		Note: fmt.Sprintf("revision %d repaired %s", rev.N, Commit(m.Sealed.Salt, "revision", rev.Hash))}
	report.Requeued, err = x.Store.SaveRevision(ctx, x.scope(), rev, lookups(&r.facts), again, entry)
	if err == nil {
		x.revised(m.Channel)
	}
	return report, err
}

// current returns the content as the last repair left it.
func (x *Exchange) current(ctx context.Context, m *Message) ([]byte, error) {
	if m.Revision > 0 {
		revisions, err := x.Store.Revisions(ctx, x.scope(), m.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range slices.Backward(revisions) {
			if r.Kind == Repaired {
				return r.Body, nil
			}
		}
	}
	return x.Store.MessageBody(ctx, x.scope(), m.ID, InlineBytes)
}

func mend(m Message, body []byte, spec RepairSpec) ([]byte, error) {
	if (spec.Text == "") == (len(spec.Steps) == 0) {
		return nil, bedrail.Errorf(bedrail.Invalid, "give either steps or text").At("steps")
	}
	if spec.Text != "" {
		text := spec.Text
		if m.Format == HL7v2 {
			text = strings.NewReplacer("\r\n", "\r", "\n", "\r").Replace(text)
		}
		if len(text) > InlineBytes {
			return nil, bedrail.Errorf(bedrail.Invalid, "text is longer than %d bytes", InlineBytes).At("text")
		}
		return []byte(text), nil
	}
	for _, s := range spec.Steps {
		if s.Script != "" {
			return nil, bedrail.Errorf(bedrail.Invalid, "a repair sets and removes; scripts belong to channels").At("steps")
		}
	}
	steps, err := compileSteps(spec.Steps, nil)
	if err != nil {
		return nil, err
	}
	s := &subject{format: m.Format, body: body, facts: &m.Sealed.Facts, stamp: m.Sealed.Stamp, peer: m.Peer, worst: m.Severity}
	out, did, err := transform(s, steps, nil)
	if err == nil && !did {
		err = bedrail.Errorf(bedrail.Invalid, "these steps change nothing")
	}
	return slices.Clone(out), err
}

// revised has the ways of a channel look again at what waits.
func (x *Exchange) revised(channel string) {
	if l := x.line(channel); l != nil {
		l.rescan()
	}
	x.notice(Notice{Kind: "changed", Channel: channel})
}

// A CorrectSpec says which messages belong to another patient than was
// thought: by name, or all of a device within a time.
type CorrectSpec struct {
	IDs     []string  `json:"ids,omitempty"`
	Device  string    `json:"device,omitempty"`
	From    time.Time `json:"from,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	Patient string    `json:"patient,omitempty"` // identifier; empty takes what the admissions say now
	Reason  string    `json:"reason"`
	DryRun  bool      `json:"dryRun,omitempty"`
}

// A CorrectReport says what a correction touches. It names no patient.
type CorrectReport struct {
	Looked   int      `json:"looked"`   // messages that were looked at
	Changed  []string `json:"changed"`  // that belong to another patient now
	Certain  int      `json:"certain"`  // of those, whose new association is no doubt
	Requeued int      `json:"requeued"` // deliveries of them that are sent again
}

// correctMost bounds what one correction may touch.
const correctMost = 5000

// Correct gives messages to the patient that they belong to. What was sent is
// sent again to receivers of mapped resources, under the same ids and with a
// Provenance that says what was corrected, by whom and why. Without a patient
// the admissions are asked again, as they are known now: that is how a bed
// that was entered late is put right.
func (x *Exchange) Correct(ctx context.Context, by bedrail.Actor, spec CorrectSpec) (CorrectReport, error) {
	report := CorrectReport{Changed: []string{}}
	if len(strings.TrimSpace(spec.Reason)) < 3 && !spec.DryRun {
		return report, bedrail.Errorf(bedrail.Invalid, "say why the association is corrected").At("reason")
	}
	ids, err := x.correctable(ctx, by, spec)
	if err != nil {
		return report, err
	}
	channels := map[string]bool{}
	for _, id := range ids {
		m, err := x.message(ctx, by, AssociateMessages, id)
		if err != nil {
			return report, err
		}
		if !m.Forgotten.IsZero() || m.DuplicateOf != "" {
			continue
		}
		report.Looked++
		next, differs, err := x.reconsider(ctx, by, &m, spec)
		if err != nil {
			return report, err
		}
		if !differs {
			continue
		}
		report.Changed = append(report.Changed, id)
		if !next.Ambiguous {
			report.Certain++
		}
		if spec.DryRun {
			continue
		}
		n, err := x.reassign(ctx, by, &m, next, spec.Reason)
		if err != nil {
			return report, err
		}
		report.Requeued += n
		channels[m.Channel] = true
	}
	for c := range channels {
		x.revised(c)
	}
	return report, nil
}

func (x *Exchange) correctable(ctx context.Context, by bedrail.Actor, spec CorrectSpec) ([]string, error) {
	if len(spec.IDs) > 0 {
		if len(spec.IDs) > correctMost {
			return nil, bedrail.Errorf(bedrail.Invalid, "at most %d messages are corrected at once", correctMost)
		}
		return spec.IDs, nil
	}
	if spec.Device == "" || spec.From.IsZero() {
		return nil, bedrail.Errorf(bedrail.Invalid, "say which messages: ids, or a device and from when on")
	}
	until := spec.Until
	if until.IsZero() {
		until = x.Clock.Now()
	}
	filter := fmt.Sprintf("device:%s received>=%s received<=%s", spec.Device, spec.From.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339))
	var ids []string
	err := x.eachMessage(ctx, by, ReplaySpec{Filter: filter}, func(id string) error {
		if ids = append(ids, id); len(ids) > correctMost {
			return bedrail.Errorf(bedrail.Invalid, "more than %d messages are named; take a shorter time", correctMost)
		}
		return nil
	})
	return ids, err
}

// association returns whom m belongs to as it is known now.
func (x *Exchange) association(ctx context.Context, m *Message) (*Association, error) {
	a := m.Sealed.Patient
	if m.Revision == 0 {
		return a, nil
	}
	revisions, err := x.Store.Revisions(ctx, x.scope(), m.ID)
	for _, r := range revisions {
		if r.Kind == Reassigned {
			a = r.Patient
		}
	}
	return a, err
}

// reconsider says whom a message belongs to now, and whether that differs.
func (x *Exchange) reconsider(ctx context.Context, by bedrail.Actor, m *Message, spec CorrectSpec) (Association, bool, error) {
	was, err := x.association(ctx, m)
	if err != nil {
		return Association{}, false, err
	}
	f := m.Sealed.Facts
	name := firstOf(f.Patients)
	if was != nil && (was.Patient != "" && name == "" || was.From == "person") {
		name = was.Patient
	}
	if spec.Patient != "" {
		a := Association{Patient: spec.Patient, From: "person", Confidence: 1, At: x.Clock.Now(), Reason: "corrected by a person", By: by.ID, Was: name}
		return a, Normal(name) != Normal(spec.Patient), nil
	}
	if was == nil || !belongs(m.Format, &f) {
		return Association{}, false, nil
	}
	// What the message said itself is no witness when it is in doubt.
	asked := f
	asked.Patients = nil
	a := Associate(&asked, Located{Place: was.Place, Source: was.Placed, Sure: 0.97}, &x.Beds, was.At)
	a.By, a.Was = by.ID, name
	return a, a.Patient != "" && !same([]string{a.Patient}, []string{name}) && !a.Ambiguous, nil
}

func (x *Exchange) reassign(ctx context.Context, by bedrail.Actor, m *Message, a Association, reason string) (int, error) {
	rev := Revision{Message: m.ID, N: m.Revision + 1, Kind: Reassigned, At: x.Clock.Now(), By: by.ID, Reason: reason, Patient: &a}
	again := &Requeue{Messages: []string{m.ID}, Destinations: x.mapped(m), From: []DeliveryState{Arrived, GivenUp, WaitsHeld}, At: rev.At}
	if len(again.Destinations) == 0 {
		again = nil // nobody gets what would differ
	}
	entry := audit.Entry{By: by, Did: AssociateMessages, To: m.ID, At: rev.At, Personal: map[string]string{"reason": reason},
		Note: fmt.Sprintf("revision %d patient %s", rev.N, Commit(m.Sealed.Salt, "patient", hashOf([]byte(a.Patient))))}
	return x.Store.SaveRevision(ctx, x.scope(), rev, []Lookup{{"patient", Normal(a.Patient)}}, again, entry)
}

// mapped returns the destinations of m that get resources made of it: what is
// passed on as it came says of its patient what it said.
func (x *Exchange) mapped(m *Message) (names []string) {
	l := x.line(m.Channel)
	if l == nil {
		return nil
	}
	p := l.plan.Load()
	for _, d := range p.Definition.Destinations {
		o := &outlet{l: l, dest: d, kind: p.kinds[d.Name]}
		if o.wantsMapping(m.Format) {
			names = append(names, d.Name)
		}
	}
	return names
}

func firstOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
