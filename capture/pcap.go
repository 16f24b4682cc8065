package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"bedrail/traffic"
)

// counters are the part of Stats that a file knows. They are atomic because
// progress is read while the capture is.
type counters struct{ packets, bytes, dropped atomic.Uint64 }

func (c *counters) stats() Stats {
	return Stats{Packets: c.packets.Load(), Bytes: c.bytes.Load(), Dropped: c.dropped.Load()}
}

func (c *counters) add(captured int) {
	c.packets.Add(1)
	c.bytes.Add(uint64(captured))
}

// pcapReader reads the classic format: a 24-byte header, then records.
type pcapReader struct {
	counters
	in      *window
	order   binary.ByteOrder
	big     bool
	link    traffic.Link
	perTick int64 // nanoseconds of one unit of the fraction
	header  int   // bytes before each record: 16, or 24 in Kuznetzov's variant
	pending int   // bytes of the frame last handed out, not yet consumed
	ended   error
}

// newPcap reads the file header. The magic number is known to be a pcap's.
func newPcap(in *window) (*pcapReader, error) {
	head, err := in.peek(24)
	if err != nil {
		return nil, &Break{Truncated: true, Why: "the file header is cut short; capture again or copy the file anew"}
	}
	r := &pcapReader{in: in, order: binary.LittleEndian, perTick: 1000, header: 16}
	if head[0] == 0xa1 {
		r.order, r.big = binary.BigEndian, true
	}
	switch r.order.Uint32(head) {
	case 0xa1b23c4d:
		r.perTick = 1
	case 0xa1b2cd34:
		r.header = 24
	}
	r.link = traffic.Link(r.order.Uint32(head[20:]))
	in.skip(24)
	return r, nil
}

func (r *pcapReader) Next(f *traffic.Frame) error {
	if r.ended != nil {
		return r.ended
	}
	r.in.skip(r.pending)
	r.pending = 0
	head, err := r.in.peek(r.header)
	if err != nil {
		return r.end(err, len(head))
	}
	// The fast path reads the fields without the interface of ByteOrder.
	var sec, frac, captured, length uint32
	if r.big {
		sec, frac = binary.BigEndian.Uint32(head), binary.BigEndian.Uint32(head[4:])
		captured, length = binary.BigEndian.Uint32(head[8:]), binary.BigEndian.Uint32(head[12:])
	} else {
		sec, frac = binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
		captured, length = binary.LittleEndian.Uint32(head[8:]), binary.LittleEndian.Uint32(head[12:])
	}
	if captured > maxFrame {
		r.ended = r.breakAt(false, fmt.Sprintf("a record claims %d bytes, more than any frame has; the capture is damaged from here on", captured))
		return r.ended
	}
	whole, err := r.in.peek(r.header + int(captured))
	if err != nil {
		return r.end(err, len(whole))
	}
	r.pending = len(whole)
	r.add(int(captured))
	f.Data = whole[r.header:]
	f.Length = max(int(length), int(captured))
	f.Nanos = int64(sec)*1e9 + int64(frac)*r.perTick
	f.Link, f.Interface = r.link, 0
	return nil
}

// end turns the end of the input into io.EOF, or a Break when part bytes of a
// record are there.
func (r *pcapReader) end(err error, part int) error {
	if errors.Is(err, ErrIdle) {
		return err
	}
	r.ended = endOf(err, part, r.breakAt)
	return r.ended
}

func (r *pcapReader) breakAt(truncated bool, why string) *Break {
	return &Break{Offset: r.in.taken, Packet: r.packets.Load(), Truncated: truncated, Why: why}
}

func (r *pcapReader) Stats() Stats { return r.stats() }

func (r *pcapReader) Close() error { return nil }

func endOf(err error, part int, breakAt func(bool, string) *Break) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		if b := (*Break)(nil); errors.As(err, &b) {
			return breakAt(b.Truncated, b.Why)
		}
		return breakAt(true, fmt.Sprintf("reading stopped: %v", err))
	}
	if part == 0 && errors.Is(err, io.EOF) {
		return io.EOF
	}
	return breakAt(true, "the capture ends inside a record; everything before it was used")
}
