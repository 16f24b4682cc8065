package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/vuln"
)

// ControlInput puts a control in force.
type ControlInput struct {
	Body ControlBody
}

// ControlBody says what holds which weakness, and how it is to be proven.
type ControlBody struct {
	Vulnerability string         `json:"vulnerability" minLength:"1" maxLength:"200"`
	Model         asset.ModelKey `json:"model"`
	Services      []vuln.Service `json:"services,omitempty" maxItems:"100" doc:"That are closed; none is every one"`
	Allow         []string       `json:"allow,omitempty" maxItems:"1000" doc:"Addresses and networks that may still reach them"`
	Days          int            `json:"days" minimum:"1" maximum:"30" doc:"For so long nothing must have got through before the control is believed"`
	Since         *time.Time     `json:"since,omitempty" doc:"In force from; now when absent"`
	Expires       time.Time      `json:"expires"`
	Owner         string         `json:"owner" minLength:"1" maxLength:"200"`
	Note          string         `json:"note,omitempty" maxLength:"4000"`
}

func (a *API) registerControls() {
	const tag = "Findings"
	serve(a, route{Method: http.MethodGet, Path: "/controls", ID: "list-controls", Tag: tag, Summary: "What keeps weaknesses from being reached, with what recorded conversations say of it",
		About: "States: contradicted expired unobserved pending verified retired. Only a verified control lowers exposure."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[vuln.ControlStatus], error) {
			b, err := a.board()
			if err != nil {
				return List[vuln.ControlStatus]{}, err
			}
			all, err := b.Controls(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/controls", ID: "bind-control", Tag: tag, Summary: "Put a control in force for a weakness of a model",
		About: "Bedrail changes nothing in the network: it watches whether what you closed stays closed."},
		func(ctx context.Context, by bedrail.Actor, in *ControlInput) (vuln.ControlStatus, error) {
			b, err := a.board()
			if err != nil {
				return vuln.ControlStatus{}, err
			}
			c := vuln.Control{Vulnerability: in.Body.Vulnerability, Model: in.Body.Model, Services: in.Body.Services, Allow: in.Body.Allow, Days: in.Body.Days,
				Expires: in.Body.Expires.UTC(), Owner: in.Body.Owner, Note: in.Body.Note}
			if in.Body.Since != nil {
				c.Since = in.Body.Since.UTC()
			}
			return b.Bind(ctx, by, c)
		})
	act(a, route{Method: http.MethodDelete, Path: "/controls/{id}", ID: "retire-control", Tag: tag, Summary: "Take a control back"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			b, err := a.board()
			if err != nil {
				return err
			}
			return b.Unbind(ctx, by, in.ID)
		})
}
