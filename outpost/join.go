package outpost

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"bedrail"
	"bedrail/seal"
	"bedrail/sensor"
)

// askTime bounds one question to the hub.
const askTime = 30 * time.Second

// Join comes in by a token and keeps who this sensor now is in folder. The key
// is made here and never leaves the machine.
func Join(ctx context.Context, t sensor.Token, folder string, clock bedrail.Clock) (*sensor.Identity, error) {
	got, pair, err := ask(ctx, t.Enrol, "/enrol", sensor.PinnedTLS(t.Pin, clock.Now), request{Secret: t.Secret})
	if err != nil {
		return nil, err
	}
	authority, err := x509.ParseCertificate(got.Authority)
	if err != nil || sensor.Pin(authority) != t.Pin {
		return nil, bedrail.Errorf(bedrail.Denied, "the hub gave another authority than the token names")
	}
	id := &sensor.Identity{Name: got.Name, Site: got.Site, Enrol: t.Enrol, Hub: t.Hub}
	return id, sensor.SaveIdentity(folder, id, authority, pair)
}

// Renew has the hub give id another certificate, for another key.
func Renew(ctx context.Context, id *sensor.Identity) error {
	_, pair, err := ask(ctx, id.Enrol, "/renew", id.TLS(), request{})
	if err != nil {
		return err
	}
	return id.Replace(pair)
}

// ask sends a request for a certificate and returns what came, with the key
// that it was asked for.
func ask(ctx context.Context, address, path string, c *tls.Config, r request) (answer, *tls.Certificate, error) {
	key, err := seal.NewSigningKey()
	if err != nil {
		return answer{}, nil, err
	}
	if r.CSR, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key); err != nil {
		return answer{}, nil, err
	}
	got, err := post(ctx, "https://"+address+path, c, r)
	if err != nil {
		return answer{}, nil, err
	}
	leaf, err := x509.ParseCertificate(got.Certificate)
	if err != nil || !key.PublicKey.Equal(leaf.PublicKey) {
		return answer{}, nil, bedrail.Errorf(bedrail.Denied, "the hub gave a certificate for another key than ours")
	}
	return got, &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

func post(ctx context.Context, url string, c *tls.Config, r request) (got answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	body, err := json.Marshal(r)
	if err != nil {
		return got, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return got, bedrail.Errorf(bedrail.Invalid, "the address of the hub in the token is no good: %w", err)
	}
	transport := &http.Transport{TLSClientConfig: c, DisableKeepAlives: true} // straight to the hub, by no proxy
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		var shown *bedrail.Error
		if errors.As(err, &shown) {
			return got, shown
		}
		return got, bedrail.Errorf(bedrail.Unavailable, "the hub at %s does not answer; can this machine reach it, and does it take sensors (sensors.enrol)? %w", req.URL.Host, errors.Unwrap(err))
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxBody)).Decode(&got); err != nil {
		return got, bedrail.Errorf(bedrail.Unavailable, "the answer of the hub cannot be read: %w", err)
	}
	switch {
	case res.StatusCode == http.StatusForbidden:
		return got, bedrail.Errorf(bedrail.Denied, "%s", got.Detail)
	case res.StatusCode != http.StatusOK:
		return got, bedrail.Errorf(bedrail.Unavailable, "the hub answered %s: %s", res.Status, got.Detail)
	}
	return got, nil
}
