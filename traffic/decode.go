package traffic

import (
	"encoding/binary"
	"net/netip"
)

// addr is an IP address as two words; an IPv4 address is mapped into IPv6. It
// compares and hashes faster than netip.Addr.
type addr struct{ hi, lo uint64 }

const mapped4 = 0xffff << 32

func addr4(b []byte) addr {
	return addr{0, mapped4 | uint64(binary.BigEndian.Uint32(b))}
}

func addr16(b []byte) addr {
	return addr{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

func (a addr) is4() bool { return a.hi == 0 && a.lo>>32 == 0xffff }

func (a addr) netip() netip.Addr {
	if a.is4() {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(a.lo))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b)
}

// shared reports whether a names no single host: unspecified, broadcast,
// multicast or loopback.
func (a addr) shared() bool {
	if a.is4() {
		top := byte(a.lo >> 24)
		return top == 0 || top >= 224 || top == 127
	}
	return a.hi>>56 == 0xff || a.hi == 0 && a.lo <= 1
}

// local reports whether a can only be of this site: private, unique local or
// link-local.
func (a addr) local() bool {
	if a.is4() {
		v := uint32(a.lo)
		return v>>24 == 10 || v>>20 == 0xac1 || v>>16 == 0xc0a8 || v>>16 == 0xa9fe || v>>22 == 0x191
	}
	return a.hi>>57 == 0xfc>>1 || a.hi>>54 == 0xfe80>>6
}

// Protocol numbers and EtherTypes that the decoder knows.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58

	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeVLAN = 0x8100
	typeIPv6 = 0x86dd
	typeQinQ = 0x88a8
	typeOldQ = 0x9100
	typePPP  = 0x8864
)

// TCP flags.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	_
	flagACK
)

// decoded is one frame taken apart. It is reused from frame to frame.
type decoded struct {
	srcMAC, dstMAC uint64 // 0 when the link has none
	macAt          int    // of srcMAC in the frame
	vlan           uint16
	etherType      uint64
	ip             bool // src to hops hold
	src, dst       addr
	dstAt          int // of dst in the frame
	proto          uint8
	hops           uint8 // TTL or hop limit
	transport      bool  // the ports hold
	sport, dport   uint16
	flags          uint8
	seq, ack       uint32
	payload        []byte
	length         int // of the payload on the wire
	offset         int // of payload in the frame
	truncated      bool
	whole          bool // put together from fragments
}

// decode takes a frame apart. It reports false when the frame is malformed;
// what was decoded before the fault holds all the same.
func (e *Engine) decode(f *Frame, d *decoded) bool {
	*d = decoded{}
	b := f.Data
	d.truncated = f.Length > len(b)
	switch f.Link {
	case LinkEthernet:
		return e.ethernet(d, b, f.Nanos)
	case LinkRaw, 12, 14, LinkIPv4, LinkIPv6:
		return e.rawIP(d, b, 0, f.Nanos)
	case LinkNull, LinkLoop:
		if len(b) < 4 {
			return false
		}
		return e.rawIP(d, b, 4, f.Nanos)
	case LinkCooked:
		if len(b) < 16 {
			return false
		}
		if binary.BigEndian.Uint16(b[4:]) == 6 && binary.BigEndian.Uint16(b[2:]) == 1 {
			d.srcMAC, d.macAt = mac48(b[6:]), 6
		}
		return e.typed(d, b, binary.BigEndian.Uint16(b[14:]), 16, f.Nanos)
	case LinkCooked2:
		if len(b) < 20 {
			return false
		}
		if b[11] == 6 && binary.BigEndian.Uint16(b[8:]) == 1 {
			d.srcMAC, d.macAt = mac48(b[12:]), 12
		}
		return e.typed(d, b, binary.BigEndian.Uint16(b), 20, f.Nanos)
	}
	return false
}

func mac48(b []byte) uint64 {
	_ = b[5]
	return uint64(b[0])<<40 | uint64(b[1])<<32 | uint64(b[2])<<24 | uint64(b[3])<<16 | uint64(b[4])<<8 | uint64(b[5])
}

func (e *Engine) ethernet(d *decoded, b []byte, nanos int64) bool {
	if len(b) < 14 {
		return false
	}
	d.dstMAC, d.srcMAC, d.macAt = mac48(b), mac48(b[6:]), 6
	return e.typed(d, b, binary.BigEndian.Uint16(b[12:]), 14, nanos)
}

// typed goes on at b[at:], which holds what the EtherType says.
func (e *Engine) typed(d *decoded, b []byte, kind uint16, at int, nanos int64) bool {
	for range 3 { // 802.1Q in QinQ, and one for luck
		if kind != typeVLAN && kind != typeQinQ && kind != typeOldQ {
			break
		}
		if len(b) < at+4 {
			return false
		}
		d.vlan = binary.BigEndian.Uint16(b[at:]) & 0xfff // the inner tag stays: it is the user's network
		kind = binary.BigEndian.Uint16(b[at+2:])
		at += 4
	}
	switch {
	case kind == typeIPv4:
		d.etherType = typeIPv4
		return e.ipv4(d, b, at, nanos)
	case kind == typeIPv6:
		d.etherType = typeIPv6
		return e.ipv6(d, b, at, nanos)
	case kind == typePPP && len(b) >= at+8:
		switch binary.BigEndian.Uint16(b[at+6:]) {
		case 0x21:
			return e.ipv4(d, b, at+8, nanos)
		case 0x57:
			return e.ipv6(d, b, at+8, nanos)
		}
	case kind < 1536:
		return d.llc(b, at, int(kind))
	}
	d.etherType = uint64(kind)
	d.payload, d.offset, d.length = b[at:], at, len(b)-at
	return true
}

// llc reads an 802.3 frame: only SNAP carries anything for us.
func (d *decoded) llc(b []byte, at, size int) bool {
	if len(b) < at+8 || b[at] != 0xaa || b[at+1] != 0xaa {
		d.etherType = uint64(size)
		return true
	}
	d.etherType = uint64(b[at+3])<<32 | uint64(b[at+4])<<24 | uint64(b[at+5])<<16 | uint64(binary.BigEndian.Uint16(b[at+6:]))
	d.payload = b[at+8:]
	if size >= 8 {
		d.payload = d.payload[:min(len(d.payload), size-8)]
	}
	d.offset, d.length = at+8, len(d.payload)
	return true
}

func (e *Engine) rawIP(d *decoded, b []byte, at int, nanos int64) bool {
	if len(b) <= at {
		return false
	}
	switch b[at] >> 4 {
	case 4:
		d.etherType = typeIPv4
		return e.ipv4(d, b, at, nanos)
	case 6:
		d.etherType = typeIPv6
		return e.ipv6(d, b, at, nanos)
	}
	return false
}

func (e *Engine) ipv4(d *decoded, b []byte, at int, nanos int64) bool {
	if len(b) < at+20 || b[at]>>4 != 4 {
		return false
	}
	h := b[at:]
	head := int(h[0]&15) * 4
	total := int(binary.BigEndian.Uint16(h[2:]))
	if total == 0 { // segmentation offload leaves it empty
		total = len(h)
	}
	if head < 20 || total < head || len(h) < head {
		return false
	}
	d.ip, d.src, d.dst, d.dstAt = true, addr4(h[12:]), addr4(h[16:]), at+16
	d.proto, d.hops = h[9], h[8]
	d.offset, d.length = at+head, total-head
	if len(h) > total {
		h = h[:total] // Ethernet padding
	}
	d.payload = h[head:]
	frag := binary.BigEndian.Uint16(h[6:])
	if frag&0x3fff != 0 {
		key := fragmentKey{d.src, d.dst, uint32(binary.BigEndian.Uint16(h[4:])), d.proto, d.vlan}
		return e.fragment(d, key, int(frag&0x1fff)*8, frag&0x2000 != 0, nanos)
	}
	return d.ports()
}

func (e *Engine) ipv6(d *decoded, b []byte, at int, nanos int64) bool {
	if len(b) < at+40 || b[at]>>4 != 6 {
		return false
	}
	h := b[at:]
	total := int(binary.BigEndian.Uint16(h[4:]))
	if total == 0 {
		total = len(h) - 40
	}
	d.ip, d.src, d.dst, d.dstAt = true, addr16(h[8:]), addr16(h[24:]), at+24
	d.hops = h[7]
	next := h[6]
	d.offset, d.length = at+40, total
	d.payload = h[40:min(len(h), 40+total)]
	for range 8 {
		switch next {
		case 0, 43, 60, 135: // hop-by-hop, routing, destination options, mobility
			if !d.step(&next, 8) {
				return false
			}
		case 51: // authentication header counts in words of four
			if !d.step(&next, 4) {
				return false
			}
		case 44:
			return e.fragment6(d, nanos)
		default:
			d.proto = next
			return d.ports()
		}
	}
	return false
}

// step passes one IPv6 extension header whose length counts in units.
func (d *decoded) step(next *uint8, units int) bool {
	if len(d.payload) < 2 {
		return false
	}
	size := 8 + int(d.payload[1])*units
	if len(d.payload) < size {
		return false
	}
	*next = d.payload[0]
	d.advance(size)
	return true
}

func (d *decoded) advance(n int) {
	d.payload = d.payload[n:]
	d.offset += n
	d.length -= n
}

func (e *Engine) fragment6(d *decoded, nanos int64) bool {
	if len(d.payload) < 8 {
		return false
	}
	h := d.payload
	where := binary.BigEndian.Uint16(h[2:])
	d.proto = h[0]
	key := fragmentKey{d.src, d.dst, binary.BigEndian.Uint32(h[4:]), d.proto, d.vlan}
	d.advance(8)
	if where&0xfff9 == 0 { // an atomic fragment is whole
		return d.ports()
	}
	return e.fragment(d, key, int(where&0xfff8), where&1 != 0, nanos)
}

// ports reads the transport header.
func (d *decoded) ports() bool {
	b := d.payload
	switch d.proto {
	case protoTCP:
		if len(b) < 20 {
			return false
		}
		head := int(b[12]>>4) * 4
		if head < 20 || d.length < head {
			return false
		}
		d.sport, d.dport = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		d.seq, d.ack = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
		d.flags = b[13]
		d.transport = true
		if len(b) < head {
			d.payload = nil
			d.length -= head
			return true
		}
		d.advance(head)
	case protoUDP:
		if len(b) < 8 {
			return false
		}
		d.sport, d.dport = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		size := int(binary.BigEndian.Uint16(b[4:]))
		d.transport = true
		if size >= 8 && size < d.length {
			d.payload = b[:min(size, len(b))]
			d.length = size
		}
		d.advance(8)
	}
	return true
}
