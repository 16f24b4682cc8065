// Package lifecycle knows how long each model of device is cared for, by whom,
// and what is to be done when its maker no longer does: from purchase to
// retirement, one record per model.
package lifecycle

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"bedrail"
)

// A State is where a product stands in its life. The words are those of the
// regulators' forum (IMDRF/CYBER WG/N70:2023, 4).
type State string

// The states, in their order. Unknown is none of the forum's: nobody has said.
const (
	Unknown        State = "unknown"
	Development    State = "development"
	Support        State = "support"
	LimitedSupport State = "limited-support" // after the end of life (EOL)
	EndOfSupport   State = "end-of-support"  // after the end of support (EOS)
)

// A Day is a day of the calendar, 2006-01-02; empty is not known.
type Day string

// DayOf is the day of t.
func DayOf(t time.Time) Day {
	if t.IsZero() {
		return ""
	}
	return Day(t.UTC().Format(time.DateOnly))
}

// Valid reports whether d is empty or a day.
func (d Day) Valid() bool {
	if d == "" {
		return true
	}
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// Time is midnight of d, UTC; the zero time when d is not known.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// come reports whether d is known and has come by now.
func (d Day) come(now Day) bool { return d != "" && d <= now }

// Answer is yes, no or not known.
type Answer string

// The answers.
const (
	Yes   Answer = "yes"
	No    Answer = "no"
	NoOne Answer = "unknown"
)

// A Record is what the hospital holds about a model, whatever its software
// version.
type Record struct {
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`

	Marketed     Day    `json:"marketed,omitempty"`     // first placed on the market
	EndOfLife    Day    `json:"endOfLife,omitempty"`    // EOL: from then on support is limited
	EndOfSupport Day    `json:"endOfSupport,omitempty"` // EOS: from then on there is none
	Declared     State  `json:"declared,omitempty"`     // what the maker says, where it gives no days
	SupportText  string `json:"supportText,omitempty"`

	Submission       Day      `json:"submission,omitempty"`       // when the FDA received the premarket submission
	SubmissionNumber string   `json:"submissionNumber,omitempty"` // K, P or DEN number
	CyberDevice      Answer   `json:"cyberDevice,omitempty"`      // section 524B(c): software, can connect, could be vulnerable
	KnownThen        []string `json:"knownThen,omitempty"`        // vulnerabilities known at submission
	ProductCode      string   `json:"productCode,omitempty"`      // the FDA's three letters

	ServiceUntil Day       `json:"serviceUntil,omitempty"` // until when the hospital means to use it
	Transfer     *Transfer `json:"transfer,omitempty"`
	Source       string    `json:"source,omitempty"` // letter, page or document that says so
	Note         string    `json:"note,omitempty"`

	Version int64     `json:"version"`
	At      time.Time `json:"at,omitzero"`
	By      string    `json:"by,omitempty"`
}

// A Transfer says that the hospital took responsibility for a model that its
// maker no longer supports, or supports in part (N70, 6.3 and 7.3).
type Transfer struct {
	On        Day    `json:"on"`
	By        string `json:"by"`                  // who took it over, by name
	Role      string `json:"role,omitempty"`      //
	Agreement string `json:"agreement,omitempty"` // what was agreed with the maker, or the document
	Controls  string `json:"controls"`            // what the hospital does in the maker's place
	ReviewBy  Day    `json:"reviewBy"`            // when it is looked at again
}

// ID names the record of a model.
func (r Record) ID() string { return RecordID(r.Manufacturer, r.Model) }

// RecordID names the record of a model.
func RecordID(manufacturer, model string) string {
	return bedrail.HashID("mdl", strings.ToLower(manufacturer), strings.ToLower(model))
}

// check refuses what contradicts itself.
func (r Record) check() error {
	for name, d := range map[string]Day{"marketed": r.Marketed, "endOfLife": r.EndOfLife, "endOfSupport": r.EndOfSupport, "submission": r.Submission, "serviceUntil": r.ServiceUntil} {
		if !d.Valid() {
			return bedrail.Errorf(bedrail.Invalid, "%q is no day such as 2027-03-31", d).At("body." + name)
		}
	}
	switch {
	case r.Manufacturer == "" || r.Model == "":
		return bedrail.Errorf(bedrail.Invalid, "a record is of a manufacturer's model; name both")
	case r.EndOfLife != "" && r.EndOfSupport != "" && r.EndOfSupport < r.EndOfLife:
		return bedrail.Errorf(bedrail.Invalid, "support cannot end (%s) before the product's life does (%s)", r.EndOfSupport, r.EndOfLife).At("body.endOfSupport")
	case r.Marketed != "" && r.EndOfSupport != "" && r.EndOfSupport < r.Marketed:
		return bedrail.Errorf(bedrail.Invalid, "support cannot end (%s) before the product is on the market (%s)", r.EndOfSupport, r.Marketed).At("body.endOfSupport")
	}
	switch r.Declared {
	case "", Unknown, Development, Support, LimitedSupport, EndOfSupport:
	default:
		return bedrail.Errorf(bedrail.Invalid, "there is no state %q; there are development, support, limited-support and end-of-support", r.Declared).At("body.declared")
	}
	switch r.CyberDevice {
	case "", Yes, No, NoOne:
	default:
		return bedrail.Errorf(bedrail.Invalid, "cyberDevice is yes, no or unknown").At("body.cyberDevice")
	}
	if t := r.Transfer; t != nil && (t.By == "" || t.Controls == "" || t.ReviewBy == "" || !t.ReviewBy.Valid() || !t.On.Valid()) {
		return bedrail.Errorf(bedrail.Invalid, "a transfer names who took over, what is done in the maker's place, and when that is looked at again").At("body.transfer")
	}
	return nil
}

// StateOf says where a model stands on a day, and why. Days go before words:
// a maker that declares support and names an end that has passed has ended it.
func StateOf(r Record, now Day) (State, string) {
	switch {
	case r.EndOfSupport.come(now):
		return EndOfSupport, "support ended " + string(r.EndOfSupport)
	case r.EndOfLife.come(now):
		return LimitedSupport, "end of life was " + string(r.EndOfLife) + until(r.EndOfSupport)
	case r.Marketed > now:
		return Development, "on the market from " + string(r.Marketed)
	case r.Declared != "" && r.Declared != Unknown:
		return r.Declared, cmp.Or(r.SupportText, "as the maker declares") + until(r.EndOfSupport)
	case r.EndOfLife != "" || r.EndOfSupport != "":
		return Support, "supported until " + string(cmp.Or(r.EndOfLife, r.EndOfSupport))
	}
	return Unknown, "nobody has said until when it is supported"
}

func until(d Day) string {
	if d == "" {
		return "; the end of support is not known"
	}
	return "; support ends " + string(d)
}

// From524B is the day from which section 524B of the FD&C Act binds
// submissions: 90 days after 2022-12-29 (Consolidated Appropriations Act, 2023,
// section 3305(d)). That the FDA refused no submission for it alone before
// 2023-10-01 (88 FR 19148) does not move the duty.
const From524B Day = "2023-03-29"

// Cyber524B says whether the duties of section 524B(b) (plan for
// vulnerabilities, patches, bill of software) bind the maker of a model.
func Cyber524B(r Record) (Answer, string) {
	switch {
	case r.Submission == "":
		return NoOne, "when the FDA received the submission is not known"
	case r.Submission < From524B:
		return No, fmt.Sprintf("submitted %s, before section 524B bound submissions (%s)", r.Submission, From524B)
	case r.CyberDevice == Yes:
		return Yes, fmt.Sprintf("a cyber device, submitted %s", r.Submission)
	case r.CyberDevice == No:
		return No, "no cyber device: no software, no way to connect, or nothing that could be vulnerable"
	}
	return NoOne, fmt.Sprintf("submitted %s; whether it is a cyber device is not known", r.Submission)
}
