package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
)

// openLogged opens a store whose log is flushed by flush and moved when it is
// long.
func openLogged(t *testing.T, flush func(*os.File) error) *DB {
	t.Helper()
	db, err := Open(context.Background(), Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Log: slog.New(slog.DiscardHandler), flushLog: flush, movePages: 200})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// entries is a reader: how many entries the audit record has.
func entries(db *DB) (n int64, err error) {
	err = db.view(context.Background(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM audit_event`).Scan(&n)
	})
	return n, err
}

func TestNobodyIsToldOfWhatIsNotFlushed(t *testing.T) {
	disk := make(chan struct{})
	db := openLogged(t, func(*os.File) error { <-disk; return nil })
	told := make(chan string, 2)
	go func() {
		if err := record(db, "one", 10); err != nil {
			t.Error(err)
		}
		told <- "writer"
	}()
	for { // until it is committed
		db.flusher.mu.Lock()
		began := db.flusher.began
		db.flusher.mu.Unlock()
		if began > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	go func() {
		if _, err := entries(db); err != nil {
			t.Error(err)
		}
		told <- "reader"
	}()
	select {
	case who := <-told:
		t.Fatalf("the %s was told before the flush was over", who)
	case <-time.After(50 * time.Millisecond):
	}
	close(disk)
	<-told
	<-told
}

func TestWorkGoesOnWhileTheDiskFlushes(t *testing.T) {
	if runtime.GOMAXPROCS(0) == 1 {
		t.Skip("with one processor the flush is waited for")
	}
	var mu sync.Mutex
	flushing, overlapped := false, false
	db := openLogged(t, func(*os.File) error {
		mu.Lock()
		flushing = true
		mu.Unlock()
		time.Sleep(500 * time.Microsecond)
		mu.Lock()
		flushing = false
		mu.Unlock()
		return nil
	})
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			for i := range 100 {
				time.Sleep(time.Duration(caller) * time.Millisecond) // not all come together
				err := db.update(context.Background(), func(tx *sql.Tx) error {
					time.Sleep(time.Millisecond) // the work is longer than the flush
					mu.Lock()
					overlapped = overlapped || flushing
					mu.Unlock()
					return db.appendEntry(context.Background(), tx, "", audit.Entry{By: auditor, Did: "test:put", To: fmt.Sprint(caller, i)})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if !overlapped {
		t.Error("the writer waited for each flush")
	}
	if n, err := entries(db); n != 800 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

// All callers who are answered together come together again. In one
// transaction they would leave the writer nothing to do while they are flushed.
func TestHalfIsWrittenWhileTheOtherIsFlushed(t *testing.T) {
	if runtime.GOMAXPROCS(0) == 1 {
		t.Skip("with one processor the flush is waited for")
	}
	var changes, flushes, beside atomic.Int64
	db := openLogged(t, func(*os.File) error {
		before := changes.Load()
		time.Sleep(2 * time.Millisecond)
		flushes.Add(1)
		if changes.Load() > before {
			beside.Add(1)
		}
		return nil
	})
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			for i := range 50 {
				err := db.update(context.Background(), func(tx *sql.Tx) error {
					time.Sleep(300 * time.Microsecond)
					changes.Add(1)
					return db.appendEntry(context.Background(), tx, "", audit.Entry{By: auditor, Did: "test:put", To: fmt.Sprint(caller, i)})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, of := beside.Load(), flushes.Load(); 2*n < of {
		t.Errorf("during %d of %d flushes something was written", n, of)
	}
	if n, err := entries(db); n != 400 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

func TestAFlushThatFailsEndsWriting(t *testing.T) {
	broken := false
	db := openLogged(t, func(f *os.File) error {
		if broken {
			return errors.New("input/output error")
		}
		return f.Sync()
	})
	if err := record(db, "one", 10); err != nil {
		t.Fatal(err)
	}
	broken = true
	if err := record(db, "two", 10); bedrail.KindOf(err) != bedrail.Unavailable || !strings.Contains(err.Error(), "input/output") {
		t.Errorf("got %v", err)
	}
	broken = false // a later flush would not bring back what this one lost
	if why, refused := db.ReadOnly(); !refused || !strings.Contains(why, "look at the disk") {
		t.Errorf("refused %v: %s", refused, why)
	}
	db.AllowWrites()
	if err := record(db, "three", 10); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("got %v", err)
	}
	if _, err := entries(db); err != nil {
		t.Errorf("reading goes on: %v", err)
	}
}

func TestTheLogStaysShort(t *testing.T) {
	db := openLogged(t, nil)
	written := int64(0)
	log := func() int64 {
		info, err := os.Stat(db.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	var wg sync.WaitGroup
	for caller := range 4 {
		wg.Go(func() {
			for i := range 300 {
				if err := record(db, fmt.Sprint(caller, "/", i), 4000); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	wg.Wait()
	if err := db.read.QueryRow(`SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&written); err != nil {
		t.Fatal(err)
	}
	if size := log(); size > 20<<20 { // each transaction writes some twelve pages
		t.Errorf("the log has %d bytes after 1200 changes of a store of %d", size, written)
	}
	if pages, moved, err := db.mover.move(db.write, emptyLog); err != nil || pages != moved || log() != 0 {
		t.Errorf("%d of %d pages are moved, %v", moved, pages, err)
	}
	if found := keys(t, db); len(found) != 1200 {
		t.Errorf("%d rows are there", len(found))
	}
}
