// Package outpost is the door at which remote sensors come in: once by a
// token, later by their certificate to have it renewed. It is apart from the
// door of people, so that a network of sensors need not reach the screens.
package outpost

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/sensor"
)

// Limits of what is read from a stranger.
const (
	maxBody   = 64 << 10
	readTime  = 10 * time.Second
	burst     = 10
	burstEach = 6 * time.Second
)

// A request is what a sensor sends.
type request struct {
	Secret string `json:"secret,omitempty"`
	CSR    []byte `json:"csr"` // PKCS#10 in DER
}

// An answer is what it gets: certificates in DER.
type answer struct {
	Name        string `json:"name,omitempty"`
	Site        string `json:"site,omitempty"`
	Certificate []byte `json:"certificate,omitempty"`
	Authority   []byte `json:"authority,omitempty"`
	Detail      string `json:"detail,omitempty"` // what is wrong, for people
}

// A Door is the hub's door for sensors that come in.
type Door struct {
	Service *sensor.Service
	Log     *slog.Logger
	limit   access.Limiter
	server  http.Server
}

// Open makes the door; nothing listens yet.
func Open(s *sensor.Service, clock bedrail.Clock, log *slog.Logger) *Door {
	d := &Door{Service: s, Log: log, limit: access.Limiter{Burst: burst, Every: burstEach, Clock: clock}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /enrol", d.enrol)
	mux.HandleFunc("POST /renew", d.renew)
	d.server = http.Server{Handler: mux, ReadTimeout: readTime, WriteTimeout: readTime, IdleTimeout: readTime, MaxHeaderBytes: 8 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	return d
}

// Serve answers on l, encrypted by c, until ctx ends.
func (d *Door) Serve(ctx context.Context, l net.Listener, c *tls.Config) error {
	stop := context.AfterFunc(ctx, func() { d.server.Close() })
	defer stop()
	if err := d.server.Serve(tls.NewListener(l, c)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (d *Door) enrol(w http.ResponseWriter, r *http.Request) {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		from = r.RemoteAddr
	}
	if _, wait := d.limit.Allow(from); wait > 0 {
		d.refuse(w, r, bedrail.Errorf(bedrail.Unavailable, "too many attempts from this address; wait a minute"))
		return
	}
	in, err := read(w, r)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	got, err := d.Service.Join(r.Context(), sensor.Request{Secret: in.Secret, CSR: in.CSR, From: from})
	d.give(w, r, got, err)
}

func (d *Door) renew(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		d.refuse(w, r, bedrail.Errorf(bedrail.Denied, "a certificate is renewed for whoever shows it"))
		return
	}
	in, err := read(w, r)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	got, err := d.Service.Renew(r.Context(), r.TLS.PeerCertificates[0], in.CSR)
	d.give(w, r, got, err)
}

func read(w http.ResponseWriter, r *http.Request) (in request, err error) {
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in) != nil {
		return in, bedrail.Errorf(bedrail.Invalid, "the request cannot be read")
	}
	return in, nil
}

func (d *Door) give(w http.ResponseWriter, r *http.Request, got sensor.Admission, err error) {
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	write(w, http.StatusOK, answer{Name: got.Name, Site: got.Site, Certificate: got.Certificate.Raw, Authority: got.Authority.Raw})
}

// refuse says what is wrong where it may be said.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch bedrail.KindOf(err) {
	case bedrail.Denied:
		status = http.StatusForbidden
	case bedrail.Invalid:
		status = http.StatusBadRequest
	case bedrail.Unavailable:
		status = http.StatusServiceUnavailable
	}
	detail := "internal error; the log of the hub says more"
	var shown *bedrail.Error
	if errors.As(err, &shown) {
		detail = shown.Message
	}
	d.Log.WarnContext(r.Context(), "a sensor was not let in", "from", r.RemoteAddr, "error", err)
	write(w, status, answer{Detail: detail})
}

func write(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(a)
}
