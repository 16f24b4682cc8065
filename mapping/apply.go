package mapping

import (
	"strings"

	"bedrail/format/hl7"
)

// apply applies rules to an element.
func (r *run) apply(rules []*rule, on int32, depth int) {
	for _, rule := range rules {
		if r.steps++; r.steps > MaxNodes || depth > 12 {
			r.err = ErrWork
		}
		if r.err != nil {
			return
		}
		switch {
		case rule.each == nil && rule.from.kind == fieldSource && rule.from.or == nil:
			r.applyField(rule, on, depth)
		case rule.from.kind != fieldSource && rule.from.or == nil:
			r.applyOnce(rule, on, depth)
		default:
			r.applyEach(rule, on, depth)
		}
	}
}

// applyField applies a rule once for each repetition of its field.
func (r *run) applyField(rule *rule, on int32, depth int) {
	from := &rule.from
	field := r.segmentFor(from.segment).Field(from.field)
	if field.Empty() {
		return
	}
	outer, outerAt := r.rep, r.ruleAt
	r.rep, r.ruleAt = 1, from
	if !rule.early || rule.cond.holds(r) {
		for n, reps := 1, min(field.Reps(), maxReps); n <= reps; n++ {
			r.rep, r.ruleAt = n, from
			d := datum{v: field.Rep(n)}
			if from.comp > 0 {
				d = d.part(from.comp)
			}
			if from.sub > 0 {
				d = d.part(from.sub)
			}
			if d.empty() || !rule.early && !r.holds(rule, d) {
				continue
			}
			if r.put(rule, on, repetition(n), d, depth) && !rule.to.list && len(rule.to.steps) > 0 {
				break // one place, one value
			}
		}
	}
	r.rep, r.ruleAt = outer, outerAt
}

// repetition is the number of a repetition as items are told apart by it.
func repetition(n int) int32 {
	if n == 1 {
		return 0
	}
	return int32(n)
}

// applyEach applies a rule of several places, or for each repetition of another
// place.
func (r *run) applyEach(rule *rule, on int32, depth int) {
	reps := 1
	if rule.each != nil {
		reps = min(r.reps(rule.each), maxReps)
	}
	outer, outerAt := r.rep, r.ruleAt
	for n := 1; n <= reps; n++ {
		r.rep = n
		at := n
		if rule.each != nil {
			if at, r.ruleAt = 1, rule.each; r.value(rule.each, n).empty() {
				continue
			}
		} else if rule.from.kind == fieldSource {
			r.ruleAt = &rule.from
		}
		d := r.value(&rule.from, at)
		if !r.holds(rule, d) || rule.from.kind != segmentSource && d.empty() {
			continue
		}
		if r.put(rule, on, repetition(n), d, depth) && !rule.to.list && len(rule.to.steps) > 0 {
			break // one place, one value
		}
	}
	r.rep, r.ruleAt = outer, outerAt
}

// applyOnce applies a rule that is about no field, and so about no
// repetitions: most of a mapping's rules are.
func (r *run) applyOnce(rule *rule, on int32, depth int) {
	outer := r.rep
	r.rep = 1
	d := datum{plain: true}
	switch rule.from.kind {
	case segmentSource:
		if rule.cond.holds(r) {
			r.put(rule, on, 0, d, depth)
		}
	case partSource: // to look is cheaper than to decide
		if d = r.valueAt(&rule.from, 1); !d.empty() && rule.cond.holds(r) {
			r.put(rule, on, 0, d, depth)
		}
	default:
		if rule.cond.holds(r) {
			if d = r.valueAt(&rule.from, 1); !d.empty() {
				r.put(rule, on, 0, d, depth)
			}
		}
	}
	r.rep = outer
}

// holds decides whether a rule applies. In the map of a segment, CWE.3 in a
// condition is a part of the field that the rule is about.
func (r *run) holds(rule *rule, d datum) bool {
	if rule.cond == nil || rule.from.kind != fieldSource {
		return rule.cond.holds(r)
	}
	outer := r.current
	r.current = d
	ok := rule.cond.holds(r)
	r.current = outer
	return ok
}

// put writes one value.
func (r *run) put(rule *rule, on, rep int32, d datum, depth int) bool {
	n := on
	if len(rule.to.steps) > 0 {
		if n = r.place(&rule.to, on, rep); n == 0 {
			return false
		}
	}
	switch {
	case rule.value != nil:
		return r.putValue(rule, n, d)
	case rule.by != nil && rule.table != nil:
		return r.translated(rule, n, d, depth)
	case rule.by != nil:
		r.applyMap(rule.by, n, d, depth)
		return true
	}
	return r.scalarInto(rule, n, d)
}

// putValue writes the value that a rule spells out.
func (r *run) putValue(rule *rule, n int32, d datum) bool {
	var text string
	if rule.fixed {
		text = rule.value[0].text
		if rule.wrong {
			return false
		}
	} else {
		outer := r.current
		if rule.from.kind == fieldSource {
			r.current = d
		}
		text = r.expand(rule.value)
		r.current = outer
		if text != "" && rule.to.leaf.uri {
			if _, _, ok := uriOf(convURI, text); !ok {
				return false
			}
		}
	}
	if text == "" {
		return false
	}
	if was := r.nodes[n].text; rule.to.coded && was != "" && was != text {
		// The display was that of the other code.
		if d := r.find(r.parent, wordDisplay); d != 0 {
			r.set(d, "", false)
		}
	}
	r.set(n, text, rule.to.leaf.literal)
	return true
}

func (r *run) scalarInto(rule *rule, n int32, d datum) bool {
	parent := r.parent
	if rule.conv == convConcept {
		text, _, ok := r.scalar(convText, d)
		if !ok {
			return false
		}
		if rule.table != nil {
			if code, ok := rule.table[text]; ok {
				r.concept(n, rule.to.leaf.name, code)
				return true
			}
			if rule.known {
				return false
			}
		}
		member := usualMember(rule.to.leaf.name)
		literal := false
		switch rule.to.leaf.name {
		case "Quantity", "Duration", "Age", "Count":
			if text, literal = decimalText(text); !literal {
				return false
			}
		}
		r.set(r.child(n, r.p.words.known[member], stringNode, nil), text, literal)
		return true
	}
	if rule.table != nil {
		code, ok := rule.table[strings.TrimSpace(r.textOf(d.part(1)))]
		if !ok && rule.known {
			return false
		}
		if !ok && rule.to.coded {
			// A code that no table knows is still a code.
			text, _, ok := r.scalar(convCode, d)
			if ok {
				r.set(n, text, false)
			}
			return ok
		}
		if !ok {
			r.unknownCode(d)
			return false
		}
		if rule.to.leaf.name == "boolean" {
			r.set(n, code.Code, true)
			return code.Code == "true" || code.Code == "false"
		}
		r.set(n, code.Code, false)
		if rule.to.coded {
			r.siblings(parent, code)
		}
		return true
	}
	if rule.unit != nil {
		unit := r.value(rule.unit, r.repOf(rule.unit))
		text, ok := minutesText(r.textOf(d.part(1)), r.textOf(unit.part(1)))
		if ok {
			r.set(n, text, true)
		}
		return ok
	}
	text, literal, ok := r.scalar(rule.conv, d)
	if ok {
		r.set(n, text, literal)
	}
	return ok
}

// siblings sets system and display of the Coding whose code was set.
func (r *run) siblings(coding int32, code Code) {
	r.fillMember(coding, wordSystem, code.System)
	r.fillMember(coding, wordDisplay, code.Display)
}

func (r *run) fillMember(n int32, name word, text string) {
	if text == "" {
		return
	}
	r.set(r.child(n, name, stringNode, nil), text, false)
}

func (r *run) unknownCode(d datum) {
	if d.plain {
		return
	}
	start, end := d.v.Span()
	r.issue(hl7.Information, "code-invalid", start, end, "a code is left out: the table that translates it does not hold it")
}

// translated applies the map of a type and puts the table's code in place of
// the message's.
func (r *run) translated(rule *rule, n int32, d datum, depth int) bool {
	parent := r.parent
	text := strings.TrimSpace(r.textOf(d.part(1)))
	code, ok := rule.table[text]
	leaf := rule.to.leaf
	if leaf.prim {
		if !ok {
			if text != "" {
				r.unknownCode(d)
			}
			return false
		}
		literal := leaf.name == "boolean"
		r.set(n, code.Code, literal)
		if rule.to.coded {
			r.siblings(parent, code)
		}
		return true
	}
	r.applyMap(rule.by, n, d, depth)
	if ok {
		r.concept(n, leaf.name, code)
	}
	return true
}

// concept writes a code into a CodeableConcept or Coding.
func (r *run) concept(n int32, typ string, code Code) {
	if typ == "CodeableConcept" {
		list := r.child(n, wordCoding, arrayNode, nil)
		key := itemKey{r.application, 1, 0}
		if first := r.nodes[list].first; first != 0 {
			key = r.nodes[first].key
		}
		n = r.item(list, key, r.p.coding)
	}
	r.fillMember(n, wordSystem, code.System)
	r.fillMember(n, wordCode, code.Code)
	r.fillMember(n, wordDisplay, code.Display)
}

// applyMap applies the map of a type with d as the current value.
func (r *run) applyMap(m *typeMap, on int32, d datum, depth int) {
	outer := r.current
	rules, first := m.rules, len(r.pieces)
	if !d.plain && d.depth == 0 && !d.v.Empty() {
		r.pieces = d.v.Pieces(r.pieces)
		d.first, d.parts = int32(first), int32(len(r.pieces)-first)
		if int(d.parts) < len(m.few) {
			rules = m.few[d.parts]
		}
	}
	r.current = d
	if m.cascade {
		r.cascade(m, on, depth)
	} else {
		r.apply(rules, on, depth+1)
	}
	r.current, r.pieces = outer, r.pieces[:first]
}

// expand writes a template.
func (r *run) expand(chunks []chunk) string {
	if len(chunks) == 1 && chunks[0].at == nil {
		return chunks[0].text
	}
	if len(chunks) == 1 {
		return strings.TrimSpace(r.textOf(r.value(chunks[0].at, r.repOf(chunks[0].at))))
	}
	var b strings.Builder
	for _, c := range chunks {
		if c.at == nil {
			b.WriteString(c.text)
			continue
		}
		b.WriteString(r.textOf(r.value(c.at, r.repOf(c.at))))
	}
	return strings.TrimSpace(b.String())
}

// place goes along a target's steps and makes what is not there; 0 when a
// reference on the way leads to another kind of resource.
func (r *run) place(t *target, on, rep int32) int32 {
	at := on
	for i := range t.steps {
		s := &t.steps[i]
		r.parent = at
		if s.list {
			list := r.child(at, s.word, arrayNode, nil)
			key := itemKey{r.application, s.label, 0}
			if i == t.repeats {
				key.rep = rep
			}
			at = r.item(list, key, s.typ)
		} else {
			if s.of != "" && r.other(at, s.of, s.name) {
				return 0
			}
			at = r.child(at, s.word, objectNode, s.typ)
		}
		if s.hop != nil {
			if at = r.follow(at, s.hop); at == 0 {
				return 0
			}
		}
	}
	return at
}

// other reports whether another type of a choice is there already: the first
// one stays.
func (r *run) other(at int32, of, name string) bool {
	for i := r.nodes[at].first; i != 0; i = r.nodes[i].next {
		n := r.p.words.names[r.nodes[i].name]
		if len(n) > len(of) && n[:len(of)] == of && n != name && n[len(of)] <= 'Z' && r.alive(i) {
			return true
		}
	}
	return false
}

// follow returns the root of the resource that a Reference refers to, made
// when there is none.
func (r *run) follow(at int32, typ *elementType) int32 {
	if i := r.nodes[at].refer; i != 0 {
		if r.resources[i-1].typ != typ {
			return 0
		}
		return r.resources[i-1].root
	}
	i := r.make(typ, 0, "", r.segment)
	if i < 0 {
		return 0
	}
	r.nodes[at].refer = int32(i + 1)
	return r.resources[i].root
}

// cascade makes several resources out of one value, each part of the next:
// bed, room, floor. on is the root of the one that was asked for.
func (r *run) cascade(m *typeMap, on int32, depth int) {
	var roots [10]int32
	var which [10]int
	first := true
	own := -1
	for i := range r.resources {
		if r.resources[i].root == on {
			own = i
		}
	}
	if own < 0 {
		return
	}
	for lvl := 1; lvl < 10; lvl++ {
		for i := range m.rules {
			rule := m.rules[i]
			if rule.level != lvl || rule.value != nil || !rule.cond.holds(r) || r.value(&rule.from, 1).empty() {
				continue
			}
			if roots[lvl] == 0 {
				if first {
					roots[lvl], which[lvl], first = on, own, false
				} else if n := r.make(r.resources[own].typ, 0, "", r.segment); n >= 0 {
					roots[lvl], which[lvl] = r.resources[n].root, n
				} else {
					return
				}
			}
		}
		if roots[lvl] != 0 {
			r.applyLevel(m, lvl, roots[lvl], depth)
		}
	}
	below := int32(0)
	for lvl := 1; lvl < 10; lvl++ {
		if roots[lvl] == 0 {
			continue
		}
		if below != 0 {
			r.nodes[r.child(below, wordPartOf, objectNode, nil)].refer = int32(which[lvl] + 1)
		}
		below = roots[lvl]
	}
}

func (r *run) applyLevel(m *typeMap, lvl int, on int32, depth int) {
	for i := range m.rules {
		if m.rules[i].level == lvl {
			r.apply(m.rules[i:i+1], on, depth+1)
		}
	}
}

// repOf returns the repetition that a place means beside the rule's own: the
// same one of the same field, else the first.
func (r *run) repOf(s *source) int {
	if r.ruleAt != nil && s.kind == fieldSource && s.field == r.ruleAt.field && s.segment == r.ruleAt.segment {
		return r.rep
	}
	return 1
}

// isLiteral reports whether values of a type stand in JSON without quotes.
func isLiteral(typ string) bool {
	switch typ {
	case "boolean", "decimal", "integer", "positiveInt", "unsignedInt":
		return true
	}
	return false
}
