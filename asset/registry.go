package asset

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/rule"
	"bedrail/traffic"
)

// What an actor may do with devices.
const (
	ReadDevices   bedrail.Action = "device:read"
	TagDevice     bedrail.Action = "device:tag"
	LocateDevice  bedrail.Action = "device:locate"
	MergeDevice   bedrail.Action = "device:merge"
	CorrectDevice bedrail.Action = "device:correct"
	ImportDevices bedrail.Action = "device:import"
	ImportCapture bedrail.Action = "capture:import"
	FreezeProfile bedrail.Action = "profile:freeze"
)

// A Store remembers devices and the evidence that they are computed from.
// Each method is one transaction.
type Store interface {
	AssociationStore

	// AssetState returns all that fusion knows of tenant.
	AssetState(ctx context.Context, tenant string) (State, error)
	// ApplyAssets commits d and, when it is not nil, entry, or does neither.
	// It changes nothing and returns false when d.At was applied before.
	ApplyAssets(ctx context.Context, tenant string, d Delta, entry *audit.Entry) (bool, error)
	// Device returns the device named id within in, or a NotFound error.
	Device(ctx context.Context, in bedrail.Scope, id string) (Device, error)
	// Devices returns a page of the devices within in.
	Devices(ctx context.Context, in bedrail.Scope, req query.Request) (query.Page[Summary], error)
	// Exposure returns how many advisories touch a device within in.
	Exposure(ctx context.Context, in bedrail.Scope, id string) (Exposed, error)
	// DeviceFacets counts the devices within in that match filter by the
	// values of each of fields.
	DeviceFacets(ctx context.Context, in bedrail.Scope, fields []string, filter query.Filter) ([]Facet, error)
	// DeviceCounts counts the devices within in for the first screen.
	DeviceCounts(ctx context.Context, in bedrail.Scope) (Counts, error)
	// DeviceEvents returns what happened to a device, newest first.
	DeviceEvents(ctx context.Context, in bedrail.Scope, id string) ([]Event, error)
	// DeviceConversations returns with whom a device spoke since a time,
	// rolled up over that time, the busiest first.
	DeviceConversations(ctx context.Context, in bedrail.Scope, id string, since time.Time) ([]Talk, error)
	// DeviceUses returns the hours in which a device was in use since a time.
	DeviceUses(ctx context.Context, in bedrail.Scope, id string, since time.Time) ([]DeviceUse, error)
	// DeviceHours returns with whom a device spoke since a time, hour by hour.
	DeviceHours(ctx context.Context, in bedrail.Scope, id string, since time.Time) ([]HourTalk, error)
	// FrozenProfile returns the profile that a person froze of a device or
	// model, or a NotFound error.
	FrozenProfile(ctx context.Context, in bedrail.Scope, of string) (Profile, error)
	// FreezeProfile keeps p in place of an earlier one, with entry.
	FreezeProfile(ctx context.Context, in bedrail.Scope, of string, p Profile, entry audit.Entry) error
	// BulkBefore returns what the devices within in were before a change of
	// many, or a NotFound error.
	BulkBefore(ctx context.Context, in bedrail.Scope, batch string) ([]BulkBefore, error)
	// BulksOf returns the changes of many of which a device was part, the
	// latest first.
	BulksOf(ctx context.Context, in bedrail.Scope, device string) ([]BulkPart, error)
	// ColumnMappings returns the mappings of columns within in, by name.
	ColumnMappings(ctx context.Context, in bedrail.Scope) ([]ColumnMapping, error)
	// SaveColumnMapping keeps m, in place of the one with its id.
	SaveColumnMapping(ctx context.Context, in bedrail.Scope, m ColumnMapping, entry audit.Entry) error
	// RemoveColumnMapping removes a mapping, or returns a NotFound error.
	RemoveColumnMapping(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error
	// ImportRecords returns the lists that were taken in, newest first.
	ImportRecords(ctx context.Context, in bedrail.Scope) ([]ImportRecord, error)
	// ImportRecord returns the record of an import, or a NotFound error.
	ImportRecord(ctx context.Context, in bedrail.Scope, id string) (ImportRecord, error)
	// SaveImportRecord keeps the record of an import that is under way or done, with
	// entry, or does neither.
	SaveImportRecord(ctx context.Context, in bedrail.Scope, record ImportRecord, entry audit.Entry) error
	// WrittenBack returns what the maintenance system was told of devices
	// within in, newest first.
	WrittenBack(ctx context.Context, in bedrail.Scope) ([]Sent, error)
	// SaveWrittenBack notes that one thing was sent.
	SaveWrittenBack(ctx context.Context, in bedrail.Scope, s Sent, entry audit.Entry) error
	// Models counts the devices within in by maker, model and version.
	Models(ctx context.Context, in bedrail.Scope) ([]ModelCount, error)
}

// A State is all that fusion knows of one tenant.
type State struct {
	Sightings []Sighting
	Links     []Link
	Known     map[string]string   // merge key to device id
	Devices   map[string]Revision // by id
	Applied   map[string]Position // by stream
	Places    []Place             // the hospital's own list
}

// A Revision is a device as it was last stored.
type Revision struct {
	Number int64
	Device *Device // not to be changed
}

// A Position is a place in a stream of batches. The zero Position is none: a
// batch that comes from nowhere is always applied.
type Position struct {
	Stream string
	Epoch  string // changes when a stream is made anew and counts from 1 again
	Seq    uint64

	// Of what a remote sensor said: its name, and its own numbering, in which
	// what comes twice by whatever way is known, and what is missing.
	Sensor      string
	Run, Number uint32
}

// OfSensor is the place in the sensor's own numbering, as a position in a
// stream of the sensor: runs follow one another, and each counts from 1.
func (p Position) OfSensor() Position {
	return Position{Stream: SensorStream(p.Sensor), Seq: uint64(p.Run)<<32 | uint64(p.Number)}
}

// SensorStream is the stream under which the position of a remote sensor is
// kept.
func SensorStream(sensor string) string { return "sensor/" + sensor }

// A Delta is what one act changes.
type Delta struct {
	At            Position
	Sightings     []Sighting
	Forgotten     []SightingKey
	Devices       []Kept
	Gone          []string
	Became        map[string]string // of Gone: the device that each is now part of
	Links         []Link
	Events        []Event
	Conversations []traffic.Conversation
	Uses          []DeviceUse
	Coverage      *traffic.Coverage
	Places        []Place
	GonePlaces    []string      // ids
	Imported      *ImportRecord // a list that was taken in
	Unimported    *ImportRecord // and one that was taken back
	Gaps          []traffic.Gap
	Health        *traffic.Health // of a remote sensor
	Site, Sensor  string          // of Coverage, Gaps and Health
	Overheard     []traffic.Overheard

	uses   []useSeen // until it is known of which device
	Batch  string    // a change of many devices, and what they were before
	Before []BulkBefore
}

// A Kept is a device with the keys that lead to it.
type Kept struct {
	Device
	Keys []string
}

// An Event is something that happened to a device.
type Event struct {
	Device string    `json:"-"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"` // listed, seen, identified, software, posture, attached, moved, address, conflict, merged, split, corrected, tagged
	Saying
	By string `json:"by,omitempty"`
}

// A DeviceChanged says that a device is new, differs from before, or is no
// more.
type DeviceChanged struct {
	Tenant  string
	ID      string
	Version int64
	Gone    bool
	Device  Device // as it is now; as it was last when it is no more
	Numbers Numbers
	// Left is where it stood before, when that differs: who watches that
	// place hears of it too.
	Left *Location
	// Matter is true when what advisories are matched by differs: maker,
	// model, software, operating system, serial number.
	Matter bool
}

// A Registry is the hospital's list of devices, kept current by what is seen
// and by what persons say.
type Registry struct {
	Store Store
	Auth  bedrail.Authorizer
	Clock bedrail.Clock
	Rules *rule.Pack // nil is the built-in pack
	// Calibration gives the values of devices that are read their shares; nil
	// gives none.
	Calibration *Calibration
	// Outbox carries what the maintenance system is told; nil carries nothing.
	Outbox Outbox
	// Changed is called after each commit, in order; it must not wait. It may
	// be nil.
	Changed func(ctx context.Context, changes []DeviceChanged)
	// Conversed hears of the conversations of each batch after its commit,
	// once. May be nil.
	Conversed func(conversations []traffic.Conversation)
	// Overheard hears of what was overheard of each batch after its commit,
	// once. May be nil.
	Overheard func(heard []traffic.Overheard)

	mu      sync.Mutex // guards tenants and all they hold; held over a commit, so that commits and memory agree in order
	tenants map[string]*tenantState
}

type tenantState struct {
	fuser   Fuser
	devices map[string]Revision
	applied map[string]Position
}

// load returns the state of tenant, read from the store at first use.
func (r *Registry) load(ctx context.Context, tenant string) (*tenantState, error) {
	if t := r.tenants[tenant]; t != nil {
		return t, nil
	}
	s, err := r.Store.AssetState(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("loading what is known of devices: %w", err)
	}
	t := &tenantState{devices: s.Devices, applied: s.Applied}
	if t.devices == nil {
		t.devices = map[string]Revision{}
	}
	if t.applied == nil {
		t.applied = map[string]Position{}
	}
	t.fuser.Rules = r.Rules
	t.fuser.restore(s)
	t.share()
	if r.tenants == nil {
		r.tenants = map[string]*tenantState{}
	}
	r.tenants[tenant] = t
	return t, nil
}

// seenAs reports whether both were seen and told of at the same times. What was
// captured long ago may come late, and then only the first time moves.
func (d *Device) seenAs(o *Device) bool {
	return d.FirstSeen.Equal(o.FirstSeen) && d.KnownSince.Equal(o.KnownSince) && d.LastSeen.Equal(o.LastSeen) && slices.EqualFunc(d.Reports, o.Reports, Report.equal)
}

// share lets what was read of a device and what was computed of it be one,
// where they say the same.
func (t *tenantState) share() {
	for id, rev := range t.devices {
		if d := t.fuser.devices[id]; d != nil && d.seenAs(rev.Device) && d.says() == rev.Device.says() {
			t.devices[id] = Revision{rev.Number, d}
		}
	}
	for id := range t.fuser.members {
		t.fuser.letGo([]string{id})
	}
}

// Position returns how far the record has read a stream. The product itself
// asks, when it starts.
func (r *Registry) Position(ctx context.Context, tenant, stream string) (Position, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, tenant)
	if err != nil {
		return Position{}, err
	}
	return t.applied[stream], nil
}

// Each calls fn for every device of tenant, in the order of their names. The
// product itself asks, when it starts.
func (r *Registry) Each(ctx context.Context, tenant string, fn func(Device)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, tenant)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(t.devices)) {
		fn(*t.devices[id].Device)
	}
	return nil
}

// Apply takes a batch from at into the record, with everything that follows
// from it, in one transaction. A batch that was applied before changes
// nothing, so a stream may deliver it again.
func (r *Registry) Apply(ctx context.Context, by bedrail.Actor, b traffic.Batch, at Position) error {
	if err := r.Auth.Authorize(ctx, by, ImportCapture, bedrail.Resource{Type: "capture", Site: b.Site}); err != nil {
		return err
	}
	d := Delta{At: at, Conversations: b.Conversations, Coverage: b.Coverage, Gaps: b.Gaps, Health: b.Health, Site: b.Site, Sensor: b.Sensor, Overheard: b.Overheard}
	return r.change(ctx, by, &d, "device:identify", nil, func(f *Fuser) error {
		for _, o := range b.Observations {
			if o.Site == "" {
				o.Site = b.Site
			}
			if o.Sensor == "" {
				o.Sensor = b.Sensor
			}
			f.Observe(o)
			if o.Use != "" {
				d.uses = append(d.uses, useSeen{f.place(&o), o.Time, o.Use})
			}
		}
		f.bindTalks(b.Conversations, b.Site)
		return nil
	})
}

// change runs act on the fuser of by's tenant and commits what follows from
// it. entry is nil for what the product does by itself: then one is written
// only when devices became known or identified.
func (r *Registry) change(ctx context.Context, by bedrail.Actor, d *Delta, did bedrail.Action, entry *audit.Entry, act func(*Fuser) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	tenant := by.Scope.Tenant
	t, err := r.load(ctx, tenant)
	if err != nil {
		return err
	}
	if t.has(d.At) || d.At.Sensor != "" && t.has(d.At.OfSensor()) {
		return nil
	}
	if err := act(&t.fuser); err != nil {
		if t.fuser.begun() {
			delete(r.tenants, tenant) // memory holds half of it: read the record again
		}
		return err
	}
	changes := t.delta(tenant, d, r.Clock.Now())
	d.Uses = t.fuser.usesOf(d.uses)
	if entry == nil {
		entry = identifyEntry(by, did, *d)
	}
	fresh, err := r.Store.ApplyAssets(ctx, tenant, *d, entry)
	if err != nil || !fresh {
		delete(r.tenants, tenant) // memory is ahead of the record: read it again
		return err
	}
	if d.At.Stream != "" {
		t.applied[d.At.Stream] = d.At
	}
	if d.At.Sensor != "" {
		p := d.At.OfSensor()
		t.applied[p.Stream] = p
	}
	if r.Changed != nil && len(changes) > 0 {
		r.Changed(ctx, changes)
	}
	if r.Conversed != nil && len(d.Conversations) > 0 {
		r.Conversed(d.Conversations)
	}
	if r.Overheard != nil && len(d.Overheard) > 0 {
		r.Overheard(d.Overheard)
	}
	return nil
}

// has reports whether the record holds what is at p.
func (t *tenantState) has(p Position) bool {
	at, ok := t.applied[p.Stream]
	return ok && p.Stream != "" && at.Epoch == p.Epoch && p.Seq <= at.Seq
}

// identifyEntry is the audit entry of a batch: only when somebody new came or
// somebody became known.
func identifyEntry(by bedrail.Actor, did bedrail.Action, d Delta) *audit.Entry {
	seen, identified, to := 0, 0, ""
	for _, e := range d.Events {
		switch e.Kind {
		case "listed", "seen":
			seen++
		case "identified":
			identified++
		default:
			continue
		}
		if to == "" || e.Device == to {
			to = e.Device
		} else {
			to = "devices"
		}
	}
	if seen+identified == 0 {
		return nil
	}
	return &audit.Entry{By: by, Did: did, To: to, Note: fmt.Sprintf("%d new, %d identified", seen, identified)}
}

// delta adds to d what the fuser's devices have become.
func (t *tenantState) delta(tenant string, d *Delta, now time.Time) []DeviceChanged {
	changed, gone := t.fuser.changes()
	for s := range t.fuser.touched {
		if t.fuser.sightings[s.Key] == s {
			d.Sightings = append(d.Sightings, *s)
		} else {
			d.Forgotten = append(d.Forgotten, s.Key)
		}
	}
	sortSightings(d.Sightings)
	again := map[string]time.Time{}
	for _, id := range changed {
		if rev, had := t.devices[id]; had && !rev.Device.Rhythm.Heard.IsZero() {
			again[id] = t.fuser.heardAgain(id, rev.Device.Rhythm.Heard)
		}
	}
	t.fuser.flushed()
	d.Links, t.fuser.relinked = t.fuser.relinked, nil
	var out []DeviceChanged
	for _, id := range changed {
		dev := *t.fuser.devices[id]
		rev, had := t.devices[id]
		before := Device{}
		if had {
			before = *rev.Device
		}
		same := had && before.says() == dev.says()
		if same && before.seenAs(&dev) && before.Rhythm.Heard.Equal(dev.Rhythm.Heard) && before.Rhythm.Silence == dev.Rhythm.Silence {
			continue
		}
		dev.Version = rev.Number
		d.Events = append(d.Events, backAgain(before, id, again[id])...)
		if !same {
			dev.Version++
			c := DeviceChanged{Tenant: tenant, ID: id, Version: dev.Version, Device: dev, Numbers: t.fuser.numbersOf(id), Matter: !had || matters(before, dev)}
			if from := before.Location; had && (from.Site != dev.Location.Site || from.Unit != dev.Location.Unit) {
				c.Left = &from
			}
			out = append(out, c)
			d.Events = append(d.Events, eventsOf(before, dev, had, now)...)
		}
		t.fuser.devices[id].Version = dev.Version
		t.devices[id] = Revision{dev.Version, t.fuser.devices[id]}
		d.Devices = append(d.Devices, Kept{dev, t.fuser.keysOf(id)})
	}
	for _, id := range gone {
		if rev, had := t.devices[id]; had { // an address that passed by was never one
			out = append(out, DeviceChanged{Tenant: tenant, ID: id, Gone: true, Device: *rev.Device, Matter: true})
		}
		delete(t.devices, id)
		d.Gone = append(d.Gone, id)
		if heir := t.fuser.became[id]; heir != "" {
			if d.Became == nil {
				d.Became = map[string]string{}
			}
			d.Became[id] = heir
		}
		delete(t.fuser.became, id)
	}
	t.fuser.letGo(changed)
	return out
}
