//go:build !linux

package server

// mayCapture reports whether this process may open packet sockets: live
// capture exists on Linux only.
func mayCapture() bool { return false }

// onSameVolume is not known here, and not being known is no reason to warn.
func onSameVolume(_, _ string) bool { return false }
