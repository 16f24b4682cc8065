package fhir

import (
	"fmt"
	"strings"

	"bedrail/format/jsondoc"
)

// sliced puts each item into its slice and checks it there.
func (c *check) sliced(parent item, items []item, e *element, s *structure) {
	rule := c.slicingOf(e, s)
	counts := make([]int, len(e.slices))
	last := -1
	for _, x := range items {
		in := -1
		for i, slice := range e.slices {
			if c.inSlice(x, slice, rule, s) {
				in = i
				break
			}
		}
		c.enterItem(x, e)
		switch {
		case in >= 0:
			counts[in]++
			if rule.ordered && in < last {
				c.report(Error, "structure", "slice-order", x.place(), fmt.Sprintf("this is the slice %s, which must stand before the slice %s", e.slices[in].slice, e.slices[last].slice))
			}
			last = max(last, in)
			c.profiled(x, e.slices[in], s)
		case rule.rules == "closed":
			c.report(Error, "structure", "slice-closed", x.place(), fmt.Sprintf("this %s belongs to none of the slices that the profile allows: %s", e.label(), sliceNames(e)))
		}
		c.leave()
	}
	for i, slice := range e.slices {
		if slice.min > 0 && counts[i] < slice.min {
			c.report(Error, "required", "slice-min:"+slice.id, parent.place(), fmt.Sprintf("the slice %s of %s stands here %d times, the profile asks for %s", slice.slice, e.label(), counts[i], atLeast(slice.min)))
		}
		if slice.max != unset && counts[i] > slice.max {
			c.report(Error, "structure", "slice-max:"+slice.id, parent.place(), fmt.Sprintf("the slice %s of %s stands here %d times, the profile allows at most %d", slice.slice, e.label(), counts[i], slice.max))
		}
	}
}

func sliceNames(e *element) string {
	var names []string
	for _, s := range e.slices {
		names = append(names, s.slice)
	}
	return strings.Join(names, ", ")
}

// slicingOf is how e is sliced: as it says itself, or a profile below, or as
// extensions and choices always are.
func (c *check) slicingOf(e *element, s *structure) *slicing {
	if e.slicing != nil {
		return e.slicing
	}
	for depth := 0; s.sparse && depth < maxSets; depth++ {
		if s = c.d.structure(s.base); s == nil {
			break
		}
		if b := s.at(e.path); b != nil && b.slicing != nil {
			return b.slicing
		}
	}
	switch {
	case e.name == "extension" || e.name == "modifierExtension":
		return &slicing{paths: []string{"url"}, kinds: []string{"value"}, rules: "open"}
	case e.choice:
		return &slicing{paths: []string{"$this"}, kinds: []string{"type"}, rules: "open"}
	}
	return &slicing{rules: "open"}
}

// at finds an element by its path, without slices.
func (s *structure) at(path string) *element {
	e := s.root
	parts := strings.Split(path, ".")
	for _, p := range parts[1:] {
		if e = e.child(strings.TrimSuffix(p, "[x]")); e == nil {
			return nil
		}
	}
	return e
}

// inSlice decides by the discriminators whether x belongs to a slice. Without
// any, by whether it conforms.
func (c *check) inSlice(x item, slice *element, rule *slicing, s *structure) bool {
	if len(rule.paths) == 0 {
		return c.try(func() { c.profiled(x, slice, s) })
	}
	for i, path := range rule.paths {
		if !c.discriminates(x, slice, rule.kinds[i], path, s) {
			return false
		}
	}
	return true
}

// discriminates applies one discriminator. Paths are the restricted FHIRPath
// of ElementDefinition: names, $this, extension(url), resolve(), ofType(T).
func (c *check) discriminates(x item, slice *element, kind, path string, s *structure) bool {
	found := []item{x}
	defs := []*element{slice}
	if b := c.baseSlice(slice, s); b != nil {
		defs = append(defs, b)
	}
	for _, part := range steps(path) {
		found = c.follow(found, part)
		var next []*element
		for _, d := range defs {
			next = c.describe(d, part, next)
		}
		defs = next
	}
	switch kind {
	case "exists":
		return c.existsAsAsked(found, defs)
	case "type":
		return c.anyOfType(found, defs)
	case "profile":
		return c.anyOfProfile(found, defs)
	}
	for _, d := range defs {
		if d.max == 0 { // told from the others by its absence
			return len(found) == 0
		}
	}
	for _, f := range found {
		for _, d := range defs {
			if c.fits(f, d, 0) == yes {
				return true
			}
		}
	}
	return false
}

// baseSlice is the slice of the same name in the profile that a profile
// without snapshot builds on.
func (c *check) baseSlice(slice *element, s *structure) *element {
	for depth := 0; s.sparse && depth < maxSets; depth++ {
		if s = c.d.structure(s.base); s == nil {
			return nil
		}
		if e := s.at(slice.path); e != nil {
			for _, x := range e.slices {
				if x.slice == slice.slice {
					return x
				}
			}
		}
	}
	return nil
}

// steps parts a path at dots that stand outside of brackets.
func steps(path string) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(path) {
		switch path[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '.':
			if depth == 0 {
				out = append(out, path[from:i])
				from = i + 1
			}
		}
	}
	return append(out, path[from:])
}

func argument(part string) string {
	return strings.Trim(part[strings.IndexByte(part, '(')+1:len(part)-1], `'" `)
}

// follow takes one step of a discriminator in the resource.
func (c *check) follow(items []item, part string) []item {
	var out []item
	for _, x := range items {
		switch {
		case part == "$this" || part == "":
			out = append(out, x)
		case part == "resolve()":
			if n, ok := c.target(x.node); ok {
				out = append(out, item{node: n, typ: n.Get("resourceType").Text(), index: -1})
			}
		case strings.HasPrefix(part, "extension("):
			for _, e := range c.gather(x, &element{name: "extension"}, nil) {
				if e.node.Get("url").TextIs(argument(part)) {
					out = append(out, e)
				}
			}
		case strings.HasPrefix(part, "ofType("):
			if x.typ == argument(part) {
				out = append(out, x)
			}
		default:
			out = c.gather(x, &element{name: part}, out)
		}
	}
	return out
}

// describe takes one step of a discriminator in the definition, through the
// profile of a type where the element itself says nothing.
func (c *check) describe(e *element, part string, out []*element) []*element {
	switch {
	case part == "$this" || part == "" || strings.HasPrefix(part, "ofType("):
		return append(out, e)
	case part == "resolve()":
		for _, t := range e.types {
			for _, p := range t.targets {
				if s := c.d.structure(p); s != nil {
					out = append(out, s.root)
				} else {
					out = append(out, &element{name: "?", types: []*typeRef{{name: p}}})
				}
			}
		}
		return out
	case strings.HasPrefix(part, "extension("):
		for _, x := range e.children {
			for _, s := range x.slices {
				if u := s.child("url"); x.name == "extension" && (u != nil && u.fixed.TextIs(argument(part)) || len(s.types) > 0 && len(s.types[0].profiles) > 0 && s.types[0].profiles[0] == argument(part)) {
					out = append(out, s)
				}
			}
		}
		return out
	}
	if x := e.child(part); x != nil {
		return append(append(out, x.slices...), x)
	}
	for _, t := range e.types {
		for _, p := range t.profiles {
			if s := c.d.structure(p); s != nil && s.profile {
				if x := s.root.child(part); x != nil {
					out = append(out, x)
				}
			}
		}
	}
	// A fixed value or pattern above says what the child must be.
	for _, v := range [...]jsondoc.Node{e.fixed, e.pattern} {
		if got := v.Get(part); got.Exists() {
			for n := range each(got) {
				out = append(out, &element{name: part, pattern: n, min: unset, max: unset})
			}
		}
	}
	return out
}

// fits decides whether an item is what a definition fixes; unknown when the
// definition fixes nothing.
func (c *check) fits(it item, e *element, depth int) verdict {
	if depth > maxSets {
		return unknown
	}
	out := unknown
	if e.fixed.Exists() {
		if !same(e.fixed, it.node) {
			return no
		}
		out = yes
	}
	if e.pattern.Exists() {
		if !covers(e.pattern, it.node) {
			return no
		}
		out = yes
	}
	if e.binding != nil && e.binding.strength == "required" && out == unknown {
		out = c.boundTo(it.node, it.typ, e.binding.set)
		if out == no {
			return no
		}
	}
	for _, child := range e.children {
		for _, def := range append([]*element{child}, child.slices...) {
			if v := c.anyFits(it, def, depth); v == no {
				return no
			} else if v == yes {
				out = yes
			}
		}
	}
	return out
}

func (c *check) anyFits(it item, e *element, depth int) verdict {
	out := unknown
	for _, x := range c.gather(it, e, nil) {
		switch c.fits(x, e, depth+1) {
		case yes:
			return yes
		case no:
			out = no
		}
	}
	if e.slice == "" && out == unknown && e.min > 0 && (e.fixed.Exists() || e.pattern.Exists()) {
		return no
	}
	if e.slice != "" && e.min < 1 {
		return unknown
	}
	return out
}

func (c *check) existsAsAsked(found []item, defs []*element) bool {
	for _, d := range defs {
		if d.max == 0 {
			return len(found) == 0
		}
		if d.min > 0 {
			return len(found) > 0
		}
	}
	return len(found) > 0
}

func (c *check) anyOfType(found []item, defs []*element) bool {
	for _, f := range found {
		for _, d := range defs {
			if len(d.types) == 0 && d.path != "" && strings.IndexByte(d.path, '.') < 0 && c.d.is(f.typ, d.path) {
				return true // the root of a resource
			}
			for _, t := range d.types {
				if f.typ == t.name || c.d.is(f.typ, t.name) {
					return true
				}
			}
		}
	}
	return false
}

func (c *check) anyOfProfile(found []item, defs []*element) bool {
	for _, f := range found {
		for _, d := range defs {
			if strings.IndexByte(d.path, '.') < 0 && d.path != "" { // the root of what was resolved
				if c.d.is(f.typ, d.path) && c.try(func() { c.profiled(f, d, &structure{root: d}) }) {
					return true
				}
			}
			for _, t := range d.types {
				for _, p := range t.profiles {
					if s := c.d.structure(p); s != nil && c.conformsTo(f, s) {
						return true
					}
				}
			}
		}
	}
	return false
}
