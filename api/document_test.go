package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedrail/api"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// released is the description as it was last released. From then on people's
// programs rely on it; it is replaced only by a release.
const released = "testdata/released.json"

func document(t *testing.T) []byte {
	t.Helper()
	doc, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheDocumentIsTheOneThatIsCheckedIn(t *testing.T) {
	doc := document(t)
	if *update {
		if err := os.WriteFile("openapi.json", doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, doc) {
		t.Error("openapi.json is not what the operations say; run: go test ./api -update, and look at what changed")
	}
}

func TestNothingThatWasReleasedIsBroken(t *testing.T) {
	raw, err := os.ReadFile(released)
	if os.IsNotExist(err) {
		t.Skip("NOT RUN: nothing was released yet; a release copies openapi.json to api/" + released)
	}
	if err != nil {
		t.Fatal(err)
	}
	var old, now description
	if err := json.Unmarshal(raw, &old); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(document(t), &now); err != nil {
		t.Fatal(err)
	}
	for _, b := range breaks(old, now) {
		t.Error(b)
	}
}

func TestNamesAreOfOneKind(t *testing.T) {
	var doc description
	if err := json.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	camel := regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	kebab := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`) // hl7v2 is one word of the field
	for name, s := range doc.Components.Schemas {
		for field, p := range s.Properties {
			if !camel.MatchString(field) {
				t.Errorf("%s.%s is not camelCase", name, field)
			}
			for _, word := range p.Enum {
				if w, ok := word.(string); ok && !kebab.MatchString(w) {
					t.Errorf("%s.%s may be %q, which is not lower-kebab", name, field, w)
				}
			}
		}
	}
	ids := map[string]string{}
	for path, methods := range doc.Paths {
		if !strings.HasPrefix(path, "/api/v1/") {
			t.Errorf("%s does not lie below /api/v1", path)
		}
		for method, op := range methods {
			at := method + " " + path
			if !kebab.MatchString(op.OperationID) || op.Summary == "" {
				t.Errorf("%s: operationId %q, summary %q", at, op.OperationID, op.Summary)
			}
			if other := ids[op.OperationID]; other != "" {
				t.Errorf("%s and %s have one operationId", at, other)
			}
			ids[op.OperationID] = at
		}
	}
}

func TestWhatBreaksPrograms(t *testing.T) {
	const base = `{"paths": {"/api/v1/x": {"get": {"operationId": "x",
		"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
		"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
		"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}}}}}},
		"components": {"schemas": {
			"In": {"type": "object", "properties": {"a": {"type": "string", "enum": ["one", "two"]}}, "required": []},
			"Out": {"type": "object", "properties": {"b": {"type": "string"}, "list": {"type": "array", "items": {"type": "string"}}}, "required": ["b"]}}}}`
	for name, c := range map[string]struct {
		from, to string
		want     string // part of what is said; empty is no break
	}{
		"nothing changes":                             {`"x"`, `"x"`, ""},
		"an operation goes":                           {`"/api/v1/x"`, `"/api/v1/y"`, "is gone"},
		"a parameter goes":                            {`"limit"`, `"size"`, "limit is gone"},
		"a parameter becomes required":                {`"in": "query"`, `"in": "query", "required": true`, "is required now"},
		"a parameter is of another type":              {`"type": "integer"`, `"type": "string"`, "was integer"},
		"a field of an answer goes":                   {`"b": {"type": "string"}, `, ``, "b is gone"},
		"a field of an answer is no longer certain":   {`"required": ["b"]`, `"required": []`, "may be absent"},
		"a field of a request becomes required":       {`"required": []`, `"required": ["a"]`, "is required now"},
		"a word that was taken is refused":            {`"enum": ["one", "two"]`, `"enum": ["one"]`, "two is refused"},
		"a list holds something else":                 {`"items": {"type": "string"}`, `"items": {"type": "integer"}`, "was string"},
		"an answer gets a field":                      {`"b": {"type": "string"}, `, `"b": {"type": "string"}, "c": {"type": "string"}, `, ""},
		"a request gets a field that may be left out": {`"a": {`, `"z": {"type": "string"}, "a": {`, ""},
		"a word more is taken":                        {`"enum": ["one", "two"]`, `"enum": ["one", "two", "three"]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var old, now description
			if err := json.Unmarshal([]byte(base), &old); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(strings.Replace(base, c.from, c.to, 1)), &now); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(breaks(old, now), "\n")
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A description is what of an OpenAPI document can break programs.
type description struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	OperationID string      `json:"operationId"`
	Summary     string      `json:"summary"`
	Parameters  []parameter `json:"parameters"`
	RequestBody *content    `json:"requestBody"`
	Responses   map[string]content
}

type parameter struct {
	Name     string  `json:"name"`
	In       string  `json:"in"`
	Required bool    `json:"required"`
	Schema   *schema `json:"schema"`
}

type content struct {
	Content map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"content"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	Enum       []any              `json:"enum"`
}

// breaks lists what of old no longer holds in now.
func breaks(old, now description) []string {
	c := &comparison{old: old, now: now, seen: map[string]bool{}}
	for path, methods := range old.Paths {
		for method, op := range methods {
			at := strings.ToUpper(method) + " " + path
			fresh, ok := now.Paths[path][method]
			if !ok {
				c.say("%s is gone", at)
				continue
			}
			c.operation(at, op, fresh)
		}
	}
	slices.Sort(c.found)
	return c.found
}

type comparison struct {
	old, now description
	seen     map[string]bool // pairs of named schemas that are compared already
	found    []string
}

func (c *comparison) say(format string, parts ...string) {
	for _, p := range parts {
		format = strings.Replace(format, "%s", p, 1)
	}
	c.found = append(c.found, format)
}

func (c *comparison) operation(at string, old, now operation) {
	for _, p := range old.Parameters {
		i := slices.IndexFunc(now.Parameters, func(n parameter) bool { return n.Name == p.Name && n.In == p.In })
		if i < 0 {
			c.say("%s: parameter %s is gone", at, p.Name)
			continue
		}
		c.compare(at+" "+p.Name, p.Schema, now.Parameters[i].Schema, true)
	}
	for _, p := range now.Parameters {
		was := slices.ContainsFunc(old.Parameters, func(o parameter) bool { return o.Name == p.Name && o.In == p.In && o.Required })
		if p.Required && !was {
			c.say("%s: parameter %s is required now", at, p.Name)
		}
	}
	if old.RequestBody != nil && now.RequestBody != nil {
		c.bodies(at+" request", *old.RequestBody, *now.RequestBody, true)
	}
	for status, o := range old.Responses {
		n, ok := now.Responses[status]
		if !ok {
			c.say("%s: answer %s is gone", at, status)
			continue
		}
		c.bodies(at+" answer", o, n, false)
	}
}

func (c *comparison) bodies(at string, old, now content, request bool) {
	for kind, o := range old.Content {
		if n, ok := now.Content[kind]; ok {
			c.compare(at, o.Schema, n.Schema, request)
		} else {
			c.say("%s: %s is gone", at, kind)
		}
	}
}

// compare looks at what is sent (request) or answered.
func (c *comparison) compare(at string, old, now *schema, request bool) {
	if old == nil || now == nil {
		return
	}
	if old.Ref != "" || now.Ref != "" {
		key := old.Ref + " " + now.Ref
		if request {
			key += " sent"
		}
		if c.seen[key] {
			return
		}
		c.seen[key] = true
		c.compare(at, c.old.resolve(old), c.now.resolve(now), request)
		return
	}
	if was, is := typeText(old.Type), typeText(now.Type); was != is {
		c.say("%s was %s and is %s", at, was, is)
		return
	}
	for field, o := range old.Properties {
		n, ok := now.Properties[field]
		if !ok {
			c.say("%s: %s is gone", at, field)
			continue
		}
		c.compare(at+"."+field, o, n, request)
		if !request && slices.Contains(old.Required, field) && !slices.Contains(now.Required, field) {
			c.say("%s: %s may be absent now", at, field)
		}
	}
	for _, field := range now.Required {
		if request && !slices.Contains(old.Required, field) {
			c.say("%s: %s is required now", at, field)
		}
	}
	for _, word := range old.Enum {
		if request && len(now.Enum) > 0 && !slices.Contains(now.Enum, word) {
			c.say("%s: %s is refused now", at, word.(string))
		}
	}
	c.compare(at+"[]", old.Items, now.Items, request)
}

func (d description) resolve(s *schema) *schema {
	if s.Ref == "" {
		return s
	}
	return d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
}

func typeText(t any) string {
	raw, _ := json.Marshal(t) // of what json.Unmarshal made
	return strings.Trim(string(raw), `"`)
}
