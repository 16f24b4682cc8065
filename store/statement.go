package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// A statement is prepared on SQLite's connection of the writer and runs there
// past database/sql, which for each run takes locks, copies the arguments again
// and for a query starts a goroutine that waits for the end of the transaction:
// a tenth of what the writer does for a small message. Only the writer runs it,
// within its transaction, so nobody else is at the connection.
type statement struct {
	driver.Stmt
	args []driver.NamedValue
	row  []driver.Value
}

// prepare keeps the statements that the writer runs most at hand. The driver
// of PostgreSQL does so by itself. It is not for within a transaction.
func (s *DB) prepare(ctx context.Context, texts ...string) error {
	if s.dialect != sqlite {
		return nil
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	return errors.Join(conn.Raw(func(c any) error {
		for _, text := range texts {
			if s.prepared[text] != nil {
				continue
			}
			stmt, err := c.(driver.ConnPrepareContext).PrepareContext(ctx, text)
			if err != nil {
				return err
			}
			s.prepared[text] = &statement{Stmt: stmt}
		}
		return nil
	}), conn.Close())
}

// closeStatements is for before the connection is closed, which would
// otherwise stay open behind them.
func (s *DB) closeStatements() (err error) {
	for _, p := range s.prepared {
		err = errors.Join(err, p.Close())
	}
	clear(s.prepared)
	return err
}

// bind makes of args what the driver takes, as database/sql does.
func (p *statement) bind(args []any) (err error) {
	p.args = p.args[:0]
	for i, v := range args {
		switch n := v.(type) {
		case int64, string, []byte:
		case int:
			v = int64(n)
		default:
			if v, err = driver.DefaultParameterConverter.ConvertValue(v); err != nil {
				return fmt.Errorf("argument %d of a statement: %w", i+1, err)
			}
		}
		p.args = append(p.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return nil
}

func (p *statement) exec(ctx context.Context, args []any) error {
	defer func() { clear(p.args) }() // they hold bodies
	if err := p.bind(args); err != nil {
		return err
	}
	_, err := p.Stmt.(driver.StmtExecContext).ExecContext(ctx, p.args)
	return err
}

func (p *statement) query(ctx context.Context, args []any) (rows, error) {
	defer func() { clear(p.args) }()
	if err := p.bind(args); err != nil {
		return nil, err
	}
	r, err := p.Stmt.(driver.StmtQueryContext).QueryContext(ctx, p.args)
	if err != nil {
		return nil, err
	}
	if p.row == nil {
		p.row = make([]driver.Value, len(r.Columns()))
	}
	return &statementRows{rows: r, row: p.row}, nil
}

// rows is what *sql.Rows gives.
type rows interface {
	Next() bool
	Scan(to ...any) error
	Err() error
	Close() error
}

// statementRows are the rows of a statement.
type statementRows struct {
	rows   driver.Rows
	row    []driver.Value
	err    error
	closed bool
}

func (r *statementRows) Next() bool {
	if r.err == nil && !r.closed {
		r.err = r.rows.Next(r.row)
	}
	return r.err == nil && !r.closed
}

func (r *statementRows) Scan(to ...any) error {
	for i, v := range r.row {
		ok := false
		switch to := to[i].(type) {
		case *string:
			*to, ok = v.(string)
		case *int64:
			*to, ok = v.(int64)
		case *[]byte:
			*to, ok = v.([]byte)
		}
		if !ok {
			return fmt.Errorf("column %d of a statement is %T, not %T", i+1, v, to[i])
		}
	}
	return nil
}

func (r *statementRows) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

func (r *statementRows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return r.rows.Close()
}

// exec runs text on the writer's connection, by a prepared statement where
// there is one.
func (s *DB) exec(ctx context.Context, tx *sql.Tx, text string, args ...any) error {
	if p := s.prepared[text]; p != nil {
		return p.exec(ctx, args)
	}
	_, err := tx.ExecContext(ctx, text, args...)
	return err
}

// query is exec for a statement that answers with rows.
func (s *DB) query(ctx context.Context, tx *sql.Tx, text string, args ...any) (rows, error) {
	if p := s.prepared[text]; p != nil {
		return p.query(ctx, args)
	}
	r, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return r, r.Err()
}

// queryRow puts the one row that text answers with into to.
func (s *DB) queryRow(ctx context.Context, tx *sql.Tx, text string, args []any, to ...any) error {
	r, err := s.query(ctx, tx, text, args...)
	if err != nil {
		return err
	}
	defer r.Close()
	if !r.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return errors.Join(r.Scan(to...), r.Close())
}
