package fhirpath

import (
	"strings"

	"bedrail/format/jsondoc"
)

// lookupFunction finds a function by its name.
func lookupFunction(name string) (function, bool) {
	for _, table := range []map[string]function{collections, conversions, texts, maths, additions} {
		if f, ok := table[name]; ok {
			return f, true
		}
	}
	return function{}, false
}

// collections are the functions of N1 5.1 to 5.4, 6.3 and 5.8.
var collections = map[string]function{
	"empty": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		return append(out, boolean(len(in) == 0)), nil
	}},
	"count": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		return append(out, integer(int64(len(in)))), nil
	}},
	"exists": {0, 1, false, existsFunc},
	"all":    {1, 1, false, allFunc},
	"allTrue": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		return c.booleans(in, out, true, false)
	}},
	"anyTrue": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		return c.booleans(in, out, false, true)
	}},
	"allFalse": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		return c.booleans(in, out, true, true)
	}},
	"anyFalse": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		return c.booleans(in, out, false, false)
	}},
	"not": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		v, ok, err := single(in, c.pos)
		if err != nil || !ok {
			return out, err
		}
		b, is := v.Bool()
		return append(out, boolean(is && !b)), nil
	}},
	"subsetOf": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		other, err := c.values(r, 0)
		return append(out, boolean(within(r, in, other))), err
	}},
	"supersetOf": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		other, err := c.values(r, 0)
		return append(out, boolean(within(r, other, in))), err
	}},
	"distinct": {0, 0, false, func(r *run, _ *call, in, out []Value) ([]Value, error) { return distinct(r, in, out, len(out)) }},
	"isDistinct": {0, 0, false, func(r *run, _ *call, in, out []Value) ([]Value, error) {
		kept, err := distinct(r, in, r.buffer(), 0)
		out = append(out, boolean(len(kept) == len(in)))
		r.give(kept)
		return out, err
	}},
	"where":  {1, 1, false, whereFunc},
	"select": {1, 1, false, selectFunc},
	"repeat": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) { return repeatFunc(r, c, in, out, true) }},
	"repeatAll": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		return repeatFunc(r, c, in, out, false)
	}},
	"ofType": {1, 1, true, func(r *run, c *call, in, out []Value) ([]Value, error) {
		name := c.args[0].(typeArg).name
		if err := knownType(r, name, c.pos); err != nil {
			return out, err
		}
		for _, v := range in {
			if becomes(r, v, name) {
				out = append(out, v)
			}
		}
		return out, nil
	}},
	"is": {1, 1, true, func(r *run, c *call, in, out []Value) ([]Value, error) {
		return typeTest{literal{in}, c.args[0].(typeArg).name, false, c.pos}.eval(r, nil, out)
	}},
	"as": {1, 1, true, func(r *run, c *call, in, out []Value) ([]Value, error) {
		return typeTest{literal{in}, c.args[0].(typeArg).name, true, c.pos}.eval(r, nil, out)
	}},
	"single": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		v, ok, err := single(in, c.pos)
		if err != nil || !ok {
			return out, err
		}
		return append(out, v), nil
	}},
	"first": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		return append(out, in[:min(1, len(in))]...), nil
	}},
	"last": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		return append(out, in[max(0, len(in)-1):]...), nil
	}},
	"tail": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		return append(out, in[min(1, len(in)):]...), nil
	}},
	"skip": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		n, ok, err := c.value(r, 0, kindInteger)
		if err != nil || !ok {
			return out, err
		}
		return append(out, in[min(int64(len(in)), max(0, n.num)):]...), nil
	}},
	"take": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		n, ok, err := c.value(r, 0, kindInteger)
		if err != nil || !ok {
			return out, err
		}
		return append(out, in[:min(int64(len(in)), max(0, n.num))]...), nil
	}},
	"intersect": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		other, err := c.values(r, 0)
		if err != nil {
			return out, err
		}
		from := len(out)
		for _, v := range in {
			if holds(r, other, v) && !holds(r, out[from:], v) {
				out = append(out, v)
			}
		}
		return out, r.spend(len(in) * (1 + len(other)))
	}},
	"exclude": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		other, err := c.values(r, 0)
		if err != nil {
			return out, err
		}
		for _, v := range in {
			if !holds(r, other, v) {
				out = append(out, v)
			}
		}
		return out, r.spend(len(in) * (1 + len(other)))
	}},
	"union": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		other, err := c.values(r, 0)
		if err != nil {
			return out, err
		}
		both := append(append([]Value(nil), in...), other...)
		return distinct(r, both, out, len(out))
	}},
	"combine": {1, 2, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		other, err := c.values(r, 0)
		return append(append(out, in...), other...), err
	}},
	"coalesce":  {1, 16, false, coalesceFunc},
	"iif":       {2, 3, false, iifFunc},
	"aggregate": {1, 2, false, aggregateFunc},
	"sort":      {0, 8, false, sortFunc},
	"children": {0, 0, false, func(r *run, _ *call, in, out []Value) ([]Value, error) {
		for _, v := range in {
			out = children(r, v, out)
		}
		return out, r.spend(len(out))
	}},
	"descendants": {0, 0, false, func(r *run, _ *call, in, out []Value) ([]Value, error) {
		for _, v := range in {
			var err error
			if out, err = descendants(r, v, out); err != nil {
				return out, err
			}
		}
		return out, nil
	}},
	"defineVariable": {1, 2, false, defineFunc},
	"trace": {1, 2, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		name, _, err := c.value(r, 0, kindString)
		if err != nil {
			return out, err
		}
		if r.Trace != nil {
			r.Trace(name.text, in)
		}
		return append(out, in...), nil
	}},
	"now": {0, 0, false, func(r *run, _ *call, _, out []Value) ([]Value, error) {
		return append(out, when(kindDateTime, moment{r.clock(), millisecond, true, 3})), nil
	}},
	"today": {0, 0, false, func(r *run, _ *call, _, out []Value) ([]Value, error) {
		return append(out, when(kindDate, moment{r.clock(), day, false, 0})), nil
	}},
	"timeOfDay": {0, 0, false, func(r *run, _ *call, _, out []Value) ([]Value, error) {
		return append(out, when(kindTime, moment{r.clock(), millisecond, false, 3})), nil
	}},
}

func existsFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	if len(c.args) == 0 {
		return append(out, boolean(len(in) > 0)), nil
	}
	for i, v := range in {
		ok, err := c.test(r, 0, i, v)
		if err != nil {
			return out, err
		}
		if ok {
			return append(out, boolean(true)), nil
		}
	}
	return append(out, boolean(false)), nil
}

func allFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	for i, v := range in {
		ok, err := c.test(r, 0, i, v)
		if err != nil {
			return out, err
		}
		if !ok {
			return append(out, boolean(false)), nil
		}
	}
	return append(out, boolean(true)), nil
}

// booleans folds a collection of booleans: the result is start unless one
// item equals stop.
func (c *call) booleans(in, out []Value, start, stop bool) ([]Value, error) {
	for _, v := range in {
		b, is := v.Bool()
		if !is {
			return out, failf(c.pos, "%s() works on booleans, not on %s", c.name, v.Type())
		}
		if b == stop {
			return append(out, boolean(!start)), nil
		}
	}
	return append(out, boolean(start)), nil
}

func within(r *run, part, whole []Value) bool {
	for _, v := range part {
		if !holds(r, whole, v) {
			return false
		}
	}
	return true
}

func whereFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	for i, v := range in {
		ok, err := c.test(r, 0, i, v)
		if err != nil {
			return out, err
		}
		if ok {
			out = append(out, v)
		}
	}
	return out, nil
}

func selectFunc(r *run, c *call, in, out []Value) (_ []Value, err error) {
	for i, v := range in {
		if out, err = c.each(r, 0, i, v, out); err != nil {
			return out, err
		}
	}
	return out, r.spend(len(out))
}

func repeatFunc(r *run, c *call, in, out []Value, unique bool) ([]Value, error) {
	from := len(out)
	queue := append([]Value(nil), in...)
	for len(queue) > 0 {
		found, err := c.each(r, 0, 0, queue[0], nil)
		if err != nil {
			return out, err
		}
		queue = queue[1:]
		for _, v := range found {
			if err := r.spend(1 + len(out) - from); err != nil {
				return out, err
			}
			if !unique || !sameItem(r, out[from:], v) {
				out, queue = append(out, v), append(queue, v)
			}
		}
	}
	return out, nil
}

// sameItem looks for v by place first, because comparing whole trees at every
// step would cost the square of their size.
func sameItem(r *run, vs []Value, v Value) bool {
	if v.kind == kindNode && v.node.Exists() {
		for _, o := range vs {
			if o.node == v.node {
				return true
			}
		}
		return false
	}
	return holds(r, vs, v)
}

func coalesceFunc(r *run, c *call, _, out []Value) ([]Value, error) {
	for i := range c.args {
		vs, err := c.values(r, i)
		if err != nil || len(vs) > 0 {
			return append(out, vs...), err
		}
	}
	return out, nil
}

func iifFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	if len(in) > 1 {
		return out, failf(c.pos, "iif() works on one item, there are %d", len(in))
	}
	evaluate := func(arg int, out []Value) ([]Value, error) {
		if len(in) == 1 {
			return c.each(r, arg, r.index, in[0], out) // the item is the same, and so is its place
		}
		vars := r.vars
		out, err := c.args[arg].eval(r, in, out)
		r.vars = vars
		return out, err
	}
	vs, err := evaluate(0, nil)
	if err != nil {
		return out, err
	}
	v, ok, err := single(vs, c.pos)
	if err != nil {
		return out, err
	}
	b, is := v.Bool()
	if ok && !is {
		return out, failf(c.pos, "the criterion of iif() is a boolean, not %s", v.Type())
	}
	if ok && b {
		return evaluate(1, out)
	}
	if len(c.args) == 3 {
		return evaluate(2, out)
	}
	return out, nil
}

func aggregateFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	total := r.total
	defer func() { r.total = total }()
	var sum []Value
	if len(c.args) == 2 {
		var err error
		if sum, err = c.values(r, 1); err != nil {
			return out, err
		}
	}
	for i, v := range in {
		r.total = sum
		next, err := c.each(r, 0, i, v, nil)
		if err != nil {
			return out, err
		}
		sum = next
	}
	return append(out, sum...), nil
}

func defineFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	name, ok, err := c.value(r, 0, kindString)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, failf(c.pos, "defineVariable() needs a name")
	}
	for b := r.vars; b != nil; b = b.outer {
		if b.name == name.text {
			return out, failf(c.pos, "the variable %%%s is defined already", name.text)
		}
	}
	switch name.text {
	case "context", "resource", "rootResource", "ucum", "sct", "loinc":
		return out, failf(c.pos, "%%%s has a meaning of its own and cannot be defined", name.text)
	}
	value := append([]Value(nil), in...)
	if len(c.args) == 2 {
		vars := r.vars
		if value, err = c.args[1].eval(r, in, nil); err != nil {
			return out, err
		}
		r.vars = vars
	}
	r.vars = &binding{name.text, value, r.vars}
	return append(out, in...), nil
}

// children appends every child element of v, in the order of the source.
func children(r *run, v Value, out []Value) []Value {
	if v.typ == "" {
		return out
	}
	object := v.node
	if object.Kind() != jsondoc.Object {
		object = v.shadow
	}
	for c := object.First(); c.Exists(); c = c.Next() {
		key := c.Key()
		if key == "resourceType" {
			continue
		}
		if hidden, ok := strings.CutPrefix(key, "_"); ok {
			if object.Get(hidden).Exists() {
				continue
			}
			key = hidden
		}
		out = elements(object, key, childType(r.Model, v.typ, key), out)
	}
	return out
}

// childType finds the type of the member called key, which may be a choice.
func childType(model Model, typ, key string) string {
	if model == nil {
		return ""
	}
	if e, ok := model.Element(typ, key); ok && len(e.Types) > 0 && !e.Choice {
		return e.Types[0]
	}
	for i := 1; i < len(key); i++ {
		if key[i] < 'A' || key[i] > 'Z' {
			continue
		}
		if e, ok := model.Element(typ, key[:i]); ok && e.Choice {
			for _, t := range e.Types {
				if strings.EqualFold(t, key[i:]) {
					return t
				}
			}
		}
	}
	if key == "extension" {
		return "Extension"
	}
	return ""
}

func descendants(r *run, v Value, out []Value) ([]Value, error) {
	from := len(out)
	out = children(r, v, out)
	if err := r.spend(1 + len(out) - from); err != nil {
		return out, err
	}
	if r.depth++; r.depth > MaxDepth {
		r.depth--
		return out, ErrWork
	}
	defer func() { r.depth-- }()
	direct := append([]Value(nil), out[from:]...)
	out = out[:from]
	for _, c := range direct {
		var err error
		if out, err = descendants(r, c, append(out, c)); err != nil {
			return out, err
		}
	}
	return out, nil
}
