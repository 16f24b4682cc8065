package door_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/door"
)

func TestListeningBeyondThisMachineNeedsEncryption(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		kind    bedrail.Kind
	}{
		"every address in the clear":     {"0.0.0.0:0", bedrail.Invalid},
		"no address, which means all":    {":0", bedrail.Invalid},
		"every IPv6 address":             {"[::]:0", bedrail.Invalid},
		"a name that may mean anything":  {"bedrail.example:0", bedrail.Invalid},
		"an address of the network":      {"192.0.2.1:0", bedrail.Invalid},
		"something that is no address":   {"8080", bedrail.Invalid},
		"this machine":                   {"127.0.0.1:0", ""},
		"this machine by its usual name": {"localhost:0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := door.Listen(c.address, door.Encryption{}, nil)
			if err == nil {
				l.Close()
			}
			if bedrail.KindOf(err) != c.kind {
				t.Errorf("got %v, want kind %q", err, c.kind)
			}
		})
	}
}

func TestTheOwnAuthorityIsMadeOnceAndTrusted(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	e := door.Encryption{OwnCA: true, Folder: folder, Names: []string{"bedrail.example"}}
	serve := func(e door.Encryption) string {
		l, err := door.Listen("0.0.0.0:0", e, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })}
		go s.Serve(l)
		t.Cleanup(func() { s.Close() })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return "https://127.0.0.1:" + port
	}
	url := serve(e)
	ca, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	for _, name := range []string{"", "bedrail.example", "localhost"} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}}}
		res, err := client.Get(url)
		if err != nil {
			t.Fatalf("as %q: %v", name, err)
		}
		res.Body.Close()
	}
	if _, err := http.Get(url); err == nil {
		t.Error("a client that does not know the authority is served")
	}
	if info, err := os.Stat(filepath.Join(folder, "ca-key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the authority's key: %v, %v", info.Mode(), err)
	}
	serve(e)
	if again, _ := os.ReadFile(filepath.Join(folder, "ca.pem")); string(again) != string(ca) {
		t.Error("a second start made another authority: every browser would have to be told again")
	}
	old := e
	old.Clock = func() time.Time { return time.Now().AddDate(11, 0, 0) }
	if _, err := door.Listen("127.0.0.1:0", old, nil); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), "ended") {
		t.Errorf("an authority that has ended: %v", err)
	}
}

func TestGivenCertificatesThatCannotBeUsedAreRefused(t *testing.T) {
	for _, e := range []door.Encryption{{Cert: "no.pem", Key: "no.key"}, {Cert: "no.pem"}} {
		if _, err := door.Listen("127.0.0.1:0", e, nil); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("got %v", err)
		}
	}
}

func guarded(g *door.Guard, inner http.HandlerFunc) http.Handler { return g.Wrap(inner) }

func ask(h http.Handler, method, target string, header map[string]string, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatAnotherSiteAsksABrowserForIsNotDone(t *testing.T) {
	done := false
	h := guarded(&door.Guard{}, func(http.ResponseWriter, *http.Request) { done = true })
	for name, c := range map[string]struct {
		method string
		header map[string]string
		want   bool
	}{
		"a change that another site asks for":            {"POST", map[string]string{"Sec-Fetch-Site": "cross-site"}, false},
		"one that a neighbour under the domain asks for": {"POST", map[string]string{"Sec-Fetch-Site": "same-site"}, false},
		"one with another origin":                        {"DELETE", map[string]string{"Origin": "https://evil.example"}, false},
		"one without an origin at all, in a frame":       {"PUT", map[string]string{"Origin": "null"}, false},
		"our own":                      {"POST", map[string]string{"Sec-Fetch-Site": "same-origin"}, true},
		"our own, in an older browser": {"POST", map[string]string{"Origin": "http://example.com"}, true},
		"a program":                    {"POST", nil, true},
		"reading through a link":       {"GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			done = false
			w := ask(h, c.method, "http://example.com/api", c.header, "")
			if done != c.want {
				t.Errorf("done %t, want %t (%d)", done, c.want, w.Code)
			}
		})
	}
}

func TestEveryAnswerIsHardened(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"an answer":  guarded(&door.Guard{Cookies: door.Cookies{TLS: true}}, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }),
		"a panic":    guarded(&door.Guard{Cookies: door.Cookies{TLS: true}}, func(http.ResponseWriter, *http.Request) { panic("MRN 4711") }),
		"a big body": guarded(&door.Guard{Cookies: door.Cookies{TLS: true}, MaxBody: 1}, func(w http.ResponseWriter, r *http.Request) { io.ReadAll(r.Body) }),
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(h, "POST", "/", nil, "four")
			for header, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "Strict-Transport-Security": "max-age",
			} {
				if got := w.Header().Get(header); !strings.Contains(got, want) {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			if len(w.Header().Get("X-Trace-Id")) != 32 || strings.Contains(w.Body.String(), "4711") {
				t.Errorf("trace %q, body %s", w.Header().Get("X-Trace-Id"), w.Body)
			}
		})
	}
}

func TestABodyHasALimitUnlessItIsAStream(t *testing.T) {
	var read int
	g := &door.Guard{MaxBody: 8, Streams: func(r *http.Request) bool { return r.URL.Path == "/imports" }}
	h := guarded(g, func(_ http.ResponseWriter, r *http.Request) { b, _ := io.ReadAll(r.Body); read = len(b) })
	ask(h, "POST", "/other", nil, strings.Repeat("x", 100))
	if read != 8 {
		t.Errorf("%d bytes were read", read)
	}
	ask(h, "POST", "/imports", nil, strings.Repeat("x", 100))
	if read != 100 {
		t.Errorf("%d bytes of a stream were read", read)
	}
}

func TestWhoAsksTooOftenWaits(t *testing.T) {
	now := time.Unix(0, 0)
	h := guarded(&door.Guard{Requests: &access.Limiter{Burst: 2, Every: time.Second, Clock: func() time.Time { return now }}}, func(http.ResponseWriter, *http.Request) {})
	first := ask(h, "GET", "/", nil, "")
	if first.Code != 200 || first.Header().Get("RateLimit") != `"requests";r=1;t=1` || first.Header().Get("RateLimit-Policy") != `"requests";q=2;w=2` {
		t.Errorf("%d %v", first.Code, first.Header())
	}
	ask(h, "GET", "/", nil, "")
	third := ask(h, "GET", "/", nil, "")
	if third.Code != 429 || third.Header().Get("Retry-After") != "1" || third.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v", third.Code, third.Header())
	}
	now = now.Add(time.Second)
	if w := ask(h, "GET", "/", nil, ""); w.Code != 200 {
		t.Errorf("after waiting: %d", w.Code)
	}
}

func TestTheTraceOfTheAskerGoesOn(t *testing.T) {
	var got string
	h := guarded(&door.Guard{}, func(_ http.ResponseWriter, r *http.Request) { got = door.CallerOf(r.Context()).TraceID })
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	ask(h, "GET", "/", map[string]string{"Traceparent": "00-" + trace + "-00f067aa0ba902b7-01"}, "")
	if got != trace {
		t.Errorf("got %s", got)
	}
	for _, bad := range []string{"00-" + strings.Repeat("0", 32) + "-1-01", "00-<script>-1-01", "x", "00-" + strings.Repeat("z", 32) + "-1-01"} {
		ask(h, "GET", "/", map[string]string{"Traceparent": bad}, "")
		if len(got) != 32 || strings.ContainsAny(got, "<z") || got == strings.Repeat("0", 32) {
			t.Errorf("%q gave trace %q", bad, got)
		}
	}
}

func TestTheCookieIsWhatTheConnectionAllows(t *testing.T) {
	for name, c := range map[string]struct {
		cookies door.Cookies
		name    string
		secure  bool
	}{
		"over TLS it is bound to this host": {door.Cookies{TLS: true}, "__Host-bedrail", true},
		"in the clear it has a name apart":  {door.Cookies{}, "bedrail-loopback", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.cookies.Session("s", time.Now().Add(time.Hour))
			if got.Name != c.name || got.Secure != c.secure || !got.HttpOnly || got.SameSite != http.SameSiteStrictMode || got.Path != "/" || got.Domain != "" {
				t.Errorf("got %+v", got)
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.AddCookie(got)
			if c.cookies.Secret(r) != "s" || (door.Cookies{TLS: !c.cookies.TLS}).Secret(r) != "" {
				t.Error("the cookie of the other sort of connection counts")
			}
		})
	}
}
