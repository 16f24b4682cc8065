package need

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"bedrail/format/hl7"
)

// What of an HL7 v2 message names a patient by a number: it is replaced by a
// pseudonym in the first component of each repetition.
var hl7Numbers = map[string]bool{
	"PID-2": true, "PID-3": true, "PID-4": true, "PID-18": true, "PID-21": true,
	"PV1-5": true, "PV1-19": true, "PV1-50": true, "MRG-1": true, "MRG-2": true, "MRG-3": true, "MRG-4": true, "MRG-5": true, "MRG-6": true,
	"ORC-2": true, "ORC-3": true, "ORC-4": true, "OBR-2": true, "OBR-3": true,
}

// What says who a patient is: it is left out with a pseudonym.
var (
	hl7Direct = map[string]bool{"PID-5": true, "PID-6": true, "PID-7": true, "PID-9": true, "PID-11": true, "PID-12": true, "PID-13": true, "PID-14": true, "PID-19": true,
		"PID-20": true, "PID-23": true, "PID-40": true, "MRG-7": true}
	hl7People = map[string]bool{"NTE": true, "NK1": true, "GT1": true, "IN1": true, "IN2": true, "IN3": true}
)

// HL7 leaves out of an HL7 v2 message what l does not name; MSH always goes. A
// Pseudonym, unless nil, stands in place of what names the patient.
func (l *List) HL7(body []byte, name Pseudonym) (Result, error) {
	if l.any && len(l.hl7) == 0 {
		return Result{}, fmt.Errorf("the list of fields names nothing of HL7 v2: %w", ErrFormat)
	}
	m, err := hl7.Parse(body)
	if err != nil {
		return Result{}, fmt.Errorf("the message cannot be read: %w", ErrFormat)
	}
	s := hl7Sieve{List: l, name: name, delims: m.Delimiters(), removed: tally{}, replaced: tally{}}
	d := m.Draft()
	d.Sift(s.segment, s.field)
	return Result{Body: d.Bytes(), Removed: s.removed.sorted(), Replaced: s.replaced.sorted()}, nil
}

type hl7Sieve struct {
	*List
	name              Pseudonym
	delims            hl7.Delimiters
	removed, replaced tally
}

func (s *hl7Sieve) segment(name string) bool {
	if name == "MSH" {
		return true
	}
	keep := !s.any || s.hl7[name]
	if !keep {
		for listed := range s.hl7 {
			keep = keep || strings.HasPrefix(listed, name+"-")
		}
	}
	if keep && s.name != nil && hl7People[name] {
		keep = false
	}
	if !keep {
		s.removed[name] = true
	}
	return keep
}

func (s *hl7Sieve) field(segment string, n int, raw []byte) []byte {
	place := segment + "-" + strconv.Itoa(n)
	if s.name != nil && hl7Direct[place] {
		s.removed[place] = true
		return nil
	}
	if s.any && segment != "MSH" && !s.hl7[segment] && !s.hl7[place] {
		if raw = s.components(place, raw); raw == nil {
			return nil
		}
	}
	if s.name != nil && hl7Numbers[place] {
		s.replaced[place] = true
		return s.eachRepetition(raw, s.pseudonym)
	}
	return raw
}

// components keeps the components of a field that are named one by one.
func (s *hl7Sieve) components(place string, raw []byte) []byte {
	some := false
	for listed := range s.hl7 {
		some = some || strings.HasPrefix(listed, place+".")
	}
	if !some {
		s.removed[place] = true
		return nil
	}
	return s.eachRepetition(raw, func(parts [][]byte) {
		for i := range parts {
			at := place + "." + strconv.Itoa(i+1)
			if len(parts[i]) > 0 && !s.hl7[at] {
				s.removed[at], parts[i] = true, nil
			}
		}
	})
}

// pseudonym stands in for a number; what else is said of it, such as its
// issuer, stays, but for the check digit.
func (s *hl7Sieve) pseudonym(parts [][]byte) {
	if len(parts[0]) > 0 {
		parts[0] = []byte(s.name(string(parts[0])))
	}
	if len(parts) > 1 {
		parts[1] = nil
	}
}

func (s *hl7Sieve) eachRepetition(raw []byte, change func(parts [][]byte)) []byte {
	reps := split(raw, s.delims.Repetition)
	for i, r := range reps {
		parts := split(r, s.delims.Component)
		change(parts)
		reps[i] = bytes.TrimRight(bytes.Join(parts, []byte{s.delims.Component}), string(s.delims.Component))
	}
	return bytes.Join(reps, []byte{s.delims.Repetition})
}

func split(b []byte, sep byte) [][]byte {
	if sep == 0 {
		return [][]byte{b}
	}
	return bytes.Split(b, []byte{sep})
}
