package fhirrest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
)

const (
	pageUsual   = 20
	pageMost    = 200
	mostScanned = 2000 // messages that one search opens
)

// shelf is what is kept, or a failure where nothing can be asked.
func (t *turn) shelf() (exchange.Shelf, error) {
	if s := t.config.Env.Shelf; s != nil {
		return s, nil
	}
	return nil, bedrail.Errorf(bedrail.Unavailable, "what is kept cannot be asked for")
}

// version is one version of a resource, 0 the current one.
func (t *turn) version(kind, id string, version int) (*kept, error) {
	shelf, err := t.shelf()
	if err != nil {
		return nil, err
	}
	return versionOf(t.r.Context(), shelf, t.config.Channel, kind, id, version, nil)
}

// versionOf looks for a version, 0 the current one. What was read of messages
// stays in read, where it is given: the entries of a bundle were often kept in
// the same message before.
func versionOf(ctx context.Context, shelf exchange.Shelf, channel, kind, id string, version int, read map[string][]kept) (*kept, error) {
	for before := ""; ; {
		ids, err := shelf.Find(ctx, channel, []exchange.Lookup{{Field: termID, Value: kind + "/" + id}}, before, 50)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		for _, message := range ids {
			all, known := read[message]
			if !known {
				m, err := shelf.Open(ctx, channel, message)
				if err != nil {
					return nil, err
				}
				if all, err = resources(m); err != nil {
					return nil, err
				}
				if len(read) < mostRead && read != nil {
					read[message] = all
				}
			}
			for _, k := range slices.Backward(all) {
				if k.kind() == kind && k.id == id && (version == 0 || k.version == version) {
					return &k, nil
				}
			}
			before = message
		}
	}
}

func (t *turn) read(kind, id string, version int) error {
	if err := t.may('r', kind); err != nil {
		return err
	}
	k, err := t.version(kind, id, version)
	if err != nil {
		return err
	}
	if k == nil {
		return no(http.StatusNotFound, "not-found", "there is no such resource")
	}
	if err := t.config.Env.Shelf.Disclose(t.r.Context(), t.config.Channel, t.client.name, []string{k.message}); err != nil {
		return err
	}
	etag := fmt.Sprintf(`W/"%d"`, k.version)
	t.w.Header().Set("ETag", etag)
	t.w.Header().Set("Last-Modified", k.at.UTC().Format(http.TimeFormat))
	if t.r.Header.Get("If-None-Match") == etag {
		t.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return t.write(http.StatusOK, k.resource)
}

// search answers with a page of what matches, newest first.
func (t *turn) search(kind string) error {
	if err := t.may('s', kind); err != nil {
		return err
	}
	if err := t.r.ParseForm(); err != nil {
		return no(http.StatusBadRequest, "invalid", "the search cannot be read")
	}
	values := t.r.Form
	count := pageUsual
	if c := values.Get("_count"); c != "" {
		n, err := strconv.Atoi(c)
		if err != nil || n < 1 {
			return no(http.StatusBadRequest, "invalid", "_count is a number from 1 to %d", pageMost)
		}
		count = min(n, pageMost)
	}
	found, next, err := t.find(kind, values, values.Get("_before"), count)
	if err != nil {
		return err
	}
	var ids []string
	for _, k := range found {
		ids = append(ids, k.message)
	}
	if err := t.config.Env.Shelf.Disclose(t.r.Context(), t.config.Channel, t.client.name, ids); err != nil {
		return err
	}
	return t.write(http.StatusOK, t.page(kind, found, values, next))
}

func (t *turn) page(kind string, found []kept, values url.Values, next string) any {
	type link struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	}
	type entry struct {
		FullURL  string            `json:"fullUrl"`
		Resource resource          `json:"resource"`
		Search   map[string]string `json:"search"`
	}
	out := struct {
		ResourceType string  `json:"resourceType"`
		Type         string  `json:"type"`
		Link         []link  `json:"link"`
		Entry        []entry `json:"entry,omitempty"`
	}{ResourceType: "Bundle", Type: "searchset"}
	self := t.address(kind)
	out.Link = append(out.Link, link{"self", self + "?" + values.Encode()})
	if next != "" {
		more := url.Values{}
		for k, v := range values {
			more[k] = v
		}
		more.Set("_before", next)
		out.Link = append(out.Link, link{"next", self + "?" + more.Encode()})
	}
	for _, k := range found {
		out.Entry = append(out.Entry, entry{t.address(kind + "/" + k.id), k.resource, map[string]string{"mode": "match"}})
	}
	return out
}

// A condition is one parameter of a search with the values that will do.
type condition struct {
	param searchParam
	any   []string
}

// A query is a search made ready.
type query struct {
	kind       string
	ids        []string // of _id
	conditions []condition
	updated    []string // of _lastUpdated
}

// prepare reads a search. A parameter that is not known is refused: to leave
// it out would show more than was asked for.
func prepare(kind string, values url.Values) (query, error) {
	q := query{kind: kind}
	for name, given := range values {
		for _, v := range given {
			switch name {
			case "_count", "_before", "_format", "_pretty":
				continue
			case "_sort":
				if v != "-_lastUpdated" {
					return q, no(http.StatusBadRequest, "not-supported", "results are sorted by -_lastUpdated only")
				}
			case "_id":
				q.ids = append(q.ids, strings.Split(v, ",")...)
			case "_lastUpdated":
				q.updated = append(q.updated, v)
			default:
				p, ok := paramOf(strings.TrimSuffix(name, ":exact"))
				if !ok {
					return q, no(http.StatusBadRequest, "not-supported", "%q is no search parameter of this server; its CapabilityStatement lists them", ascii(name))
				}
				q.conditions = append(q.conditions, condition{p, strings.Split(v, ",")})
			}
		}
	}
	return q, nil
}

// terms are what is looked up: for each parameter with one value a term. What
// has several, and dates, is compared afterwards.
func (q query) terms() []exchange.Lookup {
	out := []exchange.Lookup{}
	if len(q.ids) == 1 {
		out = append(out, exchange.Lookup{Field: termID, Value: q.kind + "/" + q.ids[0]})
	}
	for _, c := range q.conditions {
		if len(c.any) == 1 && (c.param.kind != "date" || c.param.name == "birthdate" && exactDate(c.any[0])) && len(out) < 8 {
			out = append(out, exchange.Lookup{Field: "fhir." + q.kind + "." + c.param.name, Value: exchange.Normal(c.any[0])})
		}
	}
	if len(out) == 0 {
		out = append(out, exchange.Lookup{Field: termType, Value: q.kind})
	}
	return out
}

func exactDate(v string) bool {
	return v != "" && v[0] >= '0' && v[0] <= '9' && len(v) == len("2006-01-02")
}

func (q query) matches(k kept) bool {
	if k.kind() != q.kind || len(q.ids) > 0 && !slices.Contains(q.ids, k.id) {
		return false
	}
	for _, u := range q.updated {
		if !dateMatches(u, k.at.UTC().Format(time.RFC3339)) {
			return false
		}
	}
	return !slices.ContainsFunc(q.conditions, func(c condition) bool { return !c.holds(k.resource) })
}

func (c condition) holds(r resource) bool {
	if c.param.kind == "date" {
		ok := false
		for _, e := range c.param.elements {
			each(r[e], func(v any) {
				for _, want := range c.any {
					ok = ok || dateMatches(want, dateOf(v))
				}
			})
		}
		return ok
	}
	have := c.param.values(r)
	return slices.ContainsFunc(c.any, func(v string) bool { return slices.Contains(have, exchange.Normal(v)) })
}

// dateOf is a date, or the start of a period.
func dateOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		s, _ := v["start"].(string)
		return s
	}
	return ""
}

// dateMatches compares a date with a prefixed one of a search (FHIR R4
// search.html#prefix), each as the span that its precision means.
func dateMatches(want, have string) bool {
	op := "eq"
	if len(want) > 2 && want[0] >= 'a' {
		op, want = want[:2], want[2:]
	}
	wantFrom, wantTo, ok1 := spanOf(want)
	haveFrom, haveTo, ok2 := spanOf(have)
	if !ok1 || !ok2 {
		return false
	}
	switch op {
	case "eq":
		return !haveFrom.Before(wantFrom) && !haveTo.After(wantTo)
	case "ne":
		return haveFrom.Before(wantFrom) || haveTo.After(wantTo)
	case "gt", "sa":
		return haveTo.After(wantTo)
	case "ge":
		return haveTo.After(wantTo) || !haveFrom.Before(wantFrom)
	case "lt", "eb":
		return haveFrom.Before(wantFrom)
	case "le":
		return haveFrom.Before(wantFrom) || !haveTo.After(wantTo)
	}
	return false
}

func spanOf(s string) (from, to time.Time, ok bool) {
	for layout, next := range map[string]func(time.Time) time.Time{
		"2006": func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }, "2006-01": func(t time.Time) time.Time { return t.AddDate(0, 1, 0) },
		"2006-01-02": func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }, "2006-01-02T15:04Z07:00": func(t time.Time) time.Time { return t.Add(time.Minute) },
		time.RFC3339: func(t time.Time) time.Time { return t.Add(time.Second) },
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, next(t), true
		}
	}
	return from, to, false
}

// find returns up to count current resources that match, newest first, and
// the message from before which the next page goes on.
func (t *turn) find(kind string, values url.Values, before string, count int) (found []kept, next string, err error) {
	q, err := prepare(kind, values)
	if err != nil {
		return nil, "", err
	}
	shelf, err := t.shelf()
	if err != nil {
		return nil, "", err
	}
	ctx, look := t.r.Context(), q.terms()
	for scanned := 0; scanned < mostScanned; {
		ids, err := shelf.Find(ctx, t.config.Channel, look, before, pageMost)
		if err != nil {
			return nil, "", err
		}
		for _, id := range ids {
			if before = id; len(found) >= count {
				return found, found[len(found)-1].message, nil
			}
			current, err := t.currentOf(ctx, shelf, id, q)
			if err != nil {
				return nil, "", err
			}
			found = append(found, current...)
		}
		if scanned += len(ids); len(ids) < pageMost {
			return found, "", nil
		}
	}
	if len(found) == 0 {
		return nil, "", no(http.StatusForbidden, "too-costly", "too much would have to be looked through; name an identifier, a patient or a code")
	}
	return found, before, nil
}

// currentOf are the resources of a message that match and have no newer
// version.
func (t *turn) currentOf(ctx context.Context, shelf exchange.Shelf, id string, q query) ([]kept, error) {
	m, err := shelf.Open(ctx, t.config.Channel, id)
	if bedrail.KindOf(err) == bedrail.NotFound {
		return nil, nil // forgotten meanwhile
	}
	if err != nil {
		return nil, err
	}
	all, err := resources(m)
	if err != nil {
		return nil, errors.Join(err)
	}
	var out []kept
	for _, k := range all {
		if !q.matches(k) {
			continue
		}
		newest, err := versionOf(ctx, shelf, t.config.Channel, k.kind(), k.id, 0, nil)
		if err != nil {
			return nil, err
		}
		if newest != nil && newest.message == k.message && newest.version == k.version {
			out = append(out, k)
		}
	}
	return out, nil
}
