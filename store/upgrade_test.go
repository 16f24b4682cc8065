package store

import (
	"compress/gzip"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
)

// older makes a store of the schema before the newest one, with an entry in
// its audit record.
func older(t *testing.T) (path string, before, newest int64) {
	t.Helper()
	ctx := context.Background()
	path = filepath.Join(t.TempDir(), "bedrail.db")
	db, err := Open(ctx, Config{Path: path, Clock: func() time.Time { return monday }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Record(ctx, bedrail.Scope{Tenant: "t"}, audit.Entry{By: bedrail.SystemActor("test", "t"), Did: "test:made"}); err != nil {
		t.Fatal(err)
	}
	if newest, err = db.SchemaVersion(ctx); err != nil {
		t.Fatal(err)
	}
	p, err := db.provider()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Down(ctx); err != nil {
		t.Fatal(err)
	}
	if before, err = db.SchemaVersion(ctx); err != nil {
		t.Fatal(err)
	}
	return path, before, newest
}

func copies(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "bedrail-schema*.db"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAnOlderStoreIsCopiedAndThenBroughtUpToDate(t *testing.T) {
	ctx := context.Background()
	path, before, newest := older(t)
	db, err := Open(ctx, Config{Path: path, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if v, err := db.SchemaVersion(ctx); v != newest || err != nil {
		t.Errorf("the store is at %d, %v; want %d", v, err, newest)
	}
	made := copies(t, path)
	if len(made) != 1 {
		t.Fatalf("got copies %v", made)
	}
	if info, err := os.Stat(made[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v, %v", info.Mode(), err)
	}
	was, err := sql.Open("sqlite", "file:"+made[0]+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer was.Close()
	var version, entries int64
	err = was.QueryRow(`SELECT (SELECT MAX(version_id) FROM goose_db_version), (SELECT COUNT(*) FROM audit_event)`).Scan(&version, &entries)
	if err != nil || version != before || entries != 1 {
		t.Errorf("the copy is at %d with %d entries, %v; want %d with 1", version, entries, err, before)
	}
}

func TestANewStoreNeedsNoCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bedrail.db")
	for range 2 {
		db, err := Open(context.Background(), Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
	if made := copies(t, path); len(made) != 0 {
		t.Errorf("got %v", made)
	}
}

func TestACommandLeavesAnOlderStoreAsItIs(t *testing.T) {
	path, before, _ := older(t)
	_, err := Open(context.Background(), Config{Path: path, KeepSchema: true})
	if bedrail.KindOf(err) != bedrail.Conflict || !strings.Contains(err.Error(), "bedrail serve") {
		t.Fatalf("got %v", err)
	}
	if made := copies(t, path); len(made) != 0 {
		t.Errorf("a command copied: %v", made)
	}
	db, err := Open(context.Background(), Config{Path: path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if v, _ := db.SchemaVersion(context.Background()); v != before {
		t.Errorf("the schema is at %d, want %d", v, before)
	}
}

func TestWithoutTheCopyNothingIsChanged(t *testing.T) {
	path, before, _ := older(t)
	at := func() time.Time { return monday }
	blocked := filepath.Join(filepath.Dir(path), "bedrail-schema"+strconv.FormatInt(before, 10)+"-"+monday.Format("20060102T150405Z")+".db")
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Config{Path: path, Clock: at, Log: slog.New(slog.DiscardHandler)})
	if bedrail.KindOf(err) != bedrail.Unavailable {
		t.Fatalf("got %v", err)
	}
	db, err := Open(context.Background(), Config{Path: path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if v, _ := db.SchemaVersion(context.Background()); v != before {
		t.Errorf("the schema is at %d, want %d", v, before)
	}
}

// TestEachReleasedSchemaIsBroughtUpToDate opens what each release wrote: the
// dumps in testdata/released, which internal/tools/schemadump makes when a
// release is cut.
func TestEachReleasedSchemaIsBroughtUpToDate(t *testing.T) {
	dumps, err := filepath.Glob("testdata/released/*.sql.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(dumps) == 0 {
		t.Skip("nothing is released yet: testdata/released holds no dump")
	}
	for _, dump := range dumps {
		t.Run(filepath.Base(dump), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bedrail.db")
			before := fillFrom(t, dump, path)
			db, err := Open(context.Background(), Config{Path: path, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for table, rows := range before {
				if folded[table] {
					continue
				}
				var now int64
				if err := db.read.QueryRow(`SELECT COUNT(*) FROM "` + table + `"`).Scan(&now); err != nil || now < rows {
					t.Errorf("%s had %d rows and has %d, %v", table, rows, now, err)
				}
			}
		})
	}
}

// folded are tables whose rows went into another by a step of the schema: the
// personal part of an audit entry, into the entry (step 6).
var folded = map[string]bool{"audit_personal": true}

// fillFrom makes a store at path from dump and returns its rows by table.
func fillFrom(t *testing.T, dump, path string) map[string]int64 {
	t.Helper()
	f, err := os.Open(dump)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(string(text)); err != nil {
		t.Fatalf("%s: %v", dump, err)
	}
	rows := map[string]int64{}
	names, err := db.Query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		rows[name] = 0
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
	for name := range rows {
		var n int64
		if err := db.QueryRow(`SELECT COUNT(*) FROM "` + name + `"`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		rows[name] = n
	}
	return rows
}
