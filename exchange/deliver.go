package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"bedrail"
	"bedrail/audit"
)

// deliver sends the head of a lane once and settles how it ended.
func (o *outlet) deliver(ctx context.Context, ln *lane, d *QueuedDelivery) {
	began := time.Now()
	out, changed, err := o.prepare(ctx, d)
	if err != nil {
		o.end(ln, d, GivenUp, Acknowledgment{Text: "it could not be made ready: " + safeText(err)}, nil, began)
		return
	}
	sender, err := o.open()
	var ack Acknowledgment
	if err == nil {
		ack, err = o.send(ctx, sender, out)
	}
	if err == nil && o.dest.Name == o.l.plan.Load().Definition.AnswerFrom {
		o.l.relay.told(d.Message, ack.Body)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		o.finish(ln, false) // stopped; it stays queued
	case err != nil:
		o.retry(ln, d, err, began)
	case ack.Outcome == Accepted:
		o.arrived(o.l.x.Clock.Now())
		var sent []byte
		if changed {
			sent = out.Body
		}
		d.Mapping = out.mapping
		o.endSent(ln, d, ack, sent, out.ContentType, began)
	case ack.Outcome == Refused || ln.refused+1 >= o.refusals():
		o.arrived(o.l.x.Clock.Now()) // it answers
		o.end(ln, d, GivenUp, ack, nil, began)
	default:
		o.arrived(o.l.x.Clock.Now())
		o.refused(ln, d, ack, began)
	}
}

func (o *outlet) refusals() int {
	if r := o.dest.Retry; r != nil && r.Refusals > 0 {
		return r.Refusals
	}
	return retryRefusals
}

// send calls the sender within its time. A panic of it is an error of this
// delivery only.
func (o *outlet) send(ctx context.Context, s Sender, out prepared) (ack Acknowledgment, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.dest.Timeout.Or(sendTimeout))
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in the destination: %v", v)
		}
	}()
	return s.Send(ctx, out.Outgoing)
}

// open returns the sender, made at first use.
func (o *outlet) open() (Sender, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sender != nil {
		return o.sender, nil
	}
	s, err := o.kind.Open(DestinationConfig{Channel: o.l.name, Name: o.dest.Name, Settings: o.dest.Endpoint.Settings, Env: o.l.x.Env})
	if err == nil {
		o.sender = s
	}
	return s, err
}

// A prepared is what is sent, with the mapping that made it.
type prepared struct {
	Outgoing
	mapping string
}

// prepare changes and maps a message as the channel says.
func (o *outlet) prepare(ctx context.Context, d *QueuedDelivery) (prepared, bool, error) {
	x, m := o.l.x, &d.Kept
	out := prepared{Outgoing: Outgoing{
		Message: m.ID, Channel: o.l.name, Destination: o.dest.Name, Key: m.ID, Attempt: d.Attempts + 1, Format: m.Format, ContentType: m.ContentType,
		Body: d.Body, Size: m.Size, Hash: m.Sealed.Hash, Facts: m.Sealed.Facts, Trust: m.Sealed.Stamp, Issues: m.Sealed.Issues, ReceivedAt: m.ReceivedAt, Replayed: d.Round > 0,
	}}
	if d.Round > 0 {
		out.Key = m.ID + "-" + strconv.Itoa(d.Round)
	}
	out.Patient, out.Released = m.Sealed.Patient, m.Reason
	if err := o.revise(ctx, d, &out); err != nil {
		return out, false, err
	}
	suspect := out.Suspect != nil && out.Suspect.Treatment != TellOnly
	if m.Large && suspect {
		return out, false, bedrail.Errorf(bedrail.Invalid, "a large body is not sent while it is called back; tell the receiver by a person")
	}
	if m.Large {
		out.Open = func() (io.ReadCloser, error) { return x.Store.OpenBody(ctx, x.scope(), m.ID) }
		if err := o.share(ctx, d, &out); err != nil || !o.dest.Reduced() {
			return out, false, err
		}
		out.Open = func() (io.ReadCloser, error) { return io.NopCloser(newBytesReader(out.Body)), nil }
		return out, true, nil
	}
	p := o.l.plan.Load()
	changed := len(out.Revisions) > 0 && !bytes.Equal(out.Body, d.Body)
	for _, steps := range [][]Step{p.steps, p.paths[o.dest.Name]} {
		s := &subject{format: out.Format, body: out.Body, facts: &m.Sealed.Facts, stamp: m.Sealed.Stamp, peer: m.Peer, worst: m.Severity}
		body, did, err := transform(s, steps, p.Definition.Tables)
		if err != nil {
			return out, false, err
		}
		out.Body, changed = body, changed || did
	}
	if o.wantsMapping(out.Format) && !(m.Sealed.Own && o.takes(out.Format)) {
		mapped, err := x.Mapper.Map(ctx, o.dest.Map, out.Outgoing, o.kind.Accepts)
		if err != nil {
			return out, false, fmt.Errorf("mapping: %w", err)
		}
		out.Format, out.ContentType, out.Body, out.mapping = mapped.Format, mapped.ContentType, mapped.Body, mapped.Mapping
		changed = true
	}
	if !m.Sealed.Own { // what Bedrail says itself names no patient
		if err := o.share(ctx, d, &out); err != nil {
			return out, false, err
		}
		changed = changed || o.dest.Reduced()
	}
	if suspect {
		if err := out.Suspect.apply(&out.Outgoing, x.Clock.Now()); err != nil {
			return out, false, err
		}
		changed = true
	}
	out.Size = int64(len(out.Body))
	body := out.Body
	out.Open = func() (io.ReadCloser, error) { return io.NopCloser(newBytesReader(body)), nil }
	return out, changed, nil
}

// revise puts what a person mended in place of what came.
func (o *outlet) revise(ctx context.Context, d *QueuedDelivery, out *prepared) error {
	if d.Kept.Revision == 0 {
		return nil
	}
	revisions, err := o.l.x.Store.Revisions(ctx, o.l.x.scope(), d.Message)
	if err != nil {
		return err
	}
	for _, r := range revisions {
		out.Revisions = append(out.Revisions, noteOf(r))
		switch {
		case r.Suspicion != nil:
			out.Suspect = r.Suspicion
		case r.Patient != nil:
			out.Patient = r.Patient
		default:
			out.Body, out.Issues = r.Body, r.Issues
		}
	}
	return nil
}

// takes reports whether the receiver can carry f as it is.
func (o *outlet) takes(f Format) bool {
	return len(o.kind.Accepts) == 0 || slices.Contains(o.kind.Accepts, f)
}

// wantsMapping reports whether what is sent must be of another format.
func (o *outlet) wantsMapping(f Format) bool {
	switch {
	case o.l.x.Mapper == nil || o.dest.Map == "none":
		return false
	case o.dest.Map != "":
		return true
	}
	return len(o.kind.Accepts) > 0 && !slices.Contains(o.kind.Accepts, f)
}

// retry leaves d queued: it is not known whether the receiver has it.
func (o *outlet) retry(ln *lane, d *QueuedDelivery, err error, began time.Time) {
	now := o.l.x.Clock.Now()
	o.broke(err, now)
	d.Attempts++
	d.Note = safeText(err)
	o.measure(d, false, began)
	if d.Attempts&(d.Attempts-1) == 0 { // the first, second, fourth...: enough to see it
		o.settled <- Settlement{Delivery: d.Delivery}
	}
	o.finish(ln, false)
}

// refused leaves d queued for a while: the receiver answered with an error.
func (o *outlet) refused(ln *lane, d *QueuedDelivery, ack Acknowledgment, began time.Time) {
	now := o.l.x.Clock.Now()
	d.Attempts++
	d.Code, d.Note = ack.Code, short(ack.Text)
	d.NextAt = now.Add(backoff(o.dest.Retry, ln.refused))
	o.block(ln, d.NextAt)
	o.measure(d, false, began)
	o.settled <- Settlement{Delivery: d.Delivery, Ack: ack.Body}
	o.finish(ln, false)
}

func (o *outlet) endSent(ln *lane, d *QueuedDelivery, ack Acknowledgment, sent []byte, sentType string, began time.Time) {
	s := o.settlement(d, Arrived, ack)
	s.Sent, s.SentType = sent, sentType
	if len(sent) > InlineBytes {
		s.Sent = nil // it can be made again; its hash stays
	}
	o.close(ln, d, s, sent, true, began)
}

// end settles d for good.
func (o *outlet) end(ln *lane, d *QueuedDelivery, state DeliveryState, ack Acknowledgment, sent []byte, began time.Time) {
	o.close(ln, d, o.settlement(d, state, ack), sent, false, began)
}

func (o *outlet) settlement(d *QueuedDelivery, state DeliveryState, ack Acknowledgment) Settlement {
	d.Attempts++
	d.State, d.Code, d.Note, d.DoneAt, d.NextAt = state, short(ack.Code), short(ack.Text), o.l.x.Clock.Now(), time.Time{}
	return Settlement{Delivery: d.Delivery, Ack: ack.Body}
}

func (o *outlet) close(ln *lane, d *QueuedDelivery, s Settlement, sent []byte, ok bool, began time.Time) {
	entry := audit.Entry{By: systemActor(o.l.x.Tenant), Did: "message:deliver", To: d.Message, At: d.DoneAt,
		Note: deliverNote(d.Kept.Sealed.Salt, s.Delivery, hashOf(s.Ack), hashOf(sent))}
	s.Entry = &entry
	o.measure(d, ok, began)
	o.settled <- s
	o.finish(ln, true)
}

func hashOf(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (o *outlet) measure(d *QueuedDelivery, ok bool, began time.Time) {
	if o.l.x.Sent != nil {
		o.l.x.Sent(d.Message, o.l.name, o.dest.Name, ok, time.Since(began))
	}
}

const settleMost = 200 // settlements in one change

// keepSettled keeps how deliveries ended, many together, until the last. A
// store that takes nothing is asked again: meanwhile the outlet fills up and
// stops, and after a crash the receiver gets those messages once more.
func (o *outlet) keepSettled(ctx context.Context) {
	for first := range o.settled {
		batch := []Settlement{first}
	more:
		for len(batch) < settleMost {
			select {
			case s, ok := <-o.settled:
				if !ok {
					break more
				}
				batch = append(batch, s)
			default:
				break more
			}
		}
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
			err := o.l.x.Store.Settle(ctx, o.l.x.scope(), batch)
			if err == nil {
				break
			}
			o.l.x.Log.WarnContext(ctx, "what was delivered could not be kept; it is tried again", "channel", o.l.name, "destination", o.dest.Name, "error", err)
			if bedrail.KindOf(err) != bedrail.Unavailable || o.stopping() {
				break
			}
			time.Sleep(wait)
		}
		o.l.x.notice(Notice{Kind: "delivered", Channel: o.l.name})
	}
}

func (o *outlet) stopping() bool {
	return o.l.x.stopping()
}

func (x *Exchange) stopping() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.run == nil
}

// safeText is what a person may be shown of err.
func safeText(err error) string {
	var shown *bedrail.Error
	switch {
	case errors.As(err, &shown):
		return short(shown.Message)
	case errors.Is(err, context.DeadlineExceeded):
		return "the receiver did not answer in time"
	}
	return "internal error"
}

func short(text string) string {
	if len(text) <= maxNoteBytes {
		return text
	}
	return text[:maxNoteBytes] + "..."
}
