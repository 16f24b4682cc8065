package fhir

import (
	"math"
	"strconv"
	"strings"
	"sync"

	"bedrail/format/fhirpath"
	"bedrail/format/jsondoc"
)

// Unbounded is the maximum of elements that may be repeated at will.
const Unbounded = math.MaxInt32

// unset marks a limit that a profile leaves as it was.
const unset = -1

// A structure is a type of FHIR or a profile, ready to be checked against.
type structure struct {
	url, name, typ, kind, base string
	abstract                   bool
	profile                    bool // it constrains a type
	sparse                     bool // only differences are listed: the base must be checked too
	root                       *element
	contexts                   []context
}

// A context says where an extension may stand.
type context struct{ kind, expression string }

// An element is an element of a structure, and with its children a shape that
// an object is checked against.
type element struct {
	path, name, slice string
	id                string
	choice            bool // name is without [x]
	min, max          int
	types             []*typeRef
	binding           *binding
	fixed, pattern    jsondoc.Node
	least, greatest   jsondoc.Node
	maxLength         int
	constraints       []*constraint
	modifier          bool

	children []*element
	slicing  *slicing
	slices   []*element
	recent   *element // the slice that was read last, while reading
	content  string   // the path whose elements it repeats

	model   fhirpath.Element
	members map[string]*member // by the name in JSON; of types of FHIR only
	order   int                // among its siblings
}

type typeRef struct {
	name              string
	profiles, targets []string
	aggregation       []string
}

type binding struct{ strength, set string }

type slicing struct {
	paths, kinds []string
	ordered      bool
	rules        string
}

// A member is what a name in JSON stands for.
type member struct {
	el       *element
	typ      string
	ref      *typeRef
	resource bool // a resource stands there
	shadow   bool // the part of a primitive that begins with an underscore
	simple   primitive
	once     sync.Once
	shape    *element
}

// A constraint is an invariant; it is compiled when it is asked first.
type constraint struct {
	key, severity, human, source string

	native func(jsondoc.Node) (holds, decided bool)
	once   sync.Once
	expr   *fhirpath.Expression
	err    error
}

func (c *constraint) compile() (*fhirpath.Expression, error) {
	c.once.Do(func() { c.expr, c.err = fhirpath.Compile(c.source) })
	return c.expr, c.err
}

func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// compile reads a StructureDefinition. A profile without snapshot is read
// from its differential.
func (d *Definitions) compile(n jsondoc.Node) *structure {
	s := &structure{url: n.Get("url").Text(), name: n.Get("name").Text(), typ: n.Get("type").Text(), kind: n.Get("kind").Text(), base: n.Get("baseDefinition").Text(),
		abstract: n.Get("abstract").Kind() == jsondoc.True, profile: n.Get("derivation").TextIs("constraint")}
	for c := n.Get("context").First(); c.Exists(); c = c.Next() {
		s.contexts = append(s.contexts, context{c.Get("type").Text(), c.Get("expression").Text()})
	}
	list := n.Get("snapshot").Get("element")
	if list.Len() == 0 {
		list, s.sparse = n.Get("differential").Get("element"), true
	}
	for e := list.First(); e.Exists(); e = e.Next() {
		s.add(e)
	}
	if s.root == nil {
		s.root = blank(s.typ, s.typ)
	}
	if !s.profile {
		d.link(s, s.root)
	} else if d.IsType(s.typ) {
		d.prune(s.root, d.shape(s.typ))
	}
	return s
}

func blank(path, name string) *element {
	e := &element{path: path, id: path, min: unset, max: unset}
	e.name, e.choice = strings.CutSuffix(name, "[x]")
	return e
}

// add puts an element at its place in the tree, by its id or, where it has
// none, by its path.
func (s *structure) add(n jsondoc.Node) {
	path := n.Get("path").Text()
	id := n.Get("id").Text()
	if id == "" || strings.Count(id, ".") != strings.Count(path, ".") {
		id = path
		if name := n.Get("sliceName").Text(); name != "" {
			id += ":" + name
		}
	}
	parts := strings.Split(id, ".")
	if s.root == nil {
		s.root = blank(parts[0], parts[0])
	}
	at := s.root
	for i, part := range parts[1:] {
		name, slice, sliced := strings.Cut(part, ":")
		plain := strings.TrimSuffix(name, "[x]")
		next := at.child(plain)
		if next == nil {
			next = blank(at.path+"."+name, name)
			next.order = len(at.children)
			at.children = append(at.children, next)
		}
		last := i == len(parts)-2
		switch {
		case sliced:
			host := next
			next = next.sliceNamed(slice)
			host.recent = next
		case last:
			next.recent = nil
		case s.sparse && next.recent != nil: // ids of some guides leave the slice out; the order tells it
			next = next.recent
		}
		next.id = strings.Join(parts[:i+2], ".")
		at = next
	}
	at.read(n)
}

func (e *element) sliceNamed(name string) *element {
	for _, s := range e.slices {
		if s.slice == name {
			return s
		}
	}
	s := blank(e.path, e.name)
	s.choice, s.slice = e.choice, name
	e.slices = append(e.slices, s)
	return s
}

// read takes over what the definition says of the element.
func (e *element) read(n jsondoc.Node) {
	for c := n.First(); c.Exists(); c = c.Next() {
		key := c.Key()
		switch key {
		case "min":
			e.min, _ = strconv.Atoi(c.Text())
		case "max":
			if c.TextIs("*") {
				e.max = Unbounded
			} else {
				e.max, _ = strconv.Atoi(c.Text())
			}
		case "type":
			for t := c.First(); t.Exists(); t = t.Next() {
				e.types = append(e.types, readType(t))
			}
		case "binding":
			e.binding = readBinding(c)
		case "contentReference":
			e.content = c.Text()[strings.IndexByte(c.Text(), '#')+1:]
		case "maxLength":
			e.maxLength, _ = strconv.Atoi(c.Text())
		case "isModifier":
			e.modifier = c.Kind() == jsondoc.True
		case "slicing":
			e.slicing = readSlicing(c)
		case "constraint":
			for x := c.First(); x.Exists(); x = x.Next() {
				if source := x.Get("expression").Text(); source != "" {
					e.constraints = append(e.constraints, newConstraint(x.Get("key").Text(), x.Get("severity").Text(), x.Get("human").Text(), source))
				}
			}
		default:
			switch {
			case strings.HasPrefix(key, "fixed"):
				e.fixed = c
			case strings.HasPrefix(key, "pattern"):
				e.pattern = c
			case strings.HasPrefix(key, "minValue") && key != "minValueSet":
				e.least = c
			case strings.HasPrefix(key, "maxValue") && key != "maxValueSet":
				e.greatest = c
			}
		}
	}
}

func readType(n jsondoc.Node) *typeRef {
	t := &typeRef{name: n.Get("code").Text(), profiles: texts(n.Get("profile")), targets: texts(n.Get("targetProfile")), aggregation: texts(n.Get("aggregation"))}
	if strings.HasPrefix(t.name, "http://hl7.org/fhirpath/") {
		t.name = "string"
		for x := n.Get("extension").First(); x.Exists(); x = x.Next() {
			if u := x.Get("valueUrl").Text() + x.Get("valueUri").Text(); u != "" {
				t.name = u
			}
		}
	}
	t.name = strings.TrimPrefix(t.name, core)
	return t
}

func readBinding(n jsondoc.Node) *binding {
	set := n.Get("valueSet").Text()
	if set == "" {
		set = n.Get("valueSetUri").Text() + n.Get("valueSetReference").Get("reference").Text()
	}
	return &binding{n.Get("strength").Text(), set}
}

func readSlicing(n jsondoc.Node) *slicing {
	s := &slicing{rules: n.Get("rules").Text(), ordered: n.Get("ordered").Kind() == jsondoc.True}
	for x := n.Get("discriminator").First(); x.Exists(); x = x.Next() {
		s.kinds = append(s.kinds, x.Get("type").Text())
		s.paths = append(s.paths, x.Get("path").Text())
	}
	return s
}

func texts(list jsondoc.Node) []string {
	var out []string
	for n := list.First(); n.Exists(); n = n.Next() {
		out = append(out, n.Text())
	}
	if list.Kind() == jsondoc.String {
		out = append(out, list.Text())
	}
	return out
}

// link prepares a type of FHIR: what FHIRPath asks for and the names in JSON.
func (d *Definitions) link(s *structure, e *element) {
	e.members = make(map[string]*member, 2*len(e.children))
	for _, c := range e.children {
		if c.name == "id" && len(c.types) == 1 {
			c.types[0].name = typeOfID(s, e)
		}
		c.model = fhirpath.Element{Choice: c.choice, List: c.max != 1}
		switch {
		case c.content != "":
			c.model.Types = []string{c.content}
		case len(c.children) > 0:
			c.model.Types = []string{c.path}
			d.link(s, c)
		default:
			for _, t := range c.types {
				c.model.Types = append(c.model.Types, t.name)
			}
		}
		e.enter(d, c)
	}
}

// typeOfID is the type of the id of e. The definitions of R4 call that of a
// resource a string and the text says id (R4, 2.26.3); R5 calls that of an
// element an id, and uses more characters itself.
func typeOfID(s *structure, e *element) string {
	if s.kind == "resource" && e == s.root {
		return "id"
	}
	return "string"
}

// enter takes up the names that c has in JSON.
func (e *element) enter(d *Definitions, c *element) {
	enter := func(key string, m *member) {
		m.simple = primitives[m.typ]
		m.resource = d.IsResource(m.typ)
		e.members[key] = m
		if m.simple != nil {
			s := &member{el: c, typ: m.typ, ref: m.ref, shadow: true}
			e.members["_"+key] = s
		}
	}
	switch {
	case c.choice:
		for _, t := range c.types {
			enter(c.name+strings.ToUpper(t.name[:1])+t.name[1:], &member{el: c, typ: t.name, ref: t})
		}
	case len(c.children) > 0 || c.content != "":
		enter(c.name, &member{el: c, typ: c.model.Types[0]})
	case len(c.types) > 0:
		enter(c.name, &member{el: c, typ: c.types[0].name, ref: c.types[0]})
	}
}

// resolve finds the shape of an object that stands under m.
func (m *member) resolve(d *Definitions) *element {
	m.once.Do(func() {
		if len(m.el.children) > 0 {
			m.shape = m.el
			return
		}
		m.shape = d.shape(m.typ)
	})
	return m.shape
}
