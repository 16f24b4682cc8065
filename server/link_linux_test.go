package server_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/capture"
	"bedrail/server"
	"bedrail/traffic"
)

// apart runs a test again in a network namespace of its own, where it may make
// and remove interfaces. It reports true in the one that is to go on.
func apart(t *testing.T) bool {
	t.Helper()
	if os.Getenv("BEDRAIL_TEST_APART") != "" {
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: this test makes interfaces, which root may only")
	}
	for _, tool := range []string{"unshare", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: %s is not here", tool)
		}
	}
	cmd := exec.Command("unshare", "-n", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "BEDRAIL_TEST_APART=1")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "unshare failed") {
		t.Skipf("SKIPPED: no network namespaces here: %s", out)
	}
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
	return false
}

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

// pairUp makes a cable between talk0 and watch0.
func pairUp(t *testing.T) {
	t.Helper()
	ip(t, "link add talk0 type veth peer name watch0")
	ip(t, "link set watch0 up")
	ip(t, "link set talk0 up")
	ip(t, "addr add 192.0.2.1/24 dev talk0")
}

// say sends n datagrams over the cable.
func say(t *testing.T, n int) {
	t.Helper()
	ip(t, "neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev talk0")
	c, err := net.Dial("udp", "192.0.2.2:9")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range n {
		if _, err := fmt.Fprintf(c, "datagram %d", i); err != nil {
			t.Fatal(err)
		}
	}
}

// held are the readers of a station, as a test sees them.
type held struct {
	mu     sync.Mutex // guards what follows
	all    []capture.Source
	failed int // attempts to open
}

func (h *held) open(name string, readers int) ([]capture.Source, error) {
	all, err := capture.LiveGroup(name, readers)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, all...)
	if err != nil {
		h.failed++
	}
	return all, err
}

// read is how many packets were read so far, and how often the interface could
// not be opened.
func (h *held) read() (packets uint64, opened, failed int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.all {
		packets += s.Stats().Packets
	}
	return packets, len(h.all), h.failed
}

// sayUntilRead sends n datagrams and waits until they were read.
func (h *held) sayUntilRead(t *testing.T, n int) {
	t.Helper()
	before, _, _ := h.read()
	say(t, n)
	until(t, "that what was said is read", func() bool { now, _, _ := h.read(); return now >= before+uint64(n) })
}

// TestASensorOutlivesItsLink takes the link of a real interface down and up,
// and takes the interface away and gives it back.
func TestASensorOutlivesItsLink(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in -short: takes interfaces down and waits for them")
	}
	if !apart(t) {
		return
	}
	ip(t, "link set lo up")
	pairUp(t)
	hub := startWith(t, t.TempDir(), hubFlags("127.0.0.1:7422", "127.0.0.1:7423"))
	defer hub.end(t)
	far := t.TempDir()
	enrolled(t, hub, far, "cable")
	cfg, err := stationConfig(far, map[string]string{"capture.interfaces": "watch0", "sensor.readers": "2"})
	if err != nil {
		t.Fatal(err)
	}
	var watched held
	st, err := server.OpenStation(t.Context(), cfg, server.StationOptions{Log: warnings(), Open: watched.open, Up: capture.Up})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	watched.sayUntilRead(t, 100)
	ip(t, "link set watch0 down")
	time.Sleep(2500 * time.Millisecond) // it is looked for each second
	ip(t, "link set watch0 up")
	until(t, "that the link is up", func() bool { return capture.Up("watch0") })
	watched.sayUntilRead(t, 100)
	ip(t, "link del talk0")
	until(t, "that the interface is missed", func() bool { _, _, failed := watched.read(); return failed >= 2 })
	_, before, _ := watched.read()
	pairUp(t)
	until(t, "that the interface is watched again", func() bool { _, opened, _ := watched.read(); return opened > before })
	watched.sayUntilRead(t, 100)
	time.Sleep(1100 * time.Millisecond) // the end of the gap is looked for each second
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	p := toldWhole(t, hub, "cable", 300)
	var gaps []traffic.Gap
	for _, g := range p.Gaps {
		if g.Reason == traffic.GapLink && g.Interface == "watch0" {
			gaps = append(gaps, g)
		}
	}
	if len(gaps) < 2 || gaps[0].Until.Sub(gaps[0].From) < time.Second || gaps[1].Until.Sub(gaps[1].From) < time.Second {
		t.Errorf("gaps are %+v, want two: link down, interface away", p.Gaps)
	}
	ends, err := hub.Sensors.Store.Stands(t.Context(), bedrail.Scope{Tenant: hub.Config.Tenant})
	if err != nil || ends["cable"].CoveredUntil.IsZero() {
		t.Errorf("stands are %+v, %v", ends, err)
	}
}
