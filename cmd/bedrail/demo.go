package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/server"
)

func (e *environment) demoCommand() *cobra.Command {
	var listen string
	var seed uint64
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the demonstration hospital: made-up devices, live, without a network",
		Long: "Demo starts a Bedrail with a hospital of 2,000 made-up devices in two sites and patients' homes at its doors. Everything it keeps lies in a temporary\n" +
			"folder and ends with it; every page says that the data are made up. The page is there at once; a week of history fills in while one looks.",
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`ADDRESS` of the screens; port 0 takes any that is free, as does the usual port when it is taken")
	c.Flags().Uint64Var(&seed, "seed", 1, "`SEED` of the hospital; the same seed gives the same one")
	c.RunE = func(c *cobra.Command, _ []string) error {
		level := "warn"
		if e.verbose {
			level = "info"
		}
		if !c.Flags().Changed("listen") && taken(c.Context(), listen) {
			e.say("%s is taken by another program; a free port is used instead", listen)
			listen = "127.0.0.1:0"
		}
		ctx := c.Context()
		if !signal.Ignored(syscall.SIGHUP) { // it has no configuration to read anew, and a folder to take away
			var stop func()
			ctx, stop = signal.NotifyContext(ctx, syscall.SIGHUP)
			defer stop()
		}
		d, err := server.NewDemo(ctx, listen, seed, server.Options{Log: e.logger(level, "text")})
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "url: %s\nlogin: %s / %s\ntoken: %s\n", d.Server.URL(), d.Login, d.Password, d.Token)
		return d.Run(ctx)
	}
	c.AddCommand(e.demoStatus(), e.demoEvent())
	return c
}

// taken reports whether address cannot be opened.
func taken(ctx context.Context, address string) bool {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	return err != nil || l.Close() != nil
}

// demoStatus and demoEvent speak to a demonstration that runs, as the panel
// on its screens does.
func (e *environment) demoStatus() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "How far a running demonstration has come, and what may happen in it", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var d api.Demo
			if err := e.ask(c, call{method: http.MethodGet, path: "/demo"}, &d); err != nil {
				return err
			}
			return e.writeDocument(d, func(w io.Writer) error {
				fmt.Fprintf(w, "%s, step %d of %d  %s\n\n", d.State, d.Done, d.Steps, d.Doing)
				return writeList(e, d.Events, []column[api.DemoEvent]{
					{"event", false, func(v api.DemoEvent) string { return v.Name }},
					{"at", false, func(v api.DemoEvent) string { return timeOrNothing(v.At) }},
					{"what happens", false, func(v api.DemoEvent) string { return v.About }},
				})
			})
		}}
}

func timeOrNothing(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Local().Format(time.DateTime)
}

func (e *environment) demoEvent() *cobra.Command {
	return &cobra.Command{Use: "event NAME", Short: "Let something happen in a running demonstration, and say where it is seen", Args: cobra.ExactArgs(1),
		Long:      "NAME is advisory, move, spoof, silence or vendor. What happens enters through the doors of the product; each event happens once.",
		ValidArgs: []string{"advisory", "move", "spoof", "silence", "vendor"},
		RunE: func(c *cobra.Command, args []string) error {
			var v api.DemoEvent
			if err := e.ask(c, call{method: http.MethodPost, path: "/demo/events/" + url.PathEscape(args[0])}, &v); err != nil {
				return err
			}
			return e.writeDocument(v, func(w io.Writer) error {
				fmt.Fprintf(w, "%s\n%s\n%s\n", v.Title, v.About, v.Shows)
				for _, l := range v.Links {
					fmt.Fprintf(w, "  %-16s %s\n", l.Name, l.Href)
				}
				return nil
			})
		}}
}
