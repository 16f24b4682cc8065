package fhirrest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"bedrail/exchange"
	"bedrail/fhirrest"
)

func sender(t *testing.T, settings string) exchange.Sender {
	t.Helper()
	s, err := fhirrest.DestinationKind().Open(exchange.DestinationConfig{Name: "ehr", Settings: json.RawMessage(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestAWriteIsTheSameHoweverOftenItIsTried(t *testing.T) {
	var seen []string
	ehr := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, fmt.Sprintf("%s %s %s %s", r.Method, r.URL.Path, r.Header.Get("If-None-Exist"), body))
		w.WriteHeader(201)
	}))
	defer ehr.Close()
	s := sender(t, `{"url": "`+ehr.URL+`/fhir/"}`)
	for name, c := range map[string]struct{ body, want string }{
		"with an id":          {`{"resourceType":"Device","id":"pump-7"}`, `PUT /fhir/Device/pump-7  {"resourceType":"Device","id":"pump-7"}`},
		"with an identifier":  {`{"resourceType":"Device","identifier":[{"system":"urn:x","value":"7"}]}`, `POST /fhir/Device identifier=urn%3Ax%7C7 {"resourceType":"Device","identifier":[{"system":"urn:x","value":"7"}]}`},
		"without either":      {`{"resourceType":"Observation"}`, `PUT /fhir/Observation/` + fhirrest.NameUUID("delivery k1") + `  {"id":"` + fhirrest.NameUUID("delivery k1") + `","resourceType":"Observation"}`},
		"a transaction":       {`{"resourceType":"Bundle","type":"transaction"}`, `POST /fhir  {"resourceType":"Bundle","type":"transaction"}`},
		"a message in FHIR":   {`{"resourceType":"Bundle","type":"message"}`, `POST /fhir/$process-message  {"resourceType":"Bundle","type":"message"}`},
		"numbers stay as are": {`{"resourceType":"Observation","id":"1","valueQuantity":{"value":72.50}}`, `PUT /fhir/Observation/1  {"resourceType":"Observation","id":"1","valueQuantity":{"value":72.50}}`},
	} {
		seen = nil
		for range 2 {
			ack, err := s.Send(context.Background(), exchange.Outgoing{Key: "k1", Body: []byte(c.body)})
			if err != nil || ack.Outcome != exchange.Accepted || ack.Code != "201" {
				t.Errorf("%s: %+v, %v", name, ack, err)
			}
		}
		if len(seen) != 2 || seen[0] != seen[1] || seen[0] != c.want {
			t.Errorf("%s: the server saw\n%s\nwant\n%s", name, strings.Join(seen, "\n"), c.want)
		}
	}
}

func TestWhatTheServerSaysDecidesWhatFollows(t *testing.T) {
	var status int
	var body string
	ehr := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }))
	s := sender(t, `{"url": "`+ehr.URL+`"}`)
	refused := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","diagnostics":"Eva Muster has no code","expression":["Observation.code"]}]}`
	for name, c := range map[string]struct {
		status int
		body   string
		want   exchange.Outcome
		again  bool // for ever: it is not there
		says   string
	}{
		"taken":            {201, "", exchange.Accepted, false, "Created"},
		"content refused":  {422, refused, exchange.Refused, false, "required Observation.code"},
		"a conflict":       {409, "", exchange.Failed, false, "Conflict"},
		"a fault":          {500, "", exchange.Failed, false, ""},
		"busy":             {429, "", "", true, ""},
		"away":             {503, "", "", true, ""},
		"part of a batch":  {200, `{"type":"batch-response","entry":[{"response":{"status":"201"}},{"response":{"status":"422"}}]}`, exchange.Refused, false, "1 entries"},
		"a login is asked": {401, "", exchange.Failed, false, ""},
	} {
		status, body = c.status, c.body
		ack, err := s.Send(context.Background(), exchange.Outgoing{Key: "k", Body: []byte(`{"resourceType":"Observation","id":"1"}`)})
		if (err != nil) != c.again || err == nil && ack.Outcome != c.want || !strings.Contains(ack.Text, c.says) {
			t.Errorf("%s: %+v, %v", name, ack, err)
		}
		if strings.Contains(ack.Text, "Muster") {
			t.Errorf("%s: a patient's name stands in %q", name, ack.Text)
		}
	}
	ehr.Close()
	if _, err := s.Send(context.Background(), exchange.Outgoing{Key: "k", Body: []byte(`{"resourceType":"Observation","id":"1"}`)}); err == nil {
		t.Error("a server that is gone took it")
	}
	if st := s.(exchange.Visible).Status(); st.State != "failing" || st.LastError == "" {
		t.Errorf("got %+v", st)
	}
}

// keyFile writes a private key and returns its file.
func keyFile(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSMARTBackendServices(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		private, public any
		alg             string
	}{"ES384": {ec, &ec.PublicKey, "ES384"}, "RS384": {rs, &rs.PublicKey, "RS384"}} {
		t.Run(name, func(t *testing.T) {
			var tokens, revoked atomic.Int32
			mux := http.NewServeMux()
			ehr := httptest.NewServer(mux)
			defer ehr.Close()
			mux.HandleFunc("/fhir/.well-known/smart-configuration", func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `{"token_endpoint": %q}`, ehr.URL+"/token")
			})
			mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
				var claims jwt.RegisteredClaims
				token, err := jwt.ParseWithClaims(r.FormValue("client_assertion"), &claims, func(*jwt.Token) (any, error) { return c.public, nil },
					jwt.WithValidMethods([]string{c.alg}), jwt.WithAudience(ehr.URL+"/token"), jwt.WithIssuer("bedrail-1"), jwt.WithSubject("bedrail-1"), jwt.WithExpirationRequired())
				if err != nil || token.Header["kid"] != "k1" || claims.ID == "" || time.Until(claims.ExpiresAt.Time) > 5*time.Minute ||
					r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "system/Observation.c" ||
					r.FormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
					t.Errorf("the assertion does not hold: %v %v", err, r.Form)
					w.WriteHeader(400)
				}
				fmt.Fprintf(w, `{"access_token": "token-%d", "expires_in": 300}`, tokens.Add(1))
			})
			mux.HandleFunc("/fhir/Observation/1", func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", 1+revoked.Load()) {
					w.WriteHeader(401)
				}
			})
			s := sender(t, fmt.Sprintf(`{"url": "%s/fhir", "smart": {"clientId": "bedrail-1", "keyFile": %q, "keyId": "k1", "scope": "system/Observation.c"}}`, ehr.URL, keyFile(t, c.private)))
			for i := range 3 {
				if i == 2 {
					revoked.Store(1) // the server forgets the first token: the next is asked for
				}
				ack, err := s.Send(context.Background(), exchange.Outgoing{Key: "k", Body: []byte(`{"resourceType":"Observation","id":"1"}`)})
				if err != nil || ack.Outcome != exchange.Accepted {
					t.Errorf("write %d: %+v, %v", i, ack, err)
				}
			}
			if tokens.Load() != 2 {
				t.Errorf("%d tokens were asked for, want 2", tokens.Load())
			}
		})
	}
}
