package capture_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"bedrail"
	"bedrail/capture"
	"bedrail/traffic"
)

const token = "a-token-of-the-capture-door"

func door(t *testing.T) *capture.TapListener {
	t.Helper()
	l, err := capture.Listen(t.Context(), capture.TapOptions{Address: "127.0.0.1:0", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestATapSendsFramesThroughTheDoor(t *testing.T) {
	l := door(t)
	sent := make(chan error, 1)
	go func() {
		s, err := capture.Dial(t.Context(), l.Addr().String(), token, "icu-tap", nil, traffic.LinkEthernet)
		if err != nil {
			sent <- err
			return
		}
		err = s.Frame(&traffic.Frame{Data: []byte("hello"), Nanos: 5e9})
		time.Sleep(1200 * time.Millisecond) // silence is idle, not the end
		sent <- errors.Join(err, s.Close())
	}()
	tap, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer tap.Close()
	name, err := tap.Greet()
	if err != nil || name != "icu-tap" {
		t.Fatalf("got %q, %v", name, err)
	}
	var f traffic.Frame
	idle := 0
	for {
		err = tap.Next(&f)
		if err != capture.ErrIdle {
			break
		}
		idle++
	}
	if err != nil || string(f.Data) != "hello" || f.Nanos != 5e9 || idle == 0 {
		t.Errorf("got %q at %d, %v, after %d idle seconds", f.Data, f.Nanos, err, idle)
	}
	if err := tap.Next(&f); err != io.EOF {
		t.Errorf("got %v, want the end", err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestATapWithoutTheTokenIsRefused(t *testing.T) {
	l := door(t)
	refused := make(chan error, 1)
	go func() {
		_, err := capture.Dial(t.Context(), l.Addr().String(), "another-token-altogether", "tap", nil, traffic.LinkEthernet)
		refused <- err
	}()
	tap, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tap.Greet(); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("the door said %v, want Denied", err)
	}
	if err := <-refused; bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("the tap heard %v, want Denied", err)
	}
}

func TestTheDoorStaysOnThisMachineWithoutTLS(t *testing.T) {
	for name, o := range map[string]capture.TapOptions{
		"open to the network without TLS": {Address: "0.0.0.0:0", Token: token},
		"a token that can be guessed":     {Address: "127.0.0.1:0", Token: "short"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := capture.Listen(context.Background(), o)
			if bedrail.KindOf(err) != bedrail.Invalid {
				t.Errorf("got %v, want Invalid", err)
			}
			if l != nil {
				l.Close()
			}
		})
	}
}
