package traffic

import (
	"crypto/x509"
	"encoding/binary"
	"net/netip"
	"strings"
)

// tls is read up to where it becomes secret: what the client offers (which
// tells its TLS library), the name it asks for, and the certificate that the
// server shows (RFC 5246, RFC 8446).
func tls() Dissector {
	known := &tlsKnown{}
	return Dissector{Name: "tls", Sniff: sniffTLS, New: func() Parser { return &tlsParser{known: known} }}
}

// tlsKnown is what was computed of hellos and certificates before.
type tlsKnown struct {
	prints       recall[prints] // fingerprints, by what they are made of
	certificates recall[[]Claim]
	buffers      spares
}

// maxHandshake is what is kept of one direction's handshake. Certificate
// chains of hospitals' own authorities reach 20 KiB.
const maxHandshake = 64 << 10

// The record and handshake types of TLS that matter here.
const (
	recordChange    = 20
	recordHandshake = 22
	recordData      = 23

	clientHello = 1
	serverHello = 2
	certificate = 11
)

// sniffTLS wants a handshake record that holds a hello: a stream joined in its
// middle tells nothing.
func sniffTLS(first []byte, _ uint16) bool {
	if len(first) < 6 || first[0] != recordHandshake || first[1] != 3 || first[2] > 4 {
		return false
	}
	size := binary.BigEndian.Uint16(first[3:])
	return size >= 4 && size <= 16384+256 && (first[5] == clientHello || first[5] == serverHello)
}

type tlsParser struct {
	side  [2]tlsSide
	known *tlsKnown
	dicom bool // what will be spoken inside is DICOM
}

// dicomTLSPort is the port that PS3.15 B.1 recommends for DICOM over TLS.
const dicomTLSPort = 2762

// tlsSide takes records apart and gathers the handshake that they carry.
type tlsSide struct {
	head    [5]byte
	have    int // bytes of head
	left    int // of the record's body
	skip    bool
	changed bool // a change of cipher was seen
	message []byte
}

func (t *tlsParser) Feed(s *Stream, dir Direction, data []byte) {
	side := &t.side[dir]
	for len(data) > 0 && !s.Left() {
		if side.left == 0 {
			n := copy(side.head[side.have:], data)
			side.have += n
			data = data[n:]
			if side.have < 5 {
				return
			}
			side.have = 0
			if !side.begin(s, dir) {
				return
			}
			continue
		}
		n := min(side.left, len(data))
		piece := data[:n]
		side.left -= n
		data = data[n:]
		if side.skip {
			continue
		}
		if len(side.message) == 0 { // most messages come whole: nothing need be kept
			piece = t.read(s, dir, piece)
		}
		if len(piece) > 0 && !s.Left() {
			side.keep(piece, t.known)
			rest := t.read(s, dir, side.message)
			side.message = side.message[:copy(side.message, rest)]
		}
		if len(side.message) == 0 {
			t.known.buffers.give(side.message)
			side.message = nil
		}
		if len(side.message) > maxHandshake {
			s.Leave()
		}
	}
}

// keep gathers a message that comes in pieces, in a buffer of its size once
// that is known. One who announces much and sends little gets little.
func (side *tlsSide) keep(piece []byte, known *tlsKnown) {
	if side.message == nil {
		want := 0
		if len(piece) >= 4 {
			want = 4 + int(piece[1])<<16 + int(piece[2])<<8 + int(piece[3])
		}
		side.message = known.buffers.take(min(max(want, len(piece)), 8<<10))
	}
	side.message = append(side.message, piece...)
}

// begin reads a record's head and reports whether to go on.
func (side *tlsSide) begin(s *Stream, dir Direction) bool {
	h := side.head[:]
	side.left = int(binary.BigEndian.Uint16(h[3:]))
	side.skip = h[0] == recordChange
	switch {
	case h[0] == recordHandshake && h[1] == 3 && side.left > 0:
		return true
	case h[0] == recordChange && side.left == 1:
		// TLS 1.3 sends it for show, and a second hello may follow where the
		// server asked for one (RFC 8446 4.1.4, D.4).
		side.changed = true
		s.Encrypt()
		return true
	case h[0] == recordData:
		s.Encrypt()
	}
	s.Leave()
	return false
}

// Held implements Holder.
func (t *tlsParser) Held() int { return len(t.side[0].message) + len(t.side[1].message) }

// Gap ends it: the handshake is short, and what follows it is secret.
func (t *tlsParser) Gap(s *Stream, _ Direction, _ int) {
	s.Encrypt()
	s.Leave()
}

// read takes whole handshake messages from m and returns the rest.
func (t *tlsParser) read(s *Stream, dir Direction, m []byte) []byte {
	for len(m) >= 4 {
		size := int(m[1])<<16 | int(m[2])<<8 | int(m[3])
		if size > maxHandshake || t.side[dir].changed && m[0] != clientHello {
			s.Encrypt()
			s.Leave()
			return nil
		}
		if len(m) < 4+size {
			return m
		}
		t.message(s, dir, m[0], m[4:4+size])
		m = m[4+size:]
	}
	return m
}

func (t *tlsParser) message(s *Stream, dir Direction, kind byte, b []byte) {
	switch kind {
	case clientHello:
		hello, ok := parseHello(b)
		if !ok {
			return
		}
		o := Observation{Claims: hello.claims(&t.known.prints)}
		if t.dicom = hello.dicom || s.Server.Port == dicomTLSPort; t.dicom {
			o.Roles = []string{"dicom-tls-client"}
		}
		s.Emit(dir, o)
		s.Encrypt()
	case serverHello:
		o := Observation{Claims: oldTLS(b)}
		if t.dicom || s.Server.Port == dicomTLSPort {
			o.Roles = []string{"dicom-tls-server"}
		}
		if len(o.Claims)+len(o.Roles) > 0 {
			s.Emit(dir, o)
		}
	case certificate:
		t.certificate(s, dir, b)
	}
}

// certificate tells whose certificate the sender shows, unless it did so
// within the minute: taking one apart is the dearest step here.
func (t *tlsParser) certificate(s *Stream, dir Direction, b []byte) {
	ip := s.Sender(dir).IP.As16()
	if s.Repeats(Hash(certificate, b[:min(len(b), 2048)], ip[:])) {
		return
	}
	if claims := t.known.certificates.of(first(b), certificateClaims); len(claims) > 0 {
		s.Emit(dir, Observation{Claims: claims})
	}
}

// first returns the first certificate of a list: the sender's own.
func first(b []byte) []byte {
	if len(b) < 6 {
		return nil
	}
	size := int(b[3])<<16 | int(b[4])<<8 | int(b[5])
	if size == 0 || len(b) < 6+size {
		return nil
	}
	return b[6 : 6+size]
}

// certificateClaims are what a certificate says of the one who shows it.
func certificateClaims(b []byte) []Claim {
	if len(b) == 0 {
		return nil
	}
	cert, err := x509.ParseCertificate(b)
	if err != nil {
		return nil
	}
	var claims []Claim
	add := func(a Attribute, field, value string, weight float64) {
		if value = text([]byte(value)); value != "" {
			claims = append(claims, Claim{Attribute: a, Value: value, Weight: weight, Source: "tls.certificate", Field: field, Offset: 10})
		}
	}
	add(CertSubject, "subject", cert.Subject.String(), 0.5)
	add(Banner, "issuer", cert.Issuer.String(), 0.3)
	add(Banner, "not after", cert.NotAfter.UTC().Format("2006-01-02"), 0.3)
	name := cert.Subject.CommonName
	if _, err := netip.ParseAddr(name); err != nil && !strings.HasPrefix(name, "*") && strings.Contains(name, ".") {
		add(Peer, "subject CN", strings.ToLower(hostname(name)), 0.3)
	}
	add(SerialNumber, "subject serialNumber", cert.Subject.SerialNumber, 0.5)
	return claims
}
