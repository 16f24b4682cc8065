package release

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	"bedrail/format/hl7"
)

// A masker turns values of one release into what may leave.
type masker struct {
	key   []byte
	shift int
}

func (k *masker) sum(parts ...string) []byte {
	h := hmac.New(sha256.New, k.key)
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// pseudonym names a value of a place; the same value at places that hold the
// same kind of number gives the same name.
func (k *masker) pseudonym(kind, value string) string {
	value = strings.ToUpper(strings.TrimSpace(value))
	if value == "" {
		return ""
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(k.sum("pseudonym", kind, value)[:15]))
}

// days is by how many days the times of a patient move: never none.
func (k *masker) days(patient string) int {
	n := int(binary.BigEndian.Uint64(k.sum("shift", patient)) % uint64(2*k.shift))
	if n < k.shift {
		return n - k.shift
	}
	return n - k.shift + 1
}

// A source is one row of a message before anything was taken out.
type source struct {
	m       *hl7.Message
	patient string // whom it is about, normalised; may be empty
	stray   string // names the row where it is about nobody known
	at      time.Time
	near    map[string]int  // which occurrence of a segment belongs to the row
	named   map[string]bool // what in the message says who somebody is
}

// value returns what of the row leaves in a column: of its places the first
// that says something.
func (s *source) value(k *masker, c *Column) string {
	for i := range c.places {
		if c.places[i].of != "" {
			continue
		}
		if v := s.one(k, c.As, c.places[i].hl7); v != "" {
			return v
		}
	}
	return ""
}

func (s *source) one(k *masker, as string, p hl7.Path) string {
	if n, ok := s.near[p.Segment]; ok && p.Occurrence <= 1 {
		p.Occurrence = n
	}
	switch as {
	case Pseudonym:
		return k.pseudonym(kindOf(p), text(s.m, withComponent(p, 1)))
	case Code:
		if p.Segment == "OBX" && p.Field == 5 && !isCoded(text(s.m, field(p, 2))) {
			return ""
		}
		return text(s.m, withComponent(p, 1))
	case Number:
		return number(text(s.m, field(p, 2)), text(s.m, withComponent(p, 1)), text(s.m, field(p, 5, 2)))
	case Shifted:
		who := s.patient
		if who == "" {
			who = "row " + s.stray
		}
		return shifted(text(s.m, withComponent(p, 1)), k.days(who))
	case Year:
		if p.Segment == "PID" && p.Field == 7 {
			return birthYear(text(s.m, withComponent(p, 1)), s.at)
		}
		return year(text(s.m, withComponent(p, 1)))
	case Age:
		return age(text(s.m, withComponent(p, 1)), s.at)
	case Zip3:
		return zip3(text(s.m, withComponent(p, 5)), text(s.m, field(p, p.Field, 6)))
	}
	return ""
}

func (s *source) who() string { return s.patient }

func (s *source) says(v string) bool { return names(v, s.named) }

// kindOf is what a number is of: a patient's is the same wherever it stands.
func kindOf(p hl7.Path) string {
	if p.Segment == "PID" && (p.Field == 2 || p.Field == 3 || p.Field == 4) {
		return "patient"
	}
	return p.Segment + "-" + strconv.Itoa(p.Field)
}

func text(m *hl7.Message, p hl7.Path) string { return m.At(p).String() }

func withComponent(p hl7.Path, n int) hl7.Path {
	if p.Component == 0 {
		p.Component = n
	}
	return p
}

func field(p hl7.Path, n int, component ...int) hl7.Path {
	p.Field, p.Component, p.Repetition, p.Sub = n, 0, 0, 0
	if len(component) > 0 {
		p.Component = component[0]
	}
	return p
}

func isCoded(valueType string) bool {
	switch valueType {
	case "CE", "CWE", "CNE", "CF", "ID", "IS":
		return true
	}
	return false
}

// number returns a measured value: NM, or the number of SN behind its
// comparison (v2.6 2A.65).
func number(valueType, first, second string) string {
	v := ""
	switch valueType {
	case "NM":
		v = first
	case "SN":
		v = second
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

const dtm = "20060102150405.0000"

// readTime reads what there is of a time, without its zone.
func readTime(v string) (t time.Time, layout string, ok bool) {
	if i := strings.IndexAny(v, "+-"); i > 0 {
		v = v[:i]
	}
	if len(v) < 8 || len(v) > len(dtm) {
		return t, "", false
	}
	layout = dtm[:len(v)]
	t, err := time.Parse(layout, v)
	return t, layout, err == nil
}

func shifted(v string, days int) string {
	t, layout, ok := readTime(v)
	if !ok {
		return "" // a year or a month alone cannot be moved by days
	}
	t = t.AddDate(0, 0, days)
	if len(layout) == 8 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05")
}

// shiftedISO moves a dateTime or instant of FHIR. What is less than a day
// cannot be moved by days.
func shiftedISO(v string, days int) string {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t.AddDate(0, 0, days).Format("2006-01-02T15:04:05")
	}
	if t, err := time.Parse(time.DateOnly, v); err == nil {
		return t.AddDate(0, 0, days).Format(time.DateOnly)
	}
	return ""
}

// year returns the year of a time.
func year(v string) string {
	if len(v) < 4 {
		return ""
	}
	if _, err := strconv.Atoi(v[:4]); err != nil {
		return ""
	}
	return v[:4]
}

// birthYear leaves out the year of a birth that makes somebody 90 or older.
func birthYear(v string, now time.Time) string {
	y, err := strconv.Atoi(year(v))
	if err != nil || now.Year()-y >= 90 {
		return ""
	}
	return v[:4]
}

func age(birth string, now time.Time) string {
	t, _, ok := readTime(birth)
	if !ok {
		return ""
	}
	n := now.Year() - t.Year()
	if now.YearDay() < t.YearDay() {
		n--
	}
	switch {
	case n < 0:
		return ""
	case n >= 90:
		n = 90
	}
	return strconv.Itoa(n)
}

// zip3 gives the first three digits of a postcode of the United States. Where
// fewer than 20,000 people live by the census of 2000, as the guidance of HHS
// on 164.514(b)(2)(i)(B) lists them, it gives 000; other postcodes say too
// much.
func zip3(code, country string) string {
	switch strings.ToUpper(strings.TrimSpace(country)) {
	case "", "US", "USA", "840", "UNITED STATES", "UNITED STATES OF AMERICA":
	default:
		return "" // five digits are a postcode of Germany, France and Spain too
	}
	code, _, _ = strings.Cut(strings.TrimSpace(code), "-")
	if len(code) != 5 {
		return ""
	}
	for _, r := range code {
		if r < '0' || r > '9' {
			return ""
		}
	}
	switch code[:3] {
	case "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890", "893":
		return "000"
	}
	return code[:3]
}
