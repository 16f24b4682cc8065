//go:build linux || darwin

package server

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock takes f for this process, or returns errClaimed at once.
func lock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errClaimed
	}
	return err
}
