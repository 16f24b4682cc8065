package bedrail

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// crockford is the alphabet of ULIDs: no I, L, O, U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewID returns prefix, an underscore and a ULID: 48 bits of at in
// milliseconds, then 80 random bits. IDs of one prefix sort by time.
func NewID(prefix string, at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	rand.Read(b[6:]) // never fails since Go 1.24
	return prefix + "_" + encodeID(b)
}

// HashID returns an identifier that depends only on prefix and parts, so that
// the same input always gives the same name.
func HashID(prefix string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	var b [16]byte
	copy(b[:], h.Sum(nil))
	return prefix + "_" + encodeID(b)
}

func encodeID(b [16]byte) string {
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [26]byte
	for i := 25; i >= 0; i-- {
		out[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

// FirstID returns what sorts before every id of prefix that was made at at or
// later, and behind all that were made in an earlier millisecond.
func FirstID(prefix string, at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(max(at.UnixMilli(), 0))<<16)
	return prefix + "_" + encodeID(b)
}
