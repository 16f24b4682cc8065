package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/feed"
)

// FeedNameInput names a feed in the path.
type FeedNameInput struct {
	Name string `path:"name" maxLength:"200"`
}

func (a *API) registerFeeds() {
	const tag = "Feeds"
	serve(a, route{Method: http.MethodGet, Path: "/feeds", ID: "list-feeds", Tag: tag, Summary: "List feeds with their age",
		About: "A feed that is missing or stale lowers what is covered; it never makes a device look clean."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[feed.Status], error) {
			desk, err := a.desk()
			if err != nil {
				return List[feed.Status]{}, err
			}
			all, err := desk.Feeds(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/feeds/{name}/sync", ID: "sync-feed", Tag: tag, Summary: "Fetch a configured source now"},
		func(ctx context.Context, by bedrail.Actor, in *FeedNameInput) (feed.Result, error) {
			desk, err := a.desk()
			if err != nil {
				return feed.Result{}, err
			}
			return desk.Sync(ctx, by, in.Name)
		})
	serve(a, route{Method: http.MethodPost, Path: "/feeds/sync", ID: "sync-feeds", Tag: tag, Summary: "Fetch every configured source now"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (feed.Result, error) {
			desk, err := a.desk()
			if err != nil {
				return feed.Result{}, err
			}
			return desk.SyncAll(ctx, by)
		})
}

func (a *API) desk() (*feed.Desk, error) {
	if a.Feeds == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "feeds are not kept here: this part of Bedrail runs without them")
	}
	return a.Feeds, nil
}
