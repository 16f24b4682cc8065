package traffic

import (
	"encoding/binary"
	"slices"
)

// modbus speaks to the plant of the building: boilers, generators, gas
// manifolds (Modbus application protocol 1.1b3 over TCP). Answers to "read
// device identification" (43/14) are read.
func modbus() Dissector {
	return Dissector{Name: "modbus", Sniff: sniffModbus, New: func() Parser { return &modbusParser{} }}
}

// sniffModbus wants the port, since the header alone is no signature, and a
// header that fits.
func sniffModbus(first []byte, port uint16) bool {
	if port != 502 || len(first) < 8 || first[2] != 0 || first[3] != 0 {
		return false
	}
	size := binary.BigEndian.Uint16(first[4:])
	return size >= 2 && size <= 254 && first[7] != 0
}

// modbusParser takes messages apart; it keeps at most one of each direction.
type modbusParser struct {
	buf  [2][]byte
	lost [2]bool
}

func (m *modbusParser) Feed(s *Stream, dir Direction, data []byte) {
	for len(data) > 0 && !m.lost[dir] {
		want := 6
		if have := m.buf[dir]; len(have) >= 6 {
			want = 6 + int(binary.BigEndian.Uint16(have[4:]))
		}
		n := min(len(data), want-len(m.buf[dir]))
		b := append(m.buf[dir], data[:n]...)
		m.buf[dir], data = b, data[n:]
		if len(b) < 6 {
			return
		}
		size := int(binary.BigEndian.Uint16(b[4:]))
		if b[2]|b[3] != 0 || size < 2 || size > 254 {
			m.lost[dir], m.buf[dir] = true, nil
			return
		}
		if len(b) == 6+size {
			m.message(s, dir, b)
			m.buf[dir] = b[:0]
		}
	}
}

// Gap waits for the next message that begins with a segment: the header tells
// whether it does.
func (m *modbusParser) Gap(_ *Stream, dir Direction, _ int) { m.buf[dir] = nil }

func (m *modbusParser) message(s *Stream, dir Direction, b []byte) {
	if dir == ToServer {
		s.Emit(ToServer, Observation{Roles: []string{"modbus-client"}})
		return
	}
	o := Observation{Roles: []string{"modbus-server"}}
	if b[7] == 0x2b && len(b) >= 14 && b[8] == 0x0e {
		o.Claims = modbusIdentity(b, 14, int(b[13]))
		// Other unit numbers are devices behind a gateway to a serial line.
		o.Content = len(o.Claims) > 0 && b[6] > 1 && b[6] < 255
	}
	s.Emit(ToClient, o)
}

// modbusIdentity reads the objects of a device (6.21): the model is the most
// telling of those that name it.
func modbusIdentity(b []byte, at, count int) []Claim {
	var claims []Claim
	model, rank := Claim{}, -1
	for range min(count, 16) {
		if len(b) < at+2 || len(b) < at+2+int(b[at+1]) {
			break
		}
		id, value := b[at], text(b[at+2:at+2+int(b[at+1])])
		c := Claim{Value: value, Weight: 0.9, Source: "modbus", Offset: at + 2}
		at += 2 + int(b[at+1])
		if value == "" {
			continue
		}
		switch id {
		case 0:
			c.Attribute, c.Field = Manufacturer, "VendorName"
		case 2:
			c.Attribute, c.Field = SoftwareVersion, "MajorMinorRevision"
		case 1, 4, 5:
			c.Attribute, c.Field = Model, [...]string{1: "ProductCode", 4: "ProductName", 5: "ModelName"}[id]
			if order := slices.Index([]byte{1, 4, 5}, id); order > rank {
				model, rank = c, order
			}
			continue
		case 6:
			c.Attribute, c.Field, c.Weight = Banner, "UserApplicationName", 0.4
		default:
			continue
		}
		claims = append(claims, c)
	}
	if rank >= 0 {
		claims = append(claims, model)
	}
	return claims
}
