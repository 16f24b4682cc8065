package oneshot_test

import (
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/capture"
	"bedrail/server/oneshot"
	"bedrail/traffic"
)

// The hosts of the made-up captures: a router with its foot in the ward, and
// what stands behind it.
var (
	routerMAC = [6]byte{0x00, 0x1b, 0x54, 0x30, 0x00, 0x01}
	pumpMAC   = [6]byte{0x00, 0x03, 0xb1, 0x00, 0x00, 0x41}
	routerIP  = netip.MustParseAddr("10.30.0.1")
	pumpIP    = netip.MustParseAddr("10.30.5.7")
	engineIP  = netip.MustParseAddr("10.20.30.19")
	archiveIP = netip.MustParseAddr("10.20.30.44")
)

func etherFrame(src, dst [6]byte, kind uint16, payload []byte) []byte {
	b := append(append([]byte(nil), dst[:]...), src[:]...)
	return append(binary.BigEndian.AppendUint16(b, kind), payload...)
}

// arpOf is a gratuitous ARP: this address is mine.
func arpOf(mac [6]byte, ip netip.Addr) []byte {
	b := append([]byte{0, 1, 8, 0, 6, 4, 0, 1}, mac[:]...)
	b = append(append(b, ip.AsSlice()...), 0, 0, 0, 0, 0, 0)
	return etherFrame(mac, [6]byte{255, 255, 255, 255, 255, 255}, 0x0806, append(b, ip.AsSlice()...))
}

// says is one datagram of syslog, which names its host.
func says(mac [6]byte, from, to netip.Addr, hops byte, name string) []byte {
	text := "<13>1 2026-11-23T12:00:00Z " + name + " app - - - ready"
	u := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, 40000), 514)
	u = append(append(binary.BigEndian.AppendUint16(u, uint16(8+len(text))), 0, 0), text...)
	b := make([]byte, 20, 20+len(u))
	b[0], b[8], b[9] = 0x45, hops, 17
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(u)))
	copy(b[12:], from.AsSlice())
	copy(b[16:], to.AsSlice())
	other := routerMAC
	if mac == routerMAC {
		other = pumpMAC
	}
	return etherFrame(mac, other, 0x0800, append(b, u...))
}

// The hardware address of a router is none of the hosts behind it, however few
// they are and whichever is heard first.
func TestARouterIsNotOneDeviceWithWhatStandsBehindIt(t *testing.T) {
	router, pump := arpOf(routerMAC, routerIP), arpOf(pumpMAC, pumpIP)
	engine := says(routerMAC, engineIP, pumpIP, 62, "engine1")
	archive := says(routerMAC, archiveIP, pumpIP, 125, "archive1")
	own := says(pumpMAC, pumpIP, engineIP, 64, "pump7")
	for name, tt := range map[string]struct {
		frames [][]byte
		want   []string // hardware addresses and addresses of each device
	}{
		"the router is known before the engine is heard": {
			[][]byte{router, pump, own, engine},
			[]string{"00:03:b1:00:00:41 10.30.5.7", "00:1b:54:30:00:01 10.30.0.1", " 10.20.30.19"}},
		"the engine is heard before anything of the router": {
			[][]byte{engine, pump, own, engine, router},
			[]string{"00:03:b1:00:00:41 10.30.5.7", "00:1b:54:30:00:01 10.30.0.1", " 10.20.30.19"}},
		"the router sends of itself, and never claims its address": {
			[][]byte{engine, pump, says(routerMAC, routerIP, pumpIP, 255, "gw")},
			[]string{"00:03:b1:00:00:41 10.30.5.7", "00:1b:54:30:00:01 10.30.0.1", " 10.20.30.19"}},
		"two hosts behind a router that is never heard itself": {
			[][]byte{engine, pump, archive, engine},
			[]string{"00:03:b1:00:00:41 10.30.5.7", "00:1b:54:30:00:01 ", " 10.20.30.19", " 10.20.30.44"}},
		"a host that begins with a hop count of its own keeps its hardware address": {
			[][]byte{pump, says(pumpMAC, netip.MustParseAddr("10.30.5.7"), engineIP, 60, "pump7")},
			[]string{"00:03:b1:00:00:41 10.30.5.7"}},
		"a host with two addresses of its own is one device": {
			[][]byte{says(pumpMAC, pumpIP, engineIP, 64, "pump7"), says(pumpMAC, netip.MustParseAddr("192.168.9.7"), engineIP, 64, "pump7")},
			[]string{"00:03:b1:00:00:41 10.30.5.7,192.168.9.7"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := oneshot.Discover(context.Background(), nil, []string{captureOf(t, tt.frames)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, dev := range d.Devices {
				var macs, ips []string
				for _, m := range dev.MACs {
					macs = append(macs, string(m))
				}
				for _, ip := range dev.Addresses {
					ips = append(ips, ip.String())
				}
				got = append(got, strings.Join(macs, ",")+" "+strings.Join(ips, ","))
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func captureOf(t *testing.T, frames [][]byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "made.pcap")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := capture.NewWriter(f, traffic.LinkEthernet)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i, b := range frames {
		if err := w.Frame(&traffic.Frame{Nanos: at.Add(time.Duration(i) * time.Second).UnixNano(), Data: b, Length: len(b)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return name
}
