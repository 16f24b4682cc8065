package oneshot

import (
	"errors"
	"time"

	"bedrail/exchange"
	"bedrail/mapping"
	"bedrail/shadow"
	"bedrail/traffic"
)

// A Listening checks what engines overhear with what the exchange checks with.
// It is safe for several engines.
type Listening struct{ checker *exchange.Checker }

// NewListening returns a Listening over c, or over a checker of its own.
func NewListening(c *exchange.Checker) (*Listening, error) {
	if c == nil {
		var err error
		if c, err = exchange.NewChecker(); err != nil {
			return nil, err
		}
	}
	return &Listening{c}, nil
}

// Ears listen for one engine and tell what they heard.
func (l *Listening) Ears(site, sensor string, tell func(traffic.Overheard)) *shadow.Ears {
	return shadow.New(shadow.Options{Site: site, Sensor: sensor, Checker: l.checker, Map: mapped, Tell: tell})
}

// overheard sums conversations over whole captures.
type overheard struct {
	ears  *shadow.Ears
	byKey map[string]*traffic.Overheard
	order []string
}

func (h *overheard) add(o traffic.Overheard) {
	if h.byKey == nil {
		h.byKey = map[string]*traffic.Overheard{}
	}
	key := shadow.KeyOf(&o)
	if sum := h.byKey[key]; sum != nil {
		sum.Merge(&o)
		return
	}
	o.Ticks = nil
	h.byKey[key] = &o
	h.order = append(h.order, key)
}

func (h *overheard) all() (out []traffic.Overheard) {
	if h.ears == nil {
		return nil
	}
	h.ears.End()
	for _, k := range h.order {
		out = append(out, *h.byKey[k])
	}
	return out
}

// mapped tries Bedrail's own mapping of a message to FHIR, and returns the
// rules that complained: never their words.
func mapped(_ exchange.Format, body []byte, at time.Time) (rules []string, none bool) {
	lib, err := mapping.Own()
	if err != nil {
		return []string{"library"}, false
	}
	out, err := lib.Run(body, "", mapping.Options{Received: at})
	switch {
	case errors.Is(err, mapping.ErrNone):
		return nil, true
	case err != nil:
		return []string{"failed"}, false
	}
	for _, i := range out.Issues {
		if i.Severity == "error" || i.Severity == "fatal" {
			rules = append(rules, i.Rule)
		}
	}
	return rules, false
}
