package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"bedrail/door"
	"bedrail/exchange"
	"bedrail/job"
)

// openTraces makes what notes how long things took, for an OpenTelemetry
// collector. Without one, noting costs nothing and nothing leaves the house.
//
// A span names a route, a kind of job or a channel. It never names what was
// asked for, a device, an address, a person or a patient.
func (s *Server) openTraces(ctx context.Context) error {
	s.tracer = noop.NewTracerProvider().Tracer("bedrail")
	if s.Config.TracesTo == "" {
		return nil
	}
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(s.Config.TracesTo), otlptracehttp.WithProxy(func(*http.Request) (*url.URL, error) { return nil, nil }))
	if err != nil {
		return err
	}
	what := resource.NewSchemaless(attribute.String("service.name", "bedrail"), attribute.String("service.version", Version().Version),
		attribute.String("service.instance.id", s.Config.Site))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(&loggedExporter{out, s.Log}), sdk.WithResource(what), sdk.WithIDGenerator(ownIDs{}),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(s.Config.TracesRatio))))
	s.tracer = provider.Tracer("bedrail")
	s.closers = append(s.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return provider.Shutdown(ctx)
	})
	return nil
}

// A loggedExporter says in our log what the library would say in its own.
type loggedExporter struct {
	sdk.SpanExporter
	log *slog.Logger
}

// ExportSpans implements sdk.SpanExporter. Spans that could not be sent are
// gone: they are a help and no record.
func (e *loggedExporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil && !errors.Is(err, context.Canceled) {
		e.log.WarnContext(ctx, "traces were not taken by traces.endpoint", "spans", len(spans), "error", err)
	}
	return nil
}

// wanted is the key of the trace id that a context asks for.
type wanted struct{}

// ownIDs gives a trace the id that is already shown to whoever asked, or that
// follows from the message it is about.
type ownIDs struct{}

// NewIDs implements sdk.IDGenerator.
func (g ownIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if id, ok := ctx.Value(wanted{}).(trace.TraceID); ok && id.IsValid() {
		return id, g.NewSpanID(ctx, id)
	}
	var id trace.TraceID
	rand.Read(id[:])
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID implements sdk.IDGenerator.
func (ownIDs) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	rand.Read(id[:])
	return id
}

// traceRequest begins the span of a request, in the trace of the asker when
// they have one.
func (s *Server) traceRequest(r *http.Request) (*http.Request, trace.Span) {
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	if id, err := trace.TraceIDFromHex(door.CallerOf(ctx).TraceID); err == nil {
		ctx = context.WithValue(ctx, wanted{}, id)
	}
	ctx, span := s.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
	return r.WithContext(ctx), span
}

func endRequest(span trace.Span, method, route string, status int) {
	span.SetName(method + " " + route)
	span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
	if status >= 500 {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// traceJob notes a job once it has ended.
func (s *Server) traceJob(j job.Job) {
	if !j.State.Final() {
		return
	}
	_, span := s.tracer.Start(context.Background(), "job "+j.Kind, trace.WithTimestamp(j.StartedAt), trace.WithAttributes(
		attribute.String("bedrail.job.kind", j.Kind), attribute.String("bedrail.job.state", string(j.State)), attribute.Int64("bedrail.job.done", j.Done), attribute.Int64("bedrail.job.faults", j.Faults)))
	if j.State == job.Failed {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(j.FinishedAt))
}

// messageReceived and messageSent note the way of a message: both are in one
// trace, whose id follows from the message's, however far they lie apart.
func (s *Server) messageReceived(message, channel string, state exchange.State, took time.Duration) {
	s.Metrics.received(channel, state, took)
	s.traceMessage(message, "message accept", took, trace.SpanKindConsumer, state != exchange.Rejected,
		attribute.String("bedrail.channel", channel), attribute.String("bedrail.message.state", string(state)))
}

func (s *Server) messageSent(message, channel, destination string, ok bool, took time.Duration) {
	s.Metrics.delivered(channel, destination, ok, took)
	s.traceMessage(message, "message deliver", took, trace.SpanKindProducer, ok,
		attribute.String("bedrail.channel", channel), attribute.String("bedrail.destination", destination))
}

func (s *Server) traceMessage(message, name string, took time.Duration, kind trace.SpanKind, good bool, about ...attribute.KeyValue) {
	sum := sha256.Sum256([]byte(message))
	now := time.Now() // of this machine, as the collector's others
	ctx := context.WithValue(context.Background(), wanted{}, trace.TraceID(sum[:16]))
	_, span := s.tracer.Start(ctx, name, trace.WithTimestamp(now.Add(-took)), trace.WithSpanKind(kind), trace.WithAttributes(about...))
	if !good {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(now))
}
