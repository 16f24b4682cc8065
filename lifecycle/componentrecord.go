package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/sbom"
	"bedrail/vuln"
)

// A ComponentRecord is what the hospital holds about a component of software,
// whatever device it is in: a letter of its maker, a page, a contract.
type ComponentRecord struct {
	Name         string    `json:"name"`
	Release      string    `json:"version,omitempty"` // of the component; empty is every one
	EndOfLife    Day       `json:"endOfLife,omitempty"`
	EndOfSupport Day       `json:"endOfSupport,omitempty"`
	Declared     State     `json:"declared,omitempty"` // what is said, where no days are
	Source       string    `json:"source,omitempty"`
	Note         string    `json:"note,omitempty"`
	Rev          int64     `json:"rev"`
	At           time.Time `json:"at,omitzero"`
	By           string    `json:"by,omitempty"`
}

// ID names the record of a component.
func (r ComponentRecord) ID() string { return componentID(r.Name, r.Release) }

func componentID(name, release string) string {
	return bedrail.HashID("cmp", strings.ToLower(name), strings.ToLower(release))
}

// life is the record in the words of a model's.
func (r ComponentRecord) life() Record {
	return Record{Manufacturer: "-", Model: r.Name, EndOfLife: r.EndOfLife, EndOfSupport: r.EndOfSupport, Declared: r.Declared, SupportText: r.Source}
}

// componentRecords finds the record of a component: of its very version before
// one of every version.
type componentRecords map[string]*ComponentRecord

func (m componentRecords) of(name, release string) *ComponentRecord {
	if r := m[componentID(name, release)]; r != nil {
		return r
	}
	return m[componentID(name, "")]
}

// A ComponentStanding is one component in the ledger: where it stands, and in
// what it is.
type ComponentStanding struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
	State   State  `json:"state"`
	Ends    Day    `json:"ends,omitempty"`
	Reason  string `json:"reason"`
	From    string `json:"from" enum:"record,bill,public,nobody" doc:"Who says so"`

	Recorded bool     `json:"recorded"` // the hospital keeps a record of it
	Models   []string `json:"models"`   // that hold it, some
	InModels int      `json:"inModels"` // how many
	Devices  int      `json:"devices"`
}

// maxModelsOfComponent bounds how many models one line names.
const maxModelsOfComponent = 20

func (l *Ledger) componentRecords(ctx context.Context, in bedrail.Scope) (componentRecords, error) {
	list, err := l.Store.ComponentRecords(ctx, in)
	if err != nil {
		return nil, err
	}
	out := componentRecords{}
	for i := range list {
		out[list[i].ID()] = &list[i]
	}
	return out, nil
}

// ComponentStandings returns every component of the bills of models that by may
// see, and every one that has a record, those without support first.
func (l *Ledger) ComponentStandings(ctx context.Context, by bedrail.Actor) ([]ComponentStanding, error) {
	if err := l.may(ctx, by, ReadModels, ""); err != nil {
		return nil, err
	}
	if err := l.Auth.Authorize(ctx, by, sbom.ReadBills, bedrail.Resource{Type: "bill"}); err != nil {
		return nil, err
	}
	uses, err := l.Board.ComponentUses(ctx, by)
	if err != nil {
		return nil, err
	}
	records, err := l.componentRecords(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	now, used := DayOf(l.Clock.Now()), map[string]bool{}
	out := make([]ComponentStanding, 0, len(uses))
	for _, u := range uses {
		r := records.of(u.Component.Name, u.Component.Version)
		if r != nil {
			used[r.ID()] = true
		}
		s := ComponentStanding{ID: bedrail.HashID("cps", u.Component.Name, u.Component.Version, u.Component.PURL, u.Component.CPE), Name: u.Component.Name, Version: u.Component.Version, PURL: u.Component.PURL,
			Recorded: r != nil, Models: []string{}, InModels: len(u.Models), Devices: u.Devices}
		s.stand(ComponentState(u.Component, r, u.Public, now))
		for _, m := range u.Models[:min(len(u.Models), maxModelsOfComponent)] {
			s.Models = append(s.Models, modelName(m))
		}
		out = append(out, s)
	}
	for id, r := range records {
		if !used[id] { // of what no bill holds yet
			s := ComponentStanding{ID: id, Name: r.Name, Version: r.Release, Recorded: true, Models: []string{}}
			s.stand(ComponentState(sbom.Component{Name: r.Name, Version: r.Release}, r, nil, now))
			out = append(out, s)
		}
	}
	order := []State{EndOfSupport, LimitedSupport, Unknown, Development, Support}
	slices.SortFunc(out, func(a, b ComponentStanding) int {
		return cmp.Or(slices.Index(order, a.State)-slices.Index(order, b.State), cmp.Compare(b.Devices, a.Devices), cmp.Compare(b.InModels, a.InModels), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (s *ComponentStanding) stand(l ComponentLife) {
	s.State, s.Ends, s.Reason, s.From = l.State, l.Ends, l.Reason, l.From
}

func modelName(m asset.ModelKey) string {
	return strings.Join(strings.Fields(m.Manufacturer+" "+m.Model+" "+m.Version), " ")
}

// ComponentRecord returns what the hospital holds about a component; one
// without a record gives an empty record of revision 0.
func (l *Ledger) ComponentRecord(ctx context.Context, by bedrail.Actor, name, release string) (ComponentRecord, error) {
	if err := l.may(ctx, by, ReadModels, ""); err != nil {
		return ComponentRecord{}, err
	}
	records, err := l.componentRecords(ctx, by.Scope)
	if err != nil {
		return ComponentRecord{}, err
	}
	if r := records[componentID(name, release)]; r != nil {
		return *r, nil
	}
	return ComponentRecord{Name: name, Release: release}, nil
}

// SaveComponent keeps a record in place of the revision that the asker saw.
func (l *Ledger) SaveComponent(ctx context.Context, by bedrail.Actor, r ComponentRecord) (ComponentRecord, error) {
	if err := l.may(ctx, by, WriteModels, ""); err != nil {
		return ComponentRecord{}, err
	}
	r.Name, r.Release = strings.TrimSpace(r.Name), strings.TrimSpace(r.Release)
	if r.Name == "" {
		return ComponentRecord{}, bedrail.Errorf(bedrail.Invalid, "name the component").At("body.name")
	}
	if err := r.life().check(); err != nil {
		return ComponentRecord{}, err
	}
	r.At, r.By = l.Clock.Now(), by.Name
	state, _ := StateOf(r.life(), DayOf(r.At))
	entry := audit.Entry{By: by, Did: WriteModels, To: r.ID(), Note: fmt.Sprintf("component %s %s: %s", r.Name, r.Release, state)}
	if err := l.Store.SaveComponentRecord(ctx, by.Scope, r, entry); err != nil {
		return ComponentRecord{}, err
	}
	r.Rev++
	return r, nil
}

// stateOf joins a component of a bill with what else is known of it.
func (l *Ledger) stateOf(ctx context.Context, c sbom.Component, records componentRecords, now Day) ComponentLife {
	var public *vuln.EndOfLife
	if e, ok := l.Board.ComponentLife(ctx, c.Name, c.Version); ok && e.Status != vuln.Undecidable {
		public = &e
	}
	return ComponentState(c, records.of(c.Name, c.Version), public, now)
}
