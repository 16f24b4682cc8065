package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// An insert gathers rows for one table and writes many with one statement:
// what a statement costs by itself is more than what one row costs. It is the
// one place where the two engines get different text, since SQLite looks every
// numbered parameter up by name.
type insert struct {
	db      *DB
	columns int
	texts   map[int]string // by rows
	args    []any
}

// The numbers of rows that one statement may hold, largest first. They are few
// so that statements stay prepared, and any number of rows needs few of them.
func insertSizes() []int { return []int{64, 32, 24, 16, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1} }

// newInsert prepares to write into, a table with its columns; tail may hold ON
// CONFLICT.
func (s *DB) newInsert(into string, columns int, tail string) *insert {
	i := &insert{db: s, columns: columns, texts: make(map[int]string)}
	for _, rows := range insertSizes() {
		i.texts[rows] = s.dialect.insertText(into, columns, rows, tail)
	}
	return i
}

func (i *insert) add(row ...any) { i.args = append(i.args, row...) }

// run writes the rows that were added, in their order.
func (i *insert) run(ctx context.Context, tx *sql.Tx) error {
	args := i.args
	i.args = i.args[:0]
	for _, rows := range insertSizes() {
		size := rows * i.columns
		exec := i.db.exec
		if len(args) >= size {
			i.db.want(i.texts[rows])
		}
		if len(args) >= 2*size && i.db.prepared[i.texts[rows]] == nil {
			stmt, err := tx.PrepareContext(ctx, i.texts[rows]) // reading so long a text costs as much as running it
			if err != nil {
				return err
			}
			defer stmt.Close()
			exec = func(ctx context.Context, _ *sql.Tx, _ string, args ...any) error {
				_, err := stmt.ExecContext(ctx, args...)
				return err
			}
		}
		for ; len(args) >= size; args = args[size:] {
			if err := exec(ctx, tx, i.texts[rows], args[:size]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare keeps the statements of i at hand.
func (i *insert) prepare(ctx context.Context) error {
	return i.db.prepare(ctx, slices.Collect(maps.Values(i.texts))...)
}

// prepareFew keeps the statements of up to most rows at hand, where larger
// numbers are rare.
func (i *insert) prepareFew(ctx context.Context, most int) error {
	var few []string
	for rows, text := range i.texts {
		if rows <= most {
			few = append(few, text)
		}
	}
	return i.db.prepare(ctx, few...)
}

func (d dialect) insertText(into string, columns, rows int, tail string) string {
	var b strings.Builder
	b.WriteString("INSERT ")
	if d == sqlite {
		// What fails has its transaction undone, or its savepoint: SQLite need not
		// remember the pages of one statement for that.
		b.WriteString("OR FAIL ")
	}
	b.WriteString("INTO " + into + " VALUES ")
	for n := range rows * columns {
		switch {
		case n%columns != 0:
			b.WriteString(", ")
		case n > 0:
			b.WriteString("), (")
		default:
			b.WriteString("(")
		}
		b.WriteString(d.mark(n + 1))
	}
	return b.String() + ") " + tail
}

// mark returns the placeholder of parameter n in a long statement.
func (d dialect) mark(n int) string {
	if d == sqlite {
		return "?"
	}
	return "$" + strconv.Itoa(n)
}

// want has text prepared once the transaction that runs now is over: how many
// rows come together shows only under load, and reading a text of many rows
// costs as much as writing them.
func (s *DB) want(text string) {
	if s.writer != nil && s.dialect == sqlite && s.prepared[text] == nil {
		s.writer.wanted = append(s.writer.wanted, text)
	}
}
