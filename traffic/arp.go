package traffic

import (
	"encoding/binary"
	"net/netip"
)

// arp is the protocol by which a host says which IPv4 address it holds
// (RFC 826).
func arp() Dissector {
	return Dissector{Name: "arp", EtherTypes: []uint64{typeARP}, Dissect: dissectARP}
}

func dissectARP(p *Packet) {
	b := p.Payload
	if len(b) < 28 || binary.BigEndian.Uint32(b) != 0x00010800 || b[4] != 6 || b[5] != 4 {
		return
	}
	mac := mac48(b[8:])
	ip := netip.AddrFrom4([4]byte(b[14:18]))
	// A probe (RFC 5227) asks from 0.0.0.0: it claims nothing.
	if mac == 0 || mac>>40&1 != 0 || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLoopback() {
		return
	}
	if p.Repeats(Hash(uint64(p.VLAN)+typeARP, b[8:18])) {
		return
	}
	p.own(mac, ip)
	p.Emit(Observation{MAC: macText(mac), MACAt: p.Offset + 8, IP: ip})
}
