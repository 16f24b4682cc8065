package quality

import (
	"math"
	"slices"
	"time"
)

// A State is what is kept of a series from one start to the next. It holds no
// value of a patient.
type State struct {
	Series  `json:"series"`
	Widest  float64                 `json:"widest"` // the widest gap between messages, slowly forgotten; seconds
	Metrics map[string]MetricsState `json:"metrics,omitempty"`
}

// A MetricsState is what was learned of one measured thing.
type MetricsState struct {
	Seen    int64   `json:"seen"`
	Present float64 `json:"present"` // share of messages that have it, of late
	Longest int     `json:"longest"` // run of one value, slowly forgotten
	Moves   int64   `json:"moves"`   // how often it changed
}

// A series is a State at work.
type series struct {
	State
	hour    Bucket
	past    []Bucket // hours that ended and are not kept yet
	minute  time.Time
	metrics map[string]*metric
	again   []time.Time // of duplicates
	lately  int         // incomplete ones among the last few
	skews   [12]skewed  // five minutes each
	dirty   bool
}

// A metric is one measured thing of a series. Its last value lives in memory
// only.
type metric struct {
	MetricsState
	last  float64
	run   int
	since time.Time
	told  bool
}

// A skewed is the least delay within five minutes.
type skewed struct {
	slot  int64
	least time.Duration
	n     int
}

func restored(st State, hour time.Time) *series {
	s := &series{State: st, metrics: map[string]*metric{}, hour: Bucket{Series: st.Series.ID, Hour: hour}}
	for code, m := range st.Metrics {
		s.metrics[code] = &metric{MetricsState: m, last: math.NaN()}
	}
	return s
}

func (s *series) state() State {
	st := s.State
	st.Metrics = make(map[string]MetricsState, len(s.metrics))
	for code, m := range s.metrics {
		st.Metrics[code] = m.MetricsState
	}
	return st
}

// turn begins the hour of at.
func (s *series) turn(at time.Time) {
	hour := at.Truncate(time.Hour)
	if s.hour.Hour.Equal(hour) {
		return
	}
	if hour.Before(s.hour.Hour) {
		return // the clock was set back: it counts in the hour that is open
	}
	if s.hour.Counts != (Counts{}) {
		s.hour.Series = s.Series.ID
		s.past = append(s.past, s.hour)
	}
	s.hour = Bucket{Series: s.Series.ID, Hour: hour}
}

// Cadence: learned from the second message on, believed from the tenth.
const (
	cadenceFrom   = 10
	patienceLeast = 30 * time.Second
	patienceMost  = 24 * time.Hour
)

// arrive learns how often a series speaks.
func (s *series) arrive(m *Sample) {
	if !s.Last.IsZero() && m.Received.After(s.Last) && !s.Silent {
		gap := m.Received.Sub(s.Last).Seconds()
		weight := math.Max(1/float64(s.Count+1), 0.05)
		s.Every += (gap - s.Every) * weight
		s.Widest = math.Max(gap, s.Widest*0.995)
	}
	s.Count++
	if m.Received.After(s.Last) {
		s.Last = m.Received
	}
	s.Live = s.Live || m.Live
	if m.Device != "" {
		s.Device = m.Device
	}
	if s.Count >= cadenceFrom {
		s.Patience = patienceOf(s.Every, s.Widest)
	}
}

// patienceOf says how long a silence may last: five times the usual pause, and
// twice the widest that was seen; what comes once a day is not missed by the
// hour.
func patienceOf(every, widest float64) float64 {
	p := math.Max(5*every, 2*widest)
	return math.Min(math.Max(p, patienceLeast.Seconds()), patienceMost.Seconds())
}

// skew notes the delay of one observation. The least within an hour is the
// difference of the clocks: no message comes before it was made.
func (s *series) skew(at time.Time, off time.Duration) {
	slot := at.Unix() / 300
	k := &s.skews[slot%int64(len(s.skews))]
	if k.slot != slot {
		*k = skewed{slot: slot, least: off}
	}
	k.least = min(k.least, off)
	k.n++
	least, n := time.Duration(math.MaxInt64), 0
	for i := range s.skews {
		if o := &s.skews[i]; o.n > 0 && slot-o.slot < int64(len(s.skews)) {
			least, n = min(least, o.least), n+o.n
		}
	}
	s.Skew, s.SkewSeen = least.Seconds(), n
}

// Completeness: what is in nine of ten messages is expected.
const (
	usualFrom      = 20 // messages before anything is expected
	usualShare     = 0.9
	incompleteTold = 3
)

// complete learns what a series sends and says whether a message lacks some of
// it, and how much.
func (s *series) complete(m *Sample) (lacks bool, n int) {
	if len(m.Values) == 0 && len(s.metrics) == 0 || m.Type == "" {
		return false, 0
	}
	for _, v := range m.Values {
		if s.metrics[v.Code] == nil && len(s.metrics) < metricsMost {
			s.metrics[v.Code] = &metric{last: math.NaN(), MetricsState: MetricsState{Present: 0.5}}
		}
	}
	for code, one := range s.metrics {
		there := slices.ContainsFunc(m.Values, func(v Value) bool { return v.Code == code })
		if !there && one.Seen >= usualFrom && one.Present >= usualShare {
			n++
		}
		share := 0.0
		if there {
			share = 1
			one.Seen++
		}
		one.Present += (share - one.Present) * 0.03
	}
	if n > 0 {
		s.lately = min(s.lately+1, 10)
		return true, n
	}
	s.lately = max(s.lately-1, 0)
	return false, 0
}

// Stuck values: three times the longest run that was ever seen, and never
// within ten minutes.
const (
	learnedFrom = 20 // changes before standing still means something: a setting has few
	stuckRun    = 30
	stuckTime   = 10 * time.Minute
)

// move notes values and returns the codes of those that have begun to stand
// still.
func (s *series) move(m *Sample) (stuck []string) {
	for _, v := range m.Values {
		one := s.metrics[v.Code]
		if one == nil {
			continue
		}
		if one.last == v.Number {
			one.run++
			if one.Moves >= learnedFrom && !one.told && one.run >= max(stuckRun, 3*one.Longest) && m.Received.Sub(one.since) >= stuckTime {
				one.told = true
				stuck = append(stuck, v.Code)
			}
			continue
		}
		if !math.IsNaN(one.last) {
			// What stood still for long is a setting; it is remembered for long.
			one.Moves++
			one.Longest = max(one.run, one.Longest-one.Longest/200)
		}
		one.last, one.run, one.since, one.told = v.Number, 1, m.Received, false
	}
	return stuck
}
