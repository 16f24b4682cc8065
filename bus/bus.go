// Package bus carries batches of observations from the sensors to the record.
//
// It is transport, never the record: what it holds may be lost with a disk,
// and the record asks again from the position it has committed. The engine is
// NATS JetStream inside this process, flushing every message before it
// acknowledges.
package bus

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"bedrail"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Observations is the stream that the record is built from.
const Observations = "OBS"

const (
	subject      = "obs."
	consumerName = "record"
	maxAge       = 72 * time.Hour
	duplicates   = 2 * time.Minute
	publishWait  = 10 * time.Second
	ackWait      = 30 * time.Second
	fetch        = 64
)

// Config says where the bus keeps its files.
type Config struct {
	Dir      string // folder of the stream's files; local disk only
	MaxBytes int64  // limit of the files together; 0 is 8 GiB
	Log      *slog.Logger
	Sensors  *Sensors // the door for remote sensors; nil is none
}

// A Bus is a running JetStream with the stream of observations.
type Bus struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	epoch  string
	log    *slog.Logger
	door   *doorkeeper

	drawing sync.Mutex // held while the sources change
}

// maxPayload bounds one message of the bus.
const maxPayload = 8 << 20

// A Message is one batch at its position in the stream.
type Message struct {
	Seq  uint64
	Site string
	Data []byte
	// Missing counts the messages lost between the one before and this one:
	// a hole is recorded as a gap in coverage, never skipped silently.
	Missing uint64
	// Sensor is the remote sensor whose outbox it was drawn from, by its
	// certificate; empty is this machine. Run and Number are its place among
	// all that the sensor said.
	Sensor      string
	Run, Number uint32
}

// A State describes the stream for screens and metrics.
type State struct {
	Messages uint64
	Bytes    uint64
	First    uint64
	Last     uint64
}

// Open starts the engine in this process and makes sure that the stream
// exists. It opens no listening socket.
func Open(ctx context.Context, cfg Config) (*Bus, error) {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 8 << 30
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	o := &server.Options{
		ServerName: "bedrail", DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: cfg.Dir, SyncAlways: true, JetStreamDomain: "hub",
		JetStreamMaxStore: cfg.MaxBytes, JetStreamMaxMemory: 16 << 20,
		MaxPayload: maxPayload,
	}
	door := &doorkeeper{log: cfg.Log.Warn, links: map[string]uint64{}}
	if cfg.Sensors != nil {
		if err := cfg.Sensors.listen(o, door); err != nil {
			return nil, err
		}
	}
	o.CustomClientAuthentication = door
	srv, err := startEngine(o, cfg.Dir, cfg.Log)
	if err != nil {
		return nil, err
	}
	door.drop = func(id uint64) { srv.DisconnectClientByID(id) } // one that has gone by itself is as good
	b := &Bus{server: srv, log: cfg.Log, door: door}
	if err := b.connect(ctx, cfg); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// startEngine starts a JetStream in this process.
func startEngine(o *server.Options, dir string, log *slog.Logger) (*server.Server, error) {
	srv, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("configuring the bus in %s: %w", dir, err)
	}
	go srv.Start() // returns once started; Shutdown ends what it began
	if !srv.ReadyForConnections(20 * time.Second) {
		srv.Shutdown()
		return nil, bedrail.Errorf(bedrail.Unavailable, "the bus in %s did not start within 20 seconds; is its folder writable and its disk free?", dir)
	}
	return srv, nil
}

func (b *Bus) connect(ctx context.Context, cfg Config) (err error) {
	if b.conn, err = nats.Connect("", nats.InProcessServer(b.server), nats.MaxReconnects(-1)); err != nil {
		return fmt.Errorf("connecting to the bus: %w", err)
	}
	if b.js, err = jetstream.New(b.conn); err != nil {
		return fmt.Errorf("connecting to the bus: %w", err)
	}
	b.stream, err = b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		// Of subjects only our own: what sensors say comes by their outboxes,
		// and would come twice if it were listed here as well.
		Name: Observations, Subjects: []string{subject + "local.>"}, Sources: cfg.sources(), Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, MaxAge: maxAge,
		MaxBytes: cfg.MaxBytes * 9 / 10, Duplicates: duplicates,
	})
	if err != nil {
		return fmt.Errorf("opening the stream of observations: %w", err)
	}
	b.epoch = b.stream.CachedInfo().Created.UTC().Format("20060102T150405.000000000")
	return nil
}

func (c Config) sources() []*jetstream.StreamSource {
	if c.Sensors == nil {
		return nil
	}
	return sourcesOf(c.Sensors.Names)
}

// Epoch tells one life of the stream from another. A stream that was lost and
// made anew counts from one again in another epoch, so that the record never
// takes its messages for ones that it already holds.
func (b *Bus) Epoch() string { return b.epoch }

// Publish hands one batch to the bus and returns once it is flushed to disk.
// The id makes a repeated call harmless: within two minutes a batch of the
// same id is kept once. It returns the position of the batch. A full disk
// shows as Unavailable after ten seconds; the caller keeps the batch and tries
// again.
func (b *Bus) Publish(ctx context.Context, site, id string, data []byte) (seq uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, publishWait)
	defer cancel()
	if site == "" {
		site = "default"
	}
	msg := &nats.Msg{Subject: subject + "local." + token(site) + ".batch", Data: data, Header: nats.Header{}}
	msg.Header.Set(jetstream.MsgIDHeader, id)
	msg.Header.Set("Site", site)
	ack, err := b.js.PublishMsg(ctx, msg)
	if err != nil {
		return 0, bedrail.Errorf(bedrail.Unavailable, "the bus did not take a batch of observations; is the disk full? %w", err)
	}
	return ack.Sequence, nil
}

// token makes a subject token of a site name, which may hold anything.
func token(site string) string {
	out := []byte(site)
	for i, c := range out {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			out[i] = '_'
		}
	}
	return string(out)
}

// Consume hands every message after position to handle, in order, one at a
// time, until ctx ends. A message is acknowledged only after handle returned
// nil; until then it is given again. The record, not the bus, knows the
// position: the consumer is made anew from it at each start.
func (b *Bus) Consume(ctx context.Context, position uint64, handle func(context.Context, Message) error) error {
	consumer, err := b.consumerFrom(ctx, position)
	if err != nil {
		return err
	}
	next := position + 1
	for ctx.Err() == nil {
		wait, done := context.WithTimeout(ctx, time.Second) // a stop is not to wait for it
		messages, err := consumer.Fetch(fetch, jetstream.FetchContext(wait))
		if err != nil {
			done()
			if pause(ctx, time.Second); ctx.Err() == nil {
				b.log.Warn("the bus gave no messages", "error", err)
			}
			continue
		}
		for msg := range messages.Messages() {
			if next, err = b.deliver(ctx, msg, next, handle); err != nil {
				done()
				return err
			}
		}
		done()
		if err := messages.Error(); err != nil && !quiet(err) {
			pause(ctx, time.Second)
		}
	}
	return nil
}

// quiet reports whether a fetch ended only because nothing came in its time.
func quiet(err error) bool {
	return errors.Is(err, nats.ErrTimeout) || errors.Is(err, jetstream.ErrNoMessages) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// deliver gives one message until it is taken and returns the next sequence
// that is expected. What lies between is looked up in the stream itself: only
// what is not there either is missing. It returns an error only when ctx has
// ended.
func (b *Bus) deliver(ctx context.Context, msg jetstream.Msg, next uint64, handle func(context.Context, Message) error) (uint64, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return next, fmt.Errorf("reading the position of a message: %w", err)
	}
	seq := meta.Sequence.Stream
	if seq < next { // already in the record
		return next, msg.Ack()
	}
	missing := uint64(0)
	for ; next < seq; next++ {
		skipped, err := b.stream.GetMsg(ctx, next)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			missing++
			continue
		}
		if err != nil {
			return next, fmt.Errorf("looking for message %d: %w", next, err)
		}
		m := messageOf(next, skipped.Subject, skipped.Header, skipped.Data, missing)
		if !b.give(ctx, m, msg, handle) {
			return next, nil
		}
		missing = 0
	}
	m := messageOf(seq, msg.Subject(), msg.Headers(), msg.Data(), missing)
	if !b.give(ctx, m, msg, handle) {
		return next, nil
	}
	return seq + 1, msg.Ack()
}

func messageOf(seq uint64, subject string, h nats.Header, data []byte, missing uint64) Message {
	m := Message{Seq: seq, Site: h.Get("Site"), Data: data, Missing: missing, Sensor: drawnFrom(subject)}
	if m.Sensor != "" {
		m.Run, m.Number = place(h, runHeader), place(h, numberHeader)
	}
	return m
}

// place reads a number that a sensor set; what is none is 0, which no batch
// has.
func place(h nats.Header, name string) uint32 {
	n, err := strconv.ParseUint(h.Get(name), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// give hands m over again and again until it is taken; false means that ctx
// ended before. held is the message that the engine waits for meanwhile.
func (b *Bus) give(ctx context.Context, m Message, held jetstream.Msg, handle func(context.Context, Message) error) bool {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := handle(ctx, m)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		b.log.Warn("a batch of observations was not taken; it will be given again", "seq", m.Seq, "error", err)
		held.InProgress() // best effort: the batch is ours for another ackWait
		pause(ctx, wait)
	}
}

// consumerFrom makes a consumer for this run alone. One that outlived a kill
// would resume where its own file says, which is not where the record stands.
func (b *Bus) consumerFrom(ctx context.Context, position uint64) (jetstream.Consumer, error) {
	old := b.stream.ConsumerNames(ctx)
	for name := range old.Name() {
		if err := b.stream.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, fmt.Errorf("removing the consumer of an earlier run: %w", err)
		}
	}
	if err := old.Err(); err != nil {
		return nil, fmt.Errorf("looking for consumers of an earlier run: %w", err)
	}
	consumer, err := b.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		Name: consumerName + "-" + rand.Text(), MemoryStorage: true, InactiveThreshold: time.Hour, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait,
		MaxAckPending: fetch, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: position + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("starting to read observations at %d: %w", position+1, err)
	}
	return consumer, nil
}

// State returns how much the stream holds.
func (b *Bus) State(ctx context.Context) (State, error) {
	info, err := b.stream.Info(ctx)
	if err != nil {
		return State{}, fmt.Errorf("asking for the state of the bus: %w", err)
	}
	s := info.State
	return State{Messages: s.Msgs, Bytes: s.Bytes, First: s.FirstSeq, Last: s.LastSeq}, nil
}

// Close ends the connection and the engine and waits for both.
func (b *Bus) Close() {
	if b.conn != nil {
		b.conn.Close()
	}
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
