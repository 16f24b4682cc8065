package patch

import (
	"context"
	"time"

	"bedrail"
)

// An Hour is what one device said within one hour.
type Hour struct {
	At      time.Time
	Packets uint64
}

// A Meter tells how much each device said, hour by hour.
type Meter interface {
	// HoursOf calls fn for each hour since a moment in which a device said
	// something.
	HoursOf(ctx context.Context, in bedrail.Scope, devices []string, since time.Time, fn func(device string, h Hour)) error
}

// InUse works out in how many weeks each hour of the week found a device in
// use. A device that is switched on says something all the time; it is in use
// in an hour in which it says much more than in its quiet ones. Less than a
// week measures nothing: nil.
func InUse(hours []Hour, from, until time.Time, zone *time.Location) *Hours {
	weeks := int(until.Sub(from) / (7 * 24 * time.Hour))
	if weeks < 1 || len(hours) == 0 {
		return nil
	}
	if zone == nil {
		zone = time.UTC
	}
	busy := busyAbove(hours)
	var count Hours
	for _, h := range hours {
		if h.Packets > busy && !h.At.Before(until.Add(-time.Duration(weeks)*7*24*time.Hour)) {
			count[HourOf(h.At.In(zone))]++
		}
	}
	for i := range count {
		count[i] = min(1, count[i]/float64(weeks))
	}
	return &count
}

// busyAbove is how many packets an hour has before it counts as use: three
// times the quiet tenth of the hours, and a fifth of the loudest at least.
func busyAbove(hours []Hour) uint64 {
	loudest, least := uint64(0), hours[0].Packets
	for _, h := range hours {
		loudest, least = max(loudest, h.Packets), min(least, h.Packets)
	}
	if loudest < 3*least { // always the same: it is used always, or never seen in use
		return least - min(least, 1)
	}
	return max(3*least, loudest/5)
}
