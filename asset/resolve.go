package asset

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"bedrail"
	"bedrail/traffic"
)

// resolve computes anew the devices that what was touched can have changed.
func (f *Fuser) resolve() {
	if len(f.dirty) == 0 {
		return
	}
	affected := map[string]*fragment{} // by name
	for _, name := range sortedKeys(f.dirty) {
		f.rebuild(f.holders[name], affected)
	}
	f.regather(affected)
	clear(f.dirty)
	f.marks++
	components := f.components(affected)
	before := map[string]bool{}
	for _, c := range components {
		for _, fr := range c {
			if id := f.deviceOf[fr.name]; id != "" {
				before[id] = true
			}
		}
	}
	for name := range affected { // fragments that are no more
		if f.byName[name] == nil {
			before[f.deviceOf[name]] = true
			delete(f.deviceOf, name)
		}
	}
	delete(before, "")
	parts := map[string][]*fragment{}
	for id := range before {
		parts[id] = f.members[id]
		delete(f.devices, id)
		delete(f.members, id)
	}
	now := map[string]bool{}
	for _, c := range components {
		id := f.name(c, now)
		now[id] = true
		f.members[id] = c
		for _, fr := range c {
			f.deviceOf[fr.name] = id
			for _, k := range fr.keys {
				f.known[k] = id
			}
		}
	}
	// Only when all have their names can a device say behind which it stands.
	for id := range now {
		d := f.compose(id, f.members[id])
		f.devices[id] = &d
	}
	f.dropUnseen(now)
	for id := range before {
		if f.devices[id] == nil {
			f.gone[id] = true
			delete(f.changed, id)
			f.became[id] = f.successor(parts[id])
		}
	}
	for id := range now {
		f.changed[id] = true
		delete(f.gone, id)
	}
}

// letGo lets the claims of devices go; who asks again has them gathered anew.
func (f *Fuser) letGo(ids []string) {
	for _, id := range ids {
		for _, fr := range f.members[id] {
			fr.said = nil
		}
	}
}

// successor is the device that most parts of one that is no more belong to.
func (f *Fuser) successor(parts []*fragment) string {
	count := map[string]int{}
	best := ""
	for _, fr := range parts {
		id := f.deviceOf[fr.name]
		if f.devices[id] == nil {
			continue
		}
		if count[id]++; count[id] > count[best] || count[id] == count[best] && id < best {
			best = id
		}
	}
	return best
}

// dropUnseen removes what is no device: a far address that merely passed by.
func (f *Fuser) dropUnseen(ids map[string]bool) {
	for id := range ids {
		passing := true
		for _, fr := range f.members[id] {
			passing = passing && fr.passing()
		}
		if passing {
			delete(f.devices, id)
			delete(ids, id)
		}
	}
}

// passing reports whether a fragment is only an address beyond the site, seen
// without hardware address and without content that identifies anything.
func (fr *fragment) passing() bool {
	if len(fr.macs) > 0 || len(fr.keys) > 0 || fr.behind != "" {
		return false
	}
	for _, s := range fr.sightings {
		if !s.Key.IP.IsValid() || localAddress(s.Key.IP) || s.Bound || s.Key.Content != "" || s.Leased != "" {
			return false
		}
	}
	for _, c := range fr.claims() {
		if c.Attribute == traffic.AETitle || c.Attribute == traffic.SerialNumber {
			return false
		}
	}
	return true
}

// rebuild computes the fragments of h anew and adds both the old and the new
// to affected.
func (f *Fuser) rebuild(h *holder, affected map[string]*fragment) {
	if h == nil {
		return
	}
	for _, fr := range h.fragments {
		affected[fr.name] = fr
		f.forget(fr)
	}
	h.fragments = nil
	mine, others := f.split(h)
	if len(mine) > 0 {
		h.fragments = fragmentsOf(f.pack(), h.name, h.site, h.macs, mine)
	}
	for _, ip := range sortedAddrs(others) {
		name := "far:" + h.name + "|" + ip.String()
		h.fragments = append(h.fragments, fragmentsOf(f.pack(), name, h.site, nil, others[ip])...)
	}
	for _, fr := range h.fragments {
		affected[fr.name] = fr
		f.remember(fr)
	}
}

// split tells a holder's own sightings from those of addresses whose packets
// merely pass through it. What was leased to it joins from elsewhere.
func (f *Fuser) split(h *holder) (mine []*Sighting, others map[netip.Addr][]*Sighting) {
	locals, publics := map[netip.Addr]bool{}, map[netip.Addr]bool{}
	for _, s := range h.sightings {
		if ip := s.Key.IP; ip.IsValid() && !ip.IsLinkLocalUnicast() {
			if localAddress(ip) || ip.Is6() {
				locals[ip] = true
			} else {
				publics[ip] = true
			}
		}
	}
	others = map[netip.Addr][]*Sighting{}
	passed := passedOnBy(h)
	for _, s := range h.sightings {
		switch {
		case len(h.macs) == 0 && s.Leased != "" && f.holders["mac:"+h.site+"|"+string(s.Leased)] != nil:
			// seen behind a router, but known by its lease: it is part of
			// that holder
		case len(h.macs) > 0 && (passed[s.Key.IP] || foreign(s, len(locals), len(publics))):
			others[s.Key.IP] = append(others[s.Key.IP], s)
		default:
			mine = append(mine, s)
		}
	}
	if len(h.macs) == 1 {
		mine = append(mine, f.leasedTo(h)...)
	}
	slices.SortFunc(mine, func(a, b *Sighting) int { return cmp.Compare(a.Key.String(), b.Key.String()) })
	return mine, others
}

// passedOnBy are the addresses that a hardware address only passed on: all
// that was heard of them came over a router, and the hardware address sends
// from another address of that family too, or is known as a router. One address
// alone may belong to a stack that begins with a hop count of its own.
func passedOnBy(h *holder) map[netip.Addr]bool {
	if len(h.macs) == 0 {
		return nil
	}
	type heard struct{ own, routed bool }
	of := map[netip.Addr]heard{}
	families := map[bool]int{}
	for _, s := range h.sightings {
		ip := s.Key.IP
		if slices.Contains(s.Roles, "router") {
			families[true]++ // it is known to pass on others' packets
			families[false]++
		}
		if !ip.IsValid() || ip.IsLinkLocalUnicast() || !s.Bound && !s.Direct && !s.Routed {
			continue
		}
		was, known := of[ip]
		if !known {
			families[ip.Is4()]++
		}
		of[ip] = heard{was.own || s.Bound || s.Direct, was.routed || s.Routed}
	}
	var out map[netip.Addr]bool
	for ip, is := range of {
		if is.routed && !is.own && families[ip.Is4()] > 1 {
			if out == nil {
				out = map[netip.Addr]bool{}
			}
			out[ip] = true
		}
	}
	return out
}

// leasedTo finds sightings of addresses while they were leased to h.
func (f *Fuser) leasedTo(h *holder) []*Sighting {
	var out []*Sighting
	seen := map[netip.Addr]bool{}
	for _, s := range h.sightings {
		for _, l := range s.Leases {
			if seen[l.IP] {
				continue
			}
			seen[l.IP] = true
			if far := f.holders["ip:"+h.site+"|"+l.IP.String()]; far != nil {
				for _, fs := range far.sightings {
					if fs.Leased == h.macs[0] {
						out = append(out, fs)
					}
				}
			}
		}
	}
	return out
}

func (f *Fuser) remember(fr *fragment) {
	f.byName[fr.name] = fr
	for _, k := range fr.keys {
		f.byKey[k] = append(f.byKey[k], fr)
	}
	if fr.at.IsValid() {
		at := addressKey{fr.site, fr.at}
		f.byAddress[at] = append(f.byAddress[at], fr)
	}
}

func (f *Fuser) forget(fr *fragment) {
	delete(f.byName, fr.name)
	for _, k := range fr.keys {
		f.byKey[k] = slices.DeleteFunc(f.byKey[k], func(o *fragment) bool { return o == fr })
		if len(f.byKey[k]) == 0 {
			delete(f.byKey, k)
		}
	}
	if fr.at.IsValid() {
		at := addressKey{fr.site, fr.at}
		f.byAddress[at] = slices.DeleteFunc(f.byAddress[at], func(o *fragment) bool { return o == fr })
		if len(f.byAddress[at]) == 0 {
			delete(f.byAddress, at)
		}
	}
}

// components gathers the fragments that are one device with any of affected.
func (f *Fuser) components(affected map[string]*fragment) [][]*fragment {
	seen := map[string]bool{}
	var out [][]*fragment
	var queue []string
	for _, fr := range affected { // devices that an old fragment belonged to may fall apart
		if id := f.deviceOf[fr.name]; id != "" {
			for _, m := range f.members[id] {
				queue = append(queue, m.name)
			}
		}
		queue = append(queue, fr.name)
	}
	slices.Sort(queue)
	for _, name := range queue {
		start := f.byName[name]
		if start == nil || seen[name] {
			continue
		}
		seen[name] = true
		component := []*fragment{start}
		for i := 0; i < len(component); i++ {
			for _, next := range f.neighbours(component[i]) {
				if !seen[next.name] && !f.parted(component, next) && !f.contradicts(component, next) {
					seen[next.name] = true
					component = append(component, next)
				}
			}
		}
		slices.SortFunc(component, func(a, b *fragment) int { return cmp.Compare(a.name, b.name) })
		out = append(out, component)
	}
	return out
}

func (f *Fuser) neighbours(fr *fragment) []*fragment {
	var out []*fragment
	for _, k := range fr.keys {
		out = append(out, f.byKey[k]...)
	}
	out = append(out, f.atAddress(fr)...)
	out = append(out, f.joined(fr)...)
	slices.SortFunc(out, func(a, b *fragment) int { return cmp.Compare(a.name, b.name) })
	return out
}

// contradicts reports whether next states a serial number that differs from
// one of the component's: then a weaker key that they share is an error. A
// person may have said that they are one all the same.
func (f *Fuser) contradicts(component []*fragment, next *fragment) bool {
	serial := next.sure(traffic.SerialNumber)
	if serial == "" {
		return false
	}
	apart := false
	for _, fr := range component {
		s := fr.sure(traffic.SerialNumber)
		switch {
		case s == serial || f.despite(fr, next):
			return false
		case s != "" && !shareKey(fr, next, "serial", "mac"):
			apart = true
		}
	}
	return apart
}

// despite reports whether a person said that two parts are one device although
// their serial numbers differ.
func (f *Fuser) despite(a, b *fragment) bool {
	for _, l := range f.links {
		if l.Despite && !l.Undone && l.joins(a.name) && l.joins(b.name) {
			return true
		}
	}
	return false
}

func shareKey(a, b *fragment, kinds ...string) bool {
	for _, k := range a.keys {
		if slices.Contains(kinds, keyKind(k)) && slices.Contains(b.keys, k) {
			return true
		}
	}
	return false
}

// name gives a device its id: the one it had, or a hash of its strongest key.
func (f *Fuser) name(component []*fragment, taken map[string]bool) string {
	var keys []string
	for _, fr := range component {
		keys = append(keys, fr.keys...)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(strength(a), strength(b)), cmp.Compare(a, b)) })
	keys = append(keys, component[0].name)
	for _, k := range keys {
		if id := f.known[k]; id != "" && !taken[id] && f.devices[id] == nil {
			return id
		}
	}
	for _, k := range keys {
		id := bedrail.HashID("dev", k)
		if !taken[id] && f.devices[id] == nil {
			return id
		}
	}
	return bedrail.HashID("dev", append(keys, fmt.Sprint(len(taken)))...)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func sortedAddrs[V any](m map[netip.Addr]V) []netip.Addr {
	keys := make([]netip.Addr, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, netip.Addr.Compare)
	return keys
}

// bindTalks names the ends of conversations that a source saw without hardware
// address, by who held the address in that minute: when it is another's later,
// the conversation stays with whom it was.
func (f *Fuser) bindTalks(talks []traffic.Conversation, site string) {
	for i := range talks {
		c := &talks[i]
		if c.Site != "" {
			site = c.Site
		}
		if c.ClientMAC == "" {
			c.ClientMAC = f.holderAt(site, c.Client.Unmap(), c.Minute)
		}
		if c.ServerMAC == "" {
			c.ServerMAC = f.holderAt(site, c.Server.Unmap(), c.Minute)
		}
	}
}
