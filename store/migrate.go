package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"bedrail"
)

// migrations holds the schema of both engines as steps of equal names.
//
//go:embed migrate/sqlite/*.sql migrate/postgres/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Before it touches a store that holds
// something it makes a copy of the SQLite file; of PostgreSQL, whoever runs it
// makes one. With keep it refuses instead.
func (s *DB) migrate(ctx context.Context, keep bool) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > target {
		return fmt.Errorf("the store is at version %d and this program knows only %d: it was written by a newer program", current, target)
	}
	if 0 < current && current < target {
		if keep {
			return bedrail.Errorf(bedrail.Conflict, "the store was written by an older program (schema %d, this one has %d); start bedrail serve once: it makes a copy and brings it up to date", current, target)
		}
		if err := s.copyBefore(ctx, current); err != nil {
			return err
		}
	}
	_, err = p.Up(ctx)
	return err
}

// copyBefore copies the SQLite file, as one transaction sees it, beside it.
func (s *DB) copyBefore(ctx context.Context, version int64) (err error) {
	if s.dialect != sqlite {
		s.log.WarnContext(ctx, "the schema of PostgreSQL is being brought up to date; its backup is the one that was made before", "from", version)
		return nil
	}
	name := fmt.Sprintf("bedrail-schema%d-%s.db", version, s.clock.Now().Format("20060102T150405Z"))
	path := filepath.Join(filepath.Dir(s.path), name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite fills an empty file, and keeps its mode
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "copying the store before it is brought up to date: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if _, err := s.write.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "copying the store before it is brought up to date needs as much free disk as the store has; nothing was changed: %w", err)
	}
	s.log.InfoContext(ctx, "the store was copied before its schema is brought up to date; remove the copy when the new program has proven itself", "copy", path, "from", version)
	return nil
}

func (s *DB) provider() (*goose.Provider, error) {
	steps, err := fs.Sub(migrations, "migrate/"+s.dialect.String())
	if err != nil {
		return nil, err
	}
	d := goose.DialectSQLite3
	if s.dialect == postgres {
		d = goose.DialectPostgres
	}
	return goose.NewProvider(d, s.write, steps, goose.WithDisableGlobalRegistry(true))
}
