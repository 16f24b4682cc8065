package traffic

import "math/bits"

// flowKey is both ends of a conversation, the smaller first, packed so that
// one comparison of five words decides.
type flowKey struct {
	lo, hi addr
	rest   uint64 // ports, VLAN and protocol
}

// keyOf returns the key of a packet and the side that sent it: 0 is lo.
func keyOf(d *decoded) (flowKey, int) {
	sport, dport := uint64(d.sport), uint64(d.dport)
	tail := uint64(d.vlan)<<8 | uint64(d.proto)
	if d.src.hi < d.dst.hi || d.src.hi == d.dst.hi && (d.src.lo < d.dst.lo || d.src.lo == d.dst.lo && sport <= dport) {
		return flowKey{d.src, d.dst, sport<<48 | dport<<32 | tail}, 0
	}
	return flowKey{d.dst, d.src, dport<<48 | sport<<32 | tail}, 1
}

func (k *flowKey) hash(seed uint64) uint64 {
	h1, l1 := bits.Mul64(k.lo.hi^0x9e3779b97f4a7c15^seed, k.lo.lo^0xe7037ed1a0b428db)
	h2, l2 := bits.Mul64(k.hi.hi^0x8ebc6af09c88c6e3^seed, k.hi.lo^0x589965cc75374cc3)
	h3, l3 := bits.Mul64(k.rest^h1^l2, 0x1d8e4e27c47d124f^h2^l1)
	return h3 ^ l3
}

func (k *flowKey) ip(side int) addr {
	if side == 0 {
		return k.lo
	}
	return k.hi
}

func (k *flowKey) port(side int) uint16 {
	if side == 0 {
		return uint16(k.rest >> 48)
	}
	return uint16(k.rest >> 32)
}

func (k *flowKey) vlan() uint16 { return uint16(k.rest >> 8) }
func (k *flowKey) proto() uint8 { return uint8(k.rest) }

// flow is the state of one conversation between two ports: 128 bytes
// while it is idle. A followed TCP stream has more in t. It holds no pointer:
// a table of a hundred thousand is nothing that the garbage collector looks
// through.
type flow struct {
	key     flowKey
	hash    uint32
	used    bool
	active  bool // has counted in this minute
	sawSYN  bool
	known   bool // which side is the client
	client  uint8
	told    [2]bool // presence of the side was looked at in this minute
	router  [2]bool
	closed  [2]bool
	quiet   bool // nothing more is to be learned
	secret  bool // encrypted
	have    [2]bool
	tries   [2]int8
	proto   uint8 // number of the dissector + 1
	next    [2]uint32
	mac     [2]uint64
	host    [2]int32
	last    int64
	bytes   [2]uint64 // sent by each side in this minute
	packets uint32    // in this minute
	t       int32     // number of what following the stream takes, or 0
}

// flows is an open-addressed table of indexes into a slab. Hash and slab are
// apart so that a miss touches four bytes.
type flows struct {
	seed    uint64
	index   []uint32 // number in slab + 1; 0 is empty
	slab    []flow
	free    []uint32
	used    int
	max     int
	hand    int
	evicted uint64
}

func newFlows(most int, seed uint64) *flows {
	return &flows{seed: seed, index: make([]uint32, 1<<12), max: most}
}

// find returns the number of the flow, and whether it is new. When the table
// is full it calls evict for a flow that it is about to forget.
func (t *flows) find(key *flowKey, evict func(*flow)) (uint32, bool) {
	full := key.hash(t.seed)
	h := uint32(full ^ full>>32)
	mask := uint32(len(t.index) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		n := t.index[i]
		if n == 0 {
			break
		}
		if f := &t.slab[n-1]; f.hash == h && f.key == *key {
			return n - 1, false
		}
	}
	return t.insert(key, h, evict), true
}

func (t *flows) insert(key *flowKey, h uint32, evict func(*flow)) uint32 {
	if t.used >= t.max {
		t.evict(evict)
	}
	if (t.used+1)*4 > len(t.index)*3 {
		t.rehash(len(t.index) * 2)
	}
	var n uint32
	if last := len(t.free) - 1; last >= 0 {
		n, t.free = t.free[last], t.free[:last]
	} else {
		n = uint32(len(t.slab))
		t.slab = append(t.slab, flow{})
	}
	t.slab[n] = flow{key: *key, hash: h, used: true, host: [2]int32{noHost, noHost}}
	t.place(h, n)
	t.used++
	return n
}

func (t *flows) place(h, n uint32) {
	mask := uint32(len(t.index) - 1)
	i := h & mask
	for t.index[i] != 0 {
		i = (i + 1) & mask
	}
	t.index[i] = n + 1
}

func (t *flows) rehash(size int) {
	t.index = make([]uint32, size)
	for n := range t.slab {
		if t.slab[n].used {
			t.place(t.slab[n].hash, uint32(n))
		}
	}
}

// evict gives up the longest silent of a few flows under a moving hand.
func (t *flows) evict(last func(*flow)) {
	worst := -1
	for range 16 {
		t.hand = (t.hand + 1) % len(t.slab)
		if f := &t.slab[t.hand]; f.used && (worst < 0 || f.last < t.slab[worst].last) {
			worst = t.hand
		}
	}
	if worst < 0 {
		return
	}
	last(&t.slab[worst])
	t.remove(uint32(worst))
	t.evicted++
}

// remove forgets flow n and closes the hole that it leaves in its probe run.
func (t *flows) remove(n uint32) {
	mask := uint32(len(t.index) - 1)
	i := t.slab[n].hash & mask
	for t.index[i] != n+1 {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; t.index[j] != 0; j = (j + 1) & mask {
		home := t.slab[t.index[j]-1].hash & mask
		if (j-home)&mask >= (j-i)&mask {
			t.index[i] = t.index[j]
			i = j
		}
	}
	t.index[i] = 0
	t.slab[n] = flow{}
	t.free = append(t.free, n)
	t.used--
}

// reset forgets all flows and keeps the memory of a modest table.
func (t *flows) reset() {
	size := len(t.index)
	if size > 1<<18 {
		size = 1 << 12
		t.slab = nil
	}
	t.slab, t.free, t.used, t.hand = t.slab[:0], t.free[:0], 0, 0
	if size != len(t.index) {
		t.index = make([]uint32, size)
	} else {
		clear(t.index)
	}
}
