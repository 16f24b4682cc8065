package shadow

import (
	"bytes"
	"time"

	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/traffic"
)

// An mllp hears HL7 v2 in the frames of MLLP: 0B, message, 1C 0D.
type mllp struct {
	stream
	way [2]mllpWay
}

type mllpWay struct {
	held   []byte
	size   int
	inside bool
	begun  bool
	hole   bool
	ended  bool // 1C came; 0D is due
	stray  bool
	first  time.Time // of the message
}

func (m *mllp) Held() int { return len(m.way[0].held) + len(m.way[1].held) }

func (m *mllp) End(lost bool) {
	for d := range m.way {
		m.way[d].held = nil
	}
	m.ended(lost)
}

func (m *mllp) Miss(_ time.Time, dir traffic.Direction, n int) bool {
	w := &m.way[dir]
	w.hole, w.size = w.hole || w.inside, w.size+n
	w.held, w.ended, w.begun = nil, false, true
	return true
}

func (m *mllp) Hear(at time.Time, dir traffic.Direction, data []byte) bool {
	w := &m.way[dir]
	if !w.begun && len(data) > 0 {
		w.begun = true
		if c := data[0]; c == 'M' || c == 'F' || c == 'B' { // some forget the start
			w.start(at)
		}
	}
	for len(data) > 0 {
		switch {
		case w.ended:
			w.ended = false
			if data[0] == '\r' {
				data = data[1:]
			} else {
				m.flaw(at, "no-final-cr")
			}
		case !w.inside:
			i := bytes.IndexByte(data, 0x0B)
			w.stray = w.stray || i != 0
			if i < 0 {
				return true
			}
			data = data[i+1:]
			w.start(at)
		default:
			i := bytes.IndexByte(data, 0x1C)
			if i < 0 {
				w.hold(data)
				return true
			}
			w.hold(data[:i])
			data = data[i+1:]
			m.whole(at, dir, w)
		}
	}
	return true
}

func (w *mllpWay) start(at time.Time) {
	w.inside, w.first, w.size, w.held, w.hole = true, at, 0, w.held[:0], false
}

func (w *mllpWay) hold(b []byte) {
	w.size += len(b)
	if !w.hole && w.size <= mostMessage {
		w.held = append(w.held, b...)
	}
}

// flaw counts how a sender writes, once it is known who it is.
func (m *mllp) flaw(at time.Time, word string) {
	if m.current == nil {
		return
	}
	if c := m.again(m.current, at); c != nil {
		c.quirk(word)
	}
}

// whole reads a message that has come to its end.
func (m *mllp) whole(at time.Time, dir traffic.Direction, w *mllpWay) {
	body, size, hole, first := w.held, w.size, w.hole, w.first
	w.inside, w.ended, w.hole, w.size, w.held = false, true, false, 0, nil
	stray := w.stray
	w.stray = false
	if size == 0 {
		return
	}
	p := piece{in: exchange.Inbound{Format: exchange.HL7v2, Body: body, At: at}, at: at, size: size}
	if hole || size > mostMessage || !m.ears.due(at) {
		p.unchecked = true
		sender, receiver := "", ""
		if m.current != nil {
			sender, receiver = m.current.sender, m.current.receiver
		}
		m.count(&p, sender, receiver)
		return
	}
	p.look = m.ears.o.Checker.Look(p.in)
	f := &p.look.Facts
	if msg := p.look.HL7; msg != nil {
		if msa := msg.Find("MSA", 0); msa.Is("MSA") { // an answer is none of the messages
			code, name := ackCode(msa.Field(1)), m.ears.digests.of(msa.Field(2).String())
			m.answered(at, code, func(a *awaited) bool { return a.name == name })
			return
		}
		p.quirks = habits(msg, dir)
	}
	if stray {
		p.quirks = append(p.quirks, "stray-bytes")
	}
	if took := at.Sub(first); took >= delayedFrom && took <= delayedTo && size < smallFrame {
		p.quirks = append(p.quirks, "delayed-ack")
	}
	p.control = f.ControlID
	c := m.count(&p, f.Sender, f.Receiver)
	if c == nil || p.control == "" {
		return
	}
	if due, maybe := wantsAnswer(p.look.HL7); due {
		m.await(awaited{name: m.ears.digests.of(p.control), at: at, c: c, maybe: maybe})
	}
}

// A small message that takes this long to come in whole waits for a delayed
// acknowledgment of TCP.
const (
	delayedFrom = 35 * time.Millisecond
	delayedTo   = 60 * time.Millisecond
	smallFrame  = 8 << 10
)

// habits are how a message is written, as far as a channel must know.
func habits(m *hl7.Message, dir traffic.Direction) (out []string) {
	if dir == traffic.ToClient {
		out = append(out, "message-to-client")
	}
	if m.Has(hl7.LineFeeds) || m.Has(hl7.CarriageLine) {
		out = append(out, "line-feeds")
	}
	if set := m.Segment(0).Field(18).Rep(1).Component(1); !set.Empty() {
		out = append(out, "charset:"+fits(hl7Charset, set.String()))
	}
	if d := m.Delimiters(); d != hl7.Standard {
		out = append(out, "delimiters")
	}
	msh := m.Segment(0)
	if accept, application := msh.Field(15), msh.Field(16); accept.Empty() && application.Empty() {
		out = append(out, "ack:original")
	} else {
		out = append(out, "ack:enhanced "+ackWord(accept)+"/"+ackWord(application))
	}
	for i := range m.Len() {
		if s := m.Segment(i); s.Name() != "" && s.Name()[0] == 'Z' {
			out = append(out, "z-segments")
			break
		}
	}
	return out
}

// ackWord is a word of table 0155.
func ackWord(v hl7.Value) string {
	for _, w := range []string{"AL", "NE", "ER", "SU"} {
		if v.Is(w) {
			return w
		}
	}
	return "-"
}

// ackCode is a word of table 0008.
func ackCode(v hl7.Value) string {
	for _, w := range []string{"AA", "AE", "AR", "CA", "CE", "CR"} {
		if v.Is(w) {
			return w
		}
	}
	return "other"
}

// wantsAnswer says whether a message must be answered, or may be (HL7 v2.6
// 2.9, table 0155).
func wantsAnswer(m *hl7.Message) (due, maybe bool) {
	if m == nil {
		return false, false
	}
	accept, application := ackWord(m.Segment(0).Field(15)), ackWord(m.Segment(0).Field(16))
	switch {
	case accept == "-" && application == "-", accept == "AL", application == "AL":
		return true, false
	case accept == "NE" && (application == "NE" || application == "-"):
		return false, false
	}
	return true, true
}
