package traffic

// mqtt carries the telemetry of beds, sensors and building gear (MQTT 3.1.1
// and 5). The client's id is read, and what a JSON message says of its device.
func mqtt() Dissector {
	return Dissector{Name: "mqtt", Sniff: sniffMQTT, New: func() Parser { return &mqttParser{} }}
}

// maxMQTT is the largest message that is kept; larger ones are skipped by
// their length.
const maxMQTT = 16 << 10

// The packet types of MQTT that matter here.
const (
	mqttConnect = 1
	mqttPublish = 3
)

func sniffMQTT(first []byte, _ uint16) bool {
	if len(first) < 10 || first[0] != mqttConnect<<4 {
		return false
	}
	_, n, ok := mqttLength(first[1:])
	rest := first[1+n:]
	return ok && len(rest) >= 6 && rest[0] == 0 &&
		(rest[1] == 4 && string(rest[2:6]) == "MQTT" || rest[1] == 6 && string(rest[2:6]) == "MQIs")
}

// mqttLength reads a variable-length number: seven bits in a byte, at most
// four bytes. n is 0 when it is not whole.
func mqttLength(b []byte) (value, n int, ok bool) {
	for i := range min(len(b), 4) {
		value |= int(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return value, i + 1, true
		}
	}
	return 0, 0, false
}

type mqttParser struct {
	side    [2]mqttSide
	version byte
}

type mqttSide struct {
	buf  []byte
	skip int
	lost bool
}

func (m *mqttParser) Feed(s *Stream, dir Direction, data []byte) {
	side := &m.side[dir]
	if dir == ToClient || side.lost { // what a broker passes on speaks of others
		return
	}
	n := min(side.skip, len(data))
	side.skip -= n
	side.buf = append(side.buf, data[n:]...)
	for len(side.buf) >= 2 && !s.Left() {
		size, n, ok := mqttLength(side.buf[1:])
		if !ok {
			if len(side.buf) >= 5 {
				s.Leave()
			}
			return
		}
		whole := 1 + n + size
		if size > maxMQTT {
			side.skip = max(0, whole-len(side.buf))
			side.buf = side.buf[min(whole, len(side.buf)):]
			continue
		}
		if len(side.buf) < whole {
			return
		}
		m.message(s, side.buf[:whole], 1+n)
		side.buf = side.buf[whole:]
	}
	if len(side.buf) == 0 {
		side.buf = nil
	}
}

// Held implements Holder.
func (m *mqttParser) Held() int { return len(m.side[0].buf) }

// Gap skips what it can; where the length of the message is lost, the stream
// has no seam to begin at again.
func (m *mqttParser) Gap(_ *Stream, dir Direction, n int) {
	side := &m.side[dir]
	if n <= side.skip {
		side.skip -= n
		return
	}
	side.lost, side.buf = true, nil
}

// message reads a control packet whose fixed header is head bytes long.
func (m *mqttParser) message(s *Stream, packet []byte, head int) {
	switch packet[0] >> 4 {
	case mqttConnect:
		m.connect(s, packet[head:], head)
	case mqttPublish:
		m.publish(s, packet[0], packet[head:], head)
	}
}

// connect reads the client id. The user's name and password behind it are
// never looked at.
func (m *mqttParser) connect(s *Stream, b []byte, head int) {
	if len(b) < 2 {
		return
	}
	at := 2 + int(b[0])<<8 + int(b[1]) // protocol name
	if len(b) < at+4 {
		return
	}
	m.version = b[at]
	flags, flagsAt := b[at+1], head+at+1
	at += 4
	if m.version >= 5 {
		size, n, ok := mqttLength(b[at:])
		if !ok {
			return
		}
		at += n + size
	}
	if len(b) < at+2 || len(b) < at+2+int(b[at])<<8+int(b[at+1]) {
		return
	}
	id := text(b[at+2 : at+2+int(b[at])<<8+int(b[at+1])])
	o := Observation{at: flagsAt}
	if id != "" {
		o.Claims = []Claim{{Attribute: Banner, Value: id, Weight: 0.5, Source: "mqtt.connect", Field: "client id", Offset: head + at + 2}}
	}
	o.Roles = []string{"mqtt-client"}
	if flags&0xc0 == 0 {
		o.Roles = append(o.Roles, "mqtt-anonymous")
	}
	s.Emit(ToServer, o)
	s.Emit(ToClient, Observation{Roles: []string{"mqtt-broker"}, at: flagsAt})
}

// publish reads a message that is a JSON object. It may have been gathered by
// a gateway for somebody else.
func (m *mqttParser) publish(s *Stream, kind byte, b []byte, head int) {
	if len(b) < 2 {
		return
	}
	at := 2 + int(b[0])<<8 + int(b[1]) // the topic is not kept: people put names in it
	if kind>>1&3 > 0 {
		at += 2
	}
	if m.version >= 5 && len(b) > at {
		size, n, ok := mqttLength(b[at:])
		if !ok {
			return
		}
		at += n + size
	}
	if at >= len(b) || b[at] != '{' {
		return
	}
	if claims := describedJSON(b[at:]); len(claims) > 0 {
		for i := range claims {
			claims[i].Source = "mqtt.json"
			claims[i].Offset += head + at
		}
		s.Emit(ToServer, Observation{Claims: claims, Content: true})
	}
}
