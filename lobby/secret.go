package lobby

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"os"
	"path/filepath"
)

// SameSecret reports whether given is what file holds, without telling by its
// time how much of it was right. A file that cannot be read, or is empty,
// lets nobody in. Relative names begin at folder.
func SameSecret(folder, file string, given []byte) bool {
	want, err := os.ReadFile(Under(folder, file))
	if want = bytes.TrimSpace(want); err != nil || len(want) == 0 {
		return false
	}
	a, b := sha256.Sum256(want), sha256.Sum256(given)
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Under is path, which begins at folder unless it is absolute.
func Under(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
