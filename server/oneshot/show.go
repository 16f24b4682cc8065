package oneshot

import (
	"errors"
	"fmt"
	"strings"

	"bedrail/format/astm"
	"bedrail/format/hl7"
)

// Masked is what stands in place of a patient's data when nobody asked to see
// it.
const Masked = "(masked)"

// A ShownField is one value of a message with its path, as a person reads it.
type ShownField struct {
	Path    string `json:"path"`
	Name    string `json:"name,omitempty"`
	Value   string `json:"value"`
	Bytes   [2]int `json:"bytes"`
	Patient bool   `json:"patient,omitempty"` // belongs to a person, and is masked unless asked
	Message int    `json:"message,omitempty"`
}

// Show returns the fields of the messages in raw, at most MostShown, those of
// persons masked unless patients is true.
func Show(raw []byte, patients bool) ([]ShownField, error) {
	if len(raw) == 0 {
		return nil, errors.New("the file is empty")
	}
	rows, err := show(raw, patients)
	return rows[:min(len(rows), MostShown)], err
}

func show(raw []byte, patients bool) ([]ShownField, error) {
	switch {
	case recognisesDICOM(raw):
		return showDICOM(raw, patients)
	case recognisesHL7(raw):
	case recognisesFHIR(raw):
		return showFHIR(raw, patients)
	case recognisesASTM(raw):
		return showASTM(raw, patients)
	}
	return showHL7(raw, patients)
}

func showHL7(raw []byte, patients bool) ([]ShownField, error) {
	place := func(n int) int { return n }
	if hl7.IsWide(raw) {
		w, err := hl7.Widen(raw)
		if err != nil {
			return nil, err
		}
		raw, place = w.Text, w.Offset
	}
	f := hl7.Split(raw)
	total := f.Messages()
	if total == 0 {
		return nil, fmt.Errorf("byte 0: what begins here is none of the formats that can be shown: HL7 v2 (MSH), FHIR in JSON or XML, DICOM, an analyser's records (H) or POCT1-A")
	}
	var out []ShownField
	nth, names := 0, fieldNames()
	for _, p := range f.Parts {
		if p.Kind != "MSH" {
			continue
		}
		if nth++; len(out) >= MostShown {
			break
		}
		s := shower{patients: patients, names: names, place: func(n int) int { return place(p.Start + n) }}
		if total > 1 {
			s.nth = nth
		}
		text := raw[p.Start:p.End]
		if p.Wide {
			w, err := hl7.Widen(text)
			if err != nil {
				return out, err
			}
			text, s.place = w.Text, func(n int) int { return p.Start + w.Offset(n) }
		}
		m, err := hl7.Parse(text)
		if err != nil {
			return out, err
		}
		s.m = m
		out = append(out, s.show()...)
	}
	return out, nil
}

type shower struct {
	m        *hl7.Message
	place    func(int) int // from the message to the file
	nth      int
	patients bool
	names    map[string]string
	out      []ShownField
}

func (s *shower) show() []ShownField {
	for i := 0; i < s.m.Len() && len(s.out) < MostShown; i++ {
		seg := s.m.Segment(i)
		for n := 1; n <= seg.Fields(); n++ {
			f := seg.Field(n)
			if f.Empty() {
				continue
			}
			for r := 1; r <= f.Reps(); r++ {
				rep := 0
				if f.Reps() > 1 {
					rep = r
				}
				s.rep(seg, f.Rep(r), n, rep)
			}
		}
	}
	return s.out
}

// rep shows one repetition: as one line when it has one component, else a
// line for each.
func (s *shower) rep(seg hl7.Segment, v hl7.Value, field, rep int) {
	if v.Components() <= 1 {
		s.value(seg, v, field, rep, 0)
		return
	}
	for c := 1; c <= v.Components(); c++ {
		if part := v.Component(c); !part.Empty() {
			s.value(seg, part, field, rep, c)
		}
	}
}

func (s *shower) value(seg hl7.Segment, v hl7.Value, field, rep, component int) {
	start, end := v.Span()
	row := ShownField{Path: hl7.Locate(seg, field, rep, component), Name: s.names[seg.Name()+"-"+fmt.Sprint(field)], Bytes: [2]int{s.place(start), s.place(end)}, Message: s.nth, Value: v.String()}
	if v.Null() {
		row.Value = `"" (delete)`
	}
	if ofPerson(seg, field) {
		row.Patient = true
		if !s.patients {
			row.Value = Masked
		}
	}
	s.out = append(s.out, row)
}

// ofPerson reports whether a field may say something of a patient or another
// person. It lists what does not: a field that nobody thought of is masked.
func ofPerson(seg hl7.Segment, n int) bool {
	switch seg.Name() {
	case "MSH", "SFT", "MSA", "BHS", "BTS", "FHS", "FTS", "QPD", "RCP", "DSC", "UAC":
		return seg.Is("QPD") && n > 2 || seg.Is("MSH") && n == 8 // MSH-8 may hold a password
	case "ERR":
		return n == 6 || n == 7
	case "EVN":
		return n == 5
	case "PV1":
		return n > 3
	case "ORC":
		return n > 9
	case "OBR":
		return !(n <= 9 || n == 14 || n == 22 || n == 24 || n == 25 || n == 29)
	case "OBX":
		return n == 16 || n > 22 || n == 5 && !measured(seg)
	case "PRT":
		return n == 5 || n == 14 || n == 15
	case "TQ1", "TQ2":
		return false
	}
	return true
}

// measured reports whether OBX-5 holds a measurement or a word of a device
// rather than text that somebody wrote.
func measured(seg hl7.Segment) bool {
	switch string(seg.Field(2).Bytes()) {
	case "NM", "NA", "SN", "DT", "TM", "TS", "DTM":
		return true
	}
	return seg.Field(3).Component(3).Is("MDC")
}

// fieldNames are what the fields of the commonest segments are called, in our
// own words.
func fieldNames() map[string]string {
	return map[string]string{
		"MSH-1": "field separator", "MSH-2": "encoding characters", "MSH-3": "sending application", "MSH-4": "sending facility", "MSH-5": "receiving application",
		"MSH-6": "receiving facility", "MSH-7": "sent at", "MSH-9": "message type", "MSH-10": "control id", "MSH-11": "processing id", "MSH-12": "version",
		"MSH-15": "commit acknowledgment wanted", "MSH-16": "application acknowledgment wanted", "MSH-17": "country", "MSH-18": "character set", "MSH-19": "language", "MSH-21": "profile",
		"MSA-1": "answer", "MSA-2": "control id answered", "MSA-3": "text",
		"ERR-1": "place", "ERR-2": "place", "ERR-3": "error", "ERR-4": "severity", "ERR-8": "text for people",
		"EVN-1": "event", "EVN-2": "recorded at", "EVN-6": "happened at",
		"PID-3": "patient identifiers", "PID-5": "patient name", "PID-7": "born", "PID-8": "sex", "PID-11": "address", "PID-18": "account",
		"PV1-2": "patient class", "PV1-3": "location", "PV1-6": "location before", "PV1-7": "attending doctor", "PV1-19": "visit number", "PV1-44": "admitted", "PV1-45": "discharged",
		"OBR-2": "order number of the placer", "OBR-3": "order number of the filler", "OBR-4": "what was ordered", "OBR-7": "observed from", "OBR-8": "observed to", "OBR-22": "reported at", "OBR-25": "status", "OBR-29": "belongs to",
		"OBX-2": "type of the value", "OBX-3": "what was observed", "OBX-4": "place in the device", "OBX-5": "value", "OBX-6": "unit", "OBX-7": "range or alarm limits", "OBX-8": "flags", "OBX-11": "status",
		"OBX-14": "observed at", "OBX-16": "observer", "OBX-17": "method", "OBX-18": "device", "OBX-20": "body site",
		"ORC-1": "order control", "ORC-2": "order number of the placer", "ORC-3": "order number of the filler", "ORC-5": "order status", "ORC-9": "ordered at",
		"PRT-4": "role", "PRT-9": "location", "PRT-10": "device", "PRT-16": "device identifier", "PRT-17": "made on", "PRT-18": "expires on", "PRT-19": "lot", "PRT-20": "serial number", "PRT-22": "device type",
		"SFT-1": "software maker", "SFT-2": "software version", "SFT-3": "software product",
	}
}

func showASTM(raw []byte, patients bool) ([]ShownField, error) {
	if astm.IsPOCT(raw) {
		return showPOCT(raw, patients)
	}
	t, err := astm.Read(raw)
	if err != nil {
		return nil, err
	}
	var out []ShownField
	seen := map[byte]int{}
	for _, r := range t.Records {
		seen[r.Type]++
		for n := 2; n <= r.Fields(); n++ {
			if len(r.Field(n)) == 0 {
				continue
			}
			path := string([]byte{r.Type})
			if seen[r.Type] > 1 {
				path += fmt.Sprintf("[%d]", seen[r.Type])
			}
			start, end := r.Span(n)
			row := ShownField{Path: fmt.Sprintf("%s.%d", path, n), Value: strings.ToValidUTF8(string(r.Field(n)), "?"), Bytes: [2]int{start, end}}
			row.Patient = n > 2 && (r.Type == 'P' || r.Type == 'C' || r.Type == 'Q') || r.Type == 'O' && (n == 11 || n >= 17 && n <= 20)
			if row.Patient && !patients {
				row.Value = Masked
			}
			out = append(out, row)
		}
	}
	return out, nil
}
