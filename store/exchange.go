package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/seal"
)

var _ exchange.Store = (*DB)(nil)

const (
	insertMessage = `message (tenant, id, channel, version, received_at, format, content_type, size, body, type, event, profile, sender, live, state, outcome,
		reason, device, trust, peer, severity, issues, control, digest, duplicate_of, unassured, held_until, legal_hold, forgotten_at)`
	insertMessageBody  = `message_body (tenant, id, sealed, meta, raw)`
	insertMessageIndex = `message_index (tenant, field, value, id)`
	insertDelivery     = `delivery (tenant, message, destination, channel, state, lane, attempts, round, next_at, queued_at, done_at, code, note, mapping)`

	insertMove = `bed_move (tenant, message, n, at, sealed, doc)`

	countMessage = `
		INSERT INTO message_count (tenant, channel, minute, received, unassured) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, channel, minute) DO UPDATE
		SET received = message_count.received + excluded.received, unassured = message_count.unassured + excluded.unassured`
	// The join is a CROSS one so that SQLite begins with the index.
	findTwin = twinsBy + `'control' LIMIT 64`
	// findForgottenTwin is for what was forgotten before step 181.
	findForgottenTwin = twinsBy + `'forgotten' LIMIT 64`

	twinsBy = `
		SELECT m.id, m.digest, m.state, m.received_at FROM message_index i CROSS JOIN message m
		WHERE i.tenant = $1 AND i.value = $2 AND m.tenant = i.tenant AND m.id = i.id AND m.state <> 'duplicate' AND i.field = `
)

// An exchangeWriter gathers the rows of the messages that are kept in one
// transaction, and writes them at its end: eight messages of one statement
// cost little more than one. Only the writer uses it.
type exchangeWriter struct {
	db                                               *DB
	messages, bodies, index, deliveries, keys, moves *insert
	settled                                          *insert

	counts  []minuteCount
	waiting map[string]bool // controls of messages whose rows are gathered
	apart   bool            // changes have savepoints: their rows are written at once
}

// A minuteCount is what message_count is to grow by.
type minuteCount struct {
	tenant, channel             string
	minute, received, unassured int64
}

func newExchangeWriter(s *DB) *exchangeWriter {
	return &exchangeWriter{db: s, waiting: make(map[string]bool), messages: s.newInsert(insertMessage, 29, ""), bodies: s.newInsert(insertMessageBody, 5, ""),
		index: s.newInsert(insertMessageIndex, 4, "ON CONFLICT (tenant, field, value, id) DO NOTHING"), deliveries: s.newInsert(insertDelivery, 14, ""),
		keys: s.newInsert(`sealed_key (tenant, record, kek, wrapped)`, 4, ""), moves: s.newInsert(insertMove, 6, ""), settled: s.newInsert(insertDeliveryBody, 7, replaceDeliveryBody)}
}

func (e *exchangeWriter) prepare(ctx context.Context, s *DB) error {
	return errors.Join(s.prepare(ctx, countMessage, findTwin, findForgottenTwin, settleDelivery, settleMessage), e.settled.prepareFew(ctx, 16),
		e.messages.prepareFew(ctx, 8), e.bodies.prepareFew(ctx, 8), e.keys.prepareFew(ctx, 8), e.index.prepareFew(ctx, 32), e.moves.prepareFew(ctx, 2), e.deliveries.prepareFew(ctx, 8))
}

// begin forgets what an attempt that failed had gathered.
func (e *exchangeWriter) begin(apart bool) {
	e.reset()
	e.apart = apart
}

func (e *exchangeWriter) inserts() []*insert {
	return []*insert{e.messages, e.keys, e.bodies, e.index, e.moves, e.deliveries, e.settled}
}

// write writes what was gathered.
func (e *exchangeWriter) write(ctx context.Context, tx *sql.Tx) error {
	defer e.reset()
	for _, rows := range e.inserts() {
		if err := rows.run(ctx, tx); err != nil {
			return err
		}
	}
	for _, c := range e.counts {
		if err := e.db.exec(ctx, tx, countMessage, c.tenant, c.channel, c.minute, c.received, c.unassured); err != nil {
			return err
		}
	}
	return nil
}

// count adds one message to its minute.
func (e *exchangeWriter) count(tenant, channel string, minute, unassured int64) {
	i := slices.IndexFunc(e.counts, func(c minuteCount) bool {
		return c.minute == minute && c.channel == channel && c.tenant == tenant
	})
	if i < 0 {
		i, e.counts = len(e.counts), append(e.counts, minuteCount{tenant: tenant, channel: channel, minute: minute})
	}
	e.counts[i].received++
	e.counts[i].unassured += unassured
}

func (e *exchangeWriter) reset() {
	for _, rows := range e.inserts() {
		rows.args = rows.args[:0]
	}
	e.counts = e.counts[:0]
	clear(e.waiting)
}

// A sealedMessage is a keeping made ready for the tables outside of the
// writer: what is to be sealed is sealed.
type sealedMessage struct {
	k       *exchange.Keeping
	control []byte
	digest  []byte
	meta    []byte
	raw     []byte
	how     int // as in the column sealed of message_body
	sealed  bool
	opens   seal.Key
	key     seal.Wrapped
	found   []byte // by its control id, see controlValue; nil is not at all
	lookups [][]byte
	moves   [][]byte
}

// blind returns by what equal values are seen to be equal.
func (s *DB) blind(tenant, field, value string) ([]byte, error) {
	if s.keys == nil {
		sum := sha256.Sum256([]byte(field + "\x00" + value))
		return sum[:16], nil
	}
	return s.keys.Index(tenant, "message."+field, value)
}

// Blind names a value so that equal ones are seen to be equal, in letters.
func (s *DB) Blind(tenant, field, value string) string {
	b, err := s.blind(tenant, field, value)
	if err != nil {
		return field
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// controlField is the field of message_index by which messages are found by
// their control id.
const controlField = "control"

// halfBlind is how much of a keyed hash each half of a controlValue holds.
const halfBlind = 8

// controlValue is what message_index holds of a control id: half the hash by
// which it is looked up, and half that of twin, by which a message is found
// that comes again. So a message pays for one row at a place of chance, not for
// two.
func (s *DB) controlValue(tenant, control string, twin []byte) ([]byte, error) {
	v, err := s.blind(tenant, controlField, exchange.Normal(control))
	if err != nil {
		return nil, err
	}
	return append(v[:halfBlind:halfBlind], twin[:halfBlind]...), nil
}

// lookupValue is what message_index holds of l.
func (s *DB) lookupValue(tenant string, l exchange.Lookup) ([]byte, error) {
	if l.Field == controlField {
		return s.controlValue(tenant, l.Value, make([]byte, halfBlind))
	}
	return s.blind(tenant, l.Field, l.Value)
}

// lookup is the condition under which the row of message_index called name
// finds l; arg gives an argument its placeholder.
func (s *DB) lookup(arg func(any) string, tenant, name string, l exchange.Lookup) (string, error) {
	v, err := s.lookupValue(tenant, l)
	if err != nil {
		return "", err
	}
	text := name + `.field = ` + arg(l.Field) + ` AND ` + name + `.value `
	if l.Field != controlField {
		return text + `= ` + arg(v), nil
	}
	until := slices.Concat(v[:halfBlind], bytes.Repeat([]byte{0xff}, halfBlind))
	return text + `BETWEEN ` + arg(v) + ` AND ` + arg(until), nil
}

func (s *DB) sealMessage(tenant string, k *exchange.Keeping) (*sealedMessage, error) {
	m := &k.Message
	out := &sealedMessage{k: k, control: []byte{}, raw: []byte{}}
	var err error
	if f := &m.Sealed.Facts; f.ControlID != "" {
		if out.control, err = s.blind(tenant, "twin", m.Channel+"\x00"+f.Sender+"\x00"+f.ControlID); err != nil {
			return nil, err
		}
	}
	if out.digest, err = s.blind(tenant, "digest", m.Sealed.Hash); err != nil {
		return nil, err
	}
	if len(out.control) > 0 {
		if out.found, err = s.controlValue(tenant, m.Sealed.Facts.ControlID, out.control); err != nil {
			return nil, err
		}
	}
	for _, l := range k.Lookups {
		v, err := s.lookupValue(tenant, l)
		if err != nil {
			return nil, err
		}
		out.lookups = append(out.lookups, v)
	}
	meta, err := json.Marshal(m.Sealed)
	if err != nil {
		return nil, err
	}
	if s.keys == nil {
		out.how, out.meta = bodyPacked, pack(meta)
		if k.Body != nil {
			out.raw = pack(k.Body)
		}
		return out, out.sealMoves(nil)
	}
	key, wrapped, err := s.messageKey(tenant, k)
	if err != nil {
		return nil, err
	}
	out.how, out.sealed, out.key, out.opens = bodyPacked|bodySealed, true, wrapped, key
	out.meta = sealPacked(key, "message_body", "meta", meta)
	if k.Body != nil {
		out.raw = sealPacked(key, "message_body", "raw", k.Body)
	}
	return out, out.sealMoves(&key)
}

// messageKey returns the key of a message: that of its file, if it has one.
func (s *DB) messageKey(tenant string, k *exchange.Keeping) (seal.Key, seal.Wrapped, error) {
	if f, ok := k.File.(*bodyFile); ok {
		return f.key, f.wrapped, nil
	}
	return s.keys.NewKey(tenant, k.Message.ID)
}

// KeepMessage implements exchange.Store.
func (s *DB) KeepMessage(ctx context.Context, in bedrail.Scope, k *exchange.Keeping, decide func(exchange.Twin, exchange.Keeping) exchange.Keeping) (*exchange.Keeping, error) {
	ready, err := s.sealMessage(in.Tenant, k)
	if err != nil {
		return nil, fmt.Errorf("sealing a message: %w", err)
	}
	var kept *sealedMessage
	err = s.update(ctx, func(tx *sql.Tx) error {
		kept = ready
		twin, ok, err := s.twin(ctx, tx, in.Tenant, ready)
		if err != nil {
			return err
		}
		if ok {
			other := decide(twin, *k)
			if kept, err = s.sealMessage(in.Tenant, &other); err != nil {
				return err
			}
		}
		return s.insertMessage(ctx, tx, in.Tenant, kept)
	})
	if err != nil {
		return nil, err
	}
	if f, ok := kept.k.File.(*bodyFile); ok {
		f.taken = true
	}
	if kept.sealed && kept.k.Message.State == exchange.Pending {
		s.keyring.keep(in.Tenant, kept.k.Message.ID, kept.opens)
	}
	return kept.k, nil
}

// twin finds an earlier message of the same sender under the same control id:
// one with the same bytes before any other.
func (s *DB) twin(ctx context.Context, tx *sql.Tx, tenant string, m *sealedMessage) (t exchange.Twin, ok bool, err error) {
	if len(m.control) == 0 {
		return t, false, nil
	}
	if w := s.writer.exchange; w.waiting[string(m.control)] {
		if err := w.write(ctx, tx); err != nil {
			return t, false, err
		}
	}
	ctx = context.WithoutCancel(ctx) // watching for its end costs more than the look-up
	if ok, err = s.findTwins(ctx, tx, findTwin, tenant, m.found, m.digest, &t); err == nil && s.olderTwins {
		var older bool
		older, err = s.findTwins(ctx, tx, findForgottenTwin, tenant, m.control, m.digest, &t)
		ok = ok || older
	}
	if err != nil || !ok || !t.Same {
		return t, ok, err
	}
	twin, err := s.messageTx(ctx, tx, tenant, t.ID)
	t.Answer = twin.Sealed.Answer
	return t, true, err
}

// findTwins puts the best of those that text finds by value into t.
func (s *DB) findTwins(ctx context.Context, tx *sql.Tx, text, tenant string, value, digest []byte, t *exchange.Twin) (ok bool, err error) {
	rows, err := s.query(ctx, tx, text, tenant, value)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var one exchange.Twin
		var its []byte
		var state string
		var at int64
		if err := rows.Scan(&one.ID, &its, &state, &at); err != nil {
			return false, err
		}
		one.Same, one.State, one.At = bytes.Equal(its, digest), exchange.State(state), timeOf(at)
		better := one.Same && !t.Same || one.Same == t.Same && (t.State == exchange.Rejected || one.State != exchange.Rejected && one.ID < t.ID)
		if t.ID == "" || better {
			*t, ok = one, true
		}
	}
	return ok, errors.Join(rows.Err(), rows.Close())
}

// findOlderTwins sees whether messages were forgotten before step 181, when what
// was forgotten lost its control id. Step 185 gave them rows of their own, for
// which only stores look that have some.
func (s *DB) findOlderTwins(ctx context.Context) error {
	return s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM message_index WHERE tenant IN (SELECT tenant FROM audit_head) AND field = 'forgotten')`).Scan(&s.olderTwins)
}

func (s *DB) insertMessage(ctx context.Context, tx *sql.Tx, tenant string, r *sealedMessage) error {
	m, w := &r.k.Message, s.writer.exchange
	w.messages.add(tenant, m.ID, m.Channel, m.Version, micros(m.ReceivedAt), string(m.Format), m.ContentType, m.Size, bodyPlace(r.k), clip(m.Type), clip(m.Event), clip(m.Profile), clip(m.Sender),
		string(m.Live), string(m.State), string(m.Outcome), m.Reason, m.Device, string(m.Trust), m.Peer, m.Severity, m.Issues, r.control, r.digest,
		m.DuplicateOf, number(m.Unassured), micros(m.HeldUntil), number(m.LegalHold), micros(m.Forgotten))
	w.bodies.add(tenant, m.ID, r.how, r.meta, r.raw)
	if r.sealed {
		w.keys.add(tenant, m.ID, int64(r.key.KEK), r.key.Data)
	}
	if r.found != nil && m.State != exchange.Duplicate {
		w.index.add(tenant, controlField, r.found, m.ID)
	}
	for i, l := range r.k.Lookups {
		if l.Field == controlField && r.found != nil {
			continue // the same, longer
		}
		w.index.add(tenant, l.Field, r.lookups[i], m.ID)
	}
	for i, v := range r.k.Moves {
		w.moves.add(tenant, m.ID, i, micros(v.At), number(r.sealed), r.moves[i])
	}
	for _, d := range r.k.Deliveries {
		w.deliveries.add(tenant, d.Message, d.Destination, d.Channel, string(d.State), d.Lane, d.Attempts, d.Round, micros(d.NextAt), micros(d.QueuedAt), micros(d.DoneAt), d.Code, d.Note, d.Mapping)
	}
	w.count(tenant, m.Channel, m.ReceivedAt.Truncate(time.Minute).UnixMicro(), int64(number(m.Unassured)))
	if len(r.control) > 0 {
		w.waiting[string(r.control)] = true
	}
	if w.apart {
		if err := w.write(ctx, tx); err != nil {
			return err
		}
	}
	return s.appendEntry(ctx, tx, tenant, r.k.Entry)
}

func bodyPlace(k *exchange.Keeping) string {
	switch {
	case k.File != nil:
		return "file"
	case k.Body != nil:
		return "row"
	}
	return "none"
}

// clip keeps what a sender wrote storable and short: it stands in an index or
// a list.
func clip(text string) string {
	const most = 200
	out := make([]rune, 0, min(len(text), most))
	for _, r := range text {
		if r == 0 || r == '\uFFFD' {
			r = '?'
		}
		if out = append(out, r); len(out) == most {
			break
		}
	}
	return string(out)
}

const messageColumns = `m.id, m.channel, m.version, m.received_at, m.format, m.content_type, m.size, m.body, m.type, m.event, m.profile, m.sender, m.live, m.state, m.outcome,
	m.reason, m.device, m.trust, m.peer, m.severity, m.issues, m.duplicate_of, m.unassured, m.held_until, m.legal_hold, m.forgotten_at, m.revision`

// scanMessage reads messageColumns and, behind them, more.
func scanMessage(row scanner, more ...any) (exchange.Message, error) {
	var m exchange.Message
	var received, held, forgotten int64
	var unassured, legal int
	var format, body, live, state, outcome, trust string
	err := row.Scan(append([]any{&m.ID, &m.Channel, &m.Version, &received, &format, &m.ContentType, &m.Size, &body, &m.Type, &m.Event, &m.Profile, &m.Sender, &live, &state, &outcome,
		&m.Reason, &m.Device, &trust, &m.Peer, &m.Severity, &m.Issues, &m.DuplicateOf, &unassured, &held, &legal, &forgotten, &m.Revision}, more...)...)
	m.ReceivedAt, m.HeldUntil, m.Forgotten = timeOf(received), timeOf(held), timeOf(forgotten)
	m.Format, m.Live, m.State, m.Outcome, m.Trust = exchange.Format(format), exchange.Liveness(live), exchange.State(state), exchange.Outcome(outcome), exchange.Trust(trust)
	m.Large, m.Unassured, m.LegalHold = body == "file", unassured != 0, legal != 0
	return m, err
}

// sealedColumns follow messageColumns where the sealed part is read too.
const (
	sealedColumns = `, b.sealed, b.meta, b.raw, k.kek, k.wrapped`
	sealedTables  = `message m LEFT JOIN message_body b ON b.tenant = m.tenant AND b.id = m.id LEFT JOIN sealed_key k ON k.tenant = m.tenant AND k.record = m.id`
)

// A sealedRow is what sealedColumns give.
type sealedRow struct {
	sealed    sql.NullInt64
	meta, raw []byte
	kek       sql.NullInt64
	wrapped   []byte
}

func (r *sealedRow) dest() []any { return []any{&r.sealed, &r.meta, &r.raw, &r.kek, &r.wrapped} }

// key returns what opens the row; ok is false when it was forgotten or the
// keys are not there.
func (s *DB) rowKey(tenant, id string, r *sealedRow) (key seal.Key, ok bool) {
	if s.keys == nil || !r.kek.Valid {
		return key, false
	}
	key, err := s.keys.OpenKey(tenant, id, sealWrapped(r.kek.Int64, r.wrapped))
	return key, err == nil
}

// open fills in the sealed part of m and returns its body, as far as the key
// is there.
func (s *DB) openMessage(tenant string, m *exchange.Message, r *sealedRow) ([]byte, error) {
	if !r.sealed.Valid || len(r.meta) == 0 {
		return nil, nil
	}
	meta, raw := r.meta, r.raw
	var err error
	if r.sealed.Int64&bodySealed != 0 {
		key, ok := s.rowKey(tenant, m.ID, r)
		if !ok {
			return nil, nil
		}
		if meta, err = key.Open("message_body", "meta", meta); err != nil {
			return nil, fmt.Errorf("opening message %s: %w", m.ID, err)
		}
		if len(raw) > 0 {
			if raw, err = key.Open("message_body", "raw", raw); err != nil {
				return nil, fmt.Errorf("opening message %s: %w", m.ID, err)
			}
		}
	}
	if meta, err = unpacked(r.sealed.Int64, meta); err == nil {
		err = json.Unmarshal(meta, &m.Sealed)
	}
	if err == nil {
		raw, err = unpacked(r.sealed.Int64, raw)
	}
	if err != nil {
		return nil, fmt.Errorf("reading message %s: %w", m.ID, err)
	}
	return raw, nil
}

func (s *DB) messageTx(ctx context.Context, tx *sql.Tx, tenant, id string) (exchange.Message, error) {
	m, _, _, err := s.messageAndBody(ctx, tx, tenant, id)
	return m, err
}

func (s *DB) messageAndBody(ctx context.Context, tx *sql.Tx, tenant, id string) (m exchange.Message, raw []byte, r sealedRow, err error) {
	m, err = scanMessage(tx.QueryRowContext(ctx, `SELECT `+messageColumns+sealedColumns+` FROM `+sealedTables+` WHERE m.tenant = $1 AND m.id = $2`, tenant, id), r.dest()...)
	if err != nil {
		return m, nil, r, orNotFound(err, "there is no message %s", id)
	}
	raw, err = s.openMessage(tenant, &m, &r)
	return m, raw, r, err
}

// Message implements exchange.Store.
func (s *DB) Message(ctx context.Context, in bedrail.Scope, id string) (m exchange.Message, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		m, err = s.messageTx(ctx, tx, in.Tenant, id)
		return err
	})
	return m, err
}

// LastMessage implements exchange.Store.
func (s *DB) LastMessage(ctx context.Context, in bedrail.Scope) (id string, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), '') FROM message WHERE tenant = $1`, in.Tenant).Scan(&id)
	})
	return id, err
}

// SetLegalHold implements exchange.Store.
func (s *DB) SetLegalHold(ctx context.Context, in bedrail.Scope, ids []string, hold bool, entry audit.Entry) (n int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		n = 0
		for _, id := range ids {
			res, err := tx.ExecContext(ctx, `UPDATE message SET legal_hold = $1 WHERE tenant = $2 AND id = $3`, number(hold), in.Tenant, id)
			if err != nil {
				return err
			}
			one, err := res.RowsAffected()
			if err != nil {
				return err
			}
			n += int(one)
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return n, err
}
