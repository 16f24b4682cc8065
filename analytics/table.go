package analytics

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// tableRows is how many rows of a table are written at once.
const tableRows = 1000

// WriteTable writes rows in a format, ndjson or parquet. An empty text is no
// value; columns named in numeric are numbers.
func WriteTable(w io.Writer, format string, columns []string, numeric map[string]bool, rows [][]string) error {
	if format == "parquet" {
		return writeParquet(w, columns, numeric, rows)
	}
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	for _, row := range rows {
		line := map[string]any{}
		for i, name := range columns {
			if v := row[i]; v != "" && numeric[name] {
				line[name] = json.Number(v)
			} else if v != "" {
				line[name] = v
			}
		}
		if err := e.Encode(line); err != nil {
			return fmt.Errorf("writing a row: %w", err)
		}
	}
	return out.Flush()
}

func writeParquet(w io.Writer, columns []string, numeric map[string]bool, rows [][]string) error {
	group := parquet.Group{}
	for _, name := range columns {
		node := parquet.String()
		if numeric[name] {
			node = parquet.Leaf(parquet.DoubleType)
		}
		group[name] = parquet.Optional(node)
	}
	out := parquet.NewWriter(w, parquet.NewSchema("release", group), parquet.Compression(&parquet.Zstd))
	order := make([]int, len(columns)) // a group has its columns by name
	sorted := slices.Sorted(slices.Values(columns))
	for i, name := range sorted {
		order[i] = slices.Index(columns, name)
	}
	for chunk := range slices.Chunk(rows, tableRows) {
		some := make([]parquet.Row, len(chunk))
		for n, row := range chunk {
			for at, from := range order {
				v, err := parquetValue(row[from], numeric[sorted[at]])
				if err != nil {
					return fmt.Errorf("writing the column %s: %w", sorted[at], err)
				}
				level := 1
				if v.IsNull() {
					level = 0
				}
				some[n] = append(some[n], v.Level(0, level, at))
			}
		}
		if _, err := out.WriteRows(some); err != nil {
			return err
		}
	}
	return out.Close()
}

func parquetValue(text string, number bool) (parquet.Value, error) {
	switch {
	case text == "":
		return parquet.NullValue(), nil
	case number:
		f, err := strconv.ParseFloat(text, 64)
		return parquet.DoubleValue(f), err
	}
	return parquet.ByteArrayValue([]byte(text)), nil
}
