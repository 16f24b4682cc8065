package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A maintenance is a made-up maintenance system: it is away for its first two
// calls, and then keeps each thing once by its key.
type maintenance struct {
	*httptest.Server

	mu    sync.Mutex // guards what follows
	calls int
	kept  map[string]string // by idempotency key
	heard []string
}

func newMaintenance(t *testing.T) *maintenance {
	m := &maintenance{kept: map[string]string{}}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.calls++; m.calls <= 2 {
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		key := r.Header.Get("Idempotency-Key")
		if key == "" || m.kept[key] != "" {
			w.WriteHeader(http.StatusConflict)
			return
		}
		if strings.Contains(r.URL.Path, "CE-REFUSED") {
			http.Error(w, "no such asset", http.StatusNotFound)
			return
		}
		line := fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, body)
		m.kept[key] = line
		m.heard = append(m.heard, line)
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *maintenance) has(text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Contains(strings.Join(m.heard, "\n"), text)
}

// listens reads `NAME contains "..."`: what a maintenance system was told.
func (j *journey) listens(rest string) {
	j.t.Helper()
	name, claim, _ := strings.Cut(rest, " ")
	want := strings.Trim(strings.TrimPrefix(claim, "contains "), `"`)
	m := j.systems[name]
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if m != nil && m.has(want) {
			return
		}
		if m == nil || time.Now().After(deadline) {
			j.failf("%s was not told %s", name, want)
			return
		}
	}
}

// columns looks at what the columns of a list seem to hold.
func (j *journey) columns(rest string) {
	j.t.Helper()
	kind, file, _ := strings.Cut(rest, " ")
	body := openFile(j.t, filepath.Join("testdata", file))
	q := url.Values{"kind": {kind}, "name": {filepath.Base(file)}}
	req, err := http.NewRequestWithContext(j.t.Context(), http.MethodPost, j.server.URL()+"/api/v1/imports/columns?"+q.Encode(), body)
	if err != nil {
		j.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	j.ask = ""
	j.send(req)
}
