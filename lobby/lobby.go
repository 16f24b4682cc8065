// Package lobby keeps track of who stands at a door of the exchange: who is
// connected and since when, who was turned away and why, and how many may be
// in at once, so that one flooding peer does not keep the others out.
package lobby

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// What a door lets in unless it says otherwise.
const (
	mostInAll  = 512
	mostEach   = 64
	mostNoted  = 50 // refusals that are remembered
	graceToEnd = 10 * time.Second
)

// A Lobby is what one door shows of itself. Set its fields before use; the
// zero Lobby is ready.
type Lobby struct {
	Clock bedrail.Clock
	Most  int // connections in all; 512
	Each  int // connections from one address; 64

	mu      sync.Mutex // guards what follows
	status  exchange.SourceStatus
	guests  map[*Guest]struct{}
	advised map[string]exchange.Advice
}

// A Guest is one connection that was let in.
type Guest struct {
	lobby *Lobby
	conn  exchange.Connection
	close func() // ends it from the outside
}

// Opened notes where the door listens.
func (l *Lobby) Opened(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.Listening = address
}

// Enter lets p in, or returns an Unavailable error when there are too many
// already; that is noted as a refusal. end ends the connection from outside;
// it may be nil.
func (l *Lobby) Enter(p exchange.Peer, end func()) (*Guest, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := 0
	for g := range l.guests {
		if g.conn.Peer.Address.Addr() == p.Address.Addr() {
			same++
		}
	}
	if most := or(l.Most, mostInAll); len(l.guests) >= most {
		return nil, l.full(p, fmt.Sprintf("%d connections are open, which is the limit", most))
	}
	if most := or(l.Each, mostEach); same >= most && p.Address.IsValid() {
		return nil, l.full(p, fmt.Sprintf("%d connections from %v are open, which is the limit for one address", most, p.Address.Addr()))
	}
	if l.guests == nil {
		l.guests = map[*Guest]struct{}{}
	}
	g := &Guest{lobby: l, close: end, conn: exchange.Connection{Peer: p, Since: l.Clock.Now(), State: "idle"}}
	l.guests[g] = struct{}{}
	return g, nil
}

func or(n, usual int) int {
	if n > 0 {
		return n
	}
	return usual
}

func (l *Lobby) full(p exchange.Peer, why string) error {
	l.refuse(p, why, "look whether the peer forgets to close its connections")
	return bedrail.Errorf(bedrail.Unavailable, "%s", why)
}

// Refuse notes that p was turned away, why, and how that is mended.
func (l *Lobby) Refuse(p exchange.Peer, reason, mend string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse(p, reason, mend)
}

func (l *Lobby) refuse(p exchange.Peer, reason, mend string) {
	r := exchange.Refusal{At: l.Clock.Now(), Peer: p, Reason: reason, Mend: mend}
	l.status.Refused = slices.Insert(l.status.Refused, 0, r)
	l.status.Refused = l.status.Refused[:min(len(l.status.Refused), mostNoted)]
}

// Failed notes an error of the door or of one of its connections. The text
// must hold nothing of a patient.
func (l *Lobby) Failed(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.LastError, l.status.LastErrorAt = text, l.Clock.Now()
}

// Advise notes something wrong with how a peer speaks. The same advice for
// the same peer is kept once.
func (l *Lobby) Advise(a exchange.Advice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.advised == nil {
		l.advised = map[string]exchange.Advice{}
	}
	if len(l.advised) < mostNoted {
		l.advised[a.Code+" "+a.Peer] = a
	}
}

// Status is a copy of how things stand.
func (l *Lobby) Status() exchange.SourceStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.status
	s.Refused = append([]exchange.Refusal{}, s.Refused...)
	s.Connections = make([]exchange.Connection, 0, len(l.guests))
	for g := range l.guests {
		s.Connections = append(s.Connections, g.conn)
	}
	slices.SortFunc(s.Connections, func(a, b exchange.Connection) int { return a.Since.Compare(b.Since) })
	for _, a := range l.advised {
		s.Advice = append(s.Advice, a)
	}
	slices.SortFunc(s.Advice, func(a, b exchange.Advice) int {
		return cmpText(a.Code+" "+a.Peer, b.Code+" "+b.Peer)
	})
	return s
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// State notes what the connection does now.
func (g *Guest) State(s string) {
	g.lobby.mu.Lock()
	defer g.lobby.mu.Unlock()
	g.conn.State = s
}

// Message counts one message that was taken in.
func (g *Guest) Message() {
	g.lobby.mu.Lock()
	defer g.lobby.mu.Unlock()
	g.conn.Messages++
	g.conn.LastAt = g.lobby.Clock.Now()
}

// Known fills in what was learned of the peer, and returns it.
func (g *Guest) Known(learn func(*exchange.Peer)) exchange.Peer {
	g.lobby.mu.Lock()
	defer g.lobby.mu.Unlock()
	if learn != nil {
		learn(&g.conn.Peer)
	}
	return g.conn.Peer
}

// Peer is who it is.
func (g *Guest) Peer() exchange.Peer { return g.Known(nil) }

// Leave forgets the connection.
func (g *Guest) Leave() {
	g.lobby.mu.Lock()
	defer g.lobby.mu.Unlock()
	delete(g.lobby.guests, g)
}

// PeerOf says who is at the other end of conn. For TLS the handshake must be
// done.
func PeerOf(conn net.Conn) exchange.Peer {
	p := exchange.Peer{Address: AddressOf(conn.RemoteAddr())}
	if t, ok := conn.(*tls.Conn); ok {
		Certified(&p, t.ConnectionState())
	}
	return p
}

// AddressOf reads the address of a connection, without what is written before
// an IPv4 address on a socket for both kinds.
func AddressOf(a net.Addr) netip.AddrPort {
	if a == nil {
		return netip.AddrPort{}
	}
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}

// Certified fills in what a TLS connection says of the peer.
func Certified(p *exchange.Peer, s tls.ConnectionState) {
	p.TLS = map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[s.Version]
	if len(s.PeerCertificates) > 0 {
		c := s.PeerCertificates[0]
		sum := sha256.Sum256(c.Raw)
		p.CertificateSubject, p.CertificateHash = c.Subject.String(), hex.EncodeToString(sum[:])
	}
}

// handshakeWait is how long a TLS handshake may take.
const handshakeWait = 15 * time.Second

// Serve lets connections of l in until ctx ends, each in its own goroutine
// with serve, which must return soon after its context ends. What is still
// under way then has ten seconds; after that its connection is closed. l is
// closed. config is nil without TLS.
func (b *Lobby) Serve(ctx context.Context, l net.Listener, config *tls.Config, serve func(context.Context, net.Conn, *Guest)) error {
	b.Opened(l.Addr().String())
	defer b.Opened("")
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var under sync.WaitGroup
	defer b.drain(&under)
	for wait := 5 * time.Millisecond; ; {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err != nil:
			var temporary interface{ Temporary() bool }
			if !errors.As(err, &temporary) || !temporary.Temporary() {
				return bedrail.Errorf(bedrail.Unavailable, "the listener broke: %w", err)
			}
			b.Failed("no more connections can be taken now: " + err.Error()) // out of descriptors: wait for some
			time.Sleep(wait)
			wait = min(2*wait, time.Second)
			continue
		}
		wait = 5 * time.Millisecond
		g, err := b.Enter(exchange.Peer{Address: AddressOf(conn.RemoteAddr())}, func() { conn.Close() })
		if err != nil {
			conn.Close()
			continue
		}
		under.Go(func() {
			defer g.Leave()
			defer conn.Close()
			if secured := b.secure(ctx, conn, config, g); secured != nil {
				serve(ctx, secured, g)
			}
		})
	}
}

// secure does the handshake, or returns nil with the refusal noted.
func (b *Lobby) secure(ctx context.Context, conn net.Conn, config *tls.Config, g *Guest) net.Conn {
	if config == nil {
		return conn
	}
	g.State("handshake")
	t := tls.Server(conn, config)
	ctx, cancel := context.WithTimeout(ctx, handshakeWait)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		b.Refuse(g.Peer(), "TLS: "+err.Error(), "the peer must speak TLS 1.2 or later, trust this side's certificate, and show one of its own where it is asked for")
		return nil
	}
	g.Known(func(p *exchange.Peer) { Certified(p, t.ConnectionState()) })
	g.State("idle")
	return t
}

// drain waits for what is under way, and ends what takes too long.
func (b *Lobby) drain(under *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { under.Wait(); close(done) }()
	select {
	case <-done:
		return
	case <-time.After(graceToEnd):
	}
	b.mu.Lock()
	for g := range b.guests {
		if g.close != nil {
			g.close()
		}
	}
	b.mu.Unlock()
	<-done
}
