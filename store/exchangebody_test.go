package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/seal"
)

// keepLarge keeps a message whose body is too large for a row.
func keepLarge(t *testing.T, db *DB, id string, body []byte) {
	t.Helper()
	ctx, scope := context.Background(), bedrail.Scope{Tenant: "main"}
	f, err := db.TakeBody(ctx, scope, id, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	k := testMessage(id, id)
	k.Body, k.File = nil, f
	k.Message.Large, k.Message.Size, k.Message.Sealed.Hash, k.Message.State = true, f.Size(), f.Hash(), exchange.Delivered
	k.Deliveries[0].State = exchange.Arrived
	if _, err := db.KeepMessage(ctx, scope, k, asIs); err != nil {
		t.Fatal(err)
	}
}

func largeBody(size int) []byte {
	body := bytes.Repeat([]byte("PATIENT-ZELDA "), size/14+1)[:size]
	return body
}

func TestALargeBodyIsInTheBackupAndSealed(t *testing.T) {
	t.Parallel()
	eachEngineKeys(t, func(t *testing.T, db *DB, c Config) {
		db.bodies = filepath.Join(t.TempDir(), "bodies")
		ctx, scope := context.Background(), bedrail.Scope{Tenant: "main"}
		k := keep(t, db)
		body := largeBody(300<<10 + 7)
		keepLarge(t, db, "msg_LARGE1", body)
		if found := filesWith(t, db.bodies, "PATIENT-ZELDA"); len(found) > 0 {
			t.Error("the body lies open beside the database")
		}
		if err := k.notary.Sign(ctx); err != nil {
			t.Fatal(err)
		}
		b := Backup{Seal: k.log.Seal}
		report, err := b.Create(ctx, db, t.TempDir(), "", audit.Entry{By: auditor, Did: "system:backup"})
		if err != nil || !report.Valid {
			t.Fatalf("making a backup: %+v %v", report, err)
		}
		fresh := Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Keys: c.Keys, Log: quiet}
		if _, err = b.Restore(ctx, report.Path, fresh, false, "", audit.Entry{By: auditor, Did: "system:backup"}); err != nil {
			t.Fatal(err)
		}
		again, err := Open(ctx, fresh)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if got, err := again.MessageBody(ctx, scope, "msg_LARGE1", 1<<30); err != nil || !bytes.Equal(got, body) {
			t.Errorf("after restoring: %d bytes, %v", len(got), err)
		}
	})
}

func TestAnAlteredLargeBodyDoesNotOpen(t *testing.T) {
	eachEngineKeys(t, func(t *testing.T, db *DB, _ Config) {
		db.bodies = filepath.Join(t.TempDir(), "bodies")
		ctx, scope := context.Background(), bedrail.Scope{Tenant: "main"}
		keepLarge(t, db, "msg_LARGE1", largeBody(4*bodyChunk))
		path := db.bodyPath("msg_LARGE1")
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		size := bodyChunk + seal.Overhead
		for name, altered := range map[string][]byte{
			"a bit":                 append(append(bytes.Clone(whole[:100]), whole[100]^1), whole[101:]...),
			"the last part cut off": whole[:3*size],
			"two parts exchanged":   append(append(bytes.Clone(whole[size:2*size]), whole[:size]...), whole[2*size:]...),
			"one part taken out":    append(bytes.Clone(whole[:size]), whole[2*size:]...),
		} {
			if err := os.WriteFile(path, altered, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := db.MessageBody(ctx, scope, "msg_LARGE1", 1<<30); !errors.Is(err, seal.ErrSealed) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestOrphansAreSweptAndForgottenBodiesGo(t *testing.T) {
	eachEngineKeys(t, func(t *testing.T, db *DB, _ Config) {
		db.bodies = filepath.Join(t.TempDir(), "bodies")
		ctx, scope := context.Background(), bedrail.Scope{Tenant: "main"}
		keepLarge(t, db, "msg_KEPT1", largeBody(300<<10))
		if _, err := db.TakeBody(ctx, scope, "msg_ORPHAN1", bytes.NewReader(largeBody(300<<10))); err != nil {
			t.Fatal(err) // a crash comes before its commit
		}
		if n, err := db.SweepBodies(ctx, scope, time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Errorf("a young file was swept: %d, %v", n, err)
		}
		if n, err := db.SweepBodies(ctx, scope, time.Now().Add(time.Hour)); n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		if _, err := db.MessageBody(ctx, scope, "msg_KEPT1", 10); err != nil {
			t.Errorf("the sweep took a body that a message owns: %v", err)
		}
		entry := audit.Entry{By: auditor, Did: "message:forget", To: "msg_KEPT1"}
		if n, err := db.SetLegalHold(ctx, scope, []string{"msg_KEPT1"}, true, entry); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := db.ForgetMessages(ctx, scope, []string{"msg_KEPT1"}, entry); n != 0 || err != nil {
			t.Errorf("a message under legal hold was forgotten: %d, %v", n, err)
		}
		if _, err := db.SetLegalHold(ctx, scope, []string{"msg_KEPT1"}, false, entry); err != nil {
			t.Fatal(err)
		}
		if n, err := db.ForgetMessages(ctx, scope, []string{"msg_KEPT1"}, entry); n != 1 || err != nil {
			t.Errorf("forgot %d, %v", n, err)
		}
		if _, err := os.Stat(db.bodyPath("msg_KEPT1")); !os.IsNotExist(err) {
			t.Errorf("its file is still there: %v", err)
		}
		if _, err := db.MessageBody(ctx, scope, "msg_KEPT1", 10); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("a forgotten message opens: %v", err)
		}
		if l, err := db.Ledger(ctx, scope); err != nil || l.Sources[0].Delivered != 1 || !l.Sources[0].Balanced {
			t.Errorf("the ledger after forgetting: %+v, %v", l, err)
		}
	})
}

// A body whose sender goes away in the middle leaves nothing behind.
func TestABodyThatBreaksOffIsNotKept(t *testing.T) {
	db := open(t)
	db.bodies = filepath.Join(t.TempDir(), "bodies")
	broken := io.MultiReader(bytes.NewReader(largeBody(200<<10)), failing{})
	if _, err := db.TakeBody(context.Background(), bedrail.Scope{Tenant: "main"}, "msg_BROKEN1", broken); err == nil {
		t.Error("half a body was kept")
	}
	if _, err := os.Stat(db.bodyPath("msg_BROKEN1")); !os.IsNotExist(err) {
		t.Errorf("its file is still there: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the sender went away") }
