// Package web is the door for people: the screens, which a browser loads once
// and which then ask package api for everything, and the few pages that must
// work without them.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"bedrail/door"
)

// dist holds the screens as they were built; without Node only the placeholder
// is there, and the rest of the product works all the same.
//
//go:embed all:dist
var dist embed.FS

//go:embed page.html signin.html problems.html paper.html emergency.html unit.html card.html docs.html
var pages embed.FS

// Places in the built index page that are filled in for each request, and once.
const (
	noncePlace = "__CSP_NONCE__"
	rootPlace  = `<div id="root"></div>`
)

// waiting stands where the screens will be. Whoever still sees it after some
// seconds sees that they failed to load, and what to do.
func (t *tongue) waiting() string {
	return `<div id="root"><main lang="` + t.code + `"><h1>Bedrail</h1><p>` + t.say("waiting", "livez", `<a href="/livez">/livez</a>`) + `</p></main></div>`
}

// A Site serves the screens.
type Site struct {
	files   fs.FS
	small   sync.Map // name of a file -> its bytes in gzip
	index   []byte   // nil when the screens are not built in
	tongues []*tongue
	match   language.Matcher

	records *Records // nil serves the screens alone
}

// New reads the screens that are built in. Of records it makes the pages that
// work without them; nil leaves those out.
func New(records *Records) (*Site, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	s, err := newSite(files)
	if err == nil {
		s.records = records
	}
	return s, err
}

func newSite(files fs.FS) (*Site, error) {
	tongues, err := readTongues()
	if err != nil {
		return nil, err
	}
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		index = nil
	}
	return &Site{files: files, index: index, tongues: tongues, match: newMatcher()}, nil
}

// Built reports whether the screens are built in.
func (s *Site) Built() bool { return len(s.index) > 0 }

// ServeHTTP answers with a file of the screens, or with the page that loads
// them: which screen an address means the browser finds out.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if r.Method == http.MethodPost && s.servePaper(w, r, name) {
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.say(w, r, http.StatusMethodNotAllowed, "refuse.onlyRead", "")
		return
	}
	if name == "docs" || strings.HasPrefix(name, "docs/") && name != "docs/problems" {
		s.serveDocs(w, r, name)
		return
	}
	if strings.HasPrefix(name, "assets/") || path.Ext(name) != "" && name != "index.html" {
		s.serveFile(w, r, name)
		return
	}
	if s.servePaper(w, r, name) {
		return
	}
	if name == "docs/problems" {
		s.explain(w, r)
		return
	}
	s.serveIndex(w, r)
}

// serveFile sends a file. Those under assets have a hash of their content in
// the name and never change.
func (s *Site) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	info, err := fs.Stat(s.files, name)
	if err != nil || info.IsDir() || name == "placeholder.html" {
		s.say(w, r, http.StatusNotFound, "refuse.noPage", "")
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if s.serveSmall(w, r, name) {
		return
	}
	http.ServeFileFS(w, r, s.files, name)
}

func (s *Site) serveIndex(w http.ResponseWriter, r *http.Request) {
	if !s.Built() {
		s.say(w, r, http.StatusOK, "refuse.noScreens", "")
		return
	}
	nonce := door.CallerOf(r.Context()).Nonce
	setPolicy(w.Header(), nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	index := bytes.Replace(s.index, []byte(rootPlace), []byte(s.in(r).waiting()), 1)
	w.Write(bytes.ReplaceAll(index, []byte(noncePlace), []byte(nonce)))
}

// setPolicy says what the screens may do: load what this server sends and
// nothing else. Styles that the components make at run time carry the nonce,
// which is another one for each request.
func setPolicy(h http.Header, nonce string) {
	h.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self' 'nonce-" + nonce + "'", "img-src 'self' data: blob:", "font-src 'self'",
		"connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
	}, "; "))
}

// say writes a page that works without scripts: the title of a key, and text,
// or where that is empty the text of the key.
func (s *Site) say(w http.ResponseWriter, r *http.Request, status int, key, text string) {
	c, t := door.CallerOf(r.Context()), s.in(r)
	setPolicy(w.Header(), c.Nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	if text == "" {
		text = t.say(key + "Text")
	}
	t.pages.ExecuteTemplate(w, "page.html", struct{ Title, Text, Nonce, TraceID string }{t.say(key), text, c.Nonce, c.TraceID})
}

// explain writes the page that the type of a problem points to.
func (s *Site) explain(w http.ResponseWriter, r *http.Request) {
	nonce := door.CallerOf(r.Context()).Nonce
	setPolicy(w.Header(), nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	s.in(r).pages.ExecuteTemplate(w, "problems.html", struct{ Nonce string }{nonce})
}
