package lis_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/format/astm"
	"bedrail/lis"
)

func kinds() exchange.Kinds { return exchange.Kinds{Sources: []exchange.SourceKind{lis.SourceKind()}} }

func records() [][]byte {
	return [][]byte{[]byte(`H|\^&|msg-1||Gluco^GX1^SN77^2.1|||||||P|1|20260102030405`), []byte(`P|1||MRN77`), []byte(`O|1|SP9`),
		[]byte(`R|1|^^^GLU|5.4|mmol/L|||||F||||20260102030000`), []byte(`L|1|N`)}
}

// send is an analyser: it sends frames and wants each acknowledged.
func send(t *testing.T, conn net.Conn, frames []astm.Frame) error {
	t.Helper()
	s := &astm.Sender{Frames: frames, Instrument: true}
	out, buf := s.Start(), make([]byte, 1)
	for {
		if _, err := conn.Write(out); err != nil {
			return err
		}
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := conn.Read(buf); err != nil {
			return err
		}
		var done bool
		if out, done = s.Answer(buf[0]); done {
			if len(out) > 0 {
				if _, err := conn.Write(out); err != nil {
					return err
				}
			}
			return s.Err()
		}
	}
}

func frames(t *testing.T, r [][]byte, size int) []astm.Frame {
	t.Helper()
	f, err := astm.Frames(r, size)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func dial(t *testing.T, at string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestAnAnalyserSendsItsResults(t *testing.T) {
	h := exchangetest.Open(t, kinds(), `[{"name": "lab", "source": {"astm": {"listen": "127.0.0.1:0"}}, "destinations": [{"name": "out", "memory": {}}]}]`)
	conn := dial(t, h.Listening("lab"))
	for _, size := range []int{240, 20} { // whole records, and records cut into frames
		if err := send(t, conn, frames(t, records(), size)); err != nil {
			t.Fatal(err)
		}
	}
	got := h.Delivered(1)[0]
	if f := got.Facts; f.Sender != "Gluco" || f.ControlID != "msg-1" || len(f.Patients) != 1 || f.Patients[0] != "MRN77" || f.Orders[0] != "SP9" || f.Values != 1 || f.Devices[0].Serial != "SN77" {
		t.Errorf("got %+v", f)
	}
	tr, err := astm.Read(got.Body)
	if err != nil || len(tr.Results()) != 1 || tr.Results()[0].Value != "5.4" {
		t.Errorf("got %+v, %v", tr, err)
	}
	if n := len(h.Kept()); n != 2 {
		t.Errorf("%d are kept", n)
	}
	h.Balanced()
}

func TestAMessageThatIsCutOffIsKeptAndNotPassedOn(t *testing.T) {
	h := exchangetest.Open(t, kinds(), `[{"name": "lab", "source": {"astm": {"listen": "127.0.0.1:0"}}, "destinations": [{"name": "out", "memory": {}}]}]`)
	conn := dial(t, h.Listening("lab"))
	if err := send(t, conn, frames(t, records()[:4], 240)); err != nil { // EOT without L
		t.Fatal(err)
	}
	if err := send(t, conn, frames(t, records(), 240)); err != nil {
		t.Fatal(err)
	}
	h.Delivered(1)
	states := map[exchange.State]int{}
	for _, m := range h.Kept() {
		states[m.State]++
	}
	if states[exchange.Rejected] != 1 || len(h.Kept()) != 2 {
		t.Errorf("got %v", states)
	}
	if r := h.Source("lab").Status().Refused; len(r) != 1 || r[0].Mend == "" {
		t.Errorf("the door shows %+v", r)
	}
	h.Balanced()
}

func TestAValueInADamagedFrameIsNeverKept(t *testing.T) {
	h := exchangetest.Open(t, kinds(), `[{"name": "lab", "source": {"astm": {"listen": "127.0.0.1:0"}}, "destinations": [{"name": "out", "memory": {}}]}]`)
	conn := dial(t, h.Listening("lab"))
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	answer := make([]byte, 1)
	say := func(b []byte, want byte) {
		t.Helper()
		if _, err := conn.Write(b); err != nil {
			t.Fatal(err)
		}
		if want == 0 {
			return
		}
		if _, err := conn.Read(answer); err != nil || answer[0] != want {
			t.Fatalf("answered %#02x, %v; want %#02x", answer[0], err, want)
		}
	}
	say([]byte{astm.ENQ}, astm.ACK)
	for _, f := range frames(t, records(), 240) {
		good := astm.AppendFrame(nil, f)
		if bytes.HasPrefix(f.Text, []byte("R|")) {
			say(bytes.Replace(good, []byte("5.4"), []byte("9.9"), 1), astm.NAK)
		}
		say(good, astm.ACK)
	}
	say([]byte{astm.EOT}, 0)
	if got := h.Delivered(1)[0].Body; bytes.Contains(got, []byte("9.9")) || !bytes.Contains(got, []byte("5.4")) {
		t.Errorf("got %q", got)
	}
}

// A flaky intake keeps nothing the first time.
type flaky struct {
	fail int
	got  []exchange.Inbound
}

func (f *flaky) Receive(_ context.Context, in exchange.Inbound) (exchange.Receipt, error) {
	if f.fail > 0 {
		f.fail--
		return exchange.Receipt{}, bedrail.Errorf(bedrail.Unavailable, "the disk is full")
	}
	f.got = append(f.got, in)
	return exchange.Receipt{Outcome: exchange.Accepted}, nil
}

func TestTheLastFrameIsAcknowledgedOnlyWithTheRecord(t *testing.T) {
	spool, intake := t.TempDir(), &flaky{fail: 2}
	start := func() (exchange.Source, func()) {
		src, err := lis.SourceKind().Open(exchange.SourceConfig{Channel: "lab", Settings: json.RawMessage(`{"listen": "127.0.0.1:0"}`), Intake: intake, Env: exchange.Env{Spool: spool}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- src.Run(ctx) }()
		for src.Status().Listening == "" {
			time.Sleep(5 * time.Millisecond)
		}
		return src, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	src, stop := start()
	if err := send(t, dial(t, src.Status().Listening), frames(t, records(), 240)); err != nil {
		t.Fatalf("after two refusals it was not taken: %v", err)
	}
	if len(intake.got) != 1 || !strings.Contains(src.Status().LastError, "disk is full") {
		t.Errorf("kept %d, the door says %q", len(intake.got), src.Status().LastError)
	}
	stop()
	if left, _ := filepath.Glob(spool + "/*"); len(left) != 0 {
		t.Errorf("the spool holds %v", left)
	}
	// What an earlier run acknowledged and did not put on record is kept now.
	var half []byte
	for _, f := range frames(t, records()[:3], 240) {
		half = astm.AppendFrame(half, f)
	}
	if err := os.WriteFile(filepath.Join(spool, "astm-lab-1.part"), half, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop = start()
	stop()
	if len(intake.got) != 2 || intake.got[1].Unreadable == "" || !bytes.Equal(intake.got[1].Body, half) {
		t.Errorf("kept %d", len(intake.got))
	}
}

func TestSettingsOfAnalysersAreChecked(t *testing.T) {
	k := lis.SourceKind()
	if err := k.Check(json.RawMessage(`{}`)); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("got %v", err)
	}
	if err := k.Check(json.RawMessage(k.Example)); err != nil {
		t.Errorf("the example does not hold: %v", err)
	}
}
