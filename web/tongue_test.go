package web

import (
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Every language has every word of the pages, with the same values in it, and
// the pages use no other.
func TestThePagesHaveTheirWordsInEveryLanguage(t *testing.T) {
	value := regexp.MustCompile(`\{\w+\}`)
	values := func(text string) []string {
		all := value.FindAllString(text, -1)
		slices.Sort(all)
		return all
	}
	catalogues := map[string]map[string]string{}
	for _, n := range tongueNames {
		text, err := words.ReadFile("words/" + n.code + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var c map[string]string
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", n.code, err)
		}
		catalogues[n.code] = c
	}
	en := catalogues["en"]
	for code, c := range catalogues {
		for key, text := range en {
			if c[key] == "" || !slices.Equal(values(c[key]), values(text)) {
				t.Errorf("%s: %s is %q, in English %q", code, key, c[key], text)
			}
		}
		if len(c) != len(en) {
			t.Errorf("%s has %d words, English %d", code, len(c), len(en))
		}
	}
	used := regexp.MustCompile(`\bt "([\w.]+)"`)
	names, err := fs.Glob(pages, "*.html")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := pages.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllSubmatch(text, -1) {
			if en[string(m[1])] == "" {
				t.Errorf("%s says %s, which no language has", name, m[1])
			}
		}
	}
}

func TestAPageSpeaksTheLanguageThatIsAskedFor(t *testing.T) {
	s, err := newSite(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ query, accepts, want string }{
		"nothing asked":               {"", "", "en"},
		"what the browser likes best": {"", "de-AT,de;q=0.9,en;q=0.5", "de"},
		"by weight, not by place":     {"", "fr;q=0.2,es;q=0.8", "es"},
		"none of ours":                {"", "ja,zh;q=0.5", "en"},
		"ours after others":           {"", "ja,fr;q=0.5", "fr"},
		"a link goes before":          {"?lang=fr", "de", "fr"},
		"a link to what is not there": {"?lang=../de", "de", "de"},
		"not a header":                {"", "\x00;;;q=", "en"},
		"too long a header":           {"", strings.Repeat("de,", 400), "en"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/nowhere.x"+c.query, nil)
			r.Header.Set("Accept-Language", c.accepts)
			if got := s.in(r); got.code != c.want {
				t.Errorf("got %s, want %s", got.code, c.want)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if body := w.Body.String(); !strings.Contains(body, `<html lang="`+c.want+`">`) || w.Header().Get("Vary") != "Accept-Language" {
				t.Errorf("got %v %s", w.Header(), body)
			}
		})
	}
}
