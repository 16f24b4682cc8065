package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bedrail"
)

// A Lease is the right of one node to write, where several share a PostgreSQL:
// one works, the others wait. It has an epoch that grows with each change of
// the node. Every transaction of the writer asks whether its epoch is still
// that of the lease, so that a node which slept and woke up writes nothing
// beside the one that took its place.
//
// Its table is no part of the record: it must be there before the schema of the
// record is brought up to date.
type Lease struct {
	db     *sql.DB
	holder string
	epoch  int64 // 0 while it is not held
}

// A Tenure is how a lease stands: who holds it, and a number that grows as
// long as that node is alive. Nobody's clock is compared with another's.
type Tenure struct {
	Holder string // empty when it was given back
	Epoch  int64
	Beat   int64
}

var leaseTable = []string{
	`CREATE TABLE IF NOT EXISTS node_lease (name TEXT NOT NULL, epoch BIGINT NOT NULL, holder TEXT NOT NULL, beat BIGINT NOT NULL, PRIMARY KEY (name, epoch))`,
	`INSERT INTO node_lease (name, epoch, holder, beat) SELECT 'writer', 0, '', 0 WHERE NOT EXISTS (SELECT 1 FROM node_lease)`,
}

// OpenLease connects to the lease of the PostgreSQL at url for the node holder.
func OpenLease(ctx context.Context, url, holder string) (*Lease, error) {
	db, err := sql.Open(postgres.driver(), url)
	if err != nil {
		return nil, fmt.Errorf("opening the lease: %w", err)
	}
	db.SetMaxOpenConns(2)
	l := &Lease{db: db, holder: holder}
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		// Two nodes that start at once must not both make the table.
		_, err = tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(7131)`)
		for _, text := range leaseTable {
			if err == nil {
				_, err = tx.ExecContext(ctx, text)
			}
		}
		if err == nil {
			err = tx.Commit()
		} else {
			err = errors.Join(err, tx.Rollback())
		}
	}
	if err != nil {
		return nil, errors.Join(postgres.kind(fmt.Errorf("making the lease: %w", err)), db.Close())
	}
	return l, nil
}

// Look returns how the lease stands.
func (l *Lease) Look(ctx context.Context) (t Tenure, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT holder, epoch, beat FROM node_lease WHERE name = 'writer'`).Scan(&t.Holder, &t.Epoch, &t.Beat)
	return t, postgres.kind(err)
}

// Take takes the lease as it was seen. A Conflict means that it was not as
// seen any more. It waits for a transaction of the last holder that is being
// flushed, and none can begin after it.
func (l *Lease) Take(ctx context.Context, seen Tenure) error {
	r, err := l.db.ExecContext(ctx, `UPDATE node_lease SET epoch = epoch + 1, holder = $1, beat = 0 WHERE name = 'writer' AND epoch = $2 AND beat = $3 AND holder = $4`, l.holder, seen.Epoch, seen.Beat, seen.Holder)
	if err := one(r, err); err != nil {
		return err
	}
	l.epoch = seen.Epoch + 1
	return nil
}

// Beat says that this node is alive. A Conflict means that another has taken
// its place.
func (l *Lease) Beat(ctx context.Context) error {
	return one(l.db.ExecContext(ctx, `UPDATE node_lease SET beat = beat + 1 WHERE name = 'writer' AND epoch = $1`, l.epoch))
}

// Release gives the lease back, so that another node need not wait.
func (l *Lease) Release(ctx context.Context) error {
	err := one(l.db.ExecContext(ctx, `UPDATE node_lease SET holder = '' WHERE name = 'writer' AND epoch = $1`, l.epoch))
	return errors.Join(err, l.Close())
}

// Close ends the connection and leaves the lease as it is.
func (l *Lease) Close() error { return l.db.Close() }

// Holder is the name of this node.
func (l *Lease) Holder() string { return l.holder }

func one(r sql.Result, err error) error {
	if err != nil {
		return postgres.kind(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(bedrail.Errorf(bedrail.Conflict, "another node has taken this one's place"), err)
	}
	return nil
}

// fenced fails when another node has taken this one's place. The row stays
// locked against a change of the node, not against a beat, until the
// transaction ends.
func (s *DB) fenced(ctx context.Context, tx *sql.Tx) error {
	if s.lease == nil {
		return nil
	}
	var ok int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM node_lease WHERE name = 'writer' AND epoch = $1 FOR KEY SHARE`, s.lease.epoch).Scan(&ok)
	if errors.Is(err, sql.ErrNoRows) {
		s.RefuseWrites("another node has taken this one's place")
		return bedrail.Errorf(bedrail.Unavailable, "nothing can be changed now: another node has taken this one's place")
	}
	return err
}
