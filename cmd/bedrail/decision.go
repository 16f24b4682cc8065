package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/vuln"
)

// findingDecide decides about findings, by identifiers or by --filter.
func (e *environment) findingDecide() *cobra.Command {
	var body api.DecideBody
	var until string
	c := &cobra.Command{Use: "decide STATE [ID...]", Aliases: []string{"triage"}, Short: "Decide about findings: not-affected, fixed, affected, investigating, accepted or mitigated", Args: cobra.MinimumNArgs(1),
		Example: "  bedrail finding decide accepted --filter 'vulnerability:CVE-2021-33503 unit:ICU' --note 'behind a firewall' --until 2027-03-01 --preview"}
	c.RunE = func(c *cobra.Command, args []string) error {
		body.State, body.IDs, body.Filter = args[0], args[1:], e.filter
		if until != "" {
			day, err := time.Parse(time.DateOnly, until)
			if err != nil {
				return usage("--until %s: it is a day such as 2027-03-01", until)
			}
			body.Expires = &day
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var out api.DecisionOutcome
		if err := conn.do(ctx, call{method: http.MethodPost, path: "/findings/decisions", body: body}, &out); err != nil {
			return err
		}
		return e.writeDocument(out, func(w io.Writer) error {
			if err := writeList(e, out.Items, effectColumns()); err != nil {
				return err
			}
			if !out.Applied {
				fmt.Fprintln(w, "nothing was changed")
			}
			return nil
		})
	}
	c.Flags().StringVar(&body.Justification, "justification", "", "a `WORD` of VEX, for example vulnerable_code_not_present")
	c.Flags().StringVar(&body.Note, "note", "", "why")
	c.Flags().StringVar(&body.Owner, "owner", "", "who looks after it")
	c.Flags().StringVar(&body.Rubric, "rubric", "", "a CVSS 3 `VECTOR` with the answers of the rubric for medical devices, such as .../XIT:H/XAT:N")
	c.Flags().StringVar(&until, "until", "", "`DAY` on which it is looked at again")
	c.Flags().BoolVar(&body.Preview, "preview", false, "say what would change, and change nothing")
	return c
}

func effectColumns() []column[vuln.DecisionEffect] {
	return []column[vuln.DecisionEffect]{
		{"vulnerability", false, func(x vuln.DecisionEffect) string { return x.Vulnerability }},
		{"model", false, func(x vuln.DecisionEffect) string { return x.Model.Model }},
		{"version", false, func(x vuln.DecisionEffect) string { return x.Model.Version }},
		{"devices", false, func(x vuln.DecisionEffect) string { return strconv.Itoa(x.Devices) }},
		{"from", false, func(x vuln.DecisionEffect) string { return x.From }},
		{"to", false, func(x vuln.DecisionEffect) string { return x.To }},
		{"overruled", false, func(x vuln.DecisionEffect) string { return strconv.FormatBool(x.Overruled) }},
		{"id", true, func(x vuln.DecisionEffect) string { return x.ID }},
	}
}

// findingExport writes a signed VEX document to standard output.
func (e *environment) findingExport() *cobra.Command {
	return &cobra.Command{Use: "export openvex|csaf|cyclonedx", Short: "What is held about findings, as a signed VEX document", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		query := url.Values{"format": args}
		if e.filter != "" {
			query.Set("filter", e.filter)
		}
		var out api.SignedVEX
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/findings/export", query: query}, &out); err != nil {
			return err
		}
		return e.writeDocument(out, func(w io.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			return enc.Encode(out)
		})
	}}
}

// findingDecisions lists what makers and people state.
func (e *environment) findingDecisions() *cobra.Command {
	return listCommand(e, "decisions", "What makers and people state about weaknesses", "/decisions", []column[vuln.Decision]{
		{"vulnerability", false, func(d vuln.Decision) string { return d.Vulnerability }},
		{"model", false, func(d vuln.Decision) string {
			return strings.TrimSpace(d.Model.Manufacturer + " " + d.Model.Model + " " + d.Model.Version)
		}},
		{"state", false, func(d vuln.Decision) string { return string(d.State) }},
		{"justification", false, func(d vuln.Decision) string { return d.Justification }},
		{"source", false, func(d vuln.Decision) string { return d.Source }},
		{"expires", false, func(d vuln.Decision) string { return when(d.Expires) }},
		{"component", true, func(d vuln.Decision) string { return cmp.Or(d.PURL, d.Component) }},
		{"note", true, func(d vuln.Decision) string { return d.Note }},
		{"owner", true, func(d vuln.Decision) string { return d.Owner }},
		{"authority", true, func(d vuln.Decision) string { return string(d.Authority) }},
		{"at", true, func(d vuln.Decision) string { return when(d.At) }},
		{"id", true, func(d vuln.Decision) string { return d.ID }},
	})
}
