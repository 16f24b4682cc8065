package api

import (
	"context"
	"fmt"
	"net/http"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/job"
)

// A BulkInput changes many devices at once.
type BulkInput struct {
	Body struct {
		IDs        []string   `json:"ids,omitempty" maxItems:"1000" doc:"These devices"`
		Filter     *string    `json:"filter,omitempty" maxLength:"4096" doc:"Or all that match; empty is every device"`
		AddTags    []string   `json:"addTags,omitempty" maxItems:"32"`
		RemoveTags []string   `json:"removeTags,omitempty" maxItems:"32"`
		Location   *SpotInput `json:"location,omitempty" doc:"Empty takes the person's word back; without a site each device keeps its own"`
		DryRun     bool       `json:"dryRun,omitempty" doc:"Say what would change, and change nothing"`
	}
}

// A BulkAnswer is what a dry run would do, or the job that does it.
type BulkAnswer struct {
	Report *asset.BulkReport `json:"report,omitempty"`
	Job    *job.Job          `json:"job,omitempty" doc:"Its result is the report, whose id undoes it"`
}

func (in *BulkInput) read() (asset.Selection, asset.BulkChange, error) {
	b := in.Body
	sel := asset.Selection{IDs: b.IDs}
	if (len(b.IDs) > 0) == (b.Filter != nil) {
		return sel, asset.BulkChange{}, bedrail.Errorf(bedrail.Invalid, "name devices by ids or by a filter, one of them").At("/ids")
	}
	if b.Filter != nil {
		f, err := query.Parse(*b.Filter)
		if err != nil {
			return sel, asset.BulkChange{}, bedrail.Errorf(bedrail.Invalid, "%w", err).At("/filter")
		}
		sel.Filter = f
	}
	c := asset.BulkChange{AddTags: b.AddTags, RemoveTags: b.RemoveTags}
	if l := b.Location; l != nil {
		spot := l.spot()
		c.Location = &spot
	}
	return sel, c, nil
}

func (a *API) registerBulk(tag string) {
	serve(a, route{Method: http.MethodPost, Path: "/devices/bulk", ID: "change-devices", Tag: tag, Summary: "Tag or locate many devices",
		About: "With dryRun the answer says how many would change, and why others would not. Without, it is the job that changes them."},
		func(ctx context.Context, by bedrail.Actor, in *BulkInput) (BulkAnswer, error) {
			sel, c, err := in.read()
			if err != nil {
				return BulkAnswer{}, err
			}
			report, err := a.Assets.Bulk(ctx, by, sel, c, true, nil)
			if err != nil || in.Body.DryRun {
				return BulkAnswer{Report: &report}, err
			}
			c.Batch = a.Assets.NewBatch()
			j, err := a.Jobs.Start(ctx, by, job.Spec{Kind: bulkKind, Title: fmt.Sprintf("Change %d devices", report.Changing), Unit: "rows", Total: int64(report.Changing), How: bulkAsked{sel, c}},
				a.bulkWork(by, bulkAsked{sel, c}))
			return BulkAnswer{Job: &j}, err
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/bulk/{id}/undo", ID: "undo-change-devices", Tag: tag, Summary: "Take a change of many devices back",
		About: "A device that somebody changed again meanwhile stays as it is.", Status: http.StatusAccepted},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (job.Job, error) {
			return a.Jobs.Start(ctx, by, job.Spec{Kind: bulkUndoKind, Title: "Take a change of devices back", Unit: "rows", How: in.ID}, a.bulkUndoWork(by, in.ID))
		})
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/changes", ID: "list-device-changes", Tag: tag, Summary: "Changes of many devices of which a device was part, the latest first"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (List[asset.BulkPart], error) {
			items, err := a.Assets.BulksOf(ctx, by, in.ID)
			return allOf(items, same), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/{id}/changes/{change}/undo", ID: "undo-device-change", Tag: tag, Summary: "Take back what a change of many did to one device",
		About: "The other devices stay as the change made them. A device of which somebody spoke since stays as it is, and is counted as refused."},
		func(ctx context.Context, by bedrail.Actor, in *DeviceChangeInput) (asset.BulkReport, error) {
			return a.Assets.UndoBulkOf(ctx, by, in.Change, in.ID)
		})
	if a.Jobs == nil {
		return // only the document is asked for
	}
	// Both only do what is still to be done: a device that is so already is left.
	a.Jobs.Resumes(bulkKind, func(_ context.Context, by bedrail.Actor, j job.Job) (job.Work, error) {
		var asked bulkAsked
		err := j.Asked(&asked)
		return a.bulkWork(by, asked), err
	})
	a.Jobs.Resumes(bulkUndoKind, func(_ context.Context, by bedrail.Actor, j job.Job) (job.Work, error) {
		var batch string
		err := j.Asked(&batch)
		return a.bulkUndoWork(by, batch), err
	})
}

// DeviceChangeInput names a change of many, and one device of it.
type DeviceChangeInput struct {
	ID     string `path:"id"`
	Change string `path:"change"`
}

// The kinds of jobs here.
const (
	bulkKind     = "device:bulk"
	bulkUndoKind = "device:bulk-undo"
)

// A bulkAsked is what a job keeps of the change that it makes.
type bulkAsked struct {
	Of     asset.Selection
	Change asset.BulkChange
}

func (a *API) bulkWork(by bedrail.Actor, asked bulkAsked) job.Work {
	return func(ctx context.Context, p *job.Progress) (any, error) {
		return a.Assets.Bulk(ctx, by, asked.Of, asked.Change, false, counting(p))
	}
}

func (a *API) bulkUndoWork(by bedrail.Actor, batch string) job.Work {
	return func(ctx context.Context, p *job.Progress) (any, error) {
		p.Total(0, "") // every device is looked at again
		return a.Assets.UndoBulk(ctx, by, batch, counting(p))
	}
}

// counting tells a job how far it is.
func counting(p *job.Progress) func(done, total int) {
	last, before := 0, p.Done()
	return func(done, total int) {
		p.Total(before+int64(total), "rows")
		p.Add(int64(done - last))
		last = done
	}
}
