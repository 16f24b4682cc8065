package traffic

import (
	"encoding/binary"
	"strings"
)

// coap is HTTP for small devices (RFC 7252): sensors, lamps, wearables' hubs.
// The name under which a device registers is read, and the types that it
// lists; nothing else of what it sends is.
func coap() Dissector {
	return Dissector{Name: "coap", Ports: []uint16{5683}, Dissect: dissectCoAP}
}

// The options of CoAP that matter here.
const (
	coapHost   = 3
	coapFormat = 12
	coapQuery  = 15
)

func dissectCoAP(p *Packet) {
	b := p.Payload
	if len(b) < 4 || b[0]>>6 != 1 || b[0]&15 > 8 || len(b) < 4+int(b[0]&15) || b[1] == 0 {
		return
	}
	o := Observation{Roles: []string{"coap-server"}}
	if b[1]>>5 == 0 {
		o.Roles[0] = "coap-client"
	}
	format, body, ok := coapOptions(b, 4+int(b[0]&15), func(option int, value []byte, at int) {
		name, named := strings.CutPrefix(text(value), "ep=")
		if option == coapQuery && named && name != "" && b[1] == 2 { // POST: an endpoint registers (RFC 9176 5)
			o.Claims = append(o.Claims, Claim{Attribute: Banner, Value: name, Weight: 0.5, Source: "coap", Field: "ep", Offset: at})
		}
		if host := hostname(text(value)); option == coapHost && b[1]>>5 == 0 && host != "" {
			o.Claims = append(o.Claims, Claim{Attribute: Peer, Value: strings.ToLower(host), Weight: 0.4, Source: "coap", Field: "Uri-Host", Offset: at})
		}
	})
	if !ok {
		return
	}
	const linkFormat = 40
	if b[1]>>5 == 2 && format == linkFormat {
		o.Claims = append(o.Claims, linkTypes(b[body:], body)...)
	}
	p.Emit(o)
}

// coapOptions walks the options from b[at] on and returns the format of the
// payload (-1 when it is not told) and where the payload begins.
func coapOptions(b []byte, at int, each func(option int, value []byte, at int)) (format, body int, ok bool) {
	option, format := 0, -1
	for range 32 {
		if at >= len(b) {
			return format, len(b), true
		}
		if b[at] == 0xff {
			return format, at + 1, true
		}
		delta, size := int(b[at]>>4), int(b[at]&15)
		at++
		for _, n := range []*int{&delta, &size} {
			switch {
			case *n == 15:
				return 0, 0, false
			case *n == 13 && at < len(b):
				*n, at = int(b[at])+13, at+1
			case *n == 14 && at+1 < len(b):
				*n, at = int(binary.BigEndian.Uint16(b[at:]))+269, at+2
			}
		}
		if at+size > len(b) {
			return 0, 0, false
		}
		option += delta
		value := b[at : at+size]
		if option == coapFormat && size <= 2 {
			format = 0
			for _, c := range value {
				format = format<<8 | int(c)
			}
		}
		each(option, value, at)
		at += size
	}
	return 0, 0, false
}

// linkTypes reads the resource types of a list of links (RFC 6690).
func linkTypes(b []byte, at int) []Claim {
	var claims []Claim
	for part := range strings.FieldsFuncSeq(string(b[:min(len(b), 2048)]), func(r rune) bool { return r == ';' || r == ',' }) {
		types, ok := strings.CutPrefix(part, "rt=")
		if !ok {
			continue
		}
		for word := range strings.FieldsSeq(strings.Trim(types, `"`)) {
			if value := text([]byte(word)); value != "" && len(claims) < 16 {
				claims = append(claims, Claim{Attribute: Service, Value: value, Weight: 0.5, Source: "coap", Field: "rt", Offset: at})
			}
		}
	}
	return claims
}
