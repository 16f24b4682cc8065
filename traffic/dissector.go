package traffic

import (
	"net/netip"
	"time"
)

// A Dissector reads one protocol. It is one file with one shape, and has one
// line in protocols.go.
//
// A protocol over TCP fills Sniff and New; one that fits single packets fills
// Dissect and the places where its packets are found. A protocol that has both
// (DNS, for example) fills both.
type Dissector struct {
	Name string // the protocol's word in observations and conversations: "hl7v2", "dicom"

	// Sniff says whether a TCP stream that begins with first is this protocol.
	// Content decides; port is the server's and may only break a tie, because
	// medical ports are local habit. first holds at least one byte and at most
	// what one segment carried; a stream whose beginning is shorter than eight
	// bytes and which nobody recognised is asked about again when more came.
	Sniff func(first []byte, port uint16) bool
	// New returns a Parser for one stream that Sniff recognised.
	New func() Parser

	// Dissect reads one packet. It is called for UDP when either port is one
	// of Ports, and for frames whose EtherType (or, for LLC/SNAP frames, the
	// SNAP protocol id with its OUI in front) is one of EtherTypes, where
	// ipProtocol plus a number stands for an IP protocol without ports.
	Dissect    func(p *Packet)
	Ports      []uint16
	EtherTypes []uint64
}

// A Direction is one of the two ways of a stream.
type Direction uint8

// The directions. The client is who opened the connection or, where the
// opening was not seen, who is likelier to have done so.
const (
	ToServer Direction = iota
	ToClient
)

// Other returns the opposite direction.
func (d Direction) Other() Direction { return 1 - d }

// A Parser follows one TCP stream. Its memory is bounded whatever it is fed:
// it copies what it must keep (data belongs to the caller and changes after
// the call), skips by counting what it does not need, and caps the rest. It
// never panics, whatever the bytes.
type Parser interface {
	// Feed takes the next bytes of one direction, in order and without
	// repetition, in pieces of any size. The same bytes in other pieces give
	// the same observations but for the packet numbers.
	Feed(s *Stream, dir Direction, data []byte)
	// Gap says that n bytes of dir were lost before the next Feed of it. The
	// parser finds its feet again (by skipping n bytes of a body whose length
	// it knows, or at the next start of a message) or calls s.Leave.
	Gap(s *Stream, dir Direction, n int)
}

// A Holder is a Parser that can say how many bytes it keeps of unfinished
// messages. The engine gives up its stream when all of them together keep too
// much. A Parser that never keeps more than a few hundred bytes need not be
// one.
type Holder interface {
	Held() int
}

// An Endpoint is one side of a stream or packet as the wire shows it.
type Endpoint struct {
	MAC  MAC // empty when the link has none
	IP   netip.Addr
	Port uint16
	// Router is true when MAC belongs to a router on the way, so that it says
	// nothing about IP.
	Router bool
}

// A Stream is a TCP connection as a Parser sees it.
type Stream struct {
	Client, Server Endpoint
	VLAN           uint16

	name      string // of the dissector
	at        place
	left      bool
	encrypted bool
	emit      func(Observation)
	once      func(key uint64) bool
}

// place is where in the capture the engine stands.
type place struct {
	capture string
	packet  uint64
	nanos   int64
}

// NewStream returns a Stream for tests of a parser outside the engine.
// Observations go to emit, in order.
func NewStream(protocol string, client, server Endpoint, emit func(Observation)) *Stream {
	return &Stream{Client: client, Server: server, name: protocol, emit: emit}
}

// Sender returns the side that sends in dir.
func (s *Stream) Sender(dir Direction) Endpoint {
	if dir == ToServer {
		return s.Client
	}
	return s.Server
}

// Packet returns the number of the packet that is being fed; 1 is the first
// of the capture.
func (s *Stream) Packet() uint64 { return s.at.packet }

// Time returns the capture time of the packet that is being fed.
func (s *Stream) Time() time.Time { return time.Unix(0, s.at.nanos).UTC() }

// Emit hands on what was learned about the sender of dir. It fills in where
// and when (the packet being fed, unless o names another), whose (MAC, IP,
// VLAN, Router) and the protocol, where o leaves them empty. An observation
// that says what was said within the same minute is dropped.
func (s *Stream) Emit(dir Direction, o Observation) {
	from := s.Sender(dir)
	if o.MAC == "" && !o.IP.IsValid() {
		o.MAC, o.IP, o.Router = from.MAC, from.IP, o.Router || from.Router
	}
	if o.Protocol == "" {
		o.Protocol = s.name
	}
	if o.VLAN == 0 {
		o.VLAN = s.VLAN
	}
	emitAt(s.at, o, s.once, s.emit)
}

// EmitEach is Emit, but never drops what was said before: for what is counted.
func (s *Stream) EmitEach(dir Direction, o Observation) {
	once := s.once
	s.once = nil
	s.Emit(dir, o)
	s.once = once
}

// Repeats is Packet.Repeats for streams.
func (s *Stream) Repeats(key uint64) bool { return s.once != nil && !s.once(key) }

// Leave says that nothing more is to be learned from the stream: from now on
// only its packets and bytes are counted. The Parser is not called again.
func (s *Stream) Leave() { s.left = true }

// Left reports whether Leave was called.
func (s *Stream) Left() bool { return s.left }

// Encrypt says that the stream's content is encrypted from here on, which its
// conversation then shows.
func (s *Stream) Encrypt() { s.encrypted = true }

// A Packet is one datagram or link-layer frame as a Dissect function sees it.
// It and its Payload are valid during the call only.
type Packet struct {
	Src, Dst  Endpoint // ports are 0 where there are none
	VLAN      uint16
	EtherType uint64
	Payload   []byte // what the transport carries or, for link-layer protocols, what follows the EtherType
	Offset    int    // of Payload in the frame
	Truncated bool   // the capture cut the packet short
	macAt     int    // of Src.MAC in the frame

	name  string
	at    place
	emit  func(Observation)
	once  func(key uint64) bool
	hosts *hosts
}

// NewPacket returns a Packet for tests of a dissector outside the engine.
func NewPacket(protocol string, src, dst Endpoint, payload []byte, emit func(Observation)) *Packet {
	return &Packet{Src: src, Dst: dst, Payload: payload, name: protocol, emit: emit}
}

// Time returns the packet's capture time.
func (p *Packet) Time() time.Time { return time.Unix(0, p.at.nanos).UTC() }

// Emit hands on what was learned about the packet's sender. It fills in what
// o leaves empty, as Stream.Emit does.
func (p *Packet) Emit(o Observation) {
	if o.MAC == "" && !o.IP.IsValid() {
		o.MAC, o.MACAt, o.IP, o.Router = p.Src.MAC, p.macAt, p.Src.IP, o.Router || p.Src.Router
	}
	if o.Protocol == "" {
		o.Protocol = p.name
	}
	if o.VLAN == 0 {
		o.VLAN = p.VLAN
	}
	emitAt(p.at, o, p.once, p.emit)
}

// Repeats reports whether the same key was given within this minute of
// capture time. A dissector of chatty packets asks it with a Hash of what
// matters before it builds an observation.
func (p *Packet) Repeats(key uint64) bool { return p.once != nil && !p.once(key) }

func emitAt(at place, o Observation, once func(uint64) bool, emit func(Observation)) {
	if once != nil && !once(fingerprint(&o)) {
		return
	}
	if o.MAC == "" {
		o.MACAt = 0
	}
	if o.Capture == "" {
		o.Capture = at.capture
	}
	if o.Packet == 0 {
		o.Packet = at.packet
	}
	if o.Time.IsZero() {
		o.Time = time.Unix(0, at.nanos).UTC()
	}
	emit(o)
}

// Hash folds parts into seed. It is fast, not cryptographic, and used only to
// recognise repetition.
func Hash[T ~string | ~[]byte](seed uint64, parts ...T) uint64 {
	h := seed ^ 0x9e3779b97f4a7c15
	for _, p := range parts {
		for i := 0; i < len(p); i++ {
			h = (h ^ uint64(p[i])) * 0x100000001b3
		}
		h = (h ^ 0xff) * 0x100000001b3
	}
	return h
}

// fingerprint is equal for observations that say the same of the same sender.
func fingerprint(o *Observation) uint64 {
	ip := o.IP.As16()
	h := Hash(uint64(o.VLAN), ip[:])
	h = Hash(h, string(o.MAC), o.Protocol)
	h = Hash(h, o.Roles...)
	for i := range o.Claims {
		c := &o.Claims[i]
		h = Hash(h, string(c.Attribute), c.Value, c.Source, c.Field)
	}
	if l := o.Lease; l != nil {
		leased := l.IP.As16()
		h = Hash(h, leased[:])
		h = Hash(h^uint64(l.Until.Unix()), string(l.MAC))
	}
	if o.Use != "" {
		h = Hash(h, string(o.Use))
	}
	if o.Router {
		h++
	}
	return h
}
