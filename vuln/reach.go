package vuln

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/traffic"
)

// A Talk is who opened conversations to which service, as recorded.
type Talk struct {
	Site      string
	Client    netip.Addr
	Server    netip.Addr
	ServerMAC string
	Transport string
	Port      uint16
	Protocol  string
	Encrypted bool
	Packets   uint64
	Bytes     uint64
	First     time.Time
	Last      time.Time
}

// Window is how far back conversations say what reaches a device.
const Window = 30 * 24 * time.Hour

// An Inbound is one peer that reached one service of one device.
type Inbound struct {
	Device     string    `json:"device"`
	DeviceName string    `json:"deviceName"`
	Unit       string    `json:"unit"` // where the device stands
	Address    string    `json:"address"`
	Peer       string    `json:"peer"` // address
	PeerDevice string    `json:"peerDevice,omitempty"`
	PeerName   string    `json:"peerName,omitempty"`
	Zone       string    `json:"zone"`    // where the peer stands: a unit, else its network
	Outside    bool      `json:"outside"` // an address of the public network
	Same       bool      `json:"same"`    // it stands where the device stands
	Transport  string    `json:"transport"`
	Port       uint16    `json:"port"`
	Protocol   string    `json:"protocol"`
	Encrypted  bool      `json:"encrypted"`
	Packets    uint64    `json:"packets"`
	Bytes      uint64    `json:"bytes"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
}

// Reached says how exposed a device is on the network, as SSVC's System
// Exposure, from what was recorded.
type Reached struct {
	Level   string `json:"level"` // small, controlled, open
	Why     string `json:"why"`
	Assumed bool   `json:"assumed"` // nothing of the device was recorded
	Peers   int    `json:"peers"`

	level int
}

// reachBook holds the conversations of the window by the service that was
// reached. Devices are joined when it is read, so that a device that is
// identified later is served too.
type reachBook struct {
	to    map[netip.Addr]map[talkKey]*Talk
	heard map[netip.Addr]time.Time // when an address last took part
	byMAC map[string]map[netip.Addr]bool
	until time.Time // the last conversation that is known
	turn  int       // grows with each change
}

type talkKey struct {
	client    netip.Addr
	serverMAC string
	transport string
	port      uint16
}

func newReachBook() *reachBook {
	return &reachBook{to: map[netip.Addr]map[talkKey]*Talk{}, heard: map[netip.Addr]time.Time{}, byMAC: map[string]map[netip.Addr]bool{}}
}

// take adds what was recorded to what is known of the same peer and service.
func (r *reachBook) take(t Talk) {
	byKey := r.to[t.Server]
	if byKey == nil {
		byKey = map[talkKey]*Talk{}
		r.to[t.Server] = byKey
	}
	k := talkKey{t.Client, t.ServerMAC, t.Transport, t.Port}
	if old := byKey[k]; old == nil {
		byKey[k] = &t
	} else {
		old.add(t)
	}
	for _, a := range []netip.Addr{t.Client, t.Server} {
		if t.Last.After(r.heard[a]) {
			r.heard[a] = t.Last
		}
	}
	if t.ServerMAC != "" {
		if r.byMAC[t.ServerMAC] == nil {
			r.byMAC[t.ServerMAC] = map[netip.Addr]bool{}
		}
		r.byMAC[t.ServerMAC][t.Server] = true
	}
	if t.Last.After(r.until) {
		r.until = t.Last
	}
}

func (t *Talk) add(o Talk) {
	t.Packets, t.Bytes, t.Encrypted, t.Protocol = t.Packets+o.Packets, t.Bytes+o.Bytes, t.Encrypted || o.Encrypted, cmp.Or(o.Protocol, t.Protocol)
	if o.First.Before(t.First) {
		t.First = o.First
	}
	if o.Last.After(t.Last) {
		t.Last = o.Last
	}
}

// forget drops what is older than the window.
func (r *reachBook) forget(before time.Time) (some bool) {
	for server, byKey := range r.to {
		for k, t := range byKey {
			if t.Last.Before(before) {
				delete(byKey, k)
				some = true
			}
		}
		if len(byKey) == 0 {
			delete(r.to, server)
		}
	}
	for a, last := range r.heard {
		if last.Before(before) {
			delete(r.heard, a)
		}
	}
	return some
}

// Heard takes conversations as they are recorded. They move exposures at once,
// and turn against controls.
func (b *Board) Heard(ctx context.Context, conversations []traffic.Conversation) {
	if b.ensure(ctx) != nil {
		return // they are in the store; the next question builds the board with them
	}
	oldest := b.Clock.Now().Add(-Window)
	b.mu.Lock()
	for _, c := range conversations {
		if last := c.Minute.Add(time.Minute); !last.Before(oldest) {
			b.reach.take(Talk{Site: c.Site, Client: c.Client, Server: c.Server, ServerMAC: string(c.ServerMAC), Transport: c.Transport, Port: c.Port, Protocol: c.Protocol,
				Encrypted: c.Encrypted, Packets: c.Packets, Bytes: c.BytesUp + c.BytesDown, First: c.Minute, Last: last})
		}
	}
	b.reach.turn++
	b.judgeControls(b.Clock.Now())
	b.mu.Unlock()
	b.tell(ctx)
}

// Reconsider forgets conversations that are too old to say anything, opens
// again what was decided until a day that has come, and judges every control.
func (b *Board) Reconsider(ctx context.Context) {
	if b.ensure(ctx) != nil {
		return
	}
	now := b.Clock.Now()
	b.mu.Lock()
	if b.reach.forget(now.Add(-Window)) {
		b.reach.turn++
	}
	b.judgeControls(now)
	b.reconsider(func(f *Finding) bool { return f.Decision != nil && f.Decision.over(now) })
	b.mu.Unlock()
	b.tell(ctx)
}

// talksTo returns the recorded conversations to the services of a device: by
// its addresses, and by its hardware addresses where the address in the packet
// is no other device's.
func (b *Board) talksTo(d *deviceState) []*Talk {
	var out []*Talk
	add := func(server netip.Addr, mac string) {
		for k, t := range b.reach.to[server] {
			if mac == "" || k.serverMAC == mac {
				out = append(out, t)
			}
		}
	}
	for _, a := range d.device.Addresses {
		add(a, "")
	}
	for _, m := range d.device.MACs {
		for server := range b.reach.byMAC[string(m)] {
			if owner, known := b.byAddress[server]; !slices.Contains(d.device.Addresses, server) && (!known || owner == d.device.ID) {
				add(server, string(m))
			}
		}
	}
	return out
}

// watched says when a device last took part in anything that was recorded.
func (b *Board) watched(d *deviceState) (last time.Time) {
	for _, a := range d.device.Addresses {
		if t := b.reach.heard[a]; t.After(last) {
			last = t
		}
	}
	return last
}

// inboundOf is a talk with the names of its ends.
func (b *Board) inboundOf(d *deviceState, t *Talk, in bedrail.Scope) Inbound {
	i := Inbound{Device: d.device.ID, DeviceName: nameOf(d.device), Unit: d.device.Location.Unit, Address: t.Server.String(), Peer: t.Client.String(),
		Outside: outside(t.Client), Transport: t.Transport, Port: t.Port, Protocol: t.Protocol, Encrypted: t.Encrypted, Packets: t.Packets, Bytes: t.Bytes,
		First: t.First, Last: t.Last}
	i.Zone = networkOf(t.Client)
	peer := b.devices[b.byAddress[t.Client]]
	if peer != nil {
		l := peer.device.Location
		if l.Unit != "" {
			i.Zone = l.Unit
		}
		i.Same = l.Unit != "" && l.Unit == d.device.Location.Unit && l.Site == d.device.Location.Site
		if in.Admits(l.Site, l.Unit) {
			i.PeerDevice, i.PeerName = peer.device.ID, nameOf(peer.device)
		}
	}
	if !i.Same && (peer == nil || peer.device.Location.Unit == "") && i.Zone == networkOf(t.Server) {
		i.Same = true // no unit is known; one network is
	}
	return i
}

// outside reports whether an address belongs to the public network.
func outside(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10) // RFC 6598
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLinkLocalUnicast() && !shared.Contains(a)
}

// networkOf names the network of an address where no unit is known.
func networkOf(a netip.Addr) string {
	a = a.Unmap()
	if outside(a) {
		return "internet"
	}
	bits := 24
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return a.String()
	}
	return p.String()
}

// A Service is a port that a weakness is reached through. The zero Port is
// every port.
type Service struct {
	Transport string `json:"transport"` // tcp, udp; empty is every one
	Port      uint16 `json:"port"`
}

func (s Service) holds(t *Talk) bool {
	return (s.Transport == "" || s.Transport == t.Transport) && (s.Port == 0 || s.Port == t.Port)
}

func (s Service) String() string {
	if s.Port == 0 {
		return cmp.Or(s.Transport, "every service")
	}
	return fmt.Sprintf("%s/%d", cmp.Or(s.Transport, "any"), s.Port)
}

// through reports whether a talk goes through one of the services; none named
// means every one.
func through(services []Service, t *Talk) bool {
	return len(services) == 0 || slices.ContainsFunc(services, func(s Service) bool { return s.holds(t) })
}

// reachedAt judges how exposed a device is through some services.
func (b *Board) reachedAt(d *deviceState, services []Service) Reached {
	peers := map[netip.Addr]bool{}
	zones := map[string]bool{}
	level := 0
	for _, t := range b.talksTo(d) {
		if !through(services, t) {
			continue
		}
		i := b.inboundOf(d, t, bedrail.Scope{})
		peers[t.Client] = true
		if i.Outside {
			level = 2
		}
		if !i.Same {
			level = max(level, 1)
			zones[i.Zone] = true
		}
	}
	r := Reached{level: level, Peers: len(peers)}
	switch {
	case level == 2:
		r.Why = "it was reached from a public address"
	case level == 1:
		r.Why = fmt.Sprintf("%d peers in %s reached it", len(peers), joinFew(zones))
	case len(peers) > 0:
		r.Why = fmt.Sprintf("only %d peers where it stands reached it", len(peers))
	case !b.watched(d).IsZero():
		r.Why = "conversations of it were recorded, and none reached it"
	default:
		r.level, r.Why, r.Assumed = 2, "no conversation of it was recorded; that it is open is assumed", true
	}
	r.Level = exposures[r.level]
	return r
}

// joinFew names some of a set.
func joinFew(set map[string]bool) string {
	names := make([]string, 0, len(set))
	for n := range set {
		names = append(names, n)
	}
	slices.Sort(names)
	if len(names) > 4 {
		return strings.Join(names[:4], ", ") + fmt.Sprintf(" and %d more", len(names)-4)
	}
	return strings.Join(names, ", ")
}

// reachedFor judges a device for one finding: through the services that the
// weakness is in, no wider than its vector allows, and small where a control
// that recorded conversations prove holds it.
func (b *Board) reachedFor(s *findingState, d *deviceState) Reached {
	services := servicesOf(&s.finding)
	var r Reached
	if len(services) == 0 {
		known := d.reached.Load()
		if known == nil || known.turn != b.reach.turn {
			known = &reachedThen{b.reachedAt(d, nil), b.reach.turn}
			d.reached.Store(known)
		}
		r = known.Reached
	} else {
		r = b.reachedAt(d, services)
	}
	if most, word := widest(s.finding.Vector); r.level > most {
		r.level, r.Level, r.Why, r.Assumed = most, exposures[most], "the vector asks for "+word+"; "+r.Why, false
	}
	if c := b.holding(s, d); c != nil && r.level > 0 {
		r.level, r.Level, r.Assumed = 0, exposures[0], false
		r.Why = fmt.Sprintf("a control holds it (%s), proven by %d days of recorded conversations", cmp.Or(c.Note, c.ID), c.Days)
	}
	return r
}

// reachedThen is how exposed a device was at some turn of the book.
type reachedThen struct {
	Reached
	turn int
}

// widest is the widest exposure that the vector of a weakness allows.
func widest(vector string) (level int, word string) {
	switch metrics(vector)["AV"] {
	case "P":
		return 0, "a hand on the device"
	case "L":
		return 1, "access to the device itself"
	case "A":
		return 1, "a place in the same network"
	}
	return 2, ""
}

// wellKnown says through which services a component of a name is reached. The
// ports are those that IANA lists for it.
var wellKnown = []struct {
	word     string
	services []Service
}{
	{"openssh", []Service{{"tcp", 22}}}, {"dropbear", []Service{{"tcp", 22}}}, {"libssh", []Service{{"tcp", 22}}}, {"telnet", []Service{{"tcp", 23}}},
	{"vsftpd", []Service{{"tcp", 21}}}, {"proftpd", []Service{{"tcp", 21}}}, {"samba", []Service{{"tcp", 139}, {"tcp", 445}}}, {"smbv1", []Service{{"tcp", 139}, {"tcp", 445}}},
	{"remote desktop", []Service{{"tcp", 3389}, {"udp", 3389}}}, {"net-snmp", []Service{{"udp", 161}, {"udp", 162}}}, {"dnsmasq", []Service{{"udp", 53}, {"tcp", 53}, {"udp", 67}}},
	{"vnc", []Service{{"tcp", 5800}, {"tcp", 5900}}}, {"dcmtk", []Service{{"tcp", 104}, {"tcp", 11112}, {"tcp", 2762}}}, {"orthanc", []Service{{"tcp", 4242}, {"tcp", 8042}}},
	{"mosquitto", []Service{{"tcp", 1883}, {"tcp", 8883}}}, {"ntpd", []Service{{"udp", 123}}}, {"chrony", []Service{{"udp", 123}}},
	{"sql server", []Service{{"tcp", 1433}, {"udp", 1434}}}, {"mysql", []Service{{"tcp", 3306}}}, {"postgresql", []Service{{"tcp", 5432}}},
}

// servicesOf returns through which services the weakness is reached, where the
// name of its component tells; else none, which means any.
func servicesOf(f *Finding) []Service {
	name := strings.ToLower(f.Component.Name)
	if name == "" {
		return nil
	}
	for _, w := range wellKnown {
		if strings.Contains(name, w.word) {
			return w.services
		}
	}
	return nil
}
