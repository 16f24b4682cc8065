package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	jsonv2 "github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"bedrail"
	"bedrail/door"
)

// commandsField says in the document which command lines ask the same as an
// operation; commands.txt explains how they are written.
const commandsField = "x-bedrail-commands"

// A route is one operation as the document describes it.
type route struct {
	Method  string
	Path    string // below /api/v1, or whole when it begins with /api
	ID      string // "list-devices": the name in clients
	Tag     string // the capability
	Summary string
	About   string
	Status  int     // of success; 200 when zero
	MaxBody int64   // bytes; 1 MiB when zero
	Open    bool    // may be called before signing in is finished
	Ends    *ending // announced to go; nil is not
}

func (r route) operation() huma.Operation {
	op := huma.Operation{Method: r.Method, Path: base + r.Path, OperationID: r.ID, Tags: []string{r.Tag}, Summary: r.Summary,
		Description: r.About, DefaultStatus: r.Status, MaxBodyBytes: r.MaxBody, RejectUnknownQueryParameters: true,
		BodyReadTimeout: 30 * time.Second}
	if op.DefaultStatus == 0 {
		op.DefaultStatus = http.StatusOK
	}
	if r.Open {
		op.Security = []map[string][]string{}
	}
	return op
}

// operation is r as the framework takes it.
func (a *API) operation(r route) huma.Operation {
	op := r.operation()
	if lines := a.commands[r.ID].Lines; len(lines) > 0 {
		op.Extensions = map[string]any{commandsField: lines}
	}
	if r.Ends != nil {
		a.announce(&op, *r.Ends)
	}
	return op
}

// unique returns op. It panics when another operation has its method and path
// already: the router would answer with whichever came last.
func (a *API) unique(op huma.Operation) huma.Operation {
	place := op.Method + " " + op.Path
	if a.places[place] {
		panic("two operations answer " + place)
	}
	if a.places == nil {
		a.places = make(map[string]bool)
	}
	a.places[place] = true
	return op
}

// An output is an answer with its version.
type output[O any] struct {
	ETag string `header:"ETag"`
	Body O
}

// A versioned answer has an ETag.
type versioned interface{ version() int64 }

// serve registers one operation that answers with a body. The handler is told
// who asks; what it returns as error becomes a Problem by the one table.
func serve[I, O any](a *API, r route, handle func(ctx context.Context, by bedrail.Actor, in *I) (O, error)) {
	huma.Register(a.huma, a.unique(a.operation(r)), func(ctx context.Context, in *I) (*output[O], error) {
		by, err := a.caller(ctx, r)
		if err != nil {
			return nil, a.problem(ctx, in, err)
		}
		body, err := handle(ctx, by, in)
		if err != nil {
			return nil, a.problem(ctx, in, err)
		}
		out := &output[O]{Body: body}
		if v, ok := any(body).(versioned); ok {
			out.ETag = etag(v.version())
		}
		return out, nil
	})
}

// act registers one operation that answers 204 without a body.
func act[I any](a *API, r route, handle func(ctx context.Context, by bedrail.Actor, in *I) error) {
	r.Status = http.StatusNoContent
	huma.Register(a.huma, a.unique(a.operation(r)), func(ctx context.Context, in *I) (*struct{}, error) {
		by, err := a.caller(ctx, r)
		if err == nil {
			err = handle(ctx, by, in)
		}
		if err != nil {
			return nil, a.problem(ctx, in, err)
		}
		return nil, nil
	})
}

// stream registers one operation that writes its answer bit by bit: an export
// or a feed of events. The handler returns what writes the answer, or an error
// while there is still time for a Problem.
func stream[I any](a *API, r route, contentType string, handle func(ctx context.Context, by bedrail.Actor, in *I) (func(http.ResponseWriter) error, error)) {
	op := a.operation(r)
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{contentType: {}}}}
	huma.Register(a.huma, a.unique(op), func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		by, err := a.caller(ctx, r)
		if err != nil {
			return nil, a.problem(ctx, in, err)
		}
		write, err := handle(ctx, by, in)
		if err != nil {
			return nil, a.problem(ctx, in, err)
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			hc.SetHeader("Content-Type", contentType)
			if err := write(hc.BodyWriter().(http.ResponseWriter)); err != nil {
				a.log().WarnContext(ctx, "an answer broke off", "operation", r.ID, "error", err)
			}
		}}, nil
	})
}

// caller returns who asks, once they may ask at all.
func (a *API) caller(ctx context.Context, r route) (bedrail.Actor, error) {
	c := door.CallerOf(ctx)
	if r.Open {
		return c.Actor, nil
	}
	return c.Actor, c.Ready()
}

// problem turns err into what the asker sees. A conflict about a version that
// the asker named is a failed precondition.
func (a *API) problem(ctx context.Context, in any, err error) error {
	p := problemOf(ctx, a.log(), err)
	if _, ok := in.(interface{ conditional() }); ok && p.Status == http.StatusConflict {
		p.setStatus(http.StatusPreconditionFailed, "precondition-failed")
	}
	return p
}

// jsonFormat writes an empty list as [] and never as null, so that a client
// need not ask.
func jsonFormat() huma.Format {
	options := jsonv2.JoinOptions(jsonv1.DefaultOptionsV1(), jsonv2.FormatNilSliceAsNull(false), jsonv2.FormatNilMapAsNull(false))
	return huma.Format{
		Marshal:   func(w io.Writer, v any) error { return jsonv2.MarshalWrite(w, v, options) },
		Unmarshal: func(data []byte, v any) error { return json.Unmarshal(data, v) },
	}
}
