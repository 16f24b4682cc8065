package server

import (
	"context"
	"os"
	"path/filepath"

	"bedrail"
	"bedrail/api"
)

// What an actor may do with Bedrail itself.
const (
	SystemRead      bedrail.Action = "system:read"
	SystemBackup    bedrail.Action = "system:backup"
	SystemConfigure bedrail.Action = "system:configure"
)

// System implements api.Status.
func (s *Server) System(ctx context.Context, by bedrail.Actor) (api.System, error) {
	if err := s.Policy.Authorize(ctx, by, SystemRead, bedrail.Resource{Type: "system"}); err != nil {
		return api.System{}, err
	}
	build := Version()
	why, refused := s.DB.ReadOnly()
	out := api.System{Version: build.Version, Commit: build.Commit, StartedAt: s.started, Demo: s.Config.Demo, Disk: s.disk(),
		Store: api.StoreStatus{Engine: s.DB.Engine(), Bytes: s.storeBytes(), ReadOnly: refused, Why: why}, Bus: s.busStatus(ctx), Capture: s.sources.status()}
	findings, _ := s.Health.Look(ctx)
	for _, f := range findings {
		if f.Detail != "" {
			out.Warnings = append(out.Warnings, api.Warning{Code: f.Name, Detail: f.Detail, Mend: "bedrail doctor says more"})
		}
	}
	if out.Disk.State == "low" {
		out.Warnings = append(out.Warnings, api.Warning{Code: "disk-low", Detail: "The disk of the data folder is getting full.", Mend: "Make room, or move server.data to a larger disk."})
	}
	return out, nil
}

func (s *Server) busStatus(ctx context.Context) api.BusStatus {
	switch {
	case s.pipe == nil:
		return api.BusStatus{State: "off"}
	case s.pipe.check(ctx) != nil:
		return api.BusStatus{State: "down"}
	}
	n := s.pipe.pending(ctx)
	if n > 100 { // some fifty thousand observations
		return api.BusStatus{State: "behind", Pending: n}
	}
	return api.BusStatus{State: "ok", Pending: n}
}

// setupSteps are the first steps with Bedrail and the screens they lead to.
func setupSteps() []api.SetupStep {
	return []api.SetupStep{
		{ID: "administrator", Href: "/account"},
		{ID: "capture", Href: "/import?kind=pcap"},
		{ID: "devices", Href: "/devices"},
		{ID: "inventory", Href: "/import?kind=cmms"},
		{ID: "feeds", Href: "/import?kind=feed"},
		{ID: "bills", Href: "/import?kind=sbom"},
		{ID: "backup", Href: "/backups"},
	}
}

// Setup implements api.Status. Each step ticks itself from a fact.
func (s *Server) Setup(ctx context.Context, _ bedrail.Actor) ([]api.SetupStep, error) {
	steps := setupSteps()
	for i := range steps {
		since, ok := s.setup[steps[i].ID]
		if !ok {
			continue
		}
		at, err := since(ctx)
		if err != nil {
			return nil, err
		}
		steps[i].Done, steps[i].At = !at.IsZero(), at
	}
	return steps, nil
}

// storeBytes is the size of the SQLite files.
func (s *Server) storeBytes() (n int64) {
	if s.DB.Engine() != "sqlite" {
		return 0
	}
	files, _ := filepath.Glob(filepath.Join(s.Config.Data, "bedrail.db*")) // the pattern is ours and good
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			n += info.Size()
		}
	}
	return n
}
