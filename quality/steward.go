package quality

import (
	"context"
	"slices"
	"strings"

	"bedrail"
	"bedrail/exchange"
)

// A Stewardship says of the feed of a channel who answers for it, what it is
// for, how long it is kept and how good it must be.
type Stewardship struct {
	Channel    string   `json:"channel"`
	Site       string   `json:"site,omitempty"`
	Unit       string   `json:"unit,omitempty"`
	Origin     string   `json:"origin" enum:"configuration,person" doc:"A channel of the configuration is changed in its file"`
	Version    int64    `json:"version"`
	Steward    string   `json:"steward,omitempty"`
	Purpose    string   `json:"purpose,omitempty"`
	KeepHours  float64  `json:"keepHours" doc:"How long content stays readable"`
	KeepStated bool     `json:"keepStated" doc:"The channel says so; else it is the usual time"`
	Objectives []string `json:"objectives" doc:"Quality objectives of this feed's own; those of the whole house hold beside them"`
	Worst      *Budget  `json:"worst,omitempty" doc:"The objective that has the least left, over what this feed said"`
	Lacks      []string `json:"lacks" doc:"steward, purpose, retention, objective: what nobody has said yet"`
}

// Stewards lists the feeds, those that lack most first.
func (s *Service) Stewards(ctx context.Context, by bedrail.Actor) ([]Stewardship, error) {
	channels, err := s.Channels(ctx, by)
	if err != nil {
		return nil, err
	}
	rows, err := s.Board(ctx, by)
	if err != nil {
		return nil, err
	}
	objectives, err := s.objectives(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	out := make([]Stewardship, 0, len(channels))
	for _, c := range channels {
		one := stewardshipOf(c.Channel, objectives)
		for _, r := range rows {
			if r.Channel == one.Channel && r.Worst != nil && (one.Worst == nil || r.Worst.Left < one.Worst.Left) {
				one.Worst = r.Worst
			}
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Stewardship) int {
		if n := len(b.Lacks) - len(a.Lacks); n != 0 {
			return n
		}
		return strings.Compare(a.Channel, b.Channel)
	})
	return out, nil
}

func stewardshipOf(c exchange.Channel, objectives []Objective) Stewardship {
	d := c.Definition
	one := Stewardship{Channel: d.Name, Site: d.Site, Unit: d.Unit, Origin: c.Origin, Version: c.Version, Steward: d.Steward, Purpose: d.Purpose,
		KeepHours: d.KeptFor().Hours(), KeepStated: d.KeepStated(), Objectives: []string{}, Lacks: []string{}}
	for _, o := range objectives {
		if o.Channel == d.Name {
			one.Objectives = append(one.Objectives, o.Name)
		}
	}
	for _, l := range []struct {
		word  string
		lacks bool
	}{{"steward", d.Steward == ""}, {"purpose", d.Purpose == ""}, {"retention", !one.KeepStated}, {"objective", len(one.Objectives) == 0}} {
		if l.lacks {
			one.Lacks = append(one.Lacks, l.word)
		}
	}
	return one
}
