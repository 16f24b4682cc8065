package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/asset"
)

// UnmatchedInput asks for one side.
type UnmatchedInput struct {
	Side string `path:"side" enum:"unlisted,silent" doc:"unlisted: on the wire, not on the list; silent: on the list, not heard for thirty days"`
	ListInput
}

// WriteBackInput names corrections that are to be sent.
type WriteBackInput struct {
	Body struct {
		Keys   []string `json:"keys" minItems:"1" maxItems:"5000" doc:"Of corrections"`
		DryRun bool     `json:"dryRun,omitempty" doc:"Say what would be sent, and send nothing"`
	}
}

// WorkOrderInput asks for something to be done about devices.
type WorkOrderInput struct {
	Body struct {
		Devices  []string `json:"devices" minItems:"1" maxItems:"500"`
		Summary  string   `json:"summary" minLength:"1" maxLength:"200"`
		Text     string   `json:"text,omitempty" maxLength:"2000"`
		Priority string   `json:"priority,omitempty" enum:"low,normal,high"`
		DryRun   bool     `json:"dryRun,omitempty"`
	}
}

func (a *API) registerReconciliation(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/reconciliation", ID: "reconcile-inventory", Tag: tag, Summary: "The maintenance system's list beside the network",
		About: "What is on the wire but not on the list, on the list but silent for thirty days, and where both disagree; and by unit how many devices there are in all, judged by how far the two overlap (Chapman), with its 95 % interval."},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (asset.Reconciliation, error) {
			return a.Assets.Reconcile(ctx, by)
		})
	serve(a, route{Method: http.MethodGet, Path: "/coverage", ID: "get-coverage", Tag: tag, Summary: "How much of the devices is known, in all, by unit and by VLAN",
		About: "The share of devices that each witness saw (sensor, dhcp, arp, cmms, cloud), and how many there are in all by Chapman's estimate from how far two witnesses overlap, with its 95 % interval; where too few are in both it says so instead. docs/inventory.md has the assumptions."},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (asset.CoverageReport, error) {
			return a.Assets.Coverage(ctx, by)
		})
	serve(a, route{Method: http.MethodGet, Path: "/reconciliation/{side}", ID: "list-unmatched", Tag: tag, Summary: "Devices that only the wire or only the list shows"},
		func(ctx context.Context, by bedrail.Actor, in *UnmatchedInput) (List[asset.Mismatch], error) {
			r, err := a.Assets.Reconcile(ctx, by)
			if err != nil {
				return none[asset.Mismatch](nil), err
			}
			if in.Side == "silent" {
				return pageOf(r.Silent, &in.ListInput)
			}
			return pageOf(r.Unlisted, &in.ListInput)
		})
	serve(a, route{Method: http.MethodGet, Path: "/reconciliation/differences", ID: "list-differences", Tag: tag, Summary: "Attributes about which the list and the network do not say the same"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[asset.Difference], error) {
			all, err := a.Assets.Differences(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/corrections", ID: "list-corrections", Tag: tag, Summary: "What the maintenance system's list should be told, and what it was told",
		About: "One row for each attribute that the list lacks or has otherwise, as far as Bedrail holds it likely or confirmed."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[asset.Correction], error) {
			all, err := a.Assets.Corrections(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/corrections/outbox", ID: "get-corrections-outbox", Tag: tag, Summary: "Whether the maintenance system can be told anything"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (asset.OutboxState, error) {
			return a.Assets.OutboxState(ctx, by)
		})
	serve(a, route{Method: http.MethodPost, Path: "/corrections/send", ID: "send-corrections", Tag: tag, Summary: "Send corrections to the maintenance system",
		About: "Each is a message of the channel whose source is corrections: kept first, then delivered, tried again, or shown as dead. One that was sent before is not sent again."},
		func(ctx context.Context, by bedrail.Actor, in *WriteBackInput) (asset.WriteBackReport, error) {
			return a.Assets.SendCorrections(ctx, by, in.Body.Keys, in.Body.DryRun)
		})
	serve(a, route{Method: http.MethodPost, Path: "/work-orders", ID: "send-work-orders", Tag: tag, Summary: "Ask the maintenance system that something is done about devices",
		About: "One message for each device, by the same channel as corrections. The same order for the same device is sent once a day."},
		func(ctx context.Context, by bedrail.Actor, in *WorkOrderInput) (asset.WriteBackReport, error) {
			b := in.Body
			return a.Assets.SendWorkOrders(ctx, by, asset.WorkOrder{Devices: b.Devices, Summary: b.Summary, Text: b.Text, Priority: b.Priority, DryRun: b.DryRun})
		})
	serve(a, route{Method: http.MethodGet, Path: "/written-back", ID: "list-written-back", Tag: tag, Summary: "Corrections and work orders that the maintenance system was told", About: "Newest first, with where each message stands."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[asset.Sent], error) {
			all, err := a.Assets.WrittenBack(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
}
