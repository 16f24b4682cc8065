package fhirpath

import (
	"fmt"
	"strings"
	"sync/atomic"

	"bedrail/format/jsondoc"
)

// An expr appends what it evaluates to on focus to out.
type expr interface {
	eval(r *run, focus, out []Value) ([]Value, error)
}

func failf(pos int, format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", pos, fmt.Sprintf(format, args...))
}

type literal struct{ values []Value }

func (l literal) eval(_ *run, _, out []Value) ([]Value, error) { return append(out, l.values...), nil }

type thisExpr struct{}

func (thisExpr) eval(r *run, _, out []Value) ([]Value, error) {
	if !r.hasThis {
		return out, nil
	}
	return append(out, r.this), nil
}

type indexExpr struct{}

func (indexExpr) eval(r *run, _, out []Value) ([]Value, error) {
	return append(out, integer(int64(r.index))), nil
}

type totalExpr struct{}

func (totalExpr) eval(r *run, _, out []Value) ([]Value, error) { return append(out, r.total...), nil }

// scoped is an expression in parentheses: variables defined inside end there.
type scoped struct{ inner expr }

func (s scoped) eval(r *run, focus, out []Value) ([]Value, error) {
	vars := r.vars
	out, err := s.inner.eval(r, focus, out)
	r.vars = vars
	return out, err
}

type variable struct {
	name string
	pos  int
}

// wellKnown are the %names of N1 9 and of FHIR.
var wellKnown = map[string]string{
	"ucum": ucumSystem, "sct": "http://snomed.info/sct", "loinc": "http://loinc.org",
}

func (v variable) eval(r *run, _, out []Value) ([]Value, error) {
	for b := r.vars; b != nil; b = b.outer {
		if b.name == v.name {
			return append(out, b.value...), nil
		}
	}
	switch v.name {
	case "context":
		return append(out, r.focus), nil
	case "resource":
		return append(out, r.resource), nil
	case "rootResource":
		return append(out, r.root), nil
	}
	if url, ok := wellKnown[v.name]; ok {
		return append(out, str(url)), nil
	}
	if values, ok := r.Variables[v.name]; ok {
		return append(out, values...), nil
	}
	if name, ok := strings.CutPrefix(v.name, "vs-"); ok {
		return append(out, str("http://hl7.org/fhir/ValueSet/"+name)), nil
	}
	if name, ok := strings.CutPrefix(v.name, "ext-"); ok {
		return append(out, str("http://hl7.org/fhir/StructureDefinition/"+name)), nil
	}
	return out, failf(v.pos, "%%%s is not known", v.name)
}

// A path is two steps, the second on what the first found.
type path struct{ first, then expr }

// chain puts next behind e.
func chain(e, next expr) expr { return path{e, next} }

func (p path) eval(r *run, focus, out []Value) ([]Value, error) {
	buf := r.buffer()
	mid, err := p.first.eval(r, focus, buf)
	if err != nil {
		return out, err
	}
	out, err = p.then.eval(r, mid, out)
	r.give(mid)
	return out, err
}

// A member is one step to the children of a name.
type member struct {
	name string
	pos  int
	last atomic.Pointer[lookup]
}

// A lookup is the last answer of the model; most steps see one type only.
type lookup struct {
	model   Model
	typ     string
	element Element
	known   bool
}

func (m *member) describe(model Model, typ string) (Element, bool) {
	if l := m.last.Load(); l != nil && l.model == model && l.typ == typ {
		return l.element, l.known
	}
	e, known := model.Element(typ, m.name)
	m.last.Store(&lookup{model, typ, e, known})
	return e, known
}

func (m *member) eval(r *run, focus, out []Value) ([]Value, error) {
	for _, v := range focus {
		if err := r.spend(1); err != nil {
			return out, err
		}
		if v.typ == "" {
			if v.kind == kindTypeInfo {
				out = typeInfoMember(v, m.name, out)
			}
			continue
		}
		if m.isType(r.Model) && v.isA(r.Model, m.name) && v.node.Get("resourceType").Exists() {
			out = append(out, v) // the name of the resource's type begins a path
			continue
		}
		before := len(out)
		out = m.children(r, v, out)
		if r.Strict && r.Model != nil && len(out) == before {
			if _, known := m.describe(r.Model, v.typ); !known && !generic(m.name) {
				return out, failf(m.pos, "%s has no element %q", v.typ, m.name)
			}
		}
	}
	return out, nil
}

func generic(name string) bool { return name == "extension" || name == "id" || name == "resourceType" }

func (m *member) isType(model Model) bool {
	return m.name[0] >= 'A' && m.name[0] <= 'Z' && (model == nil || model.IsType(m.name))
}

func typeInfoMember(v Value, name string, out []Value) []Value {
	switch name {
	case "namespace":
		return append(out, str(v.more.ns))
	case "name":
		return append(out, str(v.text))
	}
	return out
}

func (m *member) children(r *run, v Value, out []Value) []Value {
	object := v.node
	if object.Kind() != jsondoc.Object { // a primitive keeps its children beside it
		object = v.shadow
	}
	if object.Kind() != jsondoc.Object {
		return out
	}
	if r.Model == nil {
		return guess(object, m.name, out)
	}
	e, known := m.describe(r.Model, v.typ)
	switch {
	case !known:
		if m.name == "extension" {
			e = Element{Types: []string{"Extension"}}
		} else if m.name == "id" {
			e = Element{Types: []string{"string"}}
		} else {
			return out
		}
	case e.Choice:
		return choice(object, m.name, e.Types, out)
	}
	typ := ""
	if len(e.Types) > 0 {
		typ = e.Types[0]
	}
	return elements(object, m.name, typ, out)
}

// choice finds value[x] by trying the types it may have.
func choice(object jsondoc.Node, name string, types []string, out []Value) []Value {
	for c := object.First(); c.Exists(); c = c.Next() {
		key := c.RawKey()
		hidden := len(key) > 0 && key[0] == '_'
		if hidden {
			key = key[1:]
		}
		if len(key) <= len(name) || string(key[:len(name)]) != name {
			continue
		}
		suffix := key[len(name):]
		for _, t := range types {
			if len(t) == len(suffix) && t[0]&^0x20 == suffix[0] && string(suffix[1:]) == t[1:] {
				if hidden && object.Get(string(key)).Exists() {
					break // the value itself brings its shadow along
				}
				return elements(object, string(key), t, out)
			}
		}
	}
	return out
}

// elements appends the member called key, each item of an array alone, with
// the shadow of primitives.
func elements(object jsondoc.Node, key, typ string, out []Value) []Value {
	n := object.Get(key)
	var shadow jsondoc.Node
	if fhirKinds[typ] != 0 || !n.Exists() || typ == "" && n.Kind() != jsondoc.Object {
		shadow = shadowOf(object, key)
	}
	if !n.Exists() && !shadow.Exists() {
		return out
	}
	if n.Kind() != jsondoc.Array && shadow.Kind() != jsondoc.Array {
		return append(out, element(n, shadow, typ))
	}
	a, b := n.First(), shadow.First()
	for a.Exists() || b.Exists() {
		out = append(out, element(a, b, typ))
		a, b = a.Next(), b.Next()
	}
	return out
}

func shadowOf(object jsondoc.Node, key string) jsondoc.Node {
	for c := object.First(); c.Exists(); c = c.Next() {
		raw := c.RawKey()
		if len(raw) == len(key)+1 && raw[0] == '_' && string(raw[1:]) == key {
			return c
		}
	}
	return jsondoc.Node{}
}

func element(n, shadow jsondoc.Node, typ string) Value {
	if n.Kind() == jsondoc.Null {
		n = jsondoc.Node{}
	}
	if shadow.Kind() == jsondoc.Null {
		shadow = jsondoc.Node{}
	}
	if typ == "" || typ == "Resource" || typ == "DomainResource" {
		if t := n.Get("resourceType"); t.Kind() == jsondoc.String {
			typ = t.Text()
		}
	}
	if typ == "" {
		typ = guessType(n)
	}
	return Value{kind: kindNode, typ: typ, node: n, shadow: shadow}
}

// guess finds children without a model: by their name, or as a choice whose
// name begins so.
func guess(object jsondoc.Node, name string, out []Value) []Value {
	if object.Get(name).Exists() || shadowOf(object, name).Exists() {
		return elements(object, name, "", out)
	}
	for c := object.First(); c.Exists(); c = c.Next() {
		key := c.RawKey()
		if len(key) > len(name) && string(key[:len(name)]) == name && key[len(name)] >= 'A' && key[len(name)] <= 'Z' {
			suffix := string(key[len(name):])
			if low := strings.ToLower(suffix[:1]) + suffix[1:]; fhirKinds[low] != 0 {
				suffix = low
			}
			return elements(object, string(key), suffix, out)
		}
	}
	return out
}

func guessType(n jsondoc.Node) string {
	switch n.Kind() {
	case jsondoc.True, jsondoc.False:
		return "boolean"
	case jsondoc.Number:
		if strings.ContainsAny(string(n.Raw()), ".eE") {
			return "decimal"
		}
		return "integer"
	case jsondoc.String:
		return "string"
	}
	return "Element"
}

// isA reports whether v's FHIR type is name or specialises it.
func (v Value) isA(model Model, name string) bool {
	for t := v.typ; t != ""; {
		if t == name {
			return true
		}
		if model == nil {
			return false
		}
		t = model.Base(t)
	}
	return false
}

type indexer struct {
	of, index expr
	pos       int
}

func (x indexer) eval(r *run, focus, out []Value) ([]Value, error) {
	buf := r.buffer()
	defer func() { r.give(buf) }()
	items, err := x.of.eval(r, focus, buf)
	if err != nil {
		return out, err
	}
	buf = items
	i, ok, err := one(r, x.index, focus, kindInteger, x.pos)
	if err != nil || !ok {
		return out, err
	}
	if i.num >= 0 && i.num < int64(len(items)) {
		out = append(out, items[i.num])
	}
	return out, nil
}

// one evaluates e to at most one value of kind k.
func one(r *run, e expr, focus []Value, k kind, pos int) (Value, bool, error) {
	buf := r.buffer()
	vs, err := e.eval(r, focus, buf)
	if err != nil {
		return Value{}, false, err
	}
	v, ok, err := single(vs, pos)
	r.give(vs)
	if err != nil || !ok {
		return Value{}, false, err
	}
	if v = v.load(); v.kind != k {
		if k == kindString && v.kind == kindNode {
			return Value{}, false, nil
		}
		if k == kindBoolean {
			return boolean(true), true, nil // N1 4.5: a single item counts as true
		}
		return Value{}, false, failf(pos, "a %s is needed, not a %s", systemTypes[k], v.Type())
	}
	return v, true, nil
}

// single returns the only item of a collection. More than one is an error (N1
// 4.5).
func single(vs []Value, pos int) (Value, bool, error) {
	switch len(vs) {
	case 0:
		return Value{}, false, nil
	case 1:
		return vs[0], true, nil
	}
	return Value{}, false, failf(pos, "one item is needed, there are %d", len(vs))
}

type typeArg struct{ name string }

func (typeArg) eval(_ *run, _, out []Value) ([]Value, error) { return out, nil }

type typeTest struct {
	of   expr
	name string
	as   bool
	pos  int
}

func (t typeTest) eval(r *run, focus, out []Value) ([]Value, error) {
	buf := r.buffer()
	vs, err := t.of.eval(r, focus, buf)
	if err != nil {
		return out, err
	}
	defer r.give(vs)
	v, ok, err := single(vs, t.pos)
	if err != nil || !ok {
		return out, err
	}
	if err := knownType(r, t.name, t.pos); err != nil {
		return out, err
	}
	switch {
	case !t.as:
		out = append(out, boolean(hasType(r, v, t.name)))
	case becomes(r, v, t.name):
		out = append(out, v)
	}
	return out, nil
}

// becomes decides as and ofType. A primitive of FHIR becomes its own type
// only: a code is a string, but is not taken out as one (FHIR R4, 2.9.1.5).
func becomes(r *run, v Value, name string) bool {
	if _, primitive := fhirKinds[v.typ]; primitive {
		return name == v.typ || name == "FHIR."+v.typ
	}
	return hasType(r, v, name)
}

func knownType(r *run, name string, pos int) error {
	ns, rest, qualified := strings.Cut(name, ".")
	if !qualified {
		rest = name
	}
	if systemNames[rest] && !qualified || ns == "System" && qualified {
		return nil // what is no type of the system, nothing is
	}
	if r.Model != nil && (qualified && ns != "FHIR" || !r.Model.IsType(rest)) {
		return failf(pos, "there is no type %s", name)
	}
	return nil
}

var systemNames = map[string]bool{"Any": true, "Boolean": true, "Integer": true, "Long": true, "Decimal": true, "String": true, "Date": true, "DateTime": true, "Time": true, "Quantity": true}

// hasType decides is: unqualified names mean FHIR's types first for elements
// and the system's for computed values (N1 10.1.2).
func hasType(r *run, v Value, name string) bool {
	ns, rest, qualified := strings.Cut(name, ".")
	if !qualified {
		ns, rest = "", name
	}
	if v.typ != "" {
		return ns != "System" && v.isA(r.Model, rest)
	}
	return ns != "FHIR" && (rest == "Any" || systemTypes[v.kind] == rest)
}

type polarity struct {
	of       expr
	negative bool
	pos      int
}

func (p polarity) eval(r *run, focus, out []Value) ([]Value, error) {
	buf := r.buffer()
	vs, err := p.of.eval(r, focus, buf)
	if err != nil {
		return out, err
	}
	defer r.give(vs)
	v, ok, err := single(vs, p.pos)
	if err != nil || !ok {
		return out, err
	}
	v = v.load()
	if !p.negative {
		return append(out, v), nil
	}
	switch v.kind {
	case kindInteger:
		return append(out, integer(-v.num)), nil
	case kindDecimal:
		return append(out, dec(v.more.dec.neg())), nil
	case kindQuantity:
		return append(out, quantity(v.more.dec.neg(), v.more.unit, v.more.cal)), nil
	}
	return out, failf(p.pos, "only numbers and quantities have a sign, not %s", v.Type())
}
