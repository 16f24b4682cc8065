// Package sim is the demonstration hospital: made-up sites, homes, devices and
// people with a life of their own, which speak their protocols on a wire that
// is no network, and in messages over real sockets. Nothing in it is real, and
// one seed gives one hospital.
package sim

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"
)

// A Device is one made-up piece of equipment with a life on the wire.
type Device struct {
	Model    *Model
	Version  string
	System   string // operating system, where one is known
	Serial   string
	AssetTag string
	Site     string
	Unit     string
	Room     string
	Bed      string
	Hostname string
	MAC      net.HardwareAddr
	IP       netip.Addr // today

	// OnWire is false for equipment that stands in the inventory of record but
	// is switched off, InRecords false for equipment that nobody registered.
	OnWire    bool
	InRecords bool

	number int // of all devices
	unit   int // place of its unit in units; of no meaning at home
	slot   int // among those of its unit that stand, or that wander
	silent bool
}

// A Hospital is the whole made-up estate. The same seed gives the same one.
// It is not safe for use by several goroutines; Live owns it while it runs.
type Hospital struct {
	Devices []*Device

	rnd      *rand.Rand
	gateways map[string]host // router and DHCP server of each site
	engine   *Device
	archive  *Device
	count    uint32 // messages and connections so far
	story    story
	guests   map[netip.Addr]*Device // who has which of the addresses for what comes by
}

// New builds the hospital of a seed: two sites with twelve units and a
// programme of home care, 2,000 devices of forty models.
func New(seed uint64) *Hospital {
	h := &Hospital{
		rnd: rand.New(rand.NewPCG(seed, 0xbed4a11)),
		gateways: map[string]host{
			general:   {mac: net.HardwareAddr{0x00, 0x1b, 0x54, 0x20, 0x00, 0x01}, ip: netip.MustParseAddr("10.20.0.1")},
			riverside: {mac: net.HardwareAddr{0x00, 0x1b, 0x54, 0x30, 0x00, 0x01}, ip: netip.MustParseAddr("10.30.0.1")},
		},
	}
	stand, wander := map[int]int{}, map[int]int{}
	for i := range models {
		h.furnish(i, stand, wander)
	}
	h.cast()
	return h
}

// Site is where the hospital's own machine stands.
func (h *Hospital) Site() string { return general }

// furnish places every device of a model in its units.
func (h *Hospital) furnish(i int, stand, wander map[int]int) {
	m := &models[i]
	n := 0
	for u, unit := range units {
		for range m.count(unit.Name) {
			n++
			d := h.device(m, i, n, unit)
			d.unit, d.OnWire, d.InRecords = u, h.rnd.IntN(25) != 0, h.rnd.IntN(20) != 0
			if m.Wanders {
				d.slot, wander[u] = wander[u], wander[u]+1
			} else {
				d.slot, stand[u] = stand[u], stand[u]+1
			}
			d.IP = d.addressOn(0)
			h.place(d, n)
			h.appoint(d)
		}
	}
	for range m.count(homeCare) {
		n++
		d := h.device(m, i, n, Unit{homes, homeCare})
		d.InRecords = h.rnd.IntN(3) != 0 // the programme buys what the workshop never sees
	}
}

func (h *Hospital) device(m *Model, i, n int, unit Unit) *Device {
	d := &Device{
		Model: m, Version: h.one(m.Versions), System: h.one(m.Systems),
		Serial: h.serial(m, n), AssetTag: fmt.Sprintf("DG-%05d", 10000+len(h.Devices)), Site: unit.Site, Unit: unit.Name,
		Hostname: fmt.Sprintf("%s-%03d", m.Hostname, n), number: len(h.Devices),
	}
	if !m.Cloud {
		d.MAC = net.HardwareAddr{m.OUI[0], m.OUI[1], m.OUI[2], byte(i + 1), byte(n >> 8), byte(n)}
	}
	h.Devices = append(h.Devices, d)
	return d
}

// The addresses of a unit: four networks of a class C size each. What stands
// has one for good; what wanders has another each day, out of a pool that is a
// prime so that nobody meets anybody; the last few are for what roams today.
const (
	perNetwork = 200
	pool       = 211
	roaming    = 230 // first host number of those
	roamers    = 20  // how many there are in a unit
)

// addressOn is where a device is reached so many days ago.
func (d *Device) addressOn(ago int) netip.Addr {
	network, number := d.slot/perNetwork, 10+d.slot%perNetwork
	if d.Model.Wanders {
		network, number = 3, 10+(d.slot+17*ago)%pool
	}
	return netip.AddrFrom4([4]byte{10, d.net(), byte(10 + 4*d.unit + network), byte(number)})
}

func (d *Device) net() byte {
	if d.Site == riverside {
		return 30
	}
	return 20
}

// one picks one of words, or nothing where there are none.
func (h *Hospital) one(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[h.rnd.IntN(len(words))]
}

func (h *Hospital) serial(m *Model, n int) string {
	prefix := strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, m.Name))
	return fmt.Sprintf("%s%06d%03d", prefix[:min(3, len(prefix))], h.rnd.IntN(1_000_000), n)
}

// place gives most bedside equipment a room and a bed; a fifth is known by
// unit only, as in life.
func (h *Hospital) place(d *Device, n int) {
	switch d.Model.Class {
	case "infusion-pump", "patient-monitor", "ventilator", "telemetry", "smart-bed", "incubator", "dialysis-machine":
		if h.rnd.IntN(5) == 0 {
			return
		}
		room := 1 + (n-1)/2%20
		d.Room = fmt.Sprintf("%s-%02d", strings.ReplaceAll(d.Unit, " ", ""), room)
		d.Bed = string(rune('A' + (n-1)%2))
	}
}

// appoint remembers the two servers that others talk to; they are always on.
func (h *Hospital) appoint(d *Device) {
	switch d.Model.Class {
	case "integration-engine":
		h.engine, d.OnWire = d, true
	case "pacs":
		h.archive, d.OnWire = d, true
	}
}

func (d *Device) host(port uint16) host { return host{mac: d.MAC, ip: d.IP, port: port} }

// Speaks reports whether a device is heard on a wire of the hospital.
func (d *Device) Speaks() bool { return d.OnWire && !d.silent && !d.Model.Cloud }

// Morning returns the frames of every device of a site that comes onto its
// network once, within the seconds after at: address, name, and the first
// words of each.
func (h *Hospital) Morning(site string, at time.Time) []Frame {
	var frames []Frame
	for i, d := range h.Devices {
		if d.Speaks() && d.Site == site {
			frames = append(frames, h.Wake(d, at.Add(time.Duration(i)*time.Millisecond))...)
		}
	}
	return frames
}

// Sites lists those that have a network.
func (h *Hospital) Sites() []string { return []string{general, riverside} }

// Wake returns what one device sends when it is switched on.
func (h *Hospital) Wake(d *Device, at time.Time) []Frame {
	frames := h.lease(d, at)
	return append(frames, h.Speak(d, at.Add(2*time.Millisecond))...)
}

// Speak returns one ordinary utterance of a device: a message, an image, a
// page request or an announcement, after its kind.
func (h *Hospital) Speak(d *Device, at time.Time) []Frame {
	m := d.Model
	frames := []Frame{{at, announce(d.host(0))}}
	at = at.Add(time.Millisecond)
	switch {
	case m.MDC != "":
		frames = append(frames, h.report(d, at)...)
	case m.Modality != "":
		frames = append(frames, h.study(d, at)...)
	}
	if m.UserAgent != "" {
		frames = append(frames, h.browse(d, at)...)
	}
	if m.TLSName != "" {
		frames = append(frames, h.greetTLS(d, at)...)
	}
	return frames
}

// Anyone returns a device that is on the wire, chosen by the seed.
func (h *Hospital) Anyone() *Device {
	for {
		if d := h.Devices[h.rnd.IntN(len(h.Devices))]; d.Speaks() {
			return d
		}
	}
}

func (h *Hospital) next() uint32 { h.count++; return h.count }

func (h *Hospital) port() uint16 { return uint16(49152 + h.rnd.IntN(16000)) }

// busy reports whether a device is at work on a patient at a time: on each day
// some are, for a few hours in one go. The same question has the same answer.
func (d *Device) busy(at time.Time) bool {
	from, until := d.spell(at)
	return !at.Before(from) && at.Before(until)
}

// spell is when a device is at work on the day of a time; both are equal when
// it is not.
func (d *Device) spell(at time.Time) (from, until time.Time) {
	day := at.Truncate(24 * time.Hour)
	r := rand.New(rand.NewPCG(uint64(day.Unix()), uint64(d.number)))
	share, longest := 0, 0
	switch {
	case d.Model.Class == "infusion-pump":
		share, longest = 30, 3*60
	case d.Model.Class == "patient-monitor" && (d.Unit == "ICU" || d.Unit == "NICU"):
		share, longest = 25, 4*60
	}
	if r.IntN(100) >= share {
		return day, day
	}
	minutes := 60 + r.IntN(longest-60)
	from = day.Add(time.Duration(r.IntN(24*60-minutes)) * time.Minute)
	return from, from.Add(time.Duration(minutes) * time.Minute)
}
