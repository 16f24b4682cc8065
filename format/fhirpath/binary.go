package fhirpath

import (
	"math/big"
	"strings"
)

type binary struct {
	op          string
	left, right expr
	pos         int
	apply       func(r *run, b *binary, left, right, out []Value) ([]Value, error)
}

// newBinary binds an operator to its meaning.
func newBinary(op string, left, right expr, pos int) expr {
	b := &binary{op: op, left: left, right: right, pos: pos}
	switch op {
	case "and", "or", "xor", "implies":
		return logic{b}
	case "=", "!=":
		b.apply = equality
	case "~", "!~":
		b.apply = equivalence
	case "<", ">", "<=", ">=":
		b.apply = ordering
	case "|":
		return union{left, right}
	case "in":
		b.apply = membership
	case "contains":
		b.apply = func(r *run, b *binary, left, right, out []Value) ([]Value, error) {
			return membership(r, b, right, left, out)
		}
	case "&":
		b.apply = concatenate
	default:
		b.apply = arithmetic
	}
	return b
}

func (b *binary) eval(r *run, focus, out []Value) ([]Value, error) {
	vars := r.vars
	left, err := b.left.eval(r, focus, r.buffer())
	r.vars = vars
	if err != nil {
		return out, err
	}
	right, err := b.right.eval(r, focus, r.buffer())
	r.vars = vars
	if err != nil {
		return out, err
	}
	if err := r.spend(1 + len(left) + len(right)); err != nil {
		return out, err
	}
	out, err = b.apply(r, b, left, right, out)
	r.give(left)
	r.give(right)
	return out, err
}

// union is the set of both sides (N1 6.5.1).
type union struct{ left, right expr }

func (u union) eval(r *run, focus, out []Value) ([]Value, error) {
	vars := r.vars
	both, err := u.left.eval(r, focus, r.buffer())
	r.vars = vars
	if err != nil {
		return out, err
	}
	both, err = u.right.eval(r, focus, both)
	r.vars = vars
	if err != nil {
		return out, err
	}
	out, err = distinct(r, both, out, len(out))
	r.give(both)
	return out, err
}

// distinct appends to out the items of vs that do not stand in out[from:].
func distinct(r *run, vs, out []Value, from int) ([]Value, error) {
	for _, v := range vs {
		if err := r.spend(1 + len(out) - from); err != nil {
			return out, err
		}
		if !holds(r, out[from:], v) {
			out = append(out, v)
		}
	}
	return out, nil
}

func holds(r *run, vs []Value, v Value) bool {
	for _, o := range vs {
		if same, known := equal(r, o, v); same && known {
			return true
		}
	}
	return false
}

// logic is three-valued: true, false, empty (N1 6.5).
type logic struct{ *binary }

type ternary int8

const (
	no ternary = iota
	yes
	unknown
)

func truth(r *run, e expr, focus []Value, pos int) (ternary, error) {
	vars := r.vars
	v, ok, err := one(r, e, focus, kindBoolean, pos)
	r.vars = vars
	switch {
	case err != nil || !ok:
		return unknown, err
	case v.num != 0:
		return yes, nil
	}
	return no, nil
}

func (l logic) eval(r *run, focus, out []Value) ([]Value, error) {
	if err := r.spend(1); err != nil {
		return out, err
	}
	a, err := truth(r, l.left, focus, l.pos)
	if err != nil {
		return out, err
	}
	switch { // what the left side alone decides
	case l.op == "and" && a == no:
		return append(out, boolean(false)), nil
	case l.op == "or" && a == yes, l.op == "implies" && a == no:
		return append(out, boolean(true)), nil
	}
	b, err := truth(r, l.right, focus, l.pos)
	if err != nil {
		return out, err
	}
	result := unknown
	switch l.op {
	case "and":
		result = and(a, b)
	case "or":
		result = 1 - and(flip(a), flip(b))
		if and(flip(a), flip(b)) == unknown {
			result = unknown
		}
	case "xor":
		if a != unknown && b != unknown {
			result = no
			if a != b {
				result = yes
			}
		}
	case "implies":
		switch {
		case b == yes:
			result = yes
		case a == yes:
			result = b
		}
	}
	if result == unknown {
		return out, nil
	}
	return append(out, boolean(result == yes)), nil
}

func and(a, b ternary) ternary {
	switch {
	case a == no || b == no:
		return no
	case a == unknown || b == unknown:
		return unknown
	}
	return yes
}

func flip(a ternary) ternary {
	if a == unknown {
		return a
	}
	return 1 - a
}

func equality(r *run, b *binary, left, right, out []Value) ([]Value, error) {
	if len(left) == 0 || len(right) == 0 {
		return out, nil
	}
	same, known := len(left) == len(right), true
	for i := 0; same && i < len(left); i++ {
		s, k := equal(r, left[i], right[i])
		same, known = same && s, known && k
		if !k {
			return out, nil
		}
	}
	if !known {
		return out, nil
	}
	return append(out, boolean(same == (b.op == "="))), nil
}

func equivalence(r *run, b *binary, left, right, out []Value) ([]Value, error) {
	same := len(left) == len(right)
	if same && len(left) > 0 {
		used := make([]bool, len(right)) // order does not count
		for _, v := range left {
			found := false
			for i, o := range right {
				if !used[i] && equivalent(r, v, o) {
					used[i], found = true, true
					break
				}
			}
			same = same && found
		}
		if err := r.spend(len(left) * len(right)); err != nil {
			return out, err
		}
	}
	return append(out, boolean(same == (b.op == "~"))), nil
}

func ordering(r *run, b *binary, left, right, out []Value) ([]Value, error) {
	a, ok, err := single(left, b.pos)
	if err != nil || !ok {
		return out, err
	}
	c, ok, err := single(right, b.pos)
	if err != nil || !ok {
		return out, err
	}
	order, known, comparable := compare(r, a.load(), c.load())
	if !comparable {
		return out, failf(b.pos, "%s and %s cannot be put in order", a.Type(), c.Type())
	}
	if !known {
		return out, nil
	}
	is := map[string]bool{"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[b.op]
	return append(out, boolean(is)), nil
}

// compare orders two loaded values. comparable is false when their types have
// no order between them.
func compare(r *run, a, b Value) (order int, known, comparable bool) {
	switch {
	case a.kind == kindString && b.kind == kindString:
		return strings.Compare(a.text, b.text), true, true
	case a.kind == kindQuantity && b.kind == kindQuantity:
		x, y, ok := commensurate(r, a, b)
		if !ok {
			return 0, false, true
		}
		return x.cmp(y), true, true
	case temporal(a.kind) && temporal(b.kind) && (a.kind == kindTime) == (b.kind == kindTime):
		order, known := a.more.at.compare(b.more.at)
		return order, known, true
	}
	if a.kind == kindQuantity || b.kind == kindQuantity {
		return 0, false, false
	}
	x, ok1 := asDecimal(a)
	y, ok2 := asDecimal(b)
	if !ok1 || !ok2 {
		return 0, false, false
	}
	return x.cmp(y), true, true
}

func temporal(k kind) bool { return k == kindDate || k == kindDateTime || k == kindTime }

// calendarUCUM are the UCUM codes that mean a calendar word: exactly, but for
// year and month, which are of no fixed length by the calendar (N1 4.1.8).
var calendarUCUM = map[string]string{"year": "a", "month": "mo", "week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms"}

// calendarSeconds gives fixed calendar units in milliseconds, and months for
// the two that have no fixed length.
var calendarScale = map[string]struct {
	of     int64
	months bool
}{"year": {12, true}, "month": {1, true}, "week": {7 * 86400000, false}, "day": {86400000, false}, "hour": {3600000, false}, "minute": {60000, false}, "second": {1000, false}, "millisecond": {1, false}}

// commensurate expresses both quantities in one unit.
func commensurate(r *run, a, b Value) (x, y decimal, ok bool) {
	p, q := a.more, b.more
	if p.cal && q.cal {
		s, t := calendarScale[p.unit], calendarScale[q.unit]
		if p.unit == q.unit {
			return p.dec, q.dec, true
		}
		return p.dec.mul(fromInt(s.of)), q.dec.mul(fromInt(t.of)), s.months == t.months
	}
	unit := func(d *detail) (string, bool) {
		if !d.cal {
			return d.unit, true
		}
		return calendarUCUM[d.unit], !calendarScale[d.unit].months
	}
	u, ok1 := unit(p)
	w, ok2 := unit(q)
	if !ok1 || !ok2 {
		return decimal{}, decimal{}, false
	}
	return convert(r, p.dec, u, q.dec, w)
}

func convert(r *run, x decimal, u string, y decimal, w string) (decimal, decimal, bool) {
	if u == w {
		return x, y, true
	}
	if r.Units == nil {
		return x, y, false
	}
	cx, ux, err1 := r.Units.Canonical(x.String(), u)
	cy, uy, err2 := r.Units.Canonical(y.String(), w)
	if err1 != nil || err2 != nil || ux != uy {
		return x, y, false
	}
	dx, ok1 := parseDecimal(cx)
	dy, ok2 := parseDecimal(cy)
	return dx, dy, ok1 && ok2
}

// equal decides = for two items (N1 6.1.1); known is false when the answer is
// empty.
func equal(r *run, a, b Value) (same, known bool) {
	a, b = a.load(), b.load()
	if a.kind == kindNode || b.kind == kindNode {
		if a.kind != b.kind {
			return false, true
		}
		return sameElement(r, a, b, equalItems), true
	}
	switch {
	case a.kind == kindBoolean && b.kind == kindBoolean:
		return a.num == b.num, true
	case a.kind == kindTypeInfo && b.kind == kindTypeInfo:
		return a.text == b.text && a.more.ns == b.more.ns, true
	case a.kind == kindString && b.kind == kindString:
		return a.text == b.text, true
	}
	if a.kind == kindQuantity && b.kind == kindQuantity && a.typ != "" && b.typ != "" && a.more.unit != b.more.unit {
		if _, _, ok := commensurate(r, a, b); !ok {
			return false, false
		}
	}
	order, known, comparable := compare(r, a, b)
	if !comparable {
		return false, true
	}
	return order == 0, known
}

func equalItems(r *run, a, b Value) bool {
	same, known := equal(r, a, b)
	return same && known
}

// sameElement compares elements child by child.
func sameElement(r *run, a, b Value, same func(*run, Value, Value) bool) bool {
	if r.depth++; r.depth > MaxDepth || r.spend(1) != nil {
		return false
	}
	defer func() { r.depth-- }()
	x, y := children(r, a, nil), children(r, b, nil)
	if len(x) != len(y) {
		return false
	}
	if len(x) == 0 {
		return string(a.node.Raw()) == string(b.node.Raw())
	}
	used := make([]bool, len(y))
	for i, v := range x {
		found := false
		for j, o := range y {
			if !used[j] && keyOf(v) == keyOf(o) && same(r, v, o) {
				used[j], found = true, true
				break
			}
			if keyOf(v) == keyOf(o) && v.node.Key() == "" && i == j {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func keyOf(v Value) string { return v.Node().Key() }

// equivalent decides ~ for two items (N1 6.1.2).
func equivalent(r *run, a, b Value) bool {
	a, b = a.load(), b.load()
	switch {
	case a.kind == kindNode || b.kind == kindNode:
		if a.kind != b.kind {
			return false
		}
		return sameElement(r, a, b, equivalent)
	case a.kind == kindString && b.kind == kindString:
		return fold(a.text) == fold(b.text)
	case a.kind == kindQuantity && b.kind == kindQuantity:
		return equivalentQuantity(r, a, b)
	case temporal(a.kind) && temporal(b.kind):
		if a.more.at.prec != b.more.at.prec && !(a.more.at.prec >= second && b.more.at.prec >= second) {
			return false
		}
		order, known, comparable := compare(r, a, b)
		return comparable && known && order == 0
	}
	x, ok1 := asDecimal(a)
	y, ok2 := asDecimal(b)
	if ok1 && ok2 {
		n := min(x.scale, y.scale)
		return x.round(n).cmp(y.round(n)) == 0
	}
	same, known := equal(r, a, b)
	return same && known
}

func equivalentQuantity(r *run, a, b Value) bool {
	unit := func(d *detail) string {
		if d.cal {
			return calendarUCUM[d.unit]
		}
		return d.unit
	}
	x, y, ok := convert(r, a.more.dec, unit(a.more), b.more.dec, unit(b.more))
	if !ok {
		return false
	}
	n := min(a.more.dec.scale, b.more.dec.scale)
	return x.cmp(y) == 0 || x.round(n).cmp(y.round(n)) == 0
}

func membership(r *run, b *binary, left, right, out []Value) ([]Value, error) {
	v, ok, err := single(left, b.pos)
	if err != nil || !ok {
		return out, err
	}
	return append(out, boolean(holds(r, right, v))), nil
}

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
