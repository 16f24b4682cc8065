package mllp

import (
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
)

// An Ack is how a peer wants to be answered. The zero Ack follows what each
// message asks for in MSH-15 and MSH-16.
type Ack struct {
	// Mode is auto (the default), original (one AA, AE or AR whatever the
	// message asks), enhanced (one CA, CE or CR) or none.
	Mode string `json:"mode,omitempty"`
	// Warnings are told as well as errors, also where a message was accepted.
	Warnings bool `json:"warnings,omitempty"`
	// Codes replaces what MSA-1 says, for peers that know fewer words: AR: AE.
	Codes map[string]string `json:"codes,omitempty"`
}

func (a Ack) check() error {
	switch a.Mode {
	case "", "auto", "original", "enhanced", "none":
	default:
		return bedrail.Errorf(bedrail.Invalid, "ack.mode is %q; it is auto, original, enhanced or none", a.Mode).At("ack.mode")
	}
	for from, to := range a.Codes {
		if !isAckCode(from) || !isAckCode(to) {
			return bedrail.Errorf(bedrail.Invalid, "ack.codes: %s: %s; codes are AA, AE, AR, CA, CE and CR", from, to).At("ack.codes")
		}
	}
	return nil
}

func isAckCode(code string) bool {
	switch code {
	case "AA", "AE", "AR", "CA", "CE", "CR":
		return true
	}
	return false
}

// outcomes translates what the exchange decided.
func outcomeOf(o exchange.Outcome) hl7.Outcome {
	switch o {
	case exchange.Accepted:
		return hl7.Accepted
	case exchange.Refused:
		return hl7.Refused
	}
	return hl7.Failed
}

// answerTo writes the frames that answer payload. m is nil when nothing could
// be read.
func (a Ack) answerTo(m *hl7.Message, out hl7.Outcome, issues []hl7.Issue, id string, at time.Time) []byte {
	expects := a.expects(m, out)
	if out == hl7.Accepted && !a.Warnings {
		issues = nil // what was found goes on as tags; an accepted message has no errors
	}
	answer := hl7.Answer{Outcome: out, ControlID: id, At: at, Warn: a.Warnings, Issues: issues}
	var frames []byte
	if expects.Commit {
		answer.Commit = true
		frames = append(frames, Frame(a.recoded(hl7.Acknowledge(m, answer)))...)
		answer.ControlID += "A" // the second answer is a message of its own
	}
	if expects.Application {
		answer.Commit = false
		frames = append(frames, Frame(a.recoded(hl7.Acknowledge(m, answer)))...)
	}
	return frames
}

func (a Ack) expects(m *hl7.Message, out hl7.Outcome) hl7.Expects {
	switch {
	case a.Mode == "none":
		return hl7.Expects{}
	case m == nil && a.Mode != "enhanced":
		return hl7.Expects{Application: true}
	case m != nil && m.Segment(0).Field(9).Component(1).Is("ACK"):
		return hl7.Expects{} // an acknowledgment is never acknowledged
	case a.Mode == "original":
		return hl7.Expects{Application: true}
	case a.Mode == "enhanced":
		return hl7.Expects{Enhanced: true, Commit: true}
	}
	return m.Expected(out)
}

// recoded replaces MSA-1 where the peer knows fewer words.
func (a Ack) recoded(ack []byte) []byte {
	if len(a.Codes) == 0 {
		return ack
	}
	m, err := hl7.Parse(ack)
	if err != nil {
		return ack
	}
	code, err := m.Get("MSA-1")
	to, ok := a.Codes[code]
	if err != nil || !ok {
		return ack
	}
	d := m.Draft()
	if d.Set("MSA-1", to) != nil {
		return ack
	}
	return d.Bytes()
}

// refusals is what a sender is told when nothing was kept: the one table of
// kinds of error and acknowledgments (HL7 tables 0008 and 0357).
func refusal(err error) (hl7.Outcome, hl7.Issue) {
	issue := hl7.Issue{Severity: hl7.ErrorLevel, Code: "transient", Rule: "not-kept", Error: 207, Text: "the message could not be kept; send it again later"}
	switch bedrail.KindOf(err) {
	case bedrail.Denied:
		issue.Code, issue.Error, issue.Text = "forbidden", 207, "this sender may not send here"
		return hl7.Refused, issue
	case bedrail.Invalid:
		issue.Code, issue.Error, issue.Text = "invalid", 207, "the message cannot be taken as it is"
		return hl7.Refused, issue
	case bedrail.Unavailable:
		return hl7.Failed, issue
	case bedrail.NotFound, bedrail.Conflict, bedrail.Internal:
	}
	issue.Text = "the message could not be kept because of a fault here; send it again later"
	return hl7.Failed, issue
}
