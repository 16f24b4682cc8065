package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
)

// hammer runs b.N changes, each one row and its audit entry, from 64 callers.
func hammer(b *testing.B, db *DB) {
	ctx := context.Background()
	by := bedrail.Actor{ID: "usr_01", Name: "n.example", Kind: bedrail.Person}
	var next atomic.Int64
	before := db.flusher.flushed
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
	b.ReportMetric(float64(b.N)/float64(db.flusher.flushed-before), "entries/transaction")
}

func BenchmarkAuditEntries64(b *testing.B) { hammer(b, open(b)) }

// BenchmarkAuditFlush measures the writer above a disk whose flush takes a
// given time. The metric %flush is the part of what such a disk allows at
// most: 64 callers answered once a flush.
func BenchmarkAuditFlush(b *testing.B) {
	for _, flush := range []time.Duration{2 * time.Millisecond, 10 * time.Millisecond} {
		b.Run(flush.String(), func(b *testing.B) {
			s := newShim(b, flush, false)
			db, err := Open(context.Background(), s.below(Config{Path: filepath.Join(MemoryFolder(b), "bedrail.db")}))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			s.syncs.Store(0)
			s.syncing.Store(0)
			hammer(b, db)
			mean := time.Duration(s.syncing.Load() / s.syncs.Load())
			b.ReportMetric(mean.Seconds()*1000, "ms/flush")
			b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds()/(64/mean.Seconds()), "%flush")
		})
	}
}

// MemoryFolder returns a folder whose own flush takes no time, so that only
// the injected one counts; where there is none it is an ordinary folder.
func MemoryFolder(b *testing.B) string {
	folder, err := os.MkdirTemp("/dev/shm", "bedrail")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}
