//go:build linux || darwin

package server

import "golang.org/x/sys/unix"

// diskSpace returns the bytes that are free for us and the size of the disk
// that folder lies on.
func diskSpace(folder string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
