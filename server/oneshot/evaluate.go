package oneshot

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"bedrail"
	"bedrail/asset"
	"bedrail/capture"
	"bedrail/rule"
	"bedrail/traffic"
)

// EvaluateDiscovery runs Discover over captures and judges what it found by a
// table of what is known to be right. Nil rules are the built-in.
func EvaluateDiscovery(ctx context.Context, clock bedrail.Clock, rules *rule.Pack, truthPath string, paths []string) (asset.Evaluation, Discovery, error) {
	f, err := os.Open(truthPath)
	if err != nil {
		return asset.Evaluation{}, Discovery{}, bedrail.Errorf(bedrail.NotFound, "the truth cannot be opened: %w", err)
	}
	defer f.Close()
	truths, err := asset.ReadTruth(f)
	if err != nil {
		return asset.Evaluation{}, Discovery{}, bedrail.Errorf(bedrail.Invalid, "%s: %w", truthPath, err)
	}
	found, err := DiscoverBy(ctx, clock, rules, false, paths)
	if err != nil {
		return asset.Evaluation{}, found, err
	}
	senders, err := sendersOf(ctx, paths)
	if err != nil {
		return asset.Evaluation{}, found, err
	}
	devices := make([]asset.Device, len(found.Devices))
	for i, d := range found.Devices {
		devices[i] = d.Device
	}
	return asset.Evaluate(devices, about(truths, paths), senders), found, nil
}

// about keeps the truths that speak of the captures given. A table that names
// neither captures nor folders, or none of these, is taken whole.
func about(truths []asset.Truth, paths []string) []asset.Truth {
	var names, dirs []string
	for _, p := range paths {
		names = append(names, filepath.Base(p))
		dirs = append(dirs, filepath.Base(filepath.Dir(p)))
	}
	var kept []asset.Truth
	for _, t := range truths {
		if slices.Contains(names, t.Capture) || slices.Contains(dirs, t.Dir) {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return truths
	}
	return kept
}

// sendersOf reads the hardware addresses that stand on the wire as sender,
// straight from the frames and not by the engine that is judged: Ethernet
// sources, ARP senders and DHCP clients.
func sendersOf(ctx context.Context, paths []string) (map[traffic.MAC]bool, error) {
	senders := map[traffic.MAC]bool{}
	for _, path := range paths {
		source, err := capture.Open(path)
		if err != nil {
			continue // Discover has said so
		}
		var f traffic.Frame
		for n := 0; source.Next(&f) == nil; n++ {
			addSenders(senders, &f)
			if n%4096 == 0 && ctx.Err() != nil {
				source.Close()
				return nil, ctx.Err()
			}
		}
		source.Close()
	}
	return senders, nil
}

func addSenders(senders map[traffic.MAC]bool, f *traffic.Frame) {
	add := func(at int) {
		if at >= 0 && at+6 <= len(f.Data) {
			b := f.Data[at : at+6]
			senders[traffic.MAC(fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]))] = true
		}
	}
	at, kind := 14, 12
	switch f.Link {
	case traffic.LinkEthernet:
		add(6)
	case traffic.LinkCooked:
		add(6)
		at, kind = 16, 14
	case traffic.LinkCooked2:
		add(12)
		at, kind = 20, 0
	default:
		return
	}
	for kind+2 <= len(f.Data) {
		switch binary.BigEndian.Uint16(f.Data[kind:]) {
		case 0x8100, 0x88a8: // a VLAN tag: the type stands behind it
			kind, at = at+2, at+4
			continue
		case 0x0806:
			add(at + 8)
		case 0x0800:
			add(dhcpClient(f.Data, at))
		}
		return
	}
}

// dhcpClient returns where the client's hardware address stands in a BOOTP
// message, or -1.
func dhcpClient(b []byte, ip int) int {
	if ip+20 > len(b) || b[ip+9] != 17 {
		return -1
	}
	udp := ip + int(b[ip]&15)*4
	if udp+8 > len(b) {
		return -1
	}
	from, to := binary.BigEndian.Uint16(b[udp:]), binary.BigEndian.Uint16(b[udp+2:])
	if (from == 67 || from == 68) && (to == 67 || to == 68) {
		return udp + 8 + 28
	}
	return -1
}
