package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/job"
)

// An AuditEntry is one act on record.
type AuditEntry struct {
	Seq  int64          `json:"seq"`
	At   time.Time      `json:"at"`
	By   AuditActor     `json:"by"`
	Did  bedrail.Action `json:"did"`
	To   string         `json:"to"`
	Note string         `json:"note"`
	// Personal fields other than the name, as far as they were not forgotten.
	Personal map[string]string `json:"personal,omitempty"`
}

// An AuditActor is whoever acted.
type AuditActor struct {
	ID   string            `json:"id"`
	Name string            `json:"name,omitempty"`
	Kind bedrail.ActorKind `json:"kind"`
}

func showEntry(r audit.Record) AuditEntry {
	e := AuditEntry{Seq: r.Seq, At: r.At, By: AuditActor{r.ByID, r.Personal[audit.ByName], r.ByKind}, Did: r.Did, To: r.To, Note: r.Note}
	for field, value := range r.Personal {
		if field == audit.ByName {
			continue
		}
		if e.Personal == nil {
			e.Personal = make(map[string]string)
		}
		e.Personal[field] = value
	}
	return e
}

// An AuditCheckpoint is a signed statement of how long the record is and what
// the root of its tree is.
type AuditCheckpoint struct {
	Origin string    `json:"origin"`
	Size   int64     `json:"size"`
	Root   string    `json:"root"`
	At     time.Time `json:"at"`
	Note   string    `json:"note" doc:"The signed note (C2SP tlog-checkpoint); keep it elsewhere to notice later what was altered"`
}

// An AuditKey is what shows that a checkpoint is of this Bedrail.
type AuditKey struct {
	Key string `json:"key" doc:"NAME+HASH+KEY, an Ed25519 key as signed notes write it (C2SP signed-note). Whoever checks proofs has it from elsewhere than the proofs"`
}

type auditVerifyInput struct {
	Checkpoint string `query:"checkpoint" maxLength:"8192" doc:"A signed checkpoint that was kept elsewhere"`
}

func (in *auditVerifyInput) held() []string {
	if in.Checkpoint == "" {
		return nil
	}
	return []string{in.Checkpoint}
}

// startVerify verifies the record in the background.
func (a *API) startVerify(ctx context.Context, by bedrail.Actor, held []string) (job.Job, error) {
	if err := a.Audit.MayVerify(ctx, by); err != nil {
		return job.Job{}, err
	}
	spec := job.Spec{Kind: "audit:verify", Title: "Verify the audit record", Unit: "entries"}
	return a.Jobs.Start(ctx, by, spec, func(ctx context.Context, p *job.Progress) (any, error) {
		var last int64
		report, err := a.Audit.Verify(ctx, by, held, func(done, total int64) {
			p.Total(total, "entries")
			p.Add(done - last)
			last = done
		})
		if err == nil && !report.Valid {
			p.Say("The record is NOT whole: " + report.Problems[0].Text)
		}
		return report, err
	})
}

type auditProofInput struct {
	Seq int64 `path:"seq" minimum:"0"`
}

func (a *API) registerAudit() {
	serve(a, route{Method: http.MethodGet, Path: "/audit", ID: "list-audit", Tag: "audit", Summary: "Who did what, the newest first"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[AuditEntry], error) {
			req, err := in.Request()
			if err != nil {
				return List[AuditEntry]{}, err
			}
			page, err := a.Audit.List(ctx, by, req)
			return listOf(page, showEntry), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/audit/checkpoint", ID: "get-audit-checkpoint", Tag: "audit", Summary: "The newest signed checkpoint of the record"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (AuditCheckpoint, error) {
			c, err := a.Audit.Checkpoint(ctx, by)
			return AuditCheckpoint{c.Origin, c.Tree.N, c.Tree.Hash.String(), c.At, c.Note}, err
		})
	serve(a, route{Method: http.MethodGet, Path: "/audit/key", ID: "get-audit-key", Tag: "audit", Summary: "The public key that checkpoints are signed by"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (AuditKey, error) {
			key, err := a.Audit.Key(ctx, by)
			if err != nil {
				return AuditKey{}, err
			}
			return AuditKey{key}, nil
		})
	serve(a, route{Method: http.MethodGet, Path: "/audit/verify", ID: "verify-audit", Tag: "audit", Summary: "Compare the whole record with its tree, its checkpoints and its witnesses"},
		func(ctx context.Context, by bedrail.Actor, in *auditVerifyInput) (audit.Report, error) {
			return a.Audit.Verify(ctx, by, in.held(), nil)
		})
	serve(a, route{Method: http.MethodPost, Path: "/audit/verify", ID: "start-verify-audit", Tag: "audit", Summary: "The same as a job with progress, for a long record", Status: http.StatusAccepted,
		About: "The result of the job is the report. While nothing can be written there is no job either; then ask by GET."},
		func(ctx context.Context, by bedrail.Actor, in *auditVerifyInput) (job.Job, error) {
			return a.startVerify(ctx, by, in.held())
		})
	serve(a, route{Method: http.MethodGet, Path: "/audit/{seq}/proof", ID: "prove-audit", Tag: "audit", Summary: "Proof that one entry is in the record, to be checked without the rest"},
		func(ctx context.Context, by bedrail.Actor, in *auditProofInput) (audit.Proof, error) {
			return a.Audit.Prove(ctx, by, in.Seq)
		})
	stream(a, route{Method: http.MethodGet, Path: "/audit/export", ID: "export-audit", Tag: "audit", Summary: "The whole record for an auditor",
		About: "One canonical entry a line, after it a line that opens its personal fields, at the end the newest checkpoint. \"bedrail audit verify FILE\" reads it without the database."},
		"application/jsonl", func(ctx context.Context, by bedrail.Actor, _ *struct{}) (func(http.ResponseWriter) error, error) {
			if _, err := a.Audit.Checkpoint(ctx, by); err != nil {
				return nil, err
			}
			return func(w http.ResponseWriter) error { return a.Audit.Export(ctx, by, w) }, nil
		})
}
