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
)

// tell notes findings that appeared and sends those that changed to Notify.
// The engine is right without the note; a store that cannot take it now is
// asked again with the next change.
func (b *Board) tell(ctx context.Context) {
	b.mu.Lock()
	ids, fresh := make([]string, 0, len(b.pending)), []string{}
	now := b.Clock.Now()
	for id := range b.pending {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	clear(b.pending)
	for _, id := range ids {
		if _, known := b.seen[id]; !known && b.findings[id] != nil {
			fresh = append(fresh, id)
		}
	}
	counts := b.exposed()
	alarms := b.alarms
	b.alarms = nil
	b.mu.Unlock()
	for _, c := range alarms {
		if b.Alarm != nil {
			b.Alarm(ctx, c)
		}
	}
	if len(counts) > 0 && b.Expose != nil {
		b.Expose(ctx, counts)
	}
	if len(fresh) > 0 && b.Store != nil {
		by := bedrail.SystemActor("exposure", b.Tenant)
		entry := audit.Entry{By: by, Did: Appear, To: fresh[0], Note: fmt.Sprintf("%d findings appeared", len(fresh))}
		if err := b.Store.NoteFindings(ctx, by.Scope, fresh, now, entry); err == nil {
			b.mu.Lock()
			appeared := b.note(fresh, now)
			b.mu.Unlock()
			if b.Appeared != nil {
				b.Appeared(ctx, appeared)
			}
		}
	}
	if len(ids) > 0 && b.Notify != nil {
		b.Notify(ids)
	}
}

// note remembers when findings appeared, and returns them as anybody with every
// right sees them.
func (b *Board) note(fresh []string, now time.Time) []Finding {
	out := make([]Finding, 0, len(fresh))
	for _, id := range fresh {
		b.seen[id] = now
		if s := b.findings[id]; s != nil && b.Appeared != nil {
			f, _ := b.view(s, bedrail.Scope{Tenant: b.Tenant}, now)
			out = append(out, f)
		}
	}
	return out
}

// exposed returns the counts of devices that were told otherwise before.
func (b *Board) exposed() map[string]asset.Exposed {
	out := map[string]asset.Exposed{}
	for n := range b.dirty {
		m := b.models[n]
		counts := map[string]asset.Exposed{}
		for id, d := range m.devices {
			system := d.device.OperatingSystem.Value + "\x00"
			if len(m.systems) > 0 {
				system += seenSystem(d.device)
			}
			now, known := counts[system]
			if !known {
				now = b.countsOf(m, d.device)
				now.Support = b.supportOf(d)
				counts[system] = now
			}
			if d.new || d.told != now {
				d.told, d.new = now, false
				out[id] = now
			}
		}
	}
	clear(b.dirty)
	return out
}

// supportOf is the end of a device's support as lists show it.
func (b *Board) supportOf(d *deviceState) asset.Support {
	life := b.endOf(d)
	if life == nil {
		return asset.Support{}
	}
	s := asset.Support{State: asset.SupportLasts, Of: strings.TrimSpace(life.Product + " " + life.Release)}
	if strings.HasPrefix(life.Release, life.Product) {
		s.Of = life.Release
	}
	switch {
	case life.Over:
		s.State = asset.SupportOver
	case life.Status == Undecidable:
		s.State = asset.SupportUndecidable
	}
	if _, err := time.Parse(time.DateOnly, life.Ends); err == nil && life.Status != Undecidable {
		s.Ends = life.Ends
	}
	return s
}

// countsOf counts the findings of a model that touch a device of it.
func (b *Board) countsOf(m *modelState, d asset.Device) asset.Exposed {
	x := asset.Exposed{}
	top := -1.0
	for id := range m.findings {
		f := &b.findings[id].finding
		if !mayRun(f, d) {
			continue
		}
		switch f.Status {
		case Affected:
			x.Affected++
			if f.Score > top {
				top, x.Highest = f.Score, f.Severity
			}
		case Undecidable:
			x.Undecidable++
		}
	}
	return x
}

// Weak returns the devices that some weakness affects.
func (b *Board) Weak() map[string]bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := map[string]bool{}
	for id, d := range b.devices {
		if d.told.Affected > 0 {
			out[id] = true
		}
	}
	return out
}

// A Join is some devices of one model that have come to weaknesses, the most
// urgent first.
type Join struct {
	Model    asset.ModelKey
	Devices  []asset.Device
	Findings []Finding
}

// Joined returns, of some devices, those that known findings affect, model by
// model.
func (b *Board) Joined(ctx context.Context, by bedrail.Actor, ids []string, known func(finding string) bool) ([]Join, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	now, at, out := b.Clock.Now(), map[int32]int{}, []Join{}
	for _, id := range ids {
		d := b.devices[id]
		if d == nil {
			continue
		}
		if i, ok := at[d.model]; ok {
			out[i].Devices = append(out[i].Devices, d.device)
			continue
		}
		j := Join{Model: b.models[d.model].key, Devices: []asset.Device{d.device}}
		for f := range b.models[d.model].findings {
			s := b.findings[f]
			if s.finding.Status != Affected || !known(f) || !mayRun(&s.finding, d.device) {
				continue
			}
			if v, ok := b.view(s, by.Scope, now); ok {
				j.Findings = append(j.Findings, v)
			}
		}
		if len(j.Findings) > 0 {
			slices.SortFunc(j.Findings, func(p, q Finding) int { return cmp.Or(q.Rank-p.Rank, cmp.Compare(p.ID, q.ID)) })
			at[d.model] = len(out)
			out = append(out, j)
		}
	}
	return out, nil
}
