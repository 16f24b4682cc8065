package exchange

import "context"

// A Shelf answers doors that are asked about what a channel has kept: an
// archive's promise that an image is safe, a resource that is read back. What
// was rejected is not on it.
type Shelf interface {
	// Holds returns those of the senders' own names, such as SOP instance
	// UIDs, under which channel has kept a message.
	Holds(ctx context.Context, channel string, controlIDs []string) (map[string]bool, error)
}
