// Package astm reads and writes what laboratory and bedside analysers say:
// the frames of ASTM E1381 (CLSI LIS1) with their checksums, the records of
// E1394 (LIS2) inside them, and the XML messages of POCT1-A. A value in a
// frame that does not check is never a value.
package astm

import (
	"bytes"
	"errors"
	"fmt"
)

// Control characters of the link.
const (
	STX = 0x02
	ETX = 0x03
	EOT = 0x04
	ENQ = 0x05
	ACK = 0x06
	LF  = 0x0A
	CR  = 0x0D
	NAK = 0x15
	ETB = 0x17
)

// MaxText is how much text a frame may carry. LIS1 says 240 characters; modern
// instruments send up to 64,000.
const MaxText = 64_000

// A Frame is one numbered piece of a message on the link.
type Frame struct {
	Number byte // 0 to 7
	Text   []byte
	Last   bool // ETX: the record ends here; otherwise (ETB) it goes on
}

// Errors of a frame. Each is answered with NAK.
var (
	ErrShort    = errors.New("the frame is not complete")
	ErrChecksum = errors.New("the checksum is wrong: the frame was damaged on the line, or the instrument counts it otherwise")
	ErrNumber   = errors.New("the frame number is not the one that follows")
	ErrForm     = errors.New("the frame is not STX, number, text, ETX or ETB, two checksum digits, CR, LF")
	ErrLong     = errors.New("the frame is longer than the limit")
)

// Checksum returns the two digits for the bytes from the frame number through
// ETX or ETB: their sum modulo 256.
func Checksum(b []byte) [2]byte {
	sum := byte(0)
	for _, c := range b {
		sum += c
	}
	const digits = "0123456789ABCDEF"
	return [2]byte{digits[sum>>4], digits[sum&15]}
}

// ParseFrame reads the frame that begins b with STX and returns how many bytes
// it takes. CR and LF at its end may be missing when b ends. On ErrChecksum the
// frame and its length are returned all the same, so that a reader can go on
// behind it.
func ParseFrame(b []byte) (f Frame, n int, err error) {
	if len(b) == 0 || b[0] != STX {
		return Frame{}, 0, ErrForm
	}
	end := bytes.IndexAny(b[1:], "\x03\x17\x02\x04")
	switch {
	case end < 0 && len(b) > MaxText+8:
		return Frame{}, len(b), ErrLong
	case end < 0:
		return Frame{}, 0, ErrShort
	case b[1+end] == STX || b[1+end] == EOT || end < 1 || b[1] < '0' || b[1] > '7':
		return Frame{}, 1 + end, ErrForm
	case end > MaxText:
		return Frame{}, 1 + end, ErrLong
	}
	stop := 1 + end // of ETX or ETB
	if len(b) < stop+3 {
		return Frame{}, 0, ErrShort
	}
	f = Frame{Number: b[1] - '0', Text: b[2:stop], Last: b[stop] == ETX}
	n = stop + 3
	for n < len(b) && n < stop+5 && (b[n] == CR || b[n] == LF) {
		n++
	}
	want := Checksum(b[1 : stop+1])
	if !bytes.EqualFold(want[:], b[stop+1:stop+3]) {
		return f, n, ErrChecksum
	}
	return f, n, nil
}

// AppendFrame writes a frame behind b.
func AppendFrame(b []byte, f Frame) []byte {
	b = append(b, STX)
	from := len(b)
	b = append(b, '0'+f.Number&7)
	b = append(b, f.Text...)
	if f.Last {
		b = append(b, ETX)
	} else {
		b = append(b, ETB)
	}
	sum := Checksum(b[from:])
	return append(b, sum[0], sum[1], CR, LF)
}

// Frames cuts records into frames of at most size bytes of text, numbered from
// 1 and around. Each record ends with CR and its last frame with ETX.
func Frames(records [][]byte, size int) ([]Frame, error) {
	if size < 1 || size > MaxText {
		return nil, fmt.Errorf("a frame carries 1 to %d bytes of text, not %d", MaxText, size)
	}
	var out []Frame
	number := byte(1)
	for _, r := range records {
		if bytes.ContainsAny(r, "\x02\x03\x04\x05\x06\x0a\x15\x17") {
			return nil, fmt.Errorf("record %d holds a control character of the link", len(out)+1)
		}
		text := append(append(make([]byte, 0, len(r)+1), bytes.TrimRight(r, "\r")...), CR)
		for len(text) > 0 {
			n := min(size, len(text))
			out = append(out, Frame{Number: number, Text: text[:n], Last: n == len(text)})
			number = (number + 1) & 7
			text = text[n:]
		}
	}
	return out, nil
}
