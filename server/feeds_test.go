package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/server"
)

func TestConfiguredFeedsAreFetchedAndTold(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/kev.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write([]byte(`{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2026-0001"}]}`))
	}))
	defer site.Close()
	h := startHouse(t, t.TempDir(), func(c *server.Config) {
		settings, err := server.Load(server.Sources{System: "/nowhere", Environ: func() []string { return nil },
			Flags: map[string]string{"feeds.sources": "exploited=" + site.URL + "/kev.json, gone=" + site.URL + "/gone.json", "feeds.staleAfter": "24h"}})
		if err != nil {
			t.Fatal(err)
		}
		if c.FeedSources, c.FeedStaleAfter = settings.FeedSources, settings.FeedStaleAfter; settings.FeedsEvery != 0 {
			t.Errorf("nothing is fetched unless somebody says how often; got every %v", settings.FeedsEvery)
		}
	})
	b := h.person("ana", bedrail.Grant{Role: "security-analyst"})
	b.want(200, `"missing":true`, "GET", "/feeds", nil)
	b.want(200, "the feed exploited is configured and was never fetched", "GET", "/summary", nil)
	b.want(200, `"name":"kev"`, "POST", "/feeds/exploited/sync", nil)
	text := b.want(200, "no recalls were imported", "GET", "/summary", nil)
	for _, gone := range []string{"the feed exploited is configured", "none can be marked as exploited"} {
		if strings.Contains(text, gone) {
			t.Errorf("the summary still says %q", gone)
		}
	}
	for _, part := range []string{`"coverage":{"packets":0,"dropped":0,"sensors":0}`, `"devices":{"total":0`, `"affected":0`} {
		if !strings.Contains(text, part) {
			t.Errorf("the summary lacks %s: %s", part, text)
		}
	}
	b.want(503, "cannot be fetched: the answer was 404", "POST", "/feeds/gone/sync", nil)
	b.want(200, "cannot be fetched", "GET", "/feeds", nil)
	b.want(200, `"problems":[{"file":"gone"`, "POST", "/feeds/sync", nil)
	viewer := h.person("vera", bedrail.Grant{Role: "viewer"})
	if code, _ := viewer.ask("POST", "/feeds/sync", nil); code != 403 {
		t.Errorf("a viewer fetches feeds: %d", code)
	}
}

func TestSettingsOfFeeds(t *testing.T) {
	load := func(key, value string) (server.Config, error) {
		return server.Load(server.Sources{System: "/nowhere", Environ: func() []string { return nil }, Flags: map[string]string{key: value}})
	}
	if c, err := load("feeds.every", "24h"); err != nil || c.FeedsEvery != 24*time.Hour {
		t.Errorf("got %v, %v", c.FeedsEvery, err)
	}
	for key, value := range map[string]string{"feeds.sources": "kev=ftp://x/y", "feeds.every": "soon", "feeds.staleAfter": "0s"} {
		if _, err := load(key, value); err == nil {
			t.Errorf("%s %s is taken", key, value)
		}
	}
}
