package patch

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/ics"
	"bedrail/format/mds2"
	"bedrail/format/query"
	"bedrail/lifecycle"
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
}

// An Ask says what to plan, and within what.
type Ask struct {
	Model    asset.ModelKey // empty fields are every one
	Site     string
	Unit     string
	From     time.Time // zero is now
	Days     int       // 0 is 28
	Hours    int       // that one device is out for; 0 is 2
	WorkFrom int       // 0 and 0 are 7 to 17
	WorkTo   int
	Weekends bool
	Keep     float64 // share of a unit's devices that stays; 0 is the usual of the class
	Preview  bool
}

// measured is how far back use is looked at: four weeks.
const measured = 28 * 24 * time.Hour

func (a Ask) rules(now time.Time, zone *time.Location) (Rules, error) {
	if a.Days == 0 {
		a.Days = 28
	}
	if a.Hours == 0 {
		a.Hours = 2
	}
	if a.WorkFrom == 0 && a.WorkTo == 0 {
		a.WorkFrom, a.WorkTo = 7, 17
	}
	if a.From.IsZero() || a.From.Before(now) {
		a.From = now
	}
	if a.Days < 1 || a.Days > 180 || a.Hours < 1 || a.Hours > 72 || a.WorkFrom < 0 || a.WorkTo > 24 || a.WorkTo <= a.WorkFrom || a.Keep < 0 || a.Keep > 1 {
		return Rules{}, bedrail.Errorf(bedrail.Invalid, "plan for 1 to 180 days, with devices out for 1 to 72 hours, in working hours between 0 and 24, and a share that stays between 0 and 1")
	}
	if a.Hours > a.WorkTo-a.WorkFrom && a.WorkTo < 24 {
		return Rules{}, bedrail.Errorf(bedrail.Invalid, "a device is out for %d hours, which no working day from %d to %d holds; widen the working hours to 24", a.Hours, a.WorkFrom, a.WorkTo)
	}
	return Rules{Zone: zone, From: a.From, Until: a.From.AddDate(0, 0, a.Days), Length: time.Duration(a.Hours) * time.Hour, Before: 7 * 24 * time.Hour, WorkFrom: a.WorkFrom, WorkUntil: a.WorkTo, Weekends: a.Weekends}, nil
}

// Propose plans the mending of every model that has a weakness, unit by unit.
// What is booked stays as it is; what was only proposed is planned anew.
func (p *Planner) Propose(ctx context.Context, by bedrail.Actor, a Ask) ([]Order, error) {
	if err := p.Auth.Authorize(ctx, by, Plan, bedrail.Resource{Type: "patch", Site: a.Site, Unit: a.Unit}); err != nil {
		return nil, err
	}
	rules, err := a.rules(p.Clock.Now(), p.Zone)
	if err != nil {
		return nil, err
	}
	known, err := p.Store.Orders(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	s, err := p.survey(ctx, by, a)
	if err != nil {
		return nil, err
	}
	out, fresh := []Order{}, []Order{}
	for _, key := range s.order {
		old := find(known, s.needs[key].model, key.site, key.unit)
		if old != nil && old.Stage != Proposed && old.Stage != Cancelled {
			out = append(out, *old)
			continue
		}
		o, err := p.orderOf(ctx, by, s, key, rules, a.Keep, append(slices.Clone(known), fresh...))
		if err != nil {
			return nil, err
		}
		if old != nil {
			o.ID, o.Version, o.OpenedAt, o.OpenedBy = old.ID, old.Version, old.OpenedAt, old.OpenedBy
		}
		fresh = append(fresh, o)
	}
	if !a.Preview && len(fresh) > 0 {
		entry := audit.Entry{By: by, Did: Plan, To: fresh[0].ID, Note: fmt.Sprintf("%d orders proposed", len(fresh))}
		if err := p.Store.SaveOrders(ctx, by.Scope, fresh, entry); err != nil {
			return nil, err
		}
		for i := range fresh {
			fresh[i].Version++
		}
	}
	out = append(out, fresh...)
	sortOrders(out)
	return out, nil
}

func find(orders []Order, m asset.ModelKey, site, unit string) *Order {
	for i := range orders {
		if o := &orders[i]; o.Model == m && o.Site == site && o.Unit == unit && o.Stage != Cancelled {
			return o
		}
	}
	return nil
}

// A need is one model in one unit.
type needKey struct {
	maker, model, version, site, unit string
}

type need struct {
	model    asset.ModelKey
	findings []vuln.Finding
	machines []Machine
	class    string
}

// A survey is what the hospital looks like to a plan.
type survey struct {
	needs     map[needKey]*need
	order     []needKey
	inService map[[3]string]int // by site, unit and class
	loaners   map[string]int    // by class
}

func (p *Planner) survey(ctx context.Context, by bedrail.Actor, a Ask) (*survey, error) {
	s := &survey{needs: map[needKey]*need{}, inService: map[[3]string]int{}, loaners: map[string]int{}}
	filter, err := query.Parse("status:affected")
	if err != nil {
		return nil, err
	}
	weak := map[asset.ModelKey][]vuln.Finding{}
	for offset := 0; ; offset += 1000 {
		page, err := p.Board.Findings(ctx, by, query.Request{Filter: filter, Limit: 1000, Offset: offset})
		if err != nil {
			return nil, err
		}
		for _, f := range page.Items {
			if f.Devices > 0 && matches(a.Model, f.Model) {
				weak[f.Model] = append(weak[f.Model], f)
			}
		}
		if offset+len(page.Items) >= page.Total {
			break
		}
	}
	plan, err := p.plan(ctx, by)
	if err != nil {
		return nil, err
	}
	now := p.Clock.Now()
	err = p.Devices(ctx, func(d asset.Device) { s.add(d, by.Scope, a, weak, plan, now) })
	if err != nil {
		return nil, err
	}
	for tag, m := range plan { // loaners that nobody has seen on the network
		if m.Loaner && !m.seen && strings.HasPrefix(tag, "id:") {
			s.loaners[asset.ClassOfText(m.Class)]++
		}
	}
	slices.SortFunc(s.order, func(p, q needKey) int {
		return cmp.Or(worst(s.needs[q].findings)-worst(s.needs[p].findings), cmp.Compare(p.site, q.site), cmp.Compare(p.unit, q.unit), cmp.Compare(p.maker+p.model+p.version, q.maker+q.model+q.version))
	})
	return s, nil
}

func matches(want, is asset.ModelKey) bool {
	same := func(w, i string) bool { return w == "" || strings.EqualFold(w, i) }
	return same(want.Manufacturer, is.Manufacturer) && same(want.Model, is.Model) && same(want.Version, is.Version)
}

// planned is a line of the maintenance plan, found by tag or serial number.
type planned struct {
	Maintenance
	seen bool
}

func (p *Planner) plan(ctx context.Context, by bedrail.Actor) (map[string]*planned, error) {
	rows, err := p.Store.Maintenance(ctx, bedrail.Scope{Tenant: by.Scope.Tenant})
	if err != nil {
		return nil, err
	}
	out := map[string]*planned{}
	for _, m := range rows {
		one := &planned{Maintenance: m}
		out["id:"+m.ID()] = one
		if m.AssetTag != "" {
			out["tag:"+strings.ToLower(m.AssetTag)] = one
		}
		if m.SerialNumber != "" {
			out["serial:"+strings.ToLower(m.SerialNumber)] = one
		}
	}
	return out, nil
}

func (s *survey) add(d asset.Device, in bedrail.Scope, a Ask, weak map[asset.ModelKey][]vuln.Finding, plan map[string]*planned, now time.Time) {
	class := d.Class.Known()
	line := plan["tag:"+strings.ToLower(d.AssetTag)]
	if line == nil || d.AssetTag == "" {
		line = plan["serial:"+strings.ToLower(d.SerialNumber.Known())]
	}
	if line != nil {
		line.seen = true
		if line.Loaner {
			s.loaners[class]++
			return // it stands in stock
		}
	}
	l := d.Location
	s.inService[[3]string{l.Site, l.Unit, class}]++
	model := vuln.KeyOf(d)
	if len(weak[model]) == 0 || !in.Admits(l.Site, l.Unit) || a.Site != "" && a.Site != l.Site || a.Unit != "" && a.Unit != l.Unit {
		return
	}
	key := needKey{model.Manufacturer, model.Model, model.Version, l.Site, l.Unit}
	if s.needs[key] == nil {
		s.needs[key] = &need{model: model, findings: weak[model], class: class}
		s.order = append(s.order, key)
	}
	m := Machine{ID: d.ID, Name: d.Name(), Version: d.SoftwareVersion.Known(), Tag: d.AssetTag}
	if line != nil {
		m.Due = line.NextDue(now)
	}
	s.needs[key].machines = append(s.needs[key].machines, m)
}

func worst(findings []vuln.Finding) int {
	most := 0
	for _, f := range findings {
		n := slices.Index([]string{"unknown", "none", "low", "medium", "high", "critical"}, f.Severity)
		if f.KEV {
			n += 10
		}
		most = max(most, n)
	}
	return most
}

// orderOf plans one model in one unit.
func (p *Planner) orderOf(ctx context.Context, by bedrail.Actor, s *survey, key needKey, rules Rules, keep float64, others []Order) (Order, error) {
	n := s.needs[key]
	now := p.Clock.Now()
	o := Order{ID: bedrail.NewID("pat", now), Model: n.model, Site: key.site, Unit: key.unit, Class: n.class, Stage: Proposed, Consents: []Consent{}, Weaknesses: []string{}, Windows: []Window{}, Left: []string{}, OpenedBy: by.Name, OpenedAt: now, Severity: "unknown"}
	fixes := o.weigh(n.findings)
	var sheet *mds2.Sheet
	var err error
	if p.SheetOf != nil {
		if sheet, err = p.SheetOf(ctx, n.model); err != nil {
			return o, err
		}
	}
	o.Means, o.MeansReason = MeansOf(sheet, partOf(n.findings))
	for _, m := range n.machines {
		o.Devices = append(o.Devices, Piece{ID: m.ID, Name: m.Name, Was: m.Version})
	}
	if fixes == 0 {
		o.Why = "no feed names a version that mends it: ask the maker, or put a control in its place until a day"
		return o, nil
	}
	g := Group{Site: key.site, Unit: key.unit, Class: n.class, InService: s.inService[[3]string{key.site, key.unit, n.class}], Machines: n.machines, Loaners: s.loaners[n.class], Keep: keep}
	if err := p.measure(ctx, by, g.Machines); err != nil {
		return o, err
	}
	for _, other := range others {
		if other.Site == o.Site && other.Unit == o.Unit && other.Class == o.Class && other.Model != o.Model && (other.Stage == Proposed || other.Stage == Booked) {
			rules.Taken = append(rules.Taken, other.Windows...)
		}
	}
	proposal := Propose(g, rules)
	o.Windows, o.Spare, o.Left, o.Why = proposal.Windows, proposal.Spare, proposal.Left, proposal.Why
	return o, nil
}

// weigh takes over what is to be mended, and returns how many weaknesses have
// a fix.
func (o *Order) weigh(findings []vuln.Finding) (fixes int) {
	targets := map[string]bool{}
	order := []string{"unknown", "none", "low", "medium", "high", "critical"}
	for _, f := range findings {
		o.Weaknesses = append(o.Weaknesses, f.Vulnerability)
		o.KEV = o.KEV || f.KEV
		if slices.Index(order, f.Severity) > slices.Index(order, o.Severity) {
			o.Severity = f.Severity
		}
		if len(f.Fixed) == 0 {
			continue
		}
		fixes++
		if f.Component.Name == "" && len(f.Fixed) == 1 {
			targets[f.Fixed[0]] = true
		}
	}
	slices.Sort(o.Weaknesses)
	if len(targets) == 1 {
		for t := range targets {
			o.Target = t
		}
	}
	return fixes
}

// partOf is the kind of software that is weak: what the maker has to mend
// itself goes first.
func partOf(findings []vuln.Finding) string {
	for _, f := range findings {
		if f.Component.Name == "" {
			return "device"
		}
	}
	for _, f := range findings {
		if f.By == "os" {
			return "operating-system"
		}
	}
	return "library"
}

// measure looks at how much the devices were used.
func (p *Planner) measure(ctx context.Context, by bedrail.Actor, machines []Machine) error {
	if p.Meter == nil {
		return nil
	}
	ids := make([]string, len(machines))
	for i, m := range machines {
		ids[i] = m.ID
	}
	until := p.Clock.Now().Truncate(time.Hour)
	hours := map[string][]Hour{}
	err := p.Meter.HoursOf(ctx, bedrail.Scope{Tenant: by.Scope.Tenant}, ids, until.Add(-measured), func(device string, h Hour) { hours[device] = append(hours[device], h) })
	if err != nil {
		return fmt.Errorf("measuring the use of devices: %w", err)
	}
	for i := range machines {
		list := hours[machines[i].ID]
		if len(list) == 0 {
			continue
		}
		first := list[0].At
		for _, h := range list {
			if h.At.Before(first) {
				first = h.At
			}
		}
		machines[i].Hours = InUse(list, first, until, p.Zone)
	}
	return nil
}

// Orders returns the orders that by may see, the worst first.
func (p *Planner) Orders(ctx context.Context, by bedrail.Actor) ([]Order, error) {
	if err := p.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "patch"}); err != nil {
		return nil, err
	}
	all, err := p.Store.Orders(ctx, by.Scope)
	all = slices.DeleteFunc(all, func(o Order) bool { return !by.Scope.Admits(o.Site, o.Unit) })
	sortOrders(all)
	return all, err
}

func sortOrders(list []Order) {
	severities := []string{"critical", "high", "medium", "low", "none", "unknown"}
	stages := []Stage{Booked, Proposed, Done, Excepted, Verified, Cancelled}
	slices.SortStableFunc(list, func(a, b Order) int {
		kev := 0
		if a.KEV != b.KEV {
			kev = 1
			if a.KEV {
				kev = -1
			}
		}
		return cmp.Or(slices.Index(stages, a.Stage)-slices.Index(stages, b.Stage), kev, slices.Index(severities, a.Severity)-slices.Index(severities, b.Severity), cmp.Compare(a.Site+a.Unit, b.Site+b.Unit), cmp.Compare(a.ID, b.ID))
	})
}

// Order returns one order.
func (p *Planner) Order(ctx context.Context, by bedrail.Actor, id string) (Order, error) {
	all, err := p.Orders(ctx, by)
	if err != nil {
		return Order{}, err
	}
	for _, o := range all {
		if o.ID == id {
			return o, nil
		}
	}
	return Order{}, bedrail.Errorf(bedrail.NotFound, "there is no patch order %s", id)
}

// change reads an order, asks whether by may act on it, lets act change it,
// and keeps it.
func (p *Planner) change(ctx context.Context, by bedrail.Actor, id string, what bedrail.Action, act func(o *Order) (note string, err error)) (Order, error) {
	o, err := p.Order(ctx, by, id)
	if err != nil {
		return o, err
	}
	if err := p.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "patch", ID: id, Site: o.Site, Unit: o.Unit}); err != nil {
		return o, err
	}
	note, err := act(&o)
	if err != nil {
		return o, err
	}
	o.LastActBy, o.LastActAt = by.Name, p.Clock.Now()
	if err := p.Store.SaveOrders(ctx, by.Scope, []Order{o}, audit.Entry{By: by, Did: what, To: id, Note: note}); err != nil {
		return o, err
	}
	o.Version++
	return o, nil
}

// Agree records that a party agrees to an order, or does not. For a unit
// speaks only who has a role in that very unit, or runs Bedrail.
func (p *Planner) Agree(ctx context.Context, by bedrail.Actor, id string, party Party, agree bool, note string) (Order, error) {
	what := map[Party]bedrail.Action{IT: AgreeIT, Engineering: AgreeEngineering, UnitParty: AgreeUnit}[party]
	if what == "" {
		return Order{}, bedrail.Errorf(bedrail.Invalid, "the parties are it, clinical-engineering and unit, not %q", party)
	}
	owner, _, _ := strings.Cut(by.Name, "/") // of a token, its owner
	return p.change(ctx, by, id, what, func(o *Order) (string, error) {
		if party == UnitParty && !slices.ContainsFunc(by.Grants, func(g bedrail.Grant) bool { return g.Unit == o.Unit && g.Unit != "" || g.Role == "administrator" }) {
			return "", bedrail.Errorf(bedrail.Denied, "for the unit %s agrees who has a role in that unit", o.Unit)
		}
		word := map[bool]string{true: "agrees", false: "does not agree"}[agree]
		return string(party) + " " + word, o.consent(Consent{Party: party, Agree: agree, By: owner, At: p.Clock.Now(), Note: strings.TrimSpace(note)})
	})
}

// Except puts a control in the place of a patch until a day.
func (p *Planner) Except(ctx context.Context, by bedrail.Actor, id, reason, control string, expires lifecycle.Day) (Order, error) {
	return p.change(ctx, by, id, Plan, func(o *Order) (string, error) {
		now := p.Clock.Now()
		return "exception until " + string(expires), o.except(Exception{Reason: strings.TrimSpace(reason), Control: strings.TrimSpace(control), Expires: expires, By: by.Name, At: now}, now)
	})
}

// Set says that an order was carried out, or is cancelled.
func (p *Planner) Set(ctx context.Context, by bedrail.Actor, id string, stage Stage) (Order, error) {
	return p.change(ctx, by, id, Plan, func(o *Order) (string, error) {
		switch {
		case stage == Done && o.Stage != Booked:
			return "", bedrail.Errorf(bedrail.Conflict, "only what was booked can be done; the order is %s", o.Stage)
		case stage != Done && stage != Cancelled:
			return "", bedrail.Errorf(bedrail.Invalid, "an order can be set to done or cancelled; verified is what Bedrail sees for itself")
		}
		o.Stage = stage
		return string(stage), nil
	})
}

// Follow looks at every device of an open order, and notes what is seen: a
// new version, an exception that has ended, a window that passed in vain.
func (p *Planner) Follow(ctx context.Context) (changed int, err error) {
	by := bedrail.SystemActor("patch", p.Tenant)
	orders, err := p.Store.Orders(ctx, by.Scope)
	if err != nil || len(orders) == 0 {
		return 0, err
	}
	found := map[string]Sight{}
	err = p.Devices(ctx, func(d asset.Device) {
		s := Sight{Version: d.SoftwareVersion.Known()}
		if len(d.SoftwareVersion.Evidence) > 0 {
			s.Source = d.SoftwareVersion.Evidence[0].Source
		}
		found[d.ID] = s
	})
	if err != nil {
		return 0, err
	}
	now := p.Clock.Now()
	var fresh []Order
	for _, o := range orders {
		if next, differs := o.Look(found, now); differs {
			fresh = append(fresh, next)
		}
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	entry := audit.Entry{By: by, Did: Followed, To: fresh[0].ID, Note: fmt.Sprintf("%d orders: devices seen at another version, exceptions ended, or windows passed", len(fresh))}
	return len(fresh), p.Store.SaveOrders(ctx, by.Scope, fresh, entry)
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

// OpenCalendar makes an address under which the plan can be subscribed to. An
// empty unit is every unit that by may see.
func (p *Planner) OpenCalendar(ctx context.Context, by bedrail.Actor, name, site, unit string) (Calendar, string, error) {
	if err := p.Auth.Authorize(ctx, by, Plan, bedrail.Resource{Type: "patch", Site: site, Unit: unit}); err != nil {
		return Calendar{}, "", err
	}
	var raw [24]byte
	rand.Read(raw[:])
	secret := base64.RawURLEncoding.EncodeToString(raw[:])
	now := p.Clock.Now()
	c := Calendar{ID: bedrail.NewID("cal", now), Name: cmp.Or(strings.TrimSpace(name), "Patches"), Site: site, Unit: unit, Hash: hashOf(secret), By: by.Name, At: now}
	return c, secret, p.Store.SaveCalendar(ctx, by.Scope, c, audit.Entry{By: by, Did: Plan, To: c.ID, Note: "calendar address for " + cmp.Or(unit, "every unit")})
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Calendars returns the calendar addresses.
func (p *Planner) Calendars(ctx context.Context, by bedrail.Actor) ([]Calendar, error) {
	if err := p.Auth.Authorize(ctx, by, Plan, bedrail.Resource{Type: "patch"}); err != nil {
		return nil, err
	}
	return p.Store.Calendars(ctx, by.Scope)
}

// CloseCalendar ends an address.
func (p *Planner) CloseCalendar(ctx context.Context, by bedrail.Actor, id string) error {
	if err := p.Auth.Authorize(ctx, by, Plan, bedrail.Resource{Type: "patch"}); err != nil {
		return err
	}
	return p.Store.RemoveCalendar(ctx, by.Scope, id, audit.Entry{By: by, Did: Plan, To: id, Note: "calendar address ended"})
}

// Feed writes the calendar of a secret. It names models, units and counts, and
// nothing about weaknesses: the address may lie in many inboxes.
func (p *Planner) Feed(ctx context.Context, secret string, w io.Writer) error {
	in := bedrail.Scope{Tenant: p.Tenant}
	c, err := p.Store.CalendarByHash(ctx, in, hashOf(secret))
	if err != nil {
		return err
	}
	orders, err := p.Store.Orders(ctx, in)
	if err != nil {
		return err
	}
	sortOrders(orders)
	out := ics.Calendar{Name: c.Name, Maker: "Bedrail"}
	for _, o := range orders {
		if c.Site != "" && o.Site != c.Site || c.Unit != "" && o.Unit != c.Unit {
			continue
		}
		out.Events = append(out.Events, o.events()...)
	}
	return out.Write(w)
}

func (o Order) events() (out []ics.Event) {
	status := "TENTATIVE"
	switch o.Stage {
	case Booked, Done, Verified:
		status = "CONFIRMED"
	case Cancelled, Excepted:
		status = "CANCELLED"
	}
	for i, w := range o.Windows {
		stamp := o.LastActAt
		if stamp.IsZero() {
			stamp = o.OpenedAt
		}
		out = append(out, ics.Event{UID: fmt.Sprintf("%s-%d@bedrail", o.ID, i), From: w.From, Until: w.Until, Stamp: stamp, Sequence: o.Version, Title: o.title(), Text: w.Explained + "\nMeans: " + string(o.Means), Place: o.Unit, Status: status, Categories: []string{"patch"}})
	}
	return out
}
