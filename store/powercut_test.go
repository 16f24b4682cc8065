package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"bedrail/audit"
)

// sector is what a disk writes in one piece; less than that is never torn.
const sector = 512

// crashImage returns what a power cut after the first n operations may leave
// on disk. What was synced is there. Of what was written since, any part may
// be there, in pieces of a sector and in any order, because the disk and the
// system are free to write it when they like.
func crashImage(ops []diskOp, n int, r *rand.Rand) map[string][]byte {
	files := map[string][]byte{}
	pending := map[string][]diskOp{}
	at := map[string][]int{} // where the pending ones stand
	for i, op := range ops[:n] {
		switch op.kind {
		case 's':
			before, _ := slices.BinarySearch(at[op.file], int(op.offset)) // what came while it lasted may be there or not
			for _, p := range pending[op.file][:before] {
				apply(files, p)
			}
			if _, ok := files[op.file]; !ok {
				files[op.file] = nil // empty, and its name is safe
			}
			pending[op.file], at[op.file] = pending[op.file][before:], at[op.file][before:]
		case 'f':
			for file, ops := range pending {
				for i, p := range slices.Backward(ops) {
					if p.kind == 'd' {
						delete(files, file)
						pending[file], at[file] = ops[i+1:], at[file][i+1:]
						break
					}
				}
			}
		default:
			pending[op.file], at[op.file] = append(pending[op.file], op), append(at[op.file], i)
		}
	}
	for _, ops := range pending {
		survive(files, ops, r)
	}
	return files
}

// survive applies a part of ops: all up to a point, or each piece by a throw
// of the dice, in order or shuffled.
func survive(files map[string][]byte, ops []diskOp, r *rand.Rand) {
	var pieces []diskOp
	for _, op := range ops {
		if op.kind != 'w' {
			pieces = append(pieces, op)
			continue
		}
		for len(op.data) > 0 {
			k := min(len(op.data), int(sector-op.offset%sector))
			pieces = append(pieces, diskOp{'w', op.file, op.offset, op.data[:k]})
			op.offset += int64(k)
			op.data = op.data[k:]
		}
	}
	switch r.IntN(4) {
	case 0: // nothing more arrived
	case 1: // a prefix arrived
		for _, p := range pieces[:r.IntN(len(pieces)+1)] {
			apply(files, p)
		}
	case 2: // a random part arrived, in order
		for _, p := range pieces {
			if r.IntN(2) == 0 {
				apply(files, p)
			}
		}
	case 3: // a random part arrived, in disorder
		r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		for _, p := range pieces[:r.IntN(len(pieces)+1)] {
			apply(files, p)
		}
	}
}

func apply(files map[string][]byte, op diskOp) {
	switch op.kind {
	case 'd':
		delete(files, op.file)
	case 't':
		f := files[op.file]
		if int64(len(f)) > op.offset {
			files[op.file] = f[:op.offset:op.offset]
		}
	case 'w':
		f := files[op.file]
		if end := op.offset + int64(len(op.data)); int64(len(f)) < end {
			f = append(f, make([]byte, end-int64(len(f)))...)
		}
		copy(f[op.offset:], op.data)
		files[op.file] = f
	}
}

// A powerRun is what was asked of a store, and when which answer was given.
type powerRun struct {
	shim *shim
	keys note.Verifiers

	mu        sync.Mutex // guards what follows
	acked     map[string]int
	witnessed []witnessedAt
}

type witnessedAt struct {
	op   int
	note string
}

// Keep makes a powerRun a witness: what it holds was promised.
func (p *powerRun) Keep(_ context.Context, c audit.Checkpoint) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.witnessed = append(p.witnessed, witnessedAt{p.shim.now(), c.Note})
	return nil
}

func (p *powerRun) Latest(context.Context, string) (string, error) { return "", nil }
func (p *powerRun) String() string                                 { return "test" }

// record runs eight callers on a store for a while and writes down what the
// disk was asked.
func recordPowerRun(t *testing.T, changes int) *powerRun {
	t.Helper()
	run := &powerRun{shim: newShim(t, 0, true), acked: map[string]int{}}
	db, err := Open(context.Background(), run.shim.below(Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Log: slog.New(slog.DiscardHandler), movePages: 100}))
	if err != nil {
		t.Fatal(err)
	}
	k := keep(t, db)
	k.notary.Witnesses = []audit.Witness{run}
	run.keys = k.log.Seal.Verifiers()
	ctx := context.Background()
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			for i := range changes / 8 {
				key := fmt.Sprintf("%d/%d", caller, i)
				err := db.update(ctx, func(tx *sql.Tx) error {
					if err := put(ctx, tx, key); err != nil {
						return err
					}
					return db.appendEntry(ctx, tx, "", audit.Entry{By: auditor, Did: "test:put", To: key, Note: strings.Repeat("x", 200)})
				})
				if err != nil {
					t.Error(err)
					return
				}
				at := run.shim.now()
				run.mu.Lock()
				run.acked[key] = at
				run.mu.Unlock()
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for i := 0; ; i++ { // meanwhile sign, and move the log into the file
		select {
		case <-done:
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			return run
		default:
		}
		if err := k.notary.Sign(ctx); err != nil {
			t.Fatal(err)
		}
		mode := []string{"PASSIVE", "TRUNCATE", "RESTART"}[i%3]
		if _, _, err := db.mover.move(db.write, `PRAGMA wal_checkpoint(`+mode+`)`); err != nil {
			t.Fatal(err)
		}
	}
}

// check opens the store that a power cut after op left, and compares.
func (p *powerRun) check(t *testing.T, op int, r *rand.Rand) (acked int) {
	t.Helper()
	folder := t.TempDir()
	for name, data := range crashImage(p.shim.ops, op, r) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := Open(context.Background(), Config{Path: filepath.Join(folder, "bedrail.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Errorf("power cut after operation %d: the store does not open: %v", op, err)
		return 0
	}
	defer db.Close()
	found := keys(t, db)
	for key, at := range p.acked {
		if at <= op {
			acked++
			if !found[key] {
				t.Errorf("power cut after operation %d: %s was acknowledged at %d and is missing", op, key, at)
			}
		}
	}
	v := audit.Verification{Store: db, Keys: p.keys}
	for _, w := range p.witnessed {
		if w.op <= op {
			v.Witnessed = []string{w.note}
		}
	}
	report, err := v.Run(context.Background(), "")
	if err != nil || !report.Valid {
		t.Errorf("power cut after operation %d: the audit record: %v %v", op, report.Problems, err)
	}
	if entries := int64(len(found)); report.Entries != entries {
		t.Errorf("power cut after operation %d: %d changes and %d audit entries", op, entries, report.Entries)
	}
	var ok string
	if err := db.read.QueryRow(`PRAGMA integrity_check`).Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("power cut after operation %d: integrity_check says %q (%v)", op, ok, err)
	}
	return acked
}

func TestAPowerCutTakesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	images, changes := 50, 400
	if testing.Short() {
		images = 5
	}
	if os.Getenv("BEDRAIL_SOAK") != "" {
		images, changes = 1000, 4000
	}
	const seed = 20260302
	run := recordPowerRun(t, changes)
	r := rand.New(rand.NewPCG(seed, 1))
	most := 0
	for i := range images {
		op := r.IntN(len(run.shim.ops) + 1)
		most = max(most, run.check(t, op, rand.New(rand.NewPCG(seed, uint64(i)))))
		if t.Failed() {
			t.Fatalf("image %d of seed %d", i, seed)
		}
	}
	t.Logf("%d images out of %d disk operations, seed %d; up to %d acknowledged changes, all there", images, len(run.shim.ops), seed, most)
}

// The test must be able to fail: a store that does not flush loses changes.
func TestThePowerCutTestNoticesAMissingFlush(t *testing.T) {
	run := recordPowerRun(t, 200)
	var unflushed []diskOp
	moved := make([]int, len(run.shim.ops)+1) // where an operation went
	for i, op := range run.shim.ops {
		moved[i] = len(unflushed)
		if op.kind != 's' || !strings.HasSuffix(op.file, "-wal") {
			unflushed = append(unflushed, op)
		}
	}
	moved[len(run.shim.ops)] = len(unflushed)
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		op := r.IntN(len(run.shim.ops) + 1)
		files := crashImage(unflushed, moved[op], r)
		folder := t.TempDir()
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		db, err := Open(context.Background(), Config{Path: filepath.Join(folder, "bedrail.db"), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return // noticed: not even a store
		}
		found, err := keysOf(db)
		db.Close()
		if err != nil {
			return // noticed: it cannot be read
		}
		for key, at := range run.acked {
			if at <= op && !found[key] {
				return // noticed
			}
		}
	}
	t.Error("without flushes of the write-ahead log nothing was missing in 200 power cuts: the test shows nothing")
}
