package capture

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"github.com/gopacket/gopacket/afpacket"

	"bedrail"
	"bedrail/traffic"
)

// The ring that the kernel fills: 128 blocks of 1 MiB outlast a pause of a
// second at a gigabit.
const (
	blockSize    = 1 << 20
	blocks       = 128
	frameSize    = 1 << 11 // frames span as many of these as they need
	blockTimeout = 100 * time.Millisecond
	pollTimeout  = time.Second
)

// live is an interface of this machine, read through AF_PACKET's third ring.
type live struct {
	ring    *afpacket.TPacket
	packets atomic.Uint64
	bytes   atomic.Uint64
	dropped atomic.Uint64
	freezes atomic.Uint64
	asked   time.Time
	closed  atomic.Bool
}

// Live captures on an interface, promiscuously, and never sends. It needs the
// right to open raw sockets.
func Live(name string) (Source, error) {
	ring, err := afpacket.NewTPacket(
		afpacket.OptInterface(name), afpacket.TPacketVersion3,
		afpacket.OptFrameSize(frameSize), afpacket.OptBlockSize(blockSize), afpacket.OptNumBlocks(blocks),
		afpacket.OptBlockTimeout(blockTimeout), afpacket.OptPollTimeout(pollTimeout), afpacket.OptAddVLANHeader(true),
	)
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, bedrail.Errorf(bedrail.Denied, "capturing on %s needs the right to open raw sockets; give the program CAP_NET_RAW: %w", name, err)
	case err != nil:
		return nil, bedrail.Errorf(bedrail.Invalid, "cannot capture on %s; see that the interface exists and is up: %w", name, err)
	}
	if err := ring.SetPromiscuous(true); err != nil {
		ring.Close()
		return nil, bedrail.Errorf(bedrail.Denied, "%s cannot listen to what is not addressed to it: %w", name, err)
	}
	return &live{ring: ring}, nil
}

func (l *live) Next(f *traffic.Frame) error {
	if l.closed.Load() {
		return os.ErrClosed
	}
	data, info, err := l.ring.ZeroCopyReadPacketData()
	if now := info.Timestamp; err != nil || now.Sub(l.asked) > time.Second {
		l.count()
		l.asked = now
	}
	switch {
	case err == nil:
	case errors.Is(err, afpacket.ErrTimeout):
		return ErrIdle
	case l.closed.Load():
		return os.ErrClosed
	case errors.Is(err, afpacket.ErrPoll): // the link is down, perhaps only for now
		time.Sleep(pollTimeout)
		return ErrIdle
	default:
		return bedrail.Errorf(bedrail.Unavailable, "capturing stopped: %w", err)
	}
	l.packets.Add(1)
	l.bytes.Add(uint64(len(data)))
	f.Data, f.Length, f.Nanos = data, max(info.Length, len(data)), info.Timestamp.UnixNano()
	f.Link, f.Interface = traffic.LinkEthernet, 0
	return nil
}

// count asks the kernel what it had to drop.
func (l *live) count() {
	if l.closed.Load() {
		return
	}
	if _, s, err := l.ring.SocketStats(); err == nil {
		l.dropped.Store(uint64(s.Drops()))
		l.freezes.Store(uint64(s.QueueFreezes()))
	}
}

func (l *live) Stats() Stats {
	return Stats{Packets: l.packets.Load(), Bytes: l.bytes.Load(), Dropped: l.dropped.Load(), Freezes: l.freezes.Load()}
}

func (l *live) Close() error {
	if !l.closed.Swap(true) {
		l.ring.Close()
	}
	return nil
}
