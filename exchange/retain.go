package exchange

import (
	"context"
	"fmt"
	"strings"

	"bedrail"
	"bedrail/audit"
)

// forgetSome is how many messages one change forgets, so that others get their
// turn.
const forgetSome = 500

// ForgetOld makes messages unreadable whose channel keeps them no longer. What
// is open or under legal hold stays. Messages of channels that are no more are
// kept for the usual time.
func (x *Exchange) ForgetOld(ctx context.Context, by bedrail.Actor) (int, error) {
	ledger, err := x.Store.Ledger(ctx, x.scope())
	if err != nil {
		return 0, err
	}
	total := 0
	for _, s := range ledger.Sources {
		keep := keepUsual
		if l := x.line(s.Channel); l != nil {
			keep = l.plan.Load().keep()
		}
		before := x.Clock.Now().Add(-keep)
		for {
			ids, err := x.Store.MessagesBefore(ctx, x.scope(), s.Channel, before, forgetSome)
			if err != nil || len(ids) == 0 {
				if err != nil {
					return total, err
				}
				break
			}
			entry := audit.Entry{By: by, Did: ForgetMessages, To: s.Channel, Note: fmt.Sprintf("%d messages from before %s", len(ids), before.Format("2006-01-02T15:04:05Z"))}
			n, err := x.Store.ForgetMessages(ctx, x.scope(), ids, entry)
			total += n
			if err != nil || n == 0 {
				return total, err
			}
		}
	}
	return total, nil
}

// Waiting says what waits for each destination, for metrics.
func (x *Exchange) Waiting(ctx context.Context) ([]Backlog, error) {
	return x.Store.Backlogs(ctx, x.scope())
}

// Forget makes messages unreadable for ever.
func (x *Exchange) Forget(ctx context.Context, by bedrail.Actor, ids []string, reason string) (int, error) {
	if err := x.mayForget(ctx, by, ids, reason); err != nil {
		return 0, err
	}
	return x.Store.ForgetMessages(ctx, x.scope(), ids, audit.Entry{By: by, Did: ForgetMessages, To: ids[0], Note: fmt.Sprintf("%d messages made unreadable", len(ids)), Personal: map[string]string{"reason": reason}})
}

// LegalHold keeps messages from being forgotten, or lets go of them.
func (x *Exchange) LegalHold(ctx context.Context, by bedrail.Actor, ids []string, hold bool, reason string) (int, error) {
	if err := x.mayForget(ctx, by, ids, reason); err != nil {
		return 0, err
	}
	word := map[bool]string{true: "put under legal hold", false: "let go from legal hold"}[hold]
	return x.Store.SetLegalHold(ctx, x.scope(), ids, hold, audit.Entry{By: by, Did: ForgetMessages, To: ids[0], Note: fmt.Sprintf("%d messages %s", len(ids), word), Personal: map[string]string{"reason": reason}})
}

func (x *Exchange) mayForget(ctx context.Context, by bedrail.Actor, ids []string, reason string) error {
	if len(ids) == 0 || len(strings.TrimSpace(reason)) < 3 {
		return bedrail.Errorf(bedrail.Invalid, "say which messages, and why")
	}
	for _, id := range ids {
		if _, err := x.message(ctx, by, ForgetMessages, id); err != nil {
			return err
		}
	}
	return nil
}
