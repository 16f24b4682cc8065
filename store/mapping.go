package store

import (
	"context"
	"database/sql"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/mapping"
)

// SaveMapping implements mapping.Store.
func (s *DB) SaveMapping(ctx context.Context, in bedrail.Scope, v mapping.Version, entry audit.Entry) (mapping.Version, error) {
	err := s.update(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM mapping_version WHERE tenant = $1 AND name = $2`, in.Tenant, v.Name).Scan(&v.Number)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE mapping_version SET in_force = 0 WHERE tenant = $1 AND name = $2 AND in_force = 1`, in.Tenant, v.Name); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO mapping_version (tenant, name, number, text, saved_by, saved_at, note, in_force) VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`,
			in.Tenant, v.Name, v.Number, v.Text, v.By, micros(v.At), v.Note)
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return v, err
}

// RetireMapping implements mapping.Store.
func (s *DB) RetireMapping(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE mapping_version SET in_force = 0 WHERE tenant = $1 AND name = $2 AND in_force = 1`, in.Tenant, name)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err != nil {
				return err
			}
			return bedrail.Errorf(bedrail.NotFound, "no mapping of the house called %s is in force", name)
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// MappingVersions implements mapping.Store.
func (s *DB) MappingVersions(ctx context.Context, in bedrail.Scope, fn func(mapping.Version) error) error {
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var v mapping.Version
			var at int64
			var force int
			if err := row.Scan(&v.Name, &v.Number, &v.Text, &v.By, &at, &v.Note, &force); err != nil {
				return err
			}
			v.At, v.InForce = time.UnixMicro(at).UTC(), force == 1
			return fn(v)
		}, `SELECT name, number, text, saved_by, saved_at, note, in_force FROM mapping_version WHERE tenant = $1 ORDER BY name, number`, in.Tenant)
	})
}
