package store

import (
	"database/sql"
	"errors"
	"time"

	"bedrail"
)

// micros writes a time as the store keeps it; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// timeOf reads what micros wrote.
func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// number writes a truth as the store keeps it.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// orNotFound turns the absence of a row into a NotFound error.
func orNotFound(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return bedrail.Errorf(bedrail.NotFound, format, args...)
	}
	return err
}

// changedOne turns a statement that changed no row into an error of kind.
func changedOne(res sql.Result, err error, kind bedrail.Kind, format string, args ...any) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return bedrail.Errorf(kind, format, args...)
	}
	return err
}
