package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bedrail"
	"bedrail/job"
)

// maxImport bounds one upload. A capture of a busy day is larger than any
// other thing that people send.
const maxImport = 64 << 30

// ImportInput is an upload: the file is the body itself, read as a stream.
type ImportInput struct {
	Kind   string `query:"kind" required:"true" enum:"pcap,sbom,vex,cmms,locations,leases,feed,zeek,switch,wlc,cloud,flows,mds2,maintenance" doc:"What the file is"`
	Name   string `query:"name" maxLength:"300" doc:"The file's name, for evidence and messages"`
	DryRun bool   `query:"dryRun" doc:"Say what would change, and change nothing"`

	Manufacturer string `query:"manufacturer" maxLength:"200" doc:"sbom, vex, mds2: whose model the file is about; cloud: whose cloud it is"`
	Model        string `query:"model" maxLength:"200"`
	Version      string `query:"version" maxLength:"200"`
	Site         string `query:"site" maxLength:"200" doc:"The site that the file is about"`
	Unit         string `query:"unit" maxLength:"200" doc:"cloud: the unit or programme that the devices belong to"`
	Mapping      string `query:"mapping" maxLength:"16000" doc:"cmms, locations: what the columns hold, a JSON object from heading to field as the result of an import gives it; a field \"-\" leaves a column out"`
	Saved        string `query:"saved" maxLength:"64" doc:"cmms, locations: the name of a mapping that was saved, instead of mapping"`
	Authority    string `query:"authority" enum:"manufacturer,hospital,third-party" doc:"vex: whose word it is; absent is told from the author and the model's maker"`
	Format       string `query:"format" maxLength:"40" doc:"leases: isc, kea, dnsmasq or windows; absent is told from the file"`

	body io.Reader
	size int64
}

// Resolve lets the framework hand over the body unread.
func (in *ImportInput) Resolve(ctx huma.Context) []error {
	in.body, in.size = unread(ctx)
	return nil
}

// unread is the body of a request, which takes as long as it takes, and its
// size where that was told.
func unread(ctx huma.Context) (body io.Reader, size int64) {
	if c, ok := ctx.(interface {
		Unwrap() (*http.Request, http.ResponseWriter)
	}); ok {
		r, _ := c.Unwrap()
		size = r.ContentLength
	}
	ctx.SetReadDeadline(time.Time{})
	return ctx.BodyReader(), size
}

// params are what else was said about the file.
func (in *ImportInput) params() url.Values {
	v := url.Values{}
	for name, text := range map[string]string{"manufacturer": in.Manufacturer, "model": in.Model, "version": in.Version,
		"site": in.Site, "unit": in.Unit, "mapping": in.Mapping, "saved": in.Saved, "format": in.Format, "authority": in.Authority} {
		if text != "" {
			v.Set(name, text)
		}
	}
	return v
}

func (a *API) registerJobs() {
	const tag = "Jobs"
	op := route{Method: http.MethodPost, Path: "/imports", ID: "import-file", Tag: tag, Summary: "Bring in a file", Status: http.StatusAccepted,
		About: "The body is the file itself. It is read as a stream; a capture is never kept on disk. " +
			"The job appears under /jobs and /events as soon as the upload begins; the answer comes when the file has been read and holds the job as it ended."}
	serve(a, op, a.importFile)
	a.takesFile(op)

	serve(a, route{Method: http.MethodGet, Path: "/jobs", ID: "list-jobs", Tag: tag, Summary: "List jobs", About: "Newest first unless sorted."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[job.Job], error) {
			req, err := in.Request()
			if err != nil {
				return List[job.Job]{}, err
			}
			page, err := a.Jobs.Jobs(ctx, by, req)
			return listOf(page, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/jobs/{id}", ID: "get-job", Tag: tag, Summary: "One job"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (job.Job, error) {
			return a.Jobs.Job(ctx, by, in.ID)
		})
	serve(a, route{Method: http.MethodPost, Path: "/jobs/{id}/cancel", ID: "cancel-job", Tag: tag, Summary: "Stop a job", Status: http.StatusAccepted,
		About: "What the job has already taken in stays."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (job.Job, error) {
			return a.Jobs.Cancel(ctx, by, in.ID)
		})
	a.registerResume(tag)
}

func (a *API) registerResume(tag string) {
	serve(a, route{Method: http.MethodPost, Path: "/jobs/{id}/resume", ID: "resume-job", Tag: tag, Summary: "Take a job up where it left", Status: http.StatusAccepted,
		About: "For a job that was cancelled, or broken off by a restart or a fault, and is resumable; whyAnew of any other says why it is not."},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (job.Job, error) {
			return a.Jobs.Resume(ctx, by, in.ID)
		})
}

// takesFile says in the document that the body of an operation is a file.
func (a *API) takesFile(op route) {
	a.huma.OpenAPI().Paths[base+op.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
}

func (a *API) importFile(ctx context.Context, by bedrail.Actor, in *ImportInput) (job.Job, error) {
	importer := a.Imports[in.Kind]
	if importer == nil {
		return job.Job{}, bedrail.Errorf(bedrail.Invalid, "files of kind %s cannot be brought in here; the kinds are %s", in.Kind, strings.Join(a.importKinds(), ", ")).At("query.kind")
	}
	name := path.Base(strings.ReplaceAll(in.Name, `\`, "/"))
	if in.Name == "" {
		name = "upload." + in.Kind
	}
	limited := http.MaxBytesReader(nil, io.NopCloser(in.body), maxImport)
	j, err := a.Jobs.Import(ctx, by, job.Import{Kind: in.Kind, Name: name, Size: in.size, Body: limited, Params: in.params(), DryRun: in.DryRun}, importer)
	if err != nil && j.ID != "" && j.State.Final() && bedrail.KindOf(err) != bedrail.Denied {
		return j, nil // the job says how it ended
	}
	return j, err
}

func (a *API) importKinds() []string {
	var kinds []string
	for k := range a.Imports {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}
