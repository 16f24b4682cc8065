package vuln

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
)

// A Finding is one weakness of one model at one software version, with every
// device that it exposes.
type Finding struct {
	ID            string          `json:"id"`
	Kind          string          `json:"kind" enum:"weakness,contradiction" doc:"contradiction: two statements about the model cannot both hold"`
	Vulnerability string          `json:"vulnerability"`
	Aliases       []string        `json:"aliases"`
	Title         string          `json:"title"`
	Severity      string          `json:"severity"` // critical, high, medium, low, none, unknown
	Score         float64         `json:"score"`
	Vector        string          `json:"vector,omitempty"`
	ScoredBy      string          `json:"scoredBy,omitempty"` // the statement that gives the score; it need not be one of Sources
	KEV           bool            `json:"kev"`
	EPSS          *float32        `json:"epss"`
	Status        Status          `json:"status"`
	Reason        string          `json:"reason"`
	Model         asset.ModelKey  `json:"model"`
	Component     ComponentName   `json:"component"`
	Also          []ComponentName `json:"also,omitempty"` // other components of the model with the same weakness; of one finding
	By            By              `json:"by"`
	System        string          `json:"system,omitempty"` // the operating system that the answer rests on, when it does
	Confidence    float64         `json:"confidence" doc:"0 to 1: orders answers by how they were found. It is not how often such an answer is right"`
	Text          string          `json:"text,omitempty"` // what the advisory says, as written
	Fixed         []string        `json:"fixed"`
	Sources       []string        `json:"sources"`
	Devices       int             `json:"devices"`
	Units         []UnitCount     `json:"units"`
	FirstSeen     time.Time       `json:"firstSeen,omitzero"`
	State         string          `json:"state"`               // open, or what was decided
	Decision      *Decision       `json:"decision,omitempty"`  // the one that counts
	Conflicts     []Decision      `json:"conflicts,omitempty"` // others in force that say something else
	Urgency       Urgency         `json:"urgency"`             // how soon to act, by SSVC's deployer tree
	Rank          int             `json:"rank"`                // 0 to 1000
	Ranking       *Ranking        `json:"ranking,omitempty"`   // what made the rank; of one finding
}

// A ComponentName names the component that the weakness is in; it is empty
// when the advisory names the model itself.
type ComponentName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
}

// A UnitCount is how many devices of a unit are exposed.
type UnitCount struct {
	Site    string `json:"site"`
	Unit    string `json:"unit"`
	Devices int    `json:"devices"`
}

// An Exposure is one device exposed to one weakness, and where it stands.
type Exposure struct {
	ID        string          `json:"id"` // of the device
	Name      string          `json:"name"`
	Site      string          `json:"site"`
	Unit      string          `json:"unit"`
	Room      string          `json:"room"`
	Bed       string          `json:"bed"`
	Precision asset.Precision `json:"precision"`
	Status    Status          `json:"status"`
	Reason    string          `json:"reason"`
	LastSeen  time.Time       `json:"lastSeen,omitzero"`
	Care      Care            `json:"care"`
	Reached   Reached         `json:"reached"`
}

// findingState is a finding of a model; devices are joined when it is read, so
// that a device that moves costs nothing here.
type findingState struct {
	finding Finding
	model   int32
	bill    bool // the answer rests on a bill
	group   int32
	status  Status // as found, before anybody decided
	reason  string
	use     use // how far the weakness is used, as the records say

	found []found // in which components of the model, the strongest answer first
}

// found is one answer for one component. A model may hold several that share a
// weakness; what is said of one of them leaves the others as they are.
type found struct {
	component  ComponentName
	status     Status
	reason     string
	by         By
	confidence float64
	text       string
	system     string
	fixed      []string
}

func foundIn(f *Finding) found {
	return found{f.Component, f.Status, f.Reason, f.By, f.Confidence, f.Text, f.System, f.Fixed}
}

// maxFound is how many components of a model are told apart for one weakness.
const maxFound = 64

// show puts an answer into the finding.
func (s *findingState) show(a found) {
	f := &s.finding
	f.Component, f.Status, f.Reason, f.By, f.Confidence, f.Text, f.System, f.Fixed = a.component, a.status, a.reason, a.by, a.confidence, a.text, a.system, a.fixed
}

// join adds an answer for another component of the model.
func (s *findingState) join(a found) {
	switch lead := s.found[0]; {
	case len(s.found) >= maxFound && a.status.rank() <= s.found[maxFound-1].status.rank():
		return
	case better(Match{Status: a.status, Confidence: a.confidence}, Match{Status: lead.status, Confidence: lead.confidence}):
		s.found[0], a = a, lead
		s.status, s.reason = s.found[0].status, s.found[0].reason
	}
	if len(s.found) < maxFound {
		s.found = append(s.found, a)
	} else {
		s.found[maxFound-1] = a
	}
}

// refresh works out the findings of a model anew, from the answers of its
// components and of its name.
func (b *Board) refresh(n int32) {
	b.worked.Models++
	m := b.models[n]
	fresh := map[string]bool{}
	for _, c := range slices.Sorted(maps.Keys(m.answering)) {
		state := &b.components[c]
		matches := state.matches
		if state.joined {
			matches = b.index.Component(state.component, m.present)
		}
		name := ComponentName{state.component.Name, state.component.Version, state.component.PURL}
		for _, match := range matches {
			b.keep(n, match, name, true, fresh)
		}
	}
	for _, match := range m.matches {
		b.keep(n, match, ComponentName{}, false, fresh)
	}
	for _, match := range b.bySystem(m) {
		b.keep(n, match, ComponentName{Name: match.System}, false, fresh)
	}
	b.borrow(n, fresh)
	for id := range m.findings {
		if !fresh[id] {
			b.drop(id)
			b.pending[id] = true
		}
	}
	m.findings = fresh
	b.dirty[n] = true
	if unknown, ok := b.byModel[asset.ModelKey{Manufacturer: m.key.Manufacturer, Model: m.key.Model}.Fold()]; ok && unknown != n {
		b.refresh(unknown)
	}
}

// borrow gives a model whose software version is not known the weaknesses of
// the bills of its known versions, as undecidable: it may run any of them.
func (b *Board) borrow(n int32, fresh map[string]bool) {
	key := b.models[n].key
	if key.Version != "" || key.Model == "" {
		return
	}
	var known []string
	lent, states := map[string]*findingState{}, map[string][]string{}
	for _, at := range b.versionsOf(key) {
		other := b.models[at]
		if at == n || other.bill == "" {
			continue
		}
		known = append(known, other.key.Version)
		for id := range other.findings {
			s := b.findings[id]
			if !s.bill {
				continue
			}
			name := s.finding.Vulnerability
			if old := lent[name]; old == nil || s.status.rank() > old.status.rank() {
				lent[name] = s
			}
			states[name] = append(states[name], other.key.Version+" is "+string(s.status))
		}
	}
	slices.Sort(known)
	for name, s := range lent {
		slices.Sort(states[name])
		f := s.finding
		reason := fmt.Sprintf("the software version is not known; bills are known of %s, of which %s", strings.Join(known, ", "), strings.Join(states[name], ", "))
		b.keep(n, Match{Vulnerability: name, Aliases: f.Aliases, Status: Undecidable, By: f.By, Confidence: 0.5, Reason: reason, Text: f.Text, Fixed: f.Fixed,
			Title: f.Title, Sources: f.Sources, Scores: b.index.scoresOf(s.group), KEV: f.KEV, group: s.group}, f.Component, false, fresh)
	}
}

// keep files one answer. When several components of a model share a weakness,
// the strongest answer stands for them.
func (b *Board) keep(n int32, match Match, component ComponentName, bill bool, fresh map[string]bool) {
	key := b.models[n].key
	if bill && key.Version == "" && match.Status == Affected {
		match.Status, match.Reason = Undecidable, "the bill does not say of which software version it is; "+match.Reason
	}
	folded := key.Fold()
	id := bedrail.HashID("fnd", match.Vulnerability, folded.Manufacturer, folded.Model, folded.Version)
	best, known := Best(match.Scores)
	f := Finding{
		ID: id, Vulnerability: match.Vulnerability, Aliases: match.Aliases, Title: match.Title, Severity: Severity(best.Score, known), Score: best.Score,
		Vector: best.Vector, ScoredBy: best.Source, KEV: match.KEV, Status: match.Status, Reason: match.Reason, Model: key, Component: component, By: match.By,
		Confidence: match.Confidence, Text: match.Text, System: match.System, Fixed: match.Fixed, Sources: match.Sources,
	}
	if score, ok := b.index.Likelihood(match); ok {
		f.EPSS = &score
	}
	part := foundIn(&f)
	old := b.findings[id]
	if old != nil && fresh[id] {
		old.join(part)
		old.bill = old.bill || bill
		b.decide(old)
		return
	}
	fresh[id] = true
	if old == nil || old.status != f.Status || old.reason != f.Reason || old.finding.KEV != f.KEV || old.finding.Score != f.Score || old.finding.Model != key || !slices.Equal(old.finding.Sources, f.Sources) {
		b.pending[id] = true
	}
	s := &findingState{finding: f, model: n, bill: bill, group: match.group, status: f.Status, reason: f.Reason, use: b.index.useOf(&f, match.group), found: []found{part}}
	b.decide(s)
	b.findings[id] = s
	if b.byWeakness[f.Vulnerability] == nil {
		b.byWeakness[f.Vulnerability] = map[string]*findingState{}
	}
	b.byWeakness[f.Vulnerability][id] = s
}

// drop forgets a finding.
func (b *Board) drop(id string) {
	if s := b.findings[id]; s != nil {
		same := b.byWeakness[s.finding.Vulnerability]
		delete(same, id)
		if len(same) == 0 {
			delete(b.byWeakness, s.finding.Vulnerability)
		}
	}
	delete(b.findings, id)
}

// view returns a finding with the devices that in admits. ok is false when it
// admits none of them, and does not see everything.
func (b *Board) view(s *findingState, in bedrail.Scope, now time.Time) (f Finding, ok bool) {
	f = s.finding
	f.Kind = KindWeakness
	units := map[[2]string]int{}
	for _, d := range b.models[s.model].devices {
		l := d.device.Location
		if !in.Admits(l.Site, l.Unit) || !mayRun(&f, d.device) {
			continue
		}
		f.Devices++
		units[[2]string{l.Site, l.Unit}]++
	}
	l, _, _ := b.levels(s, in)
	f.Urgency, f.Rank = l.verdict(f.Status)
	f.FirstSeen = b.seen[f.ID]
	f.Units = []UnitCount{}
	for place, count := range units {
		f.Units = append(f.Units, UnitCount{place[0], place[1], count})
	}
	slices.SortFunc(f.Units, func(p, q UnitCount) int { return cmp.Or(cmp.Compare(p.Site, q.Site), cmp.Compare(p.Unit, q.Unit)) })
	return f, f.Devices > 0 || len(in.Sites)+len(in.Units) == 0
}

// exposedBy returns the devices of a finding that in admits.
func (b *Board) exposedBy(s *findingState, in bedrail.Scope, now time.Time) []Exposure {
	out := []Exposure{}
	for _, d := range b.models[s.model].devices {
		if l := d.device.Location; in.Admits(l.Site, l.Unit) && mayRun(&s.finding, d.device) {
			out = append(out, b.exposureOf(s, d, now))
		}
	}
	return out
}

func (b *Board) exposureOf(s *findingState, state *deviceState, now time.Time) Exposure {
	d := state.device
	l := d.Location
	return Exposure{
		Care: state.care, Reached: b.reachedFor(s, state),
		ID: d.ID, Name: nameOf(d), Site: l.Site, Unit: l.Unit, Room: l.Room, Bed: l.Bed, Precision: precisionOf(l, now),
		Status: s.finding.Status, Reason: s.finding.Reason, LastSeen: d.LastSeen,
	}
}

func nameOf(d asset.Device) string {
	switch {
	case len(d.Hostnames) > 0:
		return d.Hostnames[0]
	case d.AssetTag != "":
		return d.AssetTag
	case d.Model.Value != "":
		return strings.TrimSpace(d.Model.Value + " " + d.SerialNumber.Value)
	}
	return d.ID
}

// staleAfter is how long a location is believed.
const staleAfter = 24 * time.Hour

func precisionOf(l asset.Location, now time.Time) asset.Precision {
	switch {
	case l.Unit == "" && l.Bed == "":
		return asset.NowhereKnown
	case !l.Seen.IsZero() && now.Sub(l.Seen) > staleAfter:
		return asset.Stale
	case l.Bed != "":
		return asset.AtBed
	}
	return asset.AtUnit
}

// Finding returns one finding with the devices it exposes and the statements
// it rests on.
func (b *Board) Finding(ctx context.Context, by bedrail.Actor, id string) (Finding, []Exposure, []Advisory, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding", ID: id}); err != nil {
		return Finding{}, nil, nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return Finding{}, nil, nil, err
	}
	b.mu.RLock()
	s := b.findings[id]
	var f Finding
	var exposed []Exposure
	var advisories []Advisory
	ok := false
	if s != nil {
		f, ok = b.view(s, by.Scope, b.Clock.Now())
		exposed = b.exposedBy(s, by.Scope, b.Clock.Now())
		f.Ranking = b.rankingOf(s, by.Scope)
		for _, part := range s.found {
			if part.component != f.Component {
				f.Also = append(f.Also, part.component)
			}
		}
		advisories = b.index.bySource(f.Vulnerability, f.Sources)
	} else if s = b.claims[id]; s != nil {
		f, ok = b.viewClaim(s, by.Scope)
		exposed = b.claimedBy(s, by.Scope, b.Clock.Now())
	}
	b.mu.RUnlock()
	if !ok {
		return Finding{}, nil, nil, bedrail.Errorf(bedrail.NotFound, "there is no finding %s", id)
	}
	slices.SortFunc(exposed, func(p, q Exposure) int {
		return cmp.Or(cmp.Compare(p.Site, q.Site), cmp.Compare(p.Unit, q.Unit), cmp.Compare(p.Room, q.Room), cmp.Compare(p.Bed, q.Bed), cmp.Compare(p.ID, q.ID))
	})
	return f, exposed, advisories, nil
}

// bySource returns the advisories of a weakness that come from sources.
func (x *Index) bySource(name string, sources []string) []Advisory {
	var out []Advisory
	for _, a := range x.named(name) {
		if slices.Contains(sources, a.Source) {
			out = append(out, a)
		}
	}
	return out
}

// Advisory returns what the feeds say about a weakness, by any of its names.
func (b *Board) Advisory(ctx context.Context, by bedrail.Actor, name string) ([]Advisory, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "advisory", ID: name}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	found := b.index.named(name)
	if len(found) == 0 {
		return nil, bedrail.Errorf(bedrail.NotFound, "no feed speaks of %s", name)
	}
	return found, nil
}

// A DeviceExposure is one weakness of one device.
type DeviceExposure struct {
	Finding       string        `json:"finding"`
	Vulnerability string        `json:"vulnerability"`
	Title         string        `json:"title"`
	Severity      string        `json:"severity"`
	Score         float64       `json:"score"`
	KEV           bool          `json:"kev"`
	Status        Status        `json:"status"`
	Reason        string        `json:"reason"`
	Component     ComponentName `json:"component"`
	Fixed         []string      `json:"fixed"`
	Sources       []string      `json:"sources"`
}

// OfDevice returns what a device is exposed to, worst first, with the end of
// its support and its recalls.
func (b *Board) OfDevice(ctx context.Context, by bedrail.Actor, id string) ([]DeviceExposure, *EndOfLife, []Recall, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "device", ID: id}); err != nil {
		return nil, nil, nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, nil, nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.devices[id]
	if d == nil || !by.Scope.Admits(d.device.Location.Site, d.device.Location.Unit) {
		return nil, nil, nil, bedrail.Errorf(bedrail.NotFound, "there is no device %s", id)
	}
	out := []DeviceExposure{}
	for fid := range b.models[d.model].findings {
		f := b.findings[fid].finding
		if !mayRun(&f, d.device) {
			continue
		}
		out = append(out, DeviceExposure{fid, f.Vulnerability, f.Title, f.Severity, f.Score, f.KEV, f.Status, f.Reason, f.Component, f.Fixed, f.Sources})
	}
	slices.SortFunc(out, func(p, q DeviceExposure) int {
		return cmp.Or(q.Status.rank()-p.Status.rank(), cmp.Compare(q.Score, p.Score), cmp.Compare(p.Vulnerability, q.Vulnerability))
	})
	life, recalls := b.lifeOf(d)
	return out, life, recalls, nil
}

func (b *Board) lifeOf(d *deviceState) (*EndOfLife, []Recall) {
	key := KeyOf(d.device)
	code := ""
	if b.ProductCode != nil {
		code = b.ProductCode(key.Manufacturer, key.Model)
	}
	return b.endOf(d), b.index.RecallsOf(itemOf(d.device, code))
}

// endOf is the end of support of what a device runs, or of the model itself
// where no record knows the system; nil where none knows either.
func (b *Board) endOf(d *deviceState) *EndOfLife {
	key := KeyOf(d.device)
	life, ok := b.index.OperatingSystem(d.device.OperatingSystem.Value)
	if !ok {
		life, ok = b.index.DeviceModel(key.Manufacturer, key.Model)
	}
	if !ok {
		return nil
	}
	return &life
}

// Posture returns how many weaknesses touch a device; it is what other
// capabilities ask.
func (b *Board) Posture(id string) asset.Exposed {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.devices[id]
	if d == nil {
		return asset.Exposed{}
	}
	return b.countsOf(b.models[d.model], d.device)
}
