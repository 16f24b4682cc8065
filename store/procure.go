package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"bedrail"
	"bedrail/audit"
	"bedrail/procure"
)

var _ procure.Store = (*DB)(nil)

// Contradictions implements procure.Store.
func (s *DB) Contradictions(ctx context.Context, in bedrail.Scope) ([]procure.Contradiction, error) {
	return docsOf[procure.Contradiction](ctx, s, `SELECT doc FROM contradiction WHERE tenant = $1 ORDER BY id`, in.Tenant)
}

// SaveContradictions implements procure.Store.
func (s *DB) SaveContradictions(ctx context.Context, in bedrail.Scope, list []procure.Contradiction, entry audit.Entry) error {
	docs, err := marshalAll(list)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		rows := s.newInsert(`contradiction (tenant, id, since, gone, doc)`, 5, `ON CONFLICT (tenant, id) DO UPDATE SET since = excluded.since, gone = excluded.gone, doc = excluded.doc`)
		for i, c := range list {
			rows.add(in.Tenant, c.ID, micros(c.Since), micros(c.Gone), docs[i])
		}
		if err := rows.run(ctx, tx); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// SaveStatement implements procure.Store.
func (s *DB) SaveStatement(ctx context.Context, in bedrail.Scope, st procure.Statement, entry audit.Entry) error {
	doc, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return s.saveOne(ctx, in, entry, `INSERT INTO mds2_statement (tenant, id, manufacturer, model, at, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
		in.Tenant, st.ID, st.Manufacturer, st.Model, micros(st.At), string(doc))
}

// Statements implements procure.Store.
func (s *DB) Statements(ctx context.Context, in bedrail.Scope) ([]procure.Statement, error) {
	return docsOf[procure.Statement](ctx, s, `SELECT doc FROM mds2_statement WHERE tenant = $1 ORDER BY at DESC, id DESC`, in.Tenant)
}

// SavePolicy implements procure.Store.
func (s *DB) SavePolicy(ctx context.Context, in bedrail.Scope, p procure.PolicyVersion, entry audit.Entry) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.saveOne(ctx, in, entry, `INSERT INTO procurement_policy (tenant, at, id, doc) VALUES ($1, $2, $3, $4)`, in.Tenant, micros(p.At), p.ID, string(doc))
}

// Policies implements procure.Store.
func (s *DB) Policies(ctx context.Context, in bedrail.Scope) ([]procure.PolicyVersion, error) {
	return docsOf[procure.PolicyVersion](ctx, s, `SELECT doc FROM procurement_policy WHERE tenant = $1 ORDER BY at DESC, id`, in.Tenant)
}

// Purchases implements procure.Store.
func (s *DB) Purchases(ctx context.Context, in bedrail.Scope) ([]procure.Purchase, error) {
	return docsOf[procure.Purchase](ctx, s, `SELECT doc FROM purchase WHERE tenant = $1 ORDER BY id`, in.Tenant)
}

// SavePurchase implements procure.Store.
func (s *DB) SavePurchase(ctx context.Context, in bedrail.Scope, p procure.Purchase, entry audit.Entry) error {
	seen := p.Version
	p.Version++
	return s.saveRecord(ctx, in, "purchase", "the purchase", p.ID, p.Assessment.At, seen, p, entry)
}
