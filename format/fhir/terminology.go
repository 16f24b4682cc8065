package fhir

import (
	"regexp"
	"strconv"
	"strings"

	"bedrail/format/jsondoc"
	"bedrail/format/ucum"
)

// A verdict says whether a code belongs somewhere, as far as that can be told
// without a server.
type verdict uint8

const (
	unknown verdict = iota
	no
	yes
)

func decided(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// A codeSystem is what is known of a code system.
type codeSystem struct {
	complete bool
	folded   bool // case does not matter
	concepts map[string]*concept
}

type concept struct {
	parents    []string
	properties map[string]string
}

// codes finds a code system; nil when it is not local.
func (d *Definitions) codes(url string) *codeSystem {
	url = withoutVersion(url)
	if s, ok := d.systems.Load(url); ok {
		return s.(*codeSystem)
	}
	r, owner, ok := d.record("C\t" + url)
	if !ok {
		return nil
	}
	if owner != d && owner.parent == nil {
		return owner.codes(url)
	}
	var s *codeSystem
	if n, err := r.open(); err == nil {
		s = &codeSystem{concepts: map[string]*concept{}, folded: n.Get("caseSensitive").Kind() == jsondoc.False}
		s.complete = n.Get("content").TextIs("complete") || n.Get("content").TextIs("") && n.Get("concept").Exists()
		s.add(n.Get("concept"), "")
	}
	kept, _ := d.systems.LoadOrStore(url, s)
	return kept.(*codeSystem)
}

func (s *codeSystem) add(list jsondoc.Node, parent string) {
	for n := list.First(); n.Exists(); n = n.Next() {
		code := s.fold(n.Get("code").Text())
		c := s.concepts[code]
		if c == nil {
			c = &concept{}
			s.concepts[code] = c
		}
		if parent != "" {
			c.parents = append(c.parents, parent)
		}
		for p := n.Get("property").First(); p.Exists(); p = p.Next() {
			name := p.Get("code").Text()
			value := p.Get("valueCode").Text() + p.Get("valueBoolean").Text() + p.Get("valueInteger").Text() + p.Get("valueString").Text()
			if name == "subsumedBy" || name == "parent" {
				c.parents = append(c.parents, s.fold(value))
			}
			if c.properties == nil {
				c.properties = map[string]string{}
			}
			c.properties[name] = value
		}
		s.add(n.Get("concept"), code)
	}
}

func (s *codeSystem) fold(code string) string {
	if s.folded {
		return strings.ToLower(code)
	}
	return code
}

func (s *codeSystem) has(code string) verdict {
	if s == nil {
		return unknown
	}
	if s.concepts[s.fold(code)] != nil {
		return yes
	}
	if s.complete {
		return no
	}
	return unknown
}

// below reports whether code is under ancestor.
func (s *codeSystem) below(code, ancestor string, steps int) bool {
	c := s.concepts[s.fold(code)]
	if c == nil || steps > 64 {
		return false
	}
	for _, p := range c.parents {
		if p == s.fold(ancestor) || s.below(p, ancestor, steps+1) {
			return true
		}
	}
	return false
}

// Systems whose codes have a grammar instead of a list.
var grammars = map[string]func(string) bool{
	"http://unitsofmeasure.org": func(code string) bool { return ucum.Validate(code) == nil },
	"urn:ietf:bcp:47":           languageTag.MatchString,
	"urn:ietf:bcp:13":           mediaType.MatchString,
}

var (
	languageTag = regexp.MustCompile(`^([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8}|[xiXI])(-[A-Za-z0-9]{1,8})*$`)
	mediaType   = regexp.MustCompile(`^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+*-]+(\s*;.*)?$`)
)

// knows reports whether code is in system.
func (d *Definitions) knows(system, code string) verdict {
	if right := grammars[system]; right != nil {
		return decided(right(code))
	}
	switch system {
	case "http://snomed.info/sct":
		return isSNOMED(code)
	case "http://loinc.org":
		return isLOINC(code)
	}
	return d.codes(system).has(code)
}

// A valueSet is compiled to what decides membership.
type valueSet struct {
	include, exclude []*selection
}

// A selection is one include or exclude of a value set.
type selection struct {
	system  string
	codes   map[string]bool
	filters []filter
	sets    []string
}

type filter struct{ property, op, value string }

func (d *Definitions) set(url string) *valueSet {
	url = withoutVersion(url)
	if s, ok := d.sets.Load(url); ok {
		return s.(*valueSet)
	}
	r, owner, ok := d.record("V\t" + url)
	if !ok {
		return nil
	}
	if owner != d && owner.parent == nil {
		return owner.set(url)
	}
	var s *valueSet
	if n, err := r.open(); err == nil {
		s = readSet(n)
	}
	kept, _ := d.sets.LoadOrStore(url, s)
	return kept.(*valueSet)
}

func readSet(n jsondoc.Node) *valueSet {
	compose := n.Get("compose")
	if !compose.Exists() {
		if !n.Get("expansion").Get("contains").Exists() {
			return nil
		}
		return &valueSet{include: readExpansion(n.Get("expansion").Get("contains"), nil)}
	}
	s := &valueSet{}
	for x := compose.Get("include").First(); x.Exists(); x = x.Next() {
		s.include = append(s.include, readSelection(x))
	}
	for x := compose.Get("exclude").First(); x.Exists(); x = x.Next() {
		s.exclude = append(s.exclude, readSelection(x))
	}
	return s
}

func readSelection(n jsondoc.Node) *selection {
	s := &selection{system: n.Get("system").Text(), sets: texts(n.Get("valueSet"))}
	for c := n.Get("concept").First(); c.Exists(); c = c.Next() {
		if s.codes == nil {
			s.codes = map[string]bool{}
		}
		s.codes[c.Get("code").Text()] = true
	}
	for f := n.Get("filter").First(); f.Exists(); f = f.Next() {
		s.filters = append(s.filters, filter{f.Get("property").Text(), f.Get("op").Text(), f.Get("value").Text()})
	}
	return s
}

func readExpansion(list jsondoc.Node, out []*selection) []*selection {
	for n := list.First(); n.Exists(); n = n.Next() {
		if n.Get("abstract").Kind() != jsondoc.True {
			out = append(out, &selection{system: n.Get("system").Text(), codes: map[string]bool{n.Get("code").Text(): true}})
		}
		out = readExpansion(n.Get("contains"), out)
	}
	return out
}

// maxSets bounds how deep value sets may include each other.
const maxSets = 16

// member reports whether system|code is in the value set. anySystem asks for
// the code alone, as elements of type code do.
func (d *Definitions) member(url, system, code string, anySystem bool, depth int) verdict {
	s := d.set(url)
	if s == nil || depth > maxSets {
		return unknown
	}
	in := no
	for _, x := range s.include {
		if v := d.selects(x, system, code, anySystem, depth); v == yes {
			in = yes
			break
		} else if v == unknown {
			in = unknown
		}
	}
	if in == no {
		return no
	}
	for _, x := range s.exclude {
		switch d.selects(x, system, code, anySystem, depth) {
		case yes:
			return no
		case unknown:
			in = unknown
		}
	}
	return in
}

func (d *Definitions) selects(x *selection, system, code string, anySystem bool, depth int) verdict {
	in := yes
	if x.system != "" {
		if !anySystem && withoutVersion(x.system) != system {
			return no
		}
		in = d.inSystem(x, code)
	}
	for _, set := range x.sets {
		switch d.member(set, system, code, anySystem, depth+1) {
		case no:
			return no
		case unknown:
			in = unknown
		}
	}
	return in
}

func (d *Definitions) inSystem(x *selection, code string) verdict {
	if x.codes != nil {
		if x.codes[code] {
			return yes
		}
		if s := d.codes(x.system); s != nil && s.folded {
			for c := range x.codes {
				if strings.EqualFold(c, code) {
					return yes
				}
			}
		}
		return no
	}
	in := d.knows(x.system, code)
	if in == no || len(x.filters) == 0 {
		return in
	}
	s := d.codes(x.system)
	for _, f := range x.filters {
		v := unknown
		if s != nil {
			v = s.passes(code, f)
		}
		if v == no {
			return no
		}
		if v == unknown {
			in = unknown
		}
	}
	return in
}

// passes applies one filter (R4 4.9.5).
func (s *codeSystem) passes(code string, f filter) verdict {
	c := s.concepts[s.fold(code)]
	if c == nil {
		return unknown
	}
	value, has := c.properties[f.property]
	if f.property == "code" {
		value, has = code, true
	}
	under := func(want string) bool { return s.below(code, want, 0) }
	switch f.op {
	case "is-a":
		return decided(s.fold(code) == s.fold(f.value) || under(f.value))
	case "descendent-of":
		return decided(under(f.value))
	case "is-not-a":
		return decided(!(s.fold(code) == s.fold(f.value) || under(f.value)))
	case "generalizes":
		return decided(s.fold(code) == s.fold(f.value) || s.below(f.value, code, 0))
	case "exists":
		return decided(strconv.FormatBool(has) == f.value)
	case "=":
		if f.property == "concept" || f.property == "parent" {
			return decided(under(f.value))
		}
		if !has {
			return unknown
		}
		return decided(value == f.value)
	case "in", "not-in":
		found := false
		for v := range strings.SplitSeq(f.value, ",") {
			found = found || strings.TrimSpace(v) == value
		}
		return decided(found == (f.op == "in"))
	case "regex":
		re, err := regexp.Compile(`^(?:` + f.value + `)$`)
		if err != nil || !has {
			return unknown
		}
		return decided(re.MatchString(value))
	}
	return unknown
}

// MemberOf implements fhirpath.Terminology.
func (d *Definitions) MemberOf(system, code, valueSet string) (member, known bool) {
	v := d.member(valueSet, system, code, system == "", 0)
	return v == yes, v != unknown
}
