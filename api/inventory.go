package api

import (
	"context"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bedrail"
	"bedrail/asset"
	"bedrail/traffic"
)

// A ColumnsInput is a list that is to be looked at. The file is the body.
type ColumnsInput struct {
	Kind string `query:"kind" required:"true" enum:"cmms,locations" doc:"Of what it is a list"`
	Name string `query:"name" maxLength:"300" doc:"The file's name, for messages"`

	body io.Reader
}

// Resolve lets the framework hand over the body unread.
func (in *ColumnsInput) Resolve(ctx huma.Context) []error {
	in.body, _ = unread(ctx)
	return nil
}

// maxList bounds a list of devices or places.
const maxList = 256 << 20

// A MappingInput is a mapping of columns that is to be kept.
type MappingInput struct {
	Body struct {
		Kind     asset.ListKind    `json:"kind" enum:"cmms,locations"`
		Name     string            `json:"name" minLength:"1" maxLength:"64"`
		Headings []string          `json:"headings" maxItems:"512" doc:"Of the file; a file with the same is offered this mapping again"`
		Fields   map[string]string `json:"fields" doc:"Heading to field; - leaves a column out"`
	}
}

// registerLists describes the lists of a maintenance system: what their columns
// mean, and what was taken in.
func (a *API) registerLists(tag string) {
	look := route{Method: http.MethodPost, Path: "/imports/columns", ID: "look-at-columns", Tag: tag, Summary: "What the columns of a list seem to hold",
		About: "The body is the file, CSV or XLSX. Its headings are compared with the mappings that were saved, then guessed. Nothing is taken in, and nothing of the file is kept."}
	serve(a, look, func(ctx context.Context, by bedrail.Actor, in *ColumnsInput) (asset.Columns, error) {
		name := path.Base(strings.ReplaceAll(in.Name, `\`, "/"))
		return a.Assets.LookAtColumns(ctx, by, asset.ListKind(in.Kind), name, http.MaxBytesReader(nil, io.NopCloser(in.body), maxList))
	})
	a.takesFile(look)
	serve(a, route{Method: http.MethodGet, Path: "/imports/mappings", ID: "list-column-mappings", Tag: tag, Summary: "Mappings of columns that are kept"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[asset.ColumnMapping], error) {
			all, err := a.Assets.ColumnMappings(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPut, Path: "/imports/mappings", ID: "save-column-mapping", Tag: tag, Summary: "Keep a mapping of columns under a name", About: "It replaces the one of that name."},
		func(ctx context.Context, by bedrail.Actor, in *MappingInput) (asset.ColumnMapping, error) {
			return a.Assets.SaveColumnMapping(ctx, by, asset.ColumnMapping{Kind: in.Body.Kind, Name: in.Body.Name, Headings: in.Body.Headings, Fields: in.Body.Fields})
		})
	act(a, route{Method: http.MethodDelete, Path: "/imports/mappings/{id}", ID: "remove-column-mapping", Tag: tag, Summary: "Forget a mapping of columns"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			return a.Assets.RemoveColumnMapping(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodGet, Path: "/imports", ID: "list-imports", Tag: tag, Summary: "Lists that were taken in, newest first", About: "Each can be taken back as a whole."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[asset.ImportRecord], error) {
			all, err := a.Assets.ImportRecords(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/imports/{id}/undo", ID: "undo-import", Tag: tag, Summary: "Take back what a list of devices, leases or places, or a cloud's feed, said",
		About: "Devices that nothing else spoke of go with it. Links to patients that are under legal hold end and are kept, with their device; once the hold is let go, the same takes back the rest. What was already undone is a conflict (409)."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (asset.Undone, error) {
			return a.Assets.UndoImport(ctx, by, in.ID)
		})
}

// PlaceBody is what a person says of a place.
type PlaceBody struct {
	SpotInput
	Title   string   `json:"title,omitempty" maxLength:"200" doc:"What people call it"`
	Aliases []string `json:"aliases,omitempty" maxItems:"32" doc:"Other names of a unit in messages and lists"`
}

func (b PlaceBody) change() asset.PlaceChange {
	return asset.PlaceChange{Spot: b.spot(), Title: b.Title, Aliases: b.Aliases}
}

func (in SpotInput) spot() traffic.Spot {
	return traffic.Spot{Site: in.Site, Building: in.Building, Floor: in.Floor, Unit: in.Unit, Room: in.Room, Bed: in.Bed}
}

// A PlaceView is one place with what stands there.
type PlaceView struct{ asset.PlaceNode }

func (v PlaceView) version() int64 { return v.Version }

func (a *API) registerPlaces() {
	const tag = "Locations"
	serve(a, route{Method: http.MethodGet, Path: "/locations", ID: "list-locations", Tag: tag, Summary: "Sites, buildings, floors, units, rooms and beds, with what stands there",
		About: "Those of the hospital's list, and those that devices name and the list does not know (listed:no). In the order of a tree; parent names the place above by its key."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[asset.PlaceNode], error) {
			all, err := a.Assets.Places(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/locations", ID: "add-location", Tag: tag, Summary: "Put a place on the list", Status: http.StatusCreated,
		About: "The finest part that is named is the place; the others say in what it lies."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body PlaceBody }) (PlaceView, error) {
			n, err := a.Assets.SavePlace(ctx, by, "", 0, in.Body.change())
			return PlaceView{n}, err
		})
	type changeInput struct {
		IDInput
		MatchInput
		Body PlaceBody
	}
	serve(a, route{Method: http.MethodPut, Path: "/locations/{id}", ID: "change-location", Tag: tag, Summary: "Change a place of the list", About: "What lies in it moves along."},
		func(ctx context.Context, by bedrail.Actor, in *changeInput) (PlaceView, error) {
			seen, err := in.SeenVersion()
			if err != nil {
				return PlaceView{}, err
			}
			n, err := a.Assets.SavePlace(ctx, by, in.ID, seen, in.Body.change())
			return PlaceView{n}, err
		})
	type removeInput struct {
		IDInput
		MatchInput
	}
	act(a, route{Method: http.MethodDelete, Path: "/locations/{id}", ID: "remove-location", Tag: tag, Summary: "Take a place and all that lies in it off the list",
		About: "Devices stay where evidence puts them."},
		func(ctx context.Context, by bedrail.Actor, in *removeInput) error {
			seen, err := in.SeenVersion()
			if err != nil {
				return err
			}
			return a.Assets.RemovePlace(ctx, by, in.ID, seen)
		})
}
