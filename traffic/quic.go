package traffic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// quic is TLS over UDP (RFC 9000). A client's first packets are encrypted with
// keys that follow from their own header (RFC 9001 5.2), so that everybody on
// the way can read the name that is asked for, as in TLS.
func quic() Dissector {
	q := &quicReader{}
	return Dissector{Name: "quic", Ports: []uint16{443, 80, 4433, 8443}, Dissect: q.dissect}
}

// quicReader gathers the first messages of clients whose ClientHello spans
// several packets. Losing it costs the names of the connections that are just
// being opened.
type quicReader struct {
	open  [maxQUIC]quicHello
	next  int
	known recall[prints]
}

// Bounds of what is kept of unfinished handshakes: 64 of at most 8 KiB.
const (
	maxQUIC      = 64
	maxQUICHello = 8 << 10
)

// quicHello is the beginning of one connection's handshake.
type quicHello struct {
	key   uint64
	data  []byte
	parts [][2]int // which bytes of data are there, sorted
}

// A quicVersion is what differs between versions before the handshake.
type quicVersion struct {
	salt    string
	label   string // in front of "key", "iv" and "hp"
	initial byte   // type of an Initial packet
}

// versionOf knows version 1 (RFC 9001), version 2 (RFC 9369) and the last
// draft that was in wide use.
func versionOf(v uint32) (quicVersion, bool) {
	switch v {
	case 1:
		return quicVersion{"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a", "quic ", 0}, true
	case 0x6b3343cf:
		return quicVersion{"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9", "quicv2 ", 1}, true
	case 0xff00001d:
		return quicVersion{"\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99", "quic ", 0}, true
	}
	return quicVersion{}, false
}

func (q *quicReader) dissect(p *Packet) {
	// A client pads its Initial packets to 1200 bytes at least (RFC 9000 14.1).
	if len(p.Payload) < 1200 {
		return
	}
	for b := p.Payload; len(b) > 0; {
		header, size, ok := quicInitial(b)
		if !ok {
			return
		}
		ip := p.Src.IP.As16()
		key := Hash(uint64(p.Src.Port), ip[:], header.dcid)
		if clear := header.open(b[:size]); clear != nil {
			q.frames(p, key, clear)
		}
		b = b[size:]
	}
}

// quicHeader is the header of an Initial packet.
type quicHeader struct {
	version quicVersion
	dcid    []byte
	number  int // where the packet number stands
}

// quicInitial reads the header of an Initial packet, and its size.
func quicInitial(b []byte) (h quicHeader, size int, ok bool) {
	if len(b) < 7 || b[0]&0xc0 != 0xc0 {
		return h, 0, false
	}
	if h.version, ok = versionOf(binary.BigEndian.Uint32(b[1:])); !ok || b[0]>>4&3 != h.version.initial {
		return h, 0, false
	}
	at := 6 + int(b[5])
	if b[5] < 8 || b[5] > 20 || len(b) < at+1 {
		return h, 0, false
	}
	h.dcid = b[6:at]
	at += 1 + int(b[at]) // the sender's own id
	token, n := quicInt(b, at)
	if n == 0 || token > uint64(len(b)) {
		return h, 0, false
	}
	at += n + int(token)
	length, n := quicInt(b, at)
	if n == 0 || length < 20 || length > uint64(len(b)-at-n) {
		return h, 0, false
	}
	h.number = at + n
	return h, h.number + int(length), true
}

// quicInt reads a variable-length number (RFC 9000 16); n is 0 when b ends
// before it.
func quicInt(b []byte, at int) (v uint64, n int) {
	if at < 0 || at >= len(b) {
		return 0, 0
	}
	n = 1 << (b[at] >> 6)
	if len(b) < at+n {
		return 0, 0
	}
	v = uint64(b[at] & 0x3f)
	for _, c := range b[at+1 : at+n] {
		v = v<<8 | uint64(c)
	}
	return v, n
}

// open decrypts the packet as its client encrypted it, or returns nil.
func (h *quicHeader) open(packet []byte) []byte {
	secret, err := hkdf.Extract(sha256.New, h.dcid, []byte(h.version.salt))
	if err != nil {
		return nil
	}
	client := expandLabel(secret, "client in", 32)
	block, err := aes.NewCipher(expandLabel(client, h.version.label+"key", 16))
	if err != nil {
		return nil
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	header, err := aes.NewCipher(expandLabel(client, h.version.label+"hp", 16))
	if err != nil {
		return nil
	}
	// The packet number hides behind a mask made from a sample of what follows.
	var mask [16]byte
	header.Encrypt(mask[:], packet[h.number+4:h.number+20])
	size := int((packet[0]^mask[0]&0x0f)&3) + 1
	head := slices.Clone(packet[:h.number+size])
	head[0] ^= mask[0] & 0x0f
	nonce := expandLabel(client, h.version.label+"iv", 12)
	for i := range size {
		head[h.number+i] ^= mask[1+i]
		nonce[12-size+i] ^= head[h.number+i]
	}
	clear, err := aead.Open(nil, nonce, packet[h.number+size:], head)
	if err != nil {
		return nil
	}
	return clear
}

// expandLabel is HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1) without context.
func expandLabel(secret []byte, label string, size int) []byte {
	info := append([]byte{0, byte(size), byte(6 + len(label))}, "tls13 "+label...)
	out, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), size)
	if err != nil {
		return make([]byte, size) // only sizes beyond 8 KiB fail
	}
	return out
}

// frames takes the pieces of the handshake out of a decrypted packet.
func (q *quicReader) frames(p *Packet, key uint64, b []byte) {
	for at := 0; at < len(b); {
		switch kind := b[at]; kind {
		case 0, 1: // padding, ping
			at++
		case 2, 3: // acknowledgement
			if at = quicSkipAck(b, at); at == 0 {
				return
			}
		case 6: // crypto
			offset, n := quicInt(b, at+1)
			size, m := quicInt(b, at+1+n)
			from := at + 1 + n + m
			if n == 0 || m == 0 || size > uint64(len(b)-from) || offset > maxQUICHello {
				return
			}
			q.piece(p, key, int(offset), b[from:from+int(size)])
			at = from + int(size)
		default:
			return
		}
	}
}

// quicSkipAck returns where the acknowledgement at b[at] ends, or 0.
func quicSkipAck(b []byte, at int) int {
	fields, kind := 4, b[at]
	at++
	for i := 0; i < fields; i++ {
		v, n := quicInt(b, at)
		if n == 0 || i == 2 && v > 256 {
			return 0
		}
		if i == 2 {
			fields += 2 * int(v)
		}
		at += n
	}
	for range 3 * int(kind&1) { // counts of congestion marks
		_, n := quicInt(b, at)
		if n == 0 {
			return 0
		}
		at += n
	}
	return at
}

// piece adds a piece of a handshake and reads its ClientHello once it is whole.
func (q *quicReader) piece(p *Packet, key uint64, offset int, data []byte) {
	if offset == 0 && len(data) >= 4 && data[0] == clientHello && len(data) >= 4+helloSize(data) {
		q.hello(p, data[4:4+helloSize(data)])
		return
	}
	if offset+len(data) > maxQUICHello {
		return
	}
	h := q.find(key)
	if need := offset + len(data); len(h.data) < need {
		h.data = append(h.data, make([]byte, need-len(h.data))...)
	}
	copy(h.data[offset:], data)
	have := h.cover(offset, offset+len(data))
	if have < 4 || h.data[0] != clientHello || have < 4+helloSize(h.data) {
		return
	}
	whole := h.data[4 : 4+helloSize(h.data)]
	*h = quicHello{}
	q.hello(p, whole)
}

func helloSize(b []byte) int { return int(b[1])<<16 | int(b[2])<<8 | int(b[3]) }

// find returns the handshake of key; the oldest makes room for a new one.
func (q *quicReader) find(key uint64) *quicHello {
	for i := range q.open {
		if q.open[i].data != nil && q.open[i].key == key {
			return &q.open[i]
		}
	}
	h := &q.open[q.next%maxQUIC]
	q.next++
	*h = quicHello{key: key, data: []byte{}}
	return h
}

// cover notes that the bytes from..to are there, and returns how many are
// there without a hole from the beginning.
func (h *quicHello) cover(from, to int) int {
	if len(h.parts) < 64 {
		h.parts = append(h.parts, [2]int{from, to})
		slices.SortFunc(h.parts, func(a, b [2]int) int { return a[0] - b[0] })
	}
	have := 0
	for _, part := range h.parts {
		if part[0] > have {
			break
		}
		have = max(have, part[1])
	}
	return have
}

func (q *quicReader) hello(p *Packet, b []byte) {
	h, ok := parseHello(b)
	if !ok {
		return
	}
	claims := h.claims(&q.known)
	for i := range claims {
		if claims[i].Source == "tls.ja4" {
			claims[i].Value = "q" + claims[i].Value[1:]
		}
	}
	p.Emit(Observation{Claims: claims})
}
