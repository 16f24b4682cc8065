package capture_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"bedrail/capture"
	"bedrail/traffic"
)

var (
	exporter = netip.MustParseAddr("10.20.0.1")
	arrived  = time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)
)

// pack writes numbers big-endian: uint8, uint16, uint32 and bytes.
func pack(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch v := p.(type) {
		case int:
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		case uint32:
			b = binary.BigEndian.AppendUint32(b, v)
		case uint8:
			b = append(b, v)
		case []byte:
			b = append(b, v...)
		case string:
			b = append(b, v...)
		}
	}
	return b
}

// The reports are made up after the papers: Cisco's for NetFlow 5, RFC 3954
// for 9, RFC 7011 for IPFIX, sflow.org's version 5. No capture of them is in
// the data.
func version5(sequence uint32) []byte {
	record := func(src, dst string, sport, dport int, packets, octets uint32) []byte {
		return pack(src, dst, uint32(0), 1, 2, packets, octets, uint32(0), uint32(0), sport, dport, uint8(0), uint8(0), uint8(6), uint8(0), 0, 0, uint8(0), uint8(0), 0)
	}
	return pack(5, 2, uint32(1000), uint32(arrived.Unix()), uint32(0), sequence, uint8(0), uint8(0), 0,
		record("\x0a\x14\x00\x82", "\x0a\x14\x00\x0b", 40000, 2575, 10, 1000), record("\x0a\x14\x00\x0b", "\x0a\x14\x00\x82", 2575, 40000, 8, 600))
}

func template(id int, fields ...int) []byte {
	b := pack(id, len(fields)/2)
	for _, f := range fields {
		b = append(b, pack(f)...)
	}
	return b
}

func set(id int, body []byte) []byte { return pack(id, 4+len(body), body) }

var (
	flowTemplate = template(256, 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 2, 4, 1, 4)
	flowData     = pack("\x0a\x14\x00\x82", "\x08\x08\x08\x08", 40001, 443, uint8(17), uint32(3), uint32(300))
)

func version9() []byte {
	return pack(9, 2, uint32(1000), uint32(arrived.Unix()), uint32(7), uint32(1), set(0, flowTemplate), set(256, append(flowData, 0, 0, 0)))
}

func ipfix(sets ...[]byte) []byte {
	var body []byte
	for _, s := range sets {
		body = append(body, s...)
	}
	return append(pack(10, 16+len(body), uint32(arrived.Unix()), uint32(0), uint32(1)), body...)
}

// sflow5 is a sample of one ARP frame, one in 512.
func sflow5() []byte {
	frame := "\xff\xff\xff\xff\xff\xff\x00\x03\xb1\x00\x00\x41\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01\x00\x03\xb1\x00\x00\x41\x0a\x14\x00\x82\x00\x00\x00\x00\x00\x00\x0a\x14\x00\x01\x00\x00"
	header := pack(uint32(1), uint32(64), uint32(4), uint32(len(frame)), frame)
	record := pack(uint32(1), uint32(len(header)), header)
	sample := pack(uint32(1), uint32(3), uint32(512), uint32(512), uint32(0), uint32(1), uint32(2), uint32(1), record)
	return pack(uint32(5), uint32(1), "\x0a\x14\x00\x01", uint32(0), uint32(1), uint32(1000), uint32(1), pack(uint32(1), uint32(len(sample)), sample))
}

type flowResult struct {
	observations  []traffic.Observation
	conversations []traffic.Conversation
}

func collect() (*capture.Flows, *flowResult) {
	var r flowResult
	return &capture.Flows{Site: "north",
		Observe:  func(o traffic.Observation) { r.observations = append(r.observations, o) },
		Converse: func(c traffic.Conversation) { r.conversations = append(r.conversations, c) },
	}, &r
}

func TestFlowReportsBecomeConversations(t *testing.T) {
	mllp := traffic.Conversation{Site: "north", Minute: arrived.Truncate(time.Minute), Client: netip.MustParseAddr("10.20.0.130"), Server: netip.MustParseAddr("10.20.0.11"),
		Transport: "tcp", Port: 2575, Packets: 18, BytesUp: 1000, BytesDown: 600}
	cloud := traffic.Conversation{Site: "north", Minute: arrived.Truncate(time.Minute), Client: netip.MustParseAddr("10.20.0.130"), Server: netip.MustParseAddr("8.8.8.8"),
		Transport: "udp", Port: 443, Packets: 3, BytesUp: 300}
	for rule, c := range map[string]struct {
		datagrams [][]byte
		want      traffic.Conversation
		present   int
	}{
		"NetFlow 5: both directions are one conversation": {[][]byte{version5(0)}, mllp, 2},
		"NetFlow 9: a template and its data":              {[][]byte{version9()}, cloud, 1},
		"IPFIX: the template came before":                 {[][]byte{ipfix(set(2, flowTemplate)), ipfix(set(256, flowData))}, cloud, 1},
	} {
		t.Run(rule, func(t *testing.T) {
			f, r := collect()
			for _, d := range c.datagrams {
				if err := f.Datagram(exporter, d, arrived); err != nil {
					t.Fatal(err)
				}
			}
			f.Close()
			if len(r.conversations) != 1 || r.conversations[0] != c.want {
				t.Errorf("got  %+v\nwant %+v", r.conversations, c.want)
			}
			if len(r.observations) != c.present {
				t.Errorf("got %d observations of presence, want %d: a distant address is none", len(r.observations), c.present)
			}
		})
	}
}

func TestSampledFramesAreRead(t *testing.T) {
	f, r := collect()
	if err := f.Datagram(exporter, sflow5(), arrived); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if len(r.observations) != 1 || r.observations[0].MAC != "00:03:b1:00:00:41" || r.observations[0].Protocol != "arp" {
		t.Errorf("got %+v", r.observations)
	}
}

func TestWhatIsMissingOfFlowReportsIsCounted(t *testing.T) {
	for rule, c := range map[string]struct {
		datagrams [][]byte
		want      capture.FlowStats
	}{
		"a hole in the sequence":     {[][]byte{version5(0), version5(12)}, capture.FlowStats{Datagrams: 2, Records: 4, Missing: 10}},
		"data without a template":    {[][]byte{ipfix(set(256, flowData))}, capture.FlowStats{Datagrams: 1, Unknown: 1}},
		"no flow report":             {[][]byte{[]byte("GET / HTTP/1.1")}, capture.FlowStats{Datagrams: 1, Malformed: 1}},
		"more records than there is": {[][]byte{version5(0)[:80]}, capture.FlowStats{Datagrams: 1, Malformed: 1}},
	} {
		t.Run(rule, func(t *testing.T) {
			f, _ := collect()
			for _, d := range c.datagrams {
				f.Datagram(exporter, d, arrived)
			}
			if got := f.Stats(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAListenerHandsOnWhatArrives(t *testing.T) {
	l, err := capture.ListenFlows("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Site, l.Sensor = "north", "flows"
	l.Clock = func() time.Time { return arrived }
	ctx, cancel := context.WithCancel(context.Background())
	got := make(chan traffic.Batch, 1)
	done := make(chan error, 1)
	go func() {
		var all traffic.Batch
		err := l.Run(ctx, func(b *traffic.Batch) error {
			all.Conversations = append(all.Conversations, b.Conversations...)
			all.Coverage = b.Coverage
			return nil
		})
		got <- all
		done <- err
	}()
	conn, err := net.Dial("udp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(version5(0)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // the datagram is in the socket's buffer; the listener needs a moment to take it
	cancel()
	b := <-got
	if err := <-done; err != nil || len(b.Conversations) != 1 || b.Coverage == nil || b.Coverage.Packets != 1 {
		t.Errorf("got %+v, %v", b, err)
	}
}

func FuzzFlows(f *testing.F) {
	f.Add(version5(0))
	f.Add(version9())
	f.Add(ipfix(set(2, flowTemplate), set(256, flowData)))
	f.Add(sflow5())
	f.Fuzz(func(t *testing.T, b []byte) {
		flows, r := collect()
		flows.Datagram(exporter, b, arrived)
		flows.Datagram(exporter, b, arrived.Add(time.Minute))
		flows.Close()
		if len(r.conversations) > 2*len(b) {
			t.Errorf("%d conversations of %d bytes", len(r.conversations), len(b))
		}
	})
}
