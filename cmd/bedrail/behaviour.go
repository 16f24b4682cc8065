package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/asset"
)

// deviceProfile prints how a device or a model behaves.
func (e *environment) deviceProfile() *cobra.Command {
	var freeze bool
	c := &cobra.Command{Use: "profile ID|MAKER/MODEL", Short: "How a device or the devices of a model behave, and how that differs from what was frozen", Args: cobra.ExactArgs(1),
		Example: "  bedrail device profile dev_...\n  bedrail device profile 'BD/Alaris PC Unit Model 8015' --freeze",
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			what := call{method: http.MethodGet, path: "/devices/" + url.PathEscape(args[0]) + "/behaviour"}
			if maker, model, ok := strings.Cut(args[0], "/"); ok {
				what.path, what.query = "/models/behaviour", url.Values{"manufacturer": {maker}, "model": {model}}
			}
			if freeze {
				what.method, what.path = http.MethodPost, what.path+"/freeze"
			}
			var b asset.Behaviour
			if err := conn.do(ctx, what, &b); err != nil {
				return err
			}
			return e.writeDocument(b, func(w io.Writer) error { return printBehaviour(w, b) })
		}}
	c.Flags().BoolVar(&freeze, "freeze", false, "keep it as what it ought to be")
	return c
}

func printBehaviour(w io.Writer, b asset.Behaviour) error {
	fmt.Fprintf(w, "%s: %d devices, %d days\n", printable(b.Now.Of), b.Now.Devices, b.Now.Days)
	for _, edge := range b.Now.Edges {
		fmt.Fprintf(w, "  %s, %d peers, %d kB a day\n", printable(edge.String()), edge.Peers, edge.Bytes>>10)
	}
	if b.Frozen == nil {
		_, err := fmt.Fprintln(w, "no profile is frozen")
		return err
	}
	fmt.Fprintf(w, "frozen %s by %s\n", when(b.Frozen.Frozen), printable(b.Frozen.By))
	for _, change := range b.Changes {
		fmt.Fprintf(w, "  %s: %s\n", change.Kind, printable(change.Text))
	}
	return nil
}

// deviceUse prints how much a device is used.
func (e *environment) deviceUse() *cobra.Command {
	return &cobra.Command{Use: "use ID", Short: "How much a device is used, as its own messages show", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var u asset.Utilisation
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/devices/" + url.PathEscape(args[0]) + "/utilisation"}, &u); err != nil {
			return err
		}
		return e.writeDocument(u, func(w io.Writer) error {
			for _, k := range u.Kinds {
				fmt.Fprintf(w, "%s: %.1f h in a day, %.1f h in a week, %d times told\n", k.Kind, k.DayHours, k.WeekHours, k.Events)
			}
			_, err := fmt.Fprintf(w, "in use now: %t\n", u.InUse)
			return err
		})
	}}
}
