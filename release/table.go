package release

import (
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
)

// mostRows bounds one release: its risk is measured over all rows at once.
const mostRows = 2_000_000

// A table is a release in the making: rows that say of nobody who it is, and
// beside each, here only, whom it is about.
type table struct {
	d      *Definition
	mask   masker
	perOBX bool
	focus  string // type of resource of which there is a row each
	parts  bool   // a row for each component of an Observation
	quasi  []int
	known  map[string]*resource // what stands around rows, by channel and name

	rows     [][]string
	who      []string // by row, as a keyed hash
	messages int
	recalled int
	unread   int
	stopped  int
}

func newTable(d *Definition, key []byte) *table {
	t := &table{d: d, mask: masker{key: key, shift: d.ShiftDays}, parts: d.parts(), known: map[string]*resource{}}
	t.focus, _ = d.focus() // checked before
	for i, c := range d.Columns {
		t.perOBX = t.perOBX || slices.ContainsFunc(c.places, func(p place) bool { return p.hl7.Segment == "OBX" })
		if slices.Contains(d.Quasi, c.Name) {
			t.quasi = append(t.quasi, i)
		}
	}
	return t
}

// take makes the rows of a message: one for each result where results are
// asked for, else one.
func (t *table) take(from *Material) error {
	m := &from.Message
	if len(t.d.Types) > 0 && !slices.Contains(t.d.Types, m.Type) {
		return nil
	}
	if from.TooLarge {
		t.unread++
		return nil
	}
	if from.Recalled || len(from.Body) == 0 {
		t.recalled++
		return nil
	}
	if !t.d.reads(m.Format) {
		t.unread++
		return nil
	}
	if m.Format == exchange.FHIR {
		return t.takeResources(m, from.Body)
	}
	msg, err := hl7.Parse(from.Body)
	if err != nil {
		t.unread++
		return nil
	}
	t.messages++
	s := &source{m: msg, at: m.ReceivedAt, stray: m.ID, near: map[string]int{}}
	if p := m.Sealed.Facts.Patients; len(p) > 0 {
		s.patient = exchange.Normal(p[0])
	} else if a := m.Sealed.Patient; a != nil {
		s.patient = exchange.Normal(a.Patient)
	}
	if !m.Sealed.Facts.ObservedAt.IsZero() && m.Sealed.Facts.ObservedAt.Before(s.at) {
		s.at = m.Sealed.Facts.ObservedAt // an age is that at the time of the result
	}
	s.named = identifiersIn(msg)
	if !t.perOBX {
		return t.add(s)
	}
	for i := range msg.Len() {
		seg := msg.Segment(i)
		s.near[seg.Name()] = seg.Occurrence()
		if seg.Name() == "OBX" {
			if err := t.add(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// An origin is one row before anything was taken out.
type origin interface {
	value(k *masker, c *Column) string
	who() string            // whom it is about, normalised; may be empty
	says(value string) bool // whether it says who somebody is
}

func (t *table) add(s origin) error {
	if len(t.rows) >= mostRows {
		return bedrail.Errorf(bedrail.Invalid, "more than %d rows would leave; take a shorter time", mostRows)
	}
	row, empty := make([]string, len(t.d.Columns)), true
	for i := range t.d.Columns {
		c := &t.d.Columns[i]
		v := s.value(&t.mask, c)
		if (c.As == Code || c.As == Shifted) && v != "" && s.says(v) {
			v = ""
			t.stopped++
		}
		row[i], empty = v, empty && v == ""
	}
	if empty {
		return nil // it says nothing of what was asked for
	}
	t.rows, t.who = append(t.rows, row), append(t.who, t.mask.pseudonym("patient", s.who()))
	return nil
}

// leave returns the rows that may leave, and writes the risk of them into d.
func (t *table) leave(smallest int, d *Done) [][]string {
	groups := map[string]map[string]bool{}
	keys := make([]string, len(t.rows))
	for i, row := range t.rows {
		keys[i] = t.combination(row)
		if groups[keys[i]] == nil {
			groups[keys[i]] = map[string]bool{}
		}
		groups[keys[i]][t.who[i]] = true
	}
	out := make([][]string, 0, len(t.rows))
	for i, row := range t.rows {
		if len(groups[keys[i]]) < smallest {
			d.Suppressed++
			continue
		}
		out = append(out, row)
	}
	for key, who := range groups {
		if len(who) < smallest {
			delete(groups, key)
		}
	}
	d.Rows, d.Risk = len(out), measure(t.d.Quasi, groups)
	t.order(out)
	return out
}

func (t *table) combination(row []string) string {
	var b strings.Builder
	for _, i := range t.quasi {
		b.WriteString(strconv.Quote(row[i]))
	}
	return b.String()
}

// order sorts the rows by what they say: the order in which messages came
// would tell more.
func (t *table) order(rows [][]string) { slices.SortFunc(rows, slices.Compare) }
