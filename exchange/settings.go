package exchange

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bedrail"
)

// Decode reads the settings of a source or destination into v, and refuses
// words that v does not know: a mistyped setting must not look like one that
// is in force. Settings that were left out altogether are an empty object.
func Decode(settings json.RawMessage, v any) error {
	if len(bytes.TrimSpace(settings)) == 0 || string(settings) == "null" {
		settings = json.RawMessage("{}")
	}
	d := json.NewDecoder(bytes.NewReader(settings))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var wrong *json.UnmarshalTypeError
	var shown *bedrail.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &shown):
		return shown
	case errors.As(err, &wrong):
		return bedrail.Errorf(bedrail.Invalid, "%s is %s; it should be %s", wrong.Field, wrong.Value, wrong.Type.Kind()).At(wrong.Field)
	}
	return bedrail.Errorf(bedrail.Invalid, "%s", strings.TrimPrefix(err.Error(), "json: "))
}

// A Duration is a time in settings, written as 30s or 5m.
type Duration time.Duration

// Or returns d, or other when d was not given.
func (d Duration) Or(other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return time.Duration(d)
}

// UnmarshalJSON reads "30s".
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%s is not a time such as \"30s\" or \"5m\"", b)
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return bedrail.Errorf(bedrail.Invalid, "%q is not a time such as 30s or 5m", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalJSON writes "30s".
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// A TLSSettings is how a connection is encrypted, alike for every kind.
// Secrets are never in settings: they name files.
type TLSSettings struct {
	On         bool   `json:"on,omitempty"`
	OwnCA      bool   `json:"ownCA,omitempty"`      // a listener's certificate of Bedrail's own authority
	Cert       string `json:"cert,omitempty"`       // PEM file: of the listener, or of us as a client
	Key        string `json:"key,omitempty"`        // and its key
	CA         string `json:"ca,omitempty"`         // PEM file: who may sign the other side's certificate
	ServerName string `json:"serverName,omitempty"` // when it is not the host of the address
	Clients    bool   `json:"clients,omitempty"`    // a listener asks for a client certificate signed by ca
}

// Enabled reports whether t asks for encryption at all.
func (t *TLSSettings) Enabled() bool {
	return t != nil && (t.On || t.OwnCA || t.Cert != "" || t.CA != "" || t.ServerName != "")
}

// An Encryption makes the TLS configurations of doors. OwnCA gives the
// certificate of Bedrail's own authority; package server sets it.
type Encryption struct {
	OwnCA func() (*tls.Config, error)
}

// Listener returns the configuration of a listener, or nil without
// encryption. Beyond this machine encryption is asked for, unless plain says
// that the network in between is protected otherwise.
func (e Encryption) Listener(t *TLSSettings, address string, plain bool, folder string) (*tls.Config, error) {
	if !t.Enabled() {
		if !Loopback(address) && !plain {
			return nil, bedrail.Errorf(bedrail.Invalid, "%s is reachable from other machines: give tls, or say plain: true when the way there is protected otherwise", address)
		}
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	switch {
	case t.Cert != "":
		pair, err := tls.LoadX509KeyPair(under(folder, t.Cert), under(folder, t.Key))
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "tls: the certificate cannot be used: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	case e.OwnCA != nil:
		own, err := e.OwnCA()
		if err != nil {
			return nil, err
		}
		c = own.Clone()
	default:
		return nil, bedrail.Errorf(bedrail.Invalid, "tls: name cert and key, or say ownCA: true")
	}
	if t.Clients || t.CA != "" {
		pool, err := authorities(under(folder, t.CA))
		if err != nil {
			return nil, err
		}
		c.ClientCAs, c.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// Client returns the configuration of a connection to address, or nil without
// encryption.
func (e Encryption) Client(t *TLSSettings, address, folder string) (*tls.Config, error) {
	if !t.Enabled() {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if c.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		c.ServerName = host
	}
	if t.CA != "" {
		pool, err := authorities(under(folder, t.CA))
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(under(folder, t.Cert), under(folder, t.Key))
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "tls: the certificate cannot be used: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func under(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

func authorities(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, bedrail.Errorf(bedrail.Invalid, "tls: ca names the file of who signs the clients' certificates; it is not given")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "tls: reading ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, bedrail.Errorf(bedrail.Invalid, "tls: %s holds no certificate in PEM", path)
	}
	return pool, nil
}

// Loopback reports whether address is reachable from this machine only.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// CheckAddress refuses what is not host:port.
func CheckAddress(name, address string) error {
	if address == "" {
		return bedrail.Errorf(bedrail.Invalid, "%s is missing; it is an address and port such as 127.0.0.1:2575", name).At(name)
	}
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return bedrail.Errorf(bedrail.Invalid, "%s is %q; it is an address and port such as 127.0.0.1:2575", name, address).At(name)
	}
	return nil
}

// source returns the kind named name.
func (k Kinds) source(name string) (SourceKind, error) {
	var known []string
	for _, s := range k.Sources {
		if s.Name == name {
			return s, nil
		}
		known = append(known, s.Name)
	}
	return SourceKind{}, bedrail.Errorf(bedrail.Invalid, "there is no kind of source %q; there are %s", name, strings.Join(known, ", "))
}

// destination returns the kind named name.
func (k Kinds) destination(name string) (DestinationKind, error) {
	var known []string
	for _, d := range k.Destinations {
		if d.Name == name {
			return d, nil
		}
		known = append(known, d.Name)
	}
	return DestinationKind{}, bedrail.Errorf(bedrail.Invalid, "there is no kind of destination %q; there are %s", name, strings.Join(known, ", "))
}

// An Endpoint is one kind with its settings, written {mllp: {listen: ...}}.
type Endpoint struct {
	Kind     string
	Settings json.RawMessage
}

// UnmarshalJSON reads an object of one word.
func (e *Endpoint) UnmarshalJSON(b []byte) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return bedrail.Errorf(bedrail.Invalid, "it names one kind with its settings, for example {\"mllp\": {\"listen\": \"127.0.0.1:2575\"}}")
	}
	if len(m) != 1 {
		return bedrail.Errorf(bedrail.Invalid, "it names exactly one kind with its settings, for example {\"mllp\": {\"listen\": \"127.0.0.1:2575\"}}; here are %d", len(m))
	}
	for kind, settings := range m {
		e.Kind, e.Settings = kind, settings
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (e Endpoint) MarshalJSON() ([]byte, error) {
	if e.Kind == "" {
		return []byte("{}"), nil
	}
	settings := e.Settings
	if len(settings) == 0 {
		settings = json.RawMessage("{}")
	}
	b, err := json.Marshal(map[string]json.RawMessage{e.Kind: settings})
	if err != nil {
		return nil, fmt.Errorf("writing the settings of %s: %w", e.Kind, err)
	}
	return b, nil
}
