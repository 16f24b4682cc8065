package vuln

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bedrail"
)

// A Dossier is everything that is known of one weakness in the hospital, as
// far as the asker may see it: who is exposed, what reaches them, what holds
// it, what would, and how it is mended.
type Dossier struct {
	Vulnerability string          `json:"vulnerability"`
	Aliases       []string        `json:"aliases"`
	Title         string          `json:"title"`
	Statements    []Advisory      `json:"-"` // what the feeds say
	KEV           bool            `json:"kev"`
	EPSS          *float32        `json:"epss"`
	Ranking       Ranking         `json:"ranking"` // of the most urgent finding
	Findings      []Finding       `json:"findings"`
	Exposed       []Exposure      `json:"exposed"` // the beds
	Flows         []Inbound       `json:"flows"`   // what reaches them through the weak service
	FlowsLeft     int             `json:"flowsLeft"`
	Controls      []ControlStatus `json:"controls"`
	Containment   Containment     `json:"containment"`
	Fixed         []string        `json:"fixed"`
	Owners        []string        `json:"owners"` // who decided, or looks after a control
	AsOf          time.Time       `json:"asOf"`   // the last conversation that is known
}

// maxFlows bounds what one page tells.
const maxFlows = 500

// Dossier gathers what is known of a weakness, by any of its names.
func (b *Board) Dossier(ctx context.Context, by bedrail.Actor, name string) (Dossier, error) {
	statements, err := b.Advisory(ctx, by, name)
	if err != nil {
		return Dossier{}, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := Dossier{Vulnerability: name, Aliases: []string{}, Statements: statements, Findings: []Finding{}, Exposed: []Exposure{}, Flows: []Inbound{},
		Controls: []ControlStatus{}, Fixed: []string{}, Owners: []string{}, AsOf: b.reach.until}
	if node, ok := b.index.groups.ids[name]; ok {
		id := b.index.identity(b.index.groups.root(node))
		d.Vulnerability, d.Aliases = id.ID, id.Aliases
	}
	_, d.KEV = b.index.Exploited(append([]string{d.Vulnerability}, d.Aliases...)...)
	if score, ok := b.index.Likelihood(Match{Vulnerability: d.Vulnerability, Aliases: d.Aliases}); ok {
		d.EPSS = &score
	}
	for _, s := range statements {
		d.Title = cmp.Or(d.Title, s.Title)
	}
	b.gather(&d, by.Scope)
	return d, nil
}

// gather fills a dossier from the findings of its weakness; the caller holds
// the lock.
func (b *Board) gather(d *Dossier, in bedrail.Scope) {
	now := b.Clock.Now()
	var services []Service
	anyService := false
	seen := map[string]bool{}
	quiet, unseen := 0, 0
	for _, s := range b.byWeakness[d.Vulnerability] {
		f, ok := b.view(s, in, now)
		if !ok || b.left(s) {
			continue
		}
		exposed := b.exposedBy(s, in, now)
		f.Ranking = b.rankingOf(s, in)
		d.Findings = append(d.Findings, f)
		d.Exposed = append(d.Exposed, exposed...)
		d.Fixed = append(d.Fixed, f.Fixed...)
		d.Owners = append(d.Owners, owner(&f)...)
		if s.finding.Status == NotAffected {
			continue
		}
		through := servicesOf(&f)
		services, anyService = append(services, through...), anyService || len(through) == 0
		for _, e := range exposed {
			device := b.devices[e.ID]
			if device == nil || seen[e.ID] {
				continue
			}
			seen[e.ID] = true
			flows := b.flowsTo(device, through, in)
			switch {
			case len(flows) > 0:
			case b.watched(device).IsZero():
				unseen++
			default:
				quiet++
			}
			d.Flows = append(d.Flows, flows...)
		}
	}
	if anyService {
		services = nil
	}
	sortDossier(d)
	d.Containment = contain(unique(services), d.Flows, d.Vulnerability)
	d.Containment.Quiet, d.Containment.Unseen = quiet, unseen
	if len(d.Flows) > maxFlows {
		d.FlowsLeft = len(d.Flows) - maxFlows
		d.Flows = d.Flows[:maxFlows]
	}
	for _, c := range b.controls {
		if c.Vulnerability == d.Vulnerability || slices.Contains(d.Aliases, c.Vulnerability) {
			d.Controls = append(d.Controls, b.scoped(c.status(), in))
			d.Owners = append(d.Owners, c.Owner)
		}
	}
	slices.Sort(d.Owners)
	d.Owners = slices.DeleteFunc(slices.Compact(d.Owners), func(o string) bool { return o == "" })
}

func unique(services []Service) []Service {
	out := []Service{}
	for _, s := range services {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func sortDossier(d *Dossier) {
	slices.SortFunc(d.Findings, func(p, q Finding) int { return cmp.Or(cmp.Compare(q.Rank, p.Rank), cmp.Compare(p.ID, q.ID)) })
	slices.SortFunc(d.Exposed, func(p, q Exposure) int {
		return cmp.Or(q.Status.rank()-p.Status.rank(), cmp.Compare(p.Site, q.Site), cmp.Compare(p.Unit, q.Unit), cmp.Compare(p.Room, q.Room), cmp.Compare(p.Bed, q.Bed), cmp.Compare(p.ID, q.ID))
	})
	slices.SortFunc(d.Flows, func(p, q Inbound) int {
		return cmp.Or(cmp.Compare(yesNo(q.Outside), yesNo(p.Outside)), cmp.Compare(yesNo(p.Same), yesNo(q.Same)), cmp.Compare(q.Bytes, p.Bytes), cmp.Compare(p.Peer, q.Peer),
			cmp.Compare(p.Device, q.Device), cmp.Compare(p.Port, q.Port))
	})
	slices.Sort(d.Fixed)
	d.Fixed = slices.Compact(d.Fixed)
	if len(d.Findings) > 0 {
		d.Ranking = *d.Findings[0].Ranking
	}
}

// flowsTo returns who reached a device through some services.
func (b *Board) flowsTo(d *deviceState, services []Service, in bedrail.Scope) []Inbound {
	var out []Inbound
	for _, t := range b.talksTo(d) {
		if through(services, t) {
			out = append(out, b.inboundOf(d, t, in))
		}
	}
	return out
}
