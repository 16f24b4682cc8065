//go:build !linux

package capture

import "bedrail"

// Confine gives up rights, which only Linux lets us do so finely.
func Confine(string) error {
	return bedrail.Errorf(bedrail.Unavailable, "a sensor runs on Linux only")
}

// Account returns the numbers of an account.
func Account(string) (uid, gid int, err error) {
	return 0, 0, bedrail.Errorf(bedrail.Unavailable, "a sensor runs on Linux only")
}
