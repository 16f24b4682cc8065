package traffic

import "encoding/binary"

// nbns is the name service of NetBIOS (RFC 1002): Windows machines, and much
// medical equipment built on them, shout their names.
func nbns() Dissector {
	return Dissector{Name: "nbns", Ports: []uint16{137}, Dissect: dissectNBNS}
}

// nbdgm is the datagram service of NetBIOS; its header names the sender.
func nbdgm() Dissector {
	return Dissector{Name: "nbdgm", Ports: []uint16{138}, Dissect: dissectNBDatagram}
}

func dissectNBNS(p *Packet) {
	b := p.Payload
	if len(b) < 12+34 {
		return
	}
	opcode, answer := b[2]>>3&15, b[2]&0x80 != 0
	// A registration or refresh says "this is my name"; so does a positive
	// answer to a question for a name.
	registers := !answer && (opcode == 5 || opcode == 8 || opcode == 9)
	if !registers && !(answer && opcode == 0 && b[3]&15 == 0 && binary.BigEndian.Uint16(b[6:]) > 0) {
		return
	}
	name, suffix, ok := netbiosName(b[12:])
	if !ok || suffix != 0x00 && suffix != 0x20 {
		return
	}
	if registers && len(b) >= 68 && b[62]&0x80 != 0 || !registers && len(b) >= 58 && b[56]&0x80 != 0 {
		return // a group's name, not the machine's
	}
	p.Emit(Observation{Claims: []Claim{{Attribute: Hostname, Value: name, Weight: 0.6, Source: "nbns", Field: "name", Offset: 13}}})
}

func dissectNBDatagram(p *Packet) {
	b := p.Payload
	if len(b) < 14+34 || b[0] < 0x10 || b[0] > 0x12 {
		return
	}
	if name, suffix, ok := netbiosName(b[14:]); ok && (suffix == 0x00 || suffix == 0x20) {
		p.Emit(Observation{Claims: []Claim{{Attribute: Hostname, Value: name, Weight: 0.6, Source: "nbdgm", Field: "source name", Offset: 15}}})
	}
}

// netbiosName undoes the first-level encoding: each half byte of the sixteen
// bytes is a letter from A to P. The last byte says what the name is for.
func netbiosName(b []byte) (name string, suffix byte, ok bool) {
	if len(b) < 34 || b[0] != 32 {
		return "", 0, false
	}
	var raw [16]byte
	for i := range raw {
		high, low := b[1+2*i]-'A', b[2+2*i]-'A'
		if high > 15 || low > 15 {
			return "", 0, false
		}
		raw[i] = high<<4 | low
	}
	name = hostname(text(raw[:15]))
	return name, raw[15], name != ""
}
