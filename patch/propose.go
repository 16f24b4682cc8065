package patch

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
	"bedrail/format/mds2"
	"bedrail/format/query"
	"bedrail/vuln"
)

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
	Hands    int     // devices that the hospital's technicians can work on at once; 0 is as many as there are
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
	if a.Days < 1 || a.Days > 180 || a.Hours < 1 || a.Hours > 72 || a.WorkFrom < 0 || a.WorkTo > 24 || a.WorkTo <= a.WorkFrom || a.Keep < 0 || a.Keep > 1 || a.Hands < 0 || a.Hands > 10_000 {
		return Rules{}, bedrail.Errorf(bedrail.Invalid, "plan for 1 to 180 days, with devices out for 1 to 72 hours, in working hours between 0 and 24, a share that stays between 0 and 1, and technicians for 0 (no limit) to 10000 devices at once")
	}
	if a.Hours > a.WorkTo-a.WorkFrom && a.WorkTo < 24 {
		return Rules{}, bedrail.Errorf(bedrail.Invalid, "a device is out for %d hours, which no working day from %d to %d holds; widen the working hours to 24", a.Hours, a.WorkFrom, a.WorkTo)
	}
	return Rules{Zone: zone, From: a.From, Until: a.From.AddDate(0, 0, a.Days), Length: time.Duration(a.Hours) * time.Hour, Before: 7 * 24 * time.Hour, WorkFrom: a.WorkFrom, WorkUntil: a.WorkTo, Weekends: a.Weekends, Hands: a.Hands}, nil
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
	// What is planned anew does not stand in its own way.
	firm := slices.DeleteFunc(slices.Clone(known), func(o Order) bool {
		return o.Stage == Proposed && s.needs[needKey{o.Model.Manufacturer, o.Model.Model, o.Model.Version, o.Site, o.Unit}] != nil
	})
	for _, key := range s.order {
		old := find(known, s.needs[key].model, key.site, key.unit)
		if old != nil && old.Stage != Proposed && old.Stage != Cancelled {
			out = append(out, *old)
			continue
		}
		o, err := p.orderOf(ctx, by, s, key, rules, a.Keep, append(slices.Clone(firm), fresh...))
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
		p.watch(append(slices.Clone(known), fresh...))
	}
	out = append(out, fresh...)
	sortOrders(out)
	return out, nil
}

func find(orders []Order, m asset.ModelKey, site, unit string) *Order {
	for i := range orders {
		if o := &orders[i]; o.Model.Fold() == m.Fold() && o.Site == site && o.Unit == unit && o.Stage != Cancelled {
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
	filter, err := query.Parse("status:affected kind:weakness")
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
				weak[f.Model.Fold()] = append(weak[f.Model.Fold()], f)
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
	found := weak[model.Fold()]
	if len(found) == 0 || !in.Admits(l.Site, l.Unit) || a.Site != "" && a.Site != l.Site || a.Unit != "" && a.Unit != l.Unit {
		return
	}
	folded := model.Fold()
	key := needKey{folded.Manufacturer, folded.Model, folded.Version, l.Site, l.Unit}
	if s.needs[key] == nil {
		s.needs[key] = &need{model: found[0].Model, findings: found, class: class}
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
		rules.beside(&o, &other)
	}
	proposal := Propose(g, rules)
	o.Windows, o.Spare, o.Left, o.Why = proposal.Windows, proposal.Spare, proposal.Left, proposal.Why
	return o, nil
}

// beside takes into account what another order has planned: devices of the same
// unit that are out, loaners that are lent, technicians that are busy.
func (r *Rules) beside(o, other *Order) {
	if other.Stage != Proposed && other.Stage != Booked {
		return
	}
	same := other.Class == o.Class
	switch {
	case same && other.Site == o.Site && other.Unit == o.Unit && other.Model != o.Model:
		r.Taken = append(r.Taken, other.Windows...)
	case same:
		r.Lent = append(r.Lent, other.Windows...)
	}
	if o.Means != ByVendor && other.Means != ByVendor { // the maker brings its own people
		r.Busy = append(r.Busy, other.Windows...)
	}
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

// measure looks at how much the devices were used: by their own messages where
// they tell what they are doing, else by how much they say.
func (p *Planner) measure(ctx context.Context, by bedrail.Actor, machines []Machine) error {
	if p.Meter == nil {
		return nil
	}
	ids := make([]string, len(machines))
	for i, m := range machines {
		ids[i] = m.ID
	}
	in := bedrail.Scope{Tenant: by.Scope.Tenant}
	until := p.Clock.Now().Truncate(time.Hour)
	said, worked := map[string][]Hour{}, map[string][]time.Time{}
	err := p.Meter.HoursOf(ctx, in, ids, until.Add(-measured), func(device string, h Hour) { said[device] = append(said[device], h) })
	if err == nil {
		err = p.Meter.WorkOf(ctx, in, ids, until.Add(-measured), func(device string, hour time.Time, _ int) { worked[device] = append(worked[device], hour) })
	}
	if err != nil {
		return fmt.Errorf("measuring the use of devices: %w", err)
	}
	for i := range machines {
		m := &machines[i]
		spoke, work := said[m.ID], worked[m.ID]
		if len(spoke)+len(work) == 0 {
			continue
		}
		from := until
		for _, h := range spoke {
			from = earlier(from, h.At)
		}
		for _, h := range work {
			from = earlier(from, h)
		}
		if len(work) > 0 {
			m.Hours, m.Source = AtWork(work, from, until, p.Zone), ByMessages
		} else {
			m.Hours, m.Source = InUse(spoke, from, until, p.Zone), ByVolume
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
