package traffic

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// hello is what a ClientHello offers, in its order.
type hello struct {
	version    uint16 // as the field says; the real one may stand in an extension
	versions   []uint16
	ciphers    []uint16
	extensions []uint16
	groups     []uint16
	points     []byte
	signatures []uint16
	name       string
	nameAt     int
	named      bool   // the server name extension is there, even if empty
	alpn       string // the first protocol offered
	dicom      bool   // DICOM is among those offered
}

// parseHello reads the body of a ClientHello (RFC 8446 4.1.2). It reports
// false when the fixed part is damaged; damaged extensions end the list.
func parseHello(b []byte) (hello, bool) {
	var h hello
	if len(b) < 35 {
		return h, false
	}
	h.version = binary.BigEndian.Uint16(b)
	at := 35 + int(b[34]) // session id
	if len(b) < at+2 {
		return h, false
	}
	size := int(binary.BigEndian.Uint16(b[at:]))
	at += 2
	if len(b) < at+size || size%2 != 0 {
		return h, false
	}
	h.ciphers = words(b[at : at+size])
	at += size
	if len(b) < at+1 || len(b) < at+1+int(b[at]) {
		return h, false
	}
	at += 1 + int(b[at]) // compression
	if len(b) < at+2 {
		return h, true
	}
	end := min(at+2+int(binary.BigEndian.Uint16(b[at:])), len(b))
	at += 2
	for at+4 <= end {
		kind, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		at += 4
		if at+size > end {
			break
		}
		h.extensions = append(h.extensions, kind)
		h.extension(kind, b[at:at+size], at)
		at += size
	}
	return h, true
}

func (h *hello) extension(kind uint16, b []byte, at int) {
	switch kind {
	case 0: // server name
		h.named = true
		if len(b) >= 5 && b[2] == 0 && len(b) >= 5+int(binary.BigEndian.Uint16(b[3:])) {
			h.name, h.nameAt = text(b[5:5+binary.BigEndian.Uint16(b[3:])]), at+5
		}
	case 10:
		h.groups = listed(b)
	case 11:
		if len(b) > 0 {
			h.points = b[1:min(len(b), 1+int(b[0]))]
		}
	case 13:
		h.signatures = listed(b)
	case 16:
		if len(b) >= 3 && len(b) >= 3+int(b[2]) {
			h.alpn = string(b[3 : 3+b[2]])
			h.dicom = offersDICOM(b[2:])
		}
	case 43:
		if len(b) > 0 {
			h.versions = words(b[1:min(len(b), 1+int(b[0]))])
		}
	}
}

// offersDICOM looks for DICOM among the protocols that a client offers (RFC
// 7301; "dicom" was registered with IANA in 2023, request 1275005).
func offersDICOM(b []byte) bool {
	for len(b) > 0 && len(b) > int(b[0]) {
		if string(b[1:1+b[0]]) == "dicom" {
			return true
		}
		b = b[1+int(b[0]):]
	}
	return false
}

// listed reads a list of two-byte words behind its length in bytes.
func listed(b []byte) []uint16 {
	if len(b) < 2 {
		return nil
	}
	return words(b[2:min(len(b), 2+int(binary.BigEndian.Uint16(b)))])
}

func words(b []byte) []uint16 {
	out := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		out = append(out, binary.BigEndian.Uint16(b))
	}
	return out
}

// greased reports whether v is one of the values that clients send only to
// keep servers tolerant (RFC 8701).
func greased(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

func ungreased(list []uint16) []uint16 {
	return slices.DeleteFunc(slices.Clone(list), greased)
}

// prints are the fingerprints of a hello.
type prints struct{ ja3, ja4 string }

// made is all that the fingerprints are made of.
func (h *hello) made(b []byte) []byte {
	b = append(binary.BigEndian.AppendUint16(b, h.version), byte(len(h.points)))
	b = append(b, h.points...)
	for _, list := range [...][]uint16{h.versions, h.ciphers, h.extensions, h.groups, h.signatures} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(list)))
		for _, v := range list {
			if greased(v) {
				v = 0x0a0a // drawn anew each time, and left out of both
			}
			b = binary.BigEndian.AppendUint16(b, v)
		}
	}
	if h.named {
		return append(append(b, 1), h.alpn...)
	}
	return append(append(b, 0), h.alpn...)
}

func (h *hello) claims(known *recall[prints]) []Claim {
	var space [512]byte
	p := known.of(h.made(space[:0]), func([]byte) prints { return prints{h.ja3(), h.ja4()} })
	claims := []Claim{
		{Attribute: Fingerprint, Value: p.ja3, Weight: 0.5, Source: "tls.ja3", Field: "ClientHello", Offset: 4},
		{Attribute: Fingerprint, Value: p.ja4, Weight: 0.5, Source: "tls.ja4", Field: "ClientHello", Offset: 4},
	}
	if name := strings.ToLower(hostname(h.name)); name != "" {
		claims = append(claims, Claim{Attribute: Peer, Value: name, Weight: 0.5, Source: "tls.sni", Field: "server_name", Offset: 4 + h.nameAt})
	}
	return claims
}

// ja3 is the fingerprint by Salesforce: MD5 over version, ciphers,
// extensions, groups and point formats in decimal.
func (h *hello) ja3() string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(int(h.version)))
	for _, list := range [][]uint16{h.ciphers, h.extensions, h.groups} {
		b.WriteByte(',')
		for i, v := range ungreased(list) {
			if i > 0 {
				b.WriteByte('-')
			}
			b.WriteString(strconv.Itoa(int(v)))
		}
	}
	b.WriteByte(',')
	for i, v := range h.points {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(strconv.Itoa(int(v)))
	}
	sum := md5.Sum([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// ja4 is the client fingerprint by FoxIO, for TLS over TCP: readable counts,
// then hashes of the sorted ciphers and of the sorted extensions with the
// signature algorithms in their order.
func (h *hello) ja4() string {
	ciphers, extensions := ungreased(h.ciphers), ungreased(h.extensions)
	var b strings.Builder
	b.WriteByte('t')
	b.WriteString(h.ja4Version())
	if h.named {
		b.WriteByte('d')
	} else {
		b.WriteByte('i')
	}
	b.WriteString(twoDigits(len(ciphers)))
	b.WriteString(twoDigits(len(extensions)))
	b.WriteString(alpnEnds(h.alpn))
	b.WriteByte('_')
	slices.Sort(ciphers)
	b.WriteString(ja4Hash(hexList(ciphers)))
	b.WriteByte('_')
	extensions = slices.DeleteFunc(extensions, func(v uint16) bool { return v == 0 || v == 16 })
	slices.Sort(extensions)
	rest := hexList(extensions)
	if signatures := ungreased(h.signatures); len(signatures) > 0 {
		rest += "_" + hexList(signatures)
	}
	b.WriteString(ja4Hash(rest))
	return b.String()
}

func (h *hello) ja4Version() string {
	version := h.version
	if offered := ungreased(h.versions); len(offered) > 0 {
		version = slices.Max(offered)
	}
	switch version {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	}
	return "00"
}

func twoDigits(n int) string {
	n = min(n, 99)
	return string([]byte{byte('0' + n/10), byte('0' + n%10)})
}

// alpnEnds is the first and the last character of the first protocol offered,
// or of its bytes in hexadecimal when one of them is no letter or digit.
func alpnEnds(alpn string) string {
	if alpn == "" {
		return "00"
	}
	first, last := alpn[0], alpn[len(alpn)-1]
	if alphanumeric(first) && alphanumeric(last) {
		return string([]byte{first, last})
	}
	return string([]byte{hexDigits[first>>4], hexDigits[last&15]})
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func hexList(list []uint16) string {
	out := make([]byte, 0, len(list)*5)
	for i, v := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
	}
	return string(out)
}

func ja4Hash(s string) string {
	if s == "" {
		return "000000000000"
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
