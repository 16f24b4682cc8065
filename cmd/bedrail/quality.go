package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/quality"
)

func (e *environment) qualityCommand() *cobra.Command {
	return group("quality", "How well what devices say can be relied on: silence, clocks, units, values that cannot be", e.qualityList(), e.qualityGet(), e.qualityAlerts(), e.qualityAnswer(),
		e.qualityObjectives(), e.qualitySetObjective(), e.qualityRemoveObjective(), e.qualityWire())
}

func qualityColumns() []column[quality.Row] {
	count := func(f func(quality.Counts) int64) func(quality.Row) string {
		return func(r quality.Row) string { return strconv.FormatInt(f(r.Today), 10) }
	}
	return []column[quality.Row]{
		{"state", false, func(r quality.Row) string { return r.State }},
		{"channel", false, func(r quality.Row) string { return r.Channel }},
		{"name", false, func(r quality.Row) string { return r.Name }},
		{"last", false, func(r quality.Row) string { return when(r.Last) }},
		{"every", false, func(r quality.Row) string { return strconv.FormatFloat(r.Every, 'f', 1, 64) }},
		{"skew", false, func(r quality.Row) string { return strconv.FormatFloat(r.Skew, 'f', 1, 64) }},
		{"received", false, count(func(c quality.Counts) int64 { return c.Received })},
		{"duplicates", false, count(func(c quality.Counts) int64 { return c.Duplicates })},
		{"units", false, count(func(c quality.Counts) int64 { return c.Units })},
		{"implausible", false, count(func(c quality.Counts) int64 { return c.Implausible })},
		{"incomplete", false, count(func(c quality.Counts) int64 { return c.Incomplete })},
		{"drifted", false, count(func(c quality.Counts) int64 { return c.Drifted })},
		{"alerts", false, func(r quality.Row) string { return strconv.Itoa(r.Alerts) }},
		{"left", false, leftOf},
		{"device", true, func(r quality.Row) string { return r.Device }},
		{"unit", true, func(r quality.Row) string { return r.Unit }},
		{"id", true, func(r quality.Row) string { return r.ID }},
	}
}

func leftOf(r quality.Row) string {
	if r.Worst == nil {
		return ""
	}
	return fmt.Sprintf("%s %.0f %%", r.Worst.Objective, 100*r.Worst.Left)
}

func (e *environment) qualityList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List feeds, the worst first; exit status 3 when one is bad", Args: cobra.NoArgs,
		Example: "  bedrail quality list --filter 'state:bad'\n  bedrail quality list --filter 'channel:icu-monitors silent:true'",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			rows, err := fetchList[quality.Row](ctx, e, "/quality", nil)
			if err != nil {
				return err
			}
			if err := writeList(e, rows, qualityColumns()); err != nil {
				return err
			}
			for _, r := range rows {
				if r.State == "bad" {
					return exitWith(exitFindings, "")
				}
			}
			return nil
		}}
}

func (e *environment) qualityGet() *cobra.Command {
	return &cobra.Command{Use: "get ID", Short: "One feed: its hours, objectives and open alerts", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var d quality.Detail
		if err := e.fetch(c, "/quality/"+url.PathEscape(args[0]), &d); err != nil {
			return err
		}
		return e.writeDocument(d, func(w io.Writer) error {
			fmt.Fprintf(w, "%s on %s: %s; last %s, every %.1f s, clock %+.1f s\n", printable(d.Name), printable(d.Channel), d.State, when(d.Last), d.Every, -d.Skew)
			for _, b := range d.Budgets {
				fmt.Fprintf(w, "%s: %.3f %% good of %d, %.1f %% wanted over %d days; %.0f %% of what may go wrong is left (%s)\n", b.Objective, 100*b.Good, b.All, 100*b.Target, b.Days, 100*b.Left, b.State)
			}
			for _, a := range d.Open {
				writeAlert(w, a)
			}
			return nil
		})
	}}
}

func writeAlert(w io.Writer, a quality.Alert) {
	fmt.Fprintf(w, "%s %s %s since %s, %d times: %s\n", a.ID, a.State, a.Kind, when(a.First), a.Count, printable(a.Text))
	if a.Mend != "" {
		fmt.Fprintf(w, "  mend: %s\n", printable(a.Mend))
	}
	for _, s := range a.Evidence {
		fmt.Fprintf(w, "  seen: %s %s %s %s %s\n", printable(s.Number), s.Address, s.Device, s.Message, printable(s.Said))
	}
	if len(a.Messages) > 0 {
		fmt.Fprintf(w, "  messages: %s\n", strings.Join(a.Messages, " "))
	}
}

func alertColumns() []column[quality.Alert] {
	return []column[quality.Alert]{
		{"state", false, func(a quality.Alert) string { return a.State }},
		{"kind", false, func(a quality.Alert) string { return string(a.Kind) }},
		{"channel", false, func(a quality.Alert) string { return a.Channel }},
		{"name", false, func(a quality.Alert) string { return a.Name }},
		{"first", false, func(a quality.Alert) string { return when(a.First) }},
		{"last", false, func(a quality.Alert) string { return when(a.Last) }},
		{"count", false, func(a quality.Alert) string { return strconv.FormatInt(a.Count, 10) }},
		{"text", false, func(a quality.Alert) string { return a.Text }},
		{"id", false, func(a quality.Alert) string { return a.ID }},
		{"mend", true, func(a quality.Alert) string { return a.Mend }},
		{"messages", true, func(a quality.Alert) string { return strings.Join(a.Messages, " ") }},
	}
}

func (e *environment) qualityAlerts() *cobra.Command {
	return &cobra.Command{Use: "alerts", Short: "List what is wrong with feeds and who speaks on them, with its mend and the messages that show it", Args: cobra.NoArgs,
		Example: "  bedrail quality alerts --filter 'state:open kind:spoofed' -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			rows, err := fetchList[quality.Alert](ctx, e, "/quality-alerts", nil)
			if err != nil {
				return err
			}
			return writeList(e, rows, alertColumns())
		}}
}

func (e *environment) qualityAnswer() *cobra.Command {
	var reason string
	var end bool
	c := &cobra.Command{Use: "answer ALERT", Short: "Acknowledge an alert, or end one that was seen to", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		state := "acknowledged"
		if end {
			state = "ended"
		}
		var a quality.Alert
		r := call{method: http.MethodPost, path: "/quality-alerts/" + url.PathEscape(args[0]) + "/answer", body: map[string]string{"state": state, "reason": reason}}
		if err := e.tell(c, r, &a); err != nil {
			return err
		}
		return e.writeDocument(a, func(w io.Writer) error { writeAlert(w, a); return nil })
	}}
	c.Flags().StringVar(&reason, "reason", "", "what was found, for the record")
	c.Flags().BoolVar(&end, "end", false, "it was seen to")
	return c
}

func (e *environment) qualityObjectives() *cobra.Command {
	return &cobra.Command{Use: "objectives", Short: "What feeds should reach, and how much may still go wrong", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchWhole[quality.Reached](ctx, e, "/quality-objectives", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[quality.Reached]{
			{"name", false, func(o quality.Reached) string { return o.Name }},
			{"indicator", false, func(o quality.Reached) string { return string(o.Indicator) }},
			{"target", false, func(o quality.Reached) string { return strconv.FormatFloat(o.Target, 'f', -1, 64) }},
			{"days", false, func(o quality.Reached) string { return strconv.Itoa(o.Days) }},
			{"good", false, func(o quality.Reached) string { return strconv.FormatFloat(o.Budget.Good, 'f', 5, 64) }},
			{"left", false, func(o quality.Reached) string { return strconv.FormatFloat(o.Budget.Left, 'f', 3, 64) }},
			{"state", false, func(o quality.Reached) string { return o.Budget.State }},
			{"spent", false, func(o quality.Reached) string { return strconv.Itoa(o.Spent) }},
			{"channel", true, func(o quality.Reached) string { return o.Channel }},
			{"unit", true, func(o quality.Reached) string { return o.Unit }},
			{"own", true, func(o quality.Reached) string { return strconv.FormatBool(o.Own) }},
		})
	}}
}

func (e *environment) qualitySetObjective() *cobra.Command {
	var o quality.Objective
	var indicator string
	c := &cobra.Command{Use: "set-objective NAME", Short: "Set what feeds should reach", Args: cobra.ExactArgs(1),
		Example: "  bedrail quality set-objective icu-arriving --indicator arriving --target 0.999 --days 30 --channel icu-monitors",
		RunE: func(c *cobra.Command, args []string) error {
			body := map[string]any{"indicator": indicator, "target": o.Target, "days": o.Days}
			for name, v := range map[string]string{"channel": o.Channel, "unit": o.Unit, "device": o.Device} {
				if v != "" {
					body[name] = v
				}
			}
			var kept quality.Objective
			if err := e.tell(c, call{method: http.MethodPut, path: "/quality-objectives/" + url.PathEscape(args[0]), body: body}, &kept); err != nil {
				return err
			}
			return e.writeDocument(kept, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: %s %v over %d days\n", kept.Name, kept.Indicator, kept.Target, kept.Days)
				return err
			})
		}}
	c.Flags().StringVar(&indicator, "indicator", "", "what is counted: arriving, clock, unique, units, plausible, complete, agreeing")
	c.Flags().Float64Var(&o.Target, "target", 0.99, "share that must be good")
	c.Flags().IntVar(&o.Days, "days", 7, "over how many `DAYS` it is counted")
	c.Flags().StringVar(&o.Channel, "channel", "", "only of this `CHANNEL`")
	c.Flags().StringVar(&o.Unit, "unit", "", "only of this `UNIT`")
	c.Flags().StringVar(&o.Device, "device", "", "only of this `DEVICE`")
	return c
}

func (e *environment) qualityRemoveObjective() *cobra.Command {
	return &cobra.Command{Use: "remove-objective NAME", Short: "Take an objective of the house's own away; Bedrail's of the same name holds again", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.tell(c, call{method: http.MethodDelete, path: "/quality-objectives/" + url.PathEscape(args[0])}, nil)
	}}
}

func (e *environment) qualityWire() *cobra.Command {
	return &cobra.Command{Use: "wire", Short: "What doors see on the wire (late acknowledgments, missing ends, half-open connections), each with its mend", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchWhole[quality.WireAdvice](ctx, e, "/quality-wire", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[quality.WireAdvice]{
			{"channel", false, func(a quality.WireAdvice) string { return a.Channel }},
			{"way", false, func(a quality.WireAdvice) string { return a.Way }},
			{"code", false, func(a quality.WireAdvice) string { return a.Code }},
			{"peer", false, func(a quality.WireAdvice) string { return a.Peer }},
			{"text", false, func(a quality.WireAdvice) string { return a.Text }},
			{"mend", false, func(a quality.WireAdvice) string { return a.Mend }},
		})
	}}
}
