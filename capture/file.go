package capture

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"bedrail"
)

// The limits of a compressed capture. Its memory is bounded by the window
// whatever it holds; these bound the time. Real captures compress tenfold.
const (
	maxInflated = 64 << 30
	maxRatio    = 250
	ratioFrom   = 64 << 20 // below this, even a bomb costs nothing
)

// Open opens a capture file. Close closes it.
func Open(path string) (Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.NotFound, "the capture cannot be opened: %w", err)
	}
	src, err := Read(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return closing{src, f}, nil
}

// closing is a source that closes what it was opened from.
type closing struct {
	Source
	under io.Closer
}

func (c closing) Close() error { return c.under.Close() }

// Read reads a capture from a stream: pcap or pcapng, plain or compressed by
// gzip. Nothing is written anywhere, and memory does not grow with the
// stream. The returned Source does not close in.
func Read(in io.Reader) (Source, error) {
	w := newWindow(in)
	head, err := w.peek(4)
	if err != nil {
		return nil, noCapture(len(head), err)
	}
	if head[0] == 0x1f && head[1] == 0x8b {
		inflated, err := newInflater(w)
		if err != nil {
			return nil, &Break{Why: "the gzip header is damaged; compress the capture again"}
		}
		w = newWindow(inflated)
		if head, err = w.peek(4); err != nil {
			return nil, noCapture(len(head), err)
		}
	}
	return open(w, head)
}

func open(w *window, magic []byte) (Source, error) {
	switch {
	case bytes.Equal(magic, []byte{0x0a, 0x0d, 0x0d, 0x0a}):
		return newPcapng(w)
	case isPcap(magic):
		return newPcap(w)
	}
	return nil, &Break{Why: fmt.Sprintf("this is no capture: it begins with % x; give a pcap or pcapng file, plain or gzip", magic)}
}

func isPcap(m []byte) bool {
	le := uint32(m[3])<<24 | uint32(m[2])<<16 | uint32(m[1])<<8 | uint32(m[0])
	be := uint32(m[0])<<24 | uint32(m[1])<<16 | uint32(m[2])<<8 | uint32(m[3])
	for _, magic := range []uint32{0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34} {
		if le == magic || be == magic {
			return true
		}
	}
	return false
}

func noCapture(had int, err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		if b := (*Break)(nil); errors.As(err, &b) {
			return b
		}
		return &Break{Truncated: true, Why: fmt.Sprintf("reading stopped: %v", err)}
	}
	if had == 0 {
		return &Break{Truncated: true, Why: "the file is empty; give a pcap or pcapng file"}
	}
	return &Break{Truncated: true, Why: "the file is too short to be a capture; give a pcap or pcapng file"}
}

// inflater is a gzip reader with an end.
type inflater struct {
	zip      *gzip.Reader
	in       *counting
	out      int64
	maxOut   int64
	maxRatio int64
}

type counting struct {
	w *window
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	if _, err := c.w.peek(1); err != nil {
		return 0, err
	}
	got := c.w.buf[c.w.r:c.w.w]
	n := copy(p, got)
	c.w.skip(n)
	c.n += int64(n)
	return n, nil
}

func newInflater(w *window) (*inflater, error) {
	in := &counting{w: w}
	zip, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return &inflater{zip: zip, in: in, maxOut: maxInflated, maxRatio: maxRatio}, nil
}

func (i *inflater) Read(p []byte) (int, error) {
	n, err := i.zip.Read(p)
	i.out += int64(n)
	switch {
	case i.out > i.maxOut:
		return 0, &Break{Why: fmt.Sprintf("the capture inflates to more than %d bytes; split it", i.maxOut)}
	case i.out > ratioFrom && i.out/max(i.in.n, 1) > i.maxRatio:
		return 0, &Break{Why: fmt.Sprintf("the capture inflates more than %d-fold, which no real one does; it was not read further", i.maxRatio)}
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, &Break{Truncated: true, Why: "the compressed data is damaged; everything before it was used"}
	}
	return n, err
}

var _ Source = (*pcapReader)(nil)
var _ Source = (*ngReader)(nil)
