package asset

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bedrail"
	"bedrail/format/query"
)

// reading asks whether by may read devices at all; what by may see of them is
// by's scope.
func (r *Registry) reading(ctx context.Context, by bedrail.Actor) error {
	return r.Auth.Authorize(ctx, by, ReadDevices, bedrail.Resource{Type: "device", Site: only(by.Scope.Sites), Unit: only(by.Scope.Units)})
}

func only(names []string) string {
	if len(names) > 0 {
		return names[0]
	}
	return ""
}

// Devices returns a page of the devices that by may see.
func (r *Registry) Devices(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[Summary], error) {
	if err := r.reading(ctx, by); err != nil {
		return query.Page[Summary]{}, err
	}
	return r.Store.Devices(ctx, by.Scope, req)
}

// Device returns one device with all its evidence.
func (r *Registry) Device(ctx context.Context, by bedrail.Actor, id string) (Device, error) {
	if err := r.reading(ctx, by); err != nil {
		return Device{}, err
	}
	return r.told(ctx, by, id)
}

// told is a device as it is told to by.
func (r *Registry) told(ctx context.Context, by bedrail.Actor, id string) (Device, error) {
	d, err := r.Store.Device(ctx, by.Scope, id)
	if err == nil {
		r.Calibration.Tell(&d, r.Rules)
		nameFields(&d)
	}
	return d, err
}

// Facets counts the values of fields over the devices that match filter.
func (r *Registry) Facets(ctx context.Context, by bedrail.Actor, fields []string, filter query.Filter) ([]Facet, error) {
	if err := r.reading(ctx, by); err != nil {
		return nil, err
	}
	return r.Store.DeviceFacets(ctx, by.Scope, fields, filter)
}

// Counts returns the list in figures.
func (r *Registry) Counts(ctx context.Context, by bedrail.Actor) (Counts, error) {
	if err := r.reading(ctx, by); err != nil {
		return Counts{}, err
	}
	return r.Store.DeviceCounts(ctx, by.Scope)
}

// Models counts devices by maker, model and version.
func (r *Registry) Models(ctx context.Context, by bedrail.Actor) ([]ModelCount, error) {
	if err := r.reading(ctx, by); err != nil {
		return nil, err
	}
	return r.Store.Models(ctx, by.Scope)
}

// Timeline returns what happened to a device, newest first.
func (r *Registry) Timeline(ctx context.Context, by bedrail.Actor, id string) ([]Event, error) {
	d, err := r.Device(ctx, by, id)
	if err != nil {
		return nil, err
	}
	events, err := r.Store.DeviceEvents(ctx, by.Scope, id)
	if err != nil {
		return nil, err
	}
	events = append(silence(d, r.Clock.Now()), events...)
	slices.SortStableFunc(events, newestFirst)
	return events, nil
}

// newestFirst puts what happened at one time in the order in which it follows:
// a device is seen before anything can be said of it.
func newestFirst(a, b Event) int {
	begins := func(e Event) int { return slices.Index([]string{"identified", "seen"}, e.Kind) } // -1 follows
	return cmp.Or(b.At.Compare(a.At), cmp.Compare(begins(a), begins(b)))
}

// Conversations returns with whom a device spoke within the last 30 days.
func (r *Registry) Conversations(ctx context.Context, by bedrail.Actor, id string) ([]Talk, error) {
	if _, err := r.Device(ctx, by, id); err != nil {
		return nil, err
	}
	return r.Store.DeviceConversations(ctx, by.Scope, id, r.Clock.Now().Add(-30*24*time.Hour))
}

// Exposure returns how many advisories touch a device.
func (r *Registry) Exposure(ctx context.Context, by bedrail.Actor, id string) (Exposed, error) {
	if err := r.reading(ctx, by); err != nil {
		return Exposed{}, err
	}
	return r.Store.Exposure(ctx, by.Scope, id)
}

// Links returns what persons merged and split of a device, newest first; each
// can be undone by its id.
func (r *Registry) Links(ctx context.Context, by bedrail.Actor, id string) ([]Link, error) {
	if _, err := r.Device(ctx, by, id); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, by.Scope.Tenant)
	if err != nil {
		return nil, err
	}
	names := t.fuser.names(id)
	out := []Link{}
	for _, l := range t.fuser.links {
		if !l.Undone && (overlaps(l.A, names) || overlaps(l.B, names)) {
			out = append(out, l)
		}
	}
	slices.Reverse(out)
	return out, nil
}
