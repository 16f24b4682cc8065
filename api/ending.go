package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bedrail/door"
)

// apiVersion stands in each answer. Its second number grows when something is
// added; docs/manual/api-stability.md says what that promises.
const apiVersion = "1.0"

// An ending announces that an operation goes.
type ending struct {
	Since time.Time // announced
	Gone  time.Time // from when on it may be gone
}

// endings notes who still uses what goes, once a day each. Its loss costs a
// second line in the log.
type endings struct {
	mu   sync.Mutex // guards told
	told map[string]time.Time
}

// versionHeader says in each answer which version gave it.
func versionHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Bedrail-Api-Version", apiVersion)
		next.ServeHTTP(w, r)
	})
}

// announce says of op, in the document and in its answers, that it goes
// (RFC 9745, RFC 8594).
func (a *API) announce(op *huma.Operation, e ending) {
	op.Deprecated = true
	id := op.OperationID
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		ctx.SetHeader("Deprecation", "@"+strconv.FormatInt(e.Since.Unix(), 10))
		ctx.SetHeader("Sunset", e.Gone.UTC().Format(http.TimeFormat))
		ctx.SetHeader("Link", `</docs/manual/api-stability>; rel="deprecation"`)
		by := door.CallerOf(ctx.Context()).Actor
		if a.endings.first(id+" "+by.ID, a.Clock.Now()) {
			a.log().WarnContext(ctx.Context(), "an operation that goes is still used", "operation", id, "by", by.Name, "gone", e.Gone.Format(time.DateOnly))
		}
		next(ctx)
	})
}

// first reports whether use was not noted within the last day.
func (e *endings) first(use string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now.Sub(e.told[use]) < 24*time.Hour {
		return false
	}
	if e.told == nil || len(e.told) > 10_000 {
		e.told = map[string]time.Time{}
	}
	e.told[use] = now
	return true
}
