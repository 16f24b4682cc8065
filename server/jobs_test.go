package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bedrail"
	"bedrail/job"
)

// A change of many devices that is broken off half way goes on where it left,
// under its own name, and is undone as one.
func TestAChangeOfManyIsTakenUpAndUndoneAsOne(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	b := h.person("ce", bedrail.Grant{Role: "clinical-engineer"})
	b.header.Set("Content-Type", "application/octet-stream")
	b.want(202, `"state":"done"`, "POST", "/imports?kind=cmms&name=x.csv", strings.NewReader("Asset Tag,Manufacturer,Model,Serial Number,MAC Address,Department\nBME1,Hospira,Plum A+,SN1,00:03:B1:00:00:01,ICU\nBME2,Hospira,Plum A+,SN2,00:03:B1:00:00:02,ICU\n"))
	b.header.Del("Content-Type")

	half := b.want(200, "items", "GET", "/devices?limit=1", nil)
	var page struct{ Items []struct{ ID string } }
	if err := json.Unmarshal([]byte(half), &page); err != nil || len(page.Items) != 1 {
		t.Fatal(half, err)
	}
	answer := b.want(200, `"job"`, "POST", "/devices/bulk", map[string]any{"ids": []string{page.Items[0].ID}, "addTags": []string{"loan"}})
	var began struct{ Job job.Job }
	if err := json.Unmarshal([]byte(answer), &began); err != nil {
		t.Fatal(err)
	}
	h.Jobs.Wait()
	who := bedrail.Actor{ID: began.Job.By.ID, Name: began.Job.By.Name, Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: h.Config.Tenant}, Grants: []bedrail.Grant{{Role: "clinical-engineer"}}}
	var result struct{ ID string }
	done, err := h.Jobs.Job(t.Context(), who, began.Job.ID)
	if err != nil || done.State != job.Done || json.Unmarshal(done.Result, &result) != nil || result.ID == "" {
		t.Fatalf("%+v, %v", done, err)
	}
	// The same change, of both devices, as a process left it that died after the first.
	how := map[string]any{"Of": map[string]any{"Filter": []any{}}, "Change": map[string]any{"AddTags": []string{"loan"}, "Batch": result.ID}}
	broken, _ := h.Jobs.Run(t.Context(), who, job.Spec{Kind: "device:bulk", Title: "Change 2 devices", Unit: "rows", Total: 2, How: how},
		func(_ context.Context, p *job.Progress) (any, error) {
			p.Add(1)
			return nil, errors.New("the disk went away")
		})
	b.want(200, `"resumable":true`, "GET", "/jobs/"+broken.ID, nil)
	b.want(202, `"state":"running"`, "POST", "/jobs/"+broken.ID+"/resume", nil)
	h.Jobs.Wait()
	b.want(200, `"done":2,"total":2`, "GET", "/jobs/"+broken.ID, nil)
	b.want(200, `"total":2`, "GET", "/devices?filter=tag:loan", nil)
	b.want(409, "cannot be taken up", "POST", "/jobs/"+broken.ID+"/resume", nil)

	b.want(202, `"device:bulk-undo"`, "POST", "/devices/bulk/"+result.ID+"/undo", nil)
	h.Jobs.Wait()
	b.want(200, `"total":0`, "GET", "/devices?filter=tag:loan", nil)
}
