package store

import (
	"context"
	"database/sql"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// Disclosures implements exchange.Store.
func (s *DB) Disclosures(ctx context.Context, in bedrail.Scope, patient string, from, until time.Time, limit int) (all []exchange.DisclosureRow, messages int, err error) {
	value, err := s.blind(in.Tenant, "patient", patient)
	if err != nil {
		return nil, 0, err
	}
	type found struct {
		row     auditRow
		channel string
		typ     string
	}
	var read []found
	err = s.view(ctx, func(tx *sql.Tx) error {
		read = read[:0]
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM message_index i JOIN message m ON m.tenant = i.tenant AND m.id = i.id
			WHERE i.tenant = $1 AND i.field = 'patient' AND i.value = $2 AND m.received_at >= $3 AND m.received_at <= $4`, in.Tenant, value, micros(from), micros(until)).Scan(&messages)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT m.channel, m.type, `+auditColumns+` FROM `+s.dialect.auditTables()+` JOIN message m ON m.tenant = e.tenant AND m.id = e.target
			WHERE e.tenant = $1 AND e.target IN (SELECT i.id FROM message_index i WHERE i.tenant = $1 AND i.field = 'patient' AND i.value = $2) AND e.did IN ('message:deliver', 'message:reveal') AND e.at >= $3 AND e.at <= $4
			ORDER BY e.seq DESC LIMIT $5`, in.Tenant, value, micros(from), micros(until), limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var f found
			if f.row, err = scanAudit(in.Tenant, &prefixedRow{rows: rows, first: []any{&f.channel, &f.typ}}); err != nil {
				return err
			}
			read = append(read, f)
		}
		return rows.Err()
	})
	for i := range read {
		s.openAudit(&read[i].row) // who was shown it, and why
		all = append(all, exchange.DisclosureRow{Record: read[i].row.record, Channel: read[i].channel, Type: read[i].typ})
	}
	return all, messages, err
}
