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
	return Dissector{Name: "tls", Sniff: sniffTLS, New: func() Parser { return &tlsParser{} }}
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
		if !side.skip {
			side.message = append(side.message, data[:n]...)
		}
		side.left -= n
		data = data[n:]
		t.read(s, dir)
		if len(side.message) > maxHandshake {
			s.Leave()
		}
	}
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

// read takes whole handshake messages.
func (t *tlsParser) read(s *Stream, dir Direction) {
	side := &t.side[dir]
	for len(side.message) >= 4 {
		m := side.message
		size := int(m[1])<<16 | int(m[2])<<8 | int(m[3])
		if size > maxHandshake || side.changed && m[0] != clientHello {
			s.Encrypt()
			s.Leave()
			return
		}
		if len(m) < 4+size {
			return
		}
		switch m[0] {
		case clientHello:
			if hello, ok := parseHello(m[4 : 4+size]); ok {
				o := Observation{Claims: hello.claims()}
				if t.dicom = hello.dicom || s.Server.Port == dicomTLSPort; t.dicom {
					o.Roles = []string{"dicom-tls-client"}
				}
				s.Emit(dir, o)
				s.Encrypt()
			}
		case serverHello:
			o := Observation{Claims: oldTLS(m[4 : 4+size])}
			if t.dicom || s.Server.Port == dicomTLSPort {
				o.Roles = []string{"dicom-tls-server"}
			}
			if len(o.Claims)+len(o.Roles) > 0 {
				s.Emit(dir, o)
			}
		case certificate:
			side.certificate(s, dir, m[4:4+size])
		}
		side.message = m[4+size:]
	}
	if len(side.message) == 0 {
		side.message = nil
	}
}

// certificate tells whose certificate the sender shows, unless it did so
// within the minute: taking one apart is the dearest step here.
func (side *tlsSide) certificate(s *Stream, dir Direction, b []byte) {
	ip := s.Sender(dir).IP.As16()
	if s.Repeats(Hash(certificate, b[:min(len(b), 2048)], ip[:])) {
		return
	}
	if claims := certificateClaims(b); len(claims) > 0 {
		s.Emit(dir, Observation{Claims: claims})
	}
}

// certificateClaims reads the first certificate of a list: the sender's own.
func certificateClaims(b []byte) []Claim {
	if len(b) < 6 {
		return nil
	}
	size := int(b[3])<<16 | int(b[4])<<8 | int(b[5])
	if size == 0 || len(b) < 6+size {
		return nil
	}
	cert, err := x509.ParseCertificate(b[6 : 6+size])
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
