package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/lifecycle"
	"bedrail/procure"
	"bedrail/server/oneshot"
)

func (e *environment) procureCommand() *cobra.Command {
	return group("procure", "Decide about purchases from what makers state and what is inside",
		e.procureAssess(), e.procureOpen(), e.procureList(), e.procureShow(), e.procureAccept(), e.procureDecide(), e.procureSecond(), e.procurePolicy(), e.procureStatements(), e.procureContradictions())
}

// procureAssess needs no server: a buyer has an MDS2 and a bill, as files.
func (e *environment) procureAssess() *cobra.Command {
	var req oneshot.PurchaseRequest
	var end, submission, cyber string
	c := &cobra.Command{Use: "assess --mds2 FILE --bill FILE --feeds DIR", Short: "Weigh a device from its MDS2 and bill; needs no server", Args: cobra.NoArgs,
		Long: "Reads the maker's MDS2 (HN 1-2019 or 2013; XLSX, CSV or JSON), its bill of software, and the published feeds, and weighs them against a policy.\n" +
			"What was not given leaves the answer incomplete. Exit status 0 when the device is acceptable or acceptable on conditions, else 3.",
		Example: "  bedrail procure assess --mds2 pump.xlsx --bill pump.cdx.json --feeds feeds --end-of-support 2037-12-31 --years 10",
		RunE: func(c *cobra.Command, _ []string) error {
			if req.Statement == "" && req.Bill == "" {
				return usage("give the maker's statement by --mds2, its bill by --bill, or both")
			}
			req.EndOfSupport, req.Submission, req.CyberDevice = lifecycle.Day(end), lifecycle.Day(submission), lifecycle.Answer(cyber)
			req.Clock, req.Problem = e.clock, func(text string) { e.say("bedrail: %s", text) }
			ctx, cancel := e.within(c.Context())
			defer cancel()
			got, err := oneshot.AssessPurchase(ctx, req)
			if err != nil {
				return err
			}
			if err := e.writeDocument(got, func(w io.Writer) error { return e.printPurchase(w, got.Assessment) }); err != nil {
				return err
			}
			if got.Verdict != procure.Acceptable && got.Verdict != procure.Conditional {
				return exitWith(exitFindings, "")
			}
			return nil
		}}
	f := c.Flags()
	f.StringVar(&req.Statement, "mds2", "", "the maker's statement, XLSX, CSV or JSON `FILE`")
	f.StringVar(&req.Bill, "bill", "", "bill of software, `FILE`")
	f.StringSliceVar(&req.Feeds, "feeds", nil, "folder or file with published `FEEDS`; may be given again")
	f.StringVar(&req.Policy, "policy", "", "what is asked, YAML `FILE`; without it the defaults (bedrail procure policy show)")
	f.StringVar(&req.Model.Manufacturer, "manufacturer", "", "of the device, where the files do not say")
	f.StringVar(&req.Model.Model, "model", "", "of the device")
	f.StringVar(&req.Model.Version, "version", "", "of its software")
	f.IntVar(&req.Years, "years", 0, "of planned use; 0 is what the policy says")
	f.StringVar(&end, "end-of-support", "", "`DAY` until which the maker supports it")
	f.StringVar(&submission, "submission", "", "`DAY` on which the FDA received the premarket submission")
	f.StringVar(&cyber, "cyber-device", "", "yes or no: whether section 524B calls it a cyber device")
	f.StringVar(&req.System, "system", "", "operating system, as the maker says")
	return c
}

// printPurchase shows a verdict to a person: what stands against it first.
func (e *environment) printPurchase(w io.Writer, a procure.Assessment) error {
	fmt.Fprintf(w, "%s %s %s: %s, score %d of 100 (%s)\n%s\n\n", printable(a.Model.Manufacturer), printable(a.Model.Model), a.Model.Version, strings.ToUpper(string(a.Verdict)), a.Score, a.Policy, a.Summary)
	open := []procure.Reason{}
	for _, r := range a.Reasons {
		if !r.Met {
			open = append(open, r)
		}
	}
	if err := writeList(e, open, reasonColumns()); err != nil {
		return err
	}
	if len(a.Clauses) > 0 {
		fmt.Fprintln(w, "\nTo ask for in the contract:")
	}
	for _, c := range a.Clauses {
		fmt.Fprintf(w, "  %s (%s)\n", c.Text, strings.Join(c.Rules, ", "))
	}
	return nil
}

func reasonColumns() []column[procure.Reason] {
	return []column[procure.Reason]{
		{"demand", false, func(r procure.Reason) string { return string(r.Demand) }},
		{"rule", false, func(r procure.Reason) string { return r.Rule }},
		{"accepted", false, func(r procure.Reason) string {
			if r.Accepted == nil {
				return ""
			}
			return r.Accepted.By + " until " + string(r.Accepted.Expires)
		}},
		{"why", false, func(r procure.Reason) string { return r.Text }},
	}
}

// act sends one request and prints the purchase that it answers with.
func (e *environment) purchaseAct(c *cobra.Command, r call) error {
	var p procure.Purchase
	if err := e.ask(c, r, &p); err != nil {
		return err
	}
	return e.writeDocument(p, func(w io.Writer) error {
		fmt.Fprintf(w, "%s  %s\n", p.ID, p.Stage)
		return e.printPurchase(w, p.Assessment)
	})
}

// ask sends one request and reads its answer.
func (e *environment) ask(c *cobra.Command, r call, out any) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	return conn.do(ctx, r, out)
}

func (e *environment) procureOpen() *cobra.Command {
	var body api.PurchaseBody
	c := &cobra.Command{Use: "open MANUFACTURER MODEL", Short: "Open a purchase and assess it", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		body.Manufacturer, body.Model = args[0], args[1]
		return e.purchaseAct(c, call{method: http.MethodPost, path: "/purchases", body: body})
	}}
	f := c.Flags()
	f.StringVar(&body.Version, "version", "", "of the software")
	f.StringVar(&body.Title, "title", "", "what it is for")
	f.StringVar(&body.Unit, "unit", "", "where it is to stand")
	f.IntVar(&body.Quantity, "quantity", 0, "how many")
	f.StringVar(&body.Starts, "starts", "", "first `DAY` of use")
	f.IntVar(&body.Years, "years", 0, "of planned use; 0 is what the policy says")
	return c
}

func (e *environment) procureList() *cobra.Command {
	return listCommand(e, "list", "List purchases", "/purchases", []column[procure.Purchase]{
		{"id", false, func(p procure.Purchase) string { return p.ID }},
		{"title", false, func(p procure.Purchase) string { return p.Title }},
		{"stage", false, func(p procure.Purchase) string { return string(p.Stage) }},
		{"verdict", false, func(p procure.Purchase) string { return string(p.Assessment.Verdict) }},
		{"score", false, func(p procure.Purchase) string { return strconv.Itoa(p.Assessment.Score) }},
		{"unit", true, func(p procure.Purchase) string { return p.Unit }},
		{"by", true, func(p procure.Purchase) string { return p.By }},
		{"openedAt", true, func(p procure.Purchase) string { return when(p.OpenedAt) }},
	})
}

// listCommand is a command that prints a list of the API.
func listCommand[T any](e *environment, use, short, path string, columns []column[T]) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[T](ctx, e, path, nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, columns)
	}}
}

func (e *environment) procureShow() *cobra.Command {
	var again bool
	c := &cobra.Command{Use: "show ID", Short: "One purchase with every reason", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		r := call{method: http.MethodGet, path: "/purchases/" + url.PathEscape(args[0])}
		if again {
			r.method, r.path = http.MethodPost, r.path+"/assess"
		}
		return e.purchaseAct(c, r)
	}}
	c.Flags().BoolVar(&again, "again", false, "assess again first, with what is known now")
	return c
}

func (e *environment) procureAccept() *cobra.Command {
	var reason, until string
	c := &cobra.Command{Use: "accept ID RULE", Short: "Accept, in your name and until a day, that a demand is not met", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		body := map[string]string{"rule": args[1], "reason": reason, "expires": until}
		return e.purchaseAct(c, call{method: http.MethodPost, path: "/purchases/" + url.PathEscape(args[0]) + "/deviations", body: body})
	}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().StringVar(&until, "until", "", "`DAY` on which it is looked at again")
	return c
}

func (e *environment) procureDecide() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "decide ID approved|declined|closed", Short: "Approve, decline or close a purchase; the decision is signed", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		return e.purchaseAct(c, call{method: http.MethodPost, path: "/purchases/" + url.PathEscape(args[0]) + "/decision", body: map[string]string{"choice": args[1], "reason": reason}})
	}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

func (e *environment) procureSecond() *cobra.Command {
	var refuse bool
	c := &cobra.Command{Use: "second ID", Short: "Agree, as a second person, to an approval against the verdict", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.purchaseAct(c, call{method: http.MethodPost, path: "/purchases/" + url.PathEscape(args[0]) + "/second", body: map[string]bool{"agree": !refuse}})
	}}
	c.Flags().BoolVar(&refuse, "refuse", false, "do not agree")
	return c
}

func (e *environment) statementDiff() *cobra.Command {
	return &cobra.Command{Use: "diff OLD NEW", Short: "What a maker answers differently from an earlier statement", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		var out api.List[api.StatementChange]
		if err := e.ask(c, call{method: http.MethodGet, path: "/mds2/" + url.PathEscape(args[1]) + "/diff", query: url.Values{"from": {args[0]}}}, &out); err != nil {
			return err
		}
		return writeList(e, out.Items, []column[api.StatementChange]{
			{"id", false, func(x api.StatementChange) string { return x.ID }},
			{"question", false, func(x api.StatementChange) string { return x.Label }},
			{"was", false, func(x api.StatementChange) string { return string(x.Was.Value) }},
			{"is", false, func(x api.StatementChange) string { return string(x.Is.Value) }},
			{"note", false, func(x api.StatementChange) string { return x.Is.Note }},
		})
	}}
}

func (e *environment) procureStatements() *cobra.Command {
	list := listCommand(e, "list", "List what makers state", "/mds2", []column[api.StatementSummary]{
		{"id", false, func(s api.StatementSummary) string { return s.ID }},
		{"manufacturer", false, func(s api.StatementSummary) string { return s.Manufacturer }},
		{"model", false, func(s api.StatementSummary) string { return s.Model }},
		{"version", false, func(s api.StatementSummary) string { return s.Version }},
		{"edition", false, func(s api.StatementSummary) string { return s.Edition }},
		{"answered", false, func(s api.StatementSummary) string { return fmt.Sprintf("%d/%d", s.Answered, s.Asked) }},
		{"at", true, func(s api.StatementSummary) string { return s.At }},
	})
	show := &cobra.Command{Use: "show ID", Short: "One statement with its answers", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var d api.StatementDetail
		if err := e.fetch(c, "/mds2/"+url.PathEscape(args[0]), &d); err != nil {
			return err
		}
		return e.writeDocument(d, func(io.Writer) error {
			return writeList(e, d.Answers, []column[api.StatementAnswer]{
				{"id", false, func(a api.StatementAnswer) string { return a.ID }},
				{"answer", false, func(a api.StatementAnswer) string { return string(a.Value) }},
				{"question", false, func(a api.StatementAnswer) string { return a.Label }},
				{"note", false, func(a api.StatementAnswer) string { return a.Note }},
			})
		})
	}}
	return group("mds2", "What makers state about security (HN 1); bring one in by 'bedrail ingest mds2'", list, show, e.statementDiff())
}

func (e *environment) procureContradictions() *cobra.Command {
	return listCommand(e, "contradictions", "Where statements, bills and observed traffic cannot all hold", "/contradictions", []column[procure.Contradiction]{
		{"manufacturer", false, func(x procure.Contradiction) string { return x.Maker }},
		{"model", false, func(x procure.Contradiction) string { return x.Model }},
		{"rule", false, func(x procure.Contradiction) string { return x.Rule }},
		{"severity", false, func(x procure.Contradiction) string { return x.Severity }},
		{"state", false, func(x procure.Contradiction) string { return x.State }},
		{"against", false, func(x procure.Contradiction) string { return x.Against }},
		{"devices", false, func(x procure.Contradiction) string { return strconv.Itoa(x.Devices) }},
		{"text", false, func(x procure.Contradiction) string { return x.Text }},
		{"since", true, func(x procure.Contradiction) string { return when(x.Since) }},
		{"id", true, func(x procure.Contradiction) string { return x.ID }},
		{"evidence", true, func(x procure.Contradiction) string { return strings.Join(x.Evidence, "; ") }},
	})
}
