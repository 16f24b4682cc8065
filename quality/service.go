package quality

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

// A Service answers questions about quality.
type Service struct {
	Store Store
	Watch *Watch
	Auth  bedrail.Authorizer
	Clock bedrail.Clock
	// Advices tells what doors see on the wire, by channel. It may be nil.
	Advices func(ctx context.Context, by bedrail.Actor) ([]WireAdvice, error)
	// Channels tells which feeds there are.
	Channels func(ctx context.Context, by bedrail.Actor) ([]exchange.ChannelStatus, error)
}

// A WireAdvice is what a door sees of how a peer speaks, with its mend.
type WireAdvice struct {
	Channel string `json:"channel"`
	Way     string `json:"way" doc:"source, or the name of a destination"`
	exchange.Advice
}

// A Row is one series on the board.
type Row struct {
	Series
	State  string  `json:"state" enum:"good,watch,bad" doc:"bad: silent, or an objective is spent; watch: an alert is open"`
	Alerts int     `json:"alerts" doc:"Open ones"`
	Today  Counts  `json:"today" doc:"Of the last 24 hours"`
	Worst  *Budget `json:"worst,omitempty" doc:"The objective with the least left"`
	Spark  []int64 `json:"spark" doc:"Messages by hour, the last 24, oldest first"`
}

// A Detail is one series with its hours, objectives and alerts.
type Detail struct {
	Row
	Hours    []Bucket         `json:"hours"`
	Budgets  []Budget         `json:"budgets"`
	Open     []Alert          `json:"open"`
	Measures []MeasureSummary `json:"measures"`
}

// A MeasureSummary says of one measured thing how often it is there.
type MeasureSummary struct {
	Code    string  `json:"code"`
	Seen    int64   `json:"seen"`
	Present float64 `json:"present"`
}

const sparkHours = 24

// Board returns every series that by may see: those that channels carry before
// those that are only overheard, the worst first.
func (s *Service) Board(ctx context.Context, by bedrail.Actor) ([]Row, error) {
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "quality"}); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	hours, err := s.hours(ctx, by.Scope, nil, now)
	if err != nil {
		return nil, err
	}
	objectives, err := s.objectives(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	states, open := s.Watch.look()
	rows := []Row{}
	for _, st := range states {
		if !by.Scope.Admits(st.Site, st.Unit) {
			continue
		}
		row, _ := rowOf(st.Series, hours[st.ID], objectives, open, now)
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(carried(b), carried(a)), cmp.Compare(rank(b.State), rank(a.State)), cmp.Compare(b.Alerts, a.Alerts), strings.Compare(a.Channel+a.Name, b.Channel+b.Name))
	})
	return rows, nil
}

func carried(r Row) int {
	if r.Shadow {
		return 0
	}
	return 1
}

func rank(state string) int { return slices.Index([]string{"good", "watch", "bad"}, state) }

// hours returns the hours of the longest objective with the one that is open,
// by series.
func (s *Service) hours(ctx context.Context, in bedrail.Scope, ids []string, now time.Time) (map[string][]Bucket, error) {
	objectives, err := s.objectives(ctx, in)
	if err != nil {
		return nil, err
	}
	days := 1
	for _, o := range objectives {
		days = max(days, o.Days)
	}
	kept, err := s.Store.QualityBuckets(ctx, in, ids, now.Add(-time.Duration(days)*24*time.Hour).Truncate(time.Hour))
	if err != nil {
		return nil, err
	}
	out := map[string][]Bucket{}
	for _, b := range kept {
		out[b.Series] = append(out[b.Series], b)
	}
	for id, fresh := range s.Watch.current() { // what is not kept yet
		for _, b := range fresh {
			list := out[id]
			if i := slices.IndexFunc(list, func(o Bucket) bool { return o.Hour.Equal(b.Hour) }); i >= 0 {
				list[i] = b
			} else {
				out[id] = append(list, b)
			}
		}
	}
	return out, nil
}

func rowOf(one Series, hours []Bucket, objectives []Objective, open map[string]int, now time.Time) (Row, []Budget) {
	row := Row{Series: one, State: "good", Alerts: open[one.ID], Spark: make([]int64, sparkHours)}
	this := now.Truncate(time.Hour)
	for _, b := range hours {
		if back := int(this.Sub(b.Hour) / time.Hour); back >= 0 && back < sparkHours {
			row.Spark[sparkHours-1-back] += b.Received
			row.Today.Add(b.Counts)
		}
	}
	budgets := budgetsOf(&one, hours, objectives, now)
	for i := range budgets {
		if b := &budgets[i]; b.State != "none" && (row.Worst == nil || b.Left < row.Worst.Left) {
			row.Worst = b
		}
	}
	switch {
	case one.Silent || row.Worst != nil && row.Worst.State == "spent":
		row.State = "bad"
	case row.Alerts > 0 || row.Worst != nil && row.Worst.State == "burning":
		row.State = "watch"
	}
	return row, budgets
}

// budgetsOf says how far a series kept each objective that is about it.
func budgetsOf(one *Series, hours []Bucket, objectives []Objective, now time.Time) []Budget {
	out := []Budget{}
	for _, o := range objectives {
		if !o.covers(one) {
			continue
		}
		var c Counts
		since := now.Add(-time.Duration(o.Days) * 24 * time.Hour)
		for _, b := range hours {
			if !b.Hour.Before(since.Truncate(time.Hour)) {
				c.Add(b.Counts)
			}
		}
		out = append(out, Spend(o, c))
	}
	return out
}

// ByID returns one series, or a NotFound error.
func (s *Service) ByID(ctx context.Context, by bedrail.Actor, id string) (Detail, error) {
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "quality"}); err != nil {
		return Detail{}, err
	}
	states, open := s.Watch.look()
	i := slices.IndexFunc(states, func(st State) bool { return st.ID == id && by.Scope.Admits(st.Site, st.Unit) })
	if i < 0 {
		return Detail{}, bedrail.Errorf(bedrail.NotFound, "there is no feed %s", id)
	}
	st := states[i]
	now := s.Clock.Now()
	hours, err := s.hours(ctx, by.Scope, []string{id}, now)
	if err != nil {
		return Detail{}, err
	}
	objectives, err := s.objectives(ctx, by.Scope)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Hours: []Bucket{}, Open: []Alert{}, Measures: []MeasureSummary{}}
	d.Row, d.Budgets = rowOf(st.Series, hours[id], objectives, open, now)
	d.Hours = append(d.Hours, hours[id]...)
	slices.SortFunc(d.Hours, func(a, b Bucket) int { return a.Hour.Compare(b.Hour) })
	for _, a := range s.Watch.open() {
		if a.Series == id {
			d.Open = append(d.Open, a)
		}
	}
	for code, m := range st.Metrics {
		d.Measures = append(d.Measures, MeasureSummary{code, m.Seen, math.Round(m.Present*1000) / 1000})
	}
	slices.SortFunc(d.Measures, func(a, b MeasureSummary) int { return strings.Compare(a.Code, b.Code) })
	return d, nil
}

// Alerts returns the alerts that by may see, newest first.
func (s *Service) Alerts(ctx context.Context, by bedrail.Actor) ([]Alert, error) {
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "quality"}); err != nil {
		return nil, err
	}
	kept, err := s.Store.QualityAlerts(ctx, bedrail.Scope{Tenant: by.Scope.Tenant}, 1000)
	if err != nil {
		return nil, err
	}
	out := s.Watch.open()
	for _, a := range kept {
		if !slices.ContainsFunc(out, func(o Alert) bool { return o.ID == a.ID }) {
			if a.State != "ended" {
				continue // it ended and that is not kept yet
			}
			out = append(out, a)
		}
	}
	out = slices.DeleteFunc(out, func(a Alert) bool { return !by.Scope.Admits(a.Site, a.Unit) })
	slices.SortFunc(out, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(stateRank(a.State), stateRank(b.State)), b.Last.Compare(a.Last), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

func stateRank(s string) int { return slices.Index([]string{"open", "acknowledged", "ended"}, s) }

// Answer acknowledges an alert, or ends one that a person has seen to.
func (s *Service) Answer(ctx context.Context, by bedrail.Actor, id, state, reason string) (Alert, error) {
	if state != "acknowledged" && state != "ended" {
		return Alert{}, bedrail.Errorf(bedrail.Invalid, "an alert is acknowledged or ended, not %q", state).At("state")
	}
	if len(strings.TrimSpace(reason)) < 3 {
		return Alert{}, bedrail.Errorf(bedrail.Invalid, "say what was found").At("reason")
	}
	a, ok := s.Watch.alert(id)
	if !ok || !by.Scope.Admits(a.Site, a.Unit) {
		if err := s.Auth.Authorize(ctx, by, Write, bedrail.Resource{Type: "quality"}); err != nil {
			return Alert{}, err
		}
		return Alert{}, bedrail.Errorf(bedrail.NotFound, "no open alert is named %s", id)
	}
	if err := s.Auth.Authorize(ctx, by, Write, bedrail.Resource{Type: "quality", ID: id, Site: a.Site, Unit: a.Unit}); err != nil {
		return Alert{}, err
	}
	a.State, a.By, a.Reason = state, by.ID, reason
	if state == "ended" {
		a.Ended = s.Clock.Now()
	}
	if err := s.Store.SaveAlert(ctx, by.Scope, a, audit.Entry{By: by, Did: Write, To: id, Note: string(a.Kind) + " " + state}); err != nil {
		return Alert{}, err
	}
	s.Watch.answered(a)
	return a, nil
}

// objectives are those of people, and Bedrail's own where nobody set one for
// everything under that name.
func (s *Service) objectives(ctx context.Context, in bedrail.Scope) ([]Objective, error) {
	own, err := s.Store.Objectives(ctx, bedrail.Scope{Tenant: in.Tenant})
	if err != nil {
		return nil, err
	}
	out := own
	for _, u := range usualObjectives() {
		if !slices.ContainsFunc(own, func(o Objective) bool { return o.Name == u.Name }) {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b Objective) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Objectives returns what feeds should reach, with how far all of them did.
func (s *Service) Objectives(ctx context.Context, by bedrail.Actor) ([]Reached, error) {
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "quality"}); err != nil {
		return nil, err
	}
	objectives, err := s.objectives(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	hours, err := s.hours(ctx, by.Scope, nil, now)
	if err != nil {
		return nil, err
	}
	states, _ := s.Watch.look()
	out := make([]Reached, 0, len(objectives))
	for _, o := range objectives {
		var c Counts
		r := Reached{Objective: o}
		for _, st := range states {
			if !o.covers(&st.Series) || !by.Scope.Admits(st.Site, st.Unit) {
				continue
			}
			b := budgetsOf(&st.Series, hours[st.ID], []Objective{o}, now)[0]
			c.Add(countsOf(hours[st.ID], now.Add(-time.Duration(o.Days)*24*time.Hour)))
			r.Feeds++
			if b.State == "spent" {
				r.Spent++
			}
		}
		r.Budget = Spend(o, c)
		out = append(out, r)
	}
	return out, nil
}

func countsOf(hours []Bucket, since time.Time) (c Counts) {
	for _, b := range hours {
		if !b.Hour.Before(since.Truncate(time.Hour)) {
			c.Add(b.Counts)
		}
	}
	return c
}

// A Reached is an objective with how far all feeds together kept it.
type Reached struct {
	Objective
	Budget Budget `json:"budget"`
	Feeds  int    `json:"feeds"`
	Spent  int    `json:"spent" doc:"Feeds that have nothing left"`
}

// SetObjective keeps an objective of the house's own.
func (s *Service) SetObjective(ctx context.Context, by bedrail.Actor, o Objective) (Objective, error) {
	if err := s.Auth.Authorize(ctx, by, Write, bedrail.Resource{Type: "quality", Unit: o.Unit}); err != nil {
		return o, err
	}
	o.Name = strings.TrimSpace(o.Name)
	switch {
	case o.Name == "" || len(o.Name) > 63 || strings.Trim(o.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return o, bedrail.Errorf(bedrail.Invalid, "an objective has a name of small letters, digits and dashes").At("name")
	case !slices.Contains(Indicators(), o.Indicator):
		return o, bedrail.Errorf(bedrail.Invalid, "indicator is %q; there are %s", o.Indicator, joined(Indicators())).At("indicator")
	case o.Target < 0.5 || o.Target > 0.99999:
		return o, bedrail.Errorf(bedrail.Invalid, "target is %v; it is a share from 0.5 to 0.99999", o.Target).At("target")
	case o.Days < 1 || o.Days > 90:
		return o, bedrail.Errorf(bedrail.Invalid, "days is %d; it is 1 to 90", o.Days).At("days")
	}
	o.Own, o.By, o.At = true, by.ID, s.Clock.Now()
	return o, s.Store.SaveObjective(ctx, by.Scope, o, audit.Entry{By: by, Did: Write, To: o.Name, Note: fmt.Sprintf("objective %s %v over %d days", o.Indicator, o.Target, o.Days)})
}

func joined(all []Indicator) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = string(a)
	}
	return strings.Join(words, ", ")
}

// RemoveObjective takes an objective of the house's own away; Bedrail's of the
// same name holds again.
func (s *Service) RemoveObjective(ctx context.Context, by bedrail.Actor, name string) error {
	if err := s.Auth.Authorize(ctx, by, Write, bedrail.Resource{Type: "quality"}); err != nil {
		return err
	}
	return s.Store.RemoveObjective(ctx, by.Scope, name, audit.Entry{By: by, Did: Write, To: name, Note: "objective removed"})
}

// Wire returns what doors see on the wire.
func (s *Service) Wire(ctx context.Context, by bedrail.Actor) ([]WireAdvice, error) {
	if err := s.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "quality"}); err != nil {
		return nil, err
	}
	if s.Advices == nil {
		return []WireAdvice{}, nil
	}
	return s.Advices(ctx, by)
}

// look returns what is known of every series, and how many alerts are open of
// each.
func (w *Watch) look() ([]State, map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	states := make([]State, 0, len(w.series))
	for _, s := range w.series {
		states = append(states, s.state())
	}
	open := map[string]int{}
	for _, a := range w.alerts {
		if a.State == "open" && a.Series != "" {
			open[a.Series]++
		}
	}
	return states, open
}

// current returns the hours that are not kept yet, by series.
func (w *Watch) current() map[string][]Bucket {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string][]Bucket, len(w.series))
	for id, s := range w.series {
		out[id] = append(slices.Clone(s.past), s.hour)
	}
	return out
}

func (w *Watch) open() []Alert {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Alert, 0, len(w.alerts))
	for _, a := range w.alerts {
		one := *a
		one.Messages = slices.Clone(a.Messages)
		if one.Messages == nil {
			one.Messages = []string{}
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Alert) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func (w *Watch) alert(id string) (Alert, bool) {
	for _, a := range w.open() {
		if a.ID == id {
			return a, true
		}
	}
	return Alert{}, false
}

// answered puts what a person said of an alert in force.
func (w *Watch) answered(a Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch o := w.alerts[a.Key]; {
	case o == nil || o.ID != a.ID:
	case a.State == "ended":
		delete(w.alerts, a.Key)
	default:
		o.State, o.By, o.Reason = a.State, a.By, a.Reason
	}
}

// Openness says how many alerts are open by kind, how many feeds there are and
// how many are silent, for metrics.
func (w *Watch) Openness() (kinds map[Kind]int, feeds, silent int, dropped int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kinds = map[Kind]int{}
	for _, a := range w.alerts {
		kinds[a.Kind]++
	}
	for _, s := range w.series {
		if s.Silent {
			silent++
		}
	}
	return kinds, len(w.series), silent, w.dropped
}
