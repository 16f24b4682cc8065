package traffic

// repeats remembers, within one minute, what was said already. It is an open
// addressed set of hashes; losing it costs a repetition, nothing else.
type repeats struct {
	slots []uint64
	used  int
}

// maxRepeats bounds the set: 8 MiB.
const maxRepeats = 1 << 20

// once reports whether key is new, and remembers it.
func (r *repeats) once(key uint64) bool {
	if key == 0 {
		key = 1
	}
	if r.used*2 >= len(r.slots) {
		r.grow()
	}
	mask := uint64(len(r.slots) - 1)
	for i := key * 0x9e3779b97f4a7c15 >> 20 & mask; ; i = (i + 1) & mask {
		switch r.slots[i] {
		case key:
			return false
		case 0:
			r.slots[i] = key
			r.used++
			return true
		}
	}
}

func (r *repeats) grow() {
	old := r.slots
	if len(old) >= maxRepeats {
		clear(old)
		r.used = 0
		return
	}
	r.slots = make([]uint64, max(1024, len(old)*2))
	r.used = 0
	for _, key := range old {
		if key != 0 {
			r.once(key)
		}
	}
}

// forget begins a new minute.
func (r *repeats) forget() {
	if len(r.slots) > 4096 && r.used*8 < len(r.slots) {
		r.slots = nil
	} else {
		clear(r.slots)
	}
	r.used = 0
}
