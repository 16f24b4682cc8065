package server

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"bedrail/analytics"
	"bedrail/desk"
	"bedrail/recall"
	"bedrail/release"
)

// wireRecalls puts the recalls of data beside the exchange.
func (s *Server) wireRecalls() {
	s.Recalls = &recall.Service{Store: s.DB, Exchange: s.Exchange, Auth: s.Policy, Clock: s.Clock, Jobs: s.Jobs, Log: s.Log, Tenant: s.Config.Tenant}
	s.API.Recalls = s.Recalls
	s.API.Releases = &release.Service{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Jobs: s.Jobs, Tenant: s.Config.Tenant, Folder: filepath.Join(s.Config.Data, "releases"), Write: analytics.WriteTable}
	s.add("recalls of data", func(ctx context.Context) error {
		told := map[string]time.Time{}
		return every(ctx, time.Minute, func() { s.pageLate(ctx, told) })
	})
}

// lateAgain is how often an owner is told of a receiver that has not answered.
const lateAgain = 24 * time.Hour

// pageLate tells owners of receivers that should have answered a recall.
func (s *Server) pageLate(ctx context.Context, told map[string]time.Time) {
	late, err := s.Recalls.Overdue(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.WarnContext(ctx, "recalls of data could not be looked at; it is tried again", "error", err)
		}
		return
	}
	for _, r := range late {
		for _, one := range r.Receivers {
			key := r.ID + " " + one.Channel + " " + one.Destination
			if !one.Overdue || s.Clock.Now().Sub(told[key]) < lateAgain {
				continue
			}
			told[key] = s.Clock.Now()
			s.pageOwner(ctx, one.Owner, desk.Notice{Kind: "recall.late", Level: desk.Urgent, Href: "/data-recalls?row=" + r.ID, Needs: recall.Answer,
				Title: fmt.Sprintf("%s of %s has not answered the recall of data of %s", one.Destination, one.Channel, r.Spec.Device)})
		}
	}
}

// pageOwner rings for the people of a role or a name, or for all who may see
// to it.
func (s *Server) pageOwner(ctx context.Context, owner string, n desk.Notice) {
	owners := s.owners(ctx, owner)
	if len(owners) == 0 {
		if owner != "" {
			n.Title = "For " + owner + ": " + n.Title
		}
		s.bell.ring(n)
		return
	}
	n.Needs = ""
	for _, id := range owners {
		n.For = id
		s.bell.ring(n)
	}
}
