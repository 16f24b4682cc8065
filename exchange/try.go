package exchange

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bedrail"
)

// A Trial says how a channel did in a test. Nothing is kept or delivered.
type Trial struct {
	Passed bool         `json:"passed"`
	Tests  []TrialTest  `json:"tests"`
	Ways   []TrialProbe `json:"destinations"`
}

// A TrialTest is one message of a channel's tests.
type TrialTest struct {
	Name    string            `json:"name"`
	Passed  bool              `json:"passed"`
	Wrong   []string          `json:"wrong,omitempty"`
	State   State             `json:"state"`
	Outcome Outcome           `json:"outcome"`
	Issues  []string          `json:"issues,omitempty"`
	Sent    map[string]string `json:"sent,omitempty"` // by destination
	// Shares say what each destination would not get.
	Shares map[string]*Share `json:"shares,omitempty"`
}

// A TrialProbe says whether a destination is there.
type TrialProbe struct {
	Name    string `json:"name"`
	Reached bool   `json:"reached"`
	Error   string `json:"error,omitempty"`
}

const probeTimeout = 10 * time.Second

// TestChannel runs the tests of a definition, or of the channel as it is, and
// looks whether its destinations are there.
func (x *Exchange) TestChannel(ctx context.Context, by bedrail.Actor, name string, d *Definition, probe bool) (Trial, error) {
	var def Definition
	if d != nil {
		def = *d
		if err := x.ask(ctx, by, WriteChannels, def); err != nil {
			return Trial{}, err
		}
	} else {
		l, err := x.find(ctx, by, WriteChannels, name)
		if err != nil {
			return Trial{}, err
		}
		def = l.plan.Load().Definition
	}
	p, err := newPlan(Channel{Definition: def, State: Running}, x.Kinds)
	if err != nil {
		return Trial{}, err
	}
	t := Trial{Passed: true, Tests: []TrialTest{}, Ways: []TrialProbe{}}
	for _, test := range def.Tests {
		r := x.try(ctx, p, test)
		t.Passed = t.Passed && r.Passed
		t.Tests = append(t.Tests, r)
	}
	if !probe {
		return t, nil
	}
	for _, dest := range def.Destinations {
		r := x.probe(ctx, p, dest)
		t.Passed = t.Passed && r.Error == ""
		t.Ways = append(t.Ways, r)
	}
	return t, nil
}

// try sends one test through p up to where it would be kept, and through the
// steps of each destination that would get it.
func (x *Exchange) try(ctx context.Context, p *plan, test Test) TrialTest {
	out := TrialTest{Name: test.Name, Sent: map[string]string{}, Shares: map[string]*Share{}}
	l := &line{x: x, name: p.Definition.Name}
	l.plan.Store(p)
	message := test.Message
	kind, err := x.Kinds.source(p.Definition.Source.Kind)
	if err == nil && kind.Format == HL7v2 {
		message = strings.NewReplacer("\r\n", "\r", "\n", "\r").Replace(message)
	}
	a, err := l.accept(ctx, p, &Inbound{Body: []byte(message), Peer: Peer{Address: netip.AddrPort{}}})
	if err != nil {
		out.Wrong = append(out.Wrong, safeText(err))
		return out
	}
	if err := a.discard(); err != nil {
		out.Wrong = append(out.Wrong, safeText(err))
	}
	k := a.keeping(false, Twin{})
	out.State, out.Outcome = k.Message.State, k.Message.Outcome
	for _, i := range k.Message.Sealed.Issues {
		out.Issues = append(out.Issues, fmt.Sprintf("%s %s: %s", i.Severity, i.Location, i.Text))
	}
	var to []string
	sent := map[string]*subject{}
	for _, d := range k.Deliveries {
		if d.State == NotForIt {
			continue
		}
		to = append(to, d.Destination)
		dest, _ := p.destination(d.Destination)
		o := newOutlet(l, p, dest)
		q := &QueuedDelivery{Delivery: d, Kept: k.Message, Body: k.Body}
		ready, _, err := o.prepare(ctx, q)
		if q.Share != nil {
			out.Shares[d.Destination] = q.Share
		}
		if err != nil {
			out.Wrong = append(out.Wrong, d.Destination+": "+safeText(err))
			continue
		}
		out.Sent[d.Destination] = string(ready.Body)
		sent[d.Destination] = &subject{format: ready.Format, body: ready.Body, facts: &k.Message.Sealed.Facts}
	}
	out.Wrong = append(out.Wrong, compareTrial(test, out, to, sent)...)
	out.Passed = len(out.Wrong) == 0
	return out
}

func compareTrial(test Test, out TrialTest, to []string, sent map[string]*subject) (wrong []string) {
	if test.State != "" && test.State != out.State {
		wrong = append(wrong, fmt.Sprintf("the message is %s, not %s", out.State, test.State))
	}
	if test.Outcome != "" && test.Outcome != out.Outcome {
		wrong = append(wrong, fmt.Sprintf("it is answered with %s, not %s", out.Outcome, test.Outcome))
	}
	if test.To != nil {
		want := slices.Sorted(slices.Values(test.To))
		if got := slices.Sorted(slices.Values(to)); !slices.Equal(got, want) {
			wrong = append(wrong, fmt.Sprintf("it goes to [%s], not to [%s]", strings.Join(got, " "), strings.Join(want, " ")))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(test.Expect)) {
		for _, name := range slices.Sorted(maps.Keys(sent)) {
			if got := sent[name].at(path); got != test.Expect[path] {
				wrong = append(wrong, fmt.Sprintf("%s of what %s gets is %q, not %q", path, name, got, test.Expect[path]))
			}
		}
	}
	return wrong
}

func (x *Exchange) probe(ctx context.Context, p *plan, d Destination) TrialProbe {
	out := TrialProbe{Name: d.Name}
	s, err := p.kinds[d.Name].Open(DestinationConfig{Channel: p.Definition.Name, Name: d.Name, Settings: d.Endpoint.Settings, Env: x.Env})
	if err == nil {
		if prober, ok := s.(Prober); ok {
			within, cancel := context.WithTimeout(ctx, probeTimeout)
			err = prober.Probe(within)
			cancel()
			out.Reached = err == nil
		}
		err = errors.Join(err, s.Close())
	}
	if err != nil {
		out.Error = safeText(err)
		if bedrail.KindOf(err) == bedrail.Internal {
			x.Log.WarnContext(ctx, "a destination could not be tried", "channel", p.Definition.Name, "destination", d.Name, "error", err)
		}
	}
	return out
}
