package traffic

import "net/netip"

// ndp is the protocol by which a host says which IPv6 address it holds
// (RFC 4861), what ARP is for IPv4. The engine shows it only packets that no
// router has passed on (hop limit 255, as the standard demands).
func ndp() Dissector {
	return Dissector{Name: "ndp", EtherTypes: []uint64{ipProtocol | protoICMPv6}, Dissect: dissectNDP}
}

// ipProtocol marks, among the EtherTypes of a Dissector, the number of an IP
// protocol that has no ports.
const ipProtocol = 1 << 48

// The messages of neighbour discovery.
const (
	routerSolicitation    = 133
	routerAdvertisement   = 134
	neighborSolicitation  = 135
	neighborAdvertisement = 136
)

func dissectNDP(p *Packet) {
	b := p.Payload
	if len(b) < 8 || b[1] != 0 {
		return
	}
	ip, options := p.Src.IP, 8
	wanted := byte(1) // the sender's hardware address
	var roles []string
	switch b[0] {
	case routerSolicitation:
	case routerAdvertisement:
		options = 16
		roles = []string{"router"}
	case neighborSolicitation:
		options = 24
	case neighborAdvertisement:
		if len(b) < 24 {
			return
		}
		options, wanted = 24, 2 // of the address that is spoken of
		ip = netip.AddrFrom16([16]byte(b[8:24]))
		if b[4]&0x80 != 0 {
			roles = []string{"router"}
		}
	default:
		return
	}
	// A host that asks from :: only tries whether an address is free.
	if !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || len(b) < options {
		return
	}
	// Who speaks of another's hardware address is a proxy or a liar: neither
	// tells which devices there are.
	mac, ok := linkLayerOption(b[options:], wanted)
	if !ok || macText(mac) != p.Src.MAC || p.Repeats(Hash(uint64(p.VLAN)+uint64(b[0]), ip.AsSlice(), []byte(macText(mac)))) {
		return
	}
	p.Emit(Observation{MAC: macText(mac), MACAt: p.macAt, IP: ip, Roles: roles})
}

// linkLayerOption finds the hardware address of the kind wanted.
func linkLayerOption(b []byte, wanted byte) (uint64, bool) {
	for len(b) >= 8 && b[1] > 0 {
		size := int(b[1]) * 8
		if len(b) < size {
			break
		}
		if b[0] == wanted && size == 8 {
			mac := mac48(b[2:])
			return mac, mac != 0 && mac>>40&1 == 0
		}
		b = b[size:]
	}
	return 0, false
}
