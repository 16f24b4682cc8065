package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bedrail/api"
)

// A document is the API's own description, read without a fixed form.
type document map[string]any

func (d document) at(of any, path ...string) any {
	for _, p := range path {
		m, _ := of.(map[string]any)
		of = m[p]
	}
	if m, ok := of.(map[string]any); ok {
		if ref, ok := m["$ref"].(string); ok {
			return d.at(map[string]any(d), strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return of
}

// example is an answer of the right shape, about what was asked for. Lists
// have one item and end there.
func (d document) example(schema any, asked url.Values, name string, depth int) any {
	s, _ := d.at(schema).(map[string]any)
	if enum, ok := s["enum"].([]any); ok && depth > 0 {
		return enum[0]
	}
	kind, _ := s["type"].(string)
	switch kind {
	case "object":
		out := map[string]any{}
		props, _ := s["properties"].(map[string]any)
		for k, of := range props {
			if k[0] != '$' && depth < 6 {
				out[k] = d.example(of, asked, k, depth+1)
			}
		}
		return out
	case "array":
		return []any{d.example(s["items"], asked, name, depth+1)}
	case "boolean":
		return true
	case "integer", "number":
		return 7
	}
	switch {
	case s["format"] == "date-time":
		return "2026-11-01T00:00:00Z"
	case asked.Has(name):
		return asked.Get(name)
	case strings.HasPrefix(asked.Get("filter"), name+":"):
		return strings.Trim(strings.TrimPrefix(asked.Get("filter"), name+":"), `"`)
	case name == "id" || name == "name" || name == "key":
		return strings.ToUpper(name)
	}
	return ""
}

// An asker is a server that knows every operation, answers with examples, and
// keeps what it was asked.
type asker struct {
	all   description
	doc   document
	mu    sync.Mutex // guards asked
	asked []asked
}

// An asked is one question.
type asked struct {
	id    string
	path  string
	query url.Values
	body  any // as JSON, or nil
	bytes int
}

func (a *asker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	op, err := a.all.find(r.Method, r.URL.EscapedPath())
	q := asked{id: op.ID, path: r.URL.EscapedPath(), query: r.URL.Query(), bytes: len(raw)}
	if err != nil {
		q.id = "NO OPERATION: " + err.Error()
	}
	for name := range q.query {
		if err == nil && op.parameter(name) != "query" {
			q.id = "NO PARAMETER " + name + " OF " + op.ID
		}
	}
	_ = json.Unmarshal(raw, &q.body)
	a.mu.Lock()
	a.asked = append(a.asked, q)
	a.mu.Unlock()
	a.reply(w, op, q.query)
}

func (a *asker) reply(w http.ResponseWriter, op operation, asked url.Values) {
	answers, _ := a.doc.at(map[string]any(a.doc), "paths", op.path, strings.ToLower(op.method), "responses").(map[string]any)
	for _, status := range []string{"200", "201", "202"} {
		content, ok := a.doc.at(answers[status], "content").(map[string]any)
		for kind, c := range content {
			w.Header().Set("Content-Type", kind)
			out := a.doc.example(a.doc.at(c, "schema"), asked, "", 0)
			if m, ok := out.(map[string]any); ok && m["etaSeconds"] != nil {
				m["state"] = "done" // a job that went on would be waited for
			}
			json.NewEncoder(w).Encode(out)
			return
		}
		if ok {
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// A hole is one {...} of a line of the table.
type hole struct {
	names []string // of parameters or fields
	how   string   // "", "...", "!", "=", ">" or the form after a colon
	more  string   // value after "=", word after ">"
}

var holes = regexp.MustCompile(`\{([^}]*)\}`)

func readHole(text string) hole {
	if name, ok := strings.CutSuffix(text, "..."); ok {
		return hole{[]string{name}, "...", ""}
	}
	if name, ok := strings.CutSuffix(text, "!"); ok {
		return hole{[]string{name}, "!", ""}
	}
	for _, sign := range []string{"=", ">", ":"} {
		if names, more, ok := strings.Cut(text, sign); ok {
			if sign == ":" {
				return hole{[]string{names}, more, ""}
			}
			return hole{strings.Split(names, ","), sign, more}
		}
	}
	return hole{[]string{text}, "", ""}
}

// A line is one line of the table as it is tried: the words to call, and what
// has to be asked then.
type line struct {
	t     *testing.T
	doc   document
	op    operation
	files string // folder
	args  []string
	want  map[string]func(asked) bool // by what is looked for
}

var tokens = regexp.MustCompile(`\[|\]|[^\s\[\]]+`)

// fill makes the words of a line, with what stands in [] or without.
func (l *line) fill(text string, whole bool) {
	skip := false
	var group []string
	for _, token := range tokens.FindAllString(text, -1) {
		switch {
		case token == "[":
			skip, group = !whole, []string{}
		case token == "]":
			l.args, group, skip = append(l.args, group...), nil, false
		case skip:
		case group != nil:
			group = append(group, l.words(token, group)...)
		default:
			l.args = append(l.args, l.words(token, nil)...)
		}
	}
}

// words fills the holes of one word. Of several values each has the flag
// before it.
func (l *line) words(token string, before []string) []string {
	found := holes.FindStringSubmatch(token)
	if found == nil {
		if token == "FILE" {
			return []string{filepath.Join(l.files, "new")}
		}
		return []string{token}
	}
	h := readHole(found[1])
	if h.how == "..." {
		values := l.list(h)
		var words []string
		for i, v := range values {
			if i > 0 && len(before) > 0 {
				words = append(words, before[0])
			}
			words = append(words, v)
		}
		return words
	}
	if h.how == "=" || h.how == "!" {
		l.expect(h, map[string]string{"=": h.more, "!": "true"}[h.how])
		return nil
	}
	return []string{holes.ReplaceAllStringFunc(token, func(s string) string { return l.one(readHole(s[1 : len(s)-1])) })}
}

func (l *line) list(h hole) []string {
	s, _ := l.schemaOf(h.names[0]).(map[string]any)
	if s["type"] == "object" {
		l.want[h.names[0]] = func(q asked) bool { return fmt.Sprint(valueAt(q.body, h.names[0])) == "map[A:B]" }
		return []string{"A=B"}
	}
	values := []string{"A", "B"}
	if h.names[0] == "allow" {
		values = []string{"10.0.0.0/8", "192.0.2.0/24"}
	}
	if enum, ok := l.doc.at(s["items"], "enum").([]any); ok {
		values = []string{fmt.Sprint(enum[0])}
	}
	l.want[h.names[0]] = func(q asked) bool {
		return fmt.Sprint(valueAt(q.body, h.names[0])) == fmt.Sprint(values) || q.query.Get(h.names[0]) == strings.Join(values, ",")
	}
	return values
}

func (l *line) one(h hole) string {
	if h.how == ">" {
		return l.byPerson(h)
	}
	sample := l.sample(h.names[0])
	switch h.how {
	case "day":
		l.expect(h, "2027-03-01")
		return "2027-03-01"
	case "s", "m", "h":
		l.expect(h, "7")
		return "7" + h.how
	}
	l.expect(h, sample)
	return sample
}

// byPerson is what a person has to write: a file, or a word of their own.
func (l *line) byPerson(h hole) string {
	for _, name := range h.names {
		l.want[name] = func(q asked) bool {
			return name == "*" && q.bytes > 2 || name == "If-Match" || valueAt(q.body, name) != nil || q.query.Has(name) || strings.Contains(l.op.path, "{"+name+"}")
		}
	}
	switch h.more {
	case "FILE":
		return filepath.Join(l.files, "list.yaml")
	case "ROLE":
		return "viewer"
	case "SERVICE":
		return "tcp/443"
	case "DAYS":
		return "30"
	}
	return h.more
}

// schemaOf is what a parameter or a field may be.
func (l *line) schemaOf(name string) any {
	at := l.doc.at(map[string]any(l.doc), "paths", l.op.path, strings.ToLower(l.op.method))
	params, _ := l.doc.at(at, "parameters").([]any)
	for _, p := range params {
		if l.doc.at(p, "name") == name {
			return l.doc.at(p, "schema")
		}
	}
	content, _ := l.doc.at(at, "requestBody", "content").(map[string]any)
	for _, c := range content {
		s := l.doc.at(c, "schema")
		for field := range strings.SplitSeq(name, ".") {
			s = l.doc.at(l.doc.at(s, "properties"), field)
		}
		if s != nil {
			return s
		}
	}
	if name != "*" {
		l.t.Errorf("%s has neither a parameter nor a field %s", l.op.ID, name)
	}
	return nil
}

// sample is a value that a parameter or a field may have.
func (l *line) sample(name string) string {
	s, _ := l.schemaOf(name).(map[string]any)
	if enum, ok := s["enum"].([]any); ok {
		return fmt.Sprint(enum[0])
	}
	switch {
	case s["type"] == "integer" || s["type"] == "number":
		return "7"
	case s["format"] == "date-time":
		return "2027-03-01T00:00:00Z"
	case s["format"] == "date" || name == "day" || name == "on" || name == "starts":
		return "2027-03-01"
	case name == "since":
		return "24h"
	case name == "way":
		return "syslog"
	}
	return strings.ToUpper(name)
}

// expect says that the value must be asked for: in the address, in the query
// or in the body.
func (l *line) expect(h hole, value string) {
	name := h.names[0]
	l.schemaOf(name)
	l.want[name+" "+value] = func(q asked) bool {
		if strings.Contains(l.op.path, "{"+name+"}") {
			return slices.Contains(segments(q.path), url.PathEscape(value))
		}
		if q.query.Has(name) {
			return strings.HasPrefix(q.query.Get(name), value)
		}
		if v := valueAt(q.body, name); v != nil {
			return strings.HasPrefix(fmt.Sprint(v), value)
		}
		return h.how == "=" && l.op.parameter(name) == "query" // left out it is what it is by default
	}
}

func valueAt(body any, name string) any {
	for field := range strings.SplitSeq(name, ".") {
		m, _ := body.(map[string]any)
		body = m[field]
	}
	return body
}

// written is what commands read from a FILE.
func written(op operation) string {
	if op.ID == "save-column-mapping" || op.ID == "import-file" {
		return `{"Asset Tag": "assetTag"}`
	}
	return `{"name": "NAME", "description": "a channel, a release or a policy"}`
}

// TestEveryLineOfTheTableAsksItsOperation runs each command line that the
// description gives for an operation, and looks at what it asks a server. So a
// command that is gone, a flag that was renamed and a value that goes
// somewhere else are found, and nothing is named that is not there.
func TestEveryLineOfTheTableAsksItsOperation(t *testing.T) {
	t.Parallel()
	text, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{}
	if err := json.Unmarshal(text, &a.doc); err != nil {
		t.Fatal(err)
	}
	if a.all, err = describeAPI(); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a)
	defer srv.Close()
	ran := 0
	for _, op := range a.all.operations {
		for i, text := range op.Commands {
			for _, whole := range []bool{true, false} {
				ran++
				t.Run(fmt.Sprintf("%s/%d/%t", op.ID, i, whole), func(t *testing.T) { a.try(t, srv.URL, op, text, whole) })
			}
		}
	}
	if ran < 400 {
		t.Errorf("only %d lines ran", ran)
	}
}

func (a *asker) try(t *testing.T, server string, op operation, text string, whole bool) {
	l := &line{t: t, doc: a.doc, op: op, files: t.TempDir(), want: map[string]func(asked) bool{}}
	if err := os.WriteFile(filepath.Join(l.files, "list.yaml"), []byte(written(op)), 0o600); err != nil {
		t.Fatal(err)
	}
	l.fill(text, whole)
	a.asked = nil
	var out, errs bytes.Buffer
	status := run(append(l.args, "--server", server, "--timeout", "10s"), strings.NewReader(""), &out, &errs)
	var best []string
	asks := false
	for _, q := range a.asked {
		if q.id != op.ID {
			if strings.HasPrefix(q.id, "NO ") {
				t.Errorf("bedrail %s: %s", strings.Join(l.args, " "), q.id)
			}
			continue
		}
		var missing []string
		for what, holds := range l.want {
			if !holds(q) {
				missing = append(missing, what)
			}
		}
		if !asks || len(missing) < len(best) {
			best = missing
		}
		asks = true
	}
	if !asks || len(best) > 0 {
		t.Errorf("bedrail %s\nasks %v, lacks %v; status %d, %s", strings.Join(l.args, " "), a.asked, best, status, errs.String())
	}
}
