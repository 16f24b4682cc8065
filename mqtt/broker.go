package mqtt

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/lobby"
)

// A Broker is a door that devices publish to. It hands nothing on to
// subscribers: what it takes goes the way of its channel.
type Broker struct {
	settings SourceSettings
	config   exchange.SourceConfig
	lobby    lobby.Lobby
	boot     string // tells packet numbers of this run from those of others

	mu       sync.Mutex // guards what follows
	guests   map[*mochi.Client]*lobby.Guest
	sessions map[string]*session
}

// A session is what is remembered of a client id.
type session struct {
	address  string // where it was last
	taken    string // from where another took it over, with the former address
	online   bool
	packets  map[uint16]uint64 // number of the message last sent under a packet id
	messages uint64
}

func newBroker(s SourceSettings, c exchange.SourceConfig) *Broker {
	return &Broker{settings: s, config: c, lobby: lobby.Lobby{Clock: c.Env.Clock}, boot: rand.Text()[:10],
		guests: map[*mochi.Client]*lobby.Guest{}, sessions: map[string]*session{}}
}

// Status implements exchange.Source.
func (b *Broker) Status() exchange.SourceStatus { return b.lobby.Status() }

const (
	mostClients   = 1024
	sessionLasts  = 24 * 60 * 60 // seconds
	mostInFlight  = 64           // publishes that a client may have unanswered
	mostRemember  = 10_000       // client ids
	outboundQueue = 256
)

// Run implements exchange.Source.
func (b *Broker) Run(ctx context.Context) error {
	config, err := b.config.Env.TLS.Listener(b.settings.TLS, b.settings.Listen, b.settings.Plain, b.config.Env.Folder)
	if err != nil {
		return err
	}
	l, err := b.config.Env.Listen(ctx, b.settings.Listen)
	if err != nil {
		return err
	}
	at := l.Addr().String()
	if config != nil {
		config = config.Clone()
		config.NextProtos = nil
		l = tls.NewListener(l, config)
	}
	limits := mochi.NewDefaultServerCapabilities()
	limits.MaximumClients, limits.MaximumPacketSize, limits.ReceiveMaximum, limits.MaximumSessionExpiryInterval = mostClients, b.settings.MaxBytes, mostInFlight, sessionLasts
	limits.RetainAvailable, limits.MaximumClientWritesPending = 1, outboundQueue
	s := mochi.New(&mochi.Options{Capabilities: limits, Logger: slog.New(slog.DiscardHandler)}) // its log would hold topics and names
	if err := s.AddHook(&hook{broker: b, server: s}, nil); err != nil {
		return err
	}
	if err := s.AddListener(listeners.NewNet("door", l)); err != nil {
		return err
	}
	if err := s.Serve(); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "starting the broker: %w", err)
	}
	b.lobby.Opened(at)
	<-ctx.Done()
	b.lobby.Opened("")
	return s.Close()
}

// A hook is where the broker's library asks what may be.
type hook struct {
	mochi.HookBase
	broker *Broker
	server *mochi.Server
}

func (h *hook) ID() string { return "exchange" }

func (h *hook) Provides(b byte) bool {
	return bytes.IndexByte([]byte{mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPublish, mochi.OnDisconnect}, b) >= 0
}

// OnConnectAuthenticate lets in who is named and proves it.
func (h *hook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	b := h.broker
	peer := lobby.PeerOf(cl.Net.Conn)
	peer.ClientID, peer.User = printable(cl.ID), printable(string(pk.Connect.Username))
	if why := b.settings.admits(peer, cl.ID, pk.Connect.Username, pk.Connect.Password, b.config.Env.Folder); why != "" {
		b.lobby.Refuse(peer, why, "name the client in clients, with the password, certificate or address that it has")
		return false
	}
	g, err := b.lobby.Enter(peer, func() { cl.Net.Conn.Close() })
	if err != nil {
		return false
	}
	b.arrived(cl, g, peer)
	return true
}

// arrived remembers the connection, and notes when another address takes over
// the session of a client that is still there: a clone looks like that.
func (b *Broker) arrived(cl *mochi.Client, g *lobby.Guest, peer exchange.Peer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.guests[cl] = g
	s := b.sessions[cl.ID]
	if s == nil {
		if len(b.sessions) >= mostRemember {
			b.sessions = map[string]*session{}
		}
		s = &session{packets: map[uint16]uint64{}}
		b.sessions[cl.ID] = s
	}
	address := peer.Address.Addr().String()
	if s.online && s.address != address {
		s.taken = fmt.Sprintf("the client id was in use at %s when %s took it over", s.address, address)
		b.lobby.Advise(exchange.Advice{Code: "session-takeover", Peer: peer.ClientID, Text: s.taken + ": two devices with one name, or one that was copied",
			Mend: "give each device a client id of its own, and bind it to its certificate"})
	}
	s.address, s.online = address, true
}

// OnDisconnect implements mochi.Hook.
func (h *hook) OnDisconnect(cl *mochi.Client, _ error, _ bool) {
	b := h.broker
	b.mu.Lock()
	g := b.guests[cl]
	delete(b.guests, cl)
	if s := b.sessions[cl.ID]; s != nil && !cl.IsTakenOver() {
		s.online = false
	}
	b.mu.Unlock()
	if g != nil {
		g.Leave()
	}
}

// OnACLCheck lets clients publish where they may, and subscribe to nothing.
func (h *hook) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	if !write || strings.HasPrefix(topic, "$") {
		return false
	}
	for _, c := range h.broker.settings.Clients {
		if c.ID == cl.ID && len(c.Topics) > 0 {
			for _, filter := range c.Topics {
				if matches(filter, topic) {
					return true
				}
			}
			h.broker.lobby.Refuse(lobby.PeerOf(cl.Net.Conn), printable(cl.ID)+" published to a topic that it may not", "add the topic to the client's topics")
			return false
		}
	}
	return true
}

// matches is MQTT's matching of a topic with a filter (MQTT 5, 4.7).
func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, part := range f {
		if part == "#" {
			return true
		}
		if i >= len(t) || part != "+" && part != t[i] {
			return false
		}
	}
	return len(f) == len(t)
}

// OnPublish keeps a message. The library acknowledges after it returns.
func (h *hook) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	b := h.broker
	b.mu.Lock()
	g := b.guests[cl]
	b.mu.Unlock()
	if g == nil {
		return pk, packets.ErrRejectPacket
	}
	g.State("committing")
	defer g.State("idle")
	_, err := b.config.Intake.Receive(context.Background(), b.inbound(cl, g, pk))
	if err != nil {
		b.lobby.Failed("a message of " + printable(cl.ID) + " was not kept: " + err.Error())
		return pk, h.refuse(cl, pk)
	}
	g.Message()
	pk.FixedHeader.Retain = false // nothing is handed on from here
	return pk, nil
}

// refuse makes the client send again: MQTT 5 has a reason for it, earlier
// versions have only the end of the connection.
func (h *hook) refuse(cl *mochi.Client, pk packets.Packet) error {
	if pk.FixedHeader.Qos > 0 && cl.Properties.ProtocolVersion != 5 {
		cl.Stop(packets.ErrServerBusy)
	}
	if pk.FixedHeader.Qos > 0 && cl.Properties.ProtocolVersion == 5 {
		return packets.ErrQuotaExceeded
	}
	return packets.ErrRejectPacket
}

func (b *Broker) inbound(cl *mochi.Client, g *lobby.Guest, pk packets.Packet) exchange.Inbound {
	in := exchange.Inbound{Format: b.settings.Format, ContentType: contentType(b.settings.Format), Body: bytes.Clone(pk.Payload), Peer: g.Peer(), At: time.Now(),
		Unassured: pk.FixedHeader.Qos == 0, Facts: exchange.Facts{Type: printable(pk.TopicName), Event: "publish", Sender: printable(cl.ID)}}
	if pk.FixedHeader.Retain {
		in.Issues = append(in.Issues, exchange.Issue{Severity: hl7.Information, Code: "informational", Rule: "mqtt-retained", Text: "published as retained: it may tell of an earlier time"})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sessions[cl.ID]
	if s == nil {
		return in
	}
	if s.taken != "" {
		in.Issues = append(in.Issues, exchange.Issue{Severity: hl7.Warning, Code: "security", Rule: "mqtt-session-takeover", Text: s.taken})
	}
	if pk.FixedHeader.Qos > 0 {
		// The same packet sent again, because its acknowledgment was lost, has
		// the same name; another under the same number has not.
		if _, known := s.packets[pk.PacketID]; !known || !pk.FixedHeader.Dup {
			s.messages++
			s.packets[pk.PacketID] = s.messages
		}
		in.Facts.ControlID = fmt.Sprintf("%s-%s-%d", b.boot, printable(cl.ID), s.packets[pk.PacketID])
	}
	return in
}

// admits says why a client may not come, or nothing.
func (s *SourceSettings) admits(p exchange.Peer, id string, user, password []byte, folder string) string {
	for _, c := range s.Clients {
		if c.ID != id {
			continue
		}
		switch {
		case c.Certificate != "" && p.CertificateSubject != c.Certificate:
			return "the client id belongs to another certificate"
		case c.Address != "" && p.Address.Addr().String() != c.Address:
			return "the client id belongs to another address"
		case c.User != "" && c.User != string(user), c.PasswordFile != "" && !lobby.SameSecret(folder, c.PasswordFile, password):
			return "the user or password is wrong"
		}
		return ""
	}
	if s.Anonymous {
		return ""
	}
	return "no client of this name is known"
}

// printable makes foreign text fit for a line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xFFFD {
			return '?'
		}
		return r
	}, s[:min(len(s), 200)])
}
