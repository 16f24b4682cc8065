package traffic

import (
	"encoding/binary"
	"strings"
)

// kerberos is how machines and people log on to a Windows domain (RFC 4120).
// Names of machines are read; names of people are not kept.
func kerberos() Dissector {
	return Dissector{
		Name: "kerberos", Ports: []uint16{88}, Dissect: func(p *Packet) {
			if o, ok := kerberosMessage(p.Payload, 0); ok {
				p.Emit(o)
			}
		},
		Sniff: sniffKerberos, New: func() Parser { return &kerberosParser{} },
	}
}

// The messages of Kerberos that matter here, by their application tags.
const (
	kerberosASRequest  = 0x6a
	kerberosASAnswer   = 0x6b
	kerberosTGSRequest = 0x6c
	kerberosTGSAnswer  = 0x6d
	kerberosError      = 0x7e
)

// maxKerberos is the longest message that is read over TCP: tickets of people
// in many groups reach some tens of KiB.
const maxKerberos = 32 << 10

// sniffKerberos wants a length and behind it a message whose own length
// agrees.
func sniffKerberos(first []byte, _ uint16) bool {
	if len(first) < 9 || binary.BigEndian.Uint32(first) > maxKerberos {
		return false
	}
	switch first[4] {
	case kerberosASRequest, kerberosASAnswer, kerberosTGSRequest, kerberosTGSAnswer, kerberosError:
	default:
		return false
	}
	size, head := int(first[5]), 2
	if n := size & 0x7f; size >= 0x80 {
		if n == 0 || n > 2 {
			return false
		}
		head, size = 2+n, 0
		for _, c := range first[6 : 6+n] {
			size = size<<8 | int(c)
		}
	}
	return int(binary.BigEndian.Uint32(first)) == head+size
}

// kerberosParser reads the first message of each direction; what follows on
// the connection is more of the same.
type kerberosParser struct {
	buf  [2][]byte
	done [2]bool
}

func (k *kerberosParser) Feed(s *Stream, dir Direction, data []byte) {
	if k.done[dir] {
		return
	}
	b := append(k.buf[dir], data[:min(len(data), 4+maxKerberos-len(k.buf[dir]))]...)
	k.buf[dir] = b
	if len(b) < 4 {
		return
	}
	size := int(binary.BigEndian.Uint32(b))
	if size <= maxKerberos && len(b) < 4+size {
		return
	}
	if size <= maxKerberos {
		if o, ok := kerberosMessage(b[4:4+size], 4); ok {
			s.Emit(dir, o)
		}
	}
	k.done[dir], k.buf[dir] = true, nil
	if k.done[dir.Other()] {
		s.Leave()
	}
}

// Gap ends it: the messages are short.
func (k *kerberosParser) Gap(s *Stream, _ Direction, _ int) { s.Leave() }

// Held implements Holder.
func (k *kerberosParser) Held() int { return len(k.buf[0]) + len(k.buf[1]) }

// kerberosMessage reads one message, which stands at offset at.
func kerberosMessage(b []byte, at int) (Observation, bool) {
	outer := ber{b, at}
	tag, value, at, ok := outer.next()
	if !ok {
		return Observation{}, false
	}
	switch tag {
	case kerberosASAnswer, kerberosTGSAnswer, kerberosError:
		return Observation{Roles: []string{"kerberos-server"}}, true
	case kerberosASRequest, kerberosTGSRequest:
	default:
		return Observation{}, false
	}
	message, ok := (&ber{value, at}).want(berSequence)
	if !ok {
		return Observation{}, false
	}
	body, ok := message.field(4)
	if !ok {
		return Observation{}, false
	}
	body, ok = body.want(berSequence)
	if !ok {
		return Observation{}, false
	}
	return Observation{Claims: kerberosClaims(body), Roles: []string{"kerberos-client"}}, true
}

// field passes elements until the one with the context tag n, and returns what
// is inside it.
func (r *ber) field(n byte) (ber, bool) {
	for {
		tag, value, at, ok := r.next()
		if !ok {
			return ber{}, false
		}
		if tag == 0xa0|n {
			return ber{value, at}, true
		}
	}
}

func kerberosClaims(body ber) []Claim {
	var claims []Claim
	add := func(a Attribute, field, value string, weight float64, at int) {
		if value != "" {
			claims = append(claims, Claim{Attribute: a, Value: value, Weight: weight, Source: "kerberos", Field: field, Offset: at})
		}
	}
	for {
		tag, value, at, ok := body.next()
		if !ok {
			return claims
		}
		inner := ber{value, at}
		switch tag {
		case 0xa1: // cname
			name, where := machineName(inner)
			add(Hostname, "cname", name, 0.7, where)
		case 0xa2: // realm
			if _, v, where, ok := inner.next(); ok {
				add(Peer, "realm", strings.ToLower(hostname(text(v))), 0.4, where)
			}
		case 0xa9: // addresses
			name, where := netbiosAddress(inner)
			add(Hostname, "addresses", name, 0.7, where)
		}
	}
}

// machineName returns the name of a principal that is a machine: an account
// that ends with a dollar sign, or a "host" service. All others may be people.
func machineName(r ber) (string, int) {
	name, ok := r.want(berSequence)
	if !ok {
		return "", 0
	}
	parts, ok := name.field(1)
	if !ok {
		return "", 0
	}
	list, ok := parts.want(berSequence)
	if !ok {
		return "", 0
	}
	_, first, at, ok := list.next()
	if !ok {
		return "", 0
	}
	if account, machine := strings.CutSuffix(text(first), "$"); machine {
		return hostname(account), at
	}
	if string(first) == "host" {
		if _, second, where, ok := list.next(); ok {
			return hostname(text(second)), where
		}
	}
	return "", 0
}

// netbiosAddress returns the machine's NetBIOS name, which Windows sends as
// one of its addresses (type 20).
func netbiosAddress(r ber) (string, int) {
	list, ok := r.want(berSequence)
	if !ok {
		return "", 0
	}
	for range 16 {
		address, ok := list.want(berSequence)
		if !ok {
			break
		}
		kind, ok := address.field(0)
		if !ok {
			continue
		}
		n, ok := kind.want(berInteger)
		if !ok || len(n.b) != 1 || n.b[0] != 20 {
			continue
		}
		value, ok := address.field(1)
		if !ok {
			continue
		}
		if v, ok := value.want(berOctets); ok && len(v.b) >= 15 {
			return hostname(text(v.b[:15])), v.at
		}
	}
	return "", 0
}
