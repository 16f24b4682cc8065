package access

import (
	"crypto/fips140"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"bedrail"
)

// A Hasher makes passwords unreadable. Its zero value has the strength that
// the product uses; tests make it weaker so that they do not wait.
type Hasher struct {
	Memory     uint32 // of argon2id in KiB; 0 is 32 MiB
	Passes     uint32 // of argon2id; 0 is 3
	Iterations int    // of PBKDF2 in FIPS mode; 0 is 600,000
}

// Limits on a password. The upper one bounds what hashing reads.
const (
	minPassword = 12
	maxPassword = 256
)

// Bounds on the parameters of a stored hash, so that a store that somebody
// tampered with cannot make a login eat the machine.
const (
	maxMemory     = 1 << 20 // KiB
	maxPasses     = 100
	maxIterations = 10_000_000
)

// Hash encodes password with a fresh salt, as $argon2id$... or, in FIPS mode,
// where argon2 is not approved, as $pbkdf2-sha256$...
func (h Hasher) Hash(password string) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails since Go 1.24
	if fips140.Enabled() {
		return h.pbkdf2(password, salt)
	}
	memory, passes := orElse(h.Memory, 32<<10), orElse(h.Passes, 3)
	key := argon2.IDKey([]byte(password), salt, passes, memory, 1, 32)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, memory, passes, b64(salt), b64(key)), nil
}

func (h Hasher) pbkdf2(password string, salt []byte) (string, error) {
	n := orElse(h.Iterations, 600_000)
	key, err := pbkdf2.Key(sha256.New, password, salt, n, 32)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$pbkdf2-sha256$i=%d$%s$%s", n, b64(salt), b64(key)), nil
}

// Verify reports whether password is the one that encoded was made from. An
// encoding that cannot be read, or may not be used here, is an error.
func (h Hasher) Verify(encoded, password string) (bool, error) {
	parts := strings.Split(encoded, "$")
	switch {
	case len(parts) == 6 && parts[1] == "argon2id":
		return verifyArgon2(parts, password)
	case len(parts) == 5 && parts[1] == "pbkdf2-sha256":
		return verifyPBKDF2(parts, password)
	}
	return false, fmt.Errorf("a password hash of an unknown form")
}

func verifyArgon2(parts []string, password string) (bool, error) {
	if fips140.Enabled() {
		return false, bedrail.Errorf(bedrail.Denied, "this password was kept in a form that FIPS mode does not allow; "+
			"an administrator must give a new one: bedrail user reset-password NAME")
	}
	var version int
	var memory, passes uint32
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=1", &version, &memory, &passes); err != nil {
		return false, fmt.Errorf("reading a password hash: %w", err)
	}
	salt, key, err := saltAndKey(parts[4], parts[5])
	if err != nil || version != argon2.Version || memory == 0 || memory > maxMemory || passes == 0 || passes > maxPasses {
		return false, fmt.Errorf("a password hash with parameters that are not ours")
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, 1, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

func verifyPBKDF2(parts []string, password string) (bool, error) {
	var n int
	if _, err := fmt.Sscanf(parts[2], "i=%d", &n); err != nil {
		return false, fmt.Errorf("reading a password hash: %w", err)
	}
	salt, key, err := saltAndKey(parts[3], parts[4])
	if err != nil || n <= 0 || n > maxIterations {
		return false, fmt.Errorf("a password hash with parameters that are not ours")
	}
	got, err := pbkdf2.Key(sha256.New, password, salt, n, len(key))
	return subtle.ConstantTimeCompare(got, key) == 1, err
}

func saltAndKey(salt, key string) (s, k []byte, err error) {
	if s, err = base64.RawStdEncoding.DecodeString(salt); err != nil {
		return nil, nil, err
	}
	if k, err = base64.RawStdEncoding.DecodeString(key); err == nil && (len(s) < 8 || len(k) != 32) {
		err = fmt.Errorf("salt or key of a wrong length")
	}
	return s, k, err
}

func b64(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

func orElse[T comparable](v, usual T) T {
	var zero T
	if v == zero {
		return usual
	}
	return v
}

// checkPassword refuses a new password that is easily guessed. Length counts
// more than a mixture of signs, so length is what is asked for.
func checkPassword(password, name string) error {
	switch {
	case !utf8.ValidString(password):
		return bedrail.Errorf(bedrail.Invalid, "the password is not valid UTF-8")
	case utf8.RuneCountInString(password) < minPassword:
		return bedrail.Errorf(bedrail.Invalid, "a password has at least %d characters; a sentence is good", minPassword)
	case len(password) > maxPassword:
		return bedrail.Errorf(bedrail.Invalid, "a password has at most %d bytes", maxPassword)
	case name != "" && strings.Contains(strings.ToLower(password), strings.ToLower(name)):
		return bedrail.Errorf(bedrail.Invalid, "the password holds the login name; choose another")
	case fewSigns(password):
		return bedrail.Errorf(bedrail.Invalid, "the password repeats a few signs; choose another")
	}
	return nil
}

func fewSigns(s string) bool {
	seen := make(map[rune]bool)
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 5
}

// newSecret returns n random bytes as text that can be typed: letters and
// digits that are not mistaken for one another.
func newSecret(n int) string {
	const signs = "23456789abcdefghjkmnpqrstuvwxyz" // 31
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		rand.Read(b[:])
		if b[0] < 248 { // 8 * 31: every sign is equally likely
			out = append(out, signs[b[0]%31])
		}
	}
	return string(out)
}
