package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/format/query"
)

// none is the list beside an error.
func none[T any]([]T) List[T] { return List[T]{} }

// pageOf filters and sorts a list that is whole and cuts a page out of it.
// Its rows are known by the fields that they are sent with, and by free text;
// they are few, and their order is the capability's unless the asker names one.
func pageOf[T any](all []T, in *ListInput) (List[T], error) {
	req, err := in.Request()
	if err != nil {
		return List[T]{}, err
	}
	offset := req.Offset
	if req.Cursor != "" {
		if offset, err = strconv.Atoi(req.Cursor); err != nil || offset < 0 {
			return List[T]{}, bedrail.Errorf(bedrail.Invalid, "the cursor does not fit this list; start again without it").At("query.cursor")
		}
	}
	if all, err = chosen(all, req); err != nil {
		return List[T]{}, err
	}
	page := query.Page[T]{Items: all[min(offset, len(all)):], Total: len(all)}
	if len(page.Items) > req.Limit {
		page.Items = page.Items[:req.Limit]
		page.Next = strconv.Itoa(offset + req.Limit)
	}
	return listOf(page, same), nil
}

// A sentRow is a row as the asker sees it.
type sentRow struct {
	at     int // its place in the list
	fields map[string]any
	text   string
}

// chosen keeps the rows that match, in the order that was asked for.
func chosen[T any](all []T, req query.Request) ([]T, error) {
	if len(req.Filter) == 0 && len(req.Sort) == 0 {
		return all, nil
	}
	names := sentNames(reflect.TypeFor[T]())
	for _, t := range req.Filter {
		if t.Field != "" && !slices.Contains(names, t.Field) {
			return nil, bedrail.Errorf(bedrail.Invalid, "this list has no field %q; it has %s", t.Field, strings.Join(names, ", ")).At("query.filter")
		}
	}
	for _, k := range req.Sort {
		if !slices.Contains(names, k.Field) {
			return nil, bedrail.Errorf(bedrail.Invalid, "this list cannot be sorted by %q; it has %s", k.Field, strings.Join(names, ", ")).At("query.sort")
		}
	}
	rows, bools := make([]sentRow, 0, len(all)), sentBools(reflect.TypeFor[T]())
	for i, row := range all {
		raw, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		one := sentRow{at: i, text: strings.ToLower(string(raw))}
		if err := json.Unmarshal(raw, &one.fields); err != nil {
			return nil, err
		}
		for _, name := range bools { // what is left out is not so
			if _, ok := one.fields[name]; !ok {
				one.fields[name] = false
			}
		}
		if one.holds(req.Filter) {
			rows = append(rows, one)
		}
	}
	slices.SortStableFunc(rows, func(a, b sentRow) int {
		for _, k := range req.Sort {
			d := compareSent(a.fields[k.Field], b.fields[k.Field])
			if k.Desc {
				d = -d
			}
			if d != 0 {
				return d
			}
		}
		return 0
	})
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = all[row.at]
	}
	return out, nil
}

// sentNames are the names that the fields of a row are sent with, also of
// those that this or that row leaves out.
func sentNames(t reflect.Type) []string {
	var names []string
	for f := range fieldsOf(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "":
			names = append(names, sentNames(f.Type)...)
		case f.IsExported() && tag != "" && tag != "-":
			names = append(names, tag)
		}
	}
	slices.Sort(names)
	return names
}

// sentBools are those of sentNames that are true or false.
func sentBools(t reflect.Type) []string {
	var names []string
	for f := range fieldsOf(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct:
			names = append(names, sentBools(f.Type)...)
		case f.IsExported() && tag != "" && tag != "-" && f.Type.Kind() == reflect.Bool:
			names = append(names, tag)
		}
	}
	return names
}

func fieldsOf(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// compareSent orders two values as they are sent: numbers by size, everything
// else as text, and what is left out first.
func compareSent(a, b any) int {
	x, isX := a.(float64)
	y, isY := b.(float64)
	if isX && isY {
		return cmp.Compare(x, y)
	}
	return strings.Compare(sentText(a), sentText(b))
}

func sentText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	return strings.ToLower(fmt.Sprint(v))
}

// yesOrNo takes the words of JSON for those of filters, as lists of the store
// do.
func yesOrNo(v string) string {
	switch v {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return v
}

func (r sentRow) holds(filter query.Filter) bool {
	for _, t := range filter {
		some := slices.ContainsFunc(t.Values, func(want string) bool { return r.matches(t, strings.ToLower(want)) })
		if some == (t.Not != (t.Op == query.NotEqual)) {
			return false
		}
	}
	return true
}

func (r sentRow) matches(t query.Term, want string) bool {
	if t.Field == "" {
		return strings.Contains(r.text, want)
	}
	have := r.fields[t.Field]
	if list, ok := have.([]any); ok { // a list has what one of it is
		return slices.ContainsFunc(list, func(one any) bool { return sentText(one) == want })
	}
	if _, ok := have.(bool); ok {
		want = yesOrNo(want)
	}
	var wanted any = want
	if n, err := strconv.ParseFloat(want, 64); err == nil {
		wanted = n
	}
	switch d := compareSent(have, wanted); t.Op {
	case query.Less:
		return d < 0
	case query.LessEqual:
		return d <= 0
	case query.Greater:
		return d > 0
	case query.GreaterEqual:
		return d >= 0
	}
	if stem, ok := strings.CutSuffix(want, "*"); ok {
		return strings.HasPrefix(sentText(have), stem)
	}
	return sentText(have) == want
}
