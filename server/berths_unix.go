//go:build unix

package server

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// keepOpen copies a descriptor so that it survives the start of another
// program in this process.
func keepOpen(fd uintptr) (int, error) { return unix.FcntlInt(fd, unix.F_DUPFD, 3) }

// Inherit makes listeners of the descriptors that Keep returned.
func Inherit(kept map[string]int) (map[string]net.Listener, error) {
	all := map[string]net.Listener{}
	for address, fd := range kept {
		f := os.NewFile(uintptr(fd), address)
		if f == nil {
			return nil, fmt.Errorf("the descriptor %d of %s is not open", fd, address)
		}
		l, err := net.FileListener(f) // a copy of its own
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("taking over %s: %w", address, err)
		}
		all[address] = l
	}
	return all, nil
}

// Become replaces this program by the one at path, in the same process.
func Become(path string, args, environ []string) error { return unix.Exec(path, args, environ) }

// UpgradeSignal asks for a planned upgrade.
func UpgradeSignal() os.Signal { return unix.SIGUSR2 }
