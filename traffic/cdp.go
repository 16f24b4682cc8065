package traffic

import (
	"encoding/binary"
	"strings"
)

// cdp is the like of LLDP from Cisco, which others speak too.
func cdp() Dissector {
	return Dissector{Name: "cdp", EtherTypes: []uint64{0x00000c2000}, Dissect: dissectCDP}
}

func dissectCDP(p *Packet) {
	b := p.Payload
	if len(b) < 4 || b[0] == 0 || b[0] > 2 {
		return
	}
	var claims []Claim
	add := func(a Attribute, field, value string, weight float64, at int) {
		if value != "" {
			claims = append(claims, Claim{Attribute: a, Value: value, Weight: weight, Source: "cdp", Field: field, Offset: at})
		}
	}
	for at := 4; at+4 <= len(b); {
		kind, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 4 || at+size > len(b) {
			break
		}
		value := text(b[at+4 : at+size])
		switch kind {
		case 1:
			add(Hostname, "device id", hostname(value), 0.6, at+4)
		case 5:
			add(Banner, "version", value, 0.8, at+4)
		case 6:
			model := value
			if maker, rest, ok := strings.Cut(value, " "); ok && strings.EqualFold(maker, "cisco") {
				add(Manufacturer, "platform", "Cisco", 0.9, at+4)
				model = rest
			}
			add(Model, "platform", model, 0.9, at+4)
		}
		at += size
	}
	if len(claims) > 0 {
		p.Emit(Observation{Claims: claims})
	}
}
