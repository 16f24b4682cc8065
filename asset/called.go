package asset

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bedrail/traffic"
)

// A bearer is a part of a device with a hardware address and names of its own.
type bearer struct {
	part        *fragment
	names       []claim
	since       time.Time // when it first said the device's serial number; or was first heard
	numbered    bool
	first, last time.Time // until the end of the minute in which it was heard last
}

// withinMinute is the end of the minute of a time: what a device says again in
// one minute of capture is not told again (traffic, repeats), so that who was
// heard in it may have spoken until then.
func withinMinute(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Truncate(time.Minute).Add(time.Minute - 1)
}

// bearersOf are the parts of a device that say a name, the longest at it first.
func bearersOf(component []*fragment) []bearer {
	var out []bearer
	for _, fr := range component {
		b := bearer{part: fr, names: fr.of(traffic.Hostname)}
		if len(b.names) == 0 || fr.behind != "" {
			continue
		}
		slices.SortFunc(b.names, func(x, y claim) int { return cmp.Or(cmp.Compare(x.Value, y.Value), compareClaims(x, y)) })
		for _, c := range fr.of(traffic.SerialNumber) {
			if c.Weight >= namingWeight && (!b.numbered || c.Time.Before(b.since)) {
				b.since, b.numbered = c.Time, true
			}
		}
		for _, s := range fr.sightings {
			if countWire(s.Protocols) > 0 {
				b.first = earlier(b.first, s.Since)
				b.last = later(b.last, withinMinute(s.Heard))
			}
		}
		if !b.numbered {
			b.since, _ = fr.span()
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b bearer) int {
		return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.part.name, b.part.name))
	})
	return out
}

// callItself puts the name first by which the device is called: one of the
// part that has said its number the longest, so that whoever takes the number
// up later does not take the name too. Where two parts that call themselves
// otherwise say one number in the same time, the evidence about the name
// disagrees: one of them may be somebody else.
func (d *Device) callItself(component []*fragment) {
	if len(component) < 2 || len(d.Hostnames) < 2 {
		return
	}
	bearers := bearersOf(component)
	if len(bearers) < 2 {
		return
	}
	name := bearers[0].names[0].Value
	if at := slices.Index(d.Hostnames, name); at > 0 {
		d.Hostnames = slices.Insert(slices.Delete(d.Hostnames, at, at+1), 0, name)
	}
	doubt := Disagreement{Attribute: traffic.Hostname, Values: []Rival{bearers[0].rival()}}
	for i := range bearers[1:] {
		if b := &bearers[i+1]; bearers[0].impersonated(b) {
			doubt.Values = append(doubt.Values, b.rival())
		}
	}
	if len(doubt.Values) > 1 {
		d.Conflicts = append(d.Conflicts, doubt)
	}
}

// impersonated reports whether another hardware address says the same serial
// number under another name while this one is still heard. A device with two
// network cards asks for one name with both; one whose card was changed is no
// longer heard at the old.
func (b *bearer) impersonated(by *bearer) bool {
	if !b.numbered || !by.numbered || len(b.part.macs) == 0 || len(by.part.macs) == 0 || !shareKey(b.part, by.part, "serial", "maker-serial") {
		return false
	}
	if by.first.IsZero() || !b.first.Before(by.last) || !by.first.Before(b.last) {
		return false
	}
	for _, x := range b.names {
		for _, y := range by.names {
			if plainHost(x.Value) == plainHost(y.Value) {
				return false
			}
		}
	}
	return true
}

func plainHost(name string) string {
	short, _, _ := strings.Cut(name, ".")
	return strings.ToLower(short)
}

// rival is the part's name as one side of a disagreement.
func (b *bearer) rival() Rival {
	var own []claim
	for _, c := range b.names {
		if c.Value == b.names[0].Value {
			own = append(own, c)
		}
	}
	return Rival{Value: b.names[0].Value, Confidence: round(combine(own)), Evidence: evidenceOf(own)}
}
