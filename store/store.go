// Package store keeps everything that Bedrail must not forget in one SQL
// database: SQLite in a file beside the program, or PostgreSQL.
//
// It keeps facts and decides nothing. Each public method is one transaction;
// a method that changes something takes the audit entry of the change and
// commits both or neither.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"bedrail"
	"bedrail/seal"
)

// A Config says where the store lies and how it is kept.
type Config struct {
	// Path is the SQLite file. Its folder is made when missing.
	Path string
	// PostgresURL, when not empty, is used instead of Path.
	PostgresURL string
	// Readers is how many readers may read at once; 0 is 4.
	Readers int
	// Clock tells the time; nil is the machine's.
	Clock bedrail.Clock
	// Log takes what a person who runs the server should know; nil is
	// slog.Default.
	Log *slog.Logger
	// Keys seals what speaks of persons, the personal fields of the audit
	// record included. Without it those stay plain in a new store, and a store
	// that was written with keys opens for reading only.
	Keys *seal.Keyring
	// Bodies is the folder of sealed files with large bodies of messages; empty
	// is "bodies" beside the SQLite file.
	Bodies string
	// VFS names the SQLite file layer; empty is the system's. Tests of power
	// cuts put their own beneath.
	VFS string
	// ReadOnly opens without writer and migrations, for commands that only
	// look.
	ReadOnly bool
	// KeepSchema refuses a store of an older program with a Conflict, instead
	// of bringing it up to date, for commands beside a server.
	KeepSchema bool
	// Sole says that no other process writes to the SQLite file: the caller
	// holds the claim of its folder.
	Sole bool
	// Lease is this node's right to write, where several share a PostgreSQL.
	Lease *Lease

	movePages int                  // see logMover; for tests
	flushLog  func(*os.File) error // see logFlusher; for tests
}

// A DB is an open store.
type DB struct {
	dialect  dialect
	path     string // SQLite file; empty on PostgreSQL
	bodies   string // folder of large bodies; empty where there is none
	write    *sql.DB
	read     *sql.DB
	clock    bedrail.Clock
	keys     *seal.Keyring
	log      *slog.Logger
	writer   *writer
	mover    *logMover   // nil on PostgreSQL and where nothing is written
	flusher  *logFlusher // likewise
	ending   sync.Once   // of both
	keyring  recentKeys
	prepared map[string]*statement  // on the writer's connection and, once open, for it alone
	refusal  atomic.Pointer[string] // why writes are refused, or nil
	lease    *Lease                 // nil where there is one node only
	sole     bool                   // no other process writes

	olderTwins bool // see findOlderTwins

	devicesAt atomic.Uint64 // grows with each change of devices: what was asked before may differ now
	placedAt  atomic.Uint64 // grows when a device comes, goes, or has another name, site or unit
	rankings  rankings
	ahead     sync.WaitGroup  // what is made before somebody asks for it
	life      context.Context // ends when the store closes
	end       context.CancelFunc

	most   int // how far messages are counted; 0 is mostCounted; for tests
	window int // of messageseek; 0 is windowSize; for tests
}

// Open opens the store of c, brings its schema up to date and starts its
// writer. The caller closes it.
func Open(ctx context.Context, c Config) (*DB, error) {
	s := &DB{clock: c.Clock, log: c.Log, keys: c.Keys, bodies: c.bodies(), lease: c.Lease, sole: c.Sole && c.PostgresURL == "", prepared: make(map[string]*statement)}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.connect(c); err != nil {
		return nil, err
	}
	if c.ReadOnly {
		s.RefuseWrites("this store was opened for reading only")
		return s, s.closeUnless(s.checkKeys(ctx))
	}
	if err := s.closeUnless(s.migrate(ctx, c.KeepSchema)); err != nil {
		return nil, fmt.Errorf("bringing the schema of the store up to date: %w", err)
	}
	if err := s.closeUnless(s.openMover(c)); err != nil {
		return nil, err
	}
	s.writer = newWriter(s)
	if err := s.closeUnless(s.writer.prepare(ctx)); err != nil {
		return nil, fmt.Errorf("preparing the statements of the store: %w", err)
	}
	if err := s.closeUnless(s.openFlusher(ctx, c.flushLog)); err != nil {
		return nil, fmt.Errorf("opening the write-ahead log of the store: %w", err)
	}
	if err := s.closeUnless(s.findOlderTwins(ctx)); err != nil {
		return nil, fmt.Errorf("looking for forgotten messages: %w", err)
	}
	go s.writer.run()
	if err := s.checkKeys(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("checking the keys of the store: %w", err), s.Close())
	}
	return s, nil
}

// bodies returns the folder of large bodies, or nothing where none is named.
func (c Config) bodies() string {
	if c.Bodies == "" && c.PostgresURL == "" && c.Path != "" {
		return filepath.Join(filepath.Dir(c.Path), "bodies")
	}
	return c.Bodies
}

func (s *DB) connect(c Config) error {
	readers := c.Readers
	if readers == 0 {
		readers = 4
	}
	writeDSN, readDSN := c.PostgresURL, c.PostgresURL
	s.dialect = postgres
	if c.PostgresURL == "" {
		if c.Path == "" {
			return bedrail.Errorf(bedrail.Invalid, "the store needs a file path or a PostgreSQL address; neither was given")
		}
		if err := os.MkdirAll(filepath.Dir(c.Path), 0o700); err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "making the folder of the store: %w", err)
		}
		s.dialect, s.path = sqlite, c.Path
		layer, err := joinLayer(c.VFS)
		if err != nil {
			return err
		}
		writeDSN, readDSN = sqliteDSN(c.Path, layer, true), sqliteDSN(c.Path, c.VFS, false)
	}
	s.life, s.end = context.WithCancel(context.Background())
	var err error
	if s.write, err = sql.Open(s.dialect.driver(), writeDSN); err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	if s.read, err = sql.Open(s.dialect.driver(), readDSN); err != nil {
		s.write.Close()
		return fmt.Errorf("opening the store for reading: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return nil
}

func (s *DB) closeUnless(err error) error {
	if err == nil {
		return nil
	}
	s.end()
	s.closeStatements()
	s.write.Close()
	s.read.Close()
	return s.dialect.kind(err)
}

// Close finishes what was handed to the writer and closes the store.
func (s *DB) Close() (err error) {
	s.end()
	s.ahead.Wait()
	if s.writer != nil {
		s.writer.close()
	}
	if s.flusher != nil {
		s.ending.Do(func() { err = errors.Join(s.flusher.close(), s.mover.close()) })
	}
	return errors.Join(err, s.closeStatements(), s.read.Close(), s.write.Close())
}

// Engine returns "sqlite" or "postgres".
func (s *DB) Engine() string { return s.dialect.String() }

// RefuseWrites makes every later change fail with an Unavailable error that
// says why. Reading goes on. It serves a disk that is nearly full and a record
// that does not verify.
func (s *DB) RefuseWrites(why string) { s.refusal.Store(&why) }

// AllowWrites ends what RefuseWrites began. A store opened for reading only
// stays so.
func (s *DB) AllowWrites() {
	if s.writer != nil {
		s.refusal.Store(nil)
	}
}

// ReadOnly reports whether writes are refused, and why.
func (s *DB) ReadOnly() (why string, refused bool) {
	if p := s.refusal.Load(); p != nil {
		return *p, true
	}
	return "", false
}

// update runs fn in a transaction together with what other callers do at the
// same time, and returns nil only once all of it is flushed. What fn runs may
// run again, so fn touches nothing but tx and resets what it captures. An
// error of fn undoes only what fn did.
func (s *DB) update(ctx context.Context, fn func(tx *sql.Tx) error) error {
	if why, refused := s.ReadOnly(); refused {
		return bedrail.Errorf(bedrail.Unavailable, "nothing can be changed now: %s", why)
	}
	return s.dialect.kind(s.writer.do(ctx, fn))
}

// view runs fn in a read transaction: everything it reads is of one moment.
// fn must not wait on anything outside, since an open reader makes the
// write-ahead log grow.
func (s *DB) view(ctx context.Context, fn func(tx *sql.Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if s.dialect == postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.read.BeginTx(ctx, opts)
	if err != nil {
		return s.dialect.kind(fmt.Errorf("starting to read: %w", err))
	}
	defer tx.Rollback()
	err = s.dialect.kind(fn(tx))
	if s.flusher != nil {
		s.flusher.wait()
	}
	return err
}
