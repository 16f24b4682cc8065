package traffic

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// enip is EtherNet/IP, the protocol of many programmable controllers. The
// answer to "list identity" is read (ODVA, CIP volume 2, 2-4.3).
func enip() Dissector {
	return Dissector{
		Name: "enip", Ports: []uint16{44818}, Dissect: func(p *Packet) {
			if claims := enipIdentity(p.Payload); len(claims) > 0 {
				p.Emit(Observation{Claims: claims, Roles: []string{"enip-device"}})
			}
		},
		Sniff: sniffENIP, New: func() Parser { return &enipParser{} },
	}
}

const enipListIdentity = 0x63

// sniffENIP wants the port and a header with one of the commands that open a
// conversation.
func sniffENIP(first []byte, port uint16) bool {
	if port != 44818 || len(first) < 24 {
		return false
	}
	switch binary.LittleEndian.Uint16(first) {
	case 0x04, enipListIdentity, 0x64, 0x65:
		return binary.LittleEndian.Uint16(first[2:]) <= 600
	}
	return false
}

// enipParser reads the first kilobyte of what the server sends: the identity
// is asked for first.
type enipParser struct{ buf []byte }

func (n *enipParser) Feed(s *Stream, dir Direction, data []byte) {
	if dir == ToServer {
		return
	}
	for len(data) > 0 && !s.Left() {
		want := 24
		if len(n.buf) >= 24 {
			want = 24 + int(binary.LittleEndian.Uint16(n.buf[2:]))
		}
		take := min(len(data), want-len(n.buf))
		n.buf, data = append(n.buf, data[:take]...), data[take:]
		if len(n.buf) < 24 {
			return
		}
		size := int(binary.LittleEndian.Uint16(n.buf[2:]))
		if size > 600 || binary.LittleEndian.Uint16(n.buf) == 0x6f || binary.LittleEndian.Uint16(n.buf) == 0x70 {
			s.Leave() // the work has begun
			return
		}
		if len(n.buf) == 24+size {
			if claims := enipIdentity(n.buf); len(claims) > 0 {
				s.Emit(ToClient, Observation{Claims: claims, Roles: []string{"enip-device"}})
			}
			n.buf = n.buf[:0]
		}
	}
}

// Gap ends it: messages are short and the first is what is wanted.
func (n *enipParser) Gap(s *Stream, _ Direction, _ int) { s.Leave() }

// enipIdentity reads the answer to "list identity".
func enipIdentity(b []byte) []Claim {
	const item = 26 // behind the header and the count of items
	if len(b) < item+4+33 || binary.LittleEndian.Uint16(b) != enipListIdentity ||
		binary.LittleEndian.Uint16(b[24:]) == 0 || binary.LittleEndian.Uint16(b[item:]) != 0x0c {
		return nil
	}
	at := item + 4 + 18 // protocol version and socket address
	vendor := binary.LittleEndian.Uint16(b[at:])
	major, minor := b[at+6], b[at+7]
	serial := binary.LittleEndian.Uint32(b[at+10:])
	claims := []Claim{
		{Attribute: VendorClass, Value: "odva vendor " + strconv.Itoa(int(vendor)), Weight: 0.6, Source: "enip", Field: "vendor id", Offset: at},
		{Attribute: SoftwareVersion, Value: fmt.Sprintf("%d.%d", major, minor), Weight: 0.8, Source: "enip", Field: "revision", Offset: at + 6},
	}
	if serial != 0 {
		claims = append(claims, Claim{Attribute: SerialNumber, Value: fmt.Sprintf("%08X", serial), Weight: 0.9, Source: "enip", Field: "serial number", Offset: at + 10})
	}
	if size := int(b[at+14]); size > 0 && len(b) >= at+15+size {
		if name := text(b[at+15 : at+15+size]); name != "" {
			claims = append(claims, Claim{Attribute: Model, Value: name, Weight: 0.9, Source: "enip", Field: "product name", Offset: at + 15})
		}
	}
	return claims
}
