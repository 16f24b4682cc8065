package traffic

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// snmp is how network managers ask equipment what it is (RFC 1157, RFC 3416,
// RFC 3412). Answers are read, and the engine id of version 3, which is in
// the clear.
func snmp() Dissector {
	chassis := &entities{}
	return Dissector{Name: "snmp", Ports: []uint16{161, 162}, Dissect: func(p *Packet) { dissectSNMP(p, chassis) }}
}

// entities remembers, of each agent, which of its physical entities stands for
// the device: the first of the list. A manager that asks for the list row by
// row gets the parts in packets of their own, and their numbers are not the
// device's. Losing it costs a part that is taken for the device once.
type entities struct{ first map[Endpoint]uint32 }

// maxEntities bounds the agents that are remembered.
const maxEntities = 4096

// is reports whether index is the device among the entities of the agent.
func (t *entities) is(agent Endpoint, index uint32) bool {
	known, ok := t.first[agent]
	if !ok || index < known {
		if len(t.first) >= maxEntities || t.first == nil {
			t.first = map[Endpoint]uint32{}
		}
		t.first[agent] = index
		return true
	}
	return index == known
}

// ber walks the basic encoding rules: tag, length, value.
type ber struct {
	b  []byte
	at int // of b in the packet
}

// next returns the next element's tag, its value, and where the value stands.
func (r *ber) next() (tag byte, value []byte, at int, ok bool) {
	if len(r.b) < 2 {
		return 0, nil, 0, false
	}
	tag = r.b[0]
	size, head := int(r.b[1]), 2
	if size >= 0x80 {
		n := size & 0x7f
		if n == 0 || n > 3 || len(r.b) < 2+n {
			return 0, nil, 0, false
		}
		size, head = 0, 2+n
		for _, c := range r.b[2 : 2+n] {
			size = size<<8 | int(c)
		}
	}
	if len(r.b) < head+size {
		return 0, nil, 0, false
	}
	value, at = r.b[head:head+size], r.at+head
	r.b, r.at = r.b[head+size:], r.at+head+size
	return tag, value, at, true
}

// want returns the value of the next element when it has the tag.
func (r *ber) want(tag byte) (ber, bool) {
	got, value, at, ok := r.next()
	return ber{value, at}, ok && got == tag
}

const (
	berInteger  = 0x02
	berOctets   = 0x04
	berOID      = 0x06
	berSequence = 0x30
	snmpAnswer  = 0xa2
	snmpTrap    = 0xa7
)

func dissectSNMP(p *Packet, chassis *entities) {
	outer := ber{b: p.Payload}
	message, ok := outer.want(berSequence)
	if !ok {
		return
	}
	version, ok := message.want(berInteger)
	if !ok || len(version.b) != 1 {
		return
	}
	if version.b[0] == 3 {
		engineID(p, message)
		return
	}
	community, ok := message.want(berOctets) // a password: only that it is a well-known one is told
	if !ok {
		return
	}
	kind, body, at, ok := message.next()
	if !ok || kind != snmpAnswer && kind != snmpTrap {
		return
	}
	pdu := ber{body, at}
	for range 3 { // request id, error, error index
		if _, ok := pdu.want(berInteger); !ok {
			return
		}
	}
	list, ok := pdu.want(berSequence)
	if !ok {
		return
	}
	claims := varbinds(list, func(index uint32) bool { return chassis.is(p.Src, index) })
	if kind == snmpAnswer {
		claims = append(claims, publicCommunity(community.b, community.at)...)
	}
	if len(claims) > 0 {
		p.Emit(Observation{Claims: claims})
	}
}

// object is one managed object that says what the equipment is.
type object struct {
	oid       string // its encoding, without the instance
	attribute Attribute
	field     string
	weight    float64
}

// oid encodes an object identifier whose numbers are given. 43 stands for the
// leading 1.3.
func oid(numbers ...int) string {
	out := []byte{43}
	for _, n := range numbers {
		if n >= 128 {
			out = append(out, byte(n>>7)|0x80)
		}
		out = append(out, byte(n&0x7f))
	}
	return string(out)
}

var (
	system    = []int{6, 1, 2, 1, 1}
	entity    = []int{6, 1, 2, 1, 47, 1, 1, 1, 1}
	objects   = snmpObjects()
	systemOID = oid(6, 1, 2, 1, 1, 2, 0)
)

func snmpObjects() []object {
	in := func(tree []int, n ...int) string { return oid(append(tree[:len(tree):len(tree)], n...)...) }
	return []object{
		{in(system, 1, 0), Banner, "sysDescr", 0.9},
		{in(system, 5, 0), Hostname, "sysName", 0.6},
		{in(system, 6, 0), Location, "sysLocation", 0.6},
		{in(entity, 8), Banner, "entPhysicalHardwareRev", 0.4},
		{in(entity, 9), SoftwareVersion, "entPhysicalFirmwareRev", 0.7},
		{in(entity, 10), SoftwareVersion, "entPhysicalSoftwareRev", 0.9},
		{in(entity, 11), SerialNumber, "entPhysicalSerialNum", 0.9},
		{in(entity, 12), Manufacturer, "entPhysicalMfgName", 0.9},
		{in(entity, 13), Model, "entPhysicalModelName", 0.9},
		{in(entity, 15), AssetTag, "entPhysicalAssetID", 0.7},
		{oid(6, 1, 2, 1, 43, 5, 1, 1, 17, 1), SerialNumber, "prtGeneralSerialNumber", 0.9},
		{oid(6, 1, 2, 1, 25, 3, 2, 1, 3, 1), Banner, "hrDeviceDescr", 0.5},
	}
}

func varbinds(list ber, device func(index uint32) bool) []Claim {
	var claims []Claim
	seen := map[string]bool{}
	for range 64 {
		pair, ok := list.want(berSequence)
		if !ok {
			break
		}
		name, ok := pair.want(berOID)
		if !ok {
			continue
		}
		tag, value, at, ok := pair.next()
		if !ok {
			continue
		}
		if tag == berOID && string(name.b) == systemOID {
			if n, ok := enterprise(value); ok {
				claims = append(claims, Claim{Attribute: VendorClass, Value: "enterprise " + n, Weight: 0.6, Source: "snmp", Field: "sysObjectID", Offset: at})
			}
		}
		if tag != berOctets {
			continue
		}
		for _, o := range objects {
			if bytes.HasPrefix(name.b, []byte(o.oid)) && !seen[o.field] {
				if strings.HasPrefix(o.field, "entPhysical") && !device(instance(name.b[len(o.oid):])) {
					break
				}
				seen[o.field] = true
				if shown := strings.Trim(text(value), `"`); shown != "" {
					claims = append(claims, Claim{Attribute: o.attribute, Value: shown, Weight: o.weight, Source: "snmp", Field: o.field, Offset: at})
				}
				break
			}
		}
	}
	return claims
}

// instance returns the number at the end of an object's name.
func instance(b []byte) uint32 {
	var n uint32
	for _, c := range b[:min(len(b), 5)] {
		n = n<<7 | uint32(c&0x7f)
	}
	return n
}

// enterprise returns the number behind 1.3.6.1.4.1, which IANA gave to the
// maker of the agent.
func enterprise(b []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(b, []byte(oid(6, 1, 4, 1)))
	if !ok || len(rest) == 0 {
		return "", false
	}
	n := 0
	for i, c := range rest {
		n = n<<7 | int(c&0x7f)
		if c < 0x80 {
			return strconv.Itoa(n), true
		}
		if i == 4 {
			break
		}
	}
	return "", false
}

// engineID reads what an authoritative engine says of itself in a message of
// version 3 (RFC 3411 5): its enterprise number and often its address.
func engineID(p *Packet, message ber) {
	if _, ok := message.want(berSequence); !ok {
		return
	}
	security, ok := message.want(berOctets)
	if !ok || p.Src.Port != 161 {
		return
	}
	inner := ber{security.b, security.at}
	parameters, ok := inner.want(berSequence)
	if !ok {
		return
	}
	id, ok := parameters.want(berOctets)
	if !ok || len(id.b) < 5 || id.b[0]&0x80 == 0 {
		return
	}
	n := binary.BigEndian.Uint32(id.b) &^ (1 << 31)
	claims := []Claim{
		{Attribute: VendorClass, Value: "enterprise " + strconv.Itoa(int(n)), Weight: 0.5, Source: "snmp", Field: "engineID", Raw: hexText(id.b), Offset: id.at},
	}
	// Form 3 holds a hardware address: the agent's own, even behind a router.
	if id.b[4] == 3 && len(id.b) == 11 && id.b[5]&1 == 0 && mac48(id.b[5:]) != 0 {
		mac := strings.ToUpper(hexText(id.b[5:]))
		claims = append(claims, Claim{Attribute: EUI64, Value: mac[:6] + "FFFE" + mac[6:], Weight: 0.6, Source: "snmp", Field: "engineID, form 3", Offset: id.at + 5})
	}
	p.Emit(Observation{Claims: claims})
}
