package job

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// A Resumer makes the work that takes j up where it left: what j.How asks for,
// less what is done already. The work asks for permission itself, of whoever
// takes it up.
type Resumer func(ctx context.Context, by bedrail.Actor, j Job) (Work, error)

// Resumes says how jobs of a kind are taken up. Kinds without a Resumer begin
// anew, and whyAnew says why.
func (r *Runner) Resumes(kind string, how Resumer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.resumers == nil {
		r.resumers = make(map[string]Resumer)
	}
	r.resumers[kind] = how
}

func (r *Runner) resumer(kind string) Resumer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resumers[kind]
}

// whyAnew is the reason for which work of a kind cannot go on where it left.
func whyAnew(kind string) string {
	group, _, _ := strings.Cut(kind, ":")
	return cmp.Or(map[string]string{
		"import":  "the file is read while it is sent and is not kept: send it again; what was taken in already is recognised",
		"backup":  "a backup is the record at one moment: make another",
		"audit":   "the audit record is verified as a whole: begin anew",
		"message": "a message might go out twice: replay again, with a filter that names what is still missing",
	}[group], "work of this kind begins anew")
}

// shown is j with whether it can be taken up.
func (r *Runner) shown(j Job) Job {
	j.Resumable, j.WhyAnew = false, ""
	switch {
	case j.State != Failed && j.State != Cancelled:
	case r.resumer(j.Kind) == nil || len(j.How) == 0:
		j.WhyAnew = whyAnew(j.Kind)
	default:
		j.Resumable = true
	}
	return j
}

// Resume takes a job up that was cancelled, or broken off by a restart or a
// fault. It goes on under the same name, as the work of by.
func (r *Runner) Resume(ctx context.Context, by bedrail.Actor, id string) (Job, error) {
	j, err := r.Job(ctx, by, id)
	if err != nil {
		return Job{}, err
	}
	if !j.State.Final() {
		return Job{}, bedrail.Errorf(bedrail.Conflict, "the job is %s already", j.State)
	}
	if !j.Resumable {
		return Job{}, bedrail.Errorf(bedrail.Conflict, "the job is %s and cannot be taken up: %s", j.State, cmp.Or(j.WhyAnew, "it has come to its end"))
	}
	if err := r.mayCancel(ctx, by, j); err != nil {
		return Job{}, err
	}
	work, err := r.resumer(j.Kind)(ctx, by, j)
	if err != nil {
		return Job{}, err
	}
	j = j.again(by)
	j.StartedAt = r.Clock.Now()
	if err := r.Store.ReopenJob(ctx, by.Scope, j, audit.Entry{By: by, Did: "job:resume", To: j.ID, Note: j.Kind}); err != nil {
		return Job{}, err
	}
	p := &Progress{runner: r, by: by, job: j}
	r.tell(j)
	r.wg.Go(func() { r.work(context.WithoutCancel(ctx), p, work) })
	return j, nil
}

// again is j as it goes on.
func (j Job) again(by bedrail.Actor) Job {
	j.State, j.Message, j.Result = Running, "", nil
	j.Resumable, j.WhyAnew, j.Rate, j.ETASeconds = false, "", 0, 0
	j.ResumedFrom, j.By = j.Done, Author{ID: by.ID, Name: by.Name}
	j.FinishedAt = time.Time{}
	return j
}

// Asked reads what a job was asked to do.
func (j Job) Asked(into any) error { return json.Unmarshal(j.How, into) }
