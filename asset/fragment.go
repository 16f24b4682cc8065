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

// A fragment is what one holder (a hardware address, an address without one,
// a line of a list, or a device behind a sender) contributes to a device.
// Fragments that share a key are one device.
type fragment struct {
	rules     *rule.Pack
	name      string // of its own, for example "mac:|00:09:5c:00:00:43"
	site      string
	keys      []string // strongest first; equal keys make one device
	macs      []traffic.MAC
	sightings []*Sighting
	at        netip.Addr // where it was heard without a hardware address
	behind    string     // name of the carrier's fragment, for a device that has no presence of its own
	carrier   bool       // it passes on the identities of several others
	said      []claim
}

// claims are what the fragment's sightings say and imply. They are put together
// again when they were let go: of a house of 100,000 devices they would fill
// more memory than all else.
func (f *fragment) claims() []claim {
	if f.said != nil {
		return f.said
	}
	size := 4
	for _, s := range f.sightings {
		size += len(s.Claims)
	}
	f.said = make([]claim, 0, size)
	for _, s := range f.sightings {
		second := f.behind != "" && slices.Contains(s.Protocols, "hl7v2")
		for _, c := range s.Claims {
			if second && c.Source != fromPerson {
				c.Weight = secondHand(c.Weight)
			}
			f.said = append(f.said, c)
		}
	}
	if f.carrier {
		f.said = append(slices.DeleteFunc(f.said, passedOn), carrierClaim(f))
	}
	f.said = append(f.said, prefixClaims(f)...)
	f.said = infer(f.rules, f.said)
	return f.said
}

// secondHand is what a message engine's word about a device behind it is
// worth at most. A DICOM data set is a copy of what the device wrote, so it
// keeps its weight.
func secondHand(w float64) float64 { return min(w, 0.6) }

// fragmentsOf computes the fragments of one holder from its sightings.
func fragmentsOf(rules *rule.Pack, name, site string, macs []traffic.MAC, sightings []*Sighting) []*fragment {
	main := &fragment{rules: rules, name: name, site: site, macs: macs}
	var self, content []*Sighting
	for _, s := range sightings {
		if s.Key.Content != "" {
			content = append(content, s)
			continue
		}
		self = append(self, s)
		main.sightings = append(main.sightings, s)
	}
	clusters := clusterContent(content)
	mine := own(clusters, self, macs)
	out := []*fragment{main}
	for _, c := range clusters {
		if c == mine {
			main.sightings = append(main.sightings, c.sightings...)
			continue
		}
		if f := childOf(main, c); f != nil {
			out = append(out, f)
		}
	}
	main.carrier = mine == nil && len(clusters) > 1
	main.keys = main.mergeKeys()
	main.at = main.unbound()
	return out
}

// passedOn reports whether a claim speaks of the objects that a sender offers:
// who passes on those of others is none of their makers.
func passedOn(c claim) bool {
	return strings.HasSuffix(c.Field, "SOP class proposed")
}

// carrierClaim is what passing on the identities of several devices says of a
// sender.
func carrierClaim(f *fragment) claim {
	at := f.sightings[0]
	for _, s := range f.sightings {
		if s.Last.After(at.Last) {
			at = s
		}
	}
	return claim{traffic.Class, "", nil, Evidence{Source: "peers", Field: "identities passed on", Value: "gateway", Weight: 0.3, Time: at.First, Last: at.Last, Count: 1}}
}

// childOf makes a fragment of a device behind a sender. It must have a number
// of its own; a mere model behind a gateway would be an invented device.
func childOf(carrier *fragment, c *cluster) *fragment {
	f := &fragment{rules: carrier.rules, site: carrier.site, behind: carrier.name}
	f.sightings = c.sightings
	f.keys = f.mergeKeys()
	if len(f.keys) == 0 {
		return nil
	}
	f.name = carrier.name + ">" + f.keys[0]
	return f
}

// mergeKeys are the keys by which this fragment is one with others, strongest
// first. Weaker facts (host name, address) tie only within one holder.
func (f *fragment) mergeKeys() []string {
	var keys []string
	// Numbers are unique everywhere; a hardware address that software made up
	// is so only within its site.
	at := func(k string) string { return "|" + k }
	atMAC := func(m traffic.MAC) string {
		if localMAC(m) {
			return f.site + "|mac:" + string(m)
		}
		return "|mac:" + string(m)
	}
	serial := f.sure(traffic.SerialNumber)
	if key := serialKeyOf(f.sure(traffic.Model), f.sure(traffic.Manufacturer), serial); key != "" {
		keys = append(keys, at(key))
	}
	if f.corrected() { // what a person corrects stays one with what says it as it was: a line of a list, say
		if key := serialKeyOf(f.unsaid(traffic.Model), f.unsaid(traffic.Manufacturer), f.unsaid(traffic.SerialNumber)); key != "" {
			keys = append(keys, at(key))
		}
	}
	for _, c := range f.claims() {
		switch c.Attribute {
		case traffic.UDI:
			if c.Weight >= likelyAt && serial != "" && strings.Contains(strings.ToLower(c.Value), serial) {
				keys = append(keys, at("udi:"+normal(traffic.UDI, c.Value)))
			}
		case traffic.EUI64:
			if m, ok := macOfEUI64(c.Value); ok && c.Weight >= 0.5 && (len(f.macs) == 0 || slices.Contains(f.macs, m)) {
				keys = append(keys, atMAC(m))
			}
		case traffic.EPR:
			keys = append(keys, at("epr:"+normal(traffic.EPR, c.Value)))
		case traffic.AssetTag:
			keys = append(keys, at("asset:"+normal(traffic.AssetTag, c.Value)))
		}
	}
	for _, m := range f.macs {
		keys = append(keys, atMAC(m))
	}
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(strength(a), strength(b)), cmp.Compare(a, b)) })
	return slices.Compact(keys)
}

// serialKeyOf is the merge key of a serial number beside a model or a maker; ""
// where it tells nothing.
func serialKeyOf(model, maker, serial string) string {
	switch {
	case len(serial) < 4 || !varied(serial):
		return ""
	case model != "":
		return "serial:" + model + "/" + serial
	case maker != "":
		return "maker-serial:" + maker + "/" + serial
	}
	return ""
}

// corrected reports whether a person said what the device is.
func (f *fragment) corrected() bool {
	return slices.ContainsFunc(f.claims(), func(c claim) bool { return c.Source == fromPerson && slices.Contains(correctable, c.Attribute) })
}

// unsaid is sure of an attribute without what persons said of it.
func (f *fragment) unsaid(a traffic.Attribute) string {
	v, _ := fuse(a, slices.DeleteFunc(f.of(a), func(c claim) bool { return c.Source == fromPerson }))
	return normal(a, v.Known())
}

func strength(key string) int {
	return slices.Index([]string{"serial", "udi", "mac", "maker-serial", "epr", "asset"}, keyKind(key))
}

// keyKind is of which kind a merge key is.
func keyKind(key string) string {
	_, k, _ := strings.Cut(key, "|")
	kind, _, _ := strings.Cut(k, ":")
	return kind
}

// varied refuses numbers such as 0000 and 1234567 that are set at the factory
// and never changed.
func varied(serial string) bool {
	if strings.Count(serial, serial[:1]) == len(serial) {
		return false
	}
	return !strings.HasPrefix("0123456789", serial) && !strings.HasPrefix("123456789", serial)
}

// sure returns the normal form of an attribute that is at least likely.
func (f *fragment) sure(a traffic.Attribute) string {
	v, _ := fuse(a, f.of(a))
	if v.Status != Confirmed && v.Status != Likely {
		return ""
	}
	return normal(a, v.Value)
}

// value is how an attribute is written for a person.
func (f *fragment) value(a traffic.Attribute) string {
	v, _ := fuse(a, f.of(a))
	return v.Value
}

func (f *fragment) of(a traffic.Attribute) []claim { return about(f.claims(), a) }

// prefixClaims are what the hardware addresses say of the maker.
func prefixClaims(f *fragment) []claim {
	var out []claim
	for _, m := range f.macs {
		holder := PrefixHolder(m)
		if holder == "" {
			continue
		}
		weight := 0.6
		if moduleMaker(holder) {
			weight = 0.1
		}
		first, last := f.span()
		e := Evidence{Source: fromPrefix, Field: "hardware address " + string(m[:8]), Value: holder, Weight: weight, Time: first, Last: last, Count: 1}
		f.place(&e, m)
		out = append(out, claim{traffic.Manufacturer, "", nil, e})
		if class, weight := prefixClass(f.rules, holder); class != "" {
			e.Weight, e.Raw, e.Value, e.unverified = weight, holder, class, true // what a firm makes is a hint
			out = append(out, claim{traffic.Class, "", nil, e})
		}
	}
	return out
}

func (f *fragment) span() (first, last time.Time) {
	for _, s := range f.sightings {
		if first.IsZero() || s.First.Before(first) {
			first = s.First
		}
		if s.Last.After(last) {
			last = s.Last
		}
	}
	return first, last
}

// place says of e in which frame m was first named or, where it is known from
// something else, in which packet the earliest claim of those gathered so far is.
func (f *fragment) place(e *Evidence, m traffic.MAC) {
	var named *frame
	for _, s := range f.sightings {
		if s.Named != nil && s.Key.MAC == m && (named == nil || s.Named.compare(*named) < 0) {
			named = s.Named
		}
	}
	if named != nil {
		e.Capture, e.Packet, e.Offset, e.Frame = named.Capture, named.Packet, named.Offset, true
		return
	}
	var at *claim
	for i := range f.said {
		if c := &f.said[i]; c.Packet > 0 && (at == nil || compareTime(c, at) < 0) {
			at = c
		}
	}
	if at != nil {
		e.Capture, e.Packet = at.Capture, at.Packet
	}
}

func compareTime(a, b *claim) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Capture, b.Capture), cmp.Compare(a.Packet, b.Packet))
}

// foreign reports whether an address that a hardware address sent from is not
// its own: the packets of others pass through it. remote counts the distinct
// addresses that no ARP or lease ties to it.
func foreign(s *Sighting, locals, publics int) bool {
	ip := s.Key.IP
	if s.Bound || !ip.IsValid() || ip.IsLinkLocalUnicast() {
		return false
	}
	if !localAddress(ip) && ip.Is4() {
		return locals > 0 || publics > 2
	}
	return locals > 16
}

// localAddress reports whether ip is one that a site gives to its own devices.
func localAddress(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.Is4() && carrierGrade(ip)
}

func carrierGrade(ip netip.Addr) bool {
	b := ip.As4()
	return b[0] == 100 && b[1]&0xC0 == 64
}
