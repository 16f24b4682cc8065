package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/desk"
)

// A ViewInput is a view to be kept.
type ViewInput struct {
	Body struct {
		List    string `json:"list" maxLength:"80" doc:"Name of the list, for example devices"`
		Name    string `json:"name" minLength:"1" maxLength:"80"`
		Search  string `json:"search" maxLength:"4096" doc:"Query part of the list's address"`
		Shared  bool   `json:"shared,omitempty" doc:"Let everybody see it"`
		Default bool   `json:"default,omitempty" doc:"Open the list with it from now on"`
	}
}

// Notices are the latest notices and how many of them are unread.
type Notices struct {
	Items  []desk.Notice `json:"items"`
	Unread int           `json:"unread"`
}

func (a *API) registerDesk() {
	const tag = "Desk"
	serve(a, route{Method: http.MethodGet, Path: "/views", ID: "list-views", Tag: tag, Summary: "Saved views of lists: one's own, and those that are shared"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			List string `query:"list" maxLength:"80" doc:"Of this list only"`
		}) (List[desk.View], error) {
			views, err := a.Desk.Views(ctx, by, in.List)
			return allOf(views, same), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/views", ID: "save-view", Tag: tag, Summary: "Keep a view of a list", Status: http.StatusCreated,
		About: "One of the same name and list is replaced."},
		func(ctx context.Context, by bedrail.Actor, in *ViewInput) (desk.View, error) {
			b := in.Body
			return a.Desk.SaveView(ctx, by, desk.View{List: b.List, Name: b.Name, Search: b.Search, Shared: b.Shared, Standard: b.Default})
		})
	act(a, route{Method: http.MethodDelete, Path: "/views/{id}", ID: "remove-view", Tag: tag, Summary: "Forget a view"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			return a.Desk.RemoveView(ctx, by, in.ID)
		})
	act(a, route{Method: http.MethodPut, Path: "/views/{id}/default", ID: "set-default-view", Tag: tag, Summary: "Open the list with this view, or no more"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			Body struct {
				Default bool `json:"default"`
			}
		}) error {
			return a.Desk.SetDefault(ctx, by, in.ID, in.Body.Default)
		})
	serve(a, route{Method: http.MethodGet, Path: "/notifications", ID: "list-notifications", Tag: tag, Summary: "What happened that one should know, newest first"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (Notices, error) {
			items, unread, err := a.Desk.Notices(ctx, by)
			return Notices{items, unread}, err
		})
	act(a, route{Method: http.MethodPost, Path: "/notifications/read", ID: "read-notifications", Tag: tag, Summary: "Note that notifications were read"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			Body struct {
				IDs []string `json:"ids,omitempty" maxItems:"100" doc:"None is all"`
			}
		}) error {
			return a.Desk.MarkRead(ctx, by, in.Body.IDs)
		})
}
