package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

// SaveReplay implements exchange.Store.
func (s *DB) SaveReplay(ctx context.Context, in bedrail.Scope, r exchange.Replay, entry audit.Entry) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO message_replay (tenant, id, state, requested_at, doc) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, doc = excluded.doc`, in.Tenant, r.ID, r.State, micros(r.RequestedAt), string(doc))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// ReplayByID implements exchange.Store.
func (s *DB) ReplayByID(ctx context.Context, in bedrail.Scope, id string) (r exchange.Replay, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		r, err = scanReplay(tx.QueryRowContext(ctx, `SELECT doc FROM message_replay WHERE tenant = $1 AND id = $2`, in.Tenant, id))
		return orNotFound(err, "there is no replay %s", id)
	})
	return r, err
}

// Replays implements exchange.Store.
func (s *DB) Replays(ctx context.Context, in bedrail.Scope) (all []exchange.Replay, err error) {
	all = []exchange.Replay{}
	err = s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			r, err := scanReplay(row)
			all = append(all, r)
			return err
		}, `SELECT doc FROM message_replay WHERE tenant = $1 ORDER BY requested_at DESC, id LIMIT 100`, in.Tenant)
	})
	return all, err
}

func scanReplay(row scanner) (r exchange.Replay, err error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return r, err
	}
	return r, json.Unmarshal(doc, &r)
}

// AuditOf implements exchange.Store.
func (s *DB) AuditOf(ctx context.Context, in bedrail.Scope, target string, each func(audit.Record)) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			r, err := scanAudit(in.Tenant, row)
			if err == nil {
				each(r.record)
			}
			return err
		}, `SELECT `+auditColumns+` FROM `+s.dialect.auditTables()+` WHERE e.tenant = $1 AND e.target = $2 ORDER BY e.seq LIMIT 1000`, in.Tenant, target)
	})
}
