package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/quality"
)

func (a *API) registerQuality() {
	const tag = "Quality"
	serve(a, route{Method: http.MethodGet, Path: "/quality", ID: "list-quality", Tag: tag, Summary: "List feeds with how well they can be relied on, the worst first",
		About: "A feed is what one device says on one channel. Those that are only overheard (shadow) come after those that channels carry. Nothing in it is a value of a patient."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[quality.Row], error) {
			q, err := a.quality()
			if err != nil {
				return List[quality.Row]{}, err
			}
			rows, err := q.Board(ctx, by)
			if err != nil {
				return List[quality.Row]{}, err
			}
			return pageOf(rows, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/quality/{id}", ID: "get-quality", Tag: tag, Summary: "One feed with its hours, objectives and alerts"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (quality.Detail, error) {
			q, err := a.quality()
			if err != nil {
				return quality.Detail{}, err
			}
			return q.ByID(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodGet, Path: "/quality-alerts", ID: "list-quality-alerts", Tag: tag, Summary: "List alerts about feeds and about who speaks on them, open ones first",
		About: "Alerts of kind spoofed and takeover are findings of security: their evidence shows both sides."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[quality.Alert], error) {
			q, err := a.quality()
			if err != nil {
				return List[quality.Alert]{}, err
			}
			all, err := q.Alerts(ctx, by)
			if err != nil {
				return List[quality.Alert]{}, err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/quality-alerts/{id}/answer", ID: "answer-quality-alert", Tag: tag, Summary: "Acknowledge an alert, or end one that was seen to"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			Body struct {
				State  string `json:"state" enum:"acknowledged,ended"`
				Reason string `json:"reason" maxLength:"400"`
			}
		}) (quality.Alert, error) {
			q, err := a.quality()
			if err != nil {
				return quality.Alert{}, err
			}
			return q.Answer(ctx, by, in.ID, in.Body.State, in.Body.Reason)
		})
	serve(a, route{Method: http.MethodGet, Path: "/quality-objectives", ID: "list-quality-objectives", Tag: tag, Summary: "List what feeds should reach, with how much may still go wrong"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (List[quality.Reached], error) {
			q, err := a.quality()
			if err != nil {
				return List[quality.Reached]{}, err
			}
			all, err := q.Objectives(ctx, by)
			return allOf(all, same[quality.Reached]), err
		})
	serve(a, route{Method: http.MethodPut, Path: "/quality-objectives/{name}", ID: "set-quality-objective", Tag: tag, Summary: "Set what feeds should reach"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ChannelInput
			Body struct {
				Indicator quality.Indicator `json:"indicator" enum:"arriving,clock,unique,units,plausible,complete,agreeing"`
				Target    float64           `json:"target" minimum:"0.5" maximum:"0.99999" doc:"Share that must be good, such as 0.99"`
				Days      int               `json:"days" minimum:"1" maximum:"90"`
				Channel   string            `json:"channel,omitempty" maxLength:"63"`
				Unit      string            `json:"unit,omitempty" maxLength:"100"`
				Device    string            `json:"device,omitempty" maxLength:"100"`
			}
		}) (quality.Objective, error) {
			q, err := a.quality()
			if err != nil {
				return quality.Objective{}, err
			}
			b := in.Body
			return q.SetObjective(ctx, by, quality.Objective{Name: in.Name, Indicator: b.Indicator, Target: b.Target, Days: b.Days, Channel: b.Channel, Unit: b.Unit, Device: b.Device})
		})
	act(a, route{Method: http.MethodDelete, Path: "/quality-objectives/{name}", ID: "remove-quality-objective", Tag: tag, Summary: "Take an objective of the house's own away"},
		func(ctx context.Context, by bedrail.Actor, in *ChannelInput) error {
			q, err := a.quality()
			if err != nil {
				return err
			}
			return q.RemoveObjective(ctx, by, in.Name)
		})
	serve(a, route{Method: http.MethodGet, Path: "/quality-wire", ID: "list-wire-advice", Tag: tag, Summary: "What doors see on the wire, each with its mend"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (List[quality.WireAdvice], error) {
			q, err := a.quality()
			if err != nil {
				return List[quality.WireAdvice]{}, err
			}
			all, err := q.Wire(ctx, by)
			return allOf(all, same[quality.WireAdvice]), err
		})
}

func (a *API) quality() (*quality.Service, error) {
	if a.Quality == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "feeds are not watched here: this part of Bedrail runs without them")
	}
	return a.Quality, nil
}
