package store

import (
	"context"
	"database/sql"
	"errors"

	"bedrail"
	"bedrail/audit"
	"bedrail/vuln"
)

// SaveRecords keeps records, new and changed, and appends entry. It returns
// the places in records of those that were not known just so; when there are
// none, nothing is written.
func (s *DB) SaveRecords(ctx context.Context, in bedrail.Scope, records []vuln.StoredRecord, entry audit.Entry) (changed []int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		changed = changed[:0]
		for i, r := range records {
			var digest string
			err := tx.QueryRowContext(ctx, `SELECT digest FROM feed_record WHERE tenant = $1 AND kind = $2 AND id = $3`, in.Tenant, string(r.Kind), r.ID).Scan(&digest)
			if err == nil && digest == r.Digest {
				continue
			}
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			_, err = tx.ExecContext(ctx, `
				INSERT INTO feed_record (tenant, kind, id, feed, digest, at, doc, known_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (tenant, kind, id) DO UPDATE SET feed = excluded.feed, digest = excluded.digest, at = excluded.at, doc = excluded.doc,
					known_at = excluded.known_at`,
				in.Tenant, string(r.Kind), r.ID, r.Feed, r.Digest, micros(r.At), string(r.Doc), micros(s.clock.Now()))
			if err != nil {
				return err
			}
			changed = append(changed, i)
		}
		if len(changed) == 0 {
			return nil
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return changed, err
}

// SaveFeed replaces the state of a feed and appends entry. Its records are
// counted from what is kept, where that is more than the last import held:
// likelihoods are kept in blocks.
func (s *DB) SaveFeed(ctx context.Context, in bedrail.Scope, f vuln.Feed, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO feed (tenant, name, kind, source, records, newest, imported_at, etag)
			VALUES ($1, $2, $3, $4, CASE WHEN (SELECT COUNT(*) FROM feed_record WHERE tenant = $5 AND feed = $6) > $7
				THEN (SELECT COUNT(*) FROM feed_record WHERE tenant = $8 AND feed = $9) ELSE CAST($10 AS BIGINT) END, $11, $12, $13)
			ON CONFLICT (tenant, name) DO UPDATE SET kind = excluded.kind, source = excluded.source, records = excluded.records,
				newest = excluded.newest, imported_at = excluded.imported_at, etag = excluded.etag`,
			in.Tenant, f.Name, f.Kind, f.Source, in.Tenant, f.Name, f.Records, in.Tenant, f.Name, f.Records, micros(f.Newest), micros(f.ImportedAt), f.ETag)
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Feeds returns the state of every feed, by name.
func (s *DB) Feeds(ctx context.Context, in bedrail.Scope) (out []vuln.Feed, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		out = []vuln.Feed{}
		return eachRow(ctx, tx, func(row scanner) error {
			var f vuln.Feed
			var newest, imported int64
			if err := row.Scan(&f.Name, &f.Kind, &f.Source, &f.Records, &newest, &imported, &f.ETag); err != nil {
				return err
			}
			f.Newest, f.ImportedAt = timeOf(newest), timeOf(imported)
			out = append(out, f)
			return nil
		}, `SELECT name, kind, source, records, newest, imported_at, etag FROM feed WHERE tenant = $1 ORDER BY name`, in.Tenant)
	})
	return out, err
}
