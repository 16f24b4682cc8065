package fhirrest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// DestinationSettings are those of {fhir: {url: ...}}.
type DestinationSettings struct {
	URL       string                `json:"url"` // base of the server
	TLS       *exchange.TLSSettings `json:"tls,omitempty"`
	Timeout   exchange.Duration     `json:"timeout,omitempty"`   // 30s
	TokenFile string                `json:"tokenFile,omitempty"` // a bearer token, read at every use
	Smart     *SmartSettings        `json:"smart,omitempty"`
}

func (d *DestinationSettings) check() error {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return bedrail.Errorf(bedrail.Invalid, "url is %q; it is the base of a FHIR server such as https://ehr.example/fhir", d.URL).At("url")
	}
	if u.User != nil {
		return bedrail.Errorf(bedrail.Invalid, "url holds a password; name a file in tokenFile instead").At("url")
	}
	if d.TokenFile != "" && d.Smart != nil {
		return bedrail.Errorf(bedrail.Invalid, "tokenFile and smart are two ways to the same; give one").At("smart")
	}
	if d.Smart != nil {
		return d.Smart.check()
	}
	return nil
}

// DestinationKind is the kind "fhir" of destinations.
func DestinationKind() exchange.DestinationKind {
	read := func(raw json.RawMessage) (DestinationSettings, error) {
		var d DestinationSettings
		if err := exchange.Decode(raw, &d); err != nil {
			return d, err
		}
		return d, d.check()
	}
	return exchange.DestinationKind{
		Name: "fhir", Accepts: []exchange.Format{exchange.FHIR}, Parallel: 8, // of one patient and device there is one on its way
		About:   "Writes resources into a FHIR server: each once, however often it is tried.",
		Example: `{"url": "http://127.0.0.1:9000/fhir"}`,
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

// A Sender writes into one FHIR server.
type Sender struct {
	settings DestinationSettings
	base     string
	http     *http.Client
	smart    *smart
	clock    bedrail.Clock
	folder   string

	mu     sync.Mutex // guards status
	status exchange.SenderStatus
}

func newSender(d DestinationSettings, env exchange.Env) (*Sender, error) {
	u, err := url.Parse(d.URL)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy, t.MaxIdleConnsPerHost, t.IdleConnTimeout = nil, 16, 30*time.Second
	t.WriteBufferSize = writeBuffer
	if u.Scheme == "https" {
		own := d.TLS
		if own == nil {
			own = &exchange.TLSSettings{On: true}
		}
		if t.TLSClientConfig, err = env.TLS.Client(own, u.Host, env.Folder); err != nil {
			return nil, err
		}
	}
	s := &Sender{settings: d, base: strings.TrimRight(d.URL, "/"), clock: env.Clock, folder: env.Folder, status: exchange.SenderStatus{State: "idle", Peer: u.Host},
		http: &http.Client{Transport: t, Timeout: d.Timeout.Or(30 * time.Second), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if d.Smart != nil {
		if s.smart, err = newSmart(d.Smart.under(env.Folder), s.base, s.http, env.Clock); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// writeBuffer holds the request of an ordinary bundle, which then leaves in one
// piece.
const writeBuffer = 64 << 10

// mostBody bounds what is written as one resource.
const mostBody = 64 << 20

// mostAnswer is how much of an answer is kept.
const mostAnswer = 64 << 10

// Send implements exchange.Sender.
func (s *Sender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	body, err := bodyOf(out)
	if err != nil {
		return exchange.Acknowledgment{}, err
	}
	req, err := s.request(out, body)
	if err != nil {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "unreadable", Text: err.Error()}, nil
	}
	for try := 0; ; try++ {
		ack, status, err := s.once(ctx, req, body)
		if err == nil && status == http.StatusUnauthorized && s.smart != nil && try == 0 {
			s.smart.forget()
			continue
		}
		s.note(ack, err)
		return ack, err
	}
}

func bodyOf(out exchange.Outgoing) ([]byte, error) {
	if out.Body != nil || out.Open == nil {
		return out.Body, nil
	}
	r, err := out.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readMost(r, mostBody)
}

func readMost(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	return b, err
}

// A plannedRequest says how a resource is written so that trying again does
// not make a second one.
type plannedRequest struct {
	method, path, ifNoneExist string
	body                      []byte
}

func (s *Sender) request(out exchange.Outgoing, body []byte) (plannedRequest, error) {
	h, err := headOf(body)
	if err != nil {
		return plannedRequest{}, err
	}
	kind := h.Type
	switch {
	case h.ResourceType == "Bundle" && (kind == "transaction" || kind == "batch"):
		return plannedRequest{method: http.MethodPost}, nil
	case h.ResourceType == "Bundle" && kind == "message":
		return plannedRequest{method: http.MethodPost, path: "/$process-message"}, nil
	case h.ID != "":
		return plannedRequest{method: http.MethodPut, path: "/" + h.ResourceType + "/" + url.PathEscape(h.ID)}, nil
	}
	if kind, id, _ := place(out.Facts.ControlID); kind == h.ResourceType && goodID.MatchString(id) {
		// It came in through a FHIR door, which gave it this id.
		named, err := withID(body, id)
		return plannedRequest{method: http.MethodPut, path: "/" + kind + "/" + id, body: named}, err
	}
	for _, i := range identifiers(h.Identifier) {
		if i.Value != "" {
			return plannedRequest{method: http.MethodPost, path: "/" + h.ResourceType, ifNoneExist: "identifier=" + url.QueryEscape(i.System+"|"+i.Value)}, nil
		}
	}
	// Nothing in it names it: the delivery's own name does.
	id := NameUUID("delivery " + out.Key)
	named, err := withID(body, id)
	return plannedRequest{method: http.MethodPut, path: "/" + h.ResourceType + "/" + id, body: named}, err
}

// withID puts an id in front of a resource and leaves its other bytes alone.
func withID(body []byte, id string) ([]byte, error) {
	at := bytes.IndexByte(body, '{')
	if at < 0 {
		return nil, errors.New("it is not an object")
	}
	out := append([]byte{}, body[:at+1]...)
	out = append(out, fmt.Sprintf("%q:%q,", "id", id)...)
	return append(out, body[at+1:]...), nil
}

func (s *Sender) once(ctx context.Context, p plannedRequest, body []byte) (ack exchange.Acknowledgment, status int, err error) {
	if p.body != nil {
		body = p.body
	}
	req, err := http.NewRequestWithContext(ctx, p.method, s.base+p.path, bytes.NewReader(body))
	if err != nil {
		return ack, 0, err
	}
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("Accept", mediaType)
	if p.ifNoneExist != "" {
		req.Header.Set("If-None-Exist", p.ifNoneExist)
	}
	if err := s.authorize(ctx, req); err != nil {
		return ack, 0, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return ack, 0, bedrail.Errorf(bedrail.Unavailable, "%s: %s", s.status.Peer, withoutURL(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return ack, 0, bedrail.Errorf(bedrail.Unavailable, "%s: the answer broke off", s.status.Peer)
	}
	ack, err = judge(resp.StatusCode, answer)
	return ack, resp.StatusCode, err
}

// withoutURL drops the address from an error: a search part would speak of a
// patient.
func withoutURL(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

func (s *Sender) authorize(ctx context.Context, req *http.Request) error {
	switch {
	case s.smart != nil:
		token, err := s.smart.bearer(ctx)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case s.settings.TokenFile != "":
		token, err := os.ReadFile(lobby.Under(s.folder, s.settings.TokenFile))
		if err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "reading tokenFile: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	return nil
}

// judge turns an answer into what the exchange does next (FHIR R4 http.html
// #status-codes). Servers that are busy, behind or away are tried again for
// as long as it takes; what they do not like of the content is not.
func judge(status int, answer []byte) (exchange.Acknowledgment, error) {
	ack := exchange.Acknowledgment{Code: fmt.Sprint(status), Text: http.StatusText(status), Body: answer[:min(len(answer), mostAnswer)]}
	if words := codes(answer); words != "" {
		ack.Text += ": " + words
	}
	switch {
	case status >= 200 && status < 300:
		ack.Outcome = exchange.Accepted
		if n := failedEntries(answer); n > 0 {
			ack.Outcome, ack.Text = exchange.Refused, fmt.Sprintf("%d entries of the batch were refused", n)
		}
	case status == http.StatusTooManyRequests, status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return ack, bedrail.Errorf(bedrail.Unavailable, "the server answered %d %s", status, http.StatusText(status))
	case status >= 500, status == http.StatusConflict, status == http.StatusPreconditionFailed, status == http.StatusRequestTimeout,
		status == http.StatusUnauthorized, status == http.StatusForbidden:
		ack.Outcome = exchange.Failed
	default:
		ack.Outcome = exchange.Refused
	}
	return ack, nil
}

// failedEntries counts what a batch response says was not done.
func failedEntries(answer []byte) (n int) {
	var b struct {
		Type  string `json:"type"`
		Entry []struct {
			Response struct {
				Status string `json:"status"`
			} `json:"response"`
		} `json:"entry"`
	}
	if json.Unmarshal(answer, &b) != nil || b.Type != "batch-response" {
		return 0
	}
	for _, e := range b.Entry {
		if e.Response.Status != "" && e.Response.Status[0] != '2' {
			n++
		}
	}
	return n
}

func (s *Sender) note(ack exchange.Acknowledgment, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	text := ack.Text
	if err != nil {
		text = err.Error()
	} else if ack.Outcome == exchange.Accepted {
		if s.status.State != "connected" {
			s.status.State, s.status.Since = "connected", now
		}
		return
	}
	s.status.State, s.status.LastError, s.status.LastErrorAt = "failing", text, now
}

// Probe implements exchange.Prober: it asks what the server can do.
func (s *Sender) Probe(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/metadata", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", mediaType)
	var got head
	status, err := getJSON(s.http, req, &got)
	switch {
	case err != nil:
		return bedrail.Errorf(bedrail.Unavailable, "%s: %s", s.status.Peer, withoutURL(err))
	case got.ResourceType != "CapabilityStatement":
		return bedrail.Errorf(bedrail.Unavailable, "%s answered %d and no CapabilityStatement: it is no FHIR server, or its base is another", s.settings.URL, status)
	}
	return nil
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
