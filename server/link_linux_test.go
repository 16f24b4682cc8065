package server_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/capture"
	"bedrail/outpost"
	"bedrail/sensor"
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

// TestASensorOutlivesItsLink takes the link of a real interface down and up,
// and takes the interface away and gives it back.
func TestASensorOutlivesItsLink(t *testing.T) {
	if !apart(t) {
		return
	}
	ip(t, "link set lo up")
	pairUp(t)
	hub := startWith(t, t.TempDir(), hubFlags("127.0.0.1:7422", "127.0.0.1:7423"))
	defer hub.end(t)
	far := t.TempDir()
	by := bedrail.SystemActor("test", hub.Config.Tenant)
	token, _, err := hub.Sensors.Invite(t.Context(), by, sensor.Ask{Name: "cable", Site: "Far Wing"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := outpost.Join(t.Context(), token, far+"/keys", nil); err != nil {
		t.Fatal(err)
	}
	cfg, err := stationConfig(far, map[string]string{"capture.interfaces": "watch0", "sensor.readers": "2"})
	if err != nil {
		t.Fatal(err)
	}
	st, err := server.OpenStation(t.Context(), cfg, server.StationOptions{Log: warnings(), Open: capture.LiveGroup, Up: capture.Up})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	time.Sleep(2 * time.Second)
	say(t, 100)
	time.Sleep(time.Second)
	ip(t, "link set watch0 down")
	time.Sleep(3 * time.Second)
	ip(t, "link set watch0 up")
	time.Sleep(3 * time.Second)
	say(t, 100)
	time.Sleep(time.Second)
	ip(t, "link del talk0")
	time.Sleep(4 * time.Second)
	pairUp(t)
	for range 20 { // it is found again within seconds, on a busy machine a few more
		time.Sleep(500 * time.Millisecond)
		say(t, 20)
	}
	time.Sleep(3 * time.Second)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	var seen uint64
	var gaps []traffic.Gap
	var row sensor.Status
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && !row.Health.Stopping; time.Sleep(300 * time.Millisecond) {
		if row, err = hub.Sensors.One(t.Context(), by, "cable"); err != nil {
			t.Fatal(err)
		}
	}
	p, err := hub.Sensors.Coverage(t.Context(), by, "cable", time.Now().Add(-time.Hour), time.Now().Add(time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		seen += s.Packets
	}
	for _, g := range p.Gaps {
		if g.Reason == traffic.GapLink && g.Interface == "watch0" {
			gaps = append(gaps, g)
		}
	}
	if seen < 300 || len(row.Health.Interfaces) != 1 || row.Health.Interfaces[0].Packets != seen {
		t.Errorf("%d packets were told of, want 300 or more; the interface counts %+v", seen, row.Health.Interfaces)
	}
	if len(gaps) < 2 || gaps[0].Until.Sub(gaps[0].From) < time.Second || gaps[1].Until.Sub(gaps[1].From) < 2*time.Second {
		t.Errorf("gaps are %+v, want two: link down, interface away", p.Gaps)
	}
	ends, err := hub.Sensors.Store.Stands(t.Context(), bedrail.Scope{Tenant: hub.Config.Tenant})
	if err != nil || ends["cable"].CoveredUntil.IsZero() {
		t.Errorf("stands are %+v, %v", ends, err)
	}
}
