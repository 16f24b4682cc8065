package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"bedrail"
)

func TestWhatGoesIsAnnounced(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	mux := chi.NewMux()
	mux.Use(versionHeader)
	a := &API{Clock: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil)), huma: humachi.New(mux, huma.DefaultConfig("t", "1"))}
	ends := &ending{Since: now, Gone: now.AddDate(0, 6, 0)}
	serve(a, route{Method: http.MethodGet, Path: "/old", ID: "get-old", Open: true, Ends: ends},
		func(context.Context, bedrail.Actor, *struct{}) (struct{}, error) { return struct{}{}, nil })
	ask := func() http.Header {
		t.Helper()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/old", nil))
		if w.Code != 200 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		return w.Header()
	}
	h := ask()
	ask()
	for name, want := range map[string]string{"Deprecation": "@1772438400", "Sunset": "Wed, 02 Sep 2026 08:00:00 GMT", "Link": `</docs/manual/api-stability>; rel="deprecation"`, "Bedrail-Api-Version": apiVersion} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !a.huma.OpenAPI().Paths["/api/v1/old"].Get.Deprecated {
		t.Error("the document does not say so")
	}
	if n := strings.Count(log.String(), "get-old"); n != 1 {
		t.Errorf("the log says it %d times within a day: %s", n, &log)
	}
	now = now.Add(25 * time.Hour)
	ask()
	if n := strings.Count(log.String(), "get-old"); n != 2 {
		t.Errorf("after a day the log says it %d times", n)
	}
}
