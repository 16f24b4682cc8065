package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/knowledge"
)

// AsOfInput asks about a day.
type AsOfInput struct {
	Day           string `query:"day" required:"true" maxLength:"40" doc:"A day, 2006-01-02, which means its end (UTC), or a moment (RFC 3339)"`
	Vulnerability string `query:"vulnerability" maxLength:"100" doc:"By any of its names"`
	Manufacturer  string `query:"manufacturer" maxLength:"200"`
	Model         string `query:"model" maxLength:"200"`
	Device        string `query:"device" maxLength:"200" doc:"Identifier of one device: what was known of it, and of its model"`
}

func (in *AsOfInput) ask(now time.Time) (knowledge.Ask, error) {
	k := knowledge.Ask{Vulnerability: in.Vulnerability, Manufacturer: in.Manufacturer, Model: in.Model, Device: in.Device}
	if day, err := time.Parse(time.DateOnly, in.Day); err == nil {
		k.At = day.Add(24*time.Hour - time.Microsecond)
		if k.At.After(now) && !day.After(now) {
			k.At = now // today, as far as it has come
		}
		return k, nil
	}
	at, err := time.Parse(time.RFC3339, in.Day)
	if err != nil {
		return k, bedrail.Errorf(bedrail.Invalid, "%q is neither a day such as 2026-03-31 nor a moment such as 2026-03-31T14:00:00Z", in.Day).At("query.day")
	}
	k.At = at.UTC()
	return k, nil
}

func (a *API) asOf(ctx context.Context, by bedrail.Actor, in *AsOfInput) (knowledge.View, error) {
	if a.Archive == nil {
		return knowledge.View{}, bedrail.Errorf(bedrail.Unavailable, "the past is not kept here: this part of Bedrail runs without it")
	}
	ask, err := in.ask(a.Clock.Now())
	if err != nil {
		return knowledge.View{}, err
	}
	return a.Archive.AsOf(ctx, by, ask)
}

func (a *API) registerKnowledge() {
	const tag = "Knowledge"
	serve(a, route{Method: http.MethodGet, Path: "/asof", ID: "get-as-of", Tag: tag, Summary: "What was known on a day: bills, feeds, statements, decisions, and what followed from them",
		About: "Worked out anew from the records that were held at that moment."}, a.asOf)
	stream(a, route{Method: http.MethodGet, Path: "/asof/page", ID: "get-as-of-page", Tag: tag, Summary: "The same as one signed page that prints and verifies offline"}, "text/html; charset=utf-8",
		func(ctx context.Context, by bedrail.Actor, in *AsOfInput) (func(http.ResponseWriter) error, error) {
			v, err := a.asOf(ctx, by, in)
			if err != nil {
				return nil, err
			}
			var page bytes.Buffer
			if err := knowledge.Write(&page, v, a.Publisher, by.Name, a.Clock.Now(), a.SignText); err != nil {
				return nil, err
			}
			return func(w http.ResponseWriter) error {
				w.Header().Set("Content-Disposition", `attachment; filename="bedrail-evidence-`+v.At.Format("2006-01-02")+`.html"`)
				_, err := w.Write(page.Bytes())
				return err
			}, nil
		})
}
