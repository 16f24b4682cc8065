package vuln

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/cpe"
	"bedrail/sbom"
)

// What an actor may do with findings.
const (
	Read   bedrail.Action = "finding:read"
	Triage bedrail.Action = "finding:triage"
	Appear bedrail.Action = "finding:appear" // done by the product itself
)

// A RecordKind is the sort of a published record.
type RecordKind string

// The kinds of record that a feed holds.
const (
	AdvisoryRecord  RecordKind = "advisory"
	KEVRecord       RecordKind = "kev"
	EPSSRecord      RecordKind = "epss"
	EndOfLifeRecord RecordKind = "eol"
	RecallRecord    RecordKind = "recall"
)

// A Store remembers what the board is built from.
type Store interface {
	// EachRecord calls fn for every record of every feed. The document is
	// valid until fn returns.
	EachRecord(ctx context.Context, in bedrail.Scope, fn func(kind RecordKind, id string, doc []byte) error) error
	// EachBill calls fn for every bill with its components.
	EachBill(ctx context.Context, in bedrail.Scope, fn func(sbom.Bill) error) error
	// FindingsSeen returns since when each finding is known.
	FindingsSeen(ctx context.Context, in bedrail.Scope) (map[string]time.Time, error)
	// SaveDecisions keeps decisions, each in place of the one with its
	// identifier, and appends entry, or does neither.
	SaveDecisions(ctx context.Context, in bedrail.Scope, decisions []Decision, entry audit.Entry) error
	// SaveControl keeps a control in place of the one with its identifier, and
	// appends entry, or does neither.
	SaveControl(ctx context.Context, in bedrail.Scope, c Control, entry audit.Entry) error
	// EachTalk calls fn for each peer and service that was recorded since a
	// time, its conversations summed.
	EachTalk(ctx context.Context, in bedrail.Scope, since time.Time, fn func(Talk)) error
	// EachControl calls fn for every control.
	EachControl(ctx context.Context, in bedrail.Scope, fn func(Control) error) error
	// EachDecision calls fn for every decision.
	EachDecision(ctx context.Context, in bedrail.Scope, fn func(Decision) error) error
	// NoteFindings remembers that findings appeared at a moment, and appends
	// entry, or does neither. Those already known stay as they are.
	NoteFindings(ctx context.Context, in bedrail.Scope, ids []string, at time.Time, entry audit.Entry) error
}

// A Board knows every finding of one tenant at every moment: advisories, bills
// and devices joined, in memory. It is rebuilt from the store at start, so its
// loss costs a few seconds; it follows each change of feed, bill and device,
// and works again only on what that change can touch.
type Board struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Tenant string
	// Notify hears which findings changed, for the event stream. May be nil.
	Notify func(ids []string)
	// Expose hears how many weaknesses touch each device, when that changed.
	// May be nil.
	Expose func(ctx context.Context, counts map[string]asset.Exposed)
	// Alarm hears of each control that recorded conversations contradict, or
	// that ran out. May be nil.
	Alarm func(ctx context.Context, c ControlStatus)
	// Appeared hears of findings that are new, after they are noted. May be
	// nil.
	Appeared func(ctx context.Context, findings []Finding)
	// Devices calls fn for every device; Load asks it. May be nil.
	Devices func(ctx context.Context, fn func(asset.Device)) error
	// ProductCode tells the FDA's product code of a model, "" when it is not
	// known; recalls are matched by it. It must not ask the board. May be nil.
	ProductCode func(manufacturer, model string) string
	// Claims returns the contradictions that are known when the board is built.
	// It must not ask the board. May be nil.
	Claims func(ctx context.Context) ([]Claim, error)

	loading sync.Mutex // held while the board is first built

	mu         sync.RWMutex // guards all below
	loaded     bool
	index      *Index
	at         map[string]int32 // record identifier to advisory
	components []componentState
	byKey      map[string]int32
	byPackage  map[string][]int32 // components by ecosystem and name
	byCPE      map[string][]int32 // components by product
	models     []*modelState
	byModel    map[asset.ModelKey]int32
	byHouse    map[string][]int32       // models by maker
	byName     map[[2]string][]int32    // versions of a model, by maker and model
	claims     map[string]*findingState // contradictions, which another part finds
	devices    map[string]*deviceState
	byAddress  map[netip.Addr]string // devices by where they are now
	reach      *reachBook
	controls   []*controlState
	alarms     []ControlStatus // not told yet
	findings   map[string]*findingState
	byWeakness map[string]map[string]*findingState // findings by weakness and identifier
	decisions  map[string][]Decision               // by weakness, as the decision names it
	pending    map[string]bool                     // findings changed since the last notice
	bySystems  map[string][]Match                  // answers for operating systems, of this index
	seen       map[string]time.Time
	worked     Worked
	dirty      map[int32]bool // models whose devices may be exposed otherwise than was told
}

// Worked counts how often the board matched anew, since it was built.
type Worked struct {
	Components int // look-ups of one component
	Models     int // models whose findings were worked out
}

// Worked returns how much was matched anew since the board was built.
func (b *Board) Worked() Worked {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.worked
}

// componentState is one distinct component with the models that hold it.
type componentState struct {
	component sbom.Component
	models    []int32
	matches   []Match
	joined    bool // some answer needs another product of the same bill
}

type modelState struct {
	key        asset.ModelKey
	bill       string
	components []int32
	answering  map[int32]struct{} // of components, those of which any advisory speaks
	present    []cpe.Name
	matches    []Match // by name of the product
	devices    map[string]*deviceState
	systems    map[string]int // operating systems seen, with how many devices show each
	shown      int            // devices that systems was counted over
	findings   map[string]bool
}

type deviceState struct {
	device asset.Device
	model  int32
	told   asset.Exposed
	new    bool // nothing was told yet

	care    Care
	reached atomic.Pointer[reachedThen] // through any service; many readers may work it out
}

// Load builds the board from the store. Without it, the first question or
// change does: a board that is not built would look clean.
func (b *Board) Load(ctx context.Context) error {
	if err := b.load(ctx); err != nil {
		return err
	}
	b.tell(ctx)
	return nil
}

// ensure builds the board unless it stands.
func (b *Board) ensure(ctx context.Context) error {
	b.loading.Lock()
	defer b.loading.Unlock()
	b.mu.RLock()
	loaded := b.loaded
	b.mu.RUnlock()
	if loaded {
		return nil
	}
	return b.Load(ctx)
}

func (b *Board) load(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reset()
	b.loaded = b.Store == nil
	if b.loaded {
		return nil
	}
	in := bedrail.Scope{Tenant: b.Tenant}
	err := b.Store.EachRecord(ctx, in, func(kind RecordKind, id string, doc []byte) error {
		u, err := ParseRecord(kind, id, doc)
		if err == nil {
			b.put(u)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the feeds: %w", err)
	}
	b.index.Seal(b.Clock.Now())
	if err := b.Store.EachDecision(ctx, in, func(d Decision) error { b.fileDecision(d); return nil }); err != nil {
		return fmt.Errorf("reading the decisions: %w", err)
	}
	if b.Claims != nil {
		claims, err := b.Claims(ctx)
		if err != nil {
			return fmt.Errorf("reading what contradicts itself: %w", err)
		}
		b.placeClaims(claims)
	}
	if err := b.Store.EachControl(ctx, in, b.fileControl); err != nil {
		return fmt.Errorf("reading the controls: %w", err)
	}
	if err := b.Store.EachBill(ctx, in, func(bill sbom.Bill) error { b.addBill(bill); return nil }); err != nil {
		return fmt.Errorf("reading the bills: %w", err)
	}
	if b.Devices != nil {
		if err := b.Devices(ctx, b.place); err != nil {
			return fmt.Errorf("reading the devices: %w", err)
		}
	}
	if b.seen, err = b.Store.FindingsSeen(ctx, in); err != nil {
		return fmt.Errorf("reading the findings: %w", err)
	}
	if err := b.Store.EachTalk(ctx, in, b.Clock.Now().Add(-Window), b.reach.take); err != nil {
		return fmt.Errorf("reading conversations: %w", err)
	}
	b.judgeControls(b.Clock.Now())
	for id := range b.seen {
		delete(b.pending, id) // nothing new
	}
	b.loaded = true
	return nil
}

func (b *Board) reset() {
	b.index, b.at = NewIndex(), map[string]int32{}
	b.components, b.byKey, b.byPackage, b.byCPE = nil, map[string]int32{}, map[string][]int32{}, map[string][]int32{}
	b.models, b.byModel, b.byHouse, b.byName = nil, map[asset.ModelKey]int32{}, map[string][]int32{}, map[[2]string][]int32{}
	b.devices, b.findings, b.byWeakness, b.pending = map[string]*deviceState{}, map[string]*findingState{}, map[string]map[string]*findingState{}, map[string]bool{}
	b.byAddress, b.reach, b.controls = map[netip.Addr]string{}, newReachBook(), nil
	b.decisions, b.bySystems = map[string][]Decision{}, map[string][]Match{}
	b.seen, b.dirty = map[string]time.Time{}, map[int32]bool{}
	b.index.Seal(b.Clock.Now())
}
