package audit_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
	"bedrail/audit"
)

func TestAFolderWitnessNeverGoesBack(t *testing.T) {
	ctx := context.Background()
	key, err := audit.OpenSeal(filepath.Join(t.TempDir(), "audit.key"), "test")
	if err != nil {
		t.Fatal(err)
	}
	sign := func(size int64) audit.Checkpoint {
		c, err := key.Sign("north", tlog.Tree{N: size}, monday)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	w := audit.FolderWitness(t.TempDir())
	if held, err := w.Latest(ctx, key.Origin("north")); held != "" || err != nil {
		t.Errorf("an empty witness holds %q (%v)", held, err)
	}
	for _, size := range []int64{5, 12, 12} {
		if err := w.Keep(ctx, sign(size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Keep(ctx, sign(11)); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("a shorter record: got %v, want Conflict", err)
	}
	if held, _ := w.Latest(ctx, key.Origin("north")); held != sign(12).Note {
		t.Errorf("holds %q", held)
	}
	if held, _ := w.Latest(ctx, key.Origin("south")); held != "" {
		t.Error("another tenant's record is vouched for")
	}
	gone := audit.FolderWitness(filepath.Join(t.TempDir(), "not-mounted"))
	if _, err := gone.Latest(ctx, "x"); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("a volume that is not mounted: got %v, want Unavailable", err)
	}
}

func TestALineIsPrintedOnceAnHour(t *testing.T) {
	var out bytes.Buffer
	w := &audit.LineWitness{W: &out}
	for minute := range 121 {
		c := audit.Checkpoint{Origin: "o", Tree: tlog.Tree{N: int64(minute)}, At: monday.Add(time.Duration(minute) * time.Minute)}
		if err := w.Keep(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != 3 {
		t.Errorf("%d lines in two hours and a minute, want 3:\n%s", lines, out.String())
	}
}

func TestTheSigningKeyIsKeptAndNotGivenAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.key")
	a, err := audit.OpenSeal(path, "a ward + more")
	if err != nil {
		t.Fatal(err)
	}
	b, err := audit.OpenSeal(path, "ignored")
	if err != nil || a.Key() != b.Key() {
		t.Errorf("opened again the key is %s, was %s (%v)", b.Key(), a.Key(), err)
	}
	if strings.Contains(a.Key(), "PRIVATE") {
		t.Error("the public key holds the secret")
	}
	c, err := a.Sign("north/wing 2", tlog.Tree{N: 3}, monday)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := audit.OpenCheckpoint(c.Note, b.Verifiers()); err != nil || got.Tree != c.Tree || got.Origin != a.Origin("north/wing 2") {
		t.Errorf("got %+v (%v)", got, err)
	}
}
