package need

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// people are the resources that speak of persons: with a pseudonym only what
// is no name of anybody stays of them.
var people = map[string][]string{
	"Patient":       {"resourceType", "id", "meta", "identifier", "active", "gender", "deceasedBoolean", "communication"},
	"RelatedPerson": {"resourceType", "id", "meta", "active", "patient", "relationship"},
	"Person":        {"resourceType", "id", "meta", "active"},
}

// numbered are the resources whose identifiers name a patient or a visit.
var numbered = map[string]bool{"Patient": true, "Encounter": true, "Account": true, "EpisodeOfCare": true}

// FHIR leaves out of a resource or bundle in JSON what l does not name;
// resourceType, id and what makes a bundle always go.
func (l *List) FHIR(body []byte, name Pseudonym) (Result, error) {
	if l.any && len(l.types) == 0 {
		return Result{}, fmt.Errorf("the list of fields names no resource of FHIR: %w", ErrFormat)
	}
	s := jsonSieve{List: l, name: name, removed: tally{}, replaced: tally{}, ids: map[string]string{}}
	root, err := decode(body)
	res, ok := root.(map[string]any)
	if err != nil || !ok {
		return Result{}, fmt.Errorf("the message is no resource in JSON: %w", ErrFormat)
	}
	if name != nil {
		s.learn(res)
		s.mask(res)
	}
	if l.any && !s.resource(res) {
		return Result{}, fmt.Errorf("the list of fields names nothing of %s: %w", typeOf(res), ErrFormat)
	}
	if s.known != "" {
		return Result{}, fmt.Errorf("the receiver is to know a %s by an identifier, which the list of fields does not name; add %s.identifier: %w", s.known, s.known, ErrFormat)
	}
	return s.result(res)
}

// JSON leaves out of JSON that is no resource what l does not name.
func (l *List) JSON(body []byte, name Pseudonym) (Result, error) {
	if name != nil {
		return Result{}, fmt.Errorf("in JSON of no known form it is not known what names a patient: %w", ErrFormat)
	}
	if l.any && len(l.json) == 0 {
		return Result{}, fmt.Errorf("the list of fields names no member of JSON: %w", ErrFormat)
	}
	root, err := decode(body)
	if err != nil {
		return Result{}, fmt.Errorf("the message is not JSON: %w", ErrFormat)
	}
	s := jsonSieve{List: l, removed: tally{}, replaced: tally{}}
	if !l.any {
		return s.result(root)
	}
	if root = s.value(root, ""); root == nil {
		return Result{}, fmt.Errorf("the message has no members: %w", ErrFormat)
	}
	return s.result(root)
}

func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var root any
	err := d.Decode(&root)
	return root, err
}

type jsonSieve struct {
	*List
	name              Pseudonym
	removed, replaced tally
	ids               map[string]string // how patients were referred to, and how they are now
	known             string            // a resource whose entry gives away an identifier that may not go
}

func (s *jsonSieve) result(root any) (Result, error) {
	out, err := json.Marshal(root)
	return Result{Body: out, Removed: s.removed.sorted(), Replaced: s.replaced.sorted()}, err
}

func typeOf(res map[string]any) string {
	t, _ := res["resourceType"].(string)
	return t
}

// place names a member for people. Members that the sender named itself are
// told only as far as they are plain words.
func (s *jsonSieve) drop(place string) {
	if len(place) > 80 || !jsonName.MatchString(place) {
		place = "(other)"
	}
	s.removed[place] = true
}

// resource sifts one resource; false says that nothing of it is named.
func (s *jsonSieve) resource(res map[string]any) bool {
	t := typeOf(res)
	if t == "Bundle" {
		s.bundle(res)
		return true
	}
	switch {
	case s.json[t]:
		return true
	case !s.types[t]:
		s.drop(t)
		return false
	}
	s.object(res, t)
	return true
}

func (s *jsonSieve) bundle(res map[string]any) {
	entries, _ := res["entry"].([]any)
	kept := make([]any, 0, len(entries))
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		one, ok := entry["resource"].(map[string]any)
		if !ok || !s.resource(one) {
			continue // an entry without a resource says nothing that a list could name
		}
		for key := range entry {
			switch key {
			case "fullUrl", "resource", "request":
			default:
				s.drop("Bundle.entry." + key)
				delete(entry, key)
			}
		}
		if t := typeOf(one); s.name == nil && numbered[t] && !s.json[t] && !s.named(t+".identifier") && !s.within(t+".identifier") && conditional(entry) {
			s.known = t
		}
		kept = append(kept, entry)
	}
	for key := range res {
		switch key {
		case "resourceType", "id", "type", "timestamp", "entry", "total":
		default:
			s.drop("Bundle." + key)
			delete(res, key)
		}
	}
	res["entry"] = kept
}

// conditional reports whether the request of an entry finds its resource by a
// search, which holds the identifier itself (FHIR R4 http 3.1.0.7.1).
func conditional(entry map[string]any) bool {
	request, _ := entry["request"].(map[string]any)
	place, _ := request["url"].(string)
	exist, _ := request["ifNoneExist"].(string)
	return exist != "" || strings.Contains(place, "?")
}

func (s *jsonSieve) object(o map[string]any, prefix string) {
	for key, v := range o {
		place := key
		if prefix != "" {
			place = prefix + "." + strings.TrimPrefix(key, "_")
		}
		switch {
		case key == "resourceType" || key == "id" && strings.IndexByte(place, '.') == strings.LastIndexByte(place, '.') && unicode.IsUpper(rune(place[0])):
		case s.named(place):
		case s.within(place):
			if v = s.value(v, place); v == nil {
				delete(o, key)
			} else {
				o[key] = v
			}
		default:
			s.drop(place)
			delete(o, key)
		}
	}
}

// value sifts what stands at a place of which only members are named: what has
// none is left out. It returns nil where nothing remains.
func (s *jsonSieve) value(v any, place string) any {
	switch v := v.(type) {
	case map[string]any:
		s.object(v, place)
		return v
	case []any:
		kept := make([]any, 0, len(v))
		for _, one := range v {
			if one = s.value(one, place); one != nil {
				kept = append(kept, one)
			}
		}
		return kept
	}
	s.drop(place)
	return nil
}

// named reports whether a list names place, also as a choice of types:
// Observation.value[x] names Observation.valueQuantity.
func (s *jsonSieve) named(place string) bool {
	if s.json[place] {
		return true
	}
	for listed := range s.json {
		if stem, ok := strings.CutSuffix(listed, "[x]"); ok && strings.HasPrefix(place, stem) && len(place) > len(stem) && unicode.IsUpper(rune(place[len(stem)])) {
			return true
		}
	}
	return false
}

func (s *jsonSieve) within(place string) bool {
	for listed := range s.json {
		if strings.HasPrefix(listed, place+".") {
			return true
		}
	}
	return false
}

// learn gathers how patients are referred to within res.
func (s *jsonSieve) learn(res map[string]any) {
	entries, _ := res["entry"].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		one, _ := entry["resource"].(map[string]any)
		if !numbered[typeOf(one)] {
			continue
		}
		if url, _ := entry["fullUrl"].(string); url != "" {
			s.ids[url] = "urn:uuid:" + uuidOf(s.name(url))
		}
	}
}

// learnContained gathers how resources inside of res are referred to.
func (s *jsonSieve) learnContained(res map[string]any) {
	inside, _ := res["contained"].([]any)
	for _, c := range inside {
		one, _ := c.(map[string]any)
		if id, _ := one["id"].(string); id != "" && numbered[typeOf(one)] {
			s.ids["#"+id] = "#" + s.name(typeOf(one)+"/"+id)
		}
	}
}

// uuidOf writes a pseudonym in the form of a UUID (RFC 9562 5.8, version 8).
func uuidOf(name string) string {
	b := sha256.Sum256([]byte(name))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// mask puts pseudonyms where a patient is named, everywhere below v.
func (s *jsonSieve) mask(v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			s.mask(one)
		}
	case map[string]any:
		s.maskObject(v)
		for _, one := range v {
			s.mask(one)
		}
	}
}

func (s *jsonSieve) maskObject(o map[string]any) {
	t := typeOf(o)
	if t != "" {
		s.learnContained(o)
		s.maskResource(o, t)
	}
	if ref, ok := o["reference"].(string); ok {
		s.maskReference(o, ref)
	}
	if u, ok := o["fullUrl"].(string); ok && s.ids[u] != "" {
		o["fullUrl"] = s.ids[u]
	}
	if r, ok := o["request"].(map[string]any); ok {
		for _, key := range []string{"url", "ifNoneExist"} {
			if text, ok := r[key].(string); ok {
				r[key] = s.search(text)
			}
		}
	}
}

func (s *jsonSieve) maskResource(o map[string]any, t string) {
	for _, key := range []string{"text", "note"} { // the narrative repeats what the elements say; in notes people write names
		if _, ok := o[key]; ok {
			delete(o, key)
			s.drop(t + "." + key)
		}
	}
	if stay, ok := people[t]; ok {
		for key := range o {
			if !contains(stay, key) {
				delete(o, key)
				s.drop(t + "." + strings.TrimPrefix(key, "_"))
			}
		}
	}
	if !numbered[t] {
		return
	}
	if id, ok := o["id"].(string); ok {
		o["id"] = s.name(t + "/" + id)
		s.replaced[t+".id"] = true
	}
	all, _ := o["identifier"].([]any)
	for _, i := range all {
		s.maskIdentifier(i, t+".identifier")
	}
}

func (s *jsonSieve) maskIdentifier(v any, place string) {
	i, ok := v.(map[string]any)
	if !ok {
		return
	}
	if value, ok := i["value"].(string); ok {
		i["value"] = s.name(value)
		s.replaced[place] = true
	}
	delete(i, "_value")
}

// maskReference hides whom a reference to a patient or a visit names.
func (s *jsonSieve) maskReference(o map[string]any, ref string) {
	typ := ""
	for t := range numbered {
		if strings.HasPrefix(ref, t+"/") || strings.HasPrefix(ref, t+"?") || strings.Contains(ref, "/"+t+"/") || o["type"] == t {
			typ = t
		}
	}
	switch {
	case s.ids[ref] != "":
		o["reference"] = s.ids[ref]
	case typ == "":
		return
	case strings.Contains(ref, "?"):
		o["reference"] = s.search(ref)
	case strings.HasPrefix(ref, typ+"/"):
		id, history, _ := strings.Cut(strings.TrimPrefix(ref, typ+"/"), "/")
		_ = history // a version of somebody else's resource says nothing here
		o["reference"] = typ + "/" + s.name(typ+"/"+id)
	default:
		o["reference"] = typ + "/" + s.name(ref)
	}
	s.replaced["reference"] = true
	if _, ok := o["display"]; ok {
		delete(o, "display")
		s.drop("reference.display")
	}
	s.maskIdentifier(o["identifier"], "reference.identifier")
}

// search hides the values of identifiers in a search such as
// Patient?identifier=system|value.
func (s *jsonSieve) search(text string) string {
	path, asked, ok := strings.Cut(text, "?")
	if !ok {
		path, asked = "", text
		if !strings.Contains(text, "=") {
			if typ, id, ok := strings.Cut(text, "/"); ok && numbered[typ] {
				return typ + "/" + s.name(typ+"/"+id)
			}
			return text
		}
	}
	q, err := url.ParseQuery(asked)
	if err != nil {
		s.drop("request")
		return path
	}
	for key, values := range q {
		if key != "identifier" && !strings.HasSuffix(key, ":identifier") {
			continue
		}
		for i, v := range values {
			system, value, both := strings.Cut(v, "|")
			if both {
				values[i] = system + "|" + s.name(value)
			} else {
				values[i] = s.name(v)
			}
		}
		s.replaced["request"] = true
	}
	if ok {
		path += "?"
	}
	return path + q.Encode()
}

func contains(all []string, one string) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}
