// Package hook gives and takes messages as HTTP posts: a source for systems
// that post JSON or anything else, and webhooks signed as Standard Webhooks
// says, so that a receiver knows who sent them and that nothing was changed.
package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// SourceSettings are those of {http: {listen: ...}}.
type SourceSettings struct {
	Listen   string                `json:"listen"`
	Path     string                `json:"path,omitempty"` // /
	TLS      *exchange.TLSSettings `json:"tls,omitempty"`
	Plain    bool                  `json:"plain,omitempty"`
	Format   exchange.Format       `json:"format,omitempty"` // json
	MaxBytes int64                 `json:"maxBytes,omitempty"`
	// Clients are who may post. Without any, whoever reaches the address may,
	// which is allowed on this machine only, unless they show certificates.
	Clients []ClientSettings `json:"clients,omitempty"`
}

// ClientSettings name a client by its token or certificate.
type ClientSettings struct {
	Name        string `json:"name"`
	TokenFile   string `json:"tokenFile,omitempty"`
	Certificate string `json:"certificate,omitempty"`
}

func (s *SourceSettings) check() error {
	if err := exchange.CheckAddress("listen", s.Listen); err != nil {
		return err
	}
	s.Path = "/" + strings.Trim(s.Path, "/")
	if s.Format == "" {
		s.Format = exchange.JSON
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = 64 << 20
	}
	if known := []exchange.Format{exchange.JSON, exchange.HL7v2, exchange.ASTM, exchange.CSV, exchange.DICOM, exchange.Binary}; !slices.Contains(known, s.Format) {
		return bedrail.Errorf(bedrail.Invalid, "format is %q; it is json, hl7v2, astm, csv, dicom or binary; FHIR has a kind of its own", s.Format).At("format")
	}
	if !exchange.Loopback(s.Listen) && len(s.Clients) == 0 && (s.TLS == nil || !s.TLS.Clients) {
		return bedrail.Errorf(bedrail.Invalid, "%s is reachable from other machines: name clients, or ask for certificates with tls.clients", s.Listen).At("clients")
	}
	for _, c := range s.Clients {
		if c.Name == "" || c.TokenFile == "" && c.Certificate == "" {
			return bedrail.Errorf(bedrail.Invalid, "a client has a name and a tokenFile or a certificate").At("clients")
		}
	}
	return nil
}

// SourceKind is the kind "http" of sources.
func SourceKind() exchange.SourceKind {
	read := func(raw json.RawMessage) (SourceSettings, error) {
		var s SourceSettings
		if err := exchange.Decode(raw, &s); err != nil {
			return s, err
		}
		return s, s.check()
	}
	return exchange.SourceKind{
		Name: "http", Format: exchange.JSON,
		About:   "Takes what systems post over HTTP, one message a request.",
		Example: `{"listen": "127.0.0.1:8091", "path": "/vitals"}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Address: func(raw json.RawMessage) string {
			s, err := read(raw)
			if err != nil {
				return ""
			}
			return "tcp/" + s.Listen
		},
		Open: func(c exchange.SourceConfig) (exchange.Source, error) {
			s, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return &Source{settings: s, config: c, lobby: lobby.Lobby{Clock: c.Env.Clock}}, nil
		},
	}
}

// A Source takes posts for one channel.
type Source struct {
	settings SourceSettings
	config   exchange.SourceConfig
	lobby    lobby.Lobby
}

// Status implements exchange.Source.
func (s *Source) Status() exchange.SourceStatus { return s.lobby.Status() }

// Run implements exchange.Source.
func (s *Source) Run(ctx context.Context) error {
	config, err := s.config.Env.TLS.Listener(s.settings.TLS, s.settings.Listen, s.settings.Plain, s.config.Env.Folder)
	if err != nil {
		return err
	}
	l, err := s.config.Env.Listen(ctx, s.settings.Listen)
	if err != nil {
		return err
	}
	return s.lobby.HTTP(ctx, l, config, s)
}

// A reply is what a poster hears.
type reply struct {
	ID     string   `json:"id,omitempty"`
	State  string   `json:"state,omitempty"`
	Issues []string `json:"issues,omitempty"`
	Error  string   `json:"error,omitempty"`
}

// ServeHTTP implements http.Handler.
func (s *Source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := lobby.GuestOf(r)
	name, ok := s.identify(r, g.Peer())
	switch {
	case !ok:
		s.lobby.Refuse(g.Peer(), "no client's token or certificate was shown", "give the client the token of tokenFile, or name its certificate in clients")
		w.Header().Set("WWW-Authenticate", "Bearer")
		write(w, http.StatusUnauthorized, reply{Error: "no client was recognised"})
	case r.URL.Path != s.settings.Path:
		write(w, http.StatusNotFound, reply{Error: "messages are posted to " + s.settings.Path})
	case r.Method != http.MethodPost && r.Method != http.MethodPut:
		w.Header().Set("Allow", "POST, PUT")
		write(w, http.StatusMethodNotAllowed, reply{Error: "messages are posted here"})
	default:
		peer := g.Known(func(p *exchange.Peer) { p.User = name })
		s.take(w, r, g, peer, name)
	}
}

func (s *Source) identify(r *http.Request, peer exchange.Peer) (string, bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, c := range s.settings.Clients {
		if c.Certificate != "" && c.Certificate == peer.CertificateSubject || c.TokenFile != "" && token != "" && lobby.SameSecret(s.config.Env.Folder, c.TokenFile, []byte(token)) {
			return c.Name, true
		}
	}
	if len(s.settings.Clients) > 0 {
		return "", false
	}
	if peer.CertificateSubject != "" {
		return peer.CertificateSubject, true
	}
	return peer.Address.Addr().String(), true
}

func (s *Source) take(w http.ResponseWriter, r *http.Request, g *lobby.Guest, peer exchange.Peer, name string) {
	g.State("receiving")
	defer g.State("idle")
	body := http.MaxBytesReader(w, r.Body, s.settings.MaxBytes)
	var begin bytes.Buffer
	n, err := io.CopyN(&begin, body, exchange.InlineBytes)
	in := exchange.Inbound{Format: s.settings.Format, ContentType: r.Header.Get("Content-Type"), Peer: peer, At: time.Now(),
		// A key of the poster's makes its second try the same message
		// (draft-ietf-httpapi-idempotency-key-header; Standard Webhooks).
		Facts: exchange.Facts{Type: s.settings.Path, Event: "post", Sender: name, ControlID: first(r.Header.Get("Idempotency-Key"), r.Header.Get("Webhook-Id"))}}
	switch {
	case err == nil && n == exchange.InlineBytes:
		in.Stream = io.MultiReader(&begin, body)
	case errors.Is(err, io.EOF):
		in.Body = begin.Bytes()
		if s.settings.Format == exchange.JSON && !json.Valid(in.Body) {
			in.Unreadable = "the bytes are not JSON"
		}
	default:
		write(w, http.StatusBadRequest, reply{Error: "the request broke off, or is longer than the limit"})
		return
	}
	g.State("committing")
	receipt, err := s.config.Intake.Receive(context.WithoutCancel(r.Context()), in)
	if err != nil {
		s.lobby.Failed("a message was not kept: " + err.Error())
		w.Header().Set("Retry-After", "5")
		write(w, http.StatusServiceUnavailable, reply{Error: "it was not kept; try again later"})
		return
	}
	g.Message()
	write(w, status(receipt), reply{ID: receipt.ID, State: string(receipt.State), Issues: texts(receipt.Issues)})
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w[:min(len(w), 200)]
		}
	}
	return ""
}

func status(r exchange.Receipt) int {
	switch r.Outcome {
	case exchange.Accepted:
		return http.StatusAccepted
	case exchange.Failed:
		return http.StatusUnprocessableEntity
	}
	return http.StatusBadRequest
}

func texts(issues []exchange.Issue) (out []string) {
	for _, i := range issues {
		if out = append(out, i.Text); len(out) == 20 {
			break
		}
	}
	return out
}

func write(w http.ResponseWriter, status int, r reply) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	b, err := json.Marshal(r)
	if err == nil {
		_, err = w.Write(b)
	}
	_ = err // the poster is gone; its message is kept, and it will ask again
}
