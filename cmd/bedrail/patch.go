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
	"bedrail/patch"
)

func (e *environment) patchCommand() *cobra.Command {
	return group("patch", "Plan when devices are mended, and follow whether they were",
		e.patchPropose(), listCommand(e, "list", "List patch orders: one model in one unit each", "/patches", orderColumns()), e.patchShow(), e.patchAgree(), e.patchExcept(), e.patchSet(), e.patchCalendar())
}

func orderColumns() []column[patch.Order] {
	return []column[patch.Order]{
		{"id", false, func(o patch.Order) string { return o.ID }},
		{"unit", false, func(o patch.Order) string { return o.Unit }},
		{"model", false, func(o patch.Order) string { return strings.TrimSpace(o.Model.Model + " " + o.Model.Version) }},
		{"severity", false, func(o patch.Order) string { return o.Severity }},
		{"means", false, func(o patch.Order) string { return string(o.Means) }},
		{"devices", false, func(o patch.Order) string { return strconv.Itoa(len(o.Devices)) }},
		{"atOnce", false, func(o patch.Order) string { return strconv.Itoa(o.Spare) }},
		{"windows", false, func(o patch.Order) string { return strconv.Itoa(len(o.Windows)) }},
		{"first", false, func(o patch.Order) string {
			if len(o.Windows) == 0 {
				return ""
			}
			return when(o.Windows[0].From)
		}},
		{"stage", false, func(o patch.Order) string { return string(o.Stage) }},
		{"manufacturer", true, func(o patch.Order) string { return o.Model.Manufacturer }},
		{"weaknesses", true, func(o patch.Order) string { return strings.Join(o.Weaknesses, " ") }},
		{"why", true, func(o patch.Order) string { return o.Why }},
	}
}

func (e *environment) patchPropose() *cobra.Command {
	var body api.PatchAsk
	var from string
	c := &cobra.Command{Use: "propose", Short: "Propose when devices are mended, by idle hours and what a unit can spare", Args: cobra.NoArgs,
		Long: "Never all interchangeable devices of a unit at once. What was booked stays; what was only proposed is planned anew.",
		RunE: func(c *cobra.Command, _ []string) error {
			if from != "" {
				day, err := time.Parse(time.DateOnly, from)
				if err != nil {
					return usage("--from %s: it is a day such as 2027-03-01", from)
				}
				body.From = &day
			}
			var out api.List[patch.Order]
			if err := e.ask(c, call{method: http.MethodPost, path: "/patches/propose", body: body}, &out); err != nil {
				return err
			}
			return writeList(e, out.Items, orderColumns())
		}}
	f := c.Flags()
	f.StringVar(&body.Unit, "unit", "", "only this unit")
	f.StringVar(&body.Site, "site", "", "only this site")
	f.StringVar(&body.Manufacturer, "manufacturer", "", "only this maker's")
	f.StringVar(&body.Model, "model", "", "only this model")
	f.StringVar(&from, "from", "", "first `DAY`")
	f.IntVar(&body.Days, "days", 28, "how many days to plan for")
	f.IntVar(&body.Hours, "hours", 2, "that one device is out for")
	f.IntVar(&body.WorkFrom, "work-from", 7, "hour at which work begins")
	f.IntVar(&body.WorkTo, "work-to", 17, "hour at which it ends")
	f.BoolVar(&body.Weekends, "weekends", false, "plan for weekends too")
	f.Float64Var(&body.Keep, "keep", 0, "share of a unit's devices that stays; 0 is the usual of the class")
	f.IntVar(&body.Technicians, "technicians", 0, "devices that the hospital's technicians can work on at once, all units together; 0 is no limit")
	f.BoolVar(&body.Preview, "preview", false, "keep nothing")
	return c
}

// orderAct sends one request and prints the order that it answers with.
func (e *environment) orderAct(c *cobra.Command, r call) error {
	var o patch.Order
	if err := e.ask(c, r, &o); err != nil {
		return err
	}
	return e.writeDocument(o, func(w io.Writer) error {
		fmt.Fprintf(w, "%s  %s %s %s in %s: %s\n", o.ID, printable(o.Model.Manufacturer), printable(o.Model.Model), o.Model.Version, printable(o.Unit), o.Stage)
		fmt.Fprintf(w, "  means: %s (%s)\n", o.Means, o.MeansReason)
		for _, x := range o.Consents {
			fmt.Fprintf(w, "  %s: %s, %s\n", x.Party, map[bool]string{true: "agrees", false: "does not agree"}[x.Agree], printable(x.By))
		}
		if o.Exception != nil {
			fmt.Fprintf(w, "  exception until %s: %s; instead: %s\n", o.Exception.Expires, printable(o.Exception.Reason), printable(o.Exception.Control))
		}
		if o.Why != "" {
			fmt.Fprintf(w, "  %s\n", o.Why)
		}
		for _, x := range o.Windows {
			fmt.Fprintf(w, "  %s - %s  %s\n", when(x.From), x.Until.Format("15:04"), x.Explained)
		}
		fmt.Fprintf(w, "  verified: %d of %d devices\n", o.VerifiedCount, len(o.Devices))
		return nil
	})
}

func (e *environment) patchShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One patch order with its windows", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.orderAct(c, call{method: http.MethodGet, path: "/patches/" + url.PathEscape(args[0])})
	}}
}

func (e *environment) patchAgree() *cobra.Command {
	var refuse bool
	var note string
	c := &cobra.Command{Use: "agree ID it|clinical-engineering|unit", Short: "Agree to an order for one of three parties; three people", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		return e.orderAct(c, call{method: http.MethodPost, path: "/patches/" + url.PathEscape(args[0]) + "/consent", body: map[string]any{"party": args[1], "agree": !refuse, "note": note}})
	}}
	c.Flags().BoolVar(&refuse, "refuse", false, "do not agree")
	c.Flags().StringVar(&note, "note", "", "why")
	return c
}

func (e *environment) patchExcept() *cobra.Command {
	var reason, control, until string
	c := &cobra.Command{Use: "except ID", Short: "Put a control in the place of a patch, until a day", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.orderAct(c, call{method: http.MethodPost, path: "/patches/" + url.PathEscape(args[0]) + "/exception", body: map[string]string{"reason": reason, "control": control, "expires": until}})
	}}
	c.Flags().StringVar(&reason, "reason", "", "why there is no patch, or why it would harm")
	c.Flags().StringVar(&control, "control", "", "what holds the weakness back meanwhile")
	c.Flags().StringVar(&until, "until", "", "`DAY` on which it ends")
	return c
}

func (e *environment) patchSet() *cobra.Command {
	return &cobra.Command{Use: "set ID done|cancelled", Short: "Say that an order was carried out, or cancel it", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		return e.orderAct(c, call{method: http.MethodPost, path: "/patches/" + url.PathEscape(args[0]) + "/stage", body: map[string]string{"stage": args[1]}})
	}}
}

func (e *environment) patchCalendar() *cobra.Command {
	var site, unit, name string
	open := &cobra.Command{Use: "open", Short: "Make an address to which calendars subscribe; it is shown once", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		var out api.CalendarMade
		if err := e.ask(c, call{method: http.MethodPost, path: "/calendars", body: map[string]string{"name": name, "site": site, "unit": unit}}, &out); err != nil {
			return err
		}
		return e.writeDocument(out, func(w io.Writer) error { _, err := fmt.Fprintf(w, "%s\n%s\n", out.ID, out.Path); return err })
	}}
	open.Flags().StringVar(&unit, "unit", "", "only this unit")
	open.Flags().StringVar(&site, "site", "", "only this site")
	open.Flags().StringVar(&name, "name", "", "of the calendar")
	end := &cobra.Command{Use: "close ID", Short: "End a calendar address", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.ask(c, call{method: http.MethodDelete, path: "/calendars/" + url.PathEscape(args[0])}, nil)
	}}
	list := wholeCommand(e, "list", "List calendar addresses, without their secrets", "/calendars", []column[patch.Calendar]{
		{"id", false, func(x patch.Calendar) string { return x.ID }},
		{"name", false, func(x patch.Calendar) string { return x.Name }},
		{"unit", false, func(x patch.Calendar) string { return x.Unit }},
		{"by", false, func(x patch.Calendar) string { return x.By }},
	})
	return group("calendar", "Addresses to which calendar programs subscribe", open, list, end)
}
