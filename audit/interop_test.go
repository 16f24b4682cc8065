package audit_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bedrail/audit"
)

// A log that another program wrote, tessera, with fifteen entries and a
// checkpoint after each.
const (
	foreignLog = "../../shared/testdata/governance/tlog"
	foreignKey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
)

func foreign(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(foreignLog, name))
	if os.IsNotExist(err) {
		t.Skip("NOT RUN: needs ../shared/testdata/governance/tlog, which is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// entries reads a bundle of C2SP tlog-tiles: a length of two bytes before each
// entry.
func entries(t *testing.T, bundle []byte) (all [][]byte) {
	t.Helper()
	for len(bundle) > 0 {
		n := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+n {
			t.Fatal("the bundle is cut off")
		}
		all = append(all, bundle[2:2+n])
		bundle = bundle[2+n:]
	}
	return all
}

func TestTheTreeIsTheOneThatOtherProgramsBuild(t *testing.T) {
	v, err := note.NewVerifier(foreignKey)
	if err != nil {
		t.Fatal(err)
	}
	known := note.VerifierList(v)
	leaves := entries(t, foreign(t, "tile/entries/000.p/15"))
	if len(leaves) != 15 {
		t.Fatalf("got %d entries, want 15", len(leaves))
	}
	var edge audit.Edge
	for n := range len(leaves) + 1 {
		c, err := audit.OpenCheckpoint(string(foreign(t, fmt.Sprint("checkpoint.", n))), known)
		if err != nil {
			t.Fatalf("checkpoint %d: %v", n, err)
		}
		if got := (tlog.Tree{N: edge.Size(), Hash: edge.Root()}); got != c.Tree || c.Origin != "example.com/log/testdata" {
			t.Errorf("after %d entries: got %v, want %v of %s", n, got, c.Tree, c.Origin)
		}
		if n == len(leaves) {
			break
		}
		edge.Append(tlog.RecordHash(leaves[n]))
		tiles := edge.TakeDirty()
		if want := foreign(t, fmt.Sprintf("tile/0/000.p/%d", n+1)); string(tiles[0].Hashes) != string(want) {
			t.Errorf("after %d entries our tile differs", n+1)
		}
	}
}

func TestAForgedCheckpointDoesNotOpen(t *testing.T) {
	v, err := note.NewVerifier(foreignKey)
	if err != nil {
		t.Fatal(err)
	}
	known := note.VerifierList(v)
	text := string(foreign(t, "checkpoint"))
	for i := range text {
		forged := []byte(text)
		forged[i] ^= 1
		c, err := audit.OpenCheckpoint(string(forged), known)
		if err == nil && c.Tree.N == 15 && c.Origin == "example.com/log/testdata" {
			continue // a bit in the padding of base64 says nothing
		}
		if err == nil {
			t.Errorf("with a bit of byte %d flipped it opens as %+v", i, c)
		}
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	s, err := audit.OpenSeal(filepath.Join(f.TempDir(), "audit.key"), "fuzz")
	if err != nil {
		f.Fatal(err)
	}
	good, err := s.SignText("bedrail/fuzz\n3\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("bedrail/fuzz\n3\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n", good)
	f.Fuzz(func(t *testing.T, body, signed string) {
		audit.OpenCheckpoint(signed, s.Verifiers())
		text, err := s.SignText(body) // signed well, whatever it says
		if err != nil {
			return
		}
		if c, err := audit.OpenCheckpoint(text, s.Verifiers()); err == nil && c.Tree.N < 0 {
			t.Errorf("%q has size %d", body, c.Tree.N)
		}
	})
}
