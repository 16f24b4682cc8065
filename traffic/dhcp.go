package traffic

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// dhcp is how a host asks for an IPv4 address (RFC 2131): it names itself, its
// stack and often its maker, and the answer binds the address to it for a
// time.
func dhcp() Dissector {
	return Dissector{Name: "dhcp", Ports: []uint16{67, 68}, Dissect: dissectDHCP}
}

// dhcpHardware is where a message names its client (RFC 2131 2).
const dhcpHardware = 28

// The options that speak of identity (RFC 2132 and others).
const (
	dhcpHost       = 12
	dhcpVendorInfo = 43
	dhcpLeaseTime  = 51
	dhcpOverload   = 52
	dhcpType       = 53
	dhcpParameters = 55
	dhcpVendor     = 60
	dhcpClient     = 61
	dhcpUserClass  = 77
	dhcpFQDN       = 81
	dhcpRelay      = 82
	dhcpVIClass    = 124 // RFC 3925
	dhcpVIInfo     = 125
)

// dhcpMessage is what identity needs of one message.
type dhcpMessage struct {
	kind     byte
	options  [256][]byte
	at       [256]int // of the option's value in the payload
	order    []byte   // in which the options came first, behind the cookie
	overload byte
}

func dissectDHCP(p *Packet) {
	b := p.Payload
	// Fixed part 236 bytes, then the magic cookie.
	if len(b) < 240 || binary.BigEndian.Uint32(b[236:]) != 0x63825363 || b[1] != 1 || b[2] != 6 {
		return
	}
	mac := mac48(b[dhcpHardware:])
	if mac == 0 || mac>>40&1 != 0 {
		return
	}
	var m dhcpMessage
	m.read(b, 240, len(b))
	if m.overload&1 != 0 {
		m.read(b, 108, 236) // the file field holds options
	}
	if m.overload&2 != 0 {
		m.read(b, 44, 108) // so does the server name
	}
	if len(m.options[dhcpType]) > 0 {
		m.kind = m.options[dhcpType][0]
	}
	switch {
	case b[0] == 1:
		m.request(p, mac, b)
	case b[0] == 2:
		m.answer(p, mac, b)
	}
}

// read takes the options between from and to. An option that comes again adds
// to its first part (RFC 3396); only one in the same buffer can, the rest is
// ignored.
func (m *dhcpMessage) read(b []byte, from, to int) {
	for i := from; i < to; {
		code := b[i]
		if code == 255 {
			return
		}
		if code == 0 {
			i++
			continue
		}
		if i+2 > to || i+2+int(b[i+1]) > to {
			return
		}
		value := b[i+2 : i+2+int(b[i+1])]
		if m.options[code] == nil {
			m.options[code], m.at[code] = value, i+2
			if from == 240 && len(m.order) < 64 {
				m.order = append(m.order, code)
			}
		} else if len(m.options[code]) < 1024 {
			m.options[code] = append(m.options[code][:len(m.options[code]):len(m.options[code])], value...)
		}
		if code == dhcpOverload && len(value) == 1 {
			m.overload = value[0]
		}
		i += 2 + len(value)
	}
}

// request learns from what the client says of itself.
func (m *dhcpMessage) request(p *Packet, mac uint64, b []byte) {
	o := Observation{MAC: macText(mac), MACAt: p.Offset + dhcpHardware, Claims: m.claims(mac)}
	if ip := netip.AddrFrom4([4]byte(b[12:16])); !ip.IsUnspecified() {
		o.IP = ip
	}
	p.Emit(o)
	if relay := m.options[dhcpRelay]; relay != nil {
		m.relay(p, o.MAC)
	}
}

func (m *dhcpMessage) claims(mac uint64) []Claim {
	c := make([]Claim, 0, 8)
	add := func(a Attribute, code byte, value string, weight float64) {
		if value != "" {
			c = append(c, Claim{Attribute: a, Value: value, Weight: weight, Source: "dhcp.option", Field: strconv.Itoa(int(code)), Offset: m.at[code]})
		}
	}
	add(Hostname, dhcpHost, hostname(text(m.options[dhcpHost])), 0.5)
	if name := fqdn(m.options[dhcpFQDN]); name != "" {
		add(Hostname, dhcpFQDN, hostname(name), 0.5)
	}
	vendor := text(m.options[dhcpVendor])
	add(VendorClass, dhcpVendor, vendor, 0.7)
	add(OperatingSystem, dhcpVendor, vendorSystem(vendor), 0.6)
	for _, named := range namedParts(vendor) {
		add(named.attribute, dhcpVendor, named.value, 0.7)
	}
	if class := m.options[dhcpUserClass]; len(class) > 1 && int(class[0]) == len(class)-1 {
		add(VendorClass, dhcpUserClass, text(class[1:]), 0.4)
	} else {
		add(VendorClass, dhcpUserClass, text(class), 0.4)
	}
	add(Fingerprint, dhcpParameters, numbers(m.options[dhcpParameters]), 0.4)
	if len(m.order) > 2 {
		c = append(c, Claim{Attribute: Fingerprint, Value: numbers(m.order), Weight: 0.3, Source: "dhcp.order", Field: "options", Offset: 240})
	}
	add(ClientID, dhcpClient, clientID(m.options[dhcpClient], mac), 0.6)
	c = m.vendorIdentifying(c)
	if info := m.options[dhcpVendorInfo]; len(info) > 0 && m.kind != 0 {
		add(Banner, dhcpVendorInfo, vendorInfo(info), 0.4)
	}
	return c
}

// vendorIdentifying adds what options 124 and 125 say, which bear the number
// that IANA gave to the maker who defined them. That of the Broadband Forum
// (3561) carries serial number and product class of the client (TR-069,
// annex F).
func (m *dhcpMessage) vendorIdentifying(c []Claim) []Claim {
	const broadbandForum = 3561
	for _, code := range [...]byte{dhcpVIClass, dhcpVIInfo} {
		b, at := m.options[code], m.at[code]
		for n := 0; len(b) >= 5 && int(b[4]) <= len(b)-5 && n < 4; n++ {
			maker, value := binary.BigEndian.Uint32(b), b[5:5+int(b[4])]
			add := func(a Attribute, sub int, shown string, weight float64) {
				if shown != "" {
					c = append(c, Claim{Attribute: a, Value: shown, Weight: weight, Source: "dhcp.option", Field: strconv.Itoa(int(code)) + "." + strconv.Itoa(sub), Offset: at + 5})
				}
			}
			c = append(c, Claim{Attribute: VendorClass, Value: "enterprise " + strconv.Itoa(int(maker)), Weight: 0.5, Source: "dhcp.option", Field: strconv.Itoa(int(code)), Offset: at})
			switch {
			case code == dhcpVIClass:
				if len(value) > 1 && int(value[0]) == len(value)-1 {
					value = value[1:] // some put the length before it once more
				}
				if ascii(value) {
					add(VendorClass, 0, text(value), 0.7)
				}
			case maker == broadbandForum:
				for len(value) >= 2 && int(value[1]) <= len(value)-2 {
					sub := value[2 : 2+value[1]]
					switch {
					case !ascii(sub):
					case value[0] == 2:
						add(SerialNumber, 2, text(sub), 0.7)
					case value[0] == 3:
						add(Model, 3, text(sub), 0.6)
					}
					value = value[2+len(sub):]
				}
			}
			b, at = b[5+int(b[4]):], at+5+int(b[4])
		}
	}
	return c
}

// vendorInfo returns the words of option 43 that a client sends (printers and
// phones put their model there), in the order in which they stand.
func vendorInfo(b []byte) string {
	var words []string
	for len(b) >= 2 && b[0] != 255 && int(b[1]) <= len(b)-2 {
		value := b[2 : 2+b[1]]
		if len(value) >= 3 && ascii(value) {
			words = append(words, text(value))
		}
		b = b[2+len(value):]
	}
	return strings.Join(words, " ")[:min(maxText, len(strings.Join(words, " ")))]
}

// fqdn reads option 81 (RFC 4702): three bytes of flags, then a name as text
// or, when flag E is set, as DNS labels.
func fqdn(b []byte) string {
	if len(b) < 4 {
		return ""
	}
	if b[0]&4 == 0 {
		return text(b[3:])
	}
	var labels []string
	for rest := b[3:]; len(rest) > 0 && rest[0] > 0 && int(rest[0]) < len(rest) && rest[0] < 64; rest = rest[1+int(rest[0]):] {
		labels = append(labels, text(rest[1:1+rest[0]]))
	}
	return strings.Join(labels, ".")
}

// clientID returns option 61, but nothing when it only repeats the hardware
// address.
func clientID(b []byte, mac uint64) string {
	if len(b) < 2 || len(b) == 7 && b[0] == 1 && mac48(b[1:]) == mac {
		return ""
	}
	if b[0] == 0 && len(b) > 3 && ascii(b[1:]) {
		return text(b[1:])
	}
	return hexText(b)
}

// numbers returns option 55 as the list that fingerprint collections use.
func numbers(b []byte) string {
	b = b[:min(len(b), 64)]
	out := make([]byte, 0, 4*len(b))
	for i, n := range b {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(out, uint64(n), 10)
	}
	return string(out)
}

// vendorSystem returns the operating system that a vendor class names by its
// own form.
func vendorSystem(class string) string {
	switch {
	case strings.HasPrefix(class, "MSFT "):
		return "Windows"
	case strings.HasPrefix(class, "android-dhcp-"):
		return "Android " + strings.TrimPrefix(class, "android-dhcp-")
	case strings.HasPrefix(class, "udhcp"), strings.Contains(class, ":Linux-"), strings.HasPrefix(class, "dhcpcd"), strings.HasPrefix(class, "linux"):
		return "Linux"
	}
	return ""
}

type namedPart struct {
	attribute Attribute
	value     string
}

// namedParts reads a vendor class of the form "Mfg=;Typ=;Mod=;Ser=;Loc=",
// which printers send.
func namedParts(class string) []namedPart {
	if !strings.Contains(class, "=") {
		return nil
	}
	var parts []namedPart
	for part := range strings.SplitSeq(class, ";") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || value == "" {
			continue
		}
		switch strings.ToLower(key) {
		case "mfg":
			parts = append(parts, namedPart{Manufacturer, value})
		case "mod":
			parts = append(parts, namedPart{Model, value})
		case "ser":
			parts = append(parts, namedPart{SerialNumber, value})
		case "loc":
			parts = append(parts, namedPart{Location, value})
		}
	}
	return parts
}

// answer binds an address to its holder when the server acknowledges it.
func (m *dhcpMessage) answer(p *Packet, mac uint64, b []byte) {
	const acknowledged = 5
	ip := netip.AddrFrom4([4]byte(b[16:20]))
	if p.Src.IP.IsValid() && !p.Src.IP.IsUnspecified() {
		p.Emit(Observation{Roles: []string{"dhcp-server"}})
	}
	if m.kind != acknowledged || ip.IsUnspecified() {
		return
	}
	o := Observation{MAC: macText(mac), MACAt: p.Offset + dhcpHardware, IP: ip}
	if lease := m.options[dhcpLeaseTime]; len(lease) == 4 {
		from := p.Time()
		o.Lease = &Lease{MAC: o.MAC, IP: ip, From: from, Until: from.Add(time.Duration(binary.BigEndian.Uint32(lease)) * time.Second)}
	}
	p.own(mac, ip)
	p.Emit(o)
}

// relay says where the client is plugged in, as the switch before the server
// tells it (RFC 3046: 1 is the circuit, 2 the remote id).
func (m *dhcpMessage) relay(p *Packet, mac MAC) {
	b := m.options[dhcpRelay]
	var claims []Claim
	for len(b) >= 2 && int(b[1]) <= len(b)-2 {
		value := b[2 : 2+b[1]]
		shown := text(value)
		if !ascii(value) {
			shown = hexText(value)
		}
		if (b[0] == 1 || b[0] == 2) && shown != "" {
			claims = append(claims, Claim{Attribute: Attachment, Value: shown, Weight: 0.8, Source: "dhcp.option", Field: "82." + strconv.Itoa(int(b[0])), Offset: m.at[dhcpRelay]})
		}
		b = b[2+len(value):]
	}
	if len(claims) > 0 {
		p.Emit(Observation{MAC: mac, MACAt: p.Offset + dhcpHardware, Claims: claims})
	}
}
