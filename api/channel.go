package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// A Channel is one way of messages, with how it stands.
type Channel struct {
	Name       string                  `json:"name"`
	State      exchange.ChannelState   `json:"state" enum:"running,paused,draining"`
	Origin     string                  `json:"origin" enum:"configuration,person" doc:"A channel of the configuration is changed in its file"`
	Version    int64                   `json:"version"`
	ChangedAt  time.Time               `json:"changedAt,omitzero"`
	ChangedBy  string                  `json:"changedBy,omitempty"`
	Live       bool                    `json:"live" doc:"Whether this process runs it; a command beside a server knows only what is kept"`
	Broken     string                  `json:"broken,omitempty" doc:"Why the definition cannot be used"`
	SourceKind string                  `json:"sourceKind"`
	Source     exchange.SourceStatus   `json:"source"`
	Outlets    []exchange.OutletStatus `json:"destinations"`
	Definition any                     `json:"definition" doc:"As a person wrote it; see the manual"`
}

func (c Channel) version() int64 { return c.Version }

func channelOf(s exchange.ChannelStatus) Channel {
	return Channel{Name: s.Definition.Name, State: s.State, Origin: s.Origin, Version: s.Version, ChangedAt: s.ChangedAt, ChangedBy: s.By, Live: s.Live, Broken: s.Broken,
		SourceKind: s.Definition.Source.Kind, Source: s.Source, Outlets: s.Outlets, Definition: s.Definition}
}

// ChannelInput names a channel in the path.
type ChannelInput struct {
	Name string `path:"name" maxLength:"63"`
}

// ChannelDefinition is a channel as a person writes it.
type ChannelDefinition map[string]any

func (d ChannelDefinition) read() (exchange.Definition, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return exchange.Definition{}, err
	}
	return exchange.ParseDefinition(text)
}

// ChannelKinds are the kinds of sources and destinations.
type ChannelKinds struct {
	Sources      []ChannelKind `json:"sources"`
	Destinations []ChannelKind `json:"destinations"`
}

// A ChannelKind is one kind with what a person begins with.
type ChannelKind struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Formats []string `json:"formats,omitempty" doc:"What it gives or can carry; none is anything"`
	Example string   `json:"example"`
}

func (a *API) registerChannels() {
	const tag = "Channels"
	serve(a, route{Method: http.MethodGet, Path: "/channels", ID: "list-channels", Tag: tag, Summary: "List channels with how their doors and destinations stand"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[Channel], error) {
			x, err := a.exchange()
			if err != nil {
				return List[Channel]{}, err
			}
			all, err := x.Channels(ctx, by)
			if err != nil {
				return List[Channel]{}, err
			}
			out := make([]Channel, len(all))
			for i, c := range all {
				out[i] = channelOf(c)
			}
			return pageOf(out, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/channel-kinds", ID: "list-channel-kinds", Tag: tag, Summary: "List the kinds of sources and destinations"},
		func(_ context.Context, _ bedrail.Actor, _ *struct{}) (ChannelKinds, error) {
			x, err := a.exchange()
			if err != nil {
				return ChannelKinds{}, err
			}
			return kindsOf(x.Kinds), nil
		})
	serve(a, route{Method: http.MethodGet, Path: "/channels/{name}", ID: "get-channel", Tag: tag, Summary: "One channel with its connections"},
		func(ctx context.Context, by bedrail.Actor, in *ChannelInput) (Channel, error) {
			return a.channel(func(x *exchange.Exchange) (exchange.ChannelStatus, error) { return x.ChannelByName(ctx, by, in.Name) })
		})
	serve(a, route{Method: http.MethodPost, Path: "/channels", ID: "create-channel", Tag: tag, Status: http.StatusCreated, Summary: "Make a channel and open it"},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body ChannelDefinition }) (Channel, error) {
			return a.channel(func(x *exchange.Exchange) (exchange.ChannelStatus, error) {
				d, err := in.Body.read()
				if err != nil {
					return exchange.ChannelStatus{}, err
				}
				return x.Create(ctx, by, d)
			})
		})
	serve(a, route{Method: http.MethodPut, Path: "/channels/{name}", ID: "change-channel", Tag: tag, Summary: "Replace the definition of a channel while it runs"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ChannelInput
			MatchInput
			Body ChannelDefinition
		}) (Channel, error) {
			return a.channel(func(x *exchange.Exchange) (exchange.ChannelStatus, error) {
				version, err := in.SeenVersion()
				if err != nil {
					return exchange.ChannelStatus{}, err
				}
				d, err := in.Body.read()
				if err != nil {
					return exchange.ChannelStatus{}, err
				}
				if d.Name != in.Name {
					return exchange.ChannelStatus{}, bedrail.Errorf(bedrail.Invalid, "the definition is of %q; a channel keeps its name", d.Name).At("name")
				}
				return x.Change(ctx, by, version, d)
			})
		})
	serve(a, route{Method: http.MethodPost, Path: "/channels/{name}/state", ID: "set-channel-state", Tag: tag, Summary: "Pause, drain or resume a channel",
		About: "A paused channel takes nothing in and passes nothing on; a draining one passes on what is queued."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ChannelInput
			Body struct {
				State string `json:"state" enum:"running,paused,draining"`
			}
		}) (Channel, error) {
			return a.channel(func(x *exchange.Exchange) (exchange.ChannelStatus, error) {
				return x.SetState(ctx, by, in.Name, exchange.ChannelState(in.Body.State))
			})
		})
	act(a, route{Method: http.MethodDelete, Path: "/channels/{name}", ID: "delete-channel", Tag: tag, Summary: "End a channel; its messages stay"},
		func(ctx context.Context, by bedrail.Actor, in *ChannelInput) error {
			x, err := a.exchange()
			if err != nil {
				return err
			}
			return x.Delete(ctx, by, in.Name)
		})
	serve(a, route{Method: http.MethodPost, Path: "/channels/{name}/test", ID: "test-channel", Tag: tag, Summary: "Run a channel's tests and look whether its destinations are there",
		About: "Nothing is kept or delivered. With a definition in the body, that one is tried instead of the channel as it is."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ChannelInput
			Body *ChannelDefinition `required:"false"`
		}) (exchange.Trial, error) {
			x, err := a.exchange()
			if err != nil {
				return exchange.Trial{}, err
			}
			if in.Body == nil || len(*in.Body) == 0 {
				return x.TestChannel(ctx, by, in.Name, nil, true)
			}
			d, err := in.Body.read()
			if err != nil {
				return exchange.Trial{}, err
			}
			return x.TestChannel(ctx, by, in.Name, &d, true)
		})
	serve(a, route{Method: http.MethodPost, Path: "/channel-imports", ID: "import-channels", Tag: tag, Summary: "Move channels in from Mirth Connect or the Open Integration Engine",
		About: "The body holds the XML of an export: channels, a group or a server configuration. What is usable is made, paused; what did not convert is listed."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			Body struct {
				Export string `json:"export" maxLength:"33554432" doc:"XML"`
				DryRun bool   `json:"dryRun,omitempty" doc:"Only say what would become of it"`
			}
		}) (ChannelImport, error) {
			x, err := a.exchange()
			if err != nil {
				return ChannelImport{}, err
			}
			all, err := x.Move(ctx, by, strings.NewReader(in.Body.Export), in.Body.DryRun)
			out := ChannelImport{Channels: make([]MovedChannel, len(all))}
			for i, m := range all {
				out.Channels[i] = MovedChannel{Moved: m, Definition: m.Definition}
			}
			return out, err
		})
	serve(a, route{Method: http.MethodGet, Path: "/channels/{name}/versions", ID: "list-channel-versions", Tag: tag, Summary: "What a channel was, newest first"},
		func(ctx context.Context, by bedrail.Actor, in *ChannelInput) (List[Channel], error) {
			x, err := a.exchange()
			if err != nil {
				return List[Channel]{}, err
			}
			all, err := x.Versions(ctx, by, in.Name)
			return allOf(all, func(v exchange.ChannelVersion) Channel {
				return channelOf(exchange.ChannelStatus{Channel: v.Channel, Source: exchange.SourceStatus{Connections: []exchange.Connection{}, Refused: []exchange.Refusal{}}, Outlets: []exchange.OutletStatus{}})
			}), err
		})
}

// A ChannelImport is what became of the channels of another engine.
type ChannelImport struct {
	Channels []MovedChannel `json:"channels"`
}

// A MovedChannel is one of them.
type MovedChannel struct {
	exchange.Moved
	Definition any `json:"definition" doc:"As a person would write it; see the manual"`
}

func kindsOf(k exchange.Kinds) ChannelKinds {
	out := ChannelKinds{Sources: []ChannelKind{}, Destinations: []ChannelKind{}}
	for _, s := range k.Sources {
		out.Sources = append(out.Sources, ChannelKind{Name: s.Name, About: s.About, Formats: []string{string(s.Format)}, Example: s.Example})
	}
	for _, d := range k.Destinations {
		one := ChannelKind{Name: d.Name, About: d.About, Example: d.Example}
		for _, f := range d.Accepts {
			one.Formats = append(one.Formats, string(f))
		}
		out.Destinations = append(out.Destinations, one)
	}
	return out
}

func (a *API) exchange() (*exchange.Exchange, error) {
	if a.Exchange == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "messages are not carried here: this part of Bedrail runs without them")
	}
	return a.Exchange, nil
}

func (a *API) channel(f func(*exchange.Exchange) (exchange.ChannelStatus, error)) (Channel, error) {
	x, err := a.exchange()
	if err != nil {
		return Channel{}, err
	}
	s, err := f(x)
	if err != nil {
		return Channel{}, err
	}
	return channelOf(s), nil
}
