package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

const (
	senders  = 200
	devices  = 2000
	patients = 30_000
	recalled = "dev_RECALLED" // one message in fifty is of it
	callers  = 64             // that keep messages at once
)

// begin is when the first message came; the last came thirty days later.
var begin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

const span = 30 * 24 * time.Hour

// A share is a word and how many of a thousand have it.
type share struct {
	word string
	of   int
}

// pick draws a word by its share.
func pick(r *rand.Rand, all []share) string {
	n := r.IntN(1000)
	for _, s := range all {
		if n -= s.of; n < 0 {
			return s.word
		}
	}
	return all[0].word
}

var (
	types      = []share{{"ORU^R01", 640}, {"ADT^A08", 120}, {"ADT^A01", 60}, {"ADT^A03", 50}, {"ORU^R40", 60}, {"ORM^O01", 40}, {"MDM^T02", 20}, {"ADT^A34", 9}, {"BAR^P01", 1}}
	states     = []share{{"delivered", 975}, {"filtered", 10}, {"duplicate", 6}, {"rejected", 5}, {"dead", 2}, {"pending", 1}, {"held", 1}}
	trusts     = []share{{"trusted", 800}, {"unknown", 150}, {"mismatched", 30}, {"vulnerable", 17}, {"quarantined", 3}}
	severities = []share{{"", 800}, {"information", 100}, {"warning", 80}, {"error", 19}, {"fatal", 1}}
)

// keptOf is how many messages of those that are not called back are kept one
// by one; the others are copies of their rows under names of their own, since
// no search opens what is sealed. All messages that are called back are kept.
const keptOf = 10

// fill keeps the messages, in the order of their time.
func (b *bench) fill(ctx context.Context) error {
	began, cpu := time.Now(), processTime()
	mine := b.n / 50
	first := (b.n - mine) / keptOf
	r := rand.New(rand.NewPCG(b.seed, b.seed))
	step := span / time.Duration(b.n-mine)
	if err := b.keepAll(ctx, first, func(i int) *exchange.Keeping {
		return b.message(r, i, begin.Add(time.Duration(i)*step), "")
	}); err != nil {
		return err
	}
	if err := b.copyRows(ctx, step*time.Duration(first)); err != nil {
		return err
	}
	if err := b.keepAll(ctx, mine, func(i int) *exchange.Keeping {
		return b.message(r, b.n+i, begin.Add(time.Duration(i)*(span/time.Duration(mine))), recalled)
	}); err != nil {
		return err
	}
	fmt.Printf("filled with %d messages in %.0f s, %.0f CPU s\n", first*keptOf+mine, time.Since(began).Seconds(), (processTime() - cpu).Seconds())
	return nil
}

// keepAll keeps n messages, many at once.
func (b *bench) keepAll(ctx context.Context, n int, of func(i int) *exchange.Keeping) error {
	next, failed := make(chan *exchange.Keeping, 1024), make(chan error, callers)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for k := range next {
				if err := b.keep(ctx, k); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	var err error
	for i := 0; i < n && err == nil; i++ {
		select {
		case err = <-failed:
		case next <- of(i):
		}
	}
	close(next)
	wg.Wait()
	if err == nil && len(failed) > 0 {
		err = <-failed
	}
	return err
}

// copyRows copies what is there to later times, by its own connection.
func (b *bench) copyRows(ctx context.Context, later time.Duration) error {
	if err := b.db.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.folder, "bedrail.db")+"?_pragma=synchronous(0)&_pragma=temp_store(2)&_pragma=cache_size(-400000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	for i := 1; i < keptOf && err == nil; i++ {
		err = copyOnce(ctx, db, i, later*time.Duration(i))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return b.open(ctx)
}

// copyOnce copies the first tenth. Names keep their order; what names one
// message alone, such as its control id, is another in each copy.
func copyOnce(ctx context.Context, db *sql.DB, i int, later time.Duration) error {
	names, err := namesUntil(ctx, db, begin.Add(later/time.Duration(i)))
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `CREATE TEMP TABLE twin (was TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID`); err != nil {
		return err
	}
	for _, n := range names {
		if _, err := tx.ExecContext(ctx, `INSERT INTO twin VALUES ($1, $2)`, n.id, bedrail.NewID("msg", n.at.Add(later))); err != nil {
			return err
		}
	}
	for _, text := range []string{
		`INSERT INTO message SELECT m.tenant, t.id, m.channel, m.version, m.received_at + $1, m.format, m.content_type, m.size, m.body, m.type, m.event, m.profile, m.sender, m.live, m.state, m.outcome, m.reason, m.device, m.trust,
			m.peer, m.severity, m.issues, randomblob(16), randomblob(16), m.duplicate_of, m.unassured, m.held_until, m.legal_hold, m.forgotten_at, m.revision FROM twin t JOIN message m ON m.tenant = 'main' AND m.id = t.was WHERE $1 > 0`,
		`INSERT INTO message_body SELECT m.tenant, t.id, m.sealed, m.meta, m.raw FROM twin t JOIN message_body m ON m.tenant = 'main' AND m.id = t.was WHERE $1 > 0`,
		`INSERT INTO sealed_key SELECT m.tenant, t.id, m.kek, m.wrapped FROM twin t JOIN sealed_key m ON m.tenant = 'main' AND m.record = t.was WHERE $1 > 0`,
		`INSERT INTO message_index SELECT m.tenant, m.field, CASE WHEN m.field = 'patient' OR m.field = 'visit' THEN m.value ELSE randomblob(length(m.value)) END, t.id
			FROM twin t JOIN message_index m ON m.tenant = 'main' AND m.id = t.was WHERE $1 > 0`,
		`INSERT INTO delivery SELECT m.tenant, t.id, m.destination, m.channel, m.state, m.lane, m.attempts, m.round, m.next_at, m.queued_at + $1, m.done_at + $1, m.code, m.note, m.mapping, m.share
			FROM twin t JOIN delivery m ON m.tenant = 'main' AND m.message = t.was`,
		`DROP TABLE twin`} {
		args := []any{later.Microseconds()}
		if text == `DROP TABLE twin` {
			args = nil
		}
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// A named is a message that is copied.
type named struct {
	id string
	at time.Time
}

func namesUntil(ctx context.Context, db *sql.DB, until time.Time) (all []named, err error) {
	rows, err := db.QueryContext(ctx, `SELECT id, received_at FROM message WHERE tenant = 'main' AND id < $1 ORDER BY id`, bedrail.FirstID("msg", until))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n named
		var at int64
		if err := rows.Scan(&n.id, &at); err != nil {
			return nil, err
		}
		n.at = time.UnixMicro(at)
		all = append(all, n)
	}
	return all, rows.Err()
}

// keep keeps one message, and what was made of it where it is of the device
// that is called back.
func (b *bench) keep(ctx context.Context, k *exchange.Keeping) error {
	kept, err := b.db.KeepMessage(ctx, b.in, k, func(_ exchange.Twin, k exchange.Keeping) exchange.Keeping { return k })
	if err != nil || kept.Message.Device != recalled {
		return err
	}
	for _, d := range kept.Deliveries {
		if d.Destination != "fhir" {
			continue
		}
		return b.db.Settle(ctx, b.in, []exchange.Settlement{{Delivery: d, Sent: bundleOf(kept.Message.ID), SentType: "application/fhir+json"}})
	}
	return nil
}

// message makes up message i, of device where that is given.
func (b *bench) message(r *rand.Rand, i int, at time.Time, device string) *exchange.Keeping {
	id, control := bedrail.NewID("msg", at), controlOf(i)
	patient := patientOf(r.IntN(patients))
	m := exchange.Message{ID: id, Channel: fmt.Sprintf("channel-%02d", r.IntN(12)), Version: 1, ReceivedAt: at, Format: exchange.HL7v2, ContentType: "application/hl7-v2",
		Type: pick(r, types), Sender: fmt.Sprintf("SENDER%03d^WARD", r.IntN(senders)), State: exchange.State(pick(r, states)), Outcome: exchange.Accepted,
		Trust: exchange.Trust(pick(r, trusts)), Peer: fmt.Sprintf("10.20.%d.%d", r.IntN(8), r.IntN(250)), Severity: pick(r, severities)}
	m.Event = m.Type[strings.IndexByte(m.Type, '^')+1:]
	if m.Type == "ORU^R01" {
		m.Live, m.Profile, m.Device = exchange.LiveVital, "ihe-pcd-01", fmt.Sprintf("dev_%06d", r.IntN(devices))
	}
	if device != "" {
		m.Type, m.Event, m.State, m.Device, m.Channel = "ORU^R01", "R01", exchange.Delivered, device, "channel-00"
	}
	if m.Severity != "" {
		m.Issues = 1 + r.IntN(5)
	}
	if m.State == exchange.Rejected {
		m.Outcome = exchange.Refused
	}
	body := fmt.Appendf(nil, "MSH|^~\\&|%s|BENCH|BEDRAIL||%s||%s|%s|P|2.6\rPID|1||%s\rPV1|1|I|ICU^%d^1\rOBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.2.1.150456|%d|262688^MDC_DIM_PERCENT^MDC|||||R\r",
		m.Sender, at.Format("20060102150405"), m.Type, control, patient, r.IntN(20), 80+r.IntN(20))
	sum := sha256.Sum256(body)
	m.Size = int64(len(body))
	m.Sealed = exchange.Sealed{Hash: hex.EncodeToString(sum[:]), Salt: sum[:16], Facts: exchange.Facts{Type: m.Type, Sender: m.Sender, ControlID: control, Patients: []string{patient}}}
	k := &exchange.Keeping{Message: m, Body: body, Entry: audit.Entry{By: bedrail.SystemActor("exchange", "main"), Did: "message:receive", To: id, Note: "channel " + m.Channel},
		Lookups: []exchange.Lookup{{Field: "patient", Value: exchange.Normal(patient)}, {Field: "control", Value: exchange.Normal(control)}, {Field: "order", Value: fmt.Sprint("O", i/3)}, {Field: "visit", Value: fmt.Sprint("V", r.IntN(patients*2))}}}
	k.Deliveries = deliveriesOf(&m)
	return k
}

func controlOf(i int) string { return fmt.Sprintf("C%08d", i) }

func patientOf(i int) string { return fmt.Sprintf("MRN%06d", i) }

// deliveriesOf are those that m has, in the state that it says.
func deliveriesOf(m *exchange.Message) (all []exchange.Delivery) {
	state := map[exchange.State]exchange.DeliveryState{exchange.Delivered: exchange.Arrived, exchange.Pending: exchange.Queued, exchange.Held: exchange.WaitsHeld, exchange.Dead: exchange.GivenUp, exchange.Filtered: exchange.NotForIt}[m.State]
	if state == "" {
		return nil
	}
	names := []string{"ehr", "archive"}
	if m.Device == recalled {
		names = append(names, "fhir")
	}
	for _, name := range names {
		d := exchange.Delivery{Message: m.ID, Channel: m.Channel, Destination: name, State: state, Lane: m.Sender, Attempts: 1, QueuedAt: m.ReceivedAt, DoneAt: m.ReceivedAt.Add(20 * time.Millisecond), Code: "AA"}
		if name == "archive" && state != exchange.Arrived {
			d.State = exchange.Arrived // one destination is in trouble, the other is not
		}
		all = append(all, d)
	}
	return all
}

// bundleOf is what a FHIR server got of a message: a device, and three
// results.
func bundleOf(id string) []byte {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Device","id":"d1","status":"active"},"request":{"method":"PUT","url":"Device/d1"}}`)
	for n, code := range []string{"150456", "149530", "150344"} {
		fmt.Fprintf(&b, `,{"resource":{"resourceType":"Observation","id":"%s-%d","status":"preliminary","code":{"coding":[{"system":"urn:iso:std:iso:11073:10101","code":"%s"}]},"valueQuantity":{"value":97,"unit":"%%","system":"http://unitsofmeasure.org","code":"%%"}},"request":{"method":"PUT","url":"Observation/%s-%d"}}`, id, n, code, id, n)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}
