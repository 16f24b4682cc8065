package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bedrail"
	"bedrail/api"
)

// systemCommand asks a Bedrail how it is doing, as its own screens do; doctor
// looks at the machine instead, and needs no server.
func (e *environment) systemCommand() *cobra.Command {
	return group("system", "How Bedrail itself is doing, and the hospital on one page", e.systemStatus(), e.systemSetup(), e.systemSummary())
}

func (e *environment) systemStatus() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Store, disk, sensors and bus; exit status 3 when something is to be seen to", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		var s api.System
		if err := e.fetch(c, "/system", &s); err != nil {
			return err
		}
		if err := e.writeDocument(s, func(w io.Writer) error { return printSystem(w, s) }); err != nil {
			return err
		}
		if len(s.Warnings) > 0 {
			return exitWith(exitFindings, "")
		}
		return nil
	}}
}

func printSystem(w io.Writer, s api.System) error {
	fmt.Fprintf(w, "bedrail %s, up since %s\n", s.Version, when(s.StartedAt))
	fmt.Fprintf(w, "store: %s, %d bytes%s\n", s.Store.Engine, s.Store.Bytes, readOnly(s.Store))
	fmt.Fprintf(w, "disk: %s, %d of %d bytes free\n", s.Disk.State, s.Disk.Free, s.Disk.Total)
	fmt.Fprintf(w, "bus: %s, %d pending\n", s.Bus.State, s.Bus.Pending)
	for _, c := range s.Capture {
		fmt.Fprintf(w, "capture %s: %d packets, %d dropped since %s %s\n", printable(c.Source), c.Packets, c.Dropped, when(c.Since), c.Error)
	}
	for _, x := range s.Warnings {
		fmt.Fprintf(w, "%s: %s\n  %s\n", x.Code, printable(x.Detail), printable(x.Mend))
	}
	return nil
}

func readOnly(s api.StoreStatus) string {
	if !s.ReadOnly {
		return ""
	}
	return ", read-only: " + printable(s.Why)
}

func (e *environment) systemSetup() *cobra.Command {
	return &cobra.Command{Use: "setup", Short: "First steps, and which are done", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		steps, err := fetchWhole[api.SetupStep](ctx, e, "/setup", nil)
		if err != nil {
			return err
		}
		return writeList(e, steps, []column[api.SetupStep]{
			{"step", false, func(s api.SetupStep) string { return s.ID }},
			{"done", false, func(s api.SetupStep) string { return yes(s.Done) }},
			{"at", false, func(s api.SetupStep) string { return when(s.At) }},
			{"screen", true, func(s api.SetupStep) string { return s.Href }},
		})
	}}
}

func (e *environment) systemSummary() *cobra.Command {
	return &cobra.Command{Use: "summary", Short: "The hospital on one page: devices, exposure, feeds and what is not known", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		var o api.Overview
		if err := e.fetch(c, "/summary", &o); err != nil {
			return err
		}
		return e.writeDocument(o, func(w io.Writer) error {
			fmt.Fprintf(w, "as of %s\n%d devices: %d placed at a bed, %d in a unit, %d placed long ago, %d of unknown place\n", when(o.AsOf), o.Devices.Total, o.Devices.Location.Bed, o.Devices.Location.Unit, o.Devices.Location.Stale, o.Devices.Location.Unknown)
			fmt.Fprintf(w, "%d affected, %d undecidable, %d past the end of their support, %d recalled\n", o.Exposure.Affected, o.Exposure.Undecidable, o.Exposure.EndOfLife, o.Exposure.Recalled)
			fmt.Fprintf(w, "%d sensors saw %d packets within a day and missed %d\n", o.Coverage.Sensors, o.Coverage.Packets, o.Coverage.Dropped)
			for _, g := range o.Gaps {
				fmt.Fprintln(w, "not known:", printable(g))
			}
			return nil
		})
	}}
}

// localName is who acts beside the data folder, as the audit record has them.
func localName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return os.Getenv("USER")
}

// whoamiCommand says for whom a token acts. Beside the data folder one acts as
// the user of the machine.
func (e *environment) whoamiCommand() *cobra.Command {
	return &cobra.Command{Use: "whoami", Short: "Who one is to this Bedrail, until when, and what one may do", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		if e.server == "" {
			return usage("beside the data folder one is the user of this machine, %s, and may do everything; a token is for --server", localName())
		}
		var s api.Session
		if err := e.fetch(c, "/session", &s); err != nil {
			return err
		}
		return e.writeDocument(s, func(w io.Writer) error {
			fmt.Fprintf(w, "%s (%s)\nroles: %s\n", printable(s.User.DisplayName), printable(s.User.Name), printable(grantText(s.Roles)))
			if !s.ExpiresAt.IsZero() {
				fmt.Fprintf(w, "until: %s\n", when(s.ExpiresAt))
			}
			words := make([]string, len(s.Permissions))
			for i, p := range s.Permissions {
				words[i] = string(p)
			}
			_, err := fmt.Fprintf(w, "may: %s\n", printable(strings.Join(words, ", ")))
			return err
		})
	}}
}

func (e *environment) userGet() *cobra.Command {
	return &cobra.Command{Use: "get NAME", Short: "One user", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		u, err := e.findUser(c, args[0])
		if err != nil {
			return err
		}
		if err := e.fetch(c, "/users/"+url.PathEscape(u.ID), &u); err != nil {
			return err
		}
		return writeList(e, []api.User{u}, userColumns())
	}}
}

// An allowed is one action with the roles that may do it.
type allowed struct {
	Action bedrail.Action `json:"action"`
	Roles  []string       `json:"roles"`
}

func (e *environment) userRoles() *cobra.Command {
	return &cobra.Command{Use: "roles", Short: "Which role may do what", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		var t api.RoleTable
		if err := e.fetch(c, "/roles", &t); err != nil {
			return err
		}
		rows := []allowed{}
		for _, a := range t.Actions {
			row := allowed{a, []string{}}
			for _, r := range t.Roles {
				if slices.Contains(r.Actions, a) {
					row.Roles = append(row.Roles, string(r.Role))
				}
			}
			rows = append(rows, row)
		}
		return writeList(e, rows, []column[allowed]{
			{"action", false, func(a allowed) string { return string(a.Action) }},
			{"roles", false, func(a allowed) string { return strings.Join(a.Roles, " ") }},
		})
	}}
}
