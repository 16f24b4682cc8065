package traffic

import (
	"bytes"
	"strings"
)

// medibus is the serial protocol of Draeger ventilators, anaesthesia machines
// and incubators (Draeger RS 232 MEDIBUS, Protocol Definition, revision level
// 6.00, 90 28 329), as terminal servers carry it over TCP. The answer to
// "device identification" is read; measured values and settings are not.
func medibus() Dissector {
	return Dissector{Name: "medibus", Sniff: sniffMedibus, New: func() Parser { return &medibusParser{} }}
}

// The bytes and commands of MEDIBUS.
const (
	medibusCommand  = 0x1b // ESC opens a command
	medibusAnswer   = 0x01 // SOH opens an answer
	medibusEnd      = '\r'
	medibusIdentity = 0x52
	// maxMedibus is the longest answer that is waited for; a command holds 251
	// bytes at most and the identity is much shorter.
	maxMedibus = 256
	// medibusPatience is how much of a stream is looked through for it.
	medibusPatience = 1 << 20
)

// sniffMedibus wants a whole first message whose check sum is right.
func sniffMedibus(first []byte, _ uint16) bool {
	if len(first) < 5 || first[0] != medibusCommand && first[0] != medibusAnswer {
		return false
	}
	end := bytes.IndexByte(first[:min(len(first), maxMedibus)], medibusEnd)
	return end > 0 && medibusSum(first[:end])
}

// medibusSum reports whether a message, without its end, closes with its check
// sum: the sum of all bytes before, as two hexadecimal digits.
func medibusSum(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	var sum byte
	for _, c := range b[:len(b)-2] {
		sum += c
	}
	const digits = "0123456789ABCDEF"
	return b[len(b)-2] == digits[sum>>4] && b[len(b)-1] == digits[sum&15]
}

type medibusParser struct {
	side [2]medibusSide
	seen int
}

type medibusSide struct {
	message []byte
	inside  bool
}

func (m *medibusParser) Feed(s *Stream, dir Direction, data []byte) {
	side := &m.side[dir]
	for _, c := range data {
		if m.seen++; m.seen > medibusPatience {
			s.Leave()
			return
		}
		switch {
		case c >= 0x80 || c == 0x11 || c == 0x13: // real-time values and flow control come in between
		case c == medibusCommand || c == medibusAnswer:
			side.message, side.inside = append(side.message[:0], c), true
		case c == medibusEnd && side.inside:
			side.inside = false
			if m.identity(s, dir, side.message) {
				return
			}
		case side.inside:
			side.message = append(side.message, c)
			side.inside = len(side.message) < maxMedibus
		}
	}
}

// identity reads "0161'Evita 4'01.00:04.03": number, name, and the revisions
// of device and protocol. The device is behind the terminal server that sends.
func (m *medibusParser) identity(s *Stream, dir Direction, b []byte) bool {
	if len(b) < 10 || b[0] != medibusAnswer || b[1] != medibusIdentity || !medibusSum(b) {
		return false
	}
	body := string(b[2 : len(b)-2])
	number, rest, ok := strings.Cut(body, "'")
	name, revision, closed := strings.Cut(rest, "'")
	name = text([]byte(name))
	if !ok || !closed || len(number) != 4 || name == "" {
		return false
	}
	at := 3 + len(number)
	o := Observation{Content: true, Roles: []string{"medibus-device"}, Claims: []Claim{
		{Attribute: Manufacturer, Value: "Draeger", Weight: 0.7, Source: "medibus", Field: "protocol", Offset: 1},
		{Attribute: Model, Value: name, Weight: 0.9, Source: "medibus", Field: "device name", Raw: number + "'" + name + "'", Offset: at},
	}}
	if version, _, two := strings.Cut(strings.TrimSpace(revision), ":"); two && version != "" {
		o.Claims = append(o.Claims, Claim{Attribute: SoftwareVersion, Value: text([]byte(version)), Weight: 0.9, Source: "medibus", Field: "device revision", Offset: at + len(name) + 1})
	}
	s.Emit(dir, o)
	s.Leave()
	return true
}

// Gap waits for the next message.
func (m *medibusParser) Gap(_ *Stream, dir Direction, _ int) { m.side[dir].inside = false }
