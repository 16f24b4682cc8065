package asset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"bedrail/traffic"
)

// A Truth is one line of what is known to be right about a device. Empty
// fields are not judged.
type Truth struct {
	Capture  string // file in which it is seen, or empty
	Dir      string // folder in whose captures it is seen, or empty
	MAC      traffic.MAC
	Want     map[traffic.Attribute]string
	Behind   string
	Conflict bool // disagreeing evidence must be shown
}

// ReadTruth reads a table of truths: tab separated, with a line of headings.
func ReadTruth(r io.Reader) ([]Truth, error) {
	rows := csv.NewReader(r)
	rows.Comma, rows.LazyQuotes, rows.FieldsPerRecord = '\t', true, -1
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the headings of the truth: %w", err)
	}
	if !slices.Contains(head, "mac") {
		return nil, fmt.Errorf("the truth has no column named mac")
	}
	var out []Truth
	for line := 2; ; line++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		t, err := truthOf(head, row)
		if err != nil {
			return nil, fmt.Errorf("line %d of the truth: %w", line, err)
		}
		out = append(out, t)
	}
}

func truthOf(head, row []string) (Truth, error) {
	t := Truth{Want: map[traffic.Attribute]string{}}
	for i, v := range row {
		if i >= len(head) || strings.TrimSpace(v) == "" {
			continue
		}
		switch v = strings.TrimSpace(v); head[i] {
		case "mac":
			m, ok := ParseMAC(v)
			if !ok {
				return t, fmt.Errorf("%q is not a MAC address", v)
			}
			t.MAC = m
		case "capture":
			t.Capture = v
		case "dir":
			t.Dir = v
		case "behind":
			t.Behind = v
		case "conflict":
			t.Conflict = true
		case "class", "manufacturer", "model", "serialNumber", "softwareVersion":
			t.Want[traffic.Attribute(head[i])] = v
		}
	}
	return t, nil
}

// A Score counts how one attribute was told. A value is found when it is at
// least likely.
type Score struct {
	Attribute        string   `json:"attribute"`
	Total            int      `json:"total"`
	Right            int      `json:"right"`
	Wrong            int      `json:"wrong"`
	Missing          int      `json:"missing"`
	Precision        float64  `json:"precision"`
	Recall           float64  `json:"recall"`
	WrongAtConfirmed int      `json:"wrongAtConfirmed"`
	Notes            []string `json:"notes"` // each value that is not right
}

// An Evaluation compares devices with truths.
type Evaluation struct {
	Hosts      int      `json:"hosts"`      // truths with a MAC
	Found      int      `json:"found"`      // of them, devices that are there
	Invented   int      `json:"invented"`   // devices that nothing on the wire speaks for
	Missing    []string `json:"missing"`    // MACs that are not there
	Inventions []string `json:"inventions"` // ids of invented devices
	Scores     []Score  `json:"scores"`
	// ByWord counts, for each attribute and status, how often the value was
	// right: what a calibration is made of.
	ByWord []WordScore `json:"byWord"`
	// ByProtocol are the same scores over the hosts that were heard speaking a
	// protocol. One that speaks several counts in each.
	ByProtocol []ProtocolScore `json:"byProtocol"`
}

// A ProtocolScore is a Score over the hosts that speak a protocol.
type ProtocolScore struct {
	Protocol string `json:"protocol"`
	Hosts    int    `json:"hosts"`
	Score
}

// Evaluate judges devices by truths. A device is invented when it has neither
// a hardware address, nor an address, nor stands behind one that has, or when
// its hardware address is none of senders: all that sent or were leased an
// address. A nil senders skips that last test.
func Evaluate(devices []Device, truths []Truth, senders map[traffic.MAC]bool) Evaluation {
	e := Evaluation{Missing: []string{}, Inventions: []string{}}
	byMAC := map[traffic.MAC]*Device{}
	for i := range devices {
		d := &devices[i]
		for _, m := range d.MACs {
			byMAC[m] = d
		}
		if invented(d, senders) {
			e.Invented++
			e.Inventions = append(e.Inventions, d.ID)
		}
	}
	scores := map[string]*Score{}
	for _, name := range evaluated {
		scores[name] = &Score{Attribute: name, Notes: []string{}}
	}
	truths = distinct(truths)
	for _, t := range truths {
		e.judge(t, byMAC[t.MAC], byMAC, devices, scores)
	}
	e.byProtocol(truths, byMAC)
	e.byWord(truths, byMAC)
	for _, name := range evaluated {
		scores[name].rate()
		e.Scores = append(e.Scores, *scores[name])
	}
	return e
}

func (s *Score) rate() {
	if s.Right+s.Wrong > 0 {
		s.Precision = round(float64(s.Right) / float64(s.Right+s.Wrong))
	}
	if s.Total > 0 {
		s.Recall = round(float64(s.Right) / float64(s.Total))
	}
}

// distinct leaves out what a table says again of the same hardware address: a
// sensor that shows its hub's is one host with it.
func distinct(truths []Truth) []Truth {
	var out []Truth
	for _, t := range truths {
		if !slices.ContainsFunc(out, func(o Truth) bool {
			return t.MAC != "" && o.MAC == t.MAC && o.Capture == t.Capture && o.Behind == t.Behind && o.Conflict == t.Conflict && maps.Equal(o.Want, t.Want)
		}) {
			out = append(out, t)
		}
	}
	return out
}

// byProtocol scores the hosts of each protocol.
func (e *Evaluation) byProtocol(truths []Truth, byMAC map[traffic.MAC]*Device) {
	e.ByProtocol = []ProtocolScore{}
	hosts := map[string][]Truth{}
	for _, t := range truths {
		if d := byMAC[t.MAC]; d != nil {
			for _, p := range d.Protocols {
				hosts[p] = append(hosts[p], t)
			}
		}
	}
	for _, protocol := range slices.Sorted(maps.Keys(hosts)) {
		for _, name := range evaluated {
			s := ProtocolScore{Protocol: protocol, Hosts: len(hosts[protocol]), Score: Score{Attribute: name, Notes: []string{}}}
			for _, t := range hosts[protocol] {
				if want := t.Want[traffic.Attribute(name)]; want != "" {
					s.Score.judge(string(t.MAC), traffic.Attribute(name), want, byMAC[t.MAC])
				}
			}
			if s.rate(); s.Total > 0 {
				s.Notes = []string{}
				e.ByProtocol = append(e.ByProtocol, s)
			}
		}
	}
}

var evaluated = []string{"class", "manufacturer", "model", "serialNumber", "softwareVersion", "behind", "conflict"}

func invented(d *Device, senders map[traffic.MAC]bool) bool {
	for _, m := range d.MACs {
		if senders != nil && !senders[m] {
			return true
		}
	}
	return len(d.MACs) == 0 && len(d.Addresses) == 0 && d.Behind == ""
}

func (e *Evaluation) judge(t Truth, d *Device, byMAC map[traffic.MAC]*Device, all []Device, scores map[string]*Score) {
	if t.MAC != "" {
		e.Hosts++
		if d == nil {
			e.Missing = append(e.Missing, string(t.MAC))
		} else {
			e.Found++
		}
	}
	for a, want := range t.Want {
		scores[string(a)].judge(string(t.MAC), a, want, d)
	}
	if t.Behind != "" {
		s := scores["behind"]
		s.Total++
		m, _ := ParseMAC(t.Behind)
		s.count(d != nil && byMAC[m] != nil && d.Behind == byMAC[m].ID, fmt.Sprintf("%s: not behind %s", t.MAC, t.Behind))
	}
	if t.Conflict {
		s := scores["conflict"]
		s.Total++
		s.count(d != nil && (len(d.Conflicts) > 0 || carries(d, all)), fmt.Sprintf("%s: no conflict is shown", t.MAC))
	}
}

// carries reports whether a device is seen through d: what spoke against d's
// identity has become a device of its own.
func carries(d *Device, all []Device) bool {
	for i := range all {
		if all[i].Behind == d.ID {
			return true
		}
	}
	return false
}

func (s *Score) count(right bool, note string) {
	if right {
		s.Right++
		return
	}
	s.Missing++
	s.Notes = append(s.Notes, note)
}

func (s *Score) judge(host string, a traffic.Attribute, want string, d *Device) {
	s.Total++
	v := Value{Status: Unknown}
	if d != nil {
		v = d.value(a)
	}
	found := v.Status == Confirmed || v.Status == Likely
	switch {
	case found && sameValue(a, v.Value, want):
		s.Right++
		return
	case found:
		s.Wrong++
		if v.Status == Confirmed {
			s.WrongAtConfirmed++
		}
	default:
		s.Missing++
	}
	s.Notes = append(s.Notes, fmt.Sprintf("%s: %q is %s, should be %q", host, v.Value, v.Status, want))
}

func (d *Device) value(a traffic.Attribute) Value {
	if v := d.valueAt(a); v != nil {
		return *v
	}
	return Value{Status: Unknown}
}

func (d *Device) valueAt(a traffic.Attribute) *Value {
	switch a {
	case traffic.Class:
		return &d.Class
	case traffic.Manufacturer:
		return &d.Manufacturer
	case traffic.Model:
		return &d.Model
	case traffic.SerialNumber:
		return &d.SerialNumber
	case traffic.SoftwareVersion:
		return &d.SoftwareVersion
	case traffic.OperatingSystem:
		return &d.OperatingSystem
	}
	return nil
}

// sameValue compares after the alias table and case folding.
func sameValue(a traffic.Attribute, got, want string) bool {
	if a == traffic.Manufacturer {
		return SameManufacturer(got, want)
	}
	return strings.EqualFold(strings.TrimSpace(got), strings.TrimSpace(want))
}
