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

// A Meter tells how much each device was used, hour by hour.
type Meter interface {
	// HoursOf calls fn for each hour since a moment in which a device said
	// something.
	HoursOf(ctx context.Context, in bedrail.Scope, devices []string, since time.Time, fn func(device string, h Hour)) error
	// WorkOf calls fn for each hour since a moment in which a device's own
	// messages show it at work: infusing, monitoring, taking a study.
	WorkOf(ctx context.Context, in bedrail.Scope, devices []string, since time.Time, fn func(device string, hour time.Time, minutes int)) error
}

// How the use of a device was measured.
const (
	ByMessages = "messages" // its own messages say what it is doing
	ByVolume   = "volume"   // it says much more than in its quiet hours
	ByBoth     = "both"     // of a window: some devices one way, some the other
)

// AtWork works out in how many weeks each hour of the week found a device at
// work, as its own messages say. An hour counts when at least one minute of it
// does: what is infusing for ten minutes cannot be taken away in them. Less
// than a week measures nothing: nil.
func AtWork(hours []time.Time, from, until time.Time, zone *time.Location) *Hours {
	weeks := weeksOf(from, until)
	if weeks < 1 {
		return nil
	}
	return share(hours, until, weeks, zone)
}

// InUse works out in how many weeks each hour of the week found a device in
// use. A device that is switched on says something all the time; it is in use
// in an hour in which it says much more than in its quiet ones. Less than a
// week measures nothing: nil.
func InUse(hours []Hour, from, until time.Time, zone *time.Location) *Hours {
	weeks := weeksOf(from, until)
	if weeks < 1 || len(hours) == 0 {
		return nil
	}
	busy := busyAbove(hours)
	var at []time.Time
	for _, h := range hours {
		if h.Packets > busy {
			at = append(at, h.At)
		}
	}
	return share(at, until, weeks, zone)
}

func weeksOf(from, until time.Time) int { return int(until.Sub(from) / (7 * 24 * time.Hour)) }

// share counts hours of the last whole weeks by hour of the week.
func share(hours []time.Time, until time.Time, weeks int, zone *time.Location) *Hours {
	if zone == nil {
		zone = time.UTC
	}
	var count Hours
	for _, h := range hours {
		if !h.Before(until.Add(-time.Duration(weeks) * 7 * 24 * time.Hour)) {
			count[HourOf(h.In(zone))]++
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
