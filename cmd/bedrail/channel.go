package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"bedrail/api"
	"bedrail/exchange"
)

func (e *environment) channelCommand() *cobra.Command {
	return group("channel", "Channels of the exchange: where messages come from and where they go", e.channelList(), e.channelGet(), e.channelVersions(), e.channelKinds(), e.channelCheck(), e.channelCreate(), e.channelChange(), e.channelImport(),
		e.channelState("pause", "paused", "Take nothing in and pass nothing on"), e.channelState("resume", "running", "Take in and pass on again"),
		e.channelState("drain", "draining", "Take nothing in; pass on what is queued"), e.channelTest(), e.channelDelete(), e.channelGaps(), e.channelShadow())
}

func channelColumns() []column[api.Channel] {
	return []column[api.Channel]{
		{"name", false, func(c api.Channel) string { return c.Name }},
		{"state", false, func(c api.Channel) string { return string(c.State) }},
		{"source", false, func(c api.Channel) string { return c.SourceKind }},
		{"listening", false, func(c api.Channel) string { return c.Source.Listening }},
		{"connections", false, func(c api.Channel) string { return strconv.Itoa(len(c.Source.Connections)) }},
		{"destinations", false, outletsOf},
		{"queued", false, func(c api.Channel) string { return strconv.FormatInt(queuedOf(c), 10) }},
		{"lastError", false, func(c api.Channel) string { return lastErrorOf(c) }},
		{"origin", true, func(c api.Channel) string { return c.Origin }},
		{"version", true, func(c api.Channel) string { return strconv.FormatInt(c.Version, 10) }},
		{"changedAt", true, func(c api.Channel) string { return when(c.ChangedAt) }},
	}
}

func outletsOf(c api.Channel) string {
	parts := make([]string, len(c.Outlets))
	for i, o := range c.Outlets {
		parts[i] = o.Name + " (" + o.Kind + ", " + o.State + ")"
	}
	return strings.Join(parts, ", ")
}

func queuedOf(c api.Channel) (n int64) {
	for _, o := range c.Outlets {
		n += o.Queued
	}
	return n
}

func lastErrorOf(c api.Channel) string {
	if c.Broken != "" {
		return c.Broken
	}
	if c.Source.LastError != "" {
		return c.Source.LastError
	}
	for _, o := range c.Outlets {
		if o.LastError != "" && o.State == "failing" {
			return o.Name + ": " + o.LastError
		}
	}
	return ""
}

func (e *environment) channelList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List channels with how their doors and destinations stand", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[api.Channel](ctx, e, "/channels", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, channelColumns())
	}}
}

func (e *environment) channelGet() *cobra.Command {
	return &cobra.Command{Use: "get NAME", Short: "One channel: connections, refusals, advice, destinations, definition", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var ch api.Channel
		if err := e.fetch(c, "/channels/"+url.PathEscape(args[0]), &ch); err != nil {
			return err
		}
		return e.writeDocument(ch, func(w io.Writer) error { return writeChannel(w, ch) })
	}}
}

func writeChannel(w io.Writer, ch api.Channel) error {
	fmt.Fprintf(w, "%s is %s, version %d (%s)\n", ch.Name, ch.State, ch.Version, ch.Origin)
	if e := lastErrorOf(ch); e != "" {
		fmt.Fprintf(w, "last error: %s\n", printable(e))
	}
	for _, r := range ch.Source.Refused {
		fmt.Fprintf(w, "refused %s %s: %s\n", when(r.At), r.Peer.Address, printable(r.Reason))
	}
	for _, a := range ch.Source.Advice {
		fmt.Fprintf(w, "advice %s: %s; %s\n", a.Peer, a.Text, a.Mend)
	}
	for _, o := range ch.Outlets {
		fmt.Fprintf(w, "to %s (%s): %s, %d queued %s\n", o.Name, o.Kind, o.State, o.Queued, printable(o.LastError))
	}
	return writeYAML(w, ch.Definition)
}

func (e *environment) channelKinds() *cobra.Command {
	return &cobra.Command{Use: "kinds", Short: "List the kinds of sources and destinations, each with an example", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		var k api.ChannelKinds
		if err := e.fetch(c, "/channel-kinds", &k); err != nil {
			return err
		}
		return e.writeDocument(k, func(w io.Writer) error {
			for _, s := range k.Sources {
				fmt.Fprintf(w, "source       %-12s %s\n             {%q: %s}\n", s.Name, s.About, s.Name, s.Example)
			}
			for _, d := range k.Destinations {
				fmt.Fprintf(w, "destination  %-12s %s\n             {\"name\": \"...\", %q: %s}\n", d.Name, d.About, d.Name, d.Example)
			}
			return nil
		})
	}}
}

func (e *environment) readDefinitionText(path string) (raw []byte, err error) {
	if path == "-" {
		raw, err = io.ReadAll(e.stdin)
	} else {
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, usage("%v", err)
	}
	return raw, nil
}

// readDefinition reads a channel in YAML or JSON.
func (e *environment) readDefinition(path string) (map[string]any, error) {
	raw, err := e.readDefinitionText(path)
	if err != nil {
		return nil, err
	}
	var d map[string]any
	if err := yaml.Unmarshal(raw, &d); err != nil {
		return nil, usage("%s: %v", path, err)
	}
	return d, nil
}

func (e *environment) channelVersions() *cobra.Command {
	return wholeCommand(e, "versions NAME", "What a channel was, newest first", "/channels/%s/versions", []column[api.Channel]{
		{"version", false, func(c api.Channel) string { return strconv.FormatInt(c.Version, 10) }},
		{"live", false, func(c api.Channel) string { return yesOrNothing(c.Live) }},
		{"changedAt", false, func(c api.Channel) string { return when(c.ChangedAt) }},
		{"changedBy", false, func(c api.Channel) string { return c.ChangedBy }},
		{"origin", false, func(c api.Channel) string { return c.Origin }},
		{"state", true, func(c api.Channel) string { return string(c.State) }},
	})
}

// channelCheck reads a definition without opening anything.
func (e *environment) channelCheck() *cobra.Command {
	return &cobra.Command{Use: "check FILE", Short: "Read a definition and say what is wrong with it; nothing is kept or opened", Args: cobra.ExactArgs(1),
		Long: "Exit status 3 when something is wrong. The definition is printed as a file holds it.",
		RunE: func(c *cobra.Command, args []string) error {
			text, err := e.readDefinitionText(args[0])
			if err != nil {
				return err
			}
			var d api.ChannelDraft
			if err := e.tell(c, call{method: http.MethodPost, path: "/channel-drafts", body: map[string]string{"text": string(text)}}, &d); err != nil {
				return err
			}
			if d.Problem != "" {
				return exitWith(exitFindings, "%s: %s", args[0], strings.TrimSpace(d.At+" "+d.Problem))
			}
			return e.writeDocument(d, func(w io.Writer) error {
				_, err := fmt.Fprint(w, d.YAML)
				return err
			})
		}}
}

func (e *environment) channelCreate() *cobra.Command {
	return &cobra.Command{Use: "create FILE", Short: "Make a channel from a file in YAML or JSON, and open it", Args: cobra.ExactArgs(1), Example: "  bedrail channel create icu-monitors.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			d, err := e.readDefinition(args[0])
			if err != nil {
				return err
			}
			var made api.Channel
			if err := e.tell(c, call{method: http.MethodPost, path: "/channels", body: d}, &made); err != nil {
				return err
			}
			return e.writeDocument(made, func(w io.Writer) error { return writeChannel(w, made) })
		}}
}

func (e *environment) channelChange() *cobra.Command {
	return &cobra.Command{Use: "change FILE", Short: "Replace the definition of a channel while it runs", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		d, err := e.readDefinition(args[0])
		if err != nil {
			return err
		}
		path := "/channels/" + url.PathEscape(fmt.Sprint(d["name"]))
		var now, made api.Channel
		if err := e.fetch(c, path, &now); err != nil {
			return err
		}
		if err := e.tell(c, call{method: http.MethodPut, path: path, ifMatch: now.Version, body: d}, &made); err != nil {
			return err
		}
		return e.writeDocument(made, func(w io.Writer) error { return writeChannel(w, made) })
	}}
}

func (e *environment) channelImport() *cobra.Command {
	var dry bool
	var out string
	c := &cobra.Command{Use: "import FILE...", Short: "Move channels in from Mirth Connect or the Open Integration Engine, paused, and list what did not convert", Args: cobra.MinimumNArgs(1),
		Long:    "Exit status 7 when something did not convert: look at it, mend the channel, and resume it.",
		Example: "  bedrail channel import --dry-run --out channels exported.xml\n  bedrail channel import exported.xml",
		RunE: func(c *cobra.Command, args []string) error {
			var all api.ChannelImport
			for _, path := range args {
				one, err := e.importChannels(c, path, dry)
				if err != nil {
					return err
				}
				all.Channels = append(all.Channels, one...)
			}
			if err := writeDefinitions(out, all.Channels); err != nil {
				return err
			}
			if err := e.writeDocument(all, func(w io.Writer) error { return writeMoved(w, all.Channels) }); err != nil {
				return err
			}
			if slices.ContainsFunc(all.Channels, unfinished) {
				return exitWith(exitPartly, "")
			}
			return nil
		}}
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would become of it")
	c.Flags().StringVar(&out, "out", "", "write each definition as NAME.yaml into this `FOLDER`, to be mended and given to channel create")
	return c
}

func (e *environment) importChannels(c *cobra.Command, path string, dry bool) ([]api.MovedChannel, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("%v", err)
	}
	var one api.ChannelImport
	if err := e.tell(c, call{method: http.MethodPost, path: "/channel-imports", body: map[string]any{"export": string(raw), "dryRun": dry}}, &one); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return one.Channels, nil
}

func unfinished(m api.MovedChannel) bool {
	return m.Problem != "" || slices.ContainsFunc(m.Left, func(l exchange.Left) bool { return l.Severity == "missing" })
}

func writeDefinitions(folder string, all []api.MovedChannel) error {
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return usage("%v", err)
	}
	for _, m := range all {
		f, err := os.OpenFile(filepath.Join(folder, m.Name+".yaml"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return usage("%v", err)
		}
		for _, l := range m.Left {
			fmt.Fprintf(f, "# %s, %s: %s\n", l.Severity, printable(l.Place), printable(l.Text))
		}
		if err := errors.Join(writeYAML(f, m.Definition), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func writeMoved(w io.Writer, all []api.MovedChannel) error {
	for _, m := range all {
		did := "would be made"
		switch {
		case m.Problem != "":
			did = printable(m.Problem)
		case m.Made:
			did = "made, paused"
		}
		fmt.Fprintf(w, "%s -> %s: %s\n", printable(m.From), m.Name, did)
		for _, l := range m.Left {
			fmt.Fprintf(w, "  %-8s %s: %s\n", l.Severity, printable(l.Place), printable(l.Text))
		}
	}
	return nil
}

func (e *environment) channelState(word, state, short string) *cobra.Command {
	return &cobra.Command{Use: word + " NAME", Short: short, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var ch api.Channel
		if err := e.tell(c, call{method: http.MethodPost, path: "/channels/" + url.PathEscape(args[0]) + "/state", body: map[string]string{"state": state}}, &ch); err != nil {
			return err
		}
		return e.writeDocument(ch, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s is %s\n", ch.Name, ch.State)
			return err
		})
	}}
}

func (e *environment) channelDelete() *cobra.Command {
	return &cobra.Command{Use: "delete NAME", Short: "End a channel; its messages stay", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.tell(c, call{method: http.MethodDelete, path: "/channels/" + url.PathEscape(args[0])}, nil)
	}}
}

func (e *environment) channelTest() *cobra.Command {
	var file string
	c := &cobra.Command{Use: "test NAME", Short: "Run a channel's tests and look whether its destinations are there; nothing is kept or sent", Args: cobra.ExactArgs(1),
		Long: "Exit status 3 when a test fails or a destination is not there.",
		RunE: func(c *cobra.Command, args []string) error {
			var body any
			if file != "" {
				d, err := e.readDefinition(file)
				if err != nil {
					return err
				}
				body = d
			}
			var t exchange.Trial
			if err := e.tell(c, call{method: http.MethodPost, path: "/channels/" + url.PathEscape(args[0]) + "/test", body: body}, &t); err != nil {
				return err
			}
			if err := e.writeDocument(t, func(w io.Writer) error { return writeTrial(w, t) }); err != nil {
				return err
			}
			if !t.Passed {
				return exitWith(exitFindings, "")
			}
			return nil
		}}
	c.Flags().StringVarP(&file, "file", "f", "", "try the definition in this `FILE` instead of the channel as it is")
	return c
}

func writeTrial(w io.Writer, t exchange.Trial) error {
	verdict := map[bool]string{true: "passed", false: "FAILED"}
	for _, r := range t.Tests {
		fmt.Fprintf(w, "%s  %s\n", verdict[r.Passed], printable(r.Name))
		for _, wrong := range r.Wrong {
			fmt.Fprintf(w, "        %s\n", printable(wrong))
		}
	}
	for _, p := range t.Ways {
		fmt.Fprintf(w, "%s  %s %s\n", verdict[p.Error == ""], p.Name, printable(p.Error))
	}
	return nil
}

// tell sends a body and reads the answer, if out is not nil.
func (e *environment) tell(c *cobra.Command, r call, out any) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	return conn.do(ctx, r, out)
}
