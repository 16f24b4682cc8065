package traffic

import (
	"bytes"

	"bedrail/format/hl7"
)

// What a stream of HL7 v2 may hold in memory. A longer message is read up to
// the limit: devices name themselves at the beginning, waveforms come after.
const hl7Longest = 256 << 10

// hl7v2 reads HL7 v2 over MLLP: which pump, monitor or engine speaks, by the
// header, the equipment fields of the observations, and the production data
// that device profiles send. What a message says of a patient is dropped here.
func hl7v2() Dissector {
	known := &hl7Known{}
	return Dissector{
		Name:  "hl7v2",
		Sniff: sniffHL7,
		New:   func() Parser { return &mllp{known: known} },
	}
}

// hl7Known is what the streams of one engine share: they are read one after
// the other.
type hl7Known struct {
	message hl7.Message
	buffers spares
	names   recall[hl7Name]
}

// sniffHL7 knows a stream by the start of a frame and header, or by a header
// alone: some senders forget the start byte.
func sniffHL7(first []byte, _ uint16) bool {
	for len(first) > 0 && (first[0] == 0x0B || first[0] == '\r' || first[0] == '\n') {
		first = first[1:]
	}
	if len(first) < 6 {
		return false
	}
	switch string(first[:3]) {
	case "MSH", "FHS", "BHS":
		return !letter(first[3]) && !letter(first[4]) && !letter(first[5])
	}
	return false
}

func letter(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c <= ' '
}

// An mllp follows the frames of both directions of one connection.
type mllp struct {
	known *hl7Known
	ways  [2]mllpWay
}

// An mllpWay is one direction. Between messages it holds nothing.
type mllpWay struct {
	inside bool
	begun  bool   // any bytes were seen: a first message may lack its start byte
	held   []byte // of the message, up to hl7Longest
}

// Held implements Holder.
func (p *mllp) Held() int { return len(p.ways[0].held) + len(p.ways[1].held) }

// Feed implements Parser.
func (p *mllp) Feed(s *Stream, dir Direction, data []byte) {
	w := &p.ways[dir]
	if !w.begun && len(data) > 0 {
		w.begun = true
		w.inside = data[0] == 'M' || data[0] == 'F' || data[0] == 'B'
	}
	for len(data) > 0 && !s.Left() {
		if !w.inside {
			start := bytes.IndexByte(data, 0x0B)
			if start < 0 {
				return
			}
			data = data[start+1:]
			w.inside = true
			continue
		}
		end := bytes.IndexByte(data, 0x1C)
		if end < 0 {
			w.hold(data, p.known)
			return
		}
		body := data[:end]
		if len(w.held) > 0 {
			w.hold(body, p.known)
			body = w.held
		}
		p.message(s, dir, body)
		p.known.buffers.give(w.held)
		w.held, w.inside = nil, false
		data = data[end+1:]
	}
}

func (w *mllpWay) hold(data []byte, known *hl7Known) {
	if room := hl7Longest - len(w.held); room < len(data) {
		data = data[:room]
	}
	if w.held == nil {
		w.held = known.buffers.take(len(data))
	}
	w.held = append(w.held, data...)
}

// Gap implements Parser: the message with the hole is given up, the next frame
// starts afresh.
func (p *mllp) Gap(s *Stream, dir Direction, n int) {
	p.ways[dir] = mllpWay{begun: true}
}

// message reads one message, or each message of a batch.
func (p *mllp) message(s *Stream, dir Direction, raw []byte) {
	if len(raw) > hl7Longest {
		raw = raw[:hl7Longest]
	}
	raw = bytes.TrimLeft(raw, "\r\n ")
	if len(raw) > 3 && string(raw[:3]) != "MSH" { // a batch: its first message will do
		at := bytes.Index(raw, []byte("\rMSH"))
		if at < 0 {
			return
		}
		raw = raw[at+1:]
	}
	m := &p.known.message
	if m.Reset(raw, hl7.Limits{Bytes: hl7Longest}) == nil {
		r := hl7Reading{m: m, s: s, dir: dir, known: p.known}
		r.read()
	}
	_ = m.Reset(nil, hl7.Limits{}) // lets go of the bytes; that nothing is no message is known
}
