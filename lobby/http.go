package lobby

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// Bounds of a peer that speaks HTTP.
const (
	headerWait  = 10 * time.Second
	bodyWait    = 2 * time.Minute
	keepWait    = 2 * time.Minute
	mostHeaders = 32 << 10
)

type guestKey struct{}

// HTTP serves h on l until ctx ends, then lets what is under way finish.
// Within h, GuestOf tells who asks. config is nil without TLS.
func (b *Lobby) HTTP(ctx context.Context, l net.Listener, config *tls.Config, h http.Handler) error {
	b.Opened(l.Addr().String())
	defer b.Opened("")
	guests := sync.Map{} // net.Conn to *Guest
	if config != nil {
		l = tls.NewListener(l, config)
	}
	s := &http.Server{
		ReadHeaderTimeout: headerWait, ReadTimeout: bodyWait, WriteTimeout: bodyWait, IdleTimeout: keepWait, MaxHeaderBytes: mostHeaders,
		ErrorLog: log.New(troubles{b}, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if g := GuestOf(r); g != nil {
				if r.TLS != nil {
					g.Known(func(p *exchange.Peer) { Certified(p, *r.TLS) })
				}
				h.ServeHTTP(w, r)
			}
		}),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			g, err := b.Enter(exchange.Peer{Address: AddressOf(conn.RemoteAddr())}, func() { conn.Close() })
			if err != nil {
				conn.Close()
				return ctx
			}
			guests.Store(conn, g)
			return context.WithValue(ctx, guestKey{}, g)
		},
		ConnState: func(conn net.Conn, s http.ConnState) {
			if s != http.StateClosed && s != http.StateHijacked {
				return
			}
			if g, ok := guests.LoadAndDelete(conn); ok {
				g.(*Guest).Leave()
			}
		},
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceToEnd)
		defer cancel()
		if s.Shutdown(ending) != nil {
			s.Close()
		}
	})
	err := s.Serve(l)
	if !stop() {
		<-done
	}
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return bedrail.Errorf(bedrail.Unavailable, "the listener broke: %w", err)
	}
	return nil
}

// GuestOf is the connection that r came on, or nil.
func GuestOf(r *http.Request) *Guest {
	g, _ := r.Context().Value(guestKey{}).(*Guest)
	return g
}

// troubles notes what the server of the library complains of, which is of
// connections and never of content.
type troubles struct{ lobby *Lobby }

func (t troubles) Write(p []byte) (int, error) {
	text := strings.TrimSpace(string(p))
	all := len(p)
	if from, why, ok := strings.Cut(strings.TrimPrefix(text, "http: TLS handshake error from "), ": "); ok && strings.HasPrefix(text, "http: TLS") {
		p := exchange.Peer{}
		if a, err := net.ResolveTCPAddr("tcp", from); err == nil {
			p.Address = AddressOf(a)
		}
		t.lobby.Refuse(p, "TLS: "+why, "the peer must speak TLS 1.2 or later, trust this side's certificate, and show one of its own where it is asked for")
		return all, nil
	}
	t.lobby.Failed(text)
	return all, nil
}
