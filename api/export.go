package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
)

// DeviceExportInput says in which form devices are written.
type DeviceExportInput struct {
	Format string `query:"format" required:"true" enum:"writeback,netbox,servicenow,fhir" doc:"writeback: what the maintenance system's list should be told; netbox and servicenow: CSV as their imports take it; fhir: a Bundle of Device resources (R4)"`
	Filter string `query:"filter" maxLength:"4096"`
}

func (a *API) registerExport(tag string) {
	stream(a, route{Method: http.MethodGet, Path: "/devices/export", ID: "export-devices", Tag: tag, Summary: "Devices in the form of another system",
		About: "Only what is likely or confirmed is written; a blank is not known. docs/inventory.md says what each column means."}, "application/octet-stream",
		func(ctx context.Context, by bedrail.Actor, in *DeviceExportInput) (func(http.ResponseWriter) error, error) {
			f, err := query.Parse(in.Filter)
			if err != nil {
				return nil, bedrail.Errorf(bedrail.Invalid, "%w", err).At("query.filter")
			}
			if _, err := a.Assets.Facets(ctx, by, nil, f); err != nil {
				return nil, err // a filter that cannot be is told before anything is written
			}
			format := asset.ExportFormat(in.Format)
			return func(w http.ResponseWriter) error {
				w.Header().Set("Content-Type", format.ContentType())
				return a.Assets.Export(ctx, by, format, f, w)
			}, nil
		})
}
