package server

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock takes f for this process, or returns errClaimed at once. It locks a
// byte far behind the text, since what is locked here cannot be read by others.
func lock(f *os.File) error {
	behind := &windows.Overlapped{Offset: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, behind)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errClaimed
	}
	return err
}
