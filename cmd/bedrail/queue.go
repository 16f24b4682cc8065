package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/asset"
)

// deviceUnknown lists the queue of devices of which it is not known what they
// are.
func (e *environment) deviceUnknown() *cobra.Command {
	return &cobra.Command{Use: "unknown", Short: "Devices of which it is not known what they are, with guesses and reasons", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			rows, err := fetchList[asset.Unidentified](ctx, e, "/unidentified", nil)
			if err != nil {
				return err
			}
			return writeList(e, rows, []column[asset.Unidentified]{
				{"id", false, func(u asset.Unidentified) string { return u.ID }},
				{"name", false, func(u asset.Unidentified) string { return u.Name }},
				{"alike", false, func(u asset.Unidentified) string { return fmt.Sprint(u.Similar) }},
				{"guess", false, func(u asset.Unidentified) string { return guessed(u, 0) }},
				{"second", true, func(u asset.Unidentified) string { return guessed(u, 1) }},
				{"third", true, func(u asset.Unidentified) string { return guessed(u, 2) }},
				{"shows", true, func(u asset.Unidentified) string { return textsOf(u.Shows) }},
			})
		}}
}

// textsOf is what the record says, in English.
func textsOf(said []asset.Saying) string {
	texts := make([]string, len(said))
	for i, s := range said {
		texts[i] = s.Text
	}
	return strings.Join(texts, "; ")
}

func guessed(u asset.Unidentified, n int) string {
	if n >= len(u.Guesses) {
		return ""
	}
	g := u.Guesses[n]
	return strings.Join(strings.Fields(g.Manufacturer+" "+g.Model+" "+g.Class), " ") + " (" + string(g.Strength) + ")"
}

// deviceIdentify answers for a device of the queue.
func (e *environment) deviceIdentify() *cobra.Command {
	var similar, preview bool
	c := &cobra.Command{Use: "identify ID ATTRIBUTE=VALUE...", Short: "Say what a device of the queue is and, with --similar, those that look the same", Args: cobra.MinimumNArgs(2),
		Example: "  bedrail device identify dev_... class=infusion-pump manufacturer='ICU Medical' model='Plum 360' --similar --preview",
		RunE: func(c *cobra.Command, args []string) error {
			said := map[string]string{}
			for _, a := range args[1:] {
				name, v, ok := strings.Cut(a, "=")
				if !ok {
					return usage("%q is not of the form attribute=value", a)
				}
				said[name] = v
			}
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			var got asset.Answered
			err = conn.do(ctx, call{method: http.MethodPost, path: "/devices/" + url.PathEscape(args[0]) + "/identify",
				body: map[string]any{"corrections": said, "similar": similar, "preview": preview}}, &got)
			if err != nil {
				return err
			}
			if err := writeList(e, got.Devices, []column[asset.Named]{
				{"id", false, func(n asset.Named) string { return n.ID }},
				{"name", false, func(n asset.Named) string { return n.Name }},
			}); err != nil {
				return err
			}
			if got.Applied {
				e.say("to take it back: bedrail device unidentify %s", got.ID)
			}
			return nil
		}}
	c.Flags().BoolVar(&similar, "similar", false, "and so are the others of the queue that look the same")
	c.Flags().BoolVar(&preview, "preview", false, "say which devices that would change, and change nothing")
	return c
}

func (e *environment) deviceUnidentify() *cobra.Command {
	return &cobra.Command{Use: "unidentify ANSWER", Short: "Take back what was said of devices of the queue", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.do(ctx, call{method: http.MethodPost, path: "/answers/" + url.PathEscape(args[0]) + "/undo"}, nil)
	}}
}
