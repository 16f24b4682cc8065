package exchange

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/hl7"
	"bedrail/job"
)

// An Exchange runs the channels.
type Exchange struct {
	Store     Store
	Auth      bedrail.Authorizer
	Clock     bedrail.Clock
	Log       *slog.Logger
	Tenant    string
	Kinds     Kinds
	Env       Env
	Checker   *Checker
	Mapper    Mapper      // nil maps nothing
	Inventory Inventory   // nil knows no device
	Jobs      *job.Runner // nil does long work while the caller waits
	// Blind names a value so that equal ones are seen to be equal and nothing
	// else; lanes are named so.
	Blind func(field, value string) string
	// Configured are the channels of the configuration.
	Configured []Definition
	// Beds know who lies where, from admission messages. The zero value is
	// ready.
	Beds Beds

	// Received and Sent measure; Noticed tells screens and the house. Any may
	// be nil. None may wait.
	Received func(message, channel string, state State, took time.Duration)
	Sent     func(message, channel, destination string, ok bool, took time.Duration)
	Noticed  func(Notice)

	ids   ids
	mu    sync.Mutex // guards what follows
	lines map[string]*line
	run   context.Context // of what runs; nil before Run and after
	wg    sync.WaitGroup
}

// A Notice is something that people should see at once.
type Notice struct {
	Kind    string // received, delivered, changed, held, page, gap, finding
	Channel string
	Message string
	Device  string
	Trust   Trust
	Text    string
	Site    string
	Unit    string
	Owner   string     // who is paged
	Rule    string     // of a finding: spoofed-identity, mqtt-session-takeover
	Rivals  []Sighting // its evidence: both sides
	Shadow  bool       // it was only overheard
	// Kept is the message that came, for who follows its device; only with
	// kind received.
	Kept *Message
	HL7  *hl7.Message // what it says, where it is of that format; for a moment only
}

// Load reads the channels and puts those of the configuration in force. It
// runs once, before Run.
func (x *Exchange) Load(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.Log == nil {
		x.Log = slog.New(slog.DiscardHandler)
	}
	if x.lines == nil {
		x.lines = map[string]*line{}
	}
	last, err := x.Store.LastMessage(ctx, x.scope())
	if err != nil {
		return fmt.Errorf("reading the last message: %w", err)
	}
	x.ids.seen(last)
	moves, err := x.Store.BedMoves(ctx, x.scope(), x.Clock.Now().Add(-movesKept))
	if err != nil {
		return fmt.Errorf("reading who lies where: %w", err)
	}
	for _, m := range moves {
		x.Beds.Take(m)
	}
	gaps, err := x.Store.Gaps(ctx, x.scope(), true)
	if err != nil {
		return fmt.Errorf("reading what is withheld: %w", err)
	}
	known, err := x.Store.Channels(ctx, x.scope())
	if err != nil {
		return fmt.Errorf("reading the channels: %w", err)
	}
	channels, err := x.configure(ctx, known)
	if err != nil {
		return err
	}
	for _, c := range channels {
		l := &line{x: x, name: c.Definition.Name}
		p, err := newPlan(c, x.Kinds)
		if err != nil {
			// A definition that an older program took stays visible, with what
			// is wrong with it.
			l.fault(fmt.Sprintf("the definition cannot be used: %v", err))
			p = &plan{Channel: c}
		}
		l.plan.Store(p)
		x.lines[l.name] = l
	}
	for _, g := range gaps {
		if l := x.lines[g.Channel]; l != nil {
			if l.gaps == nil {
				l.gaps = map[string]Gap{}
			}
			l.gaps[g.Device] = g
		}
	}
	return nil
}

// configure brings what is stored in line with the configuration.
func (x *Exchange) configure(ctx context.Context, known []Channel) ([]Channel, error) {
	by := bedrail.SystemActor("configuration", x.Tenant)
	var out []Channel
	for _, c := range known {
		if c.Origin != FromConfiguration || slices.ContainsFunc(x.Configured, func(d Definition) bool { return d.Name == c.Definition.Name }) {
			out = append(out, c)
			continue
		}
		entry := audit.Entry{By: by, Did: WriteChannels, To: c.Definition.Name, Note: "removed: the configuration has it no more"}
		if err := x.Store.DeleteChannel(ctx, x.scope(), c.Definition.Name, entry); err != nil {
			return nil, fmt.Errorf("removing the channel %s: %w", c.Definition.Name, err)
		}
	}
	for _, d := range x.Configured {
		if err := d.Check(x.Kinds); err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "exchange.channels: %s: %w", d.Name, err)
		}
		i := slices.IndexFunc(out, func(c Channel) bool { return c.Definition.Name == d.Name })
		c := Channel{State: Running}
		if i >= 0 {
			c = out[i]
		}
		if i >= 0 && c.Origin == FromConfiguration && sameDefinition(c.Definition, d) {
			out[i].Definition = d
			continue
		}
		c.Definition, c.Origin, c.ChangedAt, c.By = d, FromConfiguration, x.Clock.Now(), by.ID
		entry := audit.Entry{By: by, Did: WriteChannels, To: d.Name, Note: "as the configuration has it"}
		var err error
		if c.Version, err = x.Store.SaveChannel(ctx, x.scope(), c, entry); err != nil {
			return nil, fmt.Errorf("keeping the channel %s: %w", d.Name, err)
		}
		if i >= 0 {
			out[i] = c
		} else {
			out = append(out, c)
		}
	}
	return out, x.checkAddresses(out)
}

// checkAddresses refuses two channels that want the same door.
func (x *Exchange) checkAddresses(channels []Channel) error {
	taken := map[string]string{}
	for _, c := range channels {
		address := x.addressOf(c.Definition)
		if address == "" {
			continue
		}
		if other := taken[address]; other != "" {
			return bedrail.Errorf(bedrail.Conflict, "the channels %s and %s both want %s; give one of them another address", other, c.Definition.Name, address)
		}
		taken[address] = c.Definition.Name
	}
	return nil
}

func (x *Exchange) addressOf(d Definition) string {
	kind, err := x.Kinds.source(d.Source.Kind)
	if err != nil || kind.Address == nil {
		return ""
	}
	address := kind.Address(d.Source.Settings)
	if strings.HasSuffix(address, ":0") {
		return "" // any free port
	}
	return address
}

// Run opens the doors and delivers until ctx ends: then the doors close first,
// what is under way is finished, and what was delivered is kept.
func (x *Exchange) Run(ctx context.Context) error {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	x.mu.Lock()
	x.run = run
	for _, l := range x.lines {
		l.start()
	}
	x.mu.Unlock()
	x.keepHolds(ctx)
	x.mu.Lock()
	x.run = nil
	stopping := make([]*line, 0, len(x.lines))
	for _, l := range x.lines {
		stopping = append(stopping, l)
	}
	x.mu.Unlock()
	var wg sync.WaitGroup
	for _, l := range stopping {
		wg.Go(l.stop)
	}
	wg.Wait()
	stop()
	x.wg.Wait()
	return nil
}

// holdEvery is how often what is held is looked at: a hold ends at most so
// much later than it must.
const holdEvery = time.Second

// keepHolds lets go what was held long enough, and tells owners, until ctx
// ends.
func (x *Exchange) keepHolds(ctx context.Context) {
	tick := time.NewTicker(holdEvery)
	defer tick.Stop()
	paged := map[string]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			x.pageOwners(ctx, paged) // before it goes: who is told can still look
			x.releaseDue(ctx)
		}
	}
}

func (x *Exchange) releaseDue(ctx context.Context) {
	released, err := x.Store.ReleaseDue(ctx, x.scope(), x.Clock.Now(), systemActor(x.Tenant))
	if err != nil {
		if ctx.Err() == nil {
			x.Log.WarnContext(ctx, "held messages could not be let go; it is tried again", "error", err)
		}
		return
	}
	for channel, ids := range released {
		x.notice(Notice{Kind: "held", Channel: channel, Text: fmt.Sprintf("%d messages were held for the longest time and went out, tagged", len(ids))})
		if l := x.line(channel); l != nil {
			l.rescan()
		}
	}
}

func (x *Exchange) line(name string) *line {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.lines[name]
}

func (x *Exchange) scope() bedrail.Scope { return bedrail.Scope{Tenant: x.Tenant} }

func (x *Exchange) notice(n Notice) {
	if x.Noticed != nil {
		x.Noticed(n)
	}
}
