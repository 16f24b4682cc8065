package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/format/query"
)

// none is the list beside an error.
func none[T any]([]T) List[T] { return List[T]{} }

// pageOf filters a list that is whole and cuts a page out of it. Its rows are
// filtered by the fields that they are sent with, and by free text; they are
// few, and their order is the capability's.
func pageOf[T any](all []T, in *ListInput) (List[T], error) {
	req, err := in.Request()
	if err != nil {
		return List[T]{}, err
	}
	if len(req.Sort) > 0 {
		return List[T]{}, bedrail.Errorf(bedrail.Invalid, "this list has an order of its own and cannot be sorted").At("query.sort")
	}
	offset := req.Offset
	if req.Cursor != "" {
		if offset, err = strconv.Atoi(req.Cursor); err != nil || offset < 0 {
			return List[T]{}, bedrail.Errorf(bedrail.Invalid, "the cursor does not fit this list; start again without it").At("query.cursor")
		}
	}
	if all, err = kept(all, req.Filter); err != nil {
		return List[T]{}, err
	}
	page := query.Page[T]{Items: all[min(offset, len(all)):], Total: len(all)}
	if len(page.Items) > req.Limit {
		page.Items = page.Items[:req.Limit]
		page.Next = strconv.Itoa(offset + req.Limit)
	}
	return listOf(page, same), nil
}

func kept[T any](all []T, filter query.Filter) ([]T, error) {
	if len(filter) == 0 {
		return all, nil
	}
	out := make([]T, 0, len(all))
	for _, row := range all {
		raw, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		var sent map[string]any
		if err := json.Unmarshal(raw, &sent); err != nil {
			return nil, err
		}
		ok, err := holds(filter, sent, strings.ToLower(string(raw)))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, row)
		}
	}
	return out, nil
}

func holds(filter query.Filter, sent map[string]any, text string) (bool, error) {
	for _, t := range filter {
		if t.Field != "" && t.Op != query.Has && t.Op != query.NotEqual {
			return false, bedrail.Errorf(bedrail.Invalid, "%s orders nothing in this list; use : or !=", t.Op).At("query.filter")
		}
		value, known := sent[t.Field]
		if t.Field != "" && !known {
			var names []string
			for n := range sent {
				names = append(names, n)
			}
			slices.Sort(names)
			return false, bedrail.Errorf(bedrail.Invalid, "this list has no field %q; it has %s", t.Field, strings.Join(names, ", ")).At("query.filter")
		}
		any := slices.ContainsFunc(t.Values, func(want string) bool {
			if t.Field == "" {
				return strings.Contains(text, strings.ToLower(want))
			}
			have := fmt.Sprint(value)
			if stem, ok := strings.CutSuffix(want, "*"); ok {
				return strings.HasPrefix(strings.ToLower(have), strings.ToLower(stem))
			}
			return strings.EqualFold(have, want)
		})
		if any == (t.Not != (t.Op == query.NotEqual)) {
			return false, nil
		}
	}
	return true, nil
}
