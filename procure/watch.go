package procure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/mds2"
	"bedrail/lifecycle"
	"bedrail/sbom"
	"bedrail/vuln"
)

// contradictions compares what is stated and seen of a model.
func (g *Gate) contradictions(ctx context.Context, by bedrail.Actor, eyes Observer, key asset.ModelKey, sheet *mds2.Sheet, bill *sbom.Bill, system **vuln.EndOfLife) ([]Contradiction, error) {
	var seen Seen
	if eyes != nil {
		var err error
		if seen, err = eyes.SeenOf(ctx, by, key); err != nil {
			return nil, err
		}
	}
	if seen.System != "" && system != nil {
		if e, ok := g.Board.ComponentLife(ctx, seen.System, ""); ok {
			*system = &e
		}
	}
	decisions, err := g.Board.Decisions(ctx, by)
	if err != nil {
		return nil, err
	}
	decisions = slices.DeleteFunc(decisions, func(d vuln.Decision) bool {
		return d.Model.Model != "" && !strings.EqualFold(d.Model.Model, key.Model) || d.Model.Version != "" && key.Version != "" && d.Model.Version != key.Version
	})
	out := Contradictions(sheet, bill, decisions, seen)
	for i := range out {
		out[i].Maker, out[i].Model, out[i].Version = key.Manufacturer, key.Model, key.Version
		out[i].ID = bedrail.HashID("ctr", key.Manufacturer, key.Model, key.Version, out[i].Rule, out[i].Against)
	}
	return out, nil
}

// Now works out the contradictions of every model that has a statement or a
// bill, as by sees them.
func (g *Gate) now(ctx context.Context, by bedrail.Actor) ([]Contradiction, error) {
	all, err := g.Store.Statements(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	eyes := g.Seen
	if eyes != nil {
		if eyes, err = eyes.Within(ctx, by); err != nil {
			return nil, err
		}
	}
	out, asked := []Contradiction{}, map[string]bool{}
	for _, s := range all {
		key := asset.ModelKey{Manufacturer: s.Manufacturer, Model: s.Model, Version: s.Version}
		name := lifecycle.RecordID(key.Manufacturer, key.Model) + key.Version
		if asked[name] {
			continue // an earlier statement of the same
		}
		asked[name] = true
		bill, err := g.billOf(ctx, by, key)
		if err != nil {
			return nil, err
		}
		found, err := g.contradictions(ctx, by, eyes, key, &s.Sheet, bill, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// Watch compares every statement with what is known now, keeps what is new and
// what is no longer so, and lays what stands among the findings. It returns
// those that are new.
func (g *Gate) Watch(ctx context.Context) (fresh []Contradiction, err error) {
	by := bedrail.SystemActor("procure", g.Tenant)
	found, err := g.now(ctx, by)
	if err != nil {
		return nil, fmt.Errorf("comparing what makers state with what was seen: %w", err)
	}
	held, err := g.Store.Contradictions(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	changed, fresh, gone := merge(held, found, g.Clock)
	if len(changed) > 0 {
		entry := audit.Entry{By: by, Did: Found, To: changed[0].ID, Note: fmt.Sprintf("%d contradictions are new, %d are no longer so, %d changed", len(fresh), gone, len(changed)-len(fresh)-gone)}
		if err := g.Store.SaveContradictions(ctx, by.Scope, changed, entry); err != nil {
			return nil, err
		}
	}
	return fresh, g.Board.SetClaims(ctx, claimsOf(found))
}

// Claims returns the contradictions that stand, for the list of findings.
func (g *Gate) Claims(ctx context.Context) ([]vuln.Claim, error) {
	all, err := g.Store.Contradictions(ctx, bedrail.Scope{Tenant: g.Tenant})
	if err != nil {
		return nil, err
	}
	return claimsOf(slices.DeleteFunc(all, func(c Contradiction) bool { return !c.Gone.IsZero() })), nil
}

// merge gives what was found its beginning, and says what of it is to be kept:
// what is new, what is no longer so, and what is so for other reasons.
func merge(held, found []Contradiction, clock bedrail.Clock) (changed, fresh []Contradiction, gone int) {
	now := clock.Now()
	known := map[string]Contradiction{}
	for _, c := range held {
		known[c.ID] = c
	}
	for i := range found {
		c := &found[i]
		old, ok := known[c.ID]
		delete(known, c.ID)
		c.Since = old.Since
		switch {
		case !ok || !old.Gone.IsZero():
			c.Since = now
			changed, fresh = append(changed, *c), append(fresh, *c)
		case old.Text != c.Text || old.Devices != c.Devices || !slices.Equal(old.Evidence, c.Evidence):
			changed = append(changed, *c)
		}
	}
	for _, c := range known {
		if c.Gone.IsZero() {
			c.Gone = now
			changed, gone = append(changed, c), gone+1
		}
	}
	return changed, fresh, gone
}

// claimsOf lays contradictions out for the list of findings.
func claimsOf(list []Contradiction) []vuln.Claim {
	out := make([]vuln.Claim, len(list))
	for i, c := range list {
		name := c.Rule
		if !strings.HasPrefix(name, "vex:") {
			name = "mds2:" + name
		}
		out[i] = vuln.Claim{ID: c.ID, Name: name, Title: c.Says + " / " + c.Against, Reason: c.Text, Severity: c.Severity, Sources: []string{c.Against}, Since: c.Since,
			Model: asset.ModelKey{Manufacturer: c.Maker, Model: c.Model, Version: c.Version}}
	}
	return out
}

// Contradictions returns those that stand, as far as by may see their devices,
// the gravest first, with what was decided about each.
func (g *Gate) Contradictions(ctx context.Context, by bedrail.Actor) ([]Contradiction, error) {
	if err := g.may(ctx, by, Read); err != nil {
		return nil, err
	}
	all, err := g.Store.Contradictions(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c Contradiction) bool { return !c.Gone.IsZero() })
	if len(by.Scope.Sites)+len(by.Scope.Units) > 0 {
		if all, err = g.within(ctx, by, all); err != nil {
			return nil, err
		}
	}
	for i := range all {
		all[i].State = "open"
		f, _, _, err := g.Board.Finding(ctx, by, all[i].ID)
		if err == nil {
			all[i].State = f.State
			if f.Decision != nil {
				all[i].Owner = f.Decision.Owner
			}
		}
	}
	order := []string{"high", "medium", "low"}
	slices.SortStableFunc(all, func(a, b Contradiction) int {
		return cmp.Or(slices.Index(order, a.Severity)-slices.Index(order, b.Severity), cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.Maker+a.Model, b.Maker+b.Model), cmp.Compare(a.Rule, b.Rule))
	})
	return all, nil
}

// within leaves of contradictions what rests on devices that by may see.
func (g *Gate) within(ctx context.Context, by bedrail.Actor, held []Contradiction) ([]Contradiction, error) {
	found, err := g.now(ctx, by)
	if err != nil {
		return nil, err
	}
	since := map[string]Contradiction{}
	for _, c := range held {
		since[c.ID] = c
	}
	out := []Contradiction{}
	for _, c := range found {
		if old, ok := since[c.ID]; ok && c.Devices > 0 {
			c.Since = old.Since
			out = append(out, c)
		}
	}
	return out, nil
}
