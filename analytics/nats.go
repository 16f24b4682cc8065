package analytics

import (
	"context"
	"net/url"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// NATSSettings are those of {nats: {url: ..., subject: ...}}.
type NATSSettings struct {
	URL         string                `json:"url"`
	Subject     string                `json:"subject"`               // may hold {channel}, {type}, {sender}
	Credentials string                `json:"credentials,omitempty"` // file of NATS
	TokenFile   string                `json:"tokenFile,omitempty"`
	TLS         *exchange.TLSSettings `json:"tls,omitempty"`
	// Core publishes without a stream behind the subject: the server has it,
	// and nobody keeps it.
	Core bool `json:"core,omitempty"`
}

func (n *NATSSettings) check() error {
	u, err := url.Parse(n.URL)
	if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
		return bedrail.Errorf(bedrail.Invalid, "url is %q; it is a server such as nats://127.0.0.1:4222", n.URL).At("url")
	}
	if u.User != nil {
		return bedrail.Errorf(bedrail.Invalid, "url holds a password; name credentials or tokenFile instead").At("url")
	}
	if n.Subject == "" || strings.ContainsAny(n.Subject, "*> \t") {
		return bedrail.Errorf(bedrail.Invalid, "subject is %q; it is a subject without wildcards, such as hospital.{channel}.{type}", n.Subject).At("subject")
	}
	return nil
}

// NATSKind is the kind "nats" of destinations.
func NATSKind() exchange.DestinationKind {
	return kind("nats", "Publishes messages to a NATS subject, each once, and waits until a stream keeps it.",
		`{"url": "nats://127.0.0.1:4222", "subject": "hospital.{channel}"}`, (*NATSSettings).check, openNATS)
}

// A natsSender publishes to one server.
type natsSender struct {
	state
	settings NATSSettings
	conn     *nats.Conn
	js       jetstream.JetStream
}

func openNATS(n NATSSettings, c exchange.DestinationConfig) (exchange.Sender, error) {
	u, err := url.Parse(n.URL)
	if err != nil {
		return nil, err
	}
	options := []nats.Option{nats.Name("bedrail " + c.Channel), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.Timeout(connectWait)}
	if n.TLS.Enabled() || u.Scheme == "tls" {
		own := n.TLS
		if own == nil {
			own = &exchange.TLSSettings{On: true}
		}
		config, err := c.Env.TLS.Client(own, u.Host, c.Env.Folder)
		if err != nil {
			return nil, err
		}
		options = append(options, nats.Secure(config))
	}
	if n.Credentials != "" {
		options = append(options, nats.UserCredentials(lobby.Under(c.Env.Folder, n.Credentials)))
	}
	if n.TokenFile != "" {
		path := lobby.Under(c.Env.Folder, n.TokenFile)
		options = append(options, nats.TokenHandler(func() string {
			text, err := os.ReadFile(path)
			if err != nil {
				return "" // the server refuses, which is shown
			}
			return strings.TrimSpace(string(text))
		}))
	}
	s := &natsSender{settings: n, state: state{clock: c.Env.Clock, status: exchange.SenderStatus{State: "idle", Peer: u.Host}}}
	if s.conn, err = nats.Connect(n.URL, options...); err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "%s: %w", u.Host, err)
	}
	if s.js, err = jetstream.New(s.conn); err != nil {
		return nil, err
	}
	return s, nil
}

// Send implements exchange.Sender.
func (s *natsSender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	data, ok, err := body(out)
	if err != nil || !ok {
		return tooLong(), err
	}
	subject := strings.NewReplacer("{channel}", token(out.Channel), "{type}", token(out.Facts.Type), "{sender}", token(out.Facts.Sender)).Replace(s.settings.Subject)
	m := &nats.Msg{Subject: subject, Data: data, Header: nats.Header{}}
	for k, v := range facts(out) {
		m.Header.Set(k, v)
	}
	if !s.conn.IsConnected() {
		return s.ended(bedrail.Errorf(bedrail.Unavailable, "the server is not connected: %w", s.why()))
	}
	if s.settings.Core {
		if err = s.conn.PublishMsg(m); err == nil {
			err = s.conn.FlushWithContext(ctx)
		}
	} else {
		_, err = s.js.PublishMsg(ctx, m, jetstream.WithMsgID(out.Key)) // the stream knows a second try
	}
	return s.ended(err)
}

func (s *natsSender) why() error {
	if err := s.conn.LastError(); err != nil {
		return err
	}
	return nats.ErrNoServers
}

// token makes text one token of a subject.
func token(text string) string {
	if text == "" {
		return "none"
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune("*>.", r) {
			return '_'
		}
		return r
	}, text[:min(len(text), 100)])
}

// Probe implements exchange.Prober.
func (s *natsSender) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	_, err := s.ended(s.conn.FlushWithContext(ctx))
	return err
}

// Close implements exchange.Sender.
func (s *natsSender) Close() error {
	s.conn.Close()
	return nil
}
