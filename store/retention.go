package store

import (
	"context"
	"database/sql"
	"errors"
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
	Conversations    time.Duration // hourly rows of who spoke with whom; then they become days
	ConversationDays time.Duration // daily rows; when a pair was first and last heard stays for ever
	Coverage         time.Duration // what each sensor saw and missed by the minute; then it becomes days, which stay
	Jobs             time.Duration // finished work
	Associations     time.Duration // to whom devices belong, since a feed told it last; shredded
	DevicePast       time.Duration // what a device was known to be, and where, before it was known otherwise
}

// DefaultRetention keeps a month of conversations by the hour and thirteen by
// the day, so that a year can be compared with the one before, as long the
// minutes of coverage, three months of jobs and of what feeds no longer say of
// patients, and seven years of what devices
// were and where they stood, so that a day can be asked for as long as records
// of care are asked for.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Conversations: 30 * day, ConversationDays: 396 * day, Coverage: 396 * day, Jobs: 90 * day, Associations: 90 * day, DevicePast: 2557 * day}
}

// A sweepRule names rows that age. Place is the condition under which a row is
// too old; its ? is the oldest time that is kept.
type sweepRule struct {
	table, key, place string
	keep              time.Duration
}

func (r Retention) rules() []sweepRule {
	return []sweepRule{
		{"conversation_day", "tenant, day, site, client, server, transport, port, client_mac, server_mac", "day < ?", r.ConversationDays},
		{"coverage_vlan", "tenant, sensor, at, vlan", "at < ?", r.Conversations},
		{"coverage_gap", "tenant, sensor, interface, from_at, reason", "until_at < ?", r.Coverage},
		{"sensor_invitation", "tenant, hash", "expires_at < ?", r.Jobs},
		{devicePast, "tenant, id, gone_at", "id <> '' AND gone_at < ?", r.DevicePast},
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
	for _, u := range r.rollUps() {
		if u.keep <= 0 {
			continue
		}
		n, err := s.rollUp(ctx, in.Tenant, u)
		if n > 0 {
			removed[u.table] += n
		}
		if err != nil {
			return removed, fmt.Errorf("rolling up old rows of %s: %w", u.table, err)
		}
	}
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
		if removed[devicePast] > 0 && rule.table == devicePast {
			if err := s.pastBegins(ctx, oldest); err != nil {
				return removed, err
			}
		}
	}
	if r.Associations > 0 {
		n, err := s.sweepAssociations(ctx, in.Tenant, s.clock.Now().Add(-r.Associations).UnixMicro())
		if n > 0 {
			removed[associationTable] = n
			err = errors.Join(err, s.flushTraces(ctx))
		}
		if err != nil {
			return removed, fmt.Errorf("forgetting to whom devices belonged: %w", err)
		}
	}
	if len(removed) == 0 {
		return removed, nil
	}
	return removed, s.Record(ctx, in, audit.Entry{By: by, Did: "system:configure", To: "retention", Note: sweepNote(r, removed)})
}

const devicePast = "device_past"

// pastBegins notes since when the past of devices is kept: of a day before it
// the answer says that it does not know.
func (s *DB) pastBegins(ctx context.Context, at int64) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE device_past SET gone_at = $1 WHERE tenant = '' AND id = '' AND gone_at < $2`, at, at)
		return err
	})
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
	add := func(table string, keep time.Duration) {
		if n := removed[table]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s older than %d days", n, table, int64(keep/(24*time.Hour))))
		}
	}
	for _, u := range r.rollUps() {
		add(u.table, u.keep)
	}
	for _, rule := range r.rules() {
		add(rule.table, rule.keep)
	}
	add(associationTable, r.Associations)
	return "removed by age: " + strings.Join(parts, ", ")
}
