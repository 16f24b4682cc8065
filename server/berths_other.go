//go:build !unix

package server

import (
	"net"
	"os"

	"bedrail"
)

func keepOpen(uintptr) (int, error) { return 0, errOnlyUnix() }

// Inherit is not to be had on this system.
func Inherit(kept map[string]int) (map[string]net.Listener, error) {
	if len(kept) == 0 {
		return nil, nil
	}
	return nil, errOnlyUnix()
}

// Become is not to be had on this system.
func Become(string, []string, []string) error { return errOnlyUnix() }

// UpgradeSignal is nil: nothing asks for a planned upgrade here.
func UpgradeSignal() os.Signal { return nil }

func errOnlyUnix() error {
	return bedrail.Errorf(bedrail.Unavailable, "listeners are handed over on Unix only; stop this Bedrail and start the new one")
}
