package server_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"bedrail"
	"bedrail/exchange"
	"bedrail/server"
)

// TestTracesNameRoutesAndNobody reads what a collector is sent: a request is
// in the trace that its answer names, and holds no address, query or person.
func TestTracesNameRoutesAndNobody(t *testing.T) {
	var mu sync.Mutex
	var got []*spans.Span
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		raw, _ := io.ReadAll(body)
		var in collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(raw, &in); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, r := range in.ResourceSpans {
			for _, s := range r.ScopeSpans {
				got = append(got, s.Spans...)
			}
		}
	}))
	defer far.Close()
	h := startHouse(t, t.TempDir(), func(c *server.Config) { c.TracesTo, c.TracesRatio = far.URL+"/v1/traces", 1 })
	who := h.person("m.doe", bedrail.Grant{Role: "viewer"})
	who.ask("GET", "/devices?filter=unit:SecretUnit", nil)
	trace := who.answers.Get("X-Trace-Id")
	who.header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	who.ask("GET", "/devices/dev_secret", nil)
	h.Exchange.Received("msg_1", "icu", exchange.State("pending"), 0)
	h.Exchange.Sent("msg_1", "icu", "ehr", true, 0)
	h.stop() // sends what waits
	mu.Lock()
	defer mu.Unlock()
	found := map[string]string{}
	sum := sha256.Sum256([]byte("msg_1"))
	for _, s := range got {
		found[hex.EncodeToString(s.TraceId)] += s.Name + "; "
		for _, secret := range []string{"SecretUnit", "dev_secret", "m.doe"} {
			if strings.Contains(s.String(), secret) {
				t.Errorf("the span %s holds %q", s.Name, secret)
			}
		}
	}
	for id, want := range map[string]string{
		trace:                              "GET /api/v1/devices; ",
		"4bf92f3577b34da6a3ce929d0e0e4736": "GET /api/v1/devices/{id}; ",
		hex.EncodeToString(sum[:16]):       "message accept; message deliver; ",
	} {
		if found[id] != want {
			t.Errorf("the trace %s holds %q, want %q; all are %v", id, found[id], want, found)
		}
	}
}

func TestWithoutACollectorNothingIsSent(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	who := h.person("m.doe", bedrail.Grant{Role: "viewer"})
	if code, _ := who.ask("GET", "/devices", nil); code != 200 || who.answers.Get("X-Trace-Id") == "" {
		t.Errorf("got %d, trace %q", code, who.answers.Get("X-Trace-Id"))
	}
}
