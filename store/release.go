package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/release"
)

var _ release.Store = (*DB)(nil)

// releaseRecord names the sealed key of a release's pseudonyms.
func releaseRecord(name string) string { return "release:" + name }

func scanRelease(row scanner) (k release.Kept, err error) {
	var doc []byte
	var state string
	var version int64
	var key []byte
	if err := row.Scan(&version, &state, &doc, &key); err != nil {
		return k, err
	}
	err = json.Unmarshal(doc, &k)
	k.Version, k.State, k.Linkable = version, state, len(key) > 0
	return k, err
}

// Releases implements release.Store.
func (s *DB) Releases(ctx context.Context, in bedrail.Scope) (all []release.Kept, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		all = []release.Kept{}
		return eachRow(ctx, tx, func(row scanner) error {
			k, err := scanRelease(row)
			all = append(all, k)
			return err
		}, `SELECT version, state, doc, pseudonym FROM release_definition WHERE tenant = $1 ORDER BY name`, in.Tenant)
	})
	return all, err
}

// ReleaseByName implements release.Store.
func (s *DB) ReleaseByName(ctx context.Context, in bedrail.Scope, name string) (k release.Kept, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		k, err = scanRelease(tx.QueryRowContext(ctx, `SELECT version, state, doc, pseudonym FROM release_definition WHERE tenant = $1 AND name = $2`, in.Tenant, name))
		return orNotFound(err, "there is no release %s", name)
	})
	return k, err
}

// SaveRelease implements release.Store.
func (s *DB) SaveRelease(ctx context.Context, in bedrail.Scope, k release.Kept, entry audit.Entry) (release.Kept, error) {
	was := k.Version
	k.Version++
	doc, err := json.Marshal(k)
	if err != nil {
		return k, err
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		var res sql.Result
		if was == 0 {
			res, err = tx.ExecContext(ctx, `INSERT INTO release_definition (tenant, name, version, state, doc, sealed, pseudonym) VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (tenant, name) DO NOTHING`,
				in.Tenant, k.Name, k.Version, k.State, string(doc), []byte{})
		} else {
			res, err = tx.ExecContext(ctx, `UPDATE release_definition SET version = $1, state = $2, doc = $3 WHERE tenant = $4 AND name = $5 AND version = $6`, k.Version, k.State, string(doc), in.Tenant, k.Name, was)
		}
		if err := changedOne(res, err, bedrail.Conflict, "the release %s was changed meanwhile; look at it again", k.Name); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return k, err
}

// ReleaseKey implements release.Store.
func (s *DB) ReleaseKey(ctx context.Context, in bedrail.Scope, name string) ([]byte, error) {
	var sealed int
	var key []byte
	var r sealedRow
	err := s.view(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT d.sealed, d.pseudonym, k.kek, k.wrapped FROM release_definition d LEFT JOIN sealed_key k ON k.tenant = d.tenant AND k.record = $1 WHERE d.tenant = $2 AND d.name = $3`,
			releaseRecord(name), in.Tenant, name).Scan(&sealed, &key, &r.kek, &r.wrapped)
		return orNotFound(err, "there is no release %s", name)
	})
	switch {
	case err != nil:
		return nil, err
	case len(key) == 0:
		return nil, bedrail.Errorf(bedrail.NotFound, "the release %s has no key yet", name)
	case sealed == 0:
		return key, nil
	}
	lock, ok := s.rowKey(in.Tenant, releaseRecord(name), &r)
	if !ok {
		return nil, bedrail.Errorf(bedrail.Unavailable, "the key of the release %s does not open", name)
	}
	return lock.Open("release_definition", "pseudonym", key)
}

// KeepReleaseKey implements release.Store.
func (s *DB) KeepReleaseKey(ctx context.Context, in bedrail.Scope, name string, key []byte) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		kept, sealed := key, 0
		if s.keys != nil {
			lock, wrapped, err := s.keys.NewKey(in.Tenant, releaseRecord(name))
			if err != nil {
				return err
			}
			kept, sealed = lock.Seal("release_definition", "pseudonym", key), 1
			if _, err := tx.ExecContext(ctx, `INSERT INTO sealed_key (tenant, record, kek, wrapped) VALUES ($1, $2, $3, $4)
				ON CONFLICT (tenant, record) DO UPDATE SET kek = excluded.kek, wrapped = excluded.wrapped`, in.Tenant, releaseRecord(name), int64(wrapped.KEK), wrapped.Data); err != nil {
				return err
			}
		}
		res, err := tx.ExecContext(ctx, `UPDATE release_definition SET sealed = $1, pseudonym = $2 WHERE tenant = $3 AND name = $4 AND length(pseudonym) = 0`, sealed, kept, in.Tenant, name)
		if err := changedOne(res, err, bedrail.Conflict, "the release %s was given a key meanwhile; try again", name); err != nil {
			return err
		}
		entry := audit.Entry{By: bedrail.SystemActor("release", in.Tenant), Did: release.Run, To: name, Note: "key of the pseudonyms made"}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// ForgetReleaseKey implements release.Store.
func (s *DB) ForgetReleaseKey(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE release_definition SET sealed = 0, pseudonym = $1 WHERE tenant = $2 AND name = $3 AND length(pseudonym) > 0`, []byte{}, in.Tenant, name)
		if err := changedOne(res, err, bedrail.NotFound, "the release %s has no key", name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sealed_key WHERE tenant = $1 AND record = $2`, in.Tenant, releaseRecord(name)); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// SaveReleased implements release.Store.
func (s *DB) SaveReleased(ctx context.Context, in bedrail.Scope, d release.Done, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := putDoc(ctx, tx, `INSERT INTO release_done (tenant, id, name, at, doc) VALUES ($1, $2, $3, $4, $5)`, d, in.Tenant, d.ID, d.Name, micros(d.At)); err != nil {
			return err
		}
		k, err := scanRelease(tx.QueryRowContext(ctx, `SELECT version, state, doc, pseudonym FROM release_definition WHERE tenant = $1 AND name = $2`, in.Tenant, d.Name))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil {
			k.LastRun, k.LastGroup = d.At, d.Risk.Smallest
			doc, err := json.Marshal(k)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE release_definition SET doc = $1 WHERE tenant = $2 AND name = $3`, string(doc), in.Tenant, d.Name); err != nil {
				return err
			}
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Released implements release.Store.
func (s *DB) Released(ctx context.Context, in bedrail.Scope, name string) ([]release.Done, error) {
	if name == "" {
		return docsOf[release.Done](ctx, s, `SELECT doc FROM release_done WHERE tenant = $1 ORDER BY at DESC, id LIMIT 500`, in.Tenant)
	}
	return docsOf[release.Done](ctx, s, `SELECT doc FROM release_done WHERE tenant = $1 AND name = $2 ORDER BY at DESC, id LIMIT 500`, in.Tenant, name)
}

// ReleasedByID implements release.Store.
func (s *DB) ReleasedByID(ctx context.Context, in bedrail.Scope, id string) (d release.Done, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		d, err = scanDoc[release.Done](tx.QueryRowContext(ctx, `SELECT doc FROM release_done WHERE tenant = $1 AND id = $2`, in.Tenant, id))
		return orNotFound(err, "there is no release %s", id)
	})
	return d, err
}

// ReleasableMessages implements release.Store.
func (s *DB) ReleasableMessages(ctx context.Context, in bedrail.Scope, channels []string, from, until time.Time, after string, limit int) ([]release.Material, error) {
	var w where
	w.and(`m.tenant = ?`, in.Tenant)
	w.and(`m.id > ?`, max(after, bedrail.FirstID("msg", from.Add(-spanSlack))))
	w.and(`m.id < ?`, bedrail.FirstID("msg", until.Add(spanSlack)))
	w.and(`m.received_at >= ?`, micros(from))
	w.and(`m.received_at <= ?`, micros(until))
	w.place(`m.channel`, channels)
	type read struct {
		m release.Material
		r sealedRow
	}
	var found []read
	err := s.view(ctx, func(tx *sql.Tx) error {
		found = found[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var one read
			var recalled int
			var err error
			one.m.Message, err = scanMessage(row, append(one.r.dest(), &recalled)...)
			one.m.Recalled = recalled > 0
			found = append(found, one)
			return err
		}, `SELECT `+messageColumns+sealedColumns+`, (SELECT COUNT(*) FROM message_revision v WHERE v.tenant = m.tenant AND v.message = m.id AND v.kind = 'recall') FROM `+sealedTables+
			w.String()+` AND m.state IN ('delivered', 'filtered', 'pending', 'dead') ORDER BY m.id LIMIT `+fmt.Sprint(limit), w.args...)
	})
	if err != nil {
		return nil, err
	}
	out := make([]release.Material, len(found))
	for i := range found {
		f := &found[i]
		if !f.m.Recalled {
			if f.m.Body, err = s.openMessage(in.Tenant, &f.m.Message, &f.r); err != nil {
				return nil, err
			}
		}
		out[i] = f.m
	}
	return out, nil
}
