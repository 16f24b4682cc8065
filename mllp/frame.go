// Package mllp speaks HL7 v2 over TCP: it listens to the devices and systems
// that send, and sends to those that listen.
//
// What is met in the wild is read and named: stray bytes before a message, a
// missing end, line feeds. A message is answered only once the exchange has
// kept it.
package mllp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The bytes around a message (HL7 v2.6 appendix C, Minimal Lower Layer
// Protocol).
const (
	startBlock = 0x0B
	endBlock   = 0x1C
	carriage   = 0x0D
)

const (
	// strayMost is how many bytes outside of messages are skipped before the
	// peer counts as speaking something else.
	strayMost = 64 << 10
	// endWait is how long the last byte of a frame may be late before it
	// counts as missing.
	endWait = 50 * time.Millisecond
)

// Frame returns payload with the bytes around it.
func Frame(payload []byte) []byte {
	out := make([]byte, 0, len(payload)+3)
	return append(append(append(out, startBlock), payload...), endBlock, carriage)
}

// A frame is one message as it came.
type frame struct {
	payload []byte
	stray   int  // bytes before it
	noEnd   bool // the carriage return behind it was missing
	cut     bool // it never ended: the peer went away or was too slow
	tooLong bool // it is longer than allowed; payload is its beginning
	began   time.Time
	ended   time.Time
}

// errForeign says that a peer speaks something else.
type errForeign struct{ what, mend string }

func (e errForeign) Error() string { return e.what }

// A reader takes frames from a connection.
type reader struct {
	conn  net.Conn
	in    *bufio.Reader
	limit int           // of a frame
	slow  time.Duration // for one frame, from its first byte
	idle  time.Duration // between frames; 0 is for ever

	stopped   func() bool // no further frame is wanted; may be nil
	forgiving bool        // this peer never sends the last byte: it is not waited for
	buf       []byte
}

func newReader(conn net.Conn, limit int, slow, idle time.Duration) *reader {
	return &reader{conn: conn, in: bufio.NewReaderSize(conn, 16<<10), limit: limit, slow: slow, idle: idle}
}

// next returns the next frame. io.EOF means that the peer went away between
// frames; a frame that is cut comes without an error. The payload is the
// caller's.
func (r *reader) next() (frame, error) {
	var f frame
	if err := r.begin(&f); err != nil {
		return f, err
	}
	f.began = time.Now()
	if err := r.conn.SetReadDeadline(f.began.Add(r.slow)); err != nil {
		return f, err
	}
	r.buf = r.buf[:0]
	for {
		part, err := r.in.ReadSlice(endBlock)
		if len(part) > 0 {
			if len(r.buf)+len(part) > r.limit+1 {
				f.tooLong = true
				room := max(r.limit-len(r.buf), 0)
				r.buf = append(r.buf, part[:min(room, len(part))]...)
				break
			}
			r.buf = append(r.buf, part...)
		}
		if err == nil {
			r.buf = r.buf[:len(r.buf)-1]
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			f.cut = true
			break
		}
	}
	f.payload = append([]byte(nil), r.buf...)
	f.ended = time.Now()
	if cap(r.buf) > 1<<20 {
		r.buf = nil // one large message must not keep its memory
	}
	if !f.cut && !f.tooLong {
		r.end(&f)
	}
	return f, nil
}

// begin skips to the start of a frame.
func (r *reader) begin(f *frame) error {
	deadline := time.Time{}
	if r.idle > 0 {
		deadline = time.Now().Add(r.idle)
	}
	if err := r.conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	if r.stopped != nil && r.stopped() { // after the deadline is set: whoever stops us sets another
		return net.ErrClosed
	}
	var head [8]byte
	for n := 0; ; n++ {
		b, err := r.in.ReadByte()
		if err != nil {
			if foreign := speaks(head[:min(n, len(head))]); foreign != nil && n > 0 {
				return foreign
			}
			return err
		}
		if b == startBlock {
			return nil
		}
		if n < len(head) {
			head[n] = b
			if n == 3 {
				if foreign := speaks(head[:4]); foreign != nil {
					return foreign
				}
			}
		}
		if b != '\r' && b != '\n' {
			f.stray++
		}
		if f.stray > strayMost {
			return errForeign{fmt.Sprintf("%d bytes without the start of a message (0B)", f.stray), "the sender does not speak MLLP; let it put 0B before and 1C 0D behind each message"}
		}
	}
}

// speaks recognises what is not MLLP.
func speaks(head []byte) error {
	switch {
	case len(head) >= 3 && head[0] == 0x16 && head[1] == 3:
		return errForeign{"the peer speaks TLS and this channel does not", "give the source tls, or switch TLS off at the sender"}
	case len(head) >= 4 && (string(head[:4]) == "GET " || string(head[:4]) == "POST" || string(head[:4]) == "HEAD" || string(head[:4]) == "PUT "):
		return errForeign{"the peer speaks HTTP", "send HL7 v2 over MLLP here, or use an HTTP source"}
	case len(head) >= 4 && string(head[:4]) == "SSH-":
		return errForeign{"the peer speaks SSH", "this port takes HL7 v2 over MLLP"}
	}
	return nil
}

// end reads the carriage return behind a frame. Some senders leave it out and
// wait for the answer; they are not kept waiting for long.
func (r *reader) end(f *frame) {
	if r.in.Buffered() == 0 {
		if r.forgiving {
			f.noEnd = true
			return
		}
		if r.conn.SetReadDeadline(time.Now().Add(endWait)) != nil {
			return
		}
	}
	b, err := r.in.ReadByte()
	switch {
	case err != nil:
		f.noEnd, r.forgiving = true, true
	case b != carriage:
		f.noEnd = true
		if r.in.UnreadByte() != nil {
			f.noEnd = true
		}
	}
}

// isTimeout reports whether err is the end of a wait.
func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// gone reports whether err is the ordinary end of a connection.
func gone(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) }
