package traffic

import (
	"encoding/binary"
	"strconv"
	"unicode/utf16"
)

// bacnet is how the building speaks: ventilation, locks, cold rooms (ASHRAE
// 135, over UDP). Announcements are read, and answers about the device object.
func bacnet() Dissector {
	return Dissector{Name: "bacnet", Ports: []uint16{47808}, Dissect: dissectBACnet}
}

// The properties of the device object that speak of identity.
var bacnetProperties = map[uint32]struct {
	attribute Attribute
	field     string
	weight    float64
}{
	121: {Manufacturer, "vendor-name", 0.9}, 70: {Model, "model-name", 0.9}, 372: {SerialNumber, "serial-number", 0.9},
	12: {SoftwareVersion, "application-software-version", 0.9}, 44: {Banner, "firmware-revision", 0.7},
	77: {Banner, "object-name", 0.5}, 28: {Banner, "description", 0.5}, 58: {Location, "location", 0.6},
}

func dissectBACnet(p *Packet) {
	b := p.Payload
	if len(b) < 8 || b[0] != 0x81 {
		return
	}
	at := 4
	switch b[1] {
	case 0x0a, 0x0b: // unicast, broadcast
	case 0x04: // passed on by a broadcast device for another: its sender is not who speaks
		return
	default:
		return
	}
	apdu, routed, ok := bacnetAPDU(b, at)
	if !ok {
		return
	}
	switch {
	case len(b) >= apdu+12 && b[apdu] == 0x10 && b[apdu+1] == 0:
		iAm(p, apdu+2, routed)
	case len(b) >= apdu+8 && b[apdu]&0xf8 == 0x30 && b[apdu+2] == 12:
		readProperty(p, apdu+3, routed)
	}
}

// bacnetAPDU passes the network header. routed says that the message comes
// from a device behind a BACnet router.
func bacnetAPDU(b []byte, at int) (apdu int, routed, ok bool) {
	if len(b) < at+2 || b[at] != 1 || b[at+1]&0x80 != 0 {
		return 0, false, false
	}
	control := b[at+1]
	at += 2
	for _, present := range []bool{control&0x20 != 0, control&0x08 != 0} {
		if !present {
			continue
		}
		if len(b) < at+3 {
			return 0, false, false
		}
		at += 3 + int(b[at+2])
	}
	if control&0x20 != 0 {
		at++ // hop count
	}
	return at, control&0x08 != 0, at < len(b)
}

// iAm reads an announcement: device instance and the maker's number.
func iAm(p *Packet, at int, routed bool) {
	b := p.Payload
	if b[at] != 0xc4 || binary.BigEndian.Uint32(b[at+1:])>>22 != 8 {
		return
	}
	instance := binary.BigEndian.Uint32(b[at+1:]) & (1<<22 - 1)
	claims := []Claim{{Attribute: Service, Value: "BACnet device " + strconv.Itoa(int(instance)), Weight: 0.6, Source: "bacnet", Field: "I-Am", Offset: at}}
	// The maker's number is the last value.
	if end := len(b); b[end-2] == 0x21 {
		claims = append(claims, Claim{Attribute: VendorClass, Value: "bacnet vendor " + strconv.Itoa(int(b[end-1])), Weight: 0.6, Source: "bacnet", Field: "vendor-identifier", Offset: end - 1})
	} else if b[end-3] == 0x22 {
		claims = append(claims, Claim{Attribute: VendorClass, Value: "bacnet vendor " + strconv.Itoa(int(binary.BigEndian.Uint16(b[end-2:]))), Weight: 0.6, Source: "bacnet", Field: "vendor-identifier", Offset: end - 2})
	}
	p.Emit(Observation{Claims: claims, Content: routed, Roles: []string{"bacnet-device"}})
}

// readProperty reads the answer to a question about the device object when it
// is a text.
func readProperty(p *Packet, at int, routed bool) {
	b := p.Payload
	if b[at] != 0x0c || binary.BigEndian.Uint32(b[at+1:])>>22 != 8 {
		return
	}
	at += 5
	var property uint32
	switch {
	case len(b) >= at+2 && b[at] == 0x19:
		property, at = uint32(b[at+1]), at+2
	case len(b) >= at+3 && b[at] == 0x1a:
		property, at = uint32(binary.BigEndian.Uint16(b[at+1:])), at+3
	default:
		return
	}
	known, ok := bacnetProperties[property]
	if !ok || len(b) < at+4 || b[at] != 0x3e || b[at+1]>>3 != 0x70>>3 {
		return
	}
	size, from := int(b[at+1]&7), at+2
	if size == 5 {
		size, from = int(b[at+2]), at+3
	}
	if size < 2 || size > 253 || len(b) < from+size {
		return
	}
	if value := bacnetText(b[from], b[from+1:from+size]); value != "" {
		p.Emit(Observation{Content: routed, Roles: []string{"bacnet-device"}, Claims: []Claim{
			{Attribute: known.attribute, Value: value, Weight: known.weight, Source: "bacnet", Field: known.field, Offset: from + 1},
		}})
	}
}

// bacnetText reads a character string in the encodings that are in use.
func bacnetText(encoding byte, b []byte) string {
	switch encoding {
	case 0, 5: // UTF-8, ISO 8859-1
		return text(b)
	case 4: // UCS-2
		units := make([]uint16, 0, len(b)/2)
		for ; len(b) >= 2; b = b[2:] {
			units = append(units, binary.BigEndian.Uint16(b))
		}
		return text([]byte(string(utf16.Decode(units))))
	}
	return ""
}
