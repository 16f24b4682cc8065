package vuln

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
)

// severities in rising order, for comparisons in filters.
var severities = []string{"unknown", "none", "low", "medium", "high", "critical"}

// fields are what findings can be filtered and sorted by.
var fields = map[string]func(*Finding) []string{
	"kind":          func(f *Finding) []string { return []string{f.Kind} },
	"status":        func(f *Finding) []string { return []string{string(f.Status)} },
	"severity":      func(f *Finding) []string { return []string{f.Severity} },
	"score":         func(f *Finding) []string { return []string{strconv.FormatFloat(f.Score, 'f', 1, 64)} },
	"kev":           func(f *Finding) []string { return []string{yesNo(f.KEV)} },
	"vulnerability": func(f *Finding) []string { return append([]string{f.Vulnerability}, f.Aliases...) },
	"model":         func(f *Finding) []string { return []string{f.Model.Model} },
	"manufacturer":  func(f *Finding) []string { return []string{f.Model.Manufacturer} },
	"version":       func(f *Finding) []string { return []string{f.Model.Version} },
	"component":     func(f *Finding) []string { return []string{f.Component.Name} },
	"source":        func(f *Finding) []string { return f.Sources },
	"state":         func(f *Finding) []string { return []string{f.State} },
	"owner":         func(f *Finding) []string { return owner(f) },
	"devices":       func(f *Finding) []string { return []string{strconv.Itoa(f.Devices)} },
	"urgency":       func(f *Finding) []string { return []string{string(f.Urgency)} },
	"rank":          func(f *Finding) []string { return []string{strconv.Itoa(f.Rank)} },
	"unit": func(f *Finding) []string {
		var out []string
		for _, u := range f.Units {
			out = append(out, u.Unit)
		}
		return out
	},
	"site": func(f *Finding) []string {
		var out []string
		for _, u := range f.Units {
			out = append(out, u.Site)
		}
		return out
	},
}

func owner(f *Finding) []string {
	if f.Decision == nil {
		return nil
	}
	return []string{f.Decision.Owner}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Findings returns one page of findings that by may see: worst first unless
// sorted, and those that expose devices before those that expose none.
func (b *Board) Findings(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[Finding], error) {
	page := query.Page[Finding]{Items: []Finding{}}
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return page, err
	}
	if err := b.ensure(ctx); err != nil {
		return page, err
	}
	if err := check(req); err != nil {
		return page, err
	}
	all := b.matching(by.Scope, req.Filter)
	order(all, req.Sort)
	offset := req.Offset
	if req.Cursor != "" {
		var err error
		if offset, err = position(req.Cursor); err != nil {
			return page, err
		}
	}
	limit := req.Limit
	if limit <= 0 || limit > 1000 {
		limit = 50
	}
	page.Total = len(all)
	all = all[min(offset, len(all)):]
	if len(all) > limit {
		all = all[:limit]
		page.Next = base64.RawURLEncoding.EncodeToString([]byte("o" + strconv.Itoa(offset+limit)))
	}
	page.Items = append(page.Items, all...)
	return page, nil
}

func position(cursor string) (int, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(text) > 1 && text[0] == 'o' {
		if n, err := strconv.Atoi(string(text[1:])); err == nil && n >= 0 {
			return n, nil
		}
	}
	return 0, bedrail.Errorf(bedrail.Invalid, "the cursor is not one that this list gave")
}

// check refuses fields and values that the list does not know.
func check(req query.Request) error {
	known := func(name string) error {
		if _, ok := fields[name]; ok {
			return nil
		}
		names := make([]string, 0, len(fields))
		for n := range fields {
			names = append(names, n)
		}
		slices.Sort(names)
		return bedrail.Errorf(bedrail.Invalid, "findings have no field %q; they have %s", name, strings.Join(names, ", "))
	}
	for _, k := range req.Sort {
		if err := known(k.Field); err != nil {
			return err
		}
	}
	for _, t := range req.Filter {
		if t.Field == "" {
			continue
		}
		if err := known(t.Field); err != nil {
			return err
		}
		for _, v := range t.Values {
			if t.Field == "urgency" && Urgency(strings.ToLower(v)).rank() < 0 {
				return bedrail.Errorf(bedrail.Invalid, "%q is no urgency; they are none, defer, scheduled, out-of-cycle and immediate", v)
			}
			if t.Field == "severity" && !slices.Contains(severities, strings.ToLower(v)) {
				return bedrail.Errorf(bedrail.Invalid, "%q is no severity; they are %s", v, strings.Join(severities, ", "))
			}
		}
	}
	return nil
}

func (b *Board) matching(in bedrail.Scope, filter query.Filter) []Finding {
	b.mu.RLock()
	defer b.mu.RUnlock()
	now := b.Clock.Now()
	out := make([]Finding, 0, len(b.findings))
	for _, s := range b.findings {
		f, ok := b.view(s, in, now)
		if ok && !b.left(s) && holdsAll(filter, &f) {
			out = append(out, f)
		}
	}
	for _, s := range b.claims {
		f, ok := b.viewClaim(s, in)
		if ok && holdsAll(filter, &f) {
			out = append(out, f)
		}
	}
	return out
}

// left reports whether every device has left the model and version of a
// finding, by an update or by better knowledge, and no bill speaks of it: then
// it is about nothing that there is. The page of the finding stays.
func (b *Board) left(s *findingState) bool {
	m := b.models[s.model]
	return len(m.devices) == 0 && m.bill == ""
}

func holdsAll(filter query.Filter, f *Finding) bool {
	for _, t := range filter {
		if holdsTerm(t, f) == t.Not {
			return false
		}
	}
	return true
}

func holdsTerm(t query.Term, f *Finding) bool {
	if t.Field == "" {
		text := strings.ToLower(strings.Join([]string{f.Vulnerability, strings.Join(f.Aliases, " "), f.Title, f.Model.Manufacturer, f.Model.Model, f.Component.Name, f.Component.PURL}, " "))
		return slices.ContainsFunc(t.Values, func(v string) bool { return strings.Contains(text, strings.ToLower(v)) })
	}
	have := fields[t.Field](f)
	for _, want := range t.Values {
		some := slices.ContainsFunc(have, func(h string) bool { return compare(t.Field, t.Op, h, want) })
		if t.Op == query.NotEqual {
			some = !slices.ContainsFunc(have, func(h string) bool { return compare(t.Field, query.Has, h, want) })
		}
		if some {
			return true
		}
	}
	return false
}

func compare(field string, op query.Op, have, want string) bool {
	if op == query.Has {
		if stem, ok := strings.CutSuffix(want, "*"); ok {
			return strings.HasPrefix(strings.ToLower(have), strings.ToLower(stem))
		}
		if field == "kev" {
			return have == map[string]string{"true": "yes", "false": "no"}[want] || have == want
		}
		return strings.EqualFold(have, want)
	}
	var d int
	if field == "urgency" {
		d = Urgency(have).rank() - Urgency(strings.ToLower(want)).rank()
	} else if field == "severity" {
		d = slices.Index(severities, have) - slices.Index(severities, strings.ToLower(want))
	} else {
		h, err1 := strconv.ParseFloat(have, 64)
		w, err2 := strconv.ParseFloat(want, 64)
		if err1 != nil || err2 != nil {
			d = cmp.Compare(have, want)
		} else {
			d = cmp.Compare(h, w)
		}
	}
	switch op {
	case query.Less:
		return d < 0
	case query.LessEqual:
		return d <= 0
	case query.Greater:
		return d > 0
	case query.GreaterEqual:
		return d >= 0
	}
	return false
}

// order sorts findings; without keys: those that expose devices first, then by
// rank.
func order(list []Finding, keys []query.SortKey) {
	slices.SortFunc(list, func(p, q Finding) int {
		for _, k := range keys {
			d := compareField(k.Field, &p, &q)
			if k.Desc {
				d = -d
			}
			if d != 0 {
				return d
			}
		}
		return cmp.Or(cmp.Compare(min(q.Devices, 1), min(p.Devices, 1)), cmp.Compare(q.Rank, p.Rank), q.Status.rank()-p.Status.rank(), cmp.Compare(yesNo(q.KEV), yesNo(p.KEV)),
			cmp.Compare(q.Score, p.Score), cmp.Compare(q.Devices, p.Devices), cmp.Compare(p.Vulnerability, q.Vulnerability), cmp.Compare(p.ID, q.ID))
	})
}

func compareField(field string, p, q *Finding) int {
	switch field {
	case "severity":
		return slices.Index(severities, p.Severity) - slices.Index(severities, q.Severity)
	case "score":
		return cmp.Compare(p.Score, q.Score)
	case "devices":
		return cmp.Compare(p.Devices, q.Devices)
	case "rank":
		return cmp.Compare(p.Rank, q.Rank)
	case "urgency":
		return p.Urgency.rank() - q.Urgency.rank()
	case "status":
		return p.Status.rank() - q.Status.rank()
	}
	return cmp.Compare(strings.Join(fields[field](p), " "), strings.Join(fields[field](q), " "))
}

// A ModelPosture is a model at a version with what it is exposed to.
type ModelPosture struct {
	asset.ModelKey
	Devices     int    `json:"devices"`
	Bill        string `json:"bill"`
	Affected    int    `json:"affected"`
	Undecidable int    `json:"undecidable"`
	EndOfLife   string `json:"endOfLife,omitempty"` // the day on which support ends, where a record names the model
}

// Models returns every model with devices that by may see, or with a bill.
func (b *Board) Models(ctx context.Context, by bedrail.Actor) ([]ModelPosture, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "model"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := []ModelPosture{}
	for _, m := range b.models {
		p := ModelPosture{ModelKey: m.key, Bill: m.bill}
		for _, d := range m.devices {
			if by.Scope.Admits(d.device.Location.Site, d.device.Location.Unit) {
				p.Devices++
			}
		}
		if p.Devices == 0 && m.bill == "" || m.key.Model == "" && m.key.Manufacturer == "" {
			continue
		}
		for id := range m.findings {
			switch b.findings[id].finding.Status {
			case Affected:
				p.Affected++
			case Undecidable:
				p.Undecidable++
			}
		}
		if e, ok := b.index.DeviceModel(m.key.Manufacturer, m.key.Model); ok {
			p.EndOfLife = e.Ends
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(p, q ModelPosture) int {
		return cmp.Or(cmp.Compare(p.Manufacturer, q.Manufacturer), cmp.Compare(p.Model, q.Model), cmp.Compare(p.Version, q.Version))
	})
	return out, nil
}

// A Total is the exposure of every device that an actor may see.
type Total struct {
	Affected    int `json:"affected"`
	Undecidable int `json:"undecidable"`
	EndOfLife   int `json:"endOfLife"`
	Recalled    int `json:"recalled" doc:"Devices that a recall names"`
	// RecallUndecidable are those of which it cannot be told.
	RecallUndecidable int         `json:"recallUndecidable" doc:"Devices that a recall may name: their version, lot or serial number is not known, or the recall does not say it"`
	ByUnit            []UnitTotal `json:"byUnit"`
}

// A UnitTotal is the exposure of one unit.
type UnitTotal struct {
	Site        string `json:"site"`
	Unit        string `json:"unit"`
	Devices     int    `json:"devices"`
	Affected    int    `json:"affected"`
	Undecidable int    `json:"undecidable"`
	EndOfLife   int    `json:"endOfLife"`
	Recalled    int    `json:"recalled"`

	RecallUndecidable int `json:"recallUndecidable"`
}

// Summary counts devices by unit. A device whose model or version is not known
// counts as undecidable: nothing is clean that was not asked.
func (b *Board) Summary(ctx context.Context, by bedrail.Actor) (Total, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return Total{}, err
	}
	if err := b.ensure(ctx); err != nil {
		return Total{}, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	status := make([]Status, len(b.models))
	for i, m := range b.models {
		status[i] = b.statusOf(m)
	}
	units := map[[2]string]*UnitTotal{}
	for _, d := range b.devices {
		l := d.device.Location
		if !by.Scope.Admits(l.Site, l.Unit) {
			continue
		}
		place := [2]string{l.Site, l.Unit}
		if units[place] == nil {
			units[place] = &UnitTotal{Site: l.Site, Unit: l.Unit}
		}
		units[place].count(status[d.model], b, d)
	}
	total := Total{ByUnit: []UnitTotal{}}
	for _, u := range units {
		total.Affected += u.Affected
		total.Undecidable += u.Undecidable
		total.EndOfLife += u.EndOfLife
		total.Recalled += u.Recalled
		total.RecallUndecidable += u.RecallUndecidable
		total.ByUnit = append(total.ByUnit, *u)
	}
	slices.SortFunc(total.ByUnit, func(p, q UnitTotal) int { return cmp.Or(cmp.Compare(p.Site, q.Site), cmp.Compare(p.Unit, q.Unit)) })
	return total, nil
}

func (u *UnitTotal) count(s Status, b *Board, d *deviceState) {
	u.Devices++
	switch s {
	case Affected:
		u.Affected++
	case Undecidable:
		u.Undecidable++
	}
	life, recalls := b.lifeOf(d)
	if life != nil && life.Over {
		u.EndOfLife++
	}
	switch {
	case slices.ContainsFunc(recalls, func(r Recall) bool { return r.Status == Affected }):
		u.Recalled++
	case slices.ContainsFunc(recalls, func(r Recall) bool { return r.Status == Undecidable }):
		u.RecallUndecidable++
	}
}

func (b *Board) statusOf(m *modelState) Status {
	best := NotAffected
	for id := range m.findings {
		if s := b.findings[id].finding.Status; s.rank() > best.rank() {
			best = s
		}
	}
	if best == NotAffected && (m.key.Manufacturer == "" || m.key.Model == "" || m.key.Version == "") {
		return Undecidable
	}
	return best
}
