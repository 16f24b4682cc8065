package mllp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
)

// Listen are the settings of an MLLP source.
type Listen struct {
	Listen string                `json:"listen"`
	TLS    *exchange.TLSSettings `json:"tls,omitempty"`
	// Plain says that the network is protected otherwise, for addresses beyond
	// this machine without tls.
	Plain bool `json:"plain,omitempty"`
	Ack   Ack  `json:"ack,omitzero"`
	// Peers are those who want to be answered otherwise.
	Peers []Peer `json:"peers,omitempty"`
	// Allow are addresses and networks that may connect; empty is any.
	Allow []string `json:"allow,omitempty"`

	MaxFrame       int               `json:"maxFrame,omitempty"`       // bytes; 10 MiB
	FrameTimeout   exchange.Duration `json:"frameTimeout,omitzero"`    // 30s from the first byte of a message to its last
	IdleTimeout    exchange.Duration `json:"idleTimeout,omitzero"`     // between messages; left out is for ever
	KeepAlive      exchange.Duration `json:"keepAlive,omitzero"`       // 30s
	MaxConnections int               `json:"maxConnections,omitempty"` // 512
	MaxPerAddress  int               `json:"maxPerAddress,omitempty"`  // 64
}

// A Peer is how one sender or network is answered.
type Peer struct {
	Address string `json:"address"` // an address or a network: 10.2.0.0/16
	Ack     Ack    `json:"ack"`
}

const (
	maxFrame       = 10 << 20
	frameTimeout   = 30 * time.Second
	keepAlive      = 30 * time.Second
	maxConnections = 512
	maxPerAddress  = 64
	writeTimeout   = 30 * time.Second
	refusedKept    = 32
	// unavailableWait is how long a connection is not read after a message
	// could not be kept: its sender waits rather than sends.
	unavailableWait = time.Second
)

func (l Listen) check() error {
	if err := exchange.CheckAddress("listen", l.Listen); err != nil {
		return err
	}
	if err := l.Ack.check(); err != nil {
		return err
	}
	for _, p := range l.Peers {
		if _, err := network(p.Address); err != nil {
			return bedrail.Errorf(bedrail.Invalid, "peers: %w", err).At("peers")
		}
		if err := p.Ack.check(); err != nil {
			return err
		}
	}
	for _, a := range l.Allow {
		if _, err := network(a); err != nil {
			return bedrail.Errorf(bedrail.Invalid, "allow: %w", err).At("allow")
		}
	}
	if l.MaxFrame < 0 || l.MaxFrame > 1<<30 {
		return bedrail.Errorf(bedrail.Invalid, "maxFrame is %d; it is a number of bytes up to 1 GiB", l.MaxFrame).At("maxFrame")
	}
	if !l.TLS.Enabled() && !exchange.Loopback(l.Listen) && !l.Plain {
		return bedrail.Errorf(bedrail.Invalid, "%s is reachable from other machines: give tls, or say plain: true when the way there is protected otherwise", l.Listen).At("listen")
	}
	return nil
}

// network reads an address or a network.
func network(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p, nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network such as 10.2.0.0/16", text)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// SourceKind is the MLLP listener as channels name it.
func SourceKind() exchange.SourceKind {
	return exchange.SourceKind{Name: "mllp", About: "HL7 v2 over MLLP: listens for monitors, pumps, laboratories and hospital systems", Format: exchange.HL7v2,
		Example: `{"listen": "127.0.0.1:2575"}`,
		Check: func(settings json.RawMessage) error {
			_, err := readListen(settings)
			return err
		},
		Address: func(settings json.RawMessage) string {
			l, err := readListen(settings)
			if err != nil {
				return ""
			}
			return "tcp/" + l.Listen
		},
		Open: func(c exchange.SourceConfig) (exchange.Source, error) {
			l, err := readListen(c.Settings)
			if err != nil {
				return nil, err
			}
			return newListener(l, c), nil
		}}
}

func readListen(settings json.RawMessage) (Listen, error) {
	var l Listen
	if err := exchange.Decode(settings, &l); err != nil {
		return l, err
	}
	return l, l.check()
}

// A listener is an open MLLP port.
type listener struct {
	Listen
	channel string
	intake  exchange.Intake
	env     exchange.Env
	log     *slog.Logger

	mu      sync.Mutex // guards what follows
	address string
	conns   map[*conn]bool
	refused []exchange.Refusal
	failed  struct {
		text string
		at   time.Time
	}
	doctor doctor
}

// A conn is one connection of a sender.
type conn struct {
	net.Conn
	peer     exchange.Peer
	since    time.Time
	ack      Ack
	lastAt   time.Time
	messages int64
	state    string
}

func newListener(l Listen, c exchange.SourceConfig) *listener {
	log := c.Env.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &listener{Listen: l, channel: c.Channel, intake: c.Intake, env: c.Env, log: log, conns: map[*conn]bool{}}
}

// Run implements exchange.Source.
func (l *listener) Run(ctx context.Context) error {
	encryption, err := l.env.TLS.Listener(l.TLS, l.Listen.Listen, l.Plain, l.env.Folder)
	if err != nil {
		return err
	}
	door, err := l.env.Listen(ctx, l.Listen.Listen)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.address = door.Addr().String()
	l.mu.Unlock()
	var under sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { door.Close() }) // accept ends with it
	defer stop()
	for {
		c, err := door.Accept()
		if err != nil {
			err = errors.Join(err, door.Close())
			l.closeIdle()
			under.Wait()
			if ctx.Err() != nil {
				return nil
			}
			return bedrail.Errorf(bedrail.Unavailable, "listening at %s: %w", l.Listen.Listen, err)
		}
		under.Go(func() { l.serve(ctx, c, encryption) })
	}
}

// closeIdle ends connections that wait for a message; what is under way is
// answered first.
func (l *listener) closeIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if err := c.SetReadDeadline(time.Now()); err != nil && !gone(err) {
			l.log.Debug("ending an idle connection", "channel", l.channel, "error", err)
		}
	}
}

// serve speaks with one sender until it goes away.
func (l *listener) serve(ctx context.Context, raw net.Conn, encryption *tls.Config) {
	defer raw.Close()
	if c, ok := raw.(*net.TCPConn); ok {
		alive := l.KeepAlive.Or(keepAlive)
		if err := c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: alive, Interval: alive / 3, Count: 3}); err != nil {
			l.log.Debug("asking for signs of life", "channel", l.channel, "error", err)
		}
	}
	c := &conn{Conn: raw, since: time.Now(), state: "idle", ack: l.Ack}
	if a, err := netip.ParseAddrPort(raw.RemoteAddr().String()); err == nil {
		c.peer.Address = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	defer func() {
		if v := recover(); v != nil { // one message must not take the others with it
			l.log.Error("a connection panicked", "channel", l.channel, "panic", fmt.Sprint(v))
		}
	}()
	if why, mend := l.admit(c); why != "" {
		l.refuse(c.peer, why, mend)
		return
	}
	defer l.leave(c)
	if encryption != nil {
		if err := l.encrypt(ctx, c, encryption); err != nil {
			l.refuse(c.peer, "the encrypted connection did not come about: "+handshake(err), "compare certificates, names and TLS versions on both sides")
			return
		}
	}
	for _, p := range l.Peers {
		if n, err := network(p.Address); err == nil && n.Contains(c.peer.Address.Addr()) {
			c.ack = p.Ack
			break
		}
	}
	l.talk(ctx, c)
}

// handshake says why TLS failed, without what the peer sent.
func handshake(err error) string {
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		return "the peer does not speak TLS"
	case isTimeout(err):
		return "the peer did not finish it in time"
	}
	return err.Error()
}

func (l *listener) admit(c *conn) (why, mend string) {
	from := c.peer.Address.Addr()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.Allow) > 0 && !slices.ContainsFunc(l.Allow, func(a string) bool { n, err := network(a); return err == nil && n.Contains(from) }) {
		return "the address is not among those allowed", "add it to allow when it should be"
	}
	same := 0
	for o := range l.conns {
		if o.peer.Address.Addr() == from {
			same++
		}
	}
	switch {
	case len(l.conns) >= cmp.Or(l.MaxConnections, maxConnections):
		return fmt.Sprintf("%d connections are open, the most that are allowed", len(l.conns)), "raise maxConnections, or find out who does not close"
	case same >= cmp.Or(l.MaxPerAddress, maxPerAddress):
		return fmt.Sprintf("%d connections from this address are open, the most that are allowed", same), "raise maxPerAddress, or let the sender keep one connection"
	}
	l.conns[c] = true
	return "", ""
}

func (l *listener) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

func (l *listener) refuse(p exchange.Peer, why, mend string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = slices.Insert(l.refused, 0, exchange.Refusal{At: time.Now().UTC(), Peer: p, Reason: why, Mend: mend})
	l.refused = l.refused[:min(len(l.refused), refusedKept)]
}

func (l *listener) encrypt(ctx context.Context, c *conn, encryption *tls.Config) error {
	t := tls.Server(c.Conn, encryption)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		return err
	}
	state := t.ConnectionState()
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Conn = t
	c.peer.TLS = map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[state.Version]
	if len(state.PeerCertificates) > 0 {
		sum := sha256.Sum256(state.PeerCertificates[0].Raw)
		c.peer.CertificateHash, c.peer.CertificateSubject = hex.EncodeToString(sum[:]), state.PeerCertificates[0].Subject.String()
	}
	return nil
}

// talk takes messages one after another and answers them in order.
func (l *listener) talk(ctx context.Context, c *conn) {
	in := newReader(c.Conn, cmp.Or(l.MaxFrame, maxFrame), l.FrameTimeout.Or(frameTimeout), time.Duration(l.IdleTimeout))
	in.stopped = func() bool { return ctx.Err() != nil }
	for ctx.Err() == nil {
		l.state(c, "idle")
		f, err := in.next()
		if err != nil {
			l.ended(ctx, c, err)
			return
		}
		ok, wait := l.take(ctx, c, f)
		if f.cut || f.tooLong || !ok {
			return
		}
		if wait > 0 {
			l.state(c, "waiting")
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
		}
	}
}

// ended notes how a connection ended, when it is worth knowing.
func (l *listener) ended(ctx context.Context, c *conn, err error) {
	var foreign errForeign
	switch {
	case errors.As(err, &foreign):
		l.refuse(c.peer, foreign.what, foreign.mend)
	case gone(err) || ctx.Err() != nil:
	case isTimeout(err) && l.IdleTimeout > 0:
		l.refuse(c.peer, "nothing came for "+time.Duration(l.IdleTimeout).String(), "let the sender connect again when it has something to send, or raise idleTimeout")
	default:
		l.mu.Lock()
		l.doctor.broke(c, err)
		l.mu.Unlock()
	}
}

// take hands one frame to the exchange and answers. It returns false when the
// connection is to end, and how long not to read.
func (l *listener) take(ctx context.Context, c *conn, f frame) (ok bool, wait time.Duration) {
	l.state(c, "committing")
	var m *hl7.Message
	if parsed, err := hl7.Parse(f.payload); err == nil {
		m = parsed
	}
	l.mu.Lock()
	l.doctor.saw(c, f, m)
	l.mu.Unlock()
	in := exchange.Inbound{Format: exchange.HL7v2, ContentType: "application/hl7-v2", Body: f.payload, Peer: c.peer, At: f.ended.UTC(), Issues: wireIssues(f)}
	switch {
	case f.tooLong:
		in.Unreadable = fmt.Sprintf("the message is longer than %d bytes, the most that is allowed; only its beginning is kept", cmp.Or(l.MaxFrame, maxFrame))
		l.refuse(c.peer, "a message was longer than allowed", "raise maxFrame, or let the sender send documents by reference")
	case f.cut:
		in.Unreadable = "the message did not end: its sender went away or was too slow"
		l.refuse(c.peer, "a message did not end", "look for a connection that breaks, or raise frameTimeout")
	}
	id := ""
	in.Answer = func(r exchange.Receipt) []byte {
		id = r.ID
		return c.ack.answerTo(m, outcomeOf(r.Outcome), exchange.Errors(r.Issues), ackID(r.ID), f.ended)
	}
	r, err := l.intake.Receive(context.WithoutCancel(ctx), in) // once it is read it is kept, also while we stop
	answer := r.Answer
	if len(r.Relayed) > 0 {
		answer = Frame(r.Relayed)
	}
	if err != nil {
		out, issue := refusal(err)
		answer, wait = c.ack.answerTo(m, out, []hl7.Issue{issue}, ackID(id), f.ended), unavailableWait
		l.fail(err)
	}
	l.mu.Lock()
	c.messages++
	c.lastAt = f.ended
	l.mu.Unlock()
	if f.cut || len(answer) == 0 {
		return true, wait
	}
	l.state(c, "answering")
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return false, 0
	}
	if _, err := c.Write(answer); err != nil {
		if isTimeout(err) {
			l.refuse(c.peer, "the sender does not read its answers", "its connection hangs; let it connect again")
		}
		return false, 0
	}
	return true, wait
}

// ackID makes the control id of an answer from the id of the message: 20
// letters, the most that older versions allow (v2.6 2.14.9.10).
func ackID(id string) string {
	if len(id) > 19 {
		return id[len(id)-19:]
	}
	if id == "" {
		return "0"
	}
	return id
}

func (l *listener) fail(err error) {
	text := "internal error"
	if bedrail.KindOf(err) != bedrail.Internal {
		text = err.Error()
	}
	l.mu.Lock()
	l.failed.text, l.failed.at = text, time.Now().UTC()
	l.mu.Unlock()
	l.log.Warn("a message could not be kept; its sender was told", "channel", l.channel, "error", err)
}

func (l *listener) state(c *conn, state string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.state = state
}

// wireIssues are what was wrong around a message.
func wireIssues(f frame) []exchange.Issue {
	var out []exchange.Issue
	add := func(text string) {
		out = append(out, exchange.Issue{Severity: hl7.Information, Code: "structure", Rule: "mllp-framing", Text: text})
	}
	if f.stray > 0 {
		add(fmt.Sprintf("%d bytes came before the start of the message and were skipped", f.stray))
	}
	if f.noEnd {
		add("the carriage return behind the message is missing")
	}
	return out
}

// Status implements exchange.Source.
func (l *listener) Status() exchange.SourceStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := exchange.SourceStatus{Listening: l.address, LastError: l.failed.text, LastErrorAt: l.failed.at, Connections: []exchange.Connection{}, Refused: slices.Clone(l.refused), Advice: l.doctor.advice()}
	for c := range l.conns {
		s.Connections = append(s.Connections, exchange.Connection{Peer: c.peer, Since: c.since.UTC(), LastAt: c.lastAt.UTC(), Messages: c.messages, State: c.state})
	}
	slices.SortFunc(s.Connections, func(a, b exchange.Connection) int { return a.Since.Compare(b.Since) })
	return s
}
