package traffic

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// Options say what an Engine is to do with what it finds.
type Options struct {
	Site, Sensor string
	// Observe and Converse are called for each result, in an order that
	// depends only on the frames. Either may be nil.
	Observe  func(Observation)
	Converse func(Conversation)
	// Dissectors are those of Protocols when nil.
	Dissectors []Dissector
	// MaxFlows bounds the conversations that are followed at once; 0 is
	// 200,000, which is some 50 MiB.
	MaxFlows int
	// Overhear is asked for each stream that was recognised who else listens
	// to it; nil, or a nil Listener, is nobody. It changes nothing of what is
	// discovered.
	Overhear func(Side) Listener
}

// Stats count what an Engine has seen since it was made.
type Stats struct {
	Packets, Bytes uint64
	Conversations  uint64 // deltas handed on
	Observations   uint64
	Flows          uint64 // ever begun
	Evicted        uint64 // flows and fragments given up for want of memory
	Unfollowed     uint64 // streams that were not followed for want of memory
	Truncated      uint64 // packets cut by the capture
	Malformed      uint64
	Gaps           uint64 // holes in followed streams
	Unheard        uint64 // streams that were not listened to further for want of memory
	Faults         uint64 // parsers that failed: bugs of ours, counted
}

// An Engine turns frames into observations and conversations. It keeps
// capture time, never looks at the machine's clock, and gives the same output
// for the same frames, however they are batched. It is not safe for use by
// several goroutines.
type Engine struct {
	o        Options
	sniffers []Dissector
	all      []Dissector
	number   map[string]uint8 // of a dissector in all, + 1
	udp      []uint8          // port to group, 0 is none
	groups   [][]int
	ether    map[uint64][]int

	at        place
	minute    int64 // nanoseconds; the minute that is being counted
	begun     bool
	flows     *flows
	frags     fragments
	hosts     hosts
	said      repeats
	active    []uint32
	tally     tally
	tcps      tcps
	streams   int
	ahead     int // bytes of segments before their turn
	kept      int // bytes of unfinished messages in parsers
	overheard int // and in listeners
	stats     Stats
	covered   Coverage
	vlans     [1 << 12]uint32 // packets since the last coverage
	d         decoded
	p         Packet
	// Made once: a method taken as a function costs an allocation each time.
	emitted  func(Observation)
	onceOnly func(uint64) bool
}

// How long a silent flow is remembered. Devices keep their connections open
// for hours between messages; datagrams are soon over.
const (
	idleTCP   = int64(2 * time.Hour)
	idleOther = int64(2 * time.Minute)
	minute    = int64(time.Minute)
	// A capture whose clock falls back further than this begins a new time;
	// less is the disorder of several interfaces.
	backward = int64(5 * time.Minute)
)

// NewEngine returns an Engine that has seen nothing.
func NewEngine(o Options) *Engine {
	if o.MaxFlows == 0 {
		o.MaxFlows = 200_000
	}
	if o.Dissectors == nil {
		o.Dissectors = Protocols()
	}
	var seed [8]byte
	rand.Read(seed[:]) // only so that nobody can choose addresses that collide; no output depends on it
	e := &Engine{
		o: o, all: o.Dissectors, flows: newFlows(o.MaxFlows, binary.LittleEndian.Uint64(seed[:])),
		number: map[string]uint8{}, udp: make([]uint8, 1<<16), groups: make([][]int, 1), ether: map[uint64][]int{},
	}
	e.emitted, e.onceOnly = e.emit, e.once
	for i, d := range e.all {
		e.register(i, d)
	}
	return e
}

func (e *Engine) register(i int, d Dissector) {
	e.number[d.Name] = uint8(i + 1)
	if d.Sniff != nil {
		e.sniffers = append(e.sniffers, d)
	}
	if d.Dissect == nil {
		return
	}
	for _, t := range d.EtherTypes {
		e.ether[t] = append(e.ether[t], i)
	}
	for _, port := range d.Ports {
		g := e.groups[e.udp[port]]
		e.groups = append(e.groups, append(g[:len(g):len(g)], i))
		e.udp[port] = uint8(len(e.groups) - 1)
	}
}

// Begin starts a capture: packets count from 1 and carry its name. What was
// still open of the capture before is handed on first.
func (e *Engine) Begin(capture string) {
	e.End()
	e.at = place{capture: capture}
}

// Frame takes the next frame of the capture.
func (e *Engine) Frame(f *Frame) {
	e.at.packet++
	e.at.nanos = f.Nanos
	e.clock(f.Nanos)
	e.stats.Packets++
	e.stats.Bytes += uint64(f.Length)
	d := &e.d
	if !e.decode(f, d) {
		e.stats.Malformed++
	}
	if d.truncated {
		e.stats.Truncated++
	}
	e.vlans[d.vlan&(1<<12-1)]++
	switch {
	case d.ip:
		e.packet(d, f.Length)
	case d.etherType != 0:
		e.linkLayer(d)
	}
}

// clock turns the minute when capture time has passed its end.
func (e *Engine) clock(nanos int64) {
	now := nanos - nanos%minute
	switch {
	case !e.begun: // first, since a capture may begin in the minute in which the last one ended
		e.begun, e.minute = true, now
		if e.covered.From.IsZero() {
			e.covered.From = time.Unix(0, nanos).UTC()
		}
	case now == e.minute:
	case now > e.minute || now < e.minute-backward:
		e.closeMinute(now)
	}
}

// Flush hands on what was counted before now, as if a frame of that time had
// come. A live capture calls it while the network is silent.
func (e *Engine) Flush(now time.Time) {
	if e.begun && now.UnixNano()/minute*minute > e.minute {
		e.clock(now.UnixNano())
	}
}

// End hands on everything and forgets all conversations, as at the end of a
// capture.
func (e *Engine) End() {
	if e.begun {
		for n := range e.flows.slab {
			if f := &e.flows.slab[n]; f.used && f.t != 0 {
				e.finish(f)
			}
		}
		e.converse()
		e.said.forget()
	}
	e.flows.reset()
	e.frags.slots = nil
	e.hosts.reset()
	e.tcps = tcps{}
	e.begun, e.streams, e.ahead, e.kept, e.overheard = false, 0, 0, 0, 0
}

// closeMinute ends the minute that was counted and begins that of now.
func (e *Engine) closeMinute(now int64) {
	e.converse()
	e.said.forget()
	if e.hosts.full() {
		e.hosts.reset()
		for n := range e.flows.slab {
			e.flows.slab[n].mac, e.flows.slab[n].host = [2]uint64{}, [2]int32{noHost, noHost}
		}
	}
	e.sweep(now)
	e.minute = now
}

// sweep forgets flows that were silent for long, and gives streams whose
// opening was not seen another chance to be recognised.
func (e *Engine) sweep(now int64) {
	for n := range e.flows.slab {
		f := &e.flows.slab[n]
		if !f.used {
			continue
		}
		idle := idleOther
		if f.key.proto() == protoTCP && !(f.quiet && f.closed[0] && f.closed[1]) {
			idle = idleTCP
		}
		if now-f.last > idle || f.last-now > backward {
			if f.t != 0 {
				e.finish(f)
			}
			e.flows.remove(uint32(n))
			continue
		}
		if f.quiet && !f.sawSYN && f.proto == 0 {
			f.quiet, f.tries, f.have = false, [2]int8{}, [2]bool{}
		}
	}
}

// packet takes an IP packet: it counts for its conversation, and its payload
// goes to whoever reads it.
func (e *Engine) packet(d *decoded, length int) {
	key, side := keyOf(d)
	n, fresh := e.flows.find(&key, e.evicting)
	f := &e.flows.slab[n]
	if fresh {
		e.stats.Flows++
		f.guess(d, side)
	}
	f.last = e.at.nanos
	if !f.active {
		f.active = true
		e.active = append(e.active, n)
	}
	f.packets++
	f.bytes[side] += uint64(length)
	if mac := d.srcMAC; mac != 0 && f.mac[side] != mac {
		f.mac[side], f.host[side] = mac, e.hosts.find(mac)
		f.told[side] = false
	}
	if !f.told[side] {
		f.told[side] = true
		if f.mac[1-side] == 0 && d.dstMAC>>40&1 == 0 {
			f.host[1-side] = e.hosts.find(d.dstMAC) // who answers may be out of our sight
		}
		e.presence(f, side, d)
	}
	if fresh {
		e.egress(f, side, d)
	}
	if !d.transport {
		e.control(f, side, d)
		return
	}
	if d.proto == protoTCP {
		e.segment(f, side, d)
		return
	}
	if len(d.payload) > 0 {
		e.datagram(f, side, d)
	}
}

// guess decides who is the client where the opening of the conversation is
// not seen.
func (f *flow) guess(d *decoded, side int) {
	f.client = uint8(side)
	switch {
	case d.proto == protoTCP && d.flags&(flagSYN|flagACK) == flagSYN:
		f.known = true
	case d.proto == protoTCP && d.flags&flagSYN != 0:
		f.known, f.client = true, uint8(1-side)
	case d.dst.shared():
		f.known = true
	case serves(d.sport, d.dport):
		f.client = uint8(1 - side)
	}
}

// serves reports whether a port is likelier a server's than the other: a
// well-known one, or one that medical equipment listens on, or the smaller by
// far.
func serves(port, other uint16) bool {
	a, b := rank(port), rank(other)
	if a != b {
		return a > b
	}
	return a == 0 && port < 32768 && other >= 32768
}

func rank(port uint16) int {
	switch port {
	case 68, 1883, 2575, 2761, 2762, 3389, 3702, 4242, 5060, 5353, 5355, 8042, 8080, 8443, 8883, 11112, 24105, 47808:
		return 2
	case 0:
		return 0
	}
	if port < 1024 {
		return 3
	}
	return 0
}

// presence says that the sender exists, once a minute.
func (e *Engine) presence(f *flow, side int, d *decoded) {
	ip := f.key.ip(side)
	if ip.shared() {
		return
	}
	router, way := false, Way("")
	if i := f.host[side]; i != noHost {
		router, way = e.hosts.list[i].sent(ip, d.hops, d.dst.shared())
	} else if d.srcMAC == 0 && !ip.local() {
		return // nothing ties a distant address to this network
	}
	f.router[side] = router
	o := Observation{Protocol: "ip", MAC: e.hosts.text(f.host[side]), MACAt: d.macAt, VLAN: f.key.vlan(), Router: router}
	if !router {
		o.IP, o.Way = ip.netip(), way
		if !e.said.once(ip.hi ^ ip.lo*0x9e3779b97f4a7c15 ^ f.mac[side]<<16 ^ uint64(o.VLAN)) {
			return
		}
	} else {
		if o.MAC == "" || !e.hosts.list[f.host[side]].router || !e.said.once(^f.mac[side]^uint64(o.VLAN)<<48) {
			return
		}
		o.Roles = []string{"router"}
	}
	emitAt(e.at, o, nil, e.emitted)
}

func (e *Engine) endpoint(f *flow, side int) Endpoint {
	return Endpoint{MAC: e.hosts.text(f.host[side]), IP: f.key.ip(side).netip(), Port: f.key.port(side), Router: f.router[side]}
}

// datagram gives a UDP payload to the dissectors of its ports.
func (e *Engine) datagram(f *flow, side int, d *decoded) {
	group := e.udp[d.dport]
	if group == 0 {
		if group = e.udp[d.sport]; group == 0 {
			return
		}
	}
	e.p = Packet{
		Src: e.endpoint(f, side), Dst: e.endpoint(f, 1-side), VLAN: d.vlan, EtherType: d.etherType,
		Payload: d.payload, Offset: d.offset, macAt: d.macAt, Truncated: d.truncated,
	}
	e.dissect(e.groups[group], f)
}

// control gives a message of neighbour discovery to its dissectors: one that a
// router has passed on is none (RFC 4861 7.1).
func (e *Engine) control(f *flow, side int, d *decoded) {
	if d.proto != protoICMPv6 || d.hops != 255 || len(d.payload) == 0 {
		return
	}
	if list := e.ether[ipProtocol|uint64(d.proto)]; len(list) > 0 {
		e.p = Packet{
			Src: e.endpoint(f, side), Dst: e.endpoint(f, 1-side), VLAN: d.vlan, EtherType: d.etherType,
			Payload: d.payload, Offset: d.offset, macAt: d.macAt, Truncated: d.truncated,
		}
		e.dissect(list, f)
	}
}

// linkLayer gives a frame without IP to the dissectors of its EtherType.
func (e *Engine) linkLayer(d *decoded) {
	list := e.ether[d.etherType]
	if len(list) == 0 || len(d.payload) == 0 {
		return
	}
	e.p = Packet{
		Src: Endpoint{MAC: e.hosts.text(e.hosts.find(d.srcMAC))}, VLAN: d.vlan, EtherType: d.etherType,
		Payload: d.payload, Offset: d.offset, macAt: d.macAt, Truncated: d.truncated,
	}
	e.dissect(list, nil)
}

func (e *Engine) dissect(list []int, f *flow) {
	p := &e.p
	p.at, p.emit, p.once, p.hosts = e.at, e.emitted, e.onceOnly, &e.hosts
	defer func() {
		if recover() != nil {
			e.stats.Faults++
		}
	}()
	for _, i := range list {
		p.name = e.all[i].Name
		if f != nil && f.proto == 0 {
			f.proto = uint8(i + 1)
		}
		e.all[i].Dissect(p)
	}
}

func (e *Engine) once(key uint64) bool { return e.said.once(key) }

func (e *Engine) emit(o Observation) {
	e.observe(o)
	e.posture(&o)
}

func (e *Engine) observe(o Observation) {
	o.Site, o.Sensor = e.o.Site, e.o.Sensor
	e.stats.Observations++
	if e.o.Observe != nil {
		e.o.Observe(o)
	}
}

// Stats returns what was counted since the Engine was made.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Evicted = e.flows.evicted + e.frags.evicted
	return s
}

// Open returns how many flows are remembered and how many streams followed.
func (e *Engine) Open() (flows, streams int) { return e.flows.used, e.streams }

// Coverage returns what was seen and missed since it was last called. dropped
// is what the source counts of packets that never reached the Engine, since
// the same moment.
func (e *Engine) Coverage(dropped uint64) Coverage {
	s, since := e.Stats(), e.covered
	c := Coverage{
		From: since.From, Until: time.Unix(0, e.at.nanos).UTC(),
		Packets: s.Packets - since.Packets, Bytes: s.Bytes - since.Bytes, Dropped: dropped,
		Evicted: s.Evicted + s.Unfollowed - since.Evicted, Truncated: s.Truncated - since.Truncated, Malformed: s.Malformed - since.Malformed,
	}
	e.covered = Coverage{
		From: c.Until, Packets: s.Packets, Bytes: s.Bytes,
		Evicted: s.Evicted + s.Unfollowed, Truncated: s.Truncated, Malformed: s.Malformed,
	}
	for id, n := range e.vlans {
		if n > 0 {
			c.VLANs = append(c.VLANs, VLANSeen{uint16(id), uint64(n)})
		}
	}
	clear(e.vlans[:])
	return c
}
