package server

import (
	"context"
	"slices"
	"time"

	"bedrail"
	"bedrail/cmms"
	"bedrail/exchange"
	"bedrail/format/query"
)

// wireWriteBack lets corrections and work orders go out by the exchange.
func (s *Server) wireWriteBack() {
	s.Assets.Outbox = mailbox{&s.corrections, s.Exchange, bedrail.SystemActor("write-back", s.Config.Tenant)}
	s.add("write-back", s.sendPersons)
}

// A mailbox is the outbox of the exchange, for what the maintenance system is
// told.
type mailbox struct {
	*cmms.Desk
	exchange *exchange.Exchange
	by       bedrail.Actor
}

// statePiece is how many messages are asked about at once.
const statePiece = 200

// States implements asset.Outbox.
func (m mailbox) States(ctx context.Context, messages []string) (map[string]string, error) {
	out := make(map[string]string, len(messages))
	for piece := range slices.Chunk(messages, statePiece) {
		page, err := m.exchange.Messages(ctx, m.by, query.Request{Filter: query.Filter{{Field: "id", Op: query.Has, Values: piece}}, Limit: statePiece})
		if err != nil {
			return nil, err
		}
		for _, one := range page.Items {
			out[one.ID] = string(one.State)
		}
	}
	return out, nil
}

// personsEvery is how long a person's correction waits before it goes out by
// itself: time enough to take it back.
const personsEvery = 30 * time.Second

// sendPersons sends what persons have corrected, where the channel asks for
// that. What a crash left unsent is found by the same look.
func (s *Server) sendPersons(ctx context.Context) error {
	by := bedrail.SystemActor("write-back", s.Config.Tenant)
	return every(ctx, personsEvery, func() {
		if _, persons := s.corrections.Channel(); !persons {
			return
		}
		if n, err := s.Assets.SendPersons(ctx, by); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "corrections were not all sent", "error", err)
		} else if n > 0 {
			s.Log.InfoContext(ctx, "corrections were sent to the maintenance system", "corrections", n)
		}
	})
}
