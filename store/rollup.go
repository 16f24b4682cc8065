package store

import (
	"context"
	"database/sql"
	"time"
)

// A rollUp says how rows that grow too old to be kept one by one live on in
// coarser ones.
type rollUp struct {
	table, at string // the rows, and the column of their time
	keep      time.Duration
	into      []string // statements with $1 tenant, $2 from, $3 until, $4 the day
}

func (r Retention) rollUps() []rollUp {
	return []rollUp{
		{"conversation", "hour", r.Conversations, []string{conversationDays, conversationEdges}},
		{"coverage", "from_at", r.Coverage, []string{coverageDays}},
	}
}

const (
	conversationDays = `
		INSERT INTO conversation_day (tenant, day, site, client, server, transport, port, client_mac, server_mac, vlan, protocol, encrypted, packets,
			bytes_up, bytes_down, first_at, last_at)
		SELECT tenant, CAST($4 AS BIGINT), site, client, server, transport, port, client_mac, server_mac, MAX(vlan), MAX(protocol), MAX(encrypted), SUM(packets),
			SUM(bytes_up), SUM(bytes_down), MIN(first_at), MAX(last_at)
		FROM conversation WHERE tenant = $1 AND hour >= $2 AND hour < $3
		GROUP BY tenant, site, client, server, transport, port, client_mac, server_mac
		ON CONFLICT (tenant, day, site, client, server, transport, port, client_mac, server_mac) DO UPDATE SET
			protocol = CASE WHEN excluded.protocol = '' THEN conversation_day.protocol ELSE excluded.protocol END,
			encrypted = CASE WHEN excluded.encrypted > conversation_day.encrypted THEN excluded.encrypted ELSE conversation_day.encrypted END,
			packets = conversation_day.packets + excluded.packets, bytes_up = conversation_day.bytes_up + excluded.bytes_up,
			bytes_down = conversation_day.bytes_down + excluded.bytes_down,
			first_at = CASE WHEN excluded.first_at < conversation_day.first_at THEN excluded.first_at ELSE conversation_day.first_at END,
			last_at = CASE WHEN excluded.last_at > conversation_day.last_at THEN excluded.last_at ELSE conversation_day.last_at END`

	conversationEdges = `
		INSERT INTO conversation_edge (tenant, site, client, server, transport, port, client_mac, server_mac, protocol, first_at, last_at)
		SELECT tenant, site, client, server, transport, port, client_mac, server_mac, MAX(protocol), MIN(first_at), MAX(last_at)
		FROM conversation WHERE tenant = $1 AND hour >= $2 AND hour < $3
		GROUP BY tenant, site, client, server, transport, port, client_mac, server_mac
		ON CONFLICT (tenant, site, client, server, transport, port, client_mac, server_mac) DO UPDATE SET
			protocol = CASE WHEN excluded.protocol = '' THEN conversation_edge.protocol ELSE excluded.protocol END,
			first_at = CASE WHEN excluded.first_at < conversation_edge.first_at THEN excluded.first_at ELSE conversation_edge.first_at END,
			last_at = CASE WHEN excluded.last_at > conversation_edge.last_at THEN excluded.last_at ELSE conversation_edge.last_at END`

	coverageDays = `
		INSERT INTO coverage_day (tenant, site, sensor, day, from_at, until_at, packets, bytes, dropped, evicted, truncated, malformed, missing)
		SELECT tenant, site, sensor, CAST($4 AS BIGINT), MIN(from_at), MAX(until_at), SUM(packets), SUM(bytes), SUM(dropped), SUM(evicted), SUM(truncated),
			SUM(malformed), SUM(missing)
		FROM coverage WHERE tenant = $1 AND from_at >= $2 AND from_at < $3 GROUP BY tenant, site, sensor
		ON CONFLICT (tenant, site, sensor, day) DO UPDATE SET
			from_at = CASE WHEN excluded.from_at < coverage_day.from_at THEN excluded.from_at ELSE coverage_day.from_at END,
			until_at = CASE WHEN excluded.until_at > coverage_day.until_at THEN excluded.until_at ELSE coverage_day.until_at END,
			packets = coverage_day.packets + excluded.packets, bytes = coverage_day.bytes + excluded.bytes, dropped = coverage_day.dropped + excluded.dropped,
			evicted = coverage_day.evicted + excluded.evicted, truncated = coverage_day.truncated + excluded.truncated,
			malformed = coverage_day.malformed + excluded.malformed, missing = coverage_day.missing + excluded.missing`
)

const hourMicros = int64(time.Hour / time.Microsecond)

// rollUp adds what is too old to its days, an hour in one transaction with the
// removal of that hour: whenever it is interrupted, every row counts once.
func (s *DB) rollUp(ctx context.Context, tenant string, u rollUp) (gone int64, err error) {
	until := s.clock.Now().Add(-u.keep).UnixMicro() / hourMicros * hourMicros
	for {
		var n int64
		err := s.update(ctx, func(tx *sql.Tx) error {
			n = 0
			var first sql.NullInt64
			if err := tx.QueryRowContext(ctx, `SELECT MIN(`+u.at+`) FROM `+u.table+` WHERE tenant = $1`, tenant).Scan(&first); err != nil {
				return err
			}
			if !first.Valid || first.Int64 >= until {
				return nil
			}
			from := first.Int64 / hourMicros * hourMicros
			for _, text := range u.into {
				args := []any{tenant, from, from + hourMicros, from / dayMicros * dayMicros}
				if text == conversationEdges {
					args = args[:3]
				}
				if _, err := tx.ExecContext(ctx, text, args...); err != nil {
					return err
				}
			}
			done, err := tx.ExecContext(ctx, `DELETE FROM `+u.table+` WHERE tenant = $1 AND `+u.at+` >= $2 AND `+u.at+` < $3`, tenant, from, from+hourMicros)
			if err != nil {
				return err
			}
			n, err = done.RowsAffected()
			return err
		})
		gone += n
		if err != nil || n == 0 {
			return gone, err
		}
	}
}
