package traffic_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/traffic"
)

func TestEveryLinkIsReadAndNoAddressInvented(t *testing.T) {
	question := append([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x06scalew\x07example\x00\x00\x01\x00\x01"...)
	packet := ip4(pumpIP, engineIP, 17, 64, udp(40000, 53, question))
	tag := func(kind, id uint16, inner uint16, rest []byte) []byte {
		b := binary.BigEndian.AppendUint16(nil, id)
		return append(binary.BigEndian.AppendUint16(b, inner), rest...)
	}
	cooked := append([]byte{0, 0, 0, 1, 0, 6}, pumpMAC[:]...)
	cooked = append(append(cooked, 0, 0, 8, 0), packet...)
	cooked2 := append([]byte{8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6}, pumpMAC[:]...)
	cooked2 = append(append(cooked2, 0, 0), packet...)
	known := traffic.MAC("00:03:b1:00:00:41")
	for name, c := range map[string]struct {
		link traffic.Link
		data []byte
		mac  traffic.MAC
		vlan uint16
	}{
		"Ethernet":                       {traffic.LinkEthernet, ethernet(pumpMAC, engineMAC, 0x0800, packet), known, 0},
		"Ethernet with padding":          {traffic.LinkEthernet, append(ethernet(pumpMAC, engineMAC, 0x0800, packet), make([]byte, 20)...), known, 0},
		"802.1Q":                         {traffic.LinkEthernet, ethernet(pumpMAC, engineMAC, 0x8100, tag(0, 30, 0x0800, packet)), known, 30},
		"QinQ: the inner network counts": {traffic.LinkEthernet, ethernet(pumpMAC, engineMAC, 0x88a8, tag(0, 900, 0x8100, tag(0, 31, 0x0800, packet))), known, 31},
		"Linux cooked":                   {traffic.LinkCooked, cooked, known, 0},
		"Linux cooked v2":                {traffic.LinkCooked2, cooked2, known, 0},
		"raw IP":                         {traffic.LinkRaw, packet, "", 0},
		"BSD loopback":                   {traffic.LinkNull, append([]byte{2, 0, 0, 0}, packet...), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := run(t, traffic.Options{}, []traffic.Frame{{Data: c.data, Length: len(c.data), Link: c.link, Nanos: noon.UnixNano()}})
			for _, o := range r.observations {
				if o.Protocol != "dns" {
					continue
				}
				if o.MAC != c.mac || o.IP != pumpIP || o.VLAN != c.vlan || o.Claims[0].Value != "scalew.example" || o.Packet != 1 || !o.Time.Equal(noon) {
					t.Errorf("got %+v", o)
				}
				return
			}
			t.Errorf("the question was not read: %s", r)
		})
	}
}

func TestFragmentsAreJoinedInAnyOrder(t *testing.T) {
	name := strings.Repeat("a", 60)
	question := append([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 60}, name+"\x07example\x00\x00\x01\x00\x01"...)
	whole := udp(40000, 53, question)
	piece := func(at int, more bool, b []byte) traffic.Frame {
		p := ip4(pumpIP, engineIP, 17, 64, b)
		p[4], p[5] = 7, 7
		where := uint16(at / 8)
		if more {
			where |= 0x2000
		}
		binary.BigEndian.PutUint16(p[6:], where)
		data := ethernet(pumpMAC, engineMAC, 0x0800, p)
		return traffic.Frame{Data: data, Length: len(data), Link: traffic.LinkEthernet, Nanos: noon.UnixNano()}
	}
	parts := []traffic.Frame{piece(0, true, whole[:32]), piece(32, true, whole[32:64]), piece(64, false, whole[64:])}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 1, 2, 0}, {0, 2, 2, 1}} {
		var frames []traffic.Frame
		for _, i := range order {
			frames = append(frames, parts[i])
		}
		r, _ := run(t, traffic.Options{}, frames)
		if got := r.claimed(traffic.Peer, "dns"); !slices.Equal(got, []string{name + ".example"}) {
			t.Errorf("order %v: got %v", order, got)
		}
	}
	r, _ := run(t, traffic.Options{}, parts[:2])
	if got := r.claimed(traffic.Peer, "dns"); got != nil {
		t.Errorf("without the last fragment: got %v", got)
	}
}

func TestARouterIsNotTakenForThoseBehindIt(t *testing.T) {
	var frames []traffic.Frame
	for i := range 20 {
		far := netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 1)})
		data := ethernet(engineMAC, pumpMAC, 0x0800, ip4(far, pumpIP, 17, 50, udp(443, 40000, []byte("x"))))
		frames = append(frames, traffic.Frame{Data: data, Length: len(data), Link: traffic.LinkEthernet, Nanos: noon.UnixNano() + int64(i)})
	}
	r, _ := run(t, traffic.Options{}, frames)
	said := 0
	for _, o := range r.observations {
		if o.MAC == "00:50:56:aa:00:11" {
			said++
			if !o.Router || o.IP.IsValid() || !slices.Equal(o.Roles, []string{"router"}) {
				t.Errorf("got %+v", o)
			}
		}
	}
	if said != 1 {
		t.Errorf("the router was told of %d times in a minute, want once", said)
	}
}

func TestFlowsAreCappedAndTheirEvictionCounted(t *testing.T) {
	var frames []traffic.Frame
	for i := range 5000 {
		data := ethernet(pumpMAC, engineMAC, 0x0800, ip4(pumpIP, engineIP, 17, 64, udp(uint16(10000+i), 9, []byte("x"))))
		frames = append(frames, traffic.Frame{Data: data, Length: len(data), Link: traffic.LinkEthernet, Nanos: noon.UnixNano() + int64(i)})
	}
	r, _ := run(t, traffic.Options{MaxFlows: 100}, frames)
	if r.stats.Evicted != 4900 {
		t.Errorf("%d evicted, want 4900", r.stats.Evicted)
	}
	var packets uint64
	for _, c := range r.conversations {
		packets += c.Packets
	}
	if packets != 5000 {
		t.Errorf("%d packets in conversations, want all 5000: eviction loses no count", packets)
	}
}

func TestTheSameIsSaidOnceAMinute(t *testing.T) {
	arp := func(at time.Duration) traffic.Frame {
		b := []byte{0, 1, 8, 0, 6, 4, 0, 1}
		b = append(append(b, pumpMAC[:]...), pumpIP.AsSlice()...)
		data := ethernet(pumpMAC, [6]byte{255, 255, 255, 255, 255, 255}, 0x0806, append(b, make([]byte, 10)...))
		return traffic.Frame{Data: data, Length: len(data), Link: traffic.LinkEthernet, Nanos: noon.Add(at).UnixNano()}
	}
	r, _ := run(t, traffic.Options{}, []traffic.Frame{arp(0), arp(time.Second), arp(59 * time.Second), arp(61 * time.Second)})
	if len(r.observations) != 2 || r.observations[0].Packet != 1 || r.observations[1].Packet != 4 {
		t.Errorf("got %s", r)
	}
}

func TestAnEngineGivesTheSameOutputTwice(t *testing.T) {
	for _, name := range []string{"lab/hospital-lab.pcap", "lab/sdc-lab.pcap", "protocols/ndpi-alexa-app.pcapng", "ics/malcolm-PROFINET.pcap"} {
		path := sample(t, name)
		if a, b := play(t, path).String(), play(t, path).String(); a != b {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

func TestEveryCaptureOfTheTestDataPassesWithoutFault(t *testing.T) {
	for _, pattern := range []string{"*/*.pcap*", "*/*/*.pcap*"} {
		for _, path := range samples(t, pattern) {
			r := play(t, path)
			if r.stats.Faults != 0 {
				t.Errorf("%s: %d faults of dissectors", path, r.stats.Faults)
			}
			var packets uint64
			for _, c := range r.conversations {
				packets += c.Packets
			}
			if packets > r.stats.Packets {
				t.Errorf("%s: conversations count %d packets of %d", path, packets, r.stats.Packets)
			}
		}
	}
}
