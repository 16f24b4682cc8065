package dimse

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"bedrail/format/dicom"
)

// readSize is how much is taken from a connection at once: more than the
// largest unit that is asked of a peer.
const readSize = 128 << 10

// A wire is one connection, cut into its units. It reads only when what it
// read before has been used, so a slow reader slows the peer and nobody else.
type wire struct {
	conn     net.Conn
	deframer dicom.Deframer
	buf      []byte
	queue    []event
	head     int           // of the queue
	writeFor time.Duration // longest that one write may take
	sendMax  uint32        // longest data unit the peer takes; 0 is unlimited
	out      []byte

	mu       sync.Mutex // guards what follows
	idle     bool       // between two messages
	quitting bool       // nothing more is to be begun
}

// quit ends the wait for the next message; one that is under way goes on.
func (w *wire) quit() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quitting = true
	if w.idle {
		w.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// await sets the deadline of the next read, unless nothing more is to be
// begun.
func (w *wire) await(deadline time.Time, idle bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quitting && idle {
		return errQuitting
	}
	w.idle = idle
	return w.conn.SetReadDeadline(deadline)
}

// An event is a unit, or a piece of a data value. The piece lies in the wire's
// buffer and is good until the next read.
type event struct {
	unit  dicom.PDUType
	frag  dicom.Fragment
	bytes []byte
}

func newWire(conn net.Conn, writeFor time.Duration) *wire {
	if t, ok := conn.(*net.TCPConn); ok {
		// What Go does anyway, said because its lack costs 40 ms an image.
		t.SetNoDelay(true)
	}
	return &wire{conn: conn, writeFor: writeFor}
}

// Unit implements dicom.Receiver.
func (w *wire) Unit(t dicom.PDUType, body []byte) {
	w.queue = append(w.queue, event{unit: t, bytes: append([]byte(nil), body...)})
}

// Data implements dicom.Receiver. A fragment handed over in pieces keeps its
// Last and End marks for the piece that ends it.
func (w *wire) Data(f dicom.Fragment, piece []byte) {
	w.queue = append(w.queue, event{unit: dicom.DataTF, frag: f, bytes: piece})
}

// next returns the next event, waiting for it until deadline.
func (w *wire) next(deadline time.Time) (event, error) { return w.nextOf(deadline, false) }

func (w *wire) nextOf(deadline time.Time, idle bool) (event, error) {
	for w.head == len(w.queue) {
		if err := w.fill(deadline, idle); err != nil {
			return event{}, err
		}
	}
	w.head++
	return w.queue[w.head-1], nil
}

func (w *wire) fill(deadline time.Time, idle bool) error {
	if w.buf == nil {
		w.buf = make([]byte, readSize)
	}
	if err := w.await(deadline, idle); err != nil {
		return err
	}
	n, err := w.conn.Read(w.buf)
	if n > 0 {
		w.queue, w.head = w.queue[:0], 0
		if err := w.deframer.Write(w.buf[:n], w); err != nil {
			if len(w.queue) > 0 {
				return nil // what stood before the fault is used first
			}
			return &protocolError{reason: 6, text: err.Error()}
		}
		return nil
	}
	if err == nil {
		return nil
	}
	w.mu.Lock()
	quitting := w.quitting && w.idle
	w.mu.Unlock()
	if quitting {
		return errQuitting
	}
	if broken := w.deframer.Err(); broken != nil {
		return &protocolError{reason: 6, text: broken.Error()}
	}
	return err
}

// write sends b whole or fails.
func (w *wire) write(b []byte) error {
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.writeFor)); err != nil {
		return err
	}
	_, err := w.conn.Write(b)
	return err
}

// abort says goodbye without waiting, as PS3.8 9.3.8 has it.
func (w *wire) abort(a dicom.Abortion) {
	w.conn.SetWriteDeadline(time.Now().Add(time.Second))
	w.conn.Write(a.Encode())
}

// A protocolError is a fault of the peer that ends the association with an
// A-ABORT of the given reason (PS3.8 table 9-26).
type protocolError struct {
	reason byte
	text   string
}

func (e *protocolError) Error() string { return e.text }

// An AbortError is an association that the peer ended with A-ABORT.
type AbortError struct{ Abort dicom.Abortion }

// Error says who gave up and why.
func (e *AbortError) Error() string {
	reasons := map[byte]string{1: "unrecognised unit", 2: "unexpected unit", 4: "unrecognised parameter", 5: "unexpected parameter", 6: "invalid parameter"}
	if why, ok := reasons[e.Abort.Reason]; e.Abort.Provider && ok {
		return "the peer aborted the association: " + why
	}
	return "the peer aborted the association"
}

// A RefusedError is an association that the peer rejected.
type RefusedError struct {
	Rejection           dicom.Rejection
	CalledAE, CallingAE string
}

// Error says which side's setting is to be mended.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the peer refused the association of %q to %q: %v", e.CallingAE, e.CalledAE, e.Rejection)
}

// words turns an error of the network into what a person can act on.
func words(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case err == nil:
		return ""
	case errors.As(err, &timeout) && timeout.Timeout():
		return "the peer said nothing for too long"
	}
	return err.Error()
}
