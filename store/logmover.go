package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// A logMover moves what lies in SQLite's write-ahead log into the file beside
// the writer. The writer doing so itself would keep all its callers waiting
// for thousands of pages every few hundred commits. What came meanwhile is
// little; the writer moves it between two transactions, since the log can only
// begin anew when all of it is moved (https://sqlite.org/wal.html, 3).
type logMover struct {
	db    *sql.DB // a connection of its own, opened when it is first wanted
	pages int     // from which on the log is moved

	wake   chan struct{} // something was committed
	finish chan struct{} // the writer is to move what is left
	done   chan struct{} // closed when run has returned

	commits int // of the writer alone

	sync.Mutex // held while the log is moved
}

const (
	movePages = 4000 // of 4 KiB
	// moveRest is how much the writer moves itself at most.
	moveRest = 200
	// wakeEvery is after how many transactions the mover is asked to look.
	wakeEvery = 16
	// movePause is how long the mover does not look at the log again.
	movePause = 20 * time.Millisecond
	// moveAgain is how long it waits after it failed.
	moveAgain = time.Second
)

// Where the log stands: whether somebody was in the way, its pages, and how
// many of them are moved.
const (
	logState = `PRAGMA wal_checkpoint(NOOP)`
	moveLog  = `PRAGMA wal_checkpoint(PASSIVE)`
	emptyLog = `PRAGMA wal_checkpoint(TRUNCATE)`
)

func newLogMover(dsn string, pages int) (*logMover, error) {
	db, err := sql.Open(sqlite.driver(), dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if pages == 0 {
		pages = movePages
	}
	return &logMover{db: db, pages: pages, wake: make(chan struct{}, 1), finish: make(chan struct{}, 1), done: make(chan struct{})}, nil
}

// committed is called by the writer after each transaction; db is its own
// connection.
func (m *logMover) committed(db *sql.DB) error {
	if m.commits++; m.commits%wakeEvery == 0 {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
	select {
	case <-m.finish:
	default:
		return nil
	}
	if !m.TryLock() {
		return nil // the mover is at it and asks again
	}
	defer m.Unlock()
	_, _, err := moveOn(db, moveLog)
	return err
}

// run moves until wake is closed.
func (m *logMover) run(report func(error)) {
	defer close(m.done)
	for range m.wake {
		pause := movePause
		if err := m.look(); err != nil {
			report(err)
			pause = moveAgain
		}
		time.Sleep(pause)
	}
}

// look moves the log when it is long, again and again until little is left.
func (m *logMover) look() error {
	pages, moved, err := m.move(m.db, logState)
	if err != nil || pages < m.pages {
		return err
	}
	for range 4 {
		if pages-moved <= moveRest {
			break
		}
		if _, _, err = m.move(m.db, moveLog); err != nil {
			return err
		}
		if pages, moved, err = m.move(m.db, logState); err != nil {
			return err
		}
	}
	select {
	case m.finish <- struct{}{}:
	default:
	}
	return nil
}

func (m *logMover) move(db *sql.DB, how string) (pages, moved int, err error) {
	m.Lock()
	defer m.Unlock()
	return moveOn(db, how)
}

func moveOn(db *sql.DB, how string) (pages, moved int, err error) {
	var busy int
	err = db.QueryRowContext(context.Background(), how).Scan(&busy, &pages, &moved)
	return pages, moved, err
}

// close ends run, once nothing more is committed.
func (m *logMover) close() error {
	close(m.wake)
	<-m.done
	return m.db.Close()
}

// openMover begins to move the log of s.
func (s *DB) openMover(c Config) (err error) {
	if s.dialect != sqlite {
		return nil
	}
	if s.mover, err = newLogMover(sqliteDSN(c.Path, c.VFS, false), c.movePages); err != nil {
		return err
	}
	go s.mover.run(s.notMoved)
	return nil
}

// moveLog lets the log be moved after a transaction.
func (s *DB) moveLog() {
	if s.mover == nil {
		return
	}
	if err := s.mover.committed(s.write); err != nil {
		s.notMoved(err)
	}
}

func (s *DB) notMoved(err error) {
	s.log.Warn("the write-ahead log of the store was not moved into its file; it is tried again", "error", err)
}
