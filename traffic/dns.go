package traffic

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// dns reads the names that hosts ask for (RFC 1035): a scale that asks for its
// maker's cloud says whose it is.
func dns() Dissector {
	return Dissector{Name: "dns", Ports: []uint16{53}, Dissect: dissectDNS}
}

// mdns reads what hosts say of themselves on the local link (RFC 6762, 6763),
// and the like LLMNR (RFC 4795) of Windows.
func mdns() Dissector {
	return Dissector{Name: "mdns", Ports: []uint16{5353}, Dissect: dissectMDNS}
}

// llmnr is the name service of Windows on a link without DNS (RFC 4795).
func llmnr() Dissector {
	return Dissector{Name: "llmnr", Ports: []uint16{5355}, Dissect: dissectLLMNR}
}

// The record types that speak of identity.
const (
	dnsA     = 1
	dnsPTR   = 12
	dnsTXT   = 16
	dnsAAAA  = 28
	dnsSRV   = 33
	maxNames = 128 // records of one message that are read
)

// dnsReader walks a message. A name may point backwards; each pointer must
// point before the one it came from, so that no message can turn in circles.
type dnsReader struct {
	b  []byte
	at int
}

// name returns the name at the reader's place and moves behind it.
func (r *dnsReader) name() (string, bool) {
	var out [256]byte
	n, at, jumped := 0, r.at, false
	limit := len(r.b)
	for {
		if at >= len(r.b) {
			return "", false
		}
		size := int(r.b[at])
		switch {
		case size == 0:
			if !jumped {
				r.at = at + 1
			}
			return string(out[:max(n-1, 0)]), true
		case size >= 0xc0:
			if at+1 >= len(r.b) {
				return "", false
			}
			to := size&0x3f<<8 | int(r.b[at+1])
			if !jumped {
				r.at, jumped = at+2, true
				limit = at
			}
			if to >= limit {
				return "", false
			}
			at, limit = to, to
		case size >= 0x40 || at+1+size > len(r.b) || n+size+1 > len(out):
			return "", false
		default:
			n += copy(out[n:], r.b[at+1:at+1+size])
			out[n] = '.'
			n++
			at += 1 + size
		}
	}
}

func (r *dnsReader) skip(n int) bool {
	r.at += n
	return r.at <= len(r.b)
}

// record is one resource record; data lies in the message.
type record struct {
	name   string
	kind   uint16
	data   []byte
	dataAt int
}

func (r *dnsReader) record() (record, bool) {
	name, ok := r.name()
	if !ok || r.at+10 > len(r.b) {
		return record{}, false
	}
	h := r.b[r.at:]
	size := int(binary.BigEndian.Uint16(h[8:]))
	if r.at+10+size > len(r.b) {
		return record{}, false
	}
	rec := record{name, binary.BigEndian.Uint16(h), h[10 : 10+size], r.at + 10}
	r.at += 10 + size
	return rec, true
}

func dissectDNS(p *Packet) {
	b := p.Payload
	if len(b) < 12 || b[2]&0x80 != 0 { // only questions: an answer speaks of others
		if len(b) >= 12 && p.Src.Port == 53 && !p.Src.IP.IsMulticast() && !p.Repeats(Hash(53, string(p.Src.MAC))) {
			p.Emit(Observation{Roles: []string{"dns-server"}})
		}
		return
	}
	if binary.BigEndian.Uint16(b[4:]) != 1 || b[2]&0x78 != 0 {
		return
	}
	r := dnsReader{b, 12}
	name, ok := r.name()
	if !ok || name == "" || r.at+4 > len(b) {
		return
	}
	kind := binary.BigEndian.Uint16(b[r.at:])
	if kind != dnsA && kind != dnsAAAA && kind != dnsSRV && kind != 65 || strings.HasSuffix(name, ".arpa") {
		return
	}
	shown := strings.ToLower(text([]byte(name)))
	if shown == "" {
		return
	}
	p.Emit(Observation{Claims: []Claim{{Attribute: Peer, Value: shown, Weight: 0.5, Source: "dns", Field: "question", Offset: 12}}})
}

func dissectMDNS(p *Packet) {
	b := p.Payload
	if len(b) < 12 || b[2]&0x80 == 0 || p.Repeats(Hash(5353, b[2:])^Hash(0, string(p.Src.MAC))) {
		return
	}
	m := announcement{p: p}
	r := dnsReader{b, 12}
	for range binary.BigEndian.Uint16(b[4:]) {
		if _, ok := r.name(); !ok || !r.skip(4) {
			return
		}
	}
	count := int(binary.BigEndian.Uint16(b[6:])) + int(binary.BigEndian.Uint16(b[8:])) + int(binary.BigEndian.Uint16(b[10:]))
	for range min(count, maxNames) {
		rec, ok := r.record()
		if !ok {
			break
		}
		m.take(rec, b)
	}
	if len(m.claims) > 0 {
		p.Emit(Observation{Claims: m.claims})
	}
}

// announcement gathers what one mDNS answer says of its sender.
type announcement struct {
	p      *Packet
	claims []Claim
}

func (m *announcement) add(a Attribute, field, value string, weight float64, at int) {
	if value == "" || len(m.claims) >= 48 {
		return
	}
	for _, c := range m.claims {
		if c.Attribute == a && c.Value == value {
			return
		}
	}
	m.claims = append(m.claims, Claim{Attribute: a, Value: value, Weight: weight, Source: "mdns", Field: field, Offset: at})
}

func (m *announcement) take(rec record, b []byte) {
	at := rec.dataAt
	switch rec.kind {
	case dnsA, dnsAAAA:
		if ip, ok := netip.AddrFromSlice(rec.data); ok && (ip == m.p.Src.IP || ip.Is6() && m.p.Src.IP.Is4()) {
			m.add(Hostname, "A", hostname(strings.TrimSuffix(text([]byte(rec.name)), ".local")), 0.6, at)
		}
	case dnsPTR:
		r := dnsReader{b, rec.dataAt}
		target, ok := r.name()
		if !ok || strings.HasSuffix(rec.name, ".arpa") {
			return
		}
		service := strings.TrimSuffix(text([]byte(rec.name)), ".local")
		if service == "_services._dns-sd._udp" {
			service = strings.TrimSuffix(text([]byte(target)), ".local")
		}
		m.add(Service, "PTR", service, 0.5, at)
		if instance, ok := strings.CutSuffix(target, "."+rec.name); ok && equipmentService(service) && !strings.ContainsAny(instance, "'\u2019") {
			m.add(Banner, "instance of "+service, text([]byte(instance)), 0.6, at)
		}
	case dnsTXT:
		m.txt(rec)
	}
}

// serviceOfName returns the service of an instance's name: its last two labels
// before the domain (RFC 6763 4.1).
func serviceOfName(name string) string {
	name = strings.TrimSuffix(name, ".local")
	protocol := strings.LastIndexByte(name, '.')
	if protocol < 0 {
		return ""
	}
	return name[strings.LastIndexByte(name[:protocol], '.')+1:]
}

// equipmentService reports whether the instances of a service bear the names
// of equipment, as its maker set them; those of others bear people's names.
func equipmentService(service string) bool {
	switch service {
	case "_http._tcp", "_https._tcp", "_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", "_scanner._tcp", "_uscan._tcp",
		"_rtsp._tcp", "_axis-video._tcp", "_dhnap._tcp", "_telnet._tcp", "_snmp._udp", "_dicom._tcp", "_acr-nema._tcp", "_hap._tcp", "_coap._udp":
		return true
	}
	return false
}

// txt reads the key=value strings of a service (RFC 6763 6). Only keys that
// name a product are looked at.
func (m *announcement) txt(rec record) {
	device := strings.Contains(rec.name, "._device-info._tcp")
	at := rec.dataAt
	for b := rec.data; len(b) > 0 && int(b[0]) < len(b); b = b[1+int(b[0]):] {
		entry := b[1 : 1+int(b[0])]
		key, value, ok := strings.Cut(string(entry), "=")
		if !ok { // a word without a value: cameras and printers put their model there
			if named := text(entry); len(named) >= 5 && strings.ContainsAny(named, "0123456789") && equipmentService(serviceOfName(rec.name)) {
				m.add(Banner, "TXT", named, 0.6, at)
			}
			continue
		}
		a, weight := txtKey(strings.ToLower(key), device)
		shown := text([]byte(value))
		if key == "product" {
			shown = strings.Trim(shown, "()")
		}
		if a != "" {
			m.add(a, "TXT "+strings.ToLower(key), shown, weight, at)
		}
	}
}

func txtKey(key string, device bool) (Attribute, float64) {
	switch key {
	case "model", "md", "ty", "product", "usb_mdl", "am":
		return Model, 0.9
	case "manufacturer", "mf", "usb_mfg", "vendor", "brand":
		return Manufacturer, 0.9
	case "serialnumber", "serial", "sn", "srnm":
		return SerialNumber, 0.9
	case "srcvers", "fv", "fw", "firmware", "swversion", "sw":
		return SoftwareVersion, 0.8
	case "osxvers":
		if device {
			return Fingerprint, 0.3
		}
	case "note":
		return Location, 0.4
	}
	return "", 0
}

func dissectLLMNR(p *Packet) {
	b := p.Payload
	if len(b) < 12 || b[2]&0x80 == 0 { // only an answer speaks of its sender
		return
	}
	r := dnsReader{b, 12}
	if name, ok := r.name(); ok && binary.BigEndian.Uint16(b[6:]) > 0 {
		if h := hostname(text([]byte(name))); h != "" && !strings.HasSuffix(h, ".arpa") {
			p.Emit(Observation{Claims: []Claim{{Attribute: Hostname, Value: h, Weight: 0.6, Source: "llmnr", Field: "answer", Offset: 12}}})
		}
	}
}
