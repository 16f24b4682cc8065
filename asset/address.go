package asset

import (
	"net/netip"
	"slices"
	"time"
)

// An address that was heard without the hardware address behind it (behind a
// router, in a flow report, in a log) is held by one device of its site. All
// that was heard so of one address is one device; and it is the device that
// holds the address, when ARP, NDP or DHCP ever showed one holder only, within
// a day of it. A list that gives an address proves no holder: addresses in
// lists are old.

// sameDay is how far apart in time an address may be heard and its holder shown.
const sameDay = 24 * time.Hour

// unbound is the address that a fragment without hardware address was heard at;
// zero where it says of itself by lease whose it is.
func (fr *fragment) unbound() netip.Addr {
	if len(fr.macs) > 0 || fr.behind != "" || len(fr.sightings) == 0 {
		return netip.Addr{}
	}
	ip := fr.sightings[0].Key.IP
	if ip.IsLinkLocalUnicast() || slices.ContainsFunc(fr.sightings, func(s *Sighting) bool { return s.Leased != "" || s.Key.IP != ip }) {
		return netip.Addr{}
	}
	return ip
}

// listed reports whether a list or a maker's cloud speaks of the fragment.
func (fr *fragment) listed() bool {
	return slices.ContainsFunc(fr.sightings, func(s *Sighting) bool {
		return slices.ContainsFunc(s.Protocols, func(p string) bool { return p == ByList || p == ByCloud })
	})
}

// atAddress are the fragments that are one device with fr by an address.
func (f *Fuser) atAddress(fr *fragment) []*fragment {
	if fr.at.IsValid() {
		key := addressKey{fr.site, fr.at}
		out := f.byAddress[key]
		if owner := f.owner(key, fr); owner != nil {
			out = append(slices.Clip(out), owner)
		}
		return out
	}
	if len(fr.macs) == 0 {
		return nil
	}
	var out []*fragment
	for _, s := range fr.sightings {
		if !s.Bound {
			continue
		}
		key := addressKey{fr.site, s.Key.IP}
		for _, heard := range f.byAddress[key] {
			if f.owner(key, heard) == fr {
				out = append(out, heard)
			}
		}
	}
	return out
}

// owner is the fragment of the only hardware address that was ever shown to
// hold the address at which fr was heard; nil where there is none, where there
// are several, where that was at another time, or where what was heard may be
// an old list's word.
func (f *Fuser) owner(key addressKey, fr *fragment) *fragment {
	bound := f.bound[key]
	if len(bound) == 0 || slices.ContainsFunc(f.byAddress[key], (*fragment).listed) {
		return nil
	}
	first, last := fr.span()
	near := false
	for _, s := range bound {
		if s.Key.MAC != bound[0].Key.MAC {
			return nil
		}
		near = near || !s.First.After(last.Add(sameDay)) && !first.After(s.Last.Add(sameDay))
	}
	if !near {
		return nil
	}
	return f.byName[bound[0].holder]
}

// regather adds to affected what was heard at addresses whose holders, or of
// which what was heard, have changed.
func (f *Fuser) regather(affected map[string]*fragment) {
	for _, fr := range affected {
		if fr.at.IsValid() {
			f.moved[addressKey{fr.site, fr.at}] = true
		}
	}
	for key := range f.moved {
		for _, fr := range f.byAddress[key] {
			affected[fr.name] = fr
		}
	}
	clear(f.moved)
}

// unboundOf are the addresses that join what was heard at them to the rest of
// a device: each can be told from it again.
func unboundOf(component []*fragment) []netip.Addr {
	var out []netip.Addr
	for _, fr := range component {
		if fr.at.IsValid() && slices.ContainsFunc(component, func(o *fragment) bool { return o.at != fr.at }) {
			out = append(out, fr.at)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}
