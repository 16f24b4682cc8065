package server

import (
	"context"
	"os"
	"time"

	"bedrail/trail"
)

// site is how Bedrail names itself to auditors of other systems.
func site() trail.Site {
	host, err := os.Hostname()
	if err != nil {
		host = "bedrail"
	}
	return trail.Site{Source: host, Process: "Bedrail"}
}

// tellEveryRepository is how often audit repositories are told of what is new.
const tellEveryRepository = 2 * time.Second

// wireTrail has auditors of other systems answered.
func (s *Server) wireTrail() {
	s.API.Trail = &trail.Desk{Audit: s.API.Audit, Exchange: s.Exchange, Site: site()}
}

// tellRepositories has the audit repositories of the house told of what is new.
func (s *Server) tellRepositories() {
	t := &trail.Teller{Store: s.DB, Exchange: s.Exchange, Tenant: s.Config.Tenant, Clock: s.Clock, Site: site(), Send: s.post.SendLines,
		Blind: func(field, value string) string { return s.DB.Blind(s.Config.Tenant, field, value) }}
	s.API.Repositories = t.Standings
	s.add("audit repositories", func(ctx context.Context) error {
		return every(ctx, tellEveryRepository, func() {
			if _, refused := s.DB.ReadOnly(); refused {
				return
			}
			if err := t.Tell(ctx); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "audit repositories could not all be told; it is tried again", "error", err)
			}
		})
	})
}
