package vuln

import (
	"context"
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
	switch {
	case old == nil || old.model != n:
		if old != nil {
			delete(b.models[old.model].devices, d.ID)
			b.mention(old.model)
		}
		if len(b.models[n].findings) == 0 {
			b.refresh(n)
		}
		b.mention(n)
	case old.device.Location != d.Location:
		b.mention(n)
	}
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
