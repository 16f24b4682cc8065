package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"bedrail/traffic"
)

// The block types of pcapng that matter here; the others are stepped over.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockStats     = 5
	blockEnhanced  = 6
)

// maxInterfaces bounds what a hostile section can make us remember.
const maxInterfaces = 4096

// ngInterface is what an interface description block says.
type ngInterface struct {
	link    traffic.Link
	snap    uint32
	perSec  uint64 // units of a time stamp in a second
	offset  int64  // seconds added to each time stamp
	dropped uint64
}

// ngReader reads pcapng: sections of blocks, each section with a byte order
// and interfaces of its own.
type ngReader struct {
	counters
	in         *window
	order      binary.ByteOrder
	interfaces []ngInterface
	pending    int
	ended      error
}

func newPcapng(in *window) (*ngReader, error) {
	return &ngReader{in: in, order: binary.LittleEndian}, nil
}

func (r *ngReader) Next(f *traffic.Frame) error {
	if r.ended != nil {
		return r.ended
	}
	for {
		r.in.skip(r.pending)
		r.pending = 0
		ready, err := r.block(f)
		if errors.Is(err, ErrIdle) {
			return err
		}
		if err != nil {
			r.ended = err
			return err
		}
		if ready {
			return nil
		}
	}
}

// block reads one block and reports whether it filled f.
func (r *ngReader) block(f *traffic.Frame) (bool, error) {
	head, err := r.in.peek(12)
	if err != nil {
		return false, r.end(err, len(head))
	}
	kind := r.order.Uint32(head)
	if kind == blockSection {
		if err := r.turn(head[8:]); err != nil {
			return false, err
		}
	}
	size := r.order.Uint32(head[4:])
	if size < 12 || size%4 != 0 {
		return false, r.breakAt(false, fmt.Sprintf("a block claims %d bytes, which no block has; the capture is damaged from here on", size))
	}
	if !known(kind) {
		got, err := r.in.discard(int64(size))
		if err != nil {
			return false, r.end(err, int(got))
		}
		return false, nil
	}
	if size > maxFrame+4096 {
		return false, r.breakAt(false, fmt.Sprintf("a block claims %d bytes, more than any frame has; the capture is damaged from here on", size))
	}
	whole, err := r.in.peek(int(size))
	if err != nil {
		return false, r.end(err, len(whole))
	}
	r.pending = int(size)
	return r.read(kind, whole[8:size-4], f)
}

func known(kind uint32) bool {
	switch kind {
	case blockSection, blockInterface, blockOldPacket, blockSimple, blockStats, blockEnhanced:
		return true
	}
	return false
}

// turn takes the byte order of a new section and forgets the interfaces of
// the one before.
func (r *ngReader) turn(magic []byte) error {
	switch {
	case binary.LittleEndian.Uint32(magic) == 0x1a2b3c4d:
		r.order = binary.LittleEndian
	case binary.BigEndian.Uint32(magic) == 0x1a2b3c4d:
		r.order = binary.BigEndian
	default:
		return r.breakAt(false, "a section begins without its byte-order mark; the capture is damaged from here on")
	}
	r.interfaces = r.interfaces[:0]
	return nil
}

func (r *ngReader) read(kind uint32, body []byte, f *traffic.Frame) (bool, error) {
	switch kind {
	case blockInterface:
		return false, r.describe(body)
	case blockEnhanced:
		return r.enhanced(body, f)
	case blockSimple:
		return r.simple(body, f)
	case blockOldPacket:
		return r.old(body, f)
	case blockStats:
		r.statistics(body)
	}
	return false, nil
}

func (r *ngReader) describe(body []byte) error {
	if len(body) < 8 {
		return r.breakAt(false, "an interface description is too short; the capture is damaged from here on")
	}
	if len(r.interfaces) == maxInterfaces {
		return r.breakAt(false, fmt.Sprintf("more than %d interfaces in one section; split the capture", maxInterfaces))
	}
	i := ngInterface{link: traffic.Link(r.order.Uint16(body)), snap: r.order.Uint32(body[4:]), perSec: 1e6}
	r.options(body[8:], func(code uint16, value []byte) {
		switch {
		case code == 9 && len(value) >= 1:
			i.perSec = resolution(value[0])
		case code == 14 && len(value) >= 8:
			i.offset = int64(r.order.Uint64(value))
		}
	})
	r.interfaces = append(r.interfaces, i)
	return nil
}

// resolution returns the units in a second of if_tsresol: a power of ten, or
// of two when the highest bit is set.
func resolution(v byte) uint64 {
	if v&0x80 != 0 {
		return 1 << min(v&0x7f, 63)
	}
	units := uint64(1)
	for range min(v, 19) {
		units *= 10
	}
	return units
}

func (r *ngReader) options(b []byte, each func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, size := r.order.Uint16(b), int(r.order.Uint16(b[2:]))
		padded := (size + 3) &^ 3
		if code == 0 || 4+size > len(b) {
			return
		}
		each(code, b[4:4+size])
		b = b[min(4+padded, len(b)):]
	}
}

func (r *ngReader) enhanced(body []byte, f *traffic.Frame) (bool, error) {
	if len(body) < 20 {
		return false, r.breakAt(false, "a packet block is too short; the capture is damaged from here on")
	}
	id := r.order.Uint32(body)
	stamp := uint64(r.order.Uint32(body[4:]))<<32 | uint64(r.order.Uint32(body[8:]))
	return r.frame(f, id, stamp, r.order.Uint32(body[12:]), r.order.Uint32(body[16:]), body[20:])
}

func (r *ngReader) old(body []byte, f *traffic.Frame) (bool, error) {
	if len(body) < 20 {
		return false, r.breakAt(false, "a packet block is too short; the capture is damaged from here on")
	}
	id := uint32(r.order.Uint16(body))
	stamp := uint64(r.order.Uint32(body[4:]))<<32 | uint64(r.order.Uint32(body[8:]))
	return r.frame(f, id, stamp, r.order.Uint32(body[12:]), r.order.Uint32(body[16:]), body[20:])
}

// simple reads a packet block without a time. Its interface is the first.
func (r *ngReader) simple(body []byte, f *traffic.Frame) (bool, error) {
	if len(body) < 4 || len(r.interfaces) == 0 {
		return false, r.breakAt(false, "a packet block has no interface; the capture is damaged from here on")
	}
	length := r.order.Uint32(body)
	captured := min(length, uint32(len(body)-4))
	if snap := r.interfaces[0].snap; snap > 0 {
		captured = min(captured, snap)
	}
	return r.frame(f, 0, 0, captured, length, body[4:])
}

func (r *ngReader) frame(f *traffic.Frame, id uint32, stamp uint64, captured, length uint32, data []byte) (bool, error) {
	if int64(id) >= int64(len(r.interfaces)) {
		return false, r.breakAt(false, fmt.Sprintf("a packet names interface %d, which the section does not describe; the capture is damaged from here on", id))
	}
	if int64(captured) > int64(len(data)) {
		return false, r.breakAt(false, "a packet is longer than its block; the capture is damaged from here on")
	}
	i := &r.interfaces[id]
	f.Data = data[:captured]
	f.Length = max(int(length), int(captured))
	f.Nanos = i.nanos(stamp)
	f.Link, f.Interface = i.link, int(id)
	r.add(int(captured))
	return true, nil
}

// nanos converts a time stamp. A time beyond what nanoseconds can hold is cut
// to the largest that they can.
func (i *ngInterface) nanos(stamp uint64) int64 {
	var sec, rest uint64
	if i.perSec == 1e6 {
		sec, rest = stamp/1e6, stamp%1e6*1000
	} else {
		sec = stamp / i.perSec
		hi, lo := bits.Mul64(stamp%i.perSec, 1e9)
		rest, _ = bits.Div64(hi, lo, i.perSec)
	}
	const most = 1 << 33 // seconds; the year 2242
	whole := int64(min(sec, most)) + min(max(i.offset, -most), most)
	return min(max(whole, 0), most)*1e9 + int64(rest)
}

// statistics takes the drop counters that the capturing machine wrote.
func (r *ngReader) statistics(body []byte) {
	if len(body) < 12 || int64(r.order.Uint32(body)) >= int64(len(r.interfaces)) {
		return
	}
	i := &r.interfaces[r.order.Uint32(body)]
	var dropped uint64
	r.options(body[12:], func(code uint16, value []byte) {
		if (code == 5 || code == 7) && len(value) >= 8 {
			dropped += r.order.Uint64(value)
		}
	})
	if dropped > i.dropped { // the counters are totals, and may be written often
		r.dropped.Add(dropped - i.dropped)
		i.dropped = dropped
	}
}

func (r *ngReader) end(err error, part int) error {
	if errors.Is(err, ErrIdle) {
		return err
	}
	return endOf(err, part, r.breakAt)
}

func (r *ngReader) breakAt(truncated bool, why string) *Break {
	return &Break{Offset: r.in.taken, Packet: r.packets.Load(), Truncated: truncated, Why: why}
}

func (r *ngReader) Stats() Stats { return r.stats() }

func (r *ngReader) Close() error { return nil }
