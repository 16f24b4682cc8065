package capture

import (
	"errors"
	"io"
	"os"
)

// The largest frame that is believed. Offloading makes frames of 64 KiB;
// nothing real is larger than the 256 KiB that capture tools allow.
const maxFrame = 1 << 20

// window is a sliding view of a stream: it hands out slices of its own buffer,
// so that a frame is never copied.
type window struct {
	in    io.Reader
	buf   []byte
	r, w  int
	taken int64 // bytes consumed before buf[r]
	err   error // why there is no more to read
}

func newWindow(in io.Reader) *window {
	return &window{in: in, buf: make([]byte, 256<<10)}
}

// peek returns the next n bytes without consuming them. With fewer left it
// returns what there is and io.EOF, or ErrIdle when more may come.
func (w *window) peek(n int) ([]byte, error) {
	for w.w-w.r < n {
		if w.err != nil {
			return w.buf[w.r:w.w], w.err
		}
		if err := w.fill(n); err != nil {
			return w.buf[w.r:w.w], err
		}
	}
	return w.buf[w.r : w.r+n], nil
}

func (w *window) fill(n int) error {
	if len(w.buf)-w.r < n {
		if len(w.buf) < n {
			grown := make([]byte, n+len(w.buf))
			w.w = copy(grown, w.buf[w.r:w.w])
			w.buf = grown
		} else {
			w.w = copy(w.buf, w.buf[w.r:w.w])
		}
		w.r = 0
	}
	got, err := w.in.Read(w.buf[w.w:])
	w.w += got
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if got > 0 {
			return nil
		}
		return ErrIdle
	}
	w.err = err
	return nil
}

// skip consumes n bytes that peek returned.
func (w *window) skip(n int) {
	w.r += n
	w.taken += int64(n)
}

// discard consumes n bytes that need not be kept, and reports how many of them
// there were.
func (w *window) discard(n int64) (int64, error) {
	var done int64
	for done < n {
		step := int(min(n-done, 64<<10))
		got, err := w.peek(step)
		w.skip(len(got))
		done += int64(len(got))
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
