package web_test

import (
	"html"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedrail/docs"
	"bedrail/web"
)

func docsSite(t *testing.T) func(address string) (int, string, string) {
	t.Helper()
	site, err := web.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(address string) (int, string, string) {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		return w.Code, w.Body.String(), w.Header().Get("Content-Security-Policy")
	}
}

func TestEveryPageOfTheManualIsInItsContents(t *testing.T) {
	var listed []string
	for _, s := range docs.Contents() {
		listed = append(listed, s.Pages...)
	}
	err := fs.WalkDir(docs.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".md" && !slices.Contains(listed, strings.TrimSuffix(name, ".md")) {
			t.Errorf("%s is in no section of docs.Contents", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	linkForm = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	idForm   = regexp.MustCompile(` id="([^"]*)"`)
)

// TestNoLinkOfTheManualIsDead follows each link within the manual, to the very
// heading. Links elsewhere must at least be addresses.
func TestNoLinkOfTheManualIsDead(t *testing.T) {
	get := docsSite(t)
	pages := map[string]string{}
	page := func(address string) string {
		if _, ok := pages[address]; !ok {
			code, body, _ := get(address)
			if code != 200 {
				body = ""
			}
			pages[address] = body
		}
		return pages[address]
	}
	links := 0
	for _, s := range docs.Contents() {
		for _, name := range s.Pages {
			body := page("/docs/" + name)
			if body == "" {
				t.Errorf("%s is not served", name)
			}
			_, body, _ = strings.Cut(body, "<main")
			for _, m := range linkForm.FindAllStringSubmatch(body, -1) {
				links++
				to, err := url.Parse(html.UnescapeString(m[1]))
				switch {
				case err != nil:
					t.Errorf("%s: %q is no address", name, m[1])
					continue
				case to.Scheme != "":
					if to.Scheme != "https" && to.Scheme != "http" && to.Scheme != "mailto" {
						t.Errorf("%s links to %q", name, m[1])
					}
					continue
				case to.Path == "":
					to.Path = "/docs/" + name
				case !strings.HasPrefix(to.Path, "/docs"):
					if path.Ext(to.Path) != "" || strings.Count(to.Path, "/") > 1 {
						t.Errorf("%s links to %s, which no server has", name, m[1])
					}
					continue
				}
				there := page(to.Path)
				if there == "" {
					t.Errorf("%s: the link %s is dead", name, m[1])
				} else if to.Fragment != "" && !slices.ContainsFunc(idForm.FindAllStringSubmatch(there, -1), func(id []string) bool { return id[1] == to.Fragment }) {
					t.Errorf("%s: %s has no heading %s", name, to.Path, to.Fragment)
				}
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d links were followed", links)
	}
}

func TestTheManualIsSearchedAndHoldsNoScript(t *testing.T) {
	get := docsSite(t)
	for _, s := range docs.Contents() {
		for _, name := range s.Pages {
			_, body, policy := get("/docs/" + name)
			if strings.Contains(body, "<script") || strings.Contains(body, " style=") || !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("%s holds a script or a style, or is sent without policy %q", name, policy)
			}
		}
	}
	_, body, _ := get("/docs/search?q=restore+keys")
	if !strings.Contains(body, `href="/docs/manual/backup`) {
		t.Errorf("the search does not find backups: %s", body[strings.Index(body, "<main"):])
	}
	_, body, _ = get("/docs/search?q=" + url.QueryEscape(`<script>alert(1)</script>`))
	if strings.Contains(body, "<script>alert") {
		t.Error("what is searched for is not escaped")
	}
	if code, _, _ := get("/docs/no/such"); code != 404 {
		t.Errorf("a page that is not there answers %d", code)
	}
	if code, body, _ := get("/docs/grafana/bedrail.json"); code != 200 || !strings.Contains(body, `"panels"`) {
		t.Errorf("the dashboard answers %d", code)
	}
}
