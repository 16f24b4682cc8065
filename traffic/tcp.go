package traffic

import "time"

// What following TCP may hold.
const (
	maxAhead      = 256 << 10 // bytes of one direction that came before their turn
	maxAheadParts = 128
	maxAheadAll   = 24 << 20 // of all streams together
	maxStreams    = 100_000  // followed at once; an idle one takes less than a kilobyte
	maxHeldAll    = 64 << 20 // of unfinished messages that parsers keep, together
	farAway       = 1 << 24  // a sequence number so far off belongs to another connection
	minFirst      = 8        // bytes with which a sniff is final
)

// tcp is the state of a stream that is followed, or whose beginning is still
// too short to tell.
type tcp struct {
	stream Stream
	parser Parser
	ahead  [2][]part
	held   [2]int
	head   [2][]byte
	holder Holder // the parser, when it can say what it keeps
	kept   int    // what it kept when it was last asked
	ear    *ear   // who hears the stream besides, or nil
}

// part is a segment that came before its turn.
type part struct {
	seq  uint32
	data []byte
	size int // on the wire; more than len(data) when the capture cut it
}

// segment takes one TCP packet of a flow.
func (e *Engine) segment(f *flow, side int, d *decoded) {
	if d.flags&flagSYN != 0 {
		e.opening(f, side, d)
		return
	}
	if f.quiet {
		return
	}
	if d.flags&flagRST != 0 {
		e.finish(f)
		return
	}
	if f.t != 0 && d.flags&flagACK != 0 && len(e.tcps.at(f.t).ahead[1-side]) > 0 {
		e.acknowledged(f, 1-side, d.ack)
	}
	if d.length > 0 {
		e.deliver(f, side, d.seq, d.payload, d.length)
	}
	if d.flags&flagFIN != 0 {
		f.closed[side] = true
		if f.closed[1-side] {
			e.finish(f)
		}
	}
}

// opening begins a connection, perhaps on the ports of an older one.
func (e *Engine) opening(f *flow, side int, d *decoded) {
	if f.have[side] && f.next[side] == d.seq+1 {
		return // sent again
	}
	if d.flags&flagACK == 0 {
		e.release(f)
		f.quiet, f.have, f.closed, f.tries = false, [2]bool{}, [2]bool{}, [2]int8{}
		f.sawSYN, f.secret, f.proto = true, false, 0
		f.known, f.client = true, uint8(side)
	} else if !f.sawSYN {
		f.known, f.client = true, uint8(1-side)
	}
	f.have[side], f.next[side] = true, d.seq+1
}

// finish ends a stream: what waits for lost bytes will wait no longer.
func (e *Engine) finish(f *flow) {
	for side := range 2 {
		for f.t != 0 && !f.quiet && len(e.tcps.at(f.t).ahead[side]) > 0 {
			e.jump(f, side)
		}
	}
	e.release(f)
	f.quiet = true
}

// release gives back what following the stream took.
func (e *Engine) release(f *flow) {
	if f.t == 0 {
		return
	}
	t := e.tcps.at(f.t)
	e.deafen(t, false)
	e.ahead -= t.held[0] + t.held[1]
	e.kept -= t.kept
	e.tcps.put(f.t)
	f.t = 0
	e.streams--
}

// follow returns the stream's state, making it if there is room.
func (e *Engine) follow(f *flow) *tcp {
	if f.t != 0 {
		return e.tcps.at(f.t)
	}
	if e.streams >= maxStreams {
		e.stats.Unfollowed++
		f.quiet = true
		return nil
	}
	e.streams++
	f.t = e.tcps.get()
	return e.tcps.at(f.t)
}

// tcps holds the states of followed streams by number, so that the table of
// flows holds no pointers and costs the garbage collector nothing. 0 is none.
type tcps struct {
	list []*tcp
	free []int32
	idle int // states among the free that are kept to be used again
}

// maxIdleTCP bounds the states that are kept while nobody needs them.
const maxIdleTCP = 4096

func (p *tcps) at(n int32) *tcp {
	if n == 0 {
		return nil
	}
	return p.list[n-1]
}

func (p *tcps) get() int32 {
	last := len(p.free) - 1
	if last < 0 {
		p.list = append(p.list, &tcp{})
		return int32(len(p.list))
	}
	n := p.free[last]
	p.free = p.free[:last]
	if p.list[n-1] == nil {
		p.list[n-1] = &tcp{}
	} else {
		p.idle--
	}
	return n
}

func (p *tcps) put(n int32) {
	if p.idle < maxIdleTCP {
		*p.list[n-1] = tcp{}
		p.idle++
	} else {
		p.list[n-1] = nil
	}
	p.free = append(p.free, n)
}

func (e *Engine) deliver(f *flow, side int, seq uint32, data []byte, size int) {
	if !f.have[side] {
		f.have[side], f.next[side] = true, seq
	}
	ahead := int32(seq - f.next[side])
	switch {
	case ahead >= farAway || ahead <= -farAway:
		e.release(f) // another connection on the same ports, its opening unseen
		f.have[1-side], f.next[side] = false, seq
		f.tries, f.sawSYN = [2]int8{}, false
	case ahead < 0:
		old := int(-ahead)
		if old >= size {
			return // sent again
		}
		data, size = data[min(old, len(data)):], size-old
	case ahead > 0:
		e.keep(f, side, seq, data, size)
		return
	}
	e.inOrder(f, side, data, size)
	for f.t != 0 && !f.quiet && len(e.tcps.at(f.t).ahead[side]) > 0 && int32(e.tcps.at(f.t).ahead[side][0].seq-f.next[side]) <= 0 {
		e.turn(f, side)
	}
}

// inOrder feeds the next bytes of one side.
func (e *Engine) inOrder(f *flow, side int, data []byte, size int) {
	f.next[side] += uint32(size)
	if len(data) > 0 {
		e.feed(f, side, data)
	}
	if lost := size - len(data); lost > 0 && f.t != 0 && !f.quiet {
		e.gap(f, side, lost)
	}
}

// keep holds a segment until its turn. When too much is held, what is missing
// is taken for lost.
func (e *Engine) keep(f *flow, side int, seq uint32, data []byte, size int) {
	t := e.follow(f)
	if t == nil {
		return
	}
	list := t.ahead[side]
	at := len(list)
	for at > 0 && int32(list[at-1].seq-seq) > 0 {
		at--
	}
	if at > 0 && list[at-1].seq == seq && list[at-1].size >= size {
		return
	}
	list = append(list, part{})
	copy(list[at+1:], list[at:])
	list[at] = part{seq, append([]byte(nil), data...), size}
	t.ahead[side] = list
	t.held[side] += len(data)
	e.ahead += len(data)
	for f.t != 0 && !f.quiet && len(t.ahead[side]) > 0 &&
		(t.held[side] > maxAhead || len(t.ahead[side]) > maxAheadParts || e.ahead > maxAheadAll) {
		e.jump(f, side)
	}
}

// acknowledged takes note that the other side has everything up to ack. What
// it has and we have not was lost on the way to us.
func (e *Engine) acknowledged(f *flow, side int, ack uint32) {
	for f.t != 0 && !f.quiet && len(e.tcps.at(f.t).ahead[side]) > 0 {
		first := &e.tcps.at(f.t).ahead[side][0]
		if int32(ack-(first.seq+uint32(first.size))) < 0 {
			return
		}
		e.jump(f, side)
	}
}

// jump gives up what is missing before the first held segment, and feeds that.
func (e *Engine) jump(f *flow, side int) {
	lost := int32(e.tcps.at(f.t).ahead[side][0].seq - f.next[side])
	if lost > 0 {
		f.next[side] += uint32(lost)
		e.gap(f, side, int(lost))
	}
	if f.t != 0 && !f.quiet {
		e.turn(f, side)
	}
}

// turn feeds the first held segment, whose turn has come.
func (e *Engine) turn(f *flow, side int) {
	t := e.tcps.at(f.t)
	p := t.ahead[side][0]
	t.ahead[side] = t.ahead[side][1:]
	if len(t.ahead[side]) == 0 {
		t.ahead[side] = nil
	}
	t.held[side] -= len(p.data)
	e.ahead -= len(p.data)
	old := int(int32(f.next[side] - p.seq))
	if old >= p.size {
		return
	}
	e.inOrder(f, side, p.data[min(old, len(p.data)):], p.size-old)
}

func (e *Engine) gap(f *flow, side, n int) {
	e.stats.Gaps++
	t := e.tcps.at(f.t)
	if t == nil {
		return
	}
	if t.parser == nil {
		t.head[side] = nil
		return
	}
	dir, alone := f.direction(side), t.ear.alone()
	if t.ear != nil {
		e.listening(t, func(l Listener) bool { return l.Miss(time.Unix(0, e.at.nanos), dir, n) })
	}
	if alone {
		e.unheard(f, t)
		return
	}
	t.stream.at = e.at
	e.guarded(f, func() { t.parser.Gap(&t.stream, dir, n) })
	e.heed(f)
}

// unheard ends a stream that nobody hears any more.
func (e *Engine) unheard(f *flow, t *tcp) {
	if t.ear == nil {
		e.release(f)
		f.quiet = true
	}
}

func (f *flow) direction(side int) Direction {
	if side == int(f.client) {
		return ToServer
	}
	return ToClient
}

// feed gives bytes in order to the stream's parser, or looks for one.
func (e *Engine) feed(f *flow, side int, data []byte) {
	if f.t != 0 && e.tcps.at(f.t).parser != nil {
		e.hand(f, side, data)
		return
	}
	if f.tries[side] >= f.patience() {
		return
	}
	if f.t != 0 && len(e.tcps.at(f.t).head[side]) > 0 {
		data = append(e.tcps.at(f.t).head[side], data...)
		e.tcps.at(f.t).head[side] = nil
	}
	for i := range e.sniffers {
		if e.sniffers[i].Sniff(data, f.key.port(int(1-f.client))) {
			e.recognise(f, i)
			e.hand(f, side, data)
			return
		}
	}
	if len(data) < minFirst {
		if t := e.follow(f); t != nil {
			t.head[side] = append([]byte(nil), data...)
		}
		return
	}
	f.tries[side]++
	e.doubt(f)
}

// patience is how many segments of a side are shown to the dissectors. A
// stream whose opening was not seen gets more: its next message may begin with
// any of them.
func (f *flow) patience() int8 {
	if f.sawSYN {
		return 1
	}
	return 8
}

// doubt gives up a stream that nobody recognised.
func (e *Engine) doubt(f *flow) {
	if most := f.patience(); f.tries[0] >= most && f.tries[1] >= most || f.tries[0]+f.tries[1] >= most+4 {
		e.release(f)
		f.quiet = true
	}
}

func (e *Engine) recognise(f *flow, sniffer int) {
	t := e.follow(f)
	if t == nil {
		return
	}
	d := &e.sniffers[sniffer]
	f.proto = e.number[d.Name]
	t.parser = d.New()
	t.holder, _ = t.parser.(Holder)
	t.stream = Stream{
		Client: e.endpoint(f, int(f.client)), Server: e.endpoint(f, int(1-f.client)),
		VLAN: f.key.vlan(), name: d.Name, emit: e.emitted, once: e.onceOnly,
	}
	e.overhear(t)
}

func (e *Engine) hand(f *flow, side int, data []byte) {
	t := e.tcps.at(f.t)
	if t == nil || t.parser == nil {
		return
	}
	dir, alone := f.direction(side), t.ear.alone()
	if t.ear != nil {
		e.listening(t, func(l Listener) bool { return l.Hear(time.Unix(0, e.at.nanos), dir, data) })
	}
	if alone {
		e.unheard(f, t)
		return
	}
	t.stream.at = e.at
	e.guarded(f, func() { t.parser.Feed(&t.stream, dir, data) })
	e.heed(f)
}

// heed does what the parser asked of the stream.
func (e *Engine) heed(f *flow) {
	if f.t == 0 {
		return
	}
	t := e.tcps.at(f.t)
	f.secret = f.secret || t.stream.encrypted
	if t.holder != nil {
		kept := t.holder.Held()
		e.kept += kept - t.kept
		t.kept = kept
		if kept > 0 && e.kept > maxHeldAll {
			e.stats.Unfollowed++
			t.stream.left = true
		}
	}
	switch {
	case t.stream.left && t.ear != nil:
		e.kept -= t.kept
		t.ear.mute, t.holder, t.kept = true, nil, 0
	case t.stream.left:
		e.release(f)
		f.quiet = true
	}
}

// guarded calls into a parser. A parser that panics is a bug of ours: its
// stream is given up and counted, and the capture goes on.
func (e *Engine) guarded(f *flow, call func()) {
	defer func() {
		if recover() != nil {
			e.stats.Faults++
			e.release(f)
			f.quiet = true
		}
	}()
	call()
}
