package mllp

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
)

// A Target is the settings of an MLLP destination.
type Target struct {
	Address string                `json:"address"`
	TLS     *exchange.TLSSettings `json:"tls,omitempty"`
	// Await is what ends a delivery: commit (the default: the first answer) or
	// application (where the message asks for both, the second).
	Await       string            `json:"await,omitempty"`
	Connect     exchange.Duration `json:"connectTimeout,omitzero"` // 10s
	IdleClose   exchange.Duration `json:"idleClose,omitzero"`      // a connection unused for so long is closed; 5m
	KeepAlive   exchange.Duration `json:"keepAlive,omitzero"`      // 30s
	LineFeeds   bool              `json:"lineFeeds,omitempty"`     // end segments with CR LF, for receivers that need it
	NoAnswer    bool              `json:"noAnswer,omitempty"`      // the receiver never answers: sent is delivered
	AnyControl  bool              `json:"anyControlID,omitempty"`  // the receiver does not repeat the control id (MSA-2)
	PerMessage  bool              `json:"perMessage,omitempty"`    // a connection for each message, for receivers that read only one
	AnswerLimit int               `json:"answerLimit,omitempty"`   // bytes; 1 MiB
}

const (
	connectTimeout = 10 * time.Second
	idleClose      = 5 * time.Minute
	answerLimit    = 1 << 20
	ackKept        = 64 << 10
	// quiet is how long the answer of a receiver that speaks only of errors is
	// waited for.
	quiet = 500 * time.Millisecond
	// fresh is how long a connection is used without looking whether it is
	// still there.
	fresh = 2 * time.Second
)

// DestinationKind is the MLLP sender as channels name it.
func DestinationKind() exchange.DestinationKind {
	read := func(settings json.RawMessage) (Target, error) {
		var s Target
		if err := exchange.Decode(settings, &s); err != nil {
			return s, err
		}
		if s.Await != "" && s.Await != "commit" && s.Await != "application" {
			return s, bedrail.Errorf(bedrail.Invalid, "await is %q; it is commit or application", s.Await).At("await")
		}
		return s, exchange.CheckAddress("address", s.Address)
	}
	return exchange.DestinationKind{Name: "mllp", About: "HL7 v2 over MLLP to an EHR, a laboratory or another engine", Accepts: []exchange.Format{exchange.HL7v2},
		Example: `{"address": "127.0.0.1:2600"}`,
		Check:   func(settings json.RawMessage) error { _, err := read(settings); return err },
		Open: func(c exchange.DestinationConfig) (exchange.Sender, error) {
			s, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			encryption, err := c.Env.TLS.Client(s.TLS, s.Address, c.Env.Folder)
			if err != nil {
				return nil, err
			}
			return &sender{Target: s, encryption: encryption}, nil
		}}
}

// A sender keeps connections to one receiver, one for each delivery under way.
type sender struct {
	Target
	encryption *tls.Config

	mu        sync.Mutex // guards what follows
	free      []*link
	open      int
	since     time.Time
	unmatched int64
	failed    struct {
		text string
		at   time.Time
	}
	closed bool
}

// A link is one connection to the receiver.
type link struct {
	conn net.Conn
	in   *reader
	used time.Time
}

// Send implements exchange.Sender.
func (s *sender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	body := out.Body
	if body == nil {
		var err error
		if body, err = readAll(out); err != nil {
			return exchange.Acknowledgment{}, err
		}
	}
	m, err := hl7.Parse(body)
	if err != nil {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Text: "it is not an HL7 v2 message"}, nil
	}
	l, err := s.take(ctx)
	if err != nil {
		return exchange.Acknowledgment{}, s.fail(err)
	}
	ack, err := s.exchange(ctx, l, m, body)
	if err != nil {
		l.conn.Close() // whatever comes late belongs to nothing
		s.drop()
		return ack, s.fail(err)
	}
	s.give(l)
	return ack, nil
}

func readAll(out exchange.Outgoing) ([]byte, error) {
	r, err := out.Open()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r, 1<<30))
	return body, errors.Join(err, r.Close())
}

// take returns a connection that is there, or makes one.
func (s *sender) take(ctx context.Context) (*link, error) {
	for {
		s.mu.Lock()
		if len(s.free) == 0 {
			s.open++
			s.mu.Unlock()
			l, err := s.dial(ctx)
			if err != nil {
				s.drop()
			}
			return l, err
		}
		l := s.free[len(s.free)-1]
		s.free = s.free[:len(s.free)-1]
		s.mu.Unlock()
		if idle := time.Since(l.used); idle < fresh || idle < s.IdleClose.Or(idleClose) && l.alive() {
			return l, nil
		}
		l.conn.Close()
		s.drop()
	}
}

func (s *sender) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

func (s *sender) give(l *link) {
	l.used = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.PerMessage {
		l.conn.Close()
		s.open--
		return
	}
	s.free = append(s.free, l)
}

// alive reports whether the receiver has not closed the connection meanwhile:
// a message written into a closed one may look sent.
func (l *link) alive() bool {
	if l.conn.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	_, err := l.in.in.Peek(1)
	return err == nil || isTimeout(err)
}

func (s *sender) dial(ctx context.Context) (*link, error) {
	alive := s.KeepAlive.Or(keepAlive)
	d := net.Dialer{Timeout: s.Connect.Or(connectTimeout), KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: alive, Interval: alive / 3, Count: 3}}
	c, err := d.DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "%s cannot be reached: %s", s.Address, reason(err))
	}
	if s.encryption != nil {
		t := tls.Client(c, s.encryption)
		hand, cancel := context.WithTimeout(ctx, s.Connect.Or(connectTimeout))
		defer cancel()
		if err := t.HandshakeContext(hand); err != nil {
			c.Close()
			return nil, bedrail.Errorf(bedrail.Unavailable, "the encrypted connection to %s did not come about: %s", s.Address, handshake(err))
		}
		c = t
	}
	limit := s.AnswerLimit
	if limit == 0 {
		limit = answerLimit
	}
	s.mu.Lock()
	s.since = time.Now().UTC()
	s.mu.Unlock()
	return &link{conn: c, in: newReader(c, limit, frameTimeout, 0), used: time.Now()}, nil
}

// reason says why a connection did not come about, in a few words.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// exchange writes one message and waits for its own answer.
func (s *sender) exchange(ctx context.Context, l *link, m *hl7.Message, body []byte) (exchange.Acknowledgment, error) {
	until, ok := ctx.Deadline()
	if !ok {
		until = time.Now().Add(writeTimeout)
	}
	stop := context.AfterFunc(ctx, func() { l.conn.Close() }) // a stop does not wait for the receiver
	defer stop()
	if err := l.conn.SetWriteDeadline(until); err != nil {
		return exchange.Acknowledgment{}, err
	}
	if s.LineFeeds {
		body = withLineFeeds(body)
	}
	if _, err := l.conn.Write(Frame(body)); err != nil {
		return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "sending to %s: %s", s.Address, reason(err))
	}
	expects := m.Expected(hl7.Accepted)
	onError := m.Expected(hl7.Failed)
	switch {
	case s.NoAnswer || !expects.Commit && !expects.Application && !onError.Commit && !onError.Application:
		return exchange.Acknowledgment{Outcome: exchange.Accepted, Text: "sent; no answer was asked for"}, nil
	case !expects.Commit && !expects.Application:
		ack, err := s.answer(l, m, time.Now().Add(quiet))
		if isTimeout(err) {
			return exchange.Acknowledgment{Outcome: exchange.Accepted, Text: "sent; the receiver answers errors only"}, nil
		}
		return ack, s.waited(err)
	}
	ack, err := s.answer(l, m, until)
	if err == nil && ack.Outcome == exchange.Accepted && ack.Code == "CA" && s.Await == "application" && expects.Application {
		ack, err = s.answer(l, m, until)
	}
	return ack, s.waited(err)
}

func (s *sender) waited(err error) error {
	switch {
	case err == nil:
		return nil
	case isTimeout(err):
		return bedrail.Errorf(bedrail.Unavailable, "%s did not answer in time", s.Address)
	case gone(err):
		return bedrail.Errorf(bedrail.Unavailable, "%s closed the connection before it answered", s.Address)
	}
	return bedrail.Errorf(bedrail.Unavailable, "waiting for the answer of %s: %s", s.Address, reason(err))
}

// unmatchedMost is how many foreign answers are read past for one message.
const unmatchedMost = 64

// answer reads frames until one answers m.
func (s *sender) answer(l *link, m *hl7.Message, until time.Time) (exchange.Acknowledgment, error) {
	id := m.Segment(0).Field(10).Bytes()
	for range unmatchedMost {
		l.in.idle = time.Until(until)
		if l.in.idle <= 0 {
			return exchange.Acknowledgment{}, context.DeadlineExceeded
		}
		f, err := l.in.next()
		if err != nil {
			return exchange.Acknowledgment{}, err
		}
		if f.cut || f.tooLong {
			return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "the answer of %s did not end, or is too long", s.Address)
		}
		a, err := hl7.Parse(f.payload)
		if err != nil {
			s.miss()
			continue
		}
		msa := a.Find("MSA", 1)
		if !msa.Exists() || !s.AnyControl && string(msa.Field(2).Bytes()) != string(id) {
			s.miss() // late, or somebody else's: never taken as the answer
			continue
		}
		return acknowledgment(a, f.payload), nil
	}
	return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "%s sent %d answers that belong to nothing", s.Address, unmatchedMost)
}

func (s *sender) miss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unmatched++
}

// acknowledgment translates MSA-1 (HL7 table 0008). A receiver that refuses
// for a reason that passes (table 0357: 206 locked, 207 internal) is asked
// again.
func acknowledgment(a *hl7.Message, raw []byte) exchange.Acknowledgment {
	code := a.Find("MSA", 1).Field(1).String()
	out := exchange.Acknowledgment{Code: code, Body: raw[:min(len(raw), ackKept)]}
	row := errorRow(a)
	if row != "" {
		out.Text = "error " + row
	}
	switch code {
	case "AA", "CA":
		out.Outcome = exchange.Accepted
	case "AR", "CR":
		out.Outcome = exchange.Refused
		if row == "206" || row == "207" {
			out.Outcome = exchange.Failed
		}
	default:
		out.Outcome = exchange.Failed
	}
	return out
}

// errorRow returns the first row of table 0357 in ERR-3, or in ERR-1 of older
// versions.
func errorRow(a *hl7.Message) string {
	e := a.Find("ERR", 1)
	if !e.Exists() {
		return a.Find("MSA", 1).Field(6).Component(1).String()
	}
	if row := e.Field(3).Component(1).String(); row != "" {
		return row
	}
	return e.Field(1).Component(4).Sub(1).String()
}

func withLineFeeds(body []byte) []byte {
	out := make([]byte, 0, len(body)+64)
	for i, b := range body {
		out = append(out, b)
		if b == carriage && (i+1 == len(body) || body[i+1] != '\n') {
			out = append(out, '\n')
		}
	}
	return out
}

func (s *sender) fail(err error) error {
	text := err.Error()
	if bedrail.KindOf(err) == bedrail.Internal {
		text = "internal error"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed.text, s.failed.at = text, time.Now().UTC()
	return err
}

// Probe implements exchange.Prober: it connects, and nothing more.
func (s *sender) Probe(ctx context.Context) error {
	l, err := s.dial(ctx)
	if err != nil {
		return err
	}
	return l.conn.Close()
}

// Close implements exchange.Sender.
func (s *sender) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, l := range s.free {
		err = errors.Join(err, l.conn.Close())
		s.open--
	}
	s.free = nil
	return err
}

// Status implements exchange.Visible.
func (s *sender) Status() exchange.SenderStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := exchange.SenderStatus{Peer: s.Address, State: "idle", LastError: s.failed.text, LastErrorAt: s.failed.at, Unmatched: s.unmatched}
	switch {
	case s.open > 0:
		out.State, out.Since = "connected", s.since
	case s.failed.text != "":
		out.State = "failing"
	}
	return out
}
