package web

import (
	"bytes"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"bedrail"
	"bedrail/access"
	"bedrail/door"
)

// mostToSignIn bounds what a form may send: a name, a password and a code.
const mostToSignIn = 8 << 10

// A signInForm is what the page says that asks who somebody is.
type signInForm struct {
	Action, Name, Said, Nonce, TraceID string
	Tongues                            []tongueLink
}

// pageAddress is the page that r asks for. name is clean and one of the pages
// without scripts, so it leads nowhere else whatever the request looked like.
func pageAddress(r *http.Request, name string) string {
	u := url.URL{Path: "/" + name, RawQuery: r.URL.Query().Encode()}
	return u.String()
}

// askWho shows the form to whoever is not signed in, with what was said of the
// last attempt, and with the name that was typed: never more of it.
func (s *Site) askWho(w http.ResponseWriter, r *http.Request, name string, status int, said, typed string) {
	c, t := door.CallerOf(r.Context()), s.in(r)
	var page bytes.Buffer
	err := t.pages.ExecuteTemplate(&page, "signin.html", signInForm{Action: pageAddress(r, name), Name: typed, Said: said, Nonce: c.Nonce, TraceID: c.TraceID, Tongues: otherTongues(r, t)})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	setPolicy(w.Header(), c.Nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

// notReady answers somebody who may not see the page yet, as err says.
func (s *Site) notReady(w http.ResponseWriter, r *http.Request, name string, err error) {
	switch {
	case errors.Is(err, access.ErrMustChange), errors.Is(err, access.ErrMustEnrol):
		s.say(w, r, http.StatusForbidden, "refuse.unfinished", "")
	case errors.Is(err, access.ErrUnauthenticated):
		s.askWho(w, r, name, http.StatusUnauthorized, "", "")
	default:
		s.refuse(w, r, err)
	}
}

// signIn takes the form and leads back to the page that showed it.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request, name string) {
	// The guard lets pass what has neither header, for programs; a browser
	// sends one with every form.
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		s.say(w, r, http.StatusForbidden, "refuse.foreign", "")
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		s.say(w, r, http.StatusUnsupportedMediaType, "refuse.invalid", s.in(r).say("signIn.unread"))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostToSignIn)
	err := r.ParseForm()
	// Only what the body holds: what stands in an address is kept by others.
	typed, password, code := r.PostForm.Get("username"), r.PostForm.Get("password"), r.PostForm.Get("code")
	if err != nil || len(typed) > 200 || len(password) > 1024 || len(code) > 20 {
		s.say(w, r, http.StatusBadRequest, "refuse.invalid", s.in(r).say("signIn.unread"))
		return
	}
	account, err := s.records.Login(r.Context(), access.Attempt{Name: typed, Password: password, Code: code, From: door.CallerOf(r.Context()).From})
	if err != nil {
		s.notIn(w, r, name, typed, code != "", err)
		return
	}
	http.SetCookie(w, s.records.Cookies.Session(account.Secret, account.Session.ExpiresAt))
	w.Header().Set("Location", pageAddress(r, name))
	w.WriteHeader(http.StatusSeeOther)
}

// notIn says why an attempt did not get in, in the words of the screens.
func (s *Site) notIn(w http.ResponseWriter, r *http.Request, name, typed string, withCode bool, err error) {
	t := s.in(r)
	var many access.TooMany
	var shown *bedrail.Error
	switch {
	case errors.As(err, &many):
		wait := strconv.Itoa(int(many.Wait.Seconds()) + 1)
		w.Header().Set("Retry-After", wait)
		s.askWho(w, r, name, http.StatusTooManyRequests, t.say("signIn.tooMany", "n", wait), typed)
	case errors.Is(err, access.ErrSecondFactor) && withCode:
		s.askWho(w, r, name, http.StatusUnauthorized, t.name("login", "wrongCode")+" "+t.say("signIn.again"), typed)
	case errors.Is(err, access.ErrSecondFactor):
		s.askWho(w, r, name, http.StatusUnauthorized, t.name("login", "codeText")+" "+t.say("signIn.again"), typed)
	case errors.Is(err, access.ErrUnauthenticated):
		s.askWho(w, r, name, http.StatusUnauthorized, t.name("login", "wrong"), typed)
	case bedrail.KindOf(err) == bedrail.Unavailable && errors.As(err, &shown):
		// A session is written down, so nobody new gets one now.
		s.askWho(w, r, name, http.StatusServiceUnavailable, t.say("signIn.unkept", "why", shown.Message), typed)
	default:
		s.refuse(w, r, err)
	}
}

// failed writes to the log what the page does not tell.
func (s *Site) failed(r *http.Request, err error) {
	if s.records != nil && s.records.Log != nil {
		s.records.Log.ErrorContext(r.Context(), "a page failed", slog.String("traceId", door.CallerOf(r.Context()).TraceID), slog.Any("error", err))
	}
}
