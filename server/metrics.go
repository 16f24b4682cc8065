package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the figures that monitoring collects. No label of them names a
// device, an address or a person.
type Metrics struct {
	Registry *prometheus.Registry
	handler  http.Handler
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(s *Server) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bedrail_http_requests_total", Help: "Requests answered."}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bedrail_http_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .005, .02, .1, .3, 1, 5, 30}}, []string{"route"}),
	}
	build := Version()
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "bedrail_build_info", Help: "Always 1; the labels say which Bedrail this is.",
		ConstLabels: prometheus.Labels{"version": build.Version, "go": build.Go}})
	info.Set(1)
	m.Registry.MustRegister(m.requests, m.seconds, info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("bedrail_disk_free_bytes", "Bytes free on the disk of the data folder.", func() float64 { return float64(s.disk().Free) }),
		gauge("bedrail_store_bytes", "Bytes of the store's files; 0 for PostgreSQL.", func() float64 { return float64(s.storeBytes()) }),
		gauge("bedrail_store_read_only", "1 while nothing can be changed.", func() float64 {
			if _, refused := s.DB.ReadOnly(); refused {
				return 1
			}
			return 0
		}))
	m.handler = promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{})
	return m
}

func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
}

func (m *Metrics) request(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}
