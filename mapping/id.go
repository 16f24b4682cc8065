package mapping

import (
	"crypto/sha1" // RFC 9562 5.5: UUIDv5 is defined with SHA-1; nothing is protected by it
	"encoding/hex"
)

// namespace is the UUID namespace of ids that mappings give.
var namespace = [16]byte{0x6b, 0x1d, 0xe5, 0x0c, 0x3a, 0x5e, 0x5b, 0x0f, 0x9c, 0x0a, 0x8f, 0x43, 0x52, 0x1b, 0x7e, 0x10}

// An id is a UUID as it is written.
type id [36]byte

// id5 returns the UUIDv5 of the parts (RFC 9562 5.5). The same sender, control
// id and path always give the same id, so that what is sent again replaces
// what it made before.
func id5(buffer []byte, parts ...string) (id, []byte) {
	b := append(buffer[:0], namespace[:]...)
	for i, p := range parts {
		if i > 0 {
			b = append(b, 0x1f)
		}
		b = append(b, p...)
	}
	sum := sha1.Sum(b)
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	var out id
	hex.Encode(out[0:8], sum[0:4])
	hex.Encode(out[9:13], sum[4:6])
	hex.Encode(out[14:18], sum[6:8])
	hex.Encode(out[19:23], sum[8:10])
	hex.Encode(out[24:36], sum[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return out, b
}
