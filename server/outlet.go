package server

import (
	"context"
	"fmt"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/traffic"
)

// How many observations and deltas one message of the bus holds. A file is not
// waited for by anybody, and larger pieces of it are put together less often.
const (
	batchSize  = 500
	importSize = 2000
)

// An outlet gathers what one source says into batches and hands them on: over
// the bus or, where none runs, straight into the record.
type outlet struct {
	send   func(ctx context.Context, b *traffic.Batch, id string) (position uint64, err error)
	batch  traffic.Batch
	size   int // of a full batch
	epoch  string
	sent   uint64
	last   uint64 // position on the bus of what was published last
	opened time.Time
}

func (srv *Server) newOutlet(name, site string) outlet {
	o := outlet{send: srv.applyDirectly, size: batchSize, epoch: bedrail.NewID("run", srv.Clock.Now()), batch: traffic.Batch{Site: site, Sensor: name}}
	if srv.pipe != nil {
		o.send = srv.pipe.publish
	}
	return o
}

// applyDirectly takes a batch into the record without the bus: a command
// beside the data folder of a Bedrail that does not run.
func (srv *Server) applyDirectly(ctx context.Context, b *traffic.Batch, _ string) (uint64, error) {
	return 0, srv.Assets.Apply(ctx, bedrail.SystemActor("record", srv.Config.Tenant), *b, asset.Position{})
}

// recorded returns once the record has what was published at position.
func (srv *Server) recorded(ctx context.Context, position uint64) error {
	if srv.pipe == nil {
		srv.follow(ctx)
		return nil
	}
	return srv.pipe.wait(ctx, position)
}

func (o *outlet) observe(x traffic.Observation) {
	o.batch.Observations = append(o.batch.Observations, x)
}
func (o *outlet) converse(c traffic.Conversation) {
	o.batch.Conversations = append(o.batch.Conversations, c)
}

func (o *outlet) overheard(h traffic.Overheard) { o.batch.Overheard = append(o.batch.Overheard, h) }

func (o *outlet) held() int {
	return len(o.batch.Observations) + len(o.batch.Conversations) + len(o.batch.Overheard)
}

func (o *outlet) full() bool { return o.held() >= o.size }

// flush hands on what was gathered.
func (o *outlet) flush(ctx context.Context) error {
	o.opened = time.Now()
	if o.held() == 0 && o.batch.Coverage == nil {
		return nil
	}
	o.sent++
	seq, err := o.send(ctx, &o.batch, fmt.Sprintf("%s-%d", o.epoch, o.sent))
	if err != nil {
		return err
	}
	o.last = seq
	o.batch.Observations, o.batch.Conversations, o.batch.Coverage, o.batch.Gaps = o.batch.Observations[:0], o.batch.Conversations[:0], nil, nil
	clear(o.batch.Overheard) // lets go of their lists
	o.batch.Overheard = o.batch.Overheard[:0]
	return nil
}
