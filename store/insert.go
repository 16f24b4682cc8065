package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// An insert gathers rows for one table and writes them many at a time: what a
// statement costs by itself is more than what one row costs.
type insert struct {
	into    string // table and columns
	columns int
	tail    string // for example ON CONFLICT ...
	args    []any
}

// insertChunk is how many rows one statement holds at most. PostgreSQL takes
// 65,535 parameters, SQLite 32,766.
const insertChunk = 100

func newInsert(into string, columns int) *insert {
	return &insert{into: into, columns: columns}
}

func (i *insert) add(row ...any) { i.args = append(i.args, row...) }

func (i *insert) run(ctx context.Context, tx *sql.Tx) error {
	for args := i.args; len(args) > 0; {
		n := min(len(args), insertChunk*i.columns)
		if _, err := tx.ExecContext(ctx, i.text(n), args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

func (i *insert) text(params int) string {
	var b strings.Builder
	b.Grow(len(i.into) + len(i.tail) + 6*params + 32)
	b.WriteString("INSERT INTO ")
	b.WriteString(i.into)
	b.WriteString(" VALUES ")
	for p := range params {
		switch {
		case p%i.columns != 0:
			b.WriteString(", ")
		case p > 0:
			b.WriteString("), (")
		default:
			b.WriteString("(")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(p + 1))
	}
	b.WriteString(") ")
	b.WriteString(i.tail)
	return b.String()
}
