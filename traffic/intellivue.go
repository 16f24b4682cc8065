package traffic

import (
	"encoding/binary"
	"strconv"
	"unicode/utf16"
)

// intellivue is how Philips IntelliVue monitors announce themselves and hand
// out data (IntelliVue Patient Monitor, Data Export Interface Programming
// Guide, Philips 4535 642 59271): connect indications to port 24005, and the
// event with which a monitor opens an association on port 24105. Only these
// are read. What is polled afterwards holds a patient's name and values: it is
// passed by unread.
func intellivue() Dissector {
	return Dissector{Name: "intellivue", Ports: []uint16{24105, 24005}, Dissect: dissectIntelliVue}
}

// Codes of the guide.
const (
	intelliSession  = 0xe100 // first word of a data message
	intelliCreated  = 3334   // NOM_NOTI_MDS_CREAT
	intelliIndicate = 3351   // NOM_NOTI_CONN_INDIC
	intelliMDS      = 33     // NOM_MOC_VMS_MDS: a medical device system

	intelliModel     = 0x0928
	intelliProducts  = 0x092d
	intelliBed       = 0x091e
	intelliSystemID  = 0x0984
	intelliAddresses = 0xf100
)

func dissectIntelliVue(p *Packet) {
	b := p.Payload
	if len(b) < 4 {
		return
	}
	switch {
	case b[0] == 0x0e && p.Src.Port == 24105: // an association was accepted (ISO 8327 AC)
		p.Emit(Observation{Roles: []string{"intellivue-monitor"}})
		return
	case b[0] == 0x0d && p.Dst.Port == 24105: // one is asked for
		p.Emit(Observation{Roles: []string{"intellivue-client"}})
		return
	case p.Dst.Port != 24005 && (p.Src.Port != 24105 || binary.BigEndian.Uint16(b) != intelliSession):
		return
	}
	list, at, ok := intelliEvent(b)
	if !ok {
		return
	}
	o := Observation{Roles: []string{"intellivue-monitor"}, Claims: []Claim{
		// No other maker's equipment speaks this protocol.
		{Attribute: Manufacturer, Value: "Philips", Weight: 0.8, Source: "intellivue", Field: "protocol", Offset: 4},
		{Attribute: Class, Value: "patient-monitor", Weight: 0.8, Source: "intellivue", Field: "object class", Offset: 14},
	}}
	intelliAttributes(list, at, func(id uint16, value []byte, at int) {
		o.Claims = append(o.Claims, intelliClaims(id, value, at)...)
	})
	p.Emit(o)
}

// intelliEvent passes the headers of a remote operation that reports an event
// of a medical device system, and returns its list of attributes.
func intelliEvent(b []byte) (list []byte, at int, ok bool) {
	if len(b) < 28 {
		return nil, 0, false
	}
	word := func(at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
	// 4: invoke, its length; 8: invoke id, command, length; 14: object class,
	// context, handle; 20: time; 24: event, length.
	if word(4) != 1 || word(10) > 1 || word(14) != intelliMDS {
		return nil, 0, false
	}
	switch word(24) {
	case intelliIndicate:
		at = 28
	case intelliCreated:
		at = 34 // behind the object that was made
	default:
		return nil, 0, false
	}
	if len(b) < at+4 {
		return nil, 0, false
	}
	size := min(word(at+2), len(b)-at-4)
	return b[at+4 : at+4+size], at + 4, true
}

func intelliAttributes(b []byte, at int, each func(id uint16, value []byte, at int)) {
	for range 64 {
		if len(b) < 4 {
			return
		}
		size := int(binary.BigEndian.Uint16(b[2:]))
		if len(b) < 4+size {
			return
		}
		each(binary.BigEndian.Uint16(b), b[4:4+size], at+4)
		b, at = b[4+size:], at+4+size
	}
}

func intelliClaims(id uint16, v []byte, at int) []Claim {
	claim := func(a Attribute, field, value string, weight float64, at int) []Claim {
		if value == "" {
			return nil
		}
		return []Claim{{Attribute: a, Value: value, Weight: weight, Source: "intellivue", Field: field, Offset: at}}
	}
	switch id {
	case intelliModel:
		maker, rest := sized(v)
		model, _ := sized(rest)
		return append(claim(Banner, "system model, manufacturer", text(maker), 0.3, at+2),
			claim(Model, "system model", text(model), 0.9, at+4+len(maker))...)
	case intelliBed:
		label, _ := sized(v)
		if bed := wideText(label); bed != "" {
			return claim(Location, "bed label", Spot{Bed: bed}.String(), 0.8, at+2)
		}
	case intelliSystemID:
		if mac, _ := sized(v); len(mac) == 6 {
			return claim(EUI64, "system id", eui64Of(mac), 0.9, at+2)
		}
	case intelliAddresses:
		if len(v) >= 6 {
			return claim(EUI64, "address information", eui64Of(v[:6]), 0.9, at)
		}
	case intelliProducts:
		return intelliProductClaims(v, at)
	}
	return nil
}

// intelliProductClaims reads the production specification: of each kind the
// first entry, which is of the monitor; further ones are of its parts.
func intelliProductClaims(v []byte, at int) []Claim {
	if len(v) < 4 {
		return nil
	}
	var claims []Claim
	seen := map[uint16]bool{}
	for b, at := v[4:], at+4; len(b) >= 6 && len(claims) < 8; {
		kind, part := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		value, rest := sized(b[4:])
		c := Claim{Value: text(value), Weight: 0.8, Source: "intellivue", Offset: at + 6}
		at += len(b) - len(rest)
		b = rest
		switch kind {
		case 1:
			c.Attribute, c.Field = SerialNumber, "serial number"
		case 4:
			c.Attribute, c.Field = SoftwareVersion, "software revision"
		default:
			continue
		}
		if c.Value == "" || seen[kind] {
			continue
		}
		seen[kind] = true
		c.Field += ", component " + strconv.Itoa(int(part))
		claims = append(claims, c)
	}
	return claims
}

// sized reads a value that has its length before it, and what follows it.
func sized(b []byte) (value, rest []byte) {
	if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
		return nil, nil
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	return b[2:n], b[n:]
}

// wideText reads 16-bit characters up to the first zero.
func wideText(b []byte) string {
	var units []uint16
	for ; len(b) >= 2 && (b[0]|b[1]) != 0 && len(units) < 64; b = b[2:] {
		units = append(units, binary.BigEndian.Uint16(b))
	}
	return text([]byte(string(utf16.Decode(units))))
}

// eui64Of writes a hardware address as an EUI-64, or nothing when it is none.
func eui64Of(mac []byte) string {
	if v := mac48(mac); v == 0 || v>>40&1 != 0 {
		return ""
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, 16)
	for _, c := range []byte{mac[0], mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]} {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}
