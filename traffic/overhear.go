package traffic

import (
	"net/netip"
	"slices"
	"time"
)

// A Listener follows a stream beside its Parser, for another purpose than
// discovery. It hears what the Parser hears, and goes on after the Parser has
// left. Its memory is bounded, as a Parser's.
type Listener interface {
	// Hear takes the next bytes of one direction, in order and without
	// repetition. False ends it.
	Hear(at time.Time, dir Direction, data []byte) bool
	// Miss says that n bytes of dir were lost. False ends it.
	Miss(at time.Time, dir Direction, n int) bool
	// Held is how many bytes it keeps of unfinished messages.
	Held() int
	// End says that the stream is over, or that it was given up for want of
	// memory: then lost is true.
	End(lost bool)
}

// A Side is both ends of a stream that is overheard.
type Side struct {
	Protocol       string
	Client, Server Endpoint
	VLAN           uint16
}

// maxOverheard bounds what Listeners keep, all together. Beyond it the stream
// that asks for more is given up, and counted; discovery goes on.
const maxOverheard = 32 << 20

// An ear is a Listener at work on one stream.
type ear struct {
	Listener
	held int  // what it kept when it was last asked
	mute bool // the parser has left; only this goes on
}

func (a *ear) alone() bool { return a != nil && a.mute }

// overhear begins to listen to a stream that was recognised.
func (e *Engine) overhear(t *tcp) {
	if e.o.Overhear == nil {
		return
	}
	if l := e.o.Overhear(Side{Protocol: t.stream.name, Client: t.stream.Client, Server: t.stream.Server, VLAN: t.stream.VLAN}); l != nil {
		t.ear = &ear{Listener: l}
	}
}

// listening tells the Listener of a stream what came. One that panics is a
// bug of ours: it is counted, and discovery goes on.
func (e *Engine) listening(t *tcp, hear func(Listener) bool) {
	ok := false
	func() {
		defer func() {
			if recover() != nil {
				e.stats.Faults++
			}
		}()
		ok = hear(t.ear.Listener)
	}()
	if !ok {
		e.deafen(t, false)
		return
	}
	held := t.ear.Held()
	e.overheard += held - t.ear.held
	t.ear.held = held
	if held > 0 && e.overheard > maxOverheard {
		e.stats.Unheard++
		e.deafen(t, true)
	}
}

// deafen ends the Listener of a stream.
func (e *Engine) deafen(t *tcp, lost bool) {
	a := t.ear
	if a == nil {
		return
	}
	e.overheard -= a.held
	t.ear = nil
	defer func() {
		if recover() != nil {
			e.stats.Faults++
		}
	}()
	a.End(lost)
}

// An Overheard is what the exchange's checks made of one conversation within
// one minute, before Bedrail is in its path. It holds counts, codes and
// places, and nothing of what was said.
type Overheard struct {
	Site     string    `json:"site,omitempty"`
	Sensor   string    `json:"sensor,omitempty"`
	Minute   time.Time `json:"minute"`
	Protocol string    `json:"protocol"` // hl7v2, dicom, fhir, mqtt

	Client    netip.Addr `json:"client"`
	Server    netip.Addr `json:"server"`
	Port      uint16     `json:"port"` // the server's
	VLAN      uint16     `json:"vlan,omitempty"`
	ClientMAC MAC        `json:"clientMac,omitempty"` // empty behind a router
	ServerMAC MAC        `json:"serverMac,omitempty"`
	Sender    string     `json:"sender,omitempty"` // MSH-3 and 4, calling AE title, client id
	Receiver  string     `json:"receiver,omitempty"`

	OverheardCounts
	Kinds   []OverheardKind   `json:"kinds,omitempty"`
	Issues  []OverheardIssue  `json:"issues,omitempty"`
	Devices []OverheardDevice `json:"devices,omitempty"`
	Quirks  map[string]uint64 `json:"quirks,omitempty"` // no-final-cr, line-feeds, charset:8859/1, delayed-ack
	Answers map[string]uint64 `json:"answers,omitempty"`
	Mapped  []OverheardMap    `json:"mapped,omitempty"`
	// Ticks are when messages came, for who watches cadence: a sample where
	// there are many.
	Ticks []OverheardTick `json:"ticks,omitempty"`
}

// OverheardCounts are what is only added up.
type OverheardCounts struct {
	Messages   uint64 `json:"messages"`
	Bytes      uint64 `json:"bytes"`      // of messages
	Faulty     uint64 `json:"faulty"`     // messages with an error
	Remarked   uint64 `json:"remarked"`   // messages with warnings only
	Duplicates uint64 `json:"duplicates"` // the same content under the same control id
	Reused     uint64 `json:"reused"`     // other content under a control id of before
	Unanswered uint64 `json:"unanswered"` // an answer was due and was not seen
	Unmatched  uint64 `json:"unmatched"`  // answers that belonged to nothing
	Unchecked  uint64 `json:"unchecked"`  // counted, and not looked into: too many at once, too large, or with a hole
	Streams    uint64 `json:"streams"`
	Given      uint64 `json:"givenUp"` // streams given up for want of memory
	Encrypted  uint64 `json:"encrypted,omitempty"`
	// Latency of answers: how many within each of LatencyBounds, and beyond.
	Latency    [len(latencyBounds) + 1]uint64 `json:"latency"`
	LatencyMax time.Duration                  `json:"latencyMax"`
}

// The upper bounds of latency, so that a distribution stays one line.
var latencyBounds = [...]time.Duration{time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 5 * time.Second, 30 * time.Second}

// LatencyBounds are the upper bounds of the counts of latency.
func LatencyBounds() []time.Duration { return latencyBounds[:] }

// Answered counts one answer that took d.
func (c *OverheardCounts) Answered(d time.Duration) {
	i := 0
	for i < len(latencyBounds) && d > latencyBounds[i] {
		i++
	}
	c.Latency[i]++
	c.LatencyMax = max(c.LatencyMax, d)
}

// Add adds o to c.
func (c *OverheardCounts) Add(o *OverheardCounts) {
	c.Messages += o.Messages
	c.Bytes += o.Bytes
	c.Faulty += o.Faulty
	c.Remarked += o.Remarked
	c.Duplicates += o.Duplicates
	c.Reused += o.Reused
	c.Unanswered += o.Unanswered
	c.Unmatched += o.Unmatched
	c.Unchecked += o.Unchecked
	c.Streams += o.Streams
	c.Given += o.Given
	c.Encrypted += o.Encrypted
	for i := range c.Latency {
		c.Latency[i] += o.Latency[i]
	}
	c.LatencyMax = max(c.LatencyMax, o.LatencyMax)
}

// An OverheardSort is what a channel's policy depends on, of one message.
type OverheardSort struct {
	Type       string `json:"type,omitempty"` // ORU^R01, Observation, SOP class
	Event      string `json:"event,omitempty"`
	Profile    string `json:"profile,omitempty"`
	Version    string `json:"version,omitempty"`
	Live       string `json:"live,omitempty"`     // alarm, waveform, vital-signs
	Severity   string `json:"severity,omitempty"` // the worst that was found
	Unreadable bool   `json:"unreadable,omitempty"`
	Refused    bool   `json:"refused,omitempty"` // type, version or processing id that nobody answers for
	Reused     bool   `json:"reused,omitempty"`
	Duplicate  bool   `json:"duplicate,omitempty"`
}

// An OverheardKind counts the messages of one sort.
type OverheardKind struct {
	OverheardSort
	Count uint64 `json:"count"`
}

// An OverheardPlace is one kind of trouble at one place of a message: never
// the value there.
type OverheardPlace struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Rule     string `json:"rule"`
	Path     string `json:"path,omitempty"` // OBX.6, Observation.value
}

// An OverheardIssue counts it.
type OverheardIssue struct {
	OverheardPlace
	Count uint64 `json:"count"`
}

// An OverheardClaim is how a device named itself.
type OverheardClaim struct {
	EUI64        string `json:"eui64,omitempty"`
	UDI          string `json:"udi,omitempty"`
	Serial       string `json:"serial,omitempty"`
	AETitle      string `json:"aeTitle,omitempty"`
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
	Software     string `json:"software,omitempty"`
	Location     string `json:"location,omitempty"` // in the message
}

// An OverheardDevice counts the messages of a device.
type OverheardDevice struct {
	OverheardClaim
	Count uint64 `json:"count"`
}

// An OverheardMap counts how the mapping to FHIR did with one type.
type OverheardMap struct {
	Type    string `json:"type"`
	Trouble string `json:"trouble,omitempty"` // empty: it was mapped
	Count   uint64 `json:"count"`
}

// An OverheardTick is when one message came and by its sender's clock was
// observed, with what checking found, by kind.
type OverheardTick struct {
	At          time.Time `json:"at"`
	Observed    time.Time `json:"observed,omitzero"`
	Device      int       `json:"device"` // place in Devices; -1 is none
	Type        string    `json:"type,omitempty"`
	Live        bool      `json:"live,omitempty"`
	Duplicate   bool      `json:"duplicate,omitempty"`
	Units       bool      `json:"units,omitempty"`
	Implausible bool      `json:"implausible,omitempty"`
	Charset     bool      `json:"charset,omitempty"`
	Invalid     bool      `json:"invalid,omitempty"`
}

// Bounds of the lists of an Overheard. What is beyond is counted with the
// messages only.
const (
	MostOverheardKinds   = 64
	MostOverheardIssues  = 128
	MostOverheardDevices = 64
	MostOverheardTicks   = 60
)

// Merge adds o, of the same conversation, to m. Ticks are of the moment and
// are not merged.
func (m *Overheard) Merge(o *Overheard) {
	m.OverheardCounts.Add(&o.OverheardCounts)
	if o.ClientMAC != "" {
		m.ClientMAC = o.ClientMAC
	}
	if o.ServerMAC != "" {
		m.ServerMAC = o.ServerMAC
	}
	for _, k := range o.Kinds {
		m.Kinds = tallyIn(m.Kinds, k, MostOverheardKinds, func(x *OverheardKind) bool { return x.OverheardSort == k.OverheardSort }, func(x *OverheardKind) { x.Count += k.Count })
	}
	for _, k := range o.Issues {
		m.Issues = tallyIn(m.Issues, k, MostOverheardIssues, func(x *OverheardIssue) bool { return x.OverheardPlace == k.OverheardPlace }, func(x *OverheardIssue) { x.Count += k.Count })
	}
	for _, k := range o.Devices {
		m.Devices = tallyIn(m.Devices, k, MostOverheardDevices, func(x *OverheardDevice) bool { return x.OverheardClaim == k.OverheardClaim }, func(x *OverheardDevice) { x.Count += k.Count })
	}
	for _, k := range o.Mapped {
		m.Mapped = tallyIn(m.Mapped, k, MostOverheardKinds, func(x *OverheardMap) bool { return x.Type == k.Type && x.Trouble == k.Trouble }, func(x *OverheardMap) { x.Count += k.Count })
	}
	m.Quirks = addAll(m.Quirks, o.Quirks)
	m.Answers = addAll(m.Answers, o.Answers)
}

// mostWords bounds the words that are counted of a conversation.
const mostWords = 64

func addAll(to, from map[string]uint64) map[string]uint64 {
	for k, n := range from {
		if to == nil {
			to = map[string]uint64{}
		}
		if _, ok := to[k]; ok || len(to) < mostWords {
			to[k] += n
		}
	}
	return to
}

func tallyIn[T any](list []T, one T, most int, same func(*T) bool, add func(*T)) []T {
	if i := slices.IndexFunc(list, func(x T) bool { return same(&x) }); i >= 0 {
		add(&list[i])
		return list
	}
	if len(list) >= most {
		return list
	}
	return append(list, one)
}
