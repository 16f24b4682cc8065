package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/sbom"
)

func (a *API) registerBills() {
	const tag = "Bills"
	serve(a, route{Method: http.MethodGet, Path: "/bills", ID: "list-bills", Tag: tag, Summary: "List bills of software"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[sbom.Summary], error) {
			req, err := in.Request()
			if err != nil {
				return List[sbom.Summary]{}, err
			}
			shelf, err := a.shelf()
			if err != nil {
				return List[sbom.Summary]{}, err
			}
			page, err := shelf.Bills(ctx, by, req)
			return listOf(page, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/bills/{id}", ID: "get-bill", Tag: tag, Summary: "One bill, without its components"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (sbom.Bill, error) {
			shelf, err := a.shelf()
			if err != nil {
				return sbom.Bill{}, err
			}
			b, err := shelf.Bill(ctx, by, in.ID)
			b.Components = nil
			return b, err
		})
	serve(a, route{Method: http.MethodGet, Path: "/bills/{id}/components", ID: "list-bill-components", Tag: tag, Summary: "Components of a bill"},
		func(ctx context.Context, by bedrail.Actor, in *BillComponentsInput) (List[sbom.Component], error) {
			shelf, err := a.shelf()
			if err != nil {
				return List[sbom.Component]{}, err
			}
			b, err := shelf.Bill(ctx, by, in.ID)
			if err != nil {
				return none(b.Components), err
			}
			return pageOf(b.Components, &in.ListInput)
		})
	serve(a, route{Method: http.MethodGet, Path: "/bills/{id}/history", ID: "list-bill-history", Tag: tag, Summary: "Every bill that the model of this one has or had, and which replaced which"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (List[sbom.Edition], error) {
			shelf, err := a.shelf()
			if err != nil {
				return List[sbom.Edition]{}, err
			}
			all, err := shelf.History(ctx, by, in.ID)
			return allOf(all, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/bills/{id}/graph", ID: "get-bill-graph", Tag: tag, Summary: "Neighbours of a component in the graph of dependencies, a page at a time"},
		func(ctx context.Context, by bedrail.Actor, in *BillGraphInput) (sbom.Neighbourhood, error) {
			shelf, err := a.shelf()
			if err != nil {
				return sbom.Neighbourhood{}, err
			}
			return shelf.Graph(ctx, by, in.ID, in.Component, in.Direction == "up", in.Offset, in.Limit)
		})
	serve(a, route{Method: http.MethodGet, Path: "/bills/{id}/diff", ID: "diff-bills", Tag: tag, Summary: "What changed from another bill to this one"},
		func(ctx context.Context, by bedrail.Actor, in *BillDiffInput) (sbom.Difference, error) {
			shelf, err := a.shelf()
			if err != nil {
				return sbom.Difference{}, err
			}
			return shelf.Diff(ctx, by, in.From, in.ID)
		})
}

// BillGraphInput asks for the neighbours of a component.
type BillGraphInput struct {
	IDInput
	Component int    `query:"component" minimum:"-1" default:"-1" doc:"Place among the components; -1 asks for those that nothing needs"`
	Direction string `query:"direction" enum:"down,up" default:"down" doc:"down: what it needs; up: what needs it"`
	Offset    int    `query:"offset" minimum:"0"`
	Limit     int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// BillDiffInput names the bill to compare with.
type BillDiffInput struct {
	IDInput
	From string `query:"from" required:"true" maxLength:"200" doc:"Identifier of the older bill"`
}

// BillComponentsInput asks for a page of a bill's components.
type BillComponentsInput struct {
	IDInput
	ListInput
}

func (a *API) shelf() (*sbom.Shelf, error) {
	if a.Bills == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "bills are not kept here: this part of Bedrail runs without them")
	}
	return a.Bills, nil
}
