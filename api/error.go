package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"bedrail"
	"bedrail/access"
	"bedrail/door"
)

// statuses is the one table from kinds of error to HTTP statuses.
var statuses = map[bedrail.Kind]int{
	bedrail.Invalid:     http.StatusBadRequest,
	bedrail.NotFound:    http.StatusNotFound,
	bedrail.Conflict:    http.StatusConflict,
	bedrail.Denied:      http.StatusForbidden,
	bedrail.Unavailable: http.StatusServiceUnavailable,
	bedrail.Internal:    http.StatusInternalServerError,
}

// A Problem says what went wrong, in the form of RFC 9457.
type Problem struct {
	Type   string `json:"type" doc:"Page that explains this sort of problem"`
	Title  string `json:"title" doc:"Short and always the same for one sort of problem"`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"What is wrong and what to do about it"`
	Code   string `json:"code" doc:"The sort of problem, for programs"`
	// Reason and Values are for programs that say Detail in another language.
	Reason  string            `json:"reason,omitempty" doc:"This very refusal, for programs; it stays as it is when detail is worded anew"`
	Values  map[string]string `json:"values,omitempty" doc:"What detail names, by the words of the reason"`
	Errors  []Detail          `json:"errors,omitempty" doc:"Places in the request"`
	TraceID string            `json:"traceId" doc:"Name of this request in the log"`

	retryAfter int
}

// A Detail is one place in a request that is wrong.
type Detail struct {
	Pointer string `json:"pointer" doc:"Where, for example query.limit or /tags/0"`
	Detail  string `json:"detail"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status, for the framework.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of a problem, for the framework.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are the headers that go with the problem, for the framework.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// signIn lists the refusals that have a status or a code of their own.
var signIn = []struct {
	is     error
	status int
	code   string
}{
	{access.ErrUnauthenticated, http.StatusUnauthorized, "unauthenticated"},
	{access.ErrSecondFactor, http.StatusUnauthorized, "second-factor-required"},
	{access.ErrMustChange, http.StatusForbidden, "password-change-required"},
	{access.ErrMustEnrol, http.StatusForbidden, "second-factor-setup-required"},
	{errMissingMatch, http.StatusPreconditionRequired, "precondition-required"},
	{errStale, http.StatusPreconditionFailed, "precondition-failed"},
}

// problemOf turns an error of a capability into what the asker may see. An
// error that is not a *bedrail.Error is logged and shown as "internal error".
func problemOf(ctx context.Context, log *slog.Logger, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	kind := bedrail.KindOf(err)
	p := newProblem(ctx, statuses[kind], string(kind), "internal error")
	var shown *bedrail.Error
	if errors.As(err, &shown) {
		p.Detail, p.Reason, p.Values = shown.Message, shown.Reason, shown.Values
		if shown.Pointer != "" {
			p.Errors = []Detail{{shown.Pointer, shown.Message}}
		}
	}
	for _, s := range signIn {
		if errors.Is(err, s.is) {
			p.setStatus(s.status, s.code)
		}
	}
	var many access.TooMany
	if errors.As(err, &many) {
		p.setStatus(http.StatusTooManyRequests, "too-many-requests")
		p.retryAfter = int(many.Wait.Seconds()) + 1
	}
	left := ctx.Err() != nil && errors.Is(err, context.Canceled) // who asked has gone: no fault
	if kind == bedrail.Internal && !left {
		log.ErrorContext(ctx, "a request failed", "traceId", p.TraceID, "error", err)
	}
	return p
}

func newProblem(ctx context.Context, status int, code, detail string) *Problem {
	p := &Problem{Detail: detail, TraceID: door.CallerOf(ctx).TraceID}
	p.setStatus(status, code)
	return p
}

func (p *Problem) setStatus(status int, code string) {
	p.Status, p.Code, p.Title = status, code, http.StatusText(status)
	p.Type = "/docs/problems#" + code
}

// frameworkProblem turns what the framework refuses by itself, such as a
// parameter that is no number, into a Problem. It is Invalid like any other
// request that must be changed, so 422 becomes 400.
func frameworkProblem(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	status := m.Status
	p := newProblem(ctx.Context(), status, codeOf(status), m.Detail)
	for _, d := range m.Errors {
		if d != nil {
			p.Errors = append(p.Errors, Detail{d.Location, d.Message})
		}
	}
	if len(p.Errors) > 0 {
		p.Detail = p.Errors[0].Pointer + ": " + p.Errors[0].Detail
	}
	return p, nil
}

func codeOf(status int) string {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return "too-large"
	case status == http.StatusUnsupportedMediaType:
		return "unsupported-media-type"
	case status >= 500:
		return string(bedrail.Internal)
	}
	return string(bedrail.Invalid)
}
