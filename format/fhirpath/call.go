package fhirpath

import (
	"fmt"

	"bedrail/format/jsondoc"
)

// A function is one of N1 section 5 or of FHIR's additions.
type function struct {
	least, most int  // arguments
	types       bool // the argument names a type
	apply       func(r *run, c *call, in, out []Value) ([]Value, error)
}

func (f function) arity() string {
	switch {
	case f.least == f.most && f.least == 1:
		return "1 argument"
	case f.least == f.most:
		return fmt.Sprintf("%d arguments", f.least)
	}
	return fmt.Sprintf("%d to %d arguments", f.least, f.most)
}

type call struct {
	name string
	fn   function
	args []expr
	pos  int
}

func (c *call) eval(r *run, focus, out []Value) ([]Value, error) {
	if err := r.spend(1 + len(focus)); err != nil {
		return out, err
	}
	if r.depth++; r.depth > MaxDepth {
		return out, failf(c.pos, "the evaluation is nested deeper than %d levels", MaxDepth)
	}
	out, err := c.fn.apply(r, c, focus, out)
	r.depth--
	return out, err
}

// each evaluates an argument with $this and $index set to one item.
func (c *call) each(r *run, arg int, i int, item Value, out []Value) ([]Value, error) {
	this, index, has, vars := r.this, r.index, r.hasThis, r.vars
	r.this, r.index, r.hasThis = item, i, true
	var focus [1]Value
	focus[0] = item
	buf := append(r.buffer(), focus[:]...)
	out, err := c.args[arg].eval(r, buf, out)
	r.give(buf)
	r.this, r.index, r.hasThis, r.vars = this, index, has, vars
	return out, err
}

// test evaluates an argument as criterion for one item.
func (c *call) test(r *run, arg, i int, item Value) (bool, error) {
	if same, decided := textCriterion(r, c.args[arg], item); decided {
		return same, r.spend(3)
	}
	vs, err := c.each(r, arg, i, item, r.buffer())
	if err != nil {
		return false, err
	}
	v, ok, err := single(vs, c.pos)
	r.give(vs)
	if err != nil || !ok {
		return false, err
	}
	b, is := v.Bool()
	if !is {
		return true, nil // N1 4.5
	}
	return b, nil
}

// textCriterion decides the commonest criterion, member = 'text', without
// making values of either side. It decides nothing where that might differ
// from the long way: lists, choices, and elements that are no text.
func textCriterion(r *run, e expr, item Value) (same, decided bool) {
	b, ok := e.(*binary)
	if !ok || b.op != "=" || item.node.Kind() != jsondoc.Object {
		return false, false
	}
	m, ok := b.left.(*member)
	if !ok || m.name[0] < 'a' {
		return false, false
	}
	l, ok := b.right.(literal)
	if !ok || len(l.values) != 1 || l.values[0].kind != kindString {
		return false, false
	}
	if r.Model != nil {
		e, known := m.describe(r.Model, item.typ)
		if !known || e.Choice || len(e.Types) != 1 || fhirKinds[e.Types[0]] != kindString {
			return false, false
		}
	}
	n := item.node.Get(m.name)
	if n.Kind() != jsondoc.String {
		return false, false
	}
	return n.TextIs(l.values[0].text), true
}

// value evaluates an argument, in the scope outside the function, to at most
// one value of kind k.
func (c *call) value(r *run, arg int, k kind) (Value, bool, error) {
	vars := r.vars
	v, ok, err := one(r, c.args[arg], r.outer(), k, c.pos)
	r.vars = vars
	return v, ok, err
}

// values evaluates an argument in the scope outside the function.
func (c *call) values(r *run, arg int) ([]Value, error) {
	vars := r.vars
	vs, err := c.args[arg].eval(r, r.outer(), nil)
	r.vars = vars
	return vs, err
}

// outer is the focus of arguments that are no criterion: $this.
func (r *run) outer() []Value {
	if !r.hasThis {
		return nil
	}
	return []Value{r.this}
}

// text returns the single string of in; ok is false when there is none.
func (c *call) text(in []Value) (string, bool, error) {
	v, ok, err := single(in, c.pos)
	if err != nil || !ok {
		return "", false, err
	}
	if v = v.load(); v.kind != kindString {
		if v.kind == kindNode && (fhirKinds[v.typ] != 0 || v.node.Kind() != jsondoc.Object) {
			return "", false, nil // a primitive that has extensions only
		}
		return "", false, failf(c.pos, "%s() works on text, not on %s", c.name, v.Type()) // N1 4.5
	}
	return v.text, true, nil
}
