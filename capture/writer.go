package capture

import (
	"encoding/binary"
	"io"

	"bedrail/traffic"
)

// A Writer writes a pcap with nanosecond times. What is written may lie in
// its buffer until Flush.
type Writer struct {
	out io.Writer
	buf []byte
}

// NewWriter writes the header of a capture of frames of one kind.
func NewWriter(out io.Writer, link traffic.Link) (*Writer, error) {
	w := &Writer{out: out}
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	head = binary.LittleEndian.AppendUint16(head, 2)
	head = binary.LittleEndian.AppendUint16(head, 4)
	head = append(head, 0, 0, 0, 0, 0, 0, 0, 0)
	head = binary.LittleEndian.AppendUint32(head, 256<<10)
	head = binary.LittleEndian.AppendUint32(head, uint32(link))
	w.buf = append(w.buf, head...)
	return w, w.Flush()
}

// Frame writes one frame. Its link must be the one that the capture began
// with.
func (w *Writer) Frame(f *traffic.Frame) error {
	b := binary.LittleEndian.AppendUint32(w.buf, uint32(f.Nanos/1e9))
	b = binary.LittleEndian.AppendUint32(b, uint32(f.Nanos%1e9))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.Data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(max(f.Length, len(f.Data))))
	w.buf = append(b, f.Data...)
	if len(w.buf) < 64<<10 {
		return nil
	}
	return w.Flush()
}

// Flush hands on what was written.
func (w *Writer) Flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}
