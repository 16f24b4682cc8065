package astm

import (
	"fmt"
	"strconv"
)

// depth is the level of each record in the tree of a message (LIS2-A2 5.1): a
// result hangs on an order, an order on a patient.
func depth(kind byte) int {
	switch kind {
	case 'H', 'L':
		return 0
	case 'P', 'Q', 'S':
		return 1
	case 'O':
		return 2
	case 'R':
		return 3
	}
	return -1 // C and M comment on whatever stands before them
}

// check compares the records of each message with the rules of LIS2.
func (t *Transmission) check() {
	open, count := -1, [4]int{}
	seen := map[byte]int{}
	for i := range t.Records {
		r := &t.Records[i]
		seen[r.Type]++
		place := func(field int) string { return locate(r.Type, seen[r.Type], field) }
		d := depth(r.Type)
		switch {
		case r.Type == 'H':
			if open >= 0 {
				t.say(*r, 0, "warning", "structure", "a new message begins before the one before it ended with an L record; the receiver may count the first as lost", place(0))
			}
			open, count = 0, [4]int{}
			if len(r.text) < 5 {
				t.say(*r, 0, "error", "structure", "the header is too short to declare its delimiters (H|\\^&)", place(0))
			}
			continue
		case open < 0:
			t.say(*r, 0, "error", "structure", "a record stands outside a message: the header (H) is missing", place(0))
			open = 0
		case r.Type == 'L':
			t.number(r, 1, place)
			open = -1
			continue
		case d > open+1 && t.Refused == 0:
			t.say(*r, 0, "error", "structure", fmt.Sprintf("a %c record stands here without the record that it belongs to; whose it is cannot be told", r.Type), place(0))
		case d < 0 && r.Type != 'C' && r.Type != 'M':
			t.say(*r, 0, "warning", "structure", "the record type is none of LIS2 (H, P, O, R, C, Q, M, S, L)", place(0))
		}
		if d > 0 {
			open = d
			count[d]++
			for below := d + 1; below < len(count); below++ {
				count[below] = 0
			}
			if t.Refused == 0 {
				t.number(r, count[d], place)
			}
		}
		if r.Type == 'R' {
			t.result(r, place)
		}
	}
	if open >= 0 && len(t.Records) > 0 {
		t.say(t.Records[len(t.Records)-1], 0, "error", "structure", "the message does not end with an L record; it is not complete and must not be used", "L")
	}
}

func locate(kind byte, nth, field int) string {
	s := string([]byte{kind})
	if nth > 1 {
		s += "[" + strconv.Itoa(nth) + "]"
	}
	if field > 0 {
		s += "." + strconv.Itoa(field)
	}
	return s
}

func (t *Transmission) say(r Record, field int, severity, rule, text, location string) {
	if len(t.Issues) >= 200 {
		return
	}
	start, end := r.Span(field)
	t.Issues = append(t.Issues, Issue{Severity: severity, Code: "structure", Rule: rule, Location: location, Start: start, End: end, Text: text})
}

// number checks the sequence number in field 2.
func (t *Transmission) number(r *Record, want int, place func(int) string) {
	got := string(r.Field(2))
	if n, err := strconv.Atoi(got); err == nil && n != want {
		t.say(*r, 2, "warning", "sequence", fmt.Sprintf("the sequence number is %d where %d follows; a record may be missing", n, want), place(2))
	}
}

// result checks what a result needs in order to be read: what was measured,
// the value, and the unit of a number.
func (t *Transmission) result(r *Record, place func(int) string) {
	if len(r.Field(3)) == 0 {
		t.say(*r, 3, "error", "required-field", "the result does not say which test it belongs to (R-3)", place(3))
	}
	value := r.Component(4, 1)
	if value == "" {
		if s := string(r.Field(9)); s != "X" && s != "I" && s != "Q" && s != "N" {
			t.say(*r, 4, "warning", "required-field", "the result has no value (R-4) and its status (R-9) does not say why", place(4))
		}
		return
	}
	if _, err := strconv.ParseFloat(value, 64); err == nil && len(r.Field(5)) == 0 {
		t.say(*r, 5, "warning", "unit-missing", "the value has no unit (R-5), so it cannot be read safely", place(5))
	}
}

// A Result is an R record with the words a person needs.
type Result struct {
	Specimen, Test, Value, Unit, Range, Flags, Status, Completed, Instrument string
	Critical                                                                 bool
}

// Results returns the results of the transmission, each with its order's
// specimen.
func (t *Transmission) Results() []Result {
	var out []Result
	specimen := ""
	for _, r := range t.Records {
		switch r.Type {
		case 'O':
			specimen = r.Component(3, 1)
		case 'R':
			test := r.Component(3, 4)
			if test == "" {
				test = r.Component(3, 1)
			}
			flags := string(r.Field(7))
			out = append(out, Result{Specimen: specimen, Test: test, Value: r.Component(4, 1), Unit: r.Component(5, 1), Range: string(r.Field(6)), Flags: flags,
				Status: r.Component(9, 1), Completed: r.Component(13, 1), Instrument: r.Component(14, 1), Critical: flags == "HH" || flags == "LL"})
		}
	}
	return out
}

// An Instrument names itself in H-5: name^model^serial^software, of
// which many instruments fill the first only.
type Instrument struct{ Name, Model, Serial, Software string }

// Instrument returns who sent the transmission. ok is false when no header
// names it.
func (t *Transmission) Instrument() (Instrument, bool) {
	for _, r := range t.Records {
		if r.Type == 'H' {
			i := Instrument{r.Component(5, 1), r.Component(5, 2), r.Component(5, 3), r.Component(5, 4)}
			return i, i != Instrument{}
		}
	}
	return Instrument{}, false
}
