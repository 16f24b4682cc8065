package fhirpath

import "strings"

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
