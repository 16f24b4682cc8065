package vuln

import (
	"context"
	"fmt"
	"maps"
	"time"

	"bedrail/asset"
)

// DevicesChanged takes devices as they now are.
func (b *Board) DevicesChanged(ctx context.Context, devices ...asset.Device) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	for _, d := range devices {
		b.place(d)
	}
	b.mu.Unlock()
	b.tell(ctx)
}

// place puts a device with the model that it is known to be.
func (b *Board) place(d asset.Device) {
	n := b.modelOf(KeyOf(d))
	old := b.devices[d.ID]
	state := &deviceState{device: d, model: n, new: old == nil, care: CareOf(d)}
	if old != nil {
		state.told = old.told
	}
	b.devices[d.ID] = state
	b.models[n].devices[d.ID] = state
	b.settle(old, d)
	b.dirty[n] = true
	b.runs(old, d, n)
	if old != nil && old.model != n {
		delete(b.models[old.model].devices, d.ID)
		b.mention(old.model)
	}
	switch {
	case old == nil || old.model != n:
		if len(b.models[n].findings) == 0 {
			b.refresh(n)
		}
		b.mention(n)
	case old.device.Location != d.Location:
		b.mention(n)
	}
}

// runs notes which operating system a device shows now.
func (b *Board) runs(old *deviceState, d asset.Device, n int32) {
	now := seenSystem(d)
	if old != nil && old.model == n && seenSystem(old.device) == now {
		return
	}
	if old != nil {
		b.shows(old.model, seenSystem(old.device), -1)
	}
	b.shows(n, now, 1)
}

// shows counts the operating system of a device that joins a model (by 1) or
// leaves it (by -1), and works the model out anew when another one shows, or
// when one shows on all of its devices and did not before.
func (b *Board) shows(n int32, system string, by int) {
	m := b.models[n]
	before := m.everywhere()
	m.shown += by
	if system != "" {
		if m.systems[system] += by; m.systems[system] <= 0 {
			delete(m.systems, system)
		}
	}
	if after := m.everywhere(); !maps.Equal(before, after) {
		b.refresh(n)
	}
}

// everywhere returns the systems of a model and which of them shows on every
// device.
func (m *modelState) everywhere() map[string]bool {
	if len(m.systems) == 0 {
		return nil
	}
	out := make(map[string]bool, len(m.systems))
	for name, count := range m.systems {
		out[name] = count == m.shown
	}
	return out
}

// seenSystem is the operating system of a device, as far as it is believed.
func seenSystem(d asset.Device) string {
	if v := d.OperatingSystem; v.Status == asset.Confirmed || v.Status == asset.Likely {
		return v.Value
	}
	return ""
}

// mayRun reports whether a device may run the system that a finding rests on:
// it shows it, or is of a model of which others show it and shows none itself.
func mayRun(f *Finding, d asset.Device) bool {
	if f.System == "" {
		return true
	}
	seen := seenSystem(d)
	return seen == f.System || seen == "" && f.Model.Model != ""
}

// bySystem returns the answers for what a model's devices run. Where only some
// of them show the system, which of the others run it is not known.
func (b *Board) bySystem(m *modelState) []Match {
	var out []Match
	for name, count := range m.systems {
		key := name + "\x00" + m.key.Manufacturer
		matches, ok := b.bySystems[key]
		if !ok {
			matches = b.index.System(name, m.key.Manufacturer)
			b.bySystems[key] = matches
		}
		for _, match := range matches {
			if count < m.shown && match.Status == Affected && m.key.Model != "" {
				match.Status, match.Confidence = Undecidable, min(match.Confidence, 0.4)
				match.Reason = fmt.Sprintf("%d of %d devices of this model and version show it; %s", count, m.shown, match.Reason)
			}
			out = append(out, match)
		}
	}
	return out
}

// mention marks the findings of a model as changed.
func (b *Board) mention(n int32) {
	for id := range b.models[n].findings {
		b.pending[id] = true
	}
}

// DeviceGone forgets a device that was merged into another or removed.
func (b *Board) DeviceGone(ctx context.Context, id string) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	if old := b.devices[id]; old != nil {
		delete(b.devices, id)
		delete(b.models[old.model].devices, id)
		b.shows(old.model, seenSystem(old.device), -1)
		b.settle(old, asset.Device{})
		b.mention(old.model)
	}
	b.mu.Unlock()
	b.tell(ctx)
}

// settle notes at which addresses a device is now.
func (b *Board) settle(old *deviceState, d asset.Device) {
	if old != nil {
		for _, a := range old.device.Addresses {
			if b.byAddress[a] == old.device.ID {
				delete(b.byAddress, a)
			}
		}
	}
	for _, a := range d.Addresses {
		b.byAddress[a] = d.ID
	}
}

// fileControl takes a kept control up.
func (b *Board) fileControl(c Control) error {
	state, err := newControl(c, c.Expires.Add(-time.Nanosecond)) // it was found good when it was kept
	if err != nil {
		return err
	}
	b.controls = append(b.controls, state)
	return nil
}

// KeyOf returns the model and version of a device as far as they are known. A
// value in conflict, or only a candidate, is not known.
func KeyOf(d asset.Device) asset.ModelKey {
	known := func(v asset.Value) string {
		if v.Status == asset.Confirmed || v.Status == asset.Likely {
			return v.Value
		}
		return ""
	}
	return asset.ModelKey{Manufacturer: known(d.Manufacturer), Model: known(d.Model), Version: known(d.SoftwareVersion)}
}
