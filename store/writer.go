package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"bedrail"
)

const (
	maxBatch   = 500 // closures in one transaction
	maxRetries = 8   // of a transaction that failed for a passing reason

	setSavepoint     = "SAVEPOINT change"
	releaseSavepoint = "RELEASE SAVEPOINT change"
)

// A writer is the only one who changes the store. It runs the changes of all
// callers, many in one transaction, and answers them once that is flushed:
// under load one flush serves many callers, and a lone caller never waits.
type writer struct {
	db    *DB
	queue chan *change
	done  chan struct{} // closed when run has returned
	audit *auditBatch   // the entries of the transaction that is open now

	exchange *exchangeWriter // the statements that keep messages

	wanted []string // texts of many rows that were run without being prepared

	served int           // how many changes the last transaction answered
	crowd  int           // how many callers there are at a time, as far as was seen
	took   time.Duration // how long its flush took

	patience *time.Timer // of ready

	closing sync.RWMutex // held for reading while a change is handed over
	closed  bool         // guarded by closing
}

// A change is what one caller wants done.
type change struct {
	ctx    context.Context
	fn     func(tx *sql.Tx) error
	err    error
	answer chan error
}

// changes are used again: their channels are empty once they are answered.
var changes = sync.Pool{New: func() any { return &change{answer: make(chan error, 1)} }}

func newWriter(s *DB) *writer {
	return &writer{
		db:    s,
		queue: make(chan *change, maxBatch),
		done:  make(chan struct{}),
		audit: newAuditBatch(s), exchange: newExchangeWriter(s),

		patience: time.NewTimer(time.Hour),
	}
}

func (w *writer) prepare(ctx context.Context) error {
	return errors.Join(w.audit.prepare(ctx), w.exchange.prepare(ctx, w.db), w.db.prepare(ctx, setSavepoint, releaseSavepoint))
}

// do hands fn to the writer and waits until it is flushed or has failed. It
// does not stop waiting when ctx ends, since fn may be running; the statements
// of fn stop by themselves.
func (w *writer) do(ctx context.Context, fn func(tx *sql.Tx) error) error {
	c := changes.Get().(*change)
	defer changes.Put(c)
	c.ctx, c.fn, c.err = ctx, fn, nil
	w.closing.RLock()
	if w.closed {
		w.closing.RUnlock()
		return bedrail.Errorf(bedrail.Unavailable, "the store is closed")
	}
	w.queue <- c
	w.closing.RUnlock()
	return <-c.answer
}

// close lets run finish what is queued and waits for it.
func (w *writer) close() {
	w.closing.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.closing.Unlock()
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	for first := range w.queue {
		w.batch(first)
	}
}

// batch commits first and whatever else is queued by then, and answers all.
func (w *writer) batch(first *change) {
	taken, begun := []*change{first}, false // in the order in which they ran; answered even when no transaction could begin
	next := func(meanwhile func()) *change {
		if !begun {
			begun = true
			return first
		}
		if len(taken) == w.most() {
			return nil
		}
		c := w.ready(len(taken), meanwhile)
		if c != nil {
			taken = append(taken, c)
		}
		return c
	}
	start := time.Now()
	err, apart := w.attempt(next, false), false
	for retry := 0; err != nil && again(err) && retry < maxRetries; retry++ {
		if passing(err) {
			time.Sleep(time.Duration(1+rand.IntN(4<<retry)) * time.Millisecond)
		}
		apart = apart || errors.Is(err, errApart)
		i := 0
		err = w.attempt(func(func()) *change {
			if i == len(taken) {
				return nil
			}
			i++
			return taken[i-1]
		}, apart)
	}
	w.count(len(taken))
	w.answer(taken, err, time.Since(start))
	w.prepareWanted()
	w.db.moveLog()
}

// count sees how many callers there are: those of the last transaction, those
// behind it, and those before it whose flush is not over.
func (w *writer) count(taken int) {
	now := taken + len(w.queue)
	if w.db.flusher != nil {
		now += int(w.db.flusher.waiting.Load())
	}
	w.crowd = max(now, w.crowd-1)
}

// most returns how many changes a transaction takes. While another is flushed
// beside the writer it is half of those that come, so that one half is written
// while the other is flushed and its senders make their next: if all were in
// one, the writer would wait for the disk and the disk for the writer.
func (w *writer) most() int {
	if w.db.flusher == nil || !w.db.flusher.behind {
		return maxBatch
	}
	return min(maxBatch, max(1, (w.crowd+1)/2))
}

// answer answers those whose transaction is over.
func (w *writer) answer(taken []*change, err error, work time.Duration) {
	w.served = len(taken)
	log := w.db.flusher
	if log == nil {
		answer(taken, err)
		return
	}
	log.ended()
	if err != nil {
		answer(taken, errors.Join(err, log.flush()))
		return
	}
	log.answer(taken, work)
	w.took = log.took
}

// prepareWanted keeps at hand what the last transaction would have liked to
// find there. It is only about speed: whatever is wrong shows when it is run.
func (w *writer) prepareWanted() {
	if len(w.wanted) == 0 {
		return
	}
	if err := w.db.prepare(context.Background(), w.wanted...); err != nil {
		w.db.log.Debug("a statement was not prepared", "error", err)
	}
	w.wanted = w.wanted[:0]
}

// ready returns the next change that is queued, or nil. Callers who were just
// answered come back at once under load, and would otherwise miss this flush
// and wait for the next: while fewer are taken than were answered last, ready
// does meanwhile what can be done and then gives them a small part of a flush. A
// lone caller never waits.
//
// While another transaction is flushed beside the writer nothing is won by being
// done before: what was written could only wait for that flush. So ready gives
// others until then.
func (w *writer) ready(taken int, meanwhile func()) *change {
	behind := w.db.flusher != nil && w.db.flusher.behind
	for try := range 4 {
		select {
		case c := <-w.queue:
			return c // nil once the queue is closed
		default:
		}
		switch {
		case try == 2 && !behind && taken >= w.served:
			return nil
		case try == 2:
			meanwhile()
		default:
			runtime.Gosched()
		}
	}
	for behind {
		if !w.db.flusher.busy() {
			return nil
		}
		select {
		case c := <-w.queue:
			return c // nil once the queue is closed
		case <-w.db.flusher.idle:
		}
	}
	w.patience.Reset(w.took / 16)
	defer w.patience.Stop()
	select {
	case c := <-w.queue:
		return c // nil once the queue is closed
	case <-w.patience.C:
		return nil
	}
}

// errAgain says that one change broke the transaction of all; it has its error
// and the others run again without it.
var errAgain = errors.New("the transaction was lost to a change in it")

// errApart says that one change among others failed, and that they are to run
// again with a savepoint each.
var errApart = errors.New("a change failed among others")

func again(err error) bool {
	return errors.Is(err, errAgain) || errors.Is(err, errApart) || passing(err)
}

// attempt runs the changes that next gives in one transaction. A change that
// fails gets its error and leaves nothing behind; an error of attempt itself
// is that of everybody.
//
// Most changes succeed, and a savepoint for each costs as much as a small
// change itself. So the first attempt runs them without, and only when one
// fails all of them run again apart from each other.
//
// What next is given writes the rows that were gathered so far, for while
// nobody is there.
func (w *writer) attempt(next func(meanwhile func()) *change, apart bool) error {
	ctx := context.Background() // the batch outlives any one caller
	if w.db.flusher != nil {
		if err := w.db.flusher.failure(); err != nil {
			return err
		}
	}
	tx, err := w.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("starting a change: %w", err)
	}
	defer tx.Rollback()
	if err := w.db.fenced(ctx, tx); err != nil {
		return err
	}
	w.audit.begin()
	w.exchange.begin(apart)
	defer w.audit.drawing.Wait() // what is drawn belongs to the callers
	ran, run := 0, w.runApart
	if !apart {
		run = w.runTogether
	}
	var written error
	write := func() {
		if written == nil {
			written = w.exchange.write(ctx, tx)
		}
	}
	for c := next(write); c != nil && written == nil; c = next(write) {
		if c.err != nil {
			continue // failed in an earlier attempt
		}
		if c.err = c.ctx.Err(); c.err != nil {
			continue
		}
		if err := run(ctx, tx, c, ran); err != nil {
			return err
		}
		if c.err == nil {
			ran++
		}
	}
	if ran == 0 {
		return nil
	}
	if write(); written != nil {
		if passing(written) {
			return written
		}
		return errApart // it is then known whose row it is
	}
	if err := w.audit.write(ctx, tx); err != nil {
		return fmt.Errorf("writing the audit record: %w", err)
	}
	start := time.Now()
	if w.db.flusher != nil {
		w.db.flusher.committing()
	}
	if err := tx.Commit(); err != nil {
		w.audit.forget()
		return fmt.Errorf("flushing a change: %w", err)
	}
	w.took = time.Since(start)
	return nil
}

// runTogether runs c after others in the same transaction. When it fails, the
// transaction is lost; a change that ran alone has its error then.
func (w *writer) runTogether(_ context.Context, tx *sql.Tx, c *change, others int) error {
	err := w.call(tx, c)
	switch {
	case err == nil || passing(err):
		return err
	case others > 0:
		return errApart
	}
	c.err = err
	return errAgain
}

// runApart runs c between a savepoint and its release, or undoes it.
func (w *writer) runApart(ctx context.Context, tx *sql.Tx, c *change, _ int) error {
	if err := w.db.exec(ctx, tx, setSavepoint); err != nil {
		return fmt.Errorf("setting a savepoint: %w", err)
	}
	mark := w.audit.mark()
	err := w.call(tx, c)
	if err == nil {
		if err = w.db.exec(ctx, tx, releaseSavepoint); err == nil {
			return nil
		}
	}
	if passing(err) {
		return err
	}
	c.err = err
	w.audit.rewind(mark)
	if lost(err) {
		return errAgain
	}
	if err := w.db.exec(ctx, tx, "ROLLBACK TO SAVEPOINT change"); err != nil {
		return errAgain
	}
	if err := w.db.exec(ctx, tx, releaseSavepoint); err != nil {
		return errAgain
	}
	return nil
}

// call runs the closure of c and turns a panic of it into an error: it must
// not take the changes of others with it.
func (w *writer) call(tx *sql.Tx, c *change) (err error) {
	defer func() {
		if v := recover(); v != nil {
			w.db.log.Error("a change panicked", "panic", v, "stack", string(debug.Stack()))
			err = errPanic(v)
		}
	}()
	return c.fn(tx)
}
