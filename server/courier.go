package server

import (
	"context"
	"os"

	"bedrail/desk"
	"bedrail/notify"
)

// wireCourier puts together who carries notices out of the house. Nothing
// leaves before somebody has made a target.
func (s *Server) wireCourier() *desk.Courier {
	host, err := os.Hostname()
	if err != nil {
		host = "bedrail"
	}
	post := &notify.Post{Clock: s.Clock, Version: Version().Version, Host: host, PublicURL: s.Config.PublicURL, Private: s.Config.NotifyPrivate, AuditTest: site().Test}
	s.post = post
	c := &desk.Courier{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Senders: post.Senders(), Carried: s.Metrics.carried,
		Failed: func(ctx context.Context, err error) {
			s.Log.WarnContext(ctx, "notices could not be carried out of the house; they are tried again", "error", err)
		}}
	s.API.Courier = c
	s.add("courier", func(ctx context.Context) error { return c.Run(ctx, s.Config.Tenant) })
	return c
}
