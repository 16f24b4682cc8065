package fhirpath

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A precision says how much of a date or time is known.
type precision uint8

const (
	year precision = iota + 1
	month
	day
	hour
	minute
	second
	millisecond
)

// A moment is a date, a date with time, or a time of day, as far as it is
// known. What is not known holds the least value.
type moment struct {
	t      time.Time // in its own zone
	prec   precision
	zoned  bool // a zone was written
	digits int  // digits of the fraction of a second as written
}

// parseDate reads YYYY, YYYY-MM, YYYY-MM-DD.
func parseDate(s string) (moment, bool) {
	layout, prec := "", year
	switch len(s) {
	case 4:
		layout = "2006"
	case 7:
		layout, prec = "2006-01", month
	case 10:
		layout, prec = "2006-01-02", day
	default:
		return moment{}, false
	}
	t, err := time.Parse(layout, s)
	return moment{t: t, prec: prec}, err == nil
}

// parseDateTime reads a date, optionally T and a time, optionally a zone.
func parseDateTime(s string) (moment, bool) {
	date, clock, has := strings.Cut(s, "T")
	m, ok := parseDate(date)
	if !ok || !has {
		return m, ok
	}
	if clock == "" {
		return m, true
	}
	if m.prec != day {
		return moment{}, false
	}
	zone := time.UTC
	zoned := false
	if i := strings.IndexAny(clock, "Z+-"); i >= 0 {
		if zone, zoned = parseZone(clock[i:]); !zoned {
			return moment{}, false
		}
		clock = clock[:i]
		if clock == "" {
			return moment{}, false
		}
	}
	c, ok := parseTime(clock)
	if !ok {
		return moment{}, false
	}
	y, mo, d := m.t.Date()
	h, mi, sec := c.t.Clock()
	return moment{time.Date(y, mo, d, h, mi, sec, c.t.Nanosecond(), zone), c.prec, zoned, c.digits}, true
}

func parseZone(s string) (*time.Location, bool) {
	if s == "Z" {
		return time.UTC, true
	}
	if len(s) != 6 || s[3] != ':' {
		return nil, false
	}
	h, err1 := strconv.Atoi(s[1:3])
	m, err2 := strconv.Atoi(s[4:])
	if err1 != nil || err2 != nil || h > 14 || m > 59 {
		return nil, false
	}
	offset := h*3600 + m*60
	if s[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset), true
}

// parseTime reads HH, HH:MM, HH:MM:SS, HH:MM:SS.fff.
func parseTime(s string) (moment, bool) {
	whole, part, point := strings.Cut(s, ".")
	layout := map[int]string{2: "15", 5: "15:04", 8: "15:04:05"}[len(whole)]
	if layout == "" || point && (len(whole) != 8 || part == "" || len(part) > 9 || strings.Trim(part, "0123456789") != "") {
		return moment{}, false
	}
	t, err := time.Parse(layout, whole)
	if err != nil {
		return moment{}, false
	}
	m := moment{t: t, prec: map[int]precision{2: hour, 5: minute, 8: second}[len(whole)], digits: len(part)}
	if point {
		nanos, err := strconv.Atoi((part + "000000000")[:9])
		if err != nil {
			return moment{}, false
		}
		m.t, m.prec = t.Add(time.Duration(nanos)), millisecond
	}
	return m, true
}

func (m moment) dateString() string {
	return m.t.Format(map[precision]string{year: "2006", month: "2006-01"}[min(m.prec, month)] + map[bool]string{true: "-02"}[m.prec >= day])
}

func (m moment) clockString() string {
	s := m.t.Format(map[precision]string{hour: "15", minute: "15:04"}[min(m.prec, minute)] + map[bool]string{true: ":05"}[m.prec >= second])
	if m.prec == millisecond {
		s += "." + fmt.Sprintf("%09d", m.t.Nanosecond())[:max(m.digits, 3)]
	}
	return s
}

// format writes m as its kind is written.
func (m moment) format(k kind) string {
	switch k {
	case kindTime:
		return m.clockString()
	case kindDate:
		return m.dateString()
	}
	s := m.dateString()
	if m.prec >= hour {
		s += "T" + m.clockString()
		if m.zoned {
			s += m.t.Format("Z07:00")
		}
	}
	return s
}

// compare orders a and b as far as both are known; known is false when that
// does not decide it (N1 6.2: the result is empty).
func (m moment) compare(o moment) (order int, known bool) {
	if m.prec >= hour && o.prec >= hour && m.zoned != o.zoned {
		return 0, false // one of them might stand in any zone
	}
	a, b := m.t, o.t
	if m.zoned && o.zoned {
		a, b = a.UTC(), b.UTC()
	}
	for p := year; p <= second; p++ {
		if m.prec < p || o.prec < p {
			return 0, m.prec < p && o.prec < p
		}
		if p == second { // seconds and their fraction are one decimal
			x, y := a.Second()*1e9+a.Nanosecond(), b.Second()*1e9+b.Nanosecond()
			return sign(x - y), true
		}
		if d := part(a, p) - part(b, p); d != 0 {
			return sign(d), true
		}
	}
	return 0, true
}

func sign(i int) int {
	switch {
	case i < 0:
		return -1
	case i > 0:
		return 1
	}
	return 0
}

func part(t time.Time, p precision) int {
	switch p {
	case year:
		return t.Year()
	case month:
		return int(t.Month())
	case day:
		return t.Day()
	case hour:
		return t.Hour()
	case minute:
		return t.Minute()
	}
	return t.Second()
}

// plus adds a duration of calendar unit u. Where m is known less exactly than
// u, whole larger units are added (N1 6.6.1).
func (m moment) plus(amount decimal, u string, k kind) (moment, bool) {
	n := amount.truncate()
	if !n.IsInt64() {
		return m, false
	}
	i := int(n.Int64())
	switch u {
	case "year":
		return m.months(12 * i)
	case "month":
		return m.months(i)
	case "week":
		i, u = i*7, "day"
	}
	nanos := map[string]int64{"day": 86400e9, "hour": 3600e9, "minute": 60e9, "second": 1e9, "millisecond": 1e6}[u]
	if nanos == 0 {
		return m, false
	}
	if u == "second" || u == "millisecond" { // fractions count here
		f := amount.mul(fromInt(nanos)).truncate()
		if !f.IsInt64() {
			return m, false
		}
		return m.shift(f.Int64(), k)
	}
	if i > 1<<31 || i < -1<<31 {
		return m, false
	}
	return m.shift(int64(i)*nanos, k)
}

func (m moment) months(n int) (moment, bool) {
	if n > 120000 || n < -120000 {
		return m, false
	}
	if m.prec == year {
		n = n / 12 * 12
	}
	y, mo, d := m.t.Date()
	first := time.Date(y, mo+time.Month(n), 1, m.t.Hour(), m.t.Minute(), m.t.Second(), m.t.Nanosecond(), m.t.Location())
	last := first.AddDate(0, 1, -1).Day()
	m.t = first.AddDate(0, 0, min(d, last)-1)
	return m.inRange()
}

func (m moment) shift(nanos int64, k kind) (moment, bool) {
	const dayNanos = 86400e9
	switch {
	case k == kindTime:
		whole := (int64(m.t.Hour())*3600+int64(m.t.Minute())*60+int64(m.t.Second()))*1e9 + int64(m.t.Nanosecond()) + nanos
		whole = ((whole % dayNanos) + dayNanos) % dayNanos
		m.t = time.Date(0, 1, 1, 0, 0, 0, int(whole%1e9), time.UTC).Add(time.Duration(whole/1e9) * time.Second)
		return m, true
	case m.prec == year:
		return m.months(int(nanos/dayNanos/365) * 12)
	case m.prec == month:
		return m.months(int(nanos / dayNanos / 30))
	case m.prec == day:
		m.t = m.t.AddDate(0, 0, int(nanos/dayNanos))
	case m.prec == hour:
		m.t = m.t.Add(time.Duration(nanos).Truncate(time.Hour))
	case m.prec == minute:
		m.t = m.t.Add(time.Duration(nanos).Truncate(time.Minute))
	default:
		if m.t = m.t.Add(time.Duration(nanos)); nanos%1e9 != 0 {
			m.prec, m.digits = millisecond, max(m.digits, 3)
		}
	}
	return m.inRange()
}

func (m moment) inRange() (moment, bool) { return m, m.t.Year() >= 1 && m.t.Year() <= 9999 }

// edge returns the first or last moment that m may stand for, at precision p
// (digits as in N1: 4 year, 6 month, 8 day, 10 hour, 12 minute, 14 second, 17
// millisecond; for times 2, 4, 6, 9).
func (m moment) edge(p precision, up bool, k kind) moment {
	out := m
	if up {
		y, mo, d := m.t.Date()
		h, mi, s, ns := m.t.Hour(), m.t.Minute(), m.t.Second(), m.t.Nanosecond()
		if m.prec < month {
			mo = 12
		}
		if m.prec < day {
			d = time.Date(y, mo+1, 0, 0, 0, 0, 0, time.UTC).Day()
		}
		if m.prec < hour {
			h = 23
		}
		if m.prec < minute {
			mi = 59
		}
		if m.prec < second {
			s = 59
		}
		if m.prec < millisecond {
			ns = 999_000_000
		}
		out.t = time.Date(y, mo, d, h, mi, s, ns, m.t.Location())
	}
	if k == kindDateTime && p >= hour && !m.zoned { // the zone that makes it earliest or latest
		offset := 14 * 3600
		if up {
			offset = -12 * 3600
		}
		y, mo, d := out.t.Date()
		h, mi, s := out.t.Clock()
		out.t = time.Date(y, mo, d, h, mi, s, out.t.Nanosecond(), time.FixedZone("", offset))
		out.zoned = true
	}
	out.prec, out.digits = p, 0
	if p == millisecond {
		out.digits = 3
	}
	return out
}
