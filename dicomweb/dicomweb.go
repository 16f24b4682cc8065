// Package dicomweb speaks DICOM over HTTP (PS3.18): it takes what systems
// store (STOW-RS), finds what a channel has kept (QIDO-RS), shows it as
// metadata or as it came (WADO-RS), and stores instances at other archives.
package dicomweb

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// Media types of PS3.18 8.7.3.
const (
	mediaDICOM     = "application/dicom"
	mediaJSON      = "application/dicom+json"
	mediaMultipart = "multipart/related"
)

// Settings are those of {dicomweb: {listen: ...}}.
type Settings struct {
	Listen string                `json:"listen"`
	Base   string                `json:"base,omitempty"` // /dicom-web
	TLS    *exchange.TLSSettings `json:"tls,omitempty"`
	Plain  bool                  `json:"plain,omitempty"`
	// Shows names other channels whose instances may be found and read here,
	// such as that of the scanners' own door.
	Shows []string `json:"shows,omitempty"`
	// Clients are who may come. Without any, whoever reaches the address may
	// store, which is allowed on this machine only, unless they show
	// certificates.
	Clients []ClientSettings `json:"clients,omitempty"`
	// Read lets those who come without being a named client read, too.
	Read     bool  `json:"read,omitempty"`
	MaxBytes int64 `json:"maxBytes,omitempty"` // of one request; 4 GiB
}

// ClientSettings name a client by its token or certificate.
type ClientSettings struct {
	Name        string `json:"name"`
	TokenFile   string `json:"tokenFile,omitempty"`
	Certificate string `json:"certificate,omitempty"` // subject, such as CN=viewer
	Read        bool   `json:"read,omitempty"`        // may search and retrieve
	Store       bool   `json:"store,omitempty"`       // may store
}

func (s *Settings) check() error {
	if err := exchange.CheckAddress("listen", s.Listen); err != nil {
		return err
	}
	if s.Base == "" {
		s.Base = "/dicom-web"
	}
	s.Base = "/" + strings.Trim(s.Base, "/")
	if s.MaxBytes <= 0 {
		s.MaxBytes = 4 << 30
	}
	if !exchange.Loopback(s.Listen) && len(s.Clients) == 0 && (s.TLS == nil || !s.TLS.Clients) {
		return bedrail.Errorf(bedrail.Invalid, "%s is reachable from other machines: name clients, or ask for certificates with tls.clients", s.Listen).At("clients")
	}
	for _, c := range s.Clients {
		if c.Name == "" || c.TokenFile == "" && c.Certificate == "" {
			return bedrail.Errorf(bedrail.Invalid, "a client has a name and a tokenFile or a certificate").At("clients")
		}
		if !c.Read && !c.Store {
			return bedrail.Errorf(bedrail.Invalid, "the client %s may do nothing: give it read or store", c.Name).At("clients")
		}
	}
	return nil
}

func settingsOf(raw json.RawMessage) (Settings, error) {
	var s Settings
	if err := exchange.Decode(raw, &s); err != nil {
		return s, err
	}
	return s, s.check()
}

// SourceKind is the kind "dicomweb" of sources.
func SourceKind() exchange.SourceKind {
	return exchange.SourceKind{
		Name: "dicomweb", Format: exchange.DICOM,
		About:   "Takes images over HTTP (STOW-RS), and shows to those who may what is kept (QIDO-RS, WADO-RS).",
		Example: `{"listen": "127.0.0.1:8092", "read": true}`,
		Check:   func(raw json.RawMessage) error { _, err := settingsOf(raw); return err },
		Address: func(raw json.RawMessage) string {
			s, err := settingsOf(raw)
			if err != nil {
				return ""
			}
			return "tcp/" + s.Listen
		},
		Reads: func(raw json.RawMessage) []string {
			s, err := settingsOf(raw)
			if err != nil {
				return nil
			}
			return s.Shows
		},
		Open: func(c exchange.SourceConfig) (exchange.Source, error) {
			s, err := settingsOf(c.Settings)
			if err != nil {
				return nil, err
			}
			return &Source{settings: s, config: c, lobby: lobby.Lobby{Clock: c.Env.Clock}}, nil
		},
	}
}

// A Source is a DICOMweb server of one channel.
type Source struct {
	settings Settings
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

// A client is who asks, and what that may do.
type client struct {
	name        string
	read, store bool
}

// identify says who asks. ok is false for somebody who may not come.
func (s *Source) identify(r *http.Request, peer exchange.Peer) (c client, ok bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, k := range s.settings.Clients {
		if k.Certificate != "" && peer.CertificateSubject == k.Certificate || k.TokenFile != "" && token != "" && lobby.SameSecret(s.config.Env.Folder, k.TokenFile, []byte(token)) {
			return client{k.Name, k.Read, k.Store}, true
		}
	}
	if len(s.settings.Clients) > 0 {
		return client{}, false
	}
	name := peer.CertificateSubject
	if name == "" {
		name = peer.Address.Addr().String()
	}
	return client{name, s.settings.Read, true}, true
}
