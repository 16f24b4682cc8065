// Package knowledge answers what the hospital knew on a day: which bills,
// which published records, which statements and decisions, and what followed
// from them. It works the answer out anew from what was known then, so that it
// can be shown that nothing was added afterwards.
package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/sbom"
	"bedrail/vuln"
)

// Read is what an actor asks for.
const Read bedrail.Action = "knowledge:read"

// A Store remembers what was known since when. What it returns of a moment is
// what had been committed by then.
type Store interface {
	// RecordsAsOf calls fn for every published record as it was at a moment.
	RecordsAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(kind vuln.RecordKind, id string, doc []byte) error) error
	// BillsAsOf calls fn for every bill that stood at a moment.
	BillsAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(sbom.Bill) error) error
	// DecisionsAsOf calls fn for every decision as it was at a moment.
	DecisionsAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(vuln.Decision) error) error
	// FeedsAsOf returns how the feeds stood at a moment.
	FeedsAsOf(ctx context.Context, in bedrail.Scope, at time.Time) ([]vuln.Feed, error)
	// EachControl calls fn for every control as it is now.
	EachControl(ctx context.Context, in bedrail.Scope, fn func(vuln.Control) error) error
	// FindingsSeen returns since when each finding is known.
	FindingsSeen(ctx context.Context, in bedrail.Scope) (map[string]time.Time, error)
	// DevicesAsOf calls fn for every device of which something else was known at
	// a moment than now, with what it was; since is from when on that is kept.
	DevicesAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(DeviceThen) error) (since time.Time, err error)
	// DeviceSince returns since when devices are known as they are now, for
	// those that were once known otherwise.
	DeviceSince(ctx context.Context, in bedrail.Scope, ids []string) (map[string]time.Time, error)
	// AuditAsOf returns how many entries the record had at a moment, and the
	// first signed checkpoint that covers them all; none is an empty one.
	AuditAsOf(ctx context.Context, in bedrail.Scope, at time.Time) (entries int64, covers audit.Checkpoint, err error)
	// UnknownBefore counts records of which it is not known since when they
	// are known, because they are older than the keeping of that.
	UnknownBefore(ctx context.Context, in bedrail.Scope) (int, error)
}

// An Ask is a question about a day.
type Ask struct {
	At            time.Time
	Vulnerability string // by any of its names; empty is every one
	Manufacturer  string
	Model         string
	Device        string // identifier of one; empty is every one

	version string // of the software of the device that was asked for
}

// A View is what was known at a moment.
type View struct {
	At         time.Time       `json:"at"`
	Asked      string          `json:"asked"` // in words
	Feeds      []vuln.Feed     `json:"feeds"`
	Records    map[string]int  `json:"records"` // published records by kind
	Bills      []BillKnown     `json:"bills"`
	Decisions  []vuln.Decision `json:"decisions"`
	Findings   []vuln.Finding  `json:"findings"`
	Devices    []DeviceThen    `json:"devices"` // when a device or a model was asked for
	Total      Total           `json:"total"`
	Statements []Statement     `json:"statements"` // what the feeds said, when one weakness was asked for
	Entries    int64           `json:"entries"`    // of the audit record by then
	Checkpoint string          `json:"checkpoint,omitempty"`
	Limits     []string        `json:"limits"` // what this answer cannot say
}

// Total counts, whatever part of it is listed.
type Total struct {
	Bills       int `json:"bills"`
	Decisions   int `json:"decisions"`
	Findings    int `json:"findings"`
	Affected    int `json:"affected"`
	Undecidable int `json:"undecidable"`
	Devices     int `json:"devices"` // devices known by then
}

// A BillKnown is a bill that stood then.
type BillKnown struct {
	ID         string         `json:"id"`
	Model      asset.ModelKey `json:"model"`
	Digest     string         `json:"digest"`
	Components int            `json:"components"`
	ImportedAt time.Time      `json:"importedAt"`
	Replaced   bool           `json:"replaced"` // by a later one, since
}

// A DeviceThen is what was known of a device: an empty word was not known.
type DeviceThen struct {
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	Class           string    `json:"class"`
	Manufacturer    string    `json:"manufacturer"`
	Model           string    `json:"model"`
	SerialNumber    string    `json:"serialNumber"`
	SoftwareVersion string    `json:"softwareVersion"`
	OperatingSystem string    `json:"operatingSystem"`
	Site            string    `json:"site"`
	Building        string    `json:"building,omitempty"`
	Floor           string    `json:"floor,omitempty"`
	Unit            string    `json:"unit"`
	Room            string    `json:"room"`
	Bed             string    `json:"bed"`
	AssetTag        string    `json:"assetTag,omitempty"`
	FirstSeen       time.Time `json:"firstSeen" doc:"When anything spoke of it first, records included"`
	Since           time.Time `json:"since"`          // known so since
	Until           time.Time `json:"until,omitzero"` // known otherwise since; zero: it still is so
}

// A Statement is what a feed said about the weakness that was asked for.
type Statement struct {
	ID        string    `json:"id"`
	Source    string    `json:"source"`
	Feed      string    `json:"feed"`
	Title     string    `json:"title"`
	Published time.Time `json:"published,omitzero"`
	Modified  time.Time `json:"modified,omitzero"`
}

// most is how many rows of a kind a view lists; the totals count them all.
const most = 500

// An Archive answers questions about days.
type Archive struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Tenant string
	// Devices calls fn for every device of the tenant.
	Devices func(ctx context.Context, fn func(asset.Device)) error

	one sync.Mutex // a second board of findings costs memory: one question at a time
}

// AsOf answers what was known at a moment.
func (a *Archive) AsOf(ctx context.Context, by bedrail.Actor, ask Ask) (View, error) {
	if err := a.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "knowledge"}); err != nil {
		return View{}, err
	}
	if ask.At.IsZero() || ask.At.After(a.Clock.Now()) {
		return View{}, bedrail.Errorf(bedrail.Invalid, "ask about a moment that has passed").At("query.day")
	}
	a.one.Lock()
	defer a.one.Unlock()
	v := View{At: ask.At, Records: map[string]int{}, Bills: []BillKnown{}, Decisions: []vuln.Decision{}, Findings: []vuln.Finding{}, Devices: []DeviceThen{}, Statements: []Statement{}, Limits: limits()}
	house, err := a.house(ctx, by, &ask, &v)
	if err != nil {
		return View{}, err
	}
	v.Asked = ask.words()
	past := &then{Store: a.Store, at: ask.At, view: &v, ask: ask}
	board := &vuln.Board{Store: past, Auth: a.Auth, Clock: func() time.Time { return ask.At }, Tenant: a.Tenant, Devices: house}
	if err := board.Load(ctx); err != nil {
		return View{}, fmt.Errorf("working out what was known: %w", err)
	}
	return v, a.fill(ctx, by, ask, board, &v)
}

func limits() []string {
	return []string{
		"Which traffic reached a device is not part of this answer: urgency is worked out as if none had been recorded. Controls are as they are now.",
		"Deliberate silence is not shown: what somebody knew and did not bring in is not in the record.",
	}
}

func (k Ask) words() string {
	text := "everything"
	switch {
	case k.Device != "":
		text = strings.TrimSpace(k.Vulnerability + " device " + k.Device)
	case k.Vulnerability != "" && k.Model != "":
		text = k.Vulnerability + " in " + strings.TrimSpace(k.Manufacturer+" "+k.Model)
	case k.Vulnerability != "":
		text = k.Vulnerability
	case k.Model != "":
		text = strings.TrimSpace(k.Manufacturer + " " + k.Model)
	}
	return text + " at " + k.At.UTC().Format(time.RFC3339)
}

func (a *Archive) fill(ctx context.Context, by bedrail.Actor, ask Ask, board *vuln.Board, v *View) (err error) {
	if v.Feeds, err = a.Store.FeedsAsOf(ctx, by.Scope, ask.At); err != nil {
		return err
	}
	var filter query.Filter
	for field, value := range map[string]string{"vulnerability": ask.Vulnerability, "manufacturer": ask.Manufacturer, "model": ask.Model} {
		if value != "" {
			filter = append(filter, query.Term{Field: field, Op: query.Has, Values: []string{value}})
		}
	}
	if err := v.findings(ctx, by, board, filter, ask); err != nil {
		return err
	}
	if ask.Vulnerability != "" {
		said, err := board.Advisory(ctx, by, ask.Vulnerability)
		if err != nil && bedrail.KindOf(err) != bedrail.NotFound {
			return err
		}
		for _, s := range said {
			v.Statements = append(v.Statements, Statement{ID: s.ID, Source: s.Source, Feed: s.Feed, Title: s.Title, Published: s.Published, Modified: s.Modified})
		}
	}
	entries, covers, err := a.Store.AuditAsOf(ctx, by.Scope, ask.At)
	if err != nil {
		return err
	}
	v.Entries, v.Checkpoint = entries, covers.Note
	unknown, err := a.Store.UnknownBefore(ctx, by.Scope)
	if unknown > 0 {
		v.Limits = append(v.Limits, fmt.Sprintf("Of %d records it is not known since when they are known: they are older than the keeping of that, and count as known.", unknown))
	}
	return err
}

// findings lists and counts the findings of a filter.
func (v *View) findings(ctx context.Context, by bedrail.Actor, board *vuln.Board, filter query.Filter, ask Ask) error {
	if ask.Device != "" {
		return v.findingsOf(ctx, by, board, ask)
	}
	page, err := board.Findings(ctx, by, query.Request{Filter: filter, Limit: most})
	if err != nil {
		return err
	}
	v.Findings, v.Total.Findings = page.Items, page.Total
	for status, n := range map[vuln.Status]*int{vuln.Affected: &v.Total.Affected, vuln.Undecidable: &v.Total.Undecidable} {
		with := append(slices.Clone(filter), query.Term{Field: "status", Op: query.Has, Values: []string{string(status)}})
		some, err := board.Findings(ctx, by, query.Request{Filter: with, Limit: 1})
		if err != nil {
			return err
		}
		*n = some.Total
	}
	return nil
}

// findingsOf lists what one device was exposed to, at the very version that it
// had; a device of which the model was not known was exposed to nothing that
// was known.
func (v *View) findingsOf(ctx context.Context, by bedrail.Actor, board *vuln.Board, ask Ask) error {
	if ask.Model == "" {
		return nil
	}
	all, err := board.OfModel(ctx, by, asset.ModelKey{Manufacturer: ask.Manufacturer, Model: ask.Model, Version: ask.version})
	if err != nil {
		return err
	}
	for _, f := range all {
		if !strings.EqualFold(f.Model.Version, ask.version) || ask.Vulnerability != "" && f.Vulnerability != ask.Vulnerability && !slices.Contains(f.Aliases, ask.Vulnerability) {
			continue
		}
		v.Total.Findings++
		switch f.Status {
		case vuln.Affected:
			v.Total.Affected++
		case vuln.Undecidable:
			v.Total.Undecidable++
		}
		if len(v.Findings) < most {
			v.Findings = append(v.Findings, f)
		}
	}
	return nil
}

// then is the store of a board of findings at a moment. It changes nothing.
type then struct {
	Store
	at   time.Time
	view *View
	ask  Ask
}

func (t *then) EachRecord(ctx context.Context, in bedrail.Scope, fn func(kind vuln.RecordKind, id string, doc []byte) error) error {
	return t.RecordsAsOf(ctx, in, t.at, func(kind vuln.RecordKind, id string, doc []byte) error {
		t.view.Records[string(kind)]++
		return fn(kind, id, doc)
	})
}

func (t *then) EachBill(ctx context.Context, in bedrail.Scope, fn func(sbom.Bill) error) error {
	return t.BillsAsOf(ctx, in, t.at, func(b sbom.Bill) error {
		if t.ask.Model == "" || strings.EqualFold(b.Model.Model, t.ask.Model) {
			t.view.Total.Bills++
			if len(t.view.Bills) < most {
				t.view.Bills = append(t.view.Bills, BillKnown{ID: b.ID, Model: b.Model, Digest: b.Digest, Components: len(b.Components), ImportedAt: b.ImportedAt, Replaced: !b.ReplacedAt.IsZero()})
			}
		}
		return fn(b)
	})
}

func (t *then) EachDecision(ctx context.Context, in bedrail.Scope, fn func(vuln.Decision) error) error {
	return t.DecisionsAsOf(ctx, in, t.at, func(d vuln.Decision) error {
		if (t.ask.Vulnerability == "" || strings.EqualFold(d.Vulnerability, t.ask.Vulnerability)) && (t.ask.Model == "" || d.Model.Model == "" || strings.EqualFold(d.Model.Model, t.ask.Model)) {
			t.view.Total.Decisions++
			if len(t.view.Decisions) < most {
				t.view.Decisions = append(t.view.Decisions, d)
			}
		}
		return fn(d)
	})
}

// EachControl leaves out what was put in place later; what was retired since
// still stood.
func (t *then) EachControl(ctx context.Context, in bedrail.Scope, fn func(vuln.Control) error) error {
	return t.Store.EachControl(ctx, in, func(c vuln.Control) error {
		if c.Since.After(t.at) {
			return nil
		}
		if c.RetiredAt.After(t.at) {
			c.RetiredAt = time.Time{} // it still stood
		}
		return fn(c)
	})
}

// EachTalk says nothing: conversations are summed as they grow old, so that
// they cannot be asked about a moment.
func (t *then) EachTalk(context.Context, bedrail.Scope, time.Time, func(vuln.Talk)) error {
	return nil
}

func (t *then) SaveControl(context.Context, bedrail.Scope, vuln.Control, audit.Entry) error {
	return bedrail.Errorf(bedrail.Denied, "nothing can be put in place in the past")
}

// FindingsSeen leaves out what appeared later.
func (t *then) FindingsSeen(ctx context.Context, in bedrail.Scope) (map[string]time.Time, error) {
	seen, err := t.Store.FindingsSeen(ctx, in)
	for id, at := range seen {
		if at.After(t.at) {
			delete(seen, id)
		}
	}
	return seen, err
}

func (t *then) SaveDecisions(context.Context, bedrail.Scope, []vuln.Decision, audit.Entry) error {
	return bedrail.Errorf(bedrail.Denied, "nothing can be decided in the past")
}

func (t *then) NoteFindings(context.Context, bedrail.Scope, []string, time.Time, audit.Entry) error {
	return nil
}
