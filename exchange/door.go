package exchange

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"bedrail"
)

// InlineBytes is the largest body that is kept in a row. Larger ones become
// sealed files beside the database, flushed before the commit.
const InlineBytes = 256 << 10

// An Inbound is what a door received, whole, before anything is kept.
type Inbound struct {
	Format      Format // empty takes the source's own
	ContentType string // MIME, with parameters; may be empty

	// Body is the message. A large one is given as Stream instead, which is
	// read to its end; an error of it means that the message never came.
	Body   []byte
	Stream io.Reader

	Peer Peer
	At   time.Time // when the last byte came; zero is now
	// Facts are what the door's own protocol says. The reader of the format
	// fills in what is empty.
	Facts Facts
	// Issues are what the door noticed on the wire: stray bytes, a missing
	// terminator. They are kept with the message.
	Issues []Issue
	// Unreadable says why the bytes cannot be answered for, when the door
	// knows already. They are kept all the same, as rejected.
	Unreadable string
	// Unassured is set where the protocol gives the sender no answer, such as
	// MQTT QoS 0; such messages are counted apart.
	Unassured bool
	// Answer writes the protocol's answer. It is called before the commit and
	// what it returns is kept with the message, so that a duplicate gets the
	// same. It must be quick, touch nothing, and may run more than once.
	Answer func(Receipt) []byte
	// Lookups are the door's own terms, by which its Shelf finds the message
	// again. They are kept as blind indexes.
	Lookups []Lookup

	// own is set on what Bedrail says itself: it is neither bound nor held.
	own bool
	// to is the one destination that it is for; empty is all.
	to string
}

// A Peer is whoever is at the other end of a connection.
type Peer struct {
	Address            netip.AddrPort `json:"address,omitzero"`
	MAC                string         `json:"mac,omitempty"` // as the sensor sees it at that address
	CertificateSubject string         `json:"certificateSubject,omitempty"`
	CertificateHash    string         `json:"certificateHash,omitempty"` // SHA-256, hexadecimal
	TLS                string         `json:"tls,omitempty"`             // "1.3", empty without
	AETitle            string         `json:"aeTitle,omitempty"`         // calling
	ClientID           string         `json:"clientId,omitempty"`
	User               string         `json:"user,omitempty"`
	File               string         `json:"file,omitempty"` // name of a dropped file
}

// An Outcome is what the sender is told.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted" // kept, and passed on by the channel's rules
	Failed   Outcome = "error"    // AE, CE, 422, A900: content, or trouble of ours
	Refused  Outcome = "reject"   // AR, CR, 400, 0122: not for us, or unreadable
)

// A Receipt says what became of an Inbound. It exists only once the message is
// kept and flushed; while Answer runs it is what will be true then.
type Receipt struct {
	ID        string
	State     State
	Outcome   Outcome
	Duplicate bool // the same bytes came before: Answer is what was answered then
	Issues    []Issue
	Facts     Facts
	Trust     Stamp
	Answer    []byte // what Inbound.Answer returned, or the stored one
	// Relayed is what the receiver answered, without its frame, where the
	// channel gives that back (Definition.AnswerFrom). It goes in place of
	// Answer.
	Relayed []byte
}

// An Intake takes what a source receives. Receive returns only after the
// commit is flushed; with an error nothing was kept and the sender must be
// told so, or not be answered at all. Unavailable means: stop reading until it
// works again.
type Intake interface {
	Receive(ctx context.Context, in Inbound) (Receipt, error)
}

// A Source is an open door of one channel.
type Source interface {
	// Run serves until ctx ends, then stops taking in, lets what is under way
	// finish, and returns nil. An error means that the door could not open or
	// broke; it is opened again after a while.
	Run(ctx context.Context) error
	// Status may be asked at any time.
	Status() SourceStatus
}

// A SourceStatus says how a door stands. It holds nothing of a patient.
type SourceStatus struct {
	Listening   string       `json:"listening,omitempty"` // address, once it is open; or what is polled
	LastError   string       `json:"lastError,omitempty"`
	LastErrorAt time.Time    `json:"lastErrorAt,omitzero"`
	Connections []Connection `json:"connections"`
	Refused     []Refusal    `json:"refused"` // the last few, newest first
	// Advice is what the wire shows and how it is mended.
	Advice []Advice `json:"advice,omitempty"`
}

// A Connection is one open connection, association or session.
type Connection struct {
	Peer     Peer      `json:"peer"`
	Since    time.Time `json:"since"`
	LastAt   time.Time `json:"lastAt,omitzero"` // of the last message
	Messages int64     `json:"messages"`
	State    string    `json:"state"` // idle, receiving, committing, answering, waiting
}

// A Refusal is a connection or frame that was turned away, decoded.
type Refusal struct {
	At     time.Time `json:"at"`
	Peer   Peer      `json:"peer"`
	Reason string    `json:"reason"` // "called AE title not recognised: PACS1"
	Mend   string    `json:"mend,omitempty"`
}

// An Advice is something wrong with how a peer speaks, with its mend.
type Advice struct {
	Code string `json:"code"` // delayed-ack, no-final-cr, line-feeds, half-open, idle-cut
	Peer string `json:"peer,omitempty"`
	Text string `json:"text"`
	Mend string `json:"mend"`
}

// A Sender delivers to one destination. It is used by one goroutine at a time
// for each key that is kept in order, so it must allow several at once.
type Sender interface {
	// Send delivers once. The acknowledgment is what the receiver said; an
	// error means that it is not known whether it has the message, which is
	// then sent again.
	Send(ctx context.Context, out Outgoing) (Acknowledgment, error)
	// Close ends the connection. Send is not called again.
	Close() error
}

// A Prober is a Sender that can tell whether its receiver is there without
// giving it a message, for "channel test".
type Prober interface {
	Probe(ctx context.Context) error
}

// A Visible is a Sender whose connection can be looked at.
type Visible interface {
	Status() SenderStatus
}

// A SenderStatus says how the way to a destination stands.
type SenderStatus struct {
	State       string    `json:"state"` // connected, connecting, idle, failing
	Peer        string    `json:"peer"`
	Since       time.Time `json:"since,omitzero"`
	LastError   string    `json:"lastError,omitempty"`
	LastErrorAt time.Time `json:"lastErrorAt,omitzero"`
	Unmatched   int64     `json:"unmatched"` // answers that belonged to nothing
}

// An Outgoing is one message on its way to one destination.
type Outgoing struct {
	Message     string // id
	Channel     string
	Destination string
	// Key names this delivery. It is the same at each attempt, so that a
	// receiver that knows it has the message once.
	Key         string
	Attempt     int // from 1
	Format      Format
	ContentType string
	Body        []byte                        // nil when it is large
	Open        func() (io.ReadCloser, error) // reads the body, however large; may be called again
	Size        int64
	Hash        string // SHA-256 of the bytes as they came in, hexadecimal
	Facts       Facts
	Trust       Stamp
	Issues      []Issue
	ReceivedAt  time.Time
	Replayed    bool
	// Patient is whom the message belongs to, as far as others than the
	// message say. Revisions are what became of it after it came.
	Patient   *Association
	Revisions []RevisionNote
	// Released is why the message was held, when it went out all the same.
	Released string
	// Suspect is set on what was called back; Body says so already.
	Suspect *Suspicion
}

// An Acknowledgment is what a receiver answered.
type Acknowledgment struct {
	// Outcome: Accepted ends the delivery. Failed is tried again a few times,
	// since the receiver may get over it. Refused is not: it goes to the dead
	// letters, where a person decides.
	Outcome Outcome
	Code    string // AA, 201, 0000
	Text    string // for a person; nothing of a patient
	Body    []byte // as it came, at most 64 KiB; kept sealed, its hash in the record
}

// Kinds are the kinds of sources and destinations that channels may name.
type Kinds struct {
	Sources      []SourceKind
	Destinations []DestinationKind
}

// A SourceKind opens doors of one kind.
type SourceKind struct {
	Name   string // the word in a channel's source: mllp
	About  string // in a sentence, for the screen
	Format Format // of what it receives, unless it says otherwise
	// Check says what is wrong with settings without opening anything, as an
	// Invalid error that names the place.
	Check func(settings json.RawMessage) error
	// Address returns what the door occupies, such as tcp/127.0.0.1:2575, so
	// that two channels do not want the same; empty is nothing.
	Address func(settings json.RawMessage) string
	// Reads returns the other channels whose messages the door shows: who
	// makes it must be allowed to read them. Nil is none.
	Reads func(settings json.RawMessage) []string
	// Open makes the door. It does not block: Run opens it.
	Open func(c SourceConfig) (Source, error)
	// Example is settings that a person can begin with.
	Example string
}

// A SourceConfig is what a source is made from.
type SourceConfig struct {
	Channel  string
	Settings json.RawMessage
	Intake   Intake
	Env      Env
}

// A DestinationKind makes senders of one kind.
type DestinationKind struct {
	Name    string
	About   string
	Accepts []Format // what it can carry; empty is anything. The rest is mapped first, where there is a mapping.
	// Parallel is how many deliveries it takes at once unless the channel says
	// otherwise; 0 is one.
	Parallel int
	Check    func(settings json.RawMessage) error
	Open     func(c DestinationConfig) (Sender, error)
	Example  string
}

// A DestinationConfig is what a sender is made from.
type DestinationConfig struct {
	Channel  string
	Name     string
	Settings json.RawMessage
	Env      Env
}

// An Env is what doors need of the house.
type Env struct {
	Clock bedrail.Clock
	Log   *slog.Logger
	TLS   Encryption
	// Folder is where relative paths of settings begin.
	Folder string
	// Spool is where a door may put what it has before it is a message; empty
	// is nowhere.
	Spool string
	// Shelf tells what is kept; nil when nothing can be asked.
	Shelf Shelf
	// Listener opens an address, or takes over one that an earlier run of this
	// Bedrail left open; nil opens it.
	Listener func(ctx context.Context, address string) (net.Listener, error)
}

// Listen opens a door's address.
func (e Env) Listen(ctx context.Context, address string) (net.Listener, error) {
	listen := e.Listener
	if listen == nil {
		listen = func(ctx context.Context, address string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", address)
		}
	}
	l, err := listen(ctx, address)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "listening on %s: %w", address, err)
	}
	return l, nil
}

// A Mapper turns a message of one format into another, such as PCD-01 into a
// FHIR transaction bundle. Package server wires it.
type Mapper interface {
	// Map returns what is to be sent in place of out, and what it noticed.
	// A mapping named "" is the one for the message's type. NotFound means
	// that there is none.
	Map(ctx context.Context, mapping string, out Outgoing, to []Format) (Mapped, error)
}

// A Mapped is a message in another format.
type Mapped struct {
	Format      Format
	ContentType string
	Body        []byte
	Mapping     string // name and version, for the record
	Issues      []Issue
}
