package analytics_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/parquet-go/parquet-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"bedrail"
	"bedrail/analytics"
	"bedrail/exchange"
)

func open(t *testing.T, k exchange.DestinationKind, settings string) exchange.Sender {
	t.Helper()
	if err := k.Check(json.RawMessage(settings)); err != nil {
		t.Fatal(err)
	}
	s, err := k.Open(exchange.DestinationConfig{Channel: "icu", Name: "out", Settings: json.RawMessage(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func message(key, body string) exchange.Outgoing {
	return exchange.Outgoing{Key: key, Message: "msg_" + key, Channel: "icu", Format: exchange.JSON, ContentType: "application/json", Body: []byte(body), Size: int64(len(body)), Hash: "abc",
		Facts: exchange.Facts{Type: "ward.7/vitals", Sender: "gw1", Patients: []string{"MRN77"}}, Trust: exchange.Stamp{Trust: exchange.Trusted, Device: "dev_1"}, ReceivedAt: time.UnixMicro(1767225600000000).UTC()}
}

func send(t *testing.T, s exchange.Sender, m exchange.Outgoing) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if ack, err := s.Send(ctx, m); err != nil || ack.Outcome != exchange.Accepted {
		t.Fatalf("%s: %+v, %v", m.Key, ack, err)
	}
}

func TestANATSStreamHasEachMessageOnce(t *testing.T) {
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	defer srv.Shutdown()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server did not start")
	}
	conn, err := nats.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "H", Subjects: []string{"hospital.>"}})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, analytics.NATSKind(), `{"url": "`+srv.ClientURL()+`", "subject": "hospital.{channel}.{type}"}`)
	for range 2 {
		send(t, s, message("k1", `{"hr": 72}`))
	}
	send(t, s, message("k2", `{"hr": 73}`))
	info, err := kept.Info(t.Context())
	if err != nil || info.State.Msgs != 2 {
		t.Fatalf("the stream has %+v, %v", info, err)
	}
	m, err := kept.GetMsg(t.Context(), 1)
	if err != nil || m.Subject != "hospital.icu.ward_7/vitals" || string(m.Data) != `{"hr": 72}` || m.Header.Get("bedrail-trust") != "trusted" || strings.Contains(fmt.Sprint(m.Header), "MRN77") {
		t.Errorf("got %+v, %v", m, err)
	}
	nobody := open(t, analytics.NATSKind(), `{"url": "`+srv.ClientURL()+`", "subject": "elsewhere"}`)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := nobody.Send(ctx, message("k3", "{}")); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("a subject that no stream keeps: %v", err)
	}
	if st := nobody.(exchange.Visible).Status(); st.State != "failing" || st.LastError == "" {
		t.Errorf("got %+v", st)
	}
	send(t, open(t, analytics.NATSKind(), `{"url": "`+srv.ClientURL()+`", "subject": "elsewhere", "core": true}`), message("k3", "{}"))
}

func TestKafkaHasTheMessagesOfADeviceInOrder(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "hospital-icu"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	brokers, err := json.Marshal(cluster.ListenAddrs())
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, analytics.KafkaKind(), `{"brokers": `+string(brokers)+`, "topic": "hospital-{channel}"}`)
	for i := range 5 {
		send(t, s, message(fmt.Sprint("k", i), fmt.Sprint(i)))
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("hospital-icu"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var got []string
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for len(got) < 5 && ctx.Err() == nil {
		reader.PollFetches(ctx).EachRecord(func(r *kgo.Record) { got = append(got, string(r.Key)+" "+string(r.Value)) })
	}
	if strings.Join(got, ",") != "dev_1 0,dev_1 1,dev_1 2,dev_1 3,dev_1 4" {
		t.Errorf("got %v", got)
	}
}

func TestParquetFilesHoldEachMessageOnce(t *testing.T) {
	dir := t.TempDir()
	settings := fmt.Sprintf(`{"folder": %q, "rows": 3}`, dir)
	s := open(t, analytics.ParquetKind(), settings)
	for _, key := range []string{"k1", "k1", "k2", "k3"} {
		send(t, s, message(key, "body of "+key))
	}
	// What a run left behind when it was killed, with half a line at its end.
	left := `{"key":"k9","message":"msg_k9","receivedAt":"2026-01-01T00:00:00Z","observedAt":"0001-01-01T00:00:00Z","body":"aGVsbG8="}` + "\n" + `{"key":"k10","mess`
	if err := os.WriteFile(filepath.Join(dir, ".earlier.rows"), []byte(left), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, analytics.ParquetKind(), settings)
	send(t, again, message("k4", "body of k4"))
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(dir + "/*.parquet")
	got := map[string]string{}
	for _, f := range files {
		rows, err := parquet.ReadFile[analytics.Row](f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if got[r.Key] != "" {
				t.Errorf("%s is there twice", r.Key)
			}
			if got[r.Key] = string(r.Body); r.Key == "k1" && (r.Device != "dev_1" || !r.ReceivedAt.Equal(message("", "").ReceivedAt)) {
				t.Errorf("got %+v", r)
			}
		}
	}
	if len(got) != 5 || got["k9"] != "hello" || got["k4"] != "body of k4" {
		t.Errorf("got %v in %v", got, files)
	}
	if rest, _ := filepath.Glob(dir + "/.*"); len(rest) != 0 {
		t.Errorf("left behind: %v", rest)
	}
}

func TestSettingsOfStreamsAreChecked(t *testing.T) {
	for says, c := range map[string]struct {
		k        exchange.DestinationKind
		settings string
	}{
		"url": {analytics.NATSKind(), `{}`}, "subject": {analytics.NATSKind(), `{"url": "nats://x:1", "subject": "a.>"}`}, "brokers": {analytics.KafkaKind(), `{}`},
		"passwordFile": {analytics.KafkaKind(), `{"brokers": ["x:1"], "topic": "t", "user": "u"}`}, "folder": {analytics.ParquetKind(), `{}`},
	} {
		if err := c.k.Check(json.RawMessage(c.settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", c.settings, err)
		}
		if err := c.k.Check(json.RawMessage(c.k.Example)); err != nil {
			t.Errorf("the example of %s does not hold: %v", c.k.Name, err)
		}
	}
}
