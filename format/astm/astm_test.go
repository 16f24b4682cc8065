package astm

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

const synthetic = "../../../shared/testdata/exchange/synthetic/"

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(synthetic + name)
	if err != nil {
		t.Skipf("needs ../shared/testdata/exchange/synthetic/%s, not there", name)
	}
	return b
}

func TestRecordedLine(t *testing.T) {
	good := []Result{
		{Specimen: "SPEC001", Test: "GLU", Value: "5.4", Unit: "mmol/L", Range: "3.9^6.1", Flags: "N", Status: "F", Completed: "20260301101000", Instrument: "SN12345"},
		{Specimen: "SPEC001", Test: "K", Value: "9.9", Unit: "mmol/L", Range: "3.5^5.1", Flags: "HH", Status: "F", Completed: "20260301101000", Instrument: "SN12345", Critical: true},
	}
	cases := map[string]struct {
		rules   []string
		results []Result
		answers string
	}{
		"astm-ok.bin":           {nil, good, "\x06\x06\x06\x06\x06\x06\x06"},
		"astm-bad-checksum.bin": {[]string{"checksum"}, good[1:], "\x06\x06\x06\x06\x15\x15\x15"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			raw := read(t, name)
			got, err := Read(raw)
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, i := range got.Issues {
				rules = append(rules, i.Rule)
			}
			if !reflect.DeepEqual(rules, c.rules) {
				t.Errorf("got %q, want %q: %+v", rules, c.rules, got.Issues)
			}
			if !reflect.DeepEqual(got.Results(), c.results) {
				t.Errorf("got %+v, want %+v", got.Results(), c.results)
			}
			kept := ""
			r := Receiver{Keep: func(f *Frame) error {
				if f != nil {
					kept += string(f.Text)
				}
				return nil
			}}
			answers := ""
			for i := range raw {
				answers += string(r.Feed(raw[i : i+1]))
			}
			if answers != c.answers {
				t.Errorf("answered %x, want %x", answers, c.answers)
			}
			if strings.Contains(kept, "6.4") {
				t.Error("a value of a refused frame was kept")
			}
		})
	}
}

func TestSenderAndReceiverAgree(t *testing.T) {
	records := [][]byte{[]byte(`H|\^&|||AN^M7^S1^2.0`), []byte("P|1"), []byte("O|1|S1||^^^GLU"), []byte("R|1|^^^GLU|" + strings.Repeat("9", 700) + "|mg/dL"), []byte("L|1|N")}
	cases := map[string]struct {
		disturb func(frame int, b []byte) []byte
		want    error
	}{
		"a quiet line":                       {func(_ int, b []byte) []byte { return b }, nil},
		"a frame that is damaged once":       {func(n int, b []byte) []byte { return flip(b, n == 3) }, nil},
		"a frame that is damaged every time": {func(n int, b []byte) []byte { return flip(b, n >= 3) }, ErrGivenUp},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			frames, err := Frames(records, 240)
			if err != nil {
				t.Fatal(err)
			}
			var kept bytes.Buffer
			r := Receiver{Keep: func(f *Frame) error {
				if f != nil {
					kept.Write(f.Text)
				}
				return nil
			}}
			s := Sender{Frames: frames}
			out, done, n := s.Start(), false, 0
			for !done {
				answer := r.Feed(c.disturb(n, out))
				n++
				if len(answer) != 1 {
					t.Fatalf("got answers %x", answer)
				}
				out, done = s.Answer(answer[0])
			}
			r.Feed(out)
			if !errors.Is(s.Err(), c.want) || r.Active() {
				t.Fatalf("got %v, active %v, want %v", s.Err(), r.Active(), c.want)
			}
			if want := string(bytes.Join(records, []byte{CR})) + "\r"; c.want == nil && kept.String() != want {
				t.Errorf("got %q, want %q", kept.String(), want)
			}
		})
	}
}

func flip(b []byte, yes bool) []byte {
	if !yes || len(b) < 4 {
		return b
	}
	b = bytes.Clone(b)
	b[3] ^= 1
	return b
}

func TestContention(t *testing.T) {
	host, instrument := Sender{}, Sender{Instrument: true}
	host.Start()
	instrument.Start()
	for _, s := range []*Sender{&host, &instrument} {
		if _, done := s.Answer(ENQ); !done || !errors.Is(s.Err(), ErrContention) {
			t.Errorf("got %v", s.Err())
		}
	}
	if host.RetryAfter() <= instrument.RetryAfter() {
		t.Error("the instrument must come first")
	}
}

func TestRecords(t *testing.T) {
	cases := map[string]struct {
		text  string
		rules []string
	}{
		"a bare file":                        {"H|\\^&\rP|1\rO|1|S\rR|1|^^^K|4.1|mmol/L\rC|1|I|fine\rL|1|N\r", nil},
		"a result without an order":          {"H|\\^&\rP|1\rR|1|^^^K|4.1|mmol/L\rL|1|N\r", []string{"structure"}},
		"a message that does not end":        {"H|\\^&\rP|1\rO|1|S\r", []string{"structure"}},
		"a number without a unit":            {"H|\\^&\rP|1\rO|1|S\rR|1|^^^K|4.1\rL|1|N\r", []string{"unit-missing"}},
		"a sequence number that is left out": {"H|\\^&\rP|1\rO|1|S\rR|2|^^^K|4.1|g\rL|1|N\r", []string{"sequence"}},
		"a result of no test":                {"H|\\^&\rP|1\rO|1|S\rR|1||4.1|g\rL|1|N\r", []string{"required-field"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Read([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, i := range got.Issues {
				rules = append(rules, i.Rule)
			}
			if !reflect.DeepEqual(rules, c.rules) {
				t.Errorf("got %q, want %q: %+v", rules, c.rules, got.Issues)
			}
		})
	}
}

const hello = `<?xml version="1.0"?><HELLO.R01><HDR><HDR.control_id V="7"/><HDR.version_id V="POCT1"/></HDR><DEV><DEV.device_id V="0002"/><DEV.vendor_id V="ACME"/><DEV.model_id V="GLU-7"/><DEV.serial_id V="SN77"/><DEV.sw_version V="3.1"/></DEV></HELLO.R01>`

func TestPOCT(t *testing.T) {
	p, err := ParsePOCT([]byte(hello))
	if err != nil {
		t.Fatal(err)
	}
	want := POCTDevice{ID: "0002", Vendor: "ACME", Model: "GLU-7", Serial: "SN77", Software: "3.1"}
	if p.Type != "HELLO.R01" || p.ControlID != "7" || p.Device != want {
		t.Errorf("got %+v", p)
	}
	ack, err := ParsePOCT(AppendPOCTAck(nil, p, "8", "2026-03-01T10:15:00Z", true))
	if err != nil || ack.AckFor != "7" || ack.AckCode != "AA" {
		t.Errorf("got %+v, %v", ack, err)
	}
	for name, text := range map[string]string{
		"an entity of its own": `<!DOCTYPE x [<!ENTITY a "b">]><HELLO.R01><HDR>&a;</HDR></HELLO.R01>`,
		"another root":         `<html></html>`,
		"cut off":              `<HELLO.R01><HDR>`,
		"too deep":             `<HELLO.R01>` + strings.Repeat("<a>", 40),
	} {
		if _, err := ParsePOCT([]byte(text)); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\x05\x021H|\\^&|||A\r\x03A9\r\n\x022L|1\r\x033C\r\n\x04"))
	f.Add([]byte("H|\\^&\rP|1\rO|1|S\rR|1|^^^K|4.1&F&|mmol/L\rL|1|N\r"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Read(b)
		if err != nil {
			return
		}
		got.Results()
		got.Instrument()
		for _, i := range got.Issues {
			if i.Start < 0 || i.Start > i.End || i.End > len(b) {
				t.Errorf("issue outside the bytes: %+v", i)
			}
		}
	})
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte("\x05\x021H|\\^&\r\x03A9\r\n\x04"), 3)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		n = max(1, n)
		one, many := Receiver{}, Receiver{}
		whole := one.Feed(b)
		var pieces []byte
		for rest := b; len(rest) > 0; {
			k := min(n, len(rest))
			pieces = append(pieces, many.Feed(rest[:k])...)
			rest = rest[k:]
		}
		if len(b) < MaxText && !bytes.Equal(pieces, whole) {
			t.Errorf("in pieces of %d: answered %x, want %x", n, pieces, whole)
		}
	})
}

func FuzzPOCT(f *testing.F) {
	f.Add([]byte(hello))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = ParsePOCT(b) })
}

func TestCheckPOCT(t *testing.T) {
	const header = `<HDR><HDR.control_id V="7"/><HDR.version_id V="POCT1"/><HDR.creation_dttm V="2026"/></HDR>`
	for name, c := range map[string]struct{ text, location, at string }{
		"a whole greeting":                  {`<HELLO.R01>` + header + `<DEV><DEV.serial_id V="S1"/></DEV></HELLO.R01>`, "", ""},
		"a device that is none":             {`<HELLO.R01>` + header + `<DEV><DEV.device_id V=""/></DEV></HELLO.R01>`, "DEV.device_id", `<DEV.device_id V=""/>`},
		"an answer to nothing":              {`<ACK.R01>` + header + `<ACK><ACK.type_cd V="AA"/></ACK></ACK.R01>`, "ACK.ack_control_id", ""},
		"an answer that is none":            {`<ACK.R01>` + header + `<ACK><ACK.type_cd V="OK"/><ACK.ack_control_id V="7"/></ACK></ACK.R01>`, "ACK.type_cd", `<ACK.type_cd V="OK"/>`},
		"a message that no answer can name": {`<OBS.R01><HDR><HDR.version_id V="POCT1"/><HDR.creation_dttm V="2026"/></HDR></OBS.R01>`, "HDR.control_id", ""},
		"XML that is cut off":               {`<OBS.R01><HDR>`, "POCT1-A", ""},
	} {
		got := CheckPOCT([]byte(c.text))
		if c.location == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || got[0].Location != c.location || got[0].Text == "" || c.at != "" && c.text[got[0].Start:got[0].End] != c.at {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	values, err := POCTValues([]byte(`<OBS.R01><SVC><PT><PT.name V="X"/></PT></SVC><SVC><OBS.value V="5"/></SVC></OBS.R01>`))
	if err != nil || len(values) != 2 || !values[0].Person() || values[1].Person() || values[1].Path != "OBS.R01/SVC[2]/OBS.value" {
		t.Errorf("got %+v, %v", values, err)
	}
}

func FuzzCheckPOCT(f *testing.F) {
	f.Add([]byte(`<HELLO.R01><HDR><HDR.control_id V="7"/></HDR><DEV><DEV.serial_id V="S1"/></DEV></HELLO.R01>`))
	f.Add([]byte("<!DOCTYPE a [<!ENTITY b 'c'>]><OBS.R01>&b;<OBS V='x'>t</OBS></OBS.R01>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, i := range CheckPOCT(b) {
			if i.Start < 0 || i.Start > i.End || i.End > len(b) || i.Text == "" {
				t.Errorf("issue without place: %+v", i)
			}
		}
		values, _ := POCTValues(b)
		for _, v := range values {
			if v.Start < 0 || v.Start > v.End || v.End > len(b) {
				t.Errorf("value without place: %+v", v)
			}
		}
	})
}
