package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
)

// leafVersion is the version of the form that Leaf writes.
const leafVersion = 1

// ByName is the personal field that holds the login name of whoever acted.
const ByName = "by.name"

// A Record is one act as it stands in the record.
type Record struct {
	Tenant string
	Seq    int64 // 0 is the first
	At     time.Time
	ByID   string
	ByKind bedrail.ActorKind
	Did    bedrail.Action
	To     string
	Note   string
	// Commitments stand in the tree in place of the personal fields.
	Commitments map[string]string
	// Personal holds what the commitments stand for, as far as it has not
	// been forgotten.
	Personal map[string]string
}

// leaf is the canonical form of a Record as ParseLeaf reads it. The order of
// its fields is part of the form.
type leaf struct {
	V        int               `json:"v"`
	Tenant   string            `json:"tenant"`
	Seq      int64             `json:"seq"`
	At       string            `json:"at"`
	By       leafActor         `json:"by"`
	Did      string            `json:"did"`
	To       string            `json:"to"`
	Note     string            `json:"note"`
	Personal map[string]string `json:"personal,omitempty"`
}

type leafActor struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

// leafTime is RFC 3339 in UTC with exactly six decimals.
const leafTime = "2006-01-02T15:04:05.000000Z"

// Leaf returns the canonical bytes of r: one JSON object without a line end,
// the same on every machine and for ever. The tree holds its hash.
func (r Record) Leaf() []byte { return r.appendLeaf(make([]byte, 0, 512)) }

// Hash returns the leaf of the tree that r is (RFC 6962, 2.1).
func (r Record) Hash() tlog.Hash { return tlog.RecordHash(r.Leaf()) }

// ParseLeaf reads what Leaf wrote. The bytes, not what ParseLeaf makes of
// them, are what the tree vouches for.
func ParseLeaf(line []byte) (Record, error) {
	var l leaf
	if err := json.Unmarshal(line, &l); err != nil {
		return Record{}, fmt.Errorf("reading an entry of the record: %w", err)
	}
	if l.V != leafVersion {
		return Record{}, fmt.Errorf("entry %d has form %d, which this program does not know", l.Seq, l.V)
	}
	at, err := time.Parse(leafTime, l.At)
	if err != nil {
		return Record{}, fmt.Errorf("reading the time of entry %d: %w", l.Seq, err)
	}
	return Record{
		Tenant: l.Tenant, Seq: l.Seq, At: at, ByID: l.By.ID, ByKind: bedrail.ActorKind(l.By.Kind),
		Did: bedrail.Action(l.Did), To: l.To, Note: l.Note, Commitments: l.Personal,
	}, nil
}

// An Opening is what shows that a commitment stands for a value. It is kept
// apart from the tree and may be deleted; without it a commitment says
// nothing.
type Opening struct {
	Salt   []byte            `json:"salt"`
	Values map[string]string `json:"values"`
}

// saltBytes is the length of an opening's salt.
const saltBytes = 32

// Personally reports whether e has personal fields.
func (e *Entry) Personally() bool {
	return len(e.Personal) > 0 || e.By.Name != "" && e.By.Kind != bedrail.System
}

// NewRecord returns e as the act number seq of tenant, and the opening of its
// personal fields; the opening is empty when there are none.
func NewRecord(tenant string, seq int64, e Entry) (Record, Opening) {
	r := Record{
		Tenant: clean(tenant), Seq: seq, At: e.At.UTC().Truncate(time.Microsecond), ByID: clean(e.By.ID), ByKind: e.By.Kind,
		Did: bedrail.Action(clean(string(e.Did))), To: clean(e.To), Note: clean(e.Note),
	}
	if !e.Personally() {
		return r, Opening{}
	}
	values := make(map[string]string, len(e.Personal)+1)
	for k, v := range e.Personal {
		values[clean(k)] = clean(v)
	}
	if e.By.Name != "" && e.By.Kind != bedrail.System {
		values[ByName] = clean(e.By.Name)
	}
	o := Opening{Salt: make([]byte, saltBytes), Values: values}
	rand.Read(o.Salt) // never fails since Go 1.24
	r.Commitments = o.commitments()
	r.Personal = values
	return r, o
}

func (o Opening) commitments() map[string]string {
	c := make(map[string]string, len(o.Values))
	for field, value := range o.Values {
		c[field] = Commitment(o.FieldSalt(field), field, value)
	}
	return c
}

// FieldSalt returns the salt of one field. Showing it opens that field alone.
func (o Opening) FieldSalt(field string) []byte {
	var buf [128]byte
	h := mac(o.Salt, append(append(buf[:0], "field\x00"...), field...))
	return h[:]
}

// Commitment returns what stands in the tree for value.
func Commitment(fieldSalt []byte, field, value string) string {
	var buf [128]byte
	h := mac(fieldSalt, append(append(append(buf[:0], field...), 0), value...))
	return hex.EncodeToString(h[:])
}

// mac is HMAC-SHA-256 (RFC 2104) under a key of at most one block, without
// what crypto/hmac allocates: two of them are made for each personal field of
// every act, while all callers wait. A test compares the two.
func mac(key, message []byte) [sha256.Size]byte {
	var inner [2*sha256.BlockSize + 64]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		b := byte(0)
		if i < len(key) {
			b = key[i]
		}
		inner[i], outer[i] = b^0x36, b^0x5c
	}
	sum := sha256.Sum256(append(inner[:sha256.BlockSize], message...))
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}

// Opens reports whether every value of o is what r committed to.
func (o Opening) Opens(r Record) bool {
	for field, c := range o.commitments() {
		if !hmac.Equal([]byte(c), []byte(r.Commitments[field])) {
			return false
		}
	}
	return true
}

// clean makes s storable alike on every engine: valid UTF-8 without NUL.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
