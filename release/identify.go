package release

import (
	"strings"

	"bedrail/format/hl7"
)

// identifiersIn gathers what in a message says who somebody is: names,
// numbers, addresses, telephones, dates of birth. Values of the release are
// compared with them.
func identifiersIn(m *hl7.Message) map[string]bool {
	out := map[string]bool{}
	add := func(v string) {
		if v = strings.ToUpper(strings.TrimSpace(v)); len(v) >= 3 {
			out[v] = true
		}
	}
	for i := range m.Len() {
		s := m.Segment(i)
		for field, components := range direct(s.Name()) {
			f := s.Field(field)
			for r := range f.Reps() {
				rep := f.Rep(r + 1)
				for _, c := range components {
					add(rep.Component(c).String())
				}
			}
		}
	}
	return out
}

// direct are the fields of a segment that say who somebody is, with the
// components that do.
func direct(segment string) map[int][]int {
	number, name, address, phone := []int{1}, []int{1, 2, 3}, []int{1, 2, 3, 5, 8, 9}, []int{1, 4, 7, 12}
	staff := []int{1, 2, 3}
	switch segment {
	case "PID":
		return map[int][]int{2: number, 3: number, 4: number, 5: name, 6: name, 7: number, 9: name, 11: address, 12: number, 13: phone, 14: phone, 18: number, 19: number, 20: number, 21: number, 23: number, 29: number}
	case "PV1":
		return map[int][]int{5: number, 7: staff, 8: staff, 9: staff, 17: staff, 19: number, 50: number, 52: staff}
	case "NK1":
		return map[int][]int{2: name, 4: address, 5: phone, 6: phone, 30: name, 31: phone, 32: address, 33: number, 37: number}
	case "GT1":
		return map[int][]int{2: number, 3: name, 4: name, 5: address, 6: phone, 7: phone, 8: number, 12: number}
	case "IN1":
		return map[int][]int{16: name, 18: number, 19: address, 36: number, 49: number}
	case "ORC":
		return map[int][]int{2: number, 3: number, 10: staff, 12: staff}
	case "OBR":
		return map[int][]int{2: number, 3: number, 16: staff, 28: staff}
	case "OBX":
		return map[int][]int{16: staff, 18: number}
	}
	return nil
}

// shortest is the length from which on an identifier is looked for inside of a
// value. A shorter one must be all of it.
const shortest = 5

// names reports whether v holds one of the identifiers.
func names(v string, identifiers map[string]bool) bool {
	v = strings.ToUpper(v)
	if identifiers[v] {
		return true
	}
	for from := range v {
		for to := from + shortest; to <= len(v); to++ {
			if identifiers[v[from:to]] {
				return true
			}
		}
	}
	return false
}

// measure counts what the rows say of how easily somebody is found again.
// groups maps a combination of quasi-identifiers to the patients who have it.
func measure(quasi []string, groups map[string]map[string]bool) Risk {
	r := Risk{Quasi: quasi, Groups: len(groups)}
	all, pairs := map[string]bool{}, 0
	alone := map[string]bool{}
	for _, who := range groups {
		pairs += len(who)
		if r.Smallest == 0 || len(who) < r.Smallest {
			r.Smallest = len(who)
		}
		for p := range who {
			all[p] = true
			if len(who) == 1 {
				alone[p] = true
			}
		}
	}
	r.Patients, r.Unique = len(all), len(alone)
	if r.Smallest > 0 {
		r.Highest, r.Average = 1/float64(r.Smallest), float64(len(groups))/float64(pairs)
	}
	return r
}
