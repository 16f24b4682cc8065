package job_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/format/query"
	"bedrail/job"
	"bedrail/store"
	"bedrail/store/storetest"
)

func newRunner(t *testing.T, db *store.DB) (*job.Runner, bedrail.Actor) {
	t.Helper()
	policy, err := access.NewPolicy()
	if err != nil {
		t.Fatal(err)
	}
	by := bedrail.Actor{ID: "usr_jo", Name: "jo", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "main"}, Grants: []bedrail.Grant{{Role: "clinical-engineer"}}}
	return &job.Runner{Store: db, Auth: policy, Every: time.Millisecond}, by
}

func TestHowAJobEnds(t *testing.T) {
	for name, c := range map[string]struct {
		work    job.Work
		state   job.State
		message string
	}{
		"work that goes well is done": {func(_ context.Context, p *job.Progress) (any, error) { p.Add(3); p.Say("3 devices"); return nil, nil }, job.Done, "3 devices"},
		"work that could not use all is partly done": {func(_ context.Context, p *job.Progress) (any, error) {
			p.Fault("row 7", "no serial number")
			return nil, nil
		}, job.Partly, ""},
		"a reason that may be shown is shown": {func(context.Context, *job.Progress) (any, error) {
			return nil, bedrail.Errorf(bedrail.Invalid, "byte 7: not a capture")
		}, job.Failed, "byte 7: not a capture"},
		"any other reason is internal":            {func(context.Context, *job.Progress) (any, error) { return nil, errors.New("MRN 4711 not found") }, job.Failed, "internal error"},
		"a panic fails the job and not the world": {func(context.Context, *job.Progress) (any, error) { panic("oops") }, job.Failed, "internal error"},
	} {
		t.Run(name, func(t *testing.T) {
			r, by := newRunner(t, storetest.New(t))
			j, _ := r.Run(t.Context(), by, job.Spec{Kind: "test", Title: "Test"}, c.work)
			kept, err := r.Job(t.Context(), by, j.ID)
			if err != nil {
				t.Fatal(err)
			}
			if kept.State != c.state || kept.Message != c.message || kept.FinishedAt.IsZero() || kept.By.Name != "jo" {
				t.Errorf("got %s %q, want %s %q: %+v", kept.State, kept.Message, c.state, c.message, kept)
			}
		})
	}
}

func TestFaultsAreCountedAndTheFirstAreKept(t *testing.T) {
	r, by := newRunner(t, storetest.New(t))
	j, err := r.Run(t.Context(), by, job.Spec{Kind: "test"}, func(_ context.Context, p *job.Progress) (any, error) {
		for range 10 * job.MaxFaults {
			p.Fault("row", "bad")
		}
		return map[string]int{"rows": 1}, nil
	})
	if err != nil || j.Faults != 10*job.MaxFaults || len(j.Errors) != job.MaxFaults || string(j.Result) != `{"rows":1}` {
		t.Errorf("%d faults, %d kept, result %s, %v", j.Faults, len(j.Errors), j.Result, err)
	}
}

func TestAJobIsStoppedByWhoBeganItOrMay(t *testing.T) {
	r, by := newRunner(t, storetest.New(t))
	began := make(chan struct{})
	j, err := r.Start(t.Context(), by, job.Spec{Kind: "test"}, func(ctx context.Context, _ *job.Progress) (any, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	if err != nil || j.State != job.Running {
		t.Fatal(j.State, err)
	}
	<-began
	other := by
	other.ID, other.Grants = "usr_zoe", []bedrail.Grant{{Role: "viewer"}}
	if _, err := r.Cancel(t.Context(), other, j.ID); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("a viewer stops the job of another: %v", err)
	}
	if _, err := r.Cancel(t.Context(), by, j.ID); err != nil {
		t.Fatal(err)
	}
	r.Stop()
	if j, err = r.Job(t.Context(), by, j.ID); err != nil || j.State != job.Cancelled {
		t.Errorf("got %s, %v", j.State, err)
	}
	if _, err := r.Cancel(t.Context(), by, j.ID); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("stopping it twice: %v", err)
	}
}

func TestARestartNeverLeavesAJobRunning(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, by := newRunner(t, db)
		stop := make(chan struct{})
		j, err := r.Start(t.Context(), by, job.Spec{Kind: "test"}, func(context.Context, *job.Progress) (any, error) { <-stop; return nil, nil })
		if err != nil {
			t.Fatal(err)
		}
		again, _ := newRunner(t, db) // what the next process would do
		if n, err := again.Recover(t.Context(), "main"); n != 1 || err != nil {
			t.Fatalf("%d interrupted, %v", n, err)
		}
		got, err := again.Job(t.Context(), by, j.ID)
		if err != nil || got.State != job.Failed || !strings.Contains(got.Message, "restarted") {
			t.Errorf("got %s %q, %v", got.State, got.Message, err)
		}
		close(stop)
		r.Stop()
	})
}

func TestStoppingTheServerEndsJobsAndSaysSo(t *testing.T) {
	r, by := newRunner(t, storetest.New(t))
	began := make(chan struct{})
	j, err := r.Start(t.Context(), by, job.Spec{Kind: "test"}, func(ctx context.Context, _ *job.Progress) (any, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	<-began
	r.Stop()
	got, err := r.Job(t.Context(), by, j.ID)
	if err != nil || got.State != job.Failed || !strings.Contains(got.Message, "stopped") {
		t.Errorf("got %s %q, %v", got.State, got.Message, err)
	}
}

func TestAnImportCountsWhatIsRead(t *testing.T) {
	r, by := newRunner(t, storetest.New(t))
	var told []job.State
	r.Changed = func(j job.Job) { told = append(told, j.State) }
	in := job.Import{Kind: "sbom", Name: "x.json", Size: 11, Body: strings.NewReader("hello world")}
	r.Every = time.Hour
	j, err := r.Import(t.Context(), by, in, func(_ context.Context, _ bedrail.Actor, in job.Import, _ *job.Progress) (any, error) {
		_, err := io.Copy(io.Discard, in.Body)
		return nil, err
	})
	if err != nil || j.Done != 11 || j.Total != 11 || j.Kind != "import:sbom" || j.State != job.Done {
		t.Errorf("%+v, %v", j, err)
	}
	if len(told) != 2 || told[0] != job.Running || told[1] != job.Done {
		t.Errorf("told %v", told)
	}
}

func TestJobsOfOtherSitesAreNotSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, by := newRunner(t, db)
		for _, site := range []string{"", "north", "south"} {
			if _, err := r.Run(t.Context(), by, job.Spec{Kind: "test", Site: site}, func(context.Context, *job.Progress) (any, error) { return nil, nil }); err != nil {
				t.Fatal(err)
			}
		}
		north := by
		north.Scope.Sites, north.Grants = []string{"north"}, []bedrail.Grant{{Role: "viewer", Site: "north"}}
		page, err := r.Jobs(t.Context(), north, query.Request{})
		if err != nil || page.Total != 2 {
			t.Errorf("%d jobs, %v", page.Total, err)
		}
		if page, err = r.Jobs(t.Context(), by, query.Request{Filter: query.Filter{{Field: "state", Op: query.Has, Values: []string{"running"}}}}); err != nil || page.Total != 0 {
			t.Errorf("%d running, %v", page.Total, err)
		}
	})
}

func TestAJobThatWasBrokenOffIsTakenUpWhereItLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, by := newRunner(t, db)
		began := make(chan struct{})
		count := func(upTo int64, then func()) job.Work {
			return func(ctx context.Context, p *job.Progress) (any, error) {
				for p.Done() < upTo {
					p.Add(1)
				}
				then()
				<-ctx.Done()
				return nil, ctx.Err()
			}
		}
		j, err := r.Start(t.Context(), by, job.Spec{Kind: "count:to", Total: 10, How: 10}, count(4, func() { close(began) }))
		if err != nil {
			t.Fatal(err)
		}
		<-began
		r.Stop()

		next, _ := newRunner(t, db) // the next process
		if got, err := next.Job(t.Context(), by, j.ID); err != nil || got.Resumable || got.WhyAnew == "" {
			t.Errorf("without somebody who knows how: %+v, %v", got, err)
		}
		if _, err := next.Resume(t.Context(), by, j.ID); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("taking up what cannot be: %v", err)
		}
		next.Resumes("count:to", func(_ context.Context, _ bedrail.Actor, j job.Job) (job.Work, error) {
			var to int64
			err := j.Asked(&to)
			return func(_ context.Context, p *job.Progress) (any, error) {
				from := p.Done()
				for p.Done() < to {
					p.Add(1)
				}
				return map[string]int64{"from": from}, nil
			}, err
		})
		other := by
		other.ID, other.Grants = "usr_zoe", []bedrail.Grant{{Role: "viewer"}}
		if _, err := next.Resume(t.Context(), other, j.ID); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a viewer takes up the job of another: %v", err)
		}
		if got, err := next.Job(t.Context(), by, j.ID); err != nil || !got.Resumable || got.Done != 4 {
			t.Errorf("before: %+v, %v", got, err)
		}
		if got, err := next.Resume(t.Context(), by, j.ID); err != nil || got.State != job.Running || got.ID != j.ID {
			t.Fatalf("%+v, %v", got, err)
		}
		next.Wait()
		got, err := next.Job(t.Context(), by, j.ID)
		if err != nil || got.State != job.Done || got.Done != 10 || got.ResumedFrom != 4 || strings.ReplaceAll(string(got.Result), " ", "") != `{"from":4}` {
			t.Errorf("after: %+v, %v", got, err)
		}
		if _, err := next.Resume(t.Context(), by, j.ID); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("taking it up twice: %v", err)
		}
	})
}

func TestWhatCannotBeTakenUpSaysWhy(t *testing.T) {
	r, by := newRunner(t, storetest.New(t))
	for _, kind := range []string{"import:pcap", "backup:make", "audit:verify", "message:replay", "other"} {
		j, _ := r.Run(t.Context(), by, job.Spec{Kind: kind}, func(context.Context, *job.Progress) (any, error) { return nil, errors.New("x") })
		got, err := r.Job(t.Context(), by, j.ID)
		if err != nil || got.Resumable || got.WhyAnew == "" {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}
