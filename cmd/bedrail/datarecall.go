package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/recall"
)

func (e *environment) dataRecallCommand() *cobra.Command {
	return group("data-recall", "Call back what a device said while it could not be relied on, and keep account of who answered",
		e.dataRecallOpen(), e.dataRecallList(), e.dataRecallShow(), e.dataRecallStep("approve", "Agree, as the second person, to a recall"), e.dataRecallStep("continue", "Do what a stopped job left undone"),
		e.dataRecallAnswer(), e.dataRecallClose(), e.dataRecallResources(), e.dataRecallPatients())
}

func (e *environment) dataRecallOpen() *cobra.Command {
	var spec recall.Spec
	var from, until, treatment string
	var shift time.Duration
	c := &cobra.Command{Use: "open DEVICE", Short: "Find every message, resource and receiver of a device within a time, tell them, withdraw or correct", Args: cobra.ExactArgs(1),
		Example: "  bedrail data-recall open dev_... --from 2026-03-01T08:00:00Z --until 2026-03-01T12:00:00Z --cause clock --treatment correct --shift -1h --reason 'clock an hour ahead' --dry-run",
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if spec.From, err = time.Parse(time.RFC3339, from); err != nil {
				return usage("--from %s: write it as 2026-03-01T10:15:00Z", from)
			}
			if until != "" {
				if spec.Until, err = time.Parse(time.RFC3339, until); err != nil {
					return usage("--until %s: write it as 2026-03-01T10:15:00Z", until)
				}
			}
			body := map[string]any{"device": args[0], "from": spec.From, "cause": spec.Cause, "treatment": treatment, "reason": spec.Reason, "owner": spec.Owner, "dueHours": spec.DueHours, "receiptIsAnswer": spec.ReceiptIsAnswer, "dryRun": spec.DryRun}
			if !spec.Until.IsZero() {
				body["until"] = spec.Until
			}
			if shift != 0 {
				body["shiftSeconds"] = shift.Seconds()
			}
			return e.showRecall(c, call{method: http.MethodPost, path: "/data-recalls", body: body})
		}}
	f := c.Flags()
	f.StringVar(&from, "from", "", "`TIME` from which on its data cannot be relied on, as received here")
	f.StringVar(&until, "until", "", "`TIME` until which; left out, now")
	f.StringVar(&spec.Cause, "cause", "other", "`WHY`: compromised, mis-set, clock or other")
	f.StringVar(&treatment, "treatment", "notice", "`WHAT` becomes of what was sent: notice, withdraw or correct")
	f.DurationVar(&shift, "shift", 0, "with correct: what is added to the times of results, such as -1h")
	f.StringVar(&spec.Reason, "reason", "", "why, for the record and for receivers")
	f.StringVar(&spec.Owner, "owner", "", "`WHO` waits for the answers; left out, the steward of each channel")
	f.IntVar(&spec.DueHours, "due-hours", 0, "`HOURS` until receivers answer; 72")
	f.BoolVar(&spec.ReceiptIsAnswer, "receipt-is-answer", false, "take a receiver's acknowledgment of everything for its answer")
	f.BoolVar(&spec.DryRun, "dry-run", false, "only say what it would touch")
	return c
}

func (e *environment) showRecall(c *cobra.Command, what call) error {
	var r recall.Recall
	if err := e.tell(c, what, &r); err != nil {
		return err
	}
	return e.writeDocument(r, func(w io.Writer) error {
		fmt.Fprintf(w, "%s %s: %d messages of %s about %d patients, found in %.2f s\n", r.ID, r.State, r.Reach.Messages, printable(r.Spec.Device), r.Reach.Patients, r.Reach.Seconds)
		if r.Needs != "" {
			fmt.Fprintln(w, r.Needs)
		}
		for kind, n := range r.Reach.Resources {
			fmt.Fprintf(w, "  %s: %d\n", printable(kind), n)
		}
		for _, one := range r.Receivers {
			late := ""
			if one.Overdue {
				late = ", overdue"
			}
			fmt.Fprintf(w, "  %s/%s (%s): %d messages, %s%s, by %s; again: %d of %d, failed %d, by hand %d. %s\n", one.Channel, one.Destination, one.Way, one.Messages, one.State, late, printable(one.Owner),
				one.Reissued, one.Reissued+one.Waiting, one.Failed, one.ByHand, printable(one.Note))
		}
		return nil
	})
}

func (e *environment) dataRecallList() *cobra.Command {
	return listCommand(e, "list", "List recalls of data, newest first", "/data-recalls", []column[recall.Recall]{
		{"id", false, func(r recall.Recall) string { return r.ID }},
		{"state", false, func(r recall.Recall) string { return r.State }},
		{"device", false, func(r recall.Recall) string { return r.Spec.Device }},
		{"cause", false, func(r recall.Recall) string { return r.Spec.Cause }},
		{"treatment", false, func(r recall.Recall) string { return string(r.Spec.Treatment) }},
		{"messages", false, func(r recall.Recall) string { return fmt.Sprint(r.Reach.Messages) }},
		{"answered", false, func(r recall.Recall) string { return fmt.Sprintf("%d/%d", r.Answered, len(r.Receivers)) }},
		{"overdue", false, func(r recall.Recall) string { return fmt.Sprint(r.Overdue) }},
	})
}

func recallPath(id string, more ...string) string {
	path := "/data-recalls/" + url.PathEscape(id)
	for _, m := range more {
		path += "/" + url.PathEscape(m)
	}
	return path
}

func (e *environment) dataRecallShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One recall with where each receiver stands", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.showRecall(c, call{method: http.MethodGet, path: recallPath(args[0])})
	}}
}

func (e *environment) dataRecallStep(word, short string) *cobra.Command {
	return &cobra.Command{Use: word + " ID", Short: short, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.showRecall(c, call{method: http.MethodPost, path: recallPath(args[0], word)})
	}}
}

func (e *environment) dataRecallAnswer() *cobra.Command {
	var a recall.AnswerSpec
	c := &cobra.Command{Use: "answer ID CHANNEL/DESTINATION", Short: "Keep what a receiver answered, except it, or give it another owner", Args: cobra.ExactArgs(2),
		Example: "  bedrail data-recall answer recall_... icu-monitors/ehr --state acknowledged --note 'Ms Roe of the EHR: 214 results marked'",
		RunE: func(c *cobra.Command, args []string) error {
			channel, destination, ok := strings.Cut(args[1], "/")
			if !ok {
				return usage("%s: write it as CHANNEL/DESTINATION", args[1])
			}
			return e.showRecall(c, call{method: http.MethodPost, path: recallPath(args[0], "receivers", channel, destination), body: a})
		}}
	c.Flags().StringVar(&a.State, "state", "", "`STATE`: told, acknowledged, refused or excepted")
	c.Flags().StringVar(&a.Owner, "owner", "", "`WHO` waits for its answer from now on")
	c.Flags().StringVar(&a.Note, "note", "", "who said what, for the record")
	return c
}

func (e *environment) dataRecallClose() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "close ID", Short: "Close a recall when every receiver answered or is excepted", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.showRecall(c, call{method: http.MethodPost, path: recallPath(args[0], "close"), body: map[string]string{"reason": reason}})
	}}
	c.Flags().StringVar(&reason, "reason", "", "with what result, for the record")
	return c
}

func (e *environment) dataRecallResources() *cobra.Command {
	var after string
	c := &cobra.Command{Use: "resources ID", Short: "FHIR resources that were made of what is called back and delivered", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var list struct {
			Items []recall.Resource `json:"items"`
		}
		q := url.Values{"after": {after}}
		if e.limit > 0 {
			q.Set("limit", strconv.Itoa(e.limit))
		}
		if err := e.tell(c, call{method: http.MethodGet, path: recallPath(args[0], "resources"), query: q}, &list); err != nil {
			return err
		}
		return writeList(e, list.Items, []column[recall.Resource]{
			{"message", false, func(r recall.Resource) string { return r.Message }},
			{"destination", false, func(r recall.Resource) string { return r.Destination }},
			{"reference", false, func(r recall.Resource) string { return r.Reference }},
			{"status", false, func(r recall.Resource) string { return r.Status }},
		})
	}}
	c.Flags().StringVar(&after, "after", "", "go on behind this `MESSAGE`")
	return c
}

func (e *environment) dataRecallPatients() *cobra.Command {
	var purpose string
	c := &cobra.Command{Use: "patients ID", Short: "Show which patients the messages are about; who looks and why is on record", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var named api.Named
		if err := e.tell(c, call{method: http.MethodPost, path: recallPath(args[0], "patients"), body: map[string]string{"purpose": purpose}}, &named); err != nil {
			return err
		}
		return e.writeDocument(named, func(w io.Writer) error {
			for _, id := range named.Identifiers {
				fmt.Fprintln(w, printable(id))
			}
			return nil
		})
	}}
	c.Flags().StringVar(&purpose, "purpose", "", "why you look, for the record")
	return c
}
