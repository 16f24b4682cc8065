// Package analytics hands messages to the streams that analytics read: a NATS
// subject, a Kafka topic, and Parquet files.
package analytics

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/exchange"
)

const (
	mostBody    = 8 << 20 // of one record; more does not belong on a stream
	connectWait = 10 * time.Second
)

// body reads a message whole. ok is false when it is too long.
func body(out exchange.Outgoing) (b []byte, ok bool, err error) {
	if out.Size > mostBody {
		return nil, false, nil
	}
	if out.Body != nil || out.Open == nil {
		return out.Body, len(out.Body) <= mostBody, nil
	}
	r, err := out.Open()
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	b, err = io.ReadAll(io.LimitReader(r, mostBody+1))
	return b, len(b) <= mostBody, err
}

func tooLong() exchange.Acknowledgment {
	return exchange.Acknowledgment{Outcome: exchange.Refused, Code: "too-long", Text: "the message is longer than a stream takes; send it to a file or an archive"}
}

// facts are what stands beside a record: nothing of a patient.
func facts(out exchange.Outgoing) map[string]string {
	m := map[string]string{"bedrail-key": out.Key, "bedrail-message": out.Message, "bedrail-channel": out.Channel, "bedrail-type": out.Facts.Type,
		"bedrail-trust": string(out.Trust.Trust), "bedrail-device": out.Trust.Device, "bedrail-received": out.ReceivedAt.UTC().Format(time.RFC3339Nano), "content-type": out.ContentType}
	for k, v := range m {
		if v = strings.Map(printable, v); v == "" {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
	return m
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// A state is what a sender shows of itself.
type state struct {
	clock  bedrail.Clock
	mu     sync.Mutex // guards status
	status exchange.SenderStatus
}

// Status implements exchange.Visible.
func (s *state) Status() exchange.SenderStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// ended notes how an attempt ended, and makes an error of it that may be shown.
func (s *state) ended(err error) (exchange.Acknowledgment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.status.State = "connected"
		return exchange.Acknowledgment{Outcome: exchange.Accepted}, nil
	}
	s.status.State, s.status.LastError, s.status.LastErrorAt = "failing", err.Error(), s.clock.Now()
	return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "%s: %w", s.status.Peer, err)
}

// kind makes a kind of destination out of how its settings are read and used.
func kind[T any](name, about, example string, check func(*T) error, open func(T, exchange.DestinationConfig) (exchange.Sender, error)) exchange.DestinationKind {
	read := func(raw json.RawMessage) (T, error) {
		var v T
		if err := exchange.Decode(raw, &v); err != nil {
			return v, err
		}
		return v, check(&v)
	}
	return exchange.DestinationKind{Name: name, About: about, Example: example,
		Check: func(raw json.RawMessage) error { _, err := read(raw); return err },
		Open: func(c exchange.DestinationConfig) (exchange.Sender, error) {
			v, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return open(v, c)
		}}
}
