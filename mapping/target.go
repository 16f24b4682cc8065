package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bedrail/format/fhirpath"
)

// An elementType is a type of FHIR, or an element with a shape of its own
// (Encounter.location), with what has to be so before one is given out.
type elementType struct {
	name      string
	prim      bool
	resource  bool
	extension bool
	literal   bool     // its values stand in JSON without quotes
	uri       bool     // its values are URIs
	need      [][]word // of each, one member must be there; else the element is left out
	fill      []filling
}

// A filling puts a value where none is and one must be.
type filling struct {
	when   word // a member that must be there; noWord is any
	target target
	value  string
}

// A target is a compiled place in a resource. No steps: the current element.
type target struct {
	steps []step
	leaf  *elementType
	// coded: the leaf is the code of a Coding, whose system and display a table
	// knows too.
	coded bool
	list  bool // a step is a list: repetitions have somewhere to go
	// repeats is the step whose items the repetitions of a field are: the last
	// where that is a list (the telephones of a contact), else the first that is
	// one (the participants who each have a person).
	repeats int
}

// A step goes to one member; with hop on into the resource that it refers to.
type step struct {
	name  string
	word  word
	of    string // of a choice, the name without its type: only one may be there
	list  bool
	label int32
	typ   *elementType
	hop   *elementType
}

// types hands out elementTypes and knows the definitions.
type types struct {
	model fhirpath.Model
	known map[string]*elementType
	words *words
}

func (t *types) get(name string) *elementType {
	if e := t.known[name]; e != nil {
		return e
	}
	e := &elementType{name: name, prim: name != "" && name[0] >= 'a' && name[0] <= 'z', extension: name == "Extension", literal: isLiteral(name), uri: converterOf(name) == convURI}
	e.resource = !strings.Contains(name, ".") && t.isResource(name)
	t.known[name] = e
	return e
}

func (t *types) isResource(name string) bool {
	for range 4 {
		switch name {
		case "DomainResource", "Resource":
			return true
		case "":
			return false
		}
		name = t.model.Base(name)
	}
	return false
}

// element finds a member of typ. Of a choice the name ends in its type.
func (t *types) element(typ, name string) (member *elementType, of string, list bool, ok bool) {
	if e, ok := t.model.Element(typ, name); ok && !e.Choice {
		if len(e.Types) == 0 {
			return nil, "", false, false
		}
		return t.get(e.Types[0]), "", e.List, true
	}
	for i := 1; i < len(name); i++ {
		if name[i] < 'A' || name[i] > 'Z' {
			continue
		}
		e, ok := t.model.Element(typ, name[:i])
		if !ok || !e.Choice {
			continue
		}
		for _, one := range e.Types {
			if strings.EqualFold(one, name[i:]) && (one == name[i:] || one[0] >= 'a') {
				return t.get(one), name[:i], false, true
			}
		}
	}
	return nil, "", false, false
}

// compile reads a place relative to base.
func (t *types) compile(base *elementType, path string) (target, error) {
	out := target{leaf: base}
	if path == "$this" || path == "$value" || path == "" {
		return out, nil
	}
	at := base
	for rest := path; rest != ""; {
		word, label, hop, left, err := cutStep(rest)
		if err != nil {
			return target{}, fmt.Errorf("target %q: %w", path, err)
		}
		if at.prim {
			if len(out.steps) == 0 {
				return target{}, fmt.Errorf("target %q: a %s has no elements", path, at.name)
			}
			// What a primitive holds besides its value lies beside it.
			last := &out.steps[len(out.steps)-1]
			if last.list {
				return target{}, fmt.Errorf("target %q: extensions in a list of values are not supported", path)
			}
			last.name, last.typ = "_"+last.name, t.get("Element")
			last.word = t.words.of(last.name)
			at = last.typ
		}
		member, of, list, ok := t.element(at.name, word)
		if !ok {
			return target{}, fmt.Errorf("target %q: %s has no element %s", path, at.name, word)
		}
		out.coded = at.name == "Coding" && word == "code"
		out.list = out.list || list
		s := step{name: word, word: t.words.of(word), of: of, list: list, label: int32(max(1, label)), typ: member}
		at = member
		if hop != "" {
			typ, inner, _ := strings.Cut(hop, ".")
			typ, _, _ = strings.Cut(typ, "[")
			if member.name != "Reference" || !t.get(typ).resource {
				return target{}, fmt.Errorf("target %q: %s refers to no %s", path, word, typ)
			}
			s.hop = t.get(typ)
			at = s.hop
			if inner != "" {
				left = strings.TrimPrefix(inner+"."+left, ".")
				left = strings.TrimSuffix(left, ".")
			}
		}
		out.steps = append(out.steps, s)
		rest = left
	}
	out.leaf = at
	out.repeats = len(out.steps) - 1
	if out.repeats >= 0 && !out.steps[out.repeats].list {
		out.repeats = slices.IndexFunc(out.steps, func(s step) bool { return s.list })
	}
	return out, nil
}

// cutStep cuts name[label](hop) from the front of a path.
func cutStep(path string) (name string, label int, hop, rest string, err error) {
	end := strings.IndexAny(path, ".[(")
	if end < 0 {
		return path, 0, "", "", nil
	}
	name, rest = path[:end], path[end:]
	if name == "" {
		return "", 0, "", "", fmt.Errorf("a name is missing before %q", rest)
	}
	if rest[0] == '[' {
		number, after, ok := strings.Cut(rest[1:], "]")
		label, err = strconv.Atoi(number)
		if !ok || err != nil || label < 1 {
			return "", 0, "", "", fmt.Errorf("%q is no number of an item", number)
		}
		rest = after
	}
	if strings.HasPrefix(rest, "(") {
		depth := 0
		for i, c := range rest {
			if c == '(' {
				depth++
			} else if c == ')' {
				depth--
			}
			if depth == 0 {
				hop, rest = rest[1:i], rest[i+1:]
				break
			}
		}
		if depth != 0 {
			return "", 0, "", "", fmt.Errorf("a parenthesis is not closed")
		}
	}
	if rest != "" && rest[0] != '.' {
		return "", 0, "", "", fmt.Errorf("%q cannot be read", rest)
	}
	return name, label, hop, strings.TrimPrefix(rest, "."), nil
}
