package dicom

import (
	"fmt"
	"slices"
)

// A PDUType is the first byte of a protocol data unit (PS3.8 9.3).
type PDUType byte

// The protocol data units.
const (
	AssociateRQ PDUType = 1
	AssociateAC PDUType = 2
	AssociateRJ PDUType = 3
	DataTF      PDUType = 4
	ReleaseRQ   PDUType = 5
	ReleaseRP   PDUType = 6
	Abort       PDUType = 7
)

// String is the unit's name in the standard.
func (t PDUType) String() string {
	names := [...]string{"", "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP", "A-ABORT"}
	if t == 0 || int(t) >= len(names) {
		return fmt.Sprintf("PDU type %d", byte(t))
	}
	return names[t]
}

// MaxControlPDU bounds the units that are read as a whole: all but P-DATA-TF.
// 128 presentation contexts with many syntaxes and the longest user identity
// stay below it.
const MaxControlPDU = 1 << 18

// firstRoom is how much room a control unit gets for its announcement alone:
// nearly all fit, and one that only claims to be long takes no more.
const firstRoom = 16 << 10

// pduHeader is type, reserved byte and a length of four bytes.
const pduHeader = 6

// pdvHeader is a length of four bytes, context id and control byte.
const pdvHeader = 6

// A Fragment is the envelope of a presentation data value, or of a piece of
// one: which context it belongs to, and what it carries.
type Fragment struct {
	Context byte // presentation context id
	Command bool // a command set, else a data set
	Last    bool // the last fragment of its command or data set
	End     bool // this piece ends the fragment
}

// A Receiver is told what a Deframer finds.
type Receiver interface {
	// Unit receives the body of a unit other than P-DATA-TF. It is valid
	// until the call returns.
	Unit(t PDUType, body []byte)
	// Data receives a piece of a fragment. It is valid until the call
	// returns; a fragment comes in one or more pieces, possibly empty.
	Data(f Fragment, piece []byte)
}

// A Deframer cuts one direction of an association into its units as its bytes
// arrive. Data fragments pass through without a copy. The zero Deframer is
// ready for the first byte of a connection.
type Deframer struct {
	pos   int64
	err   error
	held  []byte // an unread header or control unit
	need  int    // how much of it there must be; 0 is "a header"
	inPDU int64  // unread bytes of the open P-DATA-TF
	inPDV int64  // unread bytes of the open fragment
	frag  Fragment
}

// Pos is how many bytes have been taken in.
func (d *Deframer) Pos() int64 { return d.pos }

// Held is how many bytes are kept of a unit that is not whole yet.
func (d *Deframer) Held() int { return cap(d.held) }

// Err is what ended the reading, or nil.
func (d *Deframer) Err() error { return d.err }

// Write takes in the next bytes and tells to what they hold. After an error,
// which is a *SyntaxError, nothing more is read.
func (d *Deframer) Write(p []byte, to Receiver) error {
	for len(p) > 0 && d.err == nil {
		var n int
		switch {
		case d.inPDV > 0:
			n = int(min(d.inPDV, int64(len(p))))
			d.data(p[:n], to)
		case d.inPDU > 0:
			n = d.hold(p, pdvHeader)
			if len(d.held) == pdvHeader {
				d.openPDV(to)
			}
		default:
			n = d.hold(p, max(d.need, pduHeader))
			if len(d.held) == max(d.need, pduHeader) {
				d.openPDU(to)
			}
		}
		d.pos += int64(n)
		p = p[n:]
	}
	return d.err
}

// Pass moves over n bytes that were lost. It is true when all of them lie
// inside the open fragment, so that the reading can go on; the receiver has
// to judge what the loss does to the data set.
func (d *Deframer) Pass(n int64) bool {
	if d.err != nil || n < 0 || n >= d.inPDV {
		return false
	}
	d.pos, d.inPDV, d.inPDU = d.pos+n, d.inPDV-n, d.inPDU-n
	return true
}

// Open is the fragment that is being read, and whether there is one.
func (d *Deframer) Open() (Fragment, bool) { return d.frag, d.inPDV > 0 }

func (d *Deframer) hold(p []byte, whole int) int {
	n := min(whole-len(d.held), len(p))
	d.held = append(d.held, p[:n]...)
	return n
}

func (d *Deframer) data(p []byte, to Receiver) {
	d.inPDV -= int64(len(p))
	d.inPDU -= int64(len(p))
	f := d.frag
	f.End = d.inPDV == 0
	to.Data(f, p)
}

func (d *Deframer) openPDV(to Receiver) {
	length := int64(be32(d.held))
	if length < 2 || length+4 > d.inPDU {
		d.fail("a data value of %d bytes does not fit its unit, which has %d left", length, d.inPDU)
		return
	}
	d.frag = Fragment{Context: d.held[4], Command: d.held[5]&1 != 0, Last: d.held[5]&2 != 0}
	d.inPDU -= pdvHeader
	d.inPDV = length - 2
	d.held = d.held[:0]
	if d.inPDV == 0 {
		d.data(nil, to)
	}
}

func (d *Deframer) openPDU(to Receiver) {
	t, length := PDUType(d.held[0]), int64(be32(d.held[2:]))
	switch {
	case t < AssociateRQ || t > Abort:
		d.fail("no unit of the DICOM upper layer begins with byte %#02x", byte(t))
	case t == DataTF && length != 0 && length < pdvHeader:
		d.fail("a %v of %d bytes holds no data value", t, length)
	case t == DataTF:
		d.inPDU, d.held = length, d.held[:0]
	case length > MaxControlPDU:
		d.fail("a %v of %d bytes is beyond the limit of %d", t, length, MaxControlPDU)
	case d.need == 0 && length > 0:
		d.need = pduHeader + int(length)
		d.held = slices.Grow(d.held, min(int(length), firstRoom))
	default:
		to.Unit(t, d.held[pduHeader:])
		d.held, d.need = nil, 0 // an idle association keeps nothing of its beginning
	}
}

func (d *Deframer) fail(format string, args ...any) {
	d.err = &SyntaxError{Offset: d.pos, Text: fmt.Sprintf(format, args...)}
}

func be16(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }

func be32(b []byte) uint32 {
	return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
}
