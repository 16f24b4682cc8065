package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/job"
)

var _ job.Store = (*DB)(nil)

// CreateJob implements job.Store.
func (s *DB) CreateJob(ctx context.Context, in bedrail.Scope, j job.Job, entry audit.Entry) error {
	doc, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO job (tenant, id, kind, state, title, site, by_id, created_at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			in.Tenant, j.ID, j.Kind, string(j.State), j.Title, j.Site, j.By.ID, micros(j.CreatedAt), string(doc))
		if err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// SaveJob implements job.Store.
func (s *DB) SaveJob(ctx context.Context, in bedrail.Scope, j job.Job, entry *audit.Entry) error {
	doc, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE job SET state = $1, title = $2, doc = $3 WHERE tenant = $4 AND id = $5 AND state IN ('queued', 'running')`,
			string(j.State), j.Title, string(doc), in.Tenant, j.ID)
		if err := changedOne(res, err, bedrail.Conflict, "the job %s has ended already", j.ID); err != nil || entry == nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, *entry)
	})
}

// ReopenJob implements job.Store.
func (s *DB) ReopenJob(ctx context.Context, in bedrail.Scope, j job.Job, entry audit.Entry) error {
	doc, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE job SET state = $1, by_id = $2, doc = $3 WHERE tenant = $4 AND id = $5 AND state IN ('failed', 'cancelled')`,
			string(j.State), j.By.ID, string(doc), in.Tenant, j.ID)
		if err := changedOne(res, err, bedrail.Conflict, "somebody took the job %s up already", j.ID); err != nil {
			return err
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
}

// Job implements job.Store.
func (s *DB) Job(ctx context.Context, in bedrail.Scope, id string) (j job.Job, err error) {
	var w where
	jobScope(&w, in)
	w.and(`id = ?`, id)
	err = s.view(ctx, func(tx *sql.Tx) error {
		j, err = scanJob(tx.QueryRowContext(ctx, `SELECT doc FROM job`+w.String(), w.args...))
		return orNotFound(err, "there is no job %s", id)
	})
	return j, err
}

// Jobs implements job.Store.
func (s *DB) Jobs(ctx context.Context, in bedrail.Scope, req query.Request) (page query.Page[job.Job], err error) {
	l := listing{columns: `doc`, from: `job`, key: `id`, sort: query.ParseSort("-created"),
		fields: fields{
			"state":   wordField(`state`, "queued", "running", "done", "partly", "failed", "cancelled"),
			"kind":    textField(`kind`),
			"site":    textField(`site`),
			"by":      textField(`doc->'by'->>'name'`),
			"created": timeField(`created_at`),
		},
		free: []string{`title`}}
	jobScope(&l.where, in)
	err = s.view(ctx, func(tx *sql.Tx) error {
		page, err = listPage(ctx, tx, l, req, s.clock.Now(), func(r scanner) (job.Job, error) { return scanJob(r) })
		return err
	})
	return page, err
}

// jobScope admits the jobs of the asker's sites. Jobs lie in a site or in
// none, never in a unit; one of no site is everybody's to see.
func jobScope(w *where, in bedrail.Scope) {
	w.and(`tenant = ?`, in.Tenant)
	if len(in.Sites) > 0 {
		w.place(`site`, append([]string{""}, in.Sites...))
	}
}

func scanJob(row scanner) (job.Job, error) {
	var doc []byte
	var j job.Job
	if err := row.Scan(&doc); err != nil {
		return j, err
	}
	return j, json.Unmarshal(doc, &j)
}

// InterruptJobs implements job.Store.
func (s *DB) InterruptJobs(ctx context.Context, in bedrail.Scope, message string, at time.Time, entry audit.Entry) (n int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		open, err := openJobs(ctx, tx, in.Tenant)
		if n = len(open); err != nil || n == 0 {
			return err
		}
		for _, j := range open {
			j.State, j.Message, j.FinishedAt, j.ETASeconds = job.Failed, message, at, 0
			doc, err := json.Marshal(j)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `UPDATE job SET state = $1, doc = $2 WHERE tenant = $3 AND id = $4`,
				string(j.State), string(doc), in.Tenant, j.ID)
			if err != nil {
				return err
			}
		}
		return s.appendEntry(ctx, tx, in.Tenant, entry)
	})
	return n, err
}

func openJobs(ctx context.Context, tx *sql.Tx, tenant string) (open []job.Job, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT doc FROM job WHERE tenant = $1 AND state IN ('queued', 'running')`, tenant)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, err
		}
		open = append(open, j)
	}
	return open, rows.Err()
}
