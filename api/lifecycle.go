package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"bedrail"
	"bedrail/lifecycle"
)

// ModelRecordInput names a model.
type ModelRecordInput struct {
	Manufacturer string `query:"manufacturer" required:"true" maxLength:"200"`
	Model        string `query:"model" required:"true" maxLength:"200"`
}

// ModelRecord is the record of a model with what follows from it.
type ModelRecord struct {
	lifecycle.Record
	ID          string           `json:"id"`
	State       lifecycle.State  `json:"state"`
	StateReason string           `json:"stateReason"`
	Cyber524B   lifecycle.Answer `json:"cyber524b"`
	CyberReason string           `json:"cyberReason"`
}

func (a *API) modelRecord(r lifecycle.Record) ModelRecord {
	m := ModelRecord{Record: r, ID: r.ID()}
	m.State, m.StateReason = lifecycle.StateOf(r, lifecycle.DayOf(a.Clock.Now()))
	m.Cyber524B, m.CyberReason = lifecycle.Cyber524B(r)
	return m
}

// ModelRecordBody replaces the record of a model.
type ModelRecordBody struct {
	Manufacturer     string              `json:"manufacturer" minLength:"1" maxLength:"200"`
	Model            string              `json:"model" minLength:"1" maxLength:"200"`
	Marketed         string              `json:"marketed,omitempty" maxLength:"10" doc:"First placed on the market, 2006-01-02"`
	EndOfLife        string              `json:"endOfLife,omitempty" maxLength:"10" doc:"From then on support is limited (IMDRF N70)"`
	EndOfSupport     string              `json:"endOfSupport,omitempty" maxLength:"10" doc:"From then on there is none"`
	Declared         string              `json:"declared,omitempty" enum:"unknown,development,support,limited-support,end-of-support" doc:"What the maker says, where it gives no days"`
	SupportText      string              `json:"supportText,omitempty" maxLength:"500"`
	Submission       string              `json:"submission,omitempty" maxLength:"10" doc:"When the FDA received the premarket submission"`
	SubmissionNumber string              `json:"submissionNumber,omitempty" maxLength:"40"`
	CyberDevice      string              `json:"cyberDevice,omitempty" enum:"yes,no,unknown" doc:"FD&C Act section 524B(c)"`
	KnownThen        []string            `json:"knownThen,omitempty" maxItems:"500"`
	ProductCode      string              `json:"productCode,omitempty" maxLength:"3"`
	ServiceUntil     string              `json:"serviceUntil,omitempty" maxLength:"10"`
	Transfer         *lifecycle.Transfer `json:"transfer,omitempty"`
	Source           string              `json:"source,omitempty" maxLength:"500"`
	Note             string              `json:"note,omitempty" maxLength:"4000"`
	Version          int64               `json:"version" doc:"That you saw; 0 when there was no record"`
}

// LedgerSaveInput carries a record.
type LedgerSaveInput struct{ Body ModelRecordBody }

// ForecastInput says how far to look.
type ForecastInput struct {
	Years int    `query:"years" minimum:"1" maximum:"15" default:"5"`
	On    string `query:"on" maxLength:"10" doc:"A day, 2006-01-02: only that day, with the devices that are without support by then"`
}

// ForecastAnswer is the forecast, and for one day the devices.
type ForecastAnswer struct {
	lifecycle.Forecast
	Over []lifecycle.Ending `json:"over" doc:"Devices without support on the day that was asked for"`
}

// RecallAnswerInput says what was done about recalled devices.
type RecallAnswerInput struct {
	Body struct {
		IDs   []string `json:"ids" minItems:"1" maxItems:"500" doc:"Of lines of the worklist"`
		State string   `json:"state" enum:"open,acknowledged,quarantined,corrected,returned,not-affected"`
		Note  string   `json:"note,omitempty" maxLength:"2000"`
	}
}

// DocumentListInput names what documents belong to.
type DocumentListInput struct {
	Subject string `query:"subject" required:"true" maxLength:"200" doc:"Identifier of the model record, purchase, recall or device"`
}

// DocumentUpload is a file with what it belongs to. Its body is the file.
type DocumentUpload struct {
	DocumentListInput
	Name string `query:"name" required:"true" maxLength:"200"`
	body io.Reader
}

// Resolve lets the framework hand over the body unread.
func (in *DocumentUpload) Resolve(ctx huma.Context) []error {
	in.body = ctx.BodyReader()
	return nil
}

func (a *API) lives() (*lifecycle.Ledger, error) {
	if a.Lives == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "records of models are not kept here: this part of Bedrail runs without them")
	}
	return a.Lives, nil
}

func (a *API) registerLives() {
	const tag = "Lifecycle"
	serve(a, route{Method: http.MethodGet, Path: "/ledger", ID: "list-ledger", Tag: tag, Summary: "Every model: where it stands in its life, and who answers for it",
		About: "States are those of IMDRF N70: development, support, limited-support, end-of-support; unknown is counted. Those that need somebody first."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[lifecycle.Standing], error) {
			l, err := a.lives()
			if err != nil {
				return List[lifecycle.Standing]{}, err
			}
			all, err := l.Ledger(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/ledger/record", ID: "get-model-record", Tag: tag, Summary: "What the hospital holds about a model"},
		func(ctx context.Context, by bedrail.Actor, in *ModelRecordInput) (ModelRecord, error) {
			l, err := a.lives()
			if err != nil {
				return ModelRecord{}, err
			}
			r, err := l.Record(ctx, by, in.Manufacturer, in.Model)
			return a.modelRecord(r), err
		})
	serve(a, route{Method: http.MethodPut, Path: "/ledger/record", ID: "save-model-record", Tag: tag, Summary: "Keep what the hospital holds about a model"},
		func(ctx context.Context, by bedrail.Actor, in *LedgerSaveInput) (ModelRecord, error) {
			l, err := a.lives()
			if err != nil {
				return ModelRecord{}, err
			}
			b := in.Body
			r, err := l.Save(ctx, by, lifecycle.Record{Manufacturer: b.Manufacturer, Model: b.Model, Marketed: lifecycle.Day(b.Marketed), EndOfLife: lifecycle.Day(b.EndOfLife), EndOfSupport: lifecycle.Day(b.EndOfSupport),
				Declared: lifecycle.State(b.Declared), SupportText: b.SupportText, Submission: lifecycle.Day(b.Submission), SubmissionNumber: b.SubmissionNumber, CyberDevice: lifecycle.Answer(b.CyberDevice), KnownThen: b.KnownThen,
				ProductCode: b.ProductCode, ServiceUntil: lifecycle.Day(b.ServiceUntil), Transfer: b.Transfer, Source: b.Source, Note: b.Note, Version: b.Version})
			return a.modelRecord(r), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/lifecycle/forecast", ID: "forecast-lifecycle", Tag: tag, Summary: "How many devices are without support on days to come, by unit",
		About: "If nothing is replaced. Devices of which nothing is known are counted apart."},
		func(ctx context.Context, by bedrail.Actor, in *ForecastInput) (ForecastAnswer, error) {
			l, err := a.lives()
			if err != nil {
				return ForecastAnswer{}, err
			}
			f, over, err := l.Forecast(ctx, by, in.Years, lifecycle.Day(in.On))
			return ForecastAnswer{f, over}, err
		})
	serve(a, route{Method: http.MethodGet, Path: "/bills/{id}/support", ID: "list-bill-support", Tag: tag, Summary: "Until when the components of a bill are supported"},
		func(ctx context.Context, by bedrail.Actor, in *BillComponentsInput) (List[lifecycle.ComponentLife], error) {
			l, err := a.lives()
			if err != nil {
				return List[lifecycle.ComponentLife]{}, err
			}
			all, err := l.Components(ctx, by, in.ID)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, &in.ListInput)
		})
	a.registerComponents(tag)
	a.registerRecallWork(tag)
	a.registerDocuments(tag)
}

// ComponentRecordInput names a component.
type ComponentRecordInput struct {
	Name    string `query:"name" required:"true" maxLength:"300"`
	Version string `query:"version" maxLength:"200" doc:"Of the component; empty is every one"`
}

// ComponentSaveInput carries the record of a component.
type ComponentSaveInput struct {
	Body struct {
		Name         string `json:"name" minLength:"1" maxLength:"300"`
		Version      string `json:"version,omitempty" maxLength:"200" doc:"Of the component; empty is every one"`
		EndOfLife    string `json:"endOfLife,omitempty" maxLength:"10" doc:"From then on support is limited"`
		EndOfSupport string `json:"endOfSupport,omitempty" maxLength:"10" doc:"From then on there is none"`
		Declared     string `json:"declared,omitempty" enum:"unknown,development,support,limited-support,end-of-support" doc:"What is said, where no days are"`
		Source       string `json:"source,omitempty" maxLength:"500" doc:"Who says so"`
		Note         string `json:"note,omitempty" maxLength:"4000"`
		Rev          int64  `json:"rev" doc:"That you saw; 0 when there was no record"`
	}
}

func (a *API) registerComponents(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/lifecycle/components", ID: "list-component-support", Tag: tag, Summary: "Every component of the bills: where it stands in its life, in which models, on how many devices",
		About: "The hospital's own record goes before the bill, the bill before public records. Those without support first."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[lifecycle.ComponentStanding], error) {
			l, err := a.lives()
			if err != nil {
				return List[lifecycle.ComponentStanding]{}, err
			}
			all, err := l.ComponentStandings(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/lifecycle/components/record", ID: "get-component-record", Tag: tag, Summary: "What the hospital holds about a component"},
		func(ctx context.Context, by bedrail.Actor, in *ComponentRecordInput) (lifecycle.ComponentRecord, error) {
			l, err := a.lives()
			if err != nil {
				return lifecycle.ComponentRecord{}, err
			}
			return l.ComponentRecord(ctx, by, in.Name, in.Version)
		})
	serve(a, route{Method: http.MethodPut, Path: "/lifecycle/components/record", ID: "save-component-record", Tag: tag, Summary: "Keep what the hospital holds about a component"},
		func(ctx context.Context, by bedrail.Actor, in *ComponentSaveInput) (lifecycle.ComponentRecord, error) {
			l, err := a.lives()
			if err != nil {
				return lifecycle.ComponentRecord{}, err
			}
			b := in.Body
			return l.SaveComponent(ctx, by, lifecycle.ComponentRecord{Name: b.Name, Release: b.Version, EndOfLife: lifecycle.Day(b.EndOfLife), EndOfSupport: lifecycle.Day(b.EndOfSupport), Declared: lifecycle.State(b.Declared),
				Source: b.Source, Note: b.Note, Rev: b.Rev})
		})
}

func (a *API) registerRecallWork(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/recalls/worklist", ID: "list-recall-work", Tag: tag, Summary: "Recalled devices, unit by unit, with what was done about each"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[lifecycle.Task], error) {
			l, err := a.lives()
			if err != nil {
				return List[lifecycle.Task]{}, err
			}
			all, err := l.Worklist(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/recalls/worklist", ID: "answer-recalls", Tag: tag, Summary: "Say what was done about recalled devices"},
		func(ctx context.Context, by bedrail.Actor, in *RecallAnswerInput) (List[lifecycle.Task], error) {
			l, err := a.lives()
			if err != nil {
				return List[lifecycle.Task]{}, err
			}
			tasks, err := l.AnswerRecalls(ctx, by, in.Body.IDs, lifecycle.WorkState(in.Body.State), in.Body.Note)
			return allOf(tasks, same), err
		})
}

func (a *API) registerDocuments(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/documents", ID: "list-documents", Tag: tag, Summary: "What is attached to a model, purchase, recall or device"},
		func(ctx context.Context, by bedrail.Actor, in *DocumentListInput) (List[lifecycle.Document], error) {
			l, err := a.lives()
			if err != nil {
				return List[lifecycle.Document]{}, err
			}
			all, err := l.Documents(ctx, by, in.Subject)
			return allOf(all, same), err
		})
	op := route{Method: http.MethodPost, Path: "/documents", ID: "attach-document", Tag: tag, Summary: "Attach a file; the body is the file itself", Status: http.StatusCreated, MaxBody: lifecycle.MaxDocument + 1,
		About: "PDF, text, CSV, JSON, XML, XLSX, DOCX, PNG, JPEG or EML, at most 10 MiB. With keys it lies sealed."}
	serve(a, op, func(ctx context.Context, by bedrail.Actor, in *DocumentUpload) (lifecycle.Document, error) {
		l, err := a.lives()
		if err != nil {
			return lifecycle.Document{}, err
		}
		return l.Attach(ctx, by, in.Subject, in.Name, http.MaxBytesReader(nil, io.NopCloser(in.body), lifecycle.MaxDocument+1))
	})
	a.huma.OpenAPI().Paths[base+op.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	stream(a, route{Method: http.MethodGet, Path: "/documents/{id}/content", ID: "get-document-content", Tag: tag, Summary: "The file itself"}, "application/octet-stream",
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (func(http.ResponseWriter) error, error) {
			l, err := a.lives()
			if err != nil {
				return nil, err
			}
			d, body, err := l.Document(ctx, by, in.ID)
			if err != nil {
				return nil, err
			}
			return func(w http.ResponseWriter) error {
				w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
				w.Header().Set("X-Content-Type-Options", "nosniff")
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				_, err := w.Write(body)
				return err
			}, nil
		})
	act(a, route{Method: http.MethodDelete, Path: "/documents/{id}", ID: "remove-document", Tag: tag, Summary: "Forget a document"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			l, err := a.lives()
			if err != nil {
				return err
			}
			return l.Detach(ctx, by, in.ID)
		})
}
