package vuln

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/cpe"
	"bedrail/format/eol"
	"bedrail/format/kev"
	"bedrail/format/purl"
	"bedrail/format/recall"
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
	byHouse    map[string][]int32    // models by maker
	byName     map[[2]string][]int32 // versions of a model, by maker and model
	devices    map[string]*deviceState
	byAddress  map[netip.Addr]string // devices by where they are now
	reach      *reachBook
	controls   []*controlState
	alarms     []ControlStatus // not told yet
	findings   map[string]*findingState
	byWeakness map[string]map[string]*findingState // findings by weakness and identifier
	decisions  map[string][]Decision               // by weakness, as the decision names it
	pending    map[string]bool                     // findings changed since the last notice
	seen       map[string]time.Time
	dirty      map[int32]bool // models whose devices may be exposed otherwise than was told
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
	present    []cpe.Name
	matches    []Match // by name of the product
	devices    map[string]*deviceState
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
	b.decisions = map[string][]Decision{}
	b.seen, b.dirty = map[string]time.Time{}, map[int32]bool{}
	b.index.Seal(b.Clock.Now())
}

// An Update is one published record, new or changed. One field is set.
type Update struct {
	ID       string
	Advisory *Advisory
	KEV      *kev.Entry
	EPSS     *Likelihoods
	EOL      *eol.Product
	Recall   *recall.Notice
}

// Likelihoods say how likely weaknesses are to be used within a month. All of
// them change every day, so they are kept in blocks of a thousand numbers: a
// day's table is some hundred records and not 300,000.
type Likelihoods struct {
	Block  string             `json:"block"` // CVE-2021-44 holds CVE-2021-44000 to CVE-2021-44999
	Scores map[string]float32 `json:"scores"`
}

// LikelihoodBlock returns the block that a CVE belongs to.
func LikelihoodBlock(cve string) string {
	year, number, ok := strings.Cut(strings.TrimPrefix(cve, "CVE-"), "-")
	if !ok || len(number) < 4 {
		return "other"
	}
	return "CVE-" + year + "-" + number[:len(number)-3]
}

// Record returns the kind, identifier and document under which u is kept.
func (u Update) Record() (kind RecordKind, id string, doc any) {
	switch {
	case u.Advisory != nil:
		return AdvisoryRecord, u.Advisory.Source + " " + u.Advisory.ID + " " + u.Advisory.Feed, u.Advisory
	case u.KEV != nil:
		return KEVRecord, u.KEV.CVE, u.KEV
	case u.EPSS != nil:
		return EPSSRecord, u.EPSS.Block, u.EPSS
	case u.EOL != nil:
		return EndOfLifeRecord, u.EOL.Slug + " " + u.EOL.Title, u.EOL
	}
	return RecallRecord, u.Recall.Number + " " + clip(u.Recall.Product, 60), u.Recall
}

// ParseRecord reads what Record gave.
func ParseRecord(kind RecordKind, id string, doc []byte) (Update, error) {
	u := Update{ID: id}
	var into any
	switch kind {
	case AdvisoryRecord:
		u.Advisory = new(Advisory)
		into = u.Advisory
	case KEVRecord:
		u.KEV = new(kev.Entry)
		into = u.KEV
	case EPSSRecord:
		u.EPSS = new(Likelihoods)
		into = u.EPSS
	case EndOfLifeRecord:
		u.EOL = new(eol.Product)
		into = u.EOL
	case RecallRecord:
		u.Recall = new(recall.Notice)
		into = u.Recall
	default:
		return u, fmt.Errorf("a record of unknown kind %q", kind)
	}
	if err := json.Unmarshal(doc, into); err != nil {
		return u, fmt.Errorf("record %s %s: %w", kind, id, err)
	}
	return u, nil
}

// put takes a record into the index; the caller seals it. It returns what was
// said before and the names of the weakness, for touch.
func (b *Board) put(u Update) (touched []Advisory) {
	_, id, _ := u.Record()
	switch {
	case u.Advisory != nil:
		if old, ok := b.at[id]; ok {
			touched = append(touched, b.index.advisories[old])
			b.index.Drop(old)
			delete(b.at, id)
		}
		if n, ok := b.index.add(*u.Advisory); ok {
			b.at[id] = n
		}
		touched = append(touched, Advisory{ID: u.Advisory.ID})
	case u.KEV != nil:
		b.index.KEV[u.KEV.CVE] = *u.KEV
		touched = append(touched, Advisory{ID: u.KEV.CVE})
	case u.EPSS != nil:
		for name, score := range u.EPSS.Scores {
			if old, known := b.index.EPSS[name]; !known || old != score {
				b.index.EPSS[name] = score
				touched = append(touched, Advisory{ID: name})
			}
		}
	case u.EOL != nil:
		b.index.EOL = append(slices.DeleteFunc(b.index.EOL, func(p eol.Product) bool { return p.Slug == u.EOL.Slug && p.Title == u.EOL.Title }), *u.EOL)
	case u.Recall != nil:
		b.index.Recalls = append(b.index.Recalls, *u.Recall)
	}
	return touched
}

// FeedChanged takes new and changed records and works again on the components
// and models that they can touch, and on no others.
func (b *Board) FeedChanged(ctx context.Context, updates []Update) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	var touched []Advisory
	for _, u := range updates {
		touched = append(touched, b.put(u)...)
	}
	b.index.Seal(b.Clock.Now())
	b.rematch(b.touched(touched))
	b.mu.Unlock()
	b.tell(ctx)
}

// touched returns the components and models that statements lead to: by what
// they name, and by every other record of the same weakness, whose score, names
// and likelihood they share.
func (b *Board) touched(said []Advisory) (components, models map[int32]bool) {
	components, models = map[int32]bool{}, map[int32]bool{}
	done := map[int32]bool{}
	for _, a := range said {
		b.touch(&a, components, models)
		node, known := b.index.groups.ids[a.ID]
		if !known || done[b.index.groups.root(node)] {
			continue
		}
		done[b.index.groups.root(node)] = true
		for _, n := range b.index.recordsOf(node) {
			b.touch(&b.index.advisories[n], components, models)
		}
	}
	return components, models
}

// touch marks what an advisory's names lead to.
func (b *Board) touch(a *Advisory, components, models map[int32]bool) {
	for _, p := range a.Packages {
		for _, c := range b.byPackage[packageKey(p.Ecosystem, p.Name)] {
			components[c] = true
		}
	}
	for _, conf := range a.Configurations {
		for _, node := range conf.Nodes {
			for _, m := range node.Matches {
				for _, c := range b.byCPE[m.Name.Product] {
					components[c] = true
				}
			}
		}
	}
	for _, p := range a.Products {
		for _, house := range Houses(p.Vendor) {
			for _, m := range b.byHouse[house] {
				models[m] = true
			}
		}
	}
}

func (b *Board) rematch(components, models map[int32]bool) {
	for c := range components {
		state := &b.components[c]
		b.matchComponent(state)
		for _, m := range state.models {
			models[m] = true
		}
	}
	for m := range models {
		b.models[m].matches = b.index.Model(b.models[m].key)
		b.refresh(m)
	}
}

func (b *Board) matchComponent(c *componentState) {
	c.matches = b.index.Component(c.component, nil)
	c.joined = slices.ContainsFunc(c.matches, func(m Match) bool { return m.Status == Undecidable && strings.Contains(m.Reason, "only together with") })
}

// BillChanged takes a new bill of a model, in place of the one it had.
func (b *Board) BillChanged(ctx context.Context, bill sbom.Bill) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	b.addBill(bill)
	b.mu.Unlock()
	b.tell(ctx)
}

func (b *Board) addBill(bill sbom.Bill) {
	n := b.modelOf(bill.Model)
	m := b.models[n]
	for _, c := range m.components {
		state := &b.components[c]
		state.models = slices.DeleteFunc(state.models, func(i int32) bool { return i == n })
	}
	m.bill, m.components, m.present = bill.ID, m.components[:0], Present(bill.Components)
	for _, c := range bill.Components {
		at := b.componentOf(c)
		if state := &b.components[at]; !slices.Contains(state.models[max(0, len(state.models)-1):], n) {
			state.models = append(state.models, n)
			m.components = append(m.components, at)
		}
	}
	b.refresh(n)
}

// componentOf returns the state of a distinct component.
func (b *Board) componentOf(c sbom.Component) int32 {
	key := strings.Join([]string{c.PURL, c.CPE, c.Name, c.Version}, "\x00")
	if n, ok := b.byKey[key]; ok {
		return n
	}
	n := int32(len(b.components))
	b.byKey[key] = n
	b.components = append(b.components, componentState{component: c})
	if p, err := purl.Parse(c.PURL); err == nil {
		if ecosystem, _, name := p.Ecosystem(); ecosystem != "" {
			k := packageKey(ecosystem, name)
			b.byPackage[k] = append(b.byPackage[k], n)
		}
	}
	if name, err := cpe.Parse(c.CPE); err == nil {
		b.byCPE[name.Product] = append(b.byCPE[name.Product], n)
	}
	b.matchComponent(&b.components[n])
	return n
}

// modelOf returns the state of a model at a version.
func (b *Board) modelOf(key asset.ModelKey) int32 {
	if n, ok := b.byModel[key]; ok {
		return n
	}
	n := int32(len(b.models))
	b.byModel[key] = n
	m := &modelState{key: key, devices: map[string]*deviceState{}, findings: map[string]bool{}, matches: b.index.Model(key)}
	b.models = append(b.models, m)
	name := [2]string{key.Manufacturer, key.Model}
	b.byName[name] = append(b.byName[name], n)
	for _, house := range Houses(key.Manufacturer) {
		b.byHouse[house] = append(b.byHouse[house], n)
	}
	return n
}

// DevicesChanged takes devices as they now are.
func (b *Board) DevicesChanged(ctx context.Context, devices ...asset.Device) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	for _, d := range devices {
		b.place(d)
	}
	b.mu.Unlock()
	b.tell(ctx)
}

// place puts a device with the model that it is known to be.
func (b *Board) place(d asset.Device) {
	n := b.modelOf(KeyOf(d))
	old := b.devices[d.ID]
	state := &deviceState{device: d, model: n, new: old == nil, care: CareOf(d)}
	if old != nil {
		state.told = old.told
	}
	b.devices[d.ID] = state
	b.models[n].devices[d.ID] = state
	b.settle(old, d)
	b.dirty[n] = true
	switch {
	case old == nil || old.model != n:
		if old != nil {
			delete(b.models[old.model].devices, d.ID)
			b.mention(old.model)
		}
		if len(b.models[n].findings) == 0 {
			b.refresh(n)
		}
		b.mention(n)
	case old.device.Location != d.Location:
		b.mention(n)
	}
}

// mention marks the findings of a model as changed.
func (b *Board) mention(n int32) {
	for id := range b.models[n].findings {
		b.pending[id] = true
	}
}

// DeviceGone forgets a device that was merged into another or removed.
func (b *Board) DeviceGone(ctx context.Context, id string) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	if old := b.devices[id]; old != nil {
		delete(b.devices, id)
		delete(b.models[old.model].devices, id)
		b.settle(old, asset.Device{})
		b.mention(old.model)
	}
	b.mu.Unlock()
	b.tell(ctx)
}

// settle notes at which addresses a device is now.
func (b *Board) settle(old *deviceState, d asset.Device) {
	if old != nil {
		for _, a := range old.device.Addresses {
			if b.byAddress[a] == old.device.ID {
				delete(b.byAddress, a)
			}
		}
	}
	for _, a := range d.Addresses {
		b.byAddress[a] = d.ID
	}
}

// fileControl takes a kept control up.
func (b *Board) fileControl(c Control) error {
	state, err := newControl(c, c.Expires.Add(-time.Nanosecond)) // it was found good when it was kept
	if err != nil {
		return err
	}
	b.controls = append(b.controls, state)
	return nil
}

// KeyOf returns the model and version of a device as far as they are known. A
// value in conflict, or only a candidate, is not known.
func KeyOf(d asset.Device) asset.ModelKey {
	known := func(v asset.Value) string {
		if v.Status == asset.Confirmed || v.Status == asset.Likely {
			return v.Value
		}
		return ""
	}
	return asset.ModelKey{Manufacturer: known(d.Manufacturer), Model: known(d.Model), Version: known(d.SoftwareVersion)}
}

// tell notes findings that appeared and sends those that changed to Notify.
// The engine is right without the note; a store that cannot take it now is
// asked again with the next change.
func (b *Board) tell(ctx context.Context) {
	b.mu.Lock()
	ids, fresh := make([]string, 0, len(b.pending)), []string{}
	now := b.Clock.Now()
	for id := range b.pending {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	clear(b.pending)
	for _, id := range ids {
		if _, known := b.seen[id]; !known && b.findings[id] != nil {
			fresh = append(fresh, id)
		}
	}
	counts := b.exposed()
	alarms := b.alarms
	b.alarms = nil
	b.mu.Unlock()
	for _, c := range alarms {
		if b.Alarm != nil {
			b.Alarm(ctx, c)
		}
	}
	if len(counts) > 0 && b.Expose != nil {
		b.Expose(ctx, counts)
	}
	if len(fresh) > 0 && b.Store != nil {
		by := bedrail.SystemActor("exposure", b.Tenant)
		entry := audit.Entry{By: by, Did: Appear, To: fresh[0], Note: fmt.Sprintf("%d findings appeared", len(fresh))}
		if err := b.Store.NoteFindings(ctx, by.Scope, fresh, now, entry); err == nil {
			b.mu.Lock()
			appeared := b.note(fresh, now)
			b.mu.Unlock()
			if b.Appeared != nil {
				b.Appeared(ctx, appeared)
			}
		}
	}
	if len(ids) > 0 && b.Notify != nil {
		b.Notify(ids)
	}
}

// note remembers when findings appeared, and returns them as anybody with every
// right sees them.
func (b *Board) note(fresh []string, now time.Time) []Finding {
	out := make([]Finding, 0, len(fresh))
	for _, id := range fresh {
		b.seen[id] = now
		if s := b.findings[id]; s != nil && b.Appeared != nil {
			f, _ := b.view(s, bedrail.Scope{Tenant: b.Tenant}, now)
			out = append(out, f)
		}
	}
	return out
}

// exposed returns the counts of devices that were told otherwise before.
func (b *Board) exposed() map[string]asset.Exposed {
	out := map[string]asset.Exposed{}
	for n := range b.dirty {
		m := b.models[n]
		now := b.countsOf(m)
		for id, d := range m.devices {
			if d.new || d.told != now {
				d.told, d.new = now, false
				out[id] = now
			}
		}
	}
	clear(b.dirty)
	return out
}

// countsOf counts the findings of a model.
func (b *Board) countsOf(m *modelState) asset.Exposed {
	x := asset.Exposed{}
	top := -1.0
	for id := range m.findings {
		switch f := &b.findings[id].finding; f.Status {
		case Affected:
			x.Affected++
			if f.Score > top {
				top, x.Highest = f.Score, f.Severity
			}
		case Undecidable:
			x.Undecidable++
		}
	}
	return x
}
