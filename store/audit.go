package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
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

	events, bodies, keys *insert
}

// A stagedEntry waits for its number, which it gets when all changes of the
// transaction have run. What does not depend on the number is drawn before.
type stagedEntry struct {
	tenant      string
	entry       audit.Entry
	taken       atomic.Bool // somebody draws it
	record      audit.Record
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
		db: s, edges: make(map[string]*auditEdge),
		events: s.newInsert(`audit_event (tenant, seq, at, by_id, by_kind, did, target, note, personal)`, 9, ""),
		bodies: s.newInsert(`audit_personal (tenant, seq, sealed, body)`, 4, ""),
		keys:   s.newInsert(`sealed_key (tenant, record, kek, wrapped)`, 4, ""),
	}
}

func (b *auditBatch) begin() {
	b.drawing.Wait() // the entries of an attempt that failed
	b.staged, b.undrawn = b.staged[:0], b.undrawn[:0]
	for _, rows := range []*insert{b.keys, b.bodies, b.events} {
		rows.args = rows.args[:0]
	}
}

// drawShare is how many entries are worth a goroutine.
const drawShare = 8

// stage takes an entry. While further changes run, another processor hashes
// the personal fields of those before.
func (b *auditBatch) stage(tenant string, entry audit.Entry) {
	e := &stagedEntry{tenant: tenant, entry: entry}
	b.staged = append(b.staged, e)
	if b.undrawn = append(b.undrawn, e); len(b.undrawn) < drawShare {
		return
	}
	share := slices.Clone(b.undrawn)
	b.undrawn = b.undrawn[:0]
	b.drawing.Go(func() {
		for _, e := range share {
			e.draw()
		}
	})
}

// settle draws what nobody has begun, from the other end, and waits for the
// rest.
func (b *auditBatch) settle() {
	for _, e := range slices.Backward(b.staged) {
		e.draw()
	}
	b.undrawn = b.undrawn[:0]
	b.drawing.Wait()
}

// draw makes of e what does not depend on its number.
func (e *stagedEntry) draw() {
	if !e.taken.CompareAndSwap(false, true) {
		return
	}
	var opening audit.Opening
	e.record, opening = audit.NewRecord(e.tenant, 0, e.entry)
	e.commitments = "{}"
	if len(opening.Values) > 0 {
		e.commitments = string(e.record.AppendCommitments(make([]byte, 0, 256)))
		e.body = opening.AppendJSON(make([]byte, 0, 256))
	}
}

// number gives e its place in the record of its tenant.
func (e *stagedEntry) number(s *DB, seq int64) error {
	e.record.Seq = seq
	e.hash = e.record.Hash()
	if e.body == nil || s.keys == nil {
		return nil
	}
	key, wrapped, err := s.keys.NewKey(e.tenant, auditRecord(seq))
	if err != nil {
		return err
	}
	e.body, e.key = key.Seal("audit_personal", "body", e.body), wrapped
	return nil
}

func (b *auditBatch) mark() int { return len(b.staged) }

// rewind drops the entries staged since mark.
func (b *auditBatch) rewind(mark int) {
	b.settle()
	b.staged = b.staged[:mark]
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
	lockHead = `
		INSERT INTO audit_head (tenant, size, root) VALUES ($1, 0, $2)
		ON CONFLICT (tenant) DO UPDATE SET size = audit_head.size
		RETURNING size, root`
	saveHead = `UPDATE audit_head SET size = $1, root = $2 WHERE tenant = $3`
)

// prepare keeps at hand what every transaction runs.
func (b *auditBatch) prepare(ctx context.Context) error {
	return errors.Join(b.events.prepare(ctx), b.bodies.prepare(ctx), b.keys.prepare(ctx),
		b.db.prepare(ctx, lockHead, saveTile, saveHead))
}

// number gives entries their places from first on. Hashing and sealing is most
// of the work of a large batch, so all processors share it.
func (b *auditBatch) number(first int64, entries []*stagedEntry) error {
	errs := make([]error, len(entries))
	var wg sync.WaitGroup
	size := max(drawShare, (len(entries)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(entries); from += size {
		work := func() {
			for i := from; i < min(from+size, len(entries)); i++ {
				errs[i] = entries[i].number(b.db, first+int64(i))
			}
		}
		if from+size >= len(entries) {
			work()
			break
		}
		wg.Go(work)
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (b *auditBatch) writeTenant(ctx context.Context, tx *sql.Tx, tenant string, entries []*stagedEntry) error {
	edge, err := b.edge(ctx, tx, tenant)
	if err != nil {
		return err
	}
	if err := b.number(edge.Size(), entries); err != nil {
		return err
	}
	for _, e := range entries {
		r := &e.record
		b.events.add(tenant, r.Seq, r.At.UnixMicro(), r.ByID, string(r.ByKind), string(r.Did), r.To, r.Note, e.commitments)
		edge.Append(e.hash)
		if e.body == nil {
			continue
		}
		sealed := min(len(e.key.Data), 1)
		b.bodies.add(tenant, r.Seq, sealed, e.body)
		if e.key.Data != nil {
			b.keys.add(tenant, auditRecord(r.Seq), int64(e.key.KEK), e.key.Data)
		}
	}
	for _, rows := range []*insert{b.keys, b.bodies, b.events} {
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
	empty := (&audit.Edge{}).Root()
	err := b.db.queryRow(ctx, tx, lockHead, tenant, empty[:]).Scan(&size, &root)
	if err != nil {
		return nil, err
	}
	if known := b.edges[tenant]; known != nil && known.Size() == size && bytes.Equal(known.root[:], root) {
		return known, nil
	}
	loaded, err := audit.LoadEdge(size, func(level, n int64) (hashes []byte, err error) {
		err = tx.QueryRowContext(ctx, `SELECT hashes FROM audit_tile WHERE tenant = $1 AND level = $2 AND n = $3`,
			tenant, level, n).Scan(&hashes)
		return hashes, err
	})
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
