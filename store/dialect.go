package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
	sqlitedriver "modernc.org/sqlite"  // and the driver "sqlite"

	"bedrail"
)

// A dialect is one of the two engines. What differs between them is asked
// here and nowhere else.
type dialect int

const (
	sqlite dialect = iota
	postgres
)

func (d dialect) String() string {
	if d == postgres {
		return "postgres"
	}
	return "sqlite"
}

func (d dialect) driver() string {
	if d == postgres {
		return "pgx"
	}
	return "sqlite"
}

// sqliteDSN writes the address of a SQLite file. The pragmas stand in it
// because a PRAGMA run on a pool reaches one connection only.
func sqliteDSN(path, vfs string, write bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "query_only(ON)", "cache_size(-8192)", "temp_store(MEMORY)",
	}}
	if write {
		// A larger cache costs more than it saves: as long as the file is below
		// 1 GiB, SQLite walks the whole of it at most commits. The log is moved
		// by a logMover; the writer does it where that has not come to it.
		q = url.Values{"_txlock": {"immediate"}, "_pragma": {
			"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "secure_delete(ON)",
			"cache_size(-8192)", "temp_store(MEMORY)", "journal_size_limit(67108864)", "wal_autocheckpoint(16000)",
			"fullfsync(ON)", "checkpoint_fullfsync(ON)", // see joinLayer
		}}
	}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// SQLite result codes that this package tells apart; the low byte is the
// primary code.
const (
	sqliteBusy         = 5
	sqliteInterrupt    = 9
	sqliteIOErr        = 10
	sqliteFull         = 13
	sqliteIOErrWrite   = 10 | 3<<8
	sqliteIOErrShmSize = 10 | 19<<8 // 4874: what a full disk looks like in WAL mode
)

// code returns the engine's own code in err's chain: a SQLite result code, or
// the SQLSTATE of PostgreSQL.
func code(err error) (lite int, state string) {
	var l *sqlitedriver.Error
	if errors.As(err, &l) {
		return l.Code(), ""
	}
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return 0, p.Code
	}
	return 0, ""
}

// passing reports whether err may go away when the whole transaction is run
// again.
func passing(err error) bool {
	lite, state := code(err)
	return lite&0xff == sqliteBusy || state == "40001" || state == "40P01"
}

// lost reports whether err may have ended the whole transaction rather than
// one statement of it.
func lost(err error) bool {
	lite, state := code(err)
	switch lite & 0xff {
	case sqliteInterrupt, sqliteIOErr, sqliteFull:
		return true
	}
	return len(state) == 5 && (state[:2] == "08" || state[:2] == "57") || errors.Is(err, driver.ErrBadConn)
}

// diskFull reports whether err says that there is no room left. SQLite says so
// in three ways, two of which read as input/output errors.
func diskFull(err error) bool {
	lite, state := code(err)
	return lite&0xff == sqliteFull || lite == sqliteIOErrShmSize || lite == sqliteIOErrWrite || state == "53100"
}

// kind gives the errors of the engine that a person can act on their kind, and
// leaves the others as they are.
func (d dialect) kind(err error) error {
	if err == nil {
		return nil // before anything that allocates
	}
	var known *bedrail.Error
	if errors.As(err, &known) {
		return err
	}
	_, state := code(err)
	switch {
	case diskFull(err):
		return bedrail.Errorf(bedrail.Unavailable, "the disk of the store is full; nothing was changed. Make room and try again: %w", err)
	case passing(err):
		return bedrail.Errorf(bedrail.Unavailable, "the store is busy; try again: %w", err)
	case len(state) == 5 && (state[:2] == "08" || state == "57P01" || state == "57P03"):
		return bedrail.Errorf(bedrail.Unavailable, "the database does not answer; try again: %w", err)
	}
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) {
		return bedrail.Errorf(bedrail.Unavailable, "the database cannot be reached: %w", err)
	}
	return err
}

// errPanic is what a closure's panic becomes.
func errPanic(v any) error { return fmt.Errorf("a change panicked: %v", v) }

// lockHead reads the head of an audit tree and keeps others from moving it
// until the transaction ends. SQLite's one writer holds the lock already.
func (d dialect) lockHead() string {
	const head = `SELECT size, root FROM audit_head WHERE tenant = $1`
	if d == postgres {
		return head + ` FOR UPDATE`
	}
	return head
}
