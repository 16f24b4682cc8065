package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// A Retention says how long facts are kept that lose their worth with time. A
// zero keeps them for ever. Devices, findings, bills and the audit record are
// never removed by age.
type Retention struct {
	Conversations time.Duration // hourly rows of who spoke with whom
	Coverage      time.Duration // what each sensor saw and missed
	Jobs          time.Duration // finished work
}

// DefaultRetention keeps a month of conversations, thirteen months of
// coverage, so that a year can be compared with the one before, and three
// months of jobs.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Conversations: 30 * day, Coverage: 396 * day, Jobs: 90 * day}
}

// A sweepRule names rows that age. Place is the condition under which a row is
// too old; its ? is the oldest time that is kept.
type sweepRule struct {
	table, key, place string
	keep              time.Duration
}

func (r Retention) rules() []sweepRule {
	return []sweepRule{
		{"conversation", "tenant, hour, site, client, server, transport, port, client_mac, server_mac", "hour < ?", r.Conversations},
		{"coverage", "tenant, site, sensor, from_at", "until_at < ?", r.Coverage},
		{"job", "tenant, id", "created_at < ? AND state NOT IN ('queued', 'running')", r.Jobs},
	}
}

// sweepChunk is how many rows one transaction removes, so that others get
// their turn and the write-ahead log stays small.
const sweepChunk = 2000

// Sweep removes what r no longer keeps and records in the name of by how many
// rows of each kind went, if any did. It may be run at any time and again.
func (s *DB) Sweep(ctx context.Context, in bedrail.Scope, r Retention, by bedrail.Actor) (map[string]int64, error) {
	removed := make(map[string]int64)
	for _, rule := range r.rules() {
		if rule.keep <= 0 {
			continue
		}
		oldest := s.clock.Now().Add(-rule.keep).UnixMicro()
		for {
			n, err := s.sweepSome(ctx, in.Tenant, rule, oldest)
			if err != nil {
				return removed, fmt.Errorf("removing old rows of %s: %w", rule.table, err)
			}
			if n > 0 {
				removed[rule.table] += n
			}
			if n < sweepChunk {
				break
			}
		}
	}
	if len(removed) == 0 {
		return removed, nil
	}
	return removed, s.Record(ctx, in, audit.Entry{By: by, Did: "system:configure", To: "retention", Note: sweepNote(r, removed)})
}

func (s *DB) sweepSome(ctx context.Context, tenant string, rule sweepRule, oldest int64) (n int64, err error) {
	var w where
	w.and("tenant = ?", tenant)
	w.and(rule.place, oldest)
	text := `DELETE FROM ` + rule.table + ` WHERE (` + rule.key + `) IN (
		SELECT ` + rule.key + ` FROM ` + rule.table + w.String() + ` LIMIT ` + w.arg(sweepChunk) + `)`
	err = s.update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, text, w.args...)
		if err != nil {
			return err
		}
		n, err = done.RowsAffected()
		return err
	})
	return n, err
}

func sweepNote(r Retention, removed map[string]int64) string {
	var parts []string
	for _, rule := range r.rules() {
		if n := removed[rule.table]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s older than %d days", n, rule.table, int64(rule.keep/(24*time.Hour))))
		}
	}
	return "removed by age: " + strings.Join(parts, ", ")
}
