package asset

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bedrail/traffic"
)

// A Sighting gathers what was seen under one key: a hardware address with an
// address, and for content that may speak of a device behind the sender, the
// identity that the content states. Sightings are the state of fusion: devices
// are computed from them and from nothing else, so that the order in which
// packets came, or the batches they came in, change nothing.
type Sighting struct {
	Key       SightingKey    `json:"key"`
	Leased    traffic.MAC    `json:"leased,omitempty"` // who held the address by lease
	First     time.Time      `json:"first"`
	Last      time.Time      `json:"last"`
	Since     time.Time      `json:"since,omitzero"`     // first heard
	Heard     time.Time      `json:"heard,omitzero"`     // last heard: on the wire, or by its maker's cloud
	Silences  silences       `json:"silences,omitempty"` // between two times that it was heard
	VLANs     []uint16       `json:"vlans,omitempty"`    // in which it was heard
	Bound     bool           `json:"bound,omitempty"`    // by ARP, DHCP or a lease: the address is the sender's own
	Direct    bool           `json:"direct,omitempty"`   // heard as from the sender itself,
	Routed    bool           `json:"routed,omitempty"`   // or as passed on by a router
	Virtual   bool           `json:"virtual,omitempty"`  // known from records only, never on the wire
	Protocols []string       `json:"protocols,omitempty"`
	Roles     []string       `json:"roles,omitempty"`
	Claims    []claim        `json:"claims,omitempty"`
	Leases    []LeaseSeen    `json:"leases,omitempty"`
	Told      []telling      `json:"told,omitempty"`  // by which imports
	Named     *frame         `json:"named,omitempty"` // the first that names the hardware address as the sender's or client's
	index     map[spoken]int // claim by what it says
	holder    string         // name of the holder
	marked    uint64         // by which mark of the fuser it was last taken note of,
	leasedAt  traffic.MAC    // and whose lease it then was
	again     time.Time      // when it was first heard since it was last written down
}

// A SightingKey names a Sighting. Content is empty for what a sender says of
// itself.
type SightingKey struct {
	Site    string      `json:"site,omitempty"`
	MAC     traffic.MAC `json:"mac,omitempty"`
	IP      netip.Addr  `json:"ip,omitzero"`
	Content string      `json:"content,omitempty"`
	Lease   traffic.MAC `json:"lease,omitempty"` // who held IP by lease, where no MAC was seen: the next holder has a key of its own
}

// String is the key as the store has it.
func (k SightingKey) String() string {
	ip := ""
	if k.IP.IsValid() {
		ip = k.IP.String()
	}
	key := k.Site + "|" + string(k.MAC) + "|" + ip + "|" + k.Content
	if k.Lease != "" {
		key += "|lease:" + string(k.Lease)
	}
	return key
}

// A LeaseSeen is an address that was given to the device for a time.
type LeaseSeen struct {
	IP    netip.Addr `json:"ip"`
	From  time.Time  `json:"from"`
	Until time.Time  `json:"until"`
}

type spoken struct {
	attribute            traffic.Attribute
	source, field, value string
}

// Bounds on what one sighting keeps, whatever the network sends.
const (
	maxClaims = 160
	maxLeases = 32
	maxWords  = 48
	maxVLANs  = 8
)

func (s *Sighting) observe(o *traffic.Observation) {
	if s.First.IsZero() || o.Time.Before(s.First) {
		s.First = o.Time
	}
	if o.Time.After(s.Last) {
		s.Last = o.Time
	}
	s.hear(o)
	s.Direct, s.Routed = s.Direct || o.Way == traffic.Direct, s.Routed || o.Way == traffic.Routed
	s.Protocols = addWord(s.Protocols, o.Protocol)
	for _, r := range o.Roles {
		s.Roles = addWord(s.Roles, r)
	}
	for i := range o.Claims {
		s.claim(o, &o.Claims[i])
	}
	s.tell(o)
	if o.MACAt > 0 && o.Packet > 0 {
		s.name(frame{o.Time, o.Capture, o.Packet, o.MACAt})
	}
}

// A frame is a place in a capture at which a hardware address stands.
type frame struct {
	Time    time.Time `json:"time"`
	Capture string    `json:"capture"`
	Packet  uint64    `json:"packet"`
	Offset  int       `json:"offset"`
}

func (f frame) compare(o frame) int {
	return cmp.Or(f.Time.Compare(o.Time), cmp.Compare(f.Capture, o.Capture), cmp.Compare(f.Packet, o.Packet), cmp.Compare(f.Offset, o.Offset))
}

// name keeps the earliest frame, whatever order they come in.
func (s *Sighting) name(f frame) {
	if s.Named == nil || f.compare(*s.Named) < 0 {
		s.Named = &f
	}
}

// hear notes when it was heard, and how long it was silent before.
func (s *Sighting) hear(o *traffic.Observation) {
	if virtualProtocol(o.Protocol) || o.Undated {
		return
	}
	s.Since = earlier(s.Since, o.Time)
	if i, known := slices.BinarySearch(s.VLANs, o.VLAN); o.VLAN != 0 && !known && len(s.VLANs) < maxVLANs {
		s.VLANs = slices.Insert(s.VLANs, i, o.VLAN)
	}
	if !o.Time.After(s.Heard) {
		return
	}
	if !s.Heard.IsZero() {
		s.Silences.add(o.Time.Sub(s.Heard))
	}
	s.Heard = o.Time
	if s.again.IsZero() {
		s.again = o.Time
	}
}

// drop forgets claims.
func (s *Sighting) drop(which func(claim) bool) {
	s.Claims = slices.DeleteFunc(s.Claims, which)
	s.index = nil
}

func addWord(words []string, w string) []string {
	i, ok := slices.BinarySearch(words, w)
	if ok || w == "" || len(words) == maxWords {
		return words
	}
	return slices.Insert(words, i, w)
}

func (s *Sighting) claim(o *traffic.Observation, c *traffic.Claim) {
	value := strings.TrimSpace(c.Value)
	if value == "" || !usable(c.Attribute, value) {
		return
	}
	key := spoken{c.Attribute, c.Source, c.Field, value}
	if i := s.said(key); i >= 0 {
		had := &s.Claims[i]
		had.Count++
		had.saidBy(o.Import)
		if o.Time.After(had.Last) {
			had.Last = o.Time
		}
		if o.Time.Before(had.Time) {
			had.Time, had.Capture, had.Packet, had.Offset, had.Frame = o.Time, o.Capture, o.Packet, c.Offset, c.Frame
		}
		had.Weight = max(had.Weight, c.Weight)
		return
	}
	if len(s.Claims) >= maxClaims {
		return
	}
	if s.index != nil {
		s.index[key] = len(s.Claims)
	}
	origin := o.Import
	if origin == "" && virtualProtocol(o.Protocol) {
		origin = o.Sensor
	}
	s.Claims = append(s.Claims, claim{c.Attribute, origin, nil, Evidence{Source: c.Source, Field: c.Field, Value: value, Raw: c.Raw, Weight: c.Weight,
		Capture: o.Capture, Packet: o.Packet, Offset: c.Offset, Frame: c.Frame, Time: o.Time, Last: o.Time, Count: 1}})
}

// fewClaims are looked through one by one: an index of them costs more than it
// saves.
const fewClaims = 24

// said returns the place of a claim that says the same, or -1.
func (s *Sighting) said(key spoken) int {
	if len(s.Claims) <= fewClaims {
		for i := range s.Claims {
			had := &s.Claims[i]
			if had.Value == key.value && had.Field == key.field && had.Attribute == key.attribute && had.Source == key.source {
				return i
			}
		}
		return -1
	}
	if s.index == nil {
		s.index = make(map[spoken]int, 2*len(s.Claims))
		for i, had := range s.Claims {
			s.index[spoken{had.Attribute, had.Source, had.Field, had.Value}] = i
		}
	}
	if i, ok := s.index[key]; ok {
		return i
	}
	return -1
}

// usable refuses values that fill a field without saying anything.
func usable(a traffic.Attribute, v string) bool {
	switch a {
	case traffic.SerialNumber:
		if _, err := netip.ParseAddr(v); err == nil {
			return false // seen in the field: an address where the number belongs
		}
		return !fillWord(v) && strings.Trim(v, "0 -._xX") != "" && len(v) >= 3
	case traffic.Manufacturer, traffic.Model, traffic.SoftwareVersion:
		return !fillWord(v)
	}
	return true
}

func fillWord(v string) bool {
	switch strings.ToLower(strings.Trim(v, " .-_*")) {
	case "", "unknown", "none", "n/a", "na", "null", "default", "default string", "not available", "not specified", "to be filled by o.e.m", "system serial number":
		return true
	}
	return false
}

// contentKey is the identity that a content observation states, or "" when it
// states none.
func contentKey(o *traffic.Observation) string {
	if !o.Content {
		return ""
	}
	var b strings.Builder
	for _, a := range identityAttributes {
		var best *traffic.Claim
		for i := range o.Claims {
			if c := &o.Claims[i]; c.Attribute == a && usable(a, c.Value) && (best == nil || c.Weight > best.Weight) {
				best = c
			}
		}
		if best != nil && best.Weight > 0.3 && best.Source != "dicom.uidroot" {
			b.WriteString(string(a) + "=" + strings.ReplaceAll(normal(a, best.Value), ";", ",") + ";")
		}
	}
	return b.String()
}

// identityAttributes are those that tell one device from another, strongest
// last but for the maker.
var identityAttributes = [...]traffic.Attribute{traffic.Manufacturer, traffic.Model, traffic.SerialNumber, traffic.UDI, traffic.EUI64, traffic.EPR, traffic.DeviceUID}

// identity reads a content key back.
func identity(key string) map[traffic.Attribute]string {
	id := map[traffic.Attribute]string{}
	for part := range strings.SplitSeq(key, ";") {
		if a, v, ok := strings.Cut(part, "="); ok {
			id[traffic.Attribute(a)] = v
		}
	}
	return id
}
