package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/recall"
)

var _ recall.Store = (*DB)(nil)

// spanSlack is how far the name of a message may lie from when it came: names
// go on where a clock was set back.
const spanSlack = time.Hour

// spanWhere admits the messages m of a span, by the index of devices.
func spanWhere(w *where, in bedrail.Scope, s recall.Span, after string) {
	w.and(`m.tenant = ?`, in.Tenant)
	w.and(`m.device = ?`, s.Device)
	w.conditions = append(w.conditions, `m.device <> ''`)
	w.and(`m.id > ?`, max(after, bedrail.FirstID("msg", s.From.Add(-spanSlack))))
	w.and(`m.id < ?`, bedrail.FirstID("msg", s.Until.Add(spanSlack)))
	w.and(`m.received_at >= ?`, micros(s.From))
	w.and(`m.received_at <= ?`, micros(s.Until))
}

// Reach implements recall.Store.
func (s *DB) Reach(ctx context.Context, in bedrail.Scope, span recall.Span) (r recall.Reach, receivers []recall.Receiver, err error) {
	var w where
	spanWhere(&w, in, span, "")
	err = s.view(ctx, func(tx *sql.Tx) error {
		r, receivers = recall.Reach{Channels: map[string]int{}, Types: map[string]int{}}, []recall.Receiver{}
		err := eachRow(ctx, tx, func(row scanner) error {
			var channel, kind string
			var n, forgotten int
			var first, last int64
			if err := row.Scan(&channel, &kind, &n, &forgotten, &first, &last); err != nil {
				return err
			}
			r.Messages, r.Forgotten = r.Messages+n, r.Forgotten+forgotten
			r.Channels[channel] += n
			r.Types[kind] += n
			if at := timeOf(first); r.First.IsZero() || at.Before(r.First) {
				r.First = at
			}
			if at := timeOf(last); at.After(r.Last) {
				r.Last = at
			}
			return nil
		}, `SELECT m.channel, m.type, COUNT(*), SUM(CASE WHEN m.forgotten_at > 0 THEN 1 ELSE 0 END), MIN(m.received_at), MAX(m.received_at) FROM `+s.messagesOfDevice()+w.String()+` GROUP BY m.channel, m.type`, w.args...)
		if err != nil {
			return err
		}
		// CROSS JOIN has SQLite begin with the device. The field stands in an
		// expression so that it goes by the index of messages: by that of values it would look at every patient.
		err = tx.QueryRowContext(ctx, `SELECT COUNT(DISTINCT i.value) FROM `+s.messagesOfDevice()+` CROSS JOIN message_index i`+w.String()+` AND i.tenant = m.tenant AND i.id = m.id AND i.field || '' = 'patient'`, w.args...).Scan(&r.Patients)
		if err != nil {
			return err
		}
		return eachRow(ctx, tx, func(row scanner) error {
			var one recall.Receiver
			err := row.Scan(&one.Channel, &one.Destination, &one.Messages, &one.ByHand)
			receivers = append(receivers, one)
			return err
		}, `SELECT d.channel, d.destination, COUNT(*), SUM(CASE WHEN m.body = 'file' OR m.forgotten_at > 0 THEN 1 ELSE 0 END) FROM `+s.messagesOfDevice()+` CROSS JOIN delivery d`+
			w.String()+` AND d.tenant = m.tenant AND d.message = m.id AND (d.state IN ('delivered', 'queued') OR d.round > 0) GROUP BY d.channel, d.destination ORDER BY d.channel, d.destination`, w.args...)
	})
	return r, receivers, err
}

// Suspects implements recall.Store.
func (s *DB) Suspects(ctx context.Context, in bedrail.Scope, span recall.Span, after string, limit int) (ids []string, err error) {
	var w where
	spanWhere(&w, in, span, after)
	err = s.view(ctx, func(tx *sql.Tx) error {
		ids, err = strings1(ctx, tx, `SELECT m.id FROM `+s.messagesOfDevice()+w.String()+` ORDER BY m.id LIMIT `+fmt.Sprint(limit), w.args...)
		return err
	})
	return ids, err
}

// Progress implements recall.Store.
func (s *DB) Progress(ctx context.Context, in bedrail.Scope, span recall.Span, since time.Time) (all map[[2]string]recall.Progress, err error) {
	var w where
	spanWhere(&w, in, span, "")
	since2 := w.arg(micros(since))
	err = s.view(ctx, func(tx *sql.Tx) error {
		all = map[[2]string]recall.Progress{}
		return eachRow(ctx, tx, func(row scanner) error {
			var channel, destination, state, note string
			var n int
			var last int64
			if err := row.Scan(&channel, &destination, &state, &n, &last, &note); err != nil {
				return err
			}
			p := all[[2]string{channel, destination}]
			switch exchange.DeliveryState(state) {
			case exchange.Queued:
				p.Queued = n
			case exchange.Arrived:
				p.Delivered, p.Last = n, timeOf(last)
			case exchange.GivenUp:
				p.Dead, p.Note = n, note
			}
			all[[2]string{channel, destination}] = p
			return nil
		}, `SELECT d.channel, d.destination, d.state, COUNT(*), MAX(d.done_at), MAX(d.note) FROM `+s.messagesOfDevice()+` CROSS JOIN delivery d`+
			w.String()+` AND d.tenant = m.tenant AND d.message = m.id AND (d.queued_at >= `+since2+` OR d.state = 'queued') GROUP BY d.channel, d.destination, d.state`, w.args...)
	})
	return all, err
}

// A sentRow is what was sent of a message in FHIR, sealed.
type sentRow struct {
	message, channel, destination string
	sent, raw                     []byte
	sealed                        sql.NullInt64
	r                             sealedRow
}

// sentFHIR reads what was delivered as FHIR of the messages of a span.
func (s *DB) sentFHIR(ctx context.Context, in bedrail.Scope, span recall.Span, after string, limit int) (all []sentRow, err error) {
	var w where
	spanWhere(&w, in, span, after)
	err = s.view(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		return eachRow(ctx, tx, func(row scanner) error {
			var one sentRow
			err := row.Scan(&one.message, &one.channel, &one.destination, &one.sealed, &one.sent, &one.r.sealed, &one.raw, &one.r.kek, &one.r.wrapped)
			all = append(all, one)
			return err
		}, `SELECT m.id, d.channel, d.destination, b.sealed, b.sent, mb.sealed, CASE WHEN m.format = 'fhir' THEN mb.raw END, k.kek, k.wrapped
			FROM `+s.messagesOfDevice()+` CROSS JOIN delivery d
			LEFT JOIN delivery_body b ON b.tenant = d.tenant AND b.message = d.message AND b.destination = d.destination
			JOIN message_body mb ON mb.tenant = m.tenant AND mb.id = m.id LEFT JOIN sealed_key k ON k.tenant = m.tenant AND k.record = m.id`+
			w.String()+` AND d.tenant = m.tenant AND d.message = m.id AND (d.state = 'delivered' OR d.round > 0) AND (b.sent_type LIKE 'application/fhir%' OR b.sent_type IS NULL AND m.format = 'fhir') ORDER BY m.id LIMIT `+fmt.Sprint(limit), w.args...)
	})
	return all, err
}

// openSent opens what was sent; what was forgotten, or does not open, is
// empty.
func (s *DB) openSent(tenant string, one *sentRow) ([]byte, error) {
	sent, raw := one.sent, one.raw
	var err error
	if one.r.sealed.Int64&bodySealed != 0 {
		key, ok := s.rowKey(tenant, one.message, &one.r)
		if !ok {
			return nil, nil
		}
		if one.sealed.Int64&bodySealed != 0 && len(sent) > 0 {
			if sent, err = key.Open("delivery_body", "sent/"+one.destination, sent); err != nil {
				return nil, fmt.Errorf("opening what was sent of message %s: %w", one.message, err)
			}
		}
		if len(sent) == 0 && len(raw) > 0 {
			if raw, err = key.Open("message_body", "raw", raw); err != nil {
				return nil, fmt.Errorf("opening message %s: %w", one.message, err)
			}
		}
	}
	if len(sent) == 0 {
		raw, err = unpacked(one.r.sealed.Int64, raw)
	} else {
		raw, err = unpacked(one.sealed.Int64, sent)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was sent of message %s: %w", one.message, err)
	}
	return raw, nil
}

// sentPage reads what was delivered as FHIR from behind a message on. A page ends
// with a message, not within its destinations: the next one begins behind it.
func (s *DB) sentPage(ctx context.Context, in bedrail.Scope, span recall.Span, after string, limit int) ([]sentRow, error) {
	for {
		rows, err := s.sentFHIR(ctx, in, span, after, limit)
		n := len(rows)
		if err != nil || n < limit {
			return rows, err
		}
		if last := rows[n-1].message; rows[0].message != last {
			return slices.DeleteFunc(rows, func(r sentRow) bool { return r.message == last }), nil
		}
		limit *= 2 // all of it is one message, and there may be more of that
	}
}

// sentAtOnce is how many bodies are in memory at once.
const sentAtOnce = 256

// MadeOf implements recall.Store.
func (s *DB) MadeOf(ctx context.Context, in bedrail.Scope, span recall.Span, limit int, patience time.Duration) (map[string]int, int, error) {
	counts, seen, messages, began := map[string]int{}, map[string]bool{}, 0, time.Now()
	for after := ""; messages < limit && time.Since(began) < patience; {
		rows, err := s.sentPage(ctx, in, span, after, sentAtOnce)
		if err != nil {
			return nil, 0, err
		}
		if len(rows) == 0 {
			break
		}
		for i := range rows {
			body, err := s.openSent(in.Tenant, &rows[i])
			if err != nil {
				return nil, 0, err
			}
			if rows[i].message != after {
				after, messages = rows[i].message, messages+1
			}
			for _, r := range recall.ResourcesIn(body) {
				if !seen[r.Reference] {
					seen[r.Reference] = true
					counts[r.Type()]++
				}
			}
		}
	}
	return counts, messages, nil
}

// Resources implements recall.Store.
func (s *DB) Resources(ctx context.Context, in bedrail.Scope, span recall.Span, after string, limit int) ([]recall.Resource, error) {
	out := []recall.Resource{}
	for len(out) == 0 { // what was forgotten names nothing: the page goes on behind it
		rows, err := s.sentPage(ctx, in, span, after, max(limit, 2))
		if err != nil || len(rows) == 0 {
			return out, err
		}
		for i := range rows {
			body, err := s.openSent(in.Tenant, &rows[i])
			if err != nil {
				return nil, err
			}
			for _, r := range recall.ResourcesIn(body) {
				r.Message, r.Channel, r.Destination = rows[i].message, rows[i].channel, rows[i].destination
				out = append(out, r)
			}
			after = rows[i].message
		}
	}
	return out, nil
}

// PatientsOf implements recall.Store.
func (s *DB) PatientsOf(ctx context.Context, in bedrail.Scope, span recall.Span, limit int, entry audit.Entry) ([]string, error) {
	if err := s.Record(ctx, in, entry); err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for after := ""; len(found) < limit; {
		ids, err := s.Suspects(ctx, in, span, after, 500)
		if err != nil || len(ids) == 0 {
			return slices.Sorted(maps.Keys(found)), err
		}
		after = ids[len(ids)-1]
		for _, id := range ids {
			m, err := s.Message(ctx, in, id)
			if err != nil {
				return nil, err
			}
			for _, p := range m.Sealed.Facts.Patients {
				found[p] = true
			}
			if a := m.Sealed.Patient; a != nil && a.Patient != "" {
				found[a.Patient] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// SaveRecall implements recall.Store.
func (s *DB) SaveRecall(ctx context.Context, in bedrail.Scope, r recall.Recall, was string, entry audit.Entry) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		var res sql.Result
		if was == "" {
			res, err = tx.ExecContext(ctx, `INSERT INTO data_recall (tenant, id, state, requested_at, doc) VALUES ($1, $2, $3, $4, $5)`, in.Tenant, r.ID, r.State, micros(r.RequestedAt), string(doc))
		} else {
			res, err = tx.ExecContext(ctx, `UPDATE data_recall SET state = $1, doc = $2 WHERE tenant = $3 AND id = $4 AND state = $5`, r.State, string(doc), in.Tenant, r.ID, was)
		}
		if err := changedOne(res, err, bedrail.Conflict, "the recall %s was changed meanwhile; look at it again", r.ID); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// RecallByID implements recall.Store.
func (s *DB) RecallByID(ctx context.Context, in bedrail.Scope, id string) (r recall.Recall, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		r, err = scanDoc[recall.Recall](tx.QueryRowContext(ctx, `SELECT doc FROM data_recall WHERE tenant = $1 AND id = $2`, in.Tenant, id))
		return orNotFound(err, "there is no recall %s", id)
	})
	return r, err
}

// Recalls implements recall.Store.
func (s *DB) Recalls(ctx context.Context, in bedrail.Scope) ([]recall.Recall, error) {
	return docsOf[recall.Recall](ctx, s, `SELECT doc FROM data_recall WHERE tenant = $1 ORDER BY requested_at DESC, id LIMIT 500`, in.Tenant)
}
