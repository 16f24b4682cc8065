// Package shadow shows what Bedrail would do before it is in anybody's path:
// it checks the messages that devices and systems tell one another as a
// channel would, from what a sensor overhears, counts what it finds, and makes
// the draft of the channel that takes a listener over.
//
// It reads messages where they pass and lets them go: what leaves this package
// is counts, codes, places and who speaks with whom. Whether two messages are
// alike is told by keyed digests, whose key lives and ends with the process.
package shadow

import (
	"cmp"
	"slices"
	"time"

	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/traffic"
)

// Bounds of what one engine's ears keep, whatever passes.
const (
	mostConversations = 10_000    // remembered at once
	mostDigests       = 1 << 16   // messages that a repetition is known of
	mostMessage       = 256 << 10 // bytes of one message that is looked into
	mostAwaited       = 64        // messages of one stream whose answer is awaited
	mostChecks        = 2_000     // messages looked into within one second of the capture
	answerWithin      = 30 * time.Second
	forgetAfter       = 2 * time.Hour
	sampleMaps        = 3 // mappings tried of one type, conversation and minute
)

// Options are what ears need.
type Options struct {
	Site, Sensor string
	Checker      *exchange.Checker
	// Map tries the mapping of a message to FHIR and returns the rules that
	// failed, or nothing; none is true where no mapping is for it. Nil tries
	// nothing.
	Map func(format exchange.Format, body []byte, at time.Time) (rules []string, none bool)
	// Tell takes what was heard within a minute.
	Tell func(traffic.Overheard)
}

// Ears listen to the streams of one engine. They are not safe for use by
// several goroutines, as the engine is not.
type Ears struct {
	o       Options
	digests *digests
	known   map[key]*conversation
	heard   []*conversation // with something to tell of the minute
	minute  time.Time
	second  int64
	checks  int
}

// New returns Ears that have heard nothing.
func New(o Options) *Ears {
	return &Ears{o: o, digests: newDigests(), known: map[key]*conversation{}}
}

// Listen is for traffic.Options.Overhear.
func (e *Ears) Listen(s traffic.Side) traffic.Listener {
	switch s.Protocol {
	case "hl7v2":
		return &mllp{stream: e.stream("hl7v2", s)}
	case "dicom":
		return newDICOM(e.stream("dicom", s))
	case "http":
		return &web{stream: e.stream("fhir", s)}
	case "mqtt":
		return &mqtt{stream: e.stream("mqtt", s)}
	case "tls":
		if p := veiled(s.Server.Port); p != "" {
			return &sealed{stream: e.stream(p, s)}
		}
	}
	return nil
}

// veiled says what is usually spoken within TLS on a port: it cannot be looked
// into, and a hospital should know how much that is.
func veiled(port uint16) string {
	switch port {
	case 2575, 2576:
		return "hl7v2"
	case 2762, 11112:
		return "dicom"
	case 8883:
		return "mqtt"
	}
	return ""
}

// A sealed counts a stream that is encrypted.
type sealed struct{ stream }

func (s *sealed) Hear(at time.Time, _ traffic.Direction, _ []byte) bool {
	c := s.of("", "", at)
	if c != nil {
		c.now.Encrypted++
	}
	return false
}
func (s *sealed) Miss(time.Time, traffic.Direction, int) bool { return false }
func (s *sealed) Held() int                                   { return 0 }
func (s *sealed) End(bool)                                    {}

// Flush tells what was heard before the minute of now.
func (e *Ears) Flush(now time.Time) {
	if minute := now.Truncate(time.Minute); !e.minute.IsZero() && minute.After(e.minute) {
		e.tell(minute)
	}
}

// End tells everything and forgets who spoke.
func (e *Ears) End() {
	e.tell(time.Time{})
	clear(e.known)
}

// tell hands on the minute and begins the next.
func (e *Ears) tell(next time.Time) {
	for _, c := range e.heard {
		if e.o.Tell != nil {
			e.o.Tell(c.now)
		}
		c.now, c.active, c.tried = traffic.Overheard{}, false, nil
	}
	e.heard = e.heard[:0]
	e.minute = next
}

// A key is who speaks with whom.
type key struct {
	protocol         string
	client, server   string
	port, vlan       uint16
	sender, receiver string
}

// A conversation is what is remembered of one.
type conversation struct {
	key
	side   traffic.Side
	now    traffic.Overheard
	active bool
	last   time.Time
	tried  map[string]int // mappings, by type
}

// A stream is what every listener knows of its stream.
type stream struct {
	ears     *Ears
	protocol string
	side     traffic.Side
	current  *conversation // who spoke last, for what belongs to nobody else
	counted  bool
	awaited  []awaited
}

// An awaited is a message whose answer is due.
type awaited struct {
	name  digest
	id    uint32
	at    time.Time
	c     *conversation
	done  bool // answered once: a second answer is the application's
	maybe bool // an answer comes only on error
}

func (e *Ears) stream(protocol string, s traffic.Side) stream {
	return stream{ears: e, protocol: protocol, side: s}
}

// of returns the conversation of a sender and a receiver on this stream, for
// counting at a time; nil when too many are remembered.
func (s *stream) of(sender, receiver string, at time.Time) *conversation {
	e := s.ears
	at = at.UTC()
	if minute := at.Truncate(time.Minute); e.minute.IsZero() || minute.After(e.minute) || minute.Before(e.minute.Add(-5*time.Minute)) {
		e.tell(minute)
	}
	k := key{s.protocol, s.side.Client.IP.String(), s.side.Server.IP.String(), s.side.Server.Port, s.side.VLAN, word(sender), word(receiver)}
	c := e.known[k]
	if c == nil {
		if len(e.known) >= mostConversations {
			e.forget(at)
		}
		if len(e.known) >= mostConversations {
			return nil
		}
		c = &conversation{key: k, side: s.side}
		e.known[k] = c
	}
	c.last = at
	if !c.active {
		c.active = true
		e.heard = append(e.heard, c)
		c.now = traffic.Overheard{Site: e.o.Site, Sensor: e.o.Sensor, Minute: e.minute, Protocol: k.protocol, Client: s.side.Client.IP, Server: s.side.Server.IP,
			Port: k.port, VLAN: k.vlan, Sender: k.sender, Receiver: k.receiver}
	}
	if !s.side.Client.Router {
		c.now.ClientMAC = s.side.Client.MAC
	}
	if !s.side.Server.Router {
		c.now.ServerMAC = s.side.Server.MAC
	}
	s.current = c
	if !s.counted {
		s.counted = true
		c.now.Streams++
	}
	return c
}

// forget lets go of who was silent for long.
func (e *Ears) forget(at time.Time) {
	for k, c := range e.known {
		if !c.active && at.Sub(c.last) > forgetAfter {
			delete(e.known, k)
		}
	}
}

// again returns c ready for counting at a time, as of does.
func (s *stream) again(c *conversation, at time.Time) *conversation {
	return s.of(c.sender, c.receiver, at)
}

// due reports whether a message may be looked into now: within one second of
// the capture only so many are, so that a flood costs bounded time.
func (e *Ears) due(at time.Time) bool {
	if second := at.Unix(); second != e.second {
		e.second, e.checks = second, 0
	}
	e.checks++
	return e.checks <= mostChecks
}

// A piece is one message on its way past.
type piece struct {
	in        exchange.Inbound
	at        time.Time
	size      int
	unchecked bool // only counted
	control   string
	look      exchange.Look
	sort      traffic.OverheardSort
	quirks    []string
	event     string // of formats whose content names none
	version   string
	name      *digest // of the content, where the body was not kept
}

// count takes a message into account that look has read.
func (s *stream) count(p *piece, sender, receiver string) *conversation {
	c := s.of(sender, receiver, p.at)
	if c == nil {
		return nil
	}
	n := &c.now
	n.Messages++
	n.Bytes += uint64(p.size)
	for _, q := range p.quirks {
		c.quirk(q)
	}
	if p.unchecked {
		n.Unchecked++
		return c
	}
	repeats(s.ears.digests, c, p)
	device := -1
	for i, d := range p.look.Facts.Devices {
		if at := c.device(d); i == 0 {
			device = at
		}
	}
	c.verdict(p)
	c.kind(p)
	c.tick(p, device)
	s.try(c, p)
	return c
}

// repeats tells what was sent before from what only bears its number.
func repeats(d *digests, c *conversation, p *piece) {
	if p.control == "" || p.look.Unreadable {
		return
	}
	content := p.name
	if content == nil {
		sum := d.content(p.in.Body)
		content = &sum
	}
	switch d.note(d.name(c, p.control), *content) {
	case same:
		c.now.Duplicates++
		p.sort.Duplicate = true
	case other:
		c.now.Reused++
		p.sort.Reused = true
	}
}

func (c *conversation) quirk(word string) {
	if c.now.Quirks == nil {
		c.now.Quirks = map[string]uint64{}
	}
	if _, ok := c.now.Quirks[word]; ok || len(c.now.Quirks) < mostWords {
		c.now.Quirks[word]++
	}
}

func (c *conversation) answer(code string) {
	if c.now.Answers == nil {
		c.now.Answers = map[string]uint64{}
	}
	if _, ok := c.now.Answers[code]; ok || len(c.now.Answers) < mostWords {
		c.now.Answers[code]++
	}
}

const mostWords = 64

// verdict counts what checking found, by code and place.
func (c *conversation) verdict(p *piece) {
	faulty := p.look.Unreadable
	for _, i := range p.look.Issues {
		faulty = faulty || i.Severity == hl7.ErrorLevel || i.Severity == hl7.Fatal
		place := traffic.OverheardPlace{Severity: string(i.Severity), Code: term(i.Code), Rule: term(i.Rule), Path: path(p.in.Format, i)}
		found := false
		for k := range c.now.Issues {
			if c.now.Issues[k].OverheardPlace == place {
				c.now.Issues[k].Count++
				found = true
				break
			}
		}
		if !found && len(c.now.Issues) < traffic.MostOverheardIssues {
			c.now.Issues = append(c.now.Issues, traffic.OverheardIssue{OverheardPlace: place, Count: 1})
		}
	}
	switch {
	case faulty:
		c.now.Faulty++
	case len(p.look.Issues) > 0:
		c.now.Remarked++
	}
}

func (c *conversation) kind(p *piece) {
	f := &p.look.Facts
	k := p.sort
	k.Type, k.Profile, k.Live = typeOf(p.in.Format, f.Type), profile(f.Profile), string(f.Live)
	k.Event, k.Version = p.event, p.version
	if p.in.Format == exchange.HL7v2 {
		k.Event, k.Version = fits(hl7Event, f.Event), fits(hl7Version, f.Version)
	}
	k.Severity, k.Unreadable, k.Refused = string(worst(p.look.Issues)), p.look.Unreadable, p.look.Refused
	for i := range c.now.Kinds {
		if c.now.Kinds[i].OverheardSort == k {
			c.now.Kinds[i].Count++
			return
		}
	}
	if len(c.now.Kinds) < traffic.MostOverheardKinds {
		c.now.Kinds = append(c.now.Kinds, traffic.OverheardKind{OverheardSort: k, Count: 1})
	}
}

func worst(issues []exchange.Issue) (w hl7.Severity) {
	rank := map[hl7.Severity]int{hl7.Information: 1, hl7.Warning: 2, hl7.ErrorLevel: 3, hl7.Fatal: 4}
	for _, i := range issues {
		if rank[i.Severity] > rank[w] {
			w = i.Severity
		}
	}
	return w
}

// device counts who the message speaks for and returns its place in the list.
func (c *conversation) device(d exchange.DeviceClaim) int {
	claim := traffic.OverheardClaim{EUI64: d.EUI64, UDI: word(d.UDI), Serial: word(d.Serial), AETitle: word(d.AETitle), Manufacturer: word(d.Manufacturer),
		Model: word(d.Model), Software: word(d.Software), Location: term(d.Location)}
	if cmp.Or(claim.EUI64, claim.UDI, claim.Serial, claim.AETitle) == "" {
		return -1
	}
	for i := range c.now.Devices {
		if c.now.Devices[i].OverheardClaim == claim {
			c.now.Devices[i].Count++
			return i
		}
	}
	if len(c.now.Devices) >= traffic.MostOverheardDevices {
		return -1
	}
	c.now.Devices = append(c.now.Devices, traffic.OverheardDevice{OverheardClaim: claim, Count: 1})
	return len(c.now.Devices) - 1
}

// tick notes when a message came, without what it measured.
func (c *conversation) tick(p *piece, device int) {
	if len(c.now.Ticks) >= traffic.MostOverheardTicks {
		return
	}
	f := &p.look.Facts
	t := traffic.OverheardTick{At: p.at.UTC(), Observed: f.ObservedAt, Device: device, Type: typeOf(p.in.Format, f.Type), Live: f.Live.Live(), Duplicate: p.sort.Duplicate}
	for _, i := range p.look.Issues {
		switch kindOf(i) {
		case wrongUnits:
			t.Units = true
		case wrongValue:
			t.Implausible = true
		case wrongCharset:
			t.Charset = true
		case wrongOtherwise:
			t.Invalid = true
		}
	}
	c.now.Ticks = append(c.now.Ticks, t)
}

// try maps a few messages of each type, to see whether that would work.
func (s *stream) try(c *conversation, p *piece) {
	if s.ears.o.Map == nil || p.look.Unreadable || p.sort.Duplicate || p.in.Format != exchange.HL7v2 {
		return
	}
	t := typeOf(p.in.Format, p.look.Facts.Type)
	if c.tried == nil {
		c.tried = map[string]int{}
	}
	if c.tried[t] >= sampleMaps || len(c.tried) >= traffic.MostOverheardKinds {
		return
	}
	c.tried[t]++
	rules, none := s.ears.o.Map(p.in.Format, p.in.Body, p.at)
	one := traffic.Overheard{}
	switch {
	case none:
		one.Mapped = []traffic.OverheardMap{{Type: t, Trouble: "none", Count: 1}}
	case len(rules) == 0:
		one.Mapped = []traffic.OverheardMap{{Type: t, Count: 1}}
	default:
		for _, r := range rules[:min(len(rules), 4)] {
			one.Mapped = append(one.Mapped, traffic.OverheardMap{Type: t, Trouble: term(r), Count: 1})
		}
	}
	c.now.Merge(&one)
}

// await notes that a message wants an answer.
func (s *stream) await(a awaited) {
	for len(s.awaited) > 0 && (a.at.Sub(s.awaited[0].at) > answerWithin || len(s.awaited) >= mostAwaited) {
		s.giveUp(s.awaited[0], a.at)
		s.awaited = s.awaited[1:]
	}
	s.awaited = append(s.awaited, a)
}

// giveUp counts a message that nobody answered.
func (s *stream) giveUp(a awaited, at time.Time) {
	if a.done || a.maybe {
		return
	}
	current := s.current
	if c := s.again(a.c, at); c != nil {
		c.now.Unanswered++
	}
	s.current = current
}

// answered counts an answer to what match finds.
func (s *stream) answered(at time.Time, code string, match func(*awaited) bool) {
	found := slices.IndexFunc(s.awaited, func(a awaited) bool { return !a.done && match(&a) })
	if found < 0 { // a second answer to the same, or none of ours
		found = slices.IndexFunc(s.awaited, func(a awaited) bool { return match(&a) })
	}
	if found >= 0 {
		a := &s.awaited[found]
		if c := s.again(a.c, at); c != nil {
			c.answer(code)
			if !a.done {
				c.now.Answered(at.Sub(a.at))
			}
		}
		a.done = true
		return
	}
	if s.current == nil {
		return // the message before was not heard
	}
	if c := s.again(s.current, at); c != nil {
		c.answer(code)
		c.now.Unmatched++
	}
}

// ended settles a stream that is over.
func (s *stream) ended(lost bool) {
	var last time.Time
	if s.current != nil {
		last = s.current.last
	}
	for _, a := range s.awaited {
		s.giveUp(a, last)
	}
	s.awaited = nil
	if lost && s.current != nil {
		if c := s.again(s.current, last); c != nil {
			c.now.Given++
		}
	}
}
