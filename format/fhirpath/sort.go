package fhirpath

import "slices"

// A sorted is an item with its keys. A key that is nothing has no kind.
type sorted struct {
	v    Value
	keys []Value
}

// sortFunc orders by its keys; a minus before a key turns its order round.
func sortFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	rows := make([]sorted, len(in))
	for i, v := range in {
		rows[i] = sorted{v: v}
		if len(c.args) == 0 {
			rows[i].keys = []Value{v.load()}
		}
		for k := range c.args {
			key, err := c.sortKey(r, k, i, v)
			if err != nil {
				return out, err
			}
			rows[i].keys = append(rows[i].keys, key)
		}
	}
	if err := r.spend(len(in) * 8); err != nil {
		return out, err
	}
	var failure error
	slices.SortStableFunc(rows, func(a, b sorted) int {
		order, err := c.order(r, a, b)
		if err != nil {
			failure = err
		}
		return order
	})
	for _, x := range rows {
		out = append(out, x.v)
	}
	return out, failure
}

// descending reports whether a minus stands before key k, and the key itself.
func (c *call) descending(k int) (bool, expr) {
	if k >= len(c.args) {
		return false, nil
	}
	if p, ok := c.args[k].(polarity); ok && p.negative {
		return true, p.of
	}
	return false, c.args[k]
}

// sortKey is key k of an item.
func (c *call) sortKey(r *run, k, i int, v Value) (Value, error) {
	sub := *c
	_, e := c.descending(k)
	sub.args = []expr{e}
	vs, err := sub.each(r, 0, i, v, nil)
	if err != nil || len(vs) == 0 {
		return Value{}, err
	}
	return vs[0].load(), nil
}

// order compares two items by their keys.
func (c *call) order(r *run, a, b sorted) (int, error) {
	for k := range a.keys {
		x, y := a.keys[k], b.keys[k]
		if x.kind == 0 || y.kind == 0 {
			if x.kind != y.kind { // nothing stands before something, in either order
				return sign(int(x.kind) - int(y.kind)), nil
			}
			continue
		}
		order, _, comparable := compare(r, x, y)
		if !comparable {
			return 0, failf(c.pos, "%s and %s cannot be put in order", x.Type(), y.Type())
		}
		if turned, _ := c.descending(k); turned {
			order = -order
		}
		if order != 0 {
			return order, nil
		}
	}
	return 0, nil
}
