package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bedrail"
	"bedrail/trail"
)

// AuditEventInput says which entries are asked for.
type AuditEventInput struct {
	From    time.Time `query:"from" doc:"Of the entry, or of the device's messages"`
	Until   time.Time `query:"until"`
	Message string    `query:"message" maxLength:"100"`
	Device  string    `query:"device" maxLength:"100" doc:"All messages of a device; a page is then one of messages"`
	Limit   int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Cursor  string    `query:"cursor" maxLength:"1000"`
}

const fhirJSON = "application/fhir+json"

// Repositories says how the audit repositories of the house go.
type Repositories struct {
	Items []trail.Standing `json:"items"`
}

func (a *API) registerTrail() {
	const tag = "audit"
	stream(a, route{Method: http.MethodGet, Path: "/audit/events", ID: "list-audit-events", Tag: tag, Summary: "Entries of the record as FHIR AuditEvent, newest first",
		About: "A Bundle of R4, of a time, a message or a device. Its link next leads on."}, fhirJSON,
		func(ctx context.Context, by bedrail.Actor, in *AuditEventInput) (func(http.ResponseWriter) error, error) {
			if a.Trail == nil {
				return nil, bedrail.Errorf(bedrail.Unavailable, "the audit record is not open here")
			}
			all, next, err := a.Trail.Events(ctx, by, trail.Search{From: in.From, Until: in.Until, Message: in.Message, Device: in.Device, Limit: in.Limit, Cursor: in.Cursor})
			if err != nil {
				return nil, err
			}
			b, err := trail.Bundle("searchset", all, in.next(next))
			return writes(b), err
		})
	stream(a, route{Method: http.MethodGet, Path: "/messages/{id}/provenance", ID: "get-message-provenance", Tag: "Messages", Summary: "The way of a message as FHIR Provenance",
		About: "A Bundle of R4: one Provenance for its receipt, from the hash of the bytes as they came, and one for each delivery with its purpose."}, fhirJSON,
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (func(http.ResponseWriter) error, error) {
			if a.Trail == nil {
				return nil, bedrail.Errorf(bedrail.Unavailable, "the audit record is not open here")
			}
			b, err := a.Trail.Provenance(ctx, by, in.ID)
			return writes(b), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/audit/repositories", ID: "list-audit-repositories", Tag: tag, Summary: "How far the audit repositories of the house have been told",
		About: "Targets of way syslog and format atna. The record is their queue: what one did not take is sent again."},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (Repositories, error) {
			if a.Audit == nil || a.Repositories == nil {
				return Repositories{[]trail.Standing{}}, nil
			}
			if err := a.Audit.MayVerify(ctx, by); err != nil {
				return Repositories{}, err
			}
			return Repositories{a.Repositories()}, nil
		})
}

func writes(b []byte) func(http.ResponseWriter) error {
	return func(w http.ResponseWriter) error {
		w.Header().Set("Content-Type", fhirJSON)
		_, err := w.Write(b)
		return err
	}
}

// next is the address of the page that follows.
func (in *AuditEventInput) next(cursor string) string {
	if cursor == "" {
		return ""
	}
	q := url.Values{"cursor": {cursor}, "limit": {strconv.Itoa(in.Limit)}}
	for name, at := range map[string]time.Time{"from": in.From, "until": in.Until} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339))
		}
	}
	for name, id := range map[string]string{"message": in.Message, "device": in.Device} {
		if id != "" {
			q.Set(name, id)
		}
	}
	return base + "/audit/events?" + q.Encode()
}
