package patch

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bedrail"
	"bedrail/audit"
	"bedrail/lifecycle"
)

// Orders returns the orders that by may see, the worst first.
func (p *Planner) Orders(ctx context.Context, by bedrail.Actor) ([]Order, error) {
	if err := p.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "patch"}); err != nil {
		return nil, err
	}
	all, err := p.Store.Orders(ctx, by.Scope)
	all = slices.DeleteFunc(all, func(o Order) bool { return !by.Scope.Admits(o.Site, o.Unit) })
	sortOrders(all)
	return all, err
}

func sortOrders(list []Order) {
	severities := []string{"critical", "high", "medium", "low", "none", "unknown"}
	stages := []Stage{Booked, Proposed, Done, Excepted, Verified, Cancelled}
	slices.SortStableFunc(list, func(a, b Order) int {
		kev := 0
		if a.KEV != b.KEV {
			kev = 1
			if a.KEV {
				kev = -1
			}
		}
		return cmp.Or(slices.Index(stages, a.Stage)-slices.Index(stages, b.Stage), kev, slices.Index(severities, a.Severity)-slices.Index(severities, b.Severity), cmp.Compare(a.Site+a.Unit, b.Site+b.Unit), cmp.Compare(a.ID, b.ID))
	})
}

// Order returns one order.
func (p *Planner) Order(ctx context.Context, by bedrail.Actor, id string) (Order, error) {
	all, err := p.Orders(ctx, by)
	if err != nil {
		return Order{}, err
	}
	for _, o := range all {
		if o.ID == id {
			return o, nil
		}
	}
	return Order{}, bedrail.Errorf(bedrail.NotFound, "there is no patch order %s", id)
}

// change reads an order, asks whether by may act on it, lets act change it,
// and keeps it.
func (p *Planner) change(ctx context.Context, by bedrail.Actor, id string, what bedrail.Action, act func(o *Order) (note string, err error)) (Order, error) {
	o, err := p.Order(ctx, by, id)
	if err != nil {
		return o, err
	}
	if err := p.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "patch", ID: id, Site: o.Site, Unit: o.Unit}); err != nil {
		return o, err
	}
	note, err := act(&o)
	if err != nil {
		return o, err
	}
	o.LastActBy, o.LastActAt = by.Name, p.Clock.Now()
	if err := p.Store.SaveOrders(ctx, by.Scope, []Order{o}, audit.Entry{By: by, Did: what, To: id, Note: note}); err != nil {
		return o, err
	}
	o.Version++
	return o, nil
}

// Agree records that a party agrees to an order, or does not. For a unit
// speaks only who has a role in that very unit, or runs Bedrail.
func (p *Planner) Agree(ctx context.Context, by bedrail.Actor, id string, party Party, agree bool, note string) (Order, error) {
	what := map[Party]bedrail.Action{IT: AgreeIT, Engineering: AgreeEngineering, UnitParty: AgreeUnit}[party]
	if what == "" {
		return Order{}, bedrail.Errorf(bedrail.Invalid, "the parties are it, clinical-engineering and unit, not %q", party)
	}
	owner, _, _ := strings.Cut(by.Name, "/") // of a token, its owner
	return p.change(ctx, by, id, what, func(o *Order) (string, error) {
		if party == UnitParty && !slices.ContainsFunc(by.Grants, func(g bedrail.Grant) bool { return g.Unit == o.Unit && g.Unit != "" || g.Role == "administrator" }) {
			return "", bedrail.Errorf(bedrail.Denied, "for the unit %s agrees who has a role in that unit", o.Unit)
		}
		word := map[bool]string{true: "agrees", false: "does not agree"}[agree]
		return string(party) + " " + word, o.consent(Consent{Party: party, Agree: agree, By: owner, At: p.Clock.Now(), Note: strings.TrimSpace(note)})
	})
}

// Except puts a control in the place of a patch until a day.
func (p *Planner) Except(ctx context.Context, by bedrail.Actor, id, reason, control string, expires lifecycle.Day) (Order, error) {
	return p.change(ctx, by, id, Plan, func(o *Order) (string, error) {
		now := p.Clock.Now()
		return "exception until " + string(expires), o.except(Exception{Reason: strings.TrimSpace(reason), Control: strings.TrimSpace(control), Expires: expires, By: by.Name, At: now}, now)
	})
}

// Set says that an order was carried out, or is cancelled.
func (p *Planner) Set(ctx context.Context, by bedrail.Actor, id string, stage Stage) (Order, error) {
	return p.change(ctx, by, id, Plan, func(o *Order) (string, error) {
		switch {
		case stage == Done && o.Stage != Booked:
			return "", bedrail.Errorf(bedrail.Conflict, "only what was booked can be done; the order is %s", o.Stage)
		case stage != Done && stage != Cancelled:
			return "", bedrail.Errorf(bedrail.Invalid, "an order can be set to done or cancelled; verified is what Bedrail sees for itself")
		}
		o.Stage = stage
		return string(stage), nil
	})
}
