package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/procure"
)

func (e *environment) procurePolicy() *cobra.Command {
	var defaults bool
	show := &cobra.Command{Use: "show", Short: "Print the policy in force, as YAML", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		out := api.PolicyAnswer{Current: procure.DefaultPolicy()}
		if !defaults {
			if err := e.ask(c, call{method: http.MethodGet, path: "/procurement/policy"}, &out); err != nil {
				return err
			}
		}
		return e.writeDocument(out.Current, func(w io.Writer) error { _, err := io.WriteString(w, out.Current.Text); return err })
	}}
	show.Flags().BoolVar(&defaults, "defaults", false, "the one that comes with Bedrail; needs no server")
	set := &cobra.Command{Use: "set FILE", Short: "Put a policy in force", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		var v procure.PolicyVersion
		if err := e.ask(c, call{method: http.MethodPut, path: "/procurement/policy", body: map[string]string{"text": string(text)}}, &v); err != nil {
			return err
		}
		e.say("in force: %s", v.Policy)
		return nil
	}}
	return group("policy", "What the hospital asks of a device to be bought", show, e.policyList(), e.policyCheck(), e.policyTry(), e.policyDiff(), set)
}

func (e *environment) policyList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the policies that were in force, the newest first", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		var out api.PolicyAnswer
		if err := e.ask(c, call{method: http.MethodGet, path: "/procurement/policy"}, &out); err != nil {
			return err
		}
		return writeList(e, out.All, []column[procure.PolicyVersion]{
			{"id", false, func(v procure.PolicyVersion) string { return v.ID }},
			{"name", false, func(v procure.PolicyVersion) string { return v.Policy.Name }},
			{"edition", false, func(v procure.PolicyVersion) string { return strconv.Itoa(v.Policy.Edition) }},
			{"by", false, func(v procure.PolicyVersion) string { return v.By }},
			{"at", false, func(v procure.PolicyVersion) string { return when(v.At) }},
		})
	}}
}

// policyCheck needs no server: what keeps a policy from being used is in it.
func (e *environment) policyCheck() *cobra.Command {
	return &cobra.Command{Use: "check FILE", Short: "Say by line what keeps a policy from being used; needs no server", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		p, problems := procure.CheckPolicy(text)
		if problems == nil {
			problems = []procure.PolicyProblem{}
		}
		err = e.writeDocument(map[string]any{"policy": p.String(), "problems": problems}, func(w io.Writer) error {
			for _, x := range problems {
				fmt.Fprintf(w, "%s %s\n", printable(args[0]), printable(x.String()))
			}
			if len(problems) == 0 {
				fmt.Fprintf(w, "%s can be put in force\n", printable(p.String()))
			}
			return nil
		})
		if err == nil && len(problems) > 0 {
			return exitWith(exitFindings, "")
		}
		return err
	}}
}

func (e *environment) policyTry() *cobra.Command {
	return &cobra.Command{Use: "try FILE", Short: "Say how each purchase would look under a policy, before it is put in force", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		var t procure.Trial
		if err := e.ask(c, call{method: http.MethodPost, path: "/procurement/policy/try", body: map[string]string{"text": string(text)}}, &t); err != nil {
			return err
		}
		err = e.writeDocument(t, func(w io.Writer) error {
			for _, x := range t.Problems {
				fmt.Fprintf(w, "%s %s\n", printable(args[0]), printable(x.String()))
			}
			if len(t.Problems) > 0 {
				return nil
			}
			fmt.Fprintf(w, "%s against %s: %d of %d purchases would look otherwise\n", printable(t.Policy), printable(t.Against), t.Changed, len(t.Purchases))
			return writeList(e, t.Purchases, []column[procure.TrialPurchase]{
				{"id", false, func(p procure.TrialPurchase) string { return p.ID }},
				{"title", false, func(p procure.TrialPurchase) string { return p.Title }},
				{"now", false, func(p procure.TrialPurchase) string { return fmt.Sprintf("%s %d", p.From, p.Was) }},
				{"then", false, func(p procure.TrialPurchase) string { return fmt.Sprintf("%s %d", p.To, p.Score) }},
				{"worse", false, func(p procure.TrialPurchase) string { return strconv.Itoa(len(p.Worse)) }},
				{"better", false, func(p procure.TrialPurchase) string { return strconv.Itoa(len(p.Better)) }},
			})
		})
		if err == nil && len(t.Problems) > 0 {
			return exitWith(exitFindings, "")
		}
		return err
	}}
}

// policyDiff compares files, or policies that were in force.
func (e *environment) policyDiff() *cobra.Command {
	return &cobra.Command{Use: "diff OLD NEW", Short: "What changed from one policy to another, by line: files, or identifiers", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		var lines []procure.DiffLine
		if exists(args[0]) && exists(args[1]) {
			old, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			now, err := os.ReadFile(args[1])
			if err != nil {
				return err
			}
			lines = procure.DiffLines(string(old), string(now))
		} else {
			var out api.List[procure.DiffLine]
			if err := e.ask(c, call{method: http.MethodGet, path: "/procurement/policy/" + url.PathEscape(args[1]) + "/diff", query: url.Values{"from": {args[0]}}}, &out); err != nil {
				return err
			}
			lines = out.Items
		}
		return e.writeDocument(lines, func(w io.Writer) error {
			for _, l := range lines {
				switch l.Op {
				case "gone":
					fmt.Fprintf(w, "%5d       - %s\n", l.Old, printable(l.Text))
				case "new":
					fmt.Fprintf(w, "      %5d + %s\n", l.New, printable(l.Text))
				}
			}
			return nil
		})
	}}
}
