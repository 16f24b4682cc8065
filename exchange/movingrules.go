package exchange

import (
	"fmt"
	"regexp"
	"strings"

	"bedrail/format/mirth"
)

// filter joins rules as JavaScript does: AND binds tighter than OR.
func (m *moving) filter(place string, c mirth.Connector) *Condition {
	var any []Condition
	var group []Condition
	for i, r := range c.Rules {
		one, err := m.rule(r)
		if err != nil {
			m.leave("missing", place, "rule %q: %s. The whole filter is left out: without it more would pass", orElse(r.Name, fmt.Sprint(i+1)), err)
			return nil
		}
		if r.Or && i > 0 {
			any = append(any, allOf(group))
			group = nil
		}
		group = append(group, one)
	}
	if len(group) == 0 {
		return nil
	}
	if any = append(any, allOf(group)); len(any) == 1 {
		return &any[0]
	}
	return &Condition{Any: any}
}

func allOf(c []Condition) Condition {
	if len(c) == 1 {
		return c[0]
	}
	return Condition{All: c}
}

func (m *moving) rule(r mirth.Rule) (Condition, error) {
	if r.Kind != "RuleBuilderRule" {
		return Condition{}, fmt.Errorf("a %s is code: %q", r.Kind, cut(r.Script))
	}
	at, err := m.place(r.Field)
	if err != nil {
		return Condition{}, err
	}
	c := Condition{At: at}
	yes, no := true, false
	if r.Condition == "EXISTS" || r.Condition == "NOT_EXIST" {
		c.Exists = map[bool]*bool{true: &yes, false: &no}[r.Condition == "EXISTS"]
		return c, nil
	}
	var values []string
	for _, v := range r.Values {
		one, err := mirth.ParseValue(v)
		if err != nil {
			return Condition{}, err
		}
		if one.Text == nil {
			return Condition{}, fmt.Errorf("it compares with %q, which is no fixed text", cut(v))
		}
		values = append(values, *one.Text)
	}
	if len(values) == 0 {
		return Condition{}, fmt.Errorf("it compares with nothing")
	}
	switch r.Condition {
	case "EQUALS", "NOT_EQUAL":
		c.In = values
	case "CONTAINS", "NOT_CONTAIN":
		for i := range values {
			values[i] = regexp.QuoteMeta(values[i])
		}
		c.Matches = strings.Join(values, "|")
	default:
		return Condition{}, fmt.Errorf("there is no counterpart of the condition %s", r.Condition)
	}
	if strings.HasPrefix(r.Condition, "NOT_") {
		return Condition{Not: &c}, nil
	}
	return c, nil
}

// place resolves an expression to a place in the message.
func (m *moving) place(text string) (string, error) {
	v, err := m.value(text)
	if err == nil && v.Place == "" {
		err = fmt.Errorf("%q is no place of the message", cut(text))
	}
	return v.Place, err
}

// value resolves variables to what their mapper read, unless that place was
// written since.
func (m *moving) value(text string) (mirth.Value, error) {
	v, err := mirth.ParseValue(text)
	if err != nil || v.Variable == "" {
		return v, err
	}
	was, ok := m.variables[v.Variable]
	switch {
	case !ok:
		return v, fmt.Errorf("the variable %s is filled elsewhere", v.Variable)
	case was.Place != "" && m.written[was.Place]:
		return v, fmt.Errorf("the variable %s was read before %s was written", v.Variable, was.Place)
	}
	return was, nil
}

func (m *moving) steps(place string, c mirth.Connector) []Step {
	if c.Template {
		m.leave("missing", place, "the message is built anew from a template; Bedrail changes the message that came")
		return nil
	}
	if len(c.Steps) > 0 && c.Outbound != "" && c.Inbound != c.Outbound {
		m.leave("missing", place, "it turns %s into %s by steps; use a mapping", c.Inbound, c.Outbound)
		return nil
	}
	var out []Step
	for i, s := range c.Steps {
		at := fmt.Sprintf("%s, step %q", place, orElse(s.Name, fmt.Sprint(i+1)))
		made, err := m.step(s)
		if err != nil {
			m.leave("missing", at, "%s", err)
			continue
		}
		out = append(out, made...)
	}
	return out
}

func (m *moving) step(s mirth.Step) ([]Step, error) {
	switch {
	case s.Replacements:
		return nil, fmt.Errorf("it replaces by regular expressions; say it as a script")
	case s.Kind == "MapperStep":
		v, err := m.value(s.Mapping)
		if err == nil {
			m.variables[s.Variable] = v
		} else {
			delete(m.variables, s.Variable)
		}
		return nil, err
	case s.Kind == "MessageBuilderStep":
		to, err := mirth.ParsePlace(s.Target)
		if err != nil {
			return nil, err
		}
		one, err := m.assign(to, s.Mapping, s.Default)
		return []Step{one}, err
	case s.Kind == "JavaScriptStep":
		lines, err := mirth.ParseAssignments(s.Script)
		if err != nil {
			return nil, fmt.Errorf("it is code; say it as a script of Bedrail or as steps (%w)", err)
		}
		var out []Step
		for _, l := range lines {
			from := l.From
			if from.Variable != "" {
				if from, err = m.value("$('" + from.Variable + "')"); err != nil {
					return nil, err
				}
			}
			m.written[l.Target] = true
			out = append(out, Step{Set: l.Target, Value: from.Text, From: from.Place})
		}
		return out, nil
	}
	return nil, fmt.Errorf("a %s has no counterpart", s.Kind)
}

func (m *moving) assign(to, mapping, otherwise string) (Step, error) {
	v, err := m.value(mapping)
	if err != nil {
		return Step{}, err
	}
	if otherwise != "" && otherwise != "''" && otherwise != `""` {
		return Step{}, fmt.Errorf("it falls back to %q when there is nothing; say it as two steps with when", cut(otherwise))
	}
	m.written[to] = true
	return Step{Set: to, Value: v.Text, From: v.Place}, nil
}
