package sim

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// A Frame is one Ethernet frame at its time.
type Frame struct {
	Time time.Time
	Data []byte
}

// A host is one end of a conversation on the made-up network.
type host struct {
	mac  net.HardwareAddr
	ip   netip.Addr
	port uint16

	routed bool // stands elsewhere: what it sends comes over the router, whose mac this is
}

// hops is the count that what it sends arrives with.
func (h host) hops() byte {
	if h.routed {
		return 63
	}
	return 64
}

var (
	broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	zeroIP    = netip.AddrFrom4([4]byte{})
	allIP     = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	protoTCP  = 6
	protoUDP  = 17

	flagFIN = 0x01
	flagSYN = 0x02
	flagPSH = 0x08
	flagACK = 0x10

	segment = 1400 // bytes of payload in a TCP segment
)

func ethernet(dst, src net.HardwareAddr, etherType uint16, payload []byte) []byte {
	b := make([]byte, 0, 14+len(payload))
	b = append(b, dst...)
	b = append(b, src...)
	b = binary.BigEndian.AppendUint16(b, etherType)
	return append(b, payload...)
}

// announce is a gratuitous ARP: this address is mine.
func announce(h host) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, 1}
	ip := h.ip.As4()
	b = append(b, h.mac...)
	b = append(b, ip[:]...)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = append(b, ip[:]...)
	return ethernet(broadcast, h.mac, etherARP, b)
}

func ipv4(from, to host, proto byte, id uint16, payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[8], b[9] = 0x45, from.hops(), proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(b[4:], id)
	s, d := from.ip.As4(), to.ip.As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	binary.BigEndian.PutUint16(b[10:], checksum(0, b))
	return append(b, payload...)
}

// checksum is the one's complement sum of RFC 1071 over start and b.
func checksum(start uint32, b []byte) uint16 {
	sum := start
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// pseudo is the sum of the pseudo header that TCP and UDP checksums cover.
func pseudo(src, dst netip.Addr, proto byte, length int) uint32 {
	s, d := src.As4(), dst.As4()
	var sum uint32
	for i := 0; i < 4; i += 2 {
		sum += uint32(s[i])<<8 | uint32(s[i+1])
		sum += uint32(d[i])<<8 | uint32(d[i+1])
	}
	return sum + uint32(proto) + uint32(length)
}

func udp(from, to host, payload []byte) []byte {
	b := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(b, from.port)
	binary.BigEndian.PutUint16(b[2:], to.port)
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(payload)))
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[6:], checksum(pseudo(from.ip, to.ip, protoUDP, len(b)), b))
	return ethernet(to.mac, from.mac, etherIPv4, ipv4(from, to, protoUDP, 0, b))
}

// A dialog writes the frames of one TCP connection.
type dialog struct {
	client, server host
	seq            [2]uint32
	now, opened    time.Time
	frames         []Frame
}

// dial writes the three frames that open a connection.
func dial(client, server host, at time.Time, seed uint32) *dialog {
	d := &dialog{client: client, server: server, now: at, opened: at, seq: [2]uint32{seed, seed ^ 0x5bd1e995}}
	d.send(0, flagSYN, nil)
	d.send(1, flagSYN|flagACK, nil)
	d.send(0, flagACK, nil)
	return d
}

// say sends payload from one side (0 is the client) in as many segments as it
// needs, and the other side acknowledges.
func (d *dialog) say(side int, payload []byte) {
	for len(payload) > 0 {
		n := min(segment, len(payload))
		d.send(side, flagPSH|flagACK, payload[:n])
		payload = payload[n:]
	}
	d.send(1-side, flagACK, nil)
}

// hangUp closes the connection and returns all of its frames.
func (d *dialog) hangUp() []Frame {
	d.send(0, flagFIN|flagACK, nil)
	d.send(1, flagFIN|flagACK, nil)
	d.send(0, flagACK, nil)
	return d.frames
}

func (d *dialog) send(side int, flags byte, payload []byte) {
	from, to := d.client, d.server
	if side == 1 {
		from, to = to, from
	}
	b := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(b, from.port)
	binary.BigEndian.PutUint16(b[2:], to.port)
	binary.BigEndian.PutUint32(b[4:], d.seq[side])
	if flags&flagACK != 0 {
		binary.BigEndian.PutUint32(b[8:], d.seq[1-side])
	}
	b[12], b[13] = 5<<4, flags
	binary.BigEndian.PutUint16(b[14:], 64240)
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[16:], checksum(pseudo(from.ip, to.ip, protoTCP, len(b)), b))
	d.frames = append(d.frames, Frame{d.now, ethernet(to.mac, from.mac, etherIPv4, ipv4(from, to, protoTCP, 0, b))})
	d.now = d.now.Add(400 * time.Microsecond)
	d.seq[side] += uint32(len(payload))
	if flags&(flagSYN|flagFIN) != 0 {
		d.seq[side]++
	}
}
