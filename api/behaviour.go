package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/asset"
)

// ModelInput names a model.
type ModelInput struct {
	Manufacturer string `query:"manufacturer" required:"true" maxLength:"200"`
	Model        string `query:"model" required:"true" maxLength:"200"`
}

func (a *API) registerBehaviour(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/utilisation", ID: "get-device-utilisation", Tag: tag, Summary: "How much a device is used, as its messages show",
		About: "A pump that reports a flow is infusing, a monitor that reports vital signs is monitoring, an association that stores images is a study. What was measured or given is not kept."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (asset.Utilisation, error) {
			return a.Assets.Utilisation(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/behaviour", ID: "get-device-behaviour", Tag: tag, Summary: "With what kinds of peers a device speaks, how, how much and when",
		About: "Learned from the last 14 days; beside it the profile that was frozen, and how the two differ."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (asset.Behaviour, error) {
			return a.Assets.Behaviour(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/{id}/behaviour/freeze", ID: "freeze-device-behaviour", Tag: tag, Summary: "Keep the behaviour of a device as what it ought to be"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (asset.Behaviour, error) {
			return a.Assets.Freeze(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodGet, Path: "/models/behaviour", ID: "get-model-behaviour", Tag: tag, Summary: "What at least half of the devices of a model do"},
		func(ctx context.Context, by bedrail.Actor, in *ModelInput) (asset.Behaviour, error) {
			return a.Assets.ModelBehaviour(ctx, by, in.Manufacturer, in.Model)
		})
	serve(a, route{Method: http.MethodPost, Path: "/models/behaviour/freeze", ID: "freeze-model-behaviour", Tag: tag, Summary: "Keep the behaviour of a model as what it ought to be"},
		func(ctx context.Context, by bedrail.Actor, in *ModelInput) (asset.Behaviour, error) {
			return a.Assets.FreezeModel(ctx, by, in.Manufacturer, in.Model)
		})
}
