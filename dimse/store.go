package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/dicom"
)

// store takes one instance and answers only once it is kept.
func (c *call) store(ctx context.Context, m message) error {
	c.guest.State("receiving")
	in, status, err := c.inbound(m)
	if err != nil {
		return err
	}
	c.guest.State("committing")
	r, err := c.source.config.Intake.Receive(ctx, in)
	if broken := m.data.err; err != nil && broken != nil && !errors.Is(broken, io.EOF) && !errors.Is(broken, ErrTooLong) {
		return broken // the data set never came to its end
	}
	c.advise(m.data)
	c.guest.State("answering")
	if err != nil {
		return c.answer(m, refusal(err), "not kept; try again later")
	}
	c.stores++
	c.guest.Message()
	if kept, err := dicom.ParseCommand(r.Answer); err == nil {
		status = kept.Status
	}
	return c.answer(m, status, comment(r))
}

// refusal is the status for what was not kept (PS3.4 B.2.3).
func refusal(err error) dicom.Status {
	switch {
	case errors.Is(err, ErrTooLong):
		return dicom.OutOfResources
	case bedrail.KindOf(err) == bedrail.Invalid:
		return dicom.CannotUnderstand
	}
	return dicom.OutOfResources
}

func comment(r exchange.Receipt) string {
	if r.Outcome == exchange.Accepted || len(r.Issues) == 0 {
		return ""
	}
	return r.Issues[0].Text
}

// inbound reads the beginning of the data set, or all of a small one, and
// makes a DICOM file of it.
func (c *call) inbound(m message) (exchange.Inbound, dicom.Status, error) {
	head, err := fileHead(m.SOPClass, m.SOPInstance, m.transfer, c.calling, c.called)
	if err != nil {
		return exchange.Inbound{}, 0, err
	}
	buf := bytes.NewBuffer(make([]byte, 0, 64<<10))
	buf.Write(head)
	_, err = io.CopyN(buf, m.data, exchange.InlineBytes-int64(len(head)))
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, ErrTooLong) {
		return exchange.Inbound{}, 0, err
	}
	in := exchange.Inbound{
		Format: exchange.DICOM, ContentType: "application/dicom", Peer: c.guest.Peer(),
		Facts: exchange.Facts{Type: m.SOPClass, Event: "C-STORE", Sender: printable(c.calling), Receiver: printable(c.called), ControlID: m.SOPInstance},
	}
	var status dicom.Status
	if status, in.Unreadable = examine(m, buf.Bytes()[len(head):]); in.Unreadable == "" {
		status = dicom.Success
	}
	in.Lookups = exchange.DICOMLookups(buf.Bytes())
	in.Answer = func(r exchange.Receipt) []byte { return answerOf(r, status).Encode() }
	if err == nil {
		exchange.ReadDICOM(buf.Bytes(), &in.Facts) // nobody else sees the beginning of a stream
		in.Stream = io.MultiReader(buf, m.data)
	} else {
		in.Body, in.At = buf.Bytes(), time.Now()
	}
	return in, status, nil
}

// answerOf is the answer that is kept with a message: its status.
func answerOf(r exchange.Receipt, status dicom.Status) dicom.Command {
	switch {
	case status != dicom.Success:
	case r.Outcome == exchange.Failed:
		status = dicom.DataSetMismatch
	case r.Outcome == exchange.Refused:
		status = dicom.CannotUnderstand
	}
	return dicom.Command{Field: dicom.CStoreRQ | 0x8000, SOPClass: r.Facts.Type, SOPInstance: r.Facts.ControlID, Status: status}
}

// examine looks whether the data set is the instance that the command names
// (PS3.4 B.2.3: A900 when its class is another, Cxxx when it is none).
func examine(m message, head []byte) (dicom.Status, string) {
	syntax := dicom.SyntaxOf(m.transfer)
	if syntax.Deflated {
		return dicom.Success, "" // the reader of the format inflates it
	}
	var class, instance string
	w := dicom.NewWalker(syntax, func(_, t dicom.Tag, depth int) dicom.Wish {
		if depth == 0 && (t == dicom.SOPClassUID || t == dicom.SOPInstanceUID) {
			return dicom.Take
		}
		return dicom.Skip
	}, func(e dicom.Element) {
		text := string(bytes.TrimRight(e.Value, " \x00"))
		if e.Tag == dicom.SOPClassUID {
			class = text
		} else {
			instance = text
		}
	})
	w.Last = dicom.SOPInstanceUID
	if _, err := w.Write(head); err != nil {
		return dicom.CannotUnderstand, "the data set cannot be read: " + err.Error()
	}
	switch {
	case class == "" && instance == "":
		return dicom.CannotUnderstand, "the data set names neither its class nor itself"
	case class != m.SOPClass:
		return dicom.DataSetMismatch, fmt.Sprintf("the data set is of class %s, the command says %s", printable(class), printable(m.SOPClass))
	case instance != m.SOPInstance:
		return dicom.DataSetMismatch, "the data set is another instance than the command says"
	}
	return dicom.Success, ""
}

// Bounds of the pause that a sender makes which waits for the acknowledgment
// of its first small write, while Linux delays that by 40 ms.
const (
	delayLow, delayHigh = 30 * time.Millisecond, 60 * time.Millisecond
	delaysMeanIt        = 5
)

// advise watches for the pause between command and data set.
func (c *call) advise(b *body) {
	if b.gap < delayLow || b.gap > delayHigh {
		return
	}
	if c.slow++; c.slow == delaysMeanIt {
		c.source.lobby.Advise(exchange.Advice{Code: "delayed-ack", Peer: printable(c.calling),
			Text: "every image waits about 40 ms between its command and its data: the sender holds small writes back until they are acknowledged",
			Mend: "switch TCP_NODELAY on at the sender; for DCMTK set the environment variable TCP_NODELAY=1"})
	}
}
