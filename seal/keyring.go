package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"bedrail"
)

// sealsPerKey ends a working key: random nonces allow at most 2^32 seals under
// one key, so half of that is plenty.
const sealsPerKey = 1 << 31

// countBlock is how many seals are counted on disk at a time. A crash loses
// count of at most that many, and always to the safe side.
const countBlock = 1 << 20

// A Keyring holds the working keys, one per tenant and month. It lies in a
// file beside the configuration, never on the volume of the data; in the file
// each key is sealed under the root key. Losing the file or the root key makes
// everything sealed unreadable.
type Keyring struct {
	path  string
	clock bedrail.Clock
	root  cipher.AEAD
	index []byte

	indexes sync.Map // Place to a pool of HMACs with the key of that index, derived from index; fields are few

	mu    sync.Mutex // guards what follows
	file  keyringFile
	aeads map[uint32]cipher.AEAD
}

// keyringFile is the keyring as it lies on disk.
type keyringFile struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`
	Salt    []byte    `json:"salt"`
	Index   []byte    `json:"index"` // sealed root of the blind indexes
	Last    uint32    `json:"last"`  // highest number ever given, so that none is given twice
	Keys    []working `json:"keys"`
}

// A working key seals the data keys of one tenant for a month.
type working struct {
	ID     uint32    `json:"id"`
	Tenant string    `json:"tenant"`
	Made   time.Time `json:"made"`
	Used   int64     `json:"used"` // upper bound of its seals
	Sealed []byte    `json:"sealed"`
	left   int64     // seals until Used must grow
}

// Open opens the keyring at path with the root key of source, and makes one
// when there is none.
func Open(path string, source Source, clock bedrail.Clock) (*Keyring, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return create(path, source, clock)
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "reading the keyring: %w", err)
	}
	k := &Keyring{path: path, clock: clock, aeads: make(map[uint32]cipher.AEAD)}
	if err := json.Unmarshal(text, &k.file); err != nil || k.file.Version != formatVersion {
		return nil, bedrail.Errorf(bedrail.Invalid, "the keyring %s cannot be read; put back a copy of it: %w", path, err)
	}
	return k, k.unlock(source)
}

func create(path string, source Source, clock bedrail.Clock) (*Keyring, error) {
	k := &Keyring{path: path, clock: clock, aeads: make(map[uint32]cipher.AEAD)}
	k.file = keyringFile{Version: formatVersion, ID: bedrail.NewID("keys", clock.Now()), Salt: randomKey()}
	root, err := source.Root(k.file.Salt)
	if err != nil {
		return nil, err
	}
	if k.root, err = newAEAD(root); err != nil {
		return nil, err
	}
	k.index = randomKey()
	k.file.Index = lock(k.root, 0, k.place("index", 0), k.index)
	return k, k.save()
}

func (k *Keyring) unlock(source Source) error {
	root, err := source.Root(k.file.Salt)
	if err != nil {
		return err
	}
	if k.root, err = newAEAD(root); err != nil {
		return err
	}
	if k.index, err = unlock(k.root, k.place("index", 0), k.file.Index); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "%s does not open the keyring %s: it belongs to another, or the keyring was altered: %w", source, k.path, err)
	}
	for _, w := range k.file.Keys {
		key, err := unlock(k.root, k.place(w.Tenant, w.ID), w.Sealed)
		if err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "key %d of the keyring %s does not open: %w", w.ID, k.path, err)
		}
		if k.aeads[w.ID], err = newAEAD(key); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keyring) place(tenant string, id uint32) Place {
	return Place{Table: "keyring", Tenant: tenant, Record: fmt.Sprint(k.file.ID, "/", id), Column: "sealed"}
}

// ID names the keyring; a store remembers it to notice when another is given.
func (k *Keyring) ID() string { return k.file.ID }

// save replaces the file so that a crash leaves the old one or the new one.
func (k *Keyring) save() error {
	text, err := json.MarshalIndent(k.file, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(k.path, append(text, '\n'), 0o600); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "writing the keyring: %w", err)
	}
	return nil
}

func replaceFile(path string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// NewKey makes the data key of a record and returns it with the form in which
// it is to be stored.
func (k *Keyring) NewKey(tenant, record string) (Key, Wrapped, error) {
	return k.wrap(tenant, record, randomKey())
}

func (k *Keyring) wrap(tenant, record string, dek []byte) (Key, Wrapped, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w, err := k.current(tenant)
	if err != nil {
		return Key{}, Wrapped{}, err
	}
	aead, err := newAEAD(dek)
	if err != nil {
		return Key{}, Wrapped{}, err
	}
	data := lock(k.aeads[w], w, keyPlace(tenant, record), dek)
	return Key{tenant, record, w, aead}, Wrapped{w, data}, nil
}

// current returns the working key of tenant for this month, counts one seal
// under it, and makes a new one when the month or the count has run out.
func (k *Keyring) current(tenant string) (uint32, error) {
	now := k.clock.Now()
	i := k.newest(tenant)
	if i < 0 || !sameMonth(k.file.Keys[i].Made, now) && now.After(k.file.Keys[i].Made) || k.file.Keys[i].Used >= sealsPerKey && k.file.Keys[i].left == 0 {
		return k.add(tenant, now)
	}
	w := &k.file.Keys[i]
	if w.left == 0 {
		w.Used += countBlock
		if err := k.save(); err != nil {
			w.Used -= countBlock
			return 0, err
		}
		w.left = countBlock
	}
	w.left--
	return w.ID, nil
}

func (k *Keyring) newest(tenant string) int {
	for i := len(k.file.Keys) - 1; i >= 0; i-- {
		if k.file.Keys[i].Tenant == tenant {
			return i
		}
	}
	return -1
}

func sameMonth(a, b time.Time) bool { return a.Year() == b.Year() && a.Month() == b.Month() }

func (k *Keyring) add(tenant string, now time.Time) (uint32, error) {
	key, id := randomKey(), k.file.Last+1
	aead, err := newAEAD(key)
	if err != nil {
		return 0, err
	}
	before := k.file
	k.file.Last = id
	k.file.Keys = append(slices.Clone(k.file.Keys), working{
		ID: id, Tenant: tenant, Made: now, Used: countBlock, left: countBlock - 1,
		Sealed: lock(k.root, 0, k.place(tenant, id), key),
	})
	if err := k.save(); err != nil {
		k.file = before
		return 0, err
	}
	k.aeads[id] = aead
	return id, nil
}

// OpenKey opens the stored data key of a record.
func (k *Keyring) OpenKey(tenant, record string, w Wrapped) (Key, error) {
	dek, err := k.unwrap(tenant, record, w)
	if err != nil {
		return Key{}, err
	}
	aead, err := newAEAD(dek)
	return Key{tenant, record, w.KEK, aead}, err
}

func (k *Keyring) unwrap(tenant, record string, w Wrapped) ([]byte, error) {
	k.mu.Lock()
	aead := k.aeads[w.KEK]
	k.mu.Unlock()
	if aead == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "working key %d is not on the keyring: it was destroyed, or the keyring is older than the data", w.KEK)
	}
	return unlock(aead, keyPlace(tenant, record), w.Data)
}

// Rewrap seals a data key under the newest working key. The record itself is
// not touched.
func (k *Keyring) Rewrap(tenant, record string, w Wrapped) (Wrapped, error) {
	dek, err := k.unwrap(tenant, record, w)
	if err != nil {
		return Wrapped{}, err
	}
	_, fresh, err := k.wrap(tenant, record, dek)
	return fresh, err
}

// Rotate makes a new working key for tenant, under which everything is sealed
// from now on, and returns its number and those of the older ones.
func (k *Keyring) Rotate(tenant string) (fresh uint32, older []uint32, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, w := range k.file.Keys {
		if w.Tenant == tenant {
			older = append(older, w.ID)
		}
	}
	fresh, err = k.add(tenant, k.clock.Now())
	return fresh, older, err
}

// Destroy forgets a working key for ever. What is still sealed under it cannot
// be read by anybody, from backups neither: this completes shredding.
func (k *Keyring) Destroy(id uint32) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.file
	k.file.Keys = slices.DeleteFunc(slices.Clone(k.file.Keys), func(w working) bool { return w.ID == id })
	if err := k.save(); err != nil {
		k.file = before
		return err
	}
	delete(k.aeads, id)
	return nil
}

// Index returns 16 bytes by which a value can be looked up exactly without
// being stored. Equal values show as equal, so it is only for fields with many
// values, such as record numbers; value must be normalised by the caller.
func (k *Keyring) Index(tenant, field, value string) ([]byte, error) {
	place := Place{Table: "index", Tenant: tenant, Column: field}
	key, ok := k.indexes.Load(place)
	if !ok {
		made, err := indexKey(k.index, place)
		if err != nil {
			return nil, err
		}
		key, _ = k.indexes.LoadOrStore(place, &sync.Pool{New: func() any { return hmac.New(sha256.New, made) }})
	}
	pool := key.(*sync.Pool)
	m := pool.Get().(hash.Hash)
	defer pool.Put(m)
	return blindIndex(m, value), nil
}

// Copy returns the bytes of the keyring's file, for the copy that is kept
// apart from the backups. Its keys stay sealed under the root key.
func (k *Keyring) Copy() ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	err := e.Encode(k.file)
	return b.Bytes(), err
}
