package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"bedrail"
	"bedrail/audit"
)

func open(t testing.TB) *DB {
	t.Helper()
	db, err := Open(context.Background(), Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func put(ctx context.Context, tx *sql.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, '')`, key)
	return err
}

func keys(t testing.TB, db *DB) map[string]bool {
	t.Helper()
	found, err := keysOf(db)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func keysOf(db *DB) (found map[string]bool, err error) {
	err = db.view(context.Background(), func(tx *sql.Tx) error {
		found = map[string]bool{}
		rows, err := tx.Query(`SELECT key FROM meta`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k string
			if err := rows.Scan(&k); err != nil {
				return err
			}
			found[k] = true
		}
		return rows.Err()
	})
	return found, err
}

func TestAFailedChangeLeavesNothingAndHarmsNobody(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			key := fmt.Sprint(i)
			err := db.update(ctx, func(tx *sql.Tx) error {
				if err := put(ctx, tx, key); err != nil {
					return err
				}
				if err := db.appendEntry(ctx, tx, "", audit.Entry{Did: "test:put", To: key}); err != nil {
					return err
				}
				switch i % 10 {
				case 3:
					return bedrail.Errorf(bedrail.Conflict, "no")
				case 7:
					panic("a bug")
				}
				return nil
			})
			if (err != nil) != (i%10 == 3 || i%10 == 7) {
				t.Errorf("change %d: %v", i, err)
			}
			if i%10 == 3 && bedrail.KindOf(err) != bedrail.Conflict {
				t.Errorf("change %d lost its kind: %v", i, err)
			}
		})
	}
	wg.Wait()
	found := keys(t, db)
	for i := range 200 {
		if want := i%10 != 3 && i%10 != 7; found[fmt.Sprint(i)] != want {
			t.Errorf("change %d: there %v, want %v", i, !want, want)
		}
	}
	var entries int
	if err := db.read.QueryRow(`SELECT COUNT(*) FROM audit_event`).Scan(&entries); err != nil || entries != 160 {
		t.Errorf("got %d audit entries (%v), want 160", entries, err)
	}
}

func TestAChangeWhoseCallerLeftTakesNobodyWithIt(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	leaving, leave := context.WithCancel(ctx)
	hold, held := make(chan struct{}), make(chan struct{})
	go db.update(ctx, func(tx *sql.Tx) error { close(held); <-hold; return nil })
	<-held
	var wg sync.WaitGroup
	var left, stayed error
	wg.Go(func() {
		left = db.update(leaving, func(tx *sql.Tx) error {
			leave()
			return put(leaving, tx, "left")
		})
	})
	wg.Go(func() { stayed = db.update(ctx, func(tx *sql.Tx) error { return put(ctx, tx, "stayed") }) })
	close(hold)
	wg.Wait()
	if !errors.Is(left, context.Canceled) {
		t.Errorf("the caller who left got %v", left)
	}
	if stayed != nil {
		t.Errorf("the caller who stayed got %v", stayed)
	}
	if found := keys(t, db); !found["stayed"] || found["left"] {
		t.Errorf("got %v, want only stayed", found)
	}
}

func TestRefusedWritesSayWhy(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	db.RefuseWrites("the disk is nearly full")
	err := db.update(ctx, func(tx *sql.Tx) error { return put(ctx, tx, "a") })
	if bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
	keys(t, db)
	db.AllowWrites()
	if err := db.update(ctx, func(tx *sql.Tx) error { return put(ctx, tx, "a") }); err != nil {
		t.Error(err)
	}
}

func TestAfterCloseNothingIsTaken(t *testing.T) {
	db := open(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	err := db.update(context.Background(), func(tx *sql.Tx) error { return nil })
	if bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
}
