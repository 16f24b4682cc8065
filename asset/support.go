package asset

import "time"

// A SupportState says how the support of what a device runs stands on a day.
type SupportState string

// The states, and the word for none known.
const (
	SupportOver        SupportState = "over"
	SupportEnding      SupportState = "ending" // within a year
	SupportLasts       SupportState = "supported"
	SupportUndecidable SupportState = "undecidable" // which release it is decides
	SupportUnknown     SupportState = "none"        // no record speaks of it
)

// SupportStates lists them.
func SupportStates() []string {
	return []string{string(SupportOver), string(SupportEnding), string(SupportLasts), string(SupportUndecidable), string(SupportUnknown)}
}

// EndingWithin is how long before its end support is said to be ending: a
// year, in which a replacement can be budgeted.
const EndingWithin = 365 * 24 * time.Hour

// A Support says until when the operating system of a device is supported, or
// the model itself where no record knows the system.
type Support struct {
	State SupportState `json:"state" enum:"over,ending,supported,undecidable,none"`
	Ends  string       `json:"ends,omitempty" doc:"A day, where one is known"`
	Of    string       `json:"of,omitempty" doc:"Product and release"`
}

// At is s as it stands at a time: support that was dated comes to its end
// without anybody saying so again.
func (s Support) At(now time.Time) Support {
	switch day, err := time.Parse(time.DateOnly, s.Ends); {
	case s.State == "":
		s.State = SupportUnknown
	case s.State == SupportUndecidable || err != nil:
	case !now.Before(day):
		s.State = SupportOver
	case !now.Add(EndingWithin).Before(day):
		s.State = SupportEnding
	default:
		s.State = SupportLasts
	}
	return s
}
