// Package web is the door for people: the screens, which a browser loads once
// and which then ask package api for everything, and the few pages that must
// work without them.
package web

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"bedrail/door"
)

// dist holds the screens as they were built; without Node only the placeholder
// is there, and the rest of the product works all the same.
//
//go:embed all:dist
var dist embed.FS

//go:embed page.html problems.html paper.html emergency.html unit.html card.html docs.html
var pages embed.FS

// Places in the built index page that are filled in for each request, and once.
const (
	noncePlace = "__CSP_NONCE__"
	rootPlace  = `<div id="root"></div>`
)

// waiting stands where the screens will be. Whoever still sees it after some
// seconds sees that they failed to load, and what to do.
const waiting = `<div id="root"><main><h1>Bedrail</h1><p>The screens are being loaded. If this stays, they failed to load: ` +
	`reload the page; if that does not help, the command line and the API work without them, and <a href="/livez">/livez</a> says whether the server does.</p></main></div>`

// A Site serves the screens.
type Site struct {
	files fs.FS
	index []byte // nil when the screens are not built in
	pages *template.Template

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
	own, err := template.New("").Funcs(paperWords()).ParseFS(pages, "*.html")
	if err != nil {
		return nil, err
	}
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		index = nil
	}
	index = bytes.Replace(index, []byte(rootPlace), []byte(waiting), 1)
	return &Site{files: files, index: index, pages: own}, nil
}

// Built reports whether the screens are built in.
func (s *Site) Built() bool { return len(s.index) > 0 }

// ServeHTTP answers with a file of the screens, or with the page that loads
// them: which screen an address means the browser finds out.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.say(w, r, http.StatusMethodNotAllowed, "This page can only be read", "Go back and try again.")
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
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
		s.say(w, r, http.StatusNotFound, "There is no such page", "The address may be mistyped, or the page belongs to another version. Start again from the first page.")
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeFileFS(w, r, s.files, name)
}

func (s *Site) serveIndex(w http.ResponseWriter, r *http.Request) {
	if !s.Built() {
		s.say(w, r, http.StatusOK, "Bedrail is running, without its screens",
			"This program was built without them. Build it with \"make build\", or use the command line and the API: /api/openapi.json lists what it can do.")
		return
	}
	nonce := door.CallerOf(r.Context()).Nonce
	setPolicy(w.Header(), nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(bytes.ReplaceAll(s.index, []byte(noncePlace), []byte(nonce)))
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

// say writes a page that works without scripts.
func (s *Site) say(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	c := door.CallerOf(r.Context())
	setPolicy(w.Header(), c.Nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	s.pages.ExecuteTemplate(w, "page.html", struct{ Title, Text, Nonce, TraceID string }{title, text, c.Nonce, c.TraceID})
}

// explain writes the page that the type of a problem points to.
func (s *Site) explain(w http.ResponseWriter, r *http.Request) {
	nonce := door.CallerOf(r.Context()).Nonce
	setPolicy(w.Header(), nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	s.pages.ExecuteTemplate(w, "problems.html", struct{ Nonce string }{nonce})
}
