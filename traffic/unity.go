package traffic

import (
	"encoding/binary"
	"strings"
)

// unity is how monitors, central stations and telemetry servers on GE's
// patient monitoring network (Unity, later CARESCAPE) make themselves known:
// a broadcast to port 7000 with the sender's address and its place ("RWHAT",
// GE ApexPro Telemetry Service Manual, 2-12). The places of the fields are
// those of Vocera, Carescape Adapter Configuration, "Understanding GE Carescape
// Networks", and of a public implementation (github.com/mindleaving/gedash).
// Behind the place stands a patient's name: it is never looked at.
func unity() Dissector {
	return Dissector{Name: "unity", Ports: []uint16{7000}, Dissect: dissectUnity}
}

// Where the fields of a discovery message stand.
const (
	unityOwn   = 4  // the sender's IPv4 address
	unityPlace = 12 // unit, a bar, bed; filled up with zeros
	unityName  = 28 // the patient's name begins here, and our reading ends
)

func dissectUnity(p *Packet) {
	b := p.Payload
	// Two bytes of version and kind, two that are zero, and the address of the
	// packet's own sender once more: nothing else that uses the port does that.
	if p.Dst.Port != 7000 || len(b) < unityName || b[0] != 1 || b[2]|b[3] != 0 || !p.Src.IP.Is4() {
		return
	}
	own := p.Src.IP.As4()
	if binary.BigEndian.Uint32(b[unityOwn:]) != binary.BigEndian.Uint32(own[:]) {
		return
	}
	o := Observation{Roles: []string{"unity-node"}, Claims: []Claim{
		// The network is GE's; others that join it take part as GE's equipment.
		{Attribute: Manufacturer, Value: "GE Healthcare", Weight: 0.7, Source: "unity", Field: "protocol", Offset: unityOwn},
	}}
	if spot, ok := unitySpot(b[unityPlace:unityName]); ok {
		o.Claims = append(o.Claims, Claim{Attribute: Location, Value: spot, Weight: 0.8, Source: "unity", Field: "unit and bed", Offset: unityPlace})
	}
	p.Emit(o)
}

func unitySpot(b []byte) (string, bool) {
	shown := text(b)
	unit, bed, ok := strings.Cut(shown, "|")
	if !ok || unit == "" || !ascii([]byte(shown)) {
		return "", false
	}
	spot := Spot{Unit: strings.TrimSpace(unit), Bed: strings.TrimSpace(bed)}.String()
	return spot, spot != "" // of signs alone nothing is left
}
