package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"bedrail"
	"bedrail/exchange"
)

var _ exchange.ShelfStore = (*DB)(nil)

// onShelf holds for messages that may be shown again.
const onShelf = `m.state NOT IN ('rejected', 'duplicate') AND m.forgotten_at = 0`

// MessagesHeld implements exchange.ShelfStore.
func (s *DB) MessagesHeld(ctx context.Context, in bedrail.Scope, channel string, controlIDs []string) (map[string]bool, error) {
	held := make(map[string]bool, len(controlIDs))
	err := s.view(ctx, func(tx *sql.Tx) error {
		for _, id := range controlIDs {
			w := where{args: []any{in.Tenant, channel}}
			condition, err := s.lookup(w.arg, in.Tenant, "i", exchange.Lookup{Field: controlField, Value: id})
			if err != nil {
				return err
			}
			var one int
			err = tx.QueryRowContext(ctx, `
				SELECT 1 FROM message_index i JOIN message m ON m.tenant = i.tenant AND m.id = i.id
				WHERE i.tenant = $1 AND m.channel = $2 AND `+condition+` AND `+onShelf+` LIMIT 1`, w.args...).Scan(&one)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			held[id] = err == nil
		}
		return nil
	})
	return held, err
}

// FindMessages implements exchange.ShelfStore.
func (s *DB) FindMessages(ctx context.Context, in bedrail.Scope, channel string, terms []exchange.Lookup, before string, limit int) (ids []string, err error) {
	if len(terms) == 0 {
		return nil, bedrail.Errorf(bedrail.Invalid, "nothing is looked for")
	}
	if before == "" {
		before = "~" // behind every id
	}
	w := where{args: []any{in.Tenant, channel, before, limit}}
	var joins, conditions strings.Builder
	for n, t := range terms {
		condition, err := s.lookup(w.arg, in.Tenant, fmt.Sprint("i", n), t)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			fmt.Fprintf(&joins, ` JOIN message_index i%d ON i%d.tenant = i0.tenant AND i%d.id = i0.id`, n, n, n)
		}
		conditions.WriteString(` AND ` + condition)
	}
	err = s.view(ctx, func(tx *sql.Tx) error {
		ids = nil
		rows, err := tx.QueryContext(ctx, `SELECT i0.id FROM message_index i0`+joins.String()+` JOIN message m ON m.tenant = i0.tenant AND m.id = i0.id
			WHERE i0.tenant = $1 AND m.channel = $2 AND i0.id < $3 AND `+onShelf+conditions.String()+` ORDER BY i0.id DESC LIMIT $4`, w.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	return ids, err
}
