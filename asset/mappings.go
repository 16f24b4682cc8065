package asset

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// A ColumnMapping says what the columns of a list mean. It is kept under a
// name, and proposed again for a file with the same headings.
type ColumnMapping struct {
	ID       string            `json:"id"`
	Kind     ListKind          `json:"kind"`
	Name     string            `json:"name"`
	Headings []string          `json:"headings" doc:"Of the file that it was made for"`
	Fields   map[string]string `json:"fields" doc:"Heading to field; - leaves a column out"`
	By       string            `json:"by"`
	At       time.Time         `json:"at"`
}

// Limits on a mapping of columns.
const (
	maxMappings = 200
	maxHeadings = 512
)

// ColumnMappings lists the mappings that are kept, by name.
func (r *Registry) ColumnMappings(ctx context.Context, by bedrail.Actor) ([]ColumnMapping, error) {
	if err := r.Auth.Authorize(ctx, by, ImportDevices, bedrail.Resource{Type: "device"}); err != nil {
		return nil, err
	}
	return r.Store.ColumnMappings(ctx, by.Scope)
}

// SavedMapping returns the fields of a mapping by its name.
func (r *Registry) SavedMapping(ctx context.Context, by bedrail.Actor, kind ListKind, name string) (map[string]string, error) {
	kept, err := r.ColumnMappings(ctx, by)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range kept {
		if m.Kind == kind && strings.EqualFold(m.Name, name) {
			return m.Fields, nil
		}
		names = append(names, m.Name)
	}
	return nil, bedrail.Errorf(bedrail.Invalid, "no mapping of columns is saved as %q; there are: %s", name, strings.Join(names, ", "))
}

// LookAtColumns says what the columns of a list seem to hold, by a mapping that
// was saved for the same headings, else by the words of the headings. Nothing
// is taken in.
func (r *Registry) LookAtColumns(ctx context.Context, by bedrail.Actor, kind ListKind, name string, in io.Reader) (Columns, error) {
	kept, err := r.ColumnMappings(ctx, by)
	if err != nil {
		return Columns{}, err
	}
	c, err := ReadColumns(name, in, kind)
	if err != nil {
		return c, err
	}
	var newest *ColumnMapping
	for i, m := range kept {
		if m.Kind == kind && sameHeadings(m.Headings, c.headings()) && (newest == nil || m.At.After(newest.At)) {
			newest = &kept[i]
		}
	}
	if newest != nil {
		c.apply(*newest)
	}
	return c, nil
}

// SaveColumnMapping keeps a mapping, in place of the one of that name.
func (r *Registry) SaveColumnMapping(ctx context.Context, by bedrail.Actor, m ColumnMapping) (ColumnMapping, error) {
	kept, err := r.ColumnMappings(ctx, by)
	if err != nil {
		return m, err
	}
	if err := m.check(); err != nil {
		return m, err
	}
	m.ID, m.By, m.At = bedrail.NewID("map", r.Clock.Now()), by.Name, r.Clock.Now()
	for _, old := range kept {
		if old.Kind == m.Kind && strings.EqualFold(old.Name, m.Name) {
			m.ID = old.ID
		}
	}
	if len(kept) >= maxMappings {
		return m, bedrail.Errorf(bedrail.Conflict, "%d mappings of columns are kept, which is the most; remove one", maxMappings)
	}
	return m, r.Store.SaveColumnMapping(ctx, by.Scope, m, audit.Entry{By: by, Did: "device:import-mapping", To: m.ID,
		Note: fmt.Sprintf("columns of %s named %s", m.Kind, m.Name)})
}

func (m *ColumnMapping) check() error {
	m.Name = strings.TrimSpace(m.Name)
	switch {
	case m.Kind != DeviceList && m.Kind != PlaceList:
		return bedrail.Errorf(bedrail.Invalid, "a mapping is of a list of kind %s or %s", DeviceList, PlaceList).At("/kind")
	case m.Name == "" || !oneLine(m.Name, maxTagText):
		return bedrail.Errorf(bedrail.Invalid, "the name of a mapping has 1 to %d bytes on one line", maxTagText).At("/name")
	case len(m.Fields) == 0 || len(m.Fields) > maxHeadings || len(m.Headings) > maxHeadings:
		return bedrail.Errorf(bedrail.Invalid, "a mapping names 1 to %d columns", maxHeadings).At("/fields")
	}
	for _, h := range m.Headings {
		if len(h) > maxText {
			return bedrail.Errorf(bedrail.Invalid, "a heading has at most %d bytes", maxText).At("/headings")
		}
	}
	return checkMapping(m.Fields, m.Kind.Fields())
}

// RemoveColumnMapping forgets a mapping.
func (r *Registry) RemoveColumnMapping(ctx context.Context, by bedrail.Actor, id string) error {
	if err := r.Auth.Authorize(ctx, by, ImportDevices, bedrail.Resource{Type: "device"}); err != nil {
		return err
	}
	return r.Store.RemoveColumnMapping(ctx, by.Scope, id, audit.Entry{By: by, Did: "device:import-mapping", To: id, Note: "removed"})
}

// An ImportRecord is one list that was taken in, by which it is taken back.
type ImportRecord struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind" doc:"cmms, leases, locations or cloud"`
	Name     string    `json:"name" doc:"Of the file"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Rows     int       `json:"rows"`
	Exact    int       `json:"exact"`
	Probable int       `json:"probable"`
	Conflict int       `json:"conflict"`
	New      int       `json:"new"`
	Problems int       `json:"problems" doc:"Lines and cells that could not be used"`
	Undone   time.Time `json:"undone,omitzero"`
	UndoneBy string    `json:"undoneBy,omitempty"`
}

// ImportRecords lists what was taken in, newest first.
func (r *Registry) ImportRecords(ctx context.Context, by bedrail.Actor) ([]ImportRecord, error) {
	if err := r.Auth.Authorize(ctx, by, ImportDevices, bedrail.Resource{Type: "device"}); err != nil {
		return nil, err
	}
	return r.Store.ImportRecords(ctx, by.Scope)
}

// record is what is kept of an import.
func (rep ImportReport) record(kind string, by bedrail.Actor, name string, now time.Time) *ImportRecord {
	return &ImportRecord{ID: rep.ID, Kind: kind, Name: clip(name), By: by.Name, At: now, Rows: rep.Rows, Exact: rep.Exact, Probable: rep.Probable, Conflict: rep.Conflict,
		New: rep.New, Problems: len(rep.Problems) + rep.Uncited}
}
