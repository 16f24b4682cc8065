package patch

import (
	"context"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
)

// A Turn is when one model in one unit is mended, and who has to act next.
type Turn struct {
	Order     string         `json:"order"`
	Model     asset.ModelKey `json:"model"`
	Site      string         `json:"site"`
	Unit      string         `json:"unit"`
	Stage     Stage          `json:"stage"`
	Devices   int            `json:"devices"`
	Verified  int            `json:"verified"`
	Windows   int            `json:"windows"`
	From      time.Time      `json:"from,omitzero"` // of the first window
	Until     time.Time      `json:"until,omitzero"`
	Target    string         `json:"target,omitempty"`
	Means     Means          `json:"means"`
	Why       string         `json:"why,omitempty"`
	Exception *Exception     `json:"exception,omitempty"`
	Overdue   time.Time      `json:"overdueSince,omitzero"`
	Who       []string       `json:"who"`  // has to act: parties, the maker, or a person by name
	Next      string         `json:"next"` // what they have to do
}

// A Mending is when a weakness is mended in the hospital.
type Mending struct {
	Plans     []Turn   `json:"plans"`
	Unplanned []string `json:"unplanned"` // devices in no order
}

// About says when weaknesses are mended, as far as by may see it. exposed are
// the devices that they affect.
func (p *Planner) About(ctx context.Context, by bedrail.Actor, weaknesses, exposed []string) (Mending, error) {
	m := Mending{Plans: []Turn{}, Unplanned: []string{}}
	orders, err := p.Orders(ctx, by)
	if err != nil {
		return m, err
	}
	planned := map[string]bool{}
	for _, o := range orders {
		if o.Stage == Cancelled || !slices.ContainsFunc(o.Weaknesses, func(w string) bool { return slices.Contains(weaknesses, w) }) {
			continue
		}
		for _, d := range o.Devices {
			planned[d.ID] = true
		}
		m.Plans = append(m.Plans, o.turn())
	}
	for _, id := range exposed {
		if !planned[id] {
			m.Unplanned = append(m.Unplanned, id)
		}
	}
	return m, nil
}

func (o *Order) turn() Turn {
	p := Turn{Order: o.ID, Model: o.Model, Site: o.Site, Unit: o.Unit, Stage: o.Stage, Devices: len(o.Devices), Verified: o.VerifiedCount, Windows: len(o.Windows), Until: o.lastEnd(), Target: o.Target, Means: o.Means, Why: o.Why,
		Exception: o.Exception, Overdue: o.OverdueSince, Who: []string{}}
	for _, w := range o.Windows {
		if p.From.IsZero() || w.From.Before(p.From) {
			p.From = w.From
		}
	}
	p.Who, p.Next = o.next()
	if o.Stage != Excepted {
		p.Exception = nil
	}
	return p
}

// next says who has to act about an order, and how.
func (o *Order) next() (who []string, what string) {
	switch o.Stage {
	case Excepted:
		return []string{o.Exception.By}, "the exception ends on " + string(o.Exception.Expires) + "; until then holds: " + o.Exception.Control
	case Done:
		return []string{string(Engineering)}, "it was carried out; the new version has not been seen on every device yet"
	case Booked:
		who = []string{string(Engineering)}
		if o.Means == ByVendor {
			who = []string{strings.TrimSpace(o.Model.Manufacturer), string(Engineering)}
		}
		return who, "booked: it is carried out in the windows"
	case Verified:
		return []string{}, "the new version was seen on every device"
	}
	if len(o.Windows) == 0 {
		return []string{string(Engineering)}, "there is no window yet: ask the maker, plan again with other days, or put a control in its place"
	}
	var words []string
	for _, party := range Parties() {
		i := slices.IndexFunc(o.Consents, func(c Consent) bool { return c.Party == party })
		switch {
		case i < 0:
			who, words = append(who, string(party)), append(words, string(party)+" has not said whether it agrees")
		case !o.Consents[i].Agree:
			who, words = append(who, string(party)), append(words, string(party)+" does not agree")
		}
	}
	return who, strings.Join(words, "; ")
}
