package hl7

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// An Outcome is what became of a message, in the order of badness.
type Outcome uint8

// The outcomes. A message is Accepted only when it is in safe storage.
const (
	Accepted Outcome = iota
	Failed           // content or our own trouble: AE, CE
	Refused          // not for us, or unreadable: AR, CR
)

// OutcomeOf returns what the issues of a header mean for the answer: rows 200
// to 203 of table 0357 and an unreadable header refuse, anything else fails.
func OutcomeOf(issues []Issue) Outcome {
	out := Accepted
	for i := range issues {
		switch issues[i].Severity {
		case Fatal:
			return Refused
		case ErrorLevel:
			out = max(out, Failed)
			if issues[i].Error >= errType && issues[i].Error <= errVersion {
				return Refused
			}
		}
	}
	return out
}

// Expects says which answers a sender wants (v2.6 chapter 2.9).
type Expects struct {
	Enhanced    bool
	Commit      bool // a commit acknowledgment for this outcome
	Application bool // an application acknowledgment for this outcome
}

// Expected reads MSH-15 and MSH-16 for an outcome. Both empty is the original
// mode: one application acknowledgment. An acknowledgment expects none.
func (m *Message) Expected(out Outcome) Expects {
	msh := m.Segment(0)
	commit, application := msh.Field(15), msh.Field(16)
	switch {
	case msh.Field(9).Component(1).Is("ACK"):
		return Expects{Enhanced: !commit.Empty()}
	case commit.Empty() && application.Empty():
		return Expects{Application: true}
	}
	return Expects{Enhanced: true, Commit: wants(commit, out), Application: wants(application, out)}
}

// wants reads table 0155: always, never, on error, on success. Empty is never.
func wants(f Value, out Outcome) bool {
	switch string(f.Bytes()) {
	case "AL":
		return true
	case "ER":
		return out != Accepted
	case "SU":
		return out == Accepted
	}
	return false
}

// An Answer is what an acknowledgment says.
type Answer struct {
	Outcome   Outcome
	Commit    bool   // CA, CE or CR instead of AA, AE or AR
	ControlID string // MSH-10 of the acknowledgment itself
	At        time.Time
	Issues    []Issue // written as ERR segments: errors, and warnings when Warn is set
	Warn      bool
}

var ackCodes = [2][3]string{{"AA", "AE", "AR"}, {"CA", "CE", "CR"}}

// Code returns the answer as a row of table 0008.
func (a Answer) Code() string {
	row := ackCodes[0]
	if a.Commit {
		row = ackCodes[1]
	}
	return row[min(int(a.Outcome), 2)]
}

// Acknowledge writes the acknowledgment of m: sender and receiver exchanged,
// the same processing id, version and character set, MSA-2 naming the control
// id, and an ERR for each issue in the form of the version. m may be nil when
// nothing could be read.
func Acknowledge(m *Message, a Answer) []byte {
	d := Standard
	if m != nil && !m.Has(MissingDelims) {
		d = m.delims
	}
	w := ackWriter{d: d}
	if m == nil {
		m = &Message{}
	}
	msh := m.Segment(0)
	version := msh.Field(12).Component(1).Bytes()
	if _, ok := definedBy(version); !ok {
		version = []byte("2.6")
	}
	w.field("MSH" + string([]byte{d.Field}) + d.String())
	for _, n := range [...]int{5, 6, 3, 4} {
		w.raw(msh.Field(n).Bytes())
	}
	w.field(a.At.Format("20060102150405.000-0700"))
	w.field("")
	w.field(w.ackType(msh))
	w.field(d.Quote(a.ControlID))
	w.raw(orElse(msh.Field(11).Bytes(), "P"))
	w.raw(version)
	if cs := msh.Field(18).Bytes(); len(cs) > 0 {
		w.b.WriteString(strings.Repeat(string([]byte{d.Field}), 5))
		w.raw(cs)
	}
	w.end()
	w.field("MSA")
	w.field(a.Code())
	w.raw(msh.Field(10).Bytes())
	w.end()
	for i := range a.Issues {
		w.issue(&a.Issues[i], a.Warn, version)
	}
	return w.b.Bytes()
}

func orElse(b []byte, other string) []byte {
	if len(b) == 0 {
		return []byte(other)
	}
	return b
}

// String writes the delimiters as MSH-2 has them.
func (d Delimiters) String() string {
	b := []byte{d.Component, d.Repetition, d.Escape, d.Sub, d.Truncation}
	return string(bytes.TrimRight(b, "\x00"))
}

type ackWriter struct {
	d   Delimiters
	b   bytes.Buffer
	mid bool
}

func (w *ackWriter) raw(b []byte) {
	if w.mid {
		w.b.WriteByte(w.d.Field)
	}
	w.b.Write(b)
	w.mid = true
}

func (w *ackWriter) field(s string) { w.raw([]byte(s)) }

func (w *ackWriter) end() {
	w.b.WriteByte('\r')
	w.mid = false
}

func (w *ackWriter) ackType(msh Segment) string {
	event := msh.Field(9).Component(2).Bytes()
	if len(event) == 0 {
		return "ACK"
	}
	c := string([]byte{w.d.Component})
	return "ACK" + c + string(event) + c + "ACK"
}

// issue writes an ERR: location, code, severity and text since 2.5, one
// location with its code before.
func (w *ackWriter) issue(i *Issue, warn bool, version []byte) {
	letter := map[Severity]string{Fatal: "E", ErrorLevel: "E", Warning: "W", Information: "I"}[i.Severity]
	if letter != "E" && !warn {
		return
	}
	row := i.Error
	if row == 0 {
		row = errInternal
	}
	c := string([]byte{w.d.Component})
	w.field("ERR")
	if bytes.Compare(version, []byte("2.5")) < 0 {
		w.field(w.location(i, true) + c + strconv.Itoa(row))
		w.end()
		return
	}
	w.field("")
	w.field(w.location(i, false))
	w.field(strconv.Itoa(row) + c + c + "HL70357")
	w.field(letter)
	w.field("")
	w.field("")
	w.field("")
	w.field(w.d.Quote(i.Text))
	w.end()
}

// location writes a path as ERL: segment, its occurrence, field, repetition,
// component, subcomponent.
func (w *ackWriter) location(i *Issue, old bool) string {
	p, err := ParsePath(i.Location)
	if err != nil {
		return ""
	}
	parts := []string{p.Segment, strconv.Itoa(p.Occurrence)}
	numbers := []int{p.Field, max(p.Repetition, min(p.Component, 1)), p.Component, p.Sub}
	if old {
		numbers = numbers[:1]
	}
	for _, n := range numbers {
		if n == 0 {
			break
		}
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, string([]byte{w.d.Component}))
}
