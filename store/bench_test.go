package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"bedrail"
	"bedrail/audit"
)

// hammer runs b.N changes, each one row and its audit entry, from 64 callers.
func hammer(b *testing.B, db *DB) {
	ctx := context.Background()
	by := bedrail.Actor{ID: "usr_01", Name: "n.example", Kind: bedrail.Person}
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 64 {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				err := db.update(ctx, func(tx *sql.Tx) error {
					return db.appendEntry(ctx, tx, "", audit.Entry{By: by, Did: "device:tag", To: fmt.Sprintf("dev_%022d", n), Note: "spare to in use"})
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkAuditEntries64(b *testing.B) { hammer(b, open(b)) }
