package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
)

// A Runner starts jobs, follows them and stops them.
type Runner struct {
	Store   Store
	Auth    bedrail.Authorizer
	Clock   bedrail.Clock
	Log     *slog.Logger
	Changed func(Job)     // told of every change; may be nil
	Every   time.Duration // how often progress is kept; 0 is one second

	mu      sync.Mutex // guards running and resumers
	running map[string]context.CancelCauseFunc

	resumers map[string]Resumer // by kind; guarded by mu
	wg       sync.WaitGroup
}

// A Spec describes a job that is to start.
type Spec struct {
	Kind  string
	Title string
	Unit  string
	Total int64
	Site  string
	How   any // what is asked for, in JSON, where a Resumer reads it; nothing of patients
}

// Work is what a job does. The error it returns becomes the job's message.
type Work func(ctx context.Context, p *Progress) (result any, err error)

// errCancelled is the cause of a context that a person ended.
var errCancelled = errors.New("cancelled by a person")

// Start begins work in the background and returns the job as it stands then.
// Permission for the work itself is asked by what the work calls.
func (r *Runner) Start(ctx context.Context, by bedrail.Actor, s Spec, work Work) (Job, error) {
	p, err := r.begin(ctx, by, s)
	if err != nil {
		return Job{}, err
	}
	began := p.snapshot()
	r.wg.Go(func() { r.work(context.WithoutCancel(ctx), p, work) })
	return began, nil
}

// Run does work while the caller waits, and returns the finished job. It is
// for work that reads from the caller, such as an upload; when the caller
// goes away the work ends.
func (r *Runner) Run(ctx context.Context, by bedrail.Actor, s Spec, work Work) (Job, error) {
	p, err := r.begin(ctx, by, s)
	if err != nil {
		return Job{}, err
	}
	err = r.work(ctx, p, work)
	return p.snapshot(), err
}

func (r *Runner) begin(ctx context.Context, by bedrail.Actor, s Spec) (*Progress, error) {
	var how json.RawMessage
	if s.How != nil {
		var err error
		if how, err = json.Marshal(s.How); err != nil {
			return nil, err
		}
	}
	now := r.Clock.Now()
	j := Job{How: how, ID: bedrail.NewID("job", now), Kind: s.Kind, Title: s.Title, State: Running, Unit: s.Unit, Total: max(s.Total, 0),
		Site: s.Site, Errors: []Fault{}, By: Author{ID: by.ID, Name: by.Name}, CreatedAt: now, StartedAt: now}
	entry := audit.Entry{By: by, Did: "job:start", To: j.ID, Note: s.Kind}
	if err := r.Store.CreateJob(ctx, by.Scope, j, entry); err != nil {
		return nil, fmt.Errorf("beginning %s: %w", s.Kind, err)
	}
	p := &Progress{runner: r, by: by, job: j}
	r.tell(j)
	return p, nil
}

// work runs work to its end and keeps how it ended, even when the context
// that it ran in is over.
func (r *Runner) work(ctx context.Context, p *Progress, work Work) error {
	ctx, cancel := context.WithCancelCause(ctx)
	r.hold(p.job.ID, cancel)
	defer r.release(p.job.ID)
	defer cancel(nil)

	stop := p.keepSaving(ctx)
	result, err := callSafely(ctx, p, work)
	stop()
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return p.finish(context.WithoutCancel(ctx), result, err)
}

// callSafely turns a panic of work into an error, so that one bad file does
// not take the server with it.
func callSafely(ctx context.Context, p *Progress, work Work) (result any, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in %s: %v", p.job.Kind, v)
		}
	}()
	return work(ctx, p)
}

// Cancel asks a running job to stop. What it has already kept stays.
func (r *Runner) Cancel(ctx context.Context, by bedrail.Actor, id string) (Job, error) {
	j, err := r.Job(ctx, by, id)
	if err != nil {
		return Job{}, err
	}
	if err := r.mayCancel(ctx, by, j); err != nil {
		return Job{}, err
	}
	r.mu.Lock()
	cancel := r.running[id]
	r.mu.Unlock()
	if cancel == nil {
		return Job{}, bedrail.Errorf(bedrail.Conflict, "the job is not running any more: it is %s", j.State)
	}
	cancel(errCancelled)
	return j, nil
}

// mayCancel lets everybody stop the work that they began themselves.
func (r *Runner) mayCancel(ctx context.Context, by bedrail.Actor, j Job) error {
	if j.By.ID == by.ID {
		return nil
	}
	return r.Auth.Authorize(ctx, by, Cancel, bedrail.Resource{Type: "job", ID: j.ID, Site: j.Site})
}

// Job returns the job named id.
func (r *Runner) Job(ctx context.Context, by bedrail.Actor, id string) (Job, error) {
	if err := r.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "job"}); err != nil {
		return Job{}, err
	}
	j, err := r.Store.Job(ctx, by.Scope, id)
	return r.shown(j), err
}

// Jobs returns one page of jobs.
func (r *Runner) Jobs(ctx context.Context, by bedrail.Actor, req query.Request) (query.Page[Job], error) {
	if err := r.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "job"}); err != nil {
		return query.Page[Job]{}, err
	}
	page, err := r.Store.Jobs(ctx, by.Scope, req)
	for i, j := range page.Items {
		page.Items[i] = r.shown(j)
	}
	return page, err
}

// Recover marks the jobs that an earlier process left unfinished. It runs once
// at start, before any job begins.
func (r *Runner) Recover(ctx context.Context, tenant string) (int, error) {
	system := bedrail.SystemActor("jobs", tenant)
	entry := audit.Entry{By: system, Did: "job:interrupt", Note: "the server was restarted"}
	return r.Store.InterruptJobs(ctx, system.Scope, "the server was restarted while this was running", r.Clock.Now(), entry)
}

// Stop ends every running job and waits for them.
func (r *Runner) Stop() {
	r.mu.Lock()
	for _, cancel := range r.running {
		cancel(bedrail.Errorf(bedrail.Unavailable, "the server was stopped while this was running"))
	}
	r.mu.Unlock()
	r.wg.Wait()
}

// Wait waits for the jobs that run.
func (r *Runner) Wait() { r.wg.Wait() }

func (r *Runner) hold(id string, cancel context.CancelCauseFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running == nil {
		r.running = make(map[string]context.CancelCauseFunc)
	}
	r.running[id] = cancel
}

func (r *Runner) release(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, id)
}

func (r *Runner) tell(j Job) {
	if r.Changed != nil {
		r.Changed(r.shown(j))
	}
}

func (r *Runner) log() *slog.Logger {
	if r.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.Log
}

// Import runs importer over in as a job while the caller waits.
func (r *Runner) Import(ctx context.Context, by bedrail.Actor, in Import, importer Importer) (Job, error) {
	spec := Spec{Kind: "import:" + in.Kind, Title: "Import " + in.Name, Unit: "bytes", Total: in.Size, Site: in.Params.Get("site")}
	return r.Run(ctx, by, spec, func(ctx context.Context, p *Progress) (any, error) {
		in.Body = &countingReader{ctx: ctx, r: in.Body, p: p}
		return importer(ctx, by, in, p)
	})
}

// A countingReader counts what is read as progress, and stops when the job is
// cancelled.
type countingReader struct {
	ctx context.Context
	r   io.Reader
	p   *Progress
}

func (c *countingReader) Read(b []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.r.Read(b)
	c.p.Add(int64(n))
	return n, err
}

func encodeResult(result any) (json.RawMessage, error) {
	if result == nil {
		return nil, nil
	}
	return json.Marshal(result)
}
