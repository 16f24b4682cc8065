package sensor

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bedrail"
	"bedrail/seal"
)

// hubName is what the certificate of a hub's doors for sensors is made out to.
// It stands for no machine: a sensor believes its hub by the authority that
// enrolled it, wherever the hub has moved.
const hubName = "hub.bedrail.internal"

// Lifetime of the certificate that a hub shows to sensors. It lives in memory.
const (
	hubCertLasts  = 90 * 24 * time.Hour
	hubCertBefore = 30 * 24 * time.Hour
)

// HubTLS is how a hub's door for sensors is encrypted. Unless strangers are
// welcome, who shows no certificate of the authority gets no further.
func HubTLS(a *seal.Authority, clock bedrail.Clock, strangers bool) *tls.Config {
	var mu sync.Mutex // guards current
	var current *tls.Certificate
	c := &tls.Config{MinVersion: tls.VersionTLS13, ClientCAs: a.Pool(), ClientAuth: tls.RequireAndVerifyClientCert, Time: clock.Now}
	if strangers {
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		now := clock.Now()
		if current != nil && now.Before(current.Leaf.NotAfter.Add(-hubCertBefore)) {
			return current, nil
		}
		fresh, err := a.Serve(&x509.Certificate{Subject: pkix.Name{CommonName: "Bedrail hub"}, DNSNames: []string{hubName}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(hubCertLasts)})
		if err == nil {
			current = fresh
		}
		return current, err
	}
	return c
}

// PinnedTLS is how somebody who has nothing but a token calls the hub: it
// believes the authority with the token's fingerprint and no other.
func PinnedTLS(pin string, now func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: hubName,
		InsecureSkipVerify: true, // replaced by the check of the fingerprint
		VerifyConnection: func(s tls.ConnectionState) error {
			roots := x509.NewCertPool()
			for _, c := range s.PeerCertificates {
				if Pin(c) == pin {
					roots.AddCert(c)
				}
			}
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: hubName, CurrentTime: now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
			if err != nil {
				return bedrail.Errorf(bedrail.Denied, "what answers there is not the hub that made the token, or its authority was made anew; make a new token at the hub and see that nobody stands between: %w", err)
			}
			return nil
		},
	}
}

// Files of a sensor in its folder of keys.
const (
	identityFile = "sensor.json"
	pairFile     = "sensor.pem" // certificate and key in one, so that they are replaced together
	hubFile      = "sensor-hub.pem"
)

// An Identity is who a sensor is and to whom it hands over, as it keeps it.
// Whoever has its files can speak as the sensor until it is revoked.
type Identity struct {
	Name  string `json:"name"`
	Site  string `json:"site"`
	Enrol string `json:"enrol"`
	Hub   string `json:"hub"`

	folder    string
	authority *x509.Certificate
	mu        sync.Mutex // guards pair
	pair      *tls.Certificate
}

// LoadIdentity reads what SaveIdentity kept, or is NotFound when this machine
// was never enrolled.
func LoadIdentity(folder string) (*Identity, error) {
	raw, err := os.ReadFile(filepath.Join(folder, identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, bedrail.Errorf(bedrail.NotFound, "this machine is no sensor yet: make a token at the hub with \"bedrail sensor enrol NAME\" and give it here to \"bedrail sensor join\"")
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "reading who this sensor is: %w", err)
	}
	id := &Identity{folder: folder}
	if err := json.Unmarshal(raw, id); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s cannot be read; enrol the sensor anew: %w", filepath.Join(folder, identityFile), err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, pairFile), filepath.Join(folder, pairFile))
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "reading the certificate of this sensor; enrol it anew: %w", err)
	}
	id.pair = &pair
	hub, err := os.ReadFile(filepath.Join(folder, hubFile))
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "reading the authority of the hub; enrol the sensor anew: %w", err)
	}
	block, _ := pem.Decode(hub)
	if block == nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s holds no certificate; enrol the sensor anew", filepath.Join(folder, hubFile))
	}
	id.authority, err = x509.ParseCertificate(block.Bytes)
	return id, err
}

// SaveIdentity keeps who a sensor is, so that only its owner can read it.
func SaveIdentity(folder string, id *Identity, authority *x509.Certificate, pair *tls.Certificate) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "making the folder of keys: %w", err)
	}
	id.folder, id.authority = folder, authority
	if err := seal.WriteCertificate(filepath.Join(folder, hubFile), authority.Raw); err != nil {
		return err
	}
	if err := id.Replace(pair); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return err
	}
	return seal.WriteWhole(filepath.Join(folder, identityFile), append(raw, '\n'), 0o600)
}

// Replace takes another certificate with its key, and keeps it.
func (id *Identity) Replace(pair *tls.Certificate) error {
	if err := seal.WritePair(filepath.Join(id.folder, pairFile), pair); err != nil {
		return err
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	id.pair = pair
	return nil
}

// CertEnds is until when the certificate is good.
func (id *Identity) CertEnds() time.Time { return id.current().Leaf.NotAfter }

func (id *Identity) current() *tls.Certificate {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.pair
}

// TLS is how the sensor calls its hub: it shows the certificate that it has in
// that moment.
func (id *Identity) TLS() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(id.authority)
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: hubName,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return id.current(), nil }}
}
