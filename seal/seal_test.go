package seal_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/seal"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// a keyring in a folder of its own, with a clock that the test holds.
func ring(t testing.TB, now *time.Time) (*seal.Keyring, string, seal.File) {
	t.Helper()
	folder := t.TempDir()
	root, err := seal.MakeFile(filepath.Join(folder, "bedrail.key"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "keyring.json")
	k, err := seal.Open(path, root, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return k, path, root
}

func TestWhatIsSealedOpensOnlyInItsPlace(t *testing.T) {
	now := monday
	k, _, _ := ring(t, &now)
	key, wrapped, err := k.NewKey("north", "msg_1")
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("Example^Anna")
	sealed := key.Seal("message", "body", plain)
	if bytes.Contains(sealed, plain) || len(sealed) != len(plain)+seal.Overhead {
		t.Fatalf("sealed as %x", sealed)
	}
	opened, err := k.OpenKey("north", "msg_1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opened.Open("message", "body", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("got %q (%v), want %q", got, err, plain)
	}
	for name, open := range map[string]func() error{
		"another column": func() error { _, err := opened.Open("message", "note", sealed); return err },
		"another table":  func() error { _, err := opened.Open("device", "body", sealed); return err },
		"another row":    func() error { _, err := k.OpenKey("north", "msg_2", wrapped); return err },
		"another tenant": func() error { _, err := k.OpenKey("south", "msg_1", wrapped); return err },
		"a cut value":    func() error { _, err := opened.Open("message", "body", sealed[:20]); return err },
		"nothing":        func() error { _, err := opened.Open("message", "body", nil); return err },
		"another key's value": func() error {
			other, _, _ := k.NewKey("north", "msg_1")
			_, err := other.Open("message", "body", sealed)
			return err
		},
	} {
		if err := open(); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("%s: got %v, want ErrSealed", name, err)
		}
	}
	for i := range sealed {
		if i >= 1 && i <= 4 {
			continue // the number of the working key only says where to look
		}
		flipped := bytes.Clone(sealed)
		flipped[i] ^= 1
		if _, err := opened.Open("message", "body", flipped); err == nil {
			t.Errorf("with a bit of byte %d flipped it still opens", i)
		}
	}
}

func TestTheKeyringOutlivesAStartAndNothingElse(t *testing.T) {
	now := monday
	k, path, root := ring(t, &now)
	key, wrapped, _ := k.NewKey("", "a")
	sealed := key.Seal("t", "c", []byte("x"))
	index, _ := k.Index("", "mrn", "123")

	again, err := seal.Open(path, root, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := again.OpenKey("", "a", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opened.Open("t", "c", sealed); err != nil {
		t.Error(err)
	}
	if got, _ := again.Index("", "mrn", "123"); !bytes.Equal(got, index) || len(got) != 16 {
		t.Errorf("the index of the same value became %x, was %x", got, index)
	}
	if got, _ := again.Index("south", "mrn", "123"); bytes.Equal(got, index) {
		t.Error("two tenants share an index")
	}

	other, _ := seal.MakeFile(filepath.Join(t.TempDir(), "other.key"))
	if _, err := seal.Open(path, other, nil); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("another root key: got %v, want Unavailable", err)
	}
	if err := os.Chmod(string(root), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(path, root, nil); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: got %v", err)
	}
	os.Remove(string(root))
	if _, err := seal.Open(path, root, nil); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("no root key: got %v, want Unavailable", err)
	}
	text, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the keyring has mode %v", info.Mode().Perm())
	}
	if bytes.Contains(text, []byte(hex.EncodeToString(index))) {
		t.Error("the keyring shows an index")
	}
}

func TestAWorkingKeyLastsAMonth(t *testing.T) {
	now := monday
	k, path, root := ring(t, &now)
	_, march, _ := k.NewKey("", "a")
	_, march2, _ := k.NewKey("", "b")
	_, other, _ := k.NewKey("south", "b")
	now = monday.AddDate(0, 1, 0)
	_, april, _ := k.NewKey("", "c")
	if march.KEK != march2.KEK || march.KEK == april.KEK || march.KEK == other.KEK {
		t.Errorf("working keys: March %d, %d, other tenant %d, April %d", march.KEK, march2.KEK, other.KEK, april.KEK)
	}
	now = monday // a clock turned back does not bring an old key back
	if _, w, _ := k.NewKey("", "d"); w.KEK != april.KEK {
		t.Errorf("after the clock was turned back: key %d, want %d", w.KEK, april.KEK)
	}
	again, err := seal.Open(path, root, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.OpenKey("", "a", march); err != nil {
		t.Error("the key of March is gone:", err)
	}
}

func TestRotationRewrapsAndDestructionShreds(t *testing.T) {
	now := monday
	k, path, root := ring(t, &now)
	key, kept, _ := k.NewKey("", "kept")
	sealed := key.Seal("t", "c", []byte("x"))
	_, shredded, _ := k.NewKey("", "shredded")
	fresh, older, err := k.Rotate("")
	if err != nil || len(older) != 1 {
		t.Fatalf("rotating: %v, %v", older, err)
	}
	rewrapped, err := k.Rewrap("", "kept", kept)
	if err != nil || rewrapped.KEK != fresh {
		t.Fatalf("rewrapped under %d (%v), want %d", rewrapped.KEK, err, fresh)
	}
	if err := k.Destroy(older[0]); err != nil {
		t.Fatal(err)
	}
	for _, k := range []*seal.Keyring{k, reopen(t, path, root)} {
		opened, err := k.OpenKey("", "kept", rewrapped)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opened.Open("t", "c", sealed); err != nil {
			t.Error("a rewrapped record does not open:", err)
		}
		if _, err := k.OpenKey("", "shredded", shredded); bedrail.KindOf(err) != bedrail.Unavailable {
			t.Errorf("a shredded record: got %v, want Unavailable", err)
		}
		if _, w, _ := k.NewKey("", "new"); w.KEK == older[0] {
			t.Error("a destroyed key's number was given again")
		}
	}
}

func reopen(t *testing.T, path string, root seal.Source) *seal.Keyring {
	t.Helper()
	k, err := seal.Open(path, root, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAPassphraseOpensTheKeyringItMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyring.json")
	const words = seal.Passphrase("a ward with four beds")
	if _, err := seal.Open(path, words, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(path, words, nil); err != nil {
		t.Error(err)
	}
	if _, err := seal.Open(path, words+"!", nil); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("another passphrase: got %v, want Unavailable", err)
	}
	if _, err := seal.Open(path+"2", seal.Passphrase("short"), nil); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("a short passphrase: got %v, want Invalid", err)
	}
}

func TestACredentialIsFoundBeforeTheFile(t *testing.T) {
	folder := t.TempDir()
	if got := seal.Locate("/etc/bedrail"); got != seal.File("/etc/bedrail/bedrail.key") {
		t.Errorf("without systemd: got %v", got)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", folder)
	os.WriteFile(filepath.Join(folder, "bedrail.key"), []byte(strings.Repeat("ab", 32)), 0o400)
	source := seal.Locate("/etc/bedrail")
	if _, ok := source.(seal.Credential); !ok {
		t.Fatalf("with a credential: got %v", source)
	}
	if key, err := source.Root(nil); err != nil || len(key) != 32 {
		t.Errorf("got %d bytes (%v)", len(key), err)
	}
}

func BenchmarkEnvelope(b *testing.B) {
	now := monday
	k, _, _ := ring(b, &now)
	body := make([]byte, 1024)
	b.SetBytes(1024)
	for b.Loop() {
		key, _, err := k.NewKey("", "record")
		if err != nil {
			b.Fatal(err)
		}
		key.Seal("message", "body", body)
	}
}
