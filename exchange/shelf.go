package exchange

import (
	"context"
	"fmt"
	"io"
	"time"

	"bedrail"
	"bedrail/audit"
)

// A Shelf answers doors that are asked about what a channel has kept: an
// archive's promise that an image is safe, a resource that is read back. What
// was rejected, forgotten, or came twice is not on it.
type Shelf interface {
	// Holds returns which of the senders' own names, such as SOP instance
	// UIDs, stand for a message that channel has kept.
	Holds(ctx context.Context, channel string, controlIDs []string) (map[string]bool, error)
	// Find returns the ids of messages of channel that were kept with every
	// one of terms, newest first, from before the message before; an empty one
	// is the newest.
	Find(ctx context.Context, channel string, terms []Lookup, before string, limit int) ([]string, error)
	// Open returns a message that Find named.
	Open(ctx context.Context, channel, id string) (Shelved, error)
	// Head is Open with at most the first limit bytes of the body.
	Head(ctx context.Context, channel, id string, limit int64) (Shelved, error)
	// Stream is the whole body of a message that Find named, however large.
	Stream(ctx context.Context, channel, id string) (io.ReadCloser, error)
	// Disclose writes into the audit record that a client was shown messages.
	// Nothing may be shown before it returns.
	Disclose(ctx context.Context, channel, client string, ids []string) error
}

// A Shelved is a message as a door may show it again.
type Shelved struct {
	ID         string
	ReceivedAt time.Time
	Body       []byte
	Answer     []byte // what Inbound.Answer wrote
	Facts      Facts
}

// DiscloseMessages is what a client of a door does that reads messages back.
const DiscloseMessages bedrail.Action = "message:disclose"

// A ShelfStore is what a Rack asks of the store.
type ShelfStore interface {
	// MessagesHeld returns which control ids channel has kept.
	MessagesHeld(ctx context.Context, in bedrail.Scope, channel string, controlIDs []string) (map[string]bool, error)
	// FindMessages returns the ids of messages as Shelf.Find does.
	FindMessages(ctx context.Context, in bedrail.Scope, channel string, terms []Lookup, before string, limit int) ([]string, error)
	Message(ctx context.Context, in bedrail.Scope, id string) (Message, error)
	MessageBody(ctx context.Context, in bedrail.Scope, id string, limit int64) ([]byte, error)
	OpenBody(ctx context.Context, in bedrail.Scope, id string) (io.ReadCloser, error)
	Record(ctx context.Context, in bedrail.Scope, entry audit.Entry) error
}

// A Rack is the Shelf of one tenant. What a client may read is decided by the
// door's settings, which only those change who may change channels; a Rack
// never shows the messages of another channel.
type Rack struct {
	Store  ShelfStore
	Tenant string
}

// mostShelved bounds a message that is opened whole.
const mostShelved = 64 << 20

func (r *Rack) scope() bedrail.Scope { return bedrail.Scope{Tenant: r.Tenant} }

// Holds implements Shelf.
func (r *Rack) Holds(ctx context.Context, channel string, controlIDs []string) (map[string]bool, error) {
	return r.Store.MessagesHeld(ctx, r.scope(), channel, controlIDs)
}

// Find implements Shelf.
func (r *Rack) Find(ctx context.Context, channel string, terms []Lookup, before string, limit int) ([]string, error) {
	return r.Store.FindMessages(ctx, r.scope(), channel, terms, before, limit)
}

// Open implements Shelf.
func (r *Rack) Open(ctx context.Context, channel, id string) (Shelved, error) {
	return r.Head(ctx, channel, id, mostShelved)
}

// Head implements Shelf.
func (r *Rack) Head(ctx context.Context, channel, id string, limit int64) (Shelved, error) {
	m, err := r.Store.Message(ctx, r.scope(), id)
	if err == nil && m.Channel != channel {
		err = bedrail.Errorf(bedrail.NotFound, "there is no message %s", id)
	}
	if err != nil {
		return Shelved{}, err
	}
	s := Shelved{ID: id, ReceivedAt: m.ReceivedAt, Answer: m.Sealed.Answer, Facts: m.Sealed.Facts}
	s.Body, err = r.Store.MessageBody(ctx, r.scope(), id, limit)
	return s, err
}

// Stream implements Shelf.
func (r *Rack) Stream(ctx context.Context, channel, id string) (io.ReadCloser, error) {
	m, err := r.Store.Message(ctx, r.scope(), id)
	if err == nil && m.Channel != channel {
		err = bedrail.Errorf(bedrail.NotFound, "there is no message %s", id)
	}
	if err != nil {
		return nil, err
	}
	return r.Store.OpenBody(ctx, r.scope(), id)
}

// Disclose implements Shelf.
func (r *Rack) Disclose(ctx context.Context, channel, client string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	by := bedrail.SystemActor("client "+client+" of "+channel, r.Tenant)
	note := fmt.Sprintf("%d messages of %s shown", len(ids), channel)
	return r.Store.Record(ctx, r.scope(), audit.Entry{By: by, Did: DiscloseMessages, To: ids[0], Note: note})
}
