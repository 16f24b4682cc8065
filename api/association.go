package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/asset"
)

// A Belonging is a link of a device to a patient, opened. Looking at it is on
// record.
type Belonging struct {
	asset.Association
	Patient string `json:"patient" doc:"Number of the patient, as the feed names it; empty where it can no longer be read"`
}

// PurposeInput says why somebody looks at a patient's data.
type PurposeInput struct {
	IDInput
	Body struct {
		Purpose string `json:"purpose" maxLength:"400"`
	}
}

// HoldInput keeps something from being forgotten, or lets go of it.
type HoldInput struct {
	IDInput
	Body struct {
		Hold   bool   `json:"hold"`
		Reason string `json:"reason" maxLength:"400"`
	}
}

// A PatientSearch asks for the devices of a patient: in the body, so that no
// address names one.
type PatientSearch struct {
	Body struct {
		Patient string `json:"patient" maxLength:"256" doc:"Number of the patient; the system before it may be left out"`
		Purpose string `json:"purpose" maxLength:"400"`
	}
}

// A DeviceOf is a device that a patient has or had.
type DeviceOf struct {
	Device string    `json:"device"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero" doc:"Absent while it lasts"`
	Told   time.Time `json:"told" doc:"When the feed said it last"`
	Source string    `json:"source"`
}

func (a *API) registerAssociations(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/association", ID: "get-device-association", Tag: tag, Summary: "Whether a device belongs to a patient, not to whom",
		About: "Of devices that are worn or stand at home, as feeds of their vendors tell it."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (asset.AssociationState, error) {
			return a.Assets.Association(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/{id}/association/reveal", ID: "reveal-device-association", Tag: tag, Summary: "Show to whom a device belongs, for a stated purpose",
		About: "Who looked and for what purpose is on record; whom was looked at is not."},
		func(ctx context.Context, by bedrail.Actor, in *PurposeInput) (List[Belonging], error) {
			items, err := a.Assets.Reveal(ctx, by, in.ID, in.Body.Purpose)
			return allOf(items, func(x asset.Association) Belonging { return Belonging{x, string(x.Patient)} }), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/{id}/association/legal-hold", ID: "hold-device-association", Tag: tag, Summary: "Keep the links of a device to patients from being forgotten, or let go of them",
		About: "What is held is forgotten neither by time, nor by a feed that calls it an error, nor with the import that told it: it ends, and is kept."},
		func(ctx context.Context, by bedrail.Actor, in *HoldInput) (Changed, error) {
			n, err := a.Assets.HoldAssociations(ctx, by, in.ID, in.Body.Hold, in.Body.Reason)
			return Changed{n}, err
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/associated", ID: "find-devices-of-patient", Tag: tag, Summary: "Find the devices of a patient, for a stated purpose",
		About: "Who looked and for what purpose is on record; whom was looked for is not."},
		func(ctx context.Context, by bedrail.Actor, in *PatientSearch) (List[DeviceOf], error) {
			items, err := a.Assets.DevicesOf(ctx, by, asset.Patient(in.Body.Patient), in.Body.Purpose)
			return allOf(items, func(x asset.Association) DeviceOf { return DeviceOf{x.Device, x.Since, x.Until, x.Told, x.Source} }), err
		})
}
