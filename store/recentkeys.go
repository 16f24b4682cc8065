package store

import (
	"sync"

	"bedrail/seal"
)

// recentKeysMost is how many keys are held: more than what the ways out of the
// exchange have in memory.
const recentKeysMost = 4096

// recentKeys holds the keys of messages that were kept a moment ago, for what
// is kept of their deliveries. What its loss costs: they are read again.
type recentKeys struct {
	mu   sync.Mutex // guards what follows
	keys map[recordName]seal.Key
	ring [recentKeysMost]recordName // in the order in which they came
	next int
}

type recordName struct{ tenant, record string }

func (r *recentKeys) keep(tenant, record string, key seal.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = make(map[recordName]seal.Key)
	}
	delete(r.keys, r.ring[r.next])
	r.ring[r.next] = recordName{tenant, record}
	r.keys[r.ring[r.next]] = key
	r.next = (r.next + 1) % len(r.ring)
}

func (r *recentKeys) find(tenant, record string) (seal.Key, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, ok := r.keys[recordName{tenant, record}]
	return key, ok
}

// drop forgets a key with its record.
func (r *recentKeys) drop(tenant, record string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, recordName{tenant, record})
}
