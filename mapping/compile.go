package mapping

import (
	"fmt"
	"slices"
	"strings"

	"bedrail/format/fhirpath"
)

// A Program is a mapping that was compiled. It is safe for concurrent use.
type Program struct {
	Mapping *Mapping
	// Unused are rules that FHIR's definitions do not allow, with the reason:
	// rows of the tables that misspell an element or speak of a later version.
	Unused []string

	root      *group // of a view by structure
	rows      map[string][]*row
	natural   map[string]bool
	create    map[string]bool
	subjects  map[*elementType]target
	names     map[string]nameID
	elements  map[string]*elementType
	coding    *elementType
	words     *words
	slots     map[string]int32 // of variables
	leaves    map[string]int32 // tests of conditions, by what they ask
	backwards []segmentWriter
	accepts   *fhirpath.Expression
}

// A nameID stands for the name of a resource: "Observation[2]".
type nameID int32

// A row is a Row that was compiled.
type row struct {
	name  nameID
	typ   *elementType
	add   bool         // only to what is there
	any   *elementType // of add: the nearest of a type
	key   *source
	hop   target // of Provenance[1].entity.what(Device)
	into  *elementType
	cond  *condition
	rules []*rule
	refs  []link
}

// A link is a reference between two resources.
type link struct {
	from nameID
	path target
	to   nameID
	// A name without a number means the nearest of its type.
	fromType, toType *elementType
	bundle           bool // to everything that the message makes
}

// A rule is a Rule that was compiled.
type rule struct {
	from  source
	to    target
	value []chunk
	fixed bool // value is one text
	wrong bool // and no URI where it has to be one
	by    *typeMap
	conv  converter
	known bool // only codes that the table holds
	table map[string]Code
	cond  *condition
	early bool // cond says the same of every repetition
	each  *source
	unit  *source // of what becomes minutes
	level int
}

// A chunk is a piece of a template: text, or a place.
type chunk struct {
	text string
	at   *source
}

// A typeMap is the map of a data type for one kind of element.
type typeMap struct {
	rules []*rule
	// few are the rules that a value of so many components can need: most values
	// have fewer than their type.
	few     [8][]*rule
	cascade bool
}

// compiler compiles one mapping with the tables.
type compiler struct {
	tables *Tables
	types  types
	maps   map[string]*typeMap
	p      *Program
	where  string
}

func newCompiler(t *Tables, model fhirpath.Model) *compiler {
	return &compiler{tables: t, types: types{model: model, known: map[string]*elementType{}, words: newWords()}, maps: map[string]*typeMap{}}
}

// Compile checks m against the definitions of FHIR and makes it ready to run.
func compile(m *Mapping, t *Tables, elements map[string]Element, model fhirpath.Model) (*Program, error) {
	c := newCompiler(t, model)
	c.p = &Program{Mapping: m, rows: map[string][]*row{}, natural: map[string]bool{}, create: map[string]bool{}, names: map[string]nameID{}, elements: c.types.known,
		words: c.types.words, slots: map[string]int32{}, leaves: map[string]int32{}}
	c.p.coding = c.types.get("Coding")
	if err := c.complete(elements); err != nil {
		return nil, err
	}
	if err := c.complete(m.Elements); err != nil {
		return nil, fmt.Errorf("mapping %s: %w", m.Name, err)
	}
	if m.To == "hl7v2" {
		return c.p, c.backwards()
	}
	var err error
	if _, err = compileCondition(m.When, c.isType, ""); err != nil {
		return nil, fmt.Errorf("mapping %s: when: %w", m.Name, err)
	}
	for _, typ := range m.Natural {
		c.p.natural[typ] = true
	}
	c.p.subjects = map[*elementType]target{}
	for _, s := range m.Subjects {
		typ, path, _ := strings.Cut(s, ".")
		t, err := c.types.compile(c.types.get(typ), path)
		if err != nil || t.leaf.name != "Reference" {
			return nil, fmt.Errorf("mapping %s: subjects: %s refers to nothing", m.Name, s)
		}
		c.p.subjects[c.types.get(typ)] = t
	}
	for _, typ := range m.Create {
		c.p.create[typ] = true
	}
	rows := m.Rows
	if m.Structure != "" {
		i := slices.IndexFunc(t.Structures, func(s Structure) bool { return s.Name == m.Structure })
		if i < 0 {
			return nil, fmt.Errorf("mapping %s: there is no message structure %s", m.Name, m.Structure)
		}
		s := t.Structures[i]
		if c.p.root, err = parseStructure(s.Name, s.Parts); err != nil {
			return nil, err
		}
		rows = append(slices.Clone(s.Rows), rows...)
	} else if m.Parts != "" {
		if c.p.root, err = parseStructure(m.Name, m.Parts); err != nil {
			return nil, fmt.Errorf("mapping %s: %w", m.Name, err)
		}
	}
	for _, r := range rows {
		if m.Leave != nil && slices.Contains(m.Leave, r.By) {
			continue
		}
		if err := c.row(r); err != nil {
			return nil, fmt.Errorf("mapping %s: %s %s: %w", m.Name, r.At, r.Make, err)
		}
	}
	return c.p, nil
}

func (c *compiler) isType(name string) bool { return c.tables.isType(name) }

// isType reports whether name is a data type that the tables have a map of.
func (t *Tables) isType(name string) bool {
	if name == "MSG" || name == "ED" || name == "SN" {
		return true
	}
	for full := range t.Types {
		if len(full) > len(name) && full[len(name)] == '[' && strings.HasPrefix(full, name) {
			return true
		}
	}
	return false
}

// complete reads what an element must have.
func (c *compiler) complete(elements map[string]Element) error {
	for name, e := range elements {
		typ := c.types.get(name)
		for _, n := range e.Need {
			var one []word
			for member := range strings.SplitSeq(n, "|") {
				one = append(one, c.types.words.of(member))
			}
			typ.need = append(typ.need, one)
		}
		for _, f := range e.Fill {
			t, err := c.types.compile(typ, f.To)
			if err != nil {
				return fmt.Errorf("element %s: %w", name, err)
			}
			typ.fill = append(typ.fill, filling{when: c.types.words.of(f.From), target: t, value: f.Value})
		}
	}
	return nil
}

func (c *compiler) name(text string) nameID {
	if id, ok := c.p.names[text]; ok {
		return id
	}
	id := nameID(len(c.p.names) + 1)
	c.p.names[text] = id
	return id
}

// unused notes a rule that cannot be used and says whether that may be: a row
// of the tables may, a rule of a mapping's own may not.
func (c *compiler) unused(own bool, r Rule, err error) error {
	if own {
		return fmt.Errorf("rule to %s: %w", r.To, err)
	}
	c.p.Unused = append(c.p.Unused, fmt.Sprintf("%s %s: %v", c.where, r.From, err))
	return nil
}

func (c *compiler) row(in Row) error {
	if in.Make == "Bundle" {
		return nil
	}
	out := &row{}
	segment := in.At[strings.LastIndexByte(in.At, '.')+1:]
	segment, _, _ = strings.Cut(segment, "#")
	if len(segment) != 3 {
		segment = "OBX"
	}
	var err error
	if out.cond, err = c.condition(in.If, segment); err != nil {
		return err
	}
	if in.Key != "" {
		key, err := c.source(in.Key, segment)
		if err != nil {
			return err
		}
		out.key = &key
	}
	if in.Add != "" {
		in.Make, out.add = in.Add, true
	}
	make, path, _ := strings.Cut(in.Make, ".")
	out.name = c.name(make)
	typ, _, _ := strings.Cut(make, "[")
	if out.typ = c.types.get(typ); !out.typ.resource {
		return fmt.Errorf("%s is no resource", typ)
	}
	if out.add && typ == make {
		out.any = out.typ
	}
	out.into = out.typ
	if strings.Contains(path, "(") {
		if out.hop, err = c.types.compile(out.typ, path); err != nil {
			return c.unused(false, Rule{From: in.At, To: in.Make}, err)
		}
		out.into = out.hop.leaf
	}
	if in.By != "" {
		rules, ok := c.tables.Segments[in.By]
		if !ok {
			return fmt.Errorf("there is no map %s", in.By)
		}
		c.where = in.By
		if out.rules, err = c.rules(rules, out.into, segment, false); err != nil {
			return err
		}
	}
	own, err := c.rules(in.Set, out.into, segment, true)
	if err != nil {
		return err
	}
	out.rules = append(out.rules, own...)
	for _, ref := range in.Refs {
		if err := c.link(ref, out); err != nil {
			return err
		}
	}
	c.p.rows[in.At] = append(c.p.rows[in.At], out)
	return nil
}

// link reads "Encounter[1].subject = Patient[1]". A name without a number is
// that of the row itself where the type is.
func (c *compiler) link(text string, r *row) error {
	left, right, ok := strings.Cut(text, "=")
	name, path, ok2 := strings.Cut(strings.TrimSpace(left), ".")
	if !ok || !ok2 {
		return fmt.Errorf("reference %q: write A.element = B", text)
	}
	typ, _, _ := strings.Cut(name, "[")
	l := link{from: c.name(name), to: c.name(strings.TrimSpace(right)), bundle: strings.TrimSpace(right) == "Bundle"}
	if typ == r.typ.name {
		l.from, l.fromType = r.name, r.any
	} else if typ == name {
		l.fromType = c.types.get(typ)
	}
	if target := strings.TrimSpace(right); !strings.Contains(target, "[") {
		l.toType = c.types.get(target)
	}
	var err error
	if l.path, err = c.types.compile(c.types.get(typ), path); err != nil || l.path.leaf.name != "Reference" {
		c.p.Unused = append(c.p.Unused, fmt.Sprintf("reference %s cannot be used", text))
		return nil
	}
	r.refs = append(r.refs, l)
	return nil
}

func (c *compiler) rules(in []Rule, base *elementType, segment string, own bool) ([]*rule, error) {
	var out []*rule
	for _, r := range in {
		one, err := c.rule(r, base, segment)
		if err != nil {
			if err := c.unused(own, r, err); err != nil {
				return nil, err
			}
			continue
		}
		out = append(out, &one)
	}
	return out, nil
}

func (c *compiler) rule(in Rule, base *elementType, segment string) (rule, error) {
	out := rule{level: in.Level}
	var err error
	if out.from, err = c.source(in.From, segment); err != nil {
		return out, err
	}
	if out.cond, err = c.condition(in.If, segment); err != nil {
		return out, err
	}
	if in.Each != "" {
		each, err := c.source(in.Each, segment)
		if err != nil {
			return out, err
		}
		out.each = &each
	}
	out.early = out.cond.apartFrom(&out.from)
	if out.to, err = c.types.compile(base, in.To); err != nil {
		return out, err
	}
	if in.Value != "" {
		if out.value, err = c.template(in.Value, segment); err != nil {
			return out, err
		}
		out.fixed = len(out.value) == 1 && out.value[0].at == nil
		if out.fixed && out.to.leaf.uri {
			_, _, ok := uriOf(convURI, out.value[0].text)
			out.wrong = !ok
		}
	}
	if in.Table != "" {
		// A table of HL7's that translates nothing leaves codes as they are.
		out.table = c.tables.Codes[in.Table]
	}
	if place, ok := strings.CutPrefix(in.By, "minutes("); ok {
		unit, err := c.source(strings.TrimSuffix(place, ")"), segment)
		out.conv, out.unit = convMinutes, &unit
		return out, err
	}
	if in.Value == "" {
		err = c.converted(in.By, &out)
	}
	return out, err
}

// converted finds how a value becomes the leaf: by the map of its type, by a
// converter that is named, or by the type of the leaf.
func (c *compiler) converted(by string, out *rule) error {
	leaf := out.to.leaf
	if by == "known" {
		out.known, by = true, ""
	}
	if conv, ok := converterNames[by]; ok {
		out.conv = conv
		return nil
	}
	if leaf.resource && by != "" && mapTarget(by) != leaf.name {
		// The same data type has a map of the resource that is meant.
		if better := by[:max(0, strings.IndexByte(by, '['))] + "[" + leaf.name + "]"; c.tables.Types[better] != nil {
			by = better
		}
	}
	if rules, ok := c.tables.Types[by]; ok {
		if leaf.name == "Reference" {
			// The map makes the resource that the element refers to.
			typ := mapTarget(by)
			if !c.types.get(typ).resource {
				return fmt.Errorf("the map %s makes nothing that can be referred to", by)
			}
			out.to.steps = slices.Clone(out.to.steps)
			if len(out.to.steps) == 0 {
				return fmt.Errorf("the map %s needs an element to refer from", by)
			}
			out.to.steps[len(out.to.steps)-1].hop = c.types.get(typ)
			leaf = c.types.get(typ)
			out.to.leaf = leaf
		}
		if typ := mapTarget(by); leaf.resource && len(out.to.steps) == 0 && typ != leaf.name && c.types.isResource(typ) {
			return fmt.Errorf("the map %s makes a %s, and this is a %s", by, typ, leaf.name)
		}
		m, err := c.typeMap(by, rules, leaf)
		if err == nil && len(m.rules) > 0 {
			out.by = m
			return nil
		}
		if err != nil {
			return err
		}
	} else if by != "" && !strings.Contains(by, "[") {
		return fmt.Errorf("there is no converter %s", by)
	}
	out.conv = converterOf(leaf.name)
	if len(out.to.steps) > 0 && leaf.name == "uri" && out.to.steps[len(out.to.steps)-1].name == "system" {
		out.conv = convSystem
	}
	if out.conv == convNone {
		return fmt.Errorf("nothing says how %s is written", leaf.name)
	}
	return nil
}

// mapTarget returns Practitioner of XCN[Practitioner], Location of
// DLD[Location-Discharge].
func mapTarget(by string) string {
	_, typ, _ := strings.Cut(strings.TrimSuffix(by, "]"), "[")
	typ, _, _ = strings.Cut(typ, "-")
	return typ
}

func (c *compiler) typeMap(by string, rules []Rule, leaf *elementType) (*typeMap, error) {
	key := by + " " + leaf.name
	if m := c.maps[key]; m != nil {
		return m, nil
	}
	m := &typeMap{}
	c.maps[key] = m
	where := c.where
	c.where = by
	defer func() { c.where = where }()
	var err error
	m.rules, err = c.rules(rules, leaf, by[:strings.IndexByte(by, '[')], false)
	for _, r := range m.rules {
		m.cascade = m.cascade || r.level > 0
	}
	for n := 1; n < len(m.few); n++ {
		for _, r := range m.rules {
			if r.each != nil || r.from.kind != partSource || r.from.or != nil || r.from.comp <= n {
				m.few[n] = append(m.few[n], r)
			}
		}
	}
	return m, err
}

// source compiles a place. Variables get numbers, under which a run keeps what
// they say of one part.
func (c *compiler) source(text, segment string) (source, error) {
	s, err := compileSource(text, c.isType, segment)
	for at := &s; at != nil; at = at.or {
		c.slot(at)
	}
	return s, err
}

func (c *compiler) slot(s *source) {
	if s.kind != variableSource {
		return
	}
	if c.p.slots[s.name] == 0 {
		c.p.slots[s.name] = int32(len(c.p.slots) + 1)
	}
	s.slot = c.p.slots[s.name]
}

// condition compiles a condition. Tests that ask the same of a part get one
// number, under which a run keeps the answer.
func (c *compiler) condition(text, segment string) (*condition, error) {
	cond, err := compileCondition(text, c.isType, segment)
	if err == nil {
		c.number(cond)
	}
	return cond, err
}

func (c *compiler) number(cond *condition) {
	if cond == nil {
		return
	}
	c.number(cond.left)
	c.number(cond.right)
	key := ""
	for at := &cond.at; at != nil; at = at.or {
		c.slot(at)
		if at.kind == noSource || at.kind == partSource {
			return // part of a value: another one each time
		}
		key += fmt.Sprintf("%d %s-%d.%d.%d %q|", at.kind, at.segment, at.field, at.comp, at.sub, at.name)
	}
	if cond.op == opLength {
		return // it reads a text, which may be worth an issue
	}
	key += fmt.Sprintf("%d %v %q %s %d", cond.op, cond.not, cond.texts, cond.cmp, cond.n)
	if c.p.leaves[key] == 0 {
		c.p.leaves[key] = int32(len(c.p.leaves) + 1)
	}
	cond.leaf = c.p.leaves[key]
}

// template reads "urn:oid:{HD.2}".
func (c *compiler) template(text, segment string) ([]chunk, error) {
	var out []chunk
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return append(out, chunk{text: text}), nil
		}
		if open > 0 {
			out = append(out, chunk{text: text[:open]})
		}
		end := strings.IndexByte(text, '}')
		if end < open {
			return nil, fmt.Errorf("value %q: a brace is not closed", text)
		}
		s, err := c.source(text[open+1:end], segment)
		if err != nil {
			return nil, err
		}
		out = append(out, chunk{at: &s})
		text = text[end+1:]
	}
	return out, nil
}
