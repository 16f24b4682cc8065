package exchange

import (
	"math"
	"strings"
	"time"

	"bedrail/format/hl7"
)

// An Association is the patient whom a message belongs to, as far as others
// than the message say: where the device stands, and who lay there then. What
// the message says itself is never changed by it.
type Association struct {
	Patient    string    `json:"patient,omitempty"` // empty: nobody is known
	Visit      string    `json:"visit,omitempty"`
	From       string    `json:"from"` // adt-location, person
	Confidence float64   `json:"confidence" doc:"0 to 1: decides whether the match is ambiguous. It is not how often such a match is right"`
	Since      time.Time `json:"since,omitzero"`
	Place      Place     `json:"place,omitzero"`  // at which the patient was looked for
	Placed     string    `json:"placed,omitzero"` // who says so: message, person, cmms, hl7v2...
	Source     string    `json:"source,omitempty"`
	At         time.Time `json:"at,omitzero"` // the moment of which it is
	// Ambiguous: it is not certain enough to be charted unseen.
	Ambiguous bool `json:"ambiguous,omitempty"`
	// Disagrees: the message names a patient, and another one lay there.
	Disagrees bool   `json:"disagrees,omitempty"`
	Reason    string `json:"reason"` // in words; nothing of a patient
	// By and Was stand where a person corrected it.
	By  string `json:"by,omitempty"`
	Was string `json:"was,omitempty"`
}

// A Located is where the inventory has a device.
type Located struct {
	Place  Place
	Source string    // person, cmms, hl7v2, sdc, vlan
	Seen   time.Time // when that was last said
	Sure   float64   // 0 to 1
}

// Where association stops being certain.
const (
	certainFrom = 0.75
	// justMoved is how close to a change of the bed an observation may lie and
	// be of either patient: monitors send late, and clerks admit late.
	justMoved = 10 * time.Minute
	staleFrom = 24 * time.Hour
)

// Rules of association, as issues name them.
const (
	RulePatientUnknown   = "patient-unassociated"
	RulePatientAmbiguous = "patient-ambiguous"
	RulePatientDisagrees = "patient-disagrees"
)

// belongs reports whether a message speaks of a patient who can be looked for:
// what devices say of somebody. It need not say of whom.
func belongs(format Format, f *Facts) bool {
	switch {
	case f.Values == 0 && f.Live == NotLive:
		return false
	case format == HL7v2:
		return strings.HasPrefix(f.Type, "ORU") && (len(f.Devices) > 0 || f.Live.Live())
	}
	return format == JSON || format == CSV || format == ASTM
}

// placeOf returns where a message's patient is to be looked for, and how sure
// that is.
func placeOf(f *Facts, device Located, at time.Time) (Place, string, float64) {
	if f.Assigned.Bed != "" {
		return f.Assigned, "message", 0.97
	}
	sure := device.Sure
	if sure == 0 && device.Place != (Place{}) {
		sure = 0.6
	}
	if !device.Seen.IsZero() && at.Sub(device.Seen) > staleFrom && device.Source != "person" && device.Source != "cmms" {
		sure *= 0.6 // equipment moves
	}
	if device.Place.Bed == "" && f.Assigned != (Place{}) {
		return f.Assigned, "message", 0.6
	}
	return device.Place, device.Source, sure
}

// Associate says whom a message belongs to. It decides by values alone.
func Associate(f *Facts, device Located, beds *Beds, at time.Time) Association {
	place, placed, sure := placeOf(f, device, at)
	a := Association{From: "adt-location", Place: place, Placed: placed, At: at}
	if place == (Place{}) {
		a.Ambiguous, a.Reason = len(f.Patients) == 0, "it is not known where the device stands"
		return a
	}
	there := beds.At(place, at)
	switch {
	case len(there) == 0:
		a.Ambiguous, a.Reason = len(f.Patients) == 0, "nobody is known to have lain where the device stands"
		return a
	case place.Bed == "":
		sure = math.Min(sure, 0.5)
		a.Reason = "the device is known by its room or unit only"
	default:
		a.Reason = "by the admission to the bed at which the device stands"
	}
	s := there[len(there)-1]
	a.Patient, a.Visit, a.Since, a.Source = firstOf(s.Patients), s.Visit, s.From, s.Message
	a.Confidence = sure / float64(len(there))
	switch {
	case len(there) > 1:
		a.Reason = "more than one patient is known to have lain there"
	case at.Sub(s.From) < justMoved || !s.Until.IsZero() && s.Until.Sub(at) < justMoved:
		if changed(beds, place, s, at) {
			a.Confidence *= 0.7
			a.Reason = "the bed changed its patient within minutes of the observation"
		}
	}
	a.Ambiguous = a.Confidence < certainFrom
	if len(f.Patients) == 0 {
		return a
	}
	// What the message says itself counts; the bed only speaks for or against.
	for _, o := range there {
		if same(o.Patients, f.Patients) {
			a.Ambiguous, a.Confidence = false, math.Max(a.Confidence, sure)
			a.Patient, a.Visit, a.Since, a.Source = firstOf(f.Patients), o.Visit, o.From, o.Message
			a.Reason = "the message and the admission to the bed name the same patient"
			return a
		}
	}
	a.Disagrees = a.Confidence >= certainFrom
	a.Ambiguous = a.Disagrees
	a.Reason = "the message names one patient, and by the admissions another lay there"
	return a
}

// changed reports whether somebody else lay at place shortly before or after.
func changed(beds *Beds, place Place, s Stay, at time.Time) bool {
	for _, when := range []time.Time{at.Add(-justMoved), at.Add(justMoved)} {
		for _, o := range beds.At(place, when) {
			if !same(o.Patients, s.Patients) {
				return true
			}
		}
	}
	return false
}

// issue says what is uncertain of an association. Its text names nobody.
func (a *Association) issue(hasPatient bool) (Issue, bool) {
	i := Issue{Severity: hl7.Warning, Code: "business-rule", Text: a.Reason}
	switch {
	case a.Disagrees:
		i.Rule, i.Location = RulePatientDisagrees, "PID.3"
	case hasPatient || !a.Ambiguous:
		return i, false
	case a.Patient == "":
		i.Rule = RulePatientUnknown
	default:
		i.Rule = RulePatientAmbiguous
	}
	return i, true
}
