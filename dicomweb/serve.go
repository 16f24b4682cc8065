package dicomweb

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// A failure is an answer that says no.
type failure struct {
	status int
	text   string
}

func (f *failure) Error() string { return f.text }

func no(status int, format string, args ...any) *failure {
	return &failure{status, fmt.Sprintf(format, args...)}
}

// A turn is one request with who makes it.
type turn struct {
	*Source
	w      http.ResponseWriter
	r      *http.Request
	guest  *lobby.Guest
	client client
}

// ServeHTTP implements http.Handler.
func (s *Source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &turn{Source: s, w: w, r: r, guest: lobby.GuestOf(r)}
	w.Header().Set("Cache-Control", "no-store")
	if err := t.serve(); err != nil {
		t.fail(err)
	}
}

func (t *turn) serve() error {
	var ok bool
	if t.client, ok = t.identify(t.r, t.guest.Peer()); !ok {
		t.lobby.Refuse(t.guest.Peer(), "no client's token or certificate was shown", "give the client the token of tokenFile, or name its certificate in clients")
		t.w.Header().Set("WWW-Authenticate", "Bearer")
		return no(http.StatusUnauthorized, "this server is for its clients; none was recognised")
	}
	t.guest.Known(func(p *exchange.Peer) { p.User = t.client.name })
	path, ok := strings.CutPrefix(t.r.URL.Path, t.settings.Base+"/")
	if !ok {
		return no(http.StatusNotFound, "the base of this server is %s", t.settings.Base)
	}
	return t.route(strings.Split(strings.Trim(path, "/"), "/"))
}

var goodUID = regexp.MustCompile(`^[0-9.]{1,64}$`)

// A place is what an address names: a study, a series, an instance, or all.
type place struct{ study, series, instance string }

// parsePlace reads studies/{}/series/{}/instances/{} as far as it goes, and
// returns the word behind it: studies, series, instances, metadata or nothing.
func parsePlace(parts []string) (p place, word string, ok bool) {
	for _, level := range []struct {
		name string
		uid  *string
	}{{"studies", &p.study}, {"series", &p.series}, {"instances", &p.instance}} {
		if len(parts) < 2 || parts[0] != level.name {
			break
		}
		if !goodUID.MatchString(parts[1]) {
			return p, "", false
		}
		*level.uid = parts[1]
		parts = parts[2:]
	}
	if len(parts) == 0 {
		return p, "", true
	}
	return p, parts[0], len(parts) == 1
}

func (t *turn) route(parts []string) error {
	p, word, ok := parsePlace(parts)
	get := t.r.Method == http.MethodGet
	switch {
	case !ok:
		return no(http.StatusNotFound, "there is nothing at this address")
	case t.r.Method == http.MethodPost && p.series == "" && (word == "studies" && p.study == "" || word == "" && p.study != ""):
		return t.take(p.study)
	case get && (word == "studies" || word == "series" || word == "instances"):
		return t.search(p, word)
	case get && word == "metadata" && p.study != "":
		return t.metadata(p)
	case get && word == "" && p.study != "":
		return t.retrieve(p)
	}
	return no(http.StatusMethodNotAllowed, "%s is not done here: instances are posted to studies, searched and retrieved with GET", t.r.Method)
}

// may asks for a right.
func (t *turn) may(right bool, what string) error {
	if right {
		return nil
	}
	return no(http.StatusForbidden, "the client %s may not %s here", t.client.name, what)
}

// shelf is what is kept, or a failure where nothing can be asked.
func (t *turn) shelf() (exchange.Shelf, error) {
	if s := t.config.Env.Shelf; s != nil {
		return s, nil
	}
	return nil, bedrail.Errorf(bedrail.Unavailable, "what is kept cannot be asked for")
}

func (t *turn) write(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	t.w.Header().Set("Content-Type", mediaJSON)
	t.w.WriteHeader(status)
	if _, err = t.w.Write(b); err != nil {
		t.lobby.Failed("an answer broke off")
	}
	return nil
}

// fail answers with a text (PS3.18 8.5). What is not meant to be shown is not.
func (t *turn) fail(err error) {
	var f *failure
	var shown *bedrail.Error
	switch {
	case errors.As(err, &f):
	case errors.As(err, &shown) && shown.Kind == bedrail.Unavailable:
		f = no(http.StatusServiceUnavailable, "not now; try again later")
		t.w.Header().Set("Retry-After", "5")
		t.lobby.Failed(shown.Message)
	case errors.As(err, &shown) && shown.Kind == bedrail.NotFound:
		f = no(http.StatusNotFound, "there is no such instance")
	default:
		f = no(http.StatusInternalServerError, "internal error")
		t.lobby.Failed("a request failed inside: " + err.Error())
	}
	t.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	t.w.WriteHeader(f.status)
	if _, err := t.w.Write([]byte(f.text + "\n")); err != nil {
		t.lobby.Failed("an answer broke off")
	}
}

// address is where a thing is to be had.
func (t *turn) address(p place) string {
	scheme := "http"
	if t.r.TLS != nil {
		scheme = "https"
	}
	at := scheme + "://" + t.r.Host + t.settings.Base + "/studies/" + p.study
	if p.series != "" {
		at += "/series/" + p.series
	}
	if p.instance != "" {
		at += "/instances/" + p.instance
	}
	return at
}
