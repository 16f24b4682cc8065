package analytics

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// KafkaSettings are those of {kafka: {brokers: [...], topic: ...}}.
type KafkaSettings struct {
	Brokers      []string              `json:"brokers"`
	Topic        string                `json:"topic"`          // may hold {channel}, {type}
	User         string                `json:"user,omitempty"` // SCRAM-SHA-512
	PasswordFile string                `json:"passwordFile,omitempty"`
	TLS          *exchange.TLSSettings `json:"tls,omitempty"`
}

func (k *KafkaSettings) check() error {
	if len(k.Brokers) == 0 {
		return bedrail.Errorf(bedrail.Invalid, "brokers is missing; it lists addresses such as 127.0.0.1:9092").At("brokers")
	}
	for _, b := range k.Brokers {
		if err := exchange.CheckAddress("brokers", b); err != nil {
			return err
		}
	}
	if k.Topic == "" {
		return bedrail.Errorf(bedrail.Invalid, "topic is missing").At("topic")
	}
	if (k.User == "") != (k.PasswordFile == "") {
		return bedrail.Errorf(bedrail.Invalid, "user and passwordFile belong together").At("user")
	}
	return nil
}

// KafkaKind is the kind "kafka" of destinations.
func KafkaKind() exchange.DestinationKind {
	return kind("kafka", "Produces messages to a Kafka topic, by device, and waits until all replicas in sync have them.",
		`{"brokers": ["127.0.0.1:9092"], "topic": "hospital-{channel}"}`, (*KafkaSettings).check, openKafka)
}

// A kafkaSender produces to one cluster.
type kafkaSender struct {
	state
	settings KafkaSettings
	client   *kgo.Client
}

func openKafka(k KafkaSettings, c exchange.DestinationConfig) (exchange.Sender, error) {
	options := []kgo.Opt{kgo.SeedBrokers(k.Brokers...), kgo.ClientID("bedrail"), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(0),
		kgo.RecordDeliveryTimeout(20 * time.Second), kgo.DialTimeout(connectWait), kgo.ProducerBatchMaxBytes(mostBody + 1<<20), kgo.RecordRetries(5), kgo.UnknownTopicRetries(2)}
	if k.TLS.Enabled() {
		host, _, err := net.SplitHostPort(k.Brokers[0])
		if err != nil {
			return nil, err
		}
		config, err := c.Env.TLS.Client(k.TLS, host, c.Env.Folder)
		if err != nil {
			return nil, err
		}
		if k.TLS.ServerName == "" {
			config.ServerName = "" // each broker has its own name
		}
		options = append(options, kgo.DialTLSConfig(config))
	}
	if k.User != "" {
		path := lobby.Under(c.Env.Folder, k.PasswordFile)
		options = append(options, kgo.SASL(scram.Sha512(func(context.Context) (scram.Auth, error) {
			text, err := os.ReadFile(path)
			return scram.Auth{User: k.User, Pass: strings.TrimSpace(string(text))}, err
		})))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "kafka: %w", err)
	}
	return &kafkaSender{settings: k, client: client, state: state{clock: c.Env.Clock, status: exchange.SenderStatus{State: "idle", Peer: strings.Join(k.Brokers, " ")}}}, nil
}

// Send implements exchange.Sender. Records of one device have one key, so that
// a partition keeps their order.
func (s *kafkaSender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	data, ok, err := body(out)
	if err != nil || !ok {
		return tooLong(), err
	}
	key := out.Trust.Device
	if key == "" {
		key = out.Facts.Sender
	}
	r := &kgo.Record{Topic: strings.NewReplacer("{channel}", topic(out.Channel), "{type}", topic(out.Facts.Type)).Replace(s.settings.Topic), Key: []byte(key), Value: data} // its time is when it is produced: the client counts its patience from there
	for k, v := range facts(out) {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: k, Value: []byte(v)})
	}
	err = s.client.ProduceSync(ctx, r).FirstErr()
	if errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.InvalidTopicException) || errors.Is(err, kerr.TopicAuthorizationFailed) {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "kafka", Text: err.Error()}, nil
	}
	return s.ended(err)
}

// topic makes text part of the name of a topic.
func topic(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, text[:min(len(text), 100)])
}

// Probe implements exchange.Prober.
func (s *kafkaSender) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	_, err := s.ended(s.client.Ping(ctx))
	return err
}

// Close implements exchange.Sender.
func (s *kafkaSender) Close() error {
	s.client.Close()
	return nil
}
