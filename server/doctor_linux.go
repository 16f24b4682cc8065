package server

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// mayCapture reports whether this process may open packet sockets.
func mayCapture() bool {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// onSameVolume reports whether two folders lie on one disk volume.
func onSameVolume(a, b string) bool {
	ia, errA := os.Stat(nearestFolder(a))
	ib, errB := os.Stat(nearestFolder(b))
	if errA != nil || errB != nil {
		return false
	}
	sa, okA := ia.Sys().(*syscall.Stat_t)
	sb, okB := ib.Sys().(*syscall.Stat_t)
	return okA && okB && sa.Dev == sb.Dev
}
