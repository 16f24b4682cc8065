package fhirpath

import (
	"strconv"
	"strings"
	"unicode"

	"bedrail/format/jsondoc"
)

type kind uint8

const (
	kindNode kind = iota + 1 // an element that is no primitive with a value
	kindBoolean
	kindInteger
	kindDecimal
	kindString
	kindDate
	kindDateTime
	kindTime
	kindQuantity
	kindTypeInfo
)

var systemTypes = map[kind]string{
	kindBoolean: "Boolean", kindInteger: "Integer", kindDecimal: "Decimal", kindString: "String", kindDate: "Date",
	kindDateTime: "DateTime", kindTime: "Time", kindQuantity: "Quantity", kindTypeInfo: "TypeInfo",
}

// A Value is one item of a collection: an element of the resource, or a value
// that was computed.
type Value struct {
	kind   kind
	loaded bool         // a primitive element whose text was read into the fields below
	typ    string       // FHIR type of an element, "" for computed values
	node   jsondoc.Node // the element
	shadow jsondoc.Node // the member with an underscore beside a primitive

	num  int64 // integers, booleans
	text string
	more *detail
}

// A detail holds what few values need.
type detail struct {
	dec  decimal
	at   moment
	unit string // of a quantity: UCUM code or calendar word
	cal  bool   // the unit is a calendar word
	ns   string // of a type: its namespace
}

// Node returns the element that v is, and the zero Node for computed values.
func (v Value) Node() jsondoc.Node {
	if v.node.Exists() {
		return v.node
	}
	return v.shadow
}

// Type returns "FHIR.Patient" or "System.String".
func (v Value) Type() string {
	if v.typ != "" {
		return "FHIR." + v.typ
	}
	return "System." + systemTypes[v.kind]
}

// String returns v as text: what toString gives, and for elements that have
// no value their JSON.
func (v Value) String() string {
	if s, ok := asString(v); ok {
		return s
	}
	return string(v.Node().Raw())
}

// Bool returns a boolean's value.
func (v Value) Bool() (value, ok bool) {
	v = v.load()
	return v.num != 0, v.kind == kindBoolean
}

func boolean(b bool) Value {
	if b {
		return Value{kind: kindBoolean, num: 1}
	}
	return Value{kind: kindBoolean}
}

func integer(i int64) Value       { return Value{kind: kindInteger, num: i} }
func str(s string) Value          { return Value{kind: kindString, text: s} }
func dec(d decimal) Value         { return Value{kind: kindDecimal, more: &detail{dec: d}} }
func when(k kind, m moment) Value { return Value{kind: k, more: &detail{at: m}} }

func quantity(d decimal, unit string, calendar bool) Value {
	return Value{kind: kindQuantity, more: &detail{dec: d, unit: unit, cal: calendar}}
}

// calendarUnits are the words for durations by the calendar (N1 4.1.8).
var calendarUnits = map[string]string{
	"year": "year", "years": "year", "month": "month", "months": "month", "week": "week", "weeks": "week",
	"day": "day", "days": "day", "hour": "hour", "hours": "hour", "minute": "minute", "minutes": "minute",
	"second": "second", "seconds": "second", "millisecond": "millisecond", "milliseconds": "millisecond",
}

// fhirKinds says what the primitives of FHIR are in FHIRPath's own types.
var fhirKinds = map[string]kind{
	"boolean": kindBoolean, "integer": kindInteger, "positiveInt": kindInteger, "unsignedInt": kindInteger, "integer64": kindInteger,
	"decimal": kindDecimal, "string": kindString, "uri": kindString, "url": kindString, "canonical": kindString, "oid": kindString,
	"uuid": kindString, "id": kindString, "code": kindString, "markdown": kindString, "base64Binary": kindString, "xhtml": kindString,
	"date": kindDate, "dateTime": kindDateTime, "instant": kindDateTime, "time": kindTime,
}

// load reads the value of a primitive element. A primitive whose text does
// not fit its type, and one that has extensions only, stays a node.
func (v Value) load() Value {
	if v.kind != kindNode || v.loaded || !v.node.Exists() {
		return v
	}
	v.loaded = true
	k, primitive := fhirKinds[v.typ]
	switch v.node.Kind() {
	case jsondoc.True, jsondoc.False:
		v.kind, v.num = kindBoolean, 0
		if v.node.Kind() == jsondoc.True {
			v.num = 1
		}
	case jsondoc.Number:
		return v.loadNumber(k)
	case jsondoc.String:
		if !primitive {
			k = kindString
		}
		return v.loadText(k)
	case jsondoc.Object:
		if v.isQuantity() {
			return v.loadQuantity()
		}
	}
	return v
}

func (v Value) loadNumber(k kind) Value {
	text := string(v.node.Raw())
	if k != kindDecimal {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			v.kind, v.num = kindInteger, i
			return v
		}
	}
	if d, ok := parseDecimal(text); ok {
		v.kind, v.more = kindDecimal, &detail{dec: d}
	}
	return v
}

func (v Value) loadText(k kind) Value {
	text := v.node.Text()
	var m moment
	ok := false
	switch k {
	case kindDate:
		m, ok = parseDate(text)
	case kindDateTime:
		m, ok = parseDateTime(text)
	case kindTime:
		m, ok = parseTime(text)
	case kindInteger: // integer64 is written as a string
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			v.kind, v.num = kindInteger, i
		}
		return v
	default:
		v.kind, v.text = kindString, text
		return v
	}
	if ok {
		v.kind, v.more = k, &detail{at: m}
	}
	return v
}

func (v Value) isQuantity() bool {
	switch v.typ {
	case "Quantity", "Age", "Duration", "Count", "Distance", "Money", "SimpleQuantity", "MoneyQuantity":
		return true
	}
	return false
}

const ucumSystem = "http://unitsofmeasure.org"

// loadQuantity makes a FHIR quantity one of FHIRPath (FHIR R4, 2.9.1.6):
// only UCUM codes are units; a and mo stand for calendar words there.
func (v Value) loadQuantity() Value {
	d, ok := parseDecimal(string(v.node.Get("value").Raw()))
	if !ok || v.node.Get("comparator").Exists() {
		return v
	}
	unit := v.node.Get("code").Text()
	if unit == "" {
		unit = v.node.Get("unit").Text()
	} else if system := v.node.Get("system"); system.Exists() && !system.TextIs(ucumSystem) {
		return v
	}
	if unit == "" {
		unit = "1"
	}
	v.kind, v.more = kindQuantity, &detail{dec: d, unit: unit}
	return v
}

// asDecimal widens integers and decimals.
func asDecimal(v Value) (decimal, bool) {
	switch v.kind {
	case kindInteger:
		return fromInt(v.num), true
	case kindDecimal, kindQuantity:
		return v.more.dec, true
	}
	return decimal{}, false
}

func asString(v Value) (string, bool) {
	switch v = v.load(); v.kind {
	case kindString:
		return v.text, true
	case kindBoolean:
		return strconv.FormatBool(v.num != 0), true
	case kindInteger:
		return strconv.FormatInt(v.num, 10), true
	case kindDecimal:
		return v.more.dec.String(), true
	case kindDate, kindDateTime, kindTime:
		return v.more.at.format(v.kind), true
	case kindQuantity:
		if v.more.cal {
			unit := v.more.unit
			if v.more.dec.cmp(fromInt(1)) != 0 {
				unit += "s"
			}
			return v.more.dec.String() + " " + unit, true
		}
		return v.more.dec.String() + " '" + v.more.unit + "'", true
	}
	return "", false
}

// fold normalises text for equivalence: case and runs of blanks do not count.
func fold(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), unicode.IsSpace), " ")
}
