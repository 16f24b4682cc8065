package traffic

// What reassembly of IP fragments may hold. A datagram is at most 64 KiB; the
// table holds few, because hospitals fragment little and attackers much.
const (
	maxDatagrams    = 128
	maxDatagram     = 65535
	fragmentTimeout = 30e9
)

type fragmentKey struct {
	src, dst addr
	id       uint32
	proto    uint8
	vlan     uint16
}

// datagram collects the fragments of one. have marks each eight bytes that
// came.
type datagram struct {
	key   fragmentKey
	data  []byte
	have  [1024]uint64 // one bit for each of the 8192 units
	units int          // that came
	size  int          // 0 until the last fragment came
	born  int64
	in    bool
}

// fragments is a small table; a slot is given up oldest first.
type fragments struct {
	slots   []*datagram
	evicted uint64
}

// fragment takes one fragment. When it completes its datagram, d holds the
// whole; otherwise d has no transport.
func (e *Engine) fragment(d *decoded, key fragmentKey, at int, more bool, nanos int64) bool {
	part := d.payload
	d.payload, d.sport, d.dport = nil, 0, 0
	if at+len(part) > maxDatagram || more && len(part)%8 != 0 || len(part) == 0 {
		return false
	}
	if d.truncated && len(part) < d.length {
		return true // a hole that nothing will fill
	}
	g := e.frags.slot(key, nanos)
	g.add(at, part)
	if !more {
		g.size = at + len(part)
	}
	if g.size == 0 || g.units*8 < g.size {
		return true
	}
	g.in = false
	if len(g.data) < g.size {
		return false
	}
	d.payload, d.length, d.whole = g.data[:g.size], g.size, true
	return d.ports()
}

func (f *fragments) slot(key fragmentKey, nanos int64) *datagram {
	var free *datagram
	for _, g := range f.slots {
		if g.in && g.key == key && nanos-g.born < fragmentTimeout {
			return g
		}
		if !g.in || nanos-g.born >= fragmentTimeout {
			free = g
		}
	}
	if free == nil && len(f.slots) < maxDatagrams {
		free = &datagram{}
		f.slots = append(f.slots, free)
	}
	if free == nil {
		free = f.oldest()
		f.evicted++
	}
	*free = datagram{key: key, data: free.data[:0], born: nanos, in: true}
	return free
}

func (f *fragments) oldest() *datagram {
	first := f.slots[0]
	for _, g := range f.slots[1:] {
		if g.born < first.born {
			first = g
		}
	}
	return first
}

// add copies a fragment to its place. The first copy of a byte wins, so that
// a later overlap cannot rewrite what was seen.
func (g *datagram) add(at int, part []byte) {
	if need := at + len(part); len(g.data) < need {
		if cap(g.data) < need {
			grown := make([]byte, need, min(max(need*2, 4096), maxDatagram+8))
			copy(grown, g.data)
			g.data = grown
		}
		g.data = g.data[:need]
	}
	for i := 0; i < len(part); i += 8 {
		unit := (at + i) / 8
		if g.have[unit/64]&(1<<(unit%64)) != 0 {
			continue
		}
		g.have[unit/64] |= 1 << (unit % 64)
		g.units++
		copy(g.data[at+i:min(at+i+8, len(g.data))], part[i:min(i+8, len(part))])
	}
}
