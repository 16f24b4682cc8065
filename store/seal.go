package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bedrail"
	"bedrail/audit"
	"bedrail/seal"
)

// keysMissing is why nothing may be written while the keys are not there:
// half the record would be sealed and half plain.
const keysMissing = "this store holds sealed records and their keyring is not open; put the key back and start again (reading goes on, sealed fields stay closed)"

// checkKeys ties the store to the keyring that it was first opened with, and
// refuses writes when that is not the one at hand.
func (s *DB) checkKeys(ctx context.Context) error {
	var known string
	err := s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'keyring'`).Scan(&known)
	switch {
	case errors.Is(err, sql.ErrNoRows) && s.keys == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return s.update(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('keyring', $1)`, s.keys.ID())
			return err
		})
	case err != nil:
		return err
	case s.keys == nil:
		s.RefuseWrites(keysMissing)
	case s.keys.ID() != known:
		s.keys = nil // it opens nothing here
		s.RefuseWrites("the keyring is another one than this store was written with; " + keysMissing)
	}
	return nil
}

func sealWrapped(kek int64, data []byte) seal.Wrapped {
	return seal.Wrapped{KEK: uint32(kek), Data: data}
}

// Shred forgets the key of a record: what is sealed under it can never be read
// again here. Backups still hold it until the working key is rotated and
// destroyed, see RotateKeys.
func (s *DB) Shred(ctx context.Context, in bedrail.Scope, record string, entry audit.Entry) error {
	err := s.update(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `DELETE FROM sealed_key WHERE tenant = $1 AND record = $2`, in.Tenant, record)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); n == 0 || err != nil {
			return errors.Join(err, bedrail.Errorf(bedrail.NotFound, "there is no sealed record %s", record))
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	if err != nil {
		return err
	}
	s.keyring.drop(in.Tenant, record)
	return s.flushTraces(ctx)
}

// flushTraces removes deleted rows from the files behind the tables as well.
func (s *DB) flushTraces(ctx context.Context) error {
	if s.dialect == postgres {
		_, err := s.write.ExecContext(ctx, `VACUUM sealed_key, audit_event`)
		return err
	}
	_, _, err := s.mover.move(s.write, emptyLog) // secure_delete has overwritten the pages
	return err
}

// rewrapChunk is how many keys one transaction rewraps, so that others get
// their turn.
const rewrapChunk = 500

// RotateKeys seals every data key of the tenant under a new working key and
// destroys the older ones: from then on shredded records cannot be read from
// any backup either. It returns how many keys were rewrapped.
func (s *DB) RotateKeys(ctx context.Context, in bedrail.Scope, entry audit.Entry) (int, error) {
	if s.keys == nil {
		return 0, bedrail.Errorf(bedrail.Unavailable, "rotating keys: %s", keysMissing)
	}
	fresh, older, err := s.keys.Rotate(in.Tenant)
	if err != nil {
		return 0, err
	}
	total, after := 0, ""
	for {
		n, last, err := s.rewrapSome(ctx, in.Tenant, fresh, after)
		if err != nil {
			return total, fmt.Errorf("after %d keys: %w", total, err)
		}
		if n == 0 && after == "" {
			break
		}
		if total, after = total+n, last; n == 0 {
			after = "" // what was sealed just before the rotation may lie behind
		}
	}
	err = s.update(ctx, func(tx *sql.Tx) error { return s.appendEntry(ctx, tx, in.Tenant, entry) })
	for _, id := range older {
		err = errors.Join(err, s.keys.Destroy(id))
	}
	return total, err
}

// rewrapSome rewraps the next keys behind the record after, and says how many
// and up to which.
func (s *DB) rewrapSome(ctx context.Context, tenant string, fresh uint32, after string) (n int, last string, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		n, last = 0, after
		stale, err := staleKeys(ctx, tx, tenant, fresh, after)
		if err != nil {
			return err
		}
		for record, w := range stale {
			last = max(last, record)
			rewrapped, err := s.keys.Rewrap(tenant, record, w)
			if err != nil {
				return fmt.Errorf("rewrapping the key of %s: %w", record, err)
			}
			_, err = tx.ExecContext(ctx, `UPDATE sealed_key SET kek = $1, wrapped = $2 WHERE tenant = $3 AND record = $4`,
				int64(rewrapped.KEK), rewrapped.Data, tenant, record)
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, last, err
}

func staleKeys(ctx context.Context, tx *sql.Tx, tenant string, fresh uint32, after string) (map[string]seal.Wrapped, error) {
	rows, err := tx.QueryContext(ctx, `SELECT record, kek, wrapped FROM sealed_key WHERE tenant = $1 AND kek < $2 AND record > $3 ORDER BY record LIMIT $4`,
		tenant, int64(fresh), after, rewrapChunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stale := make(map[string]seal.Wrapped)
	for rows.Next() {
		var record string
		var kek int64
		var w seal.Wrapped
		if err := rows.Scan(&record, &kek, &w.Data); err != nil {
			return nil, err
		}
		w.KEK = uint32(kek)
		stale[record] = w
	}
	return stale, rows.Err()
}
