package server

import (
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"bedrail"
	"bedrail/access"
	"bedrail/door"
	"bedrail/web"
)

// Handler returns everything that is served over HTTP, behind the guard.
func (s *Server) Handler() (http.Handler, error) {
	site, err := web.New(&web.Records{Assets: s.Assets, Exposed: s.Board.Summary, Clock: s.Clock, Site: s.Config.Site, Demo: s.Config.Demo, TLS: s.Config.TLS != "", ReadOnly: s.DB.ReadOnly,
		Login: s.Access.Login, Cookies: s.API.Cookies, Log: s.Log})
	if err != nil {
		return nil, err
	}
	mux := chi.NewMux()
	mux.Use(s.measure)
	mux.Get("/livez", serveLive)
	mux.Get("/readyz", s.serveReady)
	mux.Get("/metrics", s.serveMetrics)
	mux.Handle("/api/*", s.API.Handler())
	mux.Handle("/*", site)
	guard := &door.Guard{Access: s.Access, Cookies: s.API.Cookies, Tenant: s.Config.Tenant, Log: s.Log, Clock: s.Clock,
		Requests: &access.Limiter{Burst: s.Config.RequestBurst, Every: s.Config.RequestsEvery, Clock: s.Clock},
		Streams:  func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/v1/imports") }}
	return guard.Wrap(mux), nil
}

// measure counts requests by route, never by address or query: those may say
// who was looked at.
func (s *Server) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r, span := s.traceRequest(r)
		next.ServeHTTP(ww, r)
		route := "other"
		if c := chi.RouteContext(r.Context()); c != nil && len(c.RoutePatterns) > 0 {
			route = c.RoutePatterns[len(c.RoutePatterns)-1]
		}
		took := time.Since(began)
		endRequest(span, r.Method, route, ww.Status())
		s.Metrics.request(r.Method, route, ww.Status(), took)
		s.Log.DebugContext(r.Context(), "request", "method", r.Method, "route", route, "status", ww.Status(), "ms", took.Milliseconds(),
			"traceId", door.CallerOf(r.Context()).TraceID)
	})
}

// serveMetrics answers this machine, and from elsewhere whoever may see how
// Bedrail is doing.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	c := door.CallerOf(r.Context())
	if ip := net.ParseIP(c.From); ip == nil || !ip.IsLoopback() {
		err := c.Ready()
		if err == nil {
			err = s.Policy.Authorize(r.Context(), c.Actor, SystemRead, bedrail.Resource{Type: "system"})
		}
		if err != nil {
			http.Error(w, "metrics from another machine need a token of a role that may read the system", http.StatusForbidden)
			return
		}
	}
	s.Metrics.handler.ServeHTTP(w, r)
}
