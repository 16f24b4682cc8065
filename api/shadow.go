package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/shadow"
)

// A ShadowAsk says what of a shadow is asked.
type ShadowAsk struct {
	Days   int    `query:"days" doc:"Over how many days it is summed" minimum:"1" maximum:"90" default:"7"`
	Policy string `query:"policy" doc:"A channel whose policy is asked; left out, that of the draft" maxLength:"63"`
}

func (in ShadowAsk) ask() shadow.Ask { return shadow.Ask{Days: in.Days, Policy: in.Policy} }

func (a *API) registerShadow() {
	const tag = "Channels"
	serve(a, route{Method: http.MethodGet, Path: "/shadow-channels", ID: "list-shadow-channels", Tag: tag, Summary: "List listeners that sensors overhear, as the channels that they could become",
		About: "Bedrail is in nobody's path here: what passes is checked in memory and let go. Only counts, codes and places are kept."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ListInput
			ShadowAsk
		}) (List[shadow.Channel], error) {
			b, err := a.shadow()
			if err != nil {
				return List[shadow.Channel]{}, err
			}
			all, err := b.Channels(ctx, by, in.ask())
			if err != nil {
				return List[shadow.Channel]{}, err
			}
			return pageOf(all, &in.ListInput)
		})
	serve(a, route{Method: http.MethodGet, Path: "/shadow-channels/{id}", ID: "get-shadow-channel", Tag: tag, Summary: "One overheard listener with its conversations, and what Bedrail would do"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			ShadowAsk
		}) (shadow.Channel, error) {
			b, err := a.shadow()
			if err != nil {
				return shadow.Channel{}, err
			}
			return b.ByID(ctx, by, in.ID, in.ask())
		})
	serve(a, route{Method: http.MethodPost, Path: "/shadow-channels/{id}/adopt", ID: "adopt-shadow-channel", Tag: tag, Summary: "Draft the channel that takes an overheard listener over, paused",
		About: "The draft passes everything on to the receiver of today, and gives its answer back where the protocol allows it."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			Body struct {
				Name     string `json:"name,omitempty" maxLength:"63" doc:"Of the channel"`
				Listen   string `json:"listen,omitempty" maxLength:"255" doc:"Where Bedrail will listen; left out, the overheard port on every address"`
				Receiver string `json:"receiver,omitempty" maxLength:"255" doc:"Where the receiver of today will be found; left out, where it is"`
				DryRun   bool   `json:"dryRun,omitempty" doc:"Only say what would be made"`
			}
		}) (ShadowDraft, error) {
			b, err := a.shadow()
			if err != nil {
				return ShadowDraft{}, err
			}
			d, err := b.Adopt(ctx, by, in.ID, shadow.Terms{Name: in.Body.Name, Listen: in.Body.Listen, Receiver: in.Body.Receiver, DryRun: in.Body.DryRun})
			return ShadowDraft{Draft: d, Definition: d.Definition}, err
		})
}

// A ShadowDraft is a draft as it is sent.
type ShadowDraft struct {
	shadow.Draft
	Definition any `json:"definition" doc:"As a person would write it; see the manual"`
}

func (a *API) shadow() (*shadow.Board, error) {
	if a.Shadow == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "nothing is overheard here: this part of Bedrail runs without channels")
	}
	return a.Shadow, nil
}
