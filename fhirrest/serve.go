package fhirrest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

var (
	goodType = regexp.MustCompile(`^[A-Z][A-Za-z]{1,63}$`)
	goodID   = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
)

// A failure is an answer that says no.
type failure struct {
	status  int
	outcome outcome
}

func (f *failure) Error() string { return f.outcome.Issue[0].Diagnostics }

func no(status int, code, format string, args ...any) *failure {
	return &failure{status, outcomeOf("error", code, fmt.Sprintf(format, args...))}
}

// A turn is one request with who makes it.
type turn struct {
	*Source
	w      http.ResponseWriter
	r      *http.Request
	guest  *lobby.Guest
	client client

	planned map[string][]kept // what was read to plan the entries of a bundle, by message
}

// mostRead is of how many messages a turn keeps what it read.
const mostRead = 32

// ServeHTTP implements http.Handler.
func (s *Source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &turn{Source: s, w: w, r: r, guest: lobby.GuestOf(r)}
	if err := t.serve(); err != nil {
		t.fail(err)
	}
}

func (t *turn) serve() error {
	path, ok := strings.CutPrefix(t.r.URL.Path, t.settings.Base)
	if !ok {
		return no(http.StatusNotFound, "not-found", "the base of this server is %s", t.settings.Base)
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "metadata" && t.r.Method == http.MethodGet {
		return t.write(http.StatusOK, t.capabilities())
	}
	if t.client, ok = t.identify(t.r, t.guest.Peer()); !ok {
		t.lobby.Refuse(t.guest.Peer(), "no client's token or certificate was shown", "give the client the token of tokenFile, or name its certificate in clients")
		t.w.Header().Set("WWW-Authenticate", "Bearer")
		return no(http.StatusUnauthorized, "login", "this server is for its clients; none was recognised")
	}
	t.guest.Known(func(p *exchange.Peer) { p.User = t.client.name })
	return t.route(parts)
}

func (t *turn) route(parts []string) error {
	get, post, put := t.r.Method == http.MethodGet, t.r.Method == http.MethodPost, t.r.Method == http.MethodPut
	if parts[0] == "" {
		if post {
			return t.takeBundle()
		}
		return no(http.StatusMethodNotAllowed, "not-supported", "a bundle is posted here")
	}
	if !goodType.MatchString(parts[0]) || len(parts) > 1 && parts[1] != "_search" && !goodID.MatchString(parts[1]) {
		return no(http.StatusNotFound, "not-found", "there is nothing at this address")
	}
	switch {
	case post && len(parts) == 1:
		return t.create(parts[0])
	case put && len(parts) <= 2:
		return t.update(parts)
	case get && len(parts) == 1, post && len(parts) == 2 && parts[1] == "_search":
		return t.search(parts[0])
	case get && len(parts) == 2:
		return t.read(parts[0], parts[1], 0)
	case get && len(parts) == 4 && parts[2] == "_history":
		n, err := strconv.Atoi(parts[3])
		if err != nil || n < 1 {
			return no(http.StatusNotFound, "not-found", "there is no such version")
		}
		return t.read(parts[0], parts[1], n)
	}
	return no(http.StatusMethodNotAllowed, "not-supported", "%s is not done here", t.r.Method)
}

// may asks for a right, and says which scope would give it.
func (t *turn) may(act byte, kind string) error {
	if t.client.may(act, kind) {
		return nil
	}
	return no(http.StatusForbidden, "forbidden", "the client %s lacks the scope system/%s.%c", t.client.name, kind, act)
}

// body reads what was sent, within the limit.
func (t *turn) body() ([]byte, error) {
	kind, _, _ := strings.Cut(t.r.Header.Get("Content-Type"), ";")
	if kind = strings.TrimSpace(kind); kind != "" && kind != mediaType && kind != "application/json" && kind != "text/json" {
		return nil, no(http.StatusUnsupportedMediaType, "not-supported", "resources are taken as %s; %s was sent", mediaType, ascii(kind))
	}
	t.guest.State("receiving")
	raw, err := readMost(http.MaxBytesReader(t.w, t.r.Body, t.settings.MaxBytes), t.settings.MaxBytes)
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return nil, no(http.StatusRequestEntityTooLarge, "too-long", "more than %d bytes were sent", t.settings.MaxBytes)
	}
	if err != nil {
		return nil, no(http.StatusBadRequest, "incomplete", "the request broke off")
	}
	return raw, nil
}

// write answers with a resource.
func (t *turn) write(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	t.w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	t.w.Header().Set("Cache-Control", "no-store")
	t.w.WriteHeader(status)
	_, err = t.w.Write(b)
	if err != nil {
		t.lobby.Failed("the answer to " + t.guest.Peer().Address.Addr().String() + " broke off")
	}
	return nil
}

// fail answers with an OperationOutcome. What is not meant to be shown is not.
func (t *turn) fail(err error) {
	var f *failure
	var shown *bedrail.Error
	switch {
	case errors.As(err, &f):
	case errors.As(err, &shown) && shown.Kind == bedrail.Unavailable:
		f = no(http.StatusServiceUnavailable, "transient", "it was not kept; try again later")
		t.w.Header().Set("Retry-After", "5")
		t.lobby.Failed(shown.Message)
	case errors.As(err, &shown) && shown.Kind == bedrail.NotFound:
		f = no(http.StatusNotFound, "not-found", "there is no such resource")
	default:
		f = no(http.StatusInternalServerError, "exception", "internal error")
		t.lobby.Failed("a request failed inside: " + err.Error())
	}
	if t.write(f.status, f.outcome) != nil {
		t.lobby.Failed("an answer could not be written")
	}
}

// address is where a resource is to be had.
func (t *turn) address(location string) string {
	scheme := "http"
	if t.r.TLS != nil {
		scheme = "https"
	}
	u := url.URL{Scheme: scheme, Host: t.r.Host, Path: t.settings.Base + "/" + location}
	return u.String()
}

func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), 80)])
}
