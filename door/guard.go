package door

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/access"
)

// A Guard stands before every request: it names it, limits it, refuses what a
// foreign page asks a browser to send, and says who sent it.
type Guard struct {
	Access  *access.Service
	Cookies Cookies
	Tenant  string
	Log     *slog.Logger
	Clock   bedrail.Clock

	Requests *access.Limiter            // of one address; nil does not limit
	MaxBody  int64                      // bytes of a body; 0 is 1 MiB
	Streams  func(r *http.Request) bool // whose body may be longer and take longer

	cross http.CrossOriginProtection
}

// Wrap returns next behind g.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := Caller{From: address(r), TraceID: traceID(r), Nonce: newNonce()}
		g.harden(w.Header(), c)
		defer g.recover(w, r, c)
		if !g.admit(w, r, c) {
			return
		}
		if g.Streams == nil || !g.Streams(r) {
			limit := g.MaxBody
			if limit == 0 {
				limit = 1 << 20
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
		g.identify(r, &c)
		next.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), c)))
	})
}

// admit refuses who asks too often, and what another site makes a browser ask.
func (g *Guard) admit(w http.ResponseWriter, r *http.Request, c Caller) bool {
	if l := g.Requests; l != nil && l.Burst > 0 {
		left, wait := l.Allow(c.From)
		w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"requests";q=%d;w=%d`, l.Burst, seconds(time.Duration(l.Burst)*l.Every)))
		w.Header().Set("RateLimit", fmt.Sprintf(`"requests";r=%d;t=%d`, left, seconds(max(wait, l.Every))))
		if wait > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(seconds(wait)))
			refuse(w, c, http.StatusTooManyRequests, "too-many-requests", fmt.Sprintf("too many requests from your address; try again in %d s", seconds(wait)))
			return false
		}
	}
	if err := g.cross.Check(r); err != nil {
		refuse(w, c, http.StatusForbidden, string(bedrail.Denied), "another site asked your browser for this; it was not done")
		return false
	}
	return true
}

// seconds rounds up, so that whoever waits so long has waited long enough.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// identify fills in who sent r. What is wrong with the credentials is kept for
// the operation to tell: signing in must work with a cookie that has ended.
func (g *Guard) identify(r *http.Request, c *Caller) {
	var account access.Account
	var err error
	if header := r.Header.Get("Authorization"); header != "" {
		secret, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			c.Err = bedrail.Errorf(bedrail.Denied, "%w", notBearer{})
			return
		}
		account, err = g.Access.Token(r.Context(), strings.TrimSpace(secret))
	} else if secret := g.Cookies.Secret(r); secret != "" {
		account, err = g.Access.Session(r.Context(), secret)
	} else {
		return
	}
	c.Account, c.Err = account, err
	if err == nil {
		c.Actor = account.Actor(g.Tenant)
		c.Actor.Scope, c.Err = narrow(c.Actor.Scope, r.Header.Get(SiteHeader))
	}
}

// SiteHeader narrows one request to a site. It can only take sites away from
// what the caller may see, never add one.
const SiteHeader = "Bedrail-Site"

func narrow(in bedrail.Scope, site string) (bedrail.Scope, error) {
	switch {
	case site == "":
	case len(in.Sites) > 0 && !slices.Contains(in.Sites, site):
		return in, bedrail.Errorf(bedrail.Denied, "you may not see the site %q", site)
	default:
		in.Sites = []string{site}
	}
	return in, nil
}

type notBearer struct{}

func (notBearer) Error() string { return "send the token as: Authorization: Bearer brt_..." }
func (notBearer) Unwrap() error { return access.ErrUnauthenticated }

// harden sets the headers that every answer has. Pages set a policy of their
// own over this one, which lets a browser do nothing.
func (g *Guard) harden(h http.Header, c Caller) {
	h.Set("X-Trace-Id", c.TraceID)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if g.Cookies.TLS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recover keeps a fault in one request from ending the others.
func (g *Guard) recover(w http.ResponseWriter, r *http.Request, c Caller) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	if g.Log != nil {
		g.Log.ErrorContext(r.Context(), "a request panicked", "traceId", c.TraceID, "method", r.Method, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	}
	refuse(w, c, http.StatusInternalServerError, string(bedrail.Internal), "internal error")
}

// refuse answers with a problem in the form of RFC 9457, as package api does.
func refuse(w http.ResponseWriter, c Caller, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"type": "/docs/problems#" + code, "title": http.StatusText(status), "status": status,
		"detail": detail, "code": code, "traceId": c.TraceID})
}

// address is where r comes from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// traceID goes on with the trace of the asker (W3C Trace Context), or begins
// one.
func traceID(r *http.Request) string {
	parts := strings.Split(r.Header.Get("Traceparent"), "-")
	if len(parts) == 4 && len(parts[1]) == 32 && parts[1] != strings.Repeat("0", 32) {
		if _, err := hex.DecodeString(parts[1]); err == nil {
			return strings.ToLower(parts[1])
		}
	}
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Local returns next for requests that come from this process on behalf of
// whoever may read the data folder: they may do everything.
func Local(next http.Handler, by bedrail.Actor) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := Caller{Actor: by, From: "local", TraceID: traceID(r)}
		next.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), c)))
	})
}

// Ready returns nil when c may do more than finish signing in.
func (c Caller) Ready() error {
	if c.Err != nil {
		return c.Err
	}
	if c.Actor.Kind == bedrail.System && c.Actor.ID != "" {
		return nil
	}
	return c.Account.Ready()
}
