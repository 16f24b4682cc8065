package bus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"bedrail"
)

// Names of the store-and-forward between a sensor and its hub. The sensor
// keeps an outbox of its own; the hub draws it into the stream of
// observations through a consumer that outlives both.
const (
	outboxStream   = "OUTBOX"
	outboxConsumer = "hub"
	drawn          = "sensor." // what the hub puts before the subject of a message, with the name of the sensor
)

func outboxSubject(sensor string) string { return subject + sensor + ".batch" }
func deliverTo(sensor string) string     { return "hub." + sensor + ".deliver" }

// Sensors is the door at which remote sensors join the bus.
type Sensors struct {
	Address string      // host:port; port 0 is any free one
	TLS     *tls.Config // must ask for and verify certificates of clients
	Names   []string    // of the sensors whose outboxes are drawn in, at the start
	// Admit says which sensor shows cert and until when it may stay, or why
	// it is turned away.
	Admit func(cert *x509.Certificate) (name string, until time.Time, err error)
}

// A Link is how a sensor's outbox reaches the bus.
type Link struct {
	Connected bool
	Lag       uint64        // messages that wait in its outbox, as last heard
	Silent    time.Duration // since the outbox was last heard; negative is never
	Trouble   string
}

// doorkeeper decides who joins the bus: this process, and sensors with a good
// certificate, each within its own subjects.
type doorkeeper struct {
	admit func(cert *x509.Certificate) (string, time.Time, error)
	log   func(string, ...any)

	mu    sync.Mutex // guards links
	links map[string]uint64
	drop  func(id uint64)
}

// Check implements server.Authentication.
func (d *doorkeeper) Check(c server.ClientAuthentication) bool {
	if c.Kind() != server.LEAF {
		return true // only this process: no other listener is open
	}
	state := c.GetTLSConnectionState()
	if d.admit == nil || state == nil || len(state.VerifiedChains) == 0 {
		return false
	}
	name, until, err := d.admit(state.PeerCertificates[0])
	if err != nil {
		d.log("a sensor was turned away", "from", c.RemoteAddress().String(), "error", err)
		return false
	}
	c.RegisterUser(&server.User{Username: name, Permissions: permissionsOf(name), ConnectionDeadline: until})
	d.mu.Lock()
	before, twice := d.links[name]
	d.links[name] = c.GetID()
	d.mu.Unlock()
	if twice && before != c.GetID() {
		d.drop(before) // a link that died unnoticed, or a copy of the sensor: the newest holds
	}
	return true
}

// permissionsOf is all that the link of a sensor may carry: its outbox to the
// hub, and the hub's question about that outbox with its answer. Every subject
// holds the sensor's name, so that no link carries another's.
func permissionsOf(sensor string) *server.Permissions {
	return &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{deliverTo(sensor), "$JSC.R." + sensor + ".>"}},
		Subscribe: &server.SubjectPermission{Allow: []string{
			"$JS." + sensor + ".API.CONSUMER.>", "$JS.FC." + sensor + ".>",
		}},
	}
}

// listen adds the door for sensors to the options of the engine.
func (s *Sensors) listen(o *server.Options, d *doorkeeper) error {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "the address for sensors, %q, is not of the form host:port", s.Address)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "the address for sensors, %q, has no port in numbers", s.Address)
	}
	if n == 0 {
		n = -1
	}
	d.admit = s.Admit
	o.FeatureFlags = map[string]bool{server.FeatureFlagJsAPIReplyFormatV2: true} // answers under the sensor's name
	o.LeafNode = server.LeafNodeOpts{Host: host, Port: n, TLSConfig: s.TLS, TLSTimeout: 10, AuthTimeout: 10, NoAdvertise: true, IsolateLeafnodeInterest: true}
	return nil
}

// Address returns where sensors join, or "".
func (b *Bus) Address() string {
	v, err := b.server.Varz(nil)
	if err != nil || v.LeafNode.Port <= 0 {
		return ""
	}
	return net.JoinHostPort(v.LeafNode.Host, strconv.Itoa(v.LeafNode.Port))
}

// sourcesOf draws the outboxes of sensors in. What a sensor says of its
// messages is not believed: the name is put before each by the hub.
func sourcesOf(names []string) []*jetstream.StreamSource {
	var out []*jetstream.StreamSource
	for _, n := range names {
		out = append(out, &jetstream.StreamSource{
			Name: outboxStream, Domain: n,
			SubjectTransforms: []jetstream.SubjectTransformConfig{{Source: ">", Destination: drawn + n + ".>"}},
			Consumer:          &jetstream.StreamConsumerSource{Name: outboxConsumer, DeliverSubject: deliverTo(n)},
		})
	}
	return out
}

// drawnFrom returns the sensor that a message of the stream came from, or "".
func drawnFrom(subject string) string {
	rest, ok := strings.CutPrefix(subject, drawn)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ".")
	return name
}

// Draw draws the outboxes of exactly these sensors in.
func (b *Bus) Draw(ctx context.Context, names []string) error {
	b.drawing.Lock()
	defer b.drawing.Unlock()
	info, err := b.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("asking for the sources of the bus: %w", err)
	}
	cfg := info.Config
	cfg.Sources = sourcesOf(names)
	// The handle of the stream stays: it goes by the name, and others hold it.
	if _, err = b.js.UpdateStream(ctx, cfg); err != nil {
		return fmt.Errorf("drawing in the outboxes of %d sensors: %w", len(names), err)
	}
	return nil
}

// Cut ends the link of a sensor at once.
func (b *Bus) Cut(sensor string) {
	b.door.mu.Lock()
	id, ok := b.door.links[sensor]
	delete(b.door.links, sensor)
	b.door.mu.Unlock()
	if ok {
		b.door.drop(id)
	}
}

// Links returns how each sensor's outbox reaches the bus, by the sensor's
// name.
func (b *Bus) Links(ctx context.Context) (map[string]Link, error) {
	info, err := b.stream.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking for the links of the sensors: %w", err)
	}
	b.door.mu.Lock()
	ids := maps.Clone(b.door.links)
	b.door.mu.Unlock()
	out := make(map[string]Link, len(info.Sources))
	for _, s := range info.Sources {
		name := domainOf(s)
		l := Link{Lag: s.Lag, Silent: s.Active}
		if id, ok := ids[name]; ok {
			l.Connected = b.server.GetLeafNode(id) != nil
		}
		out[name] = l
	}
	return out, nil
}

// domainOf reads the sensor's name from the transform that holds it.
func domainOf(s *jetstream.StreamSourceInfo) string {
	for _, t := range s.SubjectTransforms {
		if n := drawnFrom(t.Destination); n != "" {
			return n
		}
	}
	return ""
}
