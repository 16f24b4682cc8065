package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/feed"
	"bedrail/vuln"
)

// Overview is the hospital on one page.
type Overview struct {
	Devices  asset.Counts  `json:"devices"`
	Exposure vuln.Total    `json:"exposure"`
	Feeds    []feed.Status `json:"feeds"`
	Gaps     []string      `json:"gaps" doc:"What the feeds leave unknown, in sentences"`
	Coverage Watched       `json:"coverage"`
	AsOf     time.Time     `json:"asOf"`
}

// Watched says what the sensors saw and missed within the last day.
type Watched struct {
	Packets uint64 `json:"packets"`
	Dropped uint64 `json:"dropped"`
	Sensors int    `json:"sensors"`
}

func (a *API) registerSummary() {
	serve(a, route{Method: http.MethodGet, Path: "/summary", ID: "get-summary", Tag: "System", Summary: "The hospital on one page",
		About: "Numbers cover what the asker may see."}, a.summary)
}

func (a *API) summary(ctx context.Context, by bedrail.Actor, _ *struct{}) (out Overview, err error) {
	out.AsOf = a.Clock.Now()
	if out.Devices, err = a.Assets.Counts(ctx, by); err != nil {
		return out, err
	}
	if a.Board != nil {
		if out.Exposure, err = a.Board.Summary(ctx, by); err != nil {
			return out, err
		}
	}
	if a.Feeds != nil {
		if out.Feeds, err = a.Feeds.Feeds(ctx, by); err != nil && bedrail.KindOf(err) != bedrail.Denied {
			return out, err
		} else if err == nil {
			out.Gaps = feed.Gaps(out.Feeds)
		}
	}
	if a.Watched == nil {
		return out, nil
	}
	out.Coverage, err = a.Watched(ctx, by)
	return out, err
}
