package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/quality"
)

var _ quality.Store = (*DB)(nil)

// SaveWatch implements quality.Store.
func (s *DB) SaveWatch(ctx context.Context, in bedrail.Scope, states []quality.State, buckets []quality.Bucket, alerts []quality.Alert, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for i := range states {
			st := &states[i]
			if err := putDoc(ctx, tx, `INSERT INTO quality_series (tenant, id, at, doc) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, doc = excluded.doc`,
				st, in.Tenant, st.ID, micros(st.Last)); err != nil {
				return err
			}
		}
		for i := range buckets {
			b := &buckets[i]
			if err := putDoc(ctx, tx, `INSERT INTO quality_hour (tenant, series, hour, doc) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, series, hour) DO UPDATE SET doc = excluded.doc`,
				b.Counts, in.Tenant, b.Series, micros(b.Hour)); err != nil {
				return err
			}
		}
		for i := range alerts {
			if err := putAlert(ctx, tx, in.Tenant, &alerts[i]); err != nil {
				return err
			}
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// putDoc runs text with args and v as its last argument, as JSON.
func putDoc(ctx context.Context, tx *sql.Tx, text string, v any, args ...any) error {
	doc, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, text, append(args, string(doc))...)
	return err
}

// A keptAlert is an alert with what its JSON leaves out.
type keptAlert struct {
	quality.Alert
	Key string `json:"key"`
}

func putAlert(ctx context.Context, tx *sql.Tx, tenant string, a *quality.Alert) error {
	return putDoc(ctx, tx, `INSERT INTO quality_alert (tenant, id, key, kind, state, at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, at = excluded.at, doc = excluded.doc`,
		keptAlert{*a, a.Key}, tenant, a.ID, a.Key, string(a.Kind), a.State, micros(a.Last))
}

// WatchStates implements quality.Store.
func (s *DB) WatchStates(ctx context.Context, in bedrail.Scope) (all []quality.State, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		all, err = docs[quality.State](ctx, tx, `SELECT doc FROM quality_series WHERE tenant = $1 ORDER BY at DESC, id LIMIT 20000`, in.Tenant)
		return err
	})
	return all, err
}

// docs reads rows of one JSON document each.
func docs[T any](ctx context.Context, tx *sql.Tx, text string, args ...any) ([]T, error) {
	var all []T
	err := eachRow(ctx, tx, func(row scanner) error {
		var doc []byte
		if err := row.Scan(&doc); err != nil {
			return err
		}
		var v T
		if err := json.Unmarshal(doc, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	}, text, args...)
	return all, err
}

// QualityBuckets implements quality.Store.
func (s *DB) QualityBuckets(ctx context.Context, in bedrail.Scope, ids []string, since time.Time) (all []quality.Bucket, err error) {
	var w where
	w.and(`tenant = ?`, in.Tenant)
	w.and(`hour >= ?`, micros(since))
	if len(ids) > 0 {
		w.place(`series`, ids)
	}
	err = s.view(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var b quality.Bucket
			var hour int64
			var doc []byte
			if err := row.Scan(&b.Series, &hour, &doc); err != nil {
				return err
			}
			b.Hour = timeOf(hour)
			all = append(all, b)
			return json.Unmarshal(doc, &all[len(all)-1].Counts)
		}, `SELECT series, hour, doc FROM quality_hour`+w.String()+` ORDER BY series, hour`, w.args...)
	})
	return all, err
}

// QualityAlerts implements quality.Store.
func (s *DB) QualityAlerts(ctx context.Context, in bedrail.Scope, limit int) (all []quality.Alert, err error) {
	var kept []keptAlert
	err = s.view(ctx, func(tx *sql.Tx) error {
		kept, err = docs[keptAlert](ctx, tx, `SELECT doc FROM quality_alert WHERE tenant = $1 ORDER BY CASE state WHEN 'ended' THEN 1 ELSE 0 END, at DESC, id LIMIT $2`, in.Tenant, limit)
		return err
	})
	for _, k := range kept {
		k.Alert.Key = k.Key
		all = append(all, k.Alert)
	}
	return all, err
}

// SaveAlert implements quality.Store.
func (s *DB) SaveAlert(ctx context.Context, in bedrail.Scope, a quality.Alert, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := putAlert(ctx, tx, in.Tenant, &a); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Objectives implements quality.Store.
func (s *DB) Objectives(ctx context.Context, in bedrail.Scope) (all []quality.Objective, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		all, err = docs[quality.Objective](ctx, tx, `SELECT doc FROM quality_objective WHERE tenant = $1 ORDER BY name`, in.Tenant)
		return err
	})
	return all, err
}

// SaveObjective implements quality.Store.
func (s *DB) SaveObjective(ctx context.Context, in bedrail.Scope, o quality.Objective, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := putDoc(ctx, tx, `INSERT INTO quality_objective (tenant, name, doc) VALUES ($1, $2, $3) ON CONFLICT (tenant, name) DO UPDATE SET doc = excluded.doc`, o, in.Tenant, o.Name); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// RemoveObjective implements quality.Store.
func (s *DB) RemoveObjective(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM quality_objective WHERE tenant = $1 AND name = $2`, in.Tenant, name)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err != nil {
				return err
			}
			return bedrail.Errorf(bedrail.NotFound, "nobody set an objective %s", name)
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// SweepQuality implements quality.Store.
func (s *DB) SweepQuality(ctx context.Context, in bedrail.Scope, before time.Time) (n int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		n = 0
		for _, text := range []string{`DELETE FROM quality_hour WHERE tenant = $1 AND hour < $2`, `DELETE FROM quality_alert WHERE tenant = $1 AND at < $2 AND state = 'ended'`,
			`DELETE FROM quality_series WHERE tenant = $1 AND at < $2`} {
			res, err := tx.ExecContext(ctx, text, in.Tenant, micros(before))
			if err != nil {
				return err
			}
			one, err := res.RowsAffected()
			if err != nil {
				return err
			}
			n += int(one)
		}
		if n == 0 {
			return nil
		}
		return s.appendEntry(ctx, tx, in.Tenant, audit.Entry{By: bedrail.SystemActor("retention", in.Tenant), Did: "quality:watch", To: "quality", Note: "old hours and alerts removed"})
	})
	return n, err
}
