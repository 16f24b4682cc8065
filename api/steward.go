package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/quality"
)

// StewardshipBody says who answers for a feed.
type StewardshipBody struct {
	Version   int64   `json:"version" doc:"Of the channel, that was looked at"`
	Steward   string  `json:"steward" maxLength:"200"`
	Purpose   string  `json:"purpose" maxLength:"400"`
	KeepHours float64 `json:"keepHours,omitempty" minimum:"0" maximum:"876000" doc:"How long content stays readable; 0 is the usual time"`
}

func (a *API) registerStewards() {
	const tag = "Channels"
	serve(a, route{Method: http.MethodGet, Path: "/stewardship", ID: "list-stewardship", Tag: tag, Summary: "List feeds with who answers for them, what they are for, how long they are kept and how good they must be; those that lack most first",
		About: "filter=lacks:steward names feeds nobody answers for."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[quality.Stewardship], error) {
			q, err := a.quality()
			if err != nil {
				return List[quality.Stewardship]{}, err
			}
			all, err := q.Stewards(ctx, by)
			if err != nil {
				return List[quality.Stewardship]{}, err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPut, Path: "/stewardship/{name}", ID: "set-stewardship", Tag: tag, Summary: "Say who answers for a feed, what it is for and how long it is kept"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ChannelInput
			Body StewardshipBody
		}) (Channel, error) {
			return a.channel(func(x *exchange.Exchange) (exchange.ChannelStatus, error) {
				return x.SetStewardship(ctx, by, in.Name, in.Body.Version, exchange.Stewardship{Steward: in.Body.Steward, Purpose: in.Body.Purpose, Keep: exchange.Duration(time.Duration(in.Body.KeepHours * float64(time.Hour)))})
			})
		})
}
