// Package storetest opens empty stores for tests: SQLite in a temporary
// folder, and PostgreSQL where BEDRAIL_TEST_POSTGRES names one.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/store"
)

// EnvPostgres is the variable that holds the address of a PostgreSQL on which
// tests may make and drop schemas.
const EnvPostgres = "BEDRAIL_TEST_POSTGRES"

// New opens an empty SQLite store that is closed and removed with the test.
func New(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, store.Config{Path: File(t)})
}

// File returns the path of an empty SQLite store in a folder of the test. It
// is a copy of one store of this process: each of the migrations is flushed by
// itself, which would be most of the time of a short test.
func File(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bedrail.db")
	if err := Fill(path); err != nil {
		t.Fatalf("copying an empty store: %v", err)
	}
	return path
}

// Fill writes an empty SQLite store to path, where there must be none yet.
func Fill(path string) error {
	empty, err := migrated()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(empty)
	return errors.Join(err, f.Close())
}

// migrated returns the bytes of a store that holds nothing but its schema.
var migrated = sync.OnceValues(func() (b []byte, err error) {
	folder, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "bedrail.db")
	db, err := store.Open(context.Background(), store.Config{Path: path, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // the last one that closes writes the log back
		return nil, err
	}
	return os.ReadFile(path)
})

// Open opens the store of c and closes it with the test.
func Open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("opening a store: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return db
}

// Each runs f as a subtest on an empty SQLite store and on an empty
// PostgreSQL store; the second is skipped loudly where there is none.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachConfig(t, func(t *testing.T, c store.Config) { f(t, Open(t, c)) })
}

// EachConfig is Each for tests that open the store themselves, or twice.
func EachConfig(t *testing.T, f func(t *testing.T, c store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, store.Config{Path: File(t)}) })
	t.Run("postgres", func(t *testing.T) { f(t, store.Config{PostgresURL: Schema(t)}) })
}

// Schema makes an empty schema on the PostgreSQL of the test run, dropped with
// the test, and returns an address that leads into it. It skips the test where
// there is no PostgreSQL.
func Schema(t testing.TB) string {
	t.Helper()
	base := os.Getenv(EnvPostgres)
	if base == "" {
		t.Skip("NOT RUN on PostgreSQL: " + EnvPostgres + " is not set; run it under internal/tools/pgtemp")
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	name := strings.ToLower(bedrail.NewID("test", time.Now()))
	if _, err := admin.Exec(fmt.Sprintf(`CREATE SCHEMA %q`, name)); err != nil {
		t.Fatalf("making a schema: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(fmt.Sprintf(`DROP SCHEMA %q CASCADE`, name)); err != nil {
			t.Errorf("dropping the schema: %v", err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("reading %s: %v", EnvPostgres, err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}
