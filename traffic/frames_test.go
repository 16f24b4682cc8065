package traffic_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"bedrail/traffic"
)

// The hosts of made-up frames.
var (
	pumpMAC, engineMAC = [6]byte{0, 3, 0xb1, 0, 0, 0x41}, [6]byte{0, 0x50, 0x56, 0xaa, 0, 0x11}
	pumpIP, engineIP   = netip.MustParseAddr("10.20.0.130"), netip.MustParseAddr("10.20.0.11")
	noon               = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func ethernet(src, dst [6]byte, kind uint16, payload []byte) []byte {
	b := append(append([]byte(nil), dst[:]...), src[:]...)
	return append(binary.BigEndian.AppendUint16(b, kind), payload...)
}

func ip4(src, dst netip.Addr, proto byte, hops byte, payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[8], b[9] = 0x45, hops, proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	copy(b[12:], src.AsSlice())
	copy(b[16:], dst.AsSlice())
	return append(b, payload...)
}

func udp(sport, dport uint16, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, sport)
	b = binary.BigEndian.AppendUint16(b, dport)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	return append(append(b, 0, 0), payload...)
}

func tcp(sport, dport uint16, seq, ack uint32, flags byte, payload string) []byte {
	b := binary.BigEndian.AppendUint16(nil, sport)
	b = binary.BigEndian.AppendUint16(b, dport)
	b = binary.BigEndian.AppendUint32(b, seq)
	b = binary.BigEndian.AppendUint32(b, ack)
	b = append(b, 5<<4, flags, 255, 255, 0, 0, 0, 0)
	return append(b, payload...)
}

// TCP flags of made-up frames.
const (
	fin = 1
	syn = 2
	rst = 4
	ack = 16
)

// segment is one TCP segment of a made-up connection from the pump to the
// engine, port 80.
type segment struct {
	back  bool
	seq   uint32
	ack   uint32
	flags byte
	data  string
	cut   int // bytes that the capture left out at the end
}

// connection turns segments into frames, one each second from noon.
func connection(segments ...segment) []traffic.Frame {
	var frames []traffic.Frame
	for i, s := range segments {
		body := ethernet(pumpMAC, engineMAC, 0x0800, ip4(pumpIP, engineIP, 6, 64, tcp(40000, 80, s.seq, s.ack, s.flags, s.data)))
		if s.back {
			body = ethernet(engineMAC, pumpMAC, 0x0800, ip4(engineIP, pumpIP, 6, 64, tcp(80, 40000, s.seq, s.ack, s.flags, s.data)))
		}
		frames = append(frames, traffic.Frame{
			Data: body[:len(body)-s.cut], Length: len(body), Link: traffic.LinkEthernet,
			Nanos: noon.Add(time.Duration(i) * time.Second).UnixNano(),
		})
	}
	return frames
}

// show is a dissector that shows what a stream is fed. It wants streams that
// begin with '<'.
func show(fed *[]string) traffic.Dissector {
	return traffic.Dissector{
		Name:  "show",
		Sniff: func(first []byte, _ uint16) bool { return first[0] == '<' },
		New:   func() traffic.Parser { return shower{fed} },
	}
}

type shower struct{ fed *[]string }

func (s shower) Feed(_ *traffic.Stream, dir traffic.Direction, data []byte) {
	*s.fed = append(*s.fed, string("><"[dir])+string(data))
}

func (s shower) Gap(_ *traffic.Stream, dir traffic.Direction, n int) {
	*s.fed = append(*s.fed, string("><"[dir])+"gap "+string(rune('0'+n)))
}

// run gives frames to an engine and returns what it found.
func run(t testing.TB, o traffic.Options, frames []traffic.Frame) (result, *traffic.Engine) {
	t.Helper()
	var r result
	o.Observe = func(o traffic.Observation) { r.observations = append(r.observations, o) }
	o.Converse = func(c traffic.Conversation) { r.conversations = append(r.conversations, c) }
	e := traffic.NewEngine(o)
	e.Begin("made-up")
	for i := range frames {
		e.Frame(&frames[i])
	}
	e.End()
	r.stats = e.Stats()
	return r, e
}

// find returns the dissector of a protocol.
func find(t testing.TB, name string) traffic.Dissector {
	t.Helper()
	for _, d := range traffic.Protocols() {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("no dissector is called %s", name)
	return traffic.Dissector{}
}
