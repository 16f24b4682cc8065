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
	Unit     string
	Room     string
	Bed      string
	Hostname string
	MAC      net.HardwareAddr
	IP       netip.Addr

	// OnWire is false for equipment that stands in the inventory of record but
	// is switched off, InRecords false for equipment that nobody registered.
	OnWire    bool
	InRecords bool
}

// A Hospital is the whole made-up estate. The same seed gives the same one.
type Hospital struct {
	Site    string
	Devices []*Device

	rnd     *rand.Rand
	gateway host // router and DHCP server of every unit
	engine  *Device
	archive *Device
	count   uint32 // messages and connections so far
}

// New builds the hospital of a seed: one site, six units, 300 devices of
// twenty models.
func New(seed uint64) *Hospital {
	h := &Hospital{
		Site: "Demo General", rnd: rand.New(rand.NewPCG(seed, 0xbed4a11)),
		gateway: host{mac: net.HardwareAddr{0x00, 0x1b, 0x54, 0x20, 0x00, 0x01}, ip: netip.MustParseAddr("10.20.0.1")},
	}
	next := map[string]int{}
	for i := range models {
		h.furnish(&models[i], next)
	}
	return h
}

// furnish places every device of a model in its units.
func (h *Hospital) furnish(m *Model, next map[string]int) {
	n := 0
	for u, unit := range units {
		for range m.Units[unit] {
			n++
			next[unit]++
			d := &Device{
				Model: m, Version: h.one(m.Versions), System: h.one(m.Systems),
				Serial: h.serial(m, n), AssetTag: fmt.Sprintf("DG-%05d", 10000+len(h.Devices)), Unit: unit,
				Hostname: fmt.Sprintf("%s-%03d", m.Hostname, n),
				MAC:      net.HardwareAddr{m.OUI[0], m.OUI[1], m.OUI[2], i8(m.Name), byte(u), byte(n)},
				IP:       netip.AddrFrom4([4]byte{10, 20, byte(10 + u), byte(10 + next[unit])}),
				OnWire:   h.rnd.IntN(25) != 0, InRecords: h.rnd.IntN(20) != 0,
			}
			h.place(d, n)
			h.Devices = append(h.Devices, d)
			h.appoint(d)
		}
	}
}

// one picks one of words, or nothing where there are none.
func (h *Hospital) one(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[h.rnd.IntN(len(words))]
}

// i8 spreads model names over the fourth byte of a hardware address, because
// several models share a vendor's prefix.
func i8(name string) (sum uint8) {
	for i := range len(name) {
		sum = sum*31 + name[i]
	}
	return sum
}

func (h *Hospital) serial(m *Model, n int) string {
	prefix := strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, m.Name))
	return fmt.Sprintf("%s%06d%02d", prefix[:min(3, len(prefix))], h.rnd.IntN(1_000_000), n)
}

// place gives most bedside equipment a room and a bed; a fifth is known by
// unit only, as in life.
func (h *Hospital) place(d *Device, n int) {
	switch d.Model.Class {
	case "infusion-pump", "patient-monitor", "ventilator", "telemetry", "smart-bed":
		if h.rnd.IntN(5) == 0 {
			return
		}
		room := 1 + (n-1)/2%12
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

func (d *Device) host(port uint16) host { return host{d.MAC, d.IP, port} }

// Morning returns the frames of every device that comes onto the network once,
// within the second after at: address, name, and the first words of each.
func (h *Hospital) Morning(at time.Time) []Frame {
	var frames []Frame
	for i, d := range h.Devices {
		if d.OnWire {
			frames = append(frames, h.Wake(d, at.Add(time.Duration(i)*3*time.Millisecond))...)
		}
	}
	return frames
}

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
		if d := h.Devices[h.rnd.IntN(len(h.Devices))]; d.OnWire {
			return d
		}
	}
}

func (h *Hospital) next() uint32 { h.count++; return h.count }

func (h *Hospital) port() uint16 { return uint16(49152 + h.rnd.IntN(16000)) }
