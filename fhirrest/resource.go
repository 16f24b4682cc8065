package fhirrest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bedrail/exchange"
)

// A resource is one resource as it is searched and shown: a tree whose numbers
// keep their text.
type resource map[string]any

func parse(raw []byte) (resource, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var r resource
	if err := d.Decode(&r); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("something follows the resource")
	}
	return r, nil
}

func (r resource) text(name string) string { s, _ := r[name].(string); return s }
func (r resource) kind() string            { return r.text("resourceType") }

// named gives r its id and meta.
func (r resource) named(id, version string, at time.Time) resource {
	out := maps.Clone(r)
	meta, _ := r["meta"].(map[string]any)
	meta = maps.Clone(meta)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["versionId"], meta["lastUpdated"] = version, at.UTC().Format("2006-01-02T15:04:05.000Z")
	out["id"], out["meta"] = id, meta
	return out
}

// MarshalJSON writes the type first, as people expect it.
func (r resource) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	names := slices.Sorted(maps.Keys(r))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for i, n := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		v, err := json.Marshal(r[n])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:", n)
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func rank(name string) int {
	if i := slices.Index([]string{"resourceType", "id", "meta"}, name); i >= 0 {
		return i
	}
	return 3
}

// relinked points references to what a transaction made to what it became.
func relinked(v any, to map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if ref, ok := e.(string); ok && k == "reference" && to[ref] != "" {
				out[k] = to[ref]
				continue
			}
			out[k] = relinked(e, to)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = relinked(e, to)
		}
		return out
	}
	return v
}

// A searchParam is a search parameter with the elements that it reads.
type searchParam struct {
	name, kind string // token, reference, string, date
	elements   []string
}

// searchParams are those that every resource with such elements is found by.
func searchParams() []searchParam {
	return []searchParam{
		{"identifier", "token", []string{"identifier"}}, {"code", "token", []string{"code", "medicationCodeableConcept"}}, {"status", "token", []string{"status"}},
		{"category", "token", []string{"category"}}, {"type", "token", []string{"type"}}, {"gender", "token", []string{"gender"}},
		{"patient", "reference", []string{"subject", "patient"}}, {"subject", "reference", []string{"subject"}}, {"device", "reference", []string{"device", "source"}},
		{"encounter", "reference", []string{"encounter"}}, {"parent", "reference", []string{"parent"}}, {"based-on", "reference", []string{"basedOn"}},
		{"name", "string", []string{"name", "deviceName"}}, {"family", "string", []string{"name"}}, {"given", "string", []string{"name"}},
		{"birthdate", "date", []string{"birthDate"}}, {"date", "date", []string{"effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued", "started", "period", "occurrenceDateTime", "recorded"}},
	}
}

func paramOf(name string) (searchParam, bool) {
	all := searchParams()
	i := slices.IndexFunc(all, func(p searchParam) bool { return p.name == name })
	if i < 0 {
		return searchParam{}, false
	}
	return all[i], true
}

// values are the normalised values by which r is found with p.
func (p searchParam) values(r resource) []string {
	var out []string
	add := func(v string) {
		if v = exchange.Normal(v); v != "" && v != "|" && !slices.Contains(out, v) && len(out) < 32 {
			out = append(out, v)
		}
	}
	for _, e := range p.elements {
		each(r[e], func(v any) {
			switch p.kind {
			case "token":
				tokens(v, add)
			case "reference":
				references(v, add)
			case "string":
				p.words(v, add)
			case "date":
				if s, ok := v.(string); ok && p.name == "birthdate" {
					add(s)
				}
			}
		})
	}
	return out
}

// each calls f for v, or for each of its items.
func each(v any, f func(any)) {
	if many, ok := v.([]any); ok {
		for _, e := range many {
			each(e, f)
		}
		return
	}
	if v != nil {
		f(v)
	}
}

// tokens are a code with and without its system (FHIR R4 search.html#token).
func tokens(v any, add func(string)) {
	switch v := v.(type) {
	case string:
		add(v)
	case map[string]any:
		each(v["coding"], func(c any) { tokens(c, add) })
		code, _ := v["code"].(string)
		if code == "" {
			code, _ = v["value"].(string)
		}
		if system, _ := v["system"].(string); code != "" {
			add(code)
			add(system + "|" + code)
		}
	}
}

func references(v any, add func(string)) {
	m, _ := v.(map[string]any)
	if ref, _ := m["reference"].(string); ref != "" {
		add(ref)
		add(ref[strings.LastIndexByte(ref, '/')+1:])
	}
	if id, ok := m["identifier"].(map[string]any); ok {
		tokens(id, func(s string) { add("identifier:" + s) })
	}
}

func (p searchParam) words(v any, add func(string)) {
	name, ok := v.(map[string]any)
	if !ok {
		if s, _ := v.(string); s != "" {
			add(s)
		}
		return
	}
	parts := []string{"family", "given", "text", "name"}
	if p.name != "name" {
		parts = []string{p.name}
	}
	for _, part := range parts {
		each(name[part], func(w any) {
			if s, ok := w.(string); ok {
				add(s)
			}
		})
	}
}

// Terms by which resources are found.
const (
	termID   = "fhir.id"
	termType = "fhir.type"
)

// terms are the look-ups of a resource under its id.
func terms(r resource, id string) []exchange.Lookup {
	out := []exchange.Lookup{{Field: termID, Value: r.kind() + "/" + id}, {Field: termType, Value: r.kind()}}
	for _, p := range searchParams() {
		for _, v := range p.values(r) {
			out = append(out, exchange.Lookup{Field: "fhir." + r.kind() + "." + p.name, Value: v})
		}
	}
	return out
}
