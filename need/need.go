// Package need gives a consumer no more of a message than its purpose needs.
//
// A list names what may go: segments and fields of HL7 v2, elements of FHIR,
// attributes of DICOM, members of JSON. What it does not name is left out, and
// the places that were left out are told, never what stood there (45 CFR
// 164.502(b), minimum necessary). Names of patients may be replaced by keyed
// pseudonyms: the consumer can follow a patient without knowing who it is.
package need

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bedrail/format/dicom"
)

// A Pseudonym returns what stands in place of a value that names a patient:
// the same for the same value, and nothing to a reader without the key.
type Pseudonym func(value string) string

// A List is what may go to one consumer.
type List struct {
	hl7   map[string]bool // PID, PID-3, PID-3.1
	json  map[string]bool // Observation.code, or values.spo2
	types map[string]bool // resource types that are named at all
	dicom map[dicom.Tag]bool
	group map[uint16]bool
	any   bool
}

// A Result is a message with no more in it than its list names.
type Result struct {
	Body []byte
	// Removed are the places that were left out, each once, sorted.
	Removed []string
	// Replaced are the places in which a pseudonym stands.
	Replaced []string
}

// ErrFormat is wrapped by the error for content of which nothing can be left
// out: it must not go.
var ErrFormat = errors.New("nothing can be left out of this format")

var (
	hl7Name   = regexp.MustCompile(`^[A-Z][A-Z0-9]{2}([-.][1-9]\d{0,2}(\.[1-9]\d{0,2})?)?$`)
	jsonName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\[x\])?(\.[A-Za-z_][A-Za-z0-9_]*(\[x\])?)*$`)
	dicomName = regexp.MustCompile(`^\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4}|[xX]{4})\)?$`)
)

// Compile reads a list as a person writes it: PID-3.1, OBX, Observation.code,
// Observation.value[x], (0008,0060), Modality or (0028,xxxx).
func Compile(fields []string) (*List, error) {
	l := &List{hl7: map[string]bool{}, json: map[string]bool{}, types: map[string]bool{}, dicom: map[dicom.Tag]bool{}, group: map[uint16]bool{}, any: len(fields) > 0}
	for i, f := range fields {
		if !l.add(strings.TrimSpace(f)) {
			return nil, fmt.Errorf("fields[%d]: %q is no segment or field of HL7 v2 (PID, PID-3.1), element of FHIR (Observation.code), attribute of DICOM ((0008,0060), Modality) or member of JSON", i, f)
		}
	}
	return l, nil
}

func (l *List) add(f string) bool {
	switch {
	case dicomName.MatchString(f):
		m := dicomName.FindStringSubmatch(f)
		var group, element uint16
		fmt.Sscanf(m[1], "%x", &group)
		if strings.EqualFold(m[2], "xxxx") {
			l.group[group] = true
			return true
		}
		fmt.Sscanf(m[2], "%x", &element)
		l.dicom[dicom.NewTag(group, element)] = true
	case hl7Name.MatchString(f):
		l.hl7[hl7Key(f)] = true
	case jsonName.MatchString(f):
		if t, ok := dicom.TagOf(f); ok {
			l.dicom[t] = true
		}
		l.json[f] = true
		first, _, _ := strings.Cut(f, ".")
		l.types[first] = true
	default:
		return false
	}
	return true
}

// hl7Key writes PID.3.1 as PID-3.1.
func hl7Key(f string) string {
	if len(f) == 3 {
		return f
	}
	return f[:3] + "-" + f[4:]
}

// A tally is a set of places.
type tally map[string]bool

func (t tally) sorted() []string {
	out := make([]string, 0, len(t))
	for place := range t {
		out = append(out, place)
	}
	slices.Sort(out)
	return out
}
