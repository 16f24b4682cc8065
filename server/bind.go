package server

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail/asset"
	"bedrail/exchange"
	"bedrail/traffic"
)

// A binder finds the device that a message comes from. It is an index of the
// inventory in memory, so that a message never waits for the inventory; its
// loss costs nothing, it is made anew at the next start.
type binder struct {
	mu        sync.RWMutex // guards what follows
	devices   map[string]exchange.Candidate
	macs      map[string][]traffic.MAC // of each device
	where     map[string]exchange.Located
	numbers   map[string]asset.Numbers
	byNumber  map[string][]string // attribute=value to devices
	byAddress map[string][]string // MAC or IP to devices
	macAt     map[netip.Addr]string
	exploited map[string][]string

	heardMu sync.Mutex // guards heard and told
	heard   map[string]heardFrom
	told    map[string]time.Time // what the inventory was told lately
}

// A heardFrom is where a number was heard from last.
type heardFrom struct {
	address string
	at      time.Time
	message string
}

const (
	// twoPlaces is within which time one number from two addresses is two
	// speakers and not one that moved.
	twoPlaces = 10 * time.Minute
	// tellAgain is how often the inventory hears of the same claim.
	tellAgain    = time.Hour
	numbersKept  = 100_000
	exploitEvery = 30 * time.Second
)

func newBinder() *binder {
	return &binder{devices: map[string]exchange.Candidate{}, macs: map[string][]traffic.MAC{}, where: map[string]exchange.Located{}, numbers: map[string]asset.Numbers{}, byNumber: map[string][]string{}, byAddress: map[string][]string{},
		macAt: map[netip.Addr]string{}, exploited: map[string][]string{}, heard: map[string]heardFrom{}, told: map[string]time.Time{}}
}

// gatewayClasses are those that pass on what others say.
var gatewayClasses = []string{"integration-engine", "gateway", "server", "pacs"}

// put takes in a device as it is now.
func (b *binder) put(d asset.Device, n asset.Numbers) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(d.ID)
	c := exchange.Candidate{ID: d.ID, Gateway: slices.Contains(gatewayClasses, d.Class.Known()), EUI64s: n[traffic.EUI64], Quarantined: slices.Contains(d.Tags, "quarantined")}
	for _, a := range d.Addresses {
		c.Addresses = append(c.Addresses, a.String())
		b.byAddress[a.String()] = append(b.byAddress[a.String()], d.ID)
		if len(d.MACs) == 1 {
			b.macAt[a] = string(d.MACs[0])
		}
	}
	if len(d.MACs) > 0 {
		b.macs[d.ID] = d.MACs
	}
	for _, m := range d.MACs {
		b.byAddress[string(m)] = append(b.byAddress[string(m)], d.ID)
	}
	for a, values := range n {
		for _, v := range values {
			key := string(a) + "=" + v
			b.byNumber[key] = append(b.byNumber[key], d.ID)
		}
	}
	b.devices[d.ID], b.numbers[d.ID], b.where[d.ID] = c, n, located(d.Location)
}

// drop forgets a device. b.mu is held.
func (b *binder) drop(id string) {
	c, ok := b.devices[id]
	if !ok {
		return
	}
	without := func(index map[string][]string, key string) {
		rest := slices.DeleteFunc(index[key], func(o string) bool { return o == id })
		if index[key] = rest; len(rest) == 0 {
			delete(index, key)
		}
	}
	for _, a := range c.Addresses {
		without(b.byAddress, a)
		if ip, err := netip.ParseAddr(a); err == nil {
			delete(b.macAt, ip)
		}
	}
	for _, m := range b.macs[id] {
		without(b.byAddress, string(m))
	}
	delete(b.macs, id)
	for a, values := range b.numbers[id] {
		for _, v := range values {
			without(b.byNumber, string(a)+"="+v)
		}
	}
	delete(b.devices, id)
	delete(b.numbers, id)
	delete(b.where, id)
}

// located is where the inventory has a device, as messages look for patients
// there.
func located(l asset.Location) exchange.Located {
	sure := map[asset.Status]float64{asset.Confirmed: 0.95, asset.Likely: 0.8, asset.Candidate: 0.6, asset.Conflict: 0.3}[l.Status]
	if l.Source == "person" || l.Source == "cmms" {
		sure = max(sure, 0.85)
	}
	return exchange.Located{Place: exchange.Place{Unit: l.Unit, Room: l.Room, Bed: l.Bed}, Source: l.Source, Seen: l.Seen, Sure: sure}
}

func (b *binder) changed(changes []asset.DeviceChanged) {
	for _, c := range changes {
		if c.Gone {
			b.mu.Lock()
			b.drop(c.ID)
			b.mu.Unlock()
			continue
		}
		b.put(c.Device, c.Numbers)
	}
}

// Bind implements exchange.Inventory.
func (b *binder) Bind(_ context.Context, _ string, claims []exchange.DeviceClaim, peer exchange.Peer) exchange.Binding {
	var claim exchange.DeviceClaim
	if len(claims) > 0 {
		claim = claims[0]
	}
	e := b.evidence(claim, &peer)
	var other exchange.Sighting
	if e.From != "" && e.Claim.EUI64 != "" && !e.PassedOn() {
		other = b.heardElsewhere(e.Claim.EUI64, e.From).sighting(e.Claim.EUI64)
	}
	return b.judged(e, peer, other)
}

// judged says who speaks, where it stands, and both sides of a doubt. other is
// another place from which the same number was heard, if any.
func (b *binder) judged(e exchange.Evidence, peer exchange.Peer, other exchange.Sighting) exchange.Binding {
	e.Elsewhere = other.Address
	out := exchange.Binding{Stamp: exchange.Judge(e), Peer: peer}
	b.mu.RLock()
	out.Where = b.where[out.Stamp.Device]
	b.mu.RUnlock()
	if out.Stamp.Trust == exchange.Mismatched {
		out.Rivals = rivals(e, peer, other)
	}
	return out
}

// sighting is where a number was heard from last, as evidence; empty where that
// was nowhere else.
func (h heardFrom) sighting(number string) exchange.Sighting {
	if h.address == "" {
		return exchange.Sighting{}
	}
	return exchange.Sighting{Number: number, Address: h.address, At: h.at, Message: h.message, Said: "a message of a few minutes before"}
}

// passesOn reports whether an address is this machine's own, which passes on for
// others. Other addresses of the loopback network are somebody's.
func passesOn(a netip.Addr) bool {
	return a == netip.IPv6Loopback() || a == netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// evidence gathers what speaks for and against a claim, and completes what is
// known of the peer.
func (b *binder) evidence(claim exchange.DeviceClaim, peer *exchange.Peer) exchange.Evidence {
	e := exchange.Evidence{Claim: claim}
	if e.Claim.AETitle == "" {
		e.Claim.AETitle = peer.AETitle
	}
	from := peer.Address.Addr()
	own := from.IsValid() && !passesOn(from)
	if own {
		e.From = from.String()
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	e.Named = b.named(e.Claim)
	if own {
		e.At = b.candidates(b.byAddress[from.String()])
		if peer.MAC == "" {
			peer.MAC = b.macAt[from]
		}
		if peer.MAC != "" && len(e.At) == 0 {
			e.At = b.candidates(b.byAddress[peer.MAC])
		}
	}
	return e
}

// rivals are the two sides of a mismatch: what this message says, and what
// speaks against it.
func rivals(e exchange.Evidence, peer exchange.Peer, other exchange.Sighting) []exchange.Sighting {
	number := e.Claim.EUI64
	for _, n := range []string{e.Claim.UDI, e.Claim.Serial, e.Claim.AETitle} {
		if number == "" {
			number = n
		}
	}
	mine := exchange.Sighting{Number: number, Address: e.From, MAC: peer.MAC, Said: "this message, at " + e.Claim.Location}
	if len(e.At) > 0 {
		mine.Device = e.At[0].ID
	}
	theirs := exchange.Sighting{Number: number, Said: "the inventory"}
	switch {
	case other.Address != "":
		theirs = other
	case len(e.Named) > 0:
		theirs.Device, theirs.Address = e.Named[0].ID, strings.Join(e.Named[0].Addresses, ", ")
	case len(e.At) > 0:
		theirs.Device, theirs.Number = e.At[0].ID, strings.Join(e.At[0].EUI64s, ", ")
	}
	if len(e.Named) > 1 {
		theirs.Device, theirs.Said = e.Named[1].ID, "a second device of the inventory with this number"
		mine.Device = e.Named[0].ID
	}
	return []exchange.Sighting{mine, theirs}
}

// heardIn notes the message in which a number was heard, as evidence.
func (b *binder) heardIn(number, from, message string) {
	b.heardMu.Lock()
	defer b.heardMu.Unlock()
	if h, ok := b.heard[number]; ok && h.address == from {
		h.message = message
		b.heard[number] = h
	}
}

// named returns the devices that a claim's strongest number leads to. b.mu is
// held.
func (b *binder) named(c exchange.DeviceClaim) []exchange.Candidate {
	for _, n := range []struct {
		a     traffic.Attribute
		value string
	}{{traffic.EUI64, c.EUI64}, {traffic.UDI, c.UDI}, {traffic.SerialNumber, c.Serial}, {traffic.AETitle, c.AETitle}} {
		if n.value == "" {
			continue
		}
		v := asset.NormalNumber(n.a, n.value)
		if found := b.candidates(b.byNumber[string(n.a)+"="+v]); v != "" && len(found) > 0 {
			return found
		}
	}
	return nil
}

func (b *binder) candidates(ids []string) []exchange.Candidate {
	out := make([]exchange.Candidate, 0, len(ids))
	for _, id := range ids {
		c := b.devices[id]
		c.Exploited = b.exploited[id]
		out = append(out, c)
	}
	return out
}

// heardElsewhere notes where a number was heard from, and returns another
// place from which it was heard within a short time.
func (b *binder) heardElsewhere(number, from string) heardFrom {
	now := time.Now()
	b.heardMu.Lock()
	defer b.heardMu.Unlock()
	last, ok := b.heard[number]
	if len(b.heard) >= numbersKept && !ok {
		clear(b.heard) // a flood of made-up numbers: begin again
	}
	b.heard[number] = heardFrom{address: from, at: now, message: last.message}
	if ok && last.address != from && now.Sub(last.at) < twoPlaces {
		return last
	}
	return heardFrom{}
}

// due reports whether the inventory is to hear of what a message says of a
// device: once an hour for the same words.
func (b *binder) due(key string, now time.Time) bool {
	b.heardMu.Lock()
	defer b.heardMu.Unlock()
	if now.Sub(b.told[key]) < tellAgain {
		return false
	}
	if len(b.told) >= numbersKept {
		clear(b.told)
	}
	b.told[key] = now
	return true
}

// openBinder fills the index and keeps it current.
func (s *Server) openBinder(ctx context.Context) error {
	if err := s.Assets.EachNumbered(ctx, s.Config.Tenant, s.binder.put); err != nil {
		return err
	}
	s.add("message senders", func(ctx context.Context) error {
		return every(ctx, exploitEvery, func() {
			known, err := s.Board.Exploited(ctx)
			if err != nil {
				if ctx.Err() == nil {
					s.Log.WarnContext(ctx, "what is exploited could not be looked up for messages", "error", err)
				}
				return
			}
			s.binder.mu.Lock()
			s.binder.exploited = known
			s.binder.mu.Unlock()
		})
	})
	s.add("devices in messages", s.tellInventory)
	return nil
}

// tellMost is how many claims wait for the inventory at most; more are told an
// hour later.
const tellMost = 256

// sighted notes what a message says of devices, for the inventory. It never
// waits.
func (s *Server) sighted(m *exchange.Message) {
	for _, c := range m.Sealed.Facts.Devices {
		if c.EUI64 != "" {
			s.binder.heardIn(c.EUI64, m.Peer, m.ID)
		}
		key := fmt.Sprint(m.Peer, c.EUI64, c.UDI, c.Serial, c.Model, c.Manufacturer, c.Software)
		if c.EUI64 == "" && c.UDI == "" && c.Serial == "" || !s.binder.due(key, m.ReceivedAt) {
			continue
		}
		select {
		case s.sightings <- sightedDevice{m.ReceivedAt, m.Sealed.Peer, c, m.ID}:
		default:
		}
	}
}

// A sightedDevice is what one message says of one device.
type sightedDevice struct {
	at      time.Time
	peer    exchange.Peer
	claim   exchange.DeviceClaim
	message string
}

// tellInventory makes evidence for the inventory of what messages say: unknown
// devices become candidates, and versions are kept current.
func (s *Server) tellInventory(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case d := <-s.sightings:
			if s.pipe == nil {
				continue
			}
			b := &traffic.Batch{Site: s.Config.Site, Sensor: "exchange", Observations: []traffic.Observation{d.observation(s.Config.Site)}}
			if _, err := s.pipe.publish(ctx, b, "message-"+d.message+d.claim.EUI64+d.claim.Serial); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "what a message says of a device did not reach the inventory", "error", err)
			}
		}
	}
}

// Weights of what a message says: exact fields of the device itself.
const (
	messageNumber = 0.9
	messageField  = 0.8
)

func (d sightedDevice) observation(site string) traffic.Observation {
	o := traffic.Observation{Site: site, Sensor: "exchange", Capture: "message " + d.message, Packet: 1, Time: d.at, Protocol: "hl7v2", Content: true}
	if from := d.peer.Address.Addr(); from.IsValid() && !from.IsLoopback() {
		o.IP = from
	}
	add := func(a traffic.Attribute, value string, weight float64) {
		if value != "" {
			o.Claims = append(o.Claims, traffic.Claim{Attribute: a, Value: value, Weight: weight, Source: "message", Field: d.claim.Location})
		}
	}
	add(traffic.EUI64, d.claim.EUI64, messageNumber)
	add(traffic.UDI, d.claim.UDI, messageNumber)
	add(traffic.SerialNumber, d.claim.Serial, messageField)
	add(traffic.Manufacturer, d.claim.Manufacturer, messageField)
	add(traffic.Model, d.claim.Model, messageField)
	add(traffic.SoftwareVersion, d.claim.Software, messageField)
	return o
}
