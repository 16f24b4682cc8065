package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
)

// maxWrittenBack bounds how much of what was sent is looked at.
const maxWrittenBack = 20_000

// WrittenBack implements asset.Store.
func (s *DB) WrittenBack(ctx context.Context, in bedrail.Scope) ([]asset.Sent, error) {
	w := deviceScope(in)
	most := w.arg(maxWrittenBack)
	out := []asset.Sent{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachDoc(ctx, tx, "what was sent", func(one asset.Sent) { out = append(out, one) },
			`SELECT b.doc FROM written_back b JOIN device ON device.tenant = b.tenant AND device.id = b.device`+w.String()+` ORDER BY b.at DESC, b.key LIMIT `+most, w.args...)
	})
	return out, err
}

// SaveWrittenBack implements asset.Store.
func (s *DB) SaveWrittenBack(ctx context.Context, in bedrail.Scope, one asset.Sent, entry audit.Entry) error {
	doc, err := json.Marshal(one)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO written_back (tenant, key, device, at, doc) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant, key) DO UPDATE SET at = excluded.at, doc = excluded.doc`, in.Tenant, one.Key, one.Device, micros(one.At), string(doc)); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}
