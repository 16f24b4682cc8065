package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"bedrail/exchange"
)

// A resource is one resource of FHIR with the names under which others refer
// to it.
type resource struct {
	tree    map[string]any
	of      string
	id      string // Patient/1; empty where nobody gave it one
	fullURL string
	row     bool            // it was taken; not only said beside what was
	says    map[string]bool // who somebody is, of the message in which it stands
}

// A bundle is what one FHIR message holds: its entries, or the one resource.
type bundle struct {
	all []*resource
	by  map[string]*resource
}

// A verdict is what the FHIR door answered: where each entry stands, and
// whether it was taken.
type verdict struct {
	Entries []struct {
		Status   int    `json:"status"`
		Location string `json:"location"`
		Read     bool   `json:"read"`
	} `json:"entries"`
}

// readResources reads what a message holds. What the door refused of a batch
// is left out; what it had already is there to be referred to only.
func readResources(m *exchange.Message, body []byte) (*bundle, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var whole map[string]any
	if err := d.Decode(&whole); err != nil {
		return nil, err
	}
	var v verdict
	if len(m.Sealed.Answer) > 0 && json.Unmarshal(m.Sealed.Answer, &v) != nil {
		v.Entries = nil // of another door: nothing is known of its entries
	}
	b := &bundle{by: map[string]*resource{}}
	switch textOf(whole, "resourceType") {
	case "":
		return nil, errors.New("it is no resource")
	case "Bundle":
		entries, _ := whole["entry"].([]any)
		for i, e := range entries {
			entry, _ := e.(map[string]any)
			tree, _ := entry["resource"].(map[string]any)
			b.add(tree, textOf(entry, "fullUrl"), &v, i)
		}
	default:
		b.add(whole, "", &v, 0)
	}
	says := whoIn(whole)
	for _, r := range b.all {
		r.says = says
	}
	return b, nil
}

func (b *bundle) add(tree map[string]any, fullURL string, v *verdict, i int) {
	r := &resource{tree: tree, of: textOf(tree, "resourceType"), fullURL: fullURL, row: true}
	if r.of == "" {
		return
	}
	if id := textOf(tree, "id"); id != "" {
		r.id = r.of + "/" + id
	}
	if i < len(v.Entries) {
		e := v.Entries[i]
		if e.Status >= 300 {
			return
		}
		r.row = !e.Read
		if id := plainReference(e.Location); id != "" {
			r.id = id // that under which the door keeps it
		}
	}
	b.all = append(b.all, r)
	for _, name := range []string{r.fullURL, r.id, textOf(tree, "resourceType") + "/" + textOf(tree, "id")} {
		if name != "" && !strings.HasSuffix(name, "/") && b.by[name] == nil {
			b.by[name] = r
		}
	}
}

// plainReference is a reference without its version.
func plainReference(ref string) string {
	ref, _, _ = strings.Cut(ref, "/_history/")
	return ref
}

func textOf(in map[string]any, name string) string { s, _ := in[name].(string); return s }

// identifier is the number by which a resource is known: of a patient that of
// the medical record (v2-0203 MR) before others, and none that is out of use.
func (r *resource) identifier() string {
	first := ""
	for _, i := range listOf(r.tree["identifier"]) {
		one, _ := i.(map[string]any)
		value := textOf(one, "value")
		if value == "" || textOf(one, "use") == "old" {
			continue
		}
		if codeOf(one["type"]) == "MR" {
			return value
		}
		if first == "" {
			first = value
		}
	}
	return first
}

// listOf is v as a list, which elements that do not repeat are of one.
func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// at reads an element: of what repeats, the first that says something.
func at(tree any, in []string) any {
	if len(in) == 0 {
		return tree
	}
	for _, one := range listOf(tree) {
		m, _ := one.(map[string]any)
		if v := at(m[in[0]], in[1:]); v != nil {
			return v
		}
	}
	return nil
}

// codeOf is the code of a CodeableConcept, a Coding, a Quantity, a code or a
// boolean. A code has no blank in it and is short: what is not is a text.
func codeOf(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "true"
		}
		return "false"
	case string:
		if len(v) > 64 || strings.ContainsAny(v, " \t\r\n") {
			return ""
		}
		return v
	case []any:
		for _, one := range v {
			if c := codeOf(one); c != "" {
				return c
			}
		}
	case map[string]any:
		if coding, ok := v["coding"]; ok {
			return codeOf(coding)
		}
		if code, ok := v["code"].(string); ok {
			return codeOf(code)
		}
	}
	return ""
}

// whoIn gathers from a whole message what says who somebody is: of patients,
// relatives and staff alike, wherever it stands.
func whoIn(tree any) map[string]bool {
	out := map[string]bool{}
	add := func(v string) {
		if v = strings.ToUpper(strings.TrimSpace(v)); len(v) >= 3 {
			out[v] = true
		}
	}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(name, one)
			}
		case map[string]any:
			if v["reference"] != nil || v["identifier"] != nil {
				add(textOf(v, "display")) // of whom it refers to
			}
			for n, one := range v {
				walk(whose(name, n), one)
			}
		case string:
			switch name {
			case "birthDate", "family", "given", "line", "city", "postalCode", "district", "identifier.value", "telecom.value", "name.text", "address.text", "contact.text":
				add(v)
			case "reference":
				add(v)
				add(v[strings.LastIndexByte(v, '/')+1:])
			}
		}
	}
	walk("", tree)
	return out
}

// whose names an element together with what it stands in, where its own name
// does not say enough.
func whose(in, name string) string {
	switch in {
	case "identifier", "telecom", "name", "address", "contact", "accessionIdentifier":
		if in == "accessionIdentifier" {
			in = "identifier"
		}
		if name == "value" || name == "text" {
			return in + "." + name
		}
	}
	return name
}

// patientElements are those by which a resource says whose it is.
func patientElements() []string { return []string{"subject", "patient"} }

// conditional is the number in a reference by a condition, such as
// Patient?identifier=urn:x|5 (FHIR R4 http.html#trules).
func conditional(ref string) (of, number string) {
	of, query, ok := strings.Cut(ref, "?")
	if !ok {
		return "", ""
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", ""
	}
	number = values.Get("identifier")
	return of, number[strings.LastIndexByte(number, '|')+1:]
}
