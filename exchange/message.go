// Package exchange carries what devices and systems tell one another: it
// receives a message, keeps it, says who sent it, passes it on, and can show
// afterwards what became of it.
//
// A message is answered only once it is kept. What is kept is the bytes as
// they came; everything else is made from them and can be made again.
package exchange

import (
	"time"

	"bedrail"
	"bedrail/format/hl7"
)

// A Format says what the bytes of a message are.
type Format string

// The formats that are exchanged.
const (
	HL7v2  Format = "hl7v2"
	FHIR   Format = "fhir"
	DICOM  Format = "dicom"
	ASTM   Format = "astm"
	JSON   Format = "json"
	CSV    Format = "csv"
	Binary Format = "binary" // none of them: kept and passed on as it is
)

// A State says where a message stands, all its destinations together.
type State string

// The states of a message. A message counts once, by its worst destination:
// pending before held before dead before delivered.
const (
	Pending   State = "pending"   // some destination has yet to have it
	Held      State = "held"      // kept back by a policy, for a time that ends
	Dead      State = "dead"      // some destination will not have it; a person decides
	Delivered State = "delivered" // every destination has it
	Duplicate State = "duplicate" // the same bytes under the same identifier came before
	Rejected  State = "rejected"  // answered with an error, and kept
	Filtered  State = "filtered"  // no destination wants it
)

// States lists every state of a message, in the order of the ledger.
func States() []State {
	return []State{Delivered, Pending, Held, Dead, Duplicate, Rejected, Filtered}
}

// A Liveness says whether people at a bed wait for a message.
type Liveness string

// The kinds of liveness. What is live is never held or dropped by posture or
// validation.
const (
	LiveAlarm Liveness = "alarm"
	LiveWave  Liveness = "waveform"
	LiveVital Liveness = "vital-signs"
	NotLive   Liveness = ""
)

// Live reports whether a message of l is passed on whatever is wrong with it.
func (l Liveness) Live() bool { return l != NotLive }

// An Issue is one thing that is wrong with a message, in which bytes. Its text
// never holds a patient's data.
type Issue = hl7.Issue

// Facts are what is known of a message's content, by which it is found,
// ordered, bound and routed. A door fills in what its protocol says; the
// reader of the format fills in what is still empty.
type Facts struct {
	Type      string   `json:",omitempty"` // ORU^R01, Observation, 1.2.840.10008.5.1.4.1.1.2
	Event     string   `json:",omitempty"` // R01, create, C-STORE
	Profile   string   `json:",omitempty"` // ihe-pcd-01, or a canonical URL
	Version   string   `json:",omitempty"` // of the format
	Sender    string   `json:",omitempty"` // MSH-3 and 4, AE title, client id
	Receiver  string   `json:",omitempty"`
	ControlID string   `json:",omitempty"` // the sender's own name of the message: MSH-10, SOP instance UID
	Live      Liveness `json:",omitempty"`

	// What speaks of a patient. It is sealed, looked up by blind index, and
	// never logged.
	Patients   []string      `json:",omitempty"` // identifiers
	Visit      string        `json:",omitempty"`
	Orders     []string      `json:",omitempty"` // accession, placer and filler numbers
	Assigned   Place         `json:",omitzero"`  // where the patient lies, as the message says
	Devices    []DeviceClaim `json:",omitempty"`
	ObservedAt time.Time     `json:",omitzero"`  // the newest observation in it; zero when it says none
	SentAt     time.Time     `json:",omitzero"`  // as the sender's clock has it
	Values     int           `json:",omitempty"` // how many measurements
}

// A Place is where something is: unit, room and bed as the sender names them.
type Place struct {
	Unit string `json:"unit,omitempty"`
	Room string `json:"room,omitempty"`
	Bed  string `json:"bed,omitempty"`
}

// A DeviceClaim is what a message says of a device that it comes from or
// speaks of.
type DeviceClaim struct {
	EUI64        string `json:",omitempty"` // sixteen hexadecimal digits
	UDI          string `json:",omitempty"`
	Serial       string `json:",omitempty"`
	Manufacturer string `json:",omitempty"`
	Model        string `json:",omitempty"`
	Software     string `json:",omitempty"`
	AETitle      string `json:",omitempty"`
	Address      string `json:",omitempty"` // IP, when the message came from it without anybody between
	MAC          string `json:",omitempty"`
	Certificate  string `json:",omitempty"` // SHA-256 of the client's certificate, hexadecimal
	Name         string `json:",omitempty"` // what the sender calls it
	Location     string `json:",omitempty"` // bytes of the message that say so
}

// A Trust says how a message's sender stands in the inventory.
type Trust string

// The verdicts of trust.
const (
	Trusted     Trust = "trusted"     // the device is known, and nothing speaks against it
	Unknown     Trust = "unknown"     // no device of the inventory answers to the claim
	Mismatched  Trust = "mismatched"  // the claim and what was seen disagree
	Quarantined Trust = "quarantined" // the device is contained
	Vulnerable  Trust = "vulnerable"  // a weakness of it is known to be exploited
)

// A Stamp is the trust of one message's sender at the moment it came.
type Stamp struct {
	Trust   Trust    `json:"trust"`
	Device  string   `json:"device,omitempty"` // its id in the inventory
	Reasons []string `json:"reasons,omitempty"`
}

// What an actor may do with channels and messages.
const (
	ReadChannels   bedrail.Action = "channel:read"
	WriteChannels  bedrail.Action = "channel:write"
	ReadMessages   bedrail.Action = "message:read"    // lists, ledger, trace: nothing of a patient
	RevealMessages bedrail.Action = "message:reveal"  // content, with a purpose
	ReplayMessages bedrail.Action = "message:replay"  // send again, repair, release
	ApproveReplay  bedrail.Action = "message:approve" // the second person
	ForgetMessages bedrail.Action = "message:forget"  // shred; legal hold
)
