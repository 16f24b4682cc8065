package server

import (
	"context"
	"time"

	"bedrail"
)

// sweepEvery is how often old rows are looked for.
const sweepEvery = time.Hour

// sweep removes what the settings under retention no longer keep.
func (s *Server) sweep(ctx context.Context) error {
	by := bedrail.SystemActor("retention", s.Config.Tenant)
	return every(ctx, sweepEvery, func() {
		if _, refused := s.DB.ReadOnly(); refused {
			return
		}
		removed, err := s.DB.Sweep(ctx, by.Scope, s.Config.Retention, by)
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "old rows were not all removed", "error", err)
		}
		if n, err := s.API.Releases.Sweep(ctx, by, s.Config.ReleasesKept); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "files of releases were not all removed", "error", err)
		} else if n > 0 {
			s.Log.InfoContext(ctx, "files of releases were removed", "files", n)
		}
		if len(removed) > 0 {
			s.Log.InfoContext(ctx, "old rows were removed", "rows", removed)
		}
	})
}
