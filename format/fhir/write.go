package fhir

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bedrail/format/jsondoc"
)

// JSON writes v without blanks, its members in the order in which they stand.
func (v *Value) JSON() []byte { return (&jsonWriter{}).value(nil, v, nil) }

// JSON writes v without blanks and in the order of the definitions, the
// extensions of a primitive behind it, what the definitions do not know at the
// end by its name. The same content is so always the same bytes, whatever
// order it was built or read in, and a reader finds what the standard's pages
// show.
func (d *Definitions) JSON(v *Value) []byte { return (&jsonWriter{d: d}).value(nil, v, nil) }

// A Canonical is a way to write a resource for a signature or a hash (R4
// 2.6.2.6): members by name, no blanks but single ones inside texts.
type Canonical string

// The ways that FHIR defines, each with its URI.
const (
	CanonicalAll       Canonical = "http://hl7.org/fhir/canonicalization/json"
	CanonicalData      Canonical = "http://hl7.org/fhir/canonicalization/json#data"      // without narrative
	CanonicalStatic    Canonical = "http://hl7.org/fhir/canonicalization/json#static"    // without narrative and meta
	CanonicalNarrative Canonical = "http://hl7.org/fhir/canonicalization/json#narrative" // id and narrative alone
	CanonicalDocument  Canonical = "http://hl7.org/fhir/canonicalization/json#document"  // without id and meta of the bundle
)

// Canonical writes v in that way. Texts lose all but single blanks, as the
// standard says: what comes out is for comparing, not for keeping.
func (v *Value) Canonical(how Canonical) []byte {
	w := jsonWriter{sorted: true}
	switch how {
	case CanonicalData:
		w.without = []string{"text"}
	case CanonicalStatic:
		w.without = []string{"text", "meta"}
	case CanonicalDocument:
		w.without = []string{"id", "meta"}
	case CanonicalNarrative:
		w.only = []string{"resourceType", "id", "text"}
	}
	return w.value(nil, v, nil)
}

// A jsonWriter writes values.
type jsonWriter struct {
	d             *Definitions // the order of members, nil is that of the value
	sorted        bool         // by name, blanks folded
	without, only []string     // of the outermost object
	depth         int
}

func (w *jsonWriter) value(b []byte, v *Value, shape *element) []byte {
	switch v.Kind() {
	case jsondoc.Object:
		return w.object(b, v, shape)
	case jsondoc.Array:
		b = append(b, '[')
		for i, x := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = w.value(b, x, shape)
		}
		return append(b, ']')
	case jsondoc.String:
		if w.sorted {
			return appendText(b, strings.Join(strings.Fields(v.text), " "))
		}
		return appendText(b, v.text)
	case jsondoc.Number:
		return append(b, v.text...)
	case jsondoc.True:
		return append(b, "true"...)
	case jsondoc.False:
		return append(b, "false"...)
	}
	return append(b, "null"...)
}

func (w *jsonWriter) object(b []byte, v *Value, shape *element) []byte {
	if typ := v.Get("resourceType"); w.d != nil && typ.Kind() == jsondoc.String {
		shape = w.d.shape(typ.text)
	}
	w.depth++
	defer func() { w.depth-- }()
	b = append(b, '{')
	for i, e := range w.arranged(v, shape) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, e.name), ':')
		b = w.value(b, e.value, w.below(shape, e.name))
	}
	return append(b, '}')
}

// below is the shape of what stands under a name.
func (w *jsonWriter) below(shape *element, name string) *element {
	if w.d == nil {
		return nil
	}
	if strings.HasPrefix(name, "_") {
		return w.d.shape("Element")
	}
	if shape != nil {
		if m := shape.members[name]; m != nil {
			return m.resolve(w.d)
		}
	}
	return nil
}

// arranged are the members in the order in which they are written.
func (w *jsonWriter) arranged(v *Value, shape *element) []entry {
	list := v.members
	if w.depth == 1 && (w.without != nil || w.only != nil) {
		list = slices.DeleteFunc(slices.Clone(list), func(e entry) bool {
			name := strings.TrimPrefix(e.name, "_")
			return slices.Contains(w.without, name) || w.only != nil && !slices.Contains(w.only, name)
		})
	}
	switch {
	case w.sorted:
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	case w.d != nil:
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b entry) int { return byDefinition(shape, a.name, b.name) })
	}
	return list
}

// byDefinition puts resourceType first, then what shape knows in its order,
// then the rest by name.
func byDefinition(shape *element, a, b string) int {
	if x, y := place(shape, a), place(shape, b); x != y {
		return x - y
	}
	if x, y := strings.TrimPrefix(a, "_"), strings.TrimPrefix(b, "_"); x != y {
		return strings.Compare(x, y)
	}
	return len(a) - len(b) // the value before what is said about it
}

// place is where a member stands among its siblings.
func place(shape *element, name string) int {
	const unknown = 1 << 20
	if name == "resourceType" {
		return -1
	}
	if shape != nil {
		if m := shape.members[name]; m != nil {
			return m.el.order
		}
	}
	return unknown
}

// appendText writes a string of JSON. Bytes that are no UTF-8 become U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		case r == utf8.RuneError:
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, s[i:i+utf8.RuneLen(r)]...)
		}
	}
	return append(b, '"')
}
