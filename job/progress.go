package job

import (
	"context"
	"errors"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
)

// A Progress is how work tells how far it has come. Its methods may be called
// from several goroutines, and on a nil Progress they do nothing, so that the
// same work runs outside a job.
type Progress struct {
	runner *Runner
	by     bedrail.Actor

	mu  sync.Mutex // guards job
	job Job
}

// Add counts n more units done.
func (p *Progress) Add(n int64) {
	p.change(func(j *Job) { j.Done += n })
}

// Total says how many units there are in all.
func (p *Progress) Total(n int64, unit string) {
	p.change(func(j *Job) {
		if j.Unit != unit {
			j.Done = 0 // what was counted so far was something else
		}
		j.Total, j.Unit = n, unit
	})
}

// Say replaces the sentence shown beside the bar.
func (p *Progress) Say(message string) {
	p.change(func(j *Job) { j.Message = message })
}

// Fault records one place in the input that could not be used.
func (p *Progress) Fault(place, text string) {
	p.change(func(j *Job) {
		j.Faults++
		if len(j.Errors) < MaxFaults {
			j.Errors = append(j.Errors, Fault{Place: place, Text: text})
		}
	})
}

// Done returns how much is done, as when a job is taken up.
func (p *Progress) Done() int64 {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.job.Done
}

// JobID returns the name of the job, or an empty string outside a job.
func (p *Progress) JobID() string {
	if p == nil {
		return ""
	}
	return p.job.ID // never changes after begin
}

func (p *Progress) change(f func(*Job)) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.job)
}

// snapshot returns the job as it stands, with rate and time left.
func (p *Progress) snapshot() Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	j := p.job
	j.Errors = append([]Fault{}, j.Errors...)
	return j
}

// measure brings rate and time left up to date.
func (j *Job) measure(now time.Time) {
	seconds := now.Sub(j.StartedAt).Seconds()
	if seconds <= 0 {
		return
	}
	j.Rate = float64(max(j.Done-j.ResumedFrom, 0)) / seconds
	j.ETASeconds = 0
	if j.Rate > 0 && j.Total > j.Done && !j.State.Final() {
		j.ETASeconds = float64(j.Total-j.Done) / j.Rate
	}
}

// keepSaving keeps the progress once a period until the returned function is
// called, which waits for the last one.
func (p *Progress) keepSaving(ctx context.Context) (stop func()) {
	every := p.runner.Every
	if every == 0 {
		every = time.Second
	}
	done, quit := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.save(context.WithoutCancel(ctx))
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// save keeps the progress. A failure is logged and not the end of the work:
// the final state is what must be kept.
func (p *Progress) save(ctx context.Context) {
	now := p.runner.Clock.Now()
	p.change(func(j *Job) { j.measure(now) })
	j := p.snapshot()
	if err := p.runner.Store.SaveJob(ctx, p.by.Scope, j, nil); err != nil {
		p.runner.log().WarnContext(ctx, "the progress of a job was not kept", "job", j.ID, "error", err)
		return
	}
	p.runner.tell(j)
}

// finish keeps how the job ended. It returns the error of the work, or the
// one that kept the end from being recorded.
func (p *Progress) finish(ctx context.Context, result any, workErr error) error {
	raw, err := encodeResult(result)
	if err != nil && workErr == nil {
		workErr = err
	}
	now := p.runner.Clock.Now()
	p.change(func(j *Job) {
		j.State, j.Message = ending(workErr, j.Faults, j.Message)
		j.Result, j.FinishedAt = raw, now
		j.measure(now)
	})
	j := p.snapshot()
	if bedrail.KindOf(workErr) == bedrail.Internal && !errors.Is(workErr, errCancelled) {
		p.runner.log().ErrorContext(ctx, "a job failed", "job", j.ID, "kind", j.Kind, "error", workErr)
	}
	entry := audit.Entry{By: p.by, Did: "job:finish", To: j.ID, Note: j.Kind + " " + string(j.State)}
	if err := p.runner.Store.SaveJob(ctx, p.by.Scope, j, &entry); err != nil {
		return err
	}
	p.runner.tell(j)
	if errors.Is(workErr, errCancelled) {
		return nil
	}
	return workErr
}

// ending is the state and the sentence that a job ends with. Only what may be
// shown is shown: any other failure is "internal error".
func ending(err error, faults int64, message string) (State, string) {
	var shown *bedrail.Error
	switch {
	case errors.Is(err, errCancelled):
		return Cancelled, "cancelled; what was already taken in stays"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Failed, "the sender went away before the end; send it again"
	case errors.As(err, &shown):
		return Failed, shown.Message
	case err != nil:
		return Failed, "internal error"
	case faults > 0:
		return Partly, message
	}
	return Done, message
}
