package vuln

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/sbom"
)

// A Supported is one device with what limits its support.
type Supported struct {
	Device  string         `json:"device"`
	Name    string         `json:"name"`
	Class   string         `json:"class"`
	Site    string         `json:"site"`
	Unit    string         `json:"unit"`
	Model   asset.ModelKey `json:"model"`
	System  *EndOfLife     `json:"system,omitempty"`  // of its operating system
	Product *EndOfLife     `json:"product,omitempty"` // of the model itself, by a public record
}

// Supports returns every device that by may see with what public records say
// about the end of its support. What nothing speaks of is there too: unknown
// is counted.
func (b *Board) Supports(ctx context.Context, by bedrail.Actor) ([]Supported, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "device"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]Supported, 0, len(b.devices))
	for id, d := range b.devices {
		l := d.device.Location
		if !by.Scope.Admits(l.Site, l.Unit) {
			continue
		}
		s := Supported{Device: id, Name: nameOf(d.device), Class: d.device.Class.Known(), Site: l.Site, Unit: l.Unit, Model: KeyOf(d.device)}
		if e, ok := b.index.OperatingSystem(d.device.OperatingSystem.Value); ok {
			s.System = &e
		}
		if e, ok := b.index.DeviceModel(s.Model.Manufacturer, s.Model.Model); ok {
			s.Product = &e
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(p, q Supported) int { return cmp.Compare(p.Device, q.Device) })
	return out, nil
}

// ComponentLife says until when a component of a bill is supported, when a
// public record speaks of it.
func (b *Board) ComponentLife(ctx context.Context, name, version string) (EndOfLife, bool) {
	if b.ensure(ctx) != nil {
		return EndOfLife{}, false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.index.OperatingSystem(name + " " + version)
}

// OfModel returns the findings of a model at a version, worst first. An empty
// version is every version.
func (b *Board) OfModel(ctx context.Context, by bedrail.Actor, key asset.ModelKey) ([]Finding, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	now := b.Clock.Now()
	out := []Finding{}
	for _, n := range b.versionsOf(key) {
		if key.Version != "" && !strings.EqualFold(b.models[n].key.Version, key.Version) {
			continue
		}
		for id := range b.models[n].findings {
			f, _ := b.view(b.findings[id], by.Scope, now)
			out = append(out, f)
		}
	}
	order(out, nil)
	return out, nil
}

// A ComponentUse is one component of the bills that are known, with the models
// that hold it and how many devices they are.
type ComponentUse struct {
	Component sbom.Component
	Public    *EndOfLife // what public records know of its support
	Models    []asset.ModelKey
	Devices   int
}

// ComponentUses returns the components of the models that by may see a device
// of; who sees everything is told of the others, too.
func (b *Board) ComponentUses(ctx context.Context, by bedrail.Actor) ([]ComponentUse, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	devices := make([]int, len(b.models))
	for n, m := range b.models {
		for _, d := range m.devices {
			if l := d.device.Location; by.Scope.Admits(l.Site, l.Unit) {
				devices[n]++
			}
		}
	}
	all := len(by.Scope.Sites)+len(by.Scope.Units) == 0
	out := []ComponentUse{}
	for i := range b.components {
		c := &b.components[i]
		u := ComponentUse{Component: c.component}
		for _, n := range c.models {
			if all || devices[n] > 0 {
				u.Models = append(u.Models, b.models[n].key)
				u.Devices += devices[n]
			}
		}
		if len(u.Models) == 0 {
			continue
		}
		if e, ok := b.index.OperatingSystem(c.component.Name + " " + c.component.Version); ok && e.Status != Undecidable {
			u.Public = &e
		}
		out = append(out, u)
	}
	return out, nil
}
