package main

import (
	"regexp"
	"strings"
)

var word = regexp.MustCompile(`"[^"]*"|'[^']*'|[A-Z][A-Z0-9]{1,2}[-.]?[0-9]+(?:\.[0-9]+)*\b|<=|>=|[()=<>,]|!=|[A-Za-z_][A-Za-z_.]*|[0-9]+`)

var valuePath = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,2}[-.]?[0-9]+(\.[0-9]+)*$|^(PID|ORC|OBR|SPM)$`)

// translate puts a condition of the tables into the words of package mapping.
// implied is the place that a condition without a subject speaks of.
func translate(text, implied string) (string, bool) {
	if text == "" {
		return "", true
	}
	t := &translator{words: word.FindAllString(text, -1), implied: implied}
	out, ok := t.or()
	return out, ok && t.at == len(t.words)
}

type translator struct {
	words   []string
	at      int
	implied string
	subject []string
}

func (t *translator) peek() string {
	if t.at < len(t.words) {
		return t.words[t.at]
	}
	return ""
}

func (t *translator) upper() string { return strings.ToUpper(t.peek()) }

// take skips the word when it is one of those given.
func (t *translator) take(words ...string) bool {
	for _, w := range words {
		if t.upper() == w {
			t.at++
			return true
		}
	}
	return false
}

func (t *translator) or() (string, bool) {
	left, ok := t.and()
	for ok && t.take("OR") {
		var right string
		right, ok = t.and()
		left += " or " + right
	}
	return left, ok
}

func (t *translator) and() (string, bool) {
	left, ok := t.test()
	for ok && t.take("AND") {
		var right string
		right, ok = t.test()
		left += " and " + right
	}
	return left, ok
}

func (t *translator) test() (string, bool) {
	t.take("IF")
	if t.take("(") {
		inner, ok := t.or()
		t.take(")")
		return "(" + inner + ")", ok
	}
	joint := " and "
	subjects := []string{}
	for valuePath.MatchString(t.peek()) {
		subjects = append(subjects, pathText(t.peek()))
		t.at++
		more := t.at+1 < len(t.words) && valuePath.MatchString(t.words[t.at+1])
		if more && (t.upper() == "AND" || t.upper() == "OR") {
			joint = " " + strings.ToLower(t.peek()) + " "
			t.at++
		}
		t.take("AREA")
	}
	switch {
	case len(subjects) == 0 && t.subject == nil:
		subjects = []string{t.implied}
	case len(subjects) == 0:
		subjects = t.subject
	}
	t.subject = subjects
	predicate, count, ok := t.predicate()
	if !ok {
		return "", false
	}
	var parts []string
	for _, s := range subjects {
		if count != "" {
			s = count + "(" + s + ")"
		}
		parts = append(parts, s+" "+predicate)
	}
	if len(parts) > 1 {
		return "(" + strings.Join(parts, joint) + ")", true
	}
	return parts[0], true
}

// predicate reads what is said of the subjects; count is "count" or "length"
// when it is said of their number or length.
func (t *translator) predicate() (text, count string, ok bool) {
	t.take("IS")
	t.take("DOES")
	not := t.take("NOT")
	if t.take("LST.COUNT", "COUNT") {
		count = "count"
	} else if t.take("LENGTH") {
		count = "length"
	}
	switch {
	case t.take("VALUED", "VALUE", "EXIST"):
		return choose(not, "empty", "valued"), count, true
	case t.take("EMPTY"):
		return choose(not, "valued", "empty"), count, true
	case t.take("IN"):
		list, ok := t.list()
		return choose(not, "not in ", "in ") + list, count, ok
	}
	op := t.operator(not)
	t.take("TO", "IS", "THAN")
	v := t.peek()
	switch {
	case op == "" || v == "":
		return "", "", false
	case v[0] == '"' || v[0] == '\'':
		t.at++
		return op + ` "` + v[1:len(v)-1] + `"`, count, true
	case v[0] >= '0' && v[0] <= '9':
		t.at++
		return op + " " + v, count, true
	}
	return "", "", false
}

func (t *translator) operator(not bool) string {
	switch {
	case t.take("LESS"):
		t.take("THAN")
		if t.take("OR") {
			t.take("EQUALS")
			return "<="
		}
		return "<"
	case t.take("GREATER"):
		return ">"
	case t.take(">"):
		return ">"
	case t.take("<"):
		return "<"
	}
	t.take("EQUALS", "EQUAL", "=")
	return choose(not, "!=", "=")
}

func (t *translator) list() (string, bool) {
	if !t.take("(") {
		return "", false
	}
	var items []string
	for !t.take(")") {
		v := t.peek()
		if v == "" || v[0] != '"' {
			return "", false
		}
		items = append(items, v)
		t.at++
		t.take(",")
	}
	return "(" + strings.Join(items, ", ") + ")", true
}

func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// pathText writes PL3 and HD-3 as the other rows have them.
func pathText(p string) string {
	if len(p) > 2 && !strings.ContainsAny(p, "-.") && p[len(p)-1] <= '9' && len(p) == 3 {
		return p[:2] + "." + p[2:]
	}
	return p
}
