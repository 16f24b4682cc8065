package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"bedrail"
	"bedrail/api"
)

// A story is who plays in the events.
type story struct {
	pump, victim, monitor, scanner *Device
	events                         []api.DemoEvent
}

// lateFile is the advisory that is held back.
const lateFile = "icsma-22-251-01.json"

// cast chooses who plays. The monitor that will fall silent is heard only once
// a day before, so that its own rhythm is learned from the hours that the
// event brings.
func (h *Hospital) cast() {
	find := func(model, unit string, fits func(*Device) bool) *Device {
		for _, d := range h.Devices {
			if d.Model.Name == model && d.Unit == unit && d.OnWire && d.InRecords && fits(d) {
				return d
			}
		}
		return h.engine
	}
	bedded := func(d *Device) bool { return d.Bed != "" }
	s := &h.story
	s.pump = find("Alaris PC Unit Model 8015", "Ward 3A", bedded)
	s.victim = find("T1 Ventilator", "ICU", bedded)
	s.monitor = find("IntelliVue MX800", "ICU", bedded)
	s.monitor.silent = true
	s.scanner = h.Devices[0]
	for _, d := range h.Devices {
		if d.Model.Class == "ct-scanner" {
			d.OnWire, d.InRecords = true, true
			s.scanner = d
			break
		}
	}
	s.events = []api.DemoEvent{
		{Name: "advisory", Title: "A new advisory is published",
			About: "A maker publishes weaknesses of an infusion pump. Which beds does it reach?",
			Shows: "Each device it touches was found by model and version, and is shown with its bed; those whose version nobody knows are undecidable, not clean."},
		{Name: "move", Title: "A pump moves to another bed",
			About: "{device} is wheeled from {from} to {to}. Nobody tells the maintenance system.",
			Shows: "Its next message says where it is, so the list and the map follow, the timeline keeps the move, and Reconciliation shows that the maintenance list has it elsewhere."},
		{Name: "spoof", Title: "Somebody presents another device's identity",
			About: "A computer in {unit} speaks with the serial number of the ventilator {device}.",
			Shows: "The numbers stand at two hardware addresses at once: the device shows both, and that its evidence disagrees."},
		{Name: "silence", Title: "A monitor falls silent",
			About: "{device} in {unit} reported every two minutes today, and then nothing. The capture of these hours is brought in.",
			Shows: "Bedrail learned its rhythm: silent for three times as long as usual, and at least an hour, is quiet. A ward monitor that is merely switched off each night would not be."},
		{Name: "vendor", Title: "A vendor connects at night",
			About: "At 02:13 somebody on the internet opens a remote desktop on the scanner {device}, and data flow out.",
			Shows: "The behaviour of the scanner was frozen before: the new peer, its service and the amount stand beside it, and the device bears the weakness of talking to the internet."},
	}
	at := func(d *Device) string { return fmt.Sprintf("%s, bed %s %s", d.Unit, d.Room, d.Bed) }
	facts := func(i int, f map[string]string) { s.events[i].Facts = f }
	facts(0, map[string]string{"advisory": "ICSMA-22-251-01"})
	facts(1, map[string]string{"device": s.pump.Hostname, "from": at(s.pump), "to": "ICU, bed ICU-07 B"})
	facts(2, map[string]string{"device": s.victim.Hostname, "unit": "ED"})
	facts(3, map[string]string{"device": s.monitor.Hostname, "unit": s.monitor.Unit})
	facts(4, map[string]string{"device": s.scanner.Hostname})
	for i := range s.events {
		e := &s.events[i]
		e.Links = []api.DemoLink{}
		e.About, e.Shows = fill(e.About, e.Facts), fill(e.Shows, e.Facts)
	}
}

// A stage is where events are played: the wire and the doors.
type stage struct {
	h    *Hospital
	t    Target
	taps taps
}

// play lets an event happen, and returns once the product has taken it in.
func (s *stage) play(ctx context.Context, name string) (api.DemoEvent, error) {
	acts := map[string]func(context.Context) ([]api.DemoLink, error){"advisory": s.advisory, "move": s.move, "spoof": s.spoof, "silence": s.silence, "vendor": s.vendor}
	for i := range s.h.story.events {
		e := &s.h.story.events[i]
		if e.Name != name {
			continue
		}
		if !e.At.IsZero() {
			return *e, bedrail.Errorf(bedrail.Conflict, "%q has happened already; start the demonstration anew to see it again", name)
		}
		links, err := acts[name](ctx)
		if err != nil {
			return *e, err
		}
		e.At, e.Links = time.Now().UTC(), links
		return *e, nil
	}
	return api.DemoEvent{}, bedrail.Errorf(bedrail.NotFound, "there is no event %q; there are advisory, move, spoof, silence and vendor", name)
}

// advisory brings what was held back.
func (s *stage) advisory(ctx context.Context) ([]api.DemoLink, error) {
	body, err := Advisory(lateFile)
	if err != nil {
		return nil, err
	}
	if err := s.t.bring(ctx, "feed", lateFile, nil, body); err != nil {
		return nil, err
	}
	return []api.DemoLink{{Name: "finding", Href: "/findings?filter=" + url.QueryEscape(`model:"Sigma Spectrum"`)}, {Name: "devices", Href: "/devices?filter=" + url.QueryEscape(`model:"Sigma Spectrum"`)}}, nil
}

// move puts the pump into another unit: a lease there, and a message that
// names the bed.
func (s *stage) move(ctx context.Context) ([]api.DemoLink, error) {
	d := s.h.story.pump
	for u, unit := range units {
		if unit.Name == "ICU" {
			d.unit, d.Unit, d.Room, d.Bed = u, "ICU", "ICU-07", "B"
		}
	}
	d.IP = s.h.roam(d)
	if err := s.taps.send(d.Site, s.h.Wake(d, time.Now())); err != nil {
		return nil, err
	}
	return s.t.links(ctx, d, "timeline", "reconciliation")
}

// spoof lets a computer speak with the numbers of the ventilator.
func (s *stage) spoof(ctx context.Context) ([]api.DemoLink, error) {
	if err := s.taps.send(s.h.story.victim.Site, s.h.impersonated(s.h.story.victim, time.Now())); err != nil {
		return nil, err
	}
	links, err := s.t.links(ctx, s.h.story.victim, "device", "timeline")
	return append(links, api.DemoLink{Name: "conflicts", Href: "/devices?filter=" + url.QueryEscape("disagrees:hostname")}), err
}

// impersonated is a computer that speaks with the numbers of d, and d itself
// a second later.
func (h *Hospital) impersonated(d *Device, at time.Time) []Frame {
	intruder := *d
	intruder.MAC = net.HardwareAddr{0x00, 0xe0, 0x4c, 0x68, 0x01, 0x37}
	for u, unit := range units {
		if unit.Name == "ED" {
			intruder.unit, intruder.Unit, intruder.Room, intruder.Bed, intruder.Hostname = u, "ED", "", "", "DESKTOP-7Q2K"
		}
	}
	intruder.IP = h.roam(&intruder)
	return append(h.Wake(&intruder, at), h.Speak(d, at.Add(time.Second))...)
}

// silentFor is how long ago the monitor spoke last: longer than the hour that
// the product waits at least.
const silentFor = 65 * time.Minute

// silence brings a capture of the hours in which the monitor spoke, and of
// those in which it did not.
func (s *stage) silence(ctx context.Context) ([]api.DemoLink, error) {
	d, now := s.h.story.monitor, time.Now()
	begin := now.Add(-silentFor - 14*time.Hour)
	var frames []Frame
	frames = append(frames, s.h.lease(d, begin)...)
	open := map[*Device]*dialog{}
	for at := begin.Add(2 * time.Second); at.Before(now.Add(-silentFor)); at = at.Add(2 * time.Minute) {
		frames = append(frames, s.h.performed(act{at, d, false}, open)...)
	}
	if err := s.t.bringCapture(ctx, d.Site, "the-monitor-today.pcap", each(frames)); err != nil {
		return nil, err
	}
	links, err := s.t.links(ctx, d, "device")
	return append(links, api.DemoLink{Name: "quiet", Href: "/devices?filter=" + url.QueryEscape("class:patient-monitor state:quiet")}), err
}

// vendor brings a capture of the last night.
func (s *stage) vendor(ctx context.Context) ([]api.DemoLink, error) {
	d := s.h.story.scanner
	night := lastNight(time.Now())
	if err := s.t.bringCapture(ctx, d.Site, "last-night.pcap", each(s.h.remote(d, night))); err != nil {
		return nil, err
	}
	return s.t.links(ctx, d, "conversations", "behaviour")
}

// lastNight is the last 02:13, by the clock on the wall of whoever looks, that
// lies at least an hour back.
func lastNight(now time.Time) time.Time {
	y, m, day := now.Date()
	night := time.Date(y, m, day, 2, 13, 0, 0, now.Location())
	if night.After(now.Add(-time.Hour)) {
		night = time.Date(y, m, day-1, 2, 13, 0, 0, now.Location())
	}
	return night
}

// remote is a remote desktop from the internet (MS-RDPBCGR 2.2.1.1 opens it)
// and an upload that follows it.
func (h *Hospital) remote(d *Device, at time.Time) []Frame {
	away := host{mac: h.gateways[d.Site].mac, ip: netip.MustParseAddr("203.0.113.77"), port: h.port(), routed: true}
	desk := dial(away, d.host(3389), at, h.next())
	cookie := "Cookie: mstshash=service\r\n"
	ask := append([]byte{3, 0, 0, byte(19 + len(cookie)), byte(14 + len(cookie)), 0xe0, 0, 0, 0, 0, 0}, cookie...)
	ask = append(ask, 1, 0, 8, 0, 3, 0, 0, 0)
	desk.say(0, ask)
	desk.say(1, []byte{3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0})
	for range 60 {
		desk.say(0, make([]byte, 120))
		desk.say(1, make([]byte, 4*segment))
		desk.now = desk.now.Add(10 * time.Second)
	}
	away.port = 443
	out := dial(d.host(h.port()), away, at.Add(4*time.Minute), h.next())
	out.say(0, binary.BigEndian.AppendUint32([]byte{22, 3, 1}, 0))
	for range 1500 {
		out.say(0, make([]byte, segment))
		out.now = out.now.Add(100 * time.Millisecond)
	}
	return merge(desk.hangUp(), out.hangUp())
}

// roam gives a device one of the addresses of its unit that are kept for what
// comes by. As with a server of leases nobody else has it: where none is free,
// who held one goes back to its own.
func (h *Hospital) roam(d *Device) netip.Addr {
	if h.guests == nil {
		h.guests = map[netip.Addr]*Device{}
	}
	maps.DeleteFunc(h.guests, func(at netip.Addr, g *Device) bool { return g == d || g.IP != at })
	var at netip.Addr
	first := h.next()
	for n := range uint32(roamers) {
		at = netip.AddrFrom4([4]byte{10, d.net(), byte(10 + 4*d.unit + 3), byte(roaming + (first+n)%roamers)})
		if h.guests[at] == nil {
			break
		}
	}
	if g := h.guests[at]; g != nil {
		g.IP = g.addressOn(0)
	}
	h.guests[at] = d
	return at
}

// links lead to the pages of a device, once the product knows it as it is now.
func (t Target) links(ctx context.Context, d *Device, names ...string) ([]api.DemoLink, error) {
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := t.call(ctx, http.MethodGet, "/api/v1/devices?filter="+url.QueryEscape("mac:"+d.MAC.String()), nil, &page); err != nil {
		return nil, err
	}
	links := []api.DemoLink{}
	for _, name := range names {
		if len(page.Items) == 0 {
			break
		}
		href := "/devices/" + page.Items[0].ID
		switch name {
		case "reconciliation":
			href = "/reconciliation?tab=differs&filter=" + url.QueryEscape("field:location name:"+strings.ToLower(d.Hostname))
		case "device":
		case "behaviour":
			href += "?tab=behaviour"
		default:
			href += "?tab=" + name
		}
		links = append(links, api.DemoLink{Name: name, Href: href})
	}
	return links, nil
}

// fill puts facts into a sentence.
func fill(text string, facts map[string]string) string {
	for name, v := range facts {
		text = strings.ReplaceAll(text, "{"+name+"}", v)
	}
	return text
}
