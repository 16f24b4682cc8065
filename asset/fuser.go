package asset

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bedrail/rule"
	"bedrail/traffic"
)

// A Fuser turns observations into devices. It keeps what was seen, and
// computes from it which devices there are when it is asked; so neither the
// order of packets nor the size of batches changes the answer. The zero Fuser
// is ready. It is not safe for use by several goroutines.
type Fuser struct {
	// Rules read products out of names. Nil is the built-in pack.
	Rules *rule.Pack

	sightings map[SightingKey]*Sighting
	holders   map[string]*holder
	leases    map[addressKey][]traffic.Lease
	bound     map[addressKey][]*Sighting // hardware addresses that are known to hold an address
	byKey     map[string][]*fragment     // fragments that bear a merge key
	byAddress map[addressKey][]*fragment // fragments without hardware address
	moved     map[addressKey]bool        // addresses whose holders are to be looked at again
	byName    map[string]*fragment
	links     []Link
	relinked  []Link                 // since the last changes
	devices   map[string]*Device     // by id
	deviceOf  map[string]string      // fragment name to device id
	known     map[string]string      // merge key to the id that it had before
	members   map[string][]*fragment // device id to its fragments
	dirty     map[string]bool        // holders to look at again
	touched   map[*Sighting]bool     // since the last Changes
	changed   map[string]bool        // device ids, since the last changes
	gone      map[string]bool
	became    map[string]string // of those that are gone: which device they are now part of, or ""
	unplaced  uint64
	places    register
	marks     uint64 // grows when dirty or touched are worked off
}

// A holder is a hardware address, an address without one, or a line of a
// list, with all that was seen of it.
type holder struct {
	name      string
	site      string
	macs      []traffic.MAC
	sightings []*Sighting
	fragments []*fragment
}

type addressKey struct {
	site string
	ip   netip.Addr
}

// maxContentKeys bounds the identities kept of one sender.
const maxContentKeys = 4096

func (f *Fuser) ready() {
	if f.sightings != nil {
		return
	}
	f.sightings = map[SightingKey]*Sighting{}
	f.holders = map[string]*holder{}
	f.leases = map[addressKey][]traffic.Lease{}
	f.bound = map[addressKey][]*Sighting{}
	f.byKey = map[string][]*fragment{}
	f.byAddress = map[addressKey][]*fragment{}
	f.moved = map[addressKey]bool{}
	f.byName = map[string]*fragment{}
	f.devices = map[string]*Device{}
	f.deviceOf = map[string]string{}
	f.known = map[string]string{}
	f.members = map[string][]*fragment{}
	f.dirty = map[string]bool{}
	f.touched = map[*Sighting]bool{}
	f.changed = map[string]bool{}
	f.gone = map[string]bool{}
	f.became = map[string]string{}
	f.marks = 1
}

func (f *Fuser) pack() *rule.Pack { return packOf(f.Rules) }

// Observe takes one observation in.
func (f *Fuser) Observe(o traffic.Observation) {
	f.ready()
	key := f.place(&o)
	s := f.sighting(key)
	if s == nil {
		f.unplaced++
		return
	}
	if key.Lease != "" {
		s.Leased = key.Lease
	}
	s.observe(&o)
	switch o.Protocol {
	case "arp", "dhcp", "ndp", "lease":
		if !s.Bound && key.IP.IsValid() {
			s.Bound = true
			f.bind(s)
		}
	}
	if virtualProtocol(o.Protocol) {
		s.Virtual = len(s.Protocols) == 1 || s.Virtual
	} else {
		s.Virtual = false
	}
	if o.Lease != nil {
		f.lease(s, o.Site, *o.Lease)
	}
	f.touch(s)
}

// virtualProtocol reports whether an observation comes from a record and not
// from the wire.
func virtualProtocol(p string) bool { return p == ByList || p == ByLease || p == fromPerson }

// place decides under which key an observation belongs.
func (f *Fuser) place(o *traffic.Observation) SightingKey {
	k := SightingKey{Site: o.Site, MAC: o.MAC, IP: o.IP.Unmap().WithZone(""), Content: contentKey(o)}
	if o.Lease != nil && o.Lease.MAC != "" {
		k.MAC, k.IP = o.Lease.MAC, o.Lease.IP.Unmap()
	}
	if k.IP.IsUnspecified() || k.IP.IsMulticast() || k.IP == broadcast {
		k.IP = netip.Addr{}
	}
	if k.MAC != "" && !canonicalMAC(k.MAC) {
		k.MAC, _ = ParseMAC(string(k.MAC))
	}
	if o.Router && o.Lease == nil && k.IP.IsValid() { // without an address it speaks of the router itself
		k.MAC = ""
	}
	if k.MAC == "" && !k.IP.IsValid() && k.Content == "" {
		k.Content = recordKey(o)
	}
	if k.MAC == "" && k.IP.IsValid() {
		k.Lease = f.leaseAt(k.Site, k.IP, o.Time)
	}
	return k
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// recordKey names a line of a list that gives no address: by the strongest of
// what it gives. "" is nothing to know it by.
func recordKey(o *traffic.Observation) string {
	var model, serial, tag, other string
	for _, c := range o.Claims {
		switch c.Attribute {
		case traffic.Model:
			model = normal(c.Attribute, c.Value)
		case traffic.SerialNumber:
			serial = normal(c.Attribute, c.Value)
		case traffic.AssetTag:
			tag = normal(c.Attribute, c.Value)
		case traffic.UDI, traffic.EUI64, traffic.EPR:
			other = string(c.Attribute) + "=" + normal(c.Attribute, c.Value)
		}
	}
	switch {
	case tag != "":
		return "record:asset=" + tag
	case serial != "":
		return "record:serial=" + model + "/" + serial
	case other != "":
		return "record:" + other
	}
	return ""
}

func (f *Fuser) sighting(k SightingKey) *Sighting {
	if s := f.sightings[k]; s != nil {
		return s
	}
	name := holderName(k)
	if name == "" {
		return nil
	}
	h := f.holderNamed(name, k)
	if len(h.sightings) >= maxContentKeys {
		return nil
	}
	s := &Sighting{Key: k, holder: name}
	f.sightings[k] = s
	h.sightings = append(h.sightings, s)
	return s
}

func (f *Fuser) holderNamed(name string, k SightingKey) *holder {
	h := f.holders[name]
	if h == nil {
		h = &holder{name: name, site: k.Site}
		if k.MAC != "" {
			h.macs = []traffic.MAC{k.MAC}
		}
		f.holders[name] = h
	}
	return h
}

func holderName(k SightingKey) string {
	switch {
	case k.MAC != "":
		return "mac:" + k.Site + "|" + string(k.MAC)
	case k.IP.IsValid():
		return "ip:" + k.Site + "|" + k.IP.String()
	case strings.HasPrefix(k.Content, "record:"):
		return "record:" + k.Site + "|" + k.Content
	}
	return ""
}

func (f *Fuser) touch(s *Sighting) {
	if s.marked == f.marks && s.leasedAt == s.Leased { // nothing was taken note of since
		return
	}
	s.marked, s.leasedAt = f.marks, s.Leased
	f.touched[s] = true
	f.dirty[s.holder] = true
	if s.Leased != "" {
		f.dirty["mac:"+s.Key.Site+"|"+string(s.Leased)] = true
	}
}

// lease remembers who holds an address, and until when.
func (f *Fuser) lease(s *Sighting, site string, l traffic.Lease) {
	l.IP = l.IP.Unmap()
	if l.MAC == "" || !l.IP.IsValid() {
		return
	}
	key := addressKey{site, l.IP}
	list := f.leases[key]
	list = append(list, l)
	slices.SortFunc(list, func(a, b traffic.Lease) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.MAC, b.MAC)) })
	if len(list) > maxLeases {
		list = list[1:]
	}
	f.leases[key] = list
	f.claimEarlier(key, l)
	seen := LeaseSeen{l.IP, l.From, l.Until}
	if n := len(s.Leases); n > 0 && s.Leases[n-1].IP == l.IP && !l.From.After(s.Leases[n-1].Until) {
		s.Leases[n-1].Until = l.Until // renewed
		return
	}
	if len(s.Leases) == maxLeases {
		s.Leases = s.Leases[1:]
	}
	s.Leases = append(s.Leases, seen)
}

// claimEarlier gives a lease what was seen of its address while it held, and
// was taken in before the lease was: lists come in any order.
func (f *Fuser) claimEarlier(key addressKey, l traffic.Lease) {
	h := f.holders["ip:"+key.site+"|"+key.ip.String()]
	if h == nil {
		return
	}
	for _, s := range h.sightings {
		if s.Leased == "" && !s.First.Before(l.From) && (l.Until.IsZero() || !s.Last.After(l.Until)) {
			s.Leased = l.MAC
			f.touch(s)
		}
	}
}

// bind notes who is known to hold an address, by ARP or lease.
func (f *Fuser) bind(s *Sighting) {
	if s.Key.MAC != "" {
		key := addressKey{s.Key.Site, s.Key.IP}
		f.bound[key] = append(f.bound[key], s)
		f.moved[key] = true
	}
}

// holderAt returns the hardware address that held ip at t: by lease; or the
// only one that was ever bound to it.
func (f *Fuser) holderAt(site string, ip netip.Addr, t time.Time) traffic.MAC {
	if m := f.leaseAt(site, ip, t); m != "" {
		return m
	}
	list := f.bound[addressKey{site, ip}]
	if len(list) == 0 {
		return ""
	}
	m := list[0].Key.MAC
	for _, s := range list[1:] {
		if s.Key.MAC != m {
			return ""
		}
	}
	return m
}

// leaseAt returns the hardware address that held ip by lease at t.
func (f *Fuser) leaseAt(site string, ip netip.Addr, t time.Time) traffic.MAC {
	list := f.leases[addressKey{site, ip}]
	for i := len(list) - 1; i >= 0; i-- {
		if !t.Before(list[i].From) && (list[i].Until.IsZero() || t.Before(list[i].Until)) {
			return list[i].MAC
		}
	}
	return ""
}

// Unplaced counts observations that named nobody: no address and no identity.
func (f *Fuser) Unplaced() uint64 { return f.unplaced }

// Devices returns all devices, in the order of their ids. The slices inside
// belong to the Fuser.
func (f *Fuser) Devices() []Device {
	f.resolve()
	out := make([]Device, 0, len(f.devices))
	for _, d := range f.devices {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// flushed forgets which sightings were touched: they are written down.
func (f *Fuser) flushed() {
	for s := range f.touched {
		s.again = time.Time{}
	}
	clear(f.touched)
	f.marks++
}

// heardAgain is when a device was first heard after a time, of what is not yet
// written down; or zero.
func (f *Fuser) heardAgain(id string, after time.Time) (again time.Time) {
	for _, fr := range f.members[id] {
		for _, s := range fr.sightings {
			if s.again.After(after) && (again.IsZero() || s.again.Before(again)) {
				again = s.again
			}
		}
	}
	return again
}

// begun reports whether something was taken in since the last changes.
func (f *Fuser) begun() bool { return len(f.touched) > 0 || len(f.relinked) > 0 || len(f.dirty) > 0 }

// changes returns the ids of the devices that may differ since the last call,
// and those that are no longer in use.
func (f *Fuser) changes() (changed, gone []string) {
	f.resolve()
	changed, gone = sortedKeys(f.changed), sortedKeys(f.gone)
	clear(f.changed)
	clear(f.gone)
	return changed, gone
}
