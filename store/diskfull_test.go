package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bedrail"
	"bedrail/audit"
)

// record puts a row of some size and its audit entry.
func record(db *DB, key string, size int) error {
	ctx := context.Background()
	return db.update(ctx, func(tx *sql.Tx) error {
		if err := put(ctx, tx, key); err != nil {
			return err
		}
		return db.appendEntry(ctx, tx, "", audit.Entry{By: auditor, Did: "test:put", To: key, Note: strings.Repeat("x", size)})
	})
}

func TestAWriteThatTheDiskRefusesHarmsNothing(t *testing.T) {
	for name, refusal := range map[string]int32{"full": sqliteFull, "write error of a full disk": sqliteIOErrWrite} {
		t.Run(name, func(t *testing.T) {
			s := newShim(t, 0, false)
			db, err := Open(context.Background(), s.below(Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Log: slog.New(slog.DiscardHandler)}))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			k := keep(t, db)
			for i := range 20 {
				if err := record(db, fmt.Sprint(i), 100); err != nil {
					t.Fatal(err)
				}
			}
			s.refuse.Store(refusal)
			var wg sync.WaitGroup
			for i := range 30 {
				wg.Go(func() {
					if err := record(db, fmt.Sprint("refused ", i), 100); bedrail.KindOf(err) != bedrail.Unavailable {
						t.Errorf("got %v, want Unavailable", err)
					}
				})
			}
			wg.Wait()
			if found := keys(t, db); !found["19"] || found["refused 0"] {
				t.Errorf("while the disk refuses, %d rows are read", len(found))
			}
			s.refuse.Store(0)
			if err := record(db, "after", 100); err != nil {
				t.Fatalf("once there is room: %v", err)
			}
			if found := keys(t, db); !found["after"] || found["refused 0"] {
				t.Errorf("once there is room: %v", found)
			}
			if err := k.notary.Sign(context.Background()); err != nil {
				t.Fatal(err)
			}
			if report := k.verify(t); !report.Valid || report.Entries != 21 {
				t.Errorf("the record: %+v", report)
			}
		})
	}
}
