package server

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// Berths are the listeners of this Bedrail by their configured address. A
// planned upgrade leaves them open for the process that follows: whoever
// connects meanwhile waits in the queue of the system and is not refused.
type berths struct {
	mu   sync.Mutex // guards what follows
	open map[string]net.Listener
	left map[string]net.Listener // inherited, and not taken yet
}

func newBerths(inherited map[string]net.Listener) *berths {
	b := &berths{open: map[string]net.Listener{}, left: map[string]net.Listener{}}
	for address, l := range inherited {
		b.left[address] = l
	}
	return b
}

// listen takes the inherited listener of address, or opens it.
func (b *berths) listen(ctx context.Context, address string) (net.Listener, error) {
	b.mu.Lock()
	l := b.left[address]
	delete(b.left, address)
	b.mu.Unlock()
	if l == nil {
		var err error
		if l, err = new(net.ListenConfig).Listen(ctx, "tcp", address); err != nil {
			return nil, err
		}
	}
	berth := &berth{Listener: l, in: b, address: address}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[address] = l
	return berth, nil
}

// A berth is a listener that is known until it is closed.
type berth struct {
	net.Listener
	in      *berths
	address string
}

func (l *berth) Close() error {
	l.in.mu.Lock()
	if l.in.open[l.address] == l.Listener {
		delete(l.in.open, l.address)
	}
	l.in.mu.Unlock()
	return l.Listener.Close()
}

// sweepAfter is how long inherited listeners wait for a door that wants them:
// then their channel is gone.
const sweepAfter = time.Minute

func (b *berths) sweep(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(sweepAfter):
	}
	if err := b.close(); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// close closes what nobody took.
func (b *berths) close() (err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for address, l := range b.left {
		err = errors.Join(err, l.Close())
		delete(b.left, address)
	}
	return err
}

// Keep returns a descriptor of each open listener that outlives this process
// image, by address. They stay open whatever the doors do.
func (s *Server) Keep() (map[string]int, error) {
	s.berths.mu.Lock()
	defer s.berths.mu.Unlock()
	kept := map[string]int{}
	for address, l := range s.berths.open {
		c, ok := l.(syscall.Conn)
		if !ok {
			continue
		}
		raw, err := c.SyscallConn()
		if err != nil {
			return nil, err
		}
		var fd int
		var failed error
		if err := errors.Join(raw.Control(func(was uintptr) { fd, failed = keepOpen(was) }), failed); err != nil {
			return nil, err
		}
		kept[address] = fd
	}
	s.handing = true
	return kept, nil
}
