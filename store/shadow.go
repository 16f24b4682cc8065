package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/shadow"
)

var _ shadow.Store = (*DB)(nil)

// writeOverheard adds what a batch overheard to its days.
func writeOverheard(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	type key struct {
		id  string
		day int64
	}
	days, order := map[key]*shadow.Day{}, []key{}
	for i := range d.Overheard {
		o := &d.Overheard[i]
		k := key{shadow.KeyOf(o), micros(o.Minute.UTC().Truncate(24 * time.Hour))}
		day := days[k]
		if day == nil {
			day = &shadow.Day{}
			var doc []byte
			err := tx.QueryRowContext(ctx, `SELECT doc FROM shadow_day WHERE tenant = $1 AND id = $2 AND day = $3`, tenant, k.id, k.day).Scan(&doc)
			if err == nil {
				err = json.Unmarshal(doc, day)
			}
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			days[k] = day
			order = append(order, k)
		}
		day.Merge(o)
	}
	for _, k := range order {
		if err := putDoc(ctx, tx, `INSERT INTO shadow_day (tenant, id, day, doc) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, id, day) DO UPDATE SET doc = excluded.doc`,
			days[k], tenant, k.id, k.day); err != nil {
			return err
		}
	}
	return nil
}

// shadowMost bounds the rows that are read at once: 1,000 conversations for a
// month.
const shadowMost = 31_000

// ShadowDays implements shadow.Store.
func (s *DB) ShadowDays(ctx context.Context, in bedrail.Scope, since time.Time) (all []shadow.Day, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		all, err = docs[shadow.Day](ctx, tx, `SELECT doc FROM (SELECT doc, day, id FROM shadow_day WHERE tenant = $1 AND day >= $2 ORDER BY day DESC, id LIMIT $3) AS newest ORDER BY day, id`,
			in.Tenant, micros(since.UTC().Truncate(24*time.Hour)), shadowMost)
		return err
	})
	return all, err
}

// ShadowLatest implements shadow.Store.
func (s *DB) ShadowLatest(ctx context.Context, in bedrail.Scope) (at time.Time, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		day, err := lastShadowDay(ctx, tx, in.Tenant)
		if err != nil || !day.Valid {
			return err
		}
		at = time.UnixMicro(day.Int64).UTC()
		return nil
	})
	return at, err
}

func lastShadowDay(ctx context.Context, tx *sql.Tx, tenant string) (day sql.NullInt64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT max(day) FROM shadow_day WHERE tenant = $1`, tenant).Scan(&day)
	return day, err
}

// A keptAdoption is an adoption with what its JSON leaves out.
type keptAdoption struct {
	shadow.Adoption
	ID string `json:"id"`
}

// Adoptions implements shadow.Store.
func (s *DB) Adoptions(ctx context.Context, in bedrail.Scope) (all []shadow.Adoption, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		kept, err := docs[keptAdoption](ctx, tx, `SELECT doc FROM shadow_adoption WHERE tenant = $1 ORDER BY id`, in.Tenant)
		for _, k := range kept {
			k.Adoption.ID = k.ID
			all = append(all, k.Adoption)
		}
		return err
	})
	return all, err
}

// writeAdoption keeps a, or replaces the one of its listener.
func writeAdoption(ctx context.Context, tx *sql.Tx, tenant string, a shadow.Adoption) error {
	return putDoc(ctx, tx, `INSERT INTO shadow_adoption (tenant, id, doc) VALUES ($1, $2, $3) ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc`,
		keptAdoption{a, a.ID}, tenant, a.ID)
}

// SweepShadow implements shadow.Store.
func (s *DB) SweepShadow(ctx context.Context, in bedrail.Scope, now time.Time, keep time.Duration, entry audit.Entry) (n int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		n = 0
		latest, err := lastShadowDay(ctx, tx, in.Tenant)
		if err != nil || !latest.Valid {
			return err
		}
		before := min(micros(now), latest.Int64) - keep.Microseconds()
		res, err := tx.ExecContext(ctx, `DELETE FROM shadow_day WHERE tenant = $1 AND day < $2`, in.Tenant, before)
		if err != nil {
			return err
		}
		gone, err := res.RowsAffected()
		if n = int(gone); err != nil || n == 0 {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return n, err
}
