package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/webhook"
	"bedrail/lobby"
)

// DestinationSettings are those of {webhook: {url: ...}}.
type DestinationSettings struct {
	URL        string                `json:"url"`
	SecretFile string                `json:"secretFile"` // whsec_ and base64, or any text
	TLS        *exchange.TLSSettings `json:"tls,omitempty"`
	Timeout    exchange.Duration     `json:"timeout,omitempty"`
}

func (d *DestinationSettings) check() error {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return bedrail.Errorf(bedrail.Invalid, "url is %q; it is where messages are posted, such as https://example.org/hook", d.URL).At("url")
	}
	if u.User != nil {
		return bedrail.Errorf(bedrail.Invalid, "url holds a password; webhooks are signed with secretFile instead").At("url")
	}
	if d.SecretFile == "" {
		return bedrail.Errorf(bedrail.Invalid, "secretFile is missing; it holds what the receiver checks signatures with").At("secretFile")
	}
	return nil
}

// DestinationKind is the kind "webhook" of destinations.
func DestinationKind() exchange.DestinationKind {
	read := func(raw json.RawMessage) (DestinationSettings, error) {
		var d DestinationSettings
		if err := exchange.Decode(raw, &d); err != nil {
			return d, err
		}
		return d, d.check()
	}
	return exchange.DestinationKind{
		Name: "webhook", About: "Posts messages, signed as Standard Webhooks says.",
		Example: `{"url": "http://127.0.0.1:9100/hook", "secretFile": "hook.secret"}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Open: func(c exchange.DestinationConfig) (exchange.Sender, error) {
			d, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return newSender(d, c.Env)
		},
	}
}

// A Sender posts to one receiver.
type Sender struct {
	settings DestinationSettings
	host     string
	http     *http.Client
	env      exchange.Env

	mu     sync.Mutex // guards status
	status exchange.SenderStatus
}

func newSender(d DestinationSettings, env exchange.Env) (*Sender, error) {
	client, host, err := lobby.Client(env, d.URL, d.TLS, d.Timeout.Or(30*time.Second))
	if err != nil {
		return nil, err
	}
	return &Sender{settings: d, host: host, env: env, status: exchange.SenderStatus{State: "idle", Peer: host}, http: client}, nil
}

const (
	mostBody   = 64 << 20
	mostAnswer = 64 << 10
)

// Send implements exchange.Sender. Its Webhook-Id is the same at every try.
func (s *Sender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	body := out.Body
	if body == nil && out.Open != nil {
		r, err := out.Open()
		if err != nil {
			return exchange.Acknowledgment{}, err
		}
		defer r.Close()
		if body, err = io.ReadAll(io.LimitReader(r, mostBody+1)); err != nil {
			return exchange.Acknowledgment{}, err
		}
		if len(body) > mostBody {
			return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "too-long", Text: "more than one post may carry"}, nil
		}
	}
	ack, err := s.post(ctx, out, body)
	s.note(ack, err)
	return ack, err
}

func (s *Sender) post(ctx context.Context, out exchange.Outgoing, body []byte) (ack exchange.Acknowledgment, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.settings.URL, bytes.NewReader(body))
	if err != nil {
		return ack, err
	}
	secret, err := os.ReadFile(lobby.Under(s.env.Folder, s.settings.SecretFile))
	if err != nil {
		return ack, bedrail.Errorf(bedrail.Unavailable, "reading secretFile: %w", err)
	}
	webhook.Set(req.Header, []string{string(secret)}, out.Key, s.env.Clock.Now(), body)
	if req.Header.Set("Content-Type", out.ContentType); out.ContentType == "" {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return ack, lobby.Away(s.host, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return ack, bedrail.Errorf(bedrail.Unavailable, "%s: the answer broke off", s.host)
	}
	return lobby.Judge(resp.StatusCode, answer)
}

func (s *Sender) note(ack exchange.Acknowledgment, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && ack.Outcome == exchange.Accepted {
		s.status.State = "connected"
		return
	}
	s.status.State, s.status.LastErrorAt, s.status.LastError = "failing", s.env.Clock.Now(), ack.Code+" "+ack.Text
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
