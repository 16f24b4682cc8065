package dicomweb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/dicom"
	"bedrail/lobby"
)

// DestinationSettings are those of {dicomweb: {url: ...}}.
type DestinationSettings struct {
	URL       string                `json:"url"` // base of the server, such as http://pacs/dicom-web
	TLS       *exchange.TLSSettings `json:"tls,omitempty"`
	TokenFile string                `json:"tokenFile,omitempty"` // a bearer token, read at every use
	// UserFile holds user:password for servers that know basic authentication
	// only; it is sent over TLS or to this machine only.
	UserFile string            `json:"userFile,omitempty"`
	Timeout  exchange.Duration `json:"timeout,omitempty"` // 30s
}

func (d *DestinationSettings) check() error {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return bedrail.Errorf(bedrail.Invalid, "url is %q; it is the base of a DICOMweb server without a password, such as http://127.0.0.1:8042/dicom-web", d.URL).At("url")
	}
	if d.UserFile != "" && u.Scheme == "http" && !exchange.Loopback(hostPort(u)) {
		return bedrail.Errorf(bedrail.Invalid, "a password is not sent without encryption: give an https address").At("userFile")
	}
	d.URL = strings.TrimRight(d.URL, "/")
	return nil
}

func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return u.Host + ":80"
	}
	return u.Host
}

// DestinationKind is the kind "dicomweb" of destinations.
func DestinationKind() exchange.DestinationKind {
	read := func(raw json.RawMessage) (DestinationSettings, error) {
		var d DestinationSettings
		if err := exchange.Decode(raw, &d); err != nil {
			return d, err
		}
		return d, d.check()
	}
	return exchange.DestinationKind{
		Name: "dicomweb", Accepts: []exchange.Format{exchange.DICOM}, Parallel: 2,
		About:   "Stores images at an archive over HTTP (STOW-RS).",
		Example: `{"url": "http://127.0.0.1:8042/dicom-web"}`,
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

// A Sender stores at one archive.
type Sender struct {
	settings DestinationSettings
	http     *http.Client
	env      exchange.Env

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
	if u.Scheme == "https" {
		own := d.TLS
		if own == nil {
			own = &exchange.TLSSettings{On: true}
		}
		if t.TLSClientConfig, err = env.TLS.Client(own, u.Host, env.Folder); err != nil {
			return nil, err
		}
	}
	return &Sender{settings: d, env: env, status: exchange.SenderStatus{State: "idle", Peer: u.Host},
		http: &http.Client{Transport: t, Timeout: d.Timeout.Or(30 * time.Second), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
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

// Probe implements exchange.Prober: a search for nothing.
func (s *Sender) Probe(ctx context.Context) error {
	req, err := s.request(ctx, http.MethodGet, "/studies?limit=0", http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", mediaJSON)
	r, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusUnauthorized || r.StatusCode == http.StatusForbidden || r.StatusCode >= 500 {
		return fmt.Errorf("the archive answers %s", r.Status)
	}
	return nil
}

func (s *Sender) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.settings.URL+path, body)
	if err != nil {
		return nil, err
	}
	for _, secret := range []struct {
		file string
		use  func(string)
	}{
		{s.settings.TokenFile, func(v string) { req.Header.Set("Authorization", "Bearer "+v) }},
		{s.settings.UserFile, func(v string) { user, password, _ := strings.Cut(v, ":"); req.SetBasicAuth(user, password) }},
	} {
		if secret.file == "" {
			continue
		}
		raw, err := os.ReadFile(lobby.Under(s.env.Folder, secret.file))
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Unavailable, "reading %s: %w", secret.file, err)
		}
		secret.use(strings.TrimSpace(string(raw)))
	}
	return req, nil
}

// Send implements exchange.Sender. The body is streamed: an instance may be
// larger than memory.
func (s *Sender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	ack, err := s.store(ctx, out)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.State, s.status.LastError = "connected", ""
	if err != nil {
		s.status.State, s.status.LastError, s.status.LastErrorAt = "failing", err.Error(), s.env.Clock.Now()
	}
	return ack, err
}

func (s *Sender) store(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	body := io.NopCloser(bytes.NewReader(out.Body))
	if out.Body == nil && out.Open != nil {
		var err error
		if body, err = out.Open(); err != nil {
			return exchange.Acknowledgment{}, err
		}
	}
	defer body.Close()
	pipe, feed := io.Pipe()
	w := multipart.NewWriter(feed)
	go func() {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {mediaDICOM}})
		if err == nil {
			_, err = io.Copy(part, body)
		}
		feed.CloseWithError(errors.Join(err, w.Close()))
	}()
	defer pipe.Close() // ends the goroutine when the archive answers early
	req, err := s.request(ctx, http.MethodPost, "/studies", pipe)
	if err != nil {
		return exchange.Acknowledgment{}, err
	}
	req.Header.Set("Content-Type", fmt.Sprintf(`multipart/related; type="%s"; boundary=%s`, mediaDICOM, w.Boundary()))
	req.Header.Set("Accept", mediaJSON)
	r, err := s.http.Do(req)
	if err != nil {
		return exchange.Acknowledgment{}, err
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return exchange.Acknowledgment{}, err
	}
	return acknowledgment(r.StatusCode, answer)
}

// acknowledgment reads the answer to one instance (PS3.18 10.5.3).
func acknowledgment(status int, answer []byte) (exchange.Acknowledgment, error) {
	ack := exchange.Acknowledgment{Outcome: exchange.Accepted, Code: fmt.Sprint(status), Body: answer}
	var said dicom.Set
	if json.Unmarshal(answer, &said) == nil {
		if a, ok := said.Attribute(failedSequence); ok && len(a.Items) > 0 {
			ack.Outcome, ack.Text = exchange.Failed, "the archive did not take the instance"
			if why, ok := a.Items[0].Attribute(failureReason); ok && len(why.Value) == 2 {
				reason := dicom.Status(why.Value[0]) | dicom.Status(why.Value[1])<<8
				ack.Code = fmt.Sprintf("%04X", uint16(reason))
				if reason == 0x0122 || reason>>12 == 0xC || reason>>8 == 0xA9 {
					ack.Outcome = exchange.Refused
				}
			}
			return ack, nil
		}
	}
	switch {
	case status == http.StatusOK, status == http.StatusAccepted:
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return ack, fmt.Errorf("the archive answers %d", status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return ack, fmt.Errorf("the archive answers %d: look at tokenFile or userFile", status)
	default:
		ack.Outcome, ack.Text = exchange.Refused, "the archive refuses the instance"
	}
	return ack, nil
}
