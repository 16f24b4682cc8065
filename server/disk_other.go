//go:build !linux && !darwin

package server

import "errors"

// diskSpace is not known here: doctor and /system say "unknown".
func diskSpace(string) (free, total int64, err error) {
	return 0, 0, errors.New("free space is not known on this system")
}
