package pcd

import (
	"slices"
	"strconv"
	"strings"

	"bedrail/format/hl7"
)

// A Node is a part of a device as a message shows it: the device (MDS), a
// subsystem (VMD), a channel or a measurement, in the tree that OBX-4 draws.
type Node struct {
	Path     string // OBX-4 without trailing zeros: 1.6.1
	Depth    int    // 1 device, 2 subsystem, 3 channel, 4 measurement, 5 facet
	Code     hl7.Code
	Segment  hl7.Segment
	Device   hl7.Entity // OBX-18, or the nearest above that has one
	Reading  *Reading   // of a measurement
	Parent   int        // index of the part above in the report, or -1
	Children []int
}

// A Reading is a measured value, with what its flags mean for whoever charts
// it (HL7 PoCD guide, mapping of v2).
type Reading struct {
	Type, Value string // OBX-2, and OBX-5 as it was sent
	UCUM        string // the unit in UCUM; "" is not known
	Unit        hl7.Code
	Range       string
	Status      string   // OBX-11
	Flags       []string // OBX-8

	// Absent says why there is no value, by FHIR's words: error,
	// temp-unknown, unknown, not-performed. Empty: there is one.
	Absent string
	// Reliability is the security label of the observation: RELIABLE,
	// UNRELIABLE, UNCERTREL, HRELIABLE or HTEST. HTEST is never charted.
	Reliability string
	// Interpretation is what else the flags say: questionable, in-alarm...
	Interpretation []string
	At             hl7.Value // OBX-14, or the group's OBR-7
	Site           hl7.Code
}

// Charted reports whether the reading may stand in a patient's chart.
func (r Reading) Charted() bool { return r.Reliability != "HTEST" }

// A Report is what a device message says.
type Report struct {
	Sender   hl7.Entity // MSH-3
	Patient  string     // PID-3.1, for binding; never for a log
	Location hl7.Place
	Nodes    []Node // in the order of the message

	readings []Reading      // of the nodes
	known    map[string]int // while the report is read
}

// Readings returns the measurements.
func (r *Report) Readings() []*Node {
	var out []*Node
	for i := range r.Nodes {
		if r.Nodes[i].Reading != nil {
			out = append(out, &r.Nodes[i])
		}
	}
	return out
}

// Read returns what m says. It takes what is there: what is wrong with it is
// for a Validator to say.
func Read(m *hl7.Message, terms *Table) *Report {
	r := new(Report)
	r.Read(m, terms)
	return r
}

// Read makes r the report of m and keeps r's memory for it. Nodes taken from r
// before are no longer valid.
func (r *Report) Read(m *hl7.Message, terms *Table) {
	r.Sender = m.Segment(0).Field(3).Designator()
	r.Patient = m.Find("PID", 1).Field(3).Component(1).String()
	r.Location = m.Find("PV1", 1).Field(3).Place()
	parts := 0
	for i := range m.Len() {
		if m.Segment(i).Is("OBX") {
			parts++
		}
	}
	r.Nodes, r.readings = slices.Grow(r.Nodes[:0], parts), slices.Grow(r.readings[:0], parts) // pointers into them stay
	if r.known == nil {
		r.known = make(map[string]int, parts)
	}
	clear(r.known)
	var at hl7.Value
	for i := range m.Len() {
		switch seg := m.Segment(i); {
		case seg.Is("OBR"):
			at = seg.Field(7)
			clear(r.known)
		case seg.Is("OBX"):
			r.add(seg, at, terms)
		}
	}
}

// Forget leaves nothing of a message in r, and what room was made for it.
func (r *Report) Forget() {
	clear(r.Nodes)
	clear(r.readings)
	clear(r.known)
	*r = Report{Nodes: r.Nodes[:0], readings: r.readings[:0], known: r.known}
}

func (r *Report) add(seg hl7.Segment, at hl7.Value, terms *Table) {
	where, _ := parsePlace(seg.Field(4).Bytes())
	n := Node{Path: pathOf(seg.Field(4).String(), where), Depth: where.depth(), Code: seg.Field(3).Code(), Segment: seg, Device: seg.Field(18).Entity(), Parent: -1}
	if !seg.Field(2).Empty() || n.Depth >= 4 {
		r.readings = append(r.readings, readingOf(seg, terms))
		n.Reading = &r.readings[len(r.readings)-1]
		if n.Reading.At.Empty() {
			n.Reading.At = at
		}
	}
	for up := n.Path; n.Parent < 0; {
		dot := strings.LastIndexByte(up, '.')
		if dot < 0 {
			break
		}
		up = up[:dot]
		if i, ok := r.known[up]; ok {
			n.Parent = i
		}
	}
	index := len(r.Nodes)
	if n.Parent >= 0 {
		r.Nodes[n.Parent].Children = append(r.Nodes[n.Parent].Children, index)
		if n.Device == (hl7.Entity{}) {
			n.Device = r.Nodes[n.Parent].Device
		}
	}
	if _, twice := r.known[n.Path]; !twice {
		r.known[n.Path] = index
	}
	r.Nodes = append(r.Nodes, n)
}

// pathOf drops the zeros that only fill OBX-4 up.
func pathOf(text string, p place) string {
	if p.n == 0 {
		return text
	}
	end := 0
	for n := max(1, p.depth()); n > 0; n-- {
		dot := strings.IndexByte(text[end:], '.')
		if dot < 0 {
			return text
		}
		end += dot + 1
	}
	return text[:end-1]
}

func readingOf(seg hl7.Segment, terms *Table) Reading {
	r := Reading{
		Type: seg.Field(2).String(), Value: seg.Field(5).String(), Unit: seg.Field(6).Code(), Range: seg.Field(7).String(),
		Status: seg.Field(11).String(), Reliability: "RELIABLE", At: seg.Field(14), Site: seg.Field(20).Code(),
	}
	r.UCUM = ucumOf(r.Unit, terms)
	flags := seg.Field(8)
	for n := 1; n <= flags.Reps() && n <= 16; n++ {
		r.flag(flags.Rep(n).Component(1).String())
	}
	if r.Absent == "" && r.Value == "" {
		r.Absent = "unknown"
	}
	return r
}

// ucumOf gives a unit in UCUM: by its code when code and name agree, by its
// name when the code is unknown, by what the sender says itself. Where code
// and name disagree neither is trusted.
func ucumOf(unit hl7.Code, terms *Table) string {
	for _, alt := range [...][2]string{{unit.ID, unit.System}, {unit.AltID, unit.AltSystem}} {
		if strings.EqualFold(alt[1], "UCUM") {
			return alt[0]
		}
	}
	if unit.System != "MDC" {
		return unit.ID
	}
	byRef := terms.RefID(unit.Text)
	if byRef != nil {
		if unit.ID == "" || unit.ID == strconv.Itoa(byRef.Code) {
			return byRef.UCUM
		}
		return ""
	}
	if code, err := strconv.Atoi(unit.ID); err == nil && unit.Text == "" {
		if t := terms.Code(code); t != nil {
			return t.UCUM
		}
	}
	return ""
}

// flag applies one flag of OBX-8.
func (r *Reading) flag(f string) {
	r.Flags = append(r.Flags, f)
	switch f {
	case "INV":
		r.Reliability, r.Absent = "UNRELIABLE", "error"
	case "QUES":
		r.Reliability = "UNCERTREL"
		r.Interpretation = append(r.Interpretation, "questionable")
	case "CAL":
		r.Reliability = "UNCERTREL"
		r.Interpretation = append(r.Interpretation, "calibration-ongoing")
	case "TEST", "DEMO":
		r.Reliability = "HTEST"
	case "VAL":
		r.Reliability = "HRELIABLE"
		r.Interpretation = append(r.Interpretation, "validated-data")
	case "NAV":
		r.Absent = "temp-unknown"
	case "BUSY":
		r.Absent = "temp-unknown"
		r.Interpretation = append(r.Interpretation, "msmt-ongoing")
	case "NI":
		r.Absent = "unknown"
	case "OFF":
		r.Absent = "not-performed"
	case "EARLY":
		r.Interpretation = append(r.Interpretation, "early-indication")
	case "ALACT":
		r.Interpretation = append(r.Interpretation, "in-alarm")
	case "ALINH":
		r.Interpretation = append(r.Interpretation, "al-inhibited")
	case "N", "L", "LL", "H", "HH", "A", ">", "<":
		r.Interpretation = append(r.Interpretation, f)
	}
}
