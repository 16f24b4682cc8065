package shadow_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail/capture"
	"bedrail/exchange"
	"bedrail/shadow"
	"bedrail/sim"
	"bedrail/traffic"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func ears(t testing.TB, tell func(traffic.Overheard)) *shadow.Ears {
	t.Helper()
	c, err := exchange.NewChecker()
	if err != nil {
		t.Fatal(err)
	}
	return shadow.New(shadow.Options{Site: "north", Sensor: "s1", Checker: c, Tell: tell})
}

func side(protocol string) traffic.Side {
	return traffic.Side{Protocol: protocol, Client: traffic.Endpoint{IP: netip.MustParseAddr("10.1.0.5"), Port: 40000}, Server: traffic.Endpoint{IP: netip.MustParseAddr("10.1.0.9"), Port: 2575}}
}

const order = "\x0bMSH|^~\\&|LIS|LAB|EHR|HOSP|20260302120000+0000||ORM^O01|C1|P|2.5\rPID|1||PATIENT-4711||SECRETNAME^A\rORC|NW|1\rOBR|1|1||X\r\x1c\r"
const ack = "\x0bMSH|^~\\&|EHR|HOSP|LIS|LAB|20260302120000+0000||ACK|A1|P|2.5\rMSA|AA|C1\r\x1c\r"

// The same bytes in other pieces are the same messages, and what was said of
// the patient is in nothing that is told.
func TestPiecesDoNotMatter(t *testing.T) {
	var want string
	for _, size := range []int{1 << 20, 7, 1} {
		var told []traffic.Overheard
		e := ears(t, func(o traffic.Overheard) { told = append(told, o) })
		l := e.Listen(side("hl7v2"))
		for from := 0; from < len(order); from += size {
			if !l.Hear(noon, traffic.ToServer, []byte(order[from:min(len(order), from+size)])) {
				t.Fatal("the listener gave up")
			}
		}
		l.Hear(noon.Add(3*time.Millisecond), traffic.ToClient, []byte(ack))
		l.End(false)
		e.End()
		text, err := json.Marshal(told)
		if err != nil || len(told) != 1 {
			t.Fatalf("%v: %s", err, text)
		}
		if o := told[0]; o.Messages != 1 || o.Answers["AA"] != 1 || o.Unanswered != 0 || o.LatencyMax != 3*time.Millisecond || o.Sender != "LIS@LAB" {
			t.Errorf("pieces of %d: %s", size, text)
		}
		for _, secret := range []string{"PATIENT-4711", "SECRETNAME", "C1"} {
			if strings.Contains(string(text), `"`+secret) || strings.Contains(string(text), "SECRETNAME") {
				t.Errorf("%q is told: %s", secret, text)
			}
		}
		if want == "" {
			want = string(text)
		}
		if string(text) != want {
			t.Errorf("pieces of %d:\n%s\nwant\n%s", size, text, want)
		}
	}
}

// An answer that belongs to nothing, one that comes twice, and none at all are
// told apart.
func TestAnswersAreMatched(t *testing.T) {
	var sum traffic.Overheard
	e := ears(t, func(o traffic.Overheard) { sum.Merge(&o) })
	l := e.Listen(side("hl7v2"))
	l.Hear(noon, traffic.ToServer, []byte(order))
	l.Hear(noon, traffic.ToClient, []byte(strings.Replace(ack, "|C1", "|ELSE", 1)))
	l.Hear(noon, traffic.ToClient, []byte(ack+ack))
	l.Hear(noon, traffic.ToServer, []byte(strings.Replace(order, "|C1", "|C2", 1)))
	l.End(false)
	e.End()
	if sum.Messages != 2 || sum.Unmatched != 1 || sum.Unanswered != 1 || sum.Answers["AA"] != 3 {
		t.Errorf("%+v", sum.OverheardCounts)
	}
}

// What is too large, or has a hole, is counted and not looked into; a flood
// costs bounded work.
func TestWhatCannotBeLookedIntoIsCounted(t *testing.T) {
	var sum traffic.Overheard
	e := ears(t, func(o traffic.Overheard) { sum.Merge(&o) })
	l := e.Listen(side("hl7v2"))
	l.Hear(noon, traffic.ToServer, []byte(order))
	l.Hear(noon, traffic.ToServer, []byte(order[:40]))
	l.Miss(noon, traffic.ToServer, 20)
	l.Hear(noon, traffic.ToServer, []byte(order[60:]))
	l.Hear(noon, traffic.ToServer, []byte("\x0b"+strings.Repeat("A", 300<<10)+"\x1c\r"))
	if n := l.Held(); n > 300<<10 {
		t.Errorf("%d bytes are held", n)
	}
	for range 2500 {
		l.Hear(noon, traffic.ToServer, []byte(order))
	}
	l.End(false)
	e.End()
	if sum.Messages != 2503 || sum.Unchecked < 500 || sum.Duplicates == 0 {
		t.Errorf("%+v", sum.OverheardCounts)
	}
}

// read runs a capture through an engine that listens.
func read(t testing.TB, path string, o traffic.Options) {
	t.Helper()
	src, err := capture.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	e := traffic.NewEngine(o)
	e.Begin("test")
	var f traffic.Frame
	for {
		if err := src.Next(&f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		e.Frame(&f)
	}
	e.End()
}

// Listening changes nothing of what is discovered.
func TestDiscoveryDoesNotChange(t *testing.T) {
	for _, path := range []string{"../server/testdata/captures/shadow.pcap", "../../shared/testdata/traffic/lab/hospital-lab.pcap"} {
		if _, err := os.Stat(path); err != nil {
			t.Logf("SKIPPED %s: it is not there", path)
			continue
		}
		var with, without []traffic.Observation
		var talks [2]int
		e := ears(t, func(traffic.Overheard) {})
		read(t, path, traffic.Options{Observe: func(o traffic.Observation) { with = append(with, o) }, Converse: func(traffic.Conversation) { talks[0]++ }, Overhear: e.Listen})
		read(t, path, traffic.Options{Observe: func(o traffic.Observation) { without = append(without, o) }, Converse: func(traffic.Conversation) { talks[1]++ }})
		a, _ := json.Marshal(with)
		b, _ := json.Marshal(without)
		if len(with) == 0 || string(a) != string(b) || talks[0] != talks[1] {
			t.Errorf("%s: %d observations and %d conversations with listening, %d and %d without", path, len(with), talks[0], len(without), talks[1])
		}
	}
}

// TestTheLaboratory holds what is heard of a real capture against what is
// known to be in it.
func TestTheLaboratory(t *testing.T) {
	path := "../../shared/testdata/traffic/lab/hospital-lab.pcap"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: this test needs %s, which is not there", path)
	}
	sums := map[string]*traffic.Overheard{}
	e := ears(t, func(o traffic.Overheard) {
		if sums[o.Protocol] == nil {
			sums[o.Protocol] = &traffic.Overheard{}
		}
		sums[o.Protocol].Merge(&o)
	})
	read(t, path, traffic.Options{Overhear: e.Listen})
	e.End()
	if h := sums["hl7v2"]; h == nil || h.Messages != 10 || h.Answers["AA"] != 10 || h.Unanswered != 0 {
		t.Errorf("HL7 v2: %+v", h)
	}
	if d := sums["dicom"]; d == nil || d.Messages != 7 || d.Encrypted != 1 || d.Unchecked != 0 {
		t.Errorf("DICOM: %+v", d)
	}
	if m := sums["mqtt"]; m == nil || m.Messages != 5 || m.Faulty != 0 {
		t.Errorf("MQTT: %+v", m)
	}
}

// Whoever tries the demonstration is to see faults that were meant, and no
// other.
func TestTheDemonstrationsImagesAreWithoutFault(t *testing.T) {
	h := sim.New(1)
	path := filepath.Join(t.TempDir(), "day.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewWriter(f, traffic.LinkEthernet)
	if err != nil {
		t.Fatal(err)
	}
	err = h.Day(h.Site(), noon, 1, func(f sim.Frame) error { return w.Frame(&traffic.Frame{Nanos: f.Time.UnixNano(), Data: f.Data}) })
	if err := errors.Join(err, w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	var heard traffic.Overheard
	e := ears(t, func(o traffic.Overheard) {
		if o.Protocol == "dicom" {
			heard.Merge(&o)
		}
	})
	read(t, path, traffic.Options{Overhear: e.Listen})
	e.End()
	if heard.Messages == 0 || heard.Faulty+heard.Remarked+heard.Unchecked != 0 {
		t.Errorf("of %d images %d are faulty, %d with remarks, %d not looked into", heard.Messages, heard.Faulty, heard.Remarked, heard.Unchecked)
	}
}

func FuzzListen(f *testing.F) {
	for i, seed := range []string{order, "POST /fhir/Observation HTTP/1.1\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id\x32\x07\x00\x01t\x00\x01{}", "\x01\x00\x00\x00\x00\x44\x00\x01"} {
		f.Add(byte(i), byte(3), []byte(seed))
	}
	c, err := exchange.NewChecker()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which, cut byte, data []byte) {
		e := shadow.New(shadow.Options{Checker: c, Tell: func(o traffic.Overheard) {
			if o.Unchecked > o.Messages {
				t.Errorf("%+v", o.OverheardCounts)
			}
		}})
		l := e.Listen(side([]string{"hl7v2", "http", "mqtt", "dicom"}[which%4]))
		at := noon
		for n := 0; len(data) > 0; n++ {
			size := min(len(data), int(cut)+1)
			dir := traffic.Direction(n / 5 % 2)
			at = at.Add(time.Duration(n) * time.Second)
			var ok bool
			if n%11 == 10 {
				ok = l.Miss(at, dir, size)
			} else {
				ok = l.Hear(at, dir, data[:size])
			}
			if l.Held() > 2<<20 {
				t.Fatalf("%d bytes are held", l.Held())
			}
			if !ok {
				break
			}
			data = data[size:]
		}
		l.End(false)
		e.End()
	})
}
