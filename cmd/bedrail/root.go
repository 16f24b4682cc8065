package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bedrail"
)

// An environment is what every command runs in: where it reads and writes,
// how it prints, and which Bedrail it talks to.
type environment struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	clock  bedrail.Clock

	config    string
	server    string
	tokenFile string
	caFile    string
	output    string
	filter    string
	columns   string
	limit     int
	noColor   bool
	quiet     bool
	verbose   bool
	progress  string
	timeout   time.Duration

	conn *client // opened once by connect
}

// run runs one command line and returns its exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if isTerminal(stderr) && !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP) // the terminal was closed
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	context.AfterFunc(ctx, stop) // the second interrupt ends the program at once

	e := &environment{stdin: stdin, stdout: stdout, stderr: stderr}
	root := e.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	err = e.late(errors.Join(err, e.disconnect()))
	if err != nil {
		for _, line := range messages(err.Error()) {
			fmt.Fprintln(stderr, "bedrail:", line)
		}
	}
	return statusOf(err)
}

// messages are the lines of an error. What another library indents below its
// first line goes on it: one message is one line.
func messages(text string) (all []string) {
	for line := range strings.Lines(text) {
		rest := strings.TrimSpace(line)
		switch {
		case rest == "":
		case len(all) > 0 && strings.HasPrefix(line, " "):
			all[len(all)-1] += " " + rest
		default:
			all = append(all, rest)
		}
	}
	return all
}

func (e *environment) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "bedrail",
		Short:         "What is on the hospital's network, what of it is exposed, and in which unit",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return e.check()
		},
	}
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%v; see %q", err, c.CommandPath()+" --help")
	})
	f := root.PersistentFlags()
	f.StringVar(&e.config, "config", "", "configuration `FILE`; without --server, its data folder is read directly")
	f.StringVar(&e.server, "server", "", "`URL` of a running Bedrail")
	f.StringVar(&e.tokenFile, "token-file", "", "`FILE` that holds an API token for --server")
	f.StringVar(&e.caFile, "ca-file", "", "`FILE` with the certificate authority of --server")
	f.StringVarP(&e.output, "output", "o", "table", "table, wide, json, ndjson, csv or yaml")
	f.StringVar(&e.filter, "filter", "", "`FILTER` of a list, for example 'class:infusion-pump last_seen<7d'")
	f.StringVar(&e.columns, "columns", "", "`COLUMNS` of a table, with commas between them")
	f.IntVar(&e.limit, "limit", 0, "at most so many rows; 0 is all")
	f.BoolVar(&e.noColor, "no-color", false, "no colours; so do NO_COLOR and TERM=dumb")
	f.BoolVarP(&e.quiet, "quiet", "q", false, "no progress and no messages but errors")
	f.BoolVarP(&e.verbose, "verbose", "v", false, "say more on standard error")
	f.StringVar(&e.progress, "progress", "auto", "auto, json or none; always on standard error")
	f.DurationVar(&e.timeout, "timeout", 0, "give up after this `DURATION`; 0 is never")
	root.AddCommand(e.commands()...)
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil { // cobra's own answers a shell it does not know with help, as if all were well
		c.Args, c.RunE = unknownCommand, func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	asUsage(root)
	e.complete(root)
	return root
}

// commands lists the subcommands; each stands in a file of its own.
func (e *environment) commands() []*cobra.Command {
	return []*cobra.Command{
		e.serveCommand(), e.sensorCommand(), e.demoCommand(), e.initCommand(), e.configCommand(), e.doctorCommand(), e.selftestCommand(),
		e.userCommand(), e.tokenCommand(), e.whoamiCommand(), e.systemCommand(), e.jobCommand(), e.auditCommand(), e.backupCommand(), e.storeCommand(),
		e.apiCommand(), e.openapiCommand(), e.manCommand(), e.versionCommand(),
		e.discoverCommand(), e.deviceCommand(), e.inventoryCommand(), e.locationCommand(), e.ingestCommand(), e.rulesCommand(),
		e.assessCommand(), e.messageCommand(), e.mappingCommand(), e.dataRecallCommand(), e.releaseCommand(), e.stewardshipCommand(),
		e.viewCommand(), e.notificationCommand(), e.mapCommand(),
		e.findingCommand(), e.billCommand(), e.modelCommand(), e.feedCommand(), e.channelCommand(), e.qualityCommand(),
		e.procureCommand(), e.recallCommand(), e.patchCommand(), e.asofCommand(),
		e.conformanceCommand(), e.fhirpathCommand(), e.ucumCommand(),
	}
}

// asUsage makes wrong arguments of every command a usage error.
func asUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usage("%v; see %q", err, c.CommandPath()+" --help")
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		asUsage(sub)
	}
}

func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	// cobra lists what is near in the order of the alphabet; what is nearest is
	// found by letting the distance grow.
	for c.SuggestionsMinimumDistance = 1; c.SuggestionsMinimumDistance <= 2; c.SuggestionsMinimumDistance++ {
		for _, near := range c.SuggestionsFor(args[0]) {
			return fmt.Errorf("there is no command %q; did you mean %q?", args[0], near)
		}
	}
	return fmt.Errorf("there is no command %q", args[0])
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(subs...)
	return c
}

// check refuses global flags that make no sense.
func (e *environment) check() error {
	switch e.output {
	case "table", "wide", "json", "ndjson", "csv", "yaml":
	default:
		return usage("--output %s: the formats are table, wide, json, ndjson, csv and yaml", e.output)
	}
	switch e.progress {
	case "auto", "json", "none":
	default:
		return usage("--progress %s: it is auto, json or none", e.progress)
	}
	if e.limit < 0 {
		return usage("--limit %d: a number of rows is not negative", e.limit)
	}
	if e.tokenFile != "" && e.server == "" {
		return usage("--token-file is for --server; none was given")
	}
	return nil
}

// say prints a message for people, unless they asked for quiet.
func (e *environment) say(format string, args ...any) {
	if !e.quiet {
		fmt.Fprintf(e.stderr, format+"\n", args...)
	}
}

// warn prints what people must know even when they asked for quiet.
func (e *environment) warn(format string, args ...any) {
	fmt.Fprintf(e.stderr, "bedrail: "+format+"\n", args...)
}

// within bounds ctx by --timeout.
func (e *environment) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if e.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, e.timeout)
}

// late says in words that --timeout ended the command; any other error stays as
// it is.
func (e *environment) late(err error) error {
	if e.timeout <= 0 || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return exitWith(exitUnavailable, "no end within the %v of --timeout; give it longer, or leave --timeout out to wait as long as it takes", e.timeout)
}

// isTerminal reports whether w is a terminal that a person looks at.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
