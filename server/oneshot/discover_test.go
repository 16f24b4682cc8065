package oneshot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"bedrail/asset"
	"bedrail/rule"
	"bedrail/server/oneshot"
)

const shared = "../../../shared/testdata/traffic/"

// need skips the test, and says so, when a capture of the shared data is not
// there.
func need(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(shared, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("NOT RUN: needs ../shared/testdata/traffic/%s, not there", name)
	}
	return path
}

func TestEveryHostOfTheLabIsIdentified(t *testing.T) {
	for _, name := range []string{"hospital-lab.pcap", "sdc-lab.pcap"} {
		t.Run(name, func(t *testing.T) {
			e, _, err := oneshot.EvaluateDiscovery(context.Background(), nil, nil, need(t, "lab/ground-truth.tsv"), []string{need(t, "lab/"+name)})
			if err != nil {
				t.Fatal(err)
			}
			if e.Found != e.Hosts || e.Invented != 0 {
				t.Errorf("found %d of %d hosts, missing %v, invented %v", e.Found, e.Hosts, e.Missing, e.Inventions)
			}
			for _, s := range e.Scores {
				t.Logf("%-16s total %2d right %2d wrong %d missing %d %v", s.Attribute, s.Total, s.Right, s.Wrong, s.Missing, s.Notes)
				if s.WrongAtConfirmed > 0 {
					t.Errorf("%s: wrong at confirmed: %v", s.Attribute, s.Notes)
				}
				if s.Total > 0 && s.Recall < 0.95 {
					t.Errorf("%s: recall %.2f: %v", s.Attribute, s.Recall, s.Notes)
				}
			}
		})
	}
}

func TestTheSameCaptureGivesTheSameBytes(t *testing.T) {
	paths := []string{need(t, "lab/hospital-lab.pcap"), need(t, "lab/sdc-lab.pcap")}
	var first []byte
	for range 3 {
		d, err := oneshot.Discover(context.Background(), nil, paths)
		if err != nil {
			t.Fatal(err)
		}
		d.Stats.Seconds = 0
		got, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Fatal("two runs over the same captures differ")
		}
	}
	for _, secret := range []string{"DOE^", "PatientName"} {
		if bytes.Contains(first, []byte(secret)) {
			t.Errorf("the result holds %q", secret)
		}
	}
}

func TestConsumerDevicesAreNotMistaken(t *testing.T) {
	truth := need(t, "iot-sentinel/ground-truth.tsv")
	paths, err := filepath.Glob(filepath.Join(shared, "iot-sentinel/*/*.pcap"))
	if err != nil || len(paths) == 0 {
		t.Skip("NOT RUN: needs ../shared/testdata/traffic/iot-sentinel, not there")
	}
	e, _, err := oneshot.EvaluateDiscovery(context.Background(), nil, nil, truth, paths)
	if err != nil {
		t.Fatal(err)
	}
	if e.Invented != 0 || e.Hosts != 18 || e.Found != 18 {
		t.Errorf("%d of %d hosts found, invented %v", e.Found, e.Hosts, e.Inventions)
	}
	if c := asset.BuiltinCalibration(); c.Rules != rule.Builtin().Version() {
		t.Logf("the rules changed since the calibration was measured: \"make accuracy\" writes it again")
	} else if !reflect.DeepEqual(c.Words, e.ByWord) {
		t.Errorf("the calibration that is carried says\n%+v\nand measured is\n%+v\n\"make accuracy\" writes it again", c.Words, e.ByWord)
	}
	for _, s := range e.Scores {
		t.Logf("%-16s total %2d right %2d wrong %d missing %d confirmed-wrong %d %v", s.Attribute, s.Total, s.Right, s.Wrong, s.Missing, s.WrongAtConfirmed, s.Notes)
		if s.WrongAtConfirmed > 0 {
			t.Errorf("%s: wrong at confirmed: %v", s.Attribute, s.Notes)
		}
		if least := map[string]int{"manufacturer": 16, "model": 12}[s.Attribute]; s.Right < least {
			t.Errorf("%s: %d right of %d, want at least %d: %v", s.Attribute, s.Right, s.Total, least, s.Notes)
		}
	}
}

func TestABrokenCaptureIsSaidAndTheRestUsed(t *testing.T) {
	whole, err := os.ReadFile(need(t, "lab/hospital-lab.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cut, junk := filepath.Join(dir, "cut.pcap"), filepath.Join(dir, "junk.pcap")
	if err := os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(junk, []byte("this is no capture at all, not even a little"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := oneshot.Discover(context.Background(), nil, []string{junk, cut, filepath.Join(dir, "absent.pcap")})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range d.Captures {
		if len(c.Errors) != 1 {
			t.Errorf("capture %d: %d errors, want 1: %v", i, len(c.Errors), c.Errors)
		}
	}
	if len(d.Devices) < 5 {
		t.Errorf("got %d devices of the half that is there", len(d.Devices))
	}
}

func TestTwoCapturesOfOneMinuteAreReadOneAfterTheOther(t *testing.T) {
	lab := need(t, "lab/hospital-lab.pcap")
	one, err := oneshot.Discover(context.Background(), nil, []string{lab})
	if err != nil {
		t.Fatal(err)
	}
	three, err := oneshot.Discover(context.Background(), nil, []string{lab, need(t, "lab/sdc-lab.pcap"), lab, lab})
	if err != nil {
		t.Fatal(err)
	}
	if len(three.Devices) < len(one.Devices) || three.Stats.Packets != 3*one.Stats.Packets+three.Captures[1].Packets {
		t.Errorf("%d devices of %d packets, alone %d of %d", len(three.Devices), three.Stats.Packets, len(one.Devices), one.Stats.Packets)
	}
}

// TestEveryCaptureOfTheDataIsRead looks for devices without any presence: on
// no capture may one be invented.
func TestEveryCaptureOfTheDataIsRead(t *testing.T) {
	need(t, "protocols")
	var paths []string
	for _, dir := range []string{"protocols", "ics", "medical", "tls-ja4", "iomt-unr/*"} {
		for _, ext := range []string{"*.pcap", "*.pcapng"} {
			some, err := filepath.Glob(filepath.Join(shared, dir, ext))
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, some...)
		}
	}
	e, d, err := oneshot.EvaluateDiscovery(context.Background(), nil, nil, need(t, "lab/ground-truth.tsv"), paths)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d captures, %d devices", len(paths), len(d.Devices))
	if e.Invented != 0 {
		t.Errorf("invented %v", e.Inventions)
	}
	for _, c := range d.Captures {
		for _, text := range c.Errors {
			t.Logf("%s", text)
		}
	}
}
