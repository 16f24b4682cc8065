package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"bedrail"
	"bedrail/desk"
	"bedrail/format/webhook"
)

// A cloudEvent is a notice as CloudEvents 1.0 in structured mode, JSON.
type cloudEvent struct {
	SpecVersion string      `json:"specversion"`
	ID          string      `json:"id"`
	Source      string      `json:"source"`
	Type        string      `json:"type"`
	Subject     string      `json:"subject,omitempty"`
	Time        time.Time   `json:"time"`
	ContentType string      `json:"datacontenttype"`
	Data        desk.Notice `json:"data"`
}

// event writes the notice of l. Its type is the kind of the notice, so that a
// receiver can subscribe: io.bedrail.exposure.new.v1.
func (p *Post) event(n desk.Notice) ([]byte, error) {
	source := p.PublicURL
	if source == "" {
		source = "urn:bedrail:" + url.PathEscape(p.Host)
	}
	return json.Marshal(cloudEvent{SpecVersion: "1.0", ID: n.ID, Source: source, Type: "io.bedrail." + n.Kind + ".v1", Subject: place(n),
		Time: n.At.UTC(), ContentType: "application/json", Data: n})
}

type webhookSender struct{ *Post }

// Send implements desk.Sender. The id of a post is that of its letter: it is
// the same at every try, and a receiver drops what it has seen.
func (p webhookSender) Send(ctx context.Context, t desk.Target, s desk.Secrets, letters []desk.Letter) error {
	for _, l := range letters {
		body, err := p.event(l.Notice)
		if err != nil {
			return err
		}
		if err := p.post(ctx, t, s, l.ID, body); err != nil {
			return err
		}
	}
	return nil
}

func (p webhookSender) post(ctx context.Context, t desk.Target, s desk.Secrets, id string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Address, bytes.NewReader(body))
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "the address of %s cannot be posted to: %w", t.Name, err)
	}
	now := p.Clock.Now()
	webhook.Set(req.Header, s.SigningAt(now), id, now, body)
	req.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	req.Header.Set("User-Agent", "Bedrail/"+p.Version)
	client, err := p.client(t, s, req.URL.Hostname())
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return unanswered(req.URL.Host, err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // what it says is not looked at
	return judge(resp.StatusCode)
}

// client follows no redirect and uses no proxy of the environment: both would
// lead where dialer cannot look.
func (p webhookSender) client(t desk.Target, s desk.Secrets, host string) (*http.Client, error) {
	secure, err := encryption(t, s, host)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer(p.webhookMay).DialContext, TLSClientConfig: secure, TLSHandshakeTimeout: dialWait, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// unanswered says why nobody answered. A refusal of ours stays final.
func unanswered(host string, err error) error {
	var own *bedrail.Error
	if errors.As(err, &own) {
		return own
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var lookup *net.DNSError
	if errors.As(err, &lookup) {
		return bedrail.Errorf(bedrail.Unavailable, "the name of %s is not known", host)
	}
	return bedrail.Errorf(bedrail.Unavailable, "%s: %w", host, err)
}

func judge(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return desk.ErrGone
	case status >= 300 && status < 400:
		return bedrail.Errorf(bedrail.Unavailable, "the receiver answered %d and points elsewhere; give the final address", status)
	}
	return bedrail.Errorf(bedrail.Unavailable, "the receiver answered %d %s", status, http.StatusText(status))
}
