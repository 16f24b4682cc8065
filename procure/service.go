package procure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/mds2"
	"bedrail/format/query"
	"bedrail/lifecycle"
	"bedrail/sbom"
	"bedrail/vuln"
)

// What an actor may do about purchases.
const (
	Read       bedrail.Action = "procure:read"
	Write      bedrail.Action = "procure:write"       // open, assess, bring in statements
	Decide     bedrail.Action = "procure:decide"      // approve or decline, accept deviations
	Govern     bedrail.Action = "procure:policy"      // change what is asked
	ImportMDS2 bedrail.Action = "mds2:import"         //
	Rescored   bedrail.Action = "procure:rescored"    // done by the product itself
	Found      bedrail.Action = "contradiction:found" // by the product itself
)

// A Statement is an MDS2 that was brought in.
type Statement struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"` // of the file
	Manufacturer string     `json:"manufacturer"`
	Model        string     `json:"model"`
	Version      string     `json:"version,omitempty"`
	Sheet        mds2.Sheet `json:"sheet"`
	By           string     `json:"by"`
	At           time.Time  `json:"at"`
}

// A Store remembers statements, policies and purchases. Each method is one
// transaction.
type Store interface {
	// Contradictions returns every contradiction that was found, those that are
	// no longer so among them.
	Contradictions(ctx context.Context, in bedrail.Scope) ([]Contradiction, error)
	// SaveContradictions keeps contradictions, each in place of what was known
	// of it before.
	SaveContradictions(ctx context.Context, in bedrail.Scope, list []Contradiction, entry audit.Entry) error
	// SaveStatement keeps a statement beside the earlier ones of its model.
	SaveStatement(ctx context.Context, in bedrail.Scope, s Statement, entry audit.Entry) error
	// Statements returns every statement, the newest first.
	Statements(ctx context.Context, in bedrail.Scope) ([]Statement, error)
	// SavePolicy keeps a policy; the newest counts.
	SavePolicy(ctx context.Context, in bedrail.Scope, p PolicyVersion, entry audit.Entry) error
	// Policies returns every policy, the newest first.
	Policies(ctx context.Context, in bedrail.Scope) ([]PolicyVersion, error)
	// Purchases returns every purchase.
	Purchases(ctx context.Context, in bedrail.Scope) ([]Purchase, error)
	// SavePurchase replaces p if its version is still p.Version (0: there was
	// none) and raises it by one; else it is a Conflict.
	SavePurchase(ctx context.Context, in bedrail.Scope, p Purchase, entry audit.Entry) error
}

// An Observer tells what was seen of the devices of a model.
type Observer interface {
	// SeenOf returns what was seen within the scope of by.
	SeenOf(ctx context.Context, by bedrail.Actor, key asset.ModelKey) (Seen, error)
	// Within returns an Observer that answers many questions from one look at
	// the devices.
	Within(ctx context.Context, by bedrail.Actor) (Observer, error)
}

// A Gate assesses purchases and keeps what was decided.
type Gate struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Tenant string
	Board  *vuln.Board
	Bills  *sbom.Shelf
	Lives  *lifecycle.Ledger
	Seen   Observer
	// Covered reports whether any feed of advisories is there to ask.
	Covered func(ctx context.Context) bool
	// Sign signs a text that ends in a line end; nil leaves decisions unsigned.
	Sign func(text string) (string, error)
	// Changed hears of a purchase that looks otherwise than before, after it is
	// kept. May be nil.
	Changed func(ctx context.Context, p Purchase, c Change)
	// Governed hears that another policy is in force. May be nil.
	Governed func()
}

func (g *Gate) may(ctx context.Context, by bedrail.Actor, what bedrail.Action) error {
	return g.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "purchase"})
}

// Import reads an MDS2 and keeps it as the statement of a model. Fields of
// model that are empty are taken from the form.
func (g *Gate) Import(ctx context.Context, by bedrail.Actor, name string, model asset.ModelKey, src io.Reader, dry bool) (Statement, error) {
	if err := g.may(ctx, by, ImportMDS2); err != nil {
		return Statement{}, err
	}
	sheet, err := mds2.Read(src)
	if err != nil {
		return Statement{}, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	now := g.Clock.Now()
	s := Statement{ID: bedrail.NewID("mds", now), Name: name, Sheet: sheet, By: by.Name, At: now, Manufacturer: model.Manufacturer, Model: model.Model, Version: model.Version}
	if s.Manufacturer == "" {
		s.Manufacturer = sheet.Manufacturer
	}
	if s.Model == "" {
		s.Model = sheet.Model
	}
	if s.Manufacturer == "" || s.Model == "" {
		return Statement{}, bedrail.Errorf(bedrail.Invalid, "%s does not say which maker's model it is of; give manufacturer and model with it", name)
	}
	s.Manufacturer = asset.CanonicalManufacturer(s.Manufacturer)
	if dry {
		return s, nil
	}
	answered, asked := sheet.Count()
	entry := audit.Entry{By: by, Did: ImportMDS2, To: s.ID, Note: fmt.Sprintf("%s %s, %d of %d answers", s.Manufacturer, s.Model, answered, asked)}
	return s, g.Store.SaveStatement(ctx, by.Scope, s, entry)
}

// Statements returns every statement, the newest first.
func (g *Gate) Statements(ctx context.Context, by bedrail.Actor) ([]Statement, error) {
	if err := g.may(ctx, by, Read); err != nil {
		return nil, err
	}
	return g.Store.Statements(ctx, by.Scope)
}

// StatementOf returns the newest statement of a model, of its very version
// before one of no version, or nil.
func StatementOf(all []Statement, key asset.ModelKey) *Statement {
	var best *Statement
	for i := range all {
		s := &all[i]
		if !strings.EqualFold(s.Model, key.Model) || !strings.EqualFold(s.Manufacturer, key.Manufacturer) || s.Version != "" && key.Version != "" && !strings.EqualFold(s.Version, key.Version) {
			continue
		}
		if best == nil || strings.EqualFold(s.Version, key.Version) && !strings.EqualFold(best.Version, key.Version) {
			best = s
		}
	}
	return best
}

// Policy returns the policy in force, and every earlier one.
func (g *Gate) Policy(ctx context.Context, by bedrail.Actor) (PolicyVersion, []PolicyVersion, error) {
	if err := g.may(ctx, by, Read); err != nil {
		return PolicyVersion{}, nil, err
	}
	all, err := g.Store.Policies(ctx, by.Scope)
	if err != nil {
		return PolicyVersion{}, nil, err
	}
	all = append(all, DefaultPolicy())
	return all[0], all, nil
}

// SetPolicy puts a policy in force. Its edition must be one that its name did
// not have yet, so that a number always means one text.
func (g *Gate) SetPolicy(ctx context.Context, by bedrail.Actor, text string) (PolicyVersion, error) {
	if err := g.may(ctx, by, Govern); err != nil {
		return PolicyVersion{}, err
	}
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		return PolicyVersion{}, err
	}
	_, all, err := g.Policy(ctx, by)
	if err != nil {
		return PolicyVersion{}, err
	}
	v := PolicyVersion{ID: policyID([]byte(text)), Policy: p, Text: text, By: by.Name, At: g.Clock.Now()}
	for _, old := range all {
		if old.ID == v.ID && !old.At.IsZero() {
			continue // the same text, put in force again
		}
		if old.Policy.Name == p.Name && old.Policy.Edition == p.Edition && old.ID != v.ID {
			return PolicyVersion{}, bedrail.Errorf(bedrail.Conflict, "%s is another text already; give this one the next edition", p)
		}
	}
	if err := g.Store.SavePolicy(ctx, by.Scope, v, audit.Entry{By: by, Did: Govern, To: v.ID, Note: p.String()}); err != nil {
		return PolicyVersion{}, err
	}
	if g.Governed != nil {
		g.Governed()
	}
	return v, nil
}

// gather collects what an assessment rests on.
func (g *Gate) gather(ctx context.Context, by bedrail.Actor, p Purchase, policy Policy) (Input, error) {
	in := Input{Model: p.Model, Policy: policy, Now: g.Clock.Now(), Deviations: p.Deviations, PlannedUntil: p.PlannedUntil(policy), NoFeeds: g.Covered != nil && !g.Covered(ctx)}
	all, err := g.Store.Statements(ctx, by.Scope)
	if err != nil {
		return in, err
	}
	if s := StatementOf(all, p.Model); s != nil {
		in.Sheet = &s.Sheet
	}
	if in.Bill, err = g.billOf(ctx, by, p.Model); err != nil {
		return in, err
	}
	if in.Bill != nil {
		if in.Components, err = g.Lives.Components(ctx, by, in.Bill.ID); err != nil {
			return in, err
		}
	}
	if in.Record, err = g.Lives.Record(ctx, by, p.Model.Manufacturer, p.Model.Model); err != nil {
		return in, err
	}
	found, err := g.Board.OfModel(ctx, by, p.Model)
	if err != nil {
		return in, err
	}
	for _, f := range found {
		what := strings.TrimSpace(f.Component.Name + " " + f.Component.Version)
		if what == "" {
			what = f.Model.Model
		}
		in.Weaknesses = append(in.Weaknesses, Weakness{ID: f.Vulnerability, Severity: f.Severity, KEV: f.KEV, Status: f.Status, State: f.State, What: what, Fixed: f.Fixed})
	}
	in.Contradicts, err = g.contradictions(ctx, by, g.Seen, p.Model, in.Sheet, in.Bill, &in.System)
	return in, err
}

// billOf returns the bill of a model at its version; without a version, the
// newest of its bills.
func (g *Gate) billOf(ctx context.Context, by bedrail.Actor, key asset.ModelKey) (*sbom.Bill, error) {
	terms := query.Filter{{Field: "model", Op: query.Has, Values: []string{key.Model}}, {Field: "manufacturer", Op: query.Has, Values: []string{key.Manufacturer}}}
	page, err := g.Bills.Bills(ctx, by, query.Request{Filter: terms, Sort: query.ParseSort("-imported"), Limit: 100})
	if err != nil {
		return nil, err
	}
	for _, s := range page.Items {
		if !strings.EqualFold(s.Model.Model, key.Model) || !strings.EqualFold(s.Model.Manufacturer, key.Manufacturer) || key.Version != "" && !strings.EqualFold(s.Model.Version, key.Version) {
			continue
		}
		b, err := g.Bills.Bill(ctx, by, s.ID)
		return &b, err
	}
	return nil, nil
}

// Open opens a purchase and assesses it.
func (g *Gate) Open(ctx context.Context, by bedrail.Actor, p Purchase) (Purchase, error) {
	if err := g.may(ctx, by, Write); err != nil {
		return p, err
	}
	now := g.Clock.Now()
	p.Model.Manufacturer, p.Model.Model, p.Model.Version = asset.CanonicalManufacturer(strings.TrimSpace(p.Model.Manufacturer)), strings.TrimSpace(p.Model.Model), strings.TrimSpace(p.Model.Version)
	p.ID, p.OpenedAt, p.By, p.Stage, p.Version = bedrail.NewID("pur", now), now, by.Name, Asked, 0
	p.Deviations, p.Changes, p.Decision = []Deviation{}, []Change{}, nil
	if p.Title == "" {
		p.Title = p.Model.Manufacturer + " " + p.Model.Model
	}
	if err := p.check(); err != nil {
		return p, err
	}
	return g.keep(ctx, by, p, Write, "opened")
}

// keep assesses p anew and keeps it.
func (g *Gate) keep(ctx context.Context, by bedrail.Actor, p Purchase, did bedrail.Action, note string) (Purchase, error) {
	policy, _, err := g.Policy(ctx, by)
	if err != nil {
		return p, err
	}
	in, err := g.gather(ctx, by, p, policy.Policy)
	if err != nil {
		return p, err
	}
	p.Policy, p.Assessment = policy.ID, Assess(in)
	return g.save(ctx, by, p, did, note)
}

func (g *Gate) save(ctx context.Context, by bedrail.Actor, p Purchase, did bedrail.Action, note string) (Purchase, error) {
	entry := audit.Entry{By: by, Did: did, To: p.ID, Note: fmt.Sprintf("%s %s: %s; %s, score %d", p.Model.Manufacturer, p.Model.Model, note, p.Assessment.Verdict, p.Assessment.Score)}
	if err := g.Store.SavePurchase(ctx, by.Scope, p, entry); err != nil {
		return p, err
	}
	p.Version++
	return p, nil
}

// Purchases returns every purchase, those that wait for somebody first.
func (g *Gate) Purchases(ctx context.Context, by bedrail.Actor) ([]Purchase, error) {
	if err := g.may(ctx, by, Read); err != nil {
		return nil, err
	}
	all, err := g.Store.Purchases(ctx, by.Scope)
	order := []Stage{Awaiting, Asked, Approved, Declined, Retired}
	slices.SortStableFunc(all, func(a, b Purchase) int {
		if d := slices.Index(order, a.Stage) - slices.Index(order, b.Stage); d != 0 {
			return d
		}
		return b.OpenedAt.Compare(a.OpenedAt)
	})
	return all, err
}

// Purchase returns one purchase.
func (g *Gate) Purchase(ctx context.Context, by bedrail.Actor, id string) (Purchase, error) {
	all, err := g.Purchases(ctx, by)
	if err != nil {
		return Purchase{}, err
	}
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return Purchase{}, bedrail.Errorf(bedrail.NotFound, "there is no purchase %s", id)
}

// Reassess asks again, with what is known now.
func (g *Gate) Reassess(ctx context.Context, by bedrail.Actor, id string) (Purchase, error) {
	if err := g.may(ctx, by, Write); err != nil {
		return Purchase{}, err
	}
	p, err := g.Purchase(ctx, by, id)
	if err != nil {
		return p, err
	}
	p, changed, err := g.again(ctx, by, p)
	if err != nil || !changed {
		return p, err
	}
	return g.save(ctx, by, p, Write, "assessed again")
}

// maxChanges is how many changes a purchase shows; the audit record has all.
const maxChanges = 60

func (g *Gate) again(ctx context.Context, by bedrail.Actor, p Purchase) (Purchase, bool, error) {
	policy, _, err := g.Policy(ctx, by)
	if err != nil {
		return p, false, err
	}
	in, err := g.gather(ctx, by, p, policy.Policy)
	if err != nil {
		return p, false, err
	}
	now := Assess(in)
	change, same := Compare(p.Assessment, now)
	if same && p.Policy == policy.ID {
		return p, false, nil
	}
	p.Policy, p.Assessment = policy.ID, now
	if !same {
		p.Changes = append([]Change{change}, p.Changes...)
		p.Changes = p.Changes[:min(len(p.Changes), maxChanges)]
	}
	return p, true, nil
}

// Rescore assesses every purchase that is open or approved again, and returns
// how many changed. One that fails does not stop the others.
func (g *Gate) Rescore(ctx context.Context) (changed int, err error) {
	by := bedrail.SystemActor("procure", g.Tenant)
	all, err := g.Store.Purchases(ctx, by.Scope)
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if p.Stage == Declined || p.Stage == Retired {
			continue
		}
		next, differs, fault := g.again(ctx, by, p)
		if fault == nil && differs {
			note := "re-scored"
			if len(next.Changes) > 0 {
				note = fmt.Sprintf("re-scored: %d worse, %d better", len(next.Changes[0].Worse), len(next.Changes[0].Better))
			}
			next, fault = g.save(ctx, by, next, Rescored, note)
			changed++
			if fault == nil && g.Changed != nil && len(next.Changes) > 0 && next.Changes[0].At.Equal(next.Assessment.At) {
				g.Changed(ctx, next, next.Changes[0])
			}
		}
		if fault != nil {
			err = errors.Join(err, fmt.Errorf("assessing the purchase %s again: %w", p.ID, fault))
		}
	}
	return changed, err
}

// Accept accepts a deviation by name and until a day.
func (g *Gate) Accept(ctx context.Context, by bedrail.Actor, id, rule, reason string, expires lifecycle.Day) (Purchase, error) {
	if err := g.may(ctx, by, Decide); err != nil {
		return Purchase{}, err
	}
	p, err := g.Purchase(ctx, by, id)
	if err != nil {
		return p, err
	}
	now := g.Clock.Now()
	if err := p.accept(Deviation{Rule: rule, By: by.Name, Reason: strings.TrimSpace(reason), Expires: expires, At: now}, now); err != nil {
		return p, err
	}
	return g.keep(ctx, by, p, Decide, "deviation accepted until "+string(expires)+": "+rule)
}

// Choose approves or declines a purchase, upon an assessment of this moment.
// An approval against the verdict waits for a second person.
func (g *Gate) Choose(ctx context.Context, by bedrail.Actor, id string, choice Stage, reason string) (Purchase, error) {
	if err := g.may(ctx, by, Decide); err != nil {
		return Purchase{}, err
	}
	p, err := g.Purchase(ctx, by, id)
	if err != nil {
		return p, err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case choice == Retired:
		p.Stage = Retired
		return g.save(ctx, by, p, Decide, "closed")
	case choice != Approved && choice != Declined:
		return p, bedrail.Errorf(bedrail.Invalid, "a purchase is approved, declined or closed")
	case p.Stage == Retired:
		return p, bedrail.Errorf(bedrail.Conflict, "the purchase is closed")
	case reason == "":
		return p, bedrail.Errorf(bedrail.Invalid, "say why").At("body.reason")
	}
	if p, _, err = g.again(ctx, by, p); err != nil {
		return p, err
	}
	d := Decision{Choice: choice, Reason: reason, Verdict: p.Assessment.Verdict, By: by.Name, ByID: personOf(by), At: g.Clock.Now()}
	if d.SHA256, err = digestOf(p.Assessment); err != nil {
		return p, err
	}
	p.Decision, p.Stage = &d, choice
	if NeedsSecond(choice, d.Verdict) {
		p.Stage = Awaiting
		return g.save(ctx, by, p, Decide, "approval against the verdict asked for")
	}
	return g.sign(ctx, by, p, string(choice))
}

// Second agrees to a decision that needs two, or does not. The second person
// is never the first, whatever the name of the session or token.
func (g *Gate) Second(ctx context.Context, by bedrail.Actor, id string, agree bool) (Purchase, error) {
	if err := g.may(ctx, by, Decide); err != nil {
		return Purchase{}, err
	}
	p, err := g.Purchase(ctx, by, id)
	if err != nil {
		return p, err
	}
	switch {
	case p.Stage != Awaiting || p.Decision == nil:
		return p, bedrail.Errorf(bedrail.Conflict, "the purchase does not wait for a second person")
	case p.Decision.ByID == personOf(by):
		return p, bedrail.Errorf(bedrail.Denied, "%s decided first; a second person has to agree", p.Decision.By)
	case !agree:
		p.Stage, p.Decision = Asked, nil
		return g.save(ctx, by, p, Decide, "the second person did not agree")
	}
	d := *p.Decision
	d.Second, d.SecondAt = by.Name, g.Clock.Now()
	p.Decision, p.Stage = &d, d.Choice
	return g.sign(ctx, by, p, string(d.Choice)+" by two")
}

// personOf names who answers for an act: of a token, whose name is its
// owner's with a stroke and its own, the owner.
func personOf(by bedrail.Actor) string {
	owner, _, _ := strings.Cut(by.Name, "/")
	return owner
}

func (g *Gate) sign(ctx context.Context, by bedrail.Actor, p Purchase, note string) (Purchase, error) {
	if g.Sign != nil {
		signed, err := g.Sign(p.Decision.text(p))
		if err != nil {
			return p, err
		}
		p.Decision.Note = signed
	}
	return g.save(ctx, by, p, Decide, note+", assessment sha256 "+p.Decision.SHA256)
}
