package fhir

import (
	"iter"
	"slices"
	"strconv"

	"bedrail/format/jsondoc"
)

// A Value is a resource or a part of one that is being built, or that was read
// to be changed. Members keep their order and numbers their digits, so what is
// read and written again says the same. It is not safe for concurrent use.
type Value struct {
	kind    jsondoc.Kind
	text    string // of a string; of a number its digits
	members []entry
	items   []*Value
}

type entry struct {
	name  string
	value *Value
}

// NewResource begins a resource of that type.
func NewResource(typ string) *Value {
	return NewObject().Set("resourceType", Text(typ))
}

// NewObject returns an object without members.
func NewObject() *Value { return &Value{kind: jsondoc.Object} }

// List returns a list of the given items; nil items are holes (null), as they
// stand where a primitive has no value but extensions.
func List(items ...*Value) *Value { return &Value{kind: jsondoc.Array, items: items} }

// Text returns a string.
func Text(s string) *Value { return &Value{kind: jsondoc.String, text: s} }

// Int returns a number.
func Int(i int64) *Value { return &Value{kind: jsondoc.Number, text: strconv.FormatInt(i, 10)} }

// Decimal returns the number with these digits: "1.50" keeps its precision.
// What is no number of JSON is nil, which Set leaves out.
func Decimal(digits string) *Value {
	d, err := jsondoc.Parse([]byte(digits), jsondoc.Limits{Bytes: 1024})
	if err != nil || d.Root().Kind() != jsondoc.Number {
		return nil
	}
	return &Value{kind: jsondoc.Number, text: d.Root().Text()}
}

// Bool returns true or false.
func Bool(b bool) *Value {
	if b {
		return &Value{kind: jsondoc.True}
	}
	return &Value{kind: jsondoc.False}
}

// Read reads a resource in JSON or XML of this version of FHIR.
func (d *Definitions) Read(raw []byte) (*Value, error) {
	data := raw
	if LooksLikeXML(raw) {
		var err error
		if data, err = d.FromXML(raw); err != nil {
			return nil, err
		}
	}
	doc, err := jsondoc.Parse(data, jsondoc.Limits{})
	if err != nil {
		return nil, err
	}
	return FromNode(doc.Root()), nil
}

// FromNode copies what was indexed into a Value that can be changed; the zero
// Node is nil.
func FromNode(n jsondoc.Node) *Value {
	v := &Value{kind: n.Kind()}
	switch v.kind {
	case 0:
		return nil
	case jsondoc.Object:
		for x := n.First(); x.Exists(); x = x.Next() {
			v.members = append(v.members, entry{x.Key(), FromNode(x)})
		}
	case jsondoc.Array:
		for x := n.First(); x.Exists(); x = x.Next() {
			v.items = append(v.items, FromNode(x))
		}
	case jsondoc.String, jsondoc.Number:
		v.text = n.Text()
	}
	return v
}

// Kind returns the kind of JSON that v is; of nil it is Null.
func (v *Value) Kind() jsondoc.Kind {
	if v == nil {
		return jsondoc.Null
	}
	return v.kind
}

// String returns the characters of a string and the digits of a number; of
// anything else it is empty.
func (v *Value) String() string {
	if v == nil {
		return ""
	}
	return v.text
}

// Get returns the member called name of an object, or nil.
func (v *Value) Get(name string) *Value {
	if v == nil {
		return nil
	}
	if i := v.index(name); i >= 0 {
		return v.members[i].value
	}
	return nil
}

func (v *Value) index(name string) int {
	return slices.IndexFunc(v.members, func(m entry) bool { return m.name == name })
}

// Set gives an object the member called name and returns the object. A nil
// value takes the member away, because FHIR knows no null there.
func (v *Value) Set(name string, value *Value) *Value {
	i := v.index(name)
	switch {
	case i >= 0 && value == nil:
		v.members = slices.Delete(v.members, i, i+1)
	case i >= 0:
		v.members[i].value = value
	case value != nil:
		v.members = append(v.members, entry{name, value})
	}
	return v
}

// Add puts values at the end of the list called name, which begins with them
// where there was none, and returns the object.
func (v *Value) Add(name string, values ...*Value) *Value {
	list := v.Get(name)
	if list == nil {
		return v.Set(name, List(values...))
	}
	if list.kind != jsondoc.Array {
		list = List(list)
		v.Set(name, list)
	}
	list.items = append(list.items, values...)
	return v
}

// Members returns the members of an object in their order.
func (v *Value) Members() iter.Seq2[string, *Value] {
	return func(yield func(string, *Value) bool) {
		if v == nil {
			return
		}
		for _, m := range v.members {
			if !yield(m.name, m.value) {
				return
			}
		}
	}
}

// Items returns the items of a list, and of anything else the value itself.
func (v *Value) Items() []*Value {
	if v == nil {
		return nil
	}
	if v.kind != jsondoc.Array {
		return []*Value{v}
	}
	return v.items
}
