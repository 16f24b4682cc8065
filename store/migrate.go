package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// migrations holds the schema of both engines as steps of equal names.
//
//go:embed migrate/sqlite/*.sql migrate/postgres/*.sql
var migrations embed.FS

// migrate brings the schema up to date.
func (s *DB) migrate(ctx context.Context) error {
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
	_, err = p.Up(ctx)
	return err
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
