package exchange

import (
	"context"
	"time"
)

// An Inventory knows the hospital's devices. Package server wires the one of
// record.
type Inventory interface {
	// Bind finds the device that a message comes from. It reads memory only.
	Bind(ctx context.Context, tenant string, claims []DeviceClaim, peer Peer) Binding
}

// RuleSpoofed finds a message whose sender is not who it says it is. It is of
// posture, so it never makes a message invalid for what is live.
const RuleSpoofed = "spoofed-identity"

// A Binding is what the inventory says of a message's sender.
type Binding struct {
	Stamp Stamp
	// Peer is completed by what the sensors know of its address.
	Peer Peer
	// Where is where the device stands, as far as that is known.
	Where Located
	// Rivals are the two sides of a mismatch.
	Rivals []Sighting
}

// A Sighting is one side of a doubt about who somebody is: which number was
// heard, where, when and in which message.
type Sighting struct {
	Number  string    `json:"number,omitempty"`
	Address string    `json:"address,omitempty"`
	MAC     string    `json:"mac,omitempty"`
	Device  string    `json:"device,omitempty"`  // in the inventory
	Message string    `json:"message,omitempty"` // that it was heard in
	At      time.Time `json:"at,omitzero"`
	Said    string    `json:"said"` // in words
}
