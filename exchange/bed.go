package exchange

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail/format/hl7"
)

// A Move is what an admission system said of where a patient lies.
type Move struct {
	Message  string    `json:"message"` // that says so
	Event    string    `json:"event"`   // A01, A02...
	At       time.Time `json:"at"`      // when it happened
	Patients []string  `json:"patients"`
	Visit    string    `json:"visit,omitempty"`
	To       Place     `json:"to,omitzero"`
	Former   []string  `json:"former,omitempty"` // identifiers that were merged into Patients
}

// A Stay is a time in which a patient lay at a place.
type Stay struct {
	Patients []string
	Visit    string
	At       Place
	From     time.Time
	Until    time.Time // zero while it lasts
	Message  string    // that began it
}

// during reports whether s covers at.
func (s *Stay) during(at time.Time) bool {
	return !at.Before(s.From) && (s.Until.IsZero() || at.Before(s.Until))
}

// same reports whether two lists of identifiers name one patient.
func same(a, b []string) bool {
	return slices.ContainsFunc(a, func(v string) bool {
		return slices.ContainsFunc(b, func(w string) bool { return Normal(v) == Normal(w) })
	})
}

// Bounds of what is remembered of beds.
const (
	staysEach = 32 // at one place
	placesAll = 20_000
	movesKept = 720 * time.Hour // as long as messages are kept by default
)

// Beds know who lay where. They are an index in memory of what admission
// messages say; its loss costs nothing, it is read again from the store.
type Beds struct {
	mu     sync.RWMutex       // guards what follows
	places map[string][]*Stay // by place, oldest first
	open   map[string]*Stay   // by patient's identifier: where they lie now
	before map[string]*Stay   // by patient's identifier: where they lay before that
}

// key names a place so that two writings of it are one.
func (p Place) key() string {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == ' ' || r == '-' || r == '_' {
				return -1
			}
			return r
		}, Normal(s))
	}
	unit, room, bed := fold(p.Unit), fold(p.Room), fold(p.Bed)
	// Many systems write the unit or the room again in what is below it.
	room = strings.TrimPrefix(room, unit)
	bed = strings.TrimPrefix(bed, unit+room)
	return unit + "|" + room + "|" + bed
}

// Take moves a patient. Moves of the past are put where they belong.
func (b *Beds) Take(m Move) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.places == nil {
		b.places, b.open, b.before = map[string][]*Stay{}, map[string]*Stay{}, map[string]*Stay{}
	}
	switch m.Event {
	case "A01", "A02", "A04", "A06", "A07", "A12", "A13", "A17":
		b.lie(m)
	case "A08", "A31": // an update says where the patient is; it moves nobody who is there
		if s := b.current(m.Patients); s == nil || s.At.key() != m.To.key() {
			b.lie(m)
		}
	case "A03":
		b.leave(m.Patients, m.At)
	case "A11": // the admission was none
		if s := b.current(m.Patients); s != nil {
			b.remove(s)
		}
		b.forget(m.Patients)
	case "A18", "A30", "A34", "A35", "A36", "A40":
		b.merge(m)
	}
}

func (b *Beds) current(patients []string) *Stay {
	for _, p := range patients {
		if s := b.open[Normal(p)]; s != nil {
			return s
		}
	}
	return nil
}

func (b *Beds) forget(patients []string) {
	for _, p := range patients {
		delete(b.open, Normal(p))
	}
}

// lie begins a stay at m.To and ends the one before.
func (b *Beds) lie(m Move) {
	if m.To.Unit == "" && m.To.Room == "" && m.To.Bed == "" || len(m.Patients) == 0 {
		return
	}
	was := b.current(m.Patients)
	if was != nil && was.At.key() == m.To.key() && !m.At.Before(was.From) {
		return // said again
	}
	if m.Event == "A12" && was != nil { // the transfer was none: back, as if it had not been
		b.remove(was)
		if back := b.earlier(m.Patients); back != nil && back.At.key() == m.To.key() {
			back.Until = time.Time{}
			b.hold(m.Patients, back)
			return
		}
	} else if was != nil {
		b.end(was, m.At)
	}
	key := m.To.key()
	if _, known := b.places[key]; !known && len(b.places) >= placesAll {
		return // more beds than any hospital has: somebody makes them up
	}
	s := &Stay{Patients: m.Patients, Visit: m.Visit, At: m.To, From: m.At, Message: m.Message}
	if was != nil && was.From.After(m.At) { // told late: it ended when the next began
		s.Until = was.From
		was.Until = time.Time{}
	}
	list := append(b.places[key], s)
	slices.SortStableFunc(list, func(x, y *Stay) int { return x.From.Compare(y.From) })
	if len(list) > staysEach {
		list = slices.Delete(list, 0, len(list)-staysEach)
	}
	b.places[key] = list
	if s.Until.IsZero() {
		if was != nil {
			for _, p := range m.Patients {
				b.before[Normal(p)] = was
			}
		}
		b.hold(m.Patients, s)
	}
}

func (b *Beds) earlier(patients []string) *Stay {
	for _, p := range patients {
		if s := b.before[Normal(p)]; s != nil {
			return s
		}
	}
	return nil
}

func (b *Beds) hold(patients []string, s *Stay) {
	for _, p := range patients {
		b.open[Normal(p)] = s
	}
}

func (b *Beds) end(s *Stay, at time.Time) {
	s.Until = at
	if at.Before(s.From) {
		s.Until = s.From
	}
}

func (b *Beds) leave(patients []string, at time.Time) {
	if s := b.current(patients); s != nil {
		b.end(s, at)
	}
	b.forget(patients)
}

func (b *Beds) remove(s *Stay) {
	key := s.At.key()
	b.places[key] = slices.DeleteFunc(b.places[key], func(o *Stay) bool { return o == s })
}

// merge says that two names are of one patient: what lay under the former lies
// under the one that stays.
func (b *Beds) merge(m Move) {
	for _, f := range m.Former {
		for _, list := range b.places {
			for _, s := range list {
				if same(s.Patients, []string{f}) && !same(s.Patients, m.Patients) {
					s.Patients = append(slices.Clone(m.Patients), s.Patients...)
				}
			}
		}
		if s := b.open[Normal(f)]; s != nil {
			b.hold(m.Patients, s)
		}
	}
}

// At returns who lay at a place at a time; more than one is a doubt. Without a
// bed it is everybody in the room, without a room everybody in the unit.
func (b *Beds) At(p Place, at time.Time) (there []Stay) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	take := func(list []*Stay) {
		for _, s := range list {
			if s.during(at) {
				there = append(there, *s)
			}
		}
	}
	key := p.key()
	if p.Bed != "" {
		take(b.places[key])
		return there
	}
	prefix := strings.TrimRight(key, "|") + "|"
	for k, list := range b.places {
		if strings.HasPrefix(k, prefix) {
			take(list)
		}
	}
	slices.SortFunc(there, func(x, y Stay) int { return cmp.Compare(x.Message, y.Message) })
	return there
}

// readMoves returns what an ADT message says of where patients lie. A swap
// (A17) names two.
func readMoves(m *hl7.Message, f *Facts, id string, received time.Time, zone *time.Location) []Move {
	if m == nil || !strings.HasPrefix(f.Type, "ADT") {
		return nil
	}
	var out []Move
	at := time.Time{}
	cur := -1
	for i := range m.Len() {
		s := m.Segment(i)
		switch {
		case s.Is("EVN"):
			// When it happened (EVN-6) before when it was written down (EVN-2).
			if at = timeOf(s.Field(6), zone); at.IsZero() {
				at = timeOf(s.Field(2), zone)
			}
		case s.Is("PID"):
			out = append(out, Move{Message: id, Event: f.Event})
			cur = len(out) - 1
			for n := 1; n <= min(s.Field(3).Reps(), 8); n++ {
				v := Facts{Patients: out[cur].Patients}
				v.add(&v.Patients, s.Field(3).Rep(n).Component(1))
				out[cur].Patients = v.Patients
			}
		case s.Is("PV1") && cur >= 0:
			v := Facts{}
			readSegment(s, &v, nil, zone)
			out[cur].To, out[cur].Visit = v.Assigned, v.Visit
		case s.Is("MRG") && cur >= 0:
			v := Facts{}
			for n := 1; n <= min(s.Field(1).Reps(), 8); n++ {
				v.add(&v.Patients, s.Field(1).Rep(n).Component(1))
			}
			out[cur].Former = v.Patients
		}
	}
	if at.IsZero() {
		at = f.SentAt
	}
	if at.IsZero() || at.After(received.Add(5*time.Minute)) { // a bed is not taken in the future
		at = received
	}
	for i := range out {
		out[i].At = at
	}
	return out
}
