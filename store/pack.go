package store

import (
	"bytes"
	"fmt"
	"sync"

	"bedrail/seal"

	"github.com/klauspost/compress/s2"
)

// How the columns of a body are kept, in its column sealed.
const (
	bodySealed = 1 // with the message's key
	bodyPacked = 2 // each begins with a byte that says how; before it is sealed
)

// The first byte of a packed value.
const (
	packedPlain = 0
	packedS2    = 1 // an S2 block
)

// unpackMost bounds what a packed value may become: only a file that was
// altered says more.
const unpackMost = 64 << 20

// pack makes b smaller where that is worth it: a page that is not written
// costs nothing. Nothing stays nothing.
func pack(b []byte) []byte { return packInto(b, bytes.Clone) }

// packInto is pack with what becomes of the packed bytes, which do not last.
func packInto(b []byte, become func(packed []byte) []byte) []byte {
	if len(b) == 0 {
		return become(b)
	}
	room := packRoom.Get().(*[]byte)
	defer packRoom.Put(room)
	if most := 1 + s2.MaxEncodedLen(len(b)); cap(*room) < most {
		*room = make([]byte, most)
	}
	out := (*room)[:cap(*room)]
	out[0] = packedS2
	if out = out[:1+len(s2.Encode(out[1:], b))]; len(out) >= len(b) {
		out[0] = packedPlain
		out = append(out[:1], b...)
	}
	return become(out)
}

// sealPacked packs and seals a value of a record.
func sealPacked(key seal.Key, table, column string, b []byte) []byte {
	return packInto(b, func(packed []byte) []byte { return key.Seal(table, column, packed) })
}

// packRoom holds what is packed until its size is known.
var packRoom = sync.Pool{New: func() any { return new([]byte) }}

// unpack undoes pack.
func unpack(b []byte) ([]byte, error) {
	switch {
	case len(b) == 0:
		return b, nil
	case b[0] == packedPlain:
		return b[1:], nil
	case b[0] != packedS2:
		return nil, fmt.Errorf("a body is packed in the way %d, which this program does not know", b[0])
	}
	if n, err := s2.DecodedLen(b[1:]); err != nil || n > unpackMost {
		return nil, fmt.Errorf("a packed body cannot be unpacked: %d bytes, %w", n, err)
	}
	return s2.Decode(nil, b[1:])
}

// unpacked undoes pack for a column of a row whose column sealed is how.
func unpacked(how int64, b []byte) ([]byte, error) {
	if how&bodyPacked == 0 {
		return b, nil
	}
	return unpack(b)
}
