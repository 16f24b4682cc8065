package shadow

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"io"
)

// A digest names something so that equal ones are seen to be equal, and
// nothing else.
type digest [16]byte

// What is known of a control id.
type repetition int

const (
	fresh repetition = iota
	same             // the same content came under it
	other            // other content did
)

// digests remember which control ids were used, and for what: as digests under
// a key that is made here and never leaves.
type digests struct {
	key   []byte
	mac   hash.Hash
	known map[digest]digest
	order []digest // a ring: the oldest is forgotten
	at    int
	sum   [sha256.Size]byte
}

func newDigests() *digests {
	key := make([]byte, 32)
	rand.Read(key) // never fails since Go 1.24
	return &digests{key: key, mac: hmac.New(sha256.New, key), known: map[digest]digest{}}
}

// of is the digest of parts.
func (d *digests) of(parts ...string) digest {
	d.mac.Reset()
	for _, p := range parts {
		io.WriteString(d.mac, p)
		d.mac.Write([]byte{0})
	}
	return d.done()
}

func (d *digests) content(b []byte) digest {
	d.mac.Reset()
	d.mac.Write(b)
	return d.done()
}

func (d *digests) done() digest { return digest(d.mac.Sum(d.sum[:0])[:len(digest{})]) }

// name is the digest of a control id of one sender.
func (d *digests) name(c *conversation, control string) digest {
	return d.of(c.protocol, c.client, c.sender, control)
}

// note keeps a message and says whether its control id was used before.
func (d *digests) note(name, content digest) repetition {
	was, ok := d.known[name]
	if ok {
		if was == content {
			return same
		}
		d.known[name] = content
		return other
	}
	if len(d.order) < mostDigests {
		d.order = append(d.order, name)
	} else {
		delete(d.known, d.order[d.at])
		d.order[d.at] = name
		d.at = (d.at + 1) % mostDigests
	}
	d.known[name] = content
	return fresh
}

// secret is the key, for who digests what is not kept whole.
func (d *digests) secret() []byte { return d.key }

// contentName is the digest of a message that bears no number: the same
// content again is the same message again.
func (d *digests) contentName(b []byte) []byte {
	sum := d.content(b)
	return sum[:]
}
