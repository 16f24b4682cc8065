package server_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/capture"
	"bedrail/sim"
	"bedrail/traffic"
)

// TestNothingOfAPatientIsKept replays captures whose messages and images name
// patients, and then searches every file below the server's folder, the
// temporary folder and the log for the names and numbers that were on the
// wire.
func TestNothingOfAPatientIsKept(t *testing.T) {
	captures := map[string][]byte{}
	for name, path := range map[string]string{
		"made by the demonstration":  "testdata/captures/emergency.pcap",
		"of the exchange, overheard": "testdata/captures/shadow.pcap",
		"of the laboratory":          "../../shared/testdata/traffic/lab/hospital-lab.pcap",
		"of the SDC laboratory":      "../../shared/testdata/traffic/lab/sdc-lab.pcap",
	} {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Logf("NOT TESTED on the capture %s: %s is not there", name, path)
			continue
		}
		captures[name] = body
	}
	folder, temporary := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	h := startHouse(t, folder, nil)
	b := h.person("engineer", bedrail.Grant{Role: "clinical-engineer"})
	names := map[string]bool{}
	for name, body := range captures {
		found := patientsIn(body)
		if len(found) == 0 && name != "of the SDC laboratory" {
			t.Errorf("the capture %s names no patient; this test would show nothing", name)
		}
		for _, n := range found {
			names[n] = true
		}
		code, answer := b.ask(http.MethodPost, "/imports?kind=pcap&name=lab.pcap", bytes.NewReader(body))
		if code != http.StatusAccepted || !strings.Contains(answer, `"state":"done"`) {
			t.Fatalf("importing the capture %s: %d %s", name, code, answer)
		}
	}
	// What is overheard names the patient in places where no dissector of devices looks: the FHIR address and body, the topic of MQTT.
	for _, n := range []string{"ZZSHADOW", "MRN-SHADOW", "secret-SHADOW"} {
		names[n] = true
	}
	code, heard := h.person("integrator", bedrail.Grant{Role: "integration-engineer"}).ask(http.MethodGet, "/shadow-channels?days=90", nil)
	if code != http.StatusOK || !strings.Contains(heard, `"shadow":true`) {
		t.Fatalf("nothing was overheard: %d %s", code, heard)
	}
	for n := range names {
		if strings.Contains(heard, n) {
			t.Errorf("what was overheard names %q", n)
		}
	}
	if _, list := b.ask(http.MethodGet, "/devices?limit=500", nil); strings.Count(list, `"id"`) < 3 {
		t.Fatalf("the captures gave no devices: %s", list)
	}
	time.Sleep(1200 * time.Millisecond) // a checkpoint is signed and the log is written
	for _, place := range []string{folder, temporary} {
		searchFiles(t, place, names)
	}
	for n := range names {
		if bytes.Contains(h.log.Bytes(), []byte(n)) {
			t.Errorf("the log names %q", n)
		}
	}
}

var pid = regexp.MustCompile(`PID\|[^\r\n]{5,400}`)

// patientsIn finds patient names and numbers in a capture: fields 3 and 5 of
// PID segments, and the values of (0010,0010) and (0010,0020).
func patientsIn(capture []byte) []string {
	var found []string
	for _, segment := range pid.FindAll(capture, -1) {
		fields := strings.Split(string(segment), "|")
		for _, i := range []int{3, 5} {
			if i < len(fields) {
				found = append(found, strings.Split(fields[i], "^")[0])
			}
		}
	}
	for _, tag := range [][]byte{{0x10, 0, 0x10, 0}, {0x10, 0, 0x20, 0}} {
		for at := 0; ; {
			i := bytes.Index(capture[at:], tag)
			if i < 0 || at+i+12 > len(capture) {
				break
			}
			at += i + 4
			n, start := int(binary.LittleEndian.Uint32(capture[at:])), at+4
			if vr := string(capture[at : at+2]); vr == "PN" || vr == "LO" {
				n = int(binary.LittleEndian.Uint16(capture[at+2:]))
			}
			if n >= 6 && n <= 64 && start+n <= len(capture) {
				found = append(found, strings.Trim(string(capture[start:start+n]), " \x00"))
			}
		}
	}
	var usable []string
	for _, f := range found {
		if printable := strings.Trim(f, " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789^-_"); len(f) >= 6 && printable == "" {
			usable = append(usable, f)
		}
	}
	return usable
}

func searchFiles(t *testing.T, folder string, names map[string]bool) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // gone meanwhile
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		for n := range names {
			if bytes.Contains(body, []byte(n)) {
				t.Errorf("%s holds %q", path, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheDemonstrationIsIdentified holds the picture that the product draws
// of the demonstration hospital against what the hospital is.
func TestTheDemonstrationIsIdentified(t *testing.T) {
	t.Parallel()
	h := startHouse(t, t.TempDir(), nil)
	b := h.person("engineer", bedrail.Grant{Role: "clinical-engineer"})
	hospital := sim.New(1)
	var recording bytes.Buffer
	writeCapture(t, &recording, hospital.Morning(hospital.Site(), time.Now().Add(-time.Minute)))
	if code, answer := b.ask(http.MethodPost, "/imports?kind=pcap&name=morning.pcap", bytes.NewReader(recording.Bytes())); code != http.StatusAccepted {
		t.Fatalf("%d %s", code, answer)
	}
	speaking, right, wrong := 0, 0, 0
	found := map[traffic.MAC]map[traffic.Attribute]string{}
	err := h.Assets.Each(t.Context(), h.Config.Tenant, func(d asset.Device) {
		for _, m := range d.MACs {
			found[m] = map[traffic.Attribute]string{traffic.Model: d.Model.Value, traffic.SerialNumber: d.SerialNumber.Value}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range hospital.Devices {
		if !d.Speaks() || d.Site != hospital.Site() || d.Model.MDC == "" && d.Model.Modality == "" {
			continue
		}
		speaking++
		switch got := found[traffic.MAC(d.MAC.String())]; {
		case got[traffic.SerialNumber] == d.Serial && got[traffic.Model] == d.Model.Name:
			right++
		case got[traffic.SerialNumber] != "" && got[traffic.SerialNumber] != d.Serial:
			wrong++
		default:
			t.Logf("%s %s %s serial %s is known as %v", d.MAC, d.Model.Manufacturer, d.Model.Name, d.Serial, got)
		}
	}
	if wrong > 0 || right != speaking {
		t.Errorf("of %d devices that name themselves %d are known by model and serial number, %d wrongly", speaking, right, wrong)
	}
}

func writeCapture(t *testing.T, out io.Writer, frames []sim.Frame) {
	t.Helper()
	w, err := capture.NewWriter(out, traffic.LinkEthernet)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		if err := w.Frame(&traffic.Frame{Data: f.Data, Length: len(f.Data), Nanos: f.Time.UnixNano(), Link: traffic.LinkEthernet}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}
