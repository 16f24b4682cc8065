package traffic

import (
	"bytes"
	"strings"
)

// ssdp is how UPnP devices make themselves known (UPnP Device Architecture):
// HTTP headers in a datagram. The description that they point to is read
// when it is fetched over HTTP.
func ssdp() Dissector {
	return Dissector{Name: "ssdp", Ports: []uint16{1900}, Dissect: dissectSSDP}
}

func dissectSSDP(p *Packet) {
	b := p.Payload
	notify := bytes.HasPrefix(b, []byte("NOTIFY ")) || bytes.HasPrefix(b, []byte("HTTP/1."))
	if !notify && !bytes.HasPrefix(b, []byte("M-SEARCH ")) || p.Repeats(Hash(1900, b)^Hash(0, string(p.Src.MAC))) {
		return
	}
	var claims []Claim
	add := func(a Attribute, field, value string, weight float64, at int) {
		if value != "" {
			claims = append(claims, Claim{Attribute: a, Value: value, Weight: weight, Source: "ssdp", Field: field, Offset: at})
		}
	}
	for at := 0; at < len(b); {
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			end = len(b) - at - 1
		}
		name, value, ok := bytes.Cut(b[at:at+end+1], []byte(":"))
		if ok {
			var space [16]byte
			switch key := lowered(space[:], name); string(key) {
			case "server":
				if notify {
					add(Banner, "SERVER", text(value), 0.5, at)
				}
			case "user-agent":
				if !notify {
					add(Banner, "USER-AGENT", text(value), 0.4, at)
				}
			case "nt", "st":
				if shown := text(value); notify && strings.HasPrefix(shown, "urn:") {
					add(Service, strings.ToUpper(string(key)), shown, 0.5, at)
				}
			case "usn":
				if shown := text(value); notify && strings.HasPrefix(shown, "uuid:") {
					id, _, _ := strings.Cut(shown, "::")
					add(EPR, "USN", "urn:"+strings.ToLower(id), 0.8, at)
				}
			}
		}
		at += end + 1
	}
	if len(claims) > 0 {
		p.Emit(Observation{Claims: claims})
	}
}
