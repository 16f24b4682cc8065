package fhirpath

import (
	"math/big"
	"strings"
)

func concatenate(_ *run, b *binary, left, right, out []Value) ([]Value, error) {
	var text [2]string
	for i, side := range [][]Value{left, right} {
		v, ok, err := single(side, b.pos)
		if err != nil {
			return out, err
		}
		if !ok {
			continue
		}
		s, ok := asString(v)
		if v = v.load(); !ok || v.kind != kindString {
			return out, failf(b.pos, "& joins text, not %s", v.Type())
		}
		text[i] = s
	}
	return append(out, str(text[0]+text[1])), nil
}

func arithmetic(r *run, b *binary, left, right, out []Value) ([]Value, error) {
	x, ok, err := single(left, b.pos)
	if err != nil || !ok {
		return out, err
	}
	y, ok, err := single(right, b.pos)
	if err != nil || !ok {
		return out, err
	}
	x, y = x.load(), y.load()
	switch {
	case x.kind == kindString && y.kind == kindString && b.op == "+":
		return append(out, str(x.text+y.text)), nil
	case temporal(x.kind) && y.kind == kindQuantity && (b.op == "+" || b.op == "-"):
		return shiftMoment(b, x, y, out)
	case x.kind == kindInteger && y.kind == kindInteger && b.op != "/":
		if v, done, ok := integers(b.op, x.num, y.num); done {
			if !ok {
				return out, nil
			}
			return append(out, integer(v)), nil
		}
	case x.kind == kindQuantity || y.kind == kindQuantity:
		return quantities(r, b, x, y, out)
	}
	p, ok1 := asDecimal(x)
	q, ok2 := asDecimal(y)
	if !ok1 || !ok2 {
		return out, failf(b.pos, "%s %s %s has no meaning", x.Type(), b.op, y.Type())
	}
	d, whole, ok := decimals(b.op, p, q)
	switch {
	case !ok:
		return out, nil
	case whole != nil:
		if !whole.IsInt64() {
			return out, nil
		}
		return append(out, integer(whole.Int64())), nil
	}
	return append(out, dec(d)), nil
}

// integers computes without leaving 64 bits; done is false on overflow, ok
// false for division by zero.
func integers(op string, x, y int64) (v int64, done, ok bool) {
	switch op {
	case "+":
		v = x + y
		return v, (v > x) == (y > 0), true
	case "-":
		v = x - y
		return v, (v < x) == (y > 0), true
	case "*":
		p := new(big.Int).Mul(big.NewInt(x), big.NewInt(y))
		return p.Int64(), p.IsInt64(), true
	case "div":
		if y == 0 {
			return 0, true, false
		}
		return x / y, true, true
	case "mod":
		if y == 0 {
			return 0, true, false
		}
		return x % y, true, true
	}
	return 0, false, false
}

func decimals(op string, p, q decimal) (d decimal, whole *big.Int, ok bool) {
	switch op {
	case "+":
		return p.add(q), nil, true
	case "-":
		return p.sub(q), nil, true
	case "*":
		return p.mul(q), nil, len(p.coef.Bits()) < 64 && len(q.coef.Bits()) < 64
	}
	if q.coef.Sign() == 0 {
		return decimal{}, nil, false
	}
	switch op {
	case "/":
		return p.quo(q), nil, true
	case "div":
		x, y, _ := align(p, q)
		return decimal{}, new(big.Int).Quo(x, y), true
	}
	x, y, s := align(p, q)
	return decimal{new(big.Int).Rem(x, y), s}, nil, true
}

// calendarOf are the durations of UCUM that have a fixed length, as calendar
// words. Years and months of UCUM are means, which move no date.
var calendarOf = map[string]string{"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}

func shiftMoment(b *binary, x, y Value, out []Value) ([]Value, error) {
	unit, amount := y.more.unit, y.more.dec
	if !y.more.cal {
		word := calendarOf[unit]
		if word == "" {
			word = calendarUnits[unit] // '1 month', quoted by mistake
		}
		if word == "" {
			return out, failf(b.pos, "a date can be moved by calendar durations such as 1 day, not by '%s'", unit)
		}
		unit, amount = word, decimal{amount.truncate(), 0}
	}
	if b.op == "-" {
		amount = amount.neg()
	}
	m, ok := x.more.at.plus(amount, unit, x.kind)
	if !ok {
		return out, nil
	}
	return append(out, when(x.kind, m)), nil
}

func quantities(r *run, b *binary, x, y Value, out []Value) ([]Value, error) {
	if x.kind != kindQuantity || y.kind != kindQuantity {
		return scale(b, x, y, out)
	}
	switch b.op {
	case "+", "-":
		if x.more.unit != y.more.unit || x.more.cal != y.more.cal {
			return mixed(r, b, x, y, out)
		}
		d, _, _ := decimals(b.op, x.more.dec, y.more.dec)
		return append(out, quantity(d, x.more.unit, x.more.cal)), nil
	case "*", "/":
		d, _, ok := decimals(b.op, x.more.dec, y.more.dec)
		if !ok || x.more.cal || y.more.cal {
			return out, nil
		}
		return append(out, quantity(d, product(b.op, x.more.unit, y.more.unit), false)), nil
	}
	return out, failf(b.pos, "%s has no meaning for quantities", b.op)
}

// mixed adds quantities of different units in their base unit.
func mixed(r *run, b *binary, x, y Value, out []Value) ([]Value, error) {
	if r.Units == nil || x.more.cal || y.more.cal {
		return out, nil
	}
	cx, ux, err1 := r.Units.Canonical(x.more.dec.String(), x.more.unit)
	cy, uy, err2 := r.Units.Canonical(y.more.dec.String(), y.more.unit)
	p, ok1 := parseDecimal(cx)
	q, ok2 := parseDecimal(cy)
	if err1 != nil || err2 != nil || ux != uy || !ok1 || !ok2 {
		return out, nil
	}
	d, _, _ := decimals(b.op, p, q)
	return append(out, quantity(d, ux, false)), nil
}

func product(op, u, w string) string {
	switch {
	case op == "/" && u == w:
		return "1"
	case w == "1":
		return u
	case u == "1" && op == "*":
		return w
	case op == "*" && u == w && strings.Trim(u, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
		return u + "2"
	case op == "*":
		return u + "." + w
	}
	return u + "/" + w
}

// scale multiplies or divides a quantity by a number.
func scale(b *binary, x, y Value, out []Value) ([]Value, error) {
	p, ok1 := asDecimal(x)
	q, ok2 := asDecimal(y)
	if !ok1 || !ok2 || b.op != "*" && (b.op != "/" || y.kind == kindQuantity) {
		return out, failf(b.pos, "%s %s %s has no meaning", x.Type(), b.op, y.Type())
	}
	d, _, ok := decimals(b.op, p, q)
	if !ok {
		return out, nil
	}
	of := x
	if x.kind != kindQuantity {
		of = y
	}
	return append(out, quantity(d, of.more.unit, of.more.cal)), nil
}
