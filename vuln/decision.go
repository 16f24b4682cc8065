package vuln

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/purl"
	"bedrail/format/query"
)

// A State is what somebody says about a weakness of a model.
type State string

// The states. The first three change the answer; the others leave a weakness
// as it is and say what is done about it.
const (
	StateNotAffected   State = "not-affected"
	StateFixed         State = "fixed"
	StateAffected      State = "affected"
	StateInvestigating State = "investigating"
	StateAccepted      State = "accepted"  // the risk is borne, until a day
	StateMitigated     State = "mitigated" // something else holds it back, until a day
)

// An Authority is whose word a decision is. The maker knows the product, the
// hospital knows the place, others know neither for certain.
type Authority string

// The authorities, the one that is believed first.
const (
	Manufacturer Authority = "manufacturer"
	Hospital     Authority = "hospital"
	ThirdParty   Authority = "third-party"
)

func (a Authority) rank() int {
	return slices.Index([]Authority{ThirdParty, Hospital, Manufacturer}, a)
}

// A Decision is one statement about one weakness of a model or of a component.
type Decision struct {
	ID            string         `json:"id"`
	Vulnerability string         `json:"vulnerability"`
	Model         asset.ModelKey `json:"model"`               // an empty field means every one
	PURL          string         `json:"purl"`                // of a component; without a version it means every version
	Component     string         `json:"component,omitempty"` // name and version of a component that has no package URL
	State         State          `json:"state"`               //
	Justification string         `json:"justification"`       // a word of VEX, for example vulnerable_code_not_present
	Note          string         `json:"note"`
	Owner         string         `json:"owner"`            // who looks after it
	Rubric        string         `json:"rubric,omitempty"` // a vector of CVSS 3 with the answers of the rubric for medical devices
	Expires       time.Time      `json:"expires,omitzero"`
	Authority     Authority      `json:"authority"`
	Source        string         `json:"source"` // the document, or the person, that says so
	At            time.Time      `json:"at"`
}

// over reports whether d no longer holds.
func (d *Decision) over(now time.Time) bool { return !d.Expires.IsZero() && !now.Before(d.Expires) }

// speaksOf reports whether d is about the model and component of f.
func (d *Decision) speaksOf(f *Finding) bool {
	same := func(said, is string) bool { return said == "" || strings.EqualFold(said, is) }
	if !same(d.Model.Model, f.Model.Model) || !same(d.Model.Version, f.Model.Version) {
		return false
	}
	if d.Model.Manufacturer != "" && !slices.ContainsFunc(Houses(d.Model.Manufacturer), func(h string) bool { return slices.Contains(Houses(f.Model.Manufacturer), h) }) {
		return false
	}
	if d.Component != "" {
		return strings.EqualFold(d.Component, strings.TrimSpace(f.Component.Name+" "+f.Component.Version))
	}
	if d.PURL == "" {
		return d.Model.Model != ""
	}
	said, err1 := purl.Parse(d.PURL)
	is, err2 := purl.Parse(f.Component.PURL)
	if err1 != nil || err2 != nil {
		return false
	}
	e1, _, n1 := said.Ecosystem()
	e2, _, n2 := is.Ecosystem()
	if e1 == "" && e2 == "" {
		e1, e2, n1, n2 = said.Type, is.Type, said.Namespace+"/"+said.Name, is.Namespace+"/"+is.Name
	}
	return e1 == e2 && n1 == n2 && (said.Version == "" || said.Version == is.Version)
}

// Settle returns the decision that counts: of the highest authority, the
// newest. others are those in force that say something else, as conflicts.
func Settle(decisions []Decision, now time.Time) (counts Decision, others []Decision, ok bool) {
	var live []Decision
	for _, d := range decisions {
		if !d.over(now) {
			live = append(live, d)
		}
	}
	if len(live) == 0 {
		return Decision{}, nil, false
	}
	slices.SortFunc(live, func(a, b Decision) int {
		return cmp.Or(b.Authority.rank()-a.Authority.rank(), b.At.Compare(a.At), cmp.Compare(a.ID, b.ID))
	})
	said := map[string]bool{string(live[0].Authority) + live[0].Source: true}
	for _, d := range live[1:] {
		who := string(d.Authority) + d.Source
		if !said[who] && d.State.answer() != live[0].State.answer() { // an older word of the same speaker is no conflict
			others = append(others, d)
		}
		said[who] = true
	}
	return live[0], others, true
}

// answer is what a state makes of a weakness; empty leaves it as it was found.
func (s State) answer() Status {
	switch s {
	case StateNotAffected, StateFixed:
		return NotAffected
	case StateAffected, StateAccepted, StateMitigated:
		return Affected
	}
	return ""
}

// decide lays the decisions over what was found. Of several components that
// share the weakness, the finding shows the one that asks for most attention
// after everybody has spoken.
func (b *Board) decide(s *findingState) {
	s.show(s.found[0])
	s.finding.State, s.finding.Decision, s.finding.Conflicts = "open", nil, nil
	var said []Decision
	for _, name := range append([]string{s.finding.Vulnerability}, s.finding.Aliases...) {
		said = append(said, b.decisions[name]...)
	}
	if len(said) == 0 {
		return
	}
	var best Finding
	for i, part := range s.found {
		s.show(part)
		f := s.finding
		f.judgedBy(said, b.Clock.Now())
		if i == 0 || f.Status.rank() > best.Status.rank() {
			best = f
		}
	}
	s.finding = best
}

// judgedBy lays over a finding the decision that counts among all that were
// said of its weakness.
func (f *Finding) judgedBy(said []Decision, now time.Time) {
	var about []Decision
	for _, d := range said {
		if d.speaksOf(f) {
			about = append(about, d)
		}
	}
	d, others, ok := Settle(about, now)
	if !ok {
		return
	}
	found := f.Reason
	f.State, f.Decision, f.Conflicts = string(d.State), &d, others
	if d.State == StateNotAffected || d.State == StateFixed || d.State == StateAffected && f.Status == Undecidable {
		f.Status = d.State.answer()
		f.Reason = fmt.Sprintf("%s says %s", d.Source, d.State)
		if d.Justification != "" {
			f.Reason += " (" + strings.ReplaceAll(d.Justification, "_", " ") + ")"
		}
		f.Reason += "; found was: " + found
	}
}

// Decisions returns every decision in force or past, newest first.
func (b *Board) Decisions(ctx context.Context, by bedrail.Actor) ([]Decision, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := []Decision{}
	for _, list := range b.decisions {
		out = append(out, list...)
	}
	slices.SortFunc(out, func(p, q Decision) int { return cmp.Or(q.At.Compare(p.At), cmp.Compare(p.ID, q.ID)) })
	return out, nil
}

// A Choice is what a person decides about the findings that a filter or
// identifiers name.
type Choice struct {
	IDs           []string
	Filter        query.Request
	State         State
	Justification string
	Note          string
	Owner         string
	Rubric        string // as in Decision; empty keeps what the hospital answered before
	Expires       time.Time
	Preview       bool
}

// A DecisionEffect is what a choice does, or would do, to one finding.
type DecisionEffect struct {
	ID            string         `json:"id"`
	Vulnerability string         `json:"vulnerability"`
	Model         asset.ModelKey `json:"model"`
	Devices       int            `json:"devices"`
	From          string         `json:"from"` // state
	To            string         `json:"to"`
	Overruled     bool           `json:"overruled"` // a higher authority says something else and goes on counting
}

// maxBulk bounds how many findings one choice may touch.
const maxBulk = 5000

// Decide records a choice about findings, or with Preview says what it would
// touch and changes nothing.
func (b *Board) Decide(ctx context.Context, by bedrail.Actor, c Choice) ([]DecisionEffect, error) {
	if err := b.Auth.Authorize(ctx, by, Triage, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, err
	}
	if err := c.check(b.Clock.Now()); err != nil {
		return nil, err
	}
	chosen, err := b.chosen(ctx, by, c)
	if err != nil {
		return nil, err
	}
	now := b.Clock.Now()
	var decisions []Decision
	effects := make([]DecisionEffect, 0, len(chosen))
	for _, f := range chosen {
		purl := ""
		if f.Model.Model == "" { // else the word is about the finding, in whichever components of the model it is
			purl = f.Component.PURL
		}
		d := Decision{Vulnerability: f.Vulnerability, Model: f.Model, PURL: purl, State: c.State, Justification: c.Justification, Note: c.Note, Owner: c.Owner,
			Rubric: cmp.Or(c.Rubric, rubricBefore(f)), Expires: c.Expires, Authority: Hospital, Source: "the hospital", At: now}
		d.ID = bedrail.HashID("dec", string(d.Authority), d.Source, d.Vulnerability, f.ID)
		decisions = append(decisions, d)
		effects = append(effects, DecisionEffect{ID: f.ID, Vulnerability: f.Vulnerability, Model: f.Model, Devices: f.Devices, From: f.State, To: string(c.State),
			Overruled: f.Decision != nil && f.Decision.Authority == Manufacturer})
	}
	if c.Preview || len(decisions) == 0 {
		return effects, nil
	}
	note := fmt.Sprintf("%s for %d findings", c.State, len(decisions))
	entry := audit.Entry{By: by, Did: Triage, To: decisions[0].ID, Note: note}
	return effects, b.keepDecisions(ctx, by, decisions, entry)
}

// rubricBefore is what the hospital answered when it last decided.
func rubricBefore(f Finding) string {
	if d := f.Decision; d != nil && d.Authority == Hospital {
		return d.Rubric
	}
	return ""
}

func (c Choice) check(now time.Time) error {
	switch c.State {
	case StateNotAffected, StateFixed, StateAffected, StateInvestigating, StateAccepted, StateMitigated:
	default:
		return bedrail.Errorf(bedrail.Invalid, "there is no state %q; there are not-affected, fixed, affected, investigating, accepted and mitigated", c.State)
	}
	if (c.State == StateAccepted || c.State == StateMitigated) && c.Expires.IsZero() {
		return bedrail.Errorf(bedrail.Invalid, "a weakness is %s until a day; say when that is to be looked at again", c.State)
	}
	if !c.Expires.IsZero() && !c.Expires.After(now) {
		return bedrail.Errorf(bedrail.Invalid, "the decision would have expired already; give a day to come")
	}
	if (c.State == StateNotAffected || c.State == StateAccepted) && c.Justification == "" && c.Note == "" {
		return bedrail.Errorf(bedrail.Invalid, "say why it is %s: a justification or a note", c.State)
	}
	if c.Rubric != "" {
		if _, err := ParseRubric(c.Rubric); err != nil {
			return err
		}
	}
	return nil
}

func (b *Board) chosen(ctx context.Context, by bedrail.Actor, c Choice) ([]Finding, error) {
	if len(c.IDs) > 0 {
		var out []Finding
		for _, id := range c.IDs[:min(len(c.IDs), maxBulk)] {
			f, _, _, err := b.Finding(ctx, by, id)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
		return out, nil
	}
	page, err := b.Findings(ctx, by, c.Filter)
	if err == nil && page.Total > maxBulk {
		err = bedrail.Errorf(bedrail.Invalid, "the filter names %d findings; one decision is about at most %d", page.Total, maxBulk)
	}
	return page.Items, err
}

// keepDecisions stores decisions and lays them over the findings they are
// about.
func (b *Board) keepDecisions(ctx context.Context, by bedrail.Actor, decisions []Decision, entry audit.Entry) error {
	if err := b.ensure(ctx); err != nil {
		return err
	}
	if err := b.Store.SaveDecisions(ctx, by.Scope, decisions, entry); err != nil {
		return fmt.Errorf("keeping decisions: %w", err)
	}
	b.mu.Lock()
	names := map[string]bool{}
	for _, d := range decisions {
		b.fileDecision(d)
		names[d.Vulnerability] = true
	}
	b.reconsider(func(f *Finding) bool {
		return names[f.Vulnerability] || slices.ContainsFunc(f.Aliases, func(a string) bool { return names[a] })
	})
	b.mu.Unlock()
	b.tell(ctx)
	return nil
}

func (b *Board) fileDecision(d Decision) {
	list := b.decisions[d.Vulnerability]
	list = slices.DeleteFunc(list, func(o Decision) bool { return o.ID == d.ID })
	b.decisions[d.Vulnerability] = append(list, d)
}

// reconsider decides again about the findings that about picks.
func (b *Board) reconsider(about func(*Finding) bool) {
	for id, s := range b.claims {
		if about(&s.finding) {
			b.decide(s)
			b.pending[id] = true
		}
	}
	for id, s := range b.findings {
		if !about(&s.finding) {
			continue
		}
		status, state := s.finding.Status, s.finding.State
		b.decide(s)
		if s.finding.Status != status || s.finding.State != state {
			b.pending[id] = true
			b.dirty[s.model] = true
		}
	}
}
