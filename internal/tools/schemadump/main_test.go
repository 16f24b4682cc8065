package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"io"
	"path/filepath"
	"testing"

	"bedrail"
	"bedrail/audit"
	"bedrail/store"
)

func TestADumpIsTheStore(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "bedrail.db")
	db, err := store.Open(ctx, store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range []string{"it's", "two\nlines", ""} {
		if err := db.Record(ctx, bedrail.Scope{Tenant: "t"}, audit.Entry{By: bedrail.SystemActor("test", "t"), Did: "test:made", Note: note}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := run(path, &b); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "bedrail.db")
	fill, err := sql.Open("sqlite", "file:"+again)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fill.Exec(string(text)); err != nil {
		t.Fatal(err)
	}
	fill.Close()
	db, err = store.Open(ctx, store.Config{Path: again})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := audit.Verification{Store: db}.Run(ctx, "t")
	if err != nil || !r.Valid || r.Entries != 3 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestWhatIsNotThereIsNotMade(t *testing.T) {
	if err := run(filepath.Join(t.TempDir(), "none"), io.Discard); err == nil {
		t.Error("got no error")
	}
}
