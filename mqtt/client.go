package mqtt

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/lobby"
)

const (
	keepAlive    = 30 // seconds
	connectWait  = 10 * time.Second
	againAtMost  = 30 * time.Second
	receiveAgain = time.Second
)

// A login is what both kinds of client need.
type login struct {
	address, clientID, user, passwordFile string
	tls                                   *exchange.TLSSettings
}

// dial makes the configuration of a client that connects again by itself.
func (l login) dial(env exchange.Env) (autopaho.ClientConfig, error) {
	u, err := url.Parse(l.address)
	if err != nil {
		return autopaho.ClientConfig{}, err
	}
	var secured *tls.Config
	if u.Scheme == "mqtts" {
		own := l.tls
		if own == nil {
			own = &exchange.TLSSettings{On: true}
		}
		if secured, err = env.TLS.Client(own, u.Host, env.Folder); err != nil {
			return autopaho.ClientConfig{}, err
		}
	}
	c := autopaho.ClientConfig{ServerUrls: []*url.URL{u}, TlsCfg: secured, KeepAlive: keepAlive, ConnectTimeout: connectWait, SessionExpiryInterval: sessionLasts,
		ConnectUsername: l.user, ReconnectBackoff: backoff}
	if c.ClientID = l.clientID; c.ClientID == "" {
		c.ClientID = "bedrail-" + rand.Text()[:12]
	}
	if l.passwordFile != "" {
		if c.ConnectPassword, err = os.ReadFile(lobby.Under(env.Folder, l.passwordFile)); err != nil {
			return c, bedrail.Errorf(bedrail.Invalid, "reading passwordFile: %w", err).At("passwordFile")
		}
		c.ConnectPassword = bytes.TrimSpace(c.ConnectPassword)
	}
	return c, nil
}

// backoff is how long to wait before attempt n, the first of which is 0.
func backoff(n int) time.Duration {
	if n == 0 {
		return 0
	}
	return min(time.Second<<min(n-1, 5), againAtMost)
}

// A Subscriber is a door that hears what is published on a broker elsewhere.
type Subscriber struct {
	settings SourceSettings
	config   exchange.SourceConfig
	lobby    lobby.Lobby
	guest    *lobby.Guest
}

func newSubscriber(s SourceSettings, c exchange.SourceConfig) *Subscriber {
	return &Subscriber{settings: s, config: c, lobby: lobby.Lobby{Clock: c.Env.Clock}}
}

// Status implements exchange.Source.
func (s *Subscriber) Status() exchange.SourceStatus { return s.lobby.Status() }

// Run implements exchange.Source.
func (s *Subscriber) Run(ctx context.Context) error {
	set := s.settings
	c, err := login{set.Address, set.ClientID, set.User, set.PasswordFile, set.TLS}.dial(s.config.Env)
	if err != nil {
		return err
	}
	if set.ClientID == "" {
		c.ClientID = "bedrail-" + s.config.Channel // the same at the next start: the broker keeps what came meanwhile
	}
	if s.guest, err = s.lobby.Enter(exchange.Peer{ClientID: set.Address}, nil); err != nil {
		return err
	}
	defer s.guest.Leave()
	s.guest.State("connecting")
	c.EnableManualAcknowledgment = true
	c.OnPublishReceived = []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) { return true, s.take(ctx, p) }}
	c.OnConnectError = func(err error) {
		s.guest.State("connecting")
		s.lobby.Failed("the broker cannot be reached: " + err.Error())
	}
	c.OnConnectionUp = func(m *autopaho.ConnectionManager, _ *paho.Connack) { s.subscribe(ctx, m) }
	c.OnConnectionDown = func() bool { s.lobby.Opened(""); s.guest.State("connecting"); return true }
	m, err := autopaho.NewConnection(ctx, c)
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "calling the broker: %w", err)
	}
	<-m.Done()
	return nil
}

func (s *Subscriber) subscribe(ctx context.Context, m *autopaho.ConnectionManager) {
	var all []paho.SubscribeOptions
	for _, t := range s.settings.Topics {
		all = append(all, paho.SubscribeOptions{Topic: t, QoS: 1})
	}
	if _, err := m.Subscribe(ctx, &paho.Subscribe{Subscriptions: all}); err != nil {
		s.lobby.Failed("the broker does not give what is subscribed to: " + err.Error())
		return
	}
	s.guest.State("idle")
	s.lobby.Opened(s.settings.Address + " " + strings.Join(s.settings.Topics, " "))
}

// take keeps what was published and acknowledges it then. While it cannot be
// kept nothing more is read.
func (s *Subscriber) take(ctx context.Context, p paho.PublishReceived) error {
	pub := p.Packet
	in := exchange.Inbound{Format: s.settings.Format, ContentType: contentType(s.settings.Format), Body: pub.Payload, Peer: s.guest.Peer(), At: time.Now(), Unassured: pub.QoS == 0,
		Facts: exchange.Facts{Type: printable(pub.Topic), Event: "publish", Sender: printable(pub.Topic)}}
	if pub.Retain {
		in.Issues = append(in.Issues, exchange.Issue{Severity: hl7.Information, Code: "informational", Rule: "mqtt-retained", Text: "retained by the broker: it tells of an earlier time"})
	}
	for {
		_, err := s.config.Intake.Receive(context.WithoutCancel(ctx), in)
		if err == nil {
			s.guest.Message()
			return p.Client.Ack(pub)
		}
		s.lobby.Failed("a message was not kept; it is tried again: " + err.Error())
		if pub.QoS == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil // not acknowledged: the broker has it yet
		case <-time.After(receiveAgain):
		}
	}
}

// A Publisher publishes to one broker.
type Publisher struct {
	settings DestinationSettings
	manager  *autopaho.ConnectionManager
	end      context.CancelFunc
	clock    bedrail.Clock

	mu     sync.Mutex // guards status
	status exchange.SenderStatus
}

func newPublisher(d DestinationSettings, c exchange.DestinationConfig) (*Publisher, error) {
	conf, err := login{d.Address, d.ClientID, d.User, d.PasswordFile, d.TLS}.dial(c.Env)
	if err != nil {
		return nil, err
	}
	p := &Publisher{settings: d, clock: c.Env.Clock, status: exchange.SenderStatus{State: "connecting", Peer: conf.ServerUrls[0].Host}}
	conf.CleanStartOnInitialConnection, conf.SessionExpiryInterval = true, 0
	conf.OnConnectError = func(err error) { p.note("failing", err.Error()) }
	conf.OnConnectionUp = func(*autopaho.ConnectionManager, *paho.Connack) { p.note("connected", "") }
	conf.OnConnectionDown = func() bool { p.note("connecting", "the broker ended the connection"); return true }
	ctx, cancel := context.WithCancel(context.Background())
	p.end = cancel
	if p.manager, err = autopaho.NewConnection(ctx, conf); err != nil {
		cancel()
		return nil, err
	}
	return p, nil
}

func (p *Publisher) note(state, trouble string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if p.status.State != state {
		p.status.Since = now
	}
	if p.status.State = state; trouble != "" {
		p.status.LastError, p.status.LastErrorAt = trouble, now
	}
}

// Status implements exchange.Visible.
func (p *Publisher) Status() exchange.SenderStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// Send implements exchange.Sender: it returns once the broker acknowledged.
func (p *Publisher) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	if out.Size > packetMost || out.Body == nil {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "too-long", Text: fmt.Sprintf("%d bytes are too much for one publication", out.Size)}, nil
	}
	if err := p.Probe(ctx); err != nil {
		return exchange.Acknowledgment{}, err
	}
	topic := strings.NewReplacer("{channel}", level(out.Channel), "{type}", level(out.Facts.Type), "{sender}", level(out.Facts.Sender)).Replace(p.settings.Topic)
	props := &paho.PublishProperties{ContentType: out.ContentType}
	props.User.Add("bedrail-key", out.Key)
	resp, err := p.manager.Publish(ctx, &paho.Publish{QoS: 1, Retain: p.settings.Retain, Topic: topic, Payload: out.Body, Properties: props})
	if resp != nil && resp.ReasonCode >= 0x80 {
		ack := exchange.Acknowledgment{Outcome: exchange.Failed, Code: fmt.Sprintf("%02X", resp.ReasonCode), Text: "the broker refused the publication"}
		if resp.ReasonCode == 0x87 || resp.ReasonCode == 0x90 || resp.ReasonCode == 0x99 { // not authorised, topic, payload format
			ack.Outcome = exchange.Refused
		}
		p.note("connected", ack.Text)
		return ack, nil
	}
	if err != nil {
		return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "publishing to %s: %w", p.status.Peer, err)
	}
	return exchange.Acknowledgment{Outcome: exchange.Accepted, Code: "PUBACK"}, nil
}

// level makes text one level of a topic.
func level(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r == '#' || r == '/' || r < ' ' {
			return '-'
		}
		return r
	}, s)
}

// Probe implements exchange.Prober.
func (p *Publisher) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	if err := p.manager.AwaitConnection(ctx); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "the broker %s is not connected: %s", p.status.Peer, p.Status().LastError)
	}
	return nil
}

// Close implements exchange.Sender.
func (p *Publisher) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	p.manager.Disconnect(ctx)
	p.end()
	<-p.manager.Done()
	return nil
}
