package store

import (
	"context"
	"database/sql"
	"errors"

	"bedrail/trail"
)

var _ trail.Store = (*DB)(nil)

// toldStream names the position of an audit repository among the streams.
func toldStream(target string) string { return "repository/" + target }

// AuditSize implements trail.Store.
func (s *DB) AuditSize(ctx context.Context, tenant string) (int64, error) {
	head, err := s.AuditHead(ctx, tenant)
	return head.N, err
}

// Told implements trail.Store.
func (s *DB) Told(ctx context.Context, tenant, target string) (seq int64, known bool, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT seq FROM applied WHERE tenant = $1 AND stream = $2`, tenant, toldStream(target)).Scan(&seq)
		if known = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return seq, known, err
}

// SaveTold implements trail.Store.
func (s *DB) SaveTold(ctx context.Context, tenant, target string, seq int64) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO applied (tenant, stream, seq, epoch) VALUES ($1, $2, $3, '') ON CONFLICT (tenant, stream) DO UPDATE SET seq = excluded.seq`,
			tenant, toldStream(target), seq)
		return err
	})
}
