// Package zeek reads the logs of the network monitor Zeek: who spoke with whom
// and what equipment said of itself, written down by somebody else's sensor.
//
// Both forms are read: lines of tab-separated values with their headings, and
// one JSON object a line.
package zeek

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits of a log.
const (
	maxLine   = 1 << 20
	maxFields = 512
)

// A Record is one line of a log. It is valid until the next one is read.
type Record struct {
	Path string // which log: "conn", "dhcp"; empty where the log does not tell
	Line int

	index  map[string]int
	cells  []string
	object map[string]any
	form   *form
}

// form is how a log of tab-separated values is written.
type form struct {
	separator, set, empty, unset string
}

// Text returns a field, or nothing where it is unset or absent.
func (r *Record) Text(field string) string {
	if r.object != nil {
		switch v := r.object[field].(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		case bool:
			return strconv.FormatBool(v)
		}
		return ""
	}
	i, ok := r.index[field]
	if !ok || i >= len(r.cells) || r.cells[i] == r.form.unset || r.cells[i] == r.form.empty {
		return ""
	}
	return unescape(r.cells[i])
}

// Has reports whether the log has the field at all.
func (r *Record) Has(field string) bool {
	if r.object != nil {
		_, ok := r.object[field]
		return ok
	}
	_, ok := r.index[field]
	return ok
}

// List returns a field that is a set or a vector.
func (r *Record) List(field string) []string {
	if r.object != nil {
		list, _ := r.object[field].([]any)
		var out []string
		for _, v := range list[:min(len(list), maxFields)] {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	if s := r.Text(field); s != "" {
		return strings.SplitN(s, r.form.set, maxFields)
	}
	return nil
}

// Number returns a count, or 0.
func (r *Record) Number(field string) uint64 {
	n, _ := strconv.ParseUint(r.Text(field), 10, 64)
	return n
}

// Time returns a moment: seconds since 1970 or, in JSON by choice, ISO 8601.
func (r *Record) Time(field string) (time.Time, bool) {
	s := r.Text(field)
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && seconds >= 0 && seconds < 1<<33 {
		whole, part := math.Modf(seconds)
		return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), true
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil
}

// Seconds returns a length of time.
func (r *Record) Seconds(field string) time.Duration {
	s, err := strconv.ParseFloat(r.Text(field), 64)
	if err != nil || s < 0 || s > 1<<33 {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}

// Read gives each record to each. A line that cannot be read goes to bad, with
// what is wrong with it, and the next is read; each may end the reading with
// an error of its own.
func Read(in io.Reader, each func(*Record) error, bad func(line int, text string)) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	f := form{"\t", ",", "(empty)", "-"}
	r := Record{form: &f}
	for {
		b, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		r.Line++
		switch {
		case errors.Is(err, errLong):
			bad(r.Line, fmt.Sprintf("the line is longer than %d bytes", maxLine))
		case err != nil:
			return fmt.Errorf("line %d: %w", r.Line, err)
		case len(bytes.TrimSpace(b)) == 0:
		case b[0] == '#':
			r.heading(string(b))
		case b[0] == '{':
			if text := r.parseObject(b); text != "" {
				bad(r.Line, text)
			} else if err := each(&r); err != nil {
				return err
			}
		case r.index == nil:
			bad(r.Line, "this is neither a Zeek log with its headings nor a JSON object")
			if r.Line == 1 {
				return fmt.Errorf("line 1: this is no Zeek log: it begins with neither #separator nor {")
			}
		default:
			r.object = nil
			r.cells = strings.SplitN(string(b), f.separator, maxFields)
			if len(r.cells) != len(r.index) {
				bad(r.Line, fmt.Sprintf("%d values under %d headings", len(r.cells), len(r.index)))
			} else if err := each(&r); err != nil {
				return err
			}
		}
	}
}

var errLong = errors.New("line too long")

// readLine returns a line without its end. What is too long is passed over.
func readLine(in *bufio.Reader) ([]byte, error) {
	var out []byte
	long := false
	for {
		piece, err := in.ReadSlice('\n')
		if len(out)+len(piece) > maxLine {
			long, out = true, nil
		} else if !long {
			out = append(out, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && (len(out) > 0 || long):
		case err != nil:
			return nil, err
		}
		if long {
			return nil, errLong
		}
		return bytes.TrimRight(out, "\r\n"), nil
	}
}

// heading reads a line that begins with #.
func (r *Record) heading(line string) {
	if rest, ok := strings.CutPrefix(line, "#separator "); ok {
		if s := unescape(strings.TrimSpace(rest)); s != "" {
			r.form.separator = s
		}
		return
	}
	word, rest, _ := strings.Cut(line, r.form.separator)
	switch word {
	case "#set_separator":
		r.form.set = unescape(rest)
		if r.form.set == "" {
			r.form.set = ","
		}
	case "#empty_field":
		r.form.empty = rest
	case "#unset_field":
		r.form.unset = rest
	case "#path":
		r.Path = rest
	case "#fields":
		r.index = map[string]int{}
		for i, name := range strings.SplitN(rest, r.form.separator, maxFields) {
			r.index[name] = i
		}
	}
}

func (r *Record) parseObject(b []byte) string {
	r.object = nil
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return "this is no JSON object: " + err.Error()
	}
	r.object = object
	if path, ok := object["_path"].(string); ok {
		r.Path = path
	}
	return ""
}

// unescape turns \x2c into the byte that it stands for.
func unescape(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			if n, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
