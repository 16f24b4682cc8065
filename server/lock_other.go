//go:build !linux && !darwin && !windows

package server

import "os"

// lock takes nothing here: such systems are not among those that are built
// for.
func lock(*os.File) error { return nil }
