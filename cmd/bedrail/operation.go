package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bedrail/api"
)

// apiBase is where the addresses of operations begin.
const apiBase = "/api/v1"

// An operation is one entry of the API's own description, as far as a call by
// its address needs it.
type operation struct {
	ID         string   `json:"operationId"`
	Commands   []string `json:"x-bedrail-commands"`
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"` // path, query or header
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`

	method, path string
}

// A schema is what a body, or a field of one, may be.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a word, or several
	Properties map[string]schema `json:"properties"`
}

// A description is the API's own, read as far as it is used here.
type description struct {
	operations []operation
	schemas    map[string]schema
}

func describeAPI() (description, error) {
	text, err := api.Document()
	if err != nil {
		return description{}, err
	}
	var doc struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return description{}, err
	}
	d := description{schemas: doc.Components.Schemas}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			d.operations = append(d.operations, op)
		}
	}
	slices.SortFunc(d.operations, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return d, nil
}

// find returns the operation that method and path call. A path of words goes
// before one with a blank in it, as it does in the server.
func (d description) find(method, path string) (operation, error) {
	var found []operation
	for _, op := range d.operations {
		if fits(op.path, path) {
			found = append(found, op)
		}
	}
	slices.SortStableFunc(found, func(a, b operation) int { return strings.Count(a.path, "{") - strings.Count(b.path, "{") })
	var takes []string
	for _, op := range found {
		if op.method == method {
			return op, nil
		}
		takes = append(takes, op.method)
	}
	if len(found) > 0 {
		return operation{}, usage("%s takes no %s; it takes %s", path, method, strings.Join(takes, ", "))
	}
	return operation{}, usage("there is no operation %s %s; the nearest are %s", method, path, strings.Join(d.nearest(method, path, 3), ", "))
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

func blank(segment string) bool { return strings.HasPrefix(segment, "{") }

// fits reports whether path is the template with its blanks filled in. What
// fills a blank may be escaped, and is never a step to another folder.
func fits(template, path string) bool {
	want, got := segments(template), segments(path)
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		if word, err := url.PathUnescape(got[i]); err != nil || word == "" || word == "." || word == ".." {
			return false
		}
		if !blank(w) && w != got[i] {
			return false
		}
	}
	return true
}

// nearest names the n operations whose addresses begin most like path, those
// of the method first where they are equally like it.
func (d description) nearest(method, path string, n int) (names []string) {
	like := func(op operation) int {
		score := likeness(op.path, path)
		if op.method == method {
			score++
		}
		return score
	}
	near := slices.Clone(d.operations)
	slices.SortStableFunc(near, func(a, b operation) int { return like(b) - like(a) })
	for _, op := range near[:min(n, len(near))] {
		names = append(names, op.method+" "+op.path)
	}
	return names
}

// likeness counts segments that are the same, and of others the letters in
// which they begin alike.
func likeness(template, path string) (score int) {
	want, got := segments(template), segments(path)
	for i := range min(len(want), len(got)) {
		if blank(want[i]) {
			score += 60
			continue
		}
		same := 0
		for same < min(len(want[i]), len(got[i])) && want[i][same] == got[i][same] {
			same++
		}
		if want[i] == got[i] {
			score += 100
		} else {
			score += 10 * same
		}
	}
	return score - 5*max(len(want)-len(got), len(got)-len(want))
}

// parameter says where the operation takes a value called name: "query",
// "header", or nowhere.
func (op operation) parameter(name string) string {
	for _, p := range op.Parameters {
		if p.In != "path" && strings.EqualFold(p.Name, name) {
			return p.In
		}
	}
	return ""
}

// body is the kind of body that the operation takes, with its fields.
func (d description) body(op operation) (kind string, fields map[string]schema) {
	if op.RequestBody == nil {
		return "", nil
	}
	for k, content := range op.RequestBody.Content {
		s := content.Schema
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
			s = d.schemas[name]
		}
		kind, fields = k, s.Properties
	}
	return kind, fields
}

// is reports whether a value of this schema may be of the type called word.
func (s schema) is(word string) bool {
	switch t := s.Type.(type) {
	case string:
		return t == word
	case []any:
		return slices.Contains(t, any(word))
	}
	return false
}

// takes lists what --field may name, in order.
func (d description) takes(op operation) (names []string) {
	for _, p := range op.Parameters {
		if p.In != "path" {
			names = append(names, p.Name)
		}
	}
	_, fields := d.body(op)
	for name := range fields {
		if !strings.HasPrefix(name, "$") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func knownMethod(m string) bool {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	}
	return false
}
