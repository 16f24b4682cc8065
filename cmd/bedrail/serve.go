package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"bedrail/server"
	"bedrail/store"
)

func (e *environment) serveCommand() *cobra.Command {
	var listen, data string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Watch, keep the record, and serve screens and API",
		Long: "Serve runs until it is interrupted. The first start makes one administrator and shows the one-time password on the terminal,\n" +
			"or writes it into a file beside the configuration that the first login removes.\n\n" +
			"Signal USR2 hands over to the program that is now at this one's place: it takes the listeners while they are open, so that nobody is refused.\n" +
			"Signal HUP does the same, so that a changed configuration takes effect; one that cannot be read changes nothing, and the log says why.",
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&listen, "listen", "", "`ADDRESS` of screens and API (server.listen)")
	c.Flags().StringVar(&data, "data", "", "`FOLDER` of the data (server.data)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		flags := map[string]string{}
		if listen != "" {
			flags["server.listen"] = listen
		}
		if data != "" {
			flags["server.data"] = data
		}
		left, err := inherited()
		if err != nil {
			return err
		}
		cfg, err := server.Load(server.Sources{File: e.config, Flags: flags})
		if err != nil {
			return err
		}
		options := server.Options{Log: e.logger(cfg.LogLevel, cfg.LogFormat), Inherited: left}
		if isTerminal(e.stderr) {
			options.Terminal = e.stderr
		}
		next := newUpgrade(options.Log, isTerminal(e.stderr))
		if options.Lease, err = await(c.Context(), cfg, options.Log, next, left); err != nil {
			return err
		}
		if next.due() {
			return next.finish()
		}
		s, err := server.New(c.Context(), cfg, options)
		if err != nil {
			return err
		}
		if err := s.Listen(); err != nil {
			s.Close()
			return err
		}
		fmt.Fprintf(e.stdout, "url: %s\n", s.URL())
		ctx, stop := next.watch(c.Context(), s.Keep)
		err = s.Run(ctx)
		stop()
		if err != nil {
			return err
		}
		return next.finish()
	}
	return c
}

// await waits until this node may work. One that only stands by is followed by
// the next program at once: it has nothing to hand over.
func await(ctx context.Context, cfg server.Config, log *slog.Logger, next *upgrade, left map[string]net.Listener) (*store.Lease, error) {
	if cfg.Lease == 0 || left != nil {
		return server.Await(ctx, cfg, log)
	}
	waiting, stop := next.watch(ctx, func() (map[string]int, error) { return map[string]int{}, nil })
	lease, err := server.Await(waiting, cfg, log)
	stop()
	if next.due() {
		if lease != nil {
			lease.Close()
		}
		return nil, nil
	}
	return lease, err
}

// logger writes what happens to standard error.
func (e *environment) logger(level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	if e.verbose {
		l = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: l}
	if format == "text" {
		return slog.New(slog.NewTextHandler(e.stderr, options))
	}
	return slog.New(slog.NewJSONHandler(e.stderr, options))
}

func (e *environment) configCommand() *cobra.Command {
	var effective, redact bool
	show := &cobra.Command{
		Use:   "print",
		Short: "Show what is set and where each value comes from",
		Args:  cobra.NoArgs,
	}
	show.Flags().BoolVar(&effective, "effective", false, "every setting in force, the usual values included")
	show.Flags().BoolVar(&redact, "redact", true, "hide secrets")
	show.RunE = func(*cobra.Command, []string) error {
		all, err := server.Explain(server.Sources{File: e.config}, redact)
		if err != nil {
			return err
		}
		var rows []server.Origin
		for _, o := range all {
			if effective || o.From != "default" {
				rows = append(rows, o)
			}
		}
		if len(rows) == 0 {
			e.say("nothing is set; --effective shows the usual values")
		}
		return writeList(e, rows, []column[server.Origin]{
			{"key", false, func(o server.Origin) string { return o.Key }},
			{"value", false, func(o server.Origin) string { return o.Value }},
			{"from", false, func(o server.Origin) string { return o.From }},
			{"about", true, func(o server.Origin) string { return o.About }},
		})
	}
	return group("config", "Look at the configuration", show)
}

func (e *environment) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look for what keeps Bedrail from working, and say how to mend it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if e.server != "" {
				return usage("doctor looks at this machine; how a running Bedrail is doing says: bedrail system status --server %s", e.server)
			}
			cfg, err := server.Load(server.Sources{File: e.config})
			if err != nil {
				return err
			}
			found := server.Diagnose(c.Context(), cfg, e.clock)
			if err := e.writeDocument(found, func(w io.Writer) error { return printDiagnosis(w, found) }); err != nil {
				return err
			}
			for _, d := range found {
				if d.State == "bad" {
					return exitWith(exitFindings, "")
				}
			}
			return nil
		},
	}
}

func printDiagnosis(w io.Writer, found []server.Diagnosis) error {
	for _, d := range found {
		if _, err := fmt.Fprintf(w, "%-5s %-10s %s\n", d.State, d.Name, d.Detail); err != nil {
			return err
		}
		if d.Mend != "" {
			if _, err := fmt.Fprintf(w, "%-5s %-10s mend: %s\n", "", "", d.Mend); err != nil {
				return err
			}
		}
	}
	return nil
}
