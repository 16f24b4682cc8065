package server

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/desk"
	"bedrail/format/mds2"
	"bedrail/format/query"
	"bedrail/job"
	"bedrail/knowledge"
	"bedrail/lifecycle"
	"bedrail/patch"
	"bedrail/procure"
	"bedrail/sbom"
)

// wireGovernance puts together what goes from purchase to retirement: the
// lives of models, the gate of purchases, the planning of patches, and what
// was known on a day.
func (s *Server) wireGovernance() {
	each := func(ctx context.Context, fn func(asset.Device)) error { return s.Assets.Each(ctx, s.Config.Tenant, fn) }
	lives := &lifecycle.Ledger{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Board: s.Board, Bills: s.Bills, SealDocuments: s.Keys != nil}
	s.Board.ProductCode = lives.ProductCode
	s.gate = &procure.Gate{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Board: s.Board, Bills: s.Bills, Lives: lives, Seen: observer{s: s}, Sign: s.API.SignText, Covered: s.covered, Changed: s.purchaseChanged, Governed: s.purchaseNews.wake}
	s.planner = &patch.Planner{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Zone: time.Local, Board: s.Board, Meter: s.DB, Devices: each, SheetOf: s.sheetOf, Bills: s.billsOf, Changed: s.orderChanged}
	s.Board.Claims = s.gate.Claims
	s.API.Lives, s.API.Gate, s.API.Patches = lives, s.gate, s.planner
	s.API.Archive = &knowledge.Archive{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Devices: each}
	s.Imports["mds2"] = s.importStatement
	s.Imports["maintenance"] = s.importMaintenance
	s.add("purchases", func(ctx context.Context) error {
		return s.purchaseNews.every(ctx, 24*time.Hour, func() { s.rescore(ctx) })
	})
	s.add("lives", func(ctx context.Context) error { return s.gateNews.every(ctx, gateLook, func() { s.lookAtLives(ctx) }) })
	s.add("patches", func(ctx context.Context) error {
		return s.patchNews.every(ctx, 10*time.Minute, func() { s.followPatches(ctx) })
	})
}

// covered reports whether there is any advisory to ask.
func (s *Server) covered(ctx context.Context) bool {
	feeds, err := s.DB.Feeds(ctx, bedrail.Scope{Tenant: s.Config.Tenant})
	if err != nil {
		return false
	}
	for _, f := range feeds {
		if f.Records > 0 && f.Kind != "eol" && f.Kind != "kev" && f.Kind != "epss" && f.Kind != "recall" {
			return true
		}
	}
	return false
}

func (s *Server) rescore(ctx context.Context) {
	if _, refused := s.DB.ReadOnly(); refused {
		return
	}
	n, err := s.gate.Rescore(ctx)
	if err != nil && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "not every purchase could be assessed again", "error", err)
	}
	if n > 0 {
		s.Log.InfoContext(ctx, "the assessment of purchases changed", "purchases", n)
	}
}

// billsOf returns the bills of a model, of every version.
func (s *Server) billsOf(ctx context.Context, manufacturer, model string) ([]sbom.Summary, error) {
	terms := query.Filter{{Field: "model", Op: query.Has, Values: []string{model}}, {Field: "manufacturer", Op: query.Has, Values: []string{manufacturer}}}
	page, err := s.DB.Bills(ctx, bedrail.Scope{Tenant: s.Config.Tenant}, query.Request{Filter: terms, Limit: 500})
	return slices.DeleteFunc(page.Items, func(b sbom.Summary) bool {
		return !strings.EqualFold(b.Model.Model, model) || b.Model.Manufacturer != manufacturer
	}), err
}

// orderChanged tells of an order that was verified, is overdue, or is open
// again.
func (s *Server) orderChanged(_ context.Context, was, is patch.Order) {
	n := desk.Notice{Href: "/patches?filter=id:" + is.ID, Site: is.Site, Unit: is.Unit, Needs: patch.Read, Key: is.ID + "/" + strconv.FormatInt(is.Version, 10),
		Facts: map[string]string{"order": is.ID, "manufacturer": is.Model.Manufacturer, "model": is.Model.Model, "version": is.Model.Version, "unit": is.Unit, "devices": strconv.Itoa(len(is.Devices)), "verified": strconv.Itoa(is.VerifiedCount), "severity": is.Severity}}
	name := is.Model.Manufacturer + " " + is.Model.Model + " (" + is.Unit + ")"
	switch {
	case is.Stage == patch.Verified && was.Stage != patch.Verified:
		n.Kind, n.Level, n.Title = "patch.verified", desk.Info, "Patched and verified: "+name
	case is.Stage == patch.Proposed && was.Stage == patch.Excepted:
		n.Kind, n.Level, n.Title = "exception.ended", desk.Warning, "The exception has ended, and the weakness is open again: "+name
	case was.OverdueSince.IsZero() && !is.OverdueSince.IsZero():
		n.Kind, n.Level, n.Title = "patch.overdue", desk.Warning, "The window has passed and no new version was seen: "+name
	default:
		return
	}
	s.bell.ring(n)
}

func (s *Server) followPatches(ctx context.Context) {
	if _, refused := s.DB.ReadOnly(); refused {
		return
	}
	if _, err := s.planner.Follow(ctx); err != nil && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "the patch orders could not be followed", "error", err)
	}
}

// sheetOf returns the maker's statement about a model.
func (s *Server) sheetOf(ctx context.Context, key asset.ModelKey) (*mds2.Sheet, error) {
	all, err := s.DB.Statements(ctx, bedrail.Scope{Tenant: s.Config.Tenant})
	if err != nil {
		return nil, err
	}
	if st := procure.StatementOf(all, key); st != nil {
		return &st.Sheet, nil
	}
	return nil, nil
}

// maxSeen is how many devices of a model are looked at: they are alike.
const maxSeen = 100

// An observer tells what was seen of the devices of a model.
type observer struct {
	s     *Server
	known map[asset.ModelKey][]asset.Device // by maker and model; nil: it looks at each question
}

// Within implements procure.Observer.
func (o observer) Within(ctx context.Context, by bedrail.Actor) (procure.Observer, error) {
	o.known = map[asset.ModelKey][]asset.Device{}
	return o, o.s.Assets.Each(ctx, o.s.Config.Tenant, func(d asset.Device) {
		if d.Model.Known() != "" && by.Scope.Admits(d.Location.Site, d.Location.Unit) {
			key := asset.ModelKey{Manufacturer: asset.CanonicalManufacturer(d.Manufacturer.Known()), Model: d.Model.Known()}.Fold()
			o.known[key] = append(o.known[key], asset.Device{ID: d.ID, OperatingSystem: d.OperatingSystem, SoftwareVersion: d.SoftwareVersion})
		}
	})
}

// each calls fn for the devices of a model that by may see, at a version where
// one is named.
func (o observer) each(ctx context.Context, by bedrail.Actor, key asset.ModelKey, fn func(asset.Device)) error {
	version := key.Version
	key.Version = ""
	take := func(d asset.Device) {
		if version == "" || d.SoftwareVersion.Known() == "" || strings.EqualFold(d.SoftwareVersion.Known(), version) {
			fn(d)
		}
	}
	if o.known != nil {
		for _, d := range o.known[key.Fold()] {
			take(d)
		}
		return nil
	}
	return o.s.Assets.Each(ctx, o.s.Config.Tenant, func(d asset.Device) {
		if strings.EqualFold(d.Model.Known(), key.Model) && strings.EqualFold(asset.CanonicalManufacturer(d.Manufacturer.Known()), key.Manufacturer) && by.Scope.Admits(d.Location.Site, d.Location.Unit) {
			take(d)
		}
	})
}

// SeenOf implements procure.Observer.
func (o observer) SeenOf(ctx context.Context, by bedrail.Actor, key asset.ModelKey) (procure.Seen, error) {
	var seen procure.Seen
	var ids []string
	err := o.each(ctx, by, key, func(d asset.Device) {
		seen.Devices++
		if seen.System == "" {
			seen.System = d.OperatingSystem.Known()
		}
		if len(ids) < maxSeen {
			ids = append(ids, d.ID)
		}
	})
	if err != nil {
		return seen, err
	}
	for _, id := range ids {
		talks, err := o.s.Assets.Conversations(ctx, by, id)
		if err != nil {
			return seen, err
		}
		for _, t := range talks {
			seen.Talks = append(seen.Talks, procure.SeenTalk{Device: id, Talk: t})
		}
	}
	return seen, nil
}

// importStatement brings in an MDS2.
func (s *Server) importStatement(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	model := asset.ModelKey{Manufacturer: in.Params.Get("manufacturer"), Model: in.Params.Get("model"), Version: in.Params.Get("version")}
	st, err := s.gate.Import(ctx, by, in.Name, model, in.Body, in.DryRun)
	if err != nil {
		return nil, err
	}
	if !in.DryRun {
		s.gateNews.wake()
	}
	for _, problem := range st.Sheet.Problems {
		p.Say(in.Name + " " + problem.String())
	}
	answered, asked := st.Sheet.Count()
	return map[string]any{"id": st.ID, "manufacturer": st.Manufacturer, "model": st.Model, "version": st.Version, "edition": st.Sheet.Edition, "answered": answered, "asked": asked,
		"problems": st.Sheet.Problems}, nil
}

// importMaintenance brings in when maintenance is due, and what is on loan.
func (s *Server) importMaintenance(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
	schedule, err := s.planner.ImportSchedule(ctx, by, in.Name, in.Body, in.DryRun)
	if err != nil {
		return nil, err
	}
	loaners := 0
	for _, m := range schedule.Rows {
		if m.Loaner {
			loaners++
		}
	}
	for _, problem := range schedule.Problems {
		p.Fault(in.Name, problem)
	}
	return map[string]any{"lines": len(schedule.Rows), "loaners": loaners, "problems": schedule.Problems}, nil
}
