// Package table reads the lists that hospitals keep in spreadsheets: CSV in
// whatever shape an export program left it, and XLSX, row by row and within
// limits that no file can talk it out of.
package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits bound what one file may cost. A zero field takes its default.
type Limits struct {
	Bytes    int64 // of the file as given; 256 MiB
	Inflated int64 // of any one part inside an XLSX; 512 MiB
	Strings  int64 // bytes of an XLSX's shared strings; 64 MiB
	Rows     int   // 1,000,000
	Columns  int   // cells kept of a row; 512
	Cell     int   // bytes kept of a cell; 32 KiB
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = 256 << 20
	}
	if l.Inflated == 0 {
		l.Inflated = 512 << 20
	}
	if l.Strings == 0 {
		l.Strings = 64 << 20
	}
	if l.Rows == 0 {
		l.Rows = 1_000_000
	}
	if l.Columns == 0 {
		l.Columns = 512
	}
	if l.Cell == 0 {
		l.Cell = 32 << 10
	}
	return l
}

// A Row is one line of a table. Its cells are trimmed of blanks at both ends.
type Row struct {
	Line  int // 1 is the first line of the file or sheet
	Cells []string
}

// ErrTooLarge is in the chain of the error when a file exceeds its Limits.
var ErrTooLarge = errors.New("too large")

// Read calls each for every row of r that has a cell that is not empty, and
// bad for every row that cannot be read; reading goes on after a bad row. The
// kind of file is told by its first bytes, not by its name. An error of each
// ends the reading and is returned as it is. The Cells of a Row may be kept.
func Read(r io.Reader, lim Limits, each func(Row) error, bad func(line int, text string)) error {
	lim = lim.orDefault()
	in := bufio.NewReaderSize(&capped{r: r, left: lim.Bytes, limit: lim.Bytes}, 64<<10)
	head, err := in.Peek(8)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case len(head) == 0:
		return errors.New("the file is empty")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return readXLSX(in, lim, each, bad)
	case bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return errors.New("this is an old binary or an encrypted workbook; save it as XLSX without a password, or as CSV")
	}
	return readCSV(in, lim, each, bad)
}

// A capped reader fails, rather than ends, once limit bytes have been read.
type capped struct {
	r           io.Reader
	left, limit int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		if n, err := c.r.Read(one[:]); n == 0 {
			if err == nil {
				return 0, nil
			}
			return 0, err
		}
		return 0, fmt.Errorf("more than %d MiB: %w", c.limit>>20, ErrTooLarge)
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	return n, err
}

func empty(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}
