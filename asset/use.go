package asset

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"time"

	"bedrail"
	"bedrail/traffic"
)

// A DeviceUse is what a device did within one hour.
type DeviceUse struct {
	Device  string      `json:"-"`
	Hour    time.Time   `json:"hour"`
	Kind    traffic.Use `json:"kind"`
	Minutes uint64      `json:"-"` // a bit for each minute of the hour
	Events  int         `json:"events"`
	Last    time.Time   `json:"last"`
}

// Count is in how many minutes of the hour it was in use.
func (u DeviceUse) Count() int { return bits.OnesCount64(u.Minutes) }

// useSeen is a use whose device is not yet settled.
type useSeen struct {
	key  SightingKey
	at   time.Time
	kind traffic.Use
}

// usesOf sums uses by device and hour.
func (f *Fuser) usesOf(seen []useSeen) []DeviceUse {
	type key struct {
		device string
		hour   int64
		kind   traffic.Use
	}
	sums := map[key]*DeviceUse{}
	for _, u := range seen {
		device := f.deviceAt(u.key)
		if device == "" {
			continue
		}
		hour := u.at.Truncate(time.Hour)
		k := key{device, hour.Unix(), u.kind}
		d := sums[k]
		if d == nil {
			d = &DeviceUse{Device: device, Hour: hour, Kind: u.kind}
			sums[k] = d
		}
		d.Minutes |= 1 << uint(u.at.Sub(hour)/time.Minute)
		d.Events++
		if u.at.After(d.Last) {
			d.Last = u.at
		}
	}
	out := make([]DeviceUse, 0, len(sums))
	for _, d := range sums {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b DeviceUse) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), a.Hour.Compare(b.Hour), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// deviceAt returns the device that a sighting belongs to.
func (f *Fuser) deviceAt(k SightingKey) string {
	s := f.sightings[k]
	if s == nil {
		return ""
	}
	names := []string{s.holder}
	if s.Leased != "" {
		names = append(names, "mac:"+k.Site+"|"+string(s.Leased))
	}
	for _, name := range names {
		h := f.holders[name]
		if h == nil {
			continue
		}
		for _, fr := range h.fragments {
			if slices.Contains(fr.sightings, s) {
				return f.deviceOf[fr.name]
			}
		}
	}
	return ""
}

// InUseFor is how long after its last sign of use a device counts as in use.
// Pumps and monitors report at least every few minutes; a study ends with its
// last image.
const InUseFor = 10 * time.Minute

// A Utilisation is how much a device is used, as its own messages show.
type Utilisation struct {
	InUse bool        `json:"inUse"` // within the last ten minutes
	Last  time.Time   `json:"last,omitzero"`
	Kinds []UsedHours `json:"kinds"`
	Hours []UsedHour  `json:"hours"` // the last week, hour by hour, those without use left out
}

// A UsedHours sums one kind of use.
type UsedHours struct {
	Kind traffic.Use `json:"kind"`
	// Hours are those that the device was at it, to the minute; for a study,
	// Events counts them.
	DayHours  float64 `json:"dayHours"`
	WeekHours float64 `json:"weekHours"`
	Events    int     `json:"events"` // within the week
}

// A UsedHour is one hour of use.
type UsedHour struct {
	Hour    time.Time   `json:"hour"`
	Kind    traffic.Use `json:"kind"`
	Minutes int         `json:"minutes"`
	Events  int         `json:"events"`
}

// Utilisation returns how much a device is used.
func (r *Registry) Utilisation(ctx context.Context, by bedrail.Actor, id string) (Utilisation, error) {
	if _, err := r.Device(ctx, by, id); err != nil {
		return Utilisation{}, err
	}
	now := r.Clock.Now()
	list, err := r.Store.DeviceUses(ctx, by.Scope, id, now.Add(-7*24*time.Hour))
	if err != nil {
		return Utilisation{}, err
	}
	return utilisationOf(list, now), nil
}

func utilisationOf(list []DeviceUse, now time.Time) Utilisation {
	u := Utilisation{Kinds: []UsedHours{}, Hours: []UsedHour{}}
	byKind := map[traffic.Use]*UsedHours{}
	for _, x := range list {
		k := byKind[x.Kind]
		if k == nil {
			k = &UsedHours{Kind: x.Kind}
			byKind[x.Kind] = k
		}
		hours := float64(x.Count()) / 60
		k.WeekHours += hours
		k.Events += x.Events
		if now.Sub(x.Hour) <= 24*time.Hour {
			k.DayHours += hours
		}
		if x.Last.After(u.Last) {
			u.Last = x.Last
		}
		u.Hours = append(u.Hours, UsedHour{x.Hour, x.Kind, x.Count(), x.Events})
	}
	for _, kind := range []traffic.Use{traffic.Infusing, traffic.Monitoring, traffic.Study} {
		if k := byKind[kind]; k != nil {
			u.Kinds = append(u.Kinds, *k)
		}
	}
	u.InUse = !u.Last.IsZero() && now.Sub(u.Last) <= InUseFor
	return u
}
