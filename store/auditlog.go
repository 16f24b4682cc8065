package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
)

var _ audit.Store = (*DB)(nil)

// AuditTenants returns the tenants that have an audit record.
func (s *DB) AuditTenants(ctx context.Context) (tenants []string, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		tenants = nil
		rows, err := tx.QueryContext(ctx, `SELECT tenant FROM audit_head ORDER BY tenant`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t string
			if err := rows.Scan(&t); err != nil {
				return err
			}
			tenants = append(tenants, t)
		}
		return rows.Err()
	})
	return tenants, err
}

// AuditHead returns the size and root of the audit tree of tenant.
func (s *DB) AuditHead(ctx context.Context, tenant string) (head tlog.Tree, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		var root []byte
		err := tx.QueryRowContext(ctx, `SELECT size, root FROM audit_head WHERE tenant = $1`, tenant).Scan(&head.N, &root)
		if errors.Is(err, sql.ErrNoRows) {
			head = tlog.Tree{Hash: (&audit.Edge{}).Root()}
			return nil
		}
		if err == nil && len(root) != tlog.HashSize {
			return fmt.Errorf("the root of the audit tree has %d bytes", len(root))
		}
		copy(head.Hash[:], root)
		return err
	})
	return head, err
}

// AuditTile returns the hashes of a tile of the audit tree.
func (s *DB) AuditTile(ctx context.Context, tenant string, level, n int64) (hashes []byte, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		var size int64
		err := tx.QueryRowContext(ctx, `SELECT size FROM audit_head WHERE tenant = $1`, tenant).Scan(&size)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		hashes, err = readTile(ctx, tx, tenant, level, n, size)
		return err
	})
	return hashes, err
}

// readTile returns the hashes of a tile of a tree of size leaves. The lowest
// tile at its edge is kept as the hashes of its events until it is full.
func readTile(ctx context.Context, tx *sql.Tx, tenant string, level, n, size int64) (hashes []byte, err error) {
	err = tx.QueryRowContext(ctx, `SELECT hashes FROM audit_tile WHERE tenant = $1 AND level = $2 AND n = $3`,
		tenant, level, n).Scan(&hashes)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	const width = 1 << audit.TileHeight
	if level == 0 && size < (n+1)*width {
		if hashes, err = readLeaves(ctx, tx, tenant, n*width+int64(len(hashes)/tlog.HashSize), size, hashes); err != nil {
			return nil, err
		}
	}
	if len(hashes) == 0 {
		return nil, bedrail.Errorf(bedrail.NotFound, "tile %d of level %d of the audit tree is missing", n, level)
	}
	return hashes, nil
}

// readLeaves appends to hashes those of the events from up to, not with,
// until. It stops at the first event that is missing.
func readLeaves(ctx context.Context, tx *sql.Tx, tenant string, from, until int64, hashes []byte) ([]byte, error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, leaf FROM audit_event WHERE tenant = $1 AND seq >= $2 AND seq < $3 ORDER BY seq`, tenant, from, until)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for ; rows.Next(); from++ {
		var seq int64
		var leaf []byte
		if err := rows.Scan(&seq, &leaf); err != nil {
			return nil, err
		}
		if seq != from || len(leaf) != tlog.HashSize {
			break
		}
		hashes = append(hashes, leaf...)
	}
	return hashes, rows.Err()
}

// An auditRow is an entry as it is read, before its personal fields are
// opened.
type auditRow struct {
	record  audit.Record
	sealed  int64 // 1 when body is sealed
	body    []byte
	kek     sql.NullInt64
	wrapped []byte
}

const (
	auditColumns = `e.seq, e.at, e.by_id, e.by_kind, e.did, e.target, e.note, e.personal, e.sealed, e.body, k.kek, k.wrapped`
	// The record of a sealed key is "audit/" and the number in 19 digits.
	auditTables = `audit_event e
		LEFT JOIN sealed_key k ON k.tenant = e.tenant AND k.record = 'audit/' || substr('0000000000000000000' || CAST(e.seq AS TEXT), -19)`
)

func (d dialect) auditTables() string {
	if d == postgres {
		return `audit_event e
		LEFT JOIN sealed_key k ON k.tenant = e.tenant AND k.record = 'audit/' || lpad(CAST(e.seq AS TEXT), 19, '0')`
	}
	return auditTables
}

func scanAudit(tenant string, row scanner) (auditRow, error) {
	var r auditRow
	var at int64
	var kind, did, commitments string
	err := row.Scan(&r.record.Seq, &at, &r.record.ByID, &kind, &did, &r.record.To, &r.record.Note, &commitments,
		&r.sealed, &r.body, &r.kek, &r.wrapped)
	if err != nil {
		return r, err
	}
	r.record.Tenant = tenant
	r.record.At = time.UnixMicro(at).UTC()
	r.record.ByKind, r.record.Did = bedrail.ActorKind(kind), bedrail.Action(did)
	if json.Unmarshal([]byte(commitments), &r.record.Commitments) != nil {
		// Altered beyond reading: verification finds it by its hash.
		r.record.Commitments = map[string]string{"unreadable": commitments}
	}
	if len(r.record.Commitments) == 0 {
		r.record.Commitments = nil
	}
	return r, nil
}

// open opens the personal fields of r as far as they and their key are there.
func (s *DB) openAudit(r *auditRow) audit.Opening {
	body := r.body
	if len(body) == 0 {
		return audit.Opening{}
	}
	if r.sealed != 0 {
		if s.keys == nil || !r.kek.Valid {
			return audit.Opening{}
		}
		key, err := s.keys.OpenKey(r.record.Tenant, auditRecord(r.record.Seq), sealWrapped(r.kek.Int64, r.wrapped))
		if err != nil {
			return audit.Opening{}
		}
		if body, err = key.Open(sealedBody, "body", body); err != nil {
			// Altered: an opening that opens nothing makes verification say so.
			return audit.Opening{Values: map[string]string{"unreadable": ""}}
		}
	}
	var o audit.Opening
	if json.Unmarshal(body, &o) != nil {
		return audit.Opening{Values: map[string]string{"unreadable": ""}}
	}
	r.record.Personal = o.Values
	return o
}

// AuditEntries calls each for the entries from up to, not with, until.
func (s *DB) AuditEntries(ctx context.Context, tenant string, from, until int64, each func(audit.Record, audit.Opening) error) error {
	var read []auditRow // handed on only after the reader is closed
	err := s.view(ctx, func(tx *sql.Tx) error {
		read = read[:0]
		rows, err := tx.QueryContext(ctx, `SELECT `+auditColumns+` FROM `+s.dialect.auditTables()+`
			WHERE e.tenant = $1 AND e.seq >= $2 AND e.seq < $3 ORDER BY e.seq`, tenant, from, until)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanAudit(tenant, rows)
			if err != nil {
				return err
			}
			read = append(read, r)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	for i := range read {
		opening := s.openAudit(&read[i])
		if err := each(read[i].record, opening); err != nil {
			return err
		}
	}
	return nil
}

// AuditPage returns one page of the audit record, the newest first unless req
// says otherwise.
func (s *DB) AuditPage(ctx context.Context, in bedrail.Scope, req query.Request) (page query.Page[audit.Record], err error) {
	l := listing{
		columns: auditColumns,
		from:    s.dialect.auditTables(),
		fields: fields{
			"seq": numberField("e.seq"), "at": timeField("e.at"), "by": wordField("e.by_id"),
			"kind": wordField("e.by_kind", string(bedrail.Person), string(bedrail.Token), string(bedrail.System)),
			"did":  wordField("e.did"), "to": wordField("e.target"), "note": textField("e.note"),
		},
		free: []string{"e.by_id", "e.did", "e.target", "e.note"},
		key:  "e.seq",
		sort: []query.SortKey{{Field: "seq", Desc: true}},
	}
	l.where.scope(bedrail.Scope{Tenant: in.Tenant}, "e.tenant", "", "")
	err = s.view(ctx, func(tx *sql.Tx) (err error) {
		page, err = listPage(ctx, tx, l, req, s.clock.Now(), func(row scanner) (audit.Record, error) {
			r, err := scanAudit(in.Tenant, row)
			s.openAudit(&r)
			return r.record, err
		})
		return err
	})
	return page, err
}

// AuditCheckpoints returns the checkpoints kept, the smallest first.
func (s *DB) AuditCheckpoints(ctx context.Context, tenant string) ([]audit.Checkpoint, error) {
	return s.checkpoints(ctx, tenant, `ORDER BY size`)
}

// LastAuditCheckpoint returns the newest checkpoint.
func (s *DB) LastAuditCheckpoint(ctx context.Context, tenant string) (audit.Checkpoint, error) {
	last, err := s.checkpoints(ctx, tenant, `ORDER BY size DESC LIMIT 1`)
	if err == nil && len(last) == 0 {
		return audit.Checkpoint{}, bedrail.Errorf(bedrail.NotFound, "the audit record has no checkpoint yet")
	}
	if err != nil {
		return audit.Checkpoint{}, err
	}
	return last[0], nil
}

func (s *DB) checkpoints(ctx context.Context, tenant, order string) (all []audit.Checkpoint, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		all = nil
		rows, err := tx.QueryContext(ctx, `SELECT size, root, origin, at, note FROM audit_checkpoint WHERE tenant = $1 `+order, tenant)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c audit.Checkpoint
			var at int64
			var root []byte
			if err := rows.Scan(&c.Tree.N, &root, &c.Origin, &at, &c.Note); err != nil {
				return err
			}
			copy(c.Tree.Hash[:], root)
			c.At = time.UnixMicro(at).UTC()
			all = append(all, c)
		}
		return rows.Err()
	})
	return all, err
}

// SaveAuditCheckpoint keeps c. Of the checkpoints older than a day it keeps
// one an hour: each covers those before it.
func (s *DB) SaveAuditCheckpoint(ctx context.Context, tenant string, c audit.Checkpoint) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO audit_checkpoint (tenant, size, root, origin, at, note) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (tenant, size) DO NOTHING`,
			tenant, c.Tree.N, c.Tree.Hash[:], c.Origin, c.At.UnixMicro(), c.Note)
		if err != nil {
			return err
		}
		const hour, day = int64(time.Hour / time.Microsecond), int64(24 * time.Hour / time.Microsecond)
		_, err = tx.ExecContext(ctx, `
			DELETE FROM audit_checkpoint WHERE tenant = $1 AND at < $2 AND at >= $3 AND EXISTS (
				SELECT 1 FROM audit_checkpoint later
				WHERE later.tenant = $1 AND later.size > audit_checkpoint.size AND later.at < $2
				AND later.at / $4 = audit_checkpoint.at / $4)`,
			tenant, c.At.UnixMicro()-day, c.At.UnixMicro()-day-2*hour, hour)
		return err
	})
}
