package fhirrest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"bedrail"
	"bedrail/lobby"
)

// SmartSettings are those of SMART Backend Services: we are a client without a
// person (HL7 SMART App Launch 2.x, backend-services).
type SmartSettings struct {
	ClientID string `json:"clientId"`
	KeyFile  string `json:"keyFile"`         // private key in PEM: RSA for RS384, P-384 for ES384
	KeyID    string `json:"keyId,omitempty"` // kid
	TokenURL string `json:"tokenUrl,omitempty"`
	Scope    string `json:"scope,omitempty"` // system/*.cruds
}

func (s *SmartSettings) check() error {
	if s.ClientID == "" || s.KeyFile == "" {
		return bedrail.Errorf(bedrail.Invalid, "smart needs clientId and keyFile").At("smart")
	}
	return nil
}

// under is s with its file found from folder.
func (s SmartSettings) under(folder string) SmartSettings {
	s.KeyFile = lobby.Under(folder, s.KeyFile)
	return s
}

// A smart gets access tokens and keeps them while they last.
type smart struct {
	settings SmartSettings
	base     string
	http     *http.Client
	clock    bedrail.Clock
	sign     jwt.SigningMethod
	key      any

	mu    sync.Mutex // guards what follows; held while a token is asked for
	token string
	until time.Time
}

func newSmart(s SmartSettings, base string, client *http.Client, clock bedrail.Clock) (*smart, error) {
	text, err := os.ReadFile(s.KeyFile)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "smart: reading keyFile: %w", err).At("smart.keyFile")
	}
	m := &smart{settings: s, base: base, http: client, clock: clock}
	if rsa, err := jwt.ParseRSAPrivateKeyFromPEM(text); err == nil {
		m.sign, m.key = jwt.SigningMethodRS384, rsa
		return m, nil
	}
	ec, err := jwt.ParseECPrivateKeyFromPEM(text)
	if err != nil || ec.Curve.Params().BitSize != 384 {
		block, _ := pem.Decode(text)
		return nil, bedrail.Errorf(bedrail.Invalid, "smart: keyFile holds no RSA key and no EC key on P-384 in PEM (PEM found: %t)", block != nil).At("smart.keyFile")
	}
	m.sign, m.key = jwt.SigningMethodES384, ec
	return m, nil
}

// assertionLasts is below the five minutes that servers allow.
const assertionLasts = 4 * time.Minute

// bearer returns a token that is good for a while yet.
func (m *smart) bearer(ctx context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	if m.token != "" && now.Before(m.until) {
		return m.token, nil
	}
	at, err := m.endpoint(ctx)
	if err != nil {
		return "", err
	}
	jti := make([]byte, 16)
	rand.Read(jti) // never fails since Go 1.24
	t := jwt.NewWithClaims(m.sign, jwt.RegisteredClaims{Issuer: m.settings.ClientID, Subject: m.settings.ClientID, Audience: jwt.ClaimStrings{at},
		ExpiresAt: jwt.NewNumericDate(now.Add(assertionLasts)), ID: hex.EncodeToString(jti)})
	if m.settings.KeyID != "" {
		t.Header["kid"] = m.settings.KeyID
	}
	assertion, err := t.SignedString(m.key)
	if err != nil {
		return "", fmt.Errorf("signing the assertion: %w", err)
	}
	scope := m.settings.Scope
	if scope == "" {
		scope = "system/*.cruds"
	}
	return m.ask(ctx, at, url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}})
}

func (m *smart) ask(ctx context.Context, at string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		Error       string `json:"error"`
	}
	status, err := getJSON(m.http, req, &got)
	switch {
	case err != nil:
		return "", fmt.Errorf("asking %s for a token: %w", at, err)
	case got.AccessToken == "":
		return "", bedrail.Errorf(bedrail.Unavailable, "the authorization server answered %d %s instead of a token", status, got.Error)
	}
	lasts := time.Duration(max(got.ExpiresIn, 30)) * time.Second
	m.token, m.until = got.AccessToken, m.clock.Now().Add(lasts*9/10)
	return m.token, nil
}

// endpoint is where tokens are to be had: as set, or as the server says.
func (m *smart) endpoint(ctx context.Context) (string, error) {
	if m.settings.TokenURL != "" {
		return m.settings.TokenURL, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.base+"/.well-known/smart-configuration", nil)
	if err != nil {
		return "", err
	}
	var conf struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	if _, err := getJSON(m.http, req, &conf); err != nil || conf.TokenEndpoint == "" {
		return "", bedrail.Errorf(bedrail.Unavailable, "the server does not say where tokens are to be had; set smart.tokenUrl")
	}
	m.settings.TokenURL = conf.TokenEndpoint
	return conf.TokenEndpoint, nil
}

// forget drops a token that was refused.
func (m *smart) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token = ""
}

func getJSON(c *http.Client, req *http.Request, into any) (int, error) {
	resp, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := readMost(resp.Body, 1<<20)
	if err != nil {
		return resp.StatusCode, err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return resp.StatusCode, fmt.Errorf("it answered %d and no JSON", resp.StatusCode)
	}
	return resp.StatusCode, nil
}
