package astm

import (
	"bytes"
	"errors"
	"time"
)

// The waiting times of LIS1.
const (
	AnswerWait     = 15 * time.Second // a sender waits for ACK or NAK
	FrameWait      = 30 * time.Second // a receiver waits for a frame or EOT
	BusyWait       = 10 * time.Second // before ENQ is sent again after NAK
	InstrumentWait = 1 * time.Second  // after contention, when we are the instrument
	HostWait       = 20 * time.Second // after contention, when we are the computer
	MostTries      = 6                // of one frame, before the sender gives up
)

// A Receiver is the receiving side of the link as a state machine: bytes go
// in, what to keep and what to answer come out. It does no input or output, so
// that a socket, a serial line and a test drive it alike.
type Receiver struct {
	// Keep takes a frame that checked, and at the end of a transmission
	// (EOT) a nil frame. The frame is answered ACK only when Keep returns
	// nil: acknowledged means kept.
	Keep func(f *Frame) error

	active bool
	next   byte
	last   int // number of the frame kept last, or -1
	buf    []byte
}

// Feed takes bytes from the line and returns the answers to send, in order.
func (r *Receiver) Feed(data []byte) (answers []byte) {
	r.buf = append(r.buf, data...)
	for len(r.buf) > 0 {
		n, answer := r.step()
		if n == 0 {
			return answers
		}
		if answer != 0 {
			answers = append(answers, answer)
		}
		r.buf = r.buf[n:]
	}
	r.buf = nil
	return answers
}

// step consumes the next unit of the line: a control character or a frame.
func (r *Receiver) step() (n int, answer byte) {
	switch c := r.buf[0]; {
	case c == ENQ:
		r.active, r.next, r.last = true, 1, -1
		return 1, ACK
	case c == EOT:
		if r.active {
			r.active = false
			if r.Keep != nil {
				_ = r.Keep(nil) // there is nobody left to tell; what was kept is kept
			}
		}
		return 1, 0
	case c != STX || !r.active:
		return 1, 0 // noise between frames, as LIS1 6.5.2 has it
	}
	f, n, err := ParseFrame(r.buf)
	if errors.Is(err, ErrShort) {
		return 0, 0
	}
	if err != nil {
		return n, NAK
	}
	if r.last >= 0 && int(f.Number) == r.last {
		return n, ACK // our ACK was lost and the frame was sent again
	}
	if f.Number != r.next {
		return n, NAK
	}
	if r.Keep != nil {
		if err := r.Keep(&f); err != nil {
			return n, NAK
		}
	}
	r.last, r.next = int(f.Number), (f.Number+1)&7
	return n, ACK
}

// Timeout says that FrameWait has passed without a frame: the transmission is
// given up, and the link is free.
func (r *Receiver) Timeout() {
	r.active, r.buf = false, nil
}

// Active reports whether a transmission is under way.
func (r *Receiver) Active() bool { return r.active }

// Why a transmission did not succeed.
var (
	ErrContention = errors.New("both sides wanted to send at once; the instrument goes first")
	ErrBusy       = errors.New("the other side is busy")
	ErrGivenUp    = errors.New("the other side refused a frame six times; the message was not delivered")
	ErrSilence    = errors.New("the other side did not answer")
)

// A Sender is the sending side of the link as a state machine for one
// transmission. Start, Answer and Timeout return what to send; done says that
// nothing more is to come, and Err then says whether it was delivered.
type Sender struct {
	Frames     []Frame
	Instrument bool // decides who yields in contention

	at      int // frame being sent; -1 is ENQ
	tries   int
	err     error
	stopped bool
	wait    time.Duration
}

// Start begins with ENQ.
func (s *Sender) Start() []byte {
	s.at, s.tries, s.err, s.stopped = -1, 0, nil, false
	return []byte{ENQ}
}

// Answer takes one byte of the other side.
func (s *Sender) Answer(c byte) (send []byte, done bool) {
	switch {
	case s.stopped:
		return nil, true
	case s.at < 0:
		return s.opened(c)
	case c == ACK || c == EOT: // EOT asks us to stop soon; the frame counts as taken
		s.at++
		s.tries = 0
		if s.at == len(s.Frames) || c == EOT {
			if s.at < len(s.Frames) {
				return s.stop(ErrBusy)
			}
			return s.stop(nil)
		}
		return s.frame()
	case c == NAK:
		if s.tries == MostTries {
			return s.stop(ErrGivenUp)
		}
		return s.frame()
	}
	return nil, false // anything else is noise; the clock goes on
}

func (s *Sender) opened(c byte) ([]byte, bool) {
	switch c {
	case ACK:
		s.at = 0
		if len(s.Frames) == 0 {
			return s.stop(nil)
		}
		return s.frame()
	case NAK:
		s.stopped, s.err, s.wait = true, ErrBusy, BusyWait
		return nil, true
	case ENQ:
		s.stopped, s.err, s.wait = true, ErrContention, HostWait
		if s.Instrument {
			s.wait = InstrumentWait
		}
		return nil, true
	}
	return nil, false
}

func (s *Sender) frame() ([]byte, bool) {
	s.tries++
	return AppendFrame(nil, s.Frames[s.at]), false
}

func (s *Sender) stop(err error) ([]byte, bool) {
	s.stopped, s.err = true, err
	return []byte{EOT}, true
}

// Timeout says that AnswerWait has passed: the sender ends with EOT.
func (s *Sender) Timeout() (send []byte, done bool) {
	if s.stopped {
		return nil, true
	}
	return s.stop(ErrSilence)
}

// Err returns why the transmission failed, or nil.
func (s *Sender) Err() error { return s.err }

// RetryAfter returns how long to wait before Start is called again.
func (s *Sender) RetryAfter() time.Duration { return s.wait }

// IsFramed reports whether b looks like the bytes of a link: it holds a frame.
func IsFramed(b []byte) bool { return bytes.IndexByte(b, STX) >= 0 }
