package dimse

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"bedrail/format/dicom"
)

// Limits bound what a peer can cost. The zero value of each means what is
// said beside it.
type Limits struct {
	Negotiate time.Duration // until the association is agreed (ARTIM, PS3.8 9.1.5); 30 s
	Idle      time.Duration // between two messages; 10 min
	Stall     time.Duration // without a byte inside of a message, or for one write; 30 s
	Message   time.Duration // for one message from its first byte; 15 min
	Body      int64         // bytes of one data set; 4 GiB
	MaxLength uint32        // of the data units that the peer may send; 128 KiB
}

// usual fills in what was left out.
func (l Limits) usual() Limits {
	or := func(d *time.Duration, usual time.Duration) {
		if *d <= 0 {
			*d = usual
		}
	}
	or(&l.Negotiate, 30*time.Second)
	or(&l.Idle, 10*time.Minute)
	or(&l.Stall, 30*time.Second)
	or(&l.Message, 15*time.Minute)
	if l.Body <= 0 {
		l.Body = 4 << 30
	}
	if l.MaxLength == 0 {
		l.MaxLength = readSize
	}
	return l
}

// ErrTooLong is returned by the reader of a data set beyond Limits.Body.
var ErrTooLong = errors.New("the data set is longer than the limit")

// errReleased ends a conversation in good order.
var errReleased = errors.New("the association was released")

// errClosed ends a conversation that the peer left without a word.
var errClosed = errors.New("the peer closed the connection without a release")

// errQuitting ends a conversation because we stop.
var errQuitting = errors.New("the door is closing")

// A presentation is a presentation context that both sides agreed on.
type presentation struct {
	abstract, transfer string
}

// An association is an agreed conversation, as either side holds it.
type association struct {
	*wire
	limits   Limits
	contexts map[byte]presentation
	next16   uint16 // last message id that we used
	body     *body  // of the message that is being read
}

// A message is a command with the data set that follows it, if one does.
type message struct {
	dicom.Command
	id byte // of the presentation context
	presentation
	data *body
}

func newAssociation(conn net.Conn, l Limits) *association {
	return &association{wire: newWire(conn, l.Stall), limits: l}
}

// receive waits for the next command. What is left of the data set before it
// is passed over.
func (a *association) receive(idle time.Duration) (message, error) {
	if a.body != nil {
		if _, err := io.Copy(io.Discard, a.body); err != nil && !errors.Is(err, ErrTooLong) {
			return message{}, err
		}
		a.body = nil
	}
	var raw []byte
	var id byte
	deadline, end := time.Now().Add(idle), time.Time{}
	for {
		e, err := a.event(deadline, len(raw) == 0)
		if err != nil {
			if len(raw) == 0 && errors.Is(err, io.EOF) {
				err = errClosed
			}
			return message{}, err
		}
		if end.IsZero() {
			id, end = e.frag.Context, time.Now().Add(a.limits.Message)
		}
		deadline = a.soon(end)
		if !e.frag.Command || e.frag.Context != id {
			return message{}, &protocolError{2, "a data set came where a command has to stand"}
		}
		if raw = append(raw, e.bytes...); len(raw) > dicom.MaxCommand {
			return message{}, &protocolError{6, fmt.Sprintf("a command set of more than %d bytes", dicom.MaxCommand)}
		}
		if e.frag.Last && e.frag.End {
			return a.open(id, raw, end)
		}
	}
}

// soon is when the next bytes have to be there.
func (a *association) soon(end time.Time) time.Time {
	if stall := time.Now().Add(a.limits.Stall); stall.Before(end) {
		return stall
	}
	return end
}

// event returns the next piece of data, and handles what else may come in the
// state of data transfer (PS3.8 table 9-10).
func (a *association) event(deadline time.Time, idle bool) (event, error) {
	e, err := a.nextOf(deadline, idle)
	if err != nil {
		return e, err
	}
	switch e.unit {
	case dicom.DataTF:
		return e, nil
	case dicom.ReleaseRQ:
		return e, errReleased
	case dicom.Abort:
		ab, err := dicom.ParseAbortion(e.bytes)
		if err != nil {
			return e, err
		}
		return e, &AbortError{ab}
	}
	return e, &protocolError{2, fmt.Sprintf("a %v was not expected here", e.unit)}
}

func (a *association) open(id byte, raw []byte, end time.Time) (message, error) {
	c, ok := a.contexts[id]
	if !ok {
		return message{}, &protocolError{6, fmt.Sprintf("presentation context %d was not accepted", id)}
	}
	cmd, err := dicom.ParseCommand(raw)
	if err != nil {
		return message{}, &protocolError{6, err.Error()}
	}
	m := message{Command: cmd, id: id, presentation: c}
	if cmd.DataSet {
		m.data = &body{a: a, id: id, end: end, left: a.limits.Body, began: time.Now()}
		a.body = m.data
	}
	return m, nil
}

// A body reads one data set from an association as it comes.
type body struct {
	a     *association
	id    byte
	end   time.Time
	piece []byte
	left  int64
	began time.Time     // when the command was whole
	gap   time.Duration // from then to the first bytes of the data set
	last  bool
	over  bool
	err   error
}

// Read implements io.Reader. It returns io.EOF only when the peer has said
// that the data set is complete.
func (b *body) Read(p []byte) (int, error) {
	for len(b.piece) == 0 && b.err == nil {
		if b.last {
			b.err = io.EOF
			if b.over {
				b.err = ErrTooLong
			}
			break
		}
		b.err = b.fill()
	}
	if len(b.piece) == 0 {
		return 0, b.err
	}
	n := copy(p, b.piece)
	b.piece = b.piece[n:]
	return n, nil
}

func (b *body) fill() error {
	e, err := b.a.event(b.a.soon(b.end), false)
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case errors.Is(err, errReleased):
		return &protocolError{2, "the release came before the data set was complete"}
	case err != nil:
		return err
	case e.frag.Command || e.frag.Context != b.id:
		return &protocolError{2, "another command came before the data set was complete"}
	}
	if b.gap == 0 {
		b.gap = max(time.Since(b.began), 1)
	}
	b.last = e.frag.Last && e.frag.End
	if b.left -= int64(len(e.bytes)); b.left < 0 {
		b.over = true // the rest is read and let go, so that it can be answered
		return nil
	}
	b.piece = e.bytes
	return nil
}

// send writes a command and the data set that belongs to it. data may be nil.
func (a *association) send(id byte, c dicom.Command, data io.Reader) error {
	c.DataSet = data != nil
	a.out = dicom.AppendData(a.out[:0], id, true, c.Encode(), a.sendMax)
	if data == nil {
		return a.write(a.out)
	}
	return a.stream(id, data)
}

// dataUnit is how long our data units are where the peer takes any.
const dataUnit = 64 << 10

// stream sends data in units that the peer takes. The command that stands in
// a.out leaves with the first of them.
func (a *association) stream(id byte, data io.Reader) error {
	const head = 12
	room := dataUnit
	if a.sendMax > 6 && a.sendMax < dataUnit {
		room = int(a.sendMax)
	}
	room -= 6
	r, ok := data.(*bufio.Reader)
	if !ok {
		r = bufio.NewReaderSize(data, room+1)
	}
	for last := false; !last; {
		at := len(a.out)
		a.out = append(a.out, make([]byte, head+room)...)
		n, err := io.ReadFull(r, a.out[at+head:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return fmt.Errorf("reading what is to be sent: %w", err)
		}
		if _, err := r.Peek(1); err != nil {
			if err != io.EOF {
				return fmt.Errorf("reading what is to be sent: %w", err)
			}
			last = true
		}
		a.out = a.out[:at+head+n]
		putDataHead(a.out[at:], n, id, last)
		if err := a.write(a.out); err != nil {
			return err
		}
		a.out = a.out[:0]
	}
	return nil
}

// putDataHead writes the heads of a unit with one value of n bytes.
func putDataHead(b []byte, n int, id byte, last bool) {
	b[0], b[1], b[10], b[11] = byte(dicom.DataTF), 0, id, 0
	binary.BigEndian.PutUint32(b[2:], uint32(n+6))
	binary.BigEndian.PutUint32(b[6:], uint32(n+2))
	if last {
		b[11] = 2
	}
}

// answer sends the answer to m with a status.
func (a *association) answer(m message, s dicom.Status, comment string) error {
	return a.send(m.id, dicom.Command{Field: m.Field | 0x8000, RespondedTo: m.MessageID, SOPClass: m.SOPClass,
		SOPInstance: m.SOPInstance, Status: s, Comment: ascii(comment, 64), Type: m.Type}, nil)
}

// ascii cuts a comment to what a command set can carry (PS3.7 C: LO of 64).
func ascii(s string, most int) string {
	b := make([]byte, 0, most)
	for _, r := range s {
		if len(b) == most {
			break
		}
		if r < ' ' || r > '~' || r == '\\' {
			r = '?'
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// id returns a fresh message id.
func (a *association) messageID() uint16 {
	a.next16++
	if a.next16 == 0 {
		a.next16 = 1
	}
	return a.next16
}
