package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/lifecycle"
	"bedrail/patch"
)

// PatchAsk says what to plan, and within what.
type PatchAsk struct {
	Manufacturer string     `json:"manufacturer,omitempty" maxLength:"200"`
	Model        string     `json:"model,omitempty" maxLength:"200"`
	Version      string     `json:"softwareVersion,omitempty" maxLength:"200"`
	Site         string     `json:"site,omitempty" maxLength:"200"`
	Unit         string     `json:"unit,omitempty" maxLength:"200"`
	From         *time.Time `json:"from,omitempty"`
	Days         int        `json:"days,omitempty" minimum:"0" maximum:"180" doc:"0 is 28"`
	Hours        int        `json:"hours,omitempty" minimum:"0" maximum:"72" doc:"That one device is out for; 0 is 2"`
	WorkFrom     int        `json:"workFrom,omitempty" minimum:"0" maximum:"23"`
	WorkTo       int        `json:"workTo,omitempty" minimum:"0" maximum:"24" doc:"0 and 0 are 7 to 17"`
	Weekends     bool       `json:"weekends,omitempty"`
	Keep         float64    `json:"keep,omitempty" minimum:"0" maximum:"1" doc:"Share of a unit's devices that stays; 0 is the usual of the class"`
	Technicians  int        `json:"technicians,omitempty" minimum:"0" maximum:"10000" doc:"Devices that the hospital's technicians can work on at once, all units together; 0 is no limit"`
	Preview      bool       `json:"preview,omitempty"`
}

// PatchAskInput carries an ask.
type PatchAskInput struct{ Body PatchAsk }

// AgreeInput is what a party says.
type AgreeInput struct {
	IDInput
	Body struct {
		Party string `json:"party" enum:"it,clinical-engineering,unit"`
		Agree bool   `json:"agree"`
		Note  string `json:"note,omitempty" maxLength:"2000"`
	}
}

// ExceptInput puts a control in the place of a patch.
type ExceptInput struct {
	IDInput
	Body struct {
		Reason  string `json:"reason" minLength:"1" maxLength:"4000"`
		Control string `json:"control" minLength:"1" maxLength:"4000"`
		Expires string `json:"expires" maxLength:"10"`
	}
}

// PatchStageInput sets an order to done or cancelled.
type PatchStageInput struct {
	IDInput
	Body struct {
		Stage string `json:"stage" enum:"done,cancelled"`
	}
}

// CalendarInput says what a calendar shows.
type CalendarInput struct {
	Body struct {
		Name string `json:"name,omitempty" maxLength:"200"`
		Site string `json:"site,omitempty" maxLength:"200"`
		Unit string `json:"unit,omitempty" maxLength:"200" doc:"Empty is every unit"`
	}
}

// CalendarMade is a calendar with its address, which is shown once.
type CalendarMade struct {
	patch.Calendar
	Path string `json:"path" doc:"Below the address of the server; whoever has it sees the plan"`
}

// CalendarSecret is the secret in a calendar's address.
type CalendarSecret struct {
	Secret string `path:"secret" maxLength:"100"`
}

func (a *API) planner() (*patch.Planner, error) {
	if a.Patches == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "patches are not planned here: this part of Bedrail runs without them")
	}
	return a.Patches, nil
}

// order runs one act on an order.
func order[I any](a *API, act func(ctx context.Context, p *patch.Planner, by bedrail.Actor, in *I) (patch.Order, error)) func(context.Context, bedrail.Actor, *I) (patch.Order, error) {
	return func(ctx context.Context, by bedrail.Actor, in *I) (patch.Order, error) {
		p, err := a.planner()
		if err != nil {
			return patch.Order{}, err
		}
		return act(ctx, p, by, in)
	}
}

func (a *API) registerPatches() {
	const tag = "Patches"
	serve(a, route{Method: http.MethodGet, Path: "/patches", ID: "list-patches", Tag: tag, Summary: "List patch orders: one model in one unit each"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[patch.Order], error) {
			p, err := a.planner()
			if err != nil {
				return List[patch.Order]{}, err
			}
			all, err := p.Orders(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/patches/propose", ID: "propose-patches", Tag: tag, Summary: "Propose when devices are mended",
		About: "By measured idle hours, what a unit can spare, loaners, maintenance that is due, and who may patch (MDS2 CSUP). Never all interchangeable devices of a unit at once. What is booked stays."},
		func(ctx context.Context, by bedrail.Actor, in *PatchAskInput) (List[patch.Order], error) {
			p, err := a.planner()
			if err != nil {
				return List[patch.Order]{}, err
			}
			b := in.Body
			ask := patch.Ask{Model: asset.ModelKey{Manufacturer: b.Manufacturer, Model: b.Model, Version: b.Version}, Site: b.Site, Unit: b.Unit, Days: b.Days, Hours: b.Hours, WorkFrom: b.WorkFrom, WorkTo: b.WorkTo, Weekends: b.Weekends, Keep: b.Keep, Hands: b.Technicians, Preview: b.Preview}
			if b.From != nil {
				ask.From = b.From.UTC()
			}
			all, err := p.Propose(ctx, by, ask)
			return allOf(all, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/patches/{id}", ID: "get-patch", Tag: tag, Summary: "One patch order"},
		order(a, func(ctx context.Context, p *patch.Planner, by bedrail.Actor, in *IDInput) (patch.Order, error) {
			return p.Order(ctx, by, in.ID)
		}))
	serve(a, route{Method: http.MethodPost, Path: "/patches/{id}/consent", ID: "agree-patch", Tag: tag, Summary: "Agree to an order for one of three parties, or do not",
		About: "Information technology, clinical engineering and the unit: three people. When all agree, the order is booked."},
		order(a, func(ctx context.Context, p *patch.Planner, by bedrail.Actor, in *AgreeInput) (patch.Order, error) {
			return p.Agree(ctx, by, in.ID, patch.Party(in.Body.Party), in.Body.Agree, in.Body.Note)
		}))
	serve(a, route{Method: http.MethodPost, Path: "/patches/{id}/exception", ID: "except-patch", Tag: tag, Summary: "Put a control in the place of a patch, until a day"},
		order(a, func(ctx context.Context, p *patch.Planner, by bedrail.Actor, in *ExceptInput) (patch.Order, error) {
			return p.Except(ctx, by, in.ID, in.Body.Reason, in.Body.Control, lifecycle.Day(in.Body.Expires))
		}))
	serve(a, route{Method: http.MethodPost, Path: "/patches/{id}/stage", ID: "set-patch-stage", Tag: tag, Summary: "Say that an order was carried out, or cancel it",
		About: "Verified is what Bedrail sees for itself: another software version on the wire or in the record of every device."},
		order(a, func(ctx context.Context, p *patch.Planner, by bedrail.Actor, in *PatchStageInput) (patch.Order, error) {
			return p.Set(ctx, by, in.ID, patch.Stage(in.Body.Stage))
		}))
	a.registerCalendars(tag)
}

func (a *API) registerCalendars(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/calendars", ID: "list-calendars", Tag: tag, Summary: "List calendar addresses, without their secrets"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (List[patch.Calendar], error) {
			p, err := a.planner()
			if err != nil {
				return List[patch.Calendar]{}, err
			}
			all, err := p.Calendars(ctx, by)
			return allOf(all, same), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/calendars", ID: "open-calendar", Tag: tag, Summary: "Make an address to which calendars subscribe", Status: http.StatusCreated},
		func(ctx context.Context, by bedrail.Actor, in *CalendarInput) (CalendarMade, error) {
			p, err := a.planner()
			if err != nil {
				return CalendarMade{}, err
			}
			c, secret, err := p.OpenCalendar(ctx, by, in.Body.Name, in.Body.Site, in.Body.Unit)
			return CalendarMade{c, base + "/calendars/feed/" + secret}, err
		})
	act(a, route{Method: http.MethodDelete, Path: "/calendars/{id}", ID: "close-calendar", Tag: tag, Summary: "End a calendar address"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			p, err := a.planner()
			if err != nil {
				return err
			}
			return p.CloseCalendar(ctx, by, in.ID)
		})
	stream(a, route{Method: http.MethodGet, Path: "/calendars/feed/{secret}", ID: "get-calendar-feed", Tag: tag, Summary: "The plan as a calendar (RFC 5545)", Open: true,
		About: "The secret in the address stands for a login. The calendar names models, units and counts, and no weakness."}, "text/calendar; charset=utf-8",
		func(ctx context.Context, _ bedrail.Actor, in *CalendarSecret) (func(http.ResponseWriter) error, error) {
			p, err := a.planner()
			if err != nil {
				return nil, err
			}
			var b bytes.Buffer
			if err := p.Feed(ctx, in.Secret, &b); err != nil {
				return nil, err
			}
			return func(w http.ResponseWriter) error { _, err := w.Write(b.Bytes()); return err }, nil
		})
}
