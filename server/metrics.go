package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"bedrail"
	"bedrail/desk"
	"bedrail/exchange"
)

// Metrics are the figures that monitoring collects. No label of them names a
// device, an address or a person.
type Metrics struct {
	Registry *prometheus.Registry
	handler  http.Handler
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec

	messages  *prometheus.CounterVec
	accepting *prometheus.HistogramVec
	sent      *prometheus.CounterVec
	sending   *prometheus.HistogramVec
	letters   *prometheus.CounterVec
}

func newMetrics(s *Server) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bedrail_http_requests_total", Help: "Requests answered."}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bedrail_http_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .005, .02, .1, .3, 1, 5, 30}}, []string{"route"}),
	}
	m.messages = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bedrail_messages_total", Help: "Messages kept, by channel and what became of them then."}, []string{"channel", "state"})
	m.accepting = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bedrail_message_accept_seconds", Help: "Time from the last byte of a message until it was kept and flushed.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .1, .5, 2}}, []string{"channel"})
	m.sent = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bedrail_deliveries_total", Help: "Attempts to deliver, by destination and whether they arrived."}, []string{"channel", "destination", "arrived"})
	m.sending = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bedrail_delivery_seconds", Help: "Time of one attempt to deliver.",
		Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 30}}, []string{"channel", "destination"})
	m.letters = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bedrail_notice_letters_total", Help: "Tries to carry a notice out of the house, by way and what became of the letter: sent, waiting, dead."}, []string{"way", "state"})
	m.Registry.MustRegister(m.messages, m.accepting, m.sent, m.sending, m.letters)
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

// carried counts a try to carry a notice out.
func (m *Metrics) carried(way desk.Way, state desk.LetterState) {
	m.letters.WithLabelValues(string(way), string(state)).Inc()
}

// received counts a message that was kept.
func (m *Metrics) received(channel string, state exchange.State, took time.Duration) {
	m.messages.WithLabelValues(channel, string(state)).Inc()
	m.accepting.WithLabelValues(channel).Observe(took.Seconds())
}

// delivered counts an attempt to deliver.
func (m *Metrics) delivered(channel, destination string, arrived bool, took time.Duration) {
	m.sent.WithLabelValues(channel, destination, strconv.FormatBool(arrived)).Inc()
	m.sending.WithLabelValues(channel, destination).Observe(took.Seconds())
}

// backlogs says what waits, as the outbox has it.
type backlogs struct {
	exchange *exchange.Exchange
	clock    bedrail.Clock
}

func (backlogs) descriptions() (queued, oldest *prometheus.Desc) {
	labels := []string{"channel", "destination"}
	return prometheus.NewDesc("bedrail_queued_messages", "Messages that wait for a destination.", labels, nil),
		prometheus.NewDesc("bedrail_queued_oldest_seconds", "Age of the oldest message that waits for a destination.", labels, nil)
}

// Describe implements prometheus.Collector.
func (b backlogs) Describe(c chan<- *prometheus.Desc) {
	queued, oldest := b.descriptions()
	c <- queued
	c <- oldest
}

// Collect implements prometheus.Collector.
func (b backlogs) Collect(c chan<- prometheus.Metric) {
	queued, oldest := b.descriptions()
	waiting, err := b.exchange.Waiting(context.Background())
	if err != nil {
		c <- prometheus.NewInvalidMetric(queued, err)
		return
	}
	for _, w := range waiting {
		c <- prometheus.MustNewConstMetric(queued, prometheus.GaugeValue, float64(w.Queued), w.Channel, w.Destination)
		c <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, max(b.clock.Now().Sub(w.Oldest).Seconds(), 0), w.Channel, w.Destination)
	}
}
