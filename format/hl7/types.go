package hl7

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A kind is what can be checked about the writing of a primitive type.
type kind uint8

const (
	anyText kind = iota
	numberKind
	sequenceKind
	dateKind
	timeKind
	stampKind // TS and DTM: a composite since 2.x, whose first component counts
)

func kindOf(name string) kind {
	switch name {
	case "NM":
		return numberKind
	case "SI":
		return sequenceKind
	case "DT":
		return dateKind
	case "TM":
		return timeKind
	case "TS", "DTM":
		return stampKind
	}
	return anyText
}

// wrong returns what is wrong with b as a value of kind k, or "".
func (k kind) wrong(b []byte) string {
	switch k {
	case numberKind:
		if !isNumber(b) {
			return "a number (NM) may hold digits, one decimal point and a sign only" + letterHint(b)
		}
	case sequenceKind:
		if len(b) == 0 || !allDigits(b) {
			return "a sequence number (SI) may hold digits only"
		}
	case dateKind:
		if _, err := parseStamp(b, time.UTC); err != nil || len(b) > 8 {
			return "a date (DT) is written YYYY, YYYYMM or YYYYMMDD"
		}
	case timeKind:
		if !isClock(b) {
			return "a time (TM) is written HH[MM[SS[.SSSS]]][+/-ZZZZ]"
		}
	case stampKind:
		if _, err := parseStamp(b, time.UTC); err != nil {
			return "a time is written YYYY[MM[DD[HH[MM[SS[.SSSS]]]]]][+/-ZZZZ]; " + err.Error()
		}
	}
	return ""
}

func letterHint(b []byte) string {
	for _, c := range b {
		if c == 'O' || c == 'o' {
			return "; this one holds the letter O where a zero may be meant"
		}
		if c == ',' {
			return "; this one holds a comma, and HL7 wants a point"
		}
	}
	return ""
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func isNumber(b []byte) bool {
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		b = b[1:]
	}
	digits, points := 0, 0
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && points == 0:
			points++
		default:
			return false
		}
	}
	return digits > 0
}

func isClock(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	day := append(make([]byte, 0, 40), "20000101"...)
	if len(b) > 24 {
		return false
	}
	_, err := parseStamp(append(day, b...), time.UTC)
	return err == nil
}

// A Precision says how exactly a time was written.
type Precision uint8

// The precisions of a time.
const (
	Year Precision = iota + 1
	Month
	Day
	Hour
	Minute
	Second
	Fraction
)

// A Time is a TS or DTM: an instant with the precision in which it was
// written, and whether it named its offset from UTC.
type Time struct {
	time.Time
	Precision Precision
	Zoned     bool // false: the zone was assumed by the reader
}

// Time reads a TS, DTM or DT. A time that names no offset is taken to be in
// zone, and Zoned says so.
func (v Value) Time(zone *time.Location) (Time, error) {
	v = v.Component(1)
	t, err := parseStamp(v.Bytes(), zone)
	if err != nil {
		return Time{}, &Error{Offset: int(v.start), Text: err.Error()}
	}
	return t, nil
}

func parseStamp(b []byte, zone *time.Location) (Time, error) {
	t := Time{}
	digits := b
	for i, c := range b {
		if c == '+' || c == '-' {
			offset, err := parseOffset(b[i:])
			if err != nil {
				return Time{}, err
			}
			zone, t.Zoned, digits = offset, true, b[:i]
			break
		}
	}
	whole, nanos, err := splitFraction(digits)
	if err != nil {
		return Time{}, err
	}
	part := [6]int{1: 1, 2: 1}
	switch len(whole) {
	case 14, 12, 10, 8, 6, 4:
	default:
		return Time{}, errStamp("its length fits no precision")
	}
	part[0] = number(whole[:4])
	for i := 4; i < len(whole); i += 2 {
		part[i/2-1] = number(whole[i : i+2])
	}
	if part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > daysIn(part[0], part[1]) || part[3] > 23 || part[4] > 59 || part[5] > 60 {
		return Time{}, errStamp("there is no such day or time")
	}
	if t.Precision = Precision(len(whole)/2 - 1); len(whole) < len(digits) {
		t.Precision = Fraction
	}
	t.Time = time.Date(part[0], time.Month(part[1]), part[2], part[3], part[4], part[5], nanos, zone)
	return t, nil
}

// splitFraction cuts a fraction of a second off the digits before it.
func splitFraction(digits []byte) (whole []byte, nanos int, err error) {
	whole = digits
	for i, c := range digits {
		if c != '.' {
			continue
		}
		whole = digits[:i]
		fraction := digits[i+1:]
		if len(whole) != 14 || len(fraction) > 6 || !allDigits(fraction) {
			return nil, 0, errStamp("a fraction stands only after full seconds")
		}
		nanos = number(fraction)
		for range 9 - len(fraction) {
			nanos *= 10
		}
		break
	}
	if !allDigits(whole) {
		return nil, 0, errStamp("it holds something that is not a digit")
	}
	return whole, nanos, nil
}

// errStamp is a sentence about a time; it is compared by nobody.
type errStamp string

func (e errStamp) Error() string { return string(e) }

func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func parseOffset(b []byte) (*time.Location, error) {
	if len(b) != 5 || !allDigits(b[1:]) || number(b[1:3]) > 14 || number(b[3:]) > 59 {
		return nil, errStamp("its offset from UTC is not +/-HHMM")
	}
	seconds := number(b[1:3])*3600 + number(b[3:])*60
	if seconds == 0 {
		return time.UTC, nil
	}
	if b[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), nil
}

// A Decimal is an NM as it was written, so that no digit is lost or invented.
type Decimal struct {
	Text  string
	Float float64
}

// Decimal reads an NM.
func (v Value) Decimal() (Decimal, error) {
	v = v.Component(1)
	b := v.Bytes()
	if !isNumber(b) {
		return Decimal{}, &Error{Offset: int(v.start), Text: numberKind.wrong(b)}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return Decimal{}, &Error{Offset: int(v.start), Text: "the number is too large"}
	}
	return Decimal{Text: string(b), Float: f}, nil
}

// Float reads an NM as a number, without memory for its text.
func (v Value) Float() (float64, bool) {
	b := v.Component(1).Bytes()
	if !isNumber(b) {
		return 0, false
	}
	if len(b) > 15 { // more digits than an exact quotient allows
		f, err := strconv.ParseFloat(string(b), 64)
		return f, err == nil
	}
	whole, scale := 0, 1
	seen := false
	for _, c := range b {
		switch {
		case c == '.':
			seen = true
		case c >= '0' && c <= '9':
			whole = whole*10 + int(c-'0')
			if seen {
				scale *= 10
			}
		}
	}
	if b[0] == '-' {
		whole = -whole
	}
	return float64(whole) / float64(scale), true
}

// Int reads a whole number from 0, such as a code of a nomenclature.
func (v Value) Int() (int, bool) {
	b := v.Bytes()
	if len(b) > 12 || !allDigits(b) {
		return 0, false
	}
	return number(b), true
}

// A Code is a CE, CWE or CNE: a code with its text and system, and the same
// in another system.
type Code struct {
	ID, Text, System          string
	AltID, AltText, AltSystem string
	Version, Original         string // CWE-7 and CWE-9
}

// Code reads a coded value.
func (v Value) Code() Code {
	var c Code
	v.texts(&c.ID, &c.Text, &c.System, &c.AltID, &c.AltText, &c.AltSystem, &c.Version, nil, &c.Original)
	return c
}

// texts writes the texts of the first components into where they belong.
func (v Value) texts(into ...*string) {
	if v.Empty() {
		return
	}
	var room [12]Value
	for i, piece := range v.Pieces(room[:0]) {
		if i == len(into) {
			return
		}
		if into[i] != nil && !piece.Empty() {
			*into[i] = piece.String()
		}
	}
}

// An Entity is an EI (or, without an id, an HD): an identifier with the
// authority that gave it.
type Entity struct{ ID, Namespace, Universal, Type string }

// Entity reads an EI.
func (v Value) Entity() Entity {
	var e Entity
	v.texts(&e.ID, &e.Namespace, &e.Universal, &e.Type)
	return e
}

// Designator reads an HD into the last three parts of an Entity. It reads the
// subcomponents when v is a component.
func (v Value) Designator() Entity {
	part := v.Component
	if v.level >= atComponent {
		part = v.Sub
	}
	return Entity{"", part(1).String(), part(2).String(), part(3).String()}
}

// A Name is an XPN.
type Name struct{ Family, Given, Further, Suffix, Prefix, Degree, Type string }

// Name reads an XPN; of a family name with parts (FN) the surname.
func (v Value) Name() Name {
	return Name{
		Family: v.Component(1).Sub(1).String(), Given: v.Component(2).String(), Further: v.Component(3).String(),
		Suffix: v.Component(4).String(), Prefix: v.Component(5).String(), Degree: v.Component(6).String(), Type: v.Component(7).String(),
	}
}

// An Identifier is a CX.
type Identifier struct {
	ID, Check, Scheme string
	Authority         Entity
	Type              string
	Facility          Entity
}

// Identifier reads a CX.
func (v Value) Identifier() Identifier {
	return Identifier{
		ID: v.Component(1).String(), Check: v.Component(2).String(), Scheme: v.Component(3).String(),
		Authority: v.Component(4).Designator(), Type: v.Component(5).String(), Facility: v.Component(6).Designator(),
	}
}

// A Place is a PL.
type Place struct {
	PointOfCare, Room, Bed string
	Facility               Entity
	Status, Type           string
	Building, Floor        string
}

// Place reads a PL.
func (v Value) Place() Place {
	return Place{
		PointOfCare: v.Component(1).Sub(1).String(), Room: v.Component(2).Sub(1).String(), Bed: v.Component(3).Sub(1).String(),
		Facility: v.Component(4).Designator(), Status: v.Component(5).String(), Type: v.Component(6).String(),
		Building: v.Component(7).Sub(1).String(), Floor: v.Component(8).Sub(1).String(),
	}
}

// An Encapsulated is an ED: data of another kind inside the message.
type Encapsulated struct {
	Source                  Entity
	Type, Subtype, Encoding string
	Data                    Value // as sent; Encoding says how: A, Hex or Base64
}

// Encapsulated reads an ED.
func (v Value) Encapsulated() Encapsulated {
	return Encapsulated{v.Component(1).Designator(), v.Component(2).String(), v.Component(3).String(), v.Component(4).String(), v.Component(5)}
}

// A Structured is an SN: >^100, ^100^-^200, ^1^:^128.
type Structured struct {
	Comparator, Num1, Separator, Num2 string
}

// Structured reads an SN.
func (v Value) Structured() (Structured, error) {
	s := Structured{v.Component(1).String(), v.Component(2).String(), v.Component(3).String(), v.Component(4).String()}
	for i, n := range []string{s.Num1, s.Num2} {
		if n != "" && !isNumber([]byte(n)) {
			return s, &Error{Offset: int(v.Component(2 + 2*i).start), Text: numberKind.wrong([]byte(n))}
		}
	}
	if s.Comparator != "" && !strings.Contains(" > < >= <= = <> ", " "+s.Comparator+" ") {
		return s, &Error{Offset: int(v.start), Text: fmt.Sprintf("%q is no comparator of a structured number (SN)", s.Comparator)}
	}
	return s, nil
}
