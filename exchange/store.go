package exchange

import (
	"context"
	"io"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
)

// A Message is what is kept of one message beside its bytes. What speaks of a
// patient stands in Sealed, which is locked with the record's own key.
type Message struct {
	ID         string
	Channel    string
	Version    int64 // of the channel's definition that it came through
	ReceivedAt time.Time

	Format      Format
	ContentType string
	Size        int64
	Large       bool // its bytes lie in a sealed file

	Type     string
	Event    string
	Profile  string
	Sender   string
	Live     Liveness
	State    State
	Outcome  Outcome
	Reason   string // why it is held or was rejected
	Device   string // bound to, in the inventory
	Trust    Trust
	Peer     string // address
	Severity string // the worst of its issues, or empty
	Issues   int

	DuplicateOf string
	Unassured   bool
	HeldUntil   time.Time
	LegalHold   bool
	Forgotten   time.Time // when it was shredded; then Sealed is empty
	Revision    int       // the newest; 0 is as it came

	Sealed Sealed
}

// A Sealed is the part of a message that only those may read who have a
// purpose.
type Sealed struct {
	Facts  Facts   `json:"facts"`
	Peer   Peer    `json:"peer"`
	Issues []Issue `json:"issues,omitempty"`
	Stamp  Stamp   `json:"stamp"`
	Hash   string  `json:"hash"` // SHA-256 of the bytes as they came, hexadecimal
	Salt   []byte  `json:"salt"` // of the commitments in the audit record
	Answer []byte  `json:"answer,omitempty"`
	// Patient is the association with a patient that the message did not
	// bring itself.
	Patient *Association `json:"patient,omitempty"`
	// Own is set on what Bedrail says itself.
	Own bool `json:"own,omitempty"`
}

// A Lookup is a value by which a message is found without being readable.
type Lookup struct {
	Field string // patient, visit, order, control, device
	Value string // normalised
}

// A Keeping is a message that is about to be kept.
type Keeping struct {
	Message    Message
	Body       []byte
	File       BodyFile // instead of Body
	Lookups    []Lookup
	Deliveries []Delivery
	Moves      []Move // of patients, that it tells of
	Entry      audit.Entry
}

// A BodyFile is a large body that lies flushed in a sealed file and belongs to
// no message yet. Unless a commit takes it, it is discarded.
type BodyFile interface {
	Size() int64
	Hash() string // SHA-256 of the plain bytes, hexadecimal
	Discard() error
}

// A Twin is an earlier message of the same sender under the same control id.
type Twin struct {
	ID     string
	Same   bool // the same bytes
	Answer []byte
	State  State
	At     time.Time
}

// A DeliveryState says where a message stands with one destination.
type DeliveryState string

// The states of a delivery.
const (
	Queued       DeliveryState = "queued"
	WaitsHeld    DeliveryState = "held"
	GivenUp      DeliveryState = "dead"
	Arrived      DeliveryState = "delivered"
	NotForIt     DeliveryState = "filtered"
	maxNoteBytes               = 300
)

// A Delivery is one message on its way to one destination.
type Delivery struct {
	Message     string        `json:"message"`
	Channel     string        `json:"channel"`
	Destination string        `json:"destination"`
	State       DeliveryState `json:"state"`
	Lane        string        `json:"-"` // what is kept in order; says nothing of a patient
	Attempts    int           `json:"attempts"`
	Round       int           `json:"round"` // 0 is the first; each replay is one more
	NextAt      time.Time     `json:"nextAt,omitzero"`
	QueuedAt    time.Time     `json:"queuedAt"`
	DoneAt      time.Time     `json:"doneAt,omitzero"`
	Code        string        `json:"code,omitempty"` // what the receiver answered
	Note        string        `json:"note,omitempty"` // the last error, in words
	Mapping     string        `json:"mapping,omitempty"`
	Share       *Share        `json:"share,omitempty"` // what the receiver was given, as far as it was not everything for no stated purpose
}

// A QueuedDelivery is a delivery with all that a sender needs.
type QueuedDelivery struct {
	Delivery
	Kept Message
	Body []byte // nil when it is large: ask OpenBody
}

// A Settlement is how one attempt to deliver ended.
type Settlement struct {
	Delivery Delivery // as it is from now on
	Ack      []byte   // as it came
	Sent     []byte   // what was sent, when it is not what was received
	SentType string
	Entry    *audit.Entry // of a final state
}

// A DeliveryBody is what was sent and what was answered.
type DeliveryBody struct {
	Ack      []byte
	Sent     []byte
	SentType string
}

// A Store remembers channels and messages. Each method is one transaction, and
// returns nil only once that is flushed.
type Store interface {
	// Channels returns every channel of the tenant, by name.
	Channels(ctx context.Context, in bedrail.Scope) ([]Channel, error)
	// SaveChannel keeps c as its next version if the version is still
	// c.Version (0 is new), else it is a Conflict. It returns the new version.
	SaveChannel(ctx context.Context, in bedrail.Scope, c Channel, entry audit.Entry) (int64, error)
	// ChannelVersions returns the versions of a channel, newest first.
	ChannelVersions(ctx context.Context, in bedrail.Scope, name string) ([]ChannelVersion, error)
	// DeleteChannel forgets a channel. Its messages stay.
	DeleteChannel(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error

	// TakeBody reads r into a sealed file beside the database and flushes it.
	TakeBody(ctx context.Context, in bedrail.Scope, id string, r io.Reader) (BodyFile, error)
	// KeepMessage commits k whole. When the sender used the control id before,
	// decide is asked within the transaction what is kept instead; it may be
	// asked more than once and must touch nothing. What was kept is returned.
	KeepMessage(ctx context.Context, in bedrail.Scope, k *Keeping, decide func(Twin, Keeping) Keeping) (*Keeping, error)
	// LastMessage returns the highest id of a message, or an empty string.
	LastMessage(ctx context.Context, in bedrail.Scope) (string, error)

	// QueuedDeliveries returns deliveries of a destination that wait, the
	// oldest first, from behind the message after, none of the lanes in not.
	QueuedDeliveries(ctx context.Context, in bedrail.Scope, channel, destination, after string, not []string, limit int) ([]QueuedDelivery, error)
	// Settle keeps how attempts to deliver ended.
	Settle(ctx context.Context, in bedrail.Scope, done []Settlement) error
	// ReleaseDue queues what was held until now, tagged, and returns the ids
	// by channel.
	ReleaseDue(ctx context.Context, in bedrail.Scope, now time.Time, by bedrail.Actor) (map[string][]string, error)
	// Requeue queues deliveries of messages again.
	Requeue(ctx context.Context, in bedrail.Scope, r Requeue, entry audit.Entry) (int, error)

	// SaveReplay keeps a request to send messages again, or replaces it.
	SaveReplay(ctx context.Context, in bedrail.Scope, r Replay, entry audit.Entry) error
	// ReplayByID returns one, or a NotFound error.
	ReplayByID(ctx context.Context, in bedrail.Scope, id string) (Replay, error)
	// Replays returns the newest hundred, newest first.
	Replays(ctx context.Context, in bedrail.Scope) ([]Replay, error)
	// AuditOf calls each for the entries of the audit record about a thing.
	AuditOf(ctx context.Context, in bedrail.Scope, target string, each func(audit.Record)) error
	// Record appends entry to the audit record by itself.
	Record(ctx context.Context, in bedrail.Scope, entry audit.Entry) error

	// Message returns a message with its sealed part, or a NotFound error.
	Message(ctx context.Context, in bedrail.Scope, id string) (Message, error)
	// Messages returns a page of messages, newest first, without sealed parts.
	Messages(ctx context.Context, in bedrail.Scope, req query.Request) (query.Page[Message], error)
	// MessageBody returns the bytes of a message of at most limit bytes, from
	// the beginning.
	MessageBody(ctx context.Context, in bedrail.Scope, id string, limit int64) ([]byte, error)
	// OpenBody reads the bytes of a message, however many.
	OpenBody(ctx context.Context, in bedrail.Scope, id string) (io.ReadCloser, error)
	// Deliveries returns the deliveries of a message, by destination.
	Deliveries(ctx context.Context, in bedrail.Scope, id string) ([]Delivery, error)
	// DeliveryBody returns what was sent to a destination and answered.
	DeliveryBody(ctx context.Context, in bedrail.Scope, id, destination string) (DeliveryBody, error)
	// Disclosures returns up to limit entries of the audit record, newest first,
	// about deliveries and showings of a patient's messages, and how many
	// messages there are. Messages that were forgotten are found too.
	Disclosures(ctx context.Context, in bedrail.Scope, patient string, from, until time.Time, limit int) ([]DisclosureRow, int, error)
	// Ledger counts from the journal.
	Ledger(ctx context.Context, in bedrail.Scope) (Ledger, error)
	// Backlogs says what waits, by channel and destination.
	Backlogs(ctx context.Context, in bedrail.Scope) ([]Backlog, error)

	// SaveRevision keeps r, the next of its message, with more by which it is
	// found, and queues deliveries again where that is asked. It returns how
	// many. A message that was revised meanwhile is a Conflict.
	SaveRevision(ctx context.Context, in bedrail.Scope, r Revision, more []Lookup, again *Requeue, entry audit.Entry) (int, error)
	// Revisions returns those of a message, oldest first.
	Revisions(ctx context.Context, in bedrail.Scope, id string) ([]Revision, error)
	// BedMoves returns what was said of beds since, in the order in which it
	// happened.
	BedMoves(ctx context.Context, in bedrail.Scope, since time.Time) ([]Move, error)
	// HeldBacklogs says what is held now, by channel and reason.
	HeldBacklogs(ctx context.Context, in bedrail.Scope) ([]HeldBacklog, error)
	// SaveGap keeps a gap, or its end.
	SaveGap(ctx context.Context, in bedrail.Scope, g Gap) error
	// Gaps returns the newest two hundred, newest first, or those that last.
	Gaps(ctx context.Context, in bedrail.Scope, open bool) ([]Gap, error)

	// SetLegalHold keeps a message from being forgotten, or lets go.
	SetLegalHold(ctx context.Context, in bedrail.Scope, ids []string, hold bool, entry audit.Entry) (int, error)
	// ForgetMessages makes messages unreadable for ever; those under legal
	// hold and those that are not delivered stay.
	ForgetMessages(ctx context.Context, in bedrail.Scope, ids []string, entry audit.Entry) (int, error)
	// MessagesBefore returns up to limit ids of messages of a channel that
	// came before at, are not open and not yet forgotten.
	MessagesBefore(ctx context.Context, in bedrail.Scope, channel string, at time.Time, limit int) ([]string, error)
	// SweepBodies removes files that no message owns.
	SweepBodies(ctx context.Context, in bedrail.Scope, olderThan time.Time) (int, error)
}

// A Requeue says what is sent again.
type Requeue struct {
	Messages     []string
	Destinations []string // empty is all that the message went to
	// From are the states of deliveries that are queued again; empty is dead
	// and held.
	From []DeliveryState
	At   time.Time
}

// A Backlog is what waits for one destination.
type Backlog struct {
	Channel     string    `json:"channel"`
	Destination string    `json:"destination"`
	Queued      int64     `json:"queued"`
	Oldest      time.Time `json:"oldest,omitzero"`
}
