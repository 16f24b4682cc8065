package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
)

// A Checkpoint is a signed statement of how long the record is and which hash
// its tree has (C2SP tlog-checkpoint): whoever holds one can notice later that
// something before it was altered or is missing.
type Checkpoint struct {
	Origin string
	Tree   tlog.Tree
	At     time.Time // when it was signed; not part of what is signed
	Note   string    // the signed note, as it is handed out
}

// checkpointText writes the body of a checkpoint.
func checkpointText(origin string, t tlog.Tree) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, t.N, t.Hash)
}

// OpenCheckpoint reads a signed checkpoint and checks its signature.
func OpenCheckpoint(text string, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open([]byte(text), known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("the signature of the checkpoint: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, errors.New("a checkpoint has three lines: origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || lines[1] != strconv.FormatInt(size, 10) {
		return Checkpoint{}, fmt.Errorf("%q is not the size of a tree", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("%q is not the root of a tree", lines[2])
	}
	return Checkpoint{Origin: lines[0], Tree: tlog.Tree{N: size, Hash: tlog.Hash(root)}, Note: text}, nil
}

// A Seal signs checkpoints. Its key lies beside the configuration, not in the
// data: whoever steals the database cannot sign for it.
type Seal struct {
	signer note.Signer
	key    string // verifier key
}

// Key returns the public key in the form of signed notes; hand it to whoever
// verifies.
func (s *Seal) Key() string { return s.key }

// Verifiers returns what checks the seal's signatures.
func (s *Seal) Verifiers() note.Verifiers {
	v, err := note.NewVerifier(s.key)
	if err != nil {
		panic(err) // the key was made or read by us
	}
	return note.VerifierList(v)
}

// Origin returns the name of the record of tenant in checkpoints.
func (s *Seal) Origin(tenant string) string {
	if tenant == "" {
		return s.signer.Name()
	}
	return s.signer.Name() + "/" + url.PathEscape(tenant)
}

// Sign makes a checkpoint.
func (s *Seal) Sign(tenant string, t tlog.Tree, at time.Time) (Checkpoint, error) {
	origin := s.Origin(tenant)
	text, err := note.Sign(&note.Note{Text: checkpointText(origin, t)}, s.signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return Checkpoint{Origin: origin, Tree: t, At: at, Note: string(text)}, nil
}

// SignText signs any text that ends in a line end, for example the manifest of
// a backup.
func (s *Seal) SignText(text string) (string, error) {
	signed, err := note.Sign(&note.Note{Text: text}, s.signer)
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return string(signed), nil
}

// OpenSeal reads the signing key at path and makes one when there is none.
// Name becomes part of the origin of a new key.
func OpenSeal(path, name string) (*Seal, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeSeal(path, name)
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "reading the key of the audit checkpoints: %w", err)
	}
	s, err := ParseSeal(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the key of the audit checkpoints in %s cannot be read; put back a copy of it: %w", path, err)
	}
	return s, nil
}

// ParseSeal reads a signing key.
func ParseSeal(secret string) (*Seal, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	parts := strings.SplitN(secret, "+", 5) // PRIVATE, KEY, name, hash, key
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("not an Ed25519 key")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	key, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return nil, err
	}
	return &Seal{signer, key}, nil
}

func makeSeal(path, name string) (*Seal, error) {
	name = strings.Map(func(r rune) rune {
		if r == '+' || r <= ' ' {
			return '-'
		}
		return r
	}, name)
	secret, _, err := note.GenerateKey(rand.Reader, "bedrail/"+name)
	if err != nil {
		return nil, fmt.Errorf("making the key of the audit checkpoints: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making the folder of the audit key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making the key of the audit checkpoints: %w", err)
	}
	_, err = f.WriteString(secret + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "writing the key of the audit checkpoints: %w", err)
	}
	return ParseSeal(secret)
}
