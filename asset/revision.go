package asset

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail/traffic"
)

// says is all of a device that a person sees change: everything but times and
// counts.
func (d Device) says() string {
	var b strings.Builder
	for _, v := range []Value{d.Class, d.Manufacturer, d.Model, d.SerialNumber, d.SoftwareVersion, d.OperatingSystem} {
		fmt.Fprintf(&b, "%s\x1f%s\x1f%.2f\x1f%d\x1e", v.Value, v.Status, v.Confidence, len(v.Evidence))
	}
	l := d.Location
	fmt.Fprintf(&b, "%q %q %q %q %q %q %s %s\x1e", l.Site, l.Building, l.Floor, l.Unit, l.Room, l.Bed, l.Source, l.Status)
	fmt.Fprintf(&b, "%v %v %v %v %v %v %q %q %q %d", d.MACs, d.Addresses, d.Hostnames, d.Roles, d.Protocols, d.Tags, d.AssetTag, d.UDI, d.Behind, len(d.Conflicts))
	fmt.Fprintf(&b, "\x1e%s %s %t", d.Attachment.Value, d.Attachment.Status, d.Randomised)
	if len(d.Unbound) > 0 {
		fmt.Fprintf(&b, "\x1e%v", d.Unbound)
	}
	if d.Elsewhere != nil {
		b.WriteString("\x1e" + d.Elsewhere.Values[1].Value)
	}
	for _, w := range d.Posture {
		b.WriteString(" " + string(w.Code))
	}
	for _, v := range d.Versions {
		b.WriteString("\x1f" + v.Value)
	}
	return b.String()
}

// matters reports whether what advisories are matched by differs.
func matters(a, b Device) bool {
	return a.Manufacturer.Value != b.Manufacturer.Value || a.Model.Value != b.Model.Value || a.SoftwareVersion.Value != b.SoftwareVersion.Value ||
		a.OperatingSystem.Value != b.OperatingSystem.Value || a.SerialNumber.Value != b.SerialNumber.Value || a.UDI != b.UDI ||
		a.Location.Site != b.Location.Site || a.Location.Unit != b.Location.Unit || a.Location.Bed != b.Location.Bed
}

// identified reports whether maker and model are known.
func (d Device) identified() bool { return d.Manufacturer.known() && d.Model.known() }

func (v Value) known() bool { return v.Status == Confirmed || v.Status == Likely }

// Known returns the value when it is at least likely, else "".
func (v Value) Known() string {
	if v.known() {
		return v.Value
	}
	return ""
}

// Name is what a person calls the device: the name it bears on the network,
// else what it is.
func (d Device) Name() string {
	if len(d.Hostnames) > 0 {
		return d.Hostnames[0]
	}
	if m := d.Model.Known(); m != "" {
		if s := d.SerialNumber.Known(); s != "" {
			return m + " " + s
		}
		return m
	}
	switch {
	case d.AssetTag != "":
		return d.AssetTag
	case len(d.Addresses) > 0:
		return d.Addresses[0].String()
	case len(d.MACs) > 0:
		return string(d.MACs[0])
	}
	return d.ID
}

// eventsOf tells what happened between two states of a device.
func eventsOf(a, b Device, had bool, now time.Time) []Event {
	at := b.LastSeen
	if at.IsZero() || had && !at.After(a.LastSeen) {
		at = now // a person, a list or an old capture said so: nothing newer was heard
	}
	var out []Event
	// A file may tell today of what was days ago: what has its own time keeps it.
	tell := func(when time.Time, kind, code string, pairs ...string) {
		if when.IsZero() || when.After(at) {
			when = at
		}
		out = append(out, Event{Device: b.ID, At: when, Kind: kind, Saying: say(code, pairs...)})
	}
	since := func(when time.Time, kind string, pairs ...string) { tell(when, kind, kind, pairs...) }
	add := func(kind string, pairs ...string) { since(at, kind, pairs...) }
	switch {
	case !had && b.FirstSeen.IsZero():
		since(b.KnownSince, "listed", "name", b.Name())
	case !had || a.FirstSeen.IsZero() && !b.FirstSeen.IsZero():
		since(b.FirstSeen, "seen", "name", b.Name())
	}
	if b.identified() && (!had || !a.identified()) {
		add("identified", "manufacturer", b.Manufacturer.Value, "model", b.Model.Value)
	}
	if !had {
		return out
	}
	if a.SoftwareVersion.Value != b.SoftwareVersion.Value && b.SoftwareVersion.known() {
		since(returned(a.firstRan(b.SoftwareVersion.Value), b.firstRan(b.SoftwareVersion.Value)), "software", "now", b.SoftwareVersion.Value, "before", a.SoftwareVersion.Value)
	}
	for _, w := range b.Posture {
		if !slices.ContainsFunc(a.Posture, func(o Weakness) bool { return o.Code == w.Code }) {
			since(w.First, "posture", "posture", string(w.Code))
		}
	}
	if a.Attachment.Value != b.Attachment.Value && b.Attachment.known() {
		add("attached", "now", b.Attachment.Value, "before", a.Attachment.Value)
	}
	if a.Location.place() != b.Location.place() {
		since(b.Location.Seen, "moved", "place", b.Location.place(), "placeBefore", a.Location.place())
	}
	if b.Elsewhere != nil && a.Elsewhere == nil {
		tell(b.Location.Seen, "conflict", "elsewhere", "place", b.Elsewhere.Values[1].Value)
	}
	for _, ip := range b.Addresses {
		if !slices.Contains(a.Addresses, ip) {
			since(returned(a.heldFrom(ip), b.heldFrom(ip)), "address", "address", ip.String())
		}
	}
	for _, c := range b.Conflicts {
		if !slices.ContainsFunc(a.Conflicts, func(o Disagreement) bool { return o.Attribute == c.Attribute }) {
			add("conflict", "attribute", string(c.Attribute))
		}
	}
	return out
}

// backAgain tells that a device was silent for longer than it usually is, and
// is heard again.
func backAgain(before Device, id string, again time.Time) []Event {
	silent := again.Sub(before.Rhythm.Heard)
	if again.IsZero() || silent <= before.Rhythm.QuietAfter() {
		return nil
	}
	return []Event{{Device: id, At: again, Kind: "state", Saying: say("back", "span", seconds(silent))}}
}

// silence tells how a device is silent now, the later first.
func silence(d Device, now time.Time) []Event {
	if d.Rhythm.Heard.IsZero() {
		return nil
	}
	var out []Event
	for _, s := range []struct {
		code  string
		after time.Duration
	}{{"gone", d.Rhythm.GoneAfter()}, {"quiet", d.Rhythm.QuietAfter()}} {
		if now.Sub(d.Rhythm.Heard) > s.after {
			out = append(out, Event{Device: d.ID, At: d.Rhythm.Heard.Add(s.after), Kind: "state", Saying: say(s.code, "span", seconds(s.after))})
		}
	}
	return out
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// returned is when something began that a device is seen to have now: what it
// had before and has again began when it came back, which nothing dates.
func returned(before, now time.Time) time.Time {
	if !before.IsZero() && !now.After(before) {
		return time.Time{}
	}
	return now
}

// firstRan is when a version was named first, or zero.
func (d *Device) firstRan(version string) time.Time {
	for _, v := range d.Versions {
		if v.Value == version {
			return v.First
		}
	}
	return time.Time{}
}

// heldFrom is since when the device has an address, or zero.
func (d *Device) heldFrom(ip netip.Addr) (from time.Time) {
	for _, h := range d.Held {
		if h.IP == ip.String() && h.From.After(from) {
			from = h.From
		}
	}
	return from
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func (l Location) place() string {
	return traffic.Spot{Site: l.Site, Building: l.Building, Floor: l.Floor, Unit: l.Unit, Room: l.Room, Bed: l.Bed}.String()
}

func sortSightings(list []Sighting) {
	slices.SortFunc(list, func(a, b Sighting) int { return cmp.Compare(a.Key.String(), b.Key.String()) })
}

// restore takes over what the store remembers. Devices are computed anew from
// it, under the ids that they had.
func (f *Fuser) restore(s State) {
	f.ready()
	for k, id := range s.Known {
		f.known[k] = id
	}
	f.links = s.Links
	f.places = newRegister(s.Places)
	for i := range s.Sightings {
		st := &s.Sightings[i]
		name := holderName(st.Key)
		if name == "" {
			continue
		}
		st.holder = name
		if st.Heard.IsZero() && countWire(st.Protocols) > 0 { // kept by an older program
			st.Heard = st.Last
		}
		if st.Since.IsZero() && !st.Heard.IsZero() {
			st.Since = st.First
		}
		f.sightings[st.Key] = st
		h := f.holderNamed(name, st.Key)
		h.sightings = append(h.sightings, st)
		if st.Bound {
			f.bind(st)
		}
		for _, l := range st.Leases {
			key := addressKey{st.Key.Site, l.IP}
			f.leases[key] = append(f.leases[key], traffic.Lease{MAC: st.Key.MAC, IP: l.IP, From: l.From, Until: l.Until})
		}
		f.dirty[name] = true
	}
	for _, list := range f.leases {
		slices.SortFunc(list, func(a, b traffic.Lease) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.MAC, b.MAC)) })
	}
	f.resolve()
	for id, rev := range s.Devices {
		if d := f.devices[id]; d != nil {
			d.Version = rev.Number
		}
	}
}

// keysOf returns all that leads to a device: merge keys and the names of its
// parts.
func (f *Fuser) keysOf(id string) []string {
	var keys []string
	for _, fr := range f.members[id] {
		keys = append(keys, fr.keys...)
		keys = append(keys, fr.name)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
