package store

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail"
	"bedrail/audit"
	"bedrail/seal"
)

var quiet = slog.New(slog.DiscardHandler)

func TestABackupCountsOnlyWhenItRestores(t *testing.T) {
	t.Parallel()
	eachEngineKeys(t, func(t *testing.T, db *DB, c Config) {
		ctx := context.Background()
		k := keep(t, db)
		k.write(t, 250)
		b := Backup{Seal: k.log.Seal}
		folder := t.TempDir()
		report, err := b.Create(ctx, db, folder, "", audit.Entry{By: auditor, Did: "system:backup"})
		if err != nil || !report.Valid {
			t.Fatalf("making a backup: %+v %v", report, err)
		}
		if found := filesWith(t, folder, "Zelda"); len(found) > 0 {
			t.Error("a personal value lies open in the backup")
		}
		// The data is lost, on whichever engine it was; the keys are not.
		fresh := Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Log: quiet}
		restored := audit.Entry{By: auditor, Did: "system:backup", Note: "restored"}
		if _, err := b.Restore(ctx, report.Path, fresh, false, "", restored); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), "keyring") {
			t.Errorf("without the keys: got %v, want to be asked for them", err)
		}
		fresh.Keys = c.Keys
		if report, err = b.Restore(ctx, report.Path, fresh, false, "", restored); err != nil {
			t.Fatal(err)
		}
		again, err := Open(ctx, fresh)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		k.db, k.log.Store, k.log.Witnesses, k.notary.Store = again, again, nil, again
		k.notary.Witnesses = nil
		if err := k.notary.Check(ctx); err != nil {
			t.Error(err)
		}
		k.write(t, 1) // it goes on
		if r := k.verify(t); !r.Valid || r.Entries != 252 {
			t.Errorf("after restoring: %+v", r)
		}
		err = again.AuditEntries(ctx, "", 3, 4, func(r audit.Record, _ audit.Opening) error {
			if r.Personal["reason"] != "asked for by Zelda no. 3" {
				t.Errorf("after restoring, sealed fields read %v", r.Personal)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if _, err := b.Restore(ctx, report.Path, fresh, false, "", restored); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("restoring over a store: got %v, want Conflict", err)
		}
	})
}

func TestASQLiteStoreMovesToPostgresAndBack(t *testing.T) {
	ctx := context.Background()
	lite := open(t)
	k := keep(t, lite)
	k.write(t, 120)
	target := Config{PostgresURL: emptySchema(t), Log: quiet}
	move(t, k, lite, target)
	pg, err := Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Close()
	back := Config{Path: filepath.Join(t.TempDir(), "back.db"), Log: quiet}
	move(t, k, pg, back)
	for _, c := range []Config{target, back} {
		db, err := Open(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		k.log.Store = db
		if r := k.verify(t); !r.Valid || r.Entries != 120 {
			t.Errorf("on %s: %+v", db.Engine(), r)
		}
		db.Close()
	}
}

func move(t *testing.T, k *recordKeeper, from *DB, to Config) {
	t.Helper()
	var out bytes.Buffer
	m, err := from.Export(context.Background(), &out, k.log.Seal)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if err := Import(context.Background(), to, z, m); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedOrForeignBackupIsRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := open(t)
	k := keep(t, db)
	k.write(t, 50)
	b := Backup{Seal: k.log.Seal}
	report, err := b.Create(ctx, db, t.TempDir(), "", audit.Entry{By: auditor, Did: "system:backup"})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(report.Path)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := audit.OpenSeal(filepath.Join(t.TempDir(), "other.key"), "other")
	tests := map[string]struct {
		data []byte
		by   *audit.Seal
		says string
	}{
		"cut off in the middle":        {whole[:len(whole)/2], b.Seal, "not a whole backup"},
		"a bit flipped":                {flip(whole, len(whole)/3), b.Seal, ""},
		"an altered table":             {rezip(t, whole, "tables/audit_event.jsonl", func(s string) string { return strings.Replace(s, "spare", "other", 1) }), b.Seal, "damaged or altered"},
		"a row left out":               {rezip(t, whole, "tables/audit_event.jsonl", func(s string) string { _, rest, _ := strings.Cut(s, "\n"); return rest }), b.Seal, "damaged or altered"},
		"an altered manifest":          {rezip(t, whole, manifestFile, func(s string) string { return strings.Replace(s, `"rows": 50`, `"rows": 49`, 1) }), b.Seal, "not signed"},
		"no manifest":                  {rezip(t, whole, manifestFile, nil), b.Seal, "no manifest"},
		"noise in the place of a row":  {rezip(t, whole, "tables/audit_event.jsonl", func(s string) string { return "[[1]]\n" + s }), b.Seal, "row 1"},
		"a backup of somebody else":    {whole, other, "not signed by the audit key of this installation"},
		"something else than a backup": {[]byte("hello"), b.Seal, "not a whole backup"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.backup")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			report, err := Backup{Seal: tt.by}.Verify(ctx, path)
			if err != nil || report.Valid {
				t.Fatalf("got %+v (%v), want a report that is not valid", report, err)
			}
			if !strings.Contains(strings.Join(report.Problems, " "), tt.says) {
				t.Errorf("got %v, want a problem that says %q", report.Problems, tt.says)
			}
			fresh := Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Log: quiet}
			if _, err := (Backup{Seal: tt.by}).Restore(ctx, path, fresh, false, "", audit.Entry{}); bedrail.KindOf(err) != bedrail.Invalid {
				t.Errorf("restoring: got %v, want Invalid", err)
			}
			if _, err := os.Stat(fresh.Path); err == nil {
				t.Error("something was restored")
			}
		})
	}
	if _, err := b.Verify(ctx, "/nowhere"); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("a file that is not there: got %v, want NotFound", err)
	}
}

func flip(data []byte, at int) []byte {
	out := bytes.Clone(data)
	out[at] ^= 4
	return out
}

// rezip changes one file of a zip, or removes it when edit is nil.
func rezip(t *testing.T, data []byte, name string, edit func(string) string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name {
			if edit == nil {
				continue
			}
			text = []byte(edit(string(text)))
		}
		w, _ := z.Create(f.Name)
		w.Write(text)
	}
	z.Close()
	return out.Bytes()
}

func TestABackupHoldsNoKey(t *testing.T) {
	folder := t.TempDir()
	root, err := seal.MakeFile(filepath.Join(folder, "bedrail.key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(filepath.Join(folder, "keyring.json"), root, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	db, err := Open(ctx, Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Keys: keys, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	k := keep(t, db)
	k.write(t, 5)
	var out bytes.Buffer
	if _, err := db.Export(ctx, &out, k.log.Seal); err != nil {
		t.Fatal(err)
	}
	plain := unzipped(t, out.Bytes())
	secret, err := root.Root(nil)
	if err != nil {
		t.Fatal(err)
	}
	rootText, _ := os.ReadFile(string(root))
	for name, key := range map[string][]byte{"the root key": secret, "the root key in text": bytes.TrimSpace(rootText)} {
		if bytes.Contains(plain, key) {
			t.Errorf("%s is in the backup", name)
		}
	}
	if err := db.update(ctx, func(tx *sql.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}

func unzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var all []byte
	rezip(t, data, "", nil)
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}
