package asset

import (
	"math/bits"
	"time"
)

// A DeviceState says how a device is present on the network at a time.
type DeviceState string

// The states of a device.
const (
	NewDevice   DeviceState = "new"    // first heard within the last week
	KnownDevice DeviceState = "known"  // heard as often as usual
	QuietDevice DeviceState = "quiet"  // silent for longer than it usually is
	GoneDevice  DeviceState = "gone"   // silent for so long that it may be stored, sold or broken
	ListedOnly  DeviceState = "listed" // known from records, never heard
)

// DeviceStates lists them in the order of a life.
func DeviceStates() []DeviceState {
	return []DeviceState{NewDevice, KnownDevice, QuietDevice, GoneDevice, ListedOnly}
}

// The terms of states. What a device's own rhythm has taught replaces the
// usual silence; the factors leave room for a night and a weekend.
const (
	NewFor       = 7 * 24 * time.Hour
	usualSilence = 24 * time.Hour
	leastQuiet   = time.Hour
	leastGone    = 30 * 24 * time.Hour
	learnedFrom  = 8 // silences from which a rhythm is learned
	quietFactor  = 3
	goneFactor   = 10
)

// A Rhythm is how often a device lets itself be heard.
type Rhythm struct {
	Heard   time.Time `json:"heard,omitzero"` // last, on the wire or by its maker's cloud
	Silence int64     `json:"silence"`        // seconds; all but one in twenty of its silences are no longer
	Learned bool      `json:"learned"`        // from this device, and not the usual value
}

func (r Rhythm) usual() time.Duration { return time.Duration(r.Silence) * time.Second }

// QuietAfter is how long it may be silent before it counts as quiet.
func (r Rhythm) QuietAfter() time.Duration { return max(quietFactor*r.usual(), leastQuiet) }

// GoneAfter is how long it may be silent before it counts as gone.
func (r Rhythm) GoneAfter() time.Duration { return max(goneFactor*r.usual(), leastGone) }

// StateOf is how a device is present at a time.
func StateOf(d Device, now time.Time) DeviceState {
	silent := now.Sub(d.Rhythm.Heard)
	switch {
	case d.Rhythm.Heard.IsZero():
		return ListedOnly
	case silent > d.Rhythm.GoneAfter():
		return GoneDevice
	case silent > d.Rhythm.QuietAfter():
		return QuietDevice
	case now.Sub(d.heardFrom()) < NewFor:
		return NewDevice
	}
	return KnownDevice
}

// heardFrom is when the device was heard first; of one that only a cloud hears,
// since when it is known.
func (d Device) heardFrom() time.Time {
	if d.FirstSeen.IsZero() {
		return d.KnownSince
	}
	return d.FirstSeen
}

// silences counts the silences of a device by their length in minutes, a
// doubling each: small enough to be kept for every address.
type silences []uint16

const silenceClasses = 20 // up to a year

// add notes a silence.
func (s *silences) add(gap time.Duration) {
	minutes := uint64(gap / time.Minute)
	if minutes < 1 {
		return
	}
	if *s == nil {
		*s = make(silences, silenceClasses)
	}
	class := min(bits.Len64(minutes)-1, silenceClasses-1)
	if (*s)[class] == ^uint16(0) {
		for i := range *s { // what was long ago counts less
			(*s)[i] /= 2
		}
	}
	(*s)[class]++
}

// rhythmOf puts the silences of a device's sightings together.
func rhythmOf(sightings []*Sighting) Rhythm {
	var r Rhythm
	var sum [silenceClasses]int
	all := 0
	for _, s := range sightings {
		if s.Heard.After(r.Heard) {
			r.Heard = s.Heard
		}
		for i, n := range s.Silences {
			sum[i] += int(n)
			all += int(n)
		}
	}
	r.Silence = int64(usualSilence / time.Second)
	if all < learnedFrom {
		return r
	}
	r.Learned = true
	rest := all / 20
	for i := silenceClasses - 1; i >= 0; i-- {
		if rest -= sum[i]; rest < 0 {
			r.Silence = 60 << (i + 1)
			break
		}
	}
	return r
}
