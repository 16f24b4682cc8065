package capture_test

import (
	"bytes"
	"net"
	"testing"
	"time"

	"bedrail"
	"bedrail/capture"
	"bedrail/traffic"
)

func TestLiveSeesWhatPassesAnInterface(t *testing.T) {
	src, err := capture.Live("lo")
	if bedrail.KindOf(err) == bedrail.Denied {
		t.Skipf("SKIPPED: this test needs the right to open raw sockets: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	conn, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	mark := []byte("seen by the live capture")
	var f traffic.Frame
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		conn.Write(mark) // nobody listens; the frame passes all the same
		if err := src.Next(&f); err != nil && err != capture.ErrIdle {
			t.Fatal(err)
		} else if err == nil && bytes.Contains(f.Data, mark) {
			return
		}
	}
	t.Errorf("the frame was not seen; %+v", src.Stats())
}

func TestLiveSaysWhatIsWrongWithAnInterface(t *testing.T) {
	if _, err := capture.Live("no-such-interface"); bedrail.KindOf(err) == bedrail.Internal || err == nil {
		t.Errorf("got %v, want an error that may be shown", err)
	}
}
