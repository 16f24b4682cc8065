package exchange

import (
	"context"
	"fmt"
	"slices"

	"bedrail"
	"bedrail/format/hl7"
)

// A Look is what checking makes of a message that is only looked at: nothing
// of it is kept.
type Look struct {
	Facts      Facts
	Issues     []Issue
	HL7        *hl7.Message // where it is of that format
	Unreadable bool
	Refused    bool // not for us: type, version, processing id
}

// Look reads and checks a message as a channel without settings would.
func (c *Checker) Look(in Inbound) Look {
	r := c.read(&in, nil, in.At)
	return Look{Facts: r.facts, Issues: r.issues, HL7: r.hl7, Unreadable: r.unreadable, Refused: r.refusal}
}

// A Glimpse is all of a message that a policy can be asked about when the
// message itself is not there.
type Glimpse struct {
	Format     Format
	Facts      Facts // without content
	Peer       string
	Severity   string // the worst that was found
	Stamp      Stamp
	Unreadable bool
	Refused    bool
	Reused     bool // its control id was used before, for other content
	Duplicate  bool
}

// A Forecast is what a channel would do with a message.
type Forecast struct {
	State   State    `json:"state"` // pending stands for passed on
	Reason  string   `json:"reason,omitempty"`
	Tagged  bool     `json:"tagged"`            // passed on with what was found
	To      []string `json:"to"`                // destinations that would get it
	Perhaps []string `json:"perhaps,omitempty"` // destinations whose condition asks for content, which was not kept
	Mapped  []string `json:"mapped,omitempty"`  // of them, those that it would be mapped for
}

// A Prophet says what a channel would do with messages that it never got.
type Prophet struct{ plan *plan }

// NewProphet makes a definition ready to be asked.
func NewProphet(d Definition, kinds Kinds) (*Prophet, error) {
	p, err := newPlan(Channel{Definition: d, State: Running}, kinds)
	if err != nil {
		return nil, err
	}
	return &Prophet{p}, nil
}

// Foresee applies the channel's own rules to a glimpse. What depends on the
// content of a message, or on whose it is, is not known.
func (o *Prophet) Foresee(g Glimpse) Forecast {
	f := Forecast{To: []string{}}
	if g.Duplicate {
		f.State = Duplicate
		return f
	}
	r := reading{facts: g.Facts, unreadable: g.Unreadable, refusal: g.Refused}
	if g.Severity != "" {
		r.issues = []Issue{{Severity: hl7.Severity(g.Severity)}}
	}
	v := o.plan.decide(r, g.Stamp, nil, g.Reused)
	f.State, f.Reason = v.state, v.reason
	if v.state == Rejected {
		return f
	}
	f.Tagged = v.state == Pending && (len(r.issues) > 0 || g.Stamp.Trust != Trusted)
	s := &subject{format: g.Format, facts: &g.Facts, stamp: g.Stamp, peer: g.Peer, worst: g.Severity, bad: true}
	filter := certainty(o.plan.Definition.Filter, s)
	for _, d := range o.plan.Definition.Destinations {
		if d.Enabled != nil && !*d.Enabled {
			continue
		}
		switch c := min(filter, certainty(d.When, s)); c {
		case 1:
			f.Perhaps = append(f.Perhaps, d.Name)
		case 2:
			f.To = append(f.To, d.Name)
		default:
			continue
		}
		if k := o.plan.kinds[d.Name]; d.Map != "none" && (d.Map != "" || len(k.Accepts) > 0 && !slices.Contains(k.Accepts, g.Format)) {
			f.Mapped = append(f.Mapped, d.Name)
		}
	}
	if v.state == Pending && len(f.To)+len(f.Perhaps) == 0 {
		f.State = Filtered
	}
	return f
}

// certainty says whether a condition holds of what is known beside the
// content: 0 no, 1 it cannot be told, 2 yes.
func certainty(c *Condition, s *subject) int {
	switch {
	case c == nil:
		return 2
	case len(c.All) > 0:
		least := 2
		for i := range c.All {
			least = min(least, certainty(&c.All[i], s))
		}
		return least
	case len(c.Any) > 0:
		most := 0
		for i := range c.Any {
			most = max(most, certainty(&c.Any[i], s))
		}
		return most
	case c.Not != nil && c.Not.asksTrust() && s.facts.Live.Live():
		return 2
	case c.Not != nil:
		return 2 - certainty(c.Not, s)
	case c.At != "" || c.Field == "unit": // a unit is read from the content
		return 1
	case c.holds(s):
		return 2
	}
	return 0
}

// Draft makes a channel that is paused: a person looks at it, and resumes it.
// takesOver is the overheard listener that it is for.
func (x *Exchange) Draft(ctx context.Context, by bedrail.Actor, d Definition, takesOver, did string) (ChannelStatus, error) {
	if err := x.ask(ctx, by, WriteChannels, d); err != nil {
		return ChannelStatus{}, err
	}
	if x.line(d.Name) != nil {
		return ChannelStatus{}, bedrail.Errorf(bedrail.Conflict, "there is a channel %s already; give another name", d.Name)
	}
	s, err := x.put(ctx, by, Channel{Definition: d, State: Paused, Origin: FromPerson, TakesOver: takesOver}, did)
	if err != nil {
		return s, fmt.Errorf("drafting the channel %s: %w", d.Name, err)
	}
	return s, nil
}
