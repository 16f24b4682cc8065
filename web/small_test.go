package web

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"bedrail/door"
)

func TestFilesAreSentSmall(t *testing.T) {
	text := strings.Repeat("export const bed = 1;\n", 200)
	s, err := newSite(fstest.MapFS{
		"index.html":       {Data: []byte(`<div id="root"></div>`)},
		"assets/a-1.js":    {Data: []byte(text)},
		"assets/a-1.woff2": {Data: []byte(text)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		method, path, accept, span string
		small                      bool
		status                     int
	}{
		"a browser":               {"GET", "/assets/a-1.js", "gzip, deflate, br", "", true, 200},
		"once more":               {"GET", "/assets/a-1.js", "br;q=1.0, GZIP;q=0.5", "", true, 200},
		"only its head":           {"HEAD", "/assets/a-1.js", "gzip", "", true, 200},
		"a plain client":          {"GET", "/assets/a-1.js", "", "", false, 200},
		"who refuses it":          {"GET", "/assets/a-1.js", "gzip;q=0, br", "", false, 200},
		"whose weight is no word": {"GET", "/assets/a-1.js", "gzip;q=x", "", false, 200},
		"a part":                  {"GET", "/assets/a-1.js", "gzip", "bytes=0-5", false, 206},
		"a font":                  {"GET", "/assets/a-1.woff2", "gzip", "", false, 200},
		"what is not there":       {"GET", "/assets/b-1.js", "gzip", "", false, 404},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.path, nil)
			r.Header.Set("Accept-Encoding", c.accept)
			if c.span != "" {
				r.Header.Set("Range", c.span)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r.WithContext(door.WithCaller(r.Context(), door.Caller{})))
			if w.Code != c.status || (w.Header().Get("Content-Encoding") == "gzip") != c.small {
				t.Fatalf("%d, encoding %q", w.Code, w.Header().Get("Content-Encoding"))
			}
			if strings.HasSuffix(c.path, "a-1.js") && (w.Header().Get("Vary") != "Accept-Encoding" || !strings.Contains(w.Header().Get("Content-Type"), "javascript")) {
				t.Errorf("Vary %q, type %q", w.Header().Get("Vary"), w.Header().Get("Content-Type"))
			}
			if !c.small || c.method == "HEAD" {
				return
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(z); err != nil || string(got) != text {
				t.Errorf("%d bytes came back, %v", len(got), err)
			}
		})
	}
}
