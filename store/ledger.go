package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"bedrail"
	"bedrail/exchange"
)

// Ledger implements exchange.Store. What came is counted as it came; what
// became of it, from where the messages stand; what is open, once more from
// the outbox. All three must agree.
func (s *DB) Ledger(ctx context.Context, in bedrail.Scope) (l exchange.Ledger, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		b := ledgerBuilder{by: map[string]*exchange.SourceLedger{}}
		for _, step := range []func(context.Context, *sql.Tx, string) error{b.received, b.states, b.open, b.deliveries, b.expected} {
			if err := step(ctx, tx, in.Tenant); err != nil {
				return err
			}
		}
		l = b.finish()
		return nil
	})
	return l, err
}

type ledgerBuilder struct {
	by    map[string]*exchange.SourceLedger
	worst map[string]map[exchange.State]int64 // of what is open, from the outbox
}

func (b *ledgerBuilder) source(channel string) *exchange.SourceLedger {
	if b.by[channel] == nil {
		b.by[channel] = &exchange.SourceLedger{Channel: channel, Destinations: []exchange.DestinationLedger{}}
	}
	return b.by[channel]
}

func (b *ledgerBuilder) destination(channel, name string) *exchange.DestinationLedger {
	s := b.source(channel)
	i := slices.IndexFunc(s.Destinations, func(d exchange.DestinationLedger) bool { return d.Name == name })
	if i < 0 {
		s.Destinations = append(s.Destinations, exchange.DestinationLedger{Name: name})
		i = len(s.Destinations) - 1
	}
	return &s.Destinations[i]
}

func (b *ledgerBuilder) received(ctx context.Context, tx *sql.Tx, tenant string) error {
	return eachRow(ctx, tx, func(r scanner) error {
		var channel string
		var n, unassured int64
		err := r.Scan(&channel, &n, &unassured)
		s := b.source(channel)
		s.Received, s.Unassured = n, unassured
		return err
	}, `SELECT channel, CAST(SUM(received) AS BIGINT), CAST(SUM(unassured) AS BIGINT) FROM message_count WHERE tenant = $1 GROUP BY channel`, tenant)
}

func (b *ledgerBuilder) states(ctx context.Context, tx *sql.Tx, tenant string) error {
	return eachRow(ctx, tx, func(r scanner) error {
		var channel, state string
		var n int64
		err := r.Scan(&channel, &state, &n)
		b.source(channel).Count(exchange.State(state), n)
		return err
	}, `SELECT channel, state, COUNT(*) FROM message WHERE tenant = $1 GROUP BY channel, state`, tenant)
}

// open counts the open messages by the outbox: each by its worst destination.
func (b *ledgerBuilder) open(ctx context.Context, tx *sql.Tx, tenant string) error {
	b.worst = map[string]map[exchange.State]int64{}
	return eachRow(ctx, tx, func(r scanner) error {
		var channel string
		var rank, n int64
		if err := r.Scan(&channel, &rank, &n); err != nil {
			return err
		}
		if b.worst[channel] == nil {
			b.worst[channel] = map[exchange.State]int64{}
		}
		b.worst[channel][map[int64]exchange.State{4: exchange.Pending, 3: exchange.Held, 2: exchange.Dead}[rank]] = n
		return nil
	}, `SELECT channel, worst, COUNT(*) FROM (
			SELECT channel, message, MAX(CASE state WHEN 'queued' THEN 4 WHEN 'held' THEN 3 ELSE 2 END) AS worst FROM delivery
			WHERE tenant = $1 AND state IN ('queued', 'held', 'dead') GROUP BY channel, message) AS open_messages
		GROUP BY channel, worst`, tenant)
}

func (b *ledgerBuilder) deliveries(ctx context.Context, tx *sql.Tx, tenant string) error {
	return eachRow(ctx, tx, func(r scanner) error {
		var channel, destination, state string
		var n int64
		err := r.Scan(&channel, &destination, &state, &n)
		b.destination(channel, destination).Count(exchange.DeliveryState(state), n)
		return err
	}, `SELECT channel, destination, state, COUNT(*) FROM delivery WHERE tenant = $1 GROUP BY channel, destination, state`, tenant)
}

// expected counts for each destination the messages that were routed while
// there were deliveries to it: none of them may be without one.
func (b *ledgerBuilder) expected(ctx context.Context, tx *sql.Tx, tenant string) error {
	for channel, s := range b.by {
		for i := range s.Destinations {
			d := &s.Destinations[i]
			var first, last string
			err := tx.QueryRowContext(ctx, `SELECT MIN(message), MAX(message) FROM delivery WHERE tenant = $1 AND channel = $2 AND destination = $3`,
				tenant, channel, d.Name).Scan(&first, &last)
			if err != nil {
				return err
			}
			err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM message m WHERE m.tenant = $1 AND m.channel = $2 AND m.state NOT IN ('duplicate', 'rejected')
				AND m.id >= $3 AND m.id <= $4 AND NOT EXISTS (SELECT 1 FROM channel_version v WHERE v.tenant = m.tenant AND v.name = m.channel AND v.version = m.version AND v.doc NOT LIKE $5)`,
				tenant, channel, first, last, `%"name":"`+d.Name+`"%`).Scan(&d.Expected)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *ledgerBuilder) finish() exchange.Ledger {
	l := exchange.Ledger{Sources: []exchange.SourceLedger{}}
	for channel, s := range b.by {
		if n := s.Sum(); n != s.Received {
			s.Problems = append(s.Problems, fmt.Sprintf("%d came and %d are accounted for", s.Received, n))
		}
		for state, n := range map[exchange.State]int64{exchange.Pending: s.Pending, exchange.Held: s.Held, exchange.Dead: s.Dead} {
			if out := b.worst[channel][state]; out != n {
				s.Problems = append(s.Problems, fmt.Sprintf("%d messages are %s and the outbox says %d", n, state, out))
			}
		}
		slices.Sort(s.Problems)
		for i := range s.Destinations {
			d := &s.Destinations[i]
			d.Balanced = d.Sum() == d.Expected
			if !d.Balanced {
				s.Problems = append(s.Problems, fmt.Sprintf("%d messages were routed past %s and %d are accounted for there", d.Expected, d.Name, d.Sum()))
			}
		}
		s.Balanced = len(s.Problems) == 0
		slices.SortFunc(s.Destinations, func(a, b exchange.DestinationLedger) int { return strings.Compare(a.Name, b.Name) })
		l.Sources = append(l.Sources, *s)
	}
	slices.SortFunc(l.Sources, func(a, b exchange.SourceLedger) int { return strings.Compare(a.Channel, b.Channel) })
	return l
}
