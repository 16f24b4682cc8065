package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"bedrail"
	"bedrail/api"
	"bedrail/exchange"
)

func (e *environment) messageLedger() *cobra.Command {
	return &cobra.Command{Use: "ledger", Short: "What became of every message, by channel; exit status 3 when it does not balance", Args: cobra.NoArgs,
		Long: "received = delivered + pending + held + dead + duplicates + rejected + filtered, each message once, by its worst destination.\n" +
			"Counted from the journal: it is true after any crash.",
		RunE: func(c *cobra.Command, _ []string) error {
			var l exchange.Ledger
			if err := e.fetch(c, "/messages/ledger", &l); err != nil {
				return err
			}
			if err := e.writeDocument(l, func(w io.Writer) error { return writeList(e, l.Sources, ledgerColumns()) }); err != nil {
				return err
			}
			for _, s := range l.Sources {
				for _, p := range s.Problems {
					e.warn("%s: %s", s.Channel, p)
				}
			}
			if !l.Balanced() {
				return exitWith(exitFindings, "")
			}
			return nil
		}}
}

func ledgerColumns() []column[exchange.SourceLedger] {
	count := func(f func(exchange.SourceLedger) int64) func(exchange.SourceLedger) string {
		return func(s exchange.SourceLedger) string { return strconv.FormatInt(f(s), 10) }
	}
	return []column[exchange.SourceLedger]{
		{"channel", false, func(s exchange.SourceLedger) string { return s.Channel }},
		{"received", false, count(func(s exchange.SourceLedger) int64 { return s.Received })},
		{"delivered", false, count(func(s exchange.SourceLedger) int64 { return s.Delivered })},
		{"pending", false, count(func(s exchange.SourceLedger) int64 { return s.Pending })},
		{"held", false, count(func(s exchange.SourceLedger) int64 { return s.Held })},
		{"dead", false, count(func(s exchange.SourceLedger) int64 { return s.Dead })},
		{"duplicates", false, count(func(s exchange.SourceLedger) int64 { return s.Duplicates })},
		{"rejected", false, count(func(s exchange.SourceLedger) int64 { return s.Rejected })},
		{"filtered", false, count(func(s exchange.SourceLedger) int64 { return s.Filtered })},
		{"balanced", false, func(s exchange.SourceLedger) string { return strconv.FormatBool(s.Balanced) }},
	}
}

func messageColumns() []column[api.Message] {
	return []column[api.Message]{
		{"receivedAt", false, func(m api.Message) string { return when(m.ReceivedAt) }},
		{"channel", false, func(m api.Message) string { return m.Channel }},
		{"type", false, func(m api.Message) string { return m.Type }},
		{"state", false, func(m api.Message) string { return string(m.State) }},
		{"trust", false, func(m api.Message) string { return string(m.Trust) }},
		{"sender", false, func(m api.Message) string { return m.Sender }},
		{"severity", false, func(m api.Message) string { return m.Severity }},
		{"id", false, func(m api.Message) string { return m.ID }},
		{"device", true, func(m api.Message) string { return m.Device }},
		{"size", true, func(m api.Message) string { return strconv.FormatInt(m.Size, 10) }},
		{"outcome", true, func(m api.Message) string { return string(m.Outcome) }},
		{"reason", true, func(m api.Message) string { return m.Reason }},
		{"peer", true, func(m api.Message) string { return m.Peer }},
	}
}

func (e *environment) messageList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List messages, newest first, without what they say", Args: cobra.NoArgs,
		Example: "  bedrail message list --filter 'channel:adt state:dead'\n  bedrail message list --filter 'control:A0001'",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			rows, err := fetchList[api.Message](ctx, e, "/messages", nil)
			if err != nil {
				return err
			}
			return writeList(e, rows, messageColumns())
		}}
}

func (e *environment) messageGet() *cobra.Command {
	return &cobra.Command{Use: "get ID", Short: "One message: its sender's trust, what is wrong with it, where it went", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var m api.MessageDetail
		if err := e.fetch(c, "/messages/"+url.PathEscape(args[0]), &m); err != nil {
			return err
		}
		return e.writeDocument(m, func(w io.Writer) error { return writeMessage(w, m) })
	}}
}

func writeMessage(w io.Writer, m api.MessageDetail) error {
	fmt.Fprintf(w, "%s %s %s, %d bytes, came %s\n%s: %s, answered %s %s\ntrust: %s %s\n", m.Channel, printable(m.Type), printable(m.Sender), m.Size, when(m.ReceivedAt), m.ID, m.State, m.Outcome, m.Reason, m.Stamp.Trust, printable(strings.Join(m.Stamp.Reasons, "; ")))
	for _, i := range m.Found {
		fmt.Fprintf(w, "%s %s: %s\n", i.Severity, printable(i.Location), printable(i.Text))
	}
	for _, d := range m.Deliveries {
		fmt.Fprintf(w, "to %s: %s %s after %d attempts %s\n", d.Destination, d.State, printable(d.Code), d.Attempts, printable(d.Note))
	}
	return nil
}

func (e *environment) messageTrace() *cobra.Command {
	return &cobra.Command{Use: "trace ID", Short: "The way of a message, step by step, as the audit record has it", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var t api.MessageTrace
		if err := e.fetch(c, "/messages/"+url.PathEscape(args[0])+"/trace", &t); err != nil {
			return err
		}
		return e.writeDocument(t, func(w io.Writer) error {
			if err := writeMessage(w, t.Message); err != nil {
				return err
			}
			for _, s := range t.Steps {
				fmt.Fprintf(w, "%d %s %s %s %s\n", s.Seq, when(s.At), s.Did, s.By, printable(s.Note))
			}
			return nil
		})
	}}
}

func (e *environment) messageReveal() *cobra.Command {
	var purpose string
	c := &cobra.Command{Use: "reveal ID", Short: "Show what a message says, for a stated purpose; that is on record", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var m api.MessageContent
		r := call{method: http.MethodPost, path: "/messages/" + url.PathEscape(args[0]) + "/reveal", body: map[string]string{"purpose": purpose}}
		if err := e.tell(c, r, &m); err != nil {
			return err
		}
		return e.writeDocument(m, func(w io.Writer) error {
			text := m.Text
			if m.Binary != nil {
				text = hex.Dump(m.Binary)
			}
			_, err := fmt.Fprintln(w, strings.ReplaceAll(text, "\r", "\n"))
			return err
		})
	}}
	c.Flags().StringVar(&purpose, "purpose", "", "for what `PURPOSE` you look at a patient's data")
	return c
}

func (e *environment) messageReplay() *cobra.Command {
	var spec exchange.ReplaySpec
	var from []string
	c := &cobra.Command{Use: "replay [ID...]", Short: "Send messages again, or let held ones go; above a hundred a second person agrees",
		Example: "  bedrail message replay --filter 'channel:adt state:dead' --dry-run\n  bedrail message replay msg_01... --reason 'the EHR was down'",
		RunE: func(c *cobra.Command, ids []string) error {
			spec.IDs, spec.Filter = ids, e.filter
			for _, f := range from {
				spec.From = append(spec.From, exchange.DeliveryState(f))
			}
			var r exchange.Replay
			if err := e.tell(c, call{method: http.MethodPost, path: "/messages/replay", body: spec}, &r); err != nil {
				return err
			}
			return e.writeDocument(r, func(w io.Writer) error { return writeReplay(w, r) })
		}}
	c.Flags().StringSliceVar(&spec.Destinations, "to", nil, "only to these `DESTINATIONS`")
	c.Flags().StringSliceVar(&from, "from", nil, "deliveries in these `STATES`: dead, held, delivered; left out is dead and held")
	c.Flags().StringVar(&spec.Reason, "reason", "", "why, for the record")
	c.Flags().BoolVar(&spec.DryRun, "dry-run", false, "only say what it would touch")
	return c
}

func writeReplay(w io.Writer, r exchange.Replay) error {
	fmt.Fprintf(w, "%s %s: %d messages, %d deliveries queued again\n", r.ID, r.State, r.Messages, r.Requeued)
	for d, n := range r.Deliveries {
		fmt.Fprintf(w, "to %s: %d\n", d, n)
	}
	if r.Needs != "" {
		fmt.Fprintln(w, r.Needs)
	}
	return nil
}

func (e *environment) messageApprove() *cobra.Command {
	return &cobra.Command{Use: "approve REPLAY", Short: "Agree, as the second person, that messages are sent again", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var r exchange.Replay
		if err := e.tell(c, call{method: http.MethodPost, path: "/replays/" + url.PathEscape(args[0]) + "/approve"}, &r); err != nil {
			return err
		}
		return e.writeDocument(r, func(w io.Writer) error { return writeReplay(w, r) })
	}}
}

func (e *environment) messageProve() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "prove ID", Short: "Write a file that shows what came and what was done with it, and verifies without Bedrail", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var f exchange.ProofFile
		if err := e.fetch(c, "/messages/"+url.PathEscape(args[0])+"/proof", &f); err != nil {
			return err
		}
		if out == "" || out == "-" {
			return writeJSON(e.stdout, f)
		}
		file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return usage("%v", err)
		}
		if err := writeJSON(file, f); err != nil {
			file.Close()
			return err
		}
		return file.Close()
	}}
	c.Flags().StringVar(&out, "out", "", "write it to this `FILE`, which must not exist; left out is standard output")
	return c
}

func (e *environment) messageVerifyProof() *cobra.Command {
	var key, raw string
	c := &cobra.Command{Use: "verify-proof FILE", Short: "Check a proof file of a message; needs no server and no data", Args: cobra.ExactArgs(1),
		Long: "Give the key that you know Bedrail by (bedrail audit key), from elsewhere than the file; without it the file is checked against the key that it names itself.\n" +
			"Exit status 3 when it is not valid.",
		RunE: func(c *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return usage("%v", err)
			}
			rawHash := ""
			if raw != "" {
				body, err := os.ReadFile(raw)
				if err != nil {
					return usage("%v", err)
				}
				sum := sha256.Sum256(body)
				rawHash = hex.EncodeToString(sum[:])
			}
			report, err := exchange.VerifyProof(text, func(named string) (note.Verifiers, error) { return proofKey(key, named) }, rawHash)
			if err != nil {
				return err
			}
			if key == "" {
				e.warn("no --key was given: the file was checked against the key that it names itself")
			}
			if err := e.writeDocument(report, func(w io.Writer) error { return writeProofReport(w, report) }); err != nil {
				return err
			}
			if !report.Valid {
				return exitWith(exitFindings, "")
			}
			return nil
		}}
	c.Flags().StringVar(&key, "key", "", "public `KEY` of the audit record, or a file with it, known from elsewhere")
	c.Flags().StringVar(&raw, "raw", "", "`FILE` with the bytes as they came, to compare")
	return c
}

func proofKey(given, named string) (note.Verifiers, error) {
	if given != "" {
		return givenKey(given)
	}
	v, err := note.NewVerifier(named)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the key %q that the file names cannot be read: %w", named, err)
	}
	return note.VerifierList(v), nil
}

func writeProofReport(w io.Writer, r exchange.ProofReport) error {
	fmt.Fprintf(w, "%s of %s: valid %t\nSHA-256 of what came: %s\n", r.Message, printable(r.Channel), r.Valid, printable(r.Raw))
	for _, s := range r.Steps {
		fmt.Fprintf(w, "%d %s %s %s\n", s.Seq, when(s.At), s.Did, printable(s.Note))
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "problem: %s\n", printable(p))
	}
	return nil
}

func (e *environment) messageForget() *cobra.Command {
	return e.messageAct("forget ID...", "Make messages unreadable for ever; the row and the audit record stay", "/messages/forget", nil)
}

func (e *environment) messageHold() *cobra.Command {
	var release bool
	c := e.messageAct("legal-hold ID...", "Keep messages from being forgotten", "/messages/legal-hold", func(body map[string]any) { body["hold"] = !release })
	c.Flags().BoolVar(&release, "release", false, "let go of them")
	return c
}

func (e *environment) messageAct(use, short, path string, more func(map[string]any)) *cobra.Command {
	var reason string
	c := &cobra.Command{Use: use, Short: short, Args: cobra.MinimumNArgs(1), RunE: func(c *cobra.Command, ids []string) error {
		body := map[string]any{"ids": ids, "reason": reason}
		if more != nil {
			more(body)
		}
		var done api.Changed
		if err := e.tell(c, call{method: http.MethodPost, path: path, body: body}, &done); err != nil {
			return err
		}
		return e.writeDocument(done, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%d messages\n", done.Changed)
			return err
		})
	}}
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

func (e *environment) messageReplays() *cobra.Command {
	return listCommand(e, "replays", "Requests to send messages again, with who asked and who agreed", "/replays", []column[exchange.Replay]{
		{"id", false, func(r exchange.Replay) string { return r.ID }},
		{"state", false, func(r exchange.Replay) string { return r.State }},
		{"messages", false, func(r exchange.Replay) string { return strconv.Itoa(r.Messages) }},
		{"requeued", false, func(r exchange.Replay) string { return strconv.Itoa(r.Requeued) }},
		{"requestedBy", false, func(r exchange.Replay) string { return r.RequestedBy }},
		{"requestedAt", false, func(r exchange.Replay) string { return when(r.RequestedAt) }},
		{"approvedBy", false, func(r exchange.Replay) string { return r.ApprovedBy }},
		{"reason", true, func(r exchange.Replay) string { return r.Spec.Reason }},
		{"needs", true, func(r exchange.Replay) string { return r.Needs }},
		{"job", true, func(r exchange.Replay) string { return r.Job }},
	})
}
