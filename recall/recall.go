// Package recall calls back what a device said while it could not be relied
// on: it finds every message, resource and receiver, tells them, withdraws or
// corrects what they have, and keeps account until each has answered.
package recall

import (
	"cmp"
	"slices"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// What an actor may do with recalls of data.
const (
	Read    bedrail.Action = "data-recall:read"
	Open                   = exchange.RecallMessages
	Approve bedrail.Action = "data-recall:approve" // the second person
	Answer  bedrail.Action = "data-recall:answer"  // keep account of receivers, close
)

// alone is how many messages one person may call back; more need a second.
const alone = 100

// dueUsual is how long receivers have to answer.
const dueUsual = 72 * time.Hour

// A Spec says what is called back and why.
type Spec struct {
	Device    string             `json:"device" maxLength:"80"`
	From      time.Time          `json:"from" doc:"By the time at which Bedrail received: the clock of the device may be what is wrong"`
	Until     time.Time          `json:"until,omitzero" doc:"Left out, now"`
	Cause     string             `json:"cause" enum:"compromised,mis-set,clock,other"`
	Treatment exchange.Treatment `json:"treatment" enum:"notice,withdraw,correct" doc:"Only tell; send again as wrong (OBX-11 W, entered-in-error); or send again with corrected times"`
	// ShiftSeconds is added to the times of what is corrected.
	ShiftSeconds float64 `json:"shiftSeconds,omitempty" doc:"With correct: what is added to the times of results, such as -3600 for a clock an hour ahead"`
	Reason       string  `json:"reason" maxLength:"400"`
	Owner        string  `json:"owner,omitempty" maxLength:"200" doc:"Who waits for the answers; left out, the steward of each channel"`
	DueHours     int     `json:"dueHours,omitempty" minimum:"0" maximum:"8760" doc:"Until when receivers answer; 72"`
	// ReceiptIsAnswer takes the receiver's own acknowledgment of all that was
	// sent for its answer.
	ReceiptIsAnswer bool `json:"receiptIsAnswer,omitempty" doc:"The receiver's acknowledgment of everything is its answer; otherwise somebody says that it acted"`
	DryRun          bool `json:"dryRun,omitempty" doc:"Only say what it would touch"`
}

// States of a recall.
const (
	Planned = "planned" // only looked at
	Waiting = "waiting" // for a second person
	Opened  = "open"
	Closed  = "closed"
)

// A Reach is all that a recall concerns. Nothing in it names a patient.
type Reach struct {
	Messages  int            `json:"messages"`
	Forgotten int            `json:"forgotten" doc:"Messages whose content is no more: their receivers are told, and nothing can be sent again"`
	First     time.Time      `json:"first,omitzero"`
	Last      time.Time      `json:"last,omitzero"`
	Channels  map[string]int `json:"channels"`
	Types     map[string]int `json:"types"`
	Patients  int            `json:"patients" doc:"How many patients they are about, by keyed hash; who they are is shown with a purpose"`
	Resources map[string]int `json:"resources" doc:"FHIR resources that were made of them and delivered, by type"`
	// ResourcesRead is how many of the messages were opened to count their
	// resources.
	ResourcesRead int     `json:"resourcesRead"`
	Seconds       float64 `json:"seconds" doc:"How long it took to find"`
}

// States of a receiver.
const (
	ToTell       = "to-tell"
	Told         = "told"
	Acknowledged = "acknowledged"
	Refused      = "refused"
	Excepted     = "excepted"
)

// A Receiver is a system that has what is called back, with where its answer
// stands.
type Receiver struct {
	Channel     string `json:"channel"`
	Destination string `json:"destination"`
	Kind        string `json:"kind,omitempty" doc:"Of destination; empty where the channel no longer has it"`
	Way         string `json:"way" doc:"How it is told: hl7v2, fhir, json, or person: by somebody, since no message does"`
	Messages    int    `json:"messages" doc:"That it received"`
	State       string `json:"state" enum:"to-tell,told,acknowledged,refused,excepted"`
	Overdue     bool   `json:"overdue"`
	Owner       string `json:"owner,omitempty" doc:"Who waits for its answer"`

	Notice     string    `json:"notice,omitempty" doc:"Name of the message that told it"`
	NoticeSent bool      `json:"noticeSent"`
	Waiting    int       `json:"waiting" doc:"Withdrawn or corrected copies on their way"`
	Reissued   int       `json:"reissued" doc:"Withdrawn or corrected copies that it accepted"`
	Failed     int       `json:"failed" doc:"Copies that it refused or that could not be made: dead letters"`
	ByHand     int       `json:"byHand" doc:"Messages of which no copy is sent: large, forgotten, or without such a message"`
	ToldAt     time.Time `json:"toldAt,omitzero"`
	Note       string    `json:"note,omitempty" doc:"What it answered"`
	AnsweredAt time.Time `json:"answeredAt,omitzero"`
	AnsweredBy string    `json:"answeredBy,omitempty"`
}

// settled reports whether nobody waits for r any more.
func (r *Receiver) settled() bool { return r.State == Acknowledged || r.State == Excepted }

// A Recall is one calling back with its account.
type Recall struct {
	ID          string     `json:"id,omitempty"`
	State       string     `json:"state" enum:"planned,waiting,open,closed"`
	Spec        Spec       `json:"spec"`
	Reach       Reach      `json:"reach"`
	Receivers   []Receiver `json:"receivers"`
	Needs       string     `json:"needs,omitempty"`
	RequestedBy string     `json:"requestedBy,omitempty"`
	RequestedAt time.Time  `json:"requestedAt,omitzero"`
	ApprovedBy  string     `json:"approvedBy,omitempty"`
	OpenedAt    time.Time  `json:"openedAt,omitzero"`
	DueAt       time.Time  `json:"dueAt,omitzero"`
	ClosedAt    time.Time  `json:"closedAt,omitzero"`
	ClosedBy    string     `json:"closedBy,omitempty"`
	Job         string     `json:"job,omitempty"`
	Marked      int        `json:"marked" doc:"Messages that carry the mark"`
	Complete    bool       `json:"complete" doc:"Every message was marked and every receiver that a message reaches was sent its notice; else continue"`
	Answered    int        `json:"answered" doc:"Receivers of whom nobody waits any more"`
	Overdue     int        `json:"overdue"`
}

// A Progress is where the copies for one receiver stand.
type Progress struct {
	Queued, Delivered, Dead int
	Last                    time.Time // when the last arrived
	Note                    string    // of a dead letter
}

// Judge brings the account of r up to date with what was delivered: p by
// channel and destination, notices by the name of the notice. It is what a
// receiver did, never what somebody hopes.
func Judge(r *Recall, p map[[2]string]Progress, notices map[string]exchange.Delivery, now time.Time) {
	r.Answered, r.Overdue = 0, 0
	for i := range r.Receivers {
		one := &r.Receivers[i]
		judge(one, p[[2]string{one.Channel, one.Destination}], notices[one.Notice], r)
		one.Overdue = r.State == Opened && !one.settled() && !r.DueAt.IsZero() && now.After(r.DueAt)
		if one.settled() {
			r.Answered++
		}
		if one.Overdue {
			r.Overdue++
		}
	}
}

func judge(one *Receiver, p Progress, notice exchange.Delivery, r *Recall) {
	one.Waiting, one.Reissued, one.Failed = p.Queued, p.Delivered, p.Dead
	one.NoticeSent = one.Notice != "" && notice.State == exchange.Arrived
	if !one.AnsweredAt.IsZero() || one.Way == "person" {
		return // what a person said of it stands
	}
	switch {
	case notice.State == exchange.GivenUp:
		one.State, one.Note = Refused, notice.Note
	case p.Dead > 0:
		one.State, one.Note = Refused, p.Note
	case !one.NoticeSent || p.Queued > 0 || !r.Complete:
		one.State, one.Note = ToTell, notice.Note
	default:
		one.State, one.Note, one.ToldAt = Told, notice.Code, notice.DoneAt
		if p.Last.After(one.ToldAt) {
			one.ToldAt = p.Last
		}
		if r.Spec.ReceiptIsAnswer && one.ByHand == 0 {
			one.State = Acknowledged
		}
	}
}

func sorted(all []Receiver) []Receiver {
	slices.SortFunc(all, func(a, b Receiver) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Destination, b.Destination))
	})
	return all
}
