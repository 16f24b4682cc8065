package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/mapping"
)

// MappingNameInput names a mapping.
type MappingNameInput struct {
	Name string `path:"name" minLength:"1" maxLength:"100" doc:"Name of the mapping"`
}

// MappingSaveInput is a mapping to keep.
type MappingSaveInput struct {
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"1048576" doc:"YAML"`
		Note string `json:"note,omitempty" maxLength:"500" doc:"What changes, for whoever reads the versions"`
	}
}

// MappingTryInput is a mapping and a message to try it on.
type MappingTryInput struct {
	Body struct {
		Text    string `json:"text,omitempty" maxLength:"1048576" doc:"YAML of a mapping that is not saved; empty tries those in force"`
		Name    string `json:"name,omitempty" maxLength:"100" doc:"Without text: the mapping in force to try; empty is the first that is for the message"`
		Message string `json:"message,omitempty" maxLength:"1048576" doc:"HL7 v2 (a segment on a line), ASTM, POCT1-A or a FHIR bundle"`
	}
}

func (a *API) mappings() (*mapping.Desk, error) {
	if a.Mappings == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "mappings are not kept here: this part of Bedrail runs without them")
	}
	return a.Mappings, nil
}

func (a *API) registerMappings() {
	const tag = "Mappings"
	serve(a, route{Method: http.MethodGet, Path: "/mappings", ID: "list-mappings", Tag: tag, Summary: "Mappings of messages to FHIR and back, the house's own first"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[mapping.Listed], error) {
			d, err := a.mappings()
			if err != nil {
				return List[mapping.Listed]{}, err
			}
			all, err := d.List(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/mappings/{name}", ID: "get-mapping", Tag: tag, Summary: "A mapping with its versions"},
		func(ctx context.Context, by bedrail.Actor, in *MappingNameInput) (mapping.Shown, error) {
			d, err := a.mappings()
			if err != nil {
				return mapping.Shown{}, err
			}
			return d.Show(ctx, by, in.Name)
		})
	serve(a, route{Method: http.MethodPost, Path: "/mappings", ID: "save-mapping", Tag: tag, Summary: "Save a version of a mapping and take it into force",
		About: "Refused when it is no mapping, when FHIR has no such element, or when a test that the mapping carries fails."},
		func(ctx context.Context, by bedrail.Actor, in *MappingSaveInput) (mapping.Version, error) {
			d, err := a.mappings()
			if err != nil {
				return mapping.Version{}, err
			}
			return d.Save(ctx, by, in.Body.Text, in.Body.Note)
		})
	serve(a, route{Method: http.MethodPost, Path: "/mappings/preview", ID: "try-mapping", Tag: tag, Summary: "Try a mapping on a message; nothing is kept"},
		func(ctx context.Context, by bedrail.Actor, in *MappingTryInput) (mapping.Preview, error) {
			d, err := a.mappings()
			if err != nil {
				return mapping.Preview{}, err
			}
			return d.Try(ctx, by, in.Body.Text, in.Body.Name, mapping.Lines([]byte(in.Body.Message)))
		})
	act(a, route{Method: http.MethodDelete, Path: "/mappings/{name}", ID: "retire-mapping", Tag: tag, Summary: "Take a mapping of the house out of force; Bedrail's own counts again"},
		func(ctx context.Context, by bedrail.Actor, in *MappingNameInput) error {
			d, err := a.mappings()
			if err != nil {
				return err
			}
			return d.Retire(ctx, by, in.Name)
		})
}
