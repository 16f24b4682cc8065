package traffic

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// dhcp6 is how a host asks for an IPv6 address (RFC 8415). It names itself by
// a DUID that outlives its addresses, and often its maker and its name.
func dhcp6() Dissector {
	return Dissector{Name: "dhcpv6", Ports: []uint16{546, 547}, Dissect: dissectDHCP6}
}

// The options of DHCPv6 that speak of identity.
const (
	dhcp6Client      = 1
	dhcp6Assigned    = 3 // addresses that the server gives
	dhcp6Address     = 5
	dhcp6Requested   = 6
	dhcp6Relayed     = 9
	dhcp6UserClass   = 15
	dhcp6VendorClass = 16
	dhcp6VendorInfo  = 17
	dhcp6Interface   = 18
	dhcp6RemoteID    = 37
	dhcp6FQDN        = 39
	dhcp6LinkLayer   = 79 // RFC 6939: the client's hardware address, as the relay saw it
)

// The messages of DHCPv6.
const (
	dhcp6Solicit      = 1
	dhcp6Advertise    = 2
	dhcp6Reply        = 7
	dhcp6Reconfigure  = 10
	dhcp6Information  = 11
	dhcp6RelayForward = 12
)

// dhcp6Option is one option and where its value stands in the payload.
type dhcp6Option struct {
	code  uint16
	value []byte
	at    int
}

// dhcp6Options returns the options of b, which stands at offset at. A damaged
// one ends the list; nobody sends more than 64.
func dhcp6Options(b []byte, at int) []dhcp6Option {
	var out []dhcp6Option
	for len(b) >= 4 && len(out) < 64 {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if len(b) < 4+size {
			break
		}
		out = append(out, dhcp6Option{binary.BigEndian.Uint16(b), b[4 : 4+size], at + 4})
		b, at = b[4+size:], at+4+size
	}
	return out
}

func dissectDHCP6(p *Packet) {
	b := p.Payload
	if len(b) < 4 {
		return
	}
	switch kind := b[0]; {
	case kind == dhcp6RelayForward:
		relayed6(p, b, 0, 0)
	case kind == dhcp6Advertise, kind == dhcp6Reply, kind == dhcp6Reconfigure:
		answer6(p, kind, dhcp6Options(b[4:], 4))
	case kind >= dhcp6Solicit && kind <= dhcp6Information:
		if claims := dhcp6Claims(dhcp6Options(b[4:], 4)); len(claims) > 0 {
			p.Emit(Observation{Claims: claims})
		}
	}
}

// relayed6 reads a message that relays have wrapped. What is inside speaks of
// a client whose own packet was not seen here: it counts only where the relay
// tells the client's hardware address.
func relayed6(p *Packet, b []byte, at, depth int) {
	if len(b) < 34 || depth > 4 {
		return
	}
	var o Observation
	var inner dhcp6Option
	var attached []Claim
	for _, opt := range dhcp6Options(b[34:], at+34) {
		switch {
		case opt.code == dhcp6Relayed && len(opt.value) >= 4:
			inner = opt
		case opt.code == dhcp6LinkLayer && len(opt.value) == 8 && binary.BigEndian.Uint16(opt.value) == 1:
			if mac := mac48(opt.value[2:]); mac != 0 && mac>>40&1 == 0 {
				o.MAC = macText(mac)
			}
		case opt.code == dhcp6Interface, opt.code == dhcp6RemoteID && len(opt.value) > 4:
			value := opt.value
			if opt.code == dhcp6RemoteID {
				value = value[4:] // behind the number of the relay's maker
			}
			if shown := textOrHex(value); shown != "" {
				attached = append(attached, claim6(Attachment, shown, 0.8, opt))
			}
		}
	}
	switch {
	case inner.value == nil:
	case inner.value[0] == dhcp6RelayForward:
		relayed6(p, inner.value, inner.at, depth+1)
	case o.MAC != "" && inner.value[0] >= dhcp6Solicit && inner.value[0] <= dhcp6Information:
		o.Claims = append(dhcp6Claims(dhcp6Options(inner.value[4:], inner.at+4)), attached...)
		p.Emit(o)
	}
}

// dhcp6Claims is what a client says of itself. The source is that of DHCP for
// IPv4, since one program sends both: they are no independent witnesses.
func dhcp6Claims(options []dhcp6Option) []Claim {
	var claims []Claim
	add := func(a Attribute, value string, weight float64, opt dhcp6Option) {
		if value != "" && len(claims) < 16 {
			claims = append(claims, claim6(a, value, weight, opt))
		}
	}
	for _, opt := range options {
		v := opt.value
		switch opt.code {
		case dhcp6Client:
			add(ClientID, duid(v), 0.6, opt)
			if len(v) >= 6 && binary.BigEndian.Uint16(v) == 2 { // DUID-EN: the maker's number
				add(VendorClass, "enterprise "+strconv.Itoa(int(binary.BigEndian.Uint32(v[2:]))), 0.5, opt)
			}
		case dhcp6FQDN:
			if len(v) > 1 {
				add(Hostname, hostname(labels(v[1:])), 0.5, opt)
			}
		case dhcp6Requested:
			add(Fingerprint, numbers16(v), 0.4, opt)
		case dhcp6VendorClass:
			for _, class := range strings6(v, 4) {
				add(VendorClass, class, 0.7, opt)
				add(OperatingSystem, vendorSystem(class), 0.6, opt)
				for _, named := range namedParts(class) {
					add(named.attribute, named.value, 0.7, opt)
				}
			}
		case dhcp6UserClass:
			for _, class := range strings6(v, 0) {
				add(VendorClass, class, 0.4, opt)
			}
		}
	}
	return claims
}

func claim6(a Attribute, value string, weight float64, opt dhcp6Option) Claim {
	return Claim{Attribute: a, Value: value, Weight: weight, Source: "dhcp.v6", Field: strconv.Itoa(int(opt.code)), Offset: opt.at}
}

// duid returns a DHCP unique identifier (RFC 8415 11) as hexadecimal digits.
func duid(b []byte) string {
	if len(b) < 3 || len(b) > 130 {
		return ""
	}
	return hexText(b)
}

// strings6 reads texts that have their length before them, behind skip bytes.
func strings6(b []byte, skip int) []string {
	if len(b) < skip {
		return nil
	}
	var out []string
	for b = b[skip:]; len(b) >= 2 && len(out) < 4; {
		size := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+size {
			break
		}
		if ascii(b[2 : 2+size]) {
			out = append(out, text(b[2:2+size]))
		}
		b = b[2+size:]
	}
	return out
}

// labels reads a name written as DNS labels, without compression.
func labels(b []byte) string {
	var out []string
	for len(b) > 0 && b[0] > 0 && b[0] < 64 && int(b[0]) < len(b) && len(out) < 32 {
		out = append(out, text(b[1:1+b[0]]))
		b = b[1+int(b[0]):]
	}
	return strings.Join(out, ".")
}

func numbers16(b []byte) string {
	var out []byte
	for i, v := range words(b[:min(len(b), 128)]) {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(out, uint64(v), 10)
	}
	return string(out)
}

func textOrHex(b []byte) string {
	if ascii(b) {
		return text(b)
	}
	return hexText(b)
}

// answer6 learns who serves and, where the answer goes straight to its client,
// which address the client holds and how long.
func answer6(p *Packet, kind byte, options []dhcp6Option) {
	p.Emit(Observation{Roles: []string{"dhcp-server"}})
	if kind != dhcp6Reply || p.Dst.Port != 546 || p.Dst.MAC == "" {
		return
	}
	for _, opt := range options {
		if opt.code != dhcp6Assigned || len(opt.value) < 12 {
			continue
		}
		for _, given := range dhcp6Options(opt.value[12:], opt.at+12) {
			if given.code != dhcp6Address || len(given.value) < 24 {
				continue
			}
			ip := netip.AddrFrom16([16]byte(given.value[:16]))
			valid := time.Duration(binary.BigEndian.Uint32(given.value[20:])) * time.Second
			if valid == 0 || ip.IsUnspecified() || ip.IsMulticast() {
				continue
			}
			from := p.Time()
			p.Emit(Observation{MAC: p.Dst.MAC, IP: ip, Lease: &Lease{MAC: p.Dst.MAC, IP: ip, From: from, Until: from.Add(valid)}})
		}
	}
}
