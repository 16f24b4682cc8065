package patch

import (
	"fmt"
	"io"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/table"
)

// A Maintenance is what the maintenance system plans for one device.
type Maintenance struct {
	AssetTag     string    `json:"assetTag,omitempty"`
	SerialNumber string    `json:"serialNumber,omitempty"`
	Due          time.Time `json:"due,omitzero"`
	EveryDays    int       `json:"everyDays,omitempty"`
	Loaner       bool      `json:"loaner,omitempty"` // stands in stock, to be lent
	Class        string    `json:"class,omitempty"`  // of a loaner that is not known on the network
}

// ID names the line of a device.
func (m Maintenance) ID() string {
	if m.AssetTag != "" {
		return bedrail.HashID("pm", "tag", strings.ToLower(m.AssetTag))
	}
	return bedrail.HashID("pm", "serial", strings.ToLower(m.SerialNumber))
}

// NextDue is the first day on or after now on which maintenance is due.
func (m Maintenance) NextDue(now time.Time) time.Time {
	due := m.Due
	if due.IsZero() || m.EveryDays <= 0 || !due.Before(now) {
		return due
	}
	every := time.Duration(m.EveryDays) * 24 * time.Hour
	late := now.Sub(due)
	return now.Add(every - late%every)
}

// A Schedule is what a list of maintenance held.
type Schedule struct {
	Rows     []Maintenance `json:"rows"`
	Problems []string      `json:"problems"`
}

// maxScheduleProblems bounds how many problems of one list are kept.
const maxScheduleProblems = 100

// ReadSchedule reads the list of preventive maintenance that a maintenance
// system exports, CSV or XLSX: asset tag or serial number, next due day,
// interval, and whether the device is a loaner.
func ReadSchedule(name string, r io.Reader) (Schedule, error) {
	s := scheduleReader{columns: nil, out: Schedule{Rows: []Maintenance{}, Problems: []string{}}}
	err := table.Read(r, table.Limits{Bytes: 64 << 20, Rows: 200_000, Columns: 128}, s.row, func(line int, text string) { s.problem(line, text) })
	if err != nil && len(s.out.Rows) == 0 {
		return s.out, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	if err != nil {
		s.problem(0, err.Error()+"; what came before was used")
	}
	if s.columns == nil {
		return s.out, bedrail.Errorf(bedrail.Invalid, "%s: no line of headings was found: name a column for the asset tag or serial number, and one for the next due day or the loaner stock", name)
	}
	return s.out, nil
}

type scheduleReader struct {
	columns map[string]int
	out     Schedule
}

func (s *scheduleReader) problem(line int, text string) {
	if len(s.out.Problems) < maxScheduleProblems {
		s.out.Problems = append(s.out.Problems, fmt.Sprintf("line %d: %s", line, text))
	}
}

func (s *scheduleReader) row(r table.Row) error {
	if s.columns == nil {
		s.headings(r.Cells)
		return nil
	}
	cell := func(name string) string {
		if i, ok := s.columns[name]; ok && i < len(r.Cells) {
			return strings.TrimSpace(r.Cells[i])
		}
		return ""
	}
	m := Maintenance{AssetTag: cell("tag"), SerialNumber: cell("serial"), Class: cell("class"), Loaner: yes(cell("loaner"))}
	if m.AssetTag == "" && m.SerialNumber == "" {
		s.problem(r.Line, "the row names no device: asset tag and serial number are empty")
		return nil
	}
	if text := cell("due"); text != "" {
		due, ok := dayIn(text)
		if !ok {
			s.problem(r.Line, fmt.Sprintf("%.40q is no day; write it as 2027-03-31", text))
		}
		m.Due = due
	}
	m.EveryDays = daysIn(cell("every"))
	if m.Due.IsZero() && !m.Loaner {
		return nil // nothing is planned
	}
	s.out.Rows = append(s.out.Rows, m)
	return nil
}

func (s *scheduleReader) headings(cells []string) {
	columns := map[string]int{}
	for i, h := range cells {
		name := ""
		switch plainWord(h) {
		case "assettag", "assetnumber", "assetid", "asset", "tag", "equipmentid", "controlnumber", "inventorynumber", "inventarnummer":
			name = "tag"
		case "serialnumber", "serial", "serialno", "sn", "seriennummer":
			name = "serial"
		case "nextpm", "nextpmdate", "pmdue", "pmduedate", "nextdue", "nextduedate", "due", "duedate", "nextmaintenance", "nextservice", "nextinspection", "nächstewartung":
			name = "due"
		case "interval", "pminterval", "frequency", "pmfrequency", "everydays", "intervaldays":
			name = "every"
		case "loaner", "loan", "loanerstock", "loanerpool", "isloaner":
			name = "loaner"
		case "class", "type", "devicetype", "equipmenttype", "category", "description":
			name = "class"
		}
		if _, taken := columns[name]; name != "" && !taken {
			columns[name] = i
		}
	}
	_, tag := columns["tag"]
	_, serial := columns["serial"]
	_, due := columns["due"]
	_, loaner := columns["loaner"]
	if (tag || serial) && (due || loaner) {
		s.columns = columns
	}
}

func plainWord(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127 {
			return r
		}
		return -1
	}, strings.ToLower(text))
}

func yes(text string) bool {
	switch strings.ToLower(text) {
	case "yes", "y", "true", "1", "x", "loaner", "ja", "oui", "sí":
		return true
	}
	return false
}

// dayIn reads a day. A day that could be read in two ways is refused.
func dayIn(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "2006/01/02", "20060102", "2006-01-02 15:04:05", time.RFC3339, "2.1.2006", "2 Jan 2006", "02-Jan-2006", "January 2, 2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	us, err1 := time.Parse("1/2/2006", text)
	eu, err2 := time.Parse("2/1/2006", text)
	switch {
	case err1 == nil && (err2 != nil || us.Equal(eu)):
		return us, true
	case err2 == nil && err1 != nil:
		return eu, true
	}
	return time.Time{}, false
}

// daysIn reads an interval: a number of days, or a word.
func daysIn(text string) int {
	text = strings.ToLower(text)
	switch {
	case strings.Contains(text, "semi"):
		return 182
	case strings.Contains(text, "annual"), strings.Contains(text, "year"):
		return 365
	case strings.Contains(text, "quarter"):
		return 91
	case strings.Contains(text, "month") && !strings.ContainsAny(text, "0123456789"):
		return 30
	}
	var n int
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil || n < 0 || n > 4000 {
		return 0
	}
	switch {
	case strings.Contains(text, "month"):
		return n * 30
	case strings.Contains(text, "week"):
		return n * 7
	}
	return n
}
