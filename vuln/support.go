package vuln

import (
	"cmp"
	"context"
	"slices"

	"bedrail"
	"bedrail/asset"
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
	for _, s := range b.findings {
		m := s.finding.Model
		if m.Model != key.Model || m.Manufacturer != key.Manufacturer || key.Version != "" && m.Version != key.Version {
			continue
		}
		f, _ := b.view(s, by.Scope, now)
		out = append(out, f)
	}
	order(out, nil)
	return out, nil
}
