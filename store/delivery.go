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
	"bedrail/exchange"
	"bedrail/seal"
)

const deliveryColumns = `d.message, d.channel, d.destination, d.state, d.lane, d.attempts, d.round, d.next_at, d.queued_at, d.done_at, d.code, d.note, d.mapping, d.share`

func deliveryDest(d *exchange.Delivery, times *[3]int64) []any {
	return []any{&d.Message, &d.Channel, &d.Destination, (*string)(&d.State), &d.Lane, &d.Attempts, &d.Round, &times[0], &times[1], &times[2], &d.Code, &d.Note, &d.Mapping, shareColumn{&d.Share}}
}

// A shareColumn reads what a receiver was given; empty is nothing said.
type shareColumn struct{ into **exchange.Share }

// Scan implements sql.Scanner.
func (c shareColumn) Scan(v any) error {
	var text []byte
	switch v := v.(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = v
	}
	if *c.into = nil; len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, c.into)
}

func shareText(s *exchange.Share) (string, error) {
	if s == nil {
		return "", nil
	}
	text, err := json.Marshal(s)
	return string(text), err
}

func setDeliveryTimes(d *exchange.Delivery, times [3]int64) {
	d.NextAt, d.QueuedAt, d.DoneAt = timeOf(times[0]), timeOf(times[1]), timeOf(times[2])
}

// QueuedDeliveries implements exchange.Store.
func (s *DB) QueuedDeliveries(ctx context.Context, in bedrail.Scope, channel, destination, after string, not []string, limit int) (all []exchange.QueuedDelivery, err error) {
	var w where
	w.and(`d.tenant = ?`, in.Tenant)
	w.and(`d.channel = ?`, channel)
	w.and(`d.destination = ?`, destination)
	w.and(`d.state = 'queued'`)
	w.and(`d.message > ?`, after)
	for _, lane := range not {
		w.and(`d.lane <> ?`, lane)
	}
	text := `SELECT ` + deliveryColumns + `, ` + messageColumns + sealedColumns + ` FROM delivery d JOIN message m ON m.tenant = d.tenant AND m.id = d.message
		LEFT JOIN message_body b ON b.tenant = m.tenant AND b.id = m.id LEFT JOIN sealed_key k ON k.tenant = m.tenant AND k.record = m.id` +
		w.String() + ` ORDER BY d.message LIMIT ` + w.arg(limit)
	type read struct {
		q exchange.QueuedDelivery
		r sealedRow
	}
	var found []read
	err = s.view(ctx, func(tx *sql.Tx) error {
		found = found[:0]
		rows, err := tx.QueryContext(ctx, text, w.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var one read
			var times [3]int64
			first := deliveryDest(&one.q.Delivery, &times)
			row := &prefixedRow{rows: rows, first: first}
			if one.q.Kept, err = scanMessage(row, one.r.dest()...); err != nil {
				return err
			}
			setDeliveryTimes(&one.q.Delivery, times)
			found = append(found, one)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	for i := range found { // unsealing waits for nobody, so no reader stays open for it
		f := &found[i]
		if f.q.Body, err = s.openMessage(in.Tenant, &f.q.Kept, &f.r); err != nil {
			return nil, err
		}
		all = append(all, f.q)
	}
	return all, nil
}

// A prefixedRow scans columns before those that are asked for.
type prefixedRow struct {
	rows  *sql.Rows
	first []any
}

// Scan implements scanner.
func (r *prefixedRow) Scan(dest ...any) error {
	return r.rows.Scan(append(append([]any{}, r.first...), dest...)...)
}

const (
	settleDelivery = `
		UPDATE delivery SET state = $1, attempts = $2, next_at = $3, done_at = $4, code = $5, note = $6, mapping = $7, share = $8
		WHERE tenant = $9 AND message = $10 AND destination = $11 AND state = 'queued'`
	// A message counts by its worst destination.
	settleMessage = `
		UPDATE message SET state = (SELECT CASE MAX(CASE d.state WHEN 'queued' THEN 4 WHEN 'held' THEN 3 WHEN 'dead' THEN 2 WHEN 'delivered' THEN 1 ELSE 0 END)
			WHEN 4 THEN 'pending' WHEN 3 THEN 'held' WHEN 2 THEN 'dead' WHEN 1 THEN 'delivered' ELSE 'filtered' END
			FROM delivery d WHERE d.tenant = message.tenant AND d.message = message.id)
		WHERE tenant = $1 AND id = $2`
	insertDeliveryBody  = `delivery_body (tenant, message, destination, sealed, ack, sent, sent_type)`
	replaceDeliveryBody = `ON CONFLICT (tenant, message, destination) DO UPDATE
		SET sealed = excluded.sealed, ack = excluded.ack, sent = excluded.sent, sent_type = excluded.sent_type`
	findKey = `SELECT kek, wrapped FROM sealed_key WHERE tenant = $1 AND record = $2`
)

// A settledBody is what was sent and answered, made ready for its table outside
// of the writer.
type settledBody struct {
	how       int // as in the column sealed; 0 and nothing in it: there is none
	ack, sent []byte
}

// Settle implements exchange.Store.
func (s *DB) Settle(ctx context.Context, in bedrail.Scope, done []exchange.Settlement) error {
	bodies, err := s.sealSettled(ctx, in.Tenant, done)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		for i := range done {
			if err := s.settle(ctx, tx, in.Tenant, &done[i], &bodies[i]); err != nil {
				return fmt.Errorf("settling %s for %s: %w", done[i].Delivery.Message, done[i].Delivery.Destination, err)
			}
		}
		return nil
	})
}

// sealSettled packs and seals what was sent and answered. Where the key of a
// message is gone nothing of it is kept: nobody could read it.
func (s *DB) sealSettled(ctx context.Context, tenant string, done []exchange.Settlement) ([]settledBody, error) {
	out := make([]settledBody, len(done))
	for i := range done {
		one, b := &done[i], &out[i]
		if len(one.Ack) == 0 && len(one.Sent) == 0 {
			continue
		}
		if s.keys == nil {
			*b = settledBody{bodyPacked, pack(one.Ack), pack(one.Sent)}
			continue
		}
		key, ok, err := s.keyToSettle(ctx, tenant, one.Delivery.Message)
		if err != nil {
			return nil, err
		}
		if ok {
			to := one.Delivery.Destination
			*b = settledBody{bodySealed | bodyPacked, sealPacked(key, "delivery_body", "ack/"+to, one.Ack), sealPacked(key, "delivery_body", "sent/"+to, one.Sent)}
		}
	}
	return out, nil
}

// keyToSettle returns the key of a message, most often of one that was kept
// a moment ago; ok is false where it was forgotten.
func (s *DB) keyToSettle(ctx context.Context, tenant, id string) (key seal.Key, ok bool, err error) {
	if key, ok = s.keyring.find(tenant, id); ok {
		return key, true, nil
	}
	var r sealedRow
	err = s.view(ctx, func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, findKey, tenant, id).Scan(&r.kek, &r.wrapped) })
	if errors.Is(err, sql.ErrNoRows) {
		return key, false, nil
	}
	if err != nil {
		return key, false, err
	}
	if key, ok = s.rowKey(tenant, id, &r); !ok {
		return key, false, bedrail.Errorf(bedrail.Unavailable, "the key of message %s does not open", id)
	}
	return key, true, nil
}

func (s *DB) settle(ctx context.Context, tx *sql.Tx, tenant string, one *exchange.Settlement, b *settledBody) error {
	d := &one.Delivery
	share, err := shareText(d.Share)
	if err != nil {
		return err
	}
	err = s.exec(ctx, tx, settleDelivery, string(d.State), d.Attempts, micros(d.NextAt), micros(d.DoneAt), d.Code, d.Note, d.Mapping, share, tenant, d.Message, d.Destination)
	if err != nil {
		return err
	}
	if b.how != 0 {
		if err := s.writer.exchange.keepSettled(ctx, tx, tenant, d, b, one.SentType); err != nil {
			return err
		}
	}
	if d.State == exchange.Queued {
		return nil
	}
	if err := s.exec(ctx, tx, settleMessage, tenant, d.Message); err != nil {
		return err
	}
	if one.Entry == nil {
		return nil
	}
	return s.appendEntry(ctx, tx, tenant, *one.Entry)
}

// keepSettled gathers a body. PostgreSQL does not replace a row twice in one
// statement, so the same delivery never stands in one twice.
func (e *exchangeWriter) keepSettled(ctx context.Context, tx *sql.Tx, tenant string, d *exchange.Delivery, b *settledBody, sentType string) error {
	name := d.Message + "\x00" + d.Destination
	if e.waiting[name] {
		if err := e.write(ctx, tx); err != nil {
			return err
		}
	}
	e.waiting[name] = true
	e.settled.add(tenant, d.Message, d.Destination, b.how, orEmpty(b.ack), orEmpty(b.sent), sentType)
	if e.apart {
		return e.write(ctx, tx)
	}
	return nil
}

// orEmpty makes of nothing what a column that must not be NULL takes.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// DeliveryBody implements exchange.Store.
func (s *DB) DeliveryBody(ctx context.Context, in bedrail.Scope, id, destination string) (out exchange.DeliveryBody, err error) {
	var r sealedRow
	err = s.view(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `
			SELECT b.sealed, b.ack, b.sent, b.sent_type, k.kek, k.wrapped FROM delivery_body b LEFT JOIN sealed_key k ON k.tenant = b.tenant AND k.record = b.message
			WHERE b.tenant = $1 AND b.message = $2 AND b.destination = $3`, in.Tenant, id, destination).Scan(&r.sealed, &out.Ack, &out.Sent, &out.SentType, &r.kek, &r.wrapped)
		return orNotFound(err, "nothing was kept of what %s answered to message %s", destination, id)
	})
	if err != nil {
		return out, err
	}
	if r.sealed.Int64&bodySealed != 0 {
		key, ok := s.rowKey(in.Tenant, id, &r)
		if !ok {
			return exchange.DeliveryBody{}, bedrail.Errorf(bedrail.NotFound, "the content of message %s was forgotten, or its key is not there", id)
		}
		if out.Ack, err = key.Open("delivery_body", "ack/"+destination, out.Ack); err != nil {
			return exchange.DeliveryBody{}, err
		}
		if out.Sent, err = key.Open("delivery_body", "sent/"+destination, out.Sent); err != nil {
			return exchange.DeliveryBody{}, err
		}
	}
	if out.Ack, err = unpacked(r.sealed.Int64, out.Ack); err == nil {
		out.Sent, err = unpacked(r.sealed.Int64, out.Sent)
	}
	return out, err
}

// Deliveries implements exchange.Store.
func (s *DB) Deliveries(ctx context.Context, in bedrail.Scope, id string) (all []exchange.Delivery, err error) {
	all = []exchange.Delivery{}
	err = s.view(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+deliveryColumns+` FROM delivery d WHERE d.tenant = $1 AND d.message = $2 ORDER BY d.destination`, in.Tenant, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d exchange.Delivery
			var times [3]int64
			if err := rows.Scan(deliveryDest(&d, &times)...); err != nil {
				return err
			}
			setDeliveryTimes(&d, times)
			all = append(all, d)
		}
		return rows.Err()
	})
	return all, err
}

// ReleaseDue implements exchange.Store.
func (s *DB) ReleaseDue(ctx context.Context, in bedrail.Scope, now time.Time, by bedrail.Actor) (released map[string][]string, err error) {
	var due []exchange.Message
	find := func(tx *sql.Tx) error {
		due = due[:0]
		rows, err := tx.QueryContext(ctx, `SELECT m.id, m.channel FROM message m WHERE m.tenant = $1 AND m.state = 'held' AND m.held_until <= $2 ORDER BY m.held_until LIMIT 500`, in.Tenant, micros(now))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m exchange.Message
			if err := rows.Scan(&m.ID, &m.Channel); err != nil {
				return err
			}
			due = append(due, m)
		}
		return rows.Err()
	}
	if err := s.view(ctx, find); err != nil || len(due) == 0 {
		return nil, err
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		released = map[string][]string{}
		if err := find(tx); err != nil {
			return err
		}
		for _, m := range due {
			if err := s.release(ctx, tx, in.Tenant, m.ID, now, "held for the longest time; passed on, tagged"); err != nil {
				return err
			}
			released[m.Channel] = append(released[m.Channel], m.ID)
			entry := audit.Entry{By: by, Did: "message:release", To: m.ID, Note: "held for the longest time; passed on, tagged"}
			if err := s.appendEntry(ctx, tx, in.Tenant, entry); err != nil {
				return err
			}
		}
		return nil
	})
	return released, err
}

func (s *DB) release(ctx context.Context, tx *sql.Tx, tenant, id string, now time.Time, note string) error {
	_, err := tx.ExecContext(ctx, `UPDATE delivery SET state = 'queued', queued_at = $1, note = $2 WHERE tenant = $3 AND message = $4 AND state = 'held'`, micros(now), note, tenant, id)
	if err != nil {
		return err
	}
	return s.exec(ctx, tx, settleMessage, tenant, id)
}

// Requeue implements exchange.Store.
func (s *DB) Requeue(ctx context.Context, in bedrail.Scope, r exchange.Requeue, entry audit.Entry) (n int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		if n, err = s.requeue(ctx, tx, in.Tenant, r); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return n, err
}

func (s *DB) requeue(ctx context.Context, tx *sql.Tx, tenant string, r exchange.Requeue) (n int, err error) {
	from := r.From
	if len(from) == 0 {
		from = []exchange.DeliveryState{exchange.GivenUp, exchange.WaitsHeld}
	}
	for _, id := range r.Messages {
		var w where
		at := w.arg(micros(r.At))
		w.and(`tenant = ?`, tenant)
		w.and(`message = ?`, id)
		w.place(`state`, words(from))
		w.place(`destination`, r.Destinations)
		res, err := tx.ExecContext(ctx, `UPDATE delivery SET state = 'queued', round = round + CASE state WHEN 'held' THEN 0 ELSE 1 END,
			attempts = 0, next_at = 0, done_at = 0, code = '', note = '', queued_at = `+at+w.String(), w.args...)
		if err != nil {
			return n, err
		}
		one, err := res.RowsAffected()
		if err != nil {
			return n, err
		}
		n += int(one)
		if err := s.exec(ctx, tx, settleMessage, tenant, id); err != nil {
			return n, err
		}
	}
	return n, nil
}

func words[S ~string](from []S) []string {
	out := make([]string, len(from))
	for i, w := range from {
		out[i] = string(w)
	}
	return out
}

// Backlogs implements exchange.Store.
func (s *DB) Backlogs(ctx context.Context, in bedrail.Scope) (all []exchange.Backlog, err error) {
	all = []exchange.Backlog{}
	err = s.view(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT channel, destination, COUNT(*), MIN(queued_at) FROM delivery WHERE tenant = $1 AND state = 'queued' GROUP BY channel, destination ORDER BY channel, destination`, in.Tenant)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var b exchange.Backlog
			var oldest int64
			if err := rows.Scan(&b.Channel, &b.Destination, &b.Queued, &oldest); err != nil {
				return err
			}
			b.Oldest = timeOf(oldest)
			all = append(all, b)
		}
		return rows.Err()
	})
	return all, err
}

// ForgetMessages implements exchange.Store.
func (s *DB) ForgetMessages(ctx context.Context, in bedrail.Scope, ids []string, entry audit.Entry) (n int, err error) {
	var gone []string
	now := micros(s.clock.Now())
	err = s.update(ctx, func(tx *sql.Tx) error {
		n, gone = 0, gone[:0]
		for _, id := range ids {
			res, err := tx.ExecContext(ctx, `UPDATE message SET forgotten_at = $1 WHERE tenant = $2 AND id = $3 AND forgotten_at = 0 AND legal_hold = 0 AND state NOT IN ('pending', 'held')`, now, in.Tenant, id)
			if err != nil {
				return err
			}
			if one, err := res.RowsAffected(); err != nil || one == 0 {
				if err != nil {
					return err
				}
				continue
			}
			for _, text := range []string{
				`DELETE FROM sealed_key WHERE tenant = $1 AND record = $2`, `DELETE FROM message_body WHERE tenant = $1 AND id = $2`,
				// By the keyed digest of the patient it is still found who received
				// it: that must be told for six years (45 CFR 164.528).
				// By that of its control id it is known when it comes again.
				`DELETE FROM message_index WHERE tenant = $1 AND id = $2 AND field NOT IN ('patient', 'control')`, `DELETE FROM delivery_body WHERE tenant = $1 AND message = $2`,
				`DELETE FROM message_revision WHERE tenant = $1 AND message = $2`, `DELETE FROM bed_move WHERE tenant = $1 AND message = $2`,
			} {
				if _, err := tx.ExecContext(ctx, text, in.Tenant, id); err != nil {
					return err
				}
			}
			gone = append(gone, id)
			n++
		}
		if n == 0 {
			return nil
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	if err != nil || n == 0 {
		return n, err
	}
	for _, id := range gone {
		s.keyring.drop(in.Tenant, id)
	}
	return n, s.removeBodies(gone)
}

// MessagesBefore implements exchange.Store.
func (s *DB) MessagesBefore(ctx context.Context, in bedrail.Scope, channel string, at time.Time, limit int) (ids []string, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		ids, err = strings1(ctx, tx, `SELECT id FROM message WHERE tenant = $1 AND channel = $2 AND state NOT IN ('pending', 'held') AND received_at < $3
			AND forgotten_at = 0 AND legal_hold = 0 ORDER BY id LIMIT `+fmt.Sprint(limit), in.Tenant, channel, micros(at))
		return err
	})
	return ids, err
}
