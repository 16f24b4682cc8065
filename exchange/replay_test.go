package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

// A halting store does something when the second hundred of a replay is to be
// queued.
type halting struct {
	exchange.Store
	asked int
	halt  func() error
}

func (h *halting) Requeue(ctx context.Context, in bedrail.Scope, r exchange.Requeue, entry audit.Entry) (int, error) {
	if h.asked++; h.asked == 2 {
		if err := h.halt(); err != nil {
			return 0, err
		}
	}
	return h.Store.Requeue(ctx, in, r, entry)
}

// What a replay had queued when it ended half-way is delivered at once, not
// when the outbox is read again in half a minute.
func TestWhatAReplayHadQueuedIsDeliveredWhenItEndsHalfWay(t *testing.T) {
	t.Parallel()
	const messages, queued = 250, 100
	broken := errors.New("the store is not there")
	for name, want := range map[string]error{"cancelled": context.Canceled, "failed": broken} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				h.Exchange.Store = &halting{Store: h.db, halt: func() error {
					if want == broken {
						return broken
					}
					cancel()
					return nil
				}}
				h.open(twoWays)
				var ids []string
				for i := range messages {
					ids = append(ids, h.receive("adt", adt(fmt.Sprint(i), fmt.Sprint("MRN", i))).ID)
				}
				ehr := h.receiver("ehr")
				h.until("all is delivered", func() bool { return len(ehr.control()) == messages })
				r, err := h.Replay(ctx, engineer, exchange.ReplaySpec{IDs: ids, From: []exchange.DeliveryState{exchange.Arrived}, Reason: "the receiver lost them"})
				if err != nil || r.State != "waiting" {
					t.Fatalf("asked for: %+v, %v", r, err)
				}
				own := bedrail.Actor{ID: "tok_1", Name: "engineer/script", Kind: bedrail.Token, Owner: engineer.ID, Scope: engineer.Scope}
				if _, err := h.Approve(ctx, own, r.ID); bedrail.KindOf(err) != bedrail.Denied {
					t.Fatalf("a token of who asked agreed: %v", err)
				}
				second := engineer
				second.ID = "person:2"
				if _, err := h.Approve(ctx, second, r.ID); !errors.Is(err, want) {
					t.Errorf("the replay ended with %v, want %v", err, want)
				}
				h.until("what was queued is delivered", func() bool { return len(ehr.control()) == messages+queued })
				again := ehr.control()[messages:]
				slices.Sort(again)
				if len(slices.Compact(again)) != queued {
					t.Errorf("of %d deliveries %d are of different messages", queued, len(slices.Compact(again)))
				}
			})
		})
	}
}
