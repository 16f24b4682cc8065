package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/desk"
)

var _ desk.Store = (*DB)(nil)

// Views implements desk.Store.
func (s *DB) Views(ctx context.Context, in bedrail.Scope, owner, list string) ([]desk.View, error) {
	out := []desk.View{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var v desk.View
			var shared, standard, at int64
			if err := row.Scan(&v.ID, &v.List, &v.Name, &v.Search, &v.Owner, &v.OwnerName, &shared, &at, &standard); err != nil {
				return err
			}
			v.Shared, v.Standard, v.At = shared > 0, standard > 0, timeOf(at)
			out = append(out, v)
			return nil
		}, `
			SELECT v.id, v.list, v.name, v.search, v.owner, v.owner_name, v.shared, v.at, CASE WHEN d.id IS NULL THEN 0 ELSE 1 END
			FROM saved_view v LEFT JOIN default_view d ON d.tenant = v.tenant AND d.owner = $1 AND d.list = v.list AND d.id = v.id
			WHERE v.tenant = $2 AND (v.owner = $1 OR v.shared = 1) AND ($3 = '' OR v.list = $3) ORDER BY v.list, v.name, v.id`, owner, in.Tenant, list)
	})
	return out, err
}

// SaveView implements desk.Store.
func (s *DB) SaveView(ctx context.Context, in bedrail.Scope, v desk.View, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO saved_view (tenant, id, list, name, search, owner, owner_name, shared, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (tenant, id) DO UPDATE SET list = excluded.list, name = excluded.name, search = excluded.search, shared = excluded.shared, at = excluded.at`,
			in.Tenant, v.ID, v.List, v.Name, v.Search, v.Owner, v.OwnerName, flag(v.Shared), micros(v.At))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

func flag(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// RemoveView implements desk.Store.
func (s *DB) RemoveView(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM saved_view WHERE tenant = $1 AND id = $2`, in.Tenant, id)
		if err := changedOne(res, err, bedrail.NotFound, "there is no view %s", id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM default_view WHERE tenant = $1 AND id = $2`, in.Tenant, id); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// SetDefaultView implements desk.Store.
func (s *DB) SetDefaultView(ctx context.Context, in bedrail.Scope, owner, list, id string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if id == "" {
			_, err := tx.ExecContext(ctx, `DELETE FROM default_view WHERE tenant = $1 AND owner = $2 AND list = $3`, in.Tenant, owner, list)
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO default_view (tenant, owner, list, id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, owner, list) DO UPDATE SET id = excluded.id`, in.Tenant, owner, list, id)
		return err
	})
}

// PostNotice implements desk.Store.
func (s *DB) PostNotice(ctx context.Context, in bedrail.Scope, n desk.Notice, letters []desk.Letter, keep time.Time) (fresh bool, err error) {
	facts := ""
	if len(n.Facts) > 0 {
		raw, err := json.Marshal(n.Facts)
		if err != nil {
			return false, err
		}
		facts = string(raw)
	}
	if n.Passing {
		return true, s.update(ctx, func(tx *sql.Tx) error { return saveLetters(ctx, tx, in.Tenant, letters) })
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO notice (tenant, id, at, kind, level, title, href, site, unit, person, needs, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			ON CONFLICT (tenant, id) DO NOTHING`,
			in.Tenant, n.ID, micros(n.At), n.Kind, string(n.Level), n.Title, n.Href, n.Site, n.Unit, n.For, string(n.Needs), facts)
		if err != nil {
			return err
		}
		changed, err := res.RowsAffected()
		if fresh = changed > 0; err != nil || !fresh {
			return err
		}
		if err := saveLetters(ctx, tx, in.Tenant, letters); err != nil {
			return err
		}
		for _, text := range []string{
			`DELETE FROM notice_read WHERE tenant = $1 AND notice IN (SELECT id FROM notice WHERE tenant = $1 AND at < $2)`,
			`DELETE FROM notice WHERE tenant = $1 AND at < $2`,
		} {
			if _, err := tx.ExecContext(ctx, text, in.Tenant, micros(keep)); err != nil {
				return err
			}
		}
		return nil
	})
	return fresh, err
}

// Notices implements desk.Store. A notice without a place is for everybody; one
// with a place for those who may see it.
func (s *DB) Notices(ctx context.Context, in bedrail.Scope, person string, limit int) ([]desk.Notice, error) {
	var w where
	who := w.arg(person)
	w.and(`n.tenant = ?`, in.Tenant)
	w.and(`(n.person = '' OR n.person = ` + who + `)`)
	for column, allowed := range map[string][]string{"n.site": in.Sites, "n.unit": in.Units} {
		if len(allowed) == 0 {
			continue
		}
		marks := make([]string, len(allowed))
		for i, a := range allowed {
			marks[i] = w.arg(a)
		}
		w.and(`(` + column + ` = '' OR ` + column + ` IN (` + strings.Join(marks, ", ") + `))`)
	}
	out := []desk.Notice{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var n desk.Notice
			var at, read int64
			var facts string
			if err := row.Scan(&n.ID, &at, &n.Kind, &n.Level, &n.Title, &n.Href, &n.Site, &n.Unit, &n.For, &n.Needs, &facts, &read); err != nil {
				return err
			}
			if facts != "" {
				if err := json.Unmarshal([]byte(facts), &n.Facts); err != nil {
					return fmt.Errorf("reading the notice %s: %w", n.ID, err)
				}
			}
			n.At, n.Read = timeOf(at), read > 0
			out = append(out, n)
			return nil
		}, `SELECT n.id, n.at, n.kind, n.level, n.title, n.href, n.site, n.unit, n.person, n.needs, n.facts, CASE WHEN r.notice IS NULL THEN 0 ELSE 1 END
			FROM notice n LEFT JOIN notice_read r ON r.tenant = n.tenant AND r.notice = n.id AND r.person = `+who+w.String()+` ORDER BY n.at DESC, n.id DESC LIMIT `+w.arg(limit), w.args...)
	})
	return out, err
}

// ReadNotices implements desk.Store.
func (s *DB) ReadNotices(ctx context.Context, in bedrail.Scope, person string, ids []string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `INSERT INTO notice_read (tenant, notice, person) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, in.Tenant, id, person); err != nil {
				return err
			}
		}
		return nil
	})
}
