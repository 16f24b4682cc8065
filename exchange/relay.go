package exchange

import (
	"context"
	"slices"
	"sync"
	"time"

	"bedrail"
)

// relayWithin is how long a sender waits for the answer of the receiver that
// its channel names. Then Bedrail answers itself: the message is kept, and its
// delivery goes on.
const relayWithin = 10 * time.Second

// relaysKept is how many answers are remembered for senders that ask again.
const relaysKept = 1024

// A relay gives the answers of one destination back to senders. What it
// remembers is in memory only: after a restart a message that comes again is
// answered as it was kept.
type relay struct {
	mu      sync.Mutex // guards what follows
	waiting map[string]chan []byte
	said    map[string][]byte // by message
	order   []string          // of said, the oldest first
}

// expect says that the answer to a message is waited for.
func (r *relay) expect(message string) <-chan []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting, r.said = map[string]chan []byte{}, map[string][]byte{}
	}
	c := make(chan []byte, 1)
	r.waiting[message] = c
	return c
}

func (r *relay) forget(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.waiting, message)
}

// told passes on what the receiver answered to a message, the first time.
func (r *relay) told(message string, answer []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.said == nil || len(answer) == 0 {
		return
	}
	if _, again := r.said[message]; !again {
		if len(r.order) >= relaysKept {
			delete(r.said, r.order[0])
			r.order = r.order[1:]
		}
		r.order = append(r.order, message)
	}
	r.said[message] = answer
	if c := r.waiting[message]; c != nil {
		delete(r.waiting, message)
		c <- answer
	}
}

func (r *relay) last(message string) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said[message]
}

// relayed returns what the receiver that the channel names answers to a
// message that is kept; nothing where it answers too late, or is not to get
// the message.
func (l *line) relayed(ctx context.Context, p *plan, k *Keeping, answers <-chan []byte) []byte {
	if k.Message.State == Duplicate {
		return l.relay.last(k.Message.DuplicateOf)
	}
	due := slices.ContainsFunc(k.Deliveries, func(d Delivery) bool {
		return d.Destination == p.Definition.AnswerFrom && d.State == Queued
	})
	if !due {
		return nil
	}
	limit, look := time.NewTimer(relayWithin), time.NewTicker(100*time.Millisecond)
	defer limit.Stop()
	defer look.Stop()
	for {
		select {
		case a := <-answers:
			return a
		case <-limit.C:
			return nil
		case <-ctx.Done():
			return nil
		case <-look.C:
			if l.x.stopping() {
				return nil // a stop does not wait for a receiver
			}
		}
	}
}

// checkAnswer holds that the destination whose answer goes back is there, and
// speaks as the source does.
func (d Definition) checkAnswer() error {
	if d.AnswerFrom == "" {
		return nil
	}
	i := slices.IndexFunc(d.Destinations, func(o Destination) bool { return o.Name == d.AnswerFrom })
	switch {
	case i < 0:
		return bedrail.Errorf(bedrail.Invalid, "answerFrom is %q; it names a destination of the channel", d.AnswerFrom).At("answerFrom")
	case d.Source.Kind != "mllp" || d.Destinations[i].Endpoint.Kind != "mllp":
		return bedrail.Errorf(bedrail.Invalid, "answerFrom: only the answer of an MLLP receiver can be given back to an MLLP sender").At("answerFrom")
	}
	return nil
}
