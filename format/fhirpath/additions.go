package fhirpath

import (
	"math/big"
	"strings"

	"bedrail/format/jsondoc"
)

// additions are what FHIR adds (R4 2.9.1.6) and what N1 calls for trial use.
var additions = map[string]function{
	"extension": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		url, ok, err := c.value(r, 0, kindString)
		if err != nil || !ok {
			return out, err
		}
		for _, v := range in {
			object := v.node
			if object.Kind() != jsondoc.Object {
				object = v.shadow
			}
			for e := object.Get("extension").First(); e.Exists(); e = e.Next() {
				if e.Get("url").TextIs(url.text) {
					out = append(out, Value{kind: kindNode, typ: "Extension", node: e})
				}
			}
		}
		return out, nil
	}},
	"hasValue": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		return append(out, boolean(len(in) == 1 && hasValue(in[0]))), nil
	}},
	"getValue": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		if len(in) != 1 || !hasValue(in[0]) {
			return out, nil
		}
		v := in[0].load()
		v.typ, v.node, v.shadow = "", jsondoc.Node{}, jsondoc.Node{}
		return append(out, v), nil
	}},
	"type": {0, 0, false, func(_ *run, _ *call, in, out []Value) ([]Value, error) {
		for _, v := range in {
			ns, name := "System", systemTypes[v.kind]
			if v.typ != "" {
				ns, name = "FHIR", v.typ
				if strings.Contains(name, ".") {
					name = "BackboneElement"
				}
			}
			out = append(out, Value{kind: kindTypeInfo, text: name, more: &detail{ns: ns}})
		}
		return out, nil
	}},
	"resolve": {0, 0, false, func(r *run, _ *call, in, out []Value) ([]Value, error) {
		for _, v := range in {
			ref := v.node
			if ref.Kind() == jsondoc.Object {
				ref = ref.Get("reference")
			}
			if ref.Kind() != jsondoc.String {
				continue
			}
			if n, ok := r.find(ref.Text()); ok {
				out = append(out, Root(n, "Resource"))
			}
		}
		return out, nil
	}},
	"memberOf": {1, 1, false, memberFunc},
	"conformsTo": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		v, ok, err := single(in, c.pos)
		if err != nil || !ok {
			return out, err
		}
		profile, ok, err := c.value(r, 0, kindString)
		if err != nil || !ok {
			return out, err
		}
		if r.Conforms != nil {
			if is, known := r.Conforms(v, profile.text); known {
				return append(out, boolean(is)), nil
			}
		}
		if name, ok := strings.CutPrefix(profile.text, "http://hl7.org/fhir/StructureDefinition/"); ok && r.Model != nil && r.Model.IsType(name) {
			return append(out, boolean(v.isA(r.Model, name))), nil
		}
		return out, failf(c.pos, "the profile %s is not known here", profile.text)
	}},
	"htmlChecks": {0, 0, false, func(_ *run, _ *call, _, out []Value) ([]Value, error) {
		return append(out, boolean(true)), nil // the validator checks narrative itself
	}},
	"lowBoundary":  {0, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) { return boundary(r, c, in, out, false) }},
	"highBoundary": {0, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) { return boundary(r, c, in, out, true) }},
	"precision": {0, 0, false, func(_ *run, c *call, in, out []Value) ([]Value, error) {
		v, ok, err := single(in, c.pos)
		if err != nil || !ok {
			return out, err
		}
		switch v = v.load(); v.kind {
		case kindDecimal:
			return append(out, integer(int64(v.more.dec.scale))), nil
		case kindInteger:
			return append(out, integer(0)), nil
		case kindDate, kindDateTime, kindTime:
			return append(out, integer(int64(momentDigits(v)))), nil
		}
		return out, failf(c.pos, "%s has no precision", v.Type())
	}},
	"comparable": {1, 1, false, func(r *run, c *call, in, out []Value) ([]Value, error) {
		a, ok, err := single(in, c.pos)
		if err != nil || !ok {
			return out, err
		}
		others, err := c.values(r, 0)
		if err != nil {
			return out, err
		}
		b, ok, err := single(others, c.pos)
		if err != nil || !ok {
			return out, err
		}
		_, known, can := compare(r, a.load(), b.load())
		return append(out, boolean(can && known)), nil
	}},
}

func hasValue(v Value) bool {
	_, primitive := fhirKinds[v.typ]
	return (primitive || v.typ == "") && v.load().kind != kindNode
}

// find resolves a reference: within the resource first, then by the hook.
func (r *run) find(reference string) (jsondoc.Node, bool) {
	if id, ok := strings.CutPrefix(reference, "#"); ok {
		if id == "" {
			return r.root.node, true
		}
		for _, within := range []Value{r.resource, r.root} {
			for n := within.node.Get("contained").First(); n.Exists(); n = n.Next() {
				if n.Get("id").TextIs(id) {
					return n, true
				}
			}
		}
		return jsondoc.Node{}, false
	}
	if r.Resolve == nil {
		return jsondoc.Node{}, false
	}
	return r.Resolve(reference)
}

func memberFunc(r *run, c *call, in, out []Value) ([]Value, error) {
	v, ok, err := single(in, c.pos)
	if err != nil || !ok || r.Terminology == nil {
		return out, err
	}
	set, ok, err := c.value(r, 0, kindString)
	if err != nil || !ok {
		return out, err
	}
	codings := []jsondoc.Node{v.node}
	if list := v.node.Get("coding"); list.Exists() {
		codings = codings[:0]
		for n := list.First(); n.Exists(); n = n.Next() {
			codings = append(codings, n)
		}
	}
	undecided := false
	for _, n := range codings {
		system, code := n.Get("system").Text(), n.Get("code").Text()
		if n.Kind() == jsondoc.String {
			code = n.Text()
		}
		member, known := r.Terminology.MemberOf(system, code, set.text)
		if known && member {
			return append(out, boolean(true)), nil
		}
		undecided = undecided || !known
	}
	if undecided {
		return out, nil
	}
	return append(out, boolean(false)), nil
}

// momentDigits is the precision of a moment as N1 counts it.
func momentDigits(v Value) int {
	if v.kind == kindTime {
		return map[precision]int{hour: 2, minute: 4, second: 6, millisecond: 9}[v.more.at.prec]
	}
	return map[precision]int{year: 4, month: 6, day: 8, hour: 10, minute: 12, second: 14, millisecond: 17}[v.more.at.prec]
}

// boundary is lowBoundary or highBoundary (N1 5.6.8, for trial use): the
// least or greatest value that what was written may stand for.
func boundary(r *run, c *call, in, out []Value, up bool) ([]Value, error) {
	v, ok, err := single(in, c.pos)
	if err != nil || !ok {
		return out, err
	}
	digits := -1
	if len(c.args) == 1 {
		n, ok, err := c.value(r, 0, kindInteger)
		if err != nil || !ok {
			return out, err
		}
		if n.num < 0 || n.num > 31 {
			return out, nil
		}
		digits = int(n.num)
	}
	switch v = v.load(); v.kind {
	case kindInteger, kindDecimal, kindQuantity:
		if digits < 0 {
			digits = 8
		}
		d, _ := asDecimal(v)
		d = edgeOf(d, up).rescale(digits, up)
		if v.kind == kindQuantity {
			return append(out, quantity(d, v.more.unit, v.more.cal)), nil
		}
		return append(out, dec(d)), nil
	case kindDate, kindDateTime, kindTime:
		return momentBoundary(v, digits, up, out), nil
	}
	return out, failf(c.pos, "%s has no boundary", v.Type())
}

// edgeOf is half a unit of the last digit below or above d.
func edgeOf(d decimal, up bool) decimal {
	half := decimal{big.NewInt(5), d.scale + 1}
	if up {
		return d.add(half)
	}
	return d.sub(half)
}

func momentBoundary(v Value, digits int, up bool, out []Value) []Value {
	k := v.kind
	var table map[int]precision
	switch k {
	case kindTime:
		table = map[int]precision{-1: millisecond, 2: hour, 4: minute, 6: second, 9: millisecond}
	case kindDate:
		table = map[int]precision{-1: day, 4: year, 6: month, 8: day}
	default:
		table = map[int]precision{-1: millisecond, 4: year, 6: month, 8: day, 10: hour, 12: minute, 14: second, 17: millisecond}
	}
	p, ok := table[digits]
	if !ok {
		return out
	}
	return append(out, when(k, v.more.at.edge(p, up, k)))
}
