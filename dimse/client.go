package dimse

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"bedrail/format/dicom"
)

// A Client calls one application entity.
type Client struct {
	Address             string
	CalledAE, CallingAE string
	TLS                 *tls.Config // nil is in the clear
	Identity            *dicom.UserIdentity
	Limits              Limits
}

// A Proposal is one SOP class with the transfer syntaxes it is offered in.
type Proposal struct {
	Class    string
	Syntaxes []string
	Provide  bool // we provide the service: only to report storage commitment
}

// An Association is an open conversation that we asked for. It is for one
// goroutine at a time.
type Association struct {
	a        *association
	rejected []string  // what the peer did not agree to, in words
	Used     time.Time // when it last answered
}

// Associate calls the peer and agrees on proposals. A peer that refuses is a
// *RefusedError; one that agrees to some of them is not an error.
func (c *Client) Associate(ctx context.Context, proposals ...Proposal) (*Association, error) {
	l := c.Limits.usual()
	ctx, cancel := context.WithTimeout(ctx, l.Negotiate)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	a := newAssociation(conn, l)
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	as, err := c.agree(a, proposals, time.Now().Add(l.Negotiate))
	if err != nil {
		conn.Close()
		return nil, err
	}
	return as, nil
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	if c.TLS == nil {
		return d.DialContext(ctx, "tcp", c.Address)
	}
	return (&tls.Dialer{NetDialer: &d, Config: c.TLS}).DialContext(ctx, "tcp", c.Address)
}

func (c *Client) agree(a *association, proposals []Proposal, deadline time.Time) (*Association, error) {
	rq := dicom.Associate{Version: 1, CalledAE: c.CalledAE, CallingAE: c.CallingAE,
		User: dicom.User{MaxLength: a.limits.MaxLength, Implementation: Implementation, Version: version, Identity: c.Identity}}
	for i, p := range proposals {
		if i > 127 {
			break // ids are odd and below 256
		}
		rq.Contexts = append(rq.Contexts, dicom.Context{ID: byte(2*i + 1), Abstract: p.Class, Transfer: p.Syntaxes})
		if p.Provide {
			rq.User.Roles = append(rq.User.Roles, dicom.Role{SOPClass: p.Class, SCP: true})
		}
	}
	unit, err := rq.Encode(dicom.AssociateRQ)
	if err != nil {
		return nil, err
	}
	if err := a.write(unit); err != nil {
		return nil, err
	}
	e, err := a.next(deadline)
	if err != nil {
		return nil, fmt.Errorf("waiting for the answer to the association: %w", err)
	}
	switch e.unit {
	case dicom.AssociateAC:
		return accepted(a, rq, e.bytes)
	case dicom.AssociateRJ:
		r, err := dicom.ParseRejection(e.bytes)
		if err != nil {
			return nil, err
		}
		return nil, &RefusedError{Rejection: r, CalledAE: c.CalledAE, CallingAE: c.CallingAE}
	case dicom.Abort:
		ab, err := dicom.ParseAbortion(e.bytes)
		if err != nil {
			return nil, err
		}
		return nil, &AbortError{ab}
	}
	a.abort(dicom.Abortion{Provider: true, Reason: 2})
	return nil, fmt.Errorf("the peer answered the association with %v", e.unit)
}

func accepted(a *association, rq dicom.Associate, body []byte) (*Association, error) {
	ac, err := dicom.ParseAssociate(body)
	if err != nil {
		a.abort(dicom.Abortion{Provider: true, Reason: 6})
		return nil, fmt.Errorf("the peer's answer to the association cannot be read: %w", err)
	}
	as := &Association{a: a, Used: time.Now()}
	a.sendMax = ac.User.MaxLength
	a.contexts = map[byte]presentation{}
	for _, asked := range rq.Contexts {
		result := dicom.ProviderRejected
		for _, got := range ac.Contexts {
			if got.ID != asked.ID {
				continue
			}
			if result = got.Result; result == dicom.Accepted && len(got.Transfer) == 1 {
				a.contexts[got.ID] = presentation{asked.Abstract, got.Transfer[0]}
			}
		}
		if result != dicom.Accepted {
			as.rejected = append(as.rejected, fmt.Sprintf("%s: %v", asked.Abstract, result))
		}
	}
	return as, nil
}

// Rejected says in words which proposals the peer did not agree to.
func (s *Association) Rejected() []string { return s.rejected }

// agreed finds the context for a class and, when given, a transfer syntax.
func (s *Association) agreed(class, transfer string) (byte, bool) {
	for id, c := range s.a.contexts {
		if c.abstract == class && (transfer == "" || c.transfer == transfer) {
			return id, true
		}
	}
	return 0, false
}

// during breaks off reading and writing when ctx ends.
func (s *Association) during(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { s.a.conn.Close() })
}

// An AgreedError is a service or syntax that the peer did not agree to.
type AgreedError struct{ Text string }

func (e *AgreedError) Error() string { return e.Text }

// Echo asks the peer whether it is there.
func (s *Association) Echo(ctx context.Context) error {
	id, ok := s.agreed(Verification, "")
	if !ok {
		return &AgreedError{"the peer did not agree to verification"}
	}
	defer s.during(ctx)()
	m, err := s.ask(id, dicom.Command{Field: dicom.CEchoRQ, SOPClass: Verification}, nil)
	if err != nil {
		return err
	}
	if m.Status != dicom.Success {
		return fmt.Errorf("the peer answered the echo with %v", m.Status)
	}
	return nil
}

// An Instance is what is stored: its names, and its data set in Syntax.
type Instance struct {
	Class, UID, Syntax string
	Data               io.Reader
}

// Store gives an instance to the peer and returns what it answered.
func (s *Association) Store(ctx context.Context, in Instance) (dicom.Command, error) {
	id, ok := s.agreed(in.Class, in.Syntax)
	if !ok {
		return dicom.Command{}, &AgreedError{fmt.Sprintf("the peer did not agree to take %s in transfer syntax %s, and what was received is not converted", in.Class, in.Syntax)}
	}
	defer s.during(ctx)()
	m, err := s.ask(id, dicom.Command{Field: dicom.CStoreRQ, SOPClass: in.Class, SOPInstance: in.UID}, in.Data)
	return m.Command, err
}

// ask sends a request and waits for its answer. Reports that come in between
// are answered.
func (s *Association) ask(id byte, c dicom.Command, data io.Reader) (message, error) {
	c.MessageID = s.a.messageID()
	if err := s.a.send(id, c, data); err != nil {
		return message{}, s.why(err)
	}
	return s.await(c)
}

func (s *Association) await(c dicom.Command) (message, error) {
	for {
		m, err := s.a.receive(s.a.limits.Stall)
		if err != nil {
			return m, s.why(err)
		}
		if m.Field == c.Field|0x8000 && m.RespondedTo == c.MessageID {
			s.Used = time.Now()
			return m, nil
		}
		if !m.Field.Response() {
			if err := s.a.answer(m, dicom.UnrecognizedAction, ""); err != nil {
				return m, err
			}
		}
	}
}

// why prefers what the peer said over the write that failed for it, and ends
// an association whose peer broke the protocol.
func (s *Association) why(err error) error {
	var broken *protocolError
	switch {
	case errors.As(err, &broken):
		s.a.abort(dicom.Abortion{Provider: true, Reason: broken.reason})
	case errors.Is(err, errReleased):
		s.a.write(dicom.EncodeRelease(dicom.ReleaseRP))
	}
	return err
}

// maxIdentifier bounds one answer to a query.
const maxIdentifier = 1 << 20

// Find asks class with an identifier and hands each match over, both encoded
// in the syntax that each is told. It returns the final answer.
func (s *Association) Find(ctx context.Context, class string, query func(syntax string) ([]byte, error),
	each func(st dicom.Status, syntax string, identifier []byte) error) (dicom.Command, error) {
	id, ok := s.agreed(class, "")
	if !ok {
		return dicom.Command{}, &AgreedError{"the peer did not agree to be asked " + class}
	}
	syntax := s.a.contexts[id].transfer
	q, err := query(syntax)
	if err != nil {
		return dicom.Command{}, err
	}
	defer s.during(ctx)()
	c := dicom.Command{Field: dicom.CFindRQ, SOPClass: class}
	m, err := s.ask(id, c, bytes.NewReader(q))
	c.MessageID = m.RespondedTo
	for ; err == nil; m, err = s.await(c) {
		if !m.Status.Pending() {
			return m.Command, nil
		}
		if m.data == nil {
			continue
		}
		found, err := readLimited(m.data, maxIdentifier)
		if err != nil {
			return m.Command, err
		}
		if err := each(m.Status, syntax, found); err != nil {
			return m.Command, err
		}
	}
	return m.Command, err
}

func readLimited(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = ErrTooLong
	}
	return b, err
}

// Release ends the association in good order. It waits a moment for the
// peer's agreement.
func (s *Association) Release() error {
	defer s.a.conn.Close()
	if err := s.a.write(dicom.EncodeRelease(dicom.ReleaseRQ)); err != nil {
		return err
	}
	deadline := time.Now().Add(2 * time.Second)
	for {
		e, err := s.a.next(deadline)
		switch {
		case err != nil:
			return err
		case e.unit == dicom.ReleaseRP:
			return nil
		case e.unit == dicom.ReleaseRQ: // both at once (PS3.8 9.2.3, Sta9)
			if err := s.a.write(dicom.EncodeRelease(dicom.ReleaseRP)); err != nil {
				return err
			}
		case e.unit != dicom.DataTF:
			return fmt.Errorf("the peer answered the release with %v", e.unit)
		}
	}
}

// Close ends the association without a word to wait for.
func (s *Association) Close() error {
	s.a.abort(dicom.Abortion{})
	return s.a.conn.Close()
}
