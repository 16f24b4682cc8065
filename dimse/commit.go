package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"bedrail/format/dicom"
)

// Tags of storage commitment (PS3.4 J.3).
const (
	transactionUID   dicom.Tag = 0x00081195
	failedSequence   dicom.Tag = 0x00081198
	referenced       dicom.Tag = 0x00081199
	refClass         dicom.Tag = 0x00081150
	refInstance      dicom.Tag = 0x00081155
	failureReason    dicom.Tag = 0x00081197
	allCommitted               = 1 // event types
	someFailed                 = 2
	mostReferences             = 100_000
	mostCommitment             = 32 << 20
	reportTries                = 5
	reportWait                 = 2 * time.Second
	noSuchObject               = 0x0112 // failure reasons
	requestCommitted           = 1      // the action type
)

// A reference names an instance whose safety is asked for.
type reference struct{ class, instance string }

// A commitment is one transaction of storage commitment.
type commitment struct {
	transaction string
	references  []reference
}

// commit promises that instances are safe, or says which are not. The promise
// goes out as a report of its own after the request was answered.
func (c *call) commit(ctx context.Context, m message) error {
	raw, err := readLimited(m.data, mostCommitment)
	if err != nil && !errors.Is(err, ErrTooLong) {
		return err
	}
	var asked commitment
	if err == nil {
		asked, err = parseCommitment(raw, m.transfer)
	}
	switch {
	case err != nil:
		return c.answer(m, dicom.ProcessingFailure, err.Error())
	case m.Type != requestCommitted:
		return c.answer(m, 0x0123, "no such action") // PS3.7 C.5.9
	}
	held, err := c.held(ctx, asked)
	if err != nil {
		return c.answer(m, dicom.ProcessingFailure, "what is kept cannot be looked up now")
	}
	if err := c.answer(m, dicom.Success, ""); err != nil {
		return err
	}
	return c.report(ctx, m, asked, held)
}

func (c *call) held(ctx context.Context, asked commitment) (map[string]bool, error) {
	shelf := c.source.config.Env.Shelf
	if shelf == nil {
		return nil, errors.New("nothing can be asked")
	}
	names := make([]string, len(asked.references))
	for i, r := range asked.references {
		names[i] = r.instance
	}
	return shelf.Holds(ctx, c.source.config.Channel, names)
}

// report sends the outcome: to the address that the settings name for the
// caller, or else on the association that asked.
func (c *call) report(ctx context.Context, m message, asked commitment, held map[string]bool) error {
	address, elsewhere := c.source.settings.Commitment[c.calling]
	if !elsewhere {
		cmd, data, err := asked.outcome(held, m.transfer)
		if err != nil {
			return err
		}
		cmd.MessageID = c.messageID()
		return c.send(m.id, cmd, bytes.NewReader(data))
	}
	peer := PeerSettings{Address: address, CalledAE: c.calling, CallingAE: c.called, TLS: c.source.settings.TLS}
	c.source.reports.Go(func() { c.source.reportTo(ctx, peer, asked, held) })
	return nil
}

// reportTo calls the peer back, a few times when it does not answer. It asks
// again if it never hears; the standard gives it no other way either.
func (s *Source) reportTo(ctx context.Context, p PeerSettings, asked commitment, held map[string]bool) {
	for try := range reportTries {
		err := s.reportOnce(ctx, p, asked, held)
		if err == nil {
			return
		}
		s.lobby.Failed(fmt.Sprintf("the report of storage commitment to %s at %s: %s", printable(p.CalledAE), p.Address, words(err)))
		select {
		case <-time.After(reportWait << try):
		case <-ctx.Done():
			return
		}
	}
}

func (s *Source) reportOnce(ctx context.Context, p PeerSettings, asked commitment, held map[string]bool) error {
	client, err := p.client(s.config.Env)
	if err != nil {
		return err
	}
	as, err := client.Associate(ctx, Proposal{Class: StorageCommitment, Syntaxes: []string{dicom.ImplicitLittle, dicom.ExplicitLittle}, Provide: true})
	if err != nil {
		return err
	}
	defer as.Release()
	return as.reportCommitment(ctx, asked, held)
}

func (s *Association) reportCommitment(ctx context.Context, asked commitment, held map[string]bool) error {
	id, ok := s.agreed(StorageCommitment, "")
	if !ok {
		return &AgreedError{"the peer did not agree to hear reports of storage commitment"}
	}
	cmd, data, err := asked.outcome(held, s.a.contexts[id].transfer)
	if err != nil {
		return err
	}
	defer s.during(ctx)()
	m, err := s.ask(id, cmd, bytes.NewReader(data))
	if err != nil {
		return err
	}
	if m.Status.Failed() {
		return fmt.Errorf("the peer answered the report with %v", m.Status)
	}
	return nil
}

// RequestCommitment asks the peer to promise that instances are safe, and
// waits for its report on the same association. It returns the instances that
// are not.
func (s *Association) RequestCommitment(ctx context.Context, transaction string, class, instance string) error {
	id, ok := s.agreed(StorageCommitment, "")
	if !ok {
		return &AgreedError{"the peer did not agree to storage commitment"}
	}
	asked := commitment{transaction, []reference{{class, instance}}}
	data, err := asked.encode(s.a.contexts[id].transfer)
	if err != nil {
		return err
	}
	defer s.during(ctx)()
	m, err := s.ask(id, dicom.Command{Field: dicom.NActionRQ, SOPClass: StorageCommitment, SOPInstance: commitmentInstance, Type: requestCommitted}, bytes.NewReader(data))
	if err != nil {
		return err
	}
	if m.Status.Failed() {
		return fmt.Errorf("the peer refused storage commitment: %v", m.Status)
	}
	return s.awaitReport(asked)
}

func (s *Association) awaitReport(asked commitment) error {
	for {
		m, err := s.a.receive(s.a.limits.Stall)
		if err != nil {
			return s.why(err)
		}
		if m.Field != dicom.NEventRQ || m.data == nil {
			continue
		}
		raw, err := readLimited(m.data, mostCommitment)
		if err != nil {
			return err
		}
		told, err := parseCommitment(raw, m.transfer)
		if err != nil {
			return err
		}
		if err := s.a.answer(m, dicom.Success, ""); err != nil {
			return err
		}
		if told.transaction != asked.transaction {
			continue
		}
		if m.Type != allCommitted {
			return errors.New("the peer does not promise that the image is safe")
		}
		return nil
	}
}

func parseCommitment(raw []byte, transfer string) (commitment, error) {
	var c commitment
	set, err := dataSet(raw, transfer)
	if err != nil {
		return c, err
	}
	c.transaction = set.Text(transactionUID)
	items, err := set.Items(referenced)
	if err != nil {
		return c, fmt.Errorf("the referenced instances cannot be read: %w", err)
	}
	if c.transaction == "" || len(items) > mostReferences {
		return c, errors.New("it names no transaction, or too many instances")
	}
	for _, it := range items {
		c.references = append(c.references, reference{it.Text(refClass), it.Text(refInstance)})
	}
	return c, nil
}

// dataSet reads a bare data set in the syntax of its presentation context.
func dataSet(raw []byte, transfer string) (*dicom.Dataset, error) {
	head, err := fileHead("1.2", "1.2", transfer, "", "")
	if err != nil {
		return nil, err
	}
	f, err := dicom.Parse(append(head, raw...), dicom.Limits{})
	switch {
	case err != nil:
		return nil, err
	case f.Broken != nil:
		return nil, f.Broken
	}
	return f.Set, nil
}

func (r reference) item() dicom.Set {
	return dicom.Set{dicom.TextAttribute(refClass, r.class), dicom.TextAttribute(refInstance, r.instance)}
}

func (c commitment) encode(transfer string) ([]byte, error) {
	var items []dicom.Set
	for _, r := range c.references {
		items = append(items, r.item())
	}
	return dicom.Set{dicom.TextAttribute(transactionUID, c.transaction), {Tag: referenced, VR: dicom.SQ, Items: items}}.Encode(dicom.SyntaxOf(transfer))
}

// outcome writes the report: what is held, and what is not.
func (c commitment) outcome(held map[string]bool, transfer string) (dicom.Command, []byte, error) {
	var safe, failed []dicom.Set
	for _, r := range c.references {
		if held[r.instance] {
			safe = append(safe, r.item())
			continue
		}
		failed = append(failed, append(r.item(), dicom.Attribute{Tag: failureReason, VR: dicom.US, Value: []byte{noSuchObject & 0xFF, noSuchObject >> 8}}))
	}
	set := dicom.Set{dicom.TextAttribute(transactionUID, c.transaction)}
	event := uint16(allCommitted)
	if len(failed) > 0 {
		event = someFailed
		set = append(set, dicom.Attribute{Tag: failedSequence, VR: dicom.SQ, Items: failed})
	}
	if len(safe) > 0 {
		set = append(set, dicom.Attribute{Tag: referenced, VR: dicom.SQ, Items: safe})
	}
	data, err := set.Encode(dicom.SyntaxOf(transfer))
	return dicom.Command{Field: dicom.NEventRQ, SOPClass: StorageCommitment, SOPInstance: commitmentInstance, Type: event}, data, err
}
