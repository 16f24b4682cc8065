package exchange

import (
	"context"
	"strings"
	"time"

	"bedrail"
)

// KeptFor is how long content of the channel stays readable.
func (d *Definition) KeptFor() time.Duration { return d.Keep.Or(keepUsual) }

// KeepStated reports whether the channel says so itself.
func (d *Definition) KeepStated() bool { return d.Keep != 0 }

// A Stewardship is what people say of a feed beside how it runs.
type Stewardship struct {
	Steward string   `json:"steward"`
	Purpose string   `json:"purpose"`
	Keep    Duration `json:"keep,omitzero"`
}

// SetStewardship says who answers for a channel's feed, what it is for and how
// long it is kept. Nothing of how it runs changes.
func (x *Exchange) SetStewardship(ctx context.Context, by bedrail.Actor, name string, version int64, to Stewardship) (ChannelStatus, error) {
	l, err := x.find(ctx, by, WriteChannels, name)
	if err != nil {
		return ChannelStatus{}, err
	}
	c := l.plan.Load().Channel
	switch {
	case c.Origin == FromConfiguration:
		return ChannelStatus{}, bedrail.Errorf(bedrail.Conflict, "the channel %s stands in the configuration file; say there steward, purpose and keep", name)
	case c.Version != version:
		return ChannelStatus{}, bedrail.Errorf(bedrail.Conflict, "the channel %s was changed meanwhile: it is at version %d, not %d; look at it again", name, c.Version, version)
	case to.Keep < 0:
		return ChannelStatus{}, bedrail.Errorf(bedrail.Invalid, "keep is a time such as 720h").At("keep")
	}
	was := c.Definition
	c.Definition.Steward, c.Definition.Purpose, c.Definition.Keep = strings.TrimSpace(to.Steward), strings.TrimSpace(to.Purpose), to.Keep
	var changed []string
	for _, w := range []struct {
		word string
		is   bool
	}{{"steward", was.Steward != c.Definition.Steward}, {"purpose", was.Purpose != c.Definition.Purpose}, {"keep", was.Keep != c.Definition.Keep}} {
		if w.is {
			changed = append(changed, w.word)
		}
	}
	if len(changed) == 0 {
		return x.ChannelByName(ctx, by, name)
	}
	return x.put(ctx, by, c, strings.Join(changed, ", ")+" changed")
}
