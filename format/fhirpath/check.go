package fhirpath

import (
	"slices"
	"strings"
)

// Check derives, without evaluating, what the expression may stand for on an
// element of type typ, and refuses what cannot mean anything: an element that
// the type does not have, a type that is none, and taking items by their place
// out of a collection that has no order (N1 5.8: the order of children() and
// descendants() is undefined). Where a type cannot be known, for example of
// what a reference leads to, nothing is refused.
func (e *Expression) Check(typ string, model Model) error {
	c := checker{model: model, focus: shape{types: known(typ)}}
	c.this = c.focus
	_, err := c.infer(e.root, c.focus)
	return err
}

// A shape is what is known of a collection before it exists.
type shape struct {
	types     []string // FHIR types; nil: not known
	unordered bool
}

func known(typ string) []string {
	switch typ {
	case "", "Resource", "DomainResource", "Element", "BackboneElement":
		return nil // anything may stand there
	}
	return []string{typ}
}

type checker struct {
	model       Model
	focus, this shape
	depth       int
}

// infer is the shape of e on focus.
func (c *checker) infer(e expr, focus shape) (shape, error) {
	if c.depth++; c.depth > 4*MaxDepth {
		return shape{}, nil // what the evaluation bounds is not judged here
	}
	defer func() { c.depth-- }()
	switch e := e.(type) {
	case thisExpr:
		return c.this, nil
	case scoped:
		return c.infer(e.inner, focus)
	case variable:
		if e.name == "context" || e.name == "resource" {
			return c.focus, nil
		}
	case path:
		first, err := c.infer(e.first, focus)
		if err != nil {
			return shape{}, err
		}
		return c.infer(e.then, first)
	case *member:
		return c.member(e, focus)
	case indexer:
		return c.indexed(e, focus)
	case typeTest:
		return c.typed(e, focus)
	case polarity:
		return c.infer(e.of, focus)
	case union:
		return c.either(e.left, e.right, focus)
	case logic:
		_, err := c.either(e.left, e.right, focus)
		return shape{}, err
	case *binary:
		_, err := c.either(e.left, e.right, focus)
		return shape{}, err
	case *call:
		return c.call(e, focus)
	}
	return shape{}, nil
}

// either is what may come of one side or the other.
func (c *checker) either(left, right expr, focus shape) (shape, error) {
	a, err := c.infer(left, focus)
	if err != nil {
		return shape{}, err
	}
	b, err := c.infer(right, focus)
	if err != nil || a.types == nil || b.types == nil {
		return shape{unordered: true}, err
	}
	return shape{types: append(slices.Clone(a.types), b.types...), unordered: true}, nil
}

// member steps to the children called m.name of each type that may stand there.
func (c *checker) member(m *member, focus shape) (shape, error) {
	if focus.types == nil {
		if m.isType(c.model) {
			return shape{types: known(m.name), unordered: focus.unordered}, nil
		}
		return shape{unordered: focus.unordered}, nil
	}
	out, found, open := shape{unordered: focus.unordered}, false, false
	for _, t := range focus.types {
		if m.isType(c.model) && (Value{typ: t}).isA(c.model, m.name) {
			out.types, found = append(out.types, t), true
			continue
		}
		e, ok := c.model.Element(t, m.name)
		found = found || ok || generic(m.name)
		for _, t := range e.Types {
			open = open || known(t) == nil
			out.types = append(out.types, t)
		}
	}
	if !found {
		return shape{}, failf(m.pos, "%s has no element %q", strings.Join(focus.types, " or "), m.name)
	}
	if open {
		out.types = nil
	}
	return out, nil
}

func (c *checker) indexed(x indexer, focus shape) (shape, error) {
	of, err := c.infer(x.of, focus)
	if err == nil {
		err = placed(of, x.pos, "an index")
	}
	return of, err
}

func placed(s shape, pos int, by string) error {
	if s.unordered {
		return failf(pos, "%s takes items by their place, and what stands before it has no order", by)
	}
	return nil
}

func (c *checker) typed(t typeTest, focus shape) (shape, error) {
	of, err := c.infer(t.of, focus)
	if err != nil || !t.as {
		return shape{}, err
	}
	return c.ofType(of, t.name), nil
}

func (c *checker) ofType(of shape, name string) shape {
	name, system := strings.CutPrefix(name, "System.")
	if name = strings.TrimPrefix(name, "FHIR."); system || !c.model.IsType(name) {
		return shape{unordered: of.unordered}
	}
	return shape{types: known(name), unordered: of.unordered}
}

// keepers return some of what they are given; the named ones of them by place.
var (
	keepers = map[string]bool{"where": true, "distinct": true, "single": true, "trace": true, "defineVariable": true, "exclude": true, "intersect": true}
	placers = map[string]bool{"first": true, "last": true, "tail": true, "skip": true, "take": true}
	scopers = map[string]bool{"where": true, "all": true, "exists": true, "select": true, "repeat": true, "repeatAll": true, "iif": true, "aggregate": true, "sort": true}
)

// call judges the arguments of a function in their scope, and its result.
func (c *checker) call(f *call, focus shape) (shape, error) {
	if f.fn.types {
		if f.name == "is" {
			return shape{}, nil
		}
		return c.ofType(focus, f.args[0].(typeArg).name), nil
	}
	result, err := c.arguments(f, focus)
	if err != nil {
		return shape{}, err
	}
	switch {
	case placers[f.name]:
		return focus, placed(focus, f.pos, f.name+"()")
	case keepers[f.name]:
		return focus, nil
	case f.name == "select":
		result.unordered = result.unordered || focus.unordered
		return result, nil
	case f.name == "children" || f.name == "descendants":
		return shape{unordered: true}, nil
	}
	return shape{}, nil
}

// arguments returns the shape of the last one.
func (c *checker) arguments(f *call, focus shape) (result shape, err error) {
	this := c.this
	defer func() { c.this = this }()
	scope := this
	if scopers[f.name] {
		scope = shape{types: focus.types} // one item has no order to lose
		c.this = scope
	}
	for _, a := range f.args {
		if result, err = c.infer(a, scope); err != nil {
			return shape{}, err
		}
	}
	return result, nil
}
