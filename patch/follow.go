package patch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/sbom"
	"bedrail/vuln"
)

// Follow looks at every device of an open order, and at the bills of its
// model, and notes what is seen: a new version, an exception that has ended, a
// window that passed in vain.
func (p *Planner) Follow(ctx context.Context) (changed int, err error) {
	by := bedrail.SystemActor("patch", p.Tenant)
	orders, err := p.Store.Orders(ctx, by.Scope)
	if err != nil {
		return 0, err
	}
	orders = slices.DeleteFunc(orders, func(o Order) bool { return o.Stage == Cancelled })
	p.watch(orders)
	if len(orders) == 0 {
		return 0, nil
	}
	devices, err := p.devicesOf(ctx, orders)
	if err != nil {
		return 0, err
	}
	now := p.Clock.Now()
	k := known{planner: p, by: by, found: map[asset.ModelKey]map[string]vuln.Status{}}
	var before, fresh []Order
	for _, o := range orders {
		sights, bills, err := k.sights(ctx, o, devices)
		if err != nil {
			return 0, err
		}
		if next, differs := o.Look(sights, bills, now); differs {
			before, fresh = append(before, o), append(fresh, next)
		}
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	entry := audit.Entry{By: by, Did: Followed, To: fresh[0].ID, Note: fmt.Sprintf("%d orders: devices seen at another version, exceptions ended, or windows passed", len(fresh))}
	if err := p.Store.SaveOrders(ctx, by.Scope, fresh, entry); err != nil {
		return 0, err
	}
	p.watch(orders)
	for i := range fresh {
		if p.Changed != nil {
			p.Changed(ctx, before[i], fresh[i])
		}
	}
	return len(fresh), nil
}

// watch keeps which devices an open order waits for, with the version that is
// to go.
func (p *Planner) watch(orders []Order) {
	waits := map[string]string{}
	for _, o := range orders {
		for _, d := range o.Devices {
			waits[d.ID] = d.Was
		}
	}
	p.waits.Store(&waits)
}

// Waits reports whether an open order waits to see what is now seen of a
// device: another software version than the one that was to go.
func (p *Planner) Waits(d asset.Device) bool {
	waits := p.waits.Load()
	if waits == nil {
		return false
	}
	was, ok := (*waits)[d.ID]
	version, _ := versionOf(d)
	return ok && version != "" && !strings.EqualFold(was, version)
}

// devicesOf returns the devices of orders as they are now.
func (p *Planner) devicesOf(ctx context.Context, orders []Order) (map[string]asset.Device, error) {
	wanted := map[string]bool{}
	for _, o := range orders {
		for _, d := range o.Devices {
			wanted[d.ID] = true
		}
	}
	out := map[string]asset.Device{}
	return out, p.Devices(ctx, func(d asset.Device) {
		if wanted[d.ID] {
			out[d.ID] = d
		}
	})
}

// known remembers within one look what the board says of versions.
type known struct {
	planner *Planner
	by      bedrail.Actor
	found   map[asset.ModelKey]map[string]vuln.Status
}

// weaknesses returns what is known of a version; nil is nothing.
func (k *known) weaknesses(ctx context.Context, key asset.ModelKey) (map[string]vuln.Status, error) {
	if found, ok := k.found[key]; ok {
		return found, nil
	}
	if k.planner.Board == nil {
		return nil, nil
	}
	list, err := k.planner.Board.OfModel(ctx, k.by, key)
	if err != nil {
		return nil, fmt.Errorf("asking about %s %s: %w", key.Model, key.Version, err)
	}
	found := map[string]vuln.Status{}
	for _, f := range list {
		found[f.Vulnerability] = f.Status
	}
	k.found[key] = found
	return found, nil
}

// sights are what is seen of an order's devices, and the bills that came since
// in which none of its weaknesses is left.
func (k *known) sights(ctx context.Context, o Order, devices map[string]asset.Device) (map[string]Sight, []BillSight, error) {
	var list []sbom.Summary
	var err error
	if k.planner.Bills != nil {
		if list, err = k.planner.Bills(ctx, o.Model.Manufacturer, o.Model.Model); err != nil {
			return nil, nil, fmt.Errorf("asking for the bills of %s: %w", o.Model.Model, err)
		}
	}
	billed := map[string]bool{}
	bills := []BillSight{}
	for _, b := range list {
		weak, err := k.weaknesses(ctx, b.Model)
		if err != nil {
			return nil, nil, err
		}
		billed[b.Model.Version] = true
		if !o.left(weak, vuln.Affected, vuln.Undecidable) {
			bills = append(bills, BillSight{ID: b.ID, Version: b.Model.Version, At: b.ImportedAtTime()})
		}
	}
	sights := map[string]Sight{}
	for _, piece := range o.Devices {
		d, ok := devices[piece.ID]
		if !ok {
			continue
		}
		s := Sight{}
		s.Version, s.Source = versionOf(d)
		key := vuln.KeyOf(d)
		key.Version = s.Version
		weak, err := k.weaknesses(ctx, key)
		if err != nil {
			return nil, nil, err
		}
		s.Weak = o.left(weak, vuln.Affected)
		s.Clean = billed[s.Version] && !o.left(weak, vuln.Affected, vuln.Undecidable)
		sights[piece.ID] = s
	}
	return sights, bills, nil
}

// versionOf is the version that is seen on a device, and where. A list that
// still names the old version while the device itself names another leaves the
// record undecided; what the device said last goes before the list.
func versionOf(d asset.Device) (version, source string) {
	if version = d.SoftwareVersion.Known(); version != "" {
		if len(d.SoftwareVersion.Evidence) > 0 {
			source = d.SoftwareVersion.Evidence[0].Source
		}
		return version, source
	}
	var last asset.VersionSeen
	for _, v := range d.Versions {
		if v.Source != "cmms" && v.Source != "person" && v.Last.After(last.Last) {
			last = v
		}
	}
	return last.Value, last.Source
}

// left reports whether a weakness of an order is among found in one of states.
func (o *Order) left(found map[string]vuln.Status, states ...vuln.Status) bool {
	return slices.ContainsFunc(o.Weaknesses, func(w string) bool { s, ok := found[w]; return ok && slices.Contains(states, s) })
}
