package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
)

// A Status tells how the product itself is doing. Package server knows.
type Status interface {
	// System returns how the parts of the product are doing.
	System(ctx context.Context, by bedrail.Actor) (System, error)
	// Setup returns the first steps and which of them are done.
	Setup(ctx context.Context, by bedrail.Actor) ([]SetupStep, error)
}

// A System says how the parts of the product are doing.
type System struct {
	Version   string          `json:"version"`
	Commit    string          `json:"commit"`
	StartedAt time.Time       `json:"startedAt"`
	Demo      bool            `json:"demo"`
	Store     StoreStatus     `json:"store"`
	Disk      DiskStatus      `json:"disk"`
	Capture   []CaptureStatus `json:"capture"`
	Bus       BusStatus       `json:"bus"`
	Warnings  []Warning       `json:"warnings"`
}

// A StoreStatus says how the store is doing.
type StoreStatus struct {
	Engine   string `json:"engine"`
	Bytes    int64  `json:"bytes"`
	ReadOnly bool   `json:"readOnly"`
	Why      string `json:"why,omitempty" doc:"Why nothing can be changed now"`
}

// A DiskStatus says how full the disk of the data folder is.
type DiskStatus struct {
	Free  int64  `json:"free" doc:"Bytes"`
	Total int64  `json:"total" doc:"Bytes"`
	State string `json:"state" enum:"ok,low,full,unknown"`
}

// A CaptureStatus says what one source of packets has seen.
type CaptureStatus struct {
	Source  string    `json:"source" doc:"Interface, listener or file"`
	Packets uint64    `json:"packets"`
	Dropped uint64    `json:"dropped" doc:"Packets that were on the wire and not seen"`
	Since   time.Time `json:"since,omitzero"`
	Error   string    `json:"error,omitempty"`
}

// A BusStatus says how far observations are on their way to the record.
type BusStatus struct {
	State   string `json:"state" enum:"ok,off,behind,down"`
	Pending uint64 `json:"pending" doc:"Published and not yet in the record"`
}

// A Warning is something that a person who runs Bedrail should see to.
type Warning struct {
	Code   string `json:"code"`
	Detail string `json:"detail" doc:"What is wrong"`
	Mend   string `json:"mend" doc:"What to do about it"`
}

// A SetupStep is one of the first steps with Bedrail.
type SetupStep struct {
	ID   string    `json:"id" enum:"administrator,capture,devices,inventory,feeds,bills,backup"`
	Done bool      `json:"done"`
	At   time.Time `json:"at,omitzero" doc:"When it was done"`
	Href string    `json:"href" doc:"Screen on which it is done"`
}

func (a *API) registerSystem() {
	const tag = "System"
	serve(a, route{Method: http.MethodGet, Path: "/system", ID: "get-system", Tag: tag, Summary: "How Bedrail itself is doing"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (System, error) {
			return a.Status.System(ctx, by)
		})
	serve(a, route{Method: http.MethodGet, Path: "/setup", ID: "get-setup", Tag: tag, Summary: "First steps, and which are done"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (List[SetupStep], error) {
			steps, err := a.Status.Setup(ctx, by)
			return allOf(steps, same), err
		})
}
