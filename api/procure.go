package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/lifecycle"
	"bedrail/procure"
)

// StatementSummary is an MDS2 without its answers.
type StatementSummary struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Manufacturer string         `json:"manufacturer"`
	Model        string         `json:"model"`
	Version      string         `json:"version,omitempty"`
	Edition      string         `json:"edition"`
	Answered     int            `json:"answered"`
	Asked        int            `json:"asked"`
	Problems     []mds2.Problem `json:"problems"`
	By           string         `json:"by"`
	At           string         `json:"at"`
}

func statementSummary(s procure.Statement) StatementSummary {
	answered, asked := s.Sheet.Count()
	return StatementSummary{ID: s.ID, Name: s.Name, Manufacturer: s.Manufacturer, Model: s.Model, Version: s.Version, Edition: s.Sheet.Edition, Answered: answered, Asked: asked,
		Problems: s.Sheet.Problems, By: s.By, At: s.At.Format("2006-01-02T15:04:05Z07:00")}
}

// StatementAnswer is one coded answer with our label.
type StatementAnswer struct {
	mds2.Answer
	Section string `json:"section"`
	Label   string `json:"label"`
}

// StatementDetail is an MDS2 with its answers.
type StatementDetail struct {
	StatementSummary
	Document       string                  `json:"document,omitempty" doc:"Number of the form"`
	Released       string                  `json:"released,omitempty" doc:"As the form says"`
	Sections       []StatementSection      `json:"sections"`
	Answers        []StatementAnswer       `json:"answers"`
	Other          []mds2.Answer           `json:"other" doc:"Questions of the 2013 edition that 2019 no longer asks"`
	Dropped        int                     `json:"dropped,omitempty" doc:"Problems beyond those listed"`
	Earlier        []StatementSummary      `json:"earlier" doc:"Others of the model, the newest first"`
	Contradictions []procure.Contradiction `json:"contradictions" doc:"What stands against it"`
}

// StatementSection is a group of questions with how far it is answered.
type StatementSection struct {
	mds2.Section
	Answered int `json:"answered"`
	Asked    int `json:"asked"`
}

// StatementChange is a question that two statements answer differently.
type StatementChange struct {
	mds2.Change
	Section string `json:"section"`
	Label   string `json:"label"`
}

// FromInput names what to compare with.
type FromInput struct {
	IDInput
	From string `query:"from" required:"true" maxLength:"200" doc:"Identifier of the older one"`
}

func statementDetail(v procure.StatementView) StatementDetail {
	d := StatementDetail{StatementSummary: statementSummary(v.Statement), Document: v.Sheet.Document, Released: v.Sheet.Released, Other: v.Sheet.Other, Dropped: v.Sheet.Dropped, Earlier: []StatementSummary{}, Contradictions: v.Contradictions}
	for _, section := range mds2.Sections() {
		d.Sections = append(d.Sections, StatementSection{Section: section})
	}
	for _, x := range v.Sheet.Answers {
		code := mds2.SectionOf(x.ID)
		d.Answers = append(d.Answers, StatementAnswer{x, code, mds2.Label(x.ID)})
		for i := range d.Sections {
			if d.Sections[i].Code == code {
				d.Sections[i].Asked++
				if x.Value != mds2.Blank {
					d.Sections[i].Answered++
				}
			}
		}
	}
	for _, s := range v.Earlier {
		d.Earlier = append(d.Earlier, statementSummary(s))
	}
	return d
}

// PurchaseBody opens a purchase.
type PurchaseBody struct {
	Manufacturer string `json:"manufacturer" minLength:"1" maxLength:"200"`
	Model        string `json:"model" minLength:"1" maxLength:"200"`
	Version      string `json:"softwareVersion,omitempty" maxLength:"200"`
	Title        string `json:"title,omitempty" maxLength:"200"`
	Unit         string `json:"unit,omitempty" maxLength:"200"`
	Quantity     int    `json:"quantity,omitempty" minimum:"0" maximum:"100000"`
	Starts       string `json:"starts,omitempty" maxLength:"10" doc:"First day of use, 2006-01-02"`
	Years        int    `json:"years,omitempty" minimum:"0" maximum:"40" doc:"Of planned use; 0 is what the policy says"`
}

// PurchaseInput carries a purchase.
type PurchaseInput struct{ Body PurchaseBody }

// ChooseInput is a decision about a purchase.
type ChooseInput struct {
	IDInput
	Body struct {
		Choice string `json:"choice" enum:"approved,declined,closed"`
		Reason string `json:"reason,omitempty" maxLength:"4000"`
	}
}

// SecondInput is the answer of a second person.
type SecondInput struct {
	IDInput
	Body struct {
		Agree bool `json:"agree"`
	}
}

// DeviationInput accepts that a demand is not met.
type DeviationInput struct {
	IDInput
	Body struct {
		Rule    string `json:"rule" minLength:"1" maxLength:"200"`
		Reason  string `json:"reason" minLength:"1" maxLength:"4000"`
		Expires string `json:"expires" maxLength:"10"`
	}
}

// PolicyInput carries the text of a policy.
type PolicyInput struct {
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"262144" doc:"YAML"`
	}
}

// PolicyAnswer is the policy in force, and every other.
type PolicyAnswer struct {
	Current procure.PolicyVersion   `json:"current"`
	All     []procure.PolicyVersion `json:"all"`
}

func (a *API) gate() (*procure.Gate, error) {
	if a.Gate == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "purchases are not kept here: this part of Bedrail runs without them")
	}
	return a.Gate, nil
}

// purchase runs one act on a purchase.
func purchase[I any](a *API, act func(ctx context.Context, g *procure.Gate, by bedrail.Actor, in *I) (procure.Purchase, error)) func(context.Context, bedrail.Actor, *I) (procure.Purchase, error) {
	return func(ctx context.Context, by bedrail.Actor, in *I) (procure.Purchase, error) {
		g, err := a.gate()
		if err != nil {
			return procure.Purchase{}, err
		}
		return act(ctx, g, by, in)
	}
}

func (a *API) registerPurchases() {
	const tag = "Procurement"
	serve(a, route{Method: http.MethodGet, Path: "/purchases", ID: "list-purchases", Tag: tag, Summary: "List purchases with their assessments"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[procure.Purchase], error) {
			g, err := a.gate()
			if err != nil {
				return List[procure.Purchase]{}, err
			}
			all, err := g.Purchases(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/purchases", ID: "open-purchase", Tag: tag, Summary: "Open a purchase and assess it", Status: http.StatusCreated,
		About: "Rests on the newest MDS2 and bill of the model, on the feeds, on the record of the model, and on what was observed of it."},
		purchase(a, func(ctx context.Context, g *procure.Gate, by bedrail.Actor, in *PurchaseInput) (procure.Purchase, error) {
			b := in.Body
			return g.Open(ctx, by, procure.Purchase{Model: asset.ModelKey{Manufacturer: b.Manufacturer, Model: b.Model, Version: b.Version}, Title: b.Title, Unit: b.Unit, Quantity: b.Quantity, Starts: lifecycle.Day(b.Starts), Years: b.Years})
		}))
	serve(a, route{Method: http.MethodGet, Path: "/purchases/{id}", ID: "get-purchase", Tag: tag, Summary: "One purchase"},
		purchase(a, func(ctx context.Context, g *procure.Gate, by bedrail.Actor, in *IDInput) (procure.Purchase, error) {
			return g.Purchase(ctx, by, in.ID)
		}))
	serve(a, route{Method: http.MethodPost, Path: "/purchases/{id}/assess", ID: "assess-purchase", Tag: tag, Summary: "Assess again, with what is known now"},
		purchase(a, func(ctx context.Context, g *procure.Gate, by bedrail.Actor, in *IDInput) (procure.Purchase, error) {
			return g.Reassess(ctx, by, in.ID)
		}))
	serve(a, route{Method: http.MethodPost, Path: "/purchases/{id}/deviations", ID: "accept-deviation", Tag: tag, Summary: "Accept that a demand is not met, by name and until a day"},
		purchase(a, func(ctx context.Context, g *procure.Gate, by bedrail.Actor, in *DeviationInput) (procure.Purchase, error) {
			return g.Accept(ctx, by, in.ID, in.Body.Rule, in.Body.Reason, lifecycle.Day(in.Body.Expires))
		}))
	serve(a, route{Method: http.MethodPost, Path: "/purchases/{id}/decision", ID: "decide-purchase", Tag: tag, Summary: "Approve, decline or close a purchase",
		About: "The decision is signed. An approval against the verdict waits for a second person."},
		purchase(a, func(ctx context.Context, g *procure.Gate, by bedrail.Actor, in *ChooseInput) (procure.Purchase, error) {
			return g.Choose(ctx, by, in.ID, procure.Stage(in.Body.Choice), in.Body.Reason)
		}))
	serve(a, route{Method: http.MethodPost, Path: "/purchases/{id}/second", ID: "second-purchase", Tag: tag, Summary: "Agree, as a second person, to an approval against the verdict"},
		purchase(a, func(ctx context.Context, g *procure.Gate, by bedrail.Actor, in *SecondInput) (procure.Purchase, error) {
			return g.Second(ctx, by, in.ID, in.Body.Agree)
		}))
	a.registerStatements(tag)
	a.registerPolicy(tag)
}

func (a *API) registerStatements(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/mds2", ID: "list-statements", Tag: tag, Summary: "List what makers state about the security of their models (MDS2)"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[StatementSummary], error) {
			g, err := a.gate()
			if err != nil {
				return List[StatementSummary]{}, err
			}
			all, err := g.Statements(ctx, by)
			if err != nil {
				return List[StatementSummary]{}, err
			}
			rows := make([]StatementSummary, len(all))
			for i, s := range all {
				rows[i] = statementSummary(s)
			}
			return pageOf(rows, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/mds2/{id}", ID: "get-statement", Tag: tag, Summary: "One MDS2 with its 233 answers"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (StatementDetail, error) {
			g, err := a.gate()
			if err != nil {
				return StatementDetail{}, err
			}
			v, err := g.Statement(ctx, by, in.ID)
			if err != nil {
				return StatementDetail{}, err
			}
			return statementDetail(v), nil
		})
	serve(a, route{Method: http.MethodGet, Path: "/mds2/{id}/diff", ID: "diff-statements", Tag: tag, Summary: "What a maker answers differently from an earlier MDS2"},
		func(ctx context.Context, by bedrail.Actor, in *FromInput) (List[StatementChange], error) {
			g, err := a.gate()
			if err != nil {
				return List[StatementChange]{}, err
			}
			all, err := g.StatementDiff(ctx, by, in.From, in.ID)
			return allOf(all, func(c mds2.Change) StatementChange { return StatementChange{c, mds2.SectionOf(c.ID), mds2.Label(c.ID)} }), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/contradictions", ID: "list-contradictions", Tag: tag, Summary: "Where a maker's statements, bills, answers about weaknesses and observed traffic cannot all hold"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[procure.Contradiction], error) {
			g, err := a.gate()
			if err != nil {
				return List[procure.Contradiction]{}, err
			}
			all, err := g.Contradictions(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
}

func (a *API) registerPolicy(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/procurement/policy", ID: "get-procurement-policy", Tag: tag, Summary: "What the hospital asks of a device to be bought"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (PolicyAnswer, error) {
			g, err := a.gate()
			if err != nil {
				return PolicyAnswer{}, err
			}
			current, all, err := g.Policy(ctx, by)
			return PolicyAnswer{current, all}, err
		})
	serve(a, route{Method: http.MethodPost, Path: "/procurement/policy/try", ID: "try-procurement-policy", Tag: tag, Summary: "What a policy would do: problems by line, difference from the one in force, and how each purchase would look",
		About: "Changes nothing."},
		func(ctx context.Context, by bedrail.Actor, in *PolicyInput) (procure.Trial, error) {
			g, err := a.gate()
			if err != nil {
				return procure.Trial{}, err
			}
			return g.Try(ctx, by, in.Body.Text)
		})
	serve(a, route{Method: http.MethodGet, Path: "/procurement/policy/{id}/diff", ID: "diff-procurement-policies", Tag: tag, Summary: "What changed from one policy to another, line by line"},
		func(ctx context.Context, by bedrail.Actor, in *FromInput) (List[procure.DiffLine], error) {
			g, err := a.gate()
			if err != nil {
				return List[procure.DiffLine]{}, err
			}
			all, err := g.PolicyDiff(ctx, by, in.From, in.ID)
			return allOf(all, same), err
		})
	serve(a, route{Method: http.MethodPut, Path: "/procurement/policy", ID: "set-procurement-policy", Tag: tag, Summary: "Put a policy in force"},
		func(ctx context.Context, by bedrail.Actor, in *PolicyInput) (procure.PolicyVersion, error) {
			g, err := a.gate()
			if err != nil {
				return procure.PolicyVersion{}, err
			}
			return g.SetPolicy(ctx, by, in.Body.Text)
		})
}
