package mqtt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/mqtt"
)

func kinds() exchange.Kinds {
	return exchange.Kinds{Sources: []exchange.SourceKind{mqtt.SourceKind()}, Destinations: []exchange.DestinationKind{mqtt.DestinationKind()}}
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: mosquitto, mosquitto-clients): this peer was not talked to", name)
	}
	return path
}

// publish runs mosquitto_pub.
func publish(t *testing.T, at, lines string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	host, port, _ := net.SplitHostPort(at)
	cmd := exec.CommandContext(ctx, tool(t, "mosquitto_pub"), append([]string{"-h", host, "-p", port, "-l"}, args...)...)
	cmd.Stdin = strings.NewReader(lines)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func open(t *testing.T, settings string) *exchangetest.House {
	t.Helper()
	return exchangetest.Open(t, kinds(), `[{"name": "ward", "source": {"mqtt": `+settings+`}, "destinations": [{"name": "out", "memory": {}}]}]`)
}

func TestMosquittoPublishesToTheBroker(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := open(t, fmt.Sprintf(`{"listen": "127.0.0.1:0", "clients": [{"id": "gw1", "user": "gw1", "passwordFile": %q, "topics": ["ward/+/vitals"]}, {"id": "gw2", "address": "192.0.2.7"}]}`, password))
	at := h.Listening("ward")
	for _, version := range []string{"mqttv311", "mqttv5"} {
		for qos := range 3 {
			if out, err := publish(t, at, "{\"hr\": 72}\n", "-V", version, "-q", fmt.Sprint(qos), "-i", "gw1", "-u", "gw1", "-P", "correct horse", "-t", "ward/7/vitals"); err != nil {
				t.Fatalf("%s QoS %d: %v %s", version, qos, err, out)
			}
		}
	}
	got := h.Delivered(6)
	if string(got[0].Body) != `{"hr": 72}` || got[0].Facts.Type != "ward/7/vitals" || got[0].Facts.Sender != "gw1" || got[0].Format != exchange.JSON {
		t.Errorf("got %s %+v", got[0].Body, got[0].Facts)
	}
	unassured := 0
	for _, m := range h.Kept() {
		if m.Unassured {
			unassured++
		}
	}
	if unassured != 2 {
		t.Errorf("%d count as unassured, want 2", unassured)
	}
	for name, args := range map[string][]string{
		"the user or password is wrong":            {"-i", "gw1", "-u", "gw1", "-P", "wrong", "-t", "ward/7/vitals"},
		"no client of this name is known":          {"-i", "stranger", "-t", "ward/7/vitals"},
		"the client id belongs to another address": {"-i", "gw2", "-t", "ward/7/vitals"},
		"gw1 published to a topic that it may not": {"-i", "gw1", "-u", "gw1", "-P", "correct horse", "-t", "elsewhere"},
	} {
		publish(t, at, "{}\n", append(args, "-q", "1", "-V", "mqttv5")...)
		if r := h.Source("ward").Status().Refused; len(r) == 0 || r[0].Reason != name || r[0].Mend == "" {
			t.Errorf("%s: the door shows %+v", name, r)
		}
	}
	if len(h.Kept()) != 6 {
		t.Errorf("%d are kept", len(h.Kept()))
	}
	h.Balanced()
}

// A faulty intake keeps nothing.
type faulty struct{}

func (faulty) Receive(context.Context, exchange.Inbound) (exchange.Receipt, error) {
	return exchange.Receipt{}, bedrail.Errorf(bedrail.Unavailable, "the disk is full")
}

func TestWhatIsNotKeptIsNotAcknowledged(t *testing.T) {
	tool(t, "mosquitto_pub")
	src, err := mqtt.SourceKind().Open(exchange.SourceConfig{Channel: "ward", Settings: json.RawMessage(`{"listen": "127.0.0.1:0", "anonymous": true}`), Intake: faulty{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- src.Run(ctx) }()
	defer func() { cancel(); <-done }()
	for src.Status().Listening == "" {
		time.Sleep(5 * time.Millisecond)
	}
	out, err := publish(t, src.Status().Listening, "1\n", "-q", "1", "-V", "mqttv5", "-i", "m", "-t", "a", "-d")
	if strings.Contains(out, "received PUBACK (Mid: 1, RC:0)") || !strings.Contains(out, "RC:151") {
		t.Errorf("version 5: %v %s", err, out)
	}
	short, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	host, port, _ := net.SplitHostPort(src.Status().Listening)
	said, _ := exec.CommandContext(short, "mosquitto_pub", "-h", host, "-p", port, "-q", "1", "-V", "mqttv311", "-i", "m", "-t", "a", "-m", "1", "-d").CombinedOutput()
	if strings.Contains(string(said), "received PUBACK") {
		t.Errorf("version 3.1.1: %s", said)
	}
	if !strings.Contains(src.Status().LastError, "disk is full") {
		t.Errorf("the door says %q", src.Status().LastError)
	}
}

// mosquitto runs a broker and returns its address.
func mosquitto(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command(tool(t, "mosquitto"), "-p", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	at := "127.0.0.1:" + port
	for range 200 {
		if c, err := net.Dial("tcp", at); err == nil {
			c.Close()
			return at
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("mosquitto did not open")
	return ""
}

func TestFromOneBrokerToAnother(t *testing.T) {
	at := mosquitto(t)
	h := exchangetest.Open(t, kinds(), `[
		{"name": "in", "source": {"mqtt": {"address": "mqtt://`+at+`", "topics": ["ward/#"]}}, "destinations": [{"name": "back", "mqtt": {"address": "mqtt://`+at+`", "topic": "out/{channel}/{type}"}}]},
		{"name": "again", "source": {"mqtt": {"address": "mqtt://`+at+`", "topics": ["out/#"]}}, "destinations": [{"name": "end", "memory": {}}]}]`)
	h.Listening("in")
	h.Listening("again")
	if out, err := publish(t, at, "{\"hr\": 72}\n{\"hr\": 73}\n", "-q", "1", "-t", "ward/7/vitals"); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	got := h.Delivered(2)
	if got[0].Facts.Type != "out/in/ward-7-vitals" || string(got[0].Body) != `{"hr": 72}` || string(got[1].Body) != `{"hr": 73}` {
		t.Errorf("got %s %+v", got[0].Body, got[0].Facts)
	}
	h.Balanced()
}

func TestADestinationThatIsGoneSaysSo(t *testing.T) {
	d, err := mqtt.DestinationKind().Open(exchange.DestinationConfig{Settings: json.RawMessage(`{"address": "mqtt://127.0.0.1:1", "topic": "x"}`)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := d.Send(ctx, exchange.Outgoing{Body: []byte("{}")}); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("got %v", err)
	}
	if st := d.(exchange.Visible).Status(); st.State != "failing" || st.LastError == "" {
		t.Errorf("got %+v", st)
	}
}

func TestSettingsOfMQTTAreChecked(t *testing.T) {
	source, destination := mqtt.SourceKind(), mqtt.DestinationKind()
	for settings, says := range map[string]string{
		`{}`: "listen", `{"listen": "127.0.0.1:1"}`: "clients", `{"listen": "0.0.0.0:1", "anonymous": true}`: "anonymous", `{"listen": "127.0.0.1:1", "clients": [{"id": "x"}]}`: "proves",
		`{"address": "mqtt://x"}`: "topics", `{"address": "http://x", "topics": ["a"]}`: "address", `{"listen": "127.0.0.1:1", "anonymous": true, "format": "xml"}`: "format",
	} {
		if err := source.Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for settings, says := range map[string]string{`{}`: "address", `{"address": "mqtt://x", "topic": "a/#"}`: "topic", `{"address": "mqtt://u:p@x", "topic": "a"}`: "password"} {
		if err := destination.Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for _, err := range []error{source.Check(json.RawMessage(source.Example)), destination.Check(json.RawMessage(destination.Example))} {
		if err != nil {
			t.Errorf("an example does not hold: %v", err)
		}
	}
}
