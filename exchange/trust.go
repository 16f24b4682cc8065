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
}

// An Association is the patient whom a message belongs to although it does not
// say so itself.
type Association struct {
	Patient    string    `json:"patient"`
	From       string    `json:"from"` // adt-location
	Confidence float64   `json:"confidence"`
	Since      time.Time `json:"since"`
	Ambiguous  bool      `json:"ambiguous,omitempty"`
}
