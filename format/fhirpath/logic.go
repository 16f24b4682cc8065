package fhirpath

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
