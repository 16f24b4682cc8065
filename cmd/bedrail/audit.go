package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"bedrail"
	"bedrail/api"
	"bedrail/audit"
	"bedrail/job"
	"bedrail/server"
)

func (e *environment) auditCommand() *cobra.Command {
	return group("audit", "Who did what, and proof that nobody altered it",
		e.auditList(), e.auditVerify(), e.auditProve(), e.auditExport(), e.auditRepositories(), e.auditCheckpoint(), e.auditKey(), e.auditAcceptRestore())
}

func (e *environment) auditList() *cobra.Command {
	columns := []column[api.AuditEntry]{
		{"seq", false, func(a api.AuditEntry) string { return fmt.Sprint(a.Seq) }},
		{"at", false, func(a api.AuditEntry) string { return when(a.At) }},
		{"by", false, func(a api.AuditEntry) string { return actorName(a.By) }},
		{"did", false, func(a api.AuditEntry) string { return string(a.Did) }},
		{"to", false, func(a api.AuditEntry) string { return a.To }},
		{"note", false, func(a api.AuditEntry) string { return a.Note }},
	}
	return &cobra.Command{Use: "list", Short: "List what was done, the newest first", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[api.AuditEntry](ctx, e, "/audit", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, columns)
	}}
}

func actorName(a api.AuditActor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

func (e *environment) auditVerify() *cobra.Command {
	var checkpoint, key string
	c := &cobra.Command{Use: "verify [EXPORT]", Short: "Find what was altered, removed, reordered or cut off", Args: cobra.MaximumNArgs(1),
		Long: "Compares every entry with the tree, the signed checkpoints and the witnesses. With EXPORT, a file of \"bedrail audit export\",\n" +
			"it needs neither server nor database. It ends with status 3 when something is wrong."}
	c.Flags().StringVar(&checkpoint, "checkpoint", "", "`FILE` with a signed checkpoint that was kept elsewhere")
	c.Flags().StringVar(&key, "key", "", "public `KEY` of the checkpoints, or a file with it; for an export")
	c.RunE = func(c *cobra.Command, args []string) error {
		var held []string
		if checkpoint != "" {
			text, err := os.ReadFile(checkpoint)
			if err != nil {
				return usage("--checkpoint: %v", err)
			}
			held = append(held, string(text))
		}
		var report audit.Report
		var err error
		if len(args) == 1 {
			report, err = e.verifyExport(args[0], key, held)
		} else {
			report, err = e.verifyRecord(c, held)
		}
		if err != nil {
			return err
		}
		return e.writeReport(report)
	}
	return c
}

func (e *environment) verifyRecord(c *cobra.Command, held []string) (report audit.Report, err error) {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return report, err
	}
	q := url.Values{}
	if len(held) > 0 {
		q.Set("checkpoint", held[0])
	}
	if m := e.meter("Verifying", 0); m.shows() {
		err := e.verifyAsJob(ctx, conn, q, m, &report)
		if kind := bedrail.KindOf(err); kind != bedrail.Unavailable && kind != bedrail.Conflict && kind != bedrail.Denied {
			return report, err
		}
	}
	return report, conn.do(ctx, call{method: http.MethodGet, path: "/audit/verify", query: q}, &report)
}

// verifyAsJob lets the server verify in the background and shows how far it
// has come. While nothing can be written there are no jobs.
func (e *environment) verifyAsJob(ctx context.Context, conn *client, q url.Values, m *meter, report *audit.Report) error {
	var j job.Job
	if err := conn.do(ctx, call{method: http.MethodPost, path: "/audit/verify", query: q}, &j); err != nil {
		return err
	}
	defer m.end()
	for shown := int64(0); !j.State.Final(); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/jobs/" + j.ID}, &j); err != nil {
			return err
		}
		m.reach(j.Done-shown, j.Total)
		shown = j.Done
	}
	if j.State != job.Done {
		return exitWith(exitFailed, "%s", j.Message)
	}
	return json.Unmarshal(j.Result, report)
}

// givenKey reads a public key of a record, or the file that holds it.
func givenKey(key string) (note.Verifiers, error) {
	if text, err := os.ReadFile(key); err == nil {
		key = string(text)
	}
	v, err := note.NewVerifier(trimLine(key))
	if err != nil {
		return nil, usage("--key: %v; it is what \"bedrail audit key\" prints, or a file with that", err)
	}
	return note.VerifierList(v), nil
}

func (e *environment) verifyExport(path, key string, held []string) (audit.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return audit.Report{}, exitWith(statusOf(err), "%s: %v", path, why(err))
	}
	defer f.Close()
	var known note.Verifiers
	if key != "" {
		if known, err = givenKey(key); err != nil {
			return audit.Report{}, err
		}
	} else {
		e.say("no --key was given: the export is compared with the key that it brings along, which shows that it is whole but not whose it is")
	}
	report, err := audit.VerifyExport(f, known, held)
	if err != nil {
		return report, exitWith(exitFailed, "%s: %v", path, err)
	}
	return report, nil
}

func trimLine(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

func (e *environment) writeReport(r audit.Report) error {
	err := e.writeDocument(r, func(w io.Writer) error {
		verdict := "whole"
		if !r.Valid {
			verdict = "NOT WHOLE"
		}
		_, err := fmt.Fprintf(w, "The record is %s: %d entries, root %s, %d checkpoints compared", verdict, r.Entries, r.Root, r.Checkpoints)
		if r.Witnessed > 0 {
			_, err2 := fmt.Fprintf(w, ", witnessed up to entry %d", r.Witnessed)
			err = errors.Join(err, err2)
		}
		fmt.Fprintln(w)
		for _, p := range r.Problems {
			_, err2 := fmt.Fprintf(w, "%8d  %s\n", p.Seq, p.Text)
			err = errors.Join(err, err2)
		}
		return err
	})
	if err == nil && !r.Valid {
		return exitWith(exitFindings, "")
	}
	return err
}

func (e *environment) auditProve() *cobra.Command {
	return &cobra.Command{Use: "prove SEQ", Short: "Proof that one entry is in the record", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var p audit.Proof
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/audit/" + url.PathEscape(args[0]) + "/proof"}, &p); err != nil {
			return err
		}
		return e.writeDocument(p, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s\n\nis entry %d of the %d that this checkpoint signs:\n\n%s\n%d hashes lead from it to the root; -o json prints them.\n",
				p.Entry, p.Seq, p.Size, p.Checkpoint, len(p.Path))
			return err
		})
	}}
}

func (e *environment) auditExport() *cobra.Command {
	var x fhirExport
	c := &cobra.Command{Use: "export", Short: "Write the record for an auditor, as JSON lines or as FHIR", Args: cobra.NoArgs,
		Long: "Without --format the whole record as JSON lines, which bedrail audit verify reads without a server.\n" +
			"With --format fhir a FHIR R4 AuditEvent a line (NDJSON), newest first: all, those of a time, of a message or of a device.",
		RunE: func(c *cobra.Command, _ []string) error {
			if x.format == "fhir" {
				return e.exportEvents(c, x)
			}
			if x.format != "" && x.format != "jsonl" {
				return usage("--format %s: write jsonl or fhir", x.format)
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			return conn.copy(ctx, call{method: http.MethodGet, path: "/audit/export"}, e.stdout)
		}}
	x.flags(c)
	return c
}

func (e *environment) auditCheckpoint() *cobra.Command {
	return &cobra.Command{Use: "checkpoint", Short: "Print the newest signed checkpoint, to be kept elsewhere", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var p api.AuditCheckpoint
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/audit/checkpoint"}, &p); err != nil {
			return err
		}
		return e.writeDocument(p, func(w io.Writer) error {
			_, err := io.WriteString(w, p.Note)
			return err
		})
	}}
}

func (e *environment) auditKey() *cobra.Command {
	return &cobra.Command{Use: "key", Short: "Print the public key that checkpoints are signed by, for whoever checks proofs", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var k api.AuditKey
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/audit/key"}, &k); err != nil {
			return err
		}
		return e.writeDocument(k, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, k.Key)
			return err
		})
	}}
}

func (e *environment) auditAcceptRestore() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "accept-restore", Short: "Go on with a restored backup that the witness knows to be older", Args: cobra.NoArgs,
		Long: "After an older backup was put back, the witness vouches for entries that are gone, and nothing is written. This accepts that:\n" +
			"the record must be whole in itself, the acceptance with your reason becomes an entry of it, and the witness's old file is kept\n" +
			"beside the new one. Run it on the machine of the server while that is stopped."}
	c.Flags().StringVar(&reason, "reason", "", "which backup was put back, and why; goes on record")
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		cfg, err := e.backupConfig()
		if err != nil {
			return err
		}
		done, err := server.AcceptRestore(ctx, cfg, reason)
		if err != nil {
			return err
		}
		return e.writeDocument(done, func(w io.Writer) error {
			for _, o := range done.Witnesses {
				fmt.Fprintf(w, "The record goes on from %d entries. The %s vouched for %d; what it held is now %s\n", done.Entries, o.Witness, o.Entries, o.Aside)
			}
			return nil
		})
	}
	return c
}
