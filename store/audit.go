package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"bedrail"
	"bedrail/audit"
	"bedrail/seal"
)

// appendEntry puts entry into the audit record of tenant when the change that
// runs now is committed. It may be called only from within update: the
// entries of all changes of a transaction enter the tree together, just
// before it is flushed.
func (s *DB) appendEntry(_ context.Context, _ *sql.Tx, tenant string, entry audit.Entry) error {
	if entry.Did == "" {
		return errors.New("an audit entry without a deed")
	}
	if entry.At.IsZero() {
		entry.At = s.clock.Now()
	}
	s.writer.audit.stage(tenant, entry)
	return nil
}

// Record appends entry to the audit record by itself, for acts that change
// nothing else: a login, a look at what only few may see.
func (s *DB) Record(ctx context.Context, in bedrail.Scope, entry audit.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// An auditBatch gathers the entries of one transaction. Only the writer
// touches it.
type auditBatch struct {
	db      *DB
	staged  []*stagedEntry
	undrawn []*stagedEntry // the newest of staged, which nobody draws yet
	drawing sync.WaitGroup
	edges   map[string]*auditEdge // as they are in the database
	places  map[string]int64      // by tenant, where the next entry is expected to stand

	events, keys *insert
}

// A stagedEntry waits until all changes of the transaction have run. It is
// drawn before, for the place where it will stand unless a change fails or
// another server appends: then it is drawn again.
type stagedEntry struct {
	tenant      string
	place       int64
	entry       audit.Entry
	err         error
	taken       atomic.Bool // somebody draws it
	record      audit.Record
	opening     audit.Opening
	commitments string // JSON
	body        []byte // what opens them, sealed where there is a keyring; nil without personal fields

	hash tlog.Hash
	key  seal.Wrapped
}

type auditEdge struct {
	*audit.Edge
	root tlog.Hash
}

func newAuditBatch(s *DB) *auditBatch {
	return &auditBatch{
		db: s, edges: make(map[string]*auditEdge), places: make(map[string]int64),
		events: s.newInsert(`audit_event (tenant, seq, at, by_id, by_kind, did, target, note, personal, sealed, body, leaf)`, 12, ""),
		keys:   s.newInsert(`sealed_key (tenant, record, kek, wrapped)`, 4, ""),
	}
}

func (b *auditBatch) begin() {
	b.drawing.Wait() // the entries of an attempt that failed
	b.staged, b.undrawn = b.staged[:0], b.undrawn[:0]
	b.expect()
	for _, rows := range []*insert{b.keys, b.events} {
		rows.args = rows.args[:0]
	}
}

// drawShare is how many entries are worth a goroutine.
const drawShare = 8

// expect sets where the next entry of each tenant will stand.
func (b *auditBatch) expect() {
	for tenant, edge := range b.edges {
		b.places[tenant] = edge.Size()
	}
	for _, e := range b.staged {
		b.places[e.tenant]++
	}
}

// stage takes an entry. While further changes run, another processor seals
// those before, which is most of the work of a large batch.
func (b *auditBatch) stage(tenant string, entry audit.Entry) {
	e := &stagedEntry{tenant: tenant, place: b.places[tenant], entry: entry}
	b.places[tenant]++
	b.staged = append(b.staged, e)
	if b.db.keys == nil || !entry.Personally() {
		e.draw(b.db.keys) // hashing is cheaper than waking another processor
		return
	}
	if b.undrawn = append(b.undrawn, e); len(b.undrawn) < drawShare {
		return
	}
	share := slices.Clone(b.undrawn)
	b.undrawn = b.undrawn[:0]
	b.drawing.Go(func() {
		for _, e := range share {
			e.draw(b.db.keys)
		}
	})
}

// settle draws what nobody has begun, from the other end, and waits for the
// rest.
func (b *auditBatch) settle() {
	for _, e := range slices.Backward(b.staged) {
		e.draw(b.db.keys)
	}
	b.undrawn = b.undrawn[:0]
	b.drawing.Wait()
}

// draw makes of e what is stored, unless somebody does so already.
func (e *stagedEntry) draw(keys *seal.Keyring) {
	if !e.taken.CompareAndSwap(false, true) {
		return
	}
	e.record, e.opening = audit.NewRecord(e.tenant, 0, e.entry)
	e.commitments = "{}"
	if len(e.opening.Values) > 0 {
		e.commitments = string(e.record.AppendCommitments(make([]byte, 0, 256)))
	}
	e.number(keys)
}

// number writes e for its place in the record of its tenant.
func (e *stagedEntry) number(keys *seal.Keyring) {
	e.record.Seq, e.err = e.place, nil
	e.hash = e.record.Hash()
	if len(e.opening.Values) == 0 {
		return
	}
	e.body = e.opening.AppendJSON(make([]byte, 0, 256))
	if keys == nil {
		return
	}
	key, wrapped, err := keys.NewKey(e.tenant, auditRecord(e.place))
	if err != nil {
		e.err = err
		return
	}
	e.body, e.key = key.Seal(sealedBody, "body", e.body), wrapped
}

// sealedBody is the place that sealed personal fields are bound to: the table
// in which they once lay.
const sealedBody = "audit_personal"

func (b *auditBatch) mark() int { return len(b.staged) }

// rewind drops the entries staged since mark.
func (b *auditBatch) rewind(mark int) {
	b.settle()
	b.staged = b.staged[:mark]
	b.expect()
}

// forget drops what is known of the trees, after a transaction that did not
// commit.
func (b *auditBatch) forget() { clear(b.edges) }

// write enters what is staged into the trees.
func (b *auditBatch) write(ctx context.Context, tx *sql.Tx) error {
	b.settle()
	byTenant := make(map[string][]*stagedEntry, 1)
	var tenants []string
	for _, e := range b.staged {
		if byTenant[e.tenant] == nil {
			tenants = append(tenants, e.tenant)
		}
		byTenant[e.tenant] = append(byTenant[e.tenant], e)
	}
	for _, tenant := range tenants {
		if err := b.writeTenant(ctx, tx, tenant, byTenant[tenant]); err != nil {
			b.forget()
			return err
		}
	}
	return nil
}

const (
	saveTile = `
		INSERT INTO audit_tile (tenant, level, n, hashes) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, level, n) DO UPDATE SET hashes = excluded.hashes`
	newHead = `
		INSERT INTO audit_head (tenant, size, root) VALUES ($1, 0, $2)
		ON CONFLICT (tenant) DO UPDATE SET size = audit_head.size
		RETURNING size, root`
	saveHead = `UPDATE audit_head SET size = $1, root = $2 WHERE tenant = $3`
)

// prepare keeps at hand what every transaction runs.
func (b *auditBatch) prepare(ctx context.Context) error {
	return errors.Join(b.events.prepare(ctx), b.keys.prepare(ctx), b.db.prepare(ctx, b.db.dialect.lockHead(), saveTile, saveHead))
}

func (b *auditBatch) writeTenant(ctx context.Context, tx *sql.Tx, tenant string, entries []*stagedEntry) error {
	edge, err := b.edge(ctx, tx, tenant)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.place != edge.Size() {
			e.place = edge.Size()
			e.number(b.db.keys)
		}
		if e.err != nil {
			return e.err
		}
		r := &e.record
		b.events.add(tenant, r.Seq, r.At.UnixMicro(), r.ByID, string(r.ByKind), string(r.Did), r.To, r.Note, e.commitments, min(len(e.key.Data), 1), e.body, e.hash[:])
		edge.Append(e.hash)
		if e.key.Data != nil {
			b.keys.add(tenant, auditRecord(r.Seq), int64(e.key.KEK), e.key.Data)
		}
	}
	for _, rows := range []*insert{b.keys, b.events} {
		if err := rows.run(ctx, tx); err != nil {
			return err
		}
	}
	return b.writeEdge(ctx, tx, tenant, edge)
}

// auditRecord names the sealed record of an entry's personal fields. The
// leading zeros keep neighbours together in the index.
func auditRecord(seq int64) string { return fmt.Sprintf("audit/%019d", seq) }

func (b *auditBatch) writeEdge(ctx context.Context, tx *sql.Tx, tenant string, edge *auditEdge) error {
	for _, row := range edge.TakeDirty() {
		if row.Growing() {
			continue // readTile finds its hashes in the events
		}
		if err := b.db.exec(ctx, tx, saveTile, tenant, row.Level, row.N, row.Hashes); err != nil {
			return err
		}
	}
	edge.root = edge.Root()
	return b.db.exec(ctx, tx, saveHead, edge.Size(), edge.root[:], tenant)
}

// edge returns the edge of the tree of tenant and locks its head: with several
// servers on one PostgreSQL, one at a time appends.
func (b *auditBatch) edge(ctx context.Context, tx *sql.Tx, tenant string) (*auditEdge, error) {
	var size int64
	var root []byte
	err := b.db.queryRow(ctx, tx, b.db.dialect.lockHead(), []any{tenant}, &size, &root)
	if errors.Is(err, sql.ErrNoRows) {
		empty := (&audit.Edge{}).Root()
		err = tx.QueryRowContext(ctx, newHead, tenant, empty[:]).Scan(&size, &root)
	}
	if err != nil {
		return nil, err
	}
	if known := b.edges[tenant]; known != nil && known.Size() == size && bytes.Equal(known.root[:], root) {
		return known, nil
	}
	loaded, err := audit.LoadEdge(size, func(level, n int64) ([]byte, error) { return readTile(ctx, tx, tenant, level, n, size) })
	if err != nil {
		return nil, b.broken(fmt.Errorf("loading the edge of the audit tree: %w", err))
	}
	edge := &auditEdge{Edge: loaded, root: loaded.Root()}
	if !bytes.Equal(edge.root[:], root) {
		return nil, b.broken(errors.New("the root of the audit tree is not the hash of its tiles"))
	}
	b.edges[tenant] = edge
	return edge, nil
}

// broken refuses further writes: to go on appending to a record that has been
// altered would bury the alteration.
func (b *auditBatch) broken(err error) error {
	if code, state := code(err); code != 0 || state != "" {
		return err // the engine failed, not the record
	}
	b.db.RefuseWrites("the audit record does not verify; run \"bedrail audit verify\"")
	return err
}
