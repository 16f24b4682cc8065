package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"bedrail/door"
)

func get(t *testing.T, s *Site, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r.WithContext(door.WithCaller(r.Context(), door.Caller{Nonce: "n0nce", TraceID: "7race"})))
	return w
}

func TestScreens(t *testing.T) {
	built, err := newSite(fstest.MapFS{
		"index.html":        {Data: []byte(`<html><meta name="csp-nonce" content="__CSP_NONCE__" /><div id="root"></div></html>`)},
		"assets/main-1a.js": {Data: []byte("export {}")},
		"placeholder.html":  {Data: []byte("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	bare, err := newSite(fstest.MapFS{"placeholder.html": {Data: []byte("x")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		site         *Site
		method, path string
		status       int
		holds, cache string
	}{
		"the first page carries the nonce":                  {built, "GET", "/", 200, `content="n0nce"`, ""},
		"a screen's address loads the same page":            {built, "GET", "/devices/dev_1", 200, `content="n0nce"`, ""},
		"until the screens run, the page says what to do":   {built, "GET", "/", 200, "failed to load", ""},
		"a file with a hash in its name is kept for ever":   {built, "GET", "/assets/main-1a.js", 200, "export", "immutable"},
		"a file that is not there is no screen":             {built, "GET", "/assets/old.js", 404, "no such page", ""},
		"nor is one that looks like a file":                 {built, "GET", "/favicon.ico", 404, "no such page", ""},
		"the way up does not lead out":                      {built, "GET", "/assets/../../web.go", 404, "no such page", ""},
		"a page is not written to":                          {built, "POST", "/devices", 405, "only be read", ""},
		"without the screens a page says so":                {bare, "GET", "/", 200, "without its screens", ""},
		"the placeholder is for the build and nobody else":  {built, "GET", "/placeholder.html", 404, "no such page", ""},
		"problems are explained where their type points to": {bare, "GET", "/docs/problems", 200, `id="second-factor-required"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, c.site, c.method, c.path)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) || !strings.Contains(w.Header().Get("Cache-Control"), c.cache) {
				t.Errorf("got %d %s %q", w.Code, w.Header().Get("Cache-Control"), w.Body)
			}
			if policy := w.Header().Get("Content-Security-Policy"); strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && !strings.Contains(policy, "'nonce-n0nce'") {
				t.Errorf("policy %q", policy)
			}
		})
	}
}

func TestThisProgramHasWhatItServes(t *testing.T) {
	s, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := get(t, s, "GET", "/"); w.Code != 200 {
		t.Errorf("got %d", w.Code)
	}
}
