// Package capture brings in the frames of a network: from a file that somebody
// recorded, from an interface of this machine, or from a remote tap.
//
// It only listens. Nothing in it sends a packet to a device.
package capture

import (
	"errors"
	"fmt"
	"net"

	"bedrail"
	"bedrail/traffic"
)

// A Source yields frames in the order of their capture.
type Source interface {
	// Next fills f with the next frame. f.Data is valid until the next call.
	// At the end it returns io.EOF; where the input stops making sense, a
	// *Break; and ErrIdle when a live source had nothing to say for a while,
	// after which Next may be called again.
	Next(f *traffic.Frame) error
	// Stats says what was seen and missed so far. It may be called from
	// another goroutine.
	Stats() Stats
	// Close gives back what the source holds. It unblocks Next.
	Close() error
}

// ErrIdle is returned by Next of a live source when no frame came within about
// a second, so that its reader can do what time demands.
var ErrIdle = errors.New("no frame for a while")

// Stats counts what a source saw.
type Stats struct {
	Packets uint64
	Bytes   uint64 // captured
	Dropped uint64 // by the kernel, the interface or the tap, before we saw them
	Freezes uint64 // times that the kernel's ring was full
}

// A Break is the place where a capture stops making sense. Everything before
// it has been used.
type Break struct {
	Offset    int64  // in bytes, of the capture after decompression
	Packet    uint64 // the last whole packet; 0 when there is none
	Truncated bool   // the capture just ends there, inside a record
	Why       string
}

// Error says what is wrong, where, and what to do.
func (b *Break) Error() string {
	return fmt.Sprintf("byte %d, after packet %d: %s", b.Offset, b.Packet, b.Why)
}

// Unwrap makes a Break an error that may be shown: the asker must give
// another file.
func (b *Break) Unwrap() error {
	return bedrail.Errorf(bedrail.Invalid, "%s", b.Error())
}

// Up reports whether an interface of this machine is there and has a link.
func Up(name string) bool {
	card, err := net.InterfaceByName(name)
	return err == nil && card.Flags&net.FlagUp != 0 && card.Flags&net.FlagRunning != 0
}
