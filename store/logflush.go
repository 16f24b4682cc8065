package store

import (
	"context"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"bedrail"
)

// A logFlusher flushes SQLite's write-ahead log for the writer, which commits
// without a flush (see joinLayer). So the writer can be at the next transaction
// while the disk is at the last: callers are answered once theirs is flushed,
// and readers are too, so that nobody is told of what a power cut could still
// take back.
type logFlusher struct {
	file *os.File
	sync func(*os.File) error
	fail func(error)

	queue   chan []*change // committed, waiting for a flush
	waiting atomic.Int64   // callers that are in queue or flushed now
	idle    chan struct{}  // given something when waiting falls to zero
	done    chan struct{}  // closed when run has returned

	worked, took time.Duration // a transaction and a flush, in the middle; of the writer alone
	behind       bool          // the last transaction was left to run

	mu        sync.Mutex    // guards what follows
	advanced  sync.Cond     // flushed or err changed
	began     int64         // transactions that readers may see
	committed int64         // of these those that are in the log
	flushed   int64         // of these those that no power cut takes
	last      time.Duration // of the last flush
	err       error         // of the first flush that failed: nothing after it is sure
}

func newLogFlusher(path string, sync func(*os.File) error, fail func(error)) (*logFlusher, error) {
	file, err := os.OpenFile(path+"-wal", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	l := &logFlusher{file: file, sync: sync, fail: fail, queue: make(chan []*change, 1), idle: make(chan struct{}, 1), done: make(chan struct{})}
	l.advanced.L = &l.mu
	go l.run()
	return l, nil
}

// committing says that a transaction is about to be seen by readers.
func (l *logFlusher) committing() {
	l.mu.Lock()
	l.began++
	l.mu.Unlock()
}

// ended says that no transaction is under way.
func (l *logFlusher) ended() {
	l.mu.Lock()
	l.committed = l.began
	l.mu.Unlock()
}

// failure returns why nothing may be written any more.
func (l *logFlusher) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// answer answers callers whose transaction took work once it is flushed. A
// flush that takes longer than the work of all callers is waited for: they
// then come back together and need one flush for all, not one for each half.
// So it is with a single processor, on which nothing is done meanwhile that
// would not be cheaper for all at once.
func (l *logFlusher) answer(callers []*change, work time.Duration) {
	l.mu.Lock()
	last := l.last
	l.mu.Unlock()
	l.worked += (work - l.worked) / 8
	l.took += (last - l.took) / 8
	most := l.worked
	if l.behind {
		most *= 2 // each time half of them
	}
	if l.behind = l.took < most && runtime.GOMAXPROCS(0) > 1; l.behind {
		l.waiting.Add(int64(len(callers)))
		l.queue <- callers
		return
	}
	answer(callers, l.flush())
}

// busy reports whether somebody waits for a flush beside the writer.
func (l *logFlusher) busy() bool { return l.waiting.Load() > 0 }

func answer(callers []*change, err error) {
	for _, c := range callers {
		if c.err == nil && err != nil {
			c.err = err
		}
		c.answer <- c.err
	}
}

func (l *logFlusher) run() {
	defer close(l.done)
	for callers := range l.queue {
		n := int64(len(callers)) // answered callers are used again
		answer(callers, l.flush())
		if l.waiting.Add(-n) > 0 {
			continue
		}
		select {
		case l.idle <- struct{}{}:
		default:
		}
	}
}

// flush flushes what is committed, unless that was done already.
func (l *logFlusher) flush() error {
	l.mu.Lock()
	until, start := l.committed, time.Now()
	if l.err != nil || l.flushed >= until {
		defer l.mu.Unlock()
		return l.err
	}
	l.mu.Unlock()
	err := l.sync(l.file)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = time.Since(start)
	if err != nil && l.err == nil {
		l.err = bedrail.Errorf(bedrail.Unavailable, "flushing the store: %w", err)
		l.fail(err)
	}
	if l.err == nil {
		l.flushed = max(l.flushed, until)
	}
	l.advanced.Broadcast()
	return l.err
}

// wait waits until all that a reader may have seen is flushed.
func (l *logFlusher) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for until := l.began; l.flushed < until && l.err == nil; {
		l.advanced.Wait()
	}
}

// close ends run, once nothing more is committed.
func (l *logFlusher) close() error {
	close(l.queue)
	<-l.done
	return l.file.Close()
}

// openFlusher lets the log be flushed behind the writer from now on.
func (s *DB) openFlusher(ctx context.Context, flush func(*os.File) error) (err error) {
	if s.dialect != sqlite {
		return nil
	}
	if flush == nil {
		flush = (*os.File).Sync
	}
	s.flusher, err = newLogFlusher(s.path, flush, func(err error) {
		s.RefuseWrites("the disk did not keep what was written to the store (" + err.Error() + "); look at the disk and start again")
	})
	if err != nil {
		return err
	}
	_, err = s.write.ExecContext(ctx, `PRAGMA fullfsync = OFF`)
	return err
}
