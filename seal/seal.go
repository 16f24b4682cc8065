// Package seal locks what speaks of a patient or a person, record by record,
// so that a stolen disk or backup shows nothing, and a record can be made
// unreadable for ever by forgetting its key.
//
// Each record has a key of its own (the data key). It is kept beside the
// record, itself sealed under a working key of the keyring, which never lies
// on the volume of the data.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
)

const (
	formatVersion = 1
	keyBytes      = 32
	headerBytes   = 1 + 4 // version, working key
)

// Overhead is how many bytes longer a sealed value is than the plain one.
const Overhead = headerBytes + 12 + 16

// A Place is where a sealed value lies. It is bound into the seal: a value
// moved to another row, column or tenant does not open.
type Place struct {
	Table  string
	Tenant string
	Record string
	Column string
}

// bytes writes p so that no two places read alike.
func (p Place) bytes(version byte) []byte {
	out := []byte{version}
	for _, part := range []string{p.Table, p.Tenant, p.Record, p.Column} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out
}

// ErrSealed is the cause when a sealed value does not open: altered, moved,
// or sealed under another key. Which of these cannot be told apart.
var ErrSealed = errors.New("the sealed value does not open: it was altered or moved, or its key is another")

// A Key is the data key of one record. It opens and seals the columns of that
// record only.
type Key struct {
	tenant, record string
	kek            uint32
	aead           cipher.AEAD
}

// Seal locks plain for the column of table. It never fails.
func (k Key) Seal(table, column string, plain []byte) []byte {
	place := Place{table, k.tenant, k.record, column}
	return lock(k.aead, k.kek, place, plain)
}

// Open unlocks what Seal locked for the same table and column.
func (k Key) Open(table, column string, sealed []byte) ([]byte, error) {
	return unlock(k.aead, Place{table, k.tenant, k.record, column}, sealed)
}

// A Wrapped is a data key as it is stored.
type Wrapped struct {
	KEK  uint32 // the working key that opens it
	Data []byte
}

func lock(aead cipher.AEAD, kek uint32, place Place, plain []byte) []byte {
	out := make([]byte, headerBytes, Overhead+len(plain))
	out[0] = formatVersion
	binary.BigEndian.PutUint32(out[1:], kek)
	return aead.Seal(out, nil, plain, place.bytes(formatVersion))
}

func unlock(aead cipher.AEAD, place Place, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != formatVersion {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, nil, sealed[headerBytes:], place.bytes(sealed[0]))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// newAEAD returns AES-256-GCM with a random nonce before each value, the form
// that FIPS 140 mode accepts.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func randomKey() []byte {
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails since Go 1.24
	return key
}

// keyPlace is where the data key of a record counts as lying.
func keyPlace(tenant, record string) Place {
	return Place{Table: "sealed_key", Tenant: tenant, Record: record, Column: "wrapped"}
}

// indexKey derives the key of the blind index at place.
func indexKey(root []byte, place Place) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, root, nil, string(place.bytes(formatVersion)), keyBytes)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of an index: %w", err)
	}
	return key, nil
}

// blindIndex returns 16 bytes that are the same for the same value, and say
// nothing about it to whoever lacks the key of m.
func blindIndex(m hash.Hash, value string) []byte {
	m.Reset()
	m.Write([]byte(value))
	return m.Sum(nil)[:16]
}
