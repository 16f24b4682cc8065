package sbom

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/query"
)

// What an actor may do with bills.
const (
	ReadBills   bedrail.Action = "bill:read"
	ImportBills bedrail.Action = "bill:import"
)

// A Store remembers bills. Each method is one transaction.
type Store interface {
	// SaveBill keeps b as the bill of its model and appends entry, or does
	// neither. The components of equal documents are kept once. fresh is false
	// when the model had this very bill already; then nothing is changed.
	SaveBill(ctx context.Context, in bedrail.Scope, b Bill, entry audit.Entry) (fresh bool, err error)
	// Bill returns the bill named id with its components, also one that another
	// has replaced, or a NotFound error.
	Bill(ctx context.Context, in bedrail.Scope, id string) (Bill, error)
	// BillHistory calls fn for every bill that a maker's model has or had, at any
	// software version, in the order in which they came.
	BillHistory(ctx context.Context, in bedrail.Scope, manufacturer, model string, fn func(Bill) error) error
	// Bills returns one page of bills without their components.
	Bills(ctx context.Context, in bedrail.Scope, req query.Request) (query.Page[Summary], error)
}

// A Summary is a bill without its components.
type Summary struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Model       asset.ModelKey `json:"model"`
	Format      string         `json:"format"`
	SpecVersion string         `json:"specVersion"`
	Components  int            `json:"components"`
	Digest      string         `json:"digest"`
	ImportedAt  string         `json:"importedAt"`
	Quality     Quality        `json:"quality"`
	Warnings    []string       `json:"warnings,omitempty"`
}

// ImportedAtTime is when the bill came in; zero when that cannot be read.
func (s Summary) ImportedAtTime() time.Time {
	t, err := time.Parse(time.RFC3339Nano, s.ImportedAt)
	if err != nil {
		return time.Time{}
	}
	return t
}

// A Shelf takes in bills and gives them out.
type Shelf struct {
	Store Store
	Auth  bedrail.Authorizer
	Clock bedrail.Clock
	// Changed hears of each new bill after it is kept. May be nil.
	Changed func(ctx context.Context, b Bill)
}

// Import reads a bill from src and keeps it as the bill of model. Fields of
// model that are empty are taken from what the bill says it is about; a bill
// that belongs to no model is refused, because it could reach no device.
func (s *Shelf) Import(ctx context.Context, by bedrail.Actor, name string, model asset.ModelKey, src io.Reader) (Bill, error) {
	if err := s.Auth.Authorize(ctx, by, ImportBills, bedrail.Resource{Type: "bill"}); err != nil {
		return Bill{}, err
	}
	b, err := Read(name, src)
	if err != nil {
		return Bill{}, err
	}
	b.Model = asset.ModelKey{
		Manufacturer: cmp.Or(model.Manufacturer, b.Model.Manufacturer), Model: cmp.Or(model.Model, b.Model.Model), Version: cmp.Or(model.Version, b.Model.Version),
	}
	if b.Model.Model == "" || b.Model.Manufacturer == "" {
		return Bill{}, bedrail.Errorf(bedrail.Invalid, "%s does not say which maker's model it is of; give manufacturer, model and version with it", name)
	}
	b.Model.Manufacturer = asset.CanonicalManufacturer(b.Model.Manufacturer)
	b.ID = bedrail.HashID("bill", b.Digest, b.Model.Manufacturer, b.Model.Model, b.Model.Version)
	b.ImportedAt = s.Clock.Now()
	entry := audit.Entry{By: by, Did: ImportBills, To: b.ID, Note: fmt.Sprintf("%s %s %s, %d components", b.Model.Manufacturer, b.Model.Model, b.Model.Version, len(b.Components))}
	fresh, err := s.Store.SaveBill(ctx, by.Scope, b, entry)
	if err != nil {
		return Bill{}, fmt.Errorf("keeping the bill %s: %w", name, err)
	}
	if fresh && s.Changed != nil {
		s.Changed(ctx, b)
	}
	return b, nil
}

// Bills returns one page of bills.
func (s *Shelf) Bills(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[Summary], error) {
	if err := s.Auth.Authorize(ctx, by, ReadBills, bedrail.Resource{Type: "bill"}); err != nil {
		return query.Page[Summary]{}, err
	}
	return s.Store.Bills(ctx, by.Scope, req)
}

// Bill returns one bill with its components.
func (s *Shelf) Bill(ctx context.Context, by bedrail.Actor, id string) (Bill, error) {
	if err := s.Auth.Authorize(ctx, by, ReadBills, bedrail.Resource{Type: "bill", ID: id}); err != nil {
		return Bill{}, err
	}
	return s.Store.Bill(ctx, by.Scope, id)
}
