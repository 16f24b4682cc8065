package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"bedrail/job"
)

func (e *environment) jobCommand() *cobra.Command {
	return group("job", "Long work: imports and the like", e.jobList(), e.jobGet(), e.jobCancel(), e.jobResume())
}

func jobColumns() []column[job.Job] {
	return []column[job.Job]{
		{"id", false, func(j job.Job) string { return j.ID }},
		{"state", false, func(j job.Job) string { return string(j.State) }},
		{"title", false, func(j job.Job) string { return j.Title }},
		{"done", false, func(j job.Job) string { return fmt.Sprint(j.Done, " ", j.Unit) }},
		{"faults", false, func(j job.Job) string { return fmt.Sprint(j.Faults) }},
		{"message", false, func(j job.Job) string { return j.Message }},
		{"by", true, func(j job.Job) string { return j.By.Name }},
		{"startedAt", true, func(j job.Job) string { return when(j.StartedAt) }},
		{"finishedAt", true, func(j job.Job) string { return when(j.FinishedAt) }},
	}
}

func (e *environment) jobList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List jobs, the newest first", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[job.Job](ctx, e, "/jobs", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, jobColumns())
	}}
}

func (e *environment) jobGet() *cobra.Command {
	return &cobra.Command{Use: "get ID", Short: "One job, with what could not be used", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.oneJob(c, call{method: http.MethodGet, path: "/jobs/" + url.PathEscape(args[0])})
	}}
}

func (e *environment) jobCancel() *cobra.Command {
	return &cobra.Command{Use: "cancel ID", Short: "Stop a job; what it has taken in stays", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		if e.server == "" {
			return usage("only the server that runs a job can stop it: name it by --server")
		}
		return e.oneJob(c, call{method: http.MethodPost, path: "/jobs/" + url.PathEscape(args[0]) + "/cancel"})
	}}
}

func (e *environment) jobResume() *cobra.Command {
	return &cobra.Command{Use: "resume ID", Short: "Take a job up where it left, when it was cancelled or broken off", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		if e.server == "" {
			return usage("a job goes on in a server: name it by --server")
		}
		return e.oneJob(c, call{method: http.MethodPost, path: "/jobs/" + url.PathEscape(args[0]) + "/resume"})
	}}
}

func (e *environment) oneJob(c *cobra.Command, r call) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	var j job.Job
	if err := conn.do(ctx, r, &j); err != nil {
		return err
	}
	if j.WhyAnew != "" {
		e.say("it cannot be taken up: %s", j.WhyAnew)
	}
	for _, f := range j.Errors {
		e.say("%s: %s", f.Place, f.Text)
	}
	return writeList(e, []job.Job{j}, jobColumns())
}
