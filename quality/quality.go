// Package quality watches how well what devices say can be relied on: whether
// they speak as often as they do, whether their clocks are right, whether
// values come twice, lack their unit, cannot be, do not move, or disagree with
// a sensor beside them. It looks at messages and never changes or holds one.
//
// It remembers no value of a patient beyond the moment: what is kept is counts
// and times.
package quality

import (
	"context"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

// What an actor may do.
const (
	Read  bedrail.Action = "quality:read"
	Write bedrail.Action = "quality:write" // objectives, alerts
)

// A Kind is one way in which data can be bad.
type Kind string

// The kinds of trouble, in the order of the board.
const (
	Silence     Kind = "silence"     // it should have spoken and did not
	Clock       Kind = "clock"       // its clock is wrong
	Duplicates  Kind = "duplicates"  // it sends the same again
	Units       Kind = "units"       // a unit is missing or cannot be
	Implausible Kind = "implausible" // a value that cannot be
	Stuck       Kind = "stuck"       // a value that should move and does not
	Incomplete  Kind = "incomplete"  // what it usually sends is missing
	Drift       Kind = "drift"       // it disagrees with a sensor beside it
	Invalid     Kind = "invalid"     // it breaks its profile otherwise
	Charset     Kind = "charset"     // its letters are not in the set that it declares
	Spoofed     Kind = "spoofed"     // somebody speaks under the name of another
	Takeover    Kind = "takeover"    // somebody took over another's session
	Wire        Kind = "wire"        // how it speaks on the wire
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Silence, Clock, Duplicates, Units, Implausible, Stuck, Incomplete, Drift, Invalid, Charset, Spoofed, Takeover, Wire}
}

// An Indicator is what an objective is about: a share of good among all.
type Indicator string

// The indicators.
const (
	Arriving  Indicator = "arriving"  // minutes in which it spoke, of those in which it should have
	OnTime    Indicator = "clock"     // messages whose clock was right
	Unique    Indicator = "unique"    // messages that were no duplicate
	WithUnits Indicator = "units"     // messages without a wrong unit
	Plausible Indicator = "plausible" // messages whose values can be, and move
	Complete  Indicator = "complete"  // messages with all that it usually sends
	Agreeing  Indicator = "agreeing"  // comparisons with a sensor beside it
)

// Indicators lists every indicator.
func Indicators() []Indicator {
	return []Indicator{Arriving, OnTime, Unique, WithUnits, Plausible, Complete, Agreeing}
}

// Counts are what was counted of one series within an hour, or longer.
type Counts struct {
	Received    int64 `json:"received"`
	Rejected    int64 `json:"rejected"`
	Duplicates  int64 `json:"duplicates"`
	Units       int64 `json:"units"`
	Implausible int64 `json:"implausible"`
	Stuck       int64 `json:"stuck"`
	Incomplete  int64 `json:"incomplete"`
	Clocked     int64 `json:"clocked"` // messages that name the time of an observation
	Skewed      int64 `json:"skewed"`
	Compared    int64 `json:"compared"` // with a sensor beside it
	Drifted     int64 `json:"drifted"`
	Minutes     int64 `json:"minutes"` // in which it should have spoken
	Silent      int64 `json:"silent"`  // of those, in which it did not
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Received += o.Received
	c.Rejected += o.Rejected
	c.Duplicates += o.Duplicates
	c.Units += o.Units
	c.Implausible += o.Implausible
	c.Stuck += o.Stuck
	c.Incomplete += o.Incomplete
	c.Clocked += o.Clocked
	c.Skewed += o.Skewed
	c.Compared += o.Compared
	c.Drifted += o.Drifted
	c.Minutes += o.Minutes
	c.Silent += o.Silent
}

// Of returns how many of an indicator there were, and how many were bad.
func (c Counts) Of(i Indicator) (all, bad int64) {
	switch i {
	case Arriving:
		return c.Minutes, c.Silent
	case OnTime:
		return c.Clocked, c.Skewed
	case Unique:
		return c.Received, c.Duplicates
	case WithUnits:
		return c.Received, c.Units
	case Plausible:
		return c.Received, min(c.Implausible+c.Stuck, c.Received)
	case Complete:
		return c.Received, c.Incomplete
	case Agreeing:
		return c.Compared, c.Drifted
	}
	return 0, 0
}

// A Bucket is an hour of one series.
type Bucket struct {
	Series string    `json:"-"`
	Hour   time.Time `json:"hour"`
	Counts
}

// A Series is one device, or what speaks for it, on one channel.
type Series struct {
	ID      string    `json:"id"`
	Channel string    `json:"channel"`
	Device  string    `json:"device,omitempty"` // in the inventory
	Name    string    `json:"name"`             // how it calls itself
	Site    string    `json:"site,omitempty"`
	Unit    string    `json:"unit,omitempty"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Count   int64     `json:"count"`
	// Every is how far apart its messages come; 0 is not known yet.
	Every float64 `json:"everySeconds"`
	// Patience is how long it may be silent before somebody is told.
	Patience float64 `json:"patienceSeconds"`
	// Skew is the least difference between when its observations were made, by
	// its clock, and when they came, within the last hour. Positive is behind.
	Skew     float64 `json:"skewSeconds"`
	SkewSeen int     `json:"skewSeen"` // by how many messages
	Silent   bool    `json:"silent"`
	Live     bool    `json:"live"` // it sends what people at a bed wait for
	Shadow   bool    `json:"shadow" doc:"It is only overheard: no channel carries it"`
}

// An Alert is one trouble of one series, from when it began until it ended.
type Alert struct {
	ID       string              `json:"id"`
	Kind     Kind                `json:"kind"`
	Key      string              `json:"-"` // one open alert has it
	Series   string              `json:"series,omitempty"`
	Channel  string              `json:"channel"`
	Device   string              `json:"device,omitempty"`
	Name     string              `json:"name"`
	Site     string              `json:"site,omitempty"`
	Unit     string              `json:"unit,omitempty"`
	State    string              `json:"state" enum:"open,acknowledged,ended"`
	First    time.Time           `json:"first"`
	Last     time.Time           `json:"last"`
	Ended    time.Time           `json:"ended,omitzero"`
	Count    int64               `json:"count"`
	Text     string              `json:"text" doc:"What is wrong; never of a patient"`
	Mend     string              `json:"mend,omitempty" doc:"What to do"`
	Messages []string            `json:"messages" doc:"The last few that show it"`
	Evidence []exchange.Sighting `json:"evidence,omitempty" doc:"Both sides of a doubt about an identity"`
	Shadow   bool                `json:"shadow" doc:"It was only overheard: no channel carries it"`
	By       string              `json:"by,omitempty" doc:"Who acknowledged it"`
	Reason   string              `json:"reason,omitempty"`

	dirty bool
	seen  time.Time // when it was last told
}

// Identity reports whether an alert is about who somebody is: a finding of
// security.
func (a *Alert) Identity() bool { return a.Kind == Spoofed || a.Kind == Takeover }

// An Objective is what a feed should reach, and over how long that is counted.
type Objective struct {
	Name      string    `json:"name" maxLength:"63"`
	Indicator Indicator `json:"indicator" enum:"arriving,clock,unique,units,plausible,complete,agreeing"`
	Target    float64   `json:"target" minimum:"0.5" maximum:"0.99999" doc:"Share that must be good, such as 0.99"`
	Days      int       `json:"days" minimum:"1" maximum:"90" doc:"Over how many days it is counted"`
	Channel   string    `json:"channel,omitempty" doc:"Only of this channel"`
	Unit      string    `json:"unit,omitempty" doc:"Only of this unit"`
	Device    string    `json:"device,omitempty" doc:"Only of this device"`
	Own       bool      `json:"own" doc:"A person set it; else it is Bedrail's own"`
	By        string    `json:"by,omitempty"`
	At        time.Time `json:"at,omitzero"`
}

// covers reports whether an objective is about a series.
func (o *Objective) covers(s *Series) bool {
	return (o.Channel == "" || o.Channel == s.Channel) && (o.Unit == "" || o.Unit == s.Unit) && (o.Device == "" || o.Device == s.Device)
}

// A Budget is how far a series, or all of them, kept an objective.
type Budget struct {
	Objective string    `json:"objective"`
	Indicator Indicator `json:"indicator"`
	Target    float64   `json:"target"`
	Days      int       `json:"days"`
	All       int64     `json:"all"`
	Bad       int64     `json:"bad"`
	Good      float64   `json:"good" doc:"Share that was good; 1 when there was nothing"`
	// Left is the share of what may go wrong that is left; below 0 it is more
	// than spent.
	Left  float64 `json:"left"`
	State string  `json:"state" enum:"kept,burning,spent,none"`
}

// Spend says how far an objective was kept.
func Spend(o Objective, c Counts) Budget {
	all, bad := c.Of(o.Indicator)
	b := Budget{Objective: o.Name, Indicator: o.Indicator, Target: o.Target, Days: o.Days, All: all, Bad: bad, Good: 1, Left: 1, State: "none"}
	if all == 0 {
		return b
	}
	b.Good = 1 - float64(bad)/float64(all)
	b.Left = 1 - float64(bad)/(float64(all)*(1-o.Target))
	switch {
	case b.Left < 0:
		b.State = "spent"
	case b.Left < 0.25:
		b.State = "burning"
	default:
		b.State = "kept"
	}
	return b
}

// usualObjectives are those that hold unless somebody sets others.
func usualObjectives() []Objective {
	return []Objective{
		{Name: "arriving", Indicator: Arriving, Target: 0.99, Days: 7}, {Name: "clock", Indicator: OnTime, Target: 0.99, Days: 7},
		{Name: "unique", Indicator: Unique, Target: 0.99, Days: 7}, {Name: "units", Indicator: WithUnits, Target: 0.999, Days: 7},
		{Name: "plausible", Indicator: Plausible, Target: 0.99, Days: 7}, {Name: "complete", Indicator: Complete, Target: 0.95, Days: 7},
		{Name: "agreeing", Indicator: Agreeing, Target: 0.95, Days: 7},
	}
}

// A Store remembers what the watch learned. Each method is one transaction.
type Store interface {
	// SaveWatch keeps what changed since the last time.
	SaveWatch(ctx context.Context, in bedrail.Scope, states []State, buckets []Bucket, alerts []Alert, entry audit.Entry) error
	// WatchStates returns what was learned of every series.
	WatchStates(ctx context.Context, in bedrail.Scope) ([]State, error)
	// QualityBuckets returns the hours since of the series in ids, or of all.
	QualityBuckets(ctx context.Context, in bedrail.Scope, ids []string, since time.Time) ([]Bucket, error)
	// QualityAlerts returns the newest, newest first: all that are open and
	// those that ended, up to limit.
	QualityAlerts(ctx context.Context, in bedrail.Scope, limit int) ([]Alert, error)
	// SaveAlert keeps an alert with entry.
	SaveAlert(ctx context.Context, in bedrail.Scope, a Alert, entry audit.Entry) error
	// Objectives returns those that people set.
	Objectives(ctx context.Context, in bedrail.Scope) ([]Objective, error)
	// SaveObjective keeps o, or replaces it.
	SaveObjective(ctx context.Context, in bedrail.Scope, o Objective, entry audit.Entry) error
	// RemoveObjective forgets one, or is NotFound.
	RemoveObjective(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error
	// SweepQuality removes hours and ended alerts from before.
	SweepQuality(ctx context.Context, in bedrail.Scope, before time.Time) (int, error)
}
