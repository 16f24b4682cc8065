package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"bedrail"
	"bedrail/audit"
)

// docsOf reads the documents of a table that each hold one T.
func docsOf[T any](ctx context.Context, s *DB, query string, args ...any) (out []T, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		out = []T{}
		return eachRow(ctx, tx, func(row scanner) error {
			v, err := scanDoc[T](row)
			out = append(out, v)
			return err
		}, query, args...)
	})
	return out, err
}

func scanDoc[T any](row scanner) (v T, err error) {
	var doc string
	if err := row.Scan(&doc); err != nil {
		return v, err
	}
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		return v, fmt.Errorf("reading a stored document: %w", err)
	}
	return v, nil
}

// A row is one document with what its table keeps beside it.
type docRow struct {
	insert string // with the columns and values but for the version, and no ON CONFLICT
	update string // of the row whose version was seen
	args   []any
}

// saveVersioned writes a row whose version must still be seen: 0 inserts, any
// other replaces. It is Conflict when somebody else was first.
func saveVersioned(ctx context.Context, tx *sql.Tx, seen int64, what string, r docRow) error {
	text := r.update
	if seen == 0 {
		text = r.insert + ` ON CONFLICT DO NOTHING`
	}
	res, err := tx.ExecContext(ctx, text, r.args...)
	return changedOne(res, err, bedrail.Conflict, "%s was changed by somebody else meanwhile; read it again", what)
}

// saveOne runs one statement together with its entry.
func (s *DB) saveOne(ctx context.Context, in bedrail.Scope, entry audit.Entry, text string, args ...any) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// removeOne deletes one row together with its entry, or is NotFound.
func (s *DB) removeOne(ctx context.Context, in bedrail.Scope, entry audit.Entry, missing, text string, args ...any) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, text, args...)
		if err := changedOne(res, err, bedrail.NotFound, "%s", missing); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}
