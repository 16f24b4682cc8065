package main

import (
	"regexp"
	"strconv"
	"strings"

	"bedrail/mapping"
)

// rules reads the maps of segments or of data types.
func (g *generator) rules(folder string) (map[string][]mapping.Rule, error) {
	all := map[string][]mapping.Rule{}
	err := g.sheets(folder, func(name string, rows [][]string) error {
		var rules []mapping.Rule
		for _, r := range rows {
			if r[9] == "" || strings.HasSuffix(r[9], "(v2 only)") {
				continue
			}
			rules = append(rules, g.rule(name, r)...)
		}
		rules = append(rules, g.errata.added(name)...)
		all[name] = rules // even without rules: rows name it
		return nil
	})
	return all, err
}

var (
	inlineValue = regexp.MustCompile(`^(.*)="([^"]*)"$`)
	levelPrefix = regexp.MustCompile(`^\[(\d)\]\.?`)
	targetForm  = regexp.MustCompile(`^(\$this|\$value|[a-zA-Z]+(\[\d+\])?(\([A-Z][A-Za-z]*(\[\d+\])?(\..+)?\))?(\.[a-zA-Z]+(\[\d+\])?(\([A-Z][A-Za-z]*(\[\d+\])?(\..+)?\))?)*)$`)
	constant    = regexp.MustCompile(`^"([^"]*)"$`)
	joined      = regexp.MustCompile(`^("[^"]*"|[A-Z][A-Z0-9]{1,2}[-.][0-9.]+)( *\+ *("[^"]*"|[A-Z][A-Z0-9]{1,2}[-.][0-9.]+))+$`)
	piece       = regexp.MustCompile(`"[^"]*"|[A-Z][A-Z0-9]{1,2}[-.][0-9.]+`)
)

// rule turns a row of a table into a rule; none when it cannot be computed.
func (g *generator) rule(name string, r []string) []mapping.Rule {
	from, condition, to, by, table, value := r[1], r[6], r[9], r[14], r[15], r[16]
	fix, fixed := g.errata.find(name, from, to, condition, r[8])
	if fixed && fix.Drop {
		g.leave(name, from, to, condition, fix.Why)
		return nil
	}
	if fixed {
		to, condition, by, table, value = fix.apply(to, condition, by, table, value)
	}
	if r[8] != "" && condition == "" && !fixed && isCondition(r[8]) {
		g.leave(name, from, to, r[8], "the condition is prose")
		return nil
	}
	if m := inlineValue.FindStringSubmatch(to); m != nil {
		to, value = m[1], `"`+m[2]+`"`
	}
	rule := mapping.Rule{From: from, By: typeName(by), Table: tableName(table)}
	if m := levelPrefix.FindStringSubmatch(to); m != nil {
		if strings.HasPrefix(name, "PL[") { // elsewhere [1] says nothing
			rule.Level, _ = strconv.Atoi(m[1])
		}
		to = to[len(m[0]):]
	}
	rule.To = g.errata.spelled(strings.ReplaceAll(strings.ReplaceAll(to, "[each]", "[1]"), " ", ""))
	rule.To = strings.TrimPrefix(rule.To, mapBase(name)+".")
	if !targetForm.MatchString(rule.To) {
		g.leave(name, from, r[9], condition, "the target is no path")
		return nil
	}
	var ok bool
	if rule.Value, ok = assignment(value); !ok {
		g.leave(name, from, r[9], condition, "the assignment cannot be computed: "+value)
		return nil
	}
	if rule.If, ok = translate(condition, from); !ok {
		g.leave(name, from, r[9], condition, "the condition cannot be computed")
		return nil
	}
	if rule.If != "" && strings.Contains(rule.If, from+" empty") {
		rule.From = segmentOf(from)
	}
	if strings.HasPrefix(to, "component[each]") && rule.From != "OBX-5" {
		rule.Each = "OBX-5" // an item for each value
	}
	return []mapping.Rule{rule}
}

func (g *generator) leave(name, from, to, condition, why string) {
	line := strings.Join([]string{name, from, to, condition, why}, "\t")
	g.left = append(g.left, strings.ReplaceAll(line, "\n", " "))
}

// isCondition tells prose that decides from prose that explains.
func isCondition(text string) bool {
	t := strings.ToLower(text)
	return strings.HasPrefix(t, "if ") || strings.HasPrefix(t, "when ")
}

// mapBase returns Quantity of CWE[Quantity].
func mapBase(name string) string {
	_, base, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	return base
}

func segmentOf(from string) string {
	if i := strings.IndexAny(from, "-."); i > 0 {
		return from[:i]
	}
	return from
}

// typeName writes the name of a data type's map as its file has it: the
// tables write CWE[Code] and CWE[code] for the same.
func typeName(by string) string {
	open := strings.IndexByte(by, '[')
	if open < 0 {
		return by
	}
	inner := by[open+1:]
	switch strings.TrimSuffix(inner, "]") {
	case "DateTime", "Code", "PositiveInt", "String", "Boolean", "UnsignedInt", "Decimal":
		return by[:open+1] + strings.ToLower(inner[:1]) + inner[1:]
	case "location":
		return by[:open+1] + "Location]"
	}
	return by
}

func tableName(table string) string {
	return strings.NewReplacer("Yes/No", "YesNo", "Test/Service", "TestService", "Additive/", "Additive", "Contact Role", "ContactRole").Replace(table)
}

// assignment reads the column of assignments: a constant, or pieces that are
// joined with +, which become a template.
func assignment(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	if m := constant.FindStringSubmatch(text); m != nil && !strings.HasPrefix(m[1], "#") {
		return strings.TrimSpace(m[1]), true
	}
	if !joined.MatchString(text) {
		return "", false
	}
	var b strings.Builder
	for _, p := range piece.FindAllString(text, -1) {
		if p[0] == '"' {
			b.WriteString(p[1 : len(p)-1])
		} else {
			b.WriteString("{" + p + "}")
		}
	}
	return b.String(), true
}
