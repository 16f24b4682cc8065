package shadow

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/traffic"
)

// An mqtt hears what clients publish to a broker (MQTT 3.1.1 and 5). Topics are
// passed over: people put names in them.
type mqtt struct {
	stream
	side    [2]mqttSide
	client  string
	version byte
}

type mqttSide struct {
	buf  []byte
	skip int
	lost bool
}

const maxPacket = 64 << 10

// Packet types (MQTT 5.0 2.1.2).
const (
	mqttConnect = 1
	mqttConnack = 2
	mqttPublish = 3
	mqttPuback  = 4
	mqttPubrec  = 5
)

func (m *mqtt) Held() int { return len(m.side[0].buf) + len(m.side[1].buf) }

func (m *mqtt) End(lost bool) { m.ended(lost) }

func (m *mqtt) Miss(_ time.Time, dir traffic.Direction, n int) bool {
	s := &m.side[dir]
	if n <= s.skip {
		s.skip -= n
		return true
	}
	s.lost, s.buf = true, nil // no seam to begin at again
	return !m.side[0].lost || !m.side[1].lost
}

func (m *mqtt) Hear(at time.Time, dir traffic.Direction, data []byte) bool {
	s := &m.side[dir]
	if s.lost {
		return true
	}
	n := min(s.skip, len(data))
	s.skip -= n
	s.buf = append(s.buf, data[n:]...)
	for len(s.buf) >= 2 {
		size, n, ok := mqttLength(s.buf[1:])
		if !ok {
			return len(s.buf) < 5
		}
		whole := 1 + n + size
		if size > maxPacket {
			if dir == traffic.ToServer && s.buf[0]>>4 == mqttPublish {
				m.count(&piece{in: exchange.Inbound{}, at: at, size: size, unchecked: true}, m.client, "")
			}
			s.skip = max(0, whole-len(s.buf))
			s.buf = s.buf[min(whole, len(s.buf)):]
			continue
		}
		if len(s.buf) < whole {
			return true
		}
		m.packet(at, dir, s.buf[0], s.buf[1+n:whole])
		s.buf = s.buf[whole:]
	}
	if len(s.buf) == 0 {
		s.buf = nil
	}
	return true
}

// mqttLength reads a variable byte integer (1.5.5).
func mqttLength(b []byte) (value, n int, ok bool) {
	for i := range min(len(b), 4) {
		value |= int(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return value, i + 1, true
		}
	}
	return 0, 0, false
}

func (m *mqtt) packet(at time.Time, dir traffic.Direction, head byte, b []byte) {
	switch kind := head >> 4; {
	case kind == mqttConnect && dir == traffic.ToServer:
		m.connect(at, b)
	case kind == mqttPublish && dir == traffic.ToServer:
		m.publish(at, head, b)
	case kind == mqttConnack && dir == traffic.ToClient && len(b) >= 2:
		m.answer(at, "connack "+strconv.Itoa(int(b[1])))
	case (kind == mqttPuback || kind == mqttPubrec) && dir == traffic.ToClient && len(b) >= 2:
		id, code := uint32(b[0])<<8|uint32(b[1]), "0"
		if len(b) > 2 {
			code = strconv.Itoa(int(b[2]))
		}
		m.answered(at, "puback "+code, func(a *awaited) bool { return !a.done && a.id == id })
	}
}

func (m *mqtt) answer(at time.Time, code string) {
	if c := m.of(m.client, "", at); c != nil {
		c.answer(code)
	}
}

// connect reads the client id, and whether it shows who it is. Names and
// passwords behind it are not looked at.
func (m *mqtt) connect(at time.Time, b []byte) {
	name, rest, ok := mqttText(b)
	if !ok || len(rest) < 4 || name != "MQTT" && name != "MQIsdp" {
		return
	}
	m.version = rest[0]
	flags := rest[1]
	rest = rest[4:]
	if m.version >= 5 {
		size, n, ok := mqttLength(rest)
		if !ok || len(rest) < n+size {
			return
		}
		rest = rest[n+size:]
	}
	id, _, ok := mqttText(rest)
	if !ok {
		return
	}
	m.client = id
	c := m.of(id, "", at)
	if c == nil {
		return
	}
	if flags&0xc0 == 0 {
		c.quirk("auth:none")
	} else {
		c.quirk("auth:password")
	}
	c.quirk("mqtt:" + strconv.Itoa(int(m.version)))
}

func mqttText(b []byte) (text string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	n := int(b[0])<<8 | int(b[1])
	if len(b) < 2+n {
		return "", nil, false
	}
	return string(b[2 : 2+n]), b[2+n:], true
}

func (m *mqtt) publish(at time.Time, head byte, b []byte) {
	_, rest, ok := mqttText(b)
	qos := head >> 1 & 3
	if !ok || qos > 0 && len(rest) < 2 {
		return
	}
	id := uint32(0)
	if qos > 0 {
		id, rest = uint32(rest[0])<<8|uint32(rest[1]), rest[2:]
	}
	if m.version >= 5 {
		size, n, ok := mqttLength(rest)
		if !ok || len(rest) < n+size {
			return
		}
		rest = rest[n+size:]
	}
	p := piece{at: at, size: len(rest), event: "publish", version: mqttVersion(m.version), quirks: []string{"qos:" + strconv.Itoa(int(qos))}}
	if head&1 != 0 {
		p.quirks = append(p.quirks, "retained")
	}
	m.read(&p, rest)
	c := m.count(&p, m.client, "")
	if c != nil && qos > 0 {
		m.await(awaited{id: id, at: at, c: c})
	}
}

func mqttVersion(v byte) string {
	switch v {
	case 3:
		return "3.1"
	case 4:
		return "3.1.1"
	case 5:
		return "5.0"
	}
	return ""
}

// read looks into a payload by what it shows itself to be.
func (m *mqtt) read(p *piece, payload []byte) {
	p.in = exchange.Inbound{Format: exchange.Binary, Body: payload, At: p.at}
	f := &p.look.Facts
	if !m.ears.due(p.at) {
		p.unchecked = true
		return
	}
	text := bytes.TrimLeft(payload, " \t\r\n\x0b")
	switch {
	case bytes.HasPrefix(text, []byte("MSH")):
		p.in.Format, p.in.Body = exchange.HL7v2, text
		p.look = m.ears.o.Checker.Look(p.in)
		p.control = p.look.Facts.ControlID
		p.quirks = append(p.quirks, "payload:hl7v2")
	case len(text) > 0 && text[0] == '{' && bytes.Contains(text[:min(len(text), 4096)], []byte(`"resourceType"`)):
		p.in.Format = exchange.FHIR
		p.look = m.ears.o.Checker.Look(p.in)
		p.quirks = append(p.quirks, "payload:fhir")
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		p.in.Format, f.Type = exchange.JSON, "json"
		p.quirks = append(p.quirks, "payload:json")
		if !json.Valid(text) {
			p.look.Unreadable = true
			p.look.Issues = []exchange.Issue{{Severity: hl7.Fatal, Code: "structure", Rule: "json"}}
		}
	case len(payload) == 0:
		f.Type = "empty"
		p.quirks = append(p.quirks, "payload:empty")
	default:
		f.Type = "binary"
		p.quirks = append(p.quirks, "payload:other")
	}
}
