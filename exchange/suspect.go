package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/hl7"
)

// Recalled is the kind of revision that marks a message as not to be relied
// on.
const Recalled = "recall"

// RecallMessages is what an actor may do who calls back what devices said.
const RecallMessages bedrail.Action = "data-recall:open"

// A Treatment says what becomes of what was sent.
type Treatment string

// The treatments.
const (
	TellOnly Treatment = "notice"   // receivers are told; what they have stays as it is
	Withdraw Treatment = "withdraw" // it was wrong: OBX-11 W, status entered-in-error
	Amend    Treatment = "correct"  // its times are put right: OBX-11 C, status corrected
)

// A Suspicion says why what a device said must not be relied on, and what
// becomes of it.
type Suspicion struct {
	Recall    string        `json:"recall"` // its name
	Device    string        `json:"device"`
	Cause     string        `json:"cause"` // compromised, mis-set, clock, other
	Treatment Treatment     `json:"treatment"`
	Shift     time.Duration `json:"shift,omitempty"` // added to times by Amend
	From      time.Time     `json:"from"`
	Until     time.Time     `json:"until"`
	Reason    string        `json:"reason"`
	By        string        `json:"by"` // who says so
	Role      string        `json:"role,omitempty"`
	At        time.Time     `json:"at"`
	Owner     string        `json:"owner,omitempty"` // who waits for the answer
}

// Causes are the words for why data are called back.
func Causes() []string { return []string{"compromised", "mis-set", "clock", "other"} }

// inWords says it in a sentence for a receiver.
func (s Suspicion) inWords() string {
	why := map[string]string{"compromised": "the device was compromised", "mis-set": "the device was set wrongly", "clock": "the clock of the device was wrong", "other": "they are wrong"}[s.Cause]
	do := map[Treatment]string{TellOnly: "Do not rely on them.", Withdraw: "They are withdrawn.", Amend: "They are sent again, corrected."}[s.Treatment]
	return fmt.Sprintf("Data of device %s received from %s to %s are called back because %s: %s %s Recall %s.", s.Device, s.From.UTC().Format(time.RFC3339), s.Until.UTC().Format(time.RFC3339), why, s.Reason, do, s.Recall)
}

// Reaches says in which format a destination can be told of a recall: hl7v2,
// fhir or json; person where no message reaches it or none of its protocol
// says so.
func (x *Exchange) Reaches(channel, destination string) string {
	l := x.line(channel)
	if l == nil {
		return "person"
	}
	p := l.plan.Load()
	d, ok := p.destination(destination)
	if !ok || d.Enabled != nil && !*d.Enabled {
		return "person"
	}
	accepts := p.kinds[destination].Accepts
	switch {
	case len(accepts) == 0 || slices.Contains(accepts, JSON):
		return "json"
	case slices.Contains(accepts, HL7v2):
		return "hl7v2"
	case slices.Contains(accepts, FHIR):
		return "fhir"
	}
	return "person"
}

// Answers names who answers for a channel's feed.
func (x *Exchange) Answers(channel string) string {
	if l := x.line(channel); l != nil {
		return l.plan.Load().Definition.Steward
	}
	return ""
}

// KindOf is the kind of a destination, or an empty string when it is no more.
func (x *Exchange) KindOf(channel, destination string) string {
	if l := x.line(channel); l != nil {
		if d, ok := l.plan.Load().destination(destination); ok {
			return d.Endpoint.Kind
		}
	}
	return ""
}

// Tell keeps a notice of s in the outbox of one destination: it is delivered,
// retried and kept like any message. It returns the notice's own name. Telling
// twice keeps one.
func (x *Exchange) Tell(ctx context.Context, by bedrail.Actor, channel, destination string, s Suspicion) (string, error) {
	l, err := x.find(ctx, by, RecallMessages, channel)
	if err != nil {
		return "", err
	}
	in := Inbound{own: true, to: destination, Peer: Peer{User: "bedrail"}, Facts: Facts{Type: "suspect-data", ControlID: s.Recall + "/" + destination}}
	switch x.Reaches(channel, destination) {
	case "hl7v2":
		in.Format, in.ContentType, in.Facts = HL7v2, "application/hl7-v2", Facts{}
		in.Body = suspectNoticeHL7(channel, destination, s)
	case "fhir":
		in.Format, in.ContentType = FHIR, "application/fhir+json"
		in.Body, err = suspectNoticeFHIR(destination, s)
	case "json":
		in.Format, in.ContentType = JSON, "application/json"
		in.Body, err = json.Marshal(noticeOf("data-recalled", s))
	default:
		return "", bedrail.Errorf(bedrail.Conflict, "no message reaches %s of %s; tell it by a person", destination, channel)
	}
	if err != nil {
		return "", err
	}
	r, err := l.Receive(ctx, in)
	return r.ID, err
}

// A suspectNotice is what receivers of JSON are told.
type suspectNotice struct {
	Event     string    `json:"event"`
	Recall    string    `json:"recall"`
	Device    string    `json:"device"`
	Cause     string    `json:"cause"`
	Treatment Treatment `json:"treatment"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	Text      string    `json:"text"`
	Owner     string    `json:"owner,omitempty"`
	At        time.Time `json:"at"`

	// Of one message.
	Message   string  `json:"message,omitempty"`
	ControlID string  `json:"controlId,omitempty"`
	SHA256    string  `json:"sha256,omitempty"`       // of the bytes that are withdrawn
	Shift     float64 `json:"shiftSeconds,omitempty"` // to be added to its times
}

func noticeOf(event string, s Suspicion) suspectNotice {
	return suspectNotice{Event: event, Recall: s.Recall, Device: s.Device, Cause: s.Cause, Treatment: s.Treatment, From: s.From, Until: s.Until, Text: s.inWords(), Owner: s.Owner, At: s.At}
}

// Mark makes a revision of a message that says that it is not to be relied on,
// and queues it again where it arrived, so that each receiver gets it as
// withdrawn or corrected. What came is kept. It returns how many deliveries
// were queued; a message that s marked before is left alone.
func (x *Exchange) Mark(ctx context.Context, by bedrail.Actor, id string, s Suspicion) (int, error) {
	m, err := x.message(ctx, by, RecallMessages, id)
	if err != nil || !m.Forgotten.IsZero() || m.DuplicateOf != "" || m.State == Rejected {
		return 0, err
	}
	if m.Revision > 0 {
		revisions, err := x.Store.Revisions(ctx, x.scope(), id)
		if err != nil {
			return 0, err
		}
		for _, r := range revisions {
			if r.Suspicion != nil && r.Suspicion.Recall == s.Recall {
				return 0, nil
			}
		}
	}
	rev := Revision{Message: id, N: m.Revision + 1, Kind: Recalled, At: s.At, By: by.ID, Reason: s.Reason, Suspicion: &s}
	var again *Requeue
	if to := x.reissued(&m); len(to) > 0 && s.Treatment != TellOnly {
		again = &Requeue{Messages: []string{id}, Destinations: to, From: []DeliveryState{Arrived}, At: s.At}
	}
	entry := audit.Entry{By: by, Did: RecallMessages, To: id, Personal: map[string]string{"reason": s.Reason}, Note: fmt.Sprintf("revision %d recall %s %s", rev.N, s.Recall, s.Treatment)}
	return x.Store.SaveRevision(ctx, x.scope(), rev, nil, again, entry)
}

// Marked has the ways of a channel look at what Mark queued.
func (x *Exchange) Marked(channel string) { x.revised(channel) }

// reissued returns the destinations that can be given m again as withdrawn.
// Large bodies, such as series of images, are told of by their notice alone.
func (x *Exchange) reissued(m *Message) (names []string) {
	l := x.line(m.Channel)
	if l == nil || m.Large {
		return nil
	}
	for _, d := range l.plan.Load().Definition.Destinations {
		if x.Reaches(m.Channel, d.Name) != "person" {
			names = append(names, d.Name)
		}
	}
	return names
}

// apply turns what would be sent into what withdraws or corrects it.
func (s Suspicion) apply(out *Outgoing, now time.Time) error {
	var err error
	switch out.Format {
	case HL7v2:
		out.Body, err = s.applyHL7(out, now)
	case FHIR:
		out.Body, err = s.applyFHIR(out)
		out.ContentType = "application/fhir+json"
	case DICOM:
		return bedrail.Errorf(bedrail.Invalid, "an image cannot be withdrawn by a message of its protocol; tell the receiver by a person")
	default:
		n := noticeOf("message-recalled", s)
		n.Message, n.ControlID, n.SHA256, n.Shift = out.Message, out.Facts.ControlID, out.Hash, s.Shift.Seconds()
		out.Format, out.ContentType = JSON, "application/json"
		out.Body, err = json.Marshal(n)
	}
	return err
}

// applyHL7 marks each result: W is "post original as wrong", C "a correction"
// (v2.6 table 0085), and OBR-25 C "correction to results" (table 0123). The
// message gets a name of its own, since it is another than the one it is of.
func (s Suspicion) applyHL7(out *Outgoing, now time.Time) ([]byte, error) {
	m, err := hl7.Parse(out.Body)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "what was sent cannot be read again as HL7 v2")
	}
	d := m.Draft()
	status := "W"
	if s.Treatment == Amend {
		status = "C"
	}
	changes := map[string]string{"MSH-7": now.UTC().Format("20060102150405-0700"), "MSH-10": "R" + ackLike(bedrail.HashID("x", out.Message, s.Recall))[1:]}
	seen, last := map[string]int{}, ""
	for i := range m.Len() {
		seg := m.Segment(i)
		last = seg.Name()
		seen[last]++
		at := fmt.Sprintf("%s[%d]-", last, seen[last])
		switch last {
		case "OBX":
			if !seg.Field(11).Is("X") { // X says that there is no result
				changes[at+"11"] = status
			}
			s.shiftHL7(changes, seg, at, 14, 19)
		case "OBR":
			changes[at+"25"] = "C"
			s.shiftHL7(changes, seg, at, 7, 8)
		}
	}
	if seen["OBX"] == 0 {
		return nil, bedrail.Errorf(bedrail.Invalid, "the message holds no result that could be withdrawn; tell the receiver by a person")
	}
	for path, text := range changes {
		if err := d.Set(path, text); err != nil {
			return nil, notAnew(err)
		}
	}
	if last == "OBX" || last == "NTE" {
		d.Add("NTE")
		n := fmt.Sprintf("NTE[%d]-", seen["NTE"]+1)
		if err := errors.Join(d.Set(n+"1", "1"), d.Set(n+"3", readable(m, s.inWords()))); err != nil {
			return nil, notAnew(err)
		}
	}
	return d.Bytes(), nil
}

func notAnew(err error) error {
	return bedrail.Errorf(bedrail.Invalid, "what was sent cannot be written anew: %w; tell the receiver by a person", err)
}

// readable leaves of text what every reader of m can read: a message that
// declares no UTF-8 gets plain letters.
func readable(m *hl7.Message, text string) string {
	if m.Segment(0).Field(18).Component(1).Is("UNICODE UTF-8") {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r > '~' {
			return '?'
		}
		return r
	}, text)
}

func (s Suspicion) shiftHL7(changes map[string]string, seg hl7.Segment, at string, fields ...int) {
	if s.Treatment != Amend || s.Shift == 0 {
		return
	}
	for _, n := range fields {
		// The time is the first component; what stands behind it stays.
		was := string(seg.Field(n).Component(1).Bytes())
		if now := shiftDTM(was, s.Shift); now != was {
			changes[fmt.Sprint(at, n, ".1")] = now
		}
	}
}

// shiftDTM adds to a time and keeps its precision and zone; a date alone, or
// what is no time, stays.
func shiftDTM(text string, by time.Duration) string {
	digits, zone := text, ""
	if i := strings.IndexAny(text, "+-"); i > 0 {
		digits, zone = text[:i], text[i:]
	}
	const layout = "20060102150405.0000"
	if len(digits) < 10 || len(digits) > len(layout) {
		return text
	}
	t, err := time.Parse(layout[:len(digits)], digits)
	if err != nil {
		return text
	}
	return t.Add(by).Format(layout[:len(digits)]) + zone
}

// suspectNoticeHL7 tells of data without a value: OBX-11 X, with the device in
// OBX-18 and the interval in OBR-7 and 8.
func suspectNoticeHL7(channel, destination string, s Suspicion) []byte {
	stamp := func(t time.Time) string { return t.UTC().Format("20060102150405-0700") }
	const code = "DATA-RECALLED^data recalled^99BEDRAIL"
	return []byte(strings.Join([]string{
		"MSH|^~\\&|BEDRAIL|" + escapeHL7(channel) + "|||" + stamp(s.At) + "||ORU^R01^ORU_R01|N" + ackLike(bedrail.HashID("x", s.Recall, channel, destination))[1:] + "|P|2.6|||NE|NE",
		"OBR|1||" + s.Recall + "^BEDRAIL|" + code + "|||" + stamp(s.From) + "|" + stamp(s.Until) + strings.Repeat("|", 17) + "X",
		"OBX|1|ST|" + code + "|1.0.0.0|" + escapeHL7(s.Cause+" "+string(s.Treatment)) + "||||||X|||" + stamp(s.At) + "||||" + escapeHL7(s.Device) + "^^" + escapeHL7(s.Device),
		"NTE|1||" + escapeHL7(s.inWords()),
		"",
	}, "\r"))
}
