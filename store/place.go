package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
)

// eachDoc runs a query whose rows are one document each and hands them over.
func eachDoc[T any](ctx context.Context, tx *sql.Tx, what string, use func(T), text string, args ...any) error {
	return eachRow(ctx, tx, func(row scanner) error {
		var doc []byte
		var one T
		if err := row.Scan(&doc); err != nil {
			return err
		}
		if err := json.Unmarshal(doc, &one); err != nil {
			return fmt.Errorf("reading %s: %w", what, err)
		}
		use(one)
		return nil
	}, text, args...)
}

func readPlaces(ctx context.Context, tx *sql.Tx, tenant string, st *asset.State) error {
	return eachDoc(ctx, tx, "a place", func(p asset.Place) { st.Places = append(st.Places, p) }, `SELECT doc FROM place WHERE tenant = $1 ORDER BY id`, tenant)
}

func (s *DB) writePlaces(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	in := s.newInsert(`place (tenant, id, doc)`, 3, `ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc`)
	last := map[string]asset.Place{} // PostgreSQL takes a row once in a statement
	for _, p := range d.Places {
		last[p.ID] = p
	}
	for _, p := range d.Places {
		if p, ok := last[p.ID]; ok {
			doc, err := json.Marshal(p)
			if err != nil {
				return err
			}
			in.add(tenant, p.ID, string(doc))
			delete(last, p.ID)
		}
	}
	if err := in.run(ctx, tx); err != nil {
		return err
	}
	for _, id := range d.GonePlaces {
		if _, err := tx.ExecContext(ctx, `DELETE FROM place WHERE tenant = $1 AND id = $2`, tenant, id); err != nil {
			return err
		}
	}
	return nil
}

func writeImport(ctx context.Context, tx *sql.Tx, tenant string, d *asset.Delta) error {
	if d.Imported != nil {
		if err := writeImportRecord(ctx, tx, tenant, *d.Imported); err != nil {
			return err
		}
	}
	if r := d.Unimported; r != nil {
		_, err := tx.ExecContext(ctx, `UPDATE import_record SET undone_at = $1, undone_by = $2 WHERE tenant = $3 AND id = $4`, micros(r.Undone), r.UndoneBy, tenant, r.ID)
		if err != nil {
			return err
		}
		return dissociate(ctx, tx, tenant, r.ID, r.Undone)
	}
	return nil
}

func writeImportRecord(ctx context.Context, tx *sql.Tx, tenant string, r asset.ImportRecord) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO import_record (tenant, id, at, undone_at, undone_by, doc) VALUES ($1, $2, $3, 0, '', $4)
		ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc`, tenant, r.ID, micros(r.At), string(doc))
	return err
}

// SaveImportRecord implements asset.Store.
func (s *DB) SaveImportRecord(ctx context.Context, in bedrail.Scope, record asset.ImportRecord, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := writeImportRecord(ctx, tx, in.Tenant, record); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

const importColumns = `SELECT doc, undone_at, undone_by FROM import_record `

func scanImport(row scanner) (r asset.ImportRecord, err error) {
	var doc []byte
	var undone int64
	var by string
	if err := row.Scan(&doc, &undone, &by); err != nil {
		return r, err
	}
	if err := json.Unmarshal(doc, &r); err != nil {
		return r, fmt.Errorf("reading an import: %w", err)
	}
	r.Undone, r.UndoneBy = timeOf(undone), by
	return r, nil
}

// ImportRecord implements asset.Store.
func (s *DB) ImportRecord(ctx context.Context, in bedrail.Scope, id string) (r asset.ImportRecord, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		r, err = scanImport(tx.QueryRowContext(ctx, importColumns+`WHERE tenant = $1 AND id = $2`, in.Tenant, id))
		if errors.Is(err, sql.ErrNoRows) {
			return bedrail.Errorf(bedrail.NotFound, "there is no import %s", id)
		}
		return err
	})
	return r, err
}

// maxImportRecords is how many lists that were taken in are shown.
const maxImportRecords = 500

// ImportRecords implements asset.Store.
func (s *DB) ImportRecords(ctx context.Context, in bedrail.Scope) ([]asset.ImportRecord, error) {
	out := []asset.ImportRecord{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			r, err := scanImport(row)
			out = append(out, r)
			return err
		}, importColumns+`WHERE tenant = $1 ORDER BY at DESC, id DESC LIMIT $2`, in.Tenant, maxImportRecords)
	})
	return out, err
}

// ColumnMappings implements asset.Store.
func (s *DB) ColumnMappings(ctx context.Context, in bedrail.Scope) ([]asset.ColumnMapping, error) {
	out := []asset.ColumnMapping{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		out = out[:0]
		return eachDoc(ctx, tx, "a mapping of columns", func(m asset.ColumnMapping) { out = append(out, m) },
			`SELECT doc FROM column_mapping WHERE tenant = $1 ORDER BY name, id`, in.Tenant)
	})
	return out, err
}

// SaveColumnMapping implements asset.Store.
func (s *DB) SaveColumnMapping(ctx context.Context, in bedrail.Scope, m asset.ColumnMapping, entry audit.Entry) error {
	doc, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO column_mapping (tenant, id, name, doc) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, doc = excluded.doc`, in.Tenant, m.ID, m.Name, string(doc)); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// RemoveColumnMapping implements asset.Store.
func (s *DB) RemoveColumnMapping(ctx context.Context, in bedrail.Scope, id string, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM column_mapping WHERE tenant = $1 AND id = $2`, in.Tenant, id)
		if err := changedOne(res, err, bedrail.NotFound, "there is no mapping of columns %s", id); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}
