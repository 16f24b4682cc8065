package fhirpath

import (
	"strings"
)

// converters turn one value into the type that a name stands for (N1 5.5).
var converters = map[string]func(v Value) (Value, bool){
	"Boolean": toBoolean, "Integer": toInteger, "Long": toInteger, "Decimal": toDecimal, "String": toText,
	"Date": toDate, "DateTime": toDateTime, "Time": toTime,
}

var conversions = convertTable()

func convertTable() map[string]function {
	table := map[string]function{}
	for name, convert := range converters {
		table["to"+name] = function{0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
			v, ok, err := single(in, c.pos)
			if err != nil || !ok {
				return out, err
			}
			if got, ok := convert(v.load()); ok {
				out = append(out, got)
			}
			return out, nil
		}}
		table["convertsTo"+name] = function{0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
			v, ok, err := single(in, c.pos)
			if err != nil || !ok {
				return out, err
			}
			_, ok = convert(v.load())
			return append(out, boolean(ok)), nil
		}}
	}
	table["toQuantity"] = function{0, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		got, ok, present, err := quantityOf(r, c, in)
		if err != nil || !present || !ok {
			return out, err
		}
		return append(out, got), nil
	}}
	table["convertsToQuantity"] = function{0, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		_, ok, present, err := quantityOf(r, c, in)
		if err != nil || !present {
			return out, err
		}
		return append(out, boolean(ok)), nil
	}}
	return table
}

func toBoolean(v Value) (Value, bool) {
	switch v.kind {
	case kindBoolean:
		return boolean(v.num != 0), true
	case kindInteger:
		return boolean(v.num == 1), v.num == 0 || v.num == 1
	case kindDecimal:
		one := v.more.dec.cmp(fromInt(1)) == 0
		return boolean(one), one || v.more.dec.coef.Sign() == 0
	case kindString:
		switch strings.ToLower(v.text) {
		case "true", "t", "yes", "y", "1", "1.0":
			return boolean(true), true
		case "false", "f", "no", "n", "0", "0.0":
			return boolean(false), true
		}
	}
	return Value{}, false
}

func toInteger(v Value) (Value, bool) {
	switch v.kind {
	case kindInteger, kindBoolean:
		return integer(v.num), true
	case kindString:
		if d, ok := parseDecimal(v.text); ok && d.scale == 0 && !strings.ContainsAny(v.text, "eE.") && d.coef.IsInt64() {
			return integer(d.coef.Int64()), true
		}
	}
	return Value{}, false
}

func toDecimal(v Value) (Value, bool) {
	switch v.kind {
	case kindBoolean, kindInteger:
		return dec(fromInt(v.num)), true
	case kindDecimal:
		return dec(v.more.dec), true
	case kindString:
		if d, ok := parseDecimal(v.text); ok && !strings.ContainsAny(v.text, "eE") {
			return dec(d), true
		}
	}
	return Value{}, false
}

func toText(v Value) (Value, bool) {
	s, ok := asString(v)
	return str(s), ok
}

func toDate(v Value) (Value, bool) {
	switch v.kind {
	case kindDate:
		return when(kindDate, v.more.at), true
	case kindDateTime:
		m := v.more.at
		m.prec, m.zoned = min(m.prec, day), false
		return when(kindDate, m), true
	case kindString:
		m, ok := parseDateTime(v.text)
		m.prec, m.zoned = min(m.prec, day), false
		return when(kindDate, m), ok
	}
	return Value{}, false
}

func toDateTime(v Value) (Value, bool) {
	switch v.kind {
	case kindDate, kindDateTime:
		return when(kindDateTime, v.more.at), true
	case kindString:
		m, ok := parseDateTime(v.text)
		return when(kindDateTime, m), ok
	}
	return Value{}, false
}

func toTime(v Value) (Value, bool) {
	switch v.kind {
	case kindTime:
		return when(kindTime, v.more.at), true
	case kindString:
		m, ok := parseTime(strings.TrimPrefix(v.text, "T"))
		return when(kindTime, m), ok
	}
	return Value{}, false
}

// quantityOf converts, and to the unit of the argument when there is one.
func quantityOf(r *run, c *call, in []Value) (got Value, ok, present bool, err error) {
	v, present, err := single(in, c.pos)
	if err != nil || !present {
		return v, false, false, err
	}
	if got, ok = toQuantity(v.load()); !ok || len(c.args) == 0 {
		return got, ok, true, nil
	}
	unit, has, err := c.value(r, 0, kindString)
	if err != nil || !has {
		return got, false, has, err
	}
	if word := calendarUnits[unit.text]; word != "" {
		want := quantity(fromInt(1), word, true)
		x, y, ok := commensurate(r, got, want)
		if !ok || got.more.unit != word && y.coef.Sign() == 0 {
			return got, false, true, nil
		}
		return quantity(x.quo(y), word, true), true, true, nil
	}
	want := quantity(fromInt(1), unit.text, false)
	x, y, ok := commensurate(r, got, want)
	if !ok || y.coef.Sign() == 0 {
		return got, false, true, nil
	}
	return quantity(x.quo(y), unit.text, false), true, true, nil
}

func toQuantity(v Value) (Value, bool) {
	switch v.kind {
	case kindQuantity:
		return quantity(v.more.dec, v.more.unit, v.more.cal), true
	case kindInteger, kindBoolean:
		return quantity(fromInt(v.num), "1", false), true
	case kindDecimal:
		return quantity(v.more.dec, "1", false), true
	case kindString:
		return parseQuantity(v.text)
	}
	return Value{}, false
}

// parseQuantity reads 4.5 'mg', 4 days, 1.
func parseQuantity(s string) (Value, bool) {
	number, unit := s, ""
	if i := strings.IndexAny(s, " \t'"); i >= 0 {
		number, unit = s[:i], strings.TrimSpace(s[i:])
	}
	d, ok := parseDecimal(number)
	switch {
	case !ok:
		return Value{}, false
	case unit == "":
		return quantity(d, "1", false), number == s
	case len(unit) > 2 && unit[0] == '\'' && unit[len(unit)-1] == '\'':
		return quantity(d, unit[1:len(unit)-1], false), true
	}
	word := calendarUnits[unit]
	return quantity(d, word, true), word != ""
}
