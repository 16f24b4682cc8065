package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
)

// A Responsibility says who answers for the security of a model.
type Responsibility string

// Who may answer for a model.
const (
	ByMaker    Responsibility = "manufacturer"
	Shared     Responsibility = "shared"   // support is limited and the hospital took over the rest
	ByHospital Responsibility = "hospital" // taken over, in writing
	Open       Responsibility = "open"     // the maker no longer does, and nobody has taken over
	Lapsed     Responsibility = "lapsed"   // taken over, and the review is overdue
	NotKnown   Responsibility = "unknown"
)

// ResponsibleFor says who answers for a model on a day.
func ResponsibleFor(r Record, state State, now Day) Responsibility {
	t := r.Transfer
	taken := t != nil && (t.On == "" || t.On <= now)
	switch {
	case taken && t.ReviewBy < now:
		return Lapsed
	case taken && state == EndOfSupport:
		return ByHospital
	case taken:
		return Shared
	case state == EndOfSupport, state == LimitedSupport:
		return Open
	case state == Unknown:
		return NotKnown
	}
	return ByMaker
}

// A Standing is one model in the ledger: where it stands and who answers.
type Standing struct {
	ID             string         `json:"id"`
	Manufacturer   string         `json:"manufacturer"`
	Model          string         `json:"model"`
	State          State          `json:"state"`
	Reason         string         `json:"reason"`
	Ends           Day            `json:"ends,omitempty"` // the earliest end among its devices
	EndsOf         string         `json:"endsOf,omitempty"`
	Cyber524B      Answer         `json:"cyber524b"`
	CyberReason    string         `json:"cyberReason"`
	Responsibility Responsibility `json:"responsibility"`
	ReviewBy       Day            `json:"reviewBy,omitempty"`
	Legacy         bool           `json:"legacy"` // cannot reasonably be protected by its maker's support any more (N60, 3.31)
	Devices        int            `json:"devices"`
	Units          []UnitCount    `json:"units"`
	Recorded       bool           `json:"recorded"` // the hospital keeps a record of it
}

// Standings joins devices and records: every model that has a device or a
// record, those that need somebody first.
func Standings(endings []Ending, records []Record, now Day) []Standing {
	rows := map[string]*Standing{}
	row := func(manufacturer, model string) *Standing {
		id := RecordID(manufacturer, model)
		if rows[id] == nil {
			rows[id] = &Standing{ID: id, Manufacturer: manufacturer, Model: model, Units: []UnitCount{}}
		}
		return rows[id]
	}
	byID := map[string]Record{}
	for _, r := range records {
		byID[r.ID()] = r
		row(r.Manufacturer, r.Model).Recorded = true
	}
	for _, e := range endings {
		if e.Model == "" {
			continue
		}
		s := row(e.Manufacturer, e.Model)
		s.Devices++
		s.Units = addUnit(s.Units, e, now)
		if e.Ends != "" && (s.Ends == "" || e.Ends < s.Ends) {
			s.Ends, s.EndsOf = e.Ends, e.Of
		}
	}
	out := make([]Standing, 0, len(rows))
	for id, s := range rows {
		s.judge(byID[id], now)
		out = append(out, *s)
	}
	urgent := []Responsibility{Lapsed, Open, NotKnown, Shared, ByHospital, ByMaker}
	slices.SortFunc(out, func(a, b Standing) int {
		return cmp.Or(slices.Index(urgent, a.Responsibility)-slices.Index(urgent, b.Responsibility), cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.Manufacturer, b.Manufacturer), cmp.Compare(a.Model, b.Model))
	})
	return out
}

func (s *Standing) judge(r Record, now Day) {
	s.State, s.Reason = StateOf(r, now)
	if s.State == Unknown && s.Ends != "" { // public records know more than the hospital's own
		s.State, s.Reason = s.byDevices(now)
	}
	s.Cyber524B, s.CyberReason = Cyber524B(r)
	s.Responsibility = ResponsibleFor(r, s.State, now)
	s.Legacy = s.State == LimitedSupport || s.State == EndOfSupport || s.Ends.come(now)
	if s.Legacy && s.Responsibility == ByMaker {
		s.Responsibility = Open // the maker supports a product whose system nobody supports
	}
	if r.Transfer != nil {
		s.ReviewBy = r.Transfer.ReviewBy
	}
	if s.Ends == longAgo {
		s.Ends = ""
	}
}

// byDevices judges a model of which only public records speak: of its
// operating systems, device by device. Support of the model has ended only
// where none of its devices runs a system that is still supported.
func (s *Standing) byDevices(now Day) (State, string) {
	over := 0
	for _, u := range s.Units {
		over += u.Unsupported
	}
	since := ""
	if s.Ends != longAgo {
		since = " " + string(s.Ends)
	}
	switch {
	case over == 0:
		return Support, s.EndsOf + " is supported until " + string(s.Ends)
	case over < s.Devices:
		return LimitedSupport, fmt.Sprintf("on %d of %d devices: support of %s ended%s", over, s.Devices, s.EndsOf, since)
	}
	return EndOfSupport, s.EndsOf + ": support ended" + since
}

func addUnit(units []UnitCount, e Ending, now Day) []UnitCount {
	i := slices.IndexFunc(units, func(u UnitCount) bool { return u.Site == e.Site && u.Unit == e.Unit })
	if i < 0 {
		i = len(units)
		units = append(units, UnitCount{Site: e.Site, Unit: e.Unit})
	}
	units[i].Devices++
	if e.Ends == "" {
		units[i].Unknown++
	} else if e.Ends <= now {
		units[i].Unsupported++
	}
	return units
}
