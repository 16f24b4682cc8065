package seal

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bedrail"
)

// A Source gives the root key, which opens the keyring. Salt is that of the
// keyring; only a passphrase needs it.
type Source interface {
	// Root returns the 32 bytes of the root key, or an Unavailable error that
	// says where it was looked for.
	Root(salt []byte) ([]byte, error)
	// String says in words where the key comes from.
	String() string
}

// A File is a root key in a file that only its owner may read: 64 hexadecimal
// digits.
type File string

func (f File) String() string { return "the key file " + string(f) }

// Root reads the file. It refuses one that others may read.
func (f File) Root([]byte) ([]byte, error) {
	info, err := os.Stat(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, bedrail.Errorf(bedrail.Unavailable, "%s is not there; put it back from where it is kept safe: %w", f, err)
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "reading %s: %w", f, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s may be read by others (mode %v); run chmod 600 on it", f, info.Mode().Perm())
	}
	return readKey(string(f), f.String())
}

func readKey(path, name string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "reading %s: %w", name, err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s does not hold a key of 64 hexadecimal digits", name)
	}
	return key, nil
}

// MakeFile makes a new root key in a file at path, which must not exist.
func MakeFile(path string) (File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", bedrail.Errorf(bedrail.Unavailable, "making the folder of the key file: %w", err)
	}
	text := hex.EncodeToString(randomKey()) + "\n"
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", bedrail.Errorf(bedrail.Unavailable, "making the key file: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", bedrail.Errorf(bedrail.Unavailable, "writing the key file: %w", err)
	}
	return File(path), nil
}

// A Credential is a root key that systemd hands to the service: encrypted on
// disk, bound to the machine or its TPM.
type Credential string

func (c Credential) String() string { return "the systemd credential " + string(c) }

// Root reads the credential from the folder that systemd names.
func (c Credential) Root([]byte) ([]byte, error) {
	folder := os.Getenv("CREDENTIALS_DIRECTORY")
	if folder == "" {
		return nil, bedrail.Errorf(bedrail.Unavailable, "%s was asked for, but systemd gave none (CREDENTIALS_DIRECTORY is not set)", c)
	}
	return readKey(filepath.Join(folder, string(c)), c.String())
}

// passphraseRounds is what OWASP asks of PBKDF2 with SHA-256. It is not
// Argon2, because FIPS mode does not approve that.
const passphraseRounds = 600_000

// A Passphrase is a root key derived from words that a person types.
type Passphrase string

func (p Passphrase) String() string { return "the passphrase" }

// Root derives the key with PBKDF2.
func (p Passphrase) Root(salt []byte) ([]byte, error) {
	if len(p) < 14 {
		return nil, bedrail.Errorf(bedrail.Invalid, "the passphrase is too short; use at least 14 characters")
	}
	key, err := pbkdf2.Key(sha256.New, string(p), salt, passphraseRounds, keyBytes)
	if err != nil {
		return nil, fmt.Errorf("deriving the root key: %w", err)
	}
	return key, nil
}

// Locate returns the source that a start without special configuration uses:
// the systemd credential where there is one, else the key file in folder.
func Locate(folder string) Source {
	const name = "bedrail.key"
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return Credential(name)
		}
	}
	return File(filepath.Join(folder, name))
}
