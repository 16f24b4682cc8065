package cmms

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/exchange"
	"bedrail/lobby"
)

// DestinationSettings are those of {cmms: {url: ...}}.
type DestinationSettings struct {
	URL     string                `json:"url"` // base of the interface
	TLS     *exchange.TLSSettings `json:"tls,omitempty"`
	Timeout exchange.Duration     `json:"timeout,omitempty"` // 30s
	// One of: a bearer token; the key of a header; a user with a password. The
	// file or variable of the environment is read at every use.
	TokenFile   string            `json:"tokenFile,omitempty"`
	TokenEnv    string            `json:"tokenEnv,omitempty"`
	Header      string            `json:"header,omitempty"` // instead of Authorization: Bearer
	User        string            `json:"user,omitempty"`   // then the token is a password
	Headers     map[string]string `json:"headers,omitempty"`
	Idempotency string            `json:"idempotencyHeader,omitempty"` // Idempotency-Key
	Already     []int             `json:"already,omitempty"`           // statuses that say: it is so already
	Corrections *Call             `json:"corrections,omitempty"`
	WorkOrders  *Call             `json:"workOrders,omitempty"`
}

func (d *DestinationSettings) check() error {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return bedrail.Errorf(bedrail.Invalid, "url is no address; it is the base of the maintenance system's interface, such as https://cmms.example/api").At("url")
	}
	switch {
	case u.User != nil:
		return bedrail.Errorf(bedrail.Invalid, "url holds a password; name a file in tokenFile instead").At("url")
	case u.Scheme == "http" && !exchange.Loopback(hostPort(u)) && (d.TokenFile != "" || d.TokenEnv != ""):
		return bedrail.Errorf(bedrail.Invalid, "a token would travel unencrypted to %s; use https", u.Host).At("url")
	case d.TokenFile != "" && d.TokenEnv != "":
		return bedrail.Errorf(bedrail.Invalid, "tokenFile and tokenEnv are two ways to the same; give one").At("tokenEnv")
	case (d.User != "" || d.Header != "") && d.TokenFile == "" && d.TokenEnv == "":
		return bedrail.Errorf(bedrail.Invalid, "user and header need tokenFile or tokenEnv, which hold the secret").At("tokenFile")
	case d.Corrections == nil && d.WorkOrders == nil:
		return bedrail.Errorf(bedrail.Invalid, "say with corrections or workOrders which call is made").At("corrections")
	}
	for name := range d.Headers {
		if secretHeader(name) {
			return bedrail.Errorf(bedrail.Invalid, "the header %s holds a secret; name its file in tokenFile", name).At("headers")
		}
	}
	if d.Idempotency == "" {
		d.Idempotency = "Idempotency-Key"
	}
	if d.Corrections != nil {
		if err := d.Corrections.check(http.MethodPatch); err != nil {
			return err
		}
	}
	if d.WorkOrders != nil {
		return d.WorkOrders.check(http.MethodPost)
	}
	return nil
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + ":80"
}

func secretHeader(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"authorization", "token", "secret", "password", "api-key", "apikey", "cookie"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// DestinationKind is the kind "cmms" of destinations.
func DestinationKind() exchange.DestinationKind {
	read := func(raw json.RawMessage) (DestinationSettings, error) {
		var d DestinationSettings
		if err := exchange.Decode(raw, &d); err != nil {
			return d, err
		}
		return d, d.check()
	}
	return exchange.DestinationKind{
		Name: "cmms", Accepts: []exchange.Format{exchange.JSON},
		About: "Writes corrections and work orders into a maintenance system with the REST calls that it takes.",
		Example: `{"url": "https://cmms.example/api", "tokenFile": "cmms.token",
  "corrections": {"method": "PATCH", "path": "/assets/{device.assetTag}", "fields": {"softwareVersion": "firmware", "serialNumber": "serial"}, "body": {"{target}": "{value}"}},
  "workOrders": {"path": "/work-orders", "body": {"asset": "{device.assetTag}", "summary": "{summary}", "description": "{text}", "priority": "{priority}", "externalId": "{key}"}}}`,
		Check: func(raw json.RawMessage) error { _, err := read(raw); return err },
		Open: func(c exchange.DestinationConfig) (exchange.Sender, error) {
			d, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			client, host, err := lobby.Client(c.Env, d.URL, d.TLS, d.Timeout.Or(30*time.Second))
			if err != nil {
				return nil, err
			}
			return &Sender{settings: d, host: host, env: c.Env, http: client, status: exchange.SenderStatus{State: "idle", Peer: host}}, nil
		},
	}
}

// A Sender writes into one maintenance system.
type Sender struct {
	settings DestinationSettings
	host     string
	http     *http.Client
	env      exchange.Env

	mu     sync.Mutex // guards status
	status exchange.SenderStatus
}

// mostAnswer bounds what is read of an answer.
const mostAnswer = 64 << 10

// Send implements exchange.Sender. Its idempotency key is that of the
// correction, at every try and when it is sent again later.
func (s *Sender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	ack, err := s.send(ctx, out)
	s.note(ack, err)
	return ack, err
}

func (s *Sender) send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	refuse := func(code, text string) (exchange.Acknowledgment, error) {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Code: code, Text: text}, nil
	}
	l, err := readLetter(out.Body)
	if err != nil {
		return refuse("unreadable", err.Error())
	}
	call := s.settings.Corrections
	if l.text("kind") == asset.WorkOrderKind {
		call = s.settings.WorkOrders
	}
	if call == nil || !slices.Contains(kinds[:], l.text("kind")) {
		return refuse("no-call", "the destination has no call for a "+l.text("kind"))
	}
	path, body, err := call.fill(l)
	if err != nil {
		return refuse("unmapped", err.Error())
	}
	return s.post(ctx, call.Method, path, l.text("key"), body)
}

func (s *Sender) post(ctx context.Context, method, path, key string, body []byte) (exchange.Acknowledgment, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(s.settings.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "address", Text: "the address of the call cannot be made"}, nil
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	for name, v := range s.settings.Headers {
		req.Header.Set(name, v)
	}
	req.Header.Set(s.settings.Idempotency, key)
	if err := s.authorize(req); err != nil {
		return exchange.Acknowledgment{}, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return exchange.Acknowledgment{}, lobby.Away(s.host, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "%s: the answer broke off", s.host)
	}
	if slices.Contains(s.settings.Already, resp.StatusCode) {
		return exchange.Acknowledgment{Outcome: exchange.Accepted, Code: resp.Status[:3], Text: "it is so already", Body: answer}, nil
	}
	return lobby.Judge(resp.StatusCode, answer)
}

// authorize shows who we are. The secret is read at every use, so that it can
// be changed while Bedrail runs, and stands in no error.
func (s *Sender) authorize(req *http.Request) error {
	d := s.settings
	var secret string
	switch {
	case d.TokenFile != "":
		raw, err := os.ReadFile(lobby.Under(s.env.Folder, d.TokenFile))
		if err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "tokenFile cannot be read")
		}
		secret = strings.TrimSpace(string(raw))
	case d.TokenEnv != "":
		secret = strings.TrimSpace(os.Getenv(d.TokenEnv))
	default:
		return nil
	}
	if secret == "" || strings.ContainsAny(secret, "\r\n") {
		return bedrail.Errorf(bedrail.Unavailable, "the secret is empty or has more than one line")
	}
	switch {
	case d.User != "":
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(d.User+":"+secret)))
	case d.Header != "":
		req.Header.Set(d.Header, secret)
	default:
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	return nil
}

func (s *Sender) note(ack exchange.Acknowledgment, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && ack.Outcome == exchange.Accepted {
		s.status.State = "connected"
		return
	}
	now := time.Time{}
	if s.env.Clock != nil {
		now = s.env.Clock.Now()
	}
	s.status.State, s.status.LastErrorAt, s.status.LastError = "failing", now, strings.TrimSpace(ack.Code+" "+ack.Text)
	if err != nil {
		s.status.LastError = err.Error()
	}
}

// Status implements exchange.Visible.
func (s *Sender) Status() exchange.SenderStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Close implements exchange.Sender.
func (s *Sender) Close() error {
	s.http.CloseIdleConnections()
	return nil
}
