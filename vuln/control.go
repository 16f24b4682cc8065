package vuln

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
)

// A ControlState is what recorded conversations say of a control.
type ControlState string

// The states of a control. Only a Verified one counts.
const (
	Pending      ControlState = "pending"      // nothing against it yet, and too short a time
	Verified     ControlState = "verified"     // nothing against it for the days asked
	Unobserved   ControlState = "unobserved"   // some device was not seen at all: nothing is proven
	Contradicted ControlState = "contradicted" // a conversation got through
	Expired      ControlState = "expired"
	Retired      ControlState = "retired"
)

// A Control is something that keeps a weakness from being reached: a rule of a
// firewall, a closed port. It is bound to a weakness of a model and believed
// only as far as recorded conversations prove it.
type Control struct {
	ID            string         `json:"id"`
	Vulnerability string         `json:"vulnerability"`
	Model         asset.ModelKey `json:"model"`
	Services      []Service      `json:"services"` // that are closed; none is every one
	Allow         []string       `json:"allow"`    // networks and addresses that may still reach them
	Days          int            `json:"days"`     // how long nothing must have got through
	Since         time.Time      `json:"since"`    // in force from
	Expires       time.Time      `json:"expires"`
	Owner         string         `json:"owner"`
	Note          string         `json:"note"`
	By            string         `json:"by"`
	RetiredAt     time.Time      `json:"retiredAt,omitzero"`
}

// A ControlStatus is a control with what the record says of it now.
type ControlStatus struct {
	Control
	State   ControlState `json:"state"`
	Reason  string       `json:"reason"`
	Devices int          `json:"devices"`
	Against []Inbound    `json:"against"` // what got through
}

// controlState is a control as the board holds it.
type controlState struct {
	Control
	allow   []netip.Prefix
	state   ControlState
	reason  string
	against []Inbound
	devices int
	told    ControlState // for which state an alarm was given
}

// speaksOf reports whether c is about a finding.
func (c *controlState) speaksOf(f *Finding) bool {
	d := Decision{Model: c.Model}
	return (c.Vulnerability == f.Vulnerability || slices.Contains(f.Aliases, c.Vulnerability)) && d.speaksOf(f)
}

// maxAgainst bounds how many conversations against a control are told.
const maxAgainst = 50

// judge says what the record says of a control now.
func (b *Board) judge(c *controlState, now time.Time) {
	c.against, c.devices = nil, 0
	switch {
	case !c.RetiredAt.IsZero():
		c.state, c.reason = Retired, "it was taken back on "+c.RetiredAt.Format(time.DateOnly)
		return
	case !now.Before(c.Expires):
		c.state, c.reason = Expired, "it held until "+c.Expires.Format(time.DateOnly)+"; what it held is open again"
		return
	}
	from := now.AddDate(0, 0, -c.Days)
	if c.Since.After(from) {
		from = c.Since
	}
	unseen := 0
	for _, n := range b.controlled(c) {
		for _, d := range b.models[n].devices {
			c.devices++
			if b.watched(d).Before(from) {
				unseen++
			}
			for _, t := range b.talksTo(d) {
				if !t.Last.Before(from) && through(c.Services, t) && !admits(c.allow, t.Client) && len(c.against) < maxAgainst {
					c.against = append(c.against, b.inboundOf(d, t, bedrail.Scope{}))
				}
			}
		}
	}
	slices.SortFunc(c.against, func(p, q Inbound) int { return cmp.Or(q.Last.Compare(p.Last), cmp.Compare(p.Peer, q.Peer)) })
	days := int(now.Sub(c.Since) / (24 * time.Hour))
	switch {
	case len(c.against) > 0:
		c.state, c.reason = Contradicted, fmt.Sprintf("%s reached %s of %s on %s", c.against[0].Peer, Service{c.against[0].Transport, c.against[0].Port}, c.against[0].DeviceName,
			c.against[0].Last.UTC().Format("2006-01-02 15:04"))
	case c.devices == 0:
		c.state, c.reason = Unobserved, "no device of the model is known"
	case unseen > 0:
		c.state, c.reason = Unobserved, fmt.Sprintf("of %d of %d devices no conversation was recorded since %s: silence proves nothing", unseen, c.devices, from.Format(time.DateOnly))
	case days < c.Days:
		c.state, c.reason = Pending, fmt.Sprintf("nothing got through for %d of %d days", max(days, 0), c.Days)
	default:
		c.state, c.reason = Verified, fmt.Sprintf("nothing got through for %d days, on %d devices that were seen", c.Days, c.devices)
	}
}

func admits(allow []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(allow, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// controlled returns the models that a control is about.
func (b *Board) controlled(c *controlState) []int32 {
	var out []int32
	for n, m := range b.models {
		f := Finding{Vulnerability: c.Vulnerability, Model: m.key}
		if len(m.devices) > 0 && c.speaksOf(&f) {
			out = append(out, int32(n))
		}
	}
	return out
}

// judgeControls judges every control anew; the caller holds the lock. What
// turned against a control, or ran out, is told once.
func (b *Board) judgeControls(now time.Time) {
	for _, c := range b.controls {
		was := c.state
		b.judge(c, now)
		if was != c.state {
			b.reach.turn++
			for id, s := range b.findings {
				if c.speaksOf(&s.finding) {
					b.pending[id] = true
				}
			}
		}
		if (c.state == Contradicted || c.state == Expired) && c.told != c.state {
			b.alarms = append(b.alarms, c.status())
		}
		c.told = c.state
	}
}

func (c *controlState) status() ControlStatus {
	against := slices.Clone(c.against)
	if against == nil {
		against = []Inbound{}
	}
	return ControlStatus{Control: c.Control, State: c.state, Reason: c.reason, Devices: c.devices, Against: against}
}

// holding returns a control that is proven to hold a finding at a device.
func (b *Board) holding(s *findingState, d *deviceState) *controlState {
	for _, c := range b.controls {
		if c.state == Verified && c.speaksOf(&s.finding) {
			return c
		}
	}
	return nil
}

// Bind puts a control in force for a weakness of a model.
func (b *Board) Bind(ctx context.Context, by bedrail.Actor, c Control) (ControlStatus, error) {
	if err := b.Auth.Authorize(ctx, by, Triage, bedrail.Resource{Type: "finding"}); err != nil {
		return ControlStatus{}, err
	}
	now := b.Clock.Now()
	if c.Since.IsZero() {
		c.Since = now
	}
	state, err := newControl(c, now)
	if err != nil {
		return ControlStatus{}, err
	}
	if err := b.ensure(ctx); err != nil {
		return ControlStatus{}, err
	}
	state.By = by.ID
	state.ID = bedrail.NewID("ctl", now)
	entry := audit.Entry{By: by, Did: Triage, To: state.ID, Note: fmt.Sprintf("control for %s of %s, until %s", c.Vulnerability, c.Model.Model, c.Expires.Format(time.DateOnly))}
	return b.keepControl(ctx, by, state, entry)
}

func newControl(c Control, now time.Time) (*controlState, error) {
	switch {
	case c.Vulnerability == "" || c.Model.Model == "":
		return nil, bedrail.Errorf(bedrail.Invalid, "a control holds a weakness of a model; name both")
	case c.Days < 1 || c.Days > int(Window/(24*time.Hour)):
		return nil, bedrail.Errorf(bedrail.Invalid, "a control is proven by 1 to %d days of recorded conversations", int(Window/(24*time.Hour)))
	case !c.Expires.After(now):
		return nil, bedrail.Errorf(bedrail.Invalid, "a control holds until a day to come; say when it is to be looked at again")
	case c.Owner == "":
		return nil, bedrail.Errorf(bedrail.Invalid, "name who looks after the control")
	}
	state := &controlState{Control: c}
	for i, text := range c.Allow {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, bedrail.Errorf(bedrail.Invalid, "%q is neither an address nor a network such as 10.1.2.0/24", text).At(fmt.Sprintf("body.allow[%d]", i))
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		state.allow = append(state.allow, p.Masked())
	}
	return state, nil
}

func (b *Board) keepControl(ctx context.Context, by bedrail.Actor, c *controlState, entry audit.Entry) (ControlStatus, error) {
	if err := b.Store.SaveControl(ctx, by.Scope, c.Control, entry); err != nil {
		return ControlStatus{}, fmt.Errorf("keeping the control: %w", err)
	}
	b.mu.Lock()
	b.controls = slices.DeleteFunc(b.controls, func(o *controlState) bool { return o.ID == c.ID })
	b.controls = append(b.controls, c)
	b.judgeControls(b.Clock.Now())
	out := c.status()
	b.mu.Unlock()
	b.tell(ctx)
	return out, nil
}

// Unbind takes a control back.
func (b *Board) Unbind(ctx context.Context, by bedrail.Actor, id string) error {
	if err := b.Auth.Authorize(ctx, by, Triage, bedrail.Resource{Type: "finding"}); err != nil {
		return err
	}
	if err := b.ensure(ctx); err != nil {
		return err
	}
	b.mu.RLock()
	at := slices.IndexFunc(b.controls, func(c *controlState) bool { return c.ID == id })
	var c controlState
	if at >= 0 {
		c = *b.controls[at]
	}
	b.mu.RUnlock()
	if at < 0 || !c.RetiredAt.IsZero() {
		return bedrail.Errorf(bedrail.NotFound, "there is no control %s in force", id)
	}
	c.RetiredAt = b.Clock.Now()
	_, err := b.keepControl(ctx, by, &c, audit.Entry{By: by, Did: Triage, To: id, Note: "control taken back"})
	return err
}

// Controls returns every control with what the record says of it, those that
// need a person first. Of devices outside of by's scope nothing is told.
func (b *Board) Controls(ctx context.Context, by bedrail.Actor) ([]ControlStatus, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]ControlStatus, 0, len(b.controls))
	for _, c := range b.controls {
		out = append(out, b.scoped(c.status(), by.Scope))
	}
	order := []ControlState{Contradicted, Expired, Unobserved, Pending, Verified, Retired}
	slices.SortFunc(out, func(p, q ControlStatus) int {
		return cmp.Or(cmp.Compare(slices.Index(order, p.State), slices.Index(order, q.State)), p.Expires.Compare(q.Expires), cmp.Compare(p.ID, q.ID))
	})
	return out, nil
}

// scoped leaves out what in does not admit.
func (b *Board) scoped(c ControlStatus, in bedrail.Scope) ControlStatus {
	all := len(c.Against)
	c.Against = slices.DeleteFunc(c.Against, func(i Inbound) bool {
		d := b.devices[i.Device]
		return d == nil || !in.Admits(d.device.Location.Site, d.device.Location.Unit)
	})
	if len(c.Against) < all {
		c.Reason = "a conversation got through, some of it where you may not look"
	}
	return c
}
