package fhirpath

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
