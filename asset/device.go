// Package asset knows the devices of the hospital: what each is, where it
// stands, and which evidence says so.
package asset

import (
	"net/netip"
	"strings"
	"time"

	"bedrail/traffic"
)

// A Status says how far an attribute can be believed.
type Status string

// The statuses of an attribute, strongest first.
const (
	Confirmed Status = "confirmed" // P >= 0.9 and no rival within 0.3
	Likely    Status = "likely"    // P >= 0.6 and no rival within 0.3
	Candidate Status = "candidate" // weaker, and no serious rival
	Conflict  Status = "conflict"  // a rival within the margin: both are shown, none is chosen
	Unknown   Status = "unknown"   // nothing was claimed: a blank, never a guess
)

// A Value is an attribute of a device as the evidence has it.
type Value struct {
	Value      string     `json:"value"`
	Status     Status     `json:"status"`
	Confidence float64    `json:"confidence" doc:"0 to 1: what the evidence weighs together. It orders values and decides the status; it is not how often such a value is right"`
	Evidence   []Evidence `json:"evidence"` // strongest first
	// Sure is never stored: a Calibration gives it to whom the value is told.
	Sure *Sure `json:"sure,omitempty" doc:"How often values of this attribute with this status were right where the truth was known. Absent until enough were judged"`
}

// An Evidence is one claim with the place where it was found.
type Evidence struct {
	Source  string  `json:"source"`
	Field   string  `json:"field"`
	Value   string  `json:"value"`
	Raw     string  `json:"raw,omitempty"`
	Weight  float64 `json:"weight"`
	Capture string  `json:"capture,omitempty"`
	Packet  uint64  `json:"packet,omitempty"`
	Offset  int     `json:"offset,omitempty" doc:"The byte at which it stands: in the datagram or message, in the unpacked body where that was read, or in the whole frame where frame is true"`
	Frame   bool    `json:"frame,omitempty"`
	// Named is never stored: it is given to whom the evidence is told.
	Named *Saying   `json:"named,omitempty" doc:"Field as a sentence, where it is a phrase and no name of a standard"`
	Time  time.Time `json:"time"`     // when it was first seen
	Last  time.Time `json:"lastSeen"` // when it was last seen
	Count int       `json:"count"`

	unverified bool // read by a rule of the pack whose source nobody has looked up
}

// A Disagreement is an attribute about which serious evidence disagrees.
type Disagreement struct {
	Attribute traffic.Attribute `json:"attribute"`
	Values    []Rival           `json:"values"`
}

// A Rival is one side of a disagreement.
type Rival struct {
	Value      string     `json:"value"`
	Confidence float64    `json:"confidence" doc:"0 to 1: what the evidence weighs together; not how often such a value is right"`
	Evidence   []Evidence `json:"evidence"`
}

// A Location is a claim about where a device stands: with source and age,
// because equipment moves.
type Location struct {
	Site     string    `json:"site,omitempty"`
	Building string    `json:"building,omitempty"`
	Floor    string    `json:"floor,omitempty"`
	Unit     string    `json:"unit,omitempty"`
	Room     string    `json:"room,omitempty"`
	Bed      string    `json:"bed,omitempty"`
	Source   string    `json:"source,omitempty"` // "person", "cmms", "hl7v2", "sdc", "vlan"
	Seen     time.Time `json:"seen,omitzero"`
	Status   Status    `json:"status"`
	Listed   bool      `json:"listed,omitempty"` // on the hospital's list of places
}

// A Precision says how exactly a location is known. Every device counts in
// exactly one of them.
type Precision string

// The precisions that screens count.
const (
	AtBed        Precision = "bed"
	AtUnit       Precision = "unit"
	Stale        Precision = "stale" // known, but older than 24 hours
	NowhereKnown Precision = "unknown"
)

// A Device is one piece of equipment on the hospital network or in its
// records.
//
// A device is known by evidence, not by address: addresses move between
// devices, and evidence says which device holds one now.
type Device struct {
	ID        string        `json:"id"`
	MACs      []traffic.MAC `json:"macs"`
	Addresses []netip.Addr  `json:"addresses"`
	Hostnames []string      `json:"hostnames"`

	Class           Value `json:"class"`
	Manufacturer    Value `json:"manufacturer"`
	Model           Value `json:"model"`
	SerialNumber    Value `json:"serialNumber"`
	SoftwareVersion Value `json:"softwareVersion"`
	OperatingSystem Value `json:"operatingSystem"`

	Attachment Value         `json:"attachment"`        // switch and port, or access point
	Posture    []Weakness    `json:"posture"`           // what the wire shows about how it guards itself
	Versions   []VersionSeen `json:"versions"`          // of software, newest first
	Systems    []VersionSeen `json:"systems,omitempty"` // operating systems, newest first
	Held       []AddressHeld `json:"held"`              // addresses, and when each was its own
	Unbound    []netip.Addr  `json:"unbound,omitempty"` // addresses that were heard without its hardware address too: behind a router, or by what others reported
	Rhythm     Rhythm        `json:"rhythm"`
	VLANs      []uint16      `json:"vlans,omitempty"`      // in which the wire heard it
	Randomised bool          `json:"randomised,omitempty"` // shows only hardware addresses that software made up

	Location   Location       `json:"location"`
	Placed     []Evidence     `json:"locationEvidence,omitempty" doc:"What says where it stands, the one that is believed first"`
	Roles      []string       `json:"roles"`
	Behind     string         `json:"behind"` // device through which this one was seen, or empty
	Conflicts  []Disagreement `json:"conflicts"`
	Elsewhere  *Disagreement  `json:"elsewhere,omitempty" doc:"The place that the maintenance list names, where the device is believed to stand in another"`
	Protocols  []string       `json:"protocols"`
	FirstSeen  time.Time      `json:"firstSeen,omitzero" doc:"When the network heard it first. Absent when it never did"`
	LastSeen   time.Time      `json:"lastSeen,omitzero" doc:"When the network heard it last. Absent when it never did: the word of a list or of a vendor's cloud is no sighting"`
	KnownSince time.Time      `json:"knownSince,omitzero" doc:"When anything spoke of it first, records included"`
	Reports    []Report       `json:"reports,omitempty" doc:"When records spoke of it last"`

	AssetTag string   `json:"assetTag,omitempty"`
	UDI      string   `json:"udi,omitempty"` // unique device identifier, as it was carried or written down
	Tags     []string `json:"tags"`
	Version  int64    `json:"version"` // grows with each change; the ETag
}

// A Report is when a record spoke of a device last: a list when it was taken
// in, a cloud or a DHCP server by the time that it gives.
type Report struct {
	By string    `json:"by" enum:"cmms,cloud,lease"`
	At time.Time `json:"at"`
}

func (r Report) equal(o Report) bool { return r.By == o.By && r.At.Equal(o.At) }

// A ModelKey names a model at one software version: what a bill belongs to. A
// device inherits a bill only when all three agree, in whatever case they are
// written: maintenance lists shout.
type ModelKey struct {
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Version      string `json:"version"` // empty is unknown
}

// Fold returns the key by which two spellings of one model are the same: case
// and the number of spaces tell nothing apart.
func (k ModelKey) Fold() ModelKey {
	fold := func(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }
	return ModelKey{fold(k.Manufacturer), fold(k.Model), fold(k.Version)}
}
