package traffic

import "net/netip"

// host is what the engine remembers of one hardware address: its text, so
// that it is made once, and whether it passes on the packets of others.
type host struct {
	mac    uint64
	text   MAC
	own    [4]addr // addresses that it claimed by ARP or DHCP
	near   [8]addr // addresses that it sent from
	nears  uint8
	owns   uint8
	far    addr // an address that came to it over another router
	router bool
}

// hosts is the table of hardware addresses.
type hosts struct {
	index map[uint64]int32
	list  []host
}

// maxHosts bounds the table: some 25 MiB. A flood of invented addresses makes
// it begin anew, which costs a few repeated observations.
const maxHosts = 1 << 16

const noHost = -1

// find returns the number of mac, or noHost for a frame without one.
func (h *hosts) find(mac uint64) int32 {
	if mac == 0 || mac>>40&1 != 0 { // a group address sends nothing
		return noHost
	}
	if i, ok := h.index[mac]; ok {
		return i
	}
	if h.index == nil {
		h.index = make(map[uint64]int32)
	}
	i := int32(len(h.list))
	h.list = append(h.list, host{mac: mac, text: macText(mac)})
	h.index[mac] = i
	return i
}

func (h *hosts) full() bool { return len(h.list) >= maxHosts }

func (h *hosts) reset() {
	clear(h.index)
	h.list = h.list[:0]
}

func (h *hosts) text(i int32) MAC {
	if i < 0 {
		return ""
	}
	return h.list[i].text
}

func macText(mac uint64) MAC {
	const hex = "0123456789abcdef"
	var b [17]byte
	for i := range 6 {
		octet := byte(mac >> (40 - 8*i))
		b[i*3], b[i*3+1] = hex[octet>>4], hex[octet&15]
		if i < 5 {
			b[i*3+2] = ':'
		}
	}
	return MAC(b[:])
}

// claim records that the host itself said that ip is its own.
func (h *host) claim(ip addr) {
	for _, known := range h.own[:min(int(h.owns), len(h.own))] {
		if known == ip {
			return
		}
	}
	h.own[int(h.owns)%len(h.own)] = ip
	if h.owns++; h.owns > 16 { // it answers for everybody: proxy ARP
		h.router = true
		h.owns = 8
	}
}

// sent records that the host sent from ip with so many hops left, and reports
// whether it did so as a router: then its hardware address says nothing about
// ip. way is what the hop count alone says; one address that came over a router
// does not yet tell a router from a stack that begins with a count of its own.
func (h *host) sent(ip addr, hops uint8, direct bool) (router bool, way Way) {
	way = Routed
	if direct || initialHops(hops) {
		way = Direct
	}
	for _, known := range h.own[:min(int(h.owns), len(h.own))] {
		if known == ip {
			return false, Direct
		}
	}
	if way == Direct {
		h.remember(ip)
		return h.router && !ip.local(), way
	}
	switch {
	case h.far == addr{}:
		h.far = ip
	case h.far != ip:
		h.router = true
	}
	return h.router || !ip.local(), way
}

// remember counts the IPv4 addresses that the host sends from. No machine has
// nine of them; a router that does not lower the hop count has.
func (h *host) remember(ip addr) {
	if !ip.is4() {
		return
	}
	for _, known := range h.near[:min(int(h.nears), len(h.near))] {
		if known == ip {
			return
		}
	}
	if int(h.nears) == len(h.near) {
		h.router = true
		return
	}
	h.near[h.nears] = ip
	h.nears++
}

// initialHops reports whether hops is a number that stacks start with, so
// that no router has lowered it.
func initialHops(hops uint8) bool {
	return hops == 64 || hops == 128 || hops == 255 || hops == 32 || hops <= 1
}

// own tells the engine that the sender of p says that ip is its own.
func (p *Packet) own(mac uint64, ip netip.Addr) {
	if p.hosts == nil || !ip.Is4() {
		return
	}
	if i := p.hosts.find(mac); i != noHost {
		b := ip.As4()
		p.hosts.list[i].claim(addr4(b[:]))
	}
}
