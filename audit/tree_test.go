package audit_test

import (
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"bedrail/audit"
)

func TestEdgeIsTheTreeOfRFC6962(t *testing.T) {
	const leaves = 70_000 // three levels of tiles
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	tiles := map[[2]int64][]byte{}
	read := func(level, n int64) ([]byte, error) { return tiles[[2]int64{level, n}], nil }
	edge := &audit.Edge{}
	for n := range int64(leaves) {
		data := fmt.Appendf(nil, "entry %d", n)
		more, err := tlog.StoredHashes(n, data, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		edge.Append(tlog.RecordHash(data))
		if n > 600 && n%257 != 0 && n != 65535 && n != 65536 && n != leaves-1 {
			continue
		}
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := edge.Root(); got != want {
			t.Fatalf("root of %d leaves: got %s, want %s", n+1, got, want)
		}
		for _, r := range edge.TakeDirty() {
			tiles[[2]int64{r.Level, r.N}] = r.Hashes
		}
		if edge, err = audit.LoadEdge(n+1, read); err != nil {
			t.Fatalf("loading the edge of %d leaves: %v", n+1, err)
		}
		if got := edge.Root(); got != want {
			t.Fatalf("root of %d leaves after loading: got %s, want %s", n+1, got, want)
		}
	}
}
