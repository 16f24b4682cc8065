package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
)

// StageDemo is what a visitor does who lets an event of the demonstration
// happen.
const StageDemo bedrail.Action = "demo:stage"

// A Stage is a demonstration that visitors may meddle with.
type Stage interface {
	// Progress tells how far the demonstration has come, and what may happen.
	Progress() Demo
	// Let lets the event called name happen, once, and returns when it was
	// taken in.
	Let(ctx context.Context, name string) (DemoEvent, error)
}

// A Demo is how far the demonstration has come.
type Demo struct {
	State  string      `json:"state" enum:"starting,filling,complete"`
	Doing  string      `json:"doing,omitempty" doc:"What is being brought in now"`
	Done   int         `json:"done"`
	Steps  int         `json:"steps"`
	Events []DemoEvent `json:"events"`
	// In what the made-up inventory of record differs from the made-up wire.
	Disagreements []DemoDisagreement `json:"disagreements" doc:"In what the inventory of record differs from the wire, and how often"`
}

// A DemoDisagreement is one way in which the inventory of record is wrong.
type DemoDisagreement struct {
	Kind  string `json:"kind" enum:"unregistered,wrong-unit,no-version,absent,mistyped-serial,renamed,twice"`
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// A DemoEvent is something that a visitor may let happen.
type DemoEvent struct {
	Name  string            `json:"name" enum:"advisory,move,spoof,silence,vendor"`
	Title string            `json:"title"`
	About string            `json:"about" doc:"What will happen"`
	Shows string            `json:"shows" doc:"What Bedrail makes of it"`
	Ready bool              `json:"ready" doc:"Whether it can happen now"`
	At    time.Time         `json:"at,omitzero" doc:"When it was let happen"`
	Facts map[string]string `json:"facts" doc:"Names and places that the words speak of"`
	Links []DemoLink        `json:"links" doc:"Screens on which its effect is seen"`
}

// A DemoLink leads to a screen.
type DemoLink struct {
	Name string `json:"name" enum:"finding,devices,device,timeline,conversations,behaviour,reconciliation,conflicts,quiet"`
	Href string `json:"href"`
}

// DemoEventInput names an event.
type DemoEventInput struct {
	Name string `path:"name" doc:"advisory, move, spoof, silence or vendor"`
}

func (a *API) registerDemo() {
	const tag = "Demonstration"
	only := bedrail.Errorf(bedrail.NotFound, "this is no demonstration; start one with \"bedrail demo\"")
	serve(a, route{Method: http.MethodGet, Path: "/demo", ID: "get-demo", Tag: tag, Summary: "How far the demonstration has come, and what may happen in it",
		About: "Only where everything shown is made up."},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (Demo, error) {
			if a.Stage == nil {
				return Demo{}, only
			}
			return a.Stage.Progress(), nil
		})
	serve(a, route{Method: http.MethodPost, Path: "/demo/events/{name}", ID: "stage-demo-event", Tag: tag, Summary: "Let something happen in the demonstration",
		About: "It enters through the product's own doors, as a capture, a message on the wire or a file, and the answer says where its effect is seen. Each happens once."},
		func(ctx context.Context, by bedrail.Actor, in *DemoEventInput) (DemoEvent, error) {
			if a.Stage == nil {
				return DemoEvent{}, only
			}
			if err := a.Access.Policy.Authorize(ctx, by, StageDemo, bedrail.Resource{Type: "demo", ID: in.Name}); err != nil {
				return DemoEvent{}, err
			}
			return a.Stage.Let(ctx, in.Name)
		})
}
