package shadow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/traffic"
)

// A Day is what was overheard of one conversation within a day, or longer.
type Day struct {
	traffic.Overheard
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Merge adds what was overheard in a minute.
func (d *Day) Merge(o *traffic.Overheard) {
	last := o.Minute
	for _, t := range o.Ticks {
		if t.At.After(last) {
			last = t.At
		}
	}
	d.add(o, o.Minute, last)
}

func (d *Day) add(o *traffic.Overheard, first, last time.Time) {
	if d.First.IsZero() {
		d.Overheard = *o
		d.Overheard.OverheardCounts, d.Kinds, d.Issues, d.Devices, d.Mapped, d.Quirks, d.Answers, d.Ticks = traffic.OverheardCounts{}, nil, nil, nil, nil, nil, nil, nil
	}
	if d.First.IsZero() || first.Before(d.First) {
		d.First = first
	}
	if last.After(d.Last) {
		d.Last = last
	}
	d.Overheard.Merge(o)
}

// KeyOf names a conversation as one sensor hears it, so that nothing can be
// read from the name.
func KeyOf(o *traffic.Overheard) string {
	return named("sc_", o.Site, o.Sensor, o.Protocol, o.Client.String(), o.Server.String(), strconv.Itoa(int(o.Port)), strconv.Itoa(int(o.VLAN)), o.Sender, o.Receiver)
}

// channelKey names a listener.
func channelKey(o *traffic.Overheard) string {
	return named("sh_", o.Site, o.Protocol, o.Server.String(), strconv.Itoa(int(o.Port)))
}

func named(prefix string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return prefix + hex.EncodeToString(sum[:10])
}

// An Adoption says that a channel was drafted to take a listener over.
type Adoption struct {
	ID      string    `json:"-"`
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
}

// A Store remembers what was overheard. What sensors tell comes in with their
// batches (asset.Store.ApplyAssets). Each method is one transaction.
type Store interface {
	// ShadowDays returns the days since a time, the latest last.
	ShadowDays(ctx context.Context, in bedrail.Scope, since time.Time) ([]Day, error)
	// ShadowLatest returns the last day of which something was overheard, or
	// the zero time.
	ShadowLatest(ctx context.Context, in bedrail.Scope) (time.Time, error)
	// Adoptions returns every adoption. They come in with the channels that
	// were drafted (exchange.Store.SaveChannel).
	Adoptions(ctx context.Context, in bedrail.Scope) ([]Adoption, error)
	// SweepShadow removes days that lie further back than keep from the last
	// one, or from now when that is earlier, with entry when there were any.
	// Both are looked at in one step: a recording may be read in meanwhile.
	SweepShadow(ctx context.Context, in bedrail.Scope, now time.Time, keep time.Duration, entry audit.Entry) (int, error)
}
