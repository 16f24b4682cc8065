package capture

import (
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"sync"
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
	came    uint64      // packets that the kernel counted, dropped ones too; the reader's own
	told    kernelCount // what the kernel had counted when it was asked last
	closed  atomic.Bool
	reading atomic.Bool // a reader may hold a frame, which lies in the ring
	release sync.Once
	name    string
	index   int
}

// Live captures on an interface, promiscuously, and never sends. It needs the
// right to open raw sockets.
func Live(name string) (Source, error) {
	all, err := LiveGroup(name, 1)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// mostReaders bounds the readers of one interface.
const mostReaders = 32

// LiveGroup captures on an interface with several readers: the kernel gives
// each the whole of the conversations that it shares out among them. Either
// all are open or none is.
func LiveGroup(name string, readers int) ([]Source, error) {
	readers = min(max(readers, 1), mostReaders)
	group := uint16(rand.Uint32()) // within this network namespace nobody else's, but by a chance of one in many thousands
	var all []Source
	for range readers {
		l, err := openLive(name, max(blocks/readers, 16))
		if err == nil && readers > 1 {
			if err = l.ring.SetFanout(afpacket.FanoutHash, group); err != nil {
				l.Close()
				err = bedrail.Errorf(bedrail.Unavailable, "the kernel does not share the packets of %s out among %d readers: %w", name, readers, err)
			}
		}
		if err != nil {
			for _, s := range all {
				s.Close()
			}
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func openLive(name string, blocks int) (*live, error) {
	card, err := net.InterfaceByName(name)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "cannot capture on %s; see that the interface exists and is up: %w", name, err)
	}
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
	return &live{ring: ring, name: name, index: card.Index}, nil
}

func (l *live) Next(f *traffic.Frame) (err error) {
	before := l.reading.Swap(true)
	defer func() {
		if err != nil && !errors.Is(err, ErrIdle) {
			if before { // else the ring may be given back already
				l.count()
				l.leave()
			}
			l.reading.Store(false)
			if l.closed.Load() {
				l.giveBack()
			}
		}
	}()
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
	case l.closed.Load():
		return os.ErrClosed
	case errors.Is(err, afpacket.ErrTimeout):
		return l.idle()
	case errors.Is(err, afpacket.ErrPoll): // the link is down, perhaps only for now
		time.Sleep(pollTimeout)
		return l.idle()
	default:
		return bedrail.Errorf(bedrail.Unavailable, "capturing stopped: %w", err)
	}
	l.packets.Add(1)
	l.bytes.Add(uint64(len(data)))
	f.Data, f.Length, f.Nanos = data, max(info.Length, len(data)), info.Timestamp.UnixNano()
	f.Link, f.Interface = traffic.LinkEthernet, 0
	return nil
}

// idle tells a silent interface from one that is no more. A socket stays bound
// to the interface that it was opened on: one that comes back under the same
// name is another, and nothing would ever be heard of it.
func (l *live) idle() error {
	card, err := net.InterfaceByName(l.name)
	if err != nil || card.Index != l.index {
		return bedrail.Errorf(bedrail.Unavailable, "the interface %s went away", l.name)
	}
	return ErrIdle
}

// A kernelCount is what the kernel counted of a socket. It counts in 32 bits
// and begins anew after some hours.
type kernelCount struct{ packets, drops, freezes uint32 }

// count asks the kernel what came and what it had to drop. Only the reader
// calls it.
func (l *live) count() {
	_, s, err := l.ring.SocketStats()
	if err != nil {
		return
	}
	now := kernelCount{uint32(s.Packets()), uint32(s.Drops()), uint32(s.QueueFreezes())}
	l.came += uint64(now.packets - l.told.packets)
	l.dropped.Add(uint64(now.drops - l.told.drops))
	l.freezes.Add(uint64(now.freezes - l.told.freezes))
	l.told = now
}

// leave counts what the kernel had taken and nobody will read any more as
// dropped: what came is what was read and what was not.
func (l *live) leave() {
	if seen := l.packets.Load() + l.dropped.Load(); l.came > seen {
		l.dropped.Add(l.came - seen)
	}
}

func (l *live) Stats() Stats {
	return Stats{Packets: l.packets.Load(), Bytes: l.bytes.Load(), Dropped: l.dropped.Load(), Freezes: l.freezes.Load()}
}

// Close ends the capture. The ring is memory that the kernel shares with us:
// it is given back only once no reader can hold a frame in it, which is when
// Next has answered that it is closed.
func (l *live) Close() error {
	l.closed.Store(true)
	if !l.reading.Load() {
		l.giveBack()
	}
	return nil
}

func (l *live) giveBack() { l.release.Do(l.ring.Close) }
