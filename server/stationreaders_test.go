package server_test

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bedrail"
	"bedrail/capture"
	"bedrail/server"
	"bedrail/traffic"
)

// breaking is a reader whose interface goes away on demand; slow is the other
// reader of the same, which has a packet in its hand when it is told to end.
type breaking struct {
	still
	away chan struct{}
}

func (b breaking) Next(*traffic.Frame) error {
	select {
	case <-b.closed:
		return io.EOF
	case <-b.away:
		return bedrail.Errorf(bedrail.Unavailable, "the interface went away")
	}
}

type slow struct {
	still
	said *atomic.Uint64
}

func (s slow) Next(f *traffic.Frame) error {
	n := s.said.Load()
	if n == slowPackets {
		return io.EOF
	}
	if n == slowPackets-1 {
		<-s.closed
		time.Sleep(20 * time.Millisecond)
	}
	s.said.Add(1)
	*f = traffic.Frame{Data: question, Length: len(question), Nanos: time.Now().UnixNano(), Link: traffic.LinkEthernet}
	return nil
}

func (s slow) Stats() capture.Stats { return capture.Stats{Packets: s.said.Load()} }

const slowPackets = 200

// question asks by ARP who has 192.0.2.2 and tells 192.0.2.1.
var question = []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01" +
	"\x02\x00\x00\x00\x00\x01\xc0\x00\x02\x01\x00\x00\x00\x00\x00\x00\xc0\x00\x02\x02" + strings.Repeat("\x00", 18))

// TestWhatOneReaderHoldsIsToldWhenTheOtherEnds has one of two readers of an
// interface end while the other is about to hand on what it gathered.
func TestWhatOneReaderHoldsIsToldWhenTheOtherEnds(t *testing.T) {
	hub := startWith(t, t.TempDir(), hubFlags(freeAddress(t), freeAddress(t)))
	defer hub.end(t)
	far := t.TempDir()
	enrolled(t, hub, far, "cable")
	cfg, err := stationConfig(far, nil)
	if err != nil {
		t.Fatal(err)
	}
	away := make(chan struct{})
	o, opened := quiet(), false
	o.Open = func(string, int) ([]capture.Source, error) {
		if opened {
			return nil, bedrail.Errorf(bedrail.Unavailable, "the interface is away")
		}
		opened = true
		return []capture.Source{breaking{still{closed: make(chan struct{})}, away}, slow{still{closed: make(chan struct{})}, new(atomic.Uint64)}}, nil
	}
	st, err := server.OpenStation(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	time.Sleep(1200 * time.Millisecond) // a batch of a live source waits a second
	close(away)
	time.Sleep(200 * time.Millisecond)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	toldWhole(t, hub, "cable", slowPackets)
}
