package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
	"bedrail/audit"
	"bedrail/knowledge"
	"bedrail/sbom"
	"bedrail/vuln"
)

var _ knowledge.Store = (*DB)(nil)

// RecordsAsOf implements knowledge.Store. A record that stands since before a
// moment is as it was; one that changed later is found among the past ones.
func (s *DB) RecordsAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(kind vuln.RecordKind, id string, doc []byte) error) error {
	us := micros(at)
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var kind, id string
			var doc sql.RawBytes
			if err := row.Scan(&kind, &id, &doc); err != nil {
				return err
			}
			return fn(vuln.RecordKind(kind), id, doc)
		}, `SELECT kind, id, doc FROM feed_record WHERE tenant = $1 AND known_at <= $2
			UNION ALL
			SELECT kind, id, doc FROM feed_record_past WHERE tenant = $3 AND known_at <= $4 AND gone_at > $5`, in.Tenant, us, in.Tenant, us, us)
	})
}

// BillsAsOf implements knowledge.Store: of each model and version the newest
// bill by then, unless it was gone without another.
func (s *DB) BillsAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(sbom.Bill) error) error {
	us := micros(at)
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			b, err := scanPastBill(row)
			if err != nil {
				return err
			}
			return fn(b)
		}, `SELECT b.doc, COALESCE(c.components, p.components), b.gone_at FROM (
				SELECT tenant, manufacturer, model, version, digest, doc, imported_at AS known_at, 0 AS gone_at FROM bill WHERE tenant = $1 AND imported_at <= $2
				UNION ALL
				SELECT tenant, manufacturer, model, version, digest, doc, known_at, gone_at FROM bill_past AS o WHERE tenant = $3 AND known_at <= $4 AND gone_at > $5
					AND NOT EXISTS (SELECT 1 FROM bill n WHERE n.tenant = o.tenant AND lower(n.manufacturer) = lower(o.manufacturer) AND lower(n.model) = lower(o.model) AND lower(n.version) = lower(o.version) AND n.imported_at <= $6)
					AND NOT EXISTS (SELECT 1 FROM bill_past n WHERE n.tenant = o.tenant AND lower(n.manufacturer) = lower(o.manufacturer) AND lower(n.model) = lower(o.model) AND lower(n.version) = lower(o.version) AND n.known_at <= $7 AND n.known_at > o.known_at)
			) b
			LEFT JOIN bill_content c ON c.tenant = b.tenant AND c.digest = b.digest
			LEFT JOIN bill_content_past p ON p.tenant = b.tenant AND p.digest = b.digest
			ORDER BY b.manufacturer, b.model, b.version`, in.Tenant, us, in.Tenant, us, us, us, us)
	})
}

// DecisionsAsOf implements knowledge.Store.
func (s *DB) DecisionsAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(vuln.Decision) error) error {
	us := micros(at)
	return s.view(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, func(row scanner) error {
			var doc string
			if err := row.Scan(&doc); err != nil {
				return err
			}
			var d vuln.Decision
			if err := json.Unmarshal([]byte(doc), &d); err != nil {
				return fmt.Errorf("reading a decision: %w", err)
			}
			return fn(d)
		}, `SELECT doc FROM (
				SELECT id, doc FROM decision WHERE tenant = $1 AND known_at <= $2
				UNION ALL
				SELECT id, doc FROM decision_past WHERE tenant = $3 AND known_at <= $4 AND gone_at > $5
			) d ORDER BY id`, in.Tenant, us, in.Tenant, us, us)
	})
}

// FeedsAsOf implements knowledge.Store.
func (s *DB) FeedsAsOf(ctx context.Context, in bedrail.Scope, at time.Time) (out []vuln.Feed, err error) {
	us := micros(at)
	err = s.view(ctx, func(tx *sql.Tx) error {
		out = []vuln.Feed{}
		return eachRow(ctx, tx, func(row scanner) error {
			var f vuln.Feed
			var newest, imported int64
			err := row.Scan(&f.Name, &f.Kind, &f.Source, &f.Records, &newest, &imported)
			f.Newest, f.ImportedAt = timeOf(newest), timeOf(imported)
			out = append(out, f)
			return err
		}, `SELECT name, kind, source, records, newest, imported_at FROM (
				SELECT name, kind, source, records, newest, imported_at FROM feed WHERE tenant = $1 AND imported_at <= $2
				UNION ALL
				SELECT name, kind, source, records, newest, imported_at FROM feed_past WHERE tenant = $3 AND imported_at <= $4 AND gone_at > $5
			) f ORDER BY name`, in.Tenant, us, in.Tenant, us, us)
	})
	return out, err
}

// AuditAsOf implements knowledge.Store.
func (s *DB) AuditAsOf(ctx context.Context, in bedrail.Scope, at time.Time) (entries int64, c audit.Checkpoint, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM audit_event WHERE tenant = $1 AND at <= $2`, in.Tenant, micros(at)).Scan(&entries); err != nil {
			return err
		}
		var root []byte
		var when int64
		err := tx.QueryRowContext(ctx, `SELECT origin, size, root, at, note FROM audit_checkpoint WHERE tenant = $1 AND size >= $2 ORDER BY size LIMIT 1`, in.Tenant, entries).
			Scan(&c.Origin, &c.Tree.N, &root, &when, &c.Note)
		if err == sql.ErrNoRows {
			return nil
		}
		if len(root) == tlog.HashSize {
			c.Tree.Hash = tlog.Hash(root)
		}
		c.At = timeOf(when)
		return err
	})
	return entries, c, err
}

// UnknownBefore implements knowledge.Store.
func (s *DB) UnknownBefore(ctx context.Context, in bedrail.Scope) (n int, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM feed_record WHERE tenant = $1 AND known_at = 0) + (SELECT COUNT(*) FROM decision WHERE tenant = $2 AND known_at = 0)`, in.Tenant, in.Tenant).Scan(&n)
	})
	return n, err
}

// DevicesAsOf implements knowledge.Store. A device that has changed since a
// moment was then what it was until the first change after it.
func (s *DB) DevicesAsOf(ctx context.Context, in bedrail.Scope, at time.Time, fn func(knowledge.DeviceThen) error) (since time.Time, err error) {
	us := micros(at)
	err = s.view(ctx, func(tx *sql.Tx) error {
		var began int64
		if err := tx.QueryRowContext(ctx, `SELECT gone_at FROM device_past WHERE tenant = '' AND id = ''`).Scan(&began); err != nil && err != sql.ErrNoRows {
			return err
		}
		since = timeOf(began)
		return eachRow(ctx, tx, func(row scanner) error {
			var d knowledge.DeviceThen
			var first, until, from int64
			err := row.Scan(&d.ID, &d.Name, &d.Class, &d.Manufacturer, &d.Model, &d.SerialNumber, &d.SoftwareVersion, &d.OperatingSystem, &d.Site, &d.Building, &d.Floor, &d.Unit, &d.Room, &d.Bed, &d.AssetTag, &first, &until, &from)
			if err != nil {
				return err
			}
			d.FirstSeen, d.Until = timeOf(first), timeOf(until)
			d.Since = d.FirstSeen
			if from > 0 {
				d.Since = timeOf(from)
			}
			return fn(d)
		}, `SELECT p.id, p.name, p.class, p.manufacturer, p.model, p.serial, p.version, p.os, p.site, p.building, p.floor, p.unit, p.room, p.bed, p.asset_tag, p.first_seen, p.gone_at,
				COALESCE((SELECT MAX(q.gone_at) FROM device_past q WHERE q.tenant = p.tenant AND q.id = p.id AND q.gone_at <= $1), 0)
			FROM device_past p WHERE p.tenant = $2 AND p.id <> '' AND p.gone_at > $3 AND p.first_seen <= $4
				AND NOT EXISTS (SELECT 1 FROM device_past n WHERE n.tenant = p.tenant AND n.id = p.id AND n.gone_at > $5 AND n.gone_at < p.gone_at)
			ORDER BY p.id`, us, in.Tenant, us, us, us)
	})
	return since, err
}

// DeviceSince implements knowledge.Store.
func (s *DB) DeviceSince(ctx context.Context, in bedrail.Scope, ids []string) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	return out, s.view(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			var at sql.NullInt64
			if err := tx.QueryRowContext(ctx, `SELECT MAX(gone_at) FROM device_past WHERE tenant = $1 AND id = $2`, in.Tenant, id).Scan(&at); err != nil {
				return err
			}
			if at.Valid {
				out[id] = timeOf(at.Int64)
			}
		}
		return nil
	})
}
