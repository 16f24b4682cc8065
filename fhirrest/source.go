package fhirrest

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// SourceSettings are those of {fhir: {listen: ...}}.
type SourceSettings struct {
	Listen   string                `json:"listen"`
	Base     string                `json:"base,omitempty"` // /fhir
	TLS      *exchange.TLSSettings `json:"tls,omitempty"`
	Plain    bool                  `json:"plain,omitempty"`
	MaxBytes int64                 `json:"maxBytes,omitempty"` // 16 MiB
	// Clients are who may come. Without any, whoever reaches the address may,
	// which is allowed on this machine only, unless they show certificates.
	Clients []ClientSettings `json:"clients,omitempty"`
	// Scopes of who comes without being a named client, as SMART writes them;
	// the default is system/*.cu: to write, and to read nothing back.
	Scopes []string `json:"scopes,omitempty"`
	// Subscriptions are beginnings of addresses that subscribers may name;
	// without any nobody can subscribe.
	Subscriptions []string `json:"subscriptions,omitempty"`
}

// ClientSettings name a client by its token or certificate.
type ClientSettings struct {
	Name        string   `json:"name"`
	TokenFile   string   `json:"tokenFile,omitempty"`
	Certificate string   `json:"certificate,omitempty"` // subject, such as CN=ehr
	Scopes      []string `json:"scopes,omitempty"`
}

var goodScope = regexp.MustCompile(`^system/(\*|[A-Z][A-Za-z]+)\.([crus]+|\*)$`)

func (s *SourceSettings) check() error {
	if err := exchange.CheckAddress("listen", s.Listen); err != nil {
		return err
	}
	if s.Base == "" {
		s.Base = "/fhir"
	}
	if s.Base = "/" + strings.Trim(s.Base, "/"); s.Base == "/" {
		s.Base = ""
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = 16 << 20
	}
	if len(s.Scopes) == 0 && len(s.Clients) == 0 {
		s.Scopes = []string{"system/*.cu"}
	}
	if !exchange.Loopback(s.Listen) && len(s.Clients) == 0 && (s.TLS == nil || !s.TLS.Clients) {
		return bedrail.Errorf(bedrail.Invalid, "%s is reachable from other machines: name clients, or ask for certificates with tls.clients", s.Listen).At("clients")
	}
	all := slices.Clone(s.Scopes)
	for _, c := range s.Clients {
		if c.Name == "" || c.TokenFile == "" && c.Certificate == "" {
			return bedrail.Errorf(bedrail.Invalid, "a client has a name and a tokenFile or a certificate").At("clients")
		}
		all = append(all, c.Scopes...)
	}
	for _, scope := range all {
		if !goodScope.MatchString(scope) {
			return bedrail.Errorf(bedrail.Invalid, "%q is no scope such as system/Observation.rs or system/*.cu (c create, r read, u update, s search)", scope).At("scopes")
		}
	}
	return nil
}

// SourceKind is the kind "fhir" of sources.
func SourceKind() exchange.SourceKind {
	read := func(raw json.RawMessage) (SourceSettings, error) {
		var s SourceSettings
		if err := exchange.Decode(raw, &s); err != nil {
			return s, err
		}
		return s, s.check()
	}
	return exchange.SourceKind{
		Name: "fhir", Format: exchange.FHIR,
		About:   "Takes FHIR R4 resources over HTTP, and shows to those who may what it has kept.",
		Example: `{"listen": "127.0.0.1:8090"}`,
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

// A Source is a FHIR server of one channel.
type Source struct {
	settings SourceSettings
	config   exchange.SourceConfig
	lobby    lobby.Lobby
	locks    [256]sync.Mutex // by resource and by condition: what is looked up stays true until it is kept
	notify   *notifier
}

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
	s.notify = newNotifier(s)
	defer s.notify.stop()
	if err := s.notify.load(ctx); err != nil {
		l.Close()
		return err
	}
	return s.lobby.HTTP(ctx, l, config, s)
}

// Status implements exchange.Source.
func (s *Source) Status() exchange.SourceStatus { return s.lobby.Status() }

// lock holds what keys name until the returned function is called. It never
// takes two in opposite orders.
func (s *Source) lock(keys ...string) func() {
	var at []int
	for _, k := range keys {
		h := fnv.New32a()
		h.Write([]byte(k))
		if n := int(h.Sum32() % uint32(len(s.locks))); !slices.Contains(at, n) {
			at = append(at, n)
		}
	}
	slices.Sort(at)
	for _, n := range at {
		s.locks[n].Lock()
	}
	return func() {
		for _, n := range at {
			s.locks[n].Unlock()
		}
	}
}

// A client is who asks, and what that may do.
type client struct {
	name   string
	scopes []string
}

// identify says who asks. ok is false for somebody who may not come.
func (s *Source) identify(r *http.Request, peer exchange.Peer) (c client, ok bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, k := range s.settings.Clients {
		if k.Certificate != "" && peer.CertificateSubject == k.Certificate || k.TokenFile != "" && token != "" && lobby.SameSecret(s.config.Env.Folder, k.TokenFile, []byte(token)) {
			return client{k.Name, k.Scopes}, true
		}
	}
	if len(s.settings.Clients) > 0 {
		return client{}, false
	}
	name := peer.CertificateSubject
	if name == "" {
		name = peer.Address.Addr().String()
	}
	return client{name, s.settings.Scopes}, true
}

// may reports whether c's scopes allow an act (c, r, u or s) on a type.
func (c client) may(act byte, kind string) bool {
	for _, scope := range c.scopes {
		rest, _ := strings.CutPrefix(scope, "system/")
		of, acts, _ := strings.Cut(rest, ".")
		if (of == "*" || of == kind) && (acts == "*" || strings.IndexByte(acts, act) >= 0) {
			return true
		}
	}
	return false
}
