package table

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A record may run over some lines when a cell holds line breaks. A quote
// that is still open after this much was never meant to be one.
const (
	maxRecordLines = 64
	maxLineBytes   = 1 << 20
)

func readCSV(in *bufio.Reader, lim Limits, each func(Row) error, bad func(int, string)) error {
	lines, err := newLines(in)
	if err != nil {
		return err
	}
	comma := byte(0)
	rows, width := 0, 0
	for {
		text, at, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return fmt.Errorf("line %d: %w", at, err)
		}
		if err != nil {
			bad(at, err.Error())
			continue
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		if comma == 0 {
			if s, ok := strings.CutPrefix(strings.ToLower(text), "sep="); ok && len(s) == 1 {
				comma = s[0]
				continue
			}
			second, _ := lines.peek(1) // a file of one line has none
			comma = sniffComma(text, second)
		}
		by := comma
		if by == 0 { // a title above the headings says nothing of the separator
			by = ','
		}
		cells, ok := splitRecord(text, by, lim)
		for extra := 1; !ok && extra < maxRecordLines; extra++ {
			more, err := lines.peek(extra)
			if err != nil || ownRow(more, len(cells), width, by, lim) {
				break
			}
			text += "\n" + more
			if len(text) > maxLineBytes {
				break
			}
			if cells, ok = splitRecord(text, by, lim); ok {
				lines.drop(extra)
			}
		}
		if !ok {
			bad(at, "a quote is opened and never closed")
			continue
		}
		if empty(cells) {
			continue
		}
		width = max(width, len(cells))
		if rows++; rows > lim.Rows {
			return fmt.Errorf("line %d: more than %d rows: %w", at, lim.Rows, ErrTooLarge)
		}
		if err := each(Row{Line: at, Cells: cells}); err != nil {
			return err
		}
	}
}

// ownRow reports whether a line below a cell that is still open is a row of its
// own: then the quote was never meant to hold line breaks, and to read on would
// lose that row and those after it. It is one when it holds as many cells as
// the rows above. Below an open first cell the end of that cell leaves as many
// behind itself, and a quote in what comes first tells it.
func ownRow(line string, open, width int, comma byte, lim Limits) bool {
	cells, _ := splitRecord(line, comma, lim)
	if width < 2 || len(cells) != width {
		return false
	}
	return open > 0 || !strings.Contains(cells[0], `"`)
}

// sniffComma guesses the separator: the one that the first two lines share
// most often outside quotes, else the one of the first line; 0 when the first
// holds none.
func sniffComma(first, second string) byte {
	best, most := byte(0), 0
	for _, c := range []byte{',', ';', '\t', '|'} {
		n := countOutside(first, c)
		score := n + 1000*min(n, countOutside(second, c))
		if score > most {
			best, most = c, score
		}
	}
	return best
}

func countOutside(line string, comma byte) int {
	n, quoted := 0, false
	for i := range len(line) {
		switch line[i] {
		case '"':
			quoted = !quoted
		case comma:
			if !quoted {
				n++
			}
		}
	}
	return n
}

// splitRecord cuts one record into cells. It reports false, with the cells
// before, when a quote is still open at the end. A quote inside an unquoted cell stands for itself.
func splitRecord(s string, comma byte, lim Limits) ([]string, bool) {
	var cells []string
	add := func(c string) {
		if len(cells) == lim.Columns {
			return
		}
		if c = strings.TrimSpace(c); len(c) > lim.Cell {
			c = strings.ToValidUTF8(c[:lim.Cell], "")
		}
		cells = append(cells, c)
	}
	for {
		lead := 0
		for lead < len(s) && s[lead] == ' ' && comma != ' ' {
			lead++
		}
		if lead == len(s) || s[lead] != '"' {
			end := strings.IndexByte(s, comma)
			if end < 0 {
				add(s)
				return cells, true
			}
			add(s[:end])
			s = s[end+1:]
			continue
		}
		cell, rest, ok := quoted(s[lead+1:])
		if !ok {
			return cells, false
		}
		end := strings.IndexByte(rest, comma)
		if end < 0 {
			add(cell + rest)
			return cells, true
		}
		add(cell + rest[:end])
		s = rest[end+1:]
	}
}

func quoted(s string) (cell, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		if i+1 >= len(s) || s[i+1] != '"' {
			return b.String(), s[i+1:], true
		}
		b.WriteByte('"')
		s = s[i+2:]
	}
}

var errLongLine = fmt.Errorf("the line has more than %d bytes", maxLineBytes)

// lines hands out the physical lines of a text as UTF-8, with look-ahead so
// that an unclosed quote costs one line and not the rest of the file.
type lines struct {
	in     *bufio.Reader
	wide   binary.ByteOrder // set when the text is UTF-16
	number int
	ahead  []string
}

func newLines(in *bufio.Reader) (*lines, error) {
	l := &lines{in: in}
	head, err := in.Peek(3)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, err = in.Discard(3)
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		l.wide = binary.LittleEndian
		_, err = in.Discard(2)
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		l.wide = binary.BigEndian
		_, err = in.Discard(2)
	default:
		err = nil
	}
	return l, err
}

func (l *lines) next() (string, int, error) {
	l.number++
	if len(l.ahead) > 0 {
		text := l.ahead[0]
		l.ahead = l.ahead[1:]
		return text, l.number, nil
	}
	text, err := l.read()
	return text, l.number, err
}

// peek returns the nth line after the current one; 1 is the next.
func (l *lines) peek(n int) (string, error) {
	for len(l.ahead) < n {
		text, err := l.read()
		if err != nil && !errors.Is(err, errLongLine) {
			return "", err
		}
		l.ahead = append(l.ahead, text)
	}
	return l.ahead[n-1], nil
}

func (l *lines) drop(n int) {
	l.ahead = l.ahead[n:]
	l.number += n
}

func (l *lines) read() (string, error) {
	var raw []byte
	var err error
	if l.wide != nil {
		raw, err = l.readWide()
	} else {
		raw, err = l.readBytes()
	}
	if err != nil {
		return "", err
	}
	raw = bytes.TrimRight(raw, "\r\n")
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	return fromLatin(raw), nil
}

func (l *lines) readBytes() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		if len(line) <= maxLineBytes {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (err != io.EOF || len(line) == 0) {
			return nil, err
		}
		if len(line) > maxLineBytes {
			return nil, errLongLine
		}
		return line, nil
	}
}

func (l *lines) readWide() ([]byte, error) {
	var units []uint16
	var two [2]byte
	for {
		if _, err := io.ReadFull(l.in, two[:]); err != nil {
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			if err != io.EOF || len(units) == 0 {
				return nil, err
			}
			break
		}
		u := l.wide.Uint16(two[:])
		if u == '\n' {
			break
		}
		if len(units) <= maxLineBytes {
			units = append(units, u)
		}
	}
	if len(units) > maxLineBytes {
		return nil, errLongLine
	}
	return append([]byte(string(utf16.Decode(units))), '\n'), nil
}

// fromLatin reads bytes that are not UTF-8 as Windows-1252's common part,
// which is what older exports mean.
func fromLatin(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		b.WriteRune(rune(c))
	}
	return b.String()
}
