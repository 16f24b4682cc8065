package traffic

import (
	"bytes"

	"bedrail/format/astm"
)

// astmLink is how laboratory analysers speak: frames of LIS1 with records of
// LIS2 inside. Only the header record is kept, in which the sender names
// itself; patients and results pass by.
func astmLink() Dissector {
	return Dissector{Name: "astm", Sniff: sniffASTM, New: func() Parser { return &astmParser{} }}
}

// maxHeader is the most of a transmission that is kept: a header record has
// some hundred bytes, and the frame that it shares with others rarely 4 KiB.
const maxHeader = 8 << 10

// sniffASTM wants a frame that begins with a header record: ENQ alone is any
// protocol's.
func sniffASTM(first []byte, _ uint16) bool {
	first = bytes.TrimLeft(first, "\x05\x04")
	return len(first) >= 5 && first[0] == astm.STX && first[1] >= '0' && first[1] <= '7' && first[2] == 'H' && !letter(first[3]) && !letter(first[4])
}

type astmParser struct{ side [2]astmSide }

type astmSide struct {
	buf  []byte // of the transmission's first frame, from STX
	pass bool   // the header was read, or is no use: wait for the next transmission
}

func (a *astmParser) Feed(s *Stream, dir Direction, data []byte) {
	side := &a.side[dir]
	for len(data) > 0 && !s.Left() {
		if side.pass {
			end := bytes.IndexByte(data, astm.EOT)
			if end < 0 {
				return
			}
			side.pass = false
			data = data[end+1:]
			continue
		}
		if len(side.buf) == 0 {
			start := bytes.IndexByte(data, astm.STX)
			if start < 0 {
				return
			}
			data = data[start:]
		}
		n := bytes.IndexByte(data, astm.LF) + 1
		if n == 0 {
			n = len(data)
		}
		side.buf = append(side.buf, data[:n]...)
		data = data[n:]
		side.read(s, dir)
	}
}

// read tells who sent the header once its last frame is whole.
func (side *astmSide) read(s *Stream, dir Direction) {
	if len(side.buf) > maxHeader {
		side.buf, side.pass = nil, true
		return
	}
	if side.buf[len(side.buf)-1] != astm.LF || bytes.IndexByte(side.buf, astm.ETX) < 0 {
		return
	}
	whole := side.buf
	side.buf, side.pass = nil, true
	t, err := astm.Read(whole)
	if err != nil {
		return
	}
	who, ok := t.Instrument()
	if !ok {
		return
	}
	s.Emit(dir, Observation{Claims: instrumentClaims(who, senderPlace(whole)), Roles: []string{"astm-sender"}, Content: true})
}

// senderPlace is where the fifth field of the header stands, in the frames as
// they were sent: the byte behind the H tells what parts the fields.
func senderPlace(frames []byte) int {
	at := bytes.IndexByte(frames, 'H') + 1
	if at >= len(frames) {
		return 0
	}
	delimiter := frames[at]
	for range 4 {
		n := bytes.IndexByte(frames[at:], delimiter)
		if n < 0 {
			return 0
		}
		at += n + 1
	}
	return at
}

// instrumentClaims are what the header says of its sender, at byte at.
func instrumentClaims(who astm.Instrument, at int) []Claim {
	var claims []Claim
	add := func(a Attribute, value string, weight float64) {
		if value = text([]byte(value)); value != "" {
			claims = append(claims, Claim{Attribute: a, Value: value, Weight: weight, Source: "astm", Field: "H-5", Offset: at})
		}
	}
	if who.Model != "" {
		add(Banner, who.Name, 0.5)
		add(Model, who.Model, 0.9)
	} else {
		add(Model, who.Name, 0.6)
	}
	add(SerialNumber, who.Serial, 0.9)
	add(SoftwareVersion, who.Software, 0.9)
	if who.Serial != "" { // a computer that sends orders names itself without one
		add(Class, "lab-analyser", 0.7)
	}
	return claims
}

// Gap waits for the next transmission: a damaged frame is no evidence.
func (a *astmParser) Gap(_ *Stream, dir Direction, _ int) {
	a.side[dir] = astmSide{pass: true}
}

// Held implements Holder.
func (a *astmParser) Held() int { return len(a.side[0].buf) + len(a.side[1].buf) }
