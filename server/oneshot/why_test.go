package oneshot_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/capture"
	"bedrail/server/oneshot"
	"bedrail/traffic"
)

// Of each attribute of each device of the lab, its place included, it can be
// asked why: every piece of evidence names capture, packet, field and byte.
func TestEveryAttributeSaysWhy(t *testing.T) {
	paths := []string{need(t, "lab/hospital-lab.pcap"), need(t, "lab/sdc-lab.pcap")}
	d, err := oneshot.Discover(context.Background(), nil, paths)
	if err != nil {
		t.Fatal(err)
	}
	frames := map[string][][]byte{}
	for _, path := range paths {
		frames[filepath.Base(path)] = framesOf(t, path)
	}
	asked, found := 0, 0
	ask := func(of, attribute string, evidence []asset.Evidence) {
		asked++
		if len(evidence) == 0 {
			t.Errorf("%s: nothing says why of its %s", of, attribute)
		}
		for _, e := range evidence {
			if e.Capture == "" || e.Packet == 0 || e.Source == "" || e.Field == "" || e.Value == "" || e.Offset == 0 {
				t.Errorf("%s: its %s rests on %+v", of, attribute, e)
				continue
			}
			if prefix, ok := strings.CutPrefix(e.Field, "hardware address "); ok {
				found++
				if at := frames[e.Capture][e.Packet-1][e.Offset:]; !e.Frame || prefix != fmt.Sprintf("%x:%x:%x", at[:1], at[1:2], at[2:3]) {
					t.Errorf("%s: %s is said to stand in %+v", of, prefix, e)
				}
			}
		}
	}
	for _, dev := range d.Devices {
		for name, v := range map[string]asset.Value{"class": dev.Class, "manufacturer": dev.Manufacturer, "model": dev.Model, "serial number": dev.SerialNumber,
			"software": dev.SoftwareVersion, "operating system": dev.OperatingSystem, "attachment": dev.Attachment} {
			if v.Status != asset.Unknown {
				ask(dev.Name(), name, v.Evidence)
			}
		}
		if dev.Location.Status != asset.Unknown {
			ask(dev.Name(), "place", dev.Placed)
		}
		for _, w := range dev.Posture {
			ask(dev.Name(), string(w.Code), w.Evidence)
		}
		for _, c := range dev.Conflicts {
			for _, rival := range c.Values {
				ask(dev.Name(), string(c.Attribute)+" "+rival.Value, rival.Evidence)
			}
		}
	}
	if asked < 60 || found < 20 {
		t.Errorf("only %d attributes and %d hardware addresses were asked for", asked, found)
	}
}

// framesOf reads the frames of a capture.
func framesOf(t *testing.T, path string) (frames [][]byte) {
	t.Helper()
	src, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var f traffic.Frame
	for src.Next(&f) == nil {
		frames = append(frames, bytes.Clone(f.Data))
	}
	return frames
}
