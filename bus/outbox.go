package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"bedrail"
)

// ErrFull says that an outbox took nothing more: the hub has been away for
// longer than there is room. What was refused is lost, and counted.
var ErrFull = errors.New("the outbox is full")

// Headers of a message in an outbox.
const (
	runHeader    = "Sensor-Run"
	numberHeader = "Sensor-Number"
)

// An OutboxConfig says where a sensor keeps what it has not handed over, and
// to whom it does.
type OutboxConfig struct {
	Sensor   string // its name
	Dir      string
	MaxBytes int64 // 0 is 8 GiB, about two days of a large hospital
	Hub      string
	TLS      *tls.Config // with the sensor's certificate; nil stores and does not forward
	Log      *slog.Logger
}

// An Outbox keeps what a sensor saw until the hub has it on its own disk.
type Outbox struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	name   string
}

// An OutboxState is what an outbox holds.
type OutboxState struct {
	Messages uint64
	Bytes    uint64
	Oldest   time.Time // of what is not confirmed; zero when everything is
	Linked   bool
}

// OpenOutbox starts the engine of a sensor in this process. It opens no
// listening socket.
func OpenOutbox(ctx context.Context, cfg OutboxConfig) (*Outbox, error) {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 8 << 30
	}
	o := &server.Options{
		ServerName: cfg.Sensor, DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: cfg.Dir, SyncAlways: true, JetStreamDomain: cfg.Sensor,
		JetStreamMaxStore: cfg.MaxBytes + cfg.MaxBytes/8, JetStreamMaxMemory: 16 << 20, MaxPayload: maxPayload,
		FeatureFlags: map[string]bool{server.FeatureFlagJsAckFormatV2: true}, // confirmations under the sensor's name
	}
	if cfg.TLS != nil {
		hub, err := url.Parse("tls://" + cfg.Hub)
		if err != nil || hub.Port() == "" {
			return nil, bedrail.Errorf(bedrail.Invalid, "the address of the hub, %q, is not of the form host:port", cfg.Hub)
		}
		o.LeafNode = server.LeafNodeOpts{ReconnectInterval: time.Second, Remotes: []*server.RemoteLeafOpts{{
			URLs: []*url.URL{hub}, TLS: true, TLSConfig: cfg.TLS, TLSTimeout: 10, DialTimeout: 10 * time.Second, IgnoreDiscoveredServers: true,
		}}}
	}
	srv, err := startEngine(o, cfg.Dir, cfg.Log)
	if err != nil {
		return nil, err
	}
	b := &Outbox{server: srv, name: cfg.Sensor}
	if err := b.open(ctx, cfg); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (o *Outbox) open(ctx context.Context, cfg OutboxConfig) (err error) {
	if o.conn, err = nats.Connect("", nats.InProcessServer(o.server), nats.MaxReconnects(-1)); err != nil {
		return fmt.Errorf("connecting to the outbox: %w", err)
	}
	if o.js, err = jetstream.New(o.conn); err != nil {
		return fmt.Errorf("connecting to the outbox: %w", err)
	}
	o.stream, err = o.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: outboxStream, Subjects: []string{subject + o.name + ".>"}, Storage: jetstream.FileStorage,
		Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew, MaxBytes: cfg.MaxBytes, Duplicates: duplicates,
	})
	if err != nil {
		return fmt.Errorf("opening the outbox: %w", err)
	}
	// The heartbeat must be one second and AckWait unset: the hub confirms by
	// flow control, after it has flushed.
	_, err = o.stream.CreateOrUpdatePushConsumer(ctx, jetstream.ConsumerConfig{
		Durable: outboxConsumer, DeliverSubject: deliverTo(o.name), AckPolicy: jetstream.AckFlowControlPolicy,
		FlowControl: true, IdleHeartbeat: time.Second, MaxAckPending: 10_000,
	})
	if err != nil {
		return fmt.Errorf("opening the way from the outbox to the hub: %w", err)
	}
	return nil
}

// Publish keeps a batch and returns once it is flushed to disk. run and number
// are its place among all that the sensor ever said: the hub sees by them what
// is missing and what came twice. ErrFull is a refusal; another error leaves
// open whether the batch was kept, and the same call may be made again.
func (o *Outbox) Publish(ctx context.Context, run, number uint32, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, publishWait)
	defer cancel()
	msg := &nats.Msg{Subject: outboxSubject(o.name), Data: data, Header: nats.Header{}}
	msg.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%d-%d", run, number))
	msg.Header.Set(runHeader, strconv.FormatUint(uint64(run), 10))
	msg.Header.Set(numberHeader, strconv.FormatUint(uint64(number), 10))
	_, err := o.js.PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &api):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("keeping a batch of observations: %w", err)
}

// State returns what the outbox holds.
func (o *Outbox) State(ctx context.Context) (OutboxState, error) {
	info, err := o.stream.Info(ctx)
	if err != nil {
		return OutboxState{}, fmt.Errorf("asking for the state of the outbox: %w", err)
	}
	s := OutboxState{Messages: info.State.Msgs, Bytes: info.State.Bytes, Linked: o.server.NumLeafNodes() > 0}
	if s.Messages > 0 {
		s.Oldest = info.State.FirstTime
	}
	return s, nil
}

// Drained returns once the hub has confirmed everything, or ctx ends.
func (o *Outbox) Drained(ctx context.Context) error {
	for {
		s, err := o.State(ctx)
		if err == nil && s.Messages == 0 {
			return nil
		}
		if pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// Close ends the connection and the engine and waits for both. What was kept
// stays.
func (o *Outbox) Close() {
	if o.conn != nil {
		o.conn.Close()
	}
	o.server.Shutdown()
	o.server.WaitForShutdown()
}
