package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"bedrail"
)

// checkTime bounds one check.
const checkTime = 2 * time.Second

// Health knows what must hold for Bedrail to take work. Its zero value is
// ready.
type Health struct {
	mu       sync.Mutex // guards what follows
	checks   []check
	stopping bool
}

type check struct {
	name string
	run  func(ctx context.Context) error
}

// Add adds something that must hold.
func (h *Health) Add(name string, run func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, check{name, run})
}

// Stop says from now on that no new work is taken.
func (h *Health) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
}

// A Finding is how one check went.
type Finding struct {
	Name   string
	Detail string // what is wrong, for people; empty when all is well
}

// Look runs every check.
func (h *Health) Look(ctx context.Context) (findings []Finding, ready bool) {
	h.mu.Lock()
	checks, stopping := h.checks, h.stopping
	h.mu.Unlock()
	ready = !stopping
	if stopping {
		findings = append(findings, Finding{"running", "the server is stopping"})
	}
	for _, c := range checks {
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		err := c.run(ctx)
		cancel()
		findings = append(findings, Finding{c.name, wrong(err)})
		ready = ready && err == nil
	}
	return findings, ready
}

// wrong is what of err anybody may see.
func wrong(err error) string {
	var shown *bedrail.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &shown):
		return shown.Message
	}
	return "it does not work; the log says why"
}

// serveReady answers /readyz: 200 when work is taken, else 503. With ?verbose
// it says how each check went.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	findings, ready := s.Health.Look(r.Context())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	var b strings.Builder
	for _, f := range findings {
		switch {
		case f.Detail != "":
			fmt.Fprintf(&b, "[-] %s: %s\n", f.Name, f.Detail)
		case r.URL.Query().Has("verbose"):
			fmt.Fprintf(&b, "[+] %s: ok\n", f.Name)
		}
	}
	if ready {
		b.WriteString("ready\n")
	} else {
		w.WriteHeader(http.StatusServiceUnavailable)
		b.WriteString("not ready\n")
	}
	w.Write([]byte(b.String()))
}

func serveLive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("alive\n"))
}
