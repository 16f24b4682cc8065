//go:build !unix

package server

// leaveToOwner has nothing to do where commands run as whoever owns the data.
func leaveToOwner(string) error { return nil }
