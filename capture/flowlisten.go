package capture

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"bedrail"
	"bedrail/traffic"
)

// A FlowListener receives flow reports on a UDP port and hands them on in
// batches.
type FlowListener struct {
	Site, Sensor string
	Clock        bedrail.Clock
	// From, when it is not empty, are the exporters that are listened to: the
	// protocols know no authentication.
	From []netip.Prefix

	conn    *net.UDPConn
	refused atomic.Uint64
	packets atomic.Uint64
	bytes   atomic.Uint64
	missing atomic.Uint64
}

// ListenFlows opens address ("0.0.0.0:2055") for NetFlow, IPFIX and sFlow,
// which one port takes all.
func ListenFlows(address string) (*FlowListener, error) {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%q is no address to listen on for flows: %v", address, err)
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "listening for flows on %s: %w", address, err)
	}
	conn.SetReadBuffer(4 << 20) // reports come in bursts; a smaller buffer only loses more of them
	return &FlowListener{conn: conn}, nil
}

// Addr is where it listens.
func (l *FlowListener) Addr() netip.AddrPort { return l.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Refused counts datagrams of exporters that are not listened to.
func (l *FlowListener) Refused() uint64 { return l.refused.Load() }

// Received says what came and what is known to be missing.
func (l *FlowListener) Received() Stats {
	return Stats{Packets: l.packets.Load(), Bytes: l.bytes.Load(), Dropped: l.missing.Load()}
}

// Run receives until ctx ends, then hands on what is left. hand is called at
// least every second while there is something to hand on; its error ends Run.
// The batch is valid during the call only.
func (l *FlowListener) Run(ctx context.Context, hand func(*traffic.Batch) error) error {
	stop := context.AfterFunc(ctx, func() { l.conn.Close() })
	defer stop()
	defer l.conn.Close()
	b := traffic.Batch{Site: l.Site, Sensor: l.Sensor}
	flows := Flows{Site: l.Site, Sensor: l.Sensor,
		Observe:  func(o traffic.Observation) { b.Observations = append(b.Observations, o) },
		Converse: func(c traffic.Conversation) { b.Conversations = append(b.Conversations, c) },
	}
	give := func() error {
		if len(b.Observations)+len(b.Conversations) == 0 && b.Coverage == nil {
			return nil
		}
		err := hand(&b)
		b.Observations, b.Conversations = b.Observations[:0], b.Conversations[:0]
		return err
	}
	buf := make([]byte, 64<<10)
	begun := l.Clock.Now()
	for handed := begun; ; {
		now := l.Clock.Now()
		l.conn.SetReadDeadline(time.Now().Add(time.Second))
		n, from, err := l.conn.ReadFromUDPAddrPort(buf)
		switch {
		case ctx.Err() != nil:
			flows.Close()
			l.cover(&b, &flows, begun)
			return hand(&b)
		case errors.Is(err, os.ErrDeadlineExceeded):
		case err != nil:
			return errors.Join(err, give())
		case !l.listensTo(from.Addr().Unmap()):
			l.refused.Add(1)
		default:
			l.packets.Add(1)
			l.bytes.Add(uint64(n))
			flows.Datagram(from.Addr().Unmap(), buf[:n], now) // its fault is counted in the coverage
		}
		if !now.Before(handed.Add(time.Second)) || len(b.Observations)+len(b.Conversations) >= 500 {
			if now.Sub(begun) >= time.Minute {
				flows.Turn(now)
				l.cover(&b, &flows, begun)
				begun = now
			}
			if err := give(); err != nil {
				return err
			}
			b.Coverage = nil
			handed = now
		}
	}
}

func (l *FlowListener) listensTo(ip netip.Addr) bool {
	for _, p := range l.From {
		if p.Contains(ip) {
			return true
		}
	}
	return len(l.From) == 0
}

// cover tells what was received and missed since the last time.
func (l *FlowListener) cover(b *traffic.Batch, f *Flows, since time.Time) {
	s := f.Stats()
	l.missing.Add(s.Missing)
	b.Coverage = &traffic.Coverage{From: since.UTC(), Until: l.Clock.Now().UTC(), Packets: s.Datagrams, Dropped: s.Missing, Evicted: s.Refused, Malformed: s.Malformed}
	f.stats = FlowStats{}
}
