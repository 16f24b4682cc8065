package asset

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bedrail/traffic"
)

// A Weakness is something that the wire shows about how a device guards what
// it says, with the packets that show it.
type Weakness struct {
	Code     traffic.Posture `json:"code"`
	Text     string          `json:"text"`
	First    time.Time       `json:"first"`
	Last     time.Time       `json:"last"`
	Count    int             `json:"count"`
	Evidence []Evidence      `json:"evidence"`
}

// A VersionSeen is a version of software, or an operating system, that evidence has named, and while it
// did.
type VersionSeen struct {
	Value  string    `json:"value"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Source string    `json:"source"` // of the strongest claim
	Field  string    `json:"field"`
}

// An AddressHeld is an address with the time in which the device is known to
// have held it.
type AddressHeld struct {
	IP    string    `json:"ip"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	By    string    `json:"by"` // "lease", or "seen": from the first to the last packet
}

// maxHeld bounds what a device lists of its past.
const maxHeld = 64

// weaknesses gathers what claims say about how a device guards itself.
func weaknesses(claims []claim) []Weakness {
	byCode := map[traffic.Posture]*Weakness{}
	var all []claim
	for _, c := range claims {
		if c.Attribute == traffic.PostureFact {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, compareClaims)
	for _, c := range all {
		code := traffic.Posture(c.Value)
		w := byCode[code]
		if w == nil {
			w = &Weakness{Code: code, Text: code.String(), First: c.Time, Last: c.Last}
			byCode[code] = w
		}
		if c.Time.Before(w.First) {
			w.First = c.Time
		}
		if c.Last.After(w.Last) {
			w.Last = c.Last
		}
		w.Count += c.Count
		if len(w.Evidence) < maxEvidence {
			w.Evidence = append(w.Evidence, c.Evidence)
		}
	}
	out := make([]Weakness, 0, len(byCode))
	for _, code := range sortedPostures(byCode) {
		out = append(out, *byCode[code])
	}
	return out
}

func sortedPostures(m map[traffic.Posture]*Weakness) []traffic.Posture {
	codes := make([]traffic.Posture, 0, len(m))
	for code := range m {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// versionsOf is the history of the software or operating system, newest first.
func versionsOf(claims []claim, of traffic.Attribute) []VersionSeen {
	seen := map[string]*VersionSeen{}
	var order []string
	for _, c := range claims {
		if c.Attribute != of {
			continue
		}
		key := normal(c.Attribute, c.Value)
		v := seen[key]
		if v == nil {
			v = &VersionSeen{Value: c.Value, First: c.Time, Last: c.Last, Source: c.Source, Field: c.Field}
			seen[key] = v
			order = append(order, key)
		}
		if c.Time.Before(v.First) {
			v.First = c.Time
		}
		if c.Last.After(v.Last) {
			v.Last = c.Last
		}
	}
	out := make([]VersionSeen, 0, len(order))
	for _, key := range order {
		out = append(out, *seen[key])
	}
	slices.SortFunc(out, func(a, b VersionSeen) int {
		return cmp.Or(b.Last.Compare(a.Last), b.First.Compare(a.First), cmp.Compare(a.Value, b.Value))
	})
	return out[:min(len(out), maxHeld)]
}

// current leaves out what its own source has replaced: software is updated,
// and what the same field says now is not in conflict with what it said
// before. What was replaced stays in the history.
func current(claims []claim) []claim {
	type place struct{ source, field string }
	newest := map[place]time.Time{}
	for _, c := range claims {
		k := place{c.Source, c.Field}
		if c.Time.After(newest[k]) {
			newest[k] = c.Time
		}
	}
	out := claims[:0:0]
	for _, c := range claims {
		if c.Source != fromPerson && c.Last.Before(newest[place{c.Source, c.Field}]) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// heldBy lists the addresses of sightings with their times, newest first. A
// lease says from when to when; without one, packets do.
func heldBy(sightings []*Sighting) []AddressHeld {
	var out []AddressHeld
	leased := map[string]bool{}
	for _, s := range sightings {
		for _, l := range s.Leases {
			ip := l.IP.String()
			leased[ip] = true
			out = append(out, AddressHeld{IP: ip, From: l.From, Until: l.Until, By: "lease"})
		}
	}
	spans := map[string]int{}
	for _, s := range sightings {
		ip := s.Key.IP
		if !ip.IsValid() || leased[ip.String()] || s.Virtual {
			continue
		}
		i, ok := spans[ip.String()]
		if !ok {
			i = len(out)
			spans[ip.String()] = i
			out = append(out, AddressHeld{IP: ip.String(), From: s.First, Until: s.Last, By: "seen"})
		}
		if s.First.Before(out[i].From) {
			out[i].From = s.First
		}
		if s.Last.After(out[i].Until) {
			out[i].Until = s.Last
		}
	}
	slices.SortFunc(out, func(a, b AddressHeld) int {
		return cmp.Or(b.From.Compare(a.From), cmp.Compare(a.IP, b.IP), b.Until.Compare(a.Until))
	})
	return slices.Compact(out[:min(len(out), maxHeld)])
}

// AddressNow is the address that a device has now, as far as is known: of
// its newest lease, unless another address of it was seen after that ran out.
// The zero Addr is none.
func (d Device) AddressNow() netip.Addr {
	var lease, seen AddressHeld
	for _, h := range d.Held {
		switch {
		case h.By == "lease" && h.From.After(lease.From):
			lease = h
		case h.By != "lease" && h.Until.After(seen.Until):
			seen = h
		}
	}
	ip := seen.IP
	if lease.IP != "" && (seen.IP == "" || !seen.Until.After(lease.Until)) {
		ip = lease.IP
	}
	if addr, err := netip.ParseAddr(ip); err == nil {
		return addr
	}
	if len(d.Addresses) > 0 {
		return d.Addresses[0] // kept before it was noted when
	}
	return netip.Addr{}
}

// randomised reports whether a device shows only hardware addresses that
// software made up, as phones and tablets do for privacy. Such an address
// tells no maker, and the device will come back under another. Those of
// virtual machines and containers are made up too, but stay.
func randomised(macs []traffic.MAC) bool {
	for _, m := range macs {
		if !localMAC(m) || virtualMachine(m) {
			return false
		}
	}
	return len(macs) > 0
}

// virtualMachine knows the prefixes that virtual machines use although no firm
// holds them: QEMU/KVM, Docker and Xen's own.
func virtualMachine(m traffic.MAC) bool {
	for _, p := range []string{"52:54:00", "02:42:", "00:16:3e"} {
		if strings.HasPrefix(string(m), p) {
			return true
		}
	}
	return false
}
