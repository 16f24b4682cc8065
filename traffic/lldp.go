package traffic

import "encoding/binary"

// lldp is how equipment tells the switch next to it what it is (IEEE 802.1AB),
// with the inventory of LLDP-MED (ANSI/TIA-1057) where it has one.
func lldp() Dissector {
	return Dissector{Name: "lldp", EtherTypes: []uint64{0x88cc}, Dissect: dissectLLDP}
}

// The inventory of LLDP-MED: subtypes of the organisation 00-12-BB.
var medInventory = map[byte]struct {
	attribute Attribute
	field     string
	weight    float64
}{
	5: {Banner, "hardware revision", 0.5}, 6: {SoftwareVersion, "firmware revision", 0.8},
	7: {SoftwareVersion, "software revision", 0.95}, 8: {SerialNumber, "serial number", 0.95},
	9: {Manufacturer, "manufacturer name", 0.95}, 10: {Model, "model name", 0.95}, 11: {AssetTag, "asset id", 0.9},
}

func dissectLLDP(p *Packet) {
	var claims []Claim
	add := func(a Attribute, field string, value []byte, weight float64, at int) {
		if shown := text(value); shown != "" {
			claims = append(claims, Claim{Attribute: a, Value: shown, Weight: weight, Source: "lldp", Field: field, Offset: at})
		}
	}
	var roles []string
	b := p.Payload
	for at := 0; at+2 <= len(b); {
		head := binary.BigEndian.Uint16(b[at:])
		kind, size := head>>9, int(head&0x1ff)
		at += 2
		if kind == 0 || at+size > len(b) {
			break
		}
		value := b[at : at+size]
		switch {
		case kind == 5:
			if name := hostname(text(value)); name != "" {
				add(Hostname, "system name", []byte(name), 0.7, at)
			}
		case kind == 6:
			add(Banner, "system description", value, 0.8, at)
		case kind == 7 && size >= 4:
			roles = capabilities(binary.BigEndian.Uint16(value[2:]))
		case kind == 127 && size > 4 && value[0] == 0 && value[1] == 0x12 && value[2] == 0xbb:
			if m, ok := medInventory[value[3]]; ok {
				add(m.attribute, "LLDP-MED "+m.field, value[4:], m.weight, at+4)
			}
		}
		at += size
	}
	if len(claims) > 0 || len(roles) > 0 {
		p.Emit(Observation{Claims: claims, Roles: roles})
	}
}

// capabilities are what the system says it does.
func capabilities(enabled uint16) []string {
	var roles []string
	for bit, role := range []string{"", "", "switch", "access-point", "router", "phone"} {
		if role != "" && enabled&(1<<bit) != 0 {
			roles = append(roles, role)
		}
	}
	return roles
}
