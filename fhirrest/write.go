package fhirrest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bedrail/exchange"
)

// newUUID is a random one.
func newUUID() string { return NameUUID(rand.Text()) }

// create takes a resource under an id that we give it.
func (t *turn) create(kind string) error {
	if err := t.may('c', kind); err != nil {
		return err
	}
	raw, r, err := t.resource(kind)
	if err != nil {
		return t.reject(raw, kind, "create", err)
	}
	e := bundleEntry{Resource: r, Method: http.MethodPost, URL: kind, IfNone: t.r.Header.Get("If-None-Exist")}
	return t.single(raw, e, "create")
}

// update takes a resource as a new version of what has its id, or as the
// first (FHIR R4 http.html#upsert).
func (t *turn) update(parts []string) error {
	kind := parts[0]
	if err := t.may('u', kind); err != nil {
		return err
	}
	raw, r, err := t.resource(kind)
	if err != nil {
		return t.reject(raw, kind, "update", err)
	}
	e := bundleEntry{Resource: r, Method: http.MethodPut, IfMatch: t.r.Header.Get("If-Match"), URL: kind + "?" + t.r.URL.RawQuery}
	if len(parts) == 2 {
		e.URL = kind + "/" + parts[1]
	}
	return t.single(raw, e, "update")
}

// resource reads and parses what was sent. What cannot be parsed is returned
// beside the failure, to be kept.
func (t *turn) resource(kind string) ([]byte, resource, error) {
	raw, err := t.body()
	if err != nil {
		return nil, nil, err
	}
	r, err := parse(raw)
	switch {
	case err != nil:
		return raw, nil, no(http.StatusBadRequest, "structure", "the body cannot be read as JSON: %s", jsonFault(err))
	case r.kind() != kind:
		return raw, nil, no(http.StatusBadRequest, "invalid", "the resource is not of type %s", kind)
	}
	return raw, r, nil
}

// jsonFault says where JSON breaks without showing what stands there.
func jsonFault(err error) string {
	if s := (*json.SyntaxError)(nil); errors.As(err, &s) {
		return "byte " + strconv.FormatInt(s.Offset, 10)
	}
	return "it is not one object"
}

// reject keeps what cannot be answered for, and answers with why.
func (t *turn) reject(raw []byte, kind, event string, why error) error {
	if raw == nil {
		return why
	}
	in := t.inbound(raw, kind, event)
	in.Unreadable = why.Error()
	if _, err := t.config.Intake.Receive(t.keep(), in); err != nil {
		return err
	}
	t.guest.Message()
	return why
}

// keep is the context of a commit: one that began is not broken off because
// the peer went away.
func (t *turn) keep() context.Context {
	t.guest.State("committing")
	return context.WithoutCancel(t.r.Context())
}

func (t *turn) inbound(raw []byte, kind, event string) exchange.Inbound {
	return exchange.Inbound{Format: exchange.FHIR, ContentType: mediaType, Body: raw, Peer: t.guest.Peer(), At: time.Now(),
		Facts: exchange.Facts{Type: kind, Event: event, Sender: t.client.name, Version: "4.0.1"}}
}

// single does one create or update and answers it.
func (t *turn) single(raw []byte, e bundleEntry, event string) error {
	defer t.lock(e.keys()...)()
	d, err := t.plan(e)
	if err != nil {
		return t.reject(raw, e.Resource.kind(), event, err)
	}
	if d.Read { // a condition found what there is already
		t.w.Header().Set("Location", t.address(d.Location))
		return t.write(d.Status, outcomeOf("information", "informational", "it is there already"))
	}
	in := t.inbound(raw, e.Resource.kind(), event)
	_, id, version := place(d.Location)
	in.Facts.ControlID, in.Lookups = d.Location, terms(e.Resource, id)
	in.Answer = func(r exchange.Receipt) []byte { return encodeAnswer(answer{Outcome: r.Outcome, Entries: []done{d}}) }
	receipt, err := t.config.Intake.Receive(t.keep(), in)
	if err != nil {
		return err
	}
	t.guest.Message()
	if f := refusal(receipt); f != nil {
		return f
	}
	t.notify.changed(e.Resource, id, version, time.Now())
	t.w.Header().Set("Location", t.address(d.Location))
	t.w.Header().Set("ETag", fmt.Sprintf(`W/"%d"`, version))
	return t.prefer(d.Status, e.Resource.named(id, strconv.Itoa(version), in.At), receipt)
}

// prefer answers with what the client wants to have back (FHIR R4
// http.html#ops).
func (t *turn) prefer(status int, r resource, receipt exchange.Receipt) error {
	switch wish := t.r.Header.Get("Prefer"); {
	case strings.Contains(wish, "return=minimal"):
		t.w.WriteHeader(status)
		return nil
	case strings.Contains(wish, "return=OperationOutcome"):
		o := outcome{ResourceType: "OperationOutcome", Issue: issues(receipt.Issues)}
		if len(o.Issue) == 0 {
			o = outcomeOf("information", "informational", "kept")
		}
		return t.write(status, o)
	}
	return t.write(status, r)
}

func encodeAnswer(a answer) []byte {
	b, err := json.Marshal(a)
	if err != nil {
		return nil // of our own types; cannot fail
	}
	return b
}

// refusal is the answer to a message that the channel does not accept.
func refusal(r exchange.Receipt) *failure {
	f := &failure{http.StatusUnprocessableEntity, outcome{ResourceType: "OperationOutcome", Issue: issues(r.Issues)}}
	switch r.Outcome {
	case exchange.Accepted:
		return nil
	case exchange.Refused:
		f.status = http.StatusBadRequest
	}
	if len(f.outcome.Issue) == 0 {
		f.outcome = outcomeOf("error", "processing", "the channel does not pass it on")
	}
	return f
}

func issues(found []exchange.Issue) []outcomeIssue {
	var out []outcomeIssue
	for _, i := range found {
		o := outcomeIssue{Severity: string(i.Severity), Code: i.Code, Diagnostics: i.Text}
		if i.Location != "" {
			o.Expression = []string{i.Location}
		}
		if out = append(out, o); len(out) == 100 {
			break
		}
	}
	return out
}

// keys are what must not change between looking and keeping.
func (e bundleEntry) keys() []string {
	switch {
	case e.Method == http.MethodPost && e.IfNone != "":
		return []string{e.Resource.kind() + "?" + e.IfNone}
	case e.Method == http.MethodPut:
		return []string{e.URL}
	}
	return nil
}

// plan says what an entry will become, or why it may not.
func (t *turn) plan(e bundleEntry) (done, error) {
	kind := e.Resource.kind()
	if e.Method == http.MethodPost {
		if e.IfNone == "" {
			return done{Status: http.StatusCreated, Location: location(kind, newUUID(), 1)}, nil
		}
		found, err := t.matching(kind, e.IfNone)
		switch {
		case err != nil:
			return done{}, err
		case len(found) > 1:
			return done{}, no(http.StatusPreconditionFailed, "multiple-matches", "If-None-Exist matches %d resources", len(found))
		case len(found) == 1:
			return done{Status: http.StatusOK, Location: location(kind, found[0].id, found[0].version), Read: true}, nil
		}
		return done{Status: http.StatusCreated, Location: location(kind, newUUID(), 1)}, nil
	}
	id, err := t.target(e)
	if err != nil {
		return done{}, err
	}
	return t.next(e, id)
}

// target is the id that an update is for.
func (t *turn) target(e bundleEntry) (string, error) {
	kind := e.Resource.kind()
	if _, query, ok := strings.Cut(e.URL, "?"); ok {
		found, err := t.matching(kind, query)
		switch {
		case err != nil:
			return "", err
		case len(found) > 1:
			return "", no(http.StatusPreconditionFailed, "multiple-matches", "the condition matches %d resources", len(found))
		case len(found) == 1:
			return found[0].id, nil
		case e.Resource.text("id") != "" && goodID.MatchString(e.Resource.text("id")):
			return e.Resource.text("id"), nil
		}
		return newUUID(), nil
	}
	of, id, _ := strings.Cut(e.URL, "/")
	switch {
	case of != kind || !goodID.MatchString(id):
		return "", no(http.StatusBadRequest, "invalid", "the address is not that of a %s", kind)
	case e.Resource.text("id") != id:
		return "", no(http.StatusBadRequest, "invalid", "the id of the resource is not that of the address")
	}
	return id, nil
}

// next is the version that an update makes.
func (t *turn) next(e bundleEntry, id string) (done, error) {
	kind := e.Resource.kind()
	shelf, err := t.shelf()
	if err != nil {
		return done{}, err
	}
	if t.planned == nil {
		t.planned = map[string][]kept{}
	}
	current, err := versionOf(t.r.Context(), shelf, t.config.Channel, kind, id, 0, t.planned)
	if err != nil {
		return done{}, err
	}
	if e.IfMatch != "" && (current == nil || e.IfMatch != fmt.Sprintf(`W/"%d"`, current.version) && e.IfMatch != strconv.Itoa(current.version)) {
		return done{}, no(http.StatusPreconditionFailed, "conflict", "the version of If-Match is not the current one")
	}
	if current == nil {
		return done{Status: http.StatusCreated, Location: location(kind, id, 1)}, nil
	}
	return done{Status: http.StatusOK, Location: location(kind, id, current.version+1)}, nil
}

// matching are the resources that a condition finds.
func (t *turn) matching(kind, query string) ([]kept, error) {
	values, err := url.ParseQuery(query)
	if err != nil || len(values) == 0 {
		return nil, no(http.StatusBadRequest, "invalid", "the condition cannot be read")
	}
	found, _, err := t.find(kind, values, "", 2)
	return found, err
}

// takeBundle takes a transaction or batch as one message.
func (t *turn) takeBundle() error {
	raw, whole, err := t.resource("Bundle")
	if err != nil {
		return t.reject(raw, "Bundle", "bundle", err)
	}
	kind := whole.text("type")
	if kind != "transaction" && kind != "batch" {
		return t.reject(raw, "Bundle", kind, no(http.StatusBadRequest, "invalid", "a transaction or batch is posted here; the bundle is neither"))
	}
	entries := entriesOf(whole)
	if len(entries) > mostEntries {
		return t.reject(raw, "Bundle", kind, no(http.StatusRequestEntityTooLarge, "too-costly", "a bundle has at most %d entries", mostEntries))
	}
	var keys []string
	for _, e := range entries {
		keys = append(keys, e.keys()...)
	}
	defer t.lock(keys...)()
	a, lookups, err := t.planAll(entries, kind == "transaction")
	if err != nil {
		return t.reject(raw, "Bundle", kind, err)
	}
	in := t.inbound(raw, "Bundle", kind)
	in.Facts.ControlID, in.Lookups = "Bundle/"+newUUID(), lookups
	in.Answer = func(r exchange.Receipt) []byte {
		told := a
		told.Outcome = r.Outcome
		return encodeAnswer(told)
	}
	receipt, err := t.config.Intake.Receive(t.keep(), in)
	if err != nil {
		return err
	}
	t.guest.Message()
	if f := refusal(receipt); f != nil {
		return f
	}
	t.tell(entries, a)
	return t.write(http.StatusOK, t.bundleAnswer(a))
}

// mostEntries bounds a bundle.
const mostEntries = 5000

func (t *turn) tell(entries []bundleEntry, a answer) {
	now := time.Now()
	for i, e := range entries {
		if d := a.Entries[i]; !d.Read && d.Status < 300 && e.Resource != nil {
			_, id, version := place(d.Location)
			t.notify.changed(e.Resource, id, version, now)
		}
	}
}

// planAll plans every entry. In a transaction one that fails fails them all;
// in a batch each has its own answer.
func (t *turn) planAll(entries []bundleEntry, all bool) (answer, []exchange.Lookup, error) {
	a := answer{Bundle: "batch-response"}
	if all {
		a.Bundle = "transaction-response"
	}
	var lookups []exchange.Lookup
	for i, e := range entries {
		d, err := t.planEntry(e)
		if f := (*failure)(nil); !all && errors.As(err, &f) {
			d, err = done{Status: f.status, Outcome: f.outcome}, nil
		}
		if f := (*failure)(nil); errors.As(err, &f) {
			f.outcome.Issue[0].Expression = []string{fmt.Sprintf("Bundle.entry[%d]", i)}
		}
		if err != nil {
			return a, nil, err
		}
		a.Entries = append(a.Entries, d)
	}
	links := linksOf(entries, a.Entries)
	for i, e := range entries {
		d := a.Entries[i]
		if _, id, _ := place(d.Location); !d.Read && d.Status < 300 {
			linked, _ := relinked(map[string]any(e.Resource), links).(map[string]any)
			lookups = append(lookups, terms(resource(linked), id)...)
		}
	}
	return a, unique(lookups), nil
}

func unique(all []exchange.Lookup) []exchange.Lookup {
	seen := make(map[exchange.Lookup]bool, len(all))
	out := all[:0]
	for _, l := range all {
		if !seen[l] {
			seen[l] = true
			out = append(out, l)
		}
	}
	return out
}

func (t *turn) planEntry(e bundleEntry) (done, error) {
	acts := map[string]byte{http.MethodPost: 'c', http.MethodPut: 'u'}
	act, ok := acts[e.Method]
	switch {
	case !ok:
		return done{}, no(http.StatusNotImplemented, "not-supported", "entries create with POST and update with PUT; others are not taken")
	case e.Resource == nil || !goodType.MatchString(e.Resource.kind()):
		return done{}, no(http.StatusBadRequest, "invalid", "the entry has no resource")
	}
	if err := t.may(act, e.Resource.kind()); err != nil {
		return done{}, err
	}
	return t.plan(e)
}

func (t *turn) bundleAnswer(a answer) any {
	type response struct {
		Status   string `json:"status"`
		Location string `json:"location,omitempty"`
		ETag     string `json:"etag,omitempty"`
		Outcome  any    `json:"outcome,omitempty"`
	}
	type entry struct {
		Response response `json:"response"`
	}
	out := struct {
		ResourceType string  `json:"resourceType"`
		Type         string  `json:"type"`
		Entry        []entry `json:"entry"`
	}{"Bundle", a.Bundle, []entry{}}
	for _, d := range a.Entries {
		e := entry{response{Status: fmt.Sprintf("%d %s", d.Status, http.StatusText(d.Status)), Location: d.Location}}
		if _, _, v := place(d.Location); v > 0 {
			e.Response.ETag = fmt.Sprintf(`W/"%d"`, v)
		}
		if len(d.Outcome.Issue) > 0 {
			e.Response.Outcome = d.Outcome
		}
		out.Entry = append(out.Entry, e)
	}
	return out
}
