// Program schemadump writes a SQLite store as SQL text, packed: the schema and
// the rows that a release left, from which a test shows that each later
// program brings them up to date.
//
// When a release is cut, a store with made-up rows in every table (that of a
// demonstration, stopped) is kept:
//
//	go run ./internal/tools/schemadump bedrail.db > store/testdata/released/1.0.0.sql.gz
package main

import (
	"bufio"
	"compress/gzip"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: schemadump STORE > FILE.sql.gz")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemadump:", err)
		os.Exit(1)
	}
}

func run(path string, w io.Writer) error {
	if _, err := os.Stat(path); err != nil { // SQLite would make one
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	z := gzip.NewWriter(w)
	b := bufio.NewWriter(z)
	return errors.Join(dump(db, b), b.Flush(), z.Close())
}

// dump writes tables with their rows first and indexes after them.
func dump(db *sql.DB, w io.Writer) error {
	rows, err := db.Query(`SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY type <> 'table', name`)
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprintln(w, "BEGIN;")
	for rows.Next() {
		var kind, name, text string
		if err := rows.Scan(&kind, &name, &text); err != nil {
			return err
		}
		if inner(text, name) {
			continue
		}
		fmt.Fprintf(w, "%s;\n", text)
		if kind == "table" && !strings.HasPrefix(text, "CREATE VIRTUAL") {
			if err := dumpRows(db, w, name); err != nil {
				return err
			}
		}
	}
	fmt.Fprintln(w, "COMMIT;")
	return rows.Err()
}

// inner reports whether a table is the inside of a full-text index, which
// makes it by itself.
func inner(text, name string) bool {
	return strings.HasPrefix(text, "CREATE TABLE '") && strings.Contains(name, "_")
}

func dumpRows(db *sql.DB, w io.Writer, table string) error {
	rows, err := db.Query(`SELECT * FROM "` + table + `"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = literal(v)
		}
		fmt.Fprintf(w, "INSERT INTO \"%s\" VALUES (%s);\n", table, strings.Join(texts, ", "))
	}
	return rows.Err()
}

// literal writes a value as SQL.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case []byte:
		return "x'" + hex.EncodeToString(v) + "'"
	case time.Time: // what the driver makes of a DATETIME column
		return "'" + v.UTC().Format(time.DateTime) + "'"
	case string:
		if strings.ContainsRune(v, 0) { // which SQL text cannot hold
			return "CAST(x'" + hex.EncodeToString([]byte(v)) + "' AS TEXT)"
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return fmt.Sprint(v)
}
