package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// An insert gathers rows for one table and writes many with one statement:
// what a statement costs by itself is more than what one row costs. It is the
// one place where the two engines get different text, since SQLite looks every
// numbered parameter up by name.
type insert struct {
	db      *DB
	into    string // table and columns
	columns int
	tail    string // for example ON CONFLICT ...
	args    []any
}

// Rows of one statement. The sizes are few so that statements stay prepared.
const (
	chunkLarge = 64
	chunkSmall = 8
)

func (s *DB) newInsert(into string, columns int, tail string) *insert {
	return &insert{db: s, into: into, columns: columns, tail: tail}
}

func (i *insert) add(row ...any) { i.args = append(i.args, row...) }

// run writes the rows that were added, in their order.
func (i *insert) run(ctx context.Context, tx *sql.Tx) error {
	for args := i.args; len(args) > 0; {
		rows := 1
		switch left := len(args) / i.columns; {
		case left >= chunkLarge:
			rows = chunkLarge
		case left >= chunkSmall:
			rows = chunkSmall
		}
		n := rows * i.columns
		if err := i.db.exec(ctx, tx, i.text(rows), args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	i.args = i.args[:0]
	return nil
}

// texts returns every statement that run may use.
func (i *insert) texts() []string {
	return []string{i.text(1), i.text(chunkSmall), i.text(chunkLarge)}
}

func (i *insert) text(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + i.into + " VALUES ")
	for n := range rows * i.columns {
		switch {
		case n%i.columns != 0:
			b.WriteString(", ")
		case n > 0:
			b.WriteString("), (")
		default:
			b.WriteString("(")
		}
		b.WriteString(i.db.dialect.mark(n + 1))
	}
	return b.String() + ") " + i.tail
}

// mark returns the placeholder of parameter n in a long statement.
func (d dialect) mark(n int) string {
	if d == sqlite {
		return "?"
	}
	return "$" + strconv.Itoa(n)
}

// prepare keeps the statements that the writer runs most at hand. The driver
// of PostgreSQL does so by itself.
func (s *DB) prepare(ctx context.Context, texts ...string) error {
	if s.dialect != sqlite {
		return nil
	}
	for _, text := range texts {
		stmt, err := s.write.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		s.prepared[text] = stmt
	}
	return nil
}

// exec runs text on the writer's connection, by a prepared statement where
// there is one.
func (s *DB) exec(ctx context.Context, tx *sql.Tx, text string, args ...any) error {
	if stmt := s.prepared[text]; stmt != nil {
		_, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, args...)
		return err
	}
	_, err := tx.ExecContext(ctx, text, args...)
	return err
}
