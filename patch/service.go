package patch

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/mds2"
	"bedrail/sbom"
	"bedrail/vuln"
)

// What an actor may do about patches.
const (
	Read              bedrail.Action = "patch:read"
	Plan              bedrail.Action = "patch:plan" // propose, cancel, say that it is done, except
	AgreeIT           bedrail.Action = "patch:agree-it"
	AgreeEngineering  bedrail.Action = "patch:agree-engineering"
	AgreeUnit         bedrail.Action = "patch:agree-unit"
	ImportMaintenance bedrail.Action = "maintenance:import"
	Followed          bedrail.Action = "patch:followed" // done by the product itself
)

// A Calendar is an address under which the plan of a unit can be subscribed
// to. Its secret is shown once; the store keeps its hash.
type Calendar struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Site string    `json:"site"`
	Unit string    `json:"unit"`
	Hash string    `json:"-"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// A Store remembers orders, maintenance and calendars. Each method is one
// transaction.
type Store interface {
	// Orders returns every order within in.
	Orders(ctx context.Context, in bedrail.Scope) ([]Order, error)
	// SaveOrders replaces each order whose version is still what it says (0:
	// there was none) and raises it by one; else it is a Conflict and nothing
	// is changed.
	SaveOrders(ctx context.Context, in bedrail.Scope, orders []Order, entry audit.Entry) error
	// Maintenance returns every line of the maintenance plan.
	Maintenance(ctx context.Context, in bedrail.Scope) ([]Maintenance, error)
	// SaveMaintenance keeps lines, each in place of the one of its device.
	SaveMaintenance(ctx context.Context, in bedrail.Scope, rows []Maintenance, entry audit.Entry) error
	// Calendars returns every calendar address, without its secret.
	Calendars(ctx context.Context, in bedrail.Scope) ([]Calendar, error)
	// CalendarByHash returns the calendar with the hash of a secret, or a
	// NotFound error.
	CalendarByHash(ctx context.Context, in bedrail.Scope, hash string) (Calendar, error)
	// SaveCalendar keeps a calendar address.
	SaveCalendar(ctx context.Context, in bedrail.Scope, c Calendar, entry audit.Entry) error
	// RemoveCalendar ends a calendar address.
	RemoveCalendar(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error
}

// A Planner proposes when devices are mended, and follows whether they were.
type Planner struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Tenant string
	Zone   *time.Location // of the hospital; nil is UTC
	Board  *vuln.Board
	Meter  Meter
	// Devices calls fn for every device of the tenant.
	Devices func(ctx context.Context, fn func(asset.Device)) error
	// SheetOf returns the maker's statement about a model, or nil.
	SheetOf func(ctx context.Context, key asset.ModelKey) (*mds2.Sheet, error)
	// Bills returns the bills of a model, of every version. May be nil.
	Bills func(ctx context.Context, manufacturer, model string) ([]sbom.Summary, error)
	// Changed hears of an order that became another by what was seen. May be nil.
	Changed func(ctx context.Context, was, is Order)

	waits atomic.Pointer[map[string]string] // devices of open orders, by the version that is to go; rebuilt by Follow
}

// ImportSchedule takes in a list of maintenance and loaners.
func (p *Planner) ImportSchedule(ctx context.Context, by bedrail.Actor, name string, src io.Reader, dry bool) (Schedule, error) {
	if err := p.Auth.Authorize(ctx, by, ImportMaintenance, bedrail.Resource{Type: "maintenance"}); err != nil {
		return Schedule{}, err
	}
	s, err := ReadSchedule(name, src)
	if err != nil || dry || len(s.Rows) == 0 {
		return s, err
	}
	entry := audit.Entry{By: by, Did: ImportMaintenance, To: s.Rows[0].ID(), Note: fmt.Sprintf("%d lines", len(s.Rows))}
	return s, p.Store.SaveMaintenance(ctx, by.Scope, s.Rows, entry)
}
