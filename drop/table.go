package drop

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"bedrail/exchange"
	"bedrail/format/hl7"
)

// mostLine bounds one line of a table.
const mostLine = 1 << 20

// A table reads rows as they stand, and looks whether they are what was
// declared. A row may go over several lines where a field is quoted.
type table struct {
	settings CSVSettings
	r        *bufio.Reader
	header   []byte
	row      int // the last one read; the header is 1, as spreadsheets count
}

func newTable(r io.Reader, s CSVSettings) (*table, error) {
	t := &table{settings: s, r: bufio.NewReaderSize(r, 64<<10)}
	line, err := t.line()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	t.header, t.row = bytes.TrimPrefix(line, []byte("\ufeff")), 1
	names, err := t.fields(t.header)
	if err != nil {
		return nil, errors.New("the header cannot be read")
	}
	if !slices.Equal(names, s.Header) {
		return nil, fmt.Errorf("the header is not the one that was declared: it has %d columns, declared are %d%s", len(names), len(s.Header), firstOther(names, s.Header))
	}
	return t, nil
}

// firstOther names the first column that differs. Names of columns are not a
// patient's; a file without a header would show its first row, so only the
// number is told.
func firstOther(have, want []string) string {
	for i := range min(len(have), len(want)) {
		if have[i] != want[i] {
			return fmt.Sprintf(", and column %d is not %q", i+1, want[i])
		}
	}
	return ""
}

// line reads one row with its end: lines until no quote is open.
func (t *table) line() ([]byte, error) {
	var out []byte
	for {
		part, err := t.r.ReadSlice('\n')
		if out = append(out, part...); len(out) > mostLine {
			return nil, fmt.Errorf("row %d is longer than %d bytes", t.row+1, mostLine)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return out, err
		case bytes.Count(out, []byte{'"'})%2 == 0:
			return out, nil
		}
	}
}

// next returns the next row that is not empty, and io.EOF behind the last.
func (t *table) next() (row, error) {
	for {
		raw, err := t.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return row{}, err
		}
		if len(raw) > 0 {
			t.row++
		}
		if line := bytes.TrimRight(raw, "\r\n"); len(line) > 0 {
			return row{t.row, line, t.check(line)}, nil
		}
		if err != nil {
			return row{}, io.EOF
		}
	}
}

// check says what is wrong with a row.
func (t *table) check(line []byte) []exchange.Issue {
	found := func(code, location, text string) []exchange.Issue {
		return []exchange.Issue{{Severity: hl7.ErrorLevel, Code: code, Rule: "csv-" + code, Location: location, Text: text}}
	}
	at := fmt.Sprintf("row %d", t.row)
	values, err := t.fields(line)
	switch {
	case err != nil:
		return found("structure", at, "the row cannot be read as its columns or its character set")
	case len(values) != len(t.settings.Header):
		return found("structure", at, fmt.Sprintf("the row has %d columns, the header %d", len(values), len(t.settings.Header)))
	}
	var out []exchange.Issue
	for i, name := range t.settings.Header {
		if slices.Contains(t.settings.Numbers, name) && !t.number(values[i]) {
			out = append(out, found("value", at+" "+name, fmt.Sprintf("column %s is no number with the decimal mark %q", name, t.settings.Decimal))...)
		}
	}
	return out
}

// number reports whether v is empty or a number as declared: a mark of the
// other kind is not read as one of thousands.
func (t *table) number(v string) bool {
	if v = strings.TrimSpace(v); v == "" {
		return true
	}
	if t.settings.Decimal == "," {
		if strings.ContainsRune(v, '.') {
			return false
		}
		v = strings.Replace(v, ",", ".", 1)
	}
	_, err := strconv.ParseFloat(v, 64)
	return err == nil && !strings.ContainsAny(v, "xXpPiInN_")
}

func (t *table) fields(line []byte) ([]string, error) {
	text, err := t.decode(line)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = rune(t.settings.Delimiter[0])
	return r.Read()
}

func (t *table) decode(line []byte) (string, error) {
	switch t.settings.Charset {
	case "iso-8859-1":
		b, err := charmap.ISO8859_1.NewDecoder().Bytes(line)
		return string(b), err
	case "windows-1252":
		b, err := charmap.Windows1252.NewDecoder().Bytes(line)
		return string(b), err
	}
	if !utf8.Valid(line) {
		return "", errors.New("bytes outside of UTF-8")
	}
	return string(line), nil
}
