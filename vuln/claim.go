package vuln

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
)

// The kinds of finding.
const (
	KindWeakness      = "weakness"
	KindContradiction = "contradiction" // two statements about a model that cannot both hold
)

// A Claim is a contradiction that another part found in what is said of a
// model. It stands among the findings, undecidable until a person has looked,
// and is decided like them.
type Claim struct {
	ID       string
	Name     string // what decisions are about, for example mds2:CONN-4
	Title    string
	Reason   string
	Severity string
	Model    asset.ModelKey // an empty version is every one
	Sources  []string       // what stands against what
	Since    time.Time
}

// rankOf is the rank of a claim: below every weakness of the same severity
// that is known to reach a device.
func (c *Claim) rankOf() (Urgency, int) {
	switch c.Severity {
	case "critical", "high":
		return Scheduled, 260
	case "medium":
		return Defer, 200
	}
	return Defer, 100
}

// SetClaims puts claims in the place of those that stood among the findings.
func (b *Board) SetClaims(ctx context.Context, claims []Claim) error {
	if err := b.ensure(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	changed := b.placeClaims(claims)
	b.mu.Unlock()
	if len(changed) > 0 && b.Notify != nil {
		slices.Sort(changed)
		b.Notify(changed)
	}
	return nil
}

// placeClaims replaces the claims and returns those that changed; the caller
// holds the lock.
func (b *Board) placeClaims(claims []Claim) (changed []string) {
	fresh := map[string]*findingState{}
	for _, c := range claims {
		urgency, rank := c.rankOf()
		f := Finding{ID: c.ID, Kind: KindContradiction, Vulnerability: c.Name, Aliases: []string{}, Title: c.Title, Severity: c.Severity, Status: Undecidable, Reason: c.Reason, Model: c.Model,
			By: "statement", Confidence: 1, Fixed: []string{}, Sources: slices.Clone(c.Sources), FirstSeen: c.Since, Urgency: urgency, Rank: rank}
		s := &findingState{finding: f, status: f.Status, reason: f.Reason, found: []found{foundIn(&f)}}
		b.decide(s)
		fresh[c.ID] = s
		if old := b.claims[c.ID]; old == nil || old.reason != s.reason || old.finding.Severity != f.Severity {
			changed = append(changed, c.ID)
		}
	}
	for id := range b.claims {
		if fresh[id] == nil {
			changed = append(changed, id)
		}
	}
	b.claims = fresh
	return changed
}

// claimed calls fn for each device of a claim that in admits; the caller holds
// the lock.
func (b *Board) claimed(f *Finding, in bedrail.Scope, fn func(*deviceState)) {
	for _, n := range b.versionsOf(f.Model) {
		m := b.models[n]
		if f.Model.Version != "" && !strings.EqualFold(m.key.Version, f.Model.Version) {
			continue
		}
		for _, d := range m.devices {
			if l := d.device.Location; in.Admits(l.Site, l.Unit) {
				fn(d)
			}
		}
	}
}

// viewClaim returns a claim with the devices of its model that in admits. ok is
// false when it admits none, and does not see everything.
func (b *Board) viewClaim(s *findingState, in bedrail.Scope) (f Finding, ok bool) {
	f = s.finding
	f.Units = []UnitCount{}
	b.claimed(&f, in, func(d *deviceState) {
		f.Devices++
		f.Units = countUnit(f.Units, d.device.Location.Site, d.device.Location.Unit)
	})
	slices.SortFunc(f.Units, func(p, q UnitCount) int { return cmp.Or(cmp.Compare(p.Site, q.Site), cmp.Compare(p.Unit, q.Unit)) })
	if f.Status == NotAffected {
		f.Urgency, f.Rank = NoUrgency, 0
	}
	return f, f.Devices > 0 || len(in.Sites)+len(in.Units) == 0
}

// claimedBy returns the devices of a claim.
func (b *Board) claimedBy(s *findingState, in bedrail.Scope, now time.Time) []Exposure {
	out := []Exposure{}
	b.claimed(&s.finding, in, func(d *deviceState) {
		l := d.device.Location
		out = append(out, Exposure{ID: d.device.ID, Name: nameOf(d.device), Site: l.Site, Unit: l.Unit, Room: l.Room, Bed: l.Bed, Precision: precisionOf(l, now), Status: s.finding.Status, Reason: s.finding.Reason,
			LastSeen: d.device.LastSeen, Care: d.care})
	})
	return out
}

// Exposing returns the findings that affect a device now.
func (b *Board) Exposing(ctx context.Context) (map[string]bool, error) {
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := map[string]bool{}
	for id, s := range b.findings {
		if s.finding.Status == Affected && len(b.models[s.model].devices) > 0 {
			out[id] = true
		}
	}
	return out, nil
}

// Brief returns those of some findings that there are, without what made their
// rank, and how many of each one's devices stand at a bed.
func (b *Board) Brief(ctx context.Context, by bedrail.Actor, ids []string) (found []Finding, beds []int, err error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	now := b.Clock.Now()
	for _, id := range ids {
		s := b.findings[id]
		if s == nil {
			continue
		}
		f, ok := b.view(s, by.Scope, now)
		if !ok {
			continue
		}
		n := 0
		for _, d := range b.models[s.model].devices {
			if l := d.device.Location; l.Bed != "" && by.Scope.Admits(l.Site, l.Unit) {
				n++
			}
		}
		found, beds = append(found, f), append(beds, n)
	}
	return found, beds, nil
}
