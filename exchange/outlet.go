package exchange

import (
	"bytes"
	"container/heap"
	"context"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

func newBytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

const (
	windowFull  = 1024 // deliveries of one destination in memory
	windowLow   = 256
	refillSize  = 256
	blockedMost = 64 // lanes that wait, left out when more is read

	retryFirst    = time.Second
	retryLongest  = time.Minute
	retryRefusals = 5
	sendTimeout   = 30 * time.Second
	rescanEvery   = 30 * time.Second
)

// An outlet is the way to one destination. It delivers what the outbox holds,
// each lane in order, and never waits for another outlet.
//
// The outbox in the store is the truth; an outlet holds a window of it. What
// its loss costs: nothing, it is read again.
type outlet struct {
	l      *line
	dest   Destination
	kind   DestinationKind
	sender Sender

	mu      sync.Mutex // guards what follows
	lanes   map[string]*lane
	ready   lanesByAge      // lanes that nobody delivers from
	present map[string]bool // messages in memory
	loaded  string          // the store was read up to this message
	more    bool            // the store may hold what is not in memory
	missed  bool            // something was kept while the store was read
	recent  *ring           // what was read lately: an offer of it comes late
	busy    int             // deliveries under way
	tokens  []time.Time     // when the last deliveries began, for the rate

	failures  int       // in a row, because the receiver was not there
	notBefore time.Time // nothing is sent before: the breaker is open
	lastError string
	lastAt    time.Time
	lastOK    time.Time
	sent      int64

	wake    chan struct{}
	settled chan Settlement
	quit    context.CancelFunc
	done    chan struct{}
}

// A lane is what is delivered in order.
type lane struct {
	key       string
	items     []*QueuedDelivery
	busy      bool
	index     int // in ready, from 1; 0 is not in it
	notBefore time.Time
	refused   int  // how often the head was answered with an error
	dropped   bool // items of it are only in the store
}

func newOutlet(l *line, p *plan, d Destination) *outlet {
	return &outlet{l: l, dest: d, kind: p.kinds[d.Name], lanes: map[string]*lane{}, present: map[string]bool{}, more: true, recent: newRing(4 * refillSize),
		wake: make(chan struct{}, 1), settled: make(chan Settlement, 256), done: make(chan struct{})}
}

func (o *outlet) start(ctx context.Context) {
	ctx, o.quit = context.WithCancel(ctx)
	o.l.x.wg.Go(func() {
		defer close(o.done)
		var keeping sync.WaitGroup
		keeping.Go(func() { o.keepSettled(context.WithoutCancel(ctx)) })
		o.deliverAll(ctx)
		close(o.settled)
		keeping.Wait()
		if o.sender != nil {
			if err := o.sender.Close(); err != nil {
				o.l.x.Log.Debug("closing a destination", "channel", o.l.name, "destination", o.dest.Name, "error", err)
			}
		}
	})
}

// stop lets what is under way finish.
func (o *outlet) stop() {
	o.quit()
	<-o.done
}

func (o *outlet) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// rescan reads the outbox again from its beginning.
func (o *outlet) rescan() {
	o.mu.Lock()
	o.loaded, o.more, o.missed = "", true, true
	o.recent.clear()
	o.mu.Unlock()
	o.poke()
}

// offer takes what was just kept, if there is room; else the store has it.
func (o *outlet) offer(d QueuedDelivery) {
	o.mu.Lock()
	defer o.poke()
	defer o.mu.Unlock()
	switch {
	case o.present[d.Message] || o.recent.has(d.Message):
	case o.more && d.Message > o.loaded:
		o.missed = true
	case len(o.present) >= windowFull && d.Message > o.loaded:
		o.more, o.missed = true, true
	default:
		o.loaded = max(o.loaded, d.Message)
		own := d // only what is held takes memory
		o.insert(&own)
	}
}

// insert puts d into its lane, in order. o.mu is held.
func (o *outlet) insert(d *QueuedDelivery) {
	ln := o.lanes[d.Lane]
	if ln == nil {
		ln = &lane{key: d.Lane}
		o.lanes[d.Lane] = ln
	}
	if ln.dropped && len(ln.items) > 0 {
		return // it waits in the store behind what was dropped
	}
	o.present[d.Message] = true
	i := len(ln.items)
	for i > 0 && ln.items[i-1].Message > d.Message && !(i == 1 && ln.busy) {
		i--
	}
	ln.items = append(ln.items, nil)
	copy(ln.items[i+1:], ln.items[i:])
	ln.items[i] = d
	if i == 0 && ln.index > 0 {
		heap.Fix(&o.ready, ln.index-1)
	}
	if d.NextAt.After(ln.notBefore) && i == 0 {
		ln.notBefore = d.NextAt
	}
	o.enqueue(ln)
}

// enqueue makes ln ready when it has something to send. o.mu is held.
func (o *outlet) enqueue(ln *lane) {
	if ln.index == 0 && !ln.busy && len(ln.items) > 0 {
		heap.Push(&o.ready, ln)
	}
}

func (o *outlet) parallel() int {
	if o.dest.Parallel > 0 {
		return o.dest.Parallel
	}
	if o.kind.Parallel > 0 {
		return o.kind.Parallel
	}
	return 1
}

// deliverAll sends until ctx ends, and then waits for what is under way.
func (o *outlet) deliverAll(ctx context.Context) {
	work, under := make(chan delivering), sync.WaitGroup{}
	defer under.Wait()
	defer close(work)
	rescan := time.NewTicker(rescanEvery)
	defer rescan.Stop()
	for ctx.Err() == nil {
		o.refill(ctx)
		d, ln, wait := o.next(o.l.x.Clock.Now())
		if d != nil {
			next := delivering{ln, d}
			select {
			case work <- next:
			default: // nobody is free
				under.Go(func() { o.deliverOn(ctx, next, work) })
			}
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-timer.C:
		case <-rescan.C:
			o.reconcile(ctx)
		}
		timer.Stop()
	}
}

// A delivering is the head of a lane on its way.
type delivering struct {
	ln *lane
	d  *QueuedDelivery
}

// deliverOn sends one after the other. Who has sent stays for the next: mapping
// needs a deep stack, which grows anew with each that begins.
func (o *outlet) deliverOn(ctx context.Context, first delivering, work <-chan delivering) {
	o.deliver(ctx, first.ln, first.d)
	for next := range work {
		o.deliver(ctx, next.ln, next.d)
	}
}

// reconcile reads the outbox again when it holds something that should be in
// memory and is not: the store is the truth.
func (o *outlet) reconcile(ctx context.Context) {
	o.mu.Lock()
	idle := len(o.present) == 0 && !o.more
	o.mu.Unlock()
	if !idle {
		return
	}
	found, err := o.l.x.Store.QueuedDeliveries(ctx, o.l.x.scope(), o.l.name, o.dest.Name, "", nil, 1)
	if err == nil && len(found) > 0 {
		o.rescan()
	}
}

// refill reads more of the outbox when little is left in memory.
func (o *outlet) refill(ctx context.Context) {
	o.mu.Lock()
	if !o.more || len(o.present) > windowLow {
		o.mu.Unlock()
		return
	}
	after, not := o.loaded, o.blocked()
	o.missed = false
	o.mu.Unlock()
	found, err := o.l.x.Store.QueuedDeliveries(ctx, o.l.x.scope(), o.l.name, o.dest.Name, after, not, refillSize)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.failed(err)
		o.notBefore = o.l.x.Clock.Now().Add(time.Second)
		return
	}
	for i := range found {
		d := &found[i]
		o.loaded = max(o.loaded, d.Message)
		o.recent.add(d.Message)
		if !o.present[d.Message] {
			o.insert(d)
		}
	}
	if len(found) < refillSize && !o.missed {
		o.more = false
	}
}

// blocked returns the lanes that wait for a receiver to take their head.
func (o *outlet) blocked() (keys []string) {
	for key, ln := range o.lanes {
		if ln.dropped && len(keys) < blockedMost {
			keys = append(keys, key)
		}
	}
	return keys
}

// next returns a delivery that may begin now, or how long to wait.
func (o *outlet) next(now time.Time) (*QueuedDelivery, *lane, time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	const idle = time.Minute
	if o.busy >= o.parallel() || o.failures > 0 && o.busy > 0 {
		return nil, nil, idle // the end of one wakes
	}
	if wait := o.notBefore.Sub(now); wait > 0 {
		return nil, nil, wait
	}
	if ok, at := open(o.l.plan.Load().times[o.dest.Name], now); !ok {
		return nil, nil, min(at.Sub(now), idle)
	}
	if wait := o.rateWait(now); wait > 0 {
		return nil, nil, wait
	}
	soonest := idle
	var later []*lane
	defer func() {
		for _, ln := range later {
			heap.Push(&o.ready, ln)
		}
	}()
	for len(o.ready) > 0 {
		ln := heap.Pop(&o.ready).(*lane)
		if wait := ln.notBefore.Sub(now); wait > 0 {
			soonest, later = min(soonest, wait), append(later, ln)
			continue
		}
		ln.busy = true
		o.busy++
		o.tokens = append(o.tokens, now)
		return ln.items[0], ln, 0
	}
	return nil, nil, soonest
}

// lanesByAge is a heap of lanes, that with the oldest head first: what need
// not wait goes out in the order in which it came.
type lanesByAge []*lane

func (h lanesByAge) Len() int           { return len(h) }
func (h lanesByAge) Less(i, j int) bool { return h[i].items[0].Message < h[j].items[0].Message }
func (h lanesByAge) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

// Push implements heap.Interface.
func (h *lanesByAge) Push(x any) {
	ln := x.(*lane)
	*h = append(*h, ln)
	ln.index = len(*h)
}

// Pop implements heap.Interface.
func (h *lanesByAge) Pop() any {
	old := *h
	ln := old[len(old)-1]
	old[len(old)-1] = nil
	*h, ln.index = old[:len(old)-1], 0
	return ln
}

// rateWait returns how long the rate asks to wait, and forgets old beginnings.
func (o *outlet) rateWait(now time.Time) time.Duration {
	r := o.dest.Rate
	if r.N == 0 {
		o.tokens = o.tokens[:0]
		return 0
	}
	for len(o.tokens) > 0 && now.Sub(o.tokens[0]) >= r.Per {
		o.tokens = o.tokens[1:]
	}
	if len(o.tokens) < r.N {
		return 0
	}
	return r.Per - now.Sub(o.tokens[0])
}

// finish takes the head out of its lane, or leaves it there for later.
func (o *outlet) finish(ln *lane, done bool) {
	o.mu.Lock()
	defer o.poke()
	defer o.mu.Unlock()
	o.busy--
	ln.busy = false
	if done {
		delete(o.present, ln.items[0].Message)
		ln.items[0] = nil
		ln.items = ln.items[1:]
		ln.refused, ln.notBefore = 0, time.Time{}
		if ln.dropped {
			ln.dropped = false
			o.loaded, o.more, o.missed = "", true, true
		}
	}
	if len(ln.items) == 0 {
		delete(o.lanes, ln.key)
		return
	}
	o.enqueue(ln)
}

// block lets a lane wait. Only its head stays in memory, so that one receiver
// who does not like one patient's messages does not keep others waiting.
func (o *outlet) block(ln *lane, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ln.refused++
	ln.notBefore = until
	for _, d := range ln.items[1:] {
		delete(o.present, d.Message)
	}
	clear(ln.items[1:])
	ln.items, ln.dropped = ln.items[:1], true
}

// broke opens the breaker: the receiver is not there. One delivery tries it
// after a while; when that arrives, all go on.
func (o *outlet) broke(err error, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed(err)
	o.notBefore = now.Add(backoff(o.dest.Retry, o.failures))
	o.failures++
}

func (o *outlet) failed(err error) { o.lastError, o.lastAt = safeText(err), o.l.x.Clock.Now() }

func (o *outlet) arrived(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failures, o.notBefore, o.lastOK = 0, time.Time{}, now
	o.sent++
}

// backoff is the wait after the nth failure, doubled each time, with a part of
// chance so that many senders do not come at once.
func backoff(r *Retry, n int) time.Duration {
	first, longest := retryFirst, retryLongest
	if r != nil {
		first, longest = r.First.Or(first), r.Longest.Or(longest)
	}
	wait := first << min(n, 20)
	if wait > longest || wait <= 0 {
		wait = longest
	}
	return wait/2 + rand.N(wait/2+1)
}

// A ring remembers the last few words.
type ring struct {
	words []string
	next  int
	in    map[string]bool
}

func newRing(n int) *ring { return &ring{words: make([]string, n), in: map[string]bool{}} }

func (r *ring) add(w string) {
	if r.in[w] {
		return
	}
	delete(r.in, r.words[r.next])
	r.words[r.next] = w
	r.in[w] = true
	r.next = (r.next + 1) % len(r.words)
}

func (r *ring) has(w string) bool { return r.in[w] }

func (r *ring) clear() {
	clear(r.words)
	clear(r.in)
	r.next = 0
}
