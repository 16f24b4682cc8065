package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
)

// house returns how to go through the devices as they were known at the moment
// that is asked about, and notes in v those that were asked for. A question
// about one device becomes one about its model then.
func (a *Archive) house(ctx context.Context, by bedrail.Actor, ask *Ask, v *View) (func(context.Context, func(asset.Device)) error, error) {
	changed := map[string]DeviceThen{}
	since, err := a.Store.DevicesAsOf(ctx, bedrail.Scope{Tenant: a.Tenant}, ask.At, func(d DeviceThen) error { changed[d.ID] = d; return nil })
	if err != nil {
		return nil, fmt.Errorf("asking what was known of devices: %w", err)
	}
	if ask.At.Before(since) {
		v.Limits = append(v.Limits, "What was known of devices is kept since "+since.UTC().Format(time.RFC3339)+"; for a moment before, they are shown as they were then. What was said of a device's status and conflicts is not kept.")
	}
	past := maps.Clone(changed)
	var list []asset.Device
	err = a.Devices(ctx, func(d asset.Device) {
		if was, ok := changed[d.ID]; ok {
			d = was.over(d)
			delete(changed, d.ID)
		}
		if !d.KnownSince.After(ask.At) {
			list = append(list, d)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, was := range changed { // of those that are no longer there
		list = append(list, was.over(asset.Device{ID: was.ID}))
	}
	slices.SortFunc(list, func(p, q asset.Device) int { return cmp.Compare(p.ID, q.ID) })
	if err := a.asked(ctx, by, ask, v, list, past); err != nil {
		return nil, err
	}
	return func(_ context.Context, fn func(asset.Device)) error {
		for _, d := range list {
			fn(d)
		}
		return nil
	}, nil
}

// asked lists the devices that were asked for.
func (a *Archive) asked(ctx context.Context, by bedrail.Actor, ask *Ask, v *View, list []asset.Device, past map[string]DeviceThen) error {
	var still []string
	for _, d := range list {
		if !by.Scope.Admits(d.Location.Site, d.Location.Unit) {
			continue
		}
		v.Total.Devices++
		if ask.Device == "" && ask.Model == "" || ask.Device != "" && d.ID != ask.Device ||
			ask.Device == "" && (!strings.EqualFold(d.Model.Known(), ask.Model) || ask.Manufacturer != "" && !strings.EqualFold(d.Manufacturer.Known(), ask.Manufacturer)) || len(v.Devices) == most {
			continue
		}
		was, changed := past[d.ID]
		if !changed {
			was = thenOf(d)
			still = append(still, d.ID)
		}
		v.Devices = append(v.Devices, was)
	}
	known, err := a.Store.DeviceSince(ctx, bedrail.Scope{Tenant: a.Tenant}, still)
	if err != nil {
		return err
	}
	for i := range v.Devices {
		if at, ok := known[v.Devices[i].ID]; ok {
			v.Devices[i].Since = at
		}
	}
	if ask.Device == "" {
		return nil
	}
	if len(v.Devices) == 0 {
		return bedrail.Errorf(bedrail.NotFound, "no device %s was known then", ask.Device)
	}
	d := v.Devices[0]
	ask.Manufacturer, ask.Model, ask.version = d.Manufacturer, d.Model, d.SoftwareVersion
	return nil
}

// over lays what was known of a device over what is known now.
func (t DeviceThen) over(d asset.Device) asset.Device {
	value := func(text string) asset.Value {
		if text == "" {
			return asset.Value{Status: asset.Unknown}
		}
		return asset.Value{Value: text, Status: asset.Confirmed, Confidence: 1}
	}
	d.Class, d.Manufacturer, d.Model, d.SerialNumber = value(t.Class), value(t.Manufacturer), value(t.Model), value(t.SerialNumber)
	d.SoftwareVersion, d.OperatingSystem = value(t.SoftwareVersion), value(t.OperatingSystem)
	d.Location.Site, d.Location.Building, d.Location.Floor, d.Location.Unit, d.Location.Room, d.Location.Bed = t.Site, t.Building, t.Floor, t.Unit, t.Room, t.Bed
	d.AssetTag, d.KnownSince = t.AssetTag, t.FirstSeen
	return d
}

func thenOf(d asset.Device) DeviceThen {
	l := d.Location
	return DeviceThen{ID: d.ID, Name: d.Name(), Class: d.Class.Known(), Manufacturer: d.Manufacturer.Known(), Model: d.Model.Known(), SerialNumber: d.SerialNumber.Known(), SoftwareVersion: d.SoftwareVersion.Known(),
		OperatingSystem: d.OperatingSystem.Known(), Site: l.Site, Building: l.Building, Floor: l.Floor, Unit: l.Unit, Room: l.Room, Bed: l.Bed, AssetTag: d.AssetTag, FirstSeen: d.KnownSince, Since: d.KnownSince}
}
