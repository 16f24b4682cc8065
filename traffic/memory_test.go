package traffic_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"bedrail/format/dicom"
	"bedrail/traffic"
)

// idleFlow is how a connection came to be idle: what each side has said.
type idleFlow struct{ up, down string }

// proposal proposes contexts and accepts them all.
func proposal(t testing.TB, contexts int) (string, string) {
	a := dicom.Associate{CalledAE: "ARCHIVE", CallingAE: "CT01", User: dicom.User{MaxLength: 16384, Implementation: "1.2.840.113619.6.1", Version: "CT_5"}}
	for i := range contexts {
		a.Contexts = append(a.Contexts, dicom.Context{ID: byte(2*i + 1), Abstract: fmt.Sprintf("1.2.840.10008.5.1.4.1.1.%d", i+1), Transfer: []string{dicom.ImplicitLittle, dicom.ExplicitLittle}})
	}
	request, err := a.Encode(dicom.AssociateRQ)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Contexts {
		a.Contexts[i].Abstract, a.Contexts[i].Transfer = "", []string{dicom.ExplicitLittle}
	}
	answer, err := a.Encode(dicom.AssociateAC)
	if err != nil {
		t.Fatal(err)
	}
	return string(request), string(answer)
}

// idleFlows are connections of which nothing is under way.
func idleFlows(t testing.TB) map[string]idleFlow {
	request, answer := proposal(t, 12)
	requestAll, answerAll := proposal(t, 128)
	hello := "\x01\x00\x00\x3b\x03\x03" + strings.Repeat("r", 32) + "\x00\x00\x04\x13\x01\x0a\x0a\x01\x00\x00\x0e\x00\x00\x00\x0a\x00\x08\x00\x00\x05a.com"
	return map[string]idleFlow{
		"opened, nothing said":                      {},
		"a protocol that nobody knows":              {"\x99\x88\x77\x66\x55\x44\x33\x22\x11", "\x99\x88\x77\x66\x55\x44\x33\x22\x11"},
		"HL7 between two messages":                  {"\x0bMSH|^~\\&|PUMPLINK^0003B1FFFE0000AA^EUI-64|WARD|IE|HOSP|20260301101500||ORU^R01^ORU_R01|C1|P|2.6\r\x1c\r", "\x0bMSH|^~\\&|IE|HOSP|PUMPLINK|WARD|20260301||ACK|1|P|2.6\rMSA|AA|C1\r\x1c\r"},
		"DICOM between two images":                  {request, answer},
		"DICOM of as many contexts as there may be": {requestAll, answerAll},
		"HTTP kept open":                            {"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"},
		"MQTT between two messages":                 {"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04bed1", "\x20\x02\x00\x00"},
		"TLS that waits for an answer":              {"\x16\x03\x01\x00\x3f" + hello, ""},
		"TLS under way":                             {"\x16\x03\x01\x00\x3f" + hello + "\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x05hello", "\x17\x03\x03\x00\x05hello"},
	}
}

// idle returns the bytes of heap that an engine keeps for each of n
// connections once they are idle.
func idle(t testing.TB, n int, f idleFlow) float64 {
	t.Helper()
	var before, after runtime.MemStats
	e := traffic.NewEngine(traffic.Options{MaxFlows: n})
	e.Begin("made-up")
	runtime.GC()
	runtime.ReadMemStats(&before)
	server := engineIP
	send := func(at int, src, dst netip.Addr, sport, dport uint16, seq uint32, flags byte, data string) {
		smac, dmac := pumpMAC, engineMAC
		if src == server {
			smac, dmac = dmac, smac
		}
		b := ethernet(smac, dmac, 0x0800, ip4(src, dst, 6, 64, tcp(sport, dport, seq, 0, flags, data)))
		e.Frame(&traffic.Frame{Data: b, Length: len(b), Link: traffic.LinkEthernet, Nanos: noon.UnixNano() + int64(at)*1000})
	}
	for i := range n {
		var ip [4]byte
		binary.BigEndian.PutUint32(ip[:], 10<<24|20<<16|uint32(i%200))
		client, port := netip.AddrFrom4(ip), uint16(20000+i/200)
		send(i, client, server, port, 80, 99, syn, "")
		send(i, server, client, 80, port, 99, syn|ack, "")
		for from := 0; from < len(f.up); from += 1400 {
			send(i, client, server, port, 80, 100+uint32(from), ack, f.up[from:min(len(f.up), from+1400)])
		}
		for from := 0; from < len(f.down); from += 1400 {
			send(i, server, client, 80, port, 100+uint32(from), ack, f.down[from:min(len(f.down), from+1400)])
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if flows, _ := e.Open(); flows != n {
		t.Errorf("%d flows are remembered, want %d", flows, n)
	}
	used := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	runtime.KeepAlive(e)
	return used / float64(n)
}

// An idle connection takes no more than a kilobyte, whatever it spoke.
func TestAnIdleFlowTakesAKilobyteAtMost(t *testing.T) {
	for name, f := range idleFlows(t) {
		t.Run(name, func(t *testing.T) {
			got := idle(t, 8000, f)
			t.Logf("%.0f bytes", got)
			if got > 1024 {
				t.Errorf("%.0f bytes for each", got)
			}
		})
	}
}

// BenchmarkIdleFlow says how much each kind takes.
func BenchmarkIdleFlow(b *testing.B) {
	for name, f := range idleFlows(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(idle(b, 50_000, f), "B/flow")
			}
		})
	}
}

// What does not fit is given up, oldest silence first, and counted.
func TestAFloodOfFlowsIsBoundedAndCounted(t *testing.T) {
	const room, came = 1000, 5000
	e := traffic.NewEngine(traffic.Options{MaxFlows: room})
	e.Begin("made-up")
	for i := range came {
		b := ethernet(pumpMAC, engineMAC, 0x0800, ip4(pumpIP, engineIP, 6, 64, tcp(uint16(10000+i), 80, 99, 0, syn, "")))
		e.Frame(&traffic.Frame{Data: b, Length: len(b), Link: traffic.LinkEthernet, Nanos: noon.UnixNano() + int64(i)})
	}
	flows, _ := e.Open()
	if s := e.Stats(); flows != room || s.Evicted != came-room {
		t.Errorf("%d flows are remembered, %d evicted; want %d and %d", flows, s.Evicted, room, came-room)
	}
}
