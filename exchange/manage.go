package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// A ChannelStatus is a channel with how it stands now.
type ChannelStatus struct {
	Channel
	Live    bool // this process runs it; else only what is kept is known
	Source  SourceStatus
	Broken  string // why its definition cannot be used
	Outlets []OutletStatus
}

// An OutletStatus is how the way to one destination stands.
type OutletStatus struct {
	Name        string        `json:"name"`
	Kind        string        `json:"kind"`
	State       string        `json:"state"` // delivering, waiting, failing, scheduled, off
	Queued      int64         `json:"queued"`
	Oldest      time.Time     `json:"oldest,omitzero"`
	Sent        int64         `json:"sent"` // since the channel was opened
	LastSent    time.Time     `json:"lastSent,omitzero"`
	LastError   string        `json:"lastError,omitempty"`
	LastErrorAt time.Time     `json:"lastErrorAt,omitzero"`
	NextTry     time.Time     `json:"nextTry,omitzero"`
	Connection  *SenderStatus `json:"connection,omitempty"`
}

func (x *Exchange) ask(ctx context.Context, by bedrail.Actor, what bedrail.Action, d Definition) error {
	return x.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "channel", ID: d.Name, Site: d.Site, Unit: d.Unit})
}

// Peek reads the channels without putting anything in force, for commands
// beside a server.
func (x *Exchange) Peek(ctx context.Context) error {
	known, err := x.Store.Channels(ctx, x.scope())
	if err != nil {
		return fmt.Errorf("reading the channels: %w", err)
	}
	for _, d := range x.Configured {
		if !slices.ContainsFunc(known, func(c Channel) bool { return c.Definition.Name == d.Name }) {
			known = append(known, Channel{Definition: d, State: Running, Origin: FromConfiguration})
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines = map[string]*line{}
	for _, c := range known {
		l := &line{x: x, name: c.Definition.Name}
		p, err := newPlan(c, x.Kinds)
		if err != nil {
			l.fault(fmt.Sprintf("the definition cannot be used: %v", err))
			p = &plan{Channel: c}
		}
		l.plan.Store(p)
		x.lines[l.name] = l
	}
	return nil
}

// Channels returns the channels that by may see, by name.
func (x *Exchange) Channels(ctx context.Context, by bedrail.Actor) ([]ChannelStatus, error) {
	if err := x.Auth.Authorize(ctx, by, ReadChannels, bedrail.Resource{Type: "channel"}); err != nil {
		return nil, err
	}
	backlogs, err := x.Store.Backlogs(ctx, x.scope())
	if err != nil {
		return nil, err
	}
	out := []ChannelStatus{}
	for _, l := range x.all() {
		if d := l.plan.Load().Definition; by.Scope.Admits(d.Site, d.Unit) {
			out = append(out, l.status(backlogs))
		}
	}
	return out, nil
}

// all returns the lines by name.
func (x *Exchange) all() []*line {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := make([]*line, 0, len(x.lines))
	for _, l := range x.lines {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *line) int { return strings.Compare(a.name, b.name) })
	return out
}

// ChannelByName returns one channel, or a NotFound error.
func (x *Exchange) ChannelByName(ctx context.Context, by bedrail.Actor, name string) (ChannelStatus, error) {
	l, err := x.find(ctx, by, ReadChannels, name)
	if err != nil {
		return ChannelStatus{}, err
	}
	backlogs, err := x.Store.Backlogs(ctx, x.scope())
	if err != nil {
		return ChannelStatus{}, err
	}
	return l.status(backlogs), nil
}

// find returns the line named name when by may do what with it.
func (x *Exchange) find(ctx context.Context, by bedrail.Actor, what bedrail.Action, name string) (*line, error) {
	l := x.line(name)
	if l == nil {
		if err := x.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "channel"}); err != nil {
			return nil, err
		}
		return nil, bedrail.Errorf(bedrail.NotFound, "there is no channel %s", name)
	}
	return l, x.ask(ctx, by, what, l.plan.Load().Definition)
}

// Versions returns what a channel was, newest first.
func (x *Exchange) Versions(ctx context.Context, by bedrail.Actor, name string) ([]ChannelVersion, error) {
	if _, err := x.find(ctx, by, ReadChannels, name); err != nil {
		return nil, err
	}
	return x.Store.ChannelVersions(ctx, x.scope(), name)
}

// Create makes a channel and opens it.
func (x *Exchange) Create(ctx context.Context, by bedrail.Actor, d Definition) (ChannelStatus, error) {
	if err := x.ask(ctx, by, WriteChannels, d); err != nil {
		return ChannelStatus{}, err
	}
	return x.put(ctx, by, Channel{Definition: d, State: Running, Origin: FromPerson}, "created")
}

// Change replaces the definition of a channel, which must still be of version.
// The door stays open unless it is another one.
func (x *Exchange) Change(ctx context.Context, by bedrail.Actor, version int64, d Definition) (ChannelStatus, error) {
	l, err := x.find(ctx, by, WriteChannels, d.Name)
	if err != nil {
		return ChannelStatus{}, err
	}
	c := l.plan.Load().Channel
	if err := x.ask(ctx, by, WriteChannels, d); err != nil { // where it shall lie
		return ChannelStatus{}, err
	}
	if c.Origin == FromConfiguration {
		return ChannelStatus{}, bedrail.Errorf(bedrail.Conflict, "the channel %s stands in the configuration file; change it there", d.Name)
	}
	if c.Version != version {
		return ChannelStatus{}, bedrail.Errorf(bedrail.Conflict, "the channel %s was changed meanwhile: it is at version %d, not %d; look at it again", d.Name, c.Version, version)
	}
	c.Definition = d
	return x.put(ctx, by, c, "changed")
}

// SetState pauses, drains or resumes a channel.
func (x *Exchange) SetState(ctx context.Context, by bedrail.Actor, name string, to ChannelState) (ChannelStatus, error) {
	l, err := x.find(ctx, by, WriteChannels, name)
	if err != nil {
		return ChannelStatus{}, err
	}
	if !slices.Contains([]ChannelState{Running, Paused, Draining}, to) {
		return ChannelStatus{}, bedrail.Errorf(bedrail.Invalid, "a channel is running, paused or draining, not %q", to)
	}
	c := l.plan.Load().Channel
	if c.State == to {
		return x.ChannelByName(ctx, by, name)
	}
	c.State = to
	return x.put(ctx, by, c, string(to))
}

// checkReads refuses a door that shows what by may not see.
func (x *Exchange) checkReads(ctx context.Context, by bedrail.Actor, d Definition) error {
	kind, err := x.Kinds.source(d.Source.Kind)
	if err != nil || kind.Reads == nil {
		return err
	}
	for _, name := range kind.Reads(d.Source.Settings) {
		l := x.line(name)
		if l == nil {
			return bedrail.Errorf(bedrail.Invalid, "source: there is no channel %s to show", name).At("source")
		}
		if err := x.ask(ctx, by, RevealMessages, l.plan.Load().Definition); err != nil {
			return err
		}
	}
	return nil
}

// put keeps c and puts it in force.
func (x *Exchange) put(ctx context.Context, by bedrail.Actor, c Channel, did string) (ChannelStatus, error) {
	name := c.Definition.Name
	p, err := newPlan(c, x.Kinds)
	if err != nil {
		return ChannelStatus{}, err
	}
	if err := x.checkNewAddress(c); err != nil {
		return ChannelStatus{}, err
	}
	if err := x.checkReads(ctx, by, c.Definition); err != nil {
		return ChannelStatus{}, err
	}
	c.ChangedAt, c.By = x.Clock.Now(), by.ID
	entry := audit.Entry{By: by, Did: WriteChannels, To: name, Note: did}
	if c.Version, err = x.Store.SaveChannel(ctx, x.scope(), c, entry); err != nil {
		return ChannelStatus{}, err
	}
	p.Channel = c
	x.apply(p)
	x.abandon(ctx, p)
	x.notice(Notice{Kind: "changed", Channel: name, Site: c.Definition.Site, Unit: c.Definition.Unit})
	return x.ChannelByName(ctx, bedrail.SystemActor("exchange", x.Tenant), name)
}

func (x *Exchange) checkNewAddress(c Channel) error {
	all := []Channel{}
	for _, l := range x.all() {
		if l.name != c.Definition.Name {
			all = append(all, l.plan.Load().Channel)
		}
	}
	return x.checkAddresses(append(all, c))
}

// apply puts p in force: what is the same stays open.
func (x *Exchange) apply(p *plan) {
	name := p.Definition.Name
	x.mu.Lock()
	l := x.lines[name]
	if l == nil {
		l = &line{x: x, name: name}
		l.plan.Store(p)
		x.lines[name] = l
	}
	running := x.run != nil
	x.mu.Unlock()
	was := l.plan.Swap(p)
	if !running {
		return
	}
	if p.State != Running || was.kinds == nil || !was.Definition.SameSource(p.Definition) {
		l.stopSource()
	}
	l.renewOutlets(was, p)
	l.mu.Lock()
	l.broken = ""
	l.mu.Unlock()
	l.start()
}

// renewOutlets ends the ways that p no longer has as they were.
func (l *line) renewOutlets(was, p *plan) {
	l.mu.Lock()
	var ending []*outlet
	for name, o := range l.outs {
		d, ok := p.destination(name)
		old, had := was.destination(name)
		if p.State == Paused || !ok || !had || !sameDestination(old, d) {
			ending = append(ending, o)
			delete(l.outs, name)
		}
	}
	l.mu.Unlock()
	for _, o := range ending {
		o.stop()
	}
}

func sameDestination(a, b Destination) bool {
	return sameDefinition(Definition{Destinations: []Destination{a}}, Definition{Destinations: []Destination{b}})
}

// abandon gives up what waits for destinations that a channel no longer has: a
// person decides what becomes of it.
func (x *Exchange) abandon(ctx context.Context, p *plan) {
	backlogs, err := x.Store.Backlogs(ctx, x.scope())
	if err != nil {
		x.Log.WarnContext(ctx, "what waits for destinations that are no more was not looked at", "channel", p.Definition.Name, "error", err)
		return
	}
	for _, b := range backlogs {
		if _, ok := p.destination(b.Destination); b.Channel != p.Definition.Name || ok {
			continue
		}
		if err := x.abandonOne(ctx, b); err != nil {
			x.Log.WarnContext(ctx, "what waits for a destination that is no more could not be given up", "channel", b.Channel, "destination", b.Destination, "error", err)
		}
	}
}

func (x *Exchange) abandonOne(ctx context.Context, b Backlog) error {
	for {
		waiting, err := x.Store.QueuedDeliveries(ctx, x.scope(), b.Channel, b.Destination, "", nil, refillSize)
		if err != nil || len(waiting) == 0 {
			return err
		}
		done := make([]Settlement, len(waiting))
		for i, w := range waiting {
			w.State, w.Note, w.DoneAt = GivenUp, "the destination was taken out of the channel", x.Clock.Now()
			entry := audit.Entry{By: systemActor(x.Tenant), Did: "message:deliver", To: w.Message, Note: deliverNote(w.Kept.Sealed.Salt, w.Delivery, "", "")}
			done[i] = Settlement{Delivery: w.Delivery, Entry: &entry}
		}
		if err := x.Store.Settle(ctx, x.scope(), done); err != nil {
			return err
		}
	}
}

// Delete ends a channel. What waits for its destinations is given up; its
// messages stay.
func (x *Exchange) Delete(ctx context.Context, by bedrail.Actor, name string) error {
	l, err := x.find(ctx, by, WriteChannels, name)
	if err != nil {
		return err
	}
	c := l.plan.Load().Channel
	if c.Origin == FromConfiguration {
		return bedrail.Errorf(bedrail.Conflict, "the channel %s stands in the configuration file; take it out there", name)
	}
	if err := x.Store.DeleteChannel(ctx, x.scope(), name, audit.Entry{By: by, Did: WriteChannels, To: name, Note: "deleted"}); err != nil {
		return err
	}
	x.mu.Lock()
	delete(x.lines, name)
	running := x.run != nil
	x.mu.Unlock()
	if running {
		l.stop()
	}
	empty := &plan{Channel: Channel{Definition: Definition{Name: name}}}
	x.abandon(ctx, empty)
	x.notice(Notice{Kind: "changed", Channel: name})
	return nil
}

// status says how l stands.
func (l *line) status(backlogs []Backlog) ChannelStatus {
	p := l.plan.Load()
	l.mu.Lock()
	source, outs, broken, last := l.source, make(map[string]*outlet, len(l.outs)), l.broken, l.last
	for name, o := range l.outs {
		outs[name] = o
	}
	l.mu.Unlock()
	s := ChannelStatus{Channel: p.Channel, Broken: broken, Source: SourceStatus{Connections: []Connection{}, Refused: []Refusal{}}, Outlets: []OutletStatus{}}
	l.x.mu.Lock()
	s.Live = l.x.run != nil
	l.x.mu.Unlock()
	if source != nil {
		s.Source = source.Status()
	}
	if s.Source.LastError == "" || s.Source.LastErrorAt.Before(last.at) {
		s.Source.LastError, s.Source.LastErrorAt = last.text, last.at
	}
	if s.Source.Connections == nil {
		s.Source.Connections = []Connection{}
	}
	if s.Source.Refused == nil {
		s.Source.Refused = []Refusal{}
	}
	for _, d := range p.Definition.Destinations {
		o := OutletStatus{Name: d.Name, Kind: d.Endpoint.Kind, State: "off"}
		if out := outs[d.Name]; out != nil {
			out.fill(&o)
		}
		for _, b := range backlogs {
			if b.Channel == l.name && b.Destination == d.Name {
				o.Queued, o.Oldest = b.Queued, b.Oldest
			}
		}
		s.Outlets = append(s.Outlets, o)
	}
	return s
}

// fill says how o stands.
func (o *outlet) fill(s *OutletStatus) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s.Sent, s.LastSent, s.LastError, s.LastErrorAt = o.sent, o.lastOK, o.lastError, o.lastAt
	now := o.l.x.Clock.Now()
	inTime, next := open(o.l.plan.Load().times[o.dest.Name], now)
	switch {
	case o.failures > 0:
		s.State, s.NextTry = "failing", o.notBefore
	case !inTime:
		s.State, s.NextTry = "scheduled", next
	case len(o.present) > 0:
		s.State = "delivering"
	default:
		s.State = "waiting"
	}
	if v, ok := o.sender.(Visible); ok {
		c := v.Status()
		s.Connection = &c
	}
}

// CheckDraft says what is wrong with a channel that by is writing, as Create
// or Change would; nil asks only whether by may write channels.
func (x *Exchange) CheckDraft(ctx context.Context, by bedrail.Actor, d *Definition) error {
	if d == nil {
		return x.Auth.Authorize(ctx, by, WriteChannels, bedrail.Resource{Type: "channel"})
	}
	if err := x.ask(ctx, by, WriteChannels, *d); err != nil {
		return err
	}
	c := Channel{Definition: *d, State: Running, Origin: FromPerson}
	if _, err := newPlan(c, x.Kinds); err != nil {
		return err
	}
	if err := x.checkNewAddress(c); err != nil {
		return err
	}
	return x.checkReads(ctx, by, *d)
}
