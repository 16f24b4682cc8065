package traffic

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestAnIdleFlowTakesLessThanAKilobyte(t *testing.T) {
	// Its slot, its share of the index at the fullest and after doubling, and
	// for a followed stream what hangs on it.
	const index = 4 * 2 * 4 / 3
	if size := unsafe.Sizeof(flow{}) + index; size > 400 {
		t.Errorf("an idle flow takes %d bytes", size)
	}
	if size := unsafe.Sizeof(flow{}) + index + unsafe.Sizeof(tcp{}) + unsafe.Sizeof(httpParser{}); size > 1024 {
		t.Errorf("an idle followed stream takes %d bytes", size)
	}
}

func TestTheFlowTableForgetsAndFindsLikeAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	table, want := newFlows(1<<20, 7), map[flowKey]uint32{}
	for range 200_000 {
		key := flowKey{lo: addr{0, uint64(random.IntN(50))}, hi: addr{1, uint64(random.IntN(50))}, rest: uint64(random.IntN(4))}
		n, known := want[key]
		if known && random.IntN(3) == 0 {
			table.remove(n)
			delete(want, key)
			continue
		}
		got, fresh := table.find(&key, func(*flow) {})
		if fresh == known || known && got != n {
			t.Fatalf("found %d (new: %v), want %d (known: %v)", got, fresh, n, known)
		}
		want[key] = got
	}
	if table.used != len(want) {
		t.Errorf("%d flows in the table, want %d", table.used, len(want))
	}
}
