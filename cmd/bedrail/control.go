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
	"bedrail/vuln"
)

// findingExplain prints what made the rank of a finding.
func (e *environment) findingExplain() *cobra.Command {
	return &cobra.Command{Use: "explain ID", Short: "Why a finding is as urgent as it is, and which input would change that", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var f api.FindingDetail
		if err := e.fetch(c, "/findings/"+url.PathEscape(args[0]), &f); err != nil {
			return err
		}
		if f.Ranking == nil {
			f.Ranking = &vuln.Ranking{}
		}
		return e.writeDocument(f.Ranking, func(w io.Writer) error {
			fmt.Fprintf(w, "%s: %s, rank %d\n\n", printable(f.Vulnerability), f.Ranking.Urgency, f.Ranking.Rank)
			err := writeList(e, f.Ranking.Inputs, []column[vuln.Input]{
				{"input", false, func(i vuln.Input) string { return i.Name }},
				{"level", false, func(i vuln.Input) string { return i.Level }},
				{"assumed", false, func(i vuln.Input) string { return yesOrNothing(i.Assumed) }},
				{"why", false, func(i vuln.Input) string { return i.Why }},
			})
			if err != nil {
				return err
			}
			for _, c := range f.Ranking.Changes {
				fmt.Fprintf(w, "%s %s instead of %s would make it %s\n", c.Input, c.To, c.From, c.Urgency)
			}
			return nil
		})
	}}
}

// findingContain prints what would keep a weakness from being reached.
func (e *environment) findingContain() *cobra.Command {
	var rules string
	c := &cobra.Command{Use: "contain VULNERABILITY", Short: "What would keep a weakness from being reached, and what that would break; changes nothing", Args: cobra.ExactArgs(1),
		Example: "  bedrail finding contain CVE-2020-25165 --rules ios"}
	c.RunE = func(c *cobra.Command, args []string) error {
		if rules != "" && rules != "ios" && rules != "nftables" {
			return usage("--rules %s: there are ios and nftables", rules)
		}
		var a api.AdvisoryDetail
		if err := e.fetch(c, "/advisories/"+url.PathEscape(args[0]), &a); err != nil {
			return err
		}
		return e.writeDocument(a.Containment, func(w io.Writer) error {
			switch rules {
			case "ios":
				_, err := fmt.Fprintln(w, a.Containment.Rules.IOS)
				return err
			case "nftables":
				_, err := fmt.Fprintln(w, a.Containment.Rules.NFTables)
				return err
			}
			return writeList(e, a.Containment.Conduits, []column[vuln.Conduit]{
				{"from", false, func(d vuln.Conduit) string { return d.From }},
				{"to", false, func(d vuln.Conduit) string { return d.To }},
				{"service", false, func(d vuln.Conduit) string { return fmt.Sprintf("%s/%d %s", d.Transport, d.Port, d.Protocol) }},
				{"peers", false, func(d vuln.Conduit) string { return strconv.Itoa(len(d.Peers)) }},
				{"devices", false, func(d vuln.Conduit) string { return strconv.Itoa(len(d.Devices)) }},
				{"breaks", false, func(d vuln.Conduit) string { return strconv.Itoa(len(d.Breaks)) }},
				{"care", false, func(d vuln.Conduit) string { return yesOrNothing(d.Care) }},
			})
		})
	}
	c.Flags().StringVar(&rules, "rules", "", "print the access list for `SYSTEM`: ios or nftables")
	return c
}

func (e *environment) findingControl() *cobra.Command {
	return group("control", "What keeps weaknesses from being reached, proven by recorded conversations", e.controlList(), e.controlAdd(), e.controlRetire())
}

func (e *environment) controlList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List controls, those that need a person first", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[vuln.ControlStatus](ctx, e, "/controls", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[vuln.ControlStatus]{
			{"state", false, func(c vuln.ControlStatus) string { return string(c.State) }},
			{"vulnerability", false, func(c vuln.ControlStatus) string { return c.Vulnerability }},
			{"model", false, func(c vuln.ControlStatus) string {
				return strings.TrimSpace(c.Model.Manufacturer + " " + c.Model.Model + " " + c.Model.Version)
			}},
			{"reason", false, func(c vuln.ControlStatus) string { return c.Reason }},
			{"owner", false, func(c vuln.ControlStatus) string { return c.Owner }},
			{"expires", false, func(c vuln.ControlStatus) string { return when(c.Expires) }},
			{"id", true, func(c vuln.ControlStatus) string { return c.ID }},
		})
	}}
}

func (e *environment) controlAdd() *cobra.Command {
	var body api.ControlBody
	var until string
	var services []string
	c := &cobra.Command{Use: "add VULNERABILITY", Short: "Put a control in force, and let recorded conversations prove it", Args: cobra.ExactArgs(1),
		Example: "  bedrail finding control add CVE-2020-25165 --manufacturer BD --model 'Alaris PC Unit Model 8015' --service tcp/443 --allow 10.2.0.0/24 --days 7 --until 2027-03-01 --owner ana"}
	c.RunE = func(c *cobra.Command, args []string) error {
		body.Vulnerability = args[0]
		day, err := time.Parse(time.DateOnly, until)
		if err != nil {
			return usage("--until %s: it is a day such as 2027-03-01", until)
		}
		body.Expires = day
		for _, text := range services {
			transport, port, _ := strings.Cut(text, "/")
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || transport == "" {
				return usage("--service %s: it is written as tcp/443", text)
			}
			body.Services = append(body.Services, vuln.Service{Transport: transport, Port: uint16(n)})
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var out vuln.ControlStatus
		if err := conn.do(ctx, call{method: http.MethodPost, path: "/controls", body: body}, &out); err != nil {
			return err
		}
		return e.writeDocument(out, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s %s: %s\n", out.ID, out.State, printable(out.Reason))
			return err
		})
	}
	f := c.Flags()
	f.StringVar(&body.Model.Manufacturer, "manufacturer", "", "maker of the model")
	f.StringVar(&body.Model.Model, "model", "", "model that it holds the weakness of")
	f.StringVar(&body.Model.Version, "model-version", "", "software version; every one when left out")
	f.StringArrayVar(&services, "service", nil, "closed `SERVICE`, for example tcp/443; every one when left out")
	f.StringArrayVar(&body.Allow, "allow", nil, "`NETWORK` or address that may still reach it")
	f.IntVar(&body.Days, "days", 7, "days without a conversation before it is believed")
	f.StringVar(&until, "until", "", "`DAY` on which it is looked at again")
	f.StringVar(&body.Owner, "owner", "", "who looks after it")
	f.StringVar(&body.Note, "note", "", "what was done")
	return c
}

func (e *environment) controlRetire() *cobra.Command {
	return &cobra.Command{Use: "retire ID", Short: "Take a control back", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.do(ctx, call{method: http.MethodDelete, path: "/controls/" + url.PathEscape(args[0])}, nil)
	}}
}
