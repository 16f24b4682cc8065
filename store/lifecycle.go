package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/lifecycle"
)

var _ lifecycle.Store = (*DB)(nil)

// ModelRecords implements lifecycle.Store.
func (s *DB) ModelRecords(ctx context.Context, in bedrail.Scope) ([]lifecycle.Record, error) {
	return docsOf[lifecycle.Record](ctx, s, `SELECT doc FROM model_record WHERE tenant = $1 ORDER BY id`, in.Tenant)
}

// SaveModelRecord implements lifecycle.Store.
func (s *DB) SaveModelRecord(ctx context.Context, in bedrail.Scope, r lifecycle.Record, entry audit.Entry) error {
	seen := r.Version
	r.Version++
	return s.saveRecord(ctx, in, "model_record", "the record of the model", r.ID(), r.At, seen, r, entry)
}

// ComponentRecords implements lifecycle.Store.
func (s *DB) ComponentRecords(ctx context.Context, in bedrail.Scope) ([]lifecycle.ComponentRecord, error) {
	return docsOf[lifecycle.ComponentRecord](ctx, s, `SELECT doc FROM component_record WHERE tenant = $1 ORDER BY id`, in.Tenant)
}

// SaveComponentRecord implements lifecycle.Store.
func (s *DB) SaveComponentRecord(ctx context.Context, in bedrail.Scope, r lifecycle.ComponentRecord, entry audit.Entry) error {
	seen := r.Rev
	r.Rev++
	return s.saveRecord(ctx, in, "component_record", "the record of the component", r.ID(), r.At, seen, r, entry)
}

// saveRecord keeps a document of a table of records, in place of the version
// that was seen.
func (s *DB) saveRecord(ctx context.Context, in bedrail.Scope, table, what, id string, at time.Time, seen int64, r any, entry audit.Entry) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	row := docRow{insert: `INSERT INTO ` + table + ` (at, version, doc, tenant, id) VALUES ($1, $2, $3, $4, $5)`,
		update: `UPDATE ` + table + ` SET at = $1, version = $2, doc = $3 WHERE tenant = $4 AND id = $5 AND version = $2 - 1`,
		args:   []any{micros(at), seen + 1, string(doc), in.Tenant, id}}
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := saveVersioned(ctx, tx, seen, what, row); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// RecallWork implements lifecycle.Store.
func (s *DB) RecallWork(ctx context.Context, in bedrail.Scope) ([]lifecycle.Work, error) {
	return docsOf[lifecycle.Work](ctx, s, `SELECT doc FROM recall_work WHERE tenant = $1 ORDER BY id`, in.Tenant)
}

// SaveRecallWork implements lifecycle.Store.
func (s *DB) SaveRecallWork(ctx context.Context, in bedrail.Scope, works []lifecycle.Work, entry audit.Entry) error {
	docs, err := marshalAll(works)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		rows := s.newInsert(`recall_work (tenant, id, at, doc)`, 4, `ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, doc = excluded.doc`)
		for i, w := range works {
			rows.add(in.Tenant, lifecycle.WorkID(w.Recall, w.Device), micros(w.At), docs[i])
		}
		if err := rows.run(ctx, tx); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

func marshalAll[T any](list []T) ([]string, error) {
	out := make([]string, len(list))
	for i, v := range list {
		doc, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out[i] = string(doc)
	}
	return out, nil
}

// Documents implements lifecycle.Store.
func (s *DB) Documents(ctx context.Context, in bedrail.Scope, subject string) ([]lifecycle.Document, error) {
	return docsOf[lifecycle.Document](ctx, s, `SELECT doc FROM document WHERE tenant = $1 AND subject = $2 ORDER BY at DESC, id DESC`, in.Tenant, subject)
}

func documentRecord(id string) string { return "document:" + id }

// Document implements lifecycle.Store.
func (s *DB) Document(ctx context.Context, in bedrail.Scope, id string) (d lifecycle.Document, body []byte, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		var doc string
		var sealed int
		var kek sql.NullInt64
		var wrapped []byte
		err := tx.QueryRowContext(ctx, `
			SELECT document.doc, document.body, document.sealed, k.kek, k.wrapped FROM document
			LEFT JOIN sealed_key k ON k.tenant = document.tenant AND k.record = $1 WHERE document.tenant = $2 AND document.id = $3`,
			documentRecord(id), in.Tenant, id).Scan(&doc, &body, &sealed, &kek, &wrapped)
		if err != nil {
			return orNotFound(err, "there is no document %s", id)
		}
		if err := json.Unmarshal([]byte(doc), &d); err != nil || sealed == 0 {
			return err
		}
		if s.keys == nil || !kek.Valid {
			return bedrail.Errorf(bedrail.Unavailable, "the document is sealed and its key is not at hand")
		}
		key, err := s.keys.OpenKey(in.Tenant, documentRecord(id), sealWrapped(kek.Int64, wrapped))
		if err != nil {
			return err
		}
		body, err = key.Open("document", "body", body)
		return err
	})
	return d, body, err
}

// SaveDocument implements lifecycle.Store.
func (s *DB) SaveDocument(ctx context.Context, in bedrail.Scope, d lifecycle.Document, body []byte, entry audit.Entry) error {
	if d.Sealed && s.keys == nil {
		return bedrail.Errorf(bedrail.Unavailable, "the document would be sealed and the keys are not at hand")
	}
	doc, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		kept := body
		if d.Sealed {
			key, wrapped, err := s.keys.NewKey(in.Tenant, documentRecord(d.ID))
			if err != nil {
				return err
			}
			kept = key.Seal("document", "body", body)
			if _, err := tx.ExecContext(ctx, `INSERT INTO sealed_key (tenant, record, kek, wrapped) VALUES ($1, $2, $3, $4)`, in.Tenant, documentRecord(d.ID), int64(wrapped.KEK), wrapped.Data); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO document (tenant, id, subject, at, sealed, doc, body) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			in.Tenant, d.ID, d.Subject, micros(d.At), number(d.Sealed), string(doc), kept)
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// RemoveDocument implements lifecycle.Store.
func (s *DB) RemoveDocument(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM document WHERE tenant = $1 AND id = $2`, in.Tenant, id)
		if err := changedOne(res, err, bedrail.NotFound, "there is no document %s", id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sealed_key WHERE tenant = $1 AND record = $2`, in.Tenant, documentRecord(id)); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}
