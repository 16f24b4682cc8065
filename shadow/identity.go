package shadow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail/exchange"
	"bedrail/traffic"
)

// Bounds of what is remembered of who spoke under which number.
const (
	mostNumbers = 100_000
	mostSpots   = 8
	// twoPlaces is within which time one number from two addresses is two
	// speakers and not one that moved.
	twoPlaces = 10 * time.Minute
	// stillFresh is how old traffic may be that is judged by the inventory of
	// now: addresses move between devices, so an old recording accuses nobody.
	stillFresh = 10 * time.Minute
)

// A spot is an address under which a number spoke.
type spot struct {
	address string
	mac     string
	sensor  string
	first   time.Time
	last    time.Time
}

// An identity is where one number was heard, and to whom it was told: who is
// told it and says it as well passes it on.
type identity struct {
	spots  []spot
	relays []string
	// against is when the inventory first spoke against an address, by address.
	against map[string]time.Time
}

func (n *identity) relay(address string) bool { return slices.Contains(n.relays, address) }

// note adds that the number was heard from at, on the way to server.
func (n *identity) note(at spot, server string) {
	if !n.relay(server) && len(n.relays) < mostSpots {
		n.relays = append(n.relays, server)
	}
	for i := range n.spots {
		if s := &n.spots[i]; s.address == at.address {
			s.mac, s.sensor = cmp.Or(at.mac, s.mac), at.sensor
			if at.first.Before(s.first) {
				s.first = at.first
			}
			if at.last.After(s.last) {
				s.last = at.last
			}
			return
		}
	}
	if len(n.spots) < mostSpots {
		n.spots = append(n.spots, at)
	}
}

// rival returns another spot from which the number was heard at about the same
// time, by somebody who was not told it: the same interface under another
// address is no other.
func (n *identity) rival(of spot) (spot, bool) {
	if n.relay(of.address) {
		return spot{}, false
	}
	for _, s := range n.spots {
		same := s.address == of.address || s.mac != "" && s.mac == of.mac
		apart := s.last.Add(twoPlaces).Before(of.first) || of.last.Add(twoPlaces).Before(s.first)
		if !same && !apart && !n.relay(s.address) {
			return s, true
		}
	}
	return spot{}, false
}

// sighting is a spot as evidence.
func (s spot) sighting(number string) exchange.Sighting {
	return exchange.Sighting{Number: number, Address: s.address, MAC: s.mac, At: s.last, Said: "overheard by " + cmp.Or(s.sensor, "the sensor")}
}

// speaks reports whether the address of the client is that of who speaks: a
// listener that also sends over its senders' connections speaks for others.
func speaks(o *traffic.Overheard) bool { return o.Quirks["message-to-client"] == 0 }

func spotOf(o *traffic.Overheard, first, last time.Time) spot {
	return spot{address: o.Client.String(), mac: string(o.ClientMAC), sensor: o.Sensor, first: first, last: last}
}

// A Doubt is somebody who speaks under the name of another, with both sides.
type Doubt struct {
	Channel string // the shadow that it was overheard on
	Site    string
	Device  string
	Text    string
	Rivals  []exchange.Sighting
}

// Doubts finds identities that are spoofed or cloned in what sensors overhear.
// It remembers in memory where numbers were heard; its loss costs the doubts
// of the minutes before. It is safe for concurrent use.
type Doubts struct {
	Binder Binder

	mu    sync.Mutex // guards known
	known map[string]*identity
}

// Note takes in what was overheard and returns the doubts that follow, as of
// now.
func (d *Doubts) Note(heard []traffic.Overheard, now time.Time) (out []Doubt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range heard { // whom a number is told to is known before who says it is judged
		d.remember(&heard[i])
	}
	for i := range heard {
		o := &heard[i]
		if !speaks(o) {
			continue
		}
		for k := range o.Devices {
			if one, ok := d.judge(o, &o.Devices[k], now); ok {
				out = append(out, one)
			}
		}
	}
	return out
}

func (d *Doubts) remember(o *traffic.Overheard) {
	if !speaks(o) {
		return
	}
	at := spotOf(o, o.Minute, lastOf(o))
	for i := range o.Devices {
		number := numberOf(&o.Devices[i].OverheardClaim)
		if number == "" {
			continue
		}
		n := d.known[number]
		if n == nil {
			if d.known == nil || len(d.known) >= mostNumbers { // a flood of made-up numbers: begin again
				d.known = map[string]*identity{}
			}
			n = &identity{}
			d.known[number] = n
		}
		n.note(at, o.Server.String())
	}
}

// numberOf is what tells one device from every other: serial numbers are those
// of their maker, and titles are given out twice.
func numberOf(c *traffic.OverheardClaim) string { return c.EUI64 }

func lastOf(o *traffic.Overheard) time.Time {
	last := o.Minute
	for _, t := range o.Ticks {
		if t.At.After(last) {
			last = t.At
		}
	}
	return last
}

func (d *Doubts) judge(o *traffic.Overheard, one *traffic.OverheardDevice, now time.Time) (Doubt, bool) {
	me := spotOf(o, o.Minute, lastOf(o))
	number := numberOf(&one.OverheardClaim)
	var other exchange.Sighting
	n := d.known[number]
	if n == nil {
		return Doubt{}, false
	}
	if s, ok := n.rival(me); ok {
		other = s.sighting(number)
	}
	b := d.Binder.Judge(ClaimOf(&one.OverheardClaim), PeerOf(o), other)
	if b.Stamp.Trust != exchange.Mismatched || other.Address == "" && !n.stands(me, now) {
		return Doubt{}, false
	}
	if len(b.Rivals) > 0 {
		mine := &b.Rivals[0]
		mine.At, mine.Said = me.last, fmt.Sprintf("overheard by %s on the way to %s port %d", cmp.Or(o.Sensor, "the sensor"), o.Server, o.Port)
	}
	return Doubt{Channel: ChannelOf(o), Site: o.Site, Device: b.Stamp.Device, Text: strings.Join(b.Stamp.Reasons, "; "), Rivals: b.Rivals}, true
}

// stands reports whether what only the inventory speaks against is to be
// believed: it is of now, nobody passes it on, and it was so a minute ago.
func (n *identity) stands(at spot, now time.Time) bool {
	if age := now.Sub(at.last); age > stillFresh || age < -stillFresh || n.relay(at.address) {
		return false
	}
	since, ok := n.against[at.address]
	if !ok {
		if n.against == nil || len(n.against) >= mostSpots {
			n.against = map[string]time.Time{}
		}
		n.against[at.address] = at.first
	}
	return ok && at.first.Sub(since) >= time.Minute
}

// ClaimOf is how a device names itself in what was overheard.
func ClaimOf(c *traffic.OverheardClaim) exchange.DeviceClaim {
	return exchange.DeviceClaim{EUI64: c.EUI64, UDI: c.UDI, Serial: c.Serial, AETitle: c.AETitle, Manufacturer: c.Manufacturer, Model: c.Model, Software: c.Software, Location: c.Location}
}
