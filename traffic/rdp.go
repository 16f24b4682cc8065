package traffic

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// rdp is the remote desktop of Windows (MS-RDPBCGR). The negotiation is read,
// then either the certificate of the TLS that it leads to, which bears the
// machine's name, or the client's name, which older clients send in the clear.
// The cookie of the first message is a person's log-on name: it is not kept.
func rdp() Dissector {
	return Dissector{Name: "rdp", Sniff: sniffRDP, New: func() Parser { return &rdpParser{} }}
}

const (
	rdpNegotiate = 1
	rdpChosen    = 2
	// maxRDP is the longest message of the opening that is waited for.
	maxRDP = 4 << 10
)

// sniffRDP wants an X.224 connection request in a TPKT (RFC 1006) that holds
// RDP's cookie or its negotiation.
func sniffRDP(first []byte, port uint16) bool {
	if len(first) < 11 || first[0] != 3 || first[1] != 0 || first[5] != 0xe0 {
		return false
	}
	size := int(binary.BigEndian.Uint16(first[2:]))
	if size < 11 || size > 512 {
		return false
	}
	body := first[11:min(size, len(first))]
	return bytes.HasPrefix(body, []byte("Cookie: ")) || negotiation(body, rdpNegotiate) >= 0 || port == 3389 && len(body) == 0
}

// negotiation returns the protocols of a negotiation that ends b, or -1.
func negotiation(b []byte, kind byte) int {
	if len(b) < 8 {
		return -1
	}
	b = b[len(b)-8:]
	if b[0] != kind || binary.LittleEndian.Uint16(b[2:]) != 8 {
		return -1
	}
	return int(binary.LittleEndian.Uint32(b[4:]) & 0xff)
}

type rdpParser struct {
	buf    [2][]byte
	opened [2]bool // the connection request and its answer were seen
	secret bool    // TLS was chosen
	tls    Parser
}

func (r *rdpParser) Feed(s *Stream, dir Direction, data []byte) {
	for len(data) > 0 && !s.Left() {
		if r.tls != nil || r.secret && r.opened[dir] && len(r.buf[dir]) == 0 {
			if r.tls == nil {
				r.tls = tls().New()
			}
			r.tls.Feed(s, dir, data)
			return
		}
		n := min(len(data), r.want(dir))
		r.buf[dir] = append(r.buf[dir], data[:n]...)
		data = data[n:]
		r.read(s, dir)
	}
}

// want is how many bytes are missing of the head of a message or, when that is
// there, of the message.
func (r *rdpParser) want(dir Direction) int {
	b := r.buf[dir]
	if len(b) < 4 {
		return 4 - len(b)
	}
	return int(binary.BigEndian.Uint16(b[2:])) - len(b)
}

func (r *rdpParser) read(s *Stream, dir Direction) {
	b := r.buf[dir]
	if len(b) < 4 {
		return
	}
	size := int(binary.BigEndian.Uint16(b[2:]))
	if b[0] != 3 || size < 7 || size > maxRDP {
		s.Leave()
		return
	}
	if len(b) == size {
		r.buf[dir] = nil
		r.message(s, dir, b)
	}
}

func (r *rdpParser) message(s *Stream, dir Direction, b []byte) {
	switch kind := b[5]; {
	case dir == ToServer && kind == 0xe0 && !r.opened[ToServer]:
		r.opened[ToServer] = true
		s.Emit(ToServer, Observation{Roles: []string{"rdp-client"}})
	case dir == ToClient && kind == 0xd0:
		r.opened[ToClient] = true
		chosen := negotiation(b[min(11, len(b)):], rdpChosen)
		r.secret = chosen > 0
		roles := []string{"rdp-server"}
		if chosen <= 0 {
			roles = append(roles, "rdp-without-tls")
		}
		s.Emit(ToClient, Observation{Roles: roles, at: min(11, len(b)-1)})
	case dir == ToServer && r.opened[ToServer]:
		if name, at := rdpClientName(b); name != "" {
			s.Emit(ToServer, Observation{Claims: []Claim{{Attribute: Hostname, Value: name, Weight: 0.6, Source: "rdp", Field: "clientName", Offset: at}}})
		}
		s.Leave()
	}
}

// rdpClientName finds the client's core data in the request that opens a
// conference (2.2.1.3.2): version, size of the screen, keyboard, build, name.
func rdpClientName(b []byte) (string, int) {
	at := bytes.Index(b, []byte("Duca")) // the key of a client's data, T.124
	if at < 0 {
		return "", 0
	}
	b = b[at:]
	core := bytes.Index(b, []byte{0x01, 0xc0})
	if core < 0 || len(b) < core+24+32 {
		return "", 0
	}
	var units []uint16
	for name := b[core+24 : core+56]; len(name) >= 2 && (name[0]|name[1]) != 0; name = name[2:] {
		units = append(units, binary.LittleEndian.Uint16(name))
	}
	return hostname(text([]byte(string(utf16.Decode(units))))), at + core + 24
}

// Gap ends it: the opening is short.
func (r *rdpParser) Gap(s *Stream, _ Direction, _ int) { s.Leave() }

// Held implements Holder.
func (r *rdpParser) Held() int {
	n := len(r.buf[0]) + len(r.buf[1])
	if h, ok := r.tls.(Holder); ok {
		n += h.Held()
	}
	return n
}
