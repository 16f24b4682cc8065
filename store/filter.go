package store

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/query"
)

// A where gathers the conditions of a statement and their arguments, numbered
// in the order of first use.
type where struct {
	conditions []string
	args       []any
}

// arg adds an argument and returns its placeholder.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// and adds a condition; each ? of it stands for one of args.
func (w *where) and(condition string, args ...any) {
	for _, a := range args {
		condition = strings.Replace(condition, "?", w.arg(a), 1)
	}
	w.conditions = append(w.conditions, condition)
}

// scope admits only what lies within in. An empty site or unit column means
// that the rows have no such place; a scope limited to places then admits
// nothing.
func (w *where) scope(in bedrail.Scope, tenant, site, unit string) {
	w.and(tenant+" = ?", in.Tenant)
	w.place(site, in.Sites)
	w.place(unit, in.Units)
}

func (w *where) place(column string, allowed []string) {
	if len(allowed) == 0 {
		return
	}
	if column == "" {
		w.and("1 = 0")
		return
	}
	marks := make([]string, len(allowed))
	for i, a := range allowed {
		marks[i] = w.arg(a)
	}
	w.and(column + " IN (" + strings.Join(marks, ", ") + ")")
}

// String returns the conditions as a WHERE clause, or nothing.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// copy returns a where that can grow apart from w.
func (w *where) copy() *where {
	return &where{slices.Clone(w.conditions), slices.Clone(w.args)}
}

// A fieldKind says what the values of a field are.
type fieldKind int

const (
	textKind fieldKind = iota
	wordKind
	numberKind
	timeKind
	yesKind
	rankKind
	memberKind
)

// A field says how a name in a filter is asked for in SQL.
type field struct {
	kind  fieldKind
	expr  string
	words []string // wordKind: those known, none for any; rankKind: lowest first
	inner *field   // memberKind: what must hold within expr
	outer string   // memberKind: what expr must list; empty when expr is tied to the outer row
	args  []any    // memberKind: for each ? of expr
}

// fields are what a list can be filtered and sorted by.
type fields map[string]field

// textField is free wording, compared without regard to case.
func textField(expr string) field { return field{kind: textKind, expr: expr} }

// wordField is one of a few lower-case words, compared exactly. When words are
// given, any other is refused.
func wordField(expr string, words ...string) field {
	return field{kind: wordKind, expr: expr, words: words}
}

// numberField is a number.
func numberField(expr string) field { return field{kind: numberKind, expr: expr} }

// timeField is a time in microseconds. Its values are RFC 3339, a day, or an
// age such as 7d: last_seen<7d means less than seven days ago.
func timeField(expr string) field { return field{kind: timeKind, expr: expr} }

// yesField is a condition that holds or does not.
func yesField(condition string) field { return field{kind: yesKind, expr: condition} }

// rankField is a word with an order, the lowest first: severity>=high.
func rankField(expr string, words ...string) field {
	return field{kind: rankKind, expr: expr, words: words}
}

// memberField is a list beside the row: inner must hold for some row of
// subquery, a SELECT 1 ... WHERE ... that ties it to the outer row.
func memberField(subquery string, inner field) field {
	return field{kind: memberKind, expr: subquery, inner: &inner}
}

// listedField is a list beside the row, asked for from the other side: outer
// must be among what subquery, a SELECT ... WHERE ..., lists where inner holds.
// It is faster than memberField where few rows match.
func listedField(outer, subquery string, inner field, args ...any) field {
	return field{kind: memberKind, expr: subquery, inner: &inner, outer: outer, args: args}
}

// filter adds the terms of f. Free words must be found in one of the
// expressions of free.
func (w *where) filter(f query.Filter, known fields, free []string, now time.Time) error {
	for _, t := range f {
		condition, err := w.term(t, known, free, now)
		if err != nil {
			return err
		}
		if t.Not != (t.Op == query.NotEqual) {
			condition = "NOT COALESCE(" + condition + ", FALSE)"
		}
		w.and(condition)
	}
	return nil
}

func (w *where) term(t query.Term, known fields, free []string, now time.Time) (string, error) {
	if t.Field == "" {
		if len(free) == 0 {
			return "", bedrail.Errorf(bedrail.Invalid, "this list cannot be searched by free text; it knows the fields %s", names(known))
		}
		return w.anyOf(t.Values, func(v string) (string, error) { return w.contains(free, v), nil })
	}
	f, ok := known[t.Field]
	if !ok {
		return "", bedrail.Errorf(bedrail.Invalid, "the list has no field %q; it knows %s", t.Field, names(known))
	}
	condition, err := w.anyOf(t.Values, func(v string) (string, error) { return w.compare(f, t.Op, v, now) })
	if err != nil {
		return "", bedrail.Errorf(bedrail.Invalid, "the filter term %s: %w", t, err)
	}
	return condition, nil
}

func names(known fields) string {
	return strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

func (w *where) anyOf(values []string, one func(string) (string, error)) (string, error) {
	parts := make([]string, len(values))
	for i, v := range values {
		var err error
		if parts[i], err = one(v); err != nil {
			return "", err
		}
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ")", nil
	}
	return "((" + strings.Join(parts, ") OR (") + "))", nil
}

func (w *where) contains(exprs []string, v string) string {
	pattern := w.arg("%" + escapeLike(v) + "%")
	parts := make([]string, len(exprs))
	for i, e := range exprs {
		parts[i] = "lower(" + e + ") LIKE lower(" + pattern + `) ESCAPE '\'`
	}
	return strings.Join(parts, " OR ")
}

func escapeLike(v string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(v)
}

// compare returns the condition that f stands to v as op says. NotEqual is
// answered as Has: the caller turns it round.
func (w *where) compare(f field, op query.Op, v string, now time.Time) (string, error) {
	if op == query.NotEqual {
		op = query.Has
	}
	switch f.kind {
	case textKind:
		return w.text(f, op, v)
	case wordKind:
		return w.word(f, op, v)
	case numberKind:
		return w.number(f, op, v)
	case timeKind:
		return w.time(f, op, v, now)
	case yesKind:
		return yes(f, op, v)
	case rankKind:
		return w.rank(f, op, v)
	case memberKind:
		inner, err := w.compare(*f.inner, op, v, now)
		list := f.expr
		for _, a := range f.args {
			list = strings.Replace(list, "?", w.arg(a), 1)
		}
		if f.outer != "" {
			return f.outer + " IN (" + list + " AND (" + inner + "))", err
		}
		return "EXISTS (" + list + " AND (" + inner + "))", err
	}
	return "", fmt.Errorf("a field of kind %d", f.kind)
}

func onlyHas(op query.Op) error {
	if op != query.Has {
		return fmt.Errorf("%s orders nothing here; use : or !=", op)
	}
	return nil
}

func (w *where) text(f field, op query.Op, v string) (string, error) {
	if err := onlyHas(op); err != nil {
		return "", err
	}
	if prefix, star := strings.CutSuffix(v, "*"); star {
		return "lower(" + f.expr + ") LIKE lower(" + w.arg(escapeLike(prefix)+"%") + `) ESCAPE '\'`, nil
	}
	return "lower(COALESCE(" + f.expr + ", '')) = lower(" + w.arg(v) + ")", nil
}

func (w *where) word(f field, op query.Op, v string) (string, error) {
	if err := onlyHas(op); err != nil {
		return "", err
	}
	if prefix, star := strings.CutSuffix(v, "*"); star {
		return f.expr + " LIKE " + w.arg(escapeLike(prefix)+"%") + ` ESCAPE '\'`, nil
	}
	if len(f.words) > 0 && !slices.Contains(f.words, v) {
		return "", fmt.Errorf("%q is not one of %s", v, strings.Join(f.words, ", "))
	}
	return f.expr + " = " + w.arg(v), nil
}

func (w *where) number(f field, op query.Op, v string) (string, error) {
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return f.expr + sqlOp(op) + w.arg(n), nil
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || n != n {
		return "", fmt.Errorf("%q is not a number", v)
	}
	return "CAST(" + f.expr + " AS DOUBLE PRECISION)" + sqlOp(op) + w.arg(n), nil
}

func sqlOp(op query.Op) string {
	if op == query.Has {
		return " = "
	}
	return " " + string(op) + " "
}

func (w *where) time(f field, op query.Op, v string, now time.Time) (string, error) {
	if age, ok := parseAge(v); ok {
		// The younger, the later: age < 7d is time > now - 7d.
		turned := map[query.Op]string{query.Has: " >= ", query.Less: " > ", query.LessEqual: " >= ", query.Greater: " < ", query.GreaterEqual: " <= "}
		return f.expr + turned[op] + w.arg(now.Add(-age).UnixMicro()), nil
	}
	if day, err := time.Parse(time.DateOnly, v); err == nil {
		from, until := day.UnixMicro(), day.AddDate(0, 0, 1).UnixMicro()
		switch op {
		case query.Has:
			return f.expr + " >= " + w.arg(from) + " AND " + f.expr + " < " + w.arg(until), nil
		case query.Less, query.GreaterEqual:
			return f.expr + sqlOp(op) + w.arg(from), nil
		case query.LessEqual:
			return f.expr + " < " + w.arg(until), nil
		case query.Greater:
			return f.expr + " >= " + w.arg(until), nil
		}
	}
	at, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return "", fmt.Errorf("%q is no time; write an age such as 7d or 12h, a day such as 2026-03-02, or RFC 3339", v)
	}
	return f.expr + sqlOp(op) + w.arg(at.UnixMicro()), nil
}

// parseAge reads a number and a unit: m, h, d, w or y. A month would look like
// a minute, so it has none.
func parseAge(v string) (time.Duration, bool) {
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour, 'y': 365 * 24 * time.Hour}
	if len(v) < 2 {
		return 0, false
	}
	unit, ok := units[v[len(v)-1]]
	n, err := strconv.ParseUint(v[:len(v)-1], 10, 32)
	if !ok || err != nil || time.Duration(n) > (1<<63-1)/unit {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

func yes(f field, op query.Op, v string) (string, error) {
	if err := onlyHas(op); err != nil {
		return "", err
	}
	switch v {
	case "yes", "true":
		return f.expr, nil
	case "no", "false":
		return "NOT COALESCE((" + f.expr + "), FALSE)", nil
	}
	return "", fmt.Errorf("%q is neither yes nor no", v)
}

func (w *where) rank(f field, op query.Op, v string) (string, error) {
	at := slices.Index(f.words, v)
	if at < 0 {
		return "", fmt.Errorf("%q is not one of %s", v, strings.Join(f.words, ", "))
	}
	var wanted []string
	switch op {
	case query.Less:
		wanted = f.words[:at]
	case query.LessEqual:
		wanted = f.words[:at+1]
	case query.Greater:
		wanted = f.words[at+1:]
	case query.GreaterEqual:
		wanted = f.words[at:]
	default:
		wanted = f.words[at : at+1]
	}
	if len(wanted) == 0 {
		return "1 = 0", nil
	}
	marks := make([]string, len(wanted))
	for i, word := range wanted {
		marks[i] = w.arg(word)
	}
	return f.expr + " IN (" + strings.Join(marks, ", ") + ")", nil
}
