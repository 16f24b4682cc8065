package traffic_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/capture"
	"bedrail/traffic"
)

const shared = "../../shared/testdata/traffic/"

// sample returns the path of a capture of the shared test data, and skips the
// test loudly where the data is not there.
func sample(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(shared, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: this test needs %s, which is not there", path)
	}
	return path
}

// result is what an engine found in a capture.
type result struct {
	observations  []traffic.Observation
	conversations []traffic.Conversation
	stats         traffic.Stats
}

// play runs a capture through an engine.
func play(t testing.TB, path string) result {
	t.Helper()
	var r result
	e := traffic.NewEngine(traffic.Options{
		Observe:  func(o traffic.Observation) { r.observations = append(r.observations, o) },
		Converse: func(c traffic.Conversation) { r.conversations = append(r.conversations, c) },
	})
	src, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	e.Begin(filepath.Base(path))
	var f traffic.Frame
	for {
		err := src.Next(&f)
		var broken *capture.Break
		if err == io.EOF || errors.As(err, &broken) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e.Frame(&f)
	}
	e.End()
	r.stats = e.Stats()
	return r
}

func (r result) String() string {
	var b strings.Builder
	for _, o := range r.observations {
		fmt.Fprintf(&b, "#%d %s %s %s vlan=%d router=%v roles=%v", o.Packet, o.Protocol, o.MAC, o.IP, o.VLAN, o.Router, o.Roles)
		for _, c := range o.Claims {
			fmt.Fprintf(&b, " %s=%q(%s %s %.2f @%d)", c.Attribute, c.Value, c.Source, c.Field, c.Weight, c.Offset)
		}
		if o.Lease != nil {
			fmt.Fprintf(&b, " lease=%+v", *o.Lease)
		}
		b.WriteByte('\n')
	}
	for _, c := range r.conversations {
		fmt.Fprintf(&b, "%+v\n", c)
	}
	return b.String()
}

func TestDump(t *testing.T) {
	path := os.Getenv("BEDRAIL_DUMP")
	if path == "" {
		t.Skip("set BEDRAIL_DUMP=FILE to print what an engine finds in a capture")
	}
	r := play(t, path)
	t.Logf("%s%+v", r, r.stats)
}

// samples returns the captures of the shared test data that match.
func samples(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(shared, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skipf("SKIPPED: this test needs %s, which is not there", shared)
	}
	captures := paths[:0]
	for _, p := range paths {
		if strings.HasSuffix(p, ".pcap") || strings.HasSuffix(p, ".pcapng") {
			captures = append(captures, p)
		}
	}
	return captures
}
