package mapping

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"bedrail/format/jsondoc"
)

// A Fact is one value that a bundle states: of which type, where in it, what.
// The ids of resources are no facts, and a reference states the type that it
// refers to; so two bundles can be compared that give other ids.
type Fact struct{ Type, Path, Value string }

func (f Fact) String() string { return f.Type + "." + f.Path + " = " + f.Value }

// Facts lists what a bundle states, in order and without repetitions.
func Facts(bundle []byte) ([]Fact, error) {
	d, err := jsondoc.Parse(bytes.TrimPrefix(bundle, []byte("\ufeff")), jsondoc.Limits{})
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	root := d.Root()
	for e := root.Get("entry").First(); e.Exists(); e = e.Next() {
		types[e.Get("fullUrl").Text()] = e.Get("resource").Get("resourceType").Text()
	}
	var out []Fact
	for e := root.Get("entry").First(); e.Exists(); e = e.Next() {
		res := e.Get("resource")
		c := factCollector{types: types, typ: res.Get("resourceType").Text()}
		for m := res.First(); m.Exists(); m = m.Next() {
			if name := m.Key(); name != "resourceType" && name != "id" {
				c.add(m, name)
			}
		}
		out = append(out, c.facts...)
	}
	slices.SortFunc(out, func(a, b Fact) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(out), nil
}

type factCollector struct {
	types map[string]string
	typ   string
	facts []Fact
}

func (c *factCollector) add(n jsondoc.Node, path string) {
	switch n.Kind() {
	case jsondoc.Object:
		for m := n.First(); m.Exists(); m = m.Next() {
			c.add(m, path+"."+m.Key())
		}
	case jsondoc.Array:
		for m := n.First(); m.Exists(); m = m.Next() {
			c.add(m, path)
		}
	default:
		value := n.Text()
		if strings.HasSuffix(path, ".reference") {
			if typ, ok := c.types[value]; ok {
				value = typ
			} else if typ, _, ok := strings.Cut(value, "/"); ok {
				value = typ
			}
		}
		c.facts = append(c.facts, Fact{c.typ, path, value})
	}
}

// A Difference is a fact that only one of two bundles states.
type Difference struct {
	Fact
	Only string // "before" or "after"
}

// Compare returns the facts that only one of two bundles states.
func Compare(before, after []byte) ([]Difference, error) {
	a, err := Facts(before)
	if err != nil {
		return nil, fmt.Errorf("the first bundle: %w", err)
	}
	b, err := Facts(after)
	if err != nil {
		return nil, fmt.Errorf("the second bundle: %w", err)
	}
	return Differences(a, b), nil
}

// Differences compares two lists in the order of Facts.
func Differences(a, b []Fact) []Difference {
	out := []Difference{}
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = strings.Compare(a[0].String(), b[0].String())
		}
		if order < 0 {
			out = append(out, Difference{a[0], "before"})
		}
		if order > 0 {
			out = append(out, Difference{b[0], "after"})
		}
		if order <= 0 {
			a = a[1:]
		}
		if order >= 0 {
			b = b[1:]
		}
	}
	return out
}
