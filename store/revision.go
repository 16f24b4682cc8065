package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/seal"
)

// sealMoves makes what a message says of beds ready to be kept.
func (r *sealedMessage) sealMoves(key *seal.Key) error {
	for _, m := range r.k.Moves {
		doc, err := json.Marshal(m)
		if err != nil {
			return err
		}
		if key != nil {
			doc = key.Seal("bed_move", "doc", doc)
		}
		r.moves = append(r.moves, doc)
	}
	return nil
}

// BedMoves implements exchange.Store. What was forgotten or does not open is
// left out: a bed that is not known is not guessed.
func (s *DB) BedMoves(ctx context.Context, in bedrail.Scope, since time.Time) (all []exchange.Move, err error) {
	type row struct {
		id  string
		r   sealedRow
		doc []byte
	}
	var found []row
	err = s.view(ctx, func(tx *sql.Tx) error {
		found = found[:0]
		return eachRow(ctx, tx, func(in scanner) error {
			var one row
			if err := in.Scan(&one.id, &one.r.sealed, &one.doc, &one.r.kek, &one.r.wrapped); err != nil {
				return err
			}
			found = append(found, one)
			return nil
		}, `SELECT b.message, b.sealed, b.doc, k.kek, k.wrapped FROM bed_move b LEFT JOIN sealed_key k ON k.tenant = b.tenant AND k.record = b.message
			WHERE b.tenant = $1 AND b.at >= $2 ORDER BY b.at, b.message, b.n`, in.Tenant, micros(since))
	})
	if err != nil {
		return nil, err
	}
	for i := range found {
		f := &found[i]
		if f.r.sealed.Int64 != 0 {
			key, ok := s.rowKey(in.Tenant, f.id, &f.r)
			if !ok {
				continue
			}
			if f.doc, err = key.Open("bed_move", "doc", f.doc); err != nil {
				return nil, fmt.Errorf("opening what message %s says of a bed: %w", f.id, err)
			}
		}
		var m exchange.Move
		if err := json.Unmarshal(f.doc, &m); err != nil {
			return nil, fmt.Errorf("reading what message %s says of a bed: %w", f.id, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// messageKeyOf returns the key that a message is sealed with; ok is false
// where there are no keys.
func (s *DB) messageKeyOf(ctx context.Context, tx *sql.Tx, tenant, id string) (key seal.Key, ok bool, err error) {
	if s.keys == nil {
		return key, false, nil
	}
	var r sealedRow
	if err := tx.QueryRowContext(ctx, findKey, tenant, id).Scan(&r.kek, &r.wrapped); err != nil {
		return key, false, orNotFound(err, "the key of message %s is not there", id)
	}
	if key, ok = s.rowKey(tenant, id, &r); !ok {
		return key, false, bedrail.Errorf(bedrail.Unavailable, "the key of message %s does not open", id)
	}
	return key, true, nil
}

// SaveRevision implements exchange.Store.
func (s *DB) SaveRevision(ctx context.Context, in bedrail.Scope, r exchange.Revision, more []exchange.Lookup, again *exchange.Requeue, entry audit.Entry) (n int, err error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		n = 0
		res, err := tx.ExecContext(ctx, `UPDATE message SET revision = $1 WHERE tenant = $2 AND id = $3 AND revision = $4 AND forgotten_at = 0`, r.N, in.Tenant, r.Message, r.N-1)
		if err != nil {
			return err
		}
		if one, err := res.RowsAffected(); err != nil || one == 0 {
			if err != nil {
				return err
			}
			return bedrail.Errorf(bedrail.Conflict, "message %s was changed meanwhile; look at it again", r.Message)
		}
		key, sealed, err := s.messageKeyOf(ctx, tx, in.Tenant, r.Message)
		if err != nil {
			return err
		}
		doc := plain
		if sealed {
			doc = key.Seal("message_revision", fmt.Sprint("doc/", r.N), plain)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO message_revision (tenant, message, revision, kind, at, by_id, sealed, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			in.Tenant, r.Message, r.N, r.Kind, micros(r.At), r.By, number(sealed), doc); err != nil {
			return err
		}
		for _, l := range more {
			v, err := s.lookupValue(in.Tenant, l)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO message_index (tenant, field, value, id) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, field, value, id) DO NOTHING`, in.Tenant, l.Field, v, r.Message); err != nil {
				return err
			}
		}
		if again != nil {
			if n, err = s.requeue(ctx, tx, in.Tenant, *again); err != nil {
				return err
			}
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return n, err
}

// Revisions implements exchange.Store.
func (s *DB) Revisions(ctx context.Context, in bedrail.Scope, id string) (all []exchange.Revision, err error) {
	var docs [][]byte
	var sealed []bool
	var key seal.Key
	err = s.view(ctx, func(tx *sql.Tx) error {
		docs, sealed = docs[:0], sealed[:0]
		some := false
		err := eachRow(ctx, tx, func(row scanner) error {
			var doc []byte
			var is int
			if err := row.Scan(&is, &doc); err != nil {
				return err
			}
			docs, sealed, some = append(docs, doc), append(sealed, is != 0), some || is != 0
			return nil
		}, `SELECT sealed, doc FROM message_revision WHERE tenant = $1 AND message = $2 ORDER BY revision`, in.Tenant, id)
		if err != nil || !some {
			return err
		}
		key, _, err = s.messageKeyOf(ctx, tx, in.Tenant, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, doc := range docs {
		if sealed[i] {
			if doc, err = key.Open("message_revision", fmt.Sprint("doc/", i+1), doc); err != nil {
				return nil, fmt.Errorf("opening revision %d of message %s: %w", i+1, id, err)
			}
		}
		var r exchange.Revision
		if err := json.Unmarshal(doc, &r); err != nil {
			return nil, fmt.Errorf("reading revision %d of message %s: %w", i+1, id, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// HeldBacklogs implements exchange.Store.
func (s *DB) HeldBacklogs(ctx context.Context, in bedrail.Scope) (all []exchange.HeldBacklog, err error) {
	all = []exchange.HeldBacklog{}
	err = s.view(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var h exchange.HeldBacklog
			var oldest, until int64
			err := row.Scan(&h.Channel, &h.Reason, &h.Held, &oldest, &until)
			h.Oldest, h.Until = timeOf(oldest), timeOf(until)
			all = append(all, h)
			return err
		}, heldBacklogs, in.Tenant)
	})
	return all, err
}

// heldBacklogs is asked each second. The range of times makes SQLite take the
// index of held messages rather than walk all of them.
const heldBacklogs = `SELECT channel, reason, COUNT(*), MIN(received_at), MIN(held_until) FROM message
	WHERE tenant = $1 AND state = 'held' AND held_until >= 0 GROUP BY channel, reason ORDER BY channel, reason`

// SaveGap implements exchange.Store.
func (s *DB) SaveGap(ctx context.Context, in bedrail.Scope, g exchange.Gap) error {
	doc, err := json.Marshal(g)
	if err != nil {
		return err
	}
	entry := audit.Entry{By: bedrail.SystemActor("exchange", in.Tenant), Did: "message:withhold", To: g.ID, Note: "channel " + g.Channel + " device " + g.Device}
	if !g.Until.IsZero() {
		entry.Note += " ended"
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO exchange_gap (tenant, id, channel, device, since, until, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (tenant, id) DO UPDATE SET until = excluded.until, doc = excluded.doc`, in.Tenant, g.ID, g.Channel, g.Device, micros(g.Since), micros(g.Until), string(doc))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Gaps implements exchange.Store.
func (s *DB) Gaps(ctx context.Context, in bedrail.Scope, open bool) (all []exchange.Gap, err error) {
	text := `SELECT doc FROM exchange_gap WHERE tenant = $1 ORDER BY since DESC, id LIMIT 200`
	if open {
		text = `SELECT doc FROM exchange_gap WHERE tenant = $1 AND until = 0 ORDER BY since, id`
	}
	err = s.view(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var doc []byte
			var g exchange.Gap
			if err := row.Scan(&doc); err != nil {
				return err
			}
			err := json.Unmarshal(doc, &g)
			all = append(all, g)
			return err
		}, text, in.Tenant)
	})
	return all, err
}
