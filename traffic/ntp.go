package traffic

// ntp is how clocks are set (RFC 5905). Who asks and who answers is read: a
// device whose clock nobody sets puts wrong times into the record.
func ntp() Dissector {
	return Dissector{Name: "ntp", Ports: []uint16{123}, Dissect: dissectNTP}
}

func dissectNTP(p *Packet) {
	b := p.Payload
	if len(b) < 48 || b[0]>>3&7 == 0 || b[0]>>3&7 > 4 {
		return
	}
	switch mode := b[0] & 7; {
	case mode == 3:
		p.Emit(Observation{Roles: []string{"ntp-client"}})
	case (mode == 4 || mode == 5) && b[1] >= 1 && b[1] <= 15: // stratum 0 and 16 give no time
		p.Emit(Observation{Roles: []string{"ntp-server"}})
	}
}
