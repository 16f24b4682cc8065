package server

import (
	"context"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/mds2"
	"bedrail/job"
	"bedrail/knowledge"
	"bedrail/lifecycle"
	"bedrail/patch"
	"bedrail/procure"
)

// wireGovernance puts together what goes from purchase to retirement: the
// lives of models, the gate of purchases, the planning of patches, and what
// was known on a day.
func (s *Server) wireGovernance() {
	each := func(ctx context.Context, fn func(asset.Device)) error { return s.Assets.Each(ctx, s.Config.Tenant, fn) }
	lives := &lifecycle.Ledger{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Board: s.Board, Bills: s.Bills, SealDocuments: s.Keys != nil}
	s.Board.ProductCode = lives.ProductCode
	s.gate = &procure.Gate{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Board: s.Board, Bills: s.Bills, Lives: lives, Seen: observer{s}, Sign: s.API.SignText, Covered: s.covered}
	s.planner = &patch.Planner{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Zone: time.Local, Board: s.Board, Meter: s.DB, Devices: each, SheetOf: s.sheetOf}
	s.API.Lives, s.API.Gate, s.API.Patches = lives, s.gate, s.planner
	s.API.Archive = &knowledge.Archive{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Devices: each}
	s.Imports["mds2"] = s.importStatement
	s.Imports["maintenance"] = s.importMaintenance
	s.add("purchases", func(ctx context.Context) error { return every(ctx, 24*time.Hour, func() { s.rescore(ctx) }) })
	s.add("patches", func(ctx context.Context) error { return every(ctx, 10*time.Minute, func() { s.followPatches(ctx) }) })
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
type observer struct{ s *Server }

// SeenOf implements procure.Observer.
func (o observer) SeenOf(ctx context.Context, by bedrail.Actor, key asset.ModelKey) (procure.Seen, error) {
	var seen procure.Seen
	var ids []string
	err := o.s.Assets.Each(ctx, o.s.Config.Tenant, func(d asset.Device) {
		if d.Model.Known() != key.Model || asset.CanonicalManufacturer(d.Manufacturer.Known()) != key.Manufacturer || !by.Scope.Admits(d.Location.Site, d.Location.Unit) {
			return
		}
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
