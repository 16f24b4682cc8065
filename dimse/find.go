package dimse

import (
	"bytes"
	"context"
	"errors"

	"bedrail/format/dicom"
)

// query passes a question on to the archive and its answers back, as they
// come. A cancel of the peer ends it.
func (c *call) query(ctx context.Context, m message) error {
	identifier, err := readLimited(m.data, maxIdentifier)
	if errors.Is(err, ErrTooLong) {
		return c.answer(m, dicom.OutOfResources, "the identifier is too long")
	}
	if err != nil {
		return err
	}
	c.guest.State("asking " + c.source.find.CalledAE)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// One message is read ahead, no more: the next read waits until the
	// conversation has taken it.
	c.ahead = make(chan arrival, 1)
	go c.watch(m.MessageID, c.ahead, cancel)
	final, err := c.ask(ctx, m, identifier)
	if ctx.Err() != nil {
		return c.answer(m, dicom.Cancelled, "")
	}
	if err != nil {
		c.fail(err)
		return c.answer(m, dicom.CannotUnderstand, "the archive behind did not answer")
	}
	return c.answer(m, final.Status, final.Comment)
}

// watch reads ahead while a query runs, for a cancel of it. Whatever else
// comes is left to the conversation.
func (c *call) watch(id uint16, got chan<- arrival, cancel func()) {
	m, err := c.receive(c.limits.Idle)
	if err != nil || m.Field == dicom.CCancelRQ && m.RespondedTo == id {
		cancel()
	}
	got <- arrival{m, err}
}

// ask puts the question and relays what is found.
func (c *call) ask(ctx context.Context, m message, identifier []byte) (dicom.Command, error) {
	as, err := c.source.find.Associate(ctx, Proposal{Class: m.abstract, Syntaxes: []string{m.transfer}})
	if err != nil {
		return dicom.Command{}, err
	}
	defer as.Release()
	return as.Find(ctx, m.abstract, func(string) ([]byte, error) { return identifier, nil },
		func(st dicom.Status, _ string, found []byte) error {
			return c.send(m.id, dicom.Command{Field: dicom.CFindRQ | 0x8000, RespondedTo: m.MessageID, SOPClass: m.SOPClass, Status: st}, bytes.NewReader(found))
		})
}
