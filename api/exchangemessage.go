package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

// A Message is what is known of a message without what it says.
type Message struct {
	ID          string            `json:"id"`
	Channel     string            `json:"channel"`
	Version     int64             `json:"channelVersion"`
	ReceivedAt  time.Time         `json:"receivedAt"`
	Format      string            `json:"format"`
	ContentType string            `json:"contentType,omitempty"`
	Size        int64             `json:"size"`
	Type        string            `json:"type"`
	Event       string            `json:"event,omitempty"`
	Profile     string            `json:"profile,omitempty"`
	Sender      string            `json:"sender,omitempty"`
	Live        exchange.Liveness `json:"live,omitempty" doc:"alarm, waveform or vital-signs: never held or dropped"`
	State       exchange.State    `json:"state" enum:"pending,held,dead,delivered,duplicate,rejected,filtered"`
	Outcome     exchange.Outcome  `json:"outcome" enum:"accepted,error,reject" doc:"What its sender was told"`
	Reason      string            `json:"reason,omitempty"`
	Device      string            `json:"device,omitempty"`
	Trust       exchange.Trust    `json:"trust" enum:"trusted,unknown,mismatched,quarantined,vulnerable"`
	Peer        string            `json:"peer,omitempty"`
	Severity    string            `json:"severity,omitempty" doc:"Of the worst issue"`
	Issues      int               `json:"issues"`
	DuplicateOf string            `json:"duplicateOf,omitempty"`
	HeldUntil   time.Time         `json:"heldUntil,omitzero"`
	LegalHold   bool              `json:"legalHold,omitempty"`
	ForgottenAt time.Time         `json:"forgottenAt,omitzero"`
}

func messageOf(m exchange.Message) Message {
	return Message{ID: m.ID, Channel: m.Channel, Version: m.Version, ReceivedAt: m.ReceivedAt, Format: string(m.Format), ContentType: m.ContentType, Size: m.Size, Type: m.Type, Event: m.Event,
		Profile: m.Profile, Sender: m.Sender, Live: m.Live, State: m.State, Outcome: m.Outcome, Reason: m.Reason, Device: m.Device, Trust: m.Trust, Peer: m.Peer, Severity: m.Severity,
		Issues: m.Issues, DuplicateOf: m.DuplicateOf, HeldUntil: m.HeldUntil, LegalHold: m.LegalHold, ForgottenAt: m.Forgotten}
}

// An ExchangeIssue is one thing that is wrong with a message.
type ExchangeIssue struct {
	Severity string `json:"severity" enum:"fatal,error,warning,information"`
	Code     string `json:"code"`
	Rule     string `json:"rule,omitempty"`
	Location string `json:"location,omitempty"`
	Bytes    [2]int `json:"bytes"`
	Text     string `json:"text"`
}

func issuesOf(issues []exchange.Issue) []ExchangeIssue {
	out := make([]ExchangeIssue, len(issues))
	for i, e := range issues {
		out[i] = ExchangeIssue{Severity: string(e.Severity), Code: e.Code, Rule: e.Rule, Location: e.Location, Bytes: [2]int{e.Start, e.End}, Text: e.Text}
	}
	return out
}

// A DeviceClaim is what a message says of a device.
type DeviceClaim struct {
	EUI64        string `json:"eui64,omitempty"`
	UDI          string `json:"udi,omitempty"`
	Serial       string `json:"serialNumber,omitempty"`
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
	Software     string `json:"softwareVersion,omitempty"`
	AETitle      string `json:"aeTitle,omitempty"`
	Name         string `json:"name,omitempty"`
	Location     string `json:"location,omitempty" doc:"Where the message says so"`
}

// MessageDetail is a message with where it went, masked: nothing of it speaks
// of a patient.
type MessageDetail struct {
	Message
	PeerDetail exchange.Peer       `json:"peerDetail"`
	Stamp      exchange.Stamp      `json:"stamp"`
	Devices    []DeviceClaim       `json:"devices"`
	Found      []ExchangeIssue     `json:"found" doc:"What is wrong with it"`
	Deliveries []exchange.Delivery `json:"deliveries"`
	// Association is whom it belongs to by others than itself, without the
	// patient.
	Association *exchange.Association   `json:"association,omitempty" doc:"How it is known whom the message belongs to; the patient is shown when the content is revealed"`
	Revisions   []exchange.RevisionNote `json:"revisions,omitempty" doc:"What became of it after it came"`
}

func detailOf(v exchange.View) MessageDetail {
	d := MessageDetail{Message: messageOf(v.Message), PeerDetail: v.Sealed.Peer, Stamp: v.Stamp, Devices: []DeviceClaim{}, Found: issuesOf(v.Issues), Deliveries: v.Deliveries, Association: v.Patient, Revisions: v.Revisions}
	for _, c := range v.Devices {
		d.Devices = append(d.Devices, DeviceClaim{c.EUI64, c.UDI, c.Serial, c.Manufacturer, c.Model, c.Software, c.AETitle, c.Name, c.Location})
	}
	return d
}

// MessageContent is what a message says. Looking at it is on record.
type MessageContent struct {
	ID         string                `json:"id"`
	Text       string                `json:"text,omitempty" doc:"As it came; segments of HL7 v2 end with a carriage return"`
	Binary     []byte                `json:"binary,omitempty" doc:"When it is no text"`
	Truncated  bool                  `json:"truncated,omitempty"`
	SHA256     string                `json:"sha256"`
	Patients   []string              `json:"patients,omitempty"`
	Answer     string                `json:"answer,omitempty" doc:"What its sender was answered"`
	Associated *exchange.Association `json:"associated,omitempty" doc:"Whom it belongs to, by where its device stood and who lay there"`
	Mended     string                `json:"mended,omitempty" doc:"As the last repair left it"`
	Deliveries []DeliveryContent     `json:"deliveries"`
}

// DeliveryContent is what was sent to a destination and answered.
type DeliveryContent struct {
	Destination string `json:"destination"`
	Sent        string `json:"sent,omitempty" doc:"When it is not what came"`
	SentType    string `json:"sentType,omitempty"`
	Answer      string `json:"answer,omitempty"`
}

func contentOf(c exchange.Content) MessageContent {
	out := MessageContent{ID: c.Message.ID, Truncated: c.Truncated, SHA256: c.Message.Sealed.Hash, Patients: c.Message.Sealed.Facts.Patients, Answer: string(c.Message.Sealed.Answer), Deliveries: []DeliveryContent{}}
	out.Associated = c.Patient
	for _, r := range c.Revisions {
		if r.Kind == exchange.Repaired {
			out.Mended = string(r.Body)
		}
	}
	if utf8.Valid(c.Body) {
		out.Text = string(c.Body)
	} else {
		out.Binary = c.Body
	}
	for _, name := range slices.Sorted(maps.Keys(c.Bodies)) {
		b := c.Bodies[name]
		out.Deliveries = append(out.Deliveries, DeliveryContent{name, string(b.Sent), b.SentType, string(b.Ack)})
	}
	return out
}

// MessageTrace is the way of a message through the audit record.
type MessageTrace struct {
	Message MessageDetail        `json:"message"`
	Steps   []exchange.TraceStep `json:"steps"`
}

func (a *API) registerMessages() {
	const tag = "Messages"
	serve(a, route{Method: http.MethodGet, Path: "/messages/ledger", ID: "get-ledger", Tag: tag, Summary: "What became of every message, by channel",
		About: "Counted from the journal. Received = delivered + pending + held + dead + duplicates + rejected + filtered, each message once, by its worst destination."},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (exchange.Ledger, error) {
			x, err := a.exchange()
			if err != nil {
				return exchange.Ledger{}, err
			}
			return x.Ledger(ctx, by)
		})
	serve(a, route{Method: http.MethodGet, Path: "/messages", ID: "list-messages", Tag: tag, Summary: "List messages, newest first",
		About: "Nothing of what they say. patient:, visit:, order: and control: look up exactly."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[Message], error) {
			x, err := a.exchange()
			if err != nil {
				return List[Message]{}, err
			}
			req, err := in.Request()
			if err != nil {
				return List[Message]{}, err
			}
			page, err := x.Messages(ctx, by, req)
			return listOf(page, messageOf), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/messages/{id}", ID: "get-message", Tag: tag, Summary: "One message: its sender's trust, what is wrong with it, where it went"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (MessageDetail, error) {
			x, err := a.exchange()
			if err != nil {
				return MessageDetail{}, err
			}
			v, err := x.MessageByID(ctx, by, in.ID)
			if err != nil {
				return MessageDetail{}, err
			}
			return detailOf(v), nil
		})
	serve(a, route{Method: http.MethodPost, Path: "/messages/{id}/reveal", ID: "reveal-message", Tag: tag, Summary: "Show what a message says, for a stated purpose",
		About: "Who looked and for what purpose is on record."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			Body struct {
				Purpose string `json:"purpose" maxLength:"400"`
			}
		}) (MessageContent, error) {
			x, err := a.exchange()
			if err != nil {
				return MessageContent{}, err
			}
			c, err := x.Reveal(ctx, by, in.ID, in.Body.Purpose)
			if err != nil {
				return MessageContent{}, err
			}
			return contentOf(c), nil
		})
	serve(a, route{Method: http.MethodGet, Path: "/messages/{id}/trace", ID: "trace-message", Tag: tag, Summary: "The way of a message, step by step, as the audit record has it"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (MessageTrace, error) {
			x, err := a.exchange()
			if err != nil {
				return MessageTrace{}, err
			}
			t, err := x.Trace(ctx, by, in.ID)
			if err != nil {
				return MessageTrace{}, err
			}
			return MessageTrace{detailOf(t.Message), t.Steps}, nil
		})
	serve(a, route{Method: http.MethodGet, Path: "/messages/{id}/proof", ID: "prove-message", Tag: tag, Summary: "A file that shows what came and what was done with it, and verifies without Bedrail",
		About: "It holds hashes and no content. bedrail message verify-proof reads it on any machine."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (exchange.ProofFile, error) {
			x, err := a.exchange()
			if err != nil {
				return exchange.ProofFile{}, err
			}
			if a.Audit == nil {
				return exchange.ProofFile{}, bedrail.Errorf(bedrail.Unavailable, "the audit record is not open here")
			}
			if a.SignAudit != nil {
				if err := a.SignAudit(ctx); err != nil {
					return exchange.ProofFile{}, err
				}
			}
			// Whoever may see the message may have its proof; it opens nothing else.
			system := bedrail.SystemActor("proof", a.Tenant)
			return x.Prove(ctx, by, in.ID, func(ctx context.Context, seq int64) (audit.Proof, error) { return a.Audit.Prove(ctx, system, seq) })
		})
	serve(a, route{Method: http.MethodPost, Path: "/messages/replay", ID: "replay-messages", Tag: tag, Summary: "Send messages again, or let held ones go",
		About: "A dry run only says what it would touch. Above a hundred messages a second person must agree."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body exchange.ReplaySpec }) (exchange.Replay, error) {
			x, err := a.exchange()
			if err != nil {
				return exchange.Replay{}, err
			}
			return x.Replay(ctx, by, in.Body)
		})
	serve(a, route{Method: http.MethodGet, Path: "/replays", ID: "list-replays", Tag: tag, Summary: "List requests to send messages again"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[exchange.Replay], error) {
			x, err := a.exchange()
			if err != nil {
				return List[exchange.Replay]{}, err
			}
			all, err := x.Replays(ctx, by)
			if err != nil {
				return List[exchange.Replay]{}, err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/replays/{id}/approve", ID: "approve-replay", Tag: tag, Summary: "Agree, as the second person, that messages are sent again"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (exchange.Replay, error) {
			x, err := a.exchange()
			if err != nil {
				return exchange.Replay{}, err
			}
			return x.Approve(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodPost, Path: "/messages/legal-hold", ID: "hold-messages", Tag: tag, Summary: "Keep messages from being forgotten, or let go of them"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			Body struct {
				IDs    []string `json:"ids" minItems:"1" maxItems:"1000"`
				Hold   bool     `json:"hold"`
				Reason string   `json:"reason" maxLength:"400"`
			}
		}) (Changed, error) {
			x, err := a.exchange()
			if err != nil {
				return Changed{}, err
			}
			n, err := x.LegalHold(ctx, by, in.Body.IDs, in.Body.Hold, in.Body.Reason)
			return Changed{n}, err
		})
	serve(a, route{Method: http.MethodPost, Path: "/messages/forget", ID: "forget-messages", Tag: tag, Summary: "Make messages unreadable for ever",
		About: "The row and the audit record stay. Backups hold the key until the keys are rotated."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			Body struct {
				IDs    []string `json:"ids" minItems:"1" maxItems:"1000"`
				Reason string   `json:"reason" maxLength:"400"`
			}
		}) (Changed, error) {
			x, err := a.exchange()
			if err != nil {
				return Changed{}, err
			}
			n, err := x.Forget(ctx, by, in.Body.IDs, in.Body.Reason)
			return Changed{n}, err
		})
}

// Changed says how many things an act changed.
type Changed struct {
	Changed int `json:"changed"`
}
