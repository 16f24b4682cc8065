package dimse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"bedrail/exchange"
	"bedrail/format/dicom"
	"bedrail/lobby"
)

// A Source is an application entity that peers call.
type Source struct {
	settings Settings
	config   exchange.SourceConfig
	limits   Limits
	policy   Policy
	find     *Client
	lobby    lobby.Lobby
	reports  sync.WaitGroup // of storage commitment, on their way
}

func openSource(c exchange.SourceConfig) (*Source, error) {
	s, err := settingsOf(c.Settings)
	if err != nil {
		return nil, err
	}
	src := &Source{settings: s, config: c, limits: s.limits(), lobby: lobby.Lobby{Clock: c.Env.Clock, Most: s.Associations}}
	src.policy = Policy{AETitle: s.AETitle, Callers: s.Callers, Classes: s.Classes, MaxLength: src.limits.MaxLength,
		Find: s.Find != nil, Commit: s.Commit || len(s.Commitment) > 0}
	if s.AnyAE {
		src.policy.AETitle = ""
	}
	if s.Find != nil {
		if src.find, err = s.Find.client(c.Env); err != nil {
			return nil, err
		}
	}
	return src, nil
}

// Run implements exchange.Source.
func (s *Source) Run(ctx context.Context) error {
	config, err := s.config.Env.TLS.Listener(s.settings.TLS, s.settings.Listen, s.settings.Plain, s.config.Env.Folder)
	if err != nil {
		return err
	}
	l, err := s.config.Env.Listen(ctx, s.settings.Listen)
	if err != nil {
		return err
	}
	defer s.reports.Wait()
	return s.lobby.Serve(ctx, l, plainALPN(config), s.serve)
}

// plainALPN drops the protocols of the web from a configuration: DICOM names
// none.
func plainALPN(c *tls.Config) *tls.Config {
	if c == nil {
		return nil
	}
	c = c.Clone()
	c.NextProtos = nil
	return c
}

// Status implements exchange.Source.
func (s *Source) Status() exchange.SourceStatus { return s.lobby.Status() }

// A call is one association with a peer that called us.
type call struct {
	*association
	source  *Source
	guest   *lobby.Guest
	calling string
	called  string
	ahead   chan arrival // a message that is read while a query is answered
	slow    int          // data sets that came with the pause of a delayed acknowledgment
	stores  int
}

type arrival struct {
	message
	err error
}

func (s *Source) serve(ctx context.Context, conn net.Conn, g *lobby.Guest) {
	c := &call{association: newAssociation(conn, s.limits), source: s, guest: g}
	if !c.greet() {
		return
	}
	defer context.AfterFunc(ctx, c.quit)()
	err := c.converse(context.WithoutCancel(ctx))
	c.end(err)
}

// greet negotiates the association, and is false when there is none.
func (c *call) greet() bool {
	c.guest.State("negotiating")
	rq, err := c.request()
	if err != nil {
		c.source.lobby.Refuse(c.guest.Peer(), "no association was asked for: "+words(err), "the peer must speak DICOM, and TLS only where this door does")
		return false
	}
	c.calling, c.called = rq.CallingAE, rq.CalledAE
	peer := c.guest.Known(func(p *exchange.Peer) {
		p.AETitle = printable(rq.CallingAE)
		if id := rq.User.Identity; id != nil && (id.Type == dicom.Username || id.Type == dicom.UsernamePassword) {
			p.User = printable(string(id.Primary))
		}
	})
	out := c.source.policy.Negotiate(rq)
	if out.Reject != nil {
		c.source.lobby.Refuse(peer, fmt.Sprintf("%v: %s", *out.Reject, printable(out.Why)), mend(*out.Reject))
		c.write(out.Reject.Encode())
		c.lastWords()
		return false
	}
	unit, err := out.Accept.Encode(dicom.AssociateAC)
	if err != nil {
		c.abort(dicom.Abortion{Provider: true, Reason: 6})
		return false
	}
	c.sendMax = rq.User.MaxLength
	c.agree(rq, out.Accept)
	if out.Why != "" {
		c.source.lobby.Refuse(peer, printable(out.Why), "propose SOP classes and transfer syntaxes that this door takes, or list them in classes")
	}
	return c.write(unit) == nil
}

func (c *call) agree(rq, ac dicom.Associate) {
	c.contexts = map[byte]presentation{}
	for i, a := range ac.Contexts {
		if a.Result == dicom.Accepted {
			c.contexts[a.ID] = presentation{rq.Contexts[i].Abstract, a.Transfer[0]}
		}
	}
}

// request waits for the A-ASSOCIATE-RQ (PS3.8 9.2.3, Sta2).
func (c *call) request() (dicom.Associate, error) {
	e, err := c.nextOf(time.Now().Add(c.limits.Negotiate), true)
	if err != nil {
		return dicom.Associate{}, err
	}
	if e.unit != dicom.AssociateRQ {
		c.abort(dicom.Abortion{Provider: true, Reason: 2})
		return dicom.Associate{}, fmt.Errorf("a %v came first", e.unit)
	}
	rq, err := dicom.ParseAssociate(e.bytes)
	if err != nil {
		c.abort(dicom.Abortion{Provider: true, Reason: 6})
	}
	return rq, err
}

// lastWords gives a peer that was turned away a moment to read why before the
// connection goes (ARTIM, PS3.8 Sta13).
func (c *call) lastWords() {
	deadline := time.Now().Add(2 * time.Second)
	for {
		if _, err := c.next(deadline); err != nil {
			return
		}
	}
}

// mend says whose setting it is.
func mend(r dicom.Rejection) string {
	switch r {
	case dicom.CalledAEUnknown:
		return "set the peer's called AE title to this door's aeTitle, or set anyCalledAE"
	case dicom.CallingAEUnknown:
		return "add the peer's AE title to callers, if it is to be trusted"
	}
	return ""
}

// converse answers the peer until one of both ends it.
func (c *call) converse(ctx context.Context) error {
	for {
		c.guest.State("idle")
		m, err := c.following()
		if err != nil {
			return err
		}
		if err := c.handle(ctx, m); err != nil {
			return err
		}
	}
}

// following returns the next message, which may have been read ahead.
func (c *call) following() (message, error) {
	if c.ahead != nil {
		got := <-c.ahead
		c.ahead = nil
		return got.message, got.err
	}
	return c.receive(c.limits.Idle)
}

func (c *call) handle(ctx context.Context, m message) error {
	if m.Field.Response() || m.Field == dicom.CCancelRQ {
		return nil // answers to our reports; a cancel of what is already done
	}
	if m.SOPClass != m.abstract {
		return c.answer(m, dicom.ClassNotSupported, "not the class of its presentation context")
	}
	switch {
	case m.Field == dicom.CEchoRQ && m.abstract == Verification:
		return c.answer(m, dicom.Success, "")
	case m.Field == dicom.CStoreRQ && m.data != nil:
		return c.store(ctx, m)
	case m.Field == dicom.CFindRQ && m.data != nil && Query(m.abstract):
		return c.query(ctx, m)
	case m.Field == dicom.NActionRQ && m.data != nil && m.abstract == StorageCommitment:
		return c.commit(ctx, m)
	case m.Field == dicom.NEventRQ && m.abstract == StorageCommitment:
		return c.answer(m, dicom.Success, "") // a late report of an archive; the sender waited for it elsewhere
	}
	return c.answer(m, dicom.UnrecognizedAction, "")
}

// end closes the conversation as its error asks.
func (c *call) end(err error) {
	var broken *protocolError
	var aborted *AbortError
	switch {
	case errors.Is(err, errReleased):
		c.write(dicom.EncodeRelease(dicom.ReleaseRP))
		c.lastWords() // the requestor closes (PS3.8 Sta13)
	case errors.Is(err, errQuitting):
		c.abort(dicom.Abortion{})
	case errors.Is(err, errClosed) && c.stores == 0:
		// some probes do no better
	case errors.As(err, &broken):
		c.abort(dicom.Abortion{Provider: true, Reason: broken.reason})
		c.fail(err)
	case errors.As(err, &aborted):
		c.fail(err)
	default:
		c.abort(dicom.Abortion{Provider: true})
		c.fail(err)
	}
}

func (c *call) fail(err error) {
	c.source.lobby.Failed(printable(c.calling) + " at " + c.guest.Peer().Address.Addr().String() + ": " + words(err))
}

// printable makes foreign text fit for a line.
func printable(s string) string { return ascii(s, 400) }
