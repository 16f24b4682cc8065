// Package epss reads the daily list that estimates how likely each
// vulnerability is to be used in an attack within a month.
package epss

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// A List is the scores of one day.
type List struct {
	Model  string
	Date   time.Time
	Scores map[string]float32 // by CVE
}

// maxRows bounds a list; the published one has some 300,000.
const maxRows = 2_000_000

// Read reads the CSV form, unpacked.
func Read(src io.Reader) (List, error) {
	list := List{Scores: map[string]float32{}}
	lines := bufio.NewScanner(src)
	lines.Buffer(make([]byte, 4096), 64<<10)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if comment, ok := strings.CutPrefix(line, "#"); ok {
			list.header(comment)
			continue
		}
		fields := strings.Split(line, ",")
		if len(fields) < 2 || strings.EqualFold(fields[0], "cve") {
			continue
		}
		score, err := strconv.ParseFloat(fields[1], 32)
		if err != nil || score < 0 || score > 1 {
			return list, fmt.Errorf("line %d: %q is not a probability", n, fields[1])
		}
		if len(list.Scores) == maxRows {
			return list, fmt.Errorf("line %d: more than %d rows", n, maxRows)
		}
		list.Scores[strings.Clone(fields[0])] = float32(score)
	}
	return list, lines.Err()
}

func (l *List) header(comment string) {
	for pair := range strings.SplitSeq(comment, ",") {
		key, value, _ := strings.Cut(pair, ":")
		switch key {
		case "model_version":
			l.Model = value
		case "score_date":
			for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02"} {
				if t, err := time.Parse(layout, value); err == nil {
					l.Date = t.UTC()
				}
			}
		}
	}
}
