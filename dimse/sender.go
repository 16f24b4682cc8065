package dimse

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/dicom"
)

// restFor is how long an association is kept without work, below what peers
// and firewalls usually allow.
const restFor = 20 * time.Second

// mostResting is how many associations are kept for reuse.
const mostResting = 8

// A Sender stores instances in one peer. Associations are kept for a while and
// used again, because agreeing on one costs more than an image.
type Sender struct {
	settings PeerSettings
	client   *Client
	clock    bedrail.Clock

	mu      sync.Mutex // guards what follows
	resting []*resting
	status  exchange.SenderStatus
	closed  bool
	tidy    *time.Timer
}

// A resting association speaks of one class in one syntax.
type resting struct {
	*Association
	class, syntax string
}

func openSender(c exchange.DestinationConfig) (*Sender, error) {
	p, err := peerOf(c.Settings)
	if err != nil {
		return nil, err
	}
	client, err := p.client(c.Env)
	if err != nil {
		return nil, err
	}
	return &Sender{settings: p, client: client, clock: c.Env.Clock, status: exchange.SenderStatus{State: "idle", Peer: p.CalledAE + " at " + p.Address}}, nil
}

// Send implements exchange.Sender.
func (s *Sender) Send(ctx context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	body, err := reader(out)
	if err != nil {
		return exchange.Acknowledgment{}, err
	}
	defer body.Close()
	in, err := instance(body)
	if err != nil {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "unreadable", Text: err.Error()}, nil
	}
	as, reused, err := s.take(ctx, in)
	if err != nil {
		return s.failed(err)
	}
	answer, err := as.Store(ctx, in)
	if err != nil && reused && ctx.Err() == nil && gone(err) {
		// The peer had ended a resting association: the same again on a new one.
		as.Close()
		s.dropResting()
		return s.Send(ctx, out)
	}
	if err != nil {
		as.Close()
		return s.failed(err)
	}
	ack, err := s.judge(ctx, as, in, answer)
	if err != nil {
		as.Close()
		return s.failed(err)
	}
	s.rest(as)
	return ack, nil
}

func reader(out exchange.Outgoing) (io.ReadCloser, error) {
	if out.Body != nil || out.Open == nil {
		return io.NopCloser(bytes.NewReader(out.Body)), nil
	}
	return out.Open()
}

// gone is true for errors that say that the other side had left already.
func gone(err error) bool {
	var aborted *AbortError
	var op *net.OpError
	return errors.Is(err, errClosed) || errors.Is(err, errReleased) || errors.Is(err, io.EOF) || errors.As(err, &aborted) || errors.As(err, &op) && !op.Timeout()
}

// judge turns the peer's status into what the exchange does next.
func (s *Sender) judge(ctx context.Context, as *resting, in Instance, answer dicom.Command) (exchange.Acknowledgment, error) {
	ack := exchange.Acknowledgment{Outcome: exchange.Accepted, Code: fmt.Sprintf("%04X", uint16(answer.Status)), Text: answer.Status.String(), Body: answer.Encode()}
	switch {
	case answer.Status == dicom.DuplicateInstance: // it has the image
	case answer.Status>>8 == dicom.OutOfResources>>8:
		ack.Outcome = exchange.Failed
	case answer.Status.Failed():
		ack.Outcome = exchange.Refused
	}
	if ack.Outcome == exchange.Accepted && s.settings.Commit {
		if err := as.RequestCommitment(ctx, derivedUID(in.UID, s.clock.Now()), in.Class, in.UID); err != nil {
			var agreed *AgreedError
			if errors.As(err, &agreed) {
				return exchange.Acknowledgment{Outcome: exchange.Failed, Code: "commitment", Text: err.Error()}, nil
			}
			return ack, err
		}
		ack.Text += ", committed"
	}
	return ack, nil
}

// failed notes err. A refusal by settings is the peer's answer; everything
// else leaves open whether it has the image.
func (s *Sender) failed(err error) (exchange.Acknowledgment, error) {
	text := words(err)
	s.mu.Lock()
	s.status.State, s.status.LastError, s.status.LastErrorAt = "failing", text, s.clock.Now()
	s.mu.Unlock()
	var agreed *AgreedError
	if errors.As(err, &agreed) {
		return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "context", Text: text}, nil
	}
	return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "%s: %w", s.status.Peer, err)
}

// take finds a resting association for in, or makes one.
func (s *Sender) take(ctx context.Context, in Instance) (as *resting, reused bool, err error) {
	s.mu.Lock()
	for i := len(s.resting) - 1; i >= 0; i-- {
		if r := s.resting[i]; r.class == in.Class && r.syntax == in.Syntax {
			s.resting = append(s.resting[:i], s.resting[i+1:]...)
			s.mu.Unlock()
			return r, true, nil
		}
	}
	s.mu.Unlock()
	proposals := []Proposal{{Class: in.Class, Syntaxes: []string{in.Syntax}}}
	if s.settings.Commit {
		proposals = append(proposals, Proposal{Class: StorageCommitment, Syntaxes: []string{dicom.ImplicitLittle}})
	}
	opened, err := s.client.Associate(ctx, proposals...)
	if err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	s.status.State, s.status.Since = "connected", s.clock.Now()
	s.mu.Unlock()
	return &resting{opened, in.Class, in.Syntax}, false, nil
}

// rest keeps an association for the next image.
func (s *Sender) rest(as *resting) {
	s.mu.Lock()
	if s.closed || len(s.resting) >= mostResting {
		s.mu.Unlock()
		as.Release()
		return
	}
	s.resting = append(s.resting, as)
	s.status.State = "connected"
	if s.tidy == nil {
		s.tidy = time.AfterFunc(restFor, s.sweep)
	}
	s.mu.Unlock()
}

// sweep releases associations that rested too long.
func (s *Sender) sweep() {
	s.mu.Lock()
	var keep, leave []*resting
	for _, r := range s.resting {
		if time.Since(r.Used) >= restFor {
			leave = append(leave, r)
		} else {
			keep = append(keep, r)
		}
	}
	s.resting, s.tidy = keep, nil
	if len(keep) > 0 && !s.closed {
		s.tidy = time.AfterFunc(restFor/2, s.sweep)
	} else if s.status.State == "connected" {
		s.status.State = "idle"
	}
	s.mu.Unlock()
	for _, r := range leave {
		r.Release()
	}
}

func (s *Sender) dropResting() {
	s.mu.Lock()
	leave := s.resting
	s.resting = nil
	s.mu.Unlock()
	for _, r := range leave {
		r.Close()
	}
}

// Close implements exchange.Sender.
func (s *Sender) Close() error {
	s.mu.Lock()
	s.closed = true
	if s.tidy != nil {
		s.tidy.Stop()
	}
	leave := s.resting
	s.resting = nil
	s.mu.Unlock()
	for _, r := range leave {
		r.Release()
	}
	return nil
}

// Status implements exchange.Visible.
func (s *Sender) Status() exchange.SenderStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Probe implements exchange.Prober: a C-ECHO.
func (s *Sender) Probe(ctx context.Context) error {
	as, err := s.client.Associate(ctx, Proposal{Class: Verification, Syntaxes: []string{dicom.ImplicitLittle}})
	if err != nil {
		_, err = s.failed(err)
		return err
	}
	defer as.Release()
	return as.Echo(ctx)
}

// mostMeta bounds the head of a file that is sent.
const mostMeta = 64 << 10

// instance reads the head of a DICOM file and leaves the data set to be read.
func instance(r io.Reader) (Instance, error) {
	b := bufio.NewReaderSize(r, dataUnit+1)
	head, err := b.Peek(144)
	if err != nil || string(head[128:132]) != "DICM" || binary.LittleEndian.Uint32(head[132:]) != 2 {
		return Instance{}, errors.New("it is not a DICOM file with a head, so that neither its class nor its syntax is known")
	}
	n := int(binary.LittleEndian.Uint32(head[140:]))
	if n > mostMeta {
		return Instance{}, fmt.Errorf("the head of the file claims %d bytes", n)
	}
	meta := make([]byte, 144+n)
	if _, err := io.ReadFull(b, meta); err != nil {
		return Instance{}, fmt.Errorf("the head of the file is cut off: %w", err)
	}
	f, err := dicom.Parse(meta, dicom.Limits{})
	if err != nil {
		return Instance{}, err
	}
	in := Instance{Class: f.Meta.Text(dicom.MediaStorageSOPClassUID), UID: f.Meta.Text(dicom.MediaStorageSOPInstance), Syntax: f.Meta.Text(dicom.TransferSyntaxUID), Data: b}
	if in.Class == "" || in.UID == "" || in.Syntax == "" {
		return in, errors.New("the head of the file does not name class, instance and transfer syntax")
	}
	return in, nil
}

// derivedUID makes a UID for a transaction (PS3.5 B.2: 2.25 and 128 bits).
func derivedUID(parts string, at time.Time) string {
	sum := sha256.Sum256([]byte(parts + at.String()))
	return "2.25." + new(big.Int).SetBytes(sum[:16]).String()
}
